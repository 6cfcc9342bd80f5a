//! LZX as cabinets have it: blocks of literals and repetitions in two or three codes of variable length, behind which the
//! targets of x86 calls are made relative again.

/// Exponents of the sizes that a window may have.
const WINDOWS: std::ops::RangeInclusive<u32> = 15..=21;
/// Repetitions are told with the lengths 2 to 8, or a length of its own. MS-PATCH, section 2.
const LENGTHS: usize = 249;
const SHORTEST: usize = 2;
/// Codes are 16 bits long at most. MS-PATCH, section 2.
const LONGEST: usize = 16;
/// Calls are looked for in this much of what is unpacked. MS-PATCH, section 2.
const CALLS_UNTIL: u64 = 1 << 30;
/// Lengths of codes are told as differences, in a code of their own of so many symbols.
const DIFFERENCES: usize = 20;

/// What is kept from block to block.
pub struct Lzx {
    window: Vec<u8>,
    at: usize,
    /// Bytes unpacked so far, and by how far calls may reach; 0 where none are told absolute.
    done: u64,
    calls: i32,
    begun: bool,
    kind: Kind,
    /// Bytes that are left of the block, in the sense of LZX, and whether its size is odd.
    left: usize,
    odd: bool,
    repeated: [usize; 3],
    main_lengths: Vec<u8>,
    length_lengths: Vec<u8>,
    main: Code,
    length: Code,
    aligned: Code,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Verbatim,
    Aligned,
    Uncompressed,
}

