//! Core files of Linux: their memory, and the mapped files it belongs to (`NT_FILE`).

use super::memory::{Dump, Module};
use crate::Arch;
use crate::bytes::{Bytes, Stream};

/// `ET_CORE`.
const CORE: u16 = 4;
/// `PT_LOAD` and `PT_NOTE`: kinds of program headers.
const LOAD: u32 = 1;
const NOTE: u32 = 4;
/// `PF_X`.
const EXECUTE: u32 = 1;
/// The note of mapped files.
const NT_FILE: u32 = 0x4649_4c45;
/// More notes than this are not looked at: there are a few for each thread. Judgement.
const MAX_NOTES: usize = 1 << 16;
/// Program headers of notes that are read: a core has one.
const MAX_NOTE_HEADERS: usize = 4;
/// `PN_XNUM`: there are more program headers than fit, and the first section says how many.
const MANY: u64 = 0xffff;
/// Paths are read up to here. What Linux allows (`PATH_MAX`).
const MAX_PATH: usize = 4096;

/// Whether these are the first bytes of one, little endian.
pub fn is_core(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x7fELF") && bytes.u8_at(5) == Some(1) && bytes.u16_at(16) == Some(CORE)
}

/// Reads program headers: memory, and the notes.
pub fn read(bytes: &[u8]) -> Dump<'_> {
    let wide = bytes.u8_at(4) == Some(2);
    let mut dump = Dump::of(bytes.u16_at(18).and_then(arch));
    let (table, row) = if wide { (32, 56) } else { (28, 32) };
    let table = bytes.word_at(table, wide).unwrap_or(0);
    let mut executable = Vec::new();
    let mut notes_read = 0;
    for index in 0..count(bytes, wide) {
        let at = table.checked_add(index * row).filter(|&at| !bytes.from(at).is_empty());
        let Some(header) = at.and_then(|at| Header::read(bytes, at, wide)) else {
            dump.damage.push("its list of memory is truncated");
            break;
        };
        match header.kind {
            Some(LOAD) => {
                dump.add_piece(bytes, header.address, header.start, header.in_file);
                if header.flags & EXECUTE != 0 {
                    executable.push((header.address, header.address.saturating_add(header.in_memory)));
                }
            }
            Some(NOTE) if dump.modules.is_empty() && notes_read < MAX_NOTE_HEADERS => {
                notes_read += 1;
                let (modules, whole) = modules(bytes.up_to(header.start, header.in_file), wide);
                dump.modules = modules;
                if !whole {
                    dump.damage.push("its list of mapped files is damaged or missing");
                }
            }
            _ => {}
        }
    }
    executable.sort_unstable();
    dump.executable = Some(executable);
    dump.sort_pieces();
    dump
}

/// How many program headers there are.
fn count(bytes: &[u8], wide: bool) -> u64 {
    let count = u64::from(bytes.u16_at(if wide { 56 } else { 44 }).unwrap_or(0));
    if count != MANY {
        return count;
    }
    let (sections, info) = if wide { (40, 44) } else { (32, 28) };
    let first = bytes.word_at(sections, wide).filter(|&first| first > 0);
    let said = first.and_then(|first| bytes.u32_at(first.checked_add(info)?));
    said.map_or(count, u64::from)
}

/// A program header.
struct Header {
    kind: Option<u32>,
    flags: u32,
    start: u64,
    address: u64,
    in_file: u64,
    in_memory: u64,
}

impl Header {
    fn read(bytes: &[u8], at: u64, wide: bool) -> Option<Header> {
        let place = |narrow: u64, broad: u64| at.checked_add(if wide { broad } else { narrow });
        let word = |narrow, broad| bytes.word_at(place(narrow, broad)?, wide);
        Some(Header {
            kind: bytes.u32_at(at),
            flags: place(24, 4).and_then(|at| bytes.u32_at(at)).unwrap_or(0),
            start: word(4, 8)?,
            address: word(8, 16)?,
            in_file: word(16, 32)?,
            in_memory: word(20, 40)?,
        })
    }
}

fn arch(machine: u16) -> Option<Arch> {
    match machine {
        3 => Some(Arch::X86),
        62 => Some(Arch::X86_64),
        183 => Some(Arch::Aarch64),
        _ => None,
    }
}

/// The files that the notes name, and whether all of them could be read.
fn modules(notes: &[u8], wide: bool) -> (Vec<Module>, bool) {
    let mut at = 0u64;
    for _ in 0..MAX_NOTES {
        let row = notes.u32_at(at).zip(notes.u32_at(at + 4)).zip(notes.u32_at(at + 8));
        let Some(((name, size), kind)) = row else { break };
        let start = at + 12 + u64::from(name).next_multiple_of(4);
        if kind == NT_FILE {
            let mut modules = Vec::new();
            let whole = files(notes.up_to(start, size.into()), wide, &mut modules);
            return (modules, whole.is_some());
        }
        at = start + u64::from(size).next_multiple_of(4);
    }
    (Vec::new(), false)
}

/// A count, the size of a page, then start, end and place of each mapping, then their names. Mappings of one
/// file in a row are one module, which starts where the file does.
fn files(note: &[u8], wide: bool, modules: &mut Vec<Module>) -> Option<()> {
    let width = if wide { 8 } else { 4 };
    let word = |index: u64| note.word_at(index * width, wide);
    let count = word(0)?.min(note.len() as u64 / (3 * width));
    let mut names = Stream(note.from((2 + 3 * count) * width));
    let mut last: &[u8] = b"";
    for index in 0..count {
        let row = 2 + index * 3;
        let (base, end, place) = (word(row)?, word(row + 1)?, word(row + 2)?);
        let path = names.text(MAX_PATH)?;
        let size = end.saturating_sub(base);
        match modules.last_mut().filter(|module| path == last && place != 0 && module.base <= base) {
            Some(module) => module.size = end.saturating_sub(module.base),
            None => {
                let name = path.rsplit(|&byte| byte == b'/').next().unwrap_or(path);
                modules.push(Module { base, size, name: String::from_utf8_lossy(name).into_owned() });
            }
        }
        last = path;
    }
    Some(())
}
