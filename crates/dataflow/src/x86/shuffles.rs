//! Lanes that change places: shuffles, insertions, extractions, widenings, conversions of lanes.

use super::operands::{Lifter, Place};
use super::vector::{answer, low, sources};
use crate::machine::{Lane, Lifted, Machine, Op, Width};
use iced_x86::Mnemonic::*;

/// Lifts an instruction of this subject.
pub(super) fn lift<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let number = || lifter.instruction.immediate8();
    match lifter.instruction.mnemonic() {
        Pshufd | Vpshufd | Vpermilps => shuffle_words(lifter, four(number())),
        Pshuflw | Vpshuflw => shuffle_words(lifter, half_words(number(), 0)),
        Pshufhw | Vpshufhw => shuffle_words(lifter, half_words(number(), 8)),
        Shufps | Vshufps => shuffle_two(lifter, pairs_of_four(number())),
        Shufpd | Vshufpd => shuffle_two(lifter, pair(number())),
        Pblendw | Vpblendw => shuffle_two(lifter, blend(number(), 2)),
        Blendps | Vblendps | Vpblendd => shuffle_two(lifter, blend(number(), 4)),
        Blendpd | Vblendpd => shuffle_two(lifter, blend(number(), 8)),
        Palignr | Vpalignr => align(lifter),
        Pinsrb | Vpinsrb => insert(lifter, 8),
        Pinsrw | Vpinsrw => insert(lifter, 16),
        Pinsrd | Vpinsrd => insert(lifter, 32),
        Pinsrq | Vpinsrq => insert(lifter, 64),
        Pextrb | Vpextrb => extract(lifter, 8),
        Pextrw | Vpextrw => extract(lifter, 16),
        Pextrd | Vpextrd | Extractps | Vextractps => extract(lifter, 32),
        Pextrq | Vpextrq => extract(lifter, 64),
        Vpbroadcastb => broadcast(lifter, 8),
        Vpbroadcastw => broadcast(lifter, 16),
        Vpbroadcastd | Vbroadcastss => broadcast(lifter, 32),
        Vpbroadcastq | Vbroadcastsd | Movddup | Vmovddup => broadcast(lifter, 64),
        Vextractf128 | Vextracti128 | Vextracti32x4 | Vextractf32x4 | Vextracti64x2 | Vextractf64x2
        | Vextracti64x4 | Vextractf64x4 => extract_lane(lifter),
        Pmovzxbw | Vpmovzxbw => widen(lifter, 8, 16, false),
        Pmovzxbd | Vpmovzxbd => widen(lifter, 8, 32, false),
        Pmovzxbq | Vpmovzxbq => widen(lifter, 8, 64, false),
        Pmovzxwd | Vpmovzxwd => widen(lifter, 16, 32, false),
        Pmovzxwq | Vpmovzxwq => widen(lifter, 16, 64, false),
        Pmovzxdq | Vpmovzxdq => widen(lifter, 32, 64, false),
        Pmovsxbw | Vpmovsxbw => widen(lifter, 8, 16, true),
        Pmovsxbd | Vpmovsxbd => widen(lifter, 8, 32, true),
        Pmovsxbq | Vpmovsxbq => widen(lifter, 8, 64, true),
        Pmovsxwd | Vpmovsxwd => widen(lifter, 16, 32, true),
        Pmovsxwq | Vpmovsxwq => widen(lifter, 16, 64, true),
        Pmovsxdq | Vpmovsxdq => widen(lifter, 32, 64, true),
        Cvtdq2ps | Vcvtdq2ps => convert(lifter, Op::FloatFromS(32), 32, 32, false),
        Cvtdq2pd | Vcvtdq2pd => convert(lifter, Op::FloatFromS(32), 32, 64, false),
        Cvtps2pd | Vcvtps2pd => convert(lifter, Op::FloatConvert(32), 32, 64, false),
        Cvtpd2ps | Vcvtpd2ps => convert(lifter, Op::FloatConvert(64), 64, 32, false),
        Cvttps2dq | Vcvttps2dq => convert(lifter, Op::FloatToS(32), 32, 32, false),
        Cvttpd2dq | Vcvttpd2dq => convert(lifter, Op::FloatToS(64), 64, 32, false),
        Cvtps2dq | Vcvtps2dq => convert(lifter, Op::FloatToS(32), 32, 32, true),
        Cvtpd2dq | Vcvtpd2dq => convert(lifter, Op::FloatToS(64), 64, 32, true),
        _ => None,
    }
}

