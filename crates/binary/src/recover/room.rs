//! Bytes of code that are not claimed, walked without looking far ahead.
//!
//! Where a stretch of free bytes ends is found out only as far as it is needed: who asks for the
//! whole stretch at every step takes time that grows with the square of its length.

use super::code_map::{CodeMap, FLAGS_A_UNIT};
use super::idiom::{self, is_sane};
use crate::decode::{Decoder, Instruction};
use crate::{Arch, Image};
use cognate_base::{Budget, Exhausted};

/// Bytes that must be known free to decode one instruction: the longest of x86 has 15.
const AHEAD: usize = 16;

/// Flags that are looked at together.
const WINDOW: usize = 64;

/// Units of work done between two bills.
const BILLED_TOGETHER: u64 = 1024;

/// A range of code in which some flags end what is free. Places in it are offsets.
pub struct Room<'a> {
    arch: Arch,
    start: u64,
    bytes: &'a [u8],
    flags: &'a [u8],
    claimed: u8,
    /// From an offset seen before up to this one, all is free.
    free_to: usize,
    /// Instructions decoded and flags looked at that were not billed yet.
    looked: u64,
}

impl<'a> Room<'a> {
    /// The code from `start` up to `end` or the end of its segment.
    pub fn new(image: &'a Image, map: &'a CodeMap, start: u64, end: u64, claimed: u8) -> Self {
        let len = usize::try_from(end.saturating_sub(start)).unwrap_or(usize::MAX);
        let flags = map.tail(start);
        let len = len.min(flags.len());
        let flags = flags.get(..len).unwrap_or(&[]);
        let bytes = image.tail(start);
        let bytes = bytes.get(..len).unwrap_or(bytes);
        Room { arch: image.arch_at(start), start, bytes, flags, claimed, free_to: 0, looked: 0 }
    }

    /// The address of an offset.
    pub fn address(&self, at: usize) -> u64 {
        self.start.wrapping_add(at as u64)
    }

    /// Bytes in the range.
    pub fn len(&self) -> usize {
        self.flags.len()
    }

    /// The flags at an offset.
    pub fn flag(&self, at: usize) -> u8 {
        self.flags.get(at).copied().unwrap_or(0)
    }

    /// Bills the work done since it was last billed. Where this fails no answer before it counts.
    pub fn bill(&mut self, budget: &mut Budget) -> Result<(), Exhausted> {
        budget.spend(std::mem::take(&mut self.looked))
    }

    /// Bills from time to time; false where the budget ended, and with it the walk.
    fn may_go_on(&mut self, budget: &mut Budget) -> bool {
        self.looked < BILLED_TOGETHER || self.bill(budget).is_ok()
    }

    /// How many bytes from `at` on are free, at most `want`.
    pub fn free(&mut self, at: usize, want: usize) -> usize {
        if at.saturating_add(want) <= self.free_to {
            return want;
        }
        let from = at.max(self.free_to.min(self.flags.len()));
        let window = self.flags.get(from..).unwrap_or(&[]);
        let seen = window.iter().take(want.max(WINDOW)).take_while(|flag| **flag & self.claimed == 0).count();
        self.looked += seen as u64 / FLAGS_A_UNIT;
        self.free_to = from + seen;
        (self.free_to - at).min(want)
    }

    /// The first claimed offset from `at` on, or the end.
    pub fn skip_free(&mut self, at: usize, budget: &mut Budget) -> usize {
        self.skip(at, budget, |flag, claimed| flag & claimed == 0)
    }

    /// The first free offset from `at` on, or the end.
    pub fn skip_claimed(&mut self, at: usize, budget: &mut Budget) -> usize {
        let next = self.skip(at, budget, |flag, claimed| flag & claimed != 0);
        self.free_to = next;
        next
    }

    /// How many bytes right before `at` are free, at most `most`.
    pub fn free_before(&mut self, at: usize, most: usize) -> usize {
        let before = self.flags.get(..at).unwrap_or(&[]);
        let free = before.iter().rev().take(most).take_while(|flag| **flag & self.claimed == 0).count();
        self.looked += free as u64 / FLAGS_A_UNIT;
        free
    }

    fn skip(&mut self, mut at: usize, budget: &mut Budget, over: impl Fn(u8, u8) -> bool) -> usize {
        let flags = self.flags;
        for chunk in flags.get(at..).unwrap_or(&[]).chunks((BILLED_TOGETHER * FLAGS_A_UNIT) as usize) {
            let skipped = chunk.iter().take_while(|flag| over(**flag, self.claimed)).count();
            at += skipped;
            self.looked += skipped as u64 / FLAGS_A_UNIT;
            if skipped < chunk.len() || !self.may_go_on(budget) {
                break;
            }
        }
        at
    }

