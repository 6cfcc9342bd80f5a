//! What nobody claimed: padding, data, and functions that only code we cannot
//! see refers to.

use super::code_map::{CodeMap, DATA, DEAD, START, STUB, TAKEN};
use super::known::Known;
use crate::decode::{Decoder, Flow, Instruction, Raw, a64, x86};
use crate::{Arch, Image};
use cognate_base::Budget;
use iced_x86::{Mnemonic, OpKind, Register};
use std::collections::BTreeSet;

/// Instructions looked at to judge a candidate.
const LOOK: usize = 64;

/// Whether the bytes at `address` are an instruction.
pub fn decodes(image: &Image, address: u64) -> bool {
    let first = Decoder::control(image.arch, image.tail(address), address).next();
    first.is_some_and(|instruction| is_sane(&instruction))
}

/// How many of `room` bytes at `address` are padding.
pub fn padding(image: &Image, address: u64, room: usize) -> usize {
    let bytes = image.tail(address);
    let bytes = bytes.get(..room).unwrap_or(bytes);
    let mut skipped = 0;
    while skipped < bytes.len() {
        let rest = bytes.get(skipped..).unwrap_or(&[]);
        let at = address.wrapping_add(skipped as u64);
        // zeros and int3 need no alignment and may be cut by the room
        if matches!(rest.first(), Some(0xcc)) && image.arch.is_x86() {
            skipped += 1;
            continue;
        }
        if image.arch.is_x86() && rest.len() >= 2 && rest.iter().take(4).all(|&byte| byte == 0) {
            skipped += 1;
            continue;
        }
        // the first byte of every form of padding below: nop, lea, xchg, prefixes
        let may_pad = matches!(rest.first(), Some(0x90 | 0x66 | 0x0f | 0x8d | 0x87 | 0x2e | 0x48 | 0xf3));
        if image.arch.is_x86() && !may_pad {
            break;
        }
        let Some(instruction) = Decoder::control(image.arch, rest, at).next() else { break };
        if !is_padding(&instruction.raw) {
            break;
        }
        skipped += usize::from(instruction.len);
    }
    skipped.min(room)
}

fn is_padding(raw: &Raw) -> bool {
    match raw {
        Raw::X86(raw, _) => x86::is_padding(raw),
        Raw::A64(word) => a64::is_padding(*word),
    }
}

/// Whether straight-line code from `address` runs soundly to an end within `room` bytes.
pub fn run_is_sound(image: &Image, address: u64, room: usize) -> bool {
    let bytes = image.tail(address);
    let bytes = bytes.get(..room).unwrap_or(bytes);
    let mut end = address;
    for instruction in Decoder::control(image.arch, bytes, address) {
        if !is_sane(&instruction) {
            return false;
        }
        end = instruction.next();
        if matches!(instruction.flow, Flow::Jump(_) | Flow::IndirectJump | Flow::Return | Flow::Stop) {
            return true;
        }
    }
    end == address.wrapping_add(room as u64) && end != address
}

/// Whether a candidate start looks like the beginning of a function: its first
/// instructions are sound, end somewhere, and do not jump into the midst of a
/// function that is known.
pub fn is_plausible(image: &Image, map: &CodeMap, no_return: &BTreeSet<u64>, address: u64) -> bool {
    if image.arch == Arch::Aarch64 && !address.is_multiple_of(4) {
        return false;
    }
    let mut pending = vec![address];
    let mut seen: Vec<u64> = Vec::new();
    let mut looked = 0;
    let mut ended = false;
    while let Some(start) = pending.pop() {
        if seen.contains(&start) {
            continue;
        }
        seen.push(start);
        let mut fell_off = true;
        let mut after_call = false;
        for instruction in Decoder::control(image.arch, image.tail(start), start) {
            let flags = map.get(instruction.address);
            if instruction.address != address && flags & START != 0 {
                // into another function: right only behind a call that does not return
                return ended || after_call;
            }
            after_call =
                matches!(instruction.flow, Flow::Call(_)) || after_call && is_padding(&instruction.raw);
            if flags & (TAKEN | DATA | STUB) != 0 || !is_sane(&instruction) {
                return false;
            }
            looked += 1;
            match instruction.flow {
                Flow::Jump(target) | Flow::Branch(target) => {
                    let there = map.get(target);
                    if there & START == 0 && there & (TAKEN | DATA) != 0 || !image.is_code(target) {
                        return false;
                    }
                    if target > address && there & START == 0 && target - address < 0x1000 {
                        pending.push(target);
                    }
                }
                Flow::Call(target) if !image.is_code(target) => return false,
                Flow::Call(target) => {
                    let there = map.get(target);
                    if there & (START | STUB) == 0 && there & TAKEN != 0 && target != instruction.next() {
                        return false;
                    }
                }
                _ => {}
            }
            let ends = match instruction.flow {
                Flow::Call(target) => no_return.contains(&target),
                flow => matches!(flow, Flow::Jump(_) | Flow::IndirectJump | Flow::Return | Flow::Stop),
            };
            if ends || looked >= LOOK {
                ended |= ends;
                fell_off = false;
                break;
            }
        }
        if fell_off {
            return false;
        }
        if looked >= LOOK {
            return true;
        }
    }
    ended
}