/// An order of bytes (see [`Op::shuffle`]) made of elements of so many bytes.
fn order(size: u8, element: impl Fn(u8) -> u8) -> [u8; 16] {
    std::array::from_fn(|at| {
        let at = at as u8;
        element(at / size).wrapping_mul(size).wrapping_add(at % size)
    })
}

fn two_bits(number: u8, at: u8) -> u8 {
    number >> (2 * (at & 3)) & 3
}

fn four(number: u8) -> [u8; 16] {
    order(4, |at| two_bits(number, at))
}

/// `pshuflw` (from byte 0) and `pshufhw` (from byte 8): the other half stays.
fn half_words(number: u8, from: u8) -> [u8; 16] {
    let first = from / 2;
    order(2, |at| if at & 4 == first { first + two_bits(number, at) } else { at })
}

fn pairs_of_four(number: u8) -> [u8; 16] {
    order(4, |at| two_bits(number, at) + if at < 2 { 0 } else { 4 })
}

fn pair(number: u8) -> [u8; 16] {
    order(8, |at| (number >> at & 1) + 2 * at)
}

fn blend(number: u8, size: u8) -> [u8; 16] {
    order(size, |at| if number >> at & 1 == 1 { at + 16 / size } else { at })
}

/// One vector's bytes in another order.
fn shuffle_words<M: Machine>(lifter: &mut Lifter<'_, M>, order: [u8; 16]) -> Option<Lifted> {
    let to = lifter.place(0)?;
    // `vpermilps` by a vector is something else, as are the `mmx` forms
    if lifter.instruction.op_count() != 3
        || lifter.instruction.op_kind(2) != iced_x86::OpKind::Immediate8
        || to.width() != 128
    {
        return None;
    }
    let a = low(lifter, 1, 128)?;
    let (value, lifted) = shuffled(lifter, a, order);
    lifter.put(to, value);
    Some(if lifted == Lifted::Real { answer(lifter) } else { lifted })
}

/// A shuffle of one vector: some orders have other names.
fn shuffled<M: Machine>(lifter: &mut Lifter<'_, M>, a: M::Value, bytes: [u8; 16]) -> (M::Value, Lifted) {
    let known = |op| (Op::Lanes(op, 64), Lifted::Real);
    let (op, lifted) = match bytes {
        _ if bytes == four(0) => (Op::Lanes(Lane::Broadcast, 32), Lifted::Real),
        _ if bytes == four(0x44) => known(Lane::UnpackLow),
        _ if bytes == four(0xee) => known(Lane::UnpackHigh),
        _ if bytes == four(0xe4) => return (a, Lifted::Real),
        _ => (Op::shuffle(bytes), Lifted::Opaque),
    };
    let value = match op {
        Op::Lanes(Lane::UnpackLow | Lane::UnpackHigh, _) => lifter.op(op, 128, &[a, a]),
        _ => lifter.op(op, 128, &[a]),
    };
    (value, lifted)
}

/// Bytes of two vectors.
fn shuffle_two<M: Machine>(lifter: &mut Lifter<'_, M>, order: [u8; 16]) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let (first, second) = sources(lifter);
    let a = low(lifter, first, 128)?;
    let (value, lifted) = if super::integer::twice(lifter, first, second) {
        shuffled(lifter, a, order.map(|byte| byte & 15))
    } else {
        let b = low(lifter, second, 128)?;
        (lifter.op(Op::shuffle(order), 128, &[a, b]), Lifted::Opaque)
    };
    lifter.put(to, value);
    Some(if lifted == Lifted::Real { answer(lifter) } else { lifted })
}

/// `palignr`: 16 bytes from byte `n` of both, the first above the second.
fn align<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let bytes = lifter.instruction.immediate8();
    if to.width() != 128 || bytes >= 32 {
        return None;
    }
    let (first, second) = sources(lifter);
    let (a, b) = (low(lifter, first, 128)?, low(lifter, second, 128)?);
    let mut shifted = |op, value, bytes: u8| {
        let by = lifter.constant(u64::from(bytes) * 8, 128);
        lifter.op(op, 128, &[value, by])
    };
    let value = match bytes {
        0 => b,
        16 => a,
        1..=15 => {
            let (below, above) = (shifted(Op::Shr, b, bytes), shifted(Op::Shl, a, 16 - bytes));
            lifter.op(Op::Or, 128, &[below, above])
        }
        _ => shifted(Op::Shr, a, bytes - 16),
    };
    lifter.put(to, value);
    Some(answer(lifter))
}

