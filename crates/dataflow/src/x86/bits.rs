//! Single bits: tests, scans, counts, the BMI instructions; and the flags themselves.

use super::operands::{Lifter, Place};
use crate::machine::{Cond, Lifted, Machine, Op, Reg, Width};
use iced_x86::Mnemonic::*;

/// Lifts an instruction of this subject.
pub(super) fn lift<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    match lifter.instruction.mnemonic() {
        Bt => test_bit(lifter, None),
        Bts => test_bit(lifter, Some(Op::Or)),
        Btr => test_bit(lifter, Some(Op::And)),
        Btc => test_bit(lifter, Some(Op::Xor)),
        Bsf => scan(lifter, false),
        Bsr => scan(lifter, true),
        Tzcnt => count(lifter, Op::TrailingZeros),
        Lzcnt => count(lifter, Op::LeadingZeros),
        Popcnt => count(lifter, Op::PopCount),
        Bswap => swap(lifter),
        Movbe => move_swapped(lifter),
        Andn => and_not(lifter),
        Blsr => lowest_bit(lifter, Op::And, Op::Sub),
        Blsmsk => lowest_bit(lifter, Op::Xor, Op::Sub),
        Blsi => lowest_bit(lifter, Op::And, Op::Neg),
        Bzhi => zero_high(lifter),
        Bextr => extract(lifter),
        Mulx => product(lifter),
        Adcx => sum_one_flag(lifter, Cond::Ult, Op::FlagsSetCarry),
        Adox => sum_one_flag(lifter, Cond::Overflow, Op::FlagsSetOverflow),
        Clc => set_carry(lifter, 0),
        Stc => set_carry(lifter, 1),
        Cmc => invert_carry(lifter),
        Cld => set_direction(lifter, 0),
        Std => set_direction(lifter, 1),
        Sahf => flags_from_ah(lifter),
        _ => None,
    }
}

/// `bt` and kin; with a register for the bit's number, memory is a string of bits.
fn test_bit<M: Machine>(lifter: &mut Lifter<'_, M>, change: Option<Op>) -> Option<Lifted> {
    let mut to = lifter.place(0)?;
    let (number, given) = lifter.read(1)?;
    let width = to.width();
    if let Place::Memory(address, _) = to
        && given == width
    {
        let word = lifter.constant(u64::from(width.trailing_zeros()), width);
        let words = lifter.op(Op::Sar, width, &[number, word]);
        let words = if width < lifter.pointer {
            lifter.op(Op::SignExtend(width), lifter.pointer, &[words])
        } else {
            words
        };
        let scale = lifter.constant(u64::from((width / 8).trailing_zeros()), lifter.pointer);
        let bytes = lifter.op(Op::Shl, lifter.pointer, &[words, scale]);
        to = Place::Memory(lifter.op(Op::Add, lifter.pointer, &[address, bytes]), width);
    }
    let a = lifter.get(to);
    let number = lifter.fit(number, given, width);
    let down = lifter.op(Op::Shr, width, &[a, number]);
    let bit = lifter.op(Op::Truncate, 1, &[down]);
    let old = lifter.flags();
    lifter.set_flags(Op::FlagsSetCarry, 8, &[bit, old]);
    if let Some(op) = change {
        let one = lifter.constant(1, width);
        let mut mask = lifter.op(Op::Shl, width, &[one, number]);
        if op == Op::And {
            mask = lifter.op(Op::Not, width, &[mask]);
        }
        let result = lifter.op(op, width, &[a, mask]);
        lifter.put(to, result);
    }
    Some(Lifted::Real)
}

/// `bsf` and `bsr`: of no bit the result is undefined, so it is `tzcnt`'s, and `lzcnt`'s turned round.
fn scan<M: Machine>(lifter: &mut Lifter<'_, M>, reverse: bool) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let (a, width) = lifter.read(1)?;
    let found = if reverse {
        let zeros = lifter.op(Op::LeadingZeros, width, &[a]);
        let top = lifter.constant(u64::from(width) - 1, width);
        lifter.op(Op::Xor, width, &[zeros, top])
    } else {
        lifter.op(Op::TrailingZeros, width, &[a])
    };
    lifter.set_flags(Op::FlagsLogic, width, &[a]);
    lifter.put(to, found);
    Some(Lifted::Real)
}