impl Lzx {
    /// Begins with a window of that exponent.
    pub fn new(exponent: u32) -> Result<Lzx, &'static str> {
        if !WINDOWS.contains(&exponent) {
            return Err("packed with a window that no cabinet has");
        }
        // How many distances are told apart by their code.
        let slots = match exponent {
            20 => 42,
            21 => 50,
            other => 2 * other as usize,
        };
        Ok(Lzx {
            window: vec![0; 1 << exponent],
            at: 0,
            done: 0,
            calls: 0,
            begun: false,
            kind: Kind::Verbatim,
            left: 0,
            odd: false,
            repeated: [1; 3],
            main_lengths: vec![0; 256 + 8 * slots],
            length_lengths: vec![0; LENGTHS],
            main: Code::default(),
            length: Code::default(),
            aligned: Code::default(),
        })
    }

    /// Bytes of memory that it holds.
    pub fn window(&self) -> u64 {
        self.window.len() as u64
    }

    /// Unpacks a block of the cabinet to `size` bytes; `None` where it is damaged.
    pub fn block(&mut self, data: &[u8], size: usize, out: &mut Vec<u8>) -> Option<()> {
        let mut bits = Bits { data, at: 0, word: 0, bits_left: 0 };
        if !std::mem::replace(&mut self.begun, true) && bits.take(1)? == 1 {
            let (high, low) = (bits.take(16)?, bits.take(16)?);
            self.calls = (high << 16 | low).cast_signed();
        }
        let mut made = 0;
        while made < size {
            if self.left == 0 {
                self.begin(&mut bits)?;
            }
            let most = self.left.min(size - made);
            let len = match self.kind {
                Kind::Uncompressed => self.copy(&mut bits, most, out)?,
                _ => self.element(&mut bits, most, out)?,
            };
            made += len;
            self.left -= len;
        }
        self.make_relative(out);
        self.done += size as u64;
        Some(())
    }

    /// Reads the head of a block in the sense of LZX.
    fn begin(&mut self, bits: &mut Bits<'_>) -> Option<()> {
        if self.kind == Kind::Uncompressed && std::mem::take(&mut self.odd) {
            bits.at += 1; // a byte that fills the last word
        }
        self.kind = match bits.take(3)? {
            1 => Kind::Verbatim,
            2 => Kind::Aligned,
            3 => Kind::Uncompressed,
            _ => return None,
        };
        let (high, low) = (bits.take(16)?, bits.take(8)?);
        self.left = (high << 8 | low) as usize;
        self.odd = self.left % 2 == 1;
        if self.left == 0 {
            return None;
        }
        if self.kind == Kind::Uncompressed {
            bits.align();
            for place in &mut self.repeated {
                *place = bits.long()? as usize;
            }
            return Some(());
        }
        if self.kind == Kind::Aligned {
            let code_lengths =
                (0..8).map(|_| bits.take(3).map(|bits| bits as u8)).collect::<Option<Vec<u8>>>()?;
            self.aligned = Code::new(&code_lengths)?;
        }
        let (literals, repetitions) = self.main_lengths.split_at_mut_checked(256)?;
        differences(bits, literals)?;
        differences(bits, repetitions)?;
        self.main = Code::new(&self.main_lengths)?;
        differences(bits, &mut self.length_lengths)?;
        self.length = Code::new(&self.length_lengths)?;
        Some(())
    }

    /// Bytes that stand as they are.
    fn copy(&mut self, bits: &mut Bits<'_>, most: usize, out: &mut Vec<u8>) -> Option<usize> {
        let from = bits.data.get(bits.at..)?;
        let from = from.get(..most.min(from.len()))?;
        from.iter().for_each(|&byte| self.push(byte, out));
        bits.at += from.len();
        (!from.is_empty()).then_some(from.len())
    }

    /// A literal or a repetition, which may not be longer than `most`.
    fn element(&mut self, bits: &mut Bits<'_>, most: usize, out: &mut Vec<u8>) -> Option<usize> {
        let symbol = self.main.read(bits)?;
        let Some(symbol) = symbol.checked_sub(256) else {
            self.push(symbol as u8, out);
            return Some(1);
        };
        let len = match symbol & 7 {
            7 => self.length.read(bits)? + 7,
            short => short,
        };
        let len = len + SHORTEST;
        let [first, second, third] = self.repeated;
        let distance = match symbol >> 3 {
            0 => first,
            1 => second,
            2 => third,
            slot => self.distance(bits, slot)?,
        };
        self.repeated = match symbol >> 3 {
            0 => self.repeated,
            1 => [second, first, third],
            2 => [third, second, first],
            _ => [distance, first, second],
        };
        if len > most || distance == 0 || distance > self.window.len() {
            return None;
        }
        let mask = self.window.len() - 1;
        for _ in 0..len {
            let byte = *self.window.get(self.at.wrapping_sub(distance) & mask)?;
            self.push(byte, out);
        }
        Some(len)
    }

    /// A distance: its slot tells the high bits, and how many follow.
    fn distance(&self, bits: &mut Bits<'_>, slot: usize) -> Option<usize> {
        let extra = (slot / 2 - 1).min(17);
        let base = if slot < 38 { (2 + slot % 2) << extra } else { (slot - 34) << 17 };
        let low = if self.kind == Kind::Aligned && extra >= 3 {
            let high = bits.take(extra as u32 - 3)? as usize;
            high << 3 | self.aligned.read(bits)?
        } else {
            let high = bits.take(extra.saturating_sub(16) as u32)?;
            (high << extra.min(16) | bits.take(extra.min(16) as u32)?) as usize
        };
        (base + low).checked_sub(2)
    }

    fn push(&mut self, byte: u8, out: &mut Vec<u8>) {
        let mask = self.window.len() - 1;
        if let Some(place) = self.window.get_mut(self.at & mask) {
            *place = byte;
        }
        self.at = (self.at + 1) & mask;
        out.push(byte);
    }

    /// Turns the absolute targets of calls back into distances; the window keeps them as they were packed.
    fn make_relative(&self, out: &mut [u8]) {
        if self.calls == 0 || self.done >= CALLS_UNTIL || out.len() <= 10 {
            return;
        }
        let (mut at, end) = (0, out.len() - 10);
        while at < end {
            let call = out.get(at) == Some(&0xe8);
            let place = i32::try_from(self.done + at as u64).unwrap_or(i32::MAX);
            let target = out.get_mut(at + 1..at + 5).filter(|_| call);
            at += if call { 5 } else { 1 };
            let Some(target) = target.and_then(|target| <&mut [u8; 4]>::try_from(target).ok()) else {
                continue;
            };
            let absolute = i32::from_le_bytes(*target);
            if absolute >= 0 && absolute < self.calls {
                *target = absolute.wrapping_sub(place).to_le_bytes();
            } else if absolute < 0 && absolute >= -place {
                *target = absolute.wrapping_add(self.calls).to_le_bytes();
            }
        }
    }
}

/// Brings lengths of codes up to date with what a block says of them.
fn differences(bits: &mut Bits<'_>, lengths: &mut [u8]) -> Option<()> {
    let code_lengths =
        (0..DIFFERENCES).map(|_| bits.take(4).map(|bits| bits as u8)).collect::<Option<Vec<u8>>>()?;
    let code = Code::new(&code_lengths)?;
    let less = |length: u8, difference: usize| ((17 + usize::from(length) - difference) % 17) as u8;
    let mut at = 0;
    while at < lengths.len() {
        let (count, value) = match code.read(bits)? {
            17 => (bits.take(4)? as usize + 4, 0),
            18 => (bits.take(5)? as usize + 20, 0),
            19 => {
                let count = bits.take(1)? as usize + 4;
                let difference = code.read(bits)?;
                if difference > 16 {
                    return None;
                }
                (count, less(*lengths.get(at)?, difference))
            }
            difference => (1, less(*lengths.get(at)?, difference)),
        };
        let run = lengths.get_mut(at..at.checked_add(count)?)?;
        run.fill(value);
        at += count;
    }
    Some(())
}