/// The lane an immediate names: its lowest bit.
fn lane_at<M: Machine>(lifter: &Lifter<'_, M>, size: Width) -> u8 {
    let lanes = 128 / size;
    (lifter.instruction.immediate8() & (lanes - 1)) * size
}

fn insert<M: Machine>(lifter: &mut Lifter<'_, M>, size: Width) -> Option<Lifted> {
    let to = lifter.place(0)?;
    if to.width() != 128 {
        return None;
    }
    let (first, second) = sources(lifter);
    let element = low(lifter, second, size)?;
    let old = low(lifter, first, 128)?;
    let at = lane_at(lifter, size);
    let value = lifter.op(Op::Insert { at, bits: size }, 128, &[old, element]);
    lifter.put(to, value);
    Some(Lifted::Real)
}

fn extract<M: Machine>(lifter: &mut Lifter<'_, M>, size: Width) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let (value, from) = lifter.read(1)?;
    if from != 128 {
        return None;
    }
    let at = lifter.constant(u64::from(lane_at(lifter, size)), 128);
    let down = lifter.op(Op::Shr, 128, &[value, at]);
    let element = lifter.op(Op::Truncate, size, &[down]);
    let value = lifter.fit(element, size, to.width());
    lifter.put(to, value);
    Some(Lifted::Real)
}

fn broadcast<M: Machine>(lifter: &mut Lifter<'_, M>, size: u8) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let element = low(lifter, 1, 128)?;
    let value = lifter.op(Op::Lanes(Lane::Broadcast, size), 128, &[element]);
    lifter.put(to, value);
    Some(answer(lifter))
}

/// `vextracti128` and kin: the lowest part is what we have.
fn extract_lane<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    if lifter.instruction.immediate8() & 3 != 0 {
        return None;
    }
    let to = lifter.place(0)?;
    if matches!(to, Place::Memory(..)) && lifter.instruction.memory_size().size() > 16 {
        return None;
    }
    let value = low(lifter, 1, 128)?;
    lifter.put(to, value);
    Some(Lifted::Opaque)
}

/// `pmovzx` and `pmovsx`: lanes of `from` bits become lanes of `to` bits.
fn widen<M: Machine>(lifter: &mut Lifter<'_, M>, from: u8, to: u8, signed: bool) -> Option<Lifted> {
    let place = lifter.place(0)?;
    let mut value = low(lifter, 1, 128)?;
    let zero = lifter.constant(0, 128);
    let mut size = from;
    while size < to {
        let above = if signed { lifter.op(Op::Lanes(Lane::Sgt, size), 128, &[zero, value]) } else { zero };
        value = lifter.op(Op::Lanes(Lane::UnpackLow, size), 128, &[value, above]);
        size *= 2;
    }
    lifter.put(place, value);
    Some(answer(lifter))
}

/// Lanes converted one by one, to the nearest where `rounded`.
fn convert<M: Machine>(
    lifter: &mut Lifter<'_, M>,
    op: Op,
    from: Width,
    to: Width,
    rounded: bool,
) -> Option<Lifted> {
    let place = lifter.place(0)?;
    let value = low(lifter, 1, 128)?;
    let mut result = None;
    for lane in 0..128 / from.max(to) {
        let element = lane_of(lifter, value, lane * from, from);
        let element = if rounded { lifter.op(Op::FRound(0), from, &[element]) } else { element };
        let element = lifter.op(op, to, &[element]);
        result = Some(match result {
            None => lifter.op(Op::ZeroExtend, 128, &[element]),
            Some(sum) => lifter.op(Op::Insert { at: lane * to, bits: to }, 128, &[sum, element]),
        });
    }
    lifter.put(place, result?);
    Some(answer(lifter))
}

fn lane_of<M: Machine>(lifter: &mut Lifter<'_, M>, value: M::Value, at: u8, size: Width) -> M::Value {
    let value = if at == 0 {
        value
    } else {
        let by = lifter.constant(u64::from(at), 128);
        lifter.op(Op::Shr, 128, &[value, by])
    };
    lifter.op(Op::Truncate, size, &[value])
}