/// `tzcnt`, `lzcnt`: carry where there is no bit; `popcnt`: no carry, zero where there is none.
fn count<M: Machine>(lifter: &mut Lifter<'_, M>, op: Op) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let (a, width) = lifter.read(1)?;
    let result = lifter.op(op, width, &[a]);
    let plain = lifter.op(Op::FlagsLogic, width, &[result]);
    let carry = if op == Op::PopCount {
        lifter.constant(0, 1)
    } else {
        let zero = lifter.constant(0, width);
        lifter.op(Op::Eq, width, &[a, zero])
    };
    lifter.set_flags(Op::FlagsSetCarry, 8, &[carry, plain]);
    lifter.put(to, result);
    Some(Lifted::Real)
}

fn swap<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let to = lifter.place(0)?;
    if to.width() < 32 {
        return None;
    }
    let a = lifter.get(to);
    let result = lifter.op(Op::ByteSwap, to.width(), &[a]);
    lifter.put(to, result);
    Some(Lifted::Real)
}

fn move_swapped<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let (a, width) = lifter.read(1)?;
    let result = lifter.op(Op::ByteSwap, width, &[a]);
    lifter.put(to, result);
    Some(Lifted::Real)
}

fn and_not<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let (a, width) = lifter.read(1)?;
    let (b, _) = lifter.read(2)?;
    let not = lifter.op(Op::Not, width, &[a]);
    let result = lifter.op(Op::And, width, &[not, b]);
    lifter.set_flags(Op::FlagsLogic, width, &[result]);
    lifter.put(to, result);
    Some(Lifted::Real)
}

/// `blsr` a & (a - 1), `blsmsk` a ^ (a - 1), `blsi` a & -a.
fn lowest_bit<M: Machine>(lifter: &mut Lifter<'_, M>, op: Op, other: Op) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let (a, width) = lifter.read(1)?;
    let (zero, one) = (lifter.constant(0, width), lifter.constant(1, width));
    let other =
        if other == Op::Neg { lifter.op(Op::Neg, width, &[a]) } else { lifter.op(Op::Sub, width, &[a, one]) };
    let result = lifter.op(op, width, &[a, other]);
    let mut carry = lifter.op(Op::Eq, width, &[a, zero]);
    if lifter.instruction.mnemonic() == Blsi {
        let truth = lifter.constant(1, 1);
        carry = lifter.op(Op::Xor, 1, &[carry, truth]);
    }
    let plain = lifter.op(Op::FlagsLogic, width, &[result]);
    lifter.set_flags(Op::FlagsSetCarry, 8, &[carry, plain]);
    lifter.put(to, result);
    Some(Lifted::Real)
}

/// The low `count` bits of a value: all of them from `width` on. Also whether it is that many.
fn low_bits<M: Machine>(
    lifter: &mut Lifter<'_, M>,
    value: M::Value,
    count: M::Value,
    width: Width,
) -> (M::Value, M::Value) {
    let (one, all) = (lifter.constant(1, width), lifter.constant(u64::from(width), width));
    let bit = lifter.op(Op::Shl, width, &[one, count]);
    let mask = lifter.op(Op::Sub, width, &[bit, one]);
    let cut = lifter.op(Op::And, width, &[value, mask]);
    let fewer = lifter.op(Op::Ult, width, &[count, all]);
    (lifter.op(Op::Select, width, &[fewer, cut, value]), fewer)
}

/// The byte at bit `at` of a value, as wide as the value.
fn byte_of<M: Machine>(lifter: &mut Lifter<'_, M>, value: M::Value, at: u8, width: Width) -> M::Value {
    let at = lifter.constant(u64::from(at), width);
    let down = lifter.op(Op::Shr, width, &[value, at]);
    let byte = lifter.constant(0xff, width);
    lifter.op(Op::And, width, &[down, byte])
}

