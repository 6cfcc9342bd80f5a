//! 7z: blocks of members that were packed as one, unpacked in their order.

use crate::FileBytes;
use crate::bytes::Bytes;
use crate::walk::compressors::codec::kibibytes;
use crate::walk::unpack::{Packed, Unpacked, reason};
use crate::walk::walker::{Archive, Flow, TRIED, Walker};
use cognate_base::Exhausted;
use sevenz_rust2::{Archive as Directory, ArchiveEntry, Block, BlockDecoder, EncoderMethod, Error, Password};
use std::io::{Cursor, Read};
use std::time::Instant;

/// A block goes through at most so many steps (packed, filtered, encrypted); four are usual at most. Judgement.
const MAX_CODERS: usize = 8;
/// Of the memory that a sample may keep, the list of members may have this part as it stands in the file: a byte of it can
/// stand for a member, whose entry takes so many.
const LIST_SHARE: u64 = 128;
/// A list that is packed to less than a part of this is not believed, beyond [`SMALL_LIST`]. Judgement.
const LIST_RATIO: u64 = 8;
/// A list of this size, in bytes, is always read. Judgement.
const SMALL_LIST: u64 = 256 << 10;

impl Walker<'_> {
    pub fn seven_zip(&mut self, archive: &mut Archive) -> Flow {
        let bytes = archive.bytes.clone();
        let (directory, passwords) = match self.timed(|walker| walker.directory(&bytes)) {
            Ok(read) => read,
            Err(error) => {
                self.unreadable(&archive.name, &explain(&error));
                return Flow::Continue(());
            }
        };
        for index in 0..directory.blocks.len() {
            if !self.room(archive) {
                break;
            }
            // A key takes time to make, before anything is read by the clock.
            if self.time_left.is_zero() {
                self.lost(&archive.name, &format!("{}; the rest is left out", Exhausted::Time));
                break;
            }
            self.block(archive, &bytes, &directory, index, &passwords)?;
        }
        Flow::Continue(())
    }

    /// The list of members, and the passwords that may open their blocks: where the list is encrypted itself, the one that opens it.
    fn directory(&self, bytes: &FileBytes) -> Result<(Directory, Vec<Password>), Error> {
        let most = (bytes.len() as u64).saturating_mul(LIST_RATIO).max(SMALL_LIST);
        let size =
            list_size(bytes).ok_or(Error::Other("where its list of members stands is damaged".into()))?;
        if size > most.min(self.limits.memory / LIST_SHARE) {
            return Err(Error::Other("the list of members needs more memory than the limits allow".into()));
        }
        let limit = kibibytes(self.dictionary()) as usize;
        let read = |password: &Password| {
            let mut source = self.clocked(Cursor::new(&bytes[..]));
            Directory::read_with_memory_limit(&mut source, password, limit)
        };
        let passwords: Vec<Password> = self.passwords.iter().map(|&password| password.into()).collect();
        match read(&Password::empty()) {
            Err(Error::PasswordRequired) => {}
            other => return other.map(|directory| (directory, passwords)),
        }
        let mut last = Error::PasswordRequired;
        for password in passwords {
            match read(&password) {
                Ok(directory) => return Ok((directory, vec![password])),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn block(
        &mut self,
        archive: &mut Archive,
        bytes: &FileBytes,
        directory: &Directory,
        index: usize,
        passwords: &[Password],
    ) -> Flow {
        let Some(block) = directory.blocks.get(index) else { return Flow::Continue(()) };
        let needed: u64 =
            block.coders.iter().map(|coder| memory(coder.encoder_method_id(), coder.properties())).sum();
        let encrypted =
            block.coders.iter().any(|it| it.encoder_method_id() == EncoderMethod::ID_AES256_SHA256);
        let reason = if block.coders.len() > MAX_CODERS || needed > self.dictionary() {
            Some("needs more memory to unpack than the limits allow")
        } else if encrypted && !self.may_make_keys(block, passwords.len()) {
            Some("encrypted, and its key takes longer to make than is tried")
        } else {
            None
        };
        if let Some(reason) = reason {
            let none = Password::empty();
            let mut source = Cursor::new(&bytes[..]);
            let block = BlockDecoder::new(1, index, directory, &none, &mut source);
            self.shut(archive, block.entries(), reason);
            return Flow::Continue(());
        }
        let none = [Password::empty()];
        let passwords = if encrypted { passwords } else { &none };
        let password = self.timed(|walker| walker.password(bytes, directory, index, passwords));
        let Some(password) = password else {
            return Flow::Continue(());
        };
        self.kept += needed;
        let flow = self.members_of(archive, bytes, directory, (index, block), password);
        self.kept -= needed;
        flow
    }

    /// Whether the keys of a block may be made: takes down how long that is.
    fn may_make_keys(&mut self, block: &Block, passwords: usize) -> bool {
        let aes = block.coders.iter().filter(|it| it.encoder_method_id() == EncoderMethod::ID_AES256_SHA256);
        let rounds = aes.map(|it| key_rounds(it.properties())).fold(0, u64::saturating_add);
        let rounds = rounds.saturating_mul(passwords as u64 + 1);
        match self.key_rounds_left.checked_sub(rounds) {
            Some(left) => {
                self.key_rounds_left = left;
                true
            }
            None => false,
        }
    }

    /// The password that opens a block: the last where none seems to, for it tells why.
    fn password<'a>(
        &self,
        bytes: &FileBytes,
        directory: &Directory,
        index: usize,
        passwords: &'a [Password],
    ) -> Option<&'a Password> {
        let (last, others) = passwords.split_last()?;
        let limit = kibibytes(self.dictionary()) as usize;
        let opens = |password: &&Password| {
            let mut source = self.clocked(Cursor::new(&bytes[..]));
            let block =
                BlockDecoder::new_with_memory_limit(1, limit, index, directory, password, &mut source);
            let mut sound = false;
            // The first member is enough: no other key makes its checksum right.
            let outcome = block.for_each_entries(&mut |entry, reader| {
                let most = entry.size().min(TRIED);
                sound = std::io::copy(&mut reader.take(most), &mut std::io::sink())
                    .is_ok_and(|read| read == most);
                // A checksum is compared when a member ends.
                sound &= entry.size() > most || reader.read(&mut [0]).is_ok_and(|read| read == 0);
                Ok(entry.size() == 0)
            });
            sound && outcome.is_ok()
        };
        Some(others.iter().find(opens).unwrap_or(last))
    }

    fn members_of(
        &mut self,
        archive: &mut Archive,
        bytes: &FileBytes,
        directory: &Directory,
        (index, block): (usize, &Block),
        password: &Password,
    ) -> Flow {
        let limit = kibibytes(self.dictionary().saturating_add(self.kept)) as usize;
        let mut source = self.clocked(Cursor::new(&bytes[..]));
        let decoder = BlockDecoder::new_with_memory_limit(1, limit, index, directory, password, &mut source);
        let (entries, mut next) = (decoder.entries().to_vec(), 0);
        // A member is a part of its block; what it took in the file is not told.
        let size = (bytes.len() as u64).min(block.get_unpack_size().max(1));
        let (mut flow, mut whole, mut started) = (Flow::Continue(()), true, Some(Instant::now()));
        let outcome = decoder.for_each_entries(&mut |entry, reader| {
            next += 1;
            if let Some(started) = started.take() {
                self.time_left = self.time_left.saturating_sub(started.elapsed());
            }
            if entry.is_directory() || !entry.has_stream() {
                return Ok(true);
            }
            if !self.room(archive) {
                whole = false;
                next = usize::MAX; // that was said
                return Ok(false);
            }
            let path = archive.path(entry.name().as_bytes());
            let packed = Packed { path, size, said: Some(entry.size()) };
            let mut failing = Failing { reader, failed: false };
            let unpacked = self.unpacked(packed, &mut failing);
            whole = !failing.failed && !matches!(unpacked, Unpacked::TooLarge);
            if let Unpacked::Member(member) = unpacked {
                flow = self.open(member, archive.depth);
            }
            // What lies behind one that is not unpacked can be had only by unpacking that.
            Ok(whole && flow.is_continue())
        });
        if let Some(started) = started {
            self.time_left = self.time_left.saturating_sub(started.elapsed());
        }
        flow?;
        let left = entries.get(next..).unwrap_or(&[]);
        match outcome {
            Err(error) if whole => {
                // Said for the first that it hides; the error is of the one before where there is none.
                let shut =
                    if left.is_empty() { entries.get(next.saturating_sub(1)..).unwrap_or(&[]) } else { left };
                self.shut(archive, shut, &format!("unreadable ({})", explain(&error)));
            }
            _ if !whole => {
                self.shut(archive, left, "lies behind a member that could not be unpacked, in the same block")
            }
            _ => {}
        }
        Flow::Continue(())
    }

    /// Says that members are left out, by the name of the first.
    fn shut(&mut self, archive: &mut Archive, entries: &[ArchiveEntry], reason: &str) {
        let members = || entries.iter().filter(|entry| entry.has_stream() && !entry.is_directory());
        let first = members().next().map(|entry| entry.name().as_bytes());
        self.lost_with_others(archive, first, reason, members().count());
    }
}

