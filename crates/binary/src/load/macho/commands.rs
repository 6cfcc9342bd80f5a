//! The load commands of a Mach-O file.

use super::super::draft::push_code_gap;
use crate::Arch;
use crate::bytes::{Bytes, padded};
use cognate_base::{Gap, Place, hex};

/// More load commands, or sections of one segment, than this are not read. Judgement.
const MAX_COMMANDS: u32 = 4096;
const MAX_SECTIONS: u32 = 1024;

/// A segment or a section.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub name: String,
    pub address: u64,
    pub size: u64,
    pub offset: u64,
    pub file_bytes: u64,
    pub writable: bool,
    pub executable: bool,
    /// The section's type: 6 and 7 pointers, 8 stubs, 9, 10 and 22 initialisers.
    pub kind: u32,
    /// Index of the first indirect symbol, and bytes of a stub.
    pub reserved: (u32, u32),
    /// Offset and count of its relocations, in object files.
    pub relocations: (u32, u32),
}

/// What the load commands say.
#[derive(Debug, Default)]
pub(super) struct Commands {
    pub wide: bool,
    /// An object file, still to be linked.
    pub is_object: bool,
    pub parts: Vec<Part>,
    pub sections: Vec<Part>,
    /// Offset and count of the symbols, offset and bytes of their names.
    pub symbols: Option<[u32; 4]>,
    /// Offset and count of the indirect symbols.
    pub indirect: (u32, u32),
    pub function_starts: Option<(u64, u64)>,
    pub chained_fixups: Option<(u64, u64)>,
    pub exports_trie: Option<(u64, u64)>,
    /// Offset and bytes of: rebase, bind, weak bind, lazy bind, export.
    pub dyld_info: Option<[(u64, u64); 5]>,
    pub libraries: Vec<String>,
    pub id: Option<String>,
    pub uuid: Option<String>,
    pub build: Option<String>,
    pub signature: Option<(u64, u64)>,
    main: Option<u64>,
    thread: Option<u64>,
}

impl Commands {
    /// Reads the commands as far as they make sense.
    pub fn read(bytes: &[u8], wide: bool, gaps: &mut Vec<Gap>) -> Commands {
        let is_object = bytes.u32_at(12) == Some(1);
        let mut commands = Commands { wide, is_object, ..Commands::default() };
        let mut at = if wide { 32 } else { 28 };
        let count = bytes.u32_at(16).unwrap_or(0);
        for _ in 0..count.min(MAX_COMMANDS) {
            let (Some(kind), Some(size)) = (bytes.u32_at(at), bytes.u32_at(at + 4)) else {
                push_code_gap(gaps, Place::File(at), "load commands", "truncated");
                break;
            };
            if size < 8 {
                push_code_gap(gaps, Place::File(at), "load commands", "a command has a wrong size");
                break;
            }
            commands.command(bytes, kind, (at, size.into()), gaps);
            at += u64::from(size);
        }
        if count > MAX_COMMANDS {
            push_code_gap(gaps, Place::File(at), "load commands", "more than are read");
        }
        commands
    }

    fn command(&mut self, bytes: &[u8], kind: u32, (at, size): (u64, u64), gaps: &mut Vec<Gap>) {
        let word = |skip: u64| bytes.u32_at(at + skip);
        let range = |skip: u64| Some((u64::from(word(skip)?), u64::from(word(skip + 4)?)));
        match kind {
            0x01 | 0x19 => drop(self.segment_command(bytes, kind == 0x19, (at, size), gaps)),
            0x02 => {
                self.symbols =
                    word(8).zip(word(12)).zip(word(16).zip(word(20))).map(|((a, b), (c, d))| [a, b, c, d])
            }
            0x0b => self.indirect = word(56).zip(word(60)).unwrap_or_default(),
            0x26 => self.function_starts = range(8),
            0x1d => self.signature = range(8),
            0x8000_0034 => self.chained_fixups = range(8),
            0x8000_0033 => self.exports_trie = range(8),
            0x22 | 0x8000_0022 => {
                let range = |skip| range(skip).unwrap_or_default();
                self.dyld_info = Some([range(8), range(16), range(24), range(32), range(40)]);
            }
            0x8000_0028 => self.main = bytes.u64_at(at + 8),
            0x05 => self.thread = Some(at),
            0x0c | 0x8000_0018 | 0x8000_001f | 0x20 | 0x8000_0023 => self.libraries.extend(name(bytes, at)),
            0x0d => self.id = name(bytes, at),
            0x1b => self.uuid = bytes.slice(at + 8, 16).map(hex),
            0x32 => {
                self.build = word(8).zip(word(12)).zip(word(16)).map(|((platform, least), kit)| {
                    format!("platform {platform}, minimum {}, SDK {}", version(least), version(kit))
                })
            }
            0x24 | 0x25 => {
                self.build = word(8)
                    .zip(word(12))
                    .map(|(least, kit)| format!("minimum {}, SDK {}", version(least), version(kit)))
            }
            0x21 | 0x2c if word(16).is_some_and(|id| id != 0) => {
                push_code_gap(gaps, Place::File(word(8).unwrap_or(0).into()), "code", "encrypted");
            }
            _ => {}
        }
    }

