//! Vectors: the low 128 bits of what SSE and AVX do lane by lane, and moves.
//!
//! An instruction on `ymm` or `zmm` does the same to the low 128 bits as its
//! `xmm` form; that much is said, and the answer is [`Lifted::Opaque`]: the rest is not modelled.

use super::integer::twice;
use super::operands::{Lifter, Place};
use crate::machine::{Lane, Lifted, Machine, Op, Width};
use iced_x86::Mnemonic::{self, *};
use iced_x86::OpKind;

/// Lifts an instruction of this subject.
pub(super) fn lift<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    match lifter.instruction.mnemonic() {
        Movups | Movaps | Movdqu | Movdqa | Movupd | Movapd | Lddqu | Movntdq | Movntps | Movntpd
        | Movntdqa | Vmovups | Vmovaps | Vmovdqu | Vmovdqa | Vmovupd | Vmovapd | Vlddqu | Vmovntdq
        | Vmovntps | Vmovntpd | Vmovntdqa | Vmovdqu8 | Vmovdqu16 | Vmovdqu32 | Vmovdqu64 | Vmovdqa32
        | Vmovdqa64 | Vbroadcastf128 | Vbroadcasti128 | Vbroadcastf32x4 | Vbroadcastf64x2
        | Vbroadcasti32x4 | Vbroadcasti64x2 | Movntq => copy(lifter),
        Movq | Vmovq => move_low(lifter, 64),
        Movd | Vmovd => move_low(lifter, 32),
        Movss | Vmovss => move_scalar(lifter, 32),
        Movsd | Vmovsd => move_scalar(lifter, 64),
        Movlps | Movlpd | Vmovlps | Vmovlpd => move_half(lifter, 0),
        Movhps | Movhpd | Vmovhps | Vmovhpd => move_half(lifter, 64),
        Movlhps | Vmovlhps => between_halves(lifter, true),
        Movhlps | Vmovhlps => between_halves(lifter, false),
        Pxor | Xorps | Xorpd | Vpxor | Vxorps | Vxorpd | Vpxord | Vpxorq => bitwise(lifter, Op::Xor),
        Por | Orps | Orpd | Vpor | Vorps | Vorpd | Vpord | Vporq => bitwise(lifter, Op::Or),
        Pand | Andps | Andpd | Vpand | Vandps | Vandpd | Vpandd | Vpandq => bitwise(lifter, Op::And),
        // `!a & b`
        Pandn | Andnps | Andnpd | Vpandn | Vandnps | Vandnpd | Vpandnd | Vpandnq => bitwise(lifter, Op::Not),
        Psllw | Vpsllw => shift(lifter, Lane::Shl, 16),
        Pslld | Vpslld => shift(lifter, Lane::Shl, 32),
        Psllq | Vpsllq => shift(lifter, Lane::Shl, 64),
        Psrlw | Vpsrlw => shift(lifter, Lane::Shr, 16),
        Psrld | Vpsrld => shift(lifter, Lane::Shr, 32),
        Psrlq | Vpsrlq => shift(lifter, Lane::Shr, 64),
        Psraw | Vpsraw => shift(lifter, Lane::Sar, 16),
        Psrad | Vpsrad => shift(lifter, Lane::Sar, 32),
        Pslldq | Vpslldq => shift_bytes(lifter, Op::Shl),
        Psrldq | Vpsrldq => shift_bytes(lifter, Op::Shr),
        Pmuludq | Vpmuludq => product_of_even(lifter),
        Ptest | Vptest => test(lifter),
        mnemonic => lane(mnemonic).and_then(|(op, size)| vertical(lifter, op, size)),
    }
}

