//! String instructions. A repeated one runs upwards here, as all compiled code has it.

use super::operands::Lifter;
use crate::machine::{Lifted, Machine, Op, Reg, Width};
use iced_x86::Mnemonic::*;
use iced_x86::{OpKind, Register};

const COUNT: u8 = 1;
const SOURCE: u8 = 6;
const TO: u8 = 7;

/// Lifts an instruction of this subject.
pub(super) fn lift<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let (width, copies) = match lifter.instruction.mnemonic() {
        Movsb => (8, true),
        Movsw => (16, true),
        // The same name is a scalar move of floats, which has other operands.
        Movsd => (32, true),
        Movsq => (64, true),
        Stosb => (8, false),
        Stosw => (16, false),
        Stosd => (32, false),
        Stosq => (64, false),
        Xlatb => return translate(lifter),
        Lodsb => return load(lifter, 8),
        Lodsw => return load(lifter, 16),
        Lodsd => return load(lifter, 32),
        Lodsq => return load(lifter, 64),
        Scasb => return scan(lifter, 8),
        Scasw => return scan(lifter, 16),
        Scasd => return scan(lifter, 32),
        Scasq => return scan(lifter, 64),
        Cmpsb => return compare(lifter, 8),
        Cmpsw => return compare(lifter, 16),
        Cmpsd => return compare(lifter, 32),
        Cmpsq => return compare(lifter, 64),
        _ => return None,
    };
    usual_addresses(lifter)?;
    if repeated(lifter) { block(lifter, width, copies) } else { single(lifter, width, copies) }
}

fn repeated<M: Machine>(lifter: &Lifter<'_, M>) -> bool {
    lifter.instruction.has_rep_prefix() || lifter.instruction.has_repne_prefix()
}

/// `None` where the addresses are not in whole registers, or a segment is named.
fn usual_addresses<M: Machine>(lifter: &Lifter<'_, M>) -> Option<()> {
    let plain = |kind: OpKind| match kind {
        OpKind::MemorySegRSI | OpKind::MemoryESRDI => lifter.pointer == 64,
        OpKind::MemorySegESI | OpKind::MemoryESEDI => lifter.pointer == 32,
        OpKind::Register => true,
        _ => false,
    };
    let segment = lifter.instruction.segment_prefix();
    let usual = plain(lifter.instruction.op0_kind()) && plain(lifter.instruction.op1_kind());
    (usual && !matches!(segment, Register::FS | Register::GS)).then_some(())
}

/// Adds to a pointer what one element moves it by.
fn advance<M: Machine>(lifter: &mut Lifter<'_, M>, register: u8, width: Width) {
    let pointer = lifter.general(register, lifter.pointer);
    let size = u64::from(width / 8);
    let (up, down) =
        (lifter.constant(size, lifter.pointer), lifter.constant(size.wrapping_neg(), lifter.pointer));
    let direction = lifter.reg(Reg::DIRECTION);
    let step = lifter.op(Op::Select, lifter.pointer, &[direction, down, up]);
    let next = lifter.op(Op::Add, lifter.pointer, &[pointer, step]);
    lifter.set_general(register, lifter.pointer, next);
}

fn single<M: Machine>(lifter: &mut Lifter<'_, M>, width: Width, copies: bool) -> Option<Lifted> {
    let value = if copies {
        let source = lifter.general(SOURCE, lifter.pointer);
        lifter.machine.load(source, width)
    } else {
        lifter.general(0, width)
    };
    let to = lifter.general(TO, lifter.pointer);
    lifter.machine.store(to, value, width);
    advance(lifter, TO, width);
    if copies {
        advance(lifter, SOURCE, width);
    }
    Some(Lifted::Real)
}

fn block<M: Machine>(lifter: &mut Lifter<'_, M>, width: Width, copies: bool) -> Option<Lifted> {
    let pointer = lifter.pointer;
    let (to, count) = (lifter.general(TO, pointer), lifter.general(COUNT, pointer));
    let source = if copies { lifter.general(SOURCE, pointer) } else { lifter.general(0, width) };
    lifter.machine.block(copies, to, source, count, width);
    let scale = lifter.constant(u64::from((width / 8).trailing_zeros()), pointer);
    let bytes = if width == 8 { count } else { lifter.op(Op::Shl, pointer, &[count, scale]) };
    let end = lifter.op(Op::Add, pointer, &[to, bytes]);
    lifter.set_general(TO, pointer, end);
    if copies {
        let end = lifter.op(Op::Add, pointer, &[source, bytes]);
        lifter.set_general(SOURCE, pointer, end);
    }
    let zero = lifter.constant(0, pointer);
    lifter.set_general(COUNT, pointer, zero);
    Some(Lifted::Real)
}

/// `xlatb`: `al` becomes the byte `al` of the table at `rbx`.
fn translate<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let pointer = lifter.pointer;
    if lifter.instruction.segment_prefix() != Register::None
        || lifter.instruction.memory_base() != table(pointer)
    {
        return None;
    }
    let (table, at) = (lifter.general(3, pointer), lifter.general(0, 8));
    let at = lifter.op(Op::ZeroExtend, pointer, &[at]);
    let place = lifter.op(Op::Add, pointer, &[table, at]);
    let value = lifter.machine.load(place, 8);
    lifter.set_general(0, 8, value);
    Some(Lifted::Real)
}

fn table(pointer: Width) -> Register {
    if pointer == 64 { Register::RBX } else { Register::EBX }
}

fn load<M: Machine>(lifter: &mut Lifter<'_, M>, width: Width) -> Option<Lifted> {
    usual_addresses(lifter).filter(|()| !repeated(lifter))?;
    let source = lifter.general(SOURCE, lifter.pointer);
    let value = lifter.machine.load(source, width);
    lifter.set_general(0, width, value);
    advance(lifter, SOURCE, width);
    Some(Lifted::Real)
}

fn scan<M: Machine>(lifter: &mut Lifter<'_, M>, width: Width) -> Option<Lifted> {
    usual_addresses(lifter).filter(|()| !repeated(lifter))?;
    let to = lifter.general(TO, lifter.pointer);
    let b = lifter.machine.load(to, width);
    let a = lifter.general(0, width);
    lifter.set_flags(Op::FlagsSub, width, &[a, b]);
    advance(lifter, TO, width);
    Some(Lifted::Real)
}

fn compare<M: Machine>(lifter: &mut Lifter<'_, M>, width: Width) -> Option<Lifted> {
    usual_addresses(lifter).filter(|()| !repeated(lifter))?;
    let (source, to) = (lifter.general(SOURCE, lifter.pointer), lifter.general(TO, lifter.pointer));
    let a = lifter.machine.load(source, width);
    let b = lifter.machine.load(to, width);
    lifter.set_flags(Op::FlagsSub, width, &[a, b]);
    advance(lifter, SOURCE, width);
    advance(lifter, TO, width);
    Some(Lifted::Real)
}
