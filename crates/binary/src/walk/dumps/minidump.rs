//! Minidumps of Windows: streams, of which some list modules and memory.

use super::memory::{Dump, Module};
use crate::Arch;
use crate::bytes::Bytes;
use crate::ranges::Ranges;

/// More streams than this are not looked at; dumps have a few dozen. Judgement.
const MAX_STREAMS: u64 = 1024;
/// UTF-16 units of a module's path that are read. Judgement.
const MAX_PATH: u64 = 1024;

/// Streams that are read (`MINIDUMP_STREAM_TYPE`).
mod stream {
    pub const MODULES: u32 = 4;
    pub const MEMORY: u32 = 5;
    pub const SYSTEM: u32 = 7;
    pub const MEMORY64: u32 = 9;
    pub const MEMORY_INFO: u32 = 16;
    pub const READ: [u32; 5] = [MODULES, MEMORY, SYSTEM, MEMORY64, MEMORY_INFO];
}

/// Whether these are the first bytes of one.
pub fn is_minidump(bytes: &[u8]) -> bool {
    matches!(bytes, [b'M', b'D', b'M', b'P', 0x93, 0xa7, ..])
}

/// Reads the streams of a minidump.
pub fn read(bytes: &[u8]) -> Dump<'_> {
    let mut dump = Dump::default();
    let count = u64::from(bytes.u32_at(8).unwrap_or(0));
    if count > MAX_STREAMS {
        dump.damage.push("has more streams than are looked at");
    }
    let directory = u64::from(bytes.u32_at(12).unwrap_or(0));
    let mut seen = Ranges::default();
    for index in 0..count.min(MAX_STREAMS) {
        let at = directory + index * 12;
        let (Some(kind), Some(size), Some(start)) =
            (bytes.u32_at(at), bytes.u32_at(at + 4), bytes.u32_at(at + 8))
        else {
            dump.damage.push("its list of streams is truncated");
            break;
        };
        if !stream::READ.contains(&kind) {
            continue;
        }
        let data = bytes.up_to(start.into(), size.into());
        if !seen.claim(start.into(), u64::from(start) + data.len() as u64) {
            dump.damage.push("has streams that lie over one another; the first is read");
            continue;
        }
        match kind {
            stream::SYSTEM => dump.arch = data.u16_at(0).and_then(arch),
            stream::MODULES => modules(&mut dump, bytes, data),
            stream::MEMORY => memory(&mut dump, bytes, data),
            stream::MEMORY64 => memory64(&mut dump, bytes, data),
            _ => protections(&mut dump, data),
        }
    }
    dump.sort_pieces();
    dump
}

/// How many rows a list has, and where the first stands: some writers leave four bytes before it.
fn rows(data: &[u8], size: u64) -> (u64, u64) {
    let count = u64::from(data.u32_at(0).unwrap_or(0));
    (count, if data.len() as u64 == 8 + count * size { 8 } else { 4 })
}

fn modules(dump: &mut Dump<'_>, bytes: &[u8], data: &[u8]) {
    const ROW: u64 = 108;
    let (count, first) = rows(data, ROW);
    for index in 0..count {
        let at = first + index * ROW;
        let Some(((base, size), name)) = data.u64_at(at).zip(data.u32_at(at + 8)).zip(data.u32_at(at + 20))
        else {
            return dump.damage.push("its list of modules is truncated");
        };
        dump.modules.push(Module { base, size: size.into(), name: file_name(bytes, name.into()) });
    }
}

fn memory<'a>(dump: &mut Dump<'a>, bytes: &'a [u8], data: &[u8]) {
    const ROW: u64 = 16;
    let (count, first) = rows(data, ROW);
    for index in 0..count {
        let at = first + index * ROW;
        let row = data.u64_at(at).zip(data.u32_at(at + 8)).zip(data.u32_at(at + 12));
        let Some(((address, size), start)) = row else {
            return dump.damage.push("its list of memory is truncated");
        };
        dump.add_piece(bytes, address, start.into(), size.into());
    }
}

/// Memory whose pieces lie one behind the other in the file.
fn memory64<'a>(dump: &mut Dump<'a>, bytes: &'a [u8], data: &[u8]) {
    let count = data.u64_at(0).unwrap_or(0);
    let mut start = data.u64_at(8).unwrap_or(0);
    for index in 0..count {
        let at = 16u64.saturating_add(index.saturating_mul(16));
        let row = at.checked_add(8).and_then(|next| data.u64_at(at).zip(data.u64_at(next)));
        let Some((address, size)) = row else {
            return dump.damage.push("its list of memory is truncated");
        };
        dump.add_piece(bytes, address, start, size);
        start = start.saturating_add(size);
    }
}

/// What may be executed.
fn protections(dump: &mut Dump<'_>, data: &[u8]) {
    let (header, row) = (u64::from(data.u32_at(0).unwrap_or(0)), u64::from(data.u32_at(4).unwrap_or(0)));
    let rows = if row >= 48 { data.u64_at(8).unwrap_or(0).min(data.len() as u64 / row) } else { 0 };
    let mut executable = Vec::new();
    for index in 0..rows {
        let at = header + index * row;
        let range = data.u64_at(at).zip(data.u64_at(at + 24));
        let Some(((base, size), protection)) = range.zip(data.u32_at(at + 36)) else { break };
        // PAGE_EXECUTE and what goes with it, of memory that is there (MEM_COMMIT)
        if protection & 0xf0 != 0 && data.u32_at(at + 32) == Some(0x1000) {
            executable.push((base, base.saturating_add(size)));
        }
    }
    executable.sort_unstable();
    dump.executable = Some(executable);
}

fn arch(number: u16) -> Option<Arch> {
    match number {
        0 => Some(Arch::X86),
        9 => Some(Arch::X86_64),
        12 => Some(Arch::Aarch64),
        _ => None,
    }
}

/// The last part of the path that stands at `at`, in UTF-16.
fn file_name(bytes: &[u8], at: u64) -> String {
    let len = u64::from(bytes.u32_at(at).unwrap_or(0)) / 2;
    let units = (0..len.min(MAX_PATH)).map_while(|index| bytes.u16_at(at + 4 + index * 2));
    let units: Vec<u16> = units.collect();
    let path = String::from_utf16_lossy(&units);
    let name = path.rsplit(['\\', '/']).next().unwrap_or("");
    if name.is_empty() { "module".to_owned() } else { name.to_owned() }
}
