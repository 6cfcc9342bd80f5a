//! Stubs of the procedure linkage table: short pieces of code that jump through
//! a slot which the loader of the operating system fills in.

use crate::{Arch, Loaded, Segment};
use cognate_base::Budget;

/// Names every stub after the import behind its slot.
///
/// Reads the sections called `.plt…`, or, in a file without, all code.
pub(in crate::load) fn read(loaded: &mut Loaded, budget: &mut Budget) {
    if loaded.hints.imports.is_empty() {
        return;
    }
    let is_code = |index: &usize| segments(loaded).get(*index).is_some_and(|segment| segment.executable);
    let mut code: Vec<usize> = (0..segments(loaded).len()).filter(is_code).collect();
    let is_stubs =
        |index: &usize| segments(loaded).get(*index).is_some_and(|segment| is_stub_section(&segment.name));
    if code.iter().any(is_stubs) {
        code.retain(is_stubs);
    }
    for index in code {
        let Some(segment) = segments(loaded).get(index) else { continue };
        let bytes = loaded.image.segment_bytes(segment);
        if budget.spend(1 + bytes.len() as u64 / 16).is_err() {
            return;
        }
        let imports = &loaded.hints.imports;
        let known = |&(stub, slot): &(u64, u64)| imports.contains_key(&slot) && !imports.contains_key(&stub);
        let found: Vec<(u64, u64)> = match loaded.image.arch {
            Arch::Aarch64 => a64(bytes, segment.address).filter(known).collect(),
            arch => x86(bytes, segment.address, arch, loaded.hints.got).filter(known).collect(),
        };
        for (stub, slot) in found {
            let Some(import) = loaded.hints.imports.get(&slot).cloned() else { continue };
            loaded.import(stub, import.library.as_deref(), &import.name, budget);
            if loaded.text_is_full() {
                return;
            }
        }
    }
}

fn segments(loaded: &Loaded) -> &[Segment] {
    loaded.image.segments()
}

fn is_stub_section(name: &str) -> bool {
    name.starts_with(".plt") || matches!(name, ".iplt" | "__stubs" | "__symbol_stub1")
}

/// `[endbr] [bnd] jmp [slot]`: (stub, slot) pairs.
fn x86(bytes: &[u8], base: u64, arch: Arch, got: Option<u64>) -> impl Iterator<Item = (u64, u64)> + '_ {
    bytes.windows(6).enumerate().filter_map(move |(at, window)| {
        let [0xff, mode @ (0x25 | 0xa3), rest @ ..] = window else { return None };
        let displacement = <[u8; 4]>::try_from(rest).ok()?;
        let displacement = i32::from_le_bytes(displacement);
        let address = base.wrapping_add(at as u64);
        let slot = match (arch, mode) {
            (Arch::X86_64, 0x25) => address.wrapping_add(6).wrapping_add_signed(displacement.into()),
            (Arch::X86, 0x25) => u64::from(displacement.cast_unsigned()),
            (Arch::X86, _) => got.unwrap_or(0).wrapping_add_signed(displacement.into()) & 0xffff_ffff,
            _ => return None,
        };
        let before = |len: usize| at.checked_sub(len).and_then(|start| bytes.get(start..at)).unwrap_or(&[]);
        let skip = match (before(5), before(4), before(1)) {
            ([0xf3, 0x0f, 0x1e, 0xfa, 0xf2], _, _) => 5,
            (_, [0xf3, 0x0f, 0x1e, 0xfa | 0xfb], _) => 4,
            (_, _, [0xf2]) => 1,
            _ => 0,
        };
        Some((address - skip, slot))
    })
}

/// `[bti c] adrp x16, page; ldr x17, [x16, #offset]; …`: (stub, slot) pairs.
fn a64(bytes: &[u8], base: u64) -> impl Iterator<Item = (u64, u64)> + '_ {
    let mut last = [0u32; 2];
    bytes.chunks_exact(4).enumerate().filter_map(move |(index, chunk)| {
        let word = <[u8; 4]>::try_from(chunk).ok()?;
        let word = u32::from_le_bytes(word);
        let address = base.wrapping_add(index as u64 * 4);
        let [before, page] = last;
        last = [page, word];
        // adrp x16 and ldr x17, [x16, #imm12 * 8], or x16 in both.
        let loads = page & 0x9f00_001f == 0x9000_0010 && word & 0xffc0_03fe == 0xf940_0210;
        loads.then(|| {
            let start = address.wrapping_sub(4);
            let slot = page_of(page, start).wrapping_add(u64::from(word >> 10 & 0xfff) * 8);
            let landing = matches!(before, 0xd503_245f);
            (if landing { start.wrapping_sub(4) } else { start }, slot)
        })
    })
}

/// The page that an `adrp` at `address` gives.
fn page_of(word: u32, address: u64) -> u64 {
    let pages = (word >> 5 & 0x7_ffff) << 2 | word >> 29 & 3;
    let pages = i64::from((pages << 11).cast_signed() >> 11);
    (address & !0xfff).wrapping_add_signed(pages << 12)
}