/// The operation and the size of a lane of what takes two vectors to one.
#[inline]
fn lane(mnemonic: Mnemonic) -> Option<(Lane, u8)> {
    Some(match mnemonic {
        Paddb | Vpaddb => (Lane::Add, 8),
        Paddw | Vpaddw => (Lane::Add, 16),
        Paddd | Vpaddd => (Lane::Add, 32),
        Paddq | Vpaddq => (Lane::Add, 64),
        Psubb | Vpsubb => (Lane::Sub, 8),
        Psubw | Vpsubw => (Lane::Sub, 16),
        Psubd | Vpsubd => (Lane::Sub, 32),
        Psubq | Vpsubq => (Lane::Sub, 64),
        Pmullw | Vpmullw => (Lane::Mul, 16),
        Pmulld | Vpmulld => (Lane::Mul, 32),
        Pcmpeqb | Vpcmpeqb => (Lane::Eq, 8),
        Pcmpeqw | Vpcmpeqw => (Lane::Eq, 16),
        Pcmpeqd | Vpcmpeqd => (Lane::Eq, 32),
        Pcmpeqq | Vpcmpeqq => (Lane::Eq, 64),
        Pcmpgtb | Vpcmpgtb => (Lane::Sgt, 8),
        Pcmpgtw | Vpcmpgtw => (Lane::Sgt, 16),
        Pcmpgtd | Vpcmpgtd => (Lane::Sgt, 32),
        Pcmpgtq | Vpcmpgtq => (Lane::Sgt, 64),
        Pminub | Vpminub => (Lane::MinU, 8),
        Pminuw | Vpminuw => (Lane::MinU, 16),
        Pminud | Vpminud => (Lane::MinU, 32),
        Pmaxub | Vpmaxub => (Lane::MaxU, 8),
        Pmaxuw | Vpmaxuw => (Lane::MaxU, 16),
        Pmaxud | Vpmaxud => (Lane::MaxU, 32),
        Pminsb | Vpminsb => (Lane::MinS, 8),
        Pminsw | Vpminsw => (Lane::MinS, 16),
        Pminsd | Vpminsd => (Lane::MinS, 32),
        Pmaxsb | Vpmaxsb => (Lane::MaxS, 8),
        Pmaxsw | Vpmaxsw => (Lane::MaxS, 16),
        Pmaxsd | Vpmaxsd => (Lane::MaxS, 32),
        Addps | Vaddps => (Lane::FAdd, 32),
        Addpd | Vaddpd => (Lane::FAdd, 64),
        Subps | Vsubps => (Lane::FSub, 32),
        Subpd | Vsubpd => (Lane::FSub, 64),
        Mulps | Vmulps => (Lane::FMul, 32),
        Mulpd | Vmulpd => (Lane::FMul, 64),
        Divps | Vdivps => (Lane::FDiv, 32),
        Divpd | Vdivpd => (Lane::FDiv, 64),
        Minps | Vminps => (Lane::FMin, 32),
        Minpd | Vminpd => (Lane::FMin, 64),
        Maxps | Vmaxps => (Lane::FMax, 32),
        Maxpd | Vmaxpd => (Lane::FMax, 64),
        Punpcklbw | Vpunpcklbw => (Lane::UnpackLow, 8),
        Punpcklwd | Vpunpcklwd => (Lane::UnpackLow, 16),
        Punpckldq | Vpunpckldq | Unpcklps | Vunpcklps => (Lane::UnpackLow, 32),
        Punpcklqdq | Vpunpcklqdq | Unpcklpd | Vunpcklpd => (Lane::UnpackLow, 64),
        Punpckhbw | Vpunpckhbw => (Lane::UnpackHigh, 8),
        Punpckhwd | Vpunpckhwd => (Lane::UnpackHigh, 16),
        Punpckhdq | Vpunpckhdq | Unpckhps | Vunpckhps => (Lane::UnpackHigh, 32),
        Punpckhqdq | Vpunpckhqdq | Unpckhpd | Vunpckhpd => (Lane::UnpackHigh, 64),
        _ => return None,
    })
}

/// [`Lifted::Opaque`] where there is more than the low 128 bits.
pub(super) fn answer<M: Machine>(lifter: &Lifter<'_, M>) -> Lifted {
    let wide = |operand: u32| {
        let register = lifter.instruction.op_register(operand);
        lifter.instruction.op_kind(operand) == OpKind::Register && (register.is_ymm() || register.is_zmm())
    };
    if wide(0) || wide(1) { Lifted::Opaque } else { Lifted::Real }
}

/// The two sources: with a third operand (VEX) the first is not the destination.
pub(super) fn sources<M: Machine>(lifter: &Lifter<'_, M>) -> (u32, u32) {
    let third = lifter.instruction.op_count() > 2
        && matches!(lifter.instruction.op_kind(2), OpKind::Register | OpKind::Memory);
    if third { (1, 2) } else { (0, 1) }
}

