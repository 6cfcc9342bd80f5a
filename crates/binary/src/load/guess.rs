//! Tells code from other bytes by the calls in it, where no header does.
//!
//! A relative call whose target lies in the same bytes is rare by chance (one
//! in 4 GiB for the four displacement bytes) and common in code.

use crate::Arch;
use cognate_base::Budget;

/// Fewer calls than this may be chance.
const ENOUGH: u64 = 4;
/// This much of a file is looked at.
const LOOKED_AT: usize = 64 << 20;

/// The instruction set that the bytes seem to hold code of.
pub(super) fn arch(bytes: &[u8], budget: &mut Budget) -> Option<Arch> {
    let bytes = bytes.get(..LOOKED_AT.min(bytes.len())).unwrap_or(bytes);
    let (x86, a64) = (calls(Arch::X86_64, bytes, budget), calls(Arch::Aarch64, bytes, budget));
    if x86.max(a64) < ENOUGH {
        return None;
    }
    if a64 > x86 {
        return Some(Arch::Aarch64);
    }
    Some(if is_wide(bytes) { Arch::X86_64 } else { Arch::X86 })
}

/// How many relative calls stay within `bytes` and reach what looks like a function; none
/// where the budget is spent.
pub(super) fn calls(arch: Arch, bytes: &[u8], budget: &mut Budget) -> u64 {
    if budget.spend(1 + bytes.len() as u64 / 64).is_err() {
        return 0;
    }
    call_places(arch, bytes).count() as u64
}

/// The offsets of those calls.
pub(super) fn call_places(arch: Arch, bytes: &[u8]) -> Box<dyn Iterator<Item = usize> + '_> {
    if arch == Arch::Aarch64 { Box::new(a64_calls(bytes)) } else { Box::new(x86_calls(bytes)) }
}

fn x86_calls(bytes: &[u8]) -> impl Iterator<Item = usize> + '_ {
    bytes.windows(5).enumerate().filter_map(move |(at, window)| {
        let [0xe8, rest @ ..] = window else { return None };
        let displacement = i64::from(i32::from_le_bytes(rest.try_into().ok()?));
        let target =
            usize::try_from(i64::try_from(at).ok()?.checked_add(5)?.checked_add(displacement)?).ok()?;
        let far = displacement.unsigned_abs() > 5;
        (far && x86_prologue(bytes.get(target..)?)).then_some(at)
    })
}

/// The ways in which compilers begin x86 functions.
pub(super) fn x86_prologue(code: &[u8]) -> bool {
    matches!(
        code,
        [0x53 | 0x55 | 0x56 | 0x57, ..]
            | [0x40, 0x53 | 0x55 | 0x56 | 0x57, ..]
            | [0x41, 0x54..=0x57, ..]
            | [0x48, 0x83 | 0x81, 0xec, ..]
            | [0x48, 0x89 | 0x8b, ..]
            | [0x4c, 0x8b | 0x89, ..]
            | [0x83 | 0x81, 0xec, ..]
            | [0x8b, 0x44 | 0x4c | 0xff, ..]
            | [0xf3, 0x0f, 0x1e, 0xfa | 0xfb, ..]
            | [0xff, 0x25, ..]
    )
}

fn a64_calls(bytes: &[u8]) -> impl Iterator<Item = usize> + '_ {
    let word = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?));
    (0..bytes.len() / 4).map(|index| index * 4).filter(move |&at| {
        let Some(call) = word(at).filter(|word| word >> 26 == 0b10_0101) else { return false };
        let words = i64::from((call << 6).cast_signed() >> 6);
        let target = i64::try_from(at).ok().and_then(|at| usize::try_from(at + words * 4).ok());
        target.and_then(word).is_some_and(a64_prologue)
    })
}

/// The ways in which compilers begin A64 functions: `stp …, [sp, …]!`,
/// `sub sp, sp, …`, `paciasp`, `bti c`, `adrp` of a stub.
fn a64_prologue(word: u32) -> bool {
    word & 0xffc0_03e0 == 0xa980_03e0
        || word & 0xff80_03ff == 0xd100_03ff
        || matches!(word, 0xd503_233f | 0xd503_245f)
        || word & 0x9f00_001f == 0x9000_0010
}

/// Whether REX.W prefixes are where 64-bit code has them, rather than `dec eax`.
fn is_wide(bytes: &[u8]) -> bool {
    let (mut wide, mut narrow) = (0u64, 0u64);
    for window in bytes.windows(3) {
        match window {
            [0x48 | 0x4c, 0x8b | 0x89 | 0x8d | 0x83 | 0x85, _] => wide += 1,
            [0x8b, 0x45 | 0x44 | 0x4c | 0x55 | 0x4d | 0xff, _] | [0x83, 0xc4 | 0xec, _] => narrow += 1,
            _ => {}
        }
    }
    wide * 2 > narrow
}