/// How large the list of members is when it is unpacked, as the file says; `None` where it does not say so.
fn list_size(bytes: &[u8]) -> Option<u64> {
    let (start, size) = (32u64.checked_add(bytes.u64_at(12)?)?, bytes.u64_at(20)?);
    let mut list = Numbers(Bytes::slice(bytes, start, size)?);
    if list.byte()? != 0x17 {
        return Some(size);
    }
    let (mut largest, mut outputs) = (0, 0u64);
    // Parts of the list's own list: packed streams (6), their sizes (9) and sums (10), steps (7, 11), their sizes (12).
    while let Some(part) = list.byte() {
        match part {
            6 => {
                list.number()?;
                outputs = list.number()?;
            }
            9 | 12 => {
                for _ in 0..outputs {
                    largest = largest.max(list.number()?);
                }
                if part == 12 {
                    return Some(largest);
                }
            }
            10 => {
                let mut defined = outputs;
                if list.byte()? == 0 {
                    defined = 0;
                    for _ in 0..outputs.div_ceil(8) {
                        defined += u64::from(list.byte()?.count_ones());
                    }
                }
                list.skip(defined.checked_mul(4)?)?;
            }
            11 => outputs = steps(&mut list)?,
            _ => {}
        }
    }
    None
}

/// Passes descriptions of how something is packed; how many outputs they have.
fn steps(list: &mut Numbers<'_>) -> Option<u64> {
    let (count, mut all) = (list.number()?, 0u64);
    list.byte()?;
    for _ in 0..count {
        let (steps, mut inputs, mut outputs) = (list.number()?, 0u64, 0u64);
        for _ in 0..steps {
            let flags = list.byte()?;
            list.skip(u64::from(flags & 0xf))?;
            let ends = if flags & 0x10 != 0 { (list.number()?, list.number()?) } else { (1, 1) };
            (inputs, outputs) = (inputs.checked_add(ends.0)?, outputs.checked_add(ends.1)?);
            if flags & 0x20 != 0 {
                let properties = list.number()?;
                list.skip(properties)?;
            }
        }
        let pairs = outputs.checked_sub(1)?;
        for _ in 0..pairs.checked_mul(2)? {
            list.number()?;
        }
        let packed = inputs.checked_sub(pairs)?;
        for _ in 0..if packed > 1 { packed } else { 0 } {
            list.number()?;
        }
        all = all.checked_add(outputs)?;
    }
    Some(all)
}