/// Instructions that decode but that no compiler emits in user code.
fn is_sane(instruction: &Instruction) -> bool {
    match &instruction.raw {
        Raw::A64(word) => a64::instruction(*word).is_some() && *word != 0,
        Raw::X86(raw, _) => {
            // add [eax],al: a run of zeros; privileged and port instructions: data
            let zeros = raw.mnemonic() == Mnemonic::Add
                && raw.op0_kind() == OpKind::Memory
                && raw.op1_register() == Register::AL
                && raw.memory_base().full_register() == Register::RAX
                && raw.memory_index() == Register::None
                && raw.memory_displacement64() == 0;
            let foreign = matches!(
                raw.mnemonic(),
                Mnemonic::In
                    | Mnemonic::Out
                    | Mnemonic::Insb
                    | Mnemonic::Insd
                    | Mnemonic::Outsb
                    | Mnemonic::Outsd
                    | Mnemonic::Hlt
                    | Mnemonic::Cli
                    | Mnemonic::Sti
                    | Mnemonic::Iretd
                    | Mnemonic::Iretq
                    | Mnemonic::Les
                    | Mnemonic::Lds
                    | Mnemonic::Arpl
                    | Mnemonic::Bound
                    | Mnemonic::Into
                    | Mnemonic::Aaa
                    | Mnemonic::Aas
                    | Mnemonic::Daa
                    | Mnemonic::Das
                    | Mnemonic::Aam
                    | Mnemonic::Aad
                    | Mnemonic::Salc
            );
            let far =
                matches!(raw.op0_kind(), OpKind::FarBranch16 | OpKind::FarBranch32) && raw.op_count() > 0;
            let segment = raw.op_count() > 0
                && raw.op0_kind() == OpKind::Register
                && raw.op0_register().is_segment_register();
            !(zeros || foreign || far || segment)
        }
    }
}

/// The first start at or behind `from` in the unclaimed parts of the code.
///
/// Candidates are taken one at a time, so that each can be traced, and its bytes
/// claimed, before the next is looked for. With `strong`, only those that begin as
/// nothing but a function does.
pub fn next(
    image: &Image,
    map: &CodeMap,
    known: &Known,
    no_return: &BTreeSet<u64>,
    from: u64,
    strong: bool,
    budget: &mut Budget,
) -> Option<u64> {
    for segment in image.segments().iter().filter(|segment| segment.executable && segment.end() > from) {
        let mut at = from.max(segment.address);
        while at < segment.end() {
            let flags = map.tail(at);
            let taken = flags.iter().take_while(|flag| **flag & CLAIMED != 0).count();
            let free = flags.iter().skip(taken).take_while(|flag| **flag & CLAIMED == 0).count();
            budget.spend((taken / 64 + free / 4) as u64 + 1).ok()?;
            at = at.wrapping_add(taken as u64);
            if free == 0 {
                break;
            }
            if !known.is_stub(at) {
                let gap = Gap { start: at, end: at.wrapping_add(free as u64) };
                if let Some(found) = gap.search(image, map, known, no_return, strong) {
                    return Some(found);
                }
            }
            at = at.wrapping_add(free as u64);
        }
    }
    None
}

const CLAIMED: u8 = TAKEN | DATA | STUB | START;

struct Gap {
    start: u64,
    end: u64,
}

impl Gap {
    fn search(
        &self,
        image: &Image,
        map: &CodeMap,
        known: &Known,
        no_return: &BTreeSet<u64>,
        strong: bool,
    ) -> Option<u64> {
        let step = if image.arch == Arch::Aarch64 { 4 } else { 1 };
        let mut at = self.start.wrapping_add(self.start.wrapping_neg() % step);
        let mut after_padding = true;
        while at < self.end {
            let left = usize::try_from(self.end - at).unwrap_or(0);
            let pad = padding(image, at, left);
            if pad > 0 {
                at = at.wrapping_add(pad as u64);
                after_padding = true;
                continue;
            }
            if map.get(at) & DEAD != 0 && !at.is_multiple_of(16) && !is_prologue(image, at) {
                at = end_of_run(image, at, self.end);
                continue; // the unreachable end of the function before
            }
            let fits = (after_padding || at.is_multiple_of(16)) && (!strong || is_strong_prologue(image, at));
            if fits && !known.is_inside(at) && is_plausible(image, map, no_return, at) {
                return Some(at);
            }
            // Amid code or data only aligned addresses are worth a look.
            after_padding = false;
            at = (if step == 1 { at | 15 } else { at | 3 }).checked_add(1)?;
        }
        None
    }
}