fn zero_high<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let (a, width) = lifter.read(1)?;
    let (number, _) = lifter.read(2)?;
    let count = byte_of(lifter, number, 0, width);
    let (result, fewer) = low_bits(lifter, a, count, width);
    let one = lifter.constant(1, 1);
    let carry = lifter.op(Op::Xor, 1, &[fewer, one]);
    let plain = lifter.op(Op::FlagsLogic, width, &[result]);
    lifter.set_flags(Op::FlagsSetCarry, 8, &[carry, plain]);
    lifter.put(to, result);
    Some(Lifted::Real)
}

fn extract<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let (a, width) = lifter.read(1)?;
    let (range, _) = lifter.read(2)?;
    let (start, count) = (byte_of(lifter, range, 0, width), byte_of(lifter, range, 8, width));
    let (zero, all) = (lifter.constant(0, width), lifter.constant(u64::from(width), width));
    let down = lifter.op(Op::Shr, width, &[a, start]);
    let inside = lifter.op(Op::Ult, width, &[start, all]);
    let down = lifter.op(Op::Select, width, &[inside, down, zero]);
    let (result, _) = low_bits(lifter, down, count, width);
    lifter.set_flags(Op::FlagsLogic, width, &[result]);
    lifter.put(to, result);
    Some(Lifted::Real)
}

/// `mulx high, low, a`: by `rdx`, flags untouched.
fn product<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let (high_place, low_place) = (lifter.place(0)?, lifter.place(1)?);
    let (a, width) = lifter.read(2)?;
    let b = lifter.general(2, width);
    let low = lifter.op(Op::Mul, width, &[b, a]);
    let high = lifter.op(Op::MulHighU, width, &[b, a]);
    lifter.put(low_place, low);
    lifter.put(high_place, high);
    Some(Lifted::Real)
}

/// `adcx` and `adox`: a sum whose carry lives in one flag.
fn sum_one_flag<M: Machine>(lifter: &mut Lifter<'_, M>, flag: Cond, set: Op) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let (b, width) = lifter.read(1)?;
    let a = lifter.get(to);
    let carry = lifter.test(flag);
    let wide = lifter.op(Op::ZeroExtend, width, &[carry]);
    let partial = lifter.op(Op::Add, width, &[a, b]);
    let result = lifter.op(Op::Add, width, &[partial, wide]);
    let sum = lifter.op(Op::FlagsAddCarry, width, &[a, b, carry]);
    let out = lifter.op(Op::Test(Cond::Ult), 1, &[sum]);
    let old = lifter.flags();
    lifter.set_flags(set, 8, &[out, old]);
    lifter.put(to, result);
    Some(Lifted::Real)
}

fn set_carry<M: Machine>(lifter: &mut Lifter<'_, M>, bit: u64) -> Option<Lifted> {
    let bit = lifter.constant(bit, 1);
    let old = lifter.flags();
    lifter.set_flags(Op::FlagsSetCarry, 8, &[bit, old]);
    Some(Lifted::Real)
}

fn invert_carry<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let old = lifter.flags();
    lifter.set_flags(Op::FlagsInvertCarry, 8, &[old]);
    Some(Lifted::Real)
}

fn set_direction<M: Machine>(lifter: &mut Lifter<'_, M>, down: u64) -> Option<Lifted> {
    let down = lifter.constant(down, 1);
    lifter.machine.set(Reg::DIRECTION, down);
    Some(Lifted::Real)
}

/// `sahf`: sign, zero, parity and carry from bits 7, 6, 2 and 0 of `ah`; overflow stays.
fn flags_from_ah<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let ah = lifter.part(super::operands::part(iced_x86::Register::AH)?);
    let mut flags = lifter.constant(0, 8);
    for (from, to) in [(0, 0), (6, 1), (7, 2), (2, 4)] {
        let at = lifter.constant(from, 8);
        let down = lifter.op(Op::Shr, 8, &[ah, at]);
        flags = lifter.op(Op::Insert { at: to, bits: 1 }, 8, &[flags, down]);
    }
    let overflow = lifter.test(Cond::Overflow);
    lifter.set_flags(Op::FlagsSetOverflow, 8, &[overflow, flags]);
    Some(Lifted::Real)
}