/// The low bits of an operand.
pub(super) fn low<M: Machine>(lifter: &mut Lifter<'_, M>, operand: u32, width: Width) -> Option<M::Value> {
    let (value, from) = lifter.read(operand)?;
    Some(lifter.fit(value, from, width))
}

/// Whether the destination is an `mmx` register.
fn is_mmx<M: Machine>(lifter: &Lifter<'_, M>) -> bool {
    lifter.instruction.op0_kind() == OpKind::Register && lifter.instruction.op_register(0).is_mm()
}

fn copy<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let (value, from) = lifter.read(1)?;
    let value = lifter.fit(value, from, to.width());
    lifter.put(to, value);
    if let Place::Memory(address, _) = to {
        store_rest(lifter, address, value);
    }
    Some(answer(lifter))
}

/// Stores what a `ymm` or `zmm` has above its low 128 bits.
fn store_rest<M: Machine>(lifter: &mut Lifter<'_, M>, address: M::Value, low: M::Value) {
    let size = lifter.instruction.memory_size().size().min(64);
    for at in (16..size).step_by(16) {
        let offset = lifter.constant(at as u64, lifter.pointer);
        let place = lifter.op(Op::Add, lifter.pointer, &[address, offset]);
        let value = lifter.op(Op::Opaque(at as u32), 128, &[low]);
        lifter.machine.store(place, value, 128);
    }
}

/// `movd` and `movq`: what is above the element becomes zero.
fn move_low<M: Machine>(lifter: &mut Lifter<'_, M>, unit: Width) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let (value, from) = lifter.read(1)?;
    let element = lifter.truncate(value, from, unit);
    let value = lifter.fit(element, unit, to.width());
    lifter.put(to, value);
    Some(Lifted::Real)
}

/// `movss` and `movsd`: from memory the rest becomes zero, from a register it stays.
fn move_scalar<M: Machine>(lifter: &mut Lifter<'_, M>, width: Width) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let (first, second) = sources(lifter);
    let from = lifter.place(second)?;
    let value = lifter.get(from);
    let element = lifter.truncate(value, from.width(), width);
    let value = match (to, from) {
        (Place::Memory(..), _) => element,
        (_, Place::Memory(..)) => lifter.op(Op::ZeroExtend, 128, &[element]),
        _ => {
            let old = low(lifter, first, 128)?;
            lifter.op(Op::Insert { at: 0, bits: width }, 128, &[old, element])
        }
    };
    lifter.put(to, value);
    Some(Lifted::Real)
}

/// `movlps`, `movhps` and kin: one half, from or to memory.
fn move_half<M: Machine>(lifter: &mut Lifter<'_, M>, at: u8) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let (first, second) = sources(lifter);
    let value = if matches!(to, Place::Memory(..)) {
        let whole = low(lifter, 1, 128)?;
        half(lifter, whole, at)
    } else {
        let element = low(lifter, second, 64)?;
        let old = low(lifter, first, 128)?;
        lifter.op(Op::Insert { at, bits: 64 }, 128, &[old, element])
    };
    lifter.put(to, value);
    Some(Lifted::Real)
}

/// The 64 bits of a vector from bit 0 or 64.
fn half<M: Machine>(lifter: &mut Lifter<'_, M>, value: M::Value, at: u8) -> M::Value {
    let value = if at == 0 {
        value
    } else {
        let by = lifter.constant(u64::from(at), 128);
        lifter.op(Op::Shr, 128, &[value, by])
    };
    lifter.op(Op::Truncate, 64, &[value])
}

/// `movlhps` (the low half goes up) and `movhlps` (the high half goes down).
fn between_halves<M: Machine>(lifter: &mut Lifter<'_, M>, up: bool) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let (first, second) = sources(lifter);
    let value = low(lifter, second, 128)?;
    let (from, at) = if up { (0, 64) } else { (64, 0) };
    let element = half(lifter, value, from);
    let old = low(lifter, first, 128)?;
    let value = lifter.op(Op::Insert { at, bits: 64 }, 128, &[old, element]);
    lifter.put(to, value);
    Some(Lifted::Real)
}