/// Numbers of variable length, one behind the other: every one takes a byte at least.
struct Numbers<'a>(&'a [u8]);

impl Numbers<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn skip(&mut self, count: u64) -> Option<()> {
        self.0 = self.0.get(usize::try_from(count).ok()?..)?;
        Some(())
    }

    /// As many bytes follow the first as it has ones in front; the bits behind them are the highest.
    fn number(&mut self) -> Option<u64> {
        let first = self.byte()?;
        let count = first.leading_ones();
        let mut value = 0;
        for index in 0..count {
            value |= u64::from(self.byte()?) << (8 * index);
        }
        let high = u64::from(first) & (0xffu64 >> (count + 1).min(8));
        Some(if count < 8 { value | high << (8 * count) } else { value })
    }
}

/// What a step of unpacking keeps in memory, by its properties.
fn memory(method: &[u8], properties: &[u8]) -> u64 {
    let word = || properties.get(1..5)?.try_into().ok().map(u32::from_le_bytes).map(u64::from);
    match method {
        EncoderMethod::ID_LZMA | EncoderMethod::ID_PPMD => word().unwrap_or(0),
        EncoderMethod::ID_LZMA2 => match properties.first() {
            Some(&bits @ 0..40) => (2 | u64::from(bits & 1)) << (bits / 2 + 11),
            Some(_) => u64::from(u32::MAX),
            None => 0,
        },
        _ => 0,
    }
}

/// Rounds of hashing that the key of a coder takes, by its properties: a power of two in the six low bits.
fn key_rounds(properties: &[u8]) -> u64 {
    1 << (properties.first().unwrap_or(&0) & 0x3f)
}

/// Why an archive could not be read, in words.
fn explain(error: &Error) -> String {
    match error {
        Error::PasswordRequired | Error::MaybeBadPassword(_) => cognate_base::NO_PASSWORD.to_owned(),
        Error::MaxMemLimited { .. } => "needs more memory to unpack than the limits allow".to_owned(),
        Error::UnsupportedCompressionMethod(method) => format!("packed by {method}, which is not read"),
        Error::Io(error, _) => reason(error),
        Error::ChecksumVerificationFailed | Error::NextHeaderCrcMismatch => "wrong checksum".to_owned(),
        Error::Other(reason) | Error::Unsupported(reason) => reason.to_string(),
        other => reason(other),
    }
}

/// Remembers that reading failed: then nothing of the block that follows is right.
struct Failing<'a> {
    reader: &'a mut dyn Read,
    failed: bool,
}

impl Read for Failing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.reader.read(buffer);
        self.failed |= read.is_err();
        read
    }
}

#[cfg(test)]
mod tests {
    use super::key_rounds;
    use crate::walk::walker::MAX_KEY_ROUNDS;

    #[test]
    fn what_a_key_takes_is_known_before_it_is_made() {
        assert_eq!(key_rounds(&[0xd3, 0]), 1 << 19, "7-Zip's ends; the high bits say something else");
        assert!(key_rounds(&[0xd3]) * 2 * 32 <= MAX_KEY_ROUNDS, "archives of some dozen blocks are opened");
        assert!(
            key_rounds(&[0x18]) * 3 * 2 > MAX_KEY_ROUNDS,
            "two of the most that is read, with three tried, are not"
        );
        assert_eq!(key_rounds(&[0xff]), 1 << 63);
    }
}
