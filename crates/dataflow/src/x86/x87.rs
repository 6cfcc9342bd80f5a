//! The x87: a stack of eight floats, here doubles numbered from the top.
//!
//! The control word is kept but not heeded: `frndint` rounds to the nearest, `fist` cuts, for
//! compilers set the control word for casts before it. Of the status word only the last comparison is kept.

use super::integer::exchange;
use super::operands::{Lifter, Place, part};
use crate::machine::{Cond, Lifted, Machine, Op, Reg, Width};
use iced_x86::Mnemonic::*;
use iced_x86::OpKind;

/// Lifts an instruction of this subject.
pub(super) fn lift<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    match lifter.instruction.mnemonic() {
        Fld => load(lifter),
        Fild => load_integer(lifter),
        Fld1 => load_number(lifter, 1.0),
        Fldz => load_number(lifter, 0.0),
        Fldpi => load_number(lifter, std::f64::consts::PI),
        Fldl2e => load_number(lifter, std::f64::consts::LOG2_E),
        Fldl2t => load_number(lifter, std::f64::consts::LOG2_10),
        Fldlg2 => load_number(lifter, std::f64::consts::LOG10_2),
        Fldln2 => load_number(lifter, std::f64::consts::LN_2),
        Fst => store(lifter, 0),
        Fstp | Fstpnce => store(lifter, 1),
        Fist => store_integer(lifter, 0),
        Fistp | Fisttp => store_integer(lifter, 1),
        Fadd | Fiadd => two(lifter, Op::FAdd, false, 0),
        Fsub | Fisub => two(lifter, Op::FSub, false, 0),
        Fsubr | Fisubr => two(lifter, Op::FSub, true, 0),
        Fmul | Fimul => two(lifter, Op::FMul, false, 0),
        Fdiv | Fidiv => two(lifter, Op::FDiv, false, 0),
        Fdivr | Fidivr => two(lifter, Op::FDiv, true, 0),
        Faddp => two(lifter, Op::FAdd, false, 1),
        Fsubp => two(lifter, Op::FSub, false, 1),
        Fsubrp => two(lifter, Op::FSub, true, 1),
        Fmulp => two(lifter, Op::FMul, false, 1),
        Fdivp => two(lifter, Op::FDiv, false, 1),
        Fdivrp => two(lifter, Op::FDiv, true, 1),
        Fchs => one(lifter, Op::FNeg),
        Fabs => one(lifter, Op::FAbs),
        Fsqrt => one(lifter, Op::FSqrt),
        Frndint => one(lifter, Op::FRound(0)),
        Fxch => exchange(lifter),
        Fcomi | Fucomi => compare(lifter, Reg::FLAGS, 0),
        Fcomip | Fucomip => compare(lifter, Reg::FLAGS, 1),
        Fcom | Fucom | Ficom => compare(lifter, Reg::X87_STATUS, 0),
        Fcomp | Fucomp | Ficomp => compare(lifter, Reg::X87_STATUS, 1),
        Fcompp | Fucompp => compare(lifter, Reg::X87_STATUS, 2),
        Ftst => compare_zero(lifter),
        Fnstsw | Fstsw => status(lifter),
        Fnstcw | Fstcw => store_control(lifter),
        Fldcw => load_control(lifter),
        Fcmovb => select(lifter, Cond::Ult),
        Fcmovnb => select(lifter, Cond::Uge),
        Fcmove => select(lifter, Cond::Eq),
        Fcmovne => select(lifter, Cond::Ne),
        Fcmovbe => select(lifter, Cond::Ule),
        Fcmovnbe => select(lifter, Cond::Ugt),
        Fcmovu => select(lifter, Cond::Parity),
        Fcmovnu => select(lifter, Cond::NoParity),
        Fnop | Fnclex | Fninit | Ffree | Emms => Some(Lifted::Real),
        Ffreep | Fincstp => {
            pop(lifter, 1);
            Some(Lifted::Real)
        }
        Fdecstp => {
            let bottom = lifter.reg(Reg::x87(7));
            push(lifter, bottom);
            Some(Lifted::Real)
        }
        Fbld => load_decimal(lifter),
        Fbstp => store_decimal(lifter),
        Fsin => function(lifter, 1, 0, 1),
        Fcos => function(lifter, 2, 0, 1),
        F2xm1 => function(lifter, 3, 0, 1),
        Fprem => function(lifter, 4, 0, 2),
        Fprem1 => function(lifter, 5, 0, 2),
        Fscale => function(lifter, 6, 0, 2),
        Fyl2x => function(lifter, 7, 1, 2),
        Fyl2xp1 => function(lifter, 8, 1, 2),
        Fpatan => function(lifter, 9, 1, 2),
        Fptan => function(lifter, 10, -1, 1),
        Fsincos => function(lifter, 11, -1, 1),
        Fxtract => function(lifter, 12, -1, 1),
        Fxam => examine(lifter),
        _ => None,
    }
}