    /// The offset behind the padding that lies at `at`.
    pub fn padding(&mut self, mut at: usize, budget: &mut Budget) -> usize {
        let mut billed = at;
        loop {
            let free = self.free(at, AHEAD);
            let rest = self.bytes.get(at..at.saturating_add(free)).unwrap_or(&[]);
            let step = padding_step(self.arch, rest, self.address(at));
            at += step;
            if at - billed >= AHEAD || step == 0 {
                self.looked += ((at - billed) / AHEAD) as u64;
                billed = at;
            }
            if step == 0 || !self.may_go_on(budget) {
                return at;
            }
        }
    }

    /// Whether straight-line code from `at` runs soundly to an end, or to the end of what is free.
    pub fn run_is_sound(&mut self, begin: usize, budget: &mut Budget) -> bool {
        let mut at = begin;
        for instruction in self.decode(begin) {
            let free = self.free(at, usize::from(instruction.len));
            if free < usize::from(instruction.len) {
                return free == 0 && at != begin;
            }
            self.looked += 1;
            if !is_sane(&instruction) || !self.may_go_on(budget) {
                return false;
            }
            at += usize::from(instruction.len);
            if idiom::ends_run(instruction.flow) {
                return true;
            }
        }
        at != begin && self.free(at, 1) == 0
    }

    /// The offset behind the straight-line code at `at`, at most where what is free ends.
    pub fn end_of_run(&mut self, begin: usize, budget: &mut Budget) -> usize {
        let mut at = begin;
        for instruction in self.decode(begin) {
            let len = usize::from(instruction.len);
            let free = self.free(at, len);
            at += free;
            self.looked += 1;
            if free < len || idiom::ends_run(instruction.flow) || !self.may_go_on(budget) {
                return at;
            }
        }
        if at == begin {
            at += self.free(at, if self.arch == Arch::Aarch64 { 4 } else { 1 });
        }
        at
    }

    fn decode(&self, at: usize) -> impl Iterator<Item = Instruction> + use<'a> {
        Decoder::control(self.arch, self.bytes.get(at..).unwrap_or(&[]), self.address(at))
    }
}

/// The length of the instruction of padding that `rest` begins with; 0 where it begins with none.
fn padding_step(arch: Arch, rest: &[u8], address: u64) -> usize {
    if arch.is_x86() {
        // zeros and int3 need no alignment and may be cut by the end of the room; a single zero is
        // padding too: no compiler begins a function or a block with its instruction (add [..], r8)
        if matches!(rest.first(), Some(0 | 0xcc)) {
            return 1;
        }
        // the first byte of every form of padding below: nop, lea, xchg, prefixes
        if !matches!(rest.first(), Some(0x90 | 0x66 | 0x0f | 0x8d | 0x87 | 0x2e | 0x48 | 0xf3)) {
            return 0;
        }
    }
    let instruction = Decoder::control(arch, rest, address).next();
    instruction.filter(|found| idiom::is_padding(&found.raw)).map_or(0, |found| usize::from(found.len))
}

#[cfg(test)]
mod tests {
    use super::super::code_map::TAKEN;
    use super::*;
    use crate::recover::testing;
    use cognate_base::{Budget, Limits};

    /// What the room says of bytes of which those from `taken` on are claimed.
    fn check(bytes: &[u8], taken: usize, expected: (usize, bool, usize), what: &str) {
        let image = testing::raw(0x1000, bytes);
        let mut map = CodeMap::new(&image, &mut Budget::new(&Limits::default()));
        map.fill(0x1000 + taken as u64, 1000, TAKEN);
        let fresh = || Room::new(&image, &map, 0x1000, 0x2000, TAKEN);
        let budget = &mut Budget::new(&Limits::default());
        let found =
            (fresh().padding(0, budget), fresh().run_is_sound(0, budget), fresh().end_of_run(0, budget));
        assert_eq!(found, expected, "{what}");
    }

    #[test]
    fn padding_and_straight_code_end_where_what_is_free_ends() {
        check(&[0xcc; 100], 50, (50, true, 1), "int3 pads, and stops");
        check(&[0x90; 100], 50, (50, true, 50), "code up to the end of what is free");
        check(&[0; 100], 50, (50, false, 50), "zeros pad, even one alone");
        check(&[0x31, 0xc0, 0xc3, 0xc3], 4, (0, true, 3), "code up to its end");
        check(&[0x31, 0xc0, 0xc3, 0xc3], 1, (0, false, 1), "an instruction cut by the end");
        check(&[0x06, 0x90], 2, (0, false, 1), "no instruction at all");
        check(&[0x90], 0, (0, false, 0), "nothing is free");
        check(&[0x66, 0x90, 0x0f, 0x1f, 0], 4, (2, false, 4), "a nop cut by the end");
    }
}