/// A code of variable length: symbols in the order of their codes, and how many have each length.
#[derive(Default)]
struct Code {
    symbols: Vec<u16>,
    counts: [u16; LONGEST + 1],
}

impl Code {
    /// Makes a code of the lengths of its symbols, 0 for those without one; `None` where more are short than can be.
    fn new(lengths: &[u8]) -> Option<Code> {
        let mut counts = [0u16; LONGEST + 1];
        for &length in lengths {
            *counts.get_mut(usize::from(length))? += 1;
        }
        counts[0] = 0;
        let used = counts.iter().enumerate().map(|(length, &count)| u64::from(count) << (LONGEST - length));
        if used.sum::<u64>() > 1 << LONGEST {
            return None;
        }
        let mut symbols: Vec<u16> = (0u16..).take(lengths.len()).collect();
        let length = |symbol: &u16| lengths.get(usize::from(*symbol)).copied().unwrap_or(0);
        symbols.retain(|symbol| length(symbol) > 0);
        symbols.sort_by_key(length);
        Some(Code { symbols, counts })
    }

    /// Reads a symbol; `None` where none has that code.
    fn read(&self, bits: &mut Bits<'_>) -> Option<usize> {
        let (mut code, mut first, mut index) = (0u32, 0u32, 0u32);
        for &count in self.counts.get(1..)? {
            code |= bits.take(1)?;
            let count = u32::from(count);
            if code < first + count {
                return self.symbols.get((index + code - first) as usize).map(|&symbol| usize::from(symbol));
            }
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        None
    }
}

/// Bits of little-endian words of 16, the highest first.
struct Bits<'a> {
    data: &'a [u8],
    at: usize,
    word: u32,
    bits_left: u32,
}