fn push<M: Machine>(lifter: &mut Lifter<'_, M>, value: M::Value) {
    for n in (1..8).rev() {
        let moved = lifter.reg(Reg::x87(n - 1));
        lifter.machine.set(Reg::x87(n), moved);
    }
    lifter.machine.set(Reg::x87(0), value);
}

/// What was at the top comes to the bottom, as it is in the ring of eight.
fn pop<M: Machine>(lifter: &mut Lifter<'_, M>, times: u8) {
    for _ in 0..times {
        let top = lifter.reg(Reg::x87(0));
        for n in 0..7 {
            let moved = lifter.reg(Reg::x87(n + 1));
            lifter.machine.set(Reg::x87(n), moved);
        }
        lifter.machine.set(Reg::x87(7), top);
    }
}

/// The float or, where the mnemonic says so, integer in an operand, as a double.
fn double<M: Machine>(lifter: &mut Lifter<'_, M>, operand: u32) -> Option<M::Value> {
    let (value, width) = lifter.read(operand)?;
    let integer = matches!(
        lifter.instruction.mnemonic(),
        Fild | Fiadd | Fisub | Fisubr | Fimul | Fidiv | Fidivr | Ficom | Ficomp
    );
    Some(match lifter.instruction.op_kind(operand) {
        OpKind::Memory if integer => lifter.op(Op::FloatFromS(width), 64, &[value]),
        OpKind::Memory if width != 64 => lifter.op(Op::FloatConvert(width), 64, &[value]),
        _ => value,
    })
}

fn load<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    // `fld st(i)` has one operand or two, by the decoder's view; the last is the source.
    let value = double(lifter, lifter.instruction.op_count().saturating_sub(1))?;
    push(lifter, value);
    Some(Lifted::Real)
}

fn load_integer<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let value = double(lifter, 0)?;
    push(lifter, value);
    Some(Lifted::Real)
}

fn load_number<M: Machine>(lifter: &mut Lifter<'_, M>, number: f64) -> Option<Lifted> {
    let value = lifter.constant(number.to_bits(), 64);
    push(lifter, value);
    Some(Lifted::Real)
}

fn store<M: Machine>(lifter: &mut Lifter<'_, M>, pops: u8) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let mut value = lifter.reg(Reg::x87(0));
    if let Place::Memory(_, width) = to
        && width != 64
    {
        value = lifter.op(Op::FloatConvert(64), width, &[value]);
    }
    lifter.put(to, value);
    pop(lifter, pops);
    Some(Lifted::Real)
}

fn store_integer<M: Machine>(lifter: &mut Lifter<'_, M>, pops: u8) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let top = lifter.reg(Reg::x87(0));
    let value = lifter.op(Op::FloatToS(64), to.width(), &[top]);
    lifter.put(to, value);
    pop(lifter, pops);
    Some(Lifted::Real)
}

/// Arithmetic; of one operand, the top is the other and the destination.
fn two<M: Machine>(lifter: &mut Lifter<'_, M>, op: Op, reversed: bool, pops: u8) -> Option<Lifted> {
    let (to, b) = if lifter.instruction.op_count() == 2 {
        (lifter.place(0)?, double(lifter, 1)?)
    } else {
        (Place::Register(part(iced_x86::Register::ST0)?), double(lifter, 0)?)
    };
    let a = lifter.get(to);
    let operands = if reversed { [b, a] } else { [a, b] };
    let value = lifter.op(op, 64, &operands);
    lifter.put(to, value);
    pop(lifter, pops);
    Some(Lifted::Real)
}

