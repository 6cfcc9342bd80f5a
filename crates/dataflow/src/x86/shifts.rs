//! Shifts and rotations.
//!
//! A count of zero leaves the flags as they were. Overflow is said for counts of
//! one, where x86 defines it; else it is zero.

use super::operands::{Lifter, Place};
use crate::machine::{Cond, Lifted, Machine, Op, Width};
use iced_x86::Mnemonic::*;
use iced_x86::OpKind;

/// Lifts an instruction of this subject.
pub(super) fn lift<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    match lifter.instruction.mnemonic() {
        Shl | Sal => shift(lifter, Op::Shl),
        Shr => shift(lifter, Op::Shr),
        Sar => shift(lifter, Op::Sar),
        Rol => rotate(lifter, Op::Rol),
        Ror => rotate(lifter, Op::Ror),
        Rcl => rotate_carry(lifter, true),
        Rcr => rotate_carry(lifter, false),
        Shld => double(lifter, true),
        Shrd => double(lifter, false),
        Shlx => without_flags(lifter, Op::Shl),
        Shrx => without_flags(lifter, Op::Shr),
        Sarx => without_flags(lifter, Op::Sar),
        Rorx => without_flags(lifter, Op::Ror),
        _ => None,
    }
}

/// The count where it is a number, cut as x86 cuts it.
fn fixed<M: Machine>(lifter: &Lifter<'_, M>, operand: u32, width: Width) -> Option<u8> {
    match lifter.instruction.op_kind(operand) {
        OpKind::Immediate8 => Some(lifter.instruction.immediate8() & if width == 64 { 63 } else { 31 }),
        _ => None,
    }
}

fn shift<M: Machine>(lifter: &mut Lifter<'_, M>, op: Op) -> Option<Lifted> {
    let to = lifter.place(0)?;
    match fixed(lifter, 1, to.width()) {
        Some(count) => shift_fixed(lifter, op, to, count),
        None => shift_by_cl(lifter, op, to),
    }
}

/// Bit `at` of a value, as a truth.
fn bit<M: Machine>(lifter: &mut Lifter<'_, M>, value: M::Value, at: u8, width: Width) -> M::Value {
    let at = lifter.constant(u64::from(at), width);
    let down = lifter.op(Op::Shr, width, &[value, at]);
    lifter.op(Op::Truncate, 1, &[down])
}

fn shift_fixed<M: Machine>(
    lifter: &mut Lifter<'_, M>,
    op: Op,
    to: Place<M::Value>,
    count: u8,
) -> Option<Lifted> {
    let (a, width) = (lifter.get(to), to.width());
    if count == 0 {
        lifter.put(to, a);
        return Some(Lifted::Real);
    }
    // Bytes and words can be shifted by more than they have.
    let beyond = count >= width;
    let result = if beyond && op != Op::Sar {
        lifter.constant(0, width)
    } else {
        let by = lifter.constant(u64::from(count.min(width - 1)), width);
        lifter.op(op, width, &[a, by])
    };
    let carry = match op {
        _ if count > width && op != Op::Sar => lifter.constant(0, 1),
        Op::Shl => bit(lifter, a, width - count, width),
        _ => bit(lifter, a, (count - 1).min(width - 1), width),
    };
    let plain = lifter.op(Op::FlagsLogic, width, &[result]);
    let flags = lifter.op(Op::FlagsSetCarry, 8, &[carry, plain]);
    let flags = if count == 1 { overflow_of_one(lifter, op, a, carry, width, flags) } else { flags };
    lifter.machine.set(crate::Reg::FLAGS, flags);
    lifter.put(to, result);
    Some(Lifted::Real)
}

/// Overflow of a shift by one: the sign has changed.
fn overflow_of_one<M: Machine>(
    lifter: &mut Lifter<'_, M>,
    op: Op,
    a: M::Value,
    carry: M::Value,
    width: Width,
    flags: M::Value,
) -> M::Value {
    let overflow = match op {
        Op::Shl => {
            let sign = bit(lifter, a, width - 2, width);
            lifter.op(Op::Xor, 1, &[sign, carry])
        }
        Op::Shr => bit(lifter, a, width - 1, width),
        _ => return flags,
    };
    lifter.op(Op::FlagsSetOverflow, 8, &[overflow, flags])
}

