//! The stack: `push`, `pop`, frames.

use super::operands::{Lifter, Place};
use crate::machine::{Lifted, Machine, Op, Width};
use iced_x86::Mnemonic::*;

const SP: u8 = 4;
const BP: u8 = 5;
/// Names of what is opaque here.
const SEGMENT: u32 = 0x5e60;
const FLAGS_WORD: u32 = 0x5e61;
const WORD_FLAGS: u32 = 0x5e62;

/// Lifts an instruction of this subject.
pub(super) fn lift<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    match lifter.instruction.mnemonic() {
        Leave => leave(lifter),
        Enter => enter(lifter),
        Pusha | Pushad => push_all(lifter),
        Popa | Popad => pop_all(lifter),
        Pushf | Pushfd | Pushfq => push_flags(lifter),
        Popf | Popfd | Popfq => pop_flags(lifter),
        _ => None,
    }
}

/// Takes so many bits from the stack pointer and stores there.
fn store<M: Machine>(lifter: &mut Lifter<'_, M>, value: M::Value, width: Width) {
    let pointer = lifter.general(SP, lifter.pointer);
    let size = lifter.constant(u64::from(width / 8), lifter.pointer);
    let pointer = lifter.op(Op::Sub, lifter.pointer, &[pointer, size]);
    lifter.set_general(SP, lifter.pointer, pointer);
    lifter.machine.store(pointer, value, width);
}

/// Loads from the stack pointer and adds so many bits to it.
fn load<M: Machine>(lifter: &mut Lifter<'_, M>, width: Width) -> M::Value {
    let pointer = lifter.general(SP, lifter.pointer);
    let value = lifter.machine.load(pointer, width);
    let size = lifter.constant(u64::from(width / 8), lifter.pointer);
    let pointer = lifter.op(Op::Add, lifter.pointer, &[pointer, size]);
    lifter.set_general(SP, lifter.pointer, pointer);
    value
}

pub(super) fn push<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let Some((value, width)) = lifter.read(0) else {
        // a segment register
        let value = lifter.op(Op::Opaque(SEGMENT), lifter.pointer, &[]);
        store(lifter, value, lifter.pointer);
        return Some(Lifted::Opaque);
    };
    store(lifter, value, width);
    Some(Lifted::Real)
}

/// `pop`: an address with the stack pointer in it is that after the pop.
pub(super) fn pop<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let width = match lifter.instruction.op0_kind() {
        iced_x86::OpKind::Memory => lifter.memory_width()?,
        _ => lifter.place(0).map_or(lifter.pointer, |place| place.width()),
    };
    let value = load(lifter, width);
    let Some(to) = lifter.place(0) else { return Some(Lifted::Opaque) }; // a segment register
    lifter.put(to, value);
    Some(Lifted::Real)
}

/// The width of the word `pushf` and `popf` move.
fn flags_width<M: Machine>(lifter: &Lifter<'_, M>) -> Width {
    match lifter.instruction.mnemonic() {
        Pushf | Popf => 16,
        _ => lifter.pointer,
    }
}

/// `pushf`: the layout of the flags is not modelled.
fn push_flags<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let (flags, width) = (lifter.flags(), flags_width(lifter));
    let word = lifter.op(Op::Opaque(FLAGS_WORD), width, &[flags]);
    store(lifter, word, width);
    Some(Lifted::Opaque)
}

fn pop_flags<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let word = load(lifter, flags_width(lifter));
    let flags = lifter.op(Op::Opaque(WORD_FLAGS), 8, &[word]);
    lifter.machine.set(crate::Reg::FLAGS, flags);
    Some(Lifted::Opaque)
}

fn leave<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    if lifter.instruction.code() == iced_x86::Code::Leavew {
        return None;
    }
    let frame = lifter.general(BP, lifter.pointer);
    lifter.set_general(SP, lifter.pointer, frame);
    let old = load(lifter, lifter.pointer);
    lifter.set_general(BP, lifter.pointer, old);
    Some(Lifted::Real)
}

/// `enter n,0`; deeper levels no compiler makes.
fn enter<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let code = lifter.instruction.code();
    if code == iced_x86::Code::Enterw_imm16_imm8 || lifter.instruction.immediate8_2nd() != 0 {
        return None;
    }
    let old = lifter.general(BP, lifter.pointer);
    store(lifter, old, lifter.pointer);
    let frame = lifter.general(SP, lifter.pointer);
    lifter.set_general(BP, lifter.pointer, frame);
    let size = lifter.constant(u64::from(lifter.instruction.immediate16()), lifter.pointer);
    let top = lifter.op(Op::Sub, lifter.pointer, &[frame, size]);
    lifter.set_general(SP, lifter.pointer, top);
    Some(Lifted::Real)
}

fn all_width<M: Machine>(lifter: &Lifter<'_, M>) -> Width {
    if matches!(lifter.instruction.mnemonic(), Pushad | Popad) { 32 } else { 16 }
}

fn push_all<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let width = all_width(lifter);
    let before = lifter.general(SP, width);
    for n in 0..8 {
        let value = if n == SP { before } else { lifter.general(n, width) };
        store(lifter, value, width);
    }
    Some(Lifted::Real)
}

fn pop_all<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let width = all_width(lifter);
    for n in (0..8).rev() {
        let value = load(lifter, width);
        if n != SP {
            lifter.put(
                Place::Register(super::operands::Part { reg: crate::Reg::general(n), at: 0, bits: width }),
                value,
            );
        }
    }
    Some(Lifted::Real)
}
