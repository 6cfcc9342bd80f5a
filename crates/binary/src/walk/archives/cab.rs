//! Cabinets: folders of files that were packed as one, in blocks of 32 KiB.

use crate::FileBytes;
use crate::bytes::Bytes;
use crate::ranges::Ranges;
use crate::walk::compressors::lzx::Lzx;
use crate::walk::unpack::{Clocked, Packed};
use crate::walk::walker::{Archive, Flow, MAX_NAME, Walker};
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};
use std::io::{self, Empty, Error, ErrorKind, Read};

/// Bytes of a header, of a folder, of a file without its name, of a block, each without what was reserved.
const HEADER: u64 = 36;
const FOLDER: u64 = 8;
const FILE: u64 = 16;
const BLOCK: u64 = 8;
/// A block unpacks to this at most. From the format (MS-CAB).
const MAX_BLOCK: usize = 32 << 10;
/// Folders that continue from the cabinet before, into the next, or both.
const CONTINUED: std::ops::RangeInclusive<u16> = 0xfffd..=0xffff;

/// What the header says of where things stand.
struct Layout {
    first_file: u64,
    files: u16,
    folders: Vec<Folder>,
    /// Bytes in front of a block's data that are for others.
    block_reserve: u64,
}

/// Files packed as one.
#[derive(Clone, Copy)]
struct Folder {
    at: u64,
    blocks: u16,
    method: u16,
}

/// A file of a folder.
struct File {
    start: u64,
    size: u64,
    name: Vec<u8>,
}

/// Whether these are the first bytes of a cabinet.
pub fn is_cab(bytes: &[u8]) -> bool {
    bytes.starts_with(b"MSCF\0\0\0\0")
}

impl Walker<'_> {
    pub fn cab(&mut self, archive: &mut Archive) -> Flow {
        let bytes = archive.bytes.clone();
        let Some(layout) = Layout::read(&bytes) else {
            self.lost(&archive.name, "unreadable: its header is damaged");
            return Flow::Continue(());
        };
        let mut folders: Vec<Vec<File>> = layout.folders.iter().map(|_| Vec::new()).collect();
        let mut at = layout.first_file;
        for number in 0..layout.files {
            let Some((file, folder, next)) = File::read(&bytes, at) else {
                let missing = layout.files - number;
                self.lost(&archive.name, &format!("the list of files is damaged; {missing} are left out"));
                break;
            };
            at = next;
            match folders.get_mut(usize::from(folder)) {
                Some(files) => files.push(file),
                None => {
                    let reason = match CONTINUED.contains(&folder) {
                        true => "continues in another cabinet; left out",
                        false => "lies in no folder; left out",
                    };
                    let path = archive.path(&file.name);
                    self.lost(&path, reason);
                }
            }
        }
        let mut taken = Ranges::default();
        for (folder, mut files) in layout.folders.iter().zip(folders) {
            // As they lie in the folder, so that each is passed once.
            files.sort_by_key(|file| file.start);
            self.folder(archive, &bytes, (&layout, *folder, &mut taken), files)?;
        }
        Flow::Continue(())
    }

    fn folder(
        &mut self,
        archive: &mut Archive,
        bytes: &FileBytes,
        (layout, folder, taken): (&Layout, Folder, &mut Ranges),
        files: Vec<File>,
    ) -> Flow {
        let method = Method::new(folder.method);
        let window = if let Ok(Method::Lzx(lzx)) = &method { lzx.window() } else { 0 };
        let method =
            method.and_then(|method| if window > self.dictionary() { Err(LARGE) } else { Ok(method) });
        let mut method = match method {
            Ok(method) => method,
            Err(reason) => {
                self.lost_with_others(archive, files.first().map(|file| &file.name[..]), reason, files.len());
                return Flow::Continue(());
            }
        };
        self.kept += window;
        let mut blocks = Blocks {
            clock: self.clocked(io::empty()),
            bytes,
            taken,
            at: folder.at,
            left: folder.blocks,
            reserve: layout.block_reserve,
            method: &mut method,
            block: Vec::new(),
            read: 0,
            position: 0,
            failed: None,
        };
        let mut flow = Flow::Continue(());
        for file in files {
            if !self.room(archive) {
                break;
            }
            flow = self.cab_file(archive, bytes, &mut blocks, file);
            if flow.is_break() {
                break;
            }
        }
        self.kept -= window;
        flow
    }

    fn cab_file(
        &mut self,
        archive: &mut Archive,
        bytes: &FileBytes,
        blocks: &mut Blocks<'_>,
        file: File,
    ) -> Flow {
        let path = archive.path(&file.name);
        if file.size == 0 {
            return Flow::Continue(());
        }
        if file.start < blocks.position {
            self.lost(&path, "lies over another member; left out");
            return Flow::Continue(());
        }
        // What nobody names is no member, but has to be passed.
        let gap = file.start - blocks.position;
        blocks.clock = self.clocked(io::empty());
        let passed = self.timed(|_| io::copy(&mut blocks.by_ref().take(gap), &mut io::sink()));
        if passed.is_ok_and(|passed| passed < gap) {
            self.lost(&path, "starts behind the end of its folder; left out");
            return Flow::Continue(());
        }
        let packed = Packed { path, size: bytes.len() as u64, said: Some(file.size) };
        self.unpack(archive, packed, &mut Exactly { reader: blocks, left: file.size })
    }
}

