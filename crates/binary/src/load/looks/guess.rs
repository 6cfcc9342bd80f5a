//! Tells code from other bytes by the calls in it, where no header does.
//!
//! A relative call whose target lies in the same bytes is rare by chance (one
//! in 4 GiB for the four displacement bytes) and common in code.

use crate::Arch;
use cognate_base::Budget;

/// Fewer calls than this may be chance. Judgement.
const ENOUGH: u64 = 4;
/// This much of a file is looked at. Judgement.
const LOOKED_AT: usize = 64 << 20;

/// What a call must reach to count.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::load) enum Reached {
    /// Code that begins as compilers begin functions.
    Prologue,
    /// That, or any code aligned as functions are behind padding or a return: enough where somebody says that
    /// there is code.
    Aligned,
}

/// The instruction set that the bytes seem to hold code of.
pub(in crate::load) fn arch(bytes: &[u8], budget: &mut Budget) -> Option<Arch> {
    arch_by(bytes, Reached::Prologue, budget)
}

/// The same, by calls that reach that.
pub(in crate::load) fn arch_by(bytes: &[u8], reached: Reached, budget: &mut Budget) -> Option<Arch> {
    let bytes = bytes.get(..LOOKED_AT.min(bytes.len())).unwrap_or(bytes);
    let mut calls = |arch| {
        let spent = budget.spend(1 + bytes.len() as u64 / 64);
        spent.map_or(0, |()| call_sites(arch, bytes, reached).count() as u64)
    };
    let (x86, a64) = (calls(Arch::X86_64), calls(Arch::Aarch64));
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
pub(in crate::load) fn calls(arch: Arch, bytes: &[u8], budget: &mut Budget) -> u64 {
    if budget.spend(1 + bytes.len() as u64 / 64).is_err() {
        return 0;
    }
    call_sites(arch, bytes, Reached::Prologue).count() as u64
}

/// The offsets of those calls and of what they reach.
pub(in crate::load) fn call_sites(
    arch: Arch,
    bytes: &[u8],
    reached: Reached,
) -> Box<dyn Iterator<Item = (usize, usize)> + '_> {
    if arch == Arch::Aarch64 { Box::new(a64_calls(bytes)) } else { Box::new(x86_calls(bytes, reached)) }
}

fn x86_calls(bytes: &[u8], reached: Reached) -> impl Iterator<Item = (usize, usize)> + '_ {
    bytes.windows(5).enumerate().filter_map(move |(at, window)| {
        let [0xe8, rest @ ..] = window else { return None };
        let displacement = i64::from(i32::from_le_bytes(rest.try_into().ok()?));
        let target =
            usize::try_from(i64::try_from(at).ok()?.checked_add(5)?.checked_add(displacement)?).ok()?;
        let far = displacement.unsigned_abs() > 5;
        let aligned = || reached == Reached::Aligned && is_behind_an_end(bytes, target);
        (far && (x86_prologue(bytes.get(target..)?) || aligned())).then_some((at, target))
    })
}

/// Whether x86 code at `target` is aligned as functions are, behind padding or a return, and is none itself.
fn is_behind_an_end(bytes: &[u8], target: usize) -> bool {
    let before = target.checked_sub(1).and_then(|at| bytes.get(at));
    target.is_multiple_of(16)
        && matches!(before, Some(0 | 0x90 | 0xcc | 0xc3))
        && !matches!(bytes.get(target), None | Some(0 | 0x90 | 0xcc))
}

/// What x86 code shows of its width: the width that it seems to have, where it shows enough.
pub(in crate::load) fn x86_width(bytes: &[u8], budget: &mut Budget) -> Option<Arch> {
    let bytes = bytes.get(..LOOKED_AT.min(bytes.len())).unwrap_or(bytes);
    budget.spend(1 + bytes.len() as u64 / 64).ok()?;
    let (wide, narrow) = widths(bytes);
    if wide >= TELLING && wide * 2 > narrow {
        return Some(Arch::X86_64);
    }
    (narrow >= TELLING && narrow > wide * 8).then_some(Arch::X86)
}

/// Fewer instructions than this tell nothing of the width. Judgement.
const TELLING: u64 = 8;

/// The ways in which compilers begin x86 functions.
pub(in crate::load) fn x86_prologue(code: &[u8]) -> bool {
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

fn a64_calls(bytes: &[u8]) -> impl Iterator<Item = (usize, usize)> + '_ {
    let word = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?));
    (0..bytes.len() / 4).map(|index| index * 4).filter_map(move |at| {
        let call = word(at).filter(|word| word >> 26 == 0b10_0101)?;
        let words = i64::from((call << 6).cast_signed() >> 6);
        let target = usize::try_from(i64::try_from(at).ok()? + words * 4).ok()?;
        word(target).is_some_and(a64_prologue).then_some((at, target))
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
    let (wide, narrow) = widths(bytes);
    wide * 2 > narrow
}

/// Instructions as 64-bit code has them, and as 32-bit code does.
fn widths(bytes: &[u8]) -> (u64, u64) {
    let (mut wide, mut narrow) = (0u64, 0u64);
    for window in bytes.windows(3) {
        match window {
            [0x48 | 0x4c, 0x8b | 0x89 | 0x8d | 0x83 | 0x85, _] => wide += 1,
            [0x8b, 0x45 | 0x44 | 0x4c | 0x55 | 0x4d | 0xff, _] | [0x83, 0xc4 | 0xec, _] => narrow += 1,
            _ => {}
        }
    }
    (wide, narrow)
}