fn one<M: Machine>(lifter: &mut Lifter<'_, M>, op: Op) -> Option<Lifted> {
    let top = lifter.reg(Reg::x87(0));
    let value = lifter.op(op, 64, &[top]);
    lifter.machine.set(Reg::x87(0), value);
    Some(Lifted::Real)
}

/// Compares the top with the last operand, or with the second element.
fn compare<M: Machine>(lifter: &mut Lifter<'_, M>, to: Reg, pops: u8) -> Option<Lifted> {
    let b = match lifter.instruction.op_count() {
        0 => lifter.reg(Reg::x87(1)),
        count => double(lifter, count - 1)?,
    };
    let a = lifter.reg(Reg::x87(0));
    let flags = lifter.op(Op::FlagsFloat, 64, &[a, b]);
    lifter.machine.set(to, flags);
    pop(lifter, pops);
    Some(Lifted::Real)
}

fn compare_zero<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let a = lifter.reg(Reg::x87(0));
    let zero = lifter.constant(0, 64);
    let flags = lifter.op(Op::FlagsFloat, 64, &[a, zero]);
    lifter.machine.set(Reg::X87_STATUS, flags);
    Some(Lifted::Real)
}

/// `fnstsw`: bits 8, 10 and 14 are less, unordered and equal; the others are left zero.
fn status<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let flags = lifter.reg(Reg::X87_STATUS);
    let mut word = lifter.constant(0, 16);
    for (cond, at) in [(Cond::Ult, 8), (Cond::Parity, 10), (Cond::Eq, 14)] {
        let holds = lifter.op(Op::Test(cond), 1, &[flags]);
        word = lifter.op(Op::Insert { at, bits: 1 }, 16, &[word, holds]);
    }
    lifter.put(to, word);
    Some(Lifted::Real)
}

fn store_control<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let control = lifter.reg(Reg::X87_CONTROL);
    lifter.put(to, control);
    Some(Lifted::Real)
}

fn load_control<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let (control, _) = lifter.read(0)?;
    lifter.machine.set(Reg::X87_CONTROL, control);
    Some(Lifted::Real)
}

fn select<M: Machine>(lifter: &mut Lifter<'_, M>, cond: Cond) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let (new, width) = lifter.read(1)?;
    let holds = lifter.test(cond);
    let old = lifter.get(to);
    let value = lifter.op(Op::Select, width, &[holds, new, old]);
    lifter.put(to, value);
    Some(Lifted::Real)
}

/// The functions of mathematics: opaque, of one or two elements; they pop one, or push one.
fn function<M: Machine>(lifter: &mut Lifter<'_, M>, name: u32, pops: i8, inputs: usize) -> Option<Lifted> {
    const WIDTH: Width = 64;
    let elements = [lifter.reg(Reg::x87(0)), lifter.reg(Reg::x87(1))];
    let elements = elements.get(..inputs)?;
    let value = lifter.op(Op::Opaque(0x8700 + name), WIDTH, elements);
    let second = lifter.op(Op::Opaque(0x8780 + name), WIDTH, elements);
    pop(lifter, u8::from(pops > 0));
    lifter.machine.set(Reg::x87(0), value);
    if pops < 0 {
        push(lifter, second);
    } else if inputs == 2 && pops == 0 {
        // `fprem` says in the status whether it is done.
        let status = lifter.op(Op::Opaque(0x87c0 + name), 8, elements);
        lifter.machine.set(Reg::X87_STATUS, status);
    }
    Some(Lifted::Opaque)
}

fn load_decimal<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let (digits, _) = lifter.read(0)?;
    let value = lifter.op(Op::Opaque(0x87d0), 64, &[digits]);
    push(lifter, value);
    Some(Lifted::Opaque)
}

fn store_decimal<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let top = lifter.reg(Reg::x87(0));
    let digits = lifter.op(Op::Opaque(0x87d1), to.width(), &[top]);
    lifter.put(to, digits);
    pop(lifter, 1);
    Some(Lifted::Opaque)
}

fn examine<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let top = lifter.reg(Reg::x87(0));
    let status = lifter.op(Op::Opaque(0x87ff), 8, &[top]);
    lifter.machine.set(Reg::X87_STATUS, status);
    Some(Lifted::Opaque)
}