/// Why a folder whose window is too large stays shut.
const LARGE: &str = "needs more memory to unpack than the limits allow";

impl Layout {
    fn read(bytes: &[u8]) -> Option<Layout> {
        let (folders, files, flags) = (bytes.u16_at(26)?, bytes.u16_at(28)?, bytes.u16_at(30)?);
        let (mut at, mut folder_reserve, mut block_reserve) = (HEADER, 0, 0);
        if flags & 4 != 0 {
            let header_reserve = u64::from(bytes.u16_at(at)?);
            folder_reserve = u64::from(bytes.u8_at(at + 2)?);
            block_reserve = u64::from(bytes.u8_at(at + 3)?);
            at += 4 + header_reserve;
        }
        // The names of the cabinets before and behind, and of their disks.
        for _ in 0..2 * ((flags & 1) + (flags >> 1 & 1)) {
            at += end_of_text(bytes, at)? + 1;
        }
        let mut list = Vec::new();
        for _ in 0..folders {
            list.push(Folder {
                at: bytes.u32_at(at)?.into(),
                blocks: bytes.u16_at(at + 4)?,
                method: bytes.u16_at(at + 6)?,
            });
            at += FOLDER + folder_reserve;
        }
        Some(Layout { first_file: bytes.u32_at(16)?.into(), files, folders: list, block_reserve })
    }
}

/// How long the text is that stands there; 255 bytes is the most that the format allows.
fn end_of_text(bytes: &[u8], at: u64) -> Option<u64> {
    let text = Bytes::from(bytes, at);
    text.iter().take(MAX_NAME).position(|&byte| byte == 0).map(|end| end as u64)
}

impl File {
    /// The file whose entry stands there, its folder, and where the next one does.
    fn read(bytes: &[u8], at: u64) -> Option<(File, u16, u64)> {
        let (size, start, folder) = (bytes.u32_at(at)?, bytes.u32_at(at + 4)?, bytes.u16_at(at + 8)?);
        let len = end_of_text(bytes, at + FILE)?;
        let name = Bytes::slice(bytes, at + FILE, len)?.to_vec();
        Some((File { start: start.into(), size: size.into(), name }, folder, at + FILE + len + 1))
    }
}

/// How a folder is packed, with what is kept from block to block.
enum Method {
    Stored,
    /// Deflate, each block with the one before in front of it.
    MsZip(Box<DecompressorOxide>),
    Lzx(Box<Lzx>),
}