/// The address behind the straight-line code at `at`, at most `end`.
fn end_of_run(image: &Image, at: u64, end: u64) -> u64 {
    let ends = |flow| matches!(flow, Flow::Jump(_) | Flow::IndirectJump | Flow::Return | Flow::Stop);
    let mut next = at.wrapping_add(if image.arch == Arch::Aarch64 { 4 } else { 1 });
    for instruction in Decoder::control(image.arch, image.tail(at), at) {
        next = instruction.next();
        if next >= end || ends(instruction.flow) {
            break;
        }
    }
    next.min(end)
}

/// Whether a frame is set up at `at` in the way that nothing but a function's beginning does.
fn is_strong_prologue(image: &Image, at: u64) -> bool {
    let mut decoder = Decoder::control(image.arch, image.tail(at), at);
    let (Some(first), Some(second)) = (decoder.next(), decoder.next()) else { return false };
    match (&first.raw, &second.raw) {
        (Raw::A64(word), _) => matches!(word, 0xd503_233f | 0xd503_245f) || word & 0xffc0_7fff == 0xa980_7bfd,
        (Raw::X86(first, _), Raw::X86(second, _)) => {
            let frame = first.mnemonic() == Mnemonic::Push
                && first.op0_register().full_register() == Register::RBP
                && second.mnemonic() == Mnemonic::Mov
                && second.op0_register().full_register() == Register::RBP
                && second.op1_register().full_register() == Register::RSP;
            frame || matches!(first.mnemonic(), Mnemonic::Endbr64 | Mnemonic::Endbr32)
        }
        _ => false,
    }
}

/// Whether the instruction at `at` is one that functions begin with.
pub fn is_prologue(image: &Image, at: u64) -> bool {
    let mut decoder = Decoder::control(image.arch, image.tail(at), at);
    let Some(first) = decoder.next() else { return false };
    match &first.raw {
        Raw::A64(word) => {
            matches!(word, 0xd503_233f | 0xd503_245f) // paciasp, bti c
                || word & 0xffc0_7fff == 0xa980_7bfd // stp x29, x30, [sp, #-…]!
                || word & 0xff00_03ff == 0xd100_03ff // sub sp, sp, #…
        }
        Raw::X86(raw, _) => match raw.mnemonic() {
            Mnemonic::Endbr64 | Mnemonic::Endbr32 => true,
            Mnemonic::Push => raw.op0_kind() == OpKind::Register,
            Mnemonic::Sub => raw.op0_register().full_register() == Register::RSP,
            // mov edi,edi before a hot-patchable function; mov [rsp+8],rcx in 64-bit Windows
            Mnemonic::Mov => {
                raw.op0_kind() == OpKind::Register
                    && raw.op0_register() == Register::EDI
                    && raw.op1_kind() == OpKind::Register
                    && raw.op1_register() == Register::EDI
                    || raw.op0_kind() == OpKind::Memory && raw.memory_base() == Register::RSP
            }
            _ => false,
        },
    }
}

/// Whether this instruction takes down a stack frame, as the one before a tail call does.
pub fn restores_stack(raw: &Raw) -> bool {
    match raw {
        Raw::A64(word) => {
            word & 0xff00_03ff == 0x9100_03ff // add sp, sp, #…
                || word & 0xffc0_03e0 == 0xa8c0_03e0 // ldp …, [sp], #…
                || word & 0xffe0_0fe0 == 0xf840_07e0 // ldr …, [sp], #…
        }
        Raw::X86(raw, _) => match raw.mnemonic() {
            Mnemonic::Pop | Mnemonic::Leave => true,
            Mnemonic::Add | Mnemonic::Lea => raw.op0_register().full_register() == Register::RSP,
            _ => false,
        },
    }
}

/// Whether `address` lies where compilers start functions: aligned to 16, behind padding.
pub fn is_function_boundary(image: &Image, address: u64) -> bool {
    let Some(before) = address.checked_sub(1) else { return false };
    if !address.is_multiple_of(16) {
        return false;
    }
    match image.arch {
        Arch::Aarch64 => {
            image.read_uint(address.wrapping_sub(4), 4).is_some_and(|word| a64::is_padding(word as u32))
        }
        _ => match image.read_uint(before, 1) {
            Some(0xcc | 0x90) => true,
            // the last bytes of the long forms of nop are zeros
            Some(0) => (2..=15).any(|len| {
                let start = address.wrapping_sub(len);
                let mut decoder =
                    Decoder::control(image.arch, image.read(start, len as usize).unwrap_or(&[]), start);
                decoder.next().is_some_and(|nop| {
                    nop.next() == address
                        && matches!(&nop.raw, Raw::X86(raw, _) if raw.mnemonic() == Mnemonic::Nop)
                })
            }),
            _ => false,
        },
    }
}
