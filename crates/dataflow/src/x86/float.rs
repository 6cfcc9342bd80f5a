//! Scalar floats of SSE and AVX: the low 32 or 64 bits; what is above comes from the first source.

use super::operands::Lifter;
use super::vector::{low, sources};
use crate::machine::{Lifted, Machine, Op, Width};
use iced_x86::Mnemonic::*;
use iced_x86::Register;

/// Lifts an instruction of this subject.
pub(super) fn lift<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    if lifter.instruction.op_mask() != Register::None {
        return None;
    }
    match lifter.instruction.mnemonic() {
        Addss | Vaddss => two(lifter, Op::FAdd, 32),
        Addsd | Vaddsd => two(lifter, Op::FAdd, 64),
        Subss | Vsubss => two(lifter, Op::FSub, 32),
        Subsd | Vsubsd => two(lifter, Op::FSub, 64),
        Mulss | Vmulss => two(lifter, Op::FMul, 32),
        Mulsd | Vmulsd => two(lifter, Op::FMul, 64),
        Divss | Vdivss => two(lifter, Op::FDiv, 32),
        Divsd | Vdivsd => two(lifter, Op::FDiv, 64),
        Minss | Vminss => two(lifter, Op::FMin, 32),
        Minsd | Vminsd => two(lifter, Op::FMin, 64),
        Maxss | Vmaxss => two(lifter, Op::FMax, 32),
        Maxsd | Vmaxsd => two(lifter, Op::FMax, 64),
        Sqrtss | Vsqrtss => one(lifter, Op::FSqrt, 32, 32),
        Sqrtsd | Vsqrtsd => one(lifter, Op::FSqrt, 64, 64),
        Cvtss2sd | Vcvtss2sd => one(lifter, Op::FloatConvert(32), 32, 64),
        Cvtsd2ss | Vcvtsd2ss => one(lifter, Op::FloatConvert(64), 64, 32),
        Roundss | Vroundss => round(lifter, 32),
        Roundsd | Vroundsd => round(lifter, 64),
        Cvtsi2ss | Vcvtsi2ss => from_integer(lifter, 32),
        Cvtsi2sd | Vcvtsi2sd => from_integer(lifter, 64),
        Cvttss2si | Vcvttss2si => to_integer(lifter, 32, false),
        Cvttsd2si | Vcvttsd2si => to_integer(lifter, 64, false),
        Cvtss2si | Vcvtss2si => to_integer(lifter, 32, true),
        Cvtsd2si | Vcvtsd2si => to_integer(lifter, 64, true),
        Comiss | Ucomiss | Vcomiss | Vucomiss => compare(lifter, 32),
        Comisd | Ucomisd | Vcomisd | Vucomisd => compare(lifter, 64),
        Cmpss | Vcmpss => mask(lifter, 32),
        Cmpsd | Vcmpsd => mask(lifter, 64),
        Vfmadd132ss => multiply_add(lifter, [0, 2, 1], 32, false, false),
        Vfmadd213ss => multiply_add(lifter, [1, 0, 2], 32, false, false),
        Vfmadd231ss => multiply_add(lifter, [1, 2, 0], 32, false, false),
        Vfmadd132sd => multiply_add(lifter, [0, 2, 1], 64, false, false),
        Vfmadd213sd => multiply_add(lifter, [1, 0, 2], 64, false, false),
        Vfmadd231sd => multiply_add(lifter, [1, 2, 0], 64, false, false),
        Vfmsub132sd => multiply_add(lifter, [0, 2, 1], 64, false, true),
        Vfmsub213sd => multiply_add(lifter, [1, 0, 2], 64, false, true),
        Vfmsub231sd => multiply_add(lifter, [1, 2, 0], 64, false, true),
        Vfnmadd132sd => multiply_add(lifter, [0, 2, 1], 64, true, false),
        Vfnmadd213sd => multiply_add(lifter, [1, 0, 2], 64, true, false),
        Vfnmadd231sd => multiply_add(lifter, [1, 2, 0], 64, true, false),
        Vfnmadd132ss => multiply_add(lifter, [0, 2, 1], 32, true, false),
        Vfnmadd213ss => multiply_add(lifter, [1, 0, 2], 32, true, false),
        Vfnmadd231ss => multiply_add(lifter, [1, 2, 0], 32, true, false),
        Vfmsub132ss => multiply_add(lifter, [0, 2, 1], 32, false, true),
        Vfmsub213ss => multiply_add(lifter, [1, 0, 2], 32, false, true),
        Vfmsub231ss => multiply_add(lifter, [1, 2, 0], 32, false, true),
        _ => None,
    }
}