impl Method {
    fn new(method: u16) -> Result<Method, &'static str> {
        match method & 0xf {
            0 => Ok(Method::Stored),
            1 => Ok(Method::MsZip(Box::default())),
            2 => Err("packed by Quantum, which is not read"),
            3 => Lzx::new(u32::from(method >> 8 & 0x1f)).map(|lzx| Method::Lzx(Box::new(lzx))),
            _ => Err("packed in a way that is not known"),
        }
    }
}

/// The content of a folder.
struct Blocks<'a> {
    /// Fails when the time is over.
    clock: Clocked<Empty>,
    bytes: &'a FileBytes,
    /// Blocks that were read: none is read for two folders.
    taken: &'a mut Ranges,
    /// Where the next block stands, and how many are left.
    at: u64,
    left: u16,
    reserve: u64,
    method: &'a mut Method,
    /// The block that is read: behind the one before where that may be repeated from.
    block: Vec<u8>,
    /// Where in it.
    read: usize,
    /// Bytes read in all.
    position: u64,
    failed: Option<&'static str>,
}

impl Blocks<'_> {
    fn next(&mut self) -> Result<(), &'static str> {
        let damaged = "a block is damaged";
        let (Some(packed), Some(size)) = (self.bytes.u16_at(self.at + 4), self.bytes.u16_at(self.at + 6))
        else {
            return Err("a block is missing");
        };
        let size = usize::from(size);
        if size == 0 {
            return Err("a block continues in another cabinet");
        }
        if size > MAX_BLOCK {
            return Err(damaged);
        }
        let start = self.at + BLOCK + self.reserve;
        let (data, missing) = self.bytes.part(start, packed.into());
        if missing > 0 {
            return Err("a block is truncated");
        }
        if !self.taken.claim(self.at, start + u64::from(packed)) {
            return Err("a block is that of another folder");
        }
        self.at = start + u64::from(packed);
        self.left -= 1;
        match &mut *self.method {
            Method::Stored => {
                (self.block, self.read) = (data.to_vec(), 0);
                (data.len() == size).then_some(()).ok_or(damaged)
            }
            Method::MsZip(inflate) => {
                let data = data.strip_prefix(b"CK").ok_or(damaged)?;
                // What may be repeated is the block before, whole.
                let before = self.block.len().saturating_sub(MAX_BLOCK);
                self.block.drain(..before);
                self.read = self.block.len();
                self.block.resize(self.read + size, 0);
                inflate.init();
                let flags = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
                let (status, _, made) = decompress(inflate, data, &mut self.block, self.read, flags);
                (status == TINFLStatus::Done && made == size).then_some(()).ok_or(damaged)
            }
            Method::Lzx(lzx) => {
                self.block.clear();
                self.read = 0;
                lzx.block(&data, size, &mut self.block).ok_or(damaged)
            }
        }
    }
}

impl Read for Blocks<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while self.read == self.block.len() && self.failed.is_none() {
            if self.left == 0 {
                return Ok(0);
            }
            self.clock.read(&mut [])?;
            if let Err(reason) = self.next() {
                // Behind a block that is damaged, no other can be read.
                self.failed = Some(reason);
            }
        }
        if let Some(reason) = self.failed {
            return Err(Error::new(ErrorKind::InvalidData, reason));
        }
        let from = self.block.get(self.read..).unwrap_or(&[]);
        let len = from.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..len), from.get(..len)) {
            to.copy_from_slice(from);
        }
        self.read += len;
        self.position += len as u64;
        Ok(len)
    }
}

/// A file of a folder, which is an error where it ends early.
struct Exactly<'a, 'b> {
    reader: &'a mut Blocks<'b>,
    left: u64,
}

impl Read for Exactly<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.reader.read(buffer.get_mut(..len).unwrap_or(&mut []))?;
        if read == 0 && len > 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        self.left -= read as u64;
        Ok(read)
    }
}