/// Bit by bit; [`Op::Not`] stands for `!a & b`.
fn bitwise<M: Machine>(lifter: &mut Lifter<'_, M>, op: Op) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let (first, second) = sources(lifter);
    let width = to.width();
    let value = if op == Op::Xor && twice(lifter, first, second) {
        lifter.constant(0, width)
    } else {
        let a = low(lifter, first, width)?;
        let b = low(lifter, second, width)?;
        match op {
            Op::Not => {
                let not = lifter.op(Op::Not, width, &[a]);
                lifter.op(Op::And, width, &[not, b])
            }
            _ => lifter.op(op, width, &[a, b]),
        }
    };
    lifter.put(to, value);
    Some(answer(lifter))
}

fn vertical<M: Machine>(lifter: &mut Lifter<'_, M>, op: Lane, size: u8) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let (first, second) = sources(lifter);
    let narrow = is_mmx(lifter);
    if narrow && op == Lane::UnpackHigh {
        return None;
    }
    let a = low(lifter, first, 128)?;
    let b = low(lifter, second, 128)?;
    let value = if op == Lane::Eq && twice(lifter, first, second) {
        let zero = lifter.constant(0, 128);
        lifter.op(Op::Not, 128, &[zero])
    } else {
        lifter.op(Op::Lanes(op, size), 128, &[a, b])
    };
    let value = lifter.fit(value, 128, to.width());
    lifter.put(to, value);
    Some(answer(lifter))
}

/// Shifts of lanes, by a number or by the low half of a vector: the last operand.
fn shift<M: Machine>(lifter: &mut Lifter<'_, M>, op: Lane, size: u8) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let count = lifter.instruction.op_count();
    let by = match lifter.instruction.op_kind(count - 1) {
        OpKind::Immediate8 => lifter.constant(u64::from(lifter.instruction.immediate8()), 64),
        _ => low(lifter, count - 1, 64)?,
    };
    let a = low(lifter, count - 2, 128)?;
    let value = lifter.op(Op::Lanes(op, size), 128, &[a, by]);
    let value = lifter.fit(value, 128, to.width());
    lifter.put(to, value);
    Some(answer(lifter))
}

fn shift_bytes<M: Machine>(lifter: &mut Lifter<'_, M>, op: Op) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let bytes = lifter.instruction.immediate8();
    let value = if bytes > 15 {
        lifter.constant(0, 128)
    } else {
        let a = low(lifter, lifter.instruction.op_count() - 2, 128)?;
        let by = lifter.constant(u64::from(bytes) * 8, 128);
        lifter.op(op, 128, &[a, by])
    };
    lifter.put(to, value);
    Some(answer(lifter))
}

/// `pmuludq`: the lower halves of 64-bit lanes, multiplied to whole lanes.
fn product_of_even<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let (first, second) = sources(lifter);
    let half = lifter.constant(32, 64);
    let even = |lifter: &mut Lifter<'_, M>, operand| {
        let value = low(lifter, operand, 128)?;
        let up = lifter.op(Op::Lanes(Lane::Shl, 64), 128, &[value, half]);
        Some(lifter.op(Op::Lanes(Lane::Shr, 64), 128, &[up, half]))
    };
    let (a, b) = (even(lifter, first)?, even(lifter, second)?);
    let value = lifter.op(Op::Lanes(Lane::Mul, 64), 128, &[a, b]);
    let value = lifter.fit(value, 128, to.width());
    lifter.put(to, value);
    Some(answer(lifter))
}

/// `ptest`: zero of `a & b`, carry of `!a & b`; the others are cleared.
fn test<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let a = low(lifter, 0, 128)?;
    let b = low(lifter, 1, 128)?;
    let both = if twice(lifter, 0, 1) { a } else { lifter.op(Op::And, 128, &[a, b]) };
    let zero = lifter.constant(0, 128);
    let not = lifter.op(Op::Not, 128, &[a]);
    let rest = lifter.op(Op::And, 128, &[not, b]);
    let carry = lifter.op(Op::Eq, 128, &[rest, zero]);
    let plain = lifter.op(Op::FlagsLogic, 128, &[both]);
    lifter.set_flags(Op::FlagsSetCarry, 8, &[carry, plain]);
    Some(answer(lifter))
}