/// By `cl`: bytes and words in 32 bits, where their counts fit.
fn shift_by_cl<M: Machine>(lifter: &mut Lifter<'_, M>, op: Op, to: Place<M::Value>) -> Option<Lifted> {
    let (a, width) = (lifter.get(to), to.width());
    let wide = width.max(32);
    let a = match op {
        Op::Sar if wide > width => lifter.op(Op::SignExtend(width), wide, &[a]),
        _ => lifter.fit(a, width, wide),
    };
    let count = lifter.general(1, wide);
    let shifted = lifter.op(op, wide, &[a, count]);
    let result = lifter.truncate(shifted, wide, width);
    let carry = if op == Op::Shl && wide > width {
        bit(lifter, shifted, width, wide)
    } else {
        let one = lifter.constant(1, wide);
        let last = match op {
            Op::Shl => lifter.op(Op::Neg, wide, &[count]),
            _ => lifter.op(Op::Sub, wide, &[count, one]),
        };
        let down = lifter.op(if op == Op::Sar { Op::Sar } else { Op::Shr }, wide, &[a, last]);
        lifter.op(Op::Truncate, 1, &[down])
    };
    let plain = lifter.op(Op::FlagsLogic, width, &[result]);
    let flags = lifter.op(Op::FlagsSetCarry, 8, &[carry, plain]);
    set_flags_unless_zero(lifter, count, wide, flags);
    lifter.put(to, result);
    Some(Lifted::Real)
}

/// Sets the flags where the low bits of a count are not zero.
fn set_flags_unless_zero<M: Machine>(
    lifter: &mut Lifter<'_, M>,
    count: M::Value,
    width: Width,
    flags: M::Value,
) {
    let none = is_zero(lifter, count, width);
    let old = lifter.flags();
    lifter.set_flags(Op::Select, 8, &[none, old, flags]);
}

fn is_zero<M: Machine>(lifter: &mut Lifter<'_, M>, count: M::Value, width: Width) -> M::Value {
    let mask = lifter.constant(u64::from(width - 1), width);
    let low = lifter.op(Op::And, width, &[count, mask]);
    let zero = lifter.constant(0, width);
    lifter.op(Op::Eq, width, &[low, zero])
}

/// The count of a rotation: a number, or `cl` as wide as what is rotated.
struct Count<V> {
    fixed: Option<u8>,
    value: V,
}

/// The count in an operand; [`None`] for the whole where it is zero, and nothing happens.
fn count<M: Machine>(
    lifter: &mut Lifter<'_, M>,
    operand: u32,
    to: Place<M::Value>,
) -> Option<Count<M::Value>> {
    let width = to.width();
    let fixed = fixed(lifter, operand, width);
    if fixed == Some(0) {
        let same = lifter.get(to);
        lifter.put(to, same);
        return None;
    }
    let value = match fixed {
        Some(count) => lifter.constant(u64::from(count % width), width),
        None => lifter.general(1, width),
    };
    Some(Count { fixed, value })
}

/// Sets the flags after a rotation; by one, overflow too: whether the bits differ.
fn set_flags_after<M: Machine>(
    lifter: &mut Lifter<'_, M>,
    count: &Count<M::Value>,
    width: Width,
    flags: M::Value,
    bits: [(M::Value, u8); 2],
) {
    match count.fixed {
        Some(1) => {
            let [first, second] = bits.map(|(value, at)| bit(lifter, value, at, width));
            let overflow = lifter.op(Op::Xor, 1, &[first, second]);
            lifter.set_flags(Op::FlagsSetOverflow, 8, &[overflow, flags]);
        }
        Some(_) => lifter.machine.set(crate::Reg::FLAGS, flags),
        None => {
            let wide = width.max(32);
            let count = lifter.general(1, wide);
            set_flags_unless_zero(lifter, count, wide, flags);
        }
    }
}

/// `rol` and `ror`: of the flags only carry (and overflow, by one) changes.
fn rotate<M: Machine>(lifter: &mut Lifter<'_, M>, op: Op) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let width = to.width();
    let Some(count) = count(lifter, 1, to) else { return Some(Lifted::Real) };
    let a = lifter.get(to);
    let result = lifter.op(op, width, &[a, count.value]);
    let old = lifter.flags();
    let (out, other) = if op == Op::Rol { (0, 0) } else { (width - 1, width - 2) };
    let carry = bit(lifter, result, out, width);
    let flags = lifter.op(Op::FlagsSetCarry, 8, &[carry, old]);
    set_flags_after(lifter, &count, width, flags, [(result, width - 1), (result, other)]);
    lifter.put(to, result);
    Some(Lifted::Real)
}