    fn segment_command(
        &mut self,
        bytes: &[u8],
        wide: bool,
        (at, size): (u64, u64),
        gaps: &mut Vec<Gap>,
    ) -> Option<()> {
        let word = |narrow: u64, broad: u64| bytes.word_at(at + if wide { broad } else { narrow }, wide);
        let flag = |narrow: u64, broad: u64| bytes.u32_at(at + if wide { broad } else { narrow });
        let protection = flag(44, 60)?;
        let part = Part {
            name: padded(bytes.slice(at + 8, 16)?),
            address: word(24, 24)?,
            size: word(28, 32)?,
            offset: word(32, 40)?,
            file_bytes: word(36, 48)?,
            writable: protection & 2 != 0,
            executable: protection & 4 != 0,
            kind: 0,
            reserved: (0, 0),
            relocations: (0, 0),
        };
        let (first, row) = if wide { (72, 80) } else { (56, 68) };
        let said = flag(48, 64)?;
        // Rows lie inside their command: one that is read belongs to no other.
        let count = u64::from(said.min(MAX_SECTIONS)).min(size.saturating_sub(first) / row);
        if count < said.into() {
            push_code_gap(gaps, Place::File(at), "sections", "more than the segment has room for");
        }
        for index in 0..count {
            let Some(section) = section(bytes, at + first + index * row, wide, &part) else {
                break;
            };
            if section.size > 0 {
                self.sections.push(section);
            }
        }
        self.parts.push(part);
        Some(())
    }

    /// The first segment of that name.
    pub fn segment(&self, name: &str) -> Option<&Part> {
        self.parts.iter().find(|part| part.name == name)
    }

    /// The address of the entry point: `LC_MAIN`, or the initial program counter.
    pub fn entry(&self, bytes: &[u8], arch: Arch) -> Option<u64> {
        if let Some(offset) = self.main {
            return Some(self.segment("__TEXT").map_or(0, |part| part.address).wrapping_add(offset));
        }
        let counter = match arch {
            Arch::X86 => 56,
            Arch::X86_64 => 144,
            Arch::Aarch64 => 272,
        };
        bytes.word_at(self.thread?.checked_add(counter)?, self.wide)
    }
}

fn section(bytes: &[u8], at: u64, wide: bool, segment: &Part) -> Option<Part> {
    let word = |narrow: u64, broad: u64| bytes.word_at(at + if wide { broad } else { narrow }, wide);
    let half = |narrow: u64, broad: u64| bytes.u32_at(at + if wide { broad } else { narrow });
    let flags = half(56, 64)?;
    let kind = flags & 0xff;
    let size = word(36, 40)?;
    // Object files have one segment for everything; the section tells code from data.
    let offset = half(40, 48)?;
    let instructions = flags & 0x8000_0400 != 0;
    Some(Part {
        name: padded(bytes.slice(at, 16)?),
        address: word(32, 32)?,
        size,
        offset: offset.into(),
        // Nothing lies where the header does: files of debugging symbols describe sections so.
        file_bytes: if matches!(kind, 1 | 0xc | 0x12) || offset == 0 { 0 } else { size },
        writable: segment.writable,
        executable: instructions && segment.executable,
        kind,
        reserved: (half(60, 68)?, half(64, 72)?),
        relocations: (half(48, 56)?, half(52, 60)?),
    })
}

fn name(bytes: &[u8], at: u64) -> Option<String> {
    bytes.text_at(at.checked_add(bytes.u32_at(at + 8)?.into())?, 1024)
}

fn version(packed: u32) -> String {
    format!("{}.{}.{}", packed >> 16, packed >> 8 & 0xff, packed & 0xff)
}