impl Bits<'_> {
    /// At most 16 bits.
    fn take(&mut self, count: u32) -> Option<u32> {
        while self.bits_left < count {
            let word = match self.data.get(self.at..) {
                Some([low, high, ..]) => u32::from(*low) | u32::from(*high) << 8,
                Some([low]) => u32::from(*low),
                _ => return None,
            };
            self.at += 2;
            self.word = self.word << 16 | word;
            self.bits_left += 16;
        }
        self.bits_left -= count;
        let mask = (1u32 << count) - 1;
        Some(self.word >> self.bits_left & mask)
    }

    /// Passes what is left of a word; a whole one where nothing is.
    fn align(&mut self) {
        if self.bits_left == 0 {
            self.at += 2;
        }
        self.bits_left = 0;
    }

    /// Four bytes, where a word begins.
    fn long(&mut self) -> Option<u32> {
        let bytes = self.data.get(self.at..self.at.checked_add(4)?)?.try_into().ok()?;
        self.at += 4;
        Some(u32::from_le_bytes(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::Lzx;
    use lzxd::{Lzxd, WindowSize};

    const FRAME: usize = 32 << 10;

    /// Bits into words of 16, the highest first.
    #[derive(Default)]
    struct Writer {
        bytes: Vec<u8>,
        word: u32,
        bits_left: u32,
    }

    impl Writer {
        fn put(&mut self, value: u32, count: u32) {
            for bit in (0..count).rev() {
                self.word = self.word << 1 | (value >> bit & 1);
                self.bits_left += 1;
                if self.bits_left == 16 {
                    self.bytes.extend((self.word as u16).to_le_bytes());
                    (self.word, self.bits_left) = (0, 0);
                }
            }
        }

        fn frame(&mut self) -> Vec<u8> {
            while self.bits_left > 0 {
                self.put(0, 1);
            }
            std::mem::take(&mut self.bytes)
        }

        /// Lengths of codes: those of two symbols of the code of differences, one bit each.
        fn lengths(&mut self, [low, high]: [u32; 2], symbols: impl Iterator<Item = bool>) {
            (0..20).for_each(|symbol| self.put(u32::from(symbol == low || symbol == high), 4));
            symbols.for_each(|is_high| self.put(u32::from(is_high), 1));
        }
    }

    /// Numbers that are the same in every run.
    struct Random(u64);

    impl Random {
        fn below(&mut self, most: usize) -> usize {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) as usize % most
        }
    }

    /// Packs random literals and repetitions in one block; what they are, and the frames.
    fn packed(frames: usize, aligned: bool, calls: u32, seed: u64) -> (Vec<u8>, Vec<Vec<u8>>) {
        let (mut random, mut out, mut plain, mut all) =
            (Random(seed), Writer::default(), Vec::new(), Vec::new());
        out.put(u32::from(calls > 0), 1);
        if calls > 0 {
            out.put(calls, 32);
        }
        out.put(1 + u32::from(aligned), 3);
        out.put((frames * FRAME) as u32, 24);
        if aligned {
            (0..8).for_each(|_| out.put(3, 3));
        }
        // Literals have codes of 9 bits, the repetitions of the first 16 slots 8, lengths of their own 7.
        out.lengths([8, 16], (0..256).map(|_| false));
        out.lengths([0, 9], (0..240).map(|symbol| symbol < 128));
        out.lengths([0, 10], (0..249).map(|symbol| symbol < 128));
        let mut last = [1usize; 3];
        for frame in 1..=frames {
            while plain.len() < frame * FRAME {
                let room = (frame * FRAME - plain.len()).min(130);
                if room < 12 || plain.len() < 300 || random.below(3) == 0 {
                    let byte = if random.below(20) == 0 { 0xe8 } else { random.below(256) as u8 };
                    // Codes go by length, then by symbol: the short ones are 0 to 127.
                    out.put(256 + u32::from(byte), 9);
                    plain.push(byte);
                    continue;
                }
                let (len, slot) = (2 + random.below(room - 2), random.below(16));
                let (distance, extra, low) = match slot {
                    0..3 => (last[slot], 0, 0),
                    _ => {
                        let extra = slot / 2 - 1;
                        let low = random.below(1 << extra);
                        (((2 + slot % 2) << extra) + low - 2, extra as u32, low as u32)
                    }
                };
                let distance = if distance == 0 { continue } else { distance };
                match slot {
                    0 => {}
                    1 => last.swap(0, 1),
                    2 => last.swap(0, 2),
                    _ => last = [distance, last[0], last[1]],
                }
                out.put((slot * 8 + (len - 2).min(7)) as u32, 8);
                if len >= 9 {
                    out.put(len as u32 - 9, 7);
                }
                out.put(low, extra); // also where the last three have a code of their ours: that of all eight is three bits
                (0..len).for_each(|_| plain.push(plain[plain.len() - distance]));
            }
            all.push(out.frame());
        }
        (plain, all)
    }

    #[track_caller]
    fn check(frames: usize, aligned: bool, calls: u32) {
        for seed in 0..20 {
            let (plain, frames) = packed(frames, aligned, calls, seed);
            let (mut ours, mut theirs) = (Lzx::new(15).unwrap(), Lzxd::new(WindowSize::KB32));
            for (frame, plain) in frames.iter().zip(plain.chunks(FRAME)) {
                let mut found = Vec::new();
                ours.block(frame, FRAME, &mut found).expect("it is sound");
                assert_eq!(found, theirs.decompress_next(frame, FRAME).unwrap());
                assert!(calls > 0 || found == plain);
            }
        }
    }

    #[test]
    fn what_was_packed_comes_back() {
        check(3, false, 0);
    }

    #[test]
    fn what_was_packed_with_a_code_for_low_bits_comes_back() {
        check(3, true, 0);
    }

    #[test]
    fn targets_of_calls_are_made_relative() {
        check(3, false, 1 << 20);
        check(3, true, 5000);
    }

    #[test]
    fn bytes_that_stand_as_they_are_come_back() {
        let mut out = Writer::default();
        out.put(0, 1);
        out.put(3, 3);
        out.put(5, 24);
        let mut frame = out.frame();
        frame.extend([1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]);
        frame.extend(b"hello");
        let mut found = Vec::new();
        Lzx::new(15).unwrap().block(&frame, 5, &mut found).unwrap();
        assert_eq!(found, b"hello");
    }

    #[test]
    fn no_damage_makes_it_panic_or_grow() {
        for seed in 0..300 {
            let (_, frames) = packed(1, seed % 2 == 0, 0, seed);
            let (mut frame, mut random) = (frames[0].clone(), Random(seed));
            for _ in 0..1 + random.below(4) {
                let at = random.below(if seed % 3 == 0 { 200 } else { frame.len() });
                frame[at] ^= 1 << random.below(8);
            }
            let mut found = Vec::new();
            let _ = Lzx::new(15).unwrap().block(&frame, FRAME, &mut found);
            assert!(found.len() <= FRAME);
        }
    }
}