/// `rcl` and `rcr` by one.
fn rotate_carry<M: Machine>(lifter: &mut Lifter<'_, M>, left: bool) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let width = to.width();
    if fixed(lifter, 1, width) != Some(1) {
        return None;
    }
    let a = lifter.get(to);
    let carry = lifter.test(Cond::Ult);
    let wide = lifter.op(Op::ZeroExtend, width, &[carry]);
    let one = lifter.constant(1, width);
    let top = lifter.constant(u64::from(width) - 1, width);
    let (moved, entered) = if left {
        (lifter.op(Op::Shl, width, &[a, one]), wide)
    } else {
        (lifter.op(Op::Shr, width, &[a, one]), lifter.op(Op::Shl, width, &[wide, top]))
    };
    let result = lifter.op(Op::Or, width, &[moved, entered]);
    let out = bit(lifter, a, if left { width - 1 } else { 0 }, width);
    let old = lifter.flags();
    let flags = lifter.op(Op::FlagsSetCarry, 8, &[out, old]);
    let sign = bit(lifter, result, width - 1, width);
    let other = if left { out } else { bit(lifter, result, width - 2, width) };
    let overflow = lifter.op(Op::Xor, 1, &[sign, other]);
    lifter.set_flags(Op::FlagsSetOverflow, 8, &[overflow, flags]);
    lifter.put(to, result);
    Some(Lifted::Real)
}

/// `shld` and `shrd`: bits of the second operand come in. Of words, where counts go beyond, none.
fn double<M: Machine>(lifter: &mut Lifter<'_, M>, left: bool) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let (b, width) = lifter.read(1)?;
    if width < 32 {
        return None;
    }
    let Some(count) = count(lifter, 2, to) else { return Some(Lifted::Real) };
    let a = lifter.get(to);
    let rest = match count.fixed {
        Some(count) => lifter.constant(u64::from(width - count), width),
        None => lifter.op(Op::Neg, width, &[count.value]),
    };
    let (here, there) = if left { (Op::Shl, Op::Shr) } else { (Op::Shr, Op::Shl) };
    let moved = lifter.op(here, width, &[a, count.value]);
    let entered = lifter.op(there, width, &[b, rest]);
    let both = lifter.op(Op::Or, width, &[moved, entered]);
    let flags = double_flags(lifter, left, width, a, if left { rest } else { count.value }, both);
    set_flags_after(lifter, &count, width, flags, [(a, width - 1), (both, width - 1)]);
    let result = match count.fixed {
        Some(_) => both,
        None => {
            let none = is_zero(lifter, count.value, width);
            lifter.op(Op::Select, width, &[none, a, both])
        }
    };
    lifter.put(to, result);
    Some(Lifted::Real)
}

/// Carry is the bit that went out last: the lowest of `a >> (width - n)`, or of `a >> (n - 1)`.
fn double_flags<M: Machine>(
    lifter: &mut Lifter<'_, M>,
    left: bool,
    width: Width,
    a: M::Value,
    by: M::Value,
    result: M::Value,
) -> M::Value {
    let last = if left {
        by
    } else {
        let one = lifter.constant(1, width);
        lifter.op(Op::Sub, width, &[by, one])
    };
    let out = lifter.op(Op::Shr, width, &[a, last]);
    let carry = lifter.op(Op::Truncate, 1, &[out]);
    let plain = lifter.op(Op::FlagsLogic, width, &[result]);
    lifter.op(Op::FlagsSetCarry, 8, &[carry, plain])
}

/// The shifts of BMI2.
fn without_flags<M: Machine>(lifter: &mut Lifter<'_, M>, op: Op) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let (a, width) = lifter.read(1)?;
    let count = match fixed(lifter, 2, width) {
        Some(count) => lifter.constant(u64::from(count), width),
        None => lifter.read(2)?.0,
    };
    let result = lifter.op(op, width, &[a, count]);
    lifter.put(to, result);
    Some(Lifted::Real)
}