/// Puts a result into the low bits of the destination.
fn finish<M: Machine>(lifter: &mut Lifter<'_, M>, value: M::Value, width: Width) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let (first, _) = sources(lifter);
    let old = low(lifter, first, 128)?;
    let value = lifter.op(Op::Insert { at: 0, bits: width }, 128, &[old, value]);
    lifter.put(to, value);
    Some(Lifted::Real)
}

fn two<M: Machine>(lifter: &mut Lifter<'_, M>, op: Op, width: Width) -> Option<Lifted> {
    let (first, second) = sources(lifter);
    let a = low(lifter, first, width)?;
    let b = low(lifter, second, width)?;
    let value = lifter.op(op, width, &[a, b]);
    finish(lifter, value, width)
}

fn one<M: Machine>(lifter: &mut Lifter<'_, M>, op: Op, from: Width, to: Width) -> Option<Lifted> {
    let (_, second) = sources(lifter);
    let a = low(lifter, second, from)?;
    let value = lifter.op(op, to, &[a]);
    finish(lifter, value, to)
}

/// `roundss`: the mode in the immediate, or the default one, which is to the nearest.
fn round<M: Machine>(lifter: &mut Lifter<'_, M>, width: Width) -> Option<Lifted> {
    let number = lifter.instruction.immediate8();
    let mode = if number & 4 != 0 { 0 } else { number & 3 };
    one(lifter, Op::FRound(mode), width, width)
}

fn from_integer<M: Machine>(lifter: &mut Lifter<'_, M>, width: Width) -> Option<Lifted> {
    let (_, second) = sources(lifter);
    let (a, from) = lifter.read(second)?;
    let value = lifter.op(Op::FloatFromS(from), width, &[a]);
    finish(lifter, value, width)
}

fn to_integer<M: Machine>(lifter: &mut Lifter<'_, M>, width: Width, rounded: bool) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let a = low(lifter, 1, width)?;
    let a = if rounded { lifter.op(Op::FRound(0), width, &[a]) } else { a };
    let value = lifter.op(Op::FloatToS(width), to.width(), &[a]);
    lifter.put(to, value);
    Some(Lifted::Real)
}

fn compare<M: Machine>(lifter: &mut Lifter<'_, M>, width: Width) -> Option<Lifted> {
    let a = low(lifter, 0, width)?;
    let b = low(lifter, 1, width)?;
    lifter.set_flags(Op::FlagsFloat, width, &[a, b]);
    Some(Lifted::Real)
}

/// `cmpss`: all ones where the predicate holds.
fn mask<M: Machine>(lifter: &mut Lifter<'_, M>, width: Width) -> Option<Lifted> {
    let predicate = lifter.instruction.immediate8();
    let (first, second) = sources(lifter);
    if predicate > 7 || !lifter.instruction.op_register(0).is_xmm() {
        return None;
    }
    let a = low(lifter, first, width)?;
    let b = low(lifter, second, width)?;
    let holds = match predicate & 3 {
        0 => lifter.op(Op::FEq, width, &[a, b]),
        1 => lifter.op(Op::FLt, width, &[a, b]),
        2 => {
            let (less, equal) = (lifter.op(Op::FLt, width, &[a, b]), lifter.op(Op::FEq, width, &[a, b]));
            lifter.op(Op::Or, 1, &[less, equal])
        }
        _ => lifter.op(Op::FUnordered, width, &[a, b]),
    };
    let holds = if predicate & 4 == 0 {
        holds
    } else {
        let one = lifter.constant(1, 1);
        lifter.op(Op::Xor, 1, &[holds, one])
    };
    let ones = lifter.op(Op::SignExtend(1), width, &[holds]);
    finish(lifter, ones, width)
}

/// The fused products: `order` says which operands are multiplied and which is added.
fn multiply_add<M: Machine>(
    lifter: &mut Lifter<'_, M>,
    order: [u32; 3],
    width: Width,
    negate_product: bool,
    negate_sum: bool,
) -> Option<Lifted> {
    let [a, b, c] = order;
    let (mut a, b, mut c) = (low(lifter, a, width)?, low(lifter, b, width)?, low(lifter, c, width)?);
    if negate_product {
        a = lifter.op(Op::FNeg, width, &[a]);
    }
    if negate_sum {
        c = lifter.op(Op::FNeg, width, &[c]);
    }
    let value = lifter.op(Op::FMulAdd, width, &[a, b, c]);
    let to = lifter.place(0)?;
    let old = lifter.get(to);
    let value = lifter.op(Op::Insert { at: 0, bits: width }, 128, &[old, value]);
    lifter.put(to, value);
    Some(Lifted::Real)
}
