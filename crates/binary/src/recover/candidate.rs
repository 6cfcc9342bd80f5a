//! Whether code looks like the beginning of a function, by its first instructions.

use super::code_map::{CodeMap, DATA, START, STUB, TAKEN};
use super::idiom;
use crate::decode::{Decoder, Flow, Instruction};
use crate::{Arch, Image};
use std::collections::BTreeSet;

/// Instructions looked at to judge a candidate: judgement.
const LOOK: usize = 64;
/// A jump from a function's entry by less than this, ahead, is taken for one within it: judgement.
const NEAR: u64 = 0x1000;

/// Whether the bytes at `address` are an instruction.
pub fn decodes(image: &Image, address: u64) -> bool {
    let first = Decoder::control(image.arch_at(address), image.tail(address), address).next();
    first.is_some_and(|instruction| idiom::is_sane(&instruction))
}

/// Whether a candidate start looks like the beginning of a function: its first
/// instructions are sound, end somewhere, and do not jump into the midst of a
/// function that is known. Adds to `looked_in_all` how many instructions it read, at most [`LOOK`].
pub fn is_plausible(
    image: &Image,
    map: &CodeMap,
    no_return: &BTreeSet<u64>,
    address: u64,
    looked_in_all: &mut u64,
) -> bool {
    if image.arch_at(address) == Arch::Aarch64 && !address.is_multiple_of(4) {
        return false;
    }
    let (pending, seen) = (vec![address], Vec::new());
    let mut judge = Judge { image, map, no_return, entry: address, looked: 0, pending, seen, ended: false };
    let plausible = judge.is_plausible();
    *looked_in_all += judge.looked as u64 + 1;
    plausible
}

/// A look at code that may be a function.
struct Judge<'a> {
    image: &'a Image,
    map: &'a CodeMap,
    no_return: &'a BTreeSet<u64>,
    /// Where the function would begin.
    entry: u64,
    /// Instructions looked at.
    looked: usize,
    /// Where control goes on, and where it went.
    pending: Vec<u64>,
    seen: Vec<u64>,
    /// A way ends as the ways of functions do.
    ended: bool,
}

/// How a straight way ends.
enum End {
    /// As those of functions do, or it was looked at for long enough.
    Sound,
    /// It is that of no function.
    Unsound,
    /// At the start of another function: right only behind a call that may not return.
    AtAnother { after_call: bool },
    /// Where no instruction is.
    Nowhere { after_call: bool, at: u64 },
}

impl Judge<'_> {
    fn is_plausible(&mut self) -> bool {
        while let Some(start) = self.pending.pop() {
            if self.seen.contains(&start) {
                continue;
            }
            self.seen.push(start);
            match self.walk(start) {
                End::Sound => {}
                End::Unsound => return false,
                End::AtAnother { after_call } => return self.ended || after_call,
                End::Nowhere { after_call, at } => {
                    // off the end of a segment: right only behind such a call too
                    let at_end = !self.map.is_code(at) || self.map.get(at) & START != 0;
                    if !(after_call && at_end) {
                        return false;
                    }
                }
            }
            if self.looked >= LOOK {
                return true;
            }
        }
        self.ended
    }

    fn walk(&mut self, start: u64) -> End {
        let (mut after_call, mut at) = (false, start);
        for instruction in Decoder::control(self.image.arch_at(start), self.image.tail(start), start) {
            let flags = self.map.get(instruction.address);
            if instruction.address != self.entry && flags & START != 0 {
                return End::AtAnother { after_call };
            }
            let is_call = matches!(instruction.flow, Flow::Call(_));
            after_call = is_call || after_call && idiom::is_padding(&instruction.raw);
            if flags & (TAKEN | DATA | STUB) != 0 || !idiom::is_sane(&instruction) {
                return End::Unsound;
            }
            self.looked += 1;
            at = instruction.next();
            if !self.leads_on(&instruction) {
                return End::Unsound;
            }
            let ends = match instruction.flow {
                Flow::Call(target) => self.no_return.contains(&target),
                flow => idiom::ends_run(flow),
            };
            if ends || self.looked >= LOOK {
                self.ended |= ends;
                return End::Sound;
            }
        }
        End::Nowhere { after_call, at }
    }

    /// Whether control may go where an instruction sends it: to code, and into other functions only where they
    /// begin. What lies close behind the entry is looked at too.
    fn leads_on(&mut self, instruction: &Instruction) -> bool {
        match instruction.flow {
            Flow::Jump(target) | Flow::Branch(target) => {
                let there = self.map.get(target);
                if there & START == 0 && there & (TAKEN | DATA) != 0 || !self.map.is_code(target) {
                    return false;
                }
                if target > self.entry && there & START == 0 && target - self.entry < NEAR {
                    self.pending.push(target);
                }
                true
            }
            Flow::Call(target) => {
                let there = self.map.get(target);
                let amid = there & (START | STUB) == 0 && there & TAKEN != 0 && target != instruction.next();
                self.map.is_code(target) && !amid
            }
            _ => true,
        }
    }
}
