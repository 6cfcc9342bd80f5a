//! A machine of numbers: what every [`Op`] means, to the bit.
//!
//! Values are `u128`, cut to their width. It exists for tests: the lifters run
//! on it beside an independent emulator (`bench/lifters.py`).

use crate::machine::{Cond, Lane, Machine, Op, Reg, Width};
use std::collections::BTreeMap;

/// A machine with numbers in its registers and bytes in its memory.
#[derive(Clone, Debug)]
pub struct Numbers {
    /// Bits of a pointer.
    pub pointer: Width,
    /// The registers, by [`Reg`] number.
    pub registers: Vec<u128>,
    /// Memory; what is not here reads as zero.
    pub memory: BTreeMap<u64, u8>,
    /// The condition of the last branch.
    pub taken: Option<bool>,
    /// The target of the last indirect jump or call.
    pub target: Option<u64>,
}

impl Numbers {
    /// A machine with pointers of so many bits, and zero everywhere.
    pub fn new(pointer: Width) -> Self {
        let registers = vec![0; Reg::COUNT];
        Numbers { pointer, registers, memory: BTreeMap::new(), taken: None, target: None }
    }
}

/// The low `width` bits.
pub fn cut(value: u128, width: Width) -> u128 {
    if width >= 128 { value } else { value & ((1u128 << width) - 1) }
}

/// As a signed number of `width` bits.
pub fn signed(value: u128, width: Width) -> i128 {
    let spare = 128 - u32::from(width.clamp(1, 128));
    ((value << spare) as i128) >> spare
}

fn flags(carry: bool, zero: bool, sign: bool, overflow: bool, parity: bool) -> u128 {
    u128::from(carry)
        | u128::from(zero) << 1
        | u128::from(sign) << 2
        | u128::from(overflow) << 3
        | u128::from(parity) << 4
}

fn flags_of(result: u128, width: Width, carry: bool, overflow: bool) -> u128 {
    let result = cut(result, width);
    let parity = (result as u8).count_ones().is_multiple_of(2);
    flags(carry, result == 0, signed(result, width) < 0, overflow, parity)
}

fn flags_add(a: u128, b: u128, carry: u128, width: Width) -> u128 {
    let result = cut(a.wrapping_add(b).wrapping_add(carry), width);
    let out = (cut(a, width) & cut(b, width) | (cut(a, width) | cut(b, width)) & !result) >> (width - 1) & 1;
    let overflow = ((a ^ result) & (b ^ result)) >> (width - 1) & 1;
    flags_of(result, width, out == 1, overflow == 1)
}

fn flags_sub(a: u128, b: u128, borrow: u128, width: Width) -> u128 {
    let (a, b) = (cut(a, width), cut(b, width));
    let result = cut(a.wrapping_sub(b).wrapping_sub(borrow), width);
    let overflow = ((a ^ b) & (a ^ result)) >> (width - 1) & 1;
    let out = a < b || borrow == 1 && a == b;
    flags_of(result, width, out, overflow == 1)
}

/// Whether a condition holds on flags.
pub fn holds(cond: Cond, flags: u128) -> bool {
    let bit = |at: u32| flags >> at & 1 == 1;
    let (carry, zero, sign, overflow, parity) = (bit(0), bit(1), bit(2), bit(3), bit(4));
    match cond {
        Cond::Eq => zero,
        Cond::Ult => carry,
        Cond::Ule => carry || zero,
        Cond::Slt => sign != overflow,
        Cond::Sle => zero || sign != overflow,
        Cond::Negative => sign,
        Cond::Overflow => overflow,
        Cond::Parity => parity,
        other => !holds(other.negated(), flags),
    }
}

fn float(value: u128, width: Width) -> f64 {
    match width {
        32 => f64::from(f32::from_bits(value as u32)),
        80 => from_extended(value),
        _ => f64::from_bits(value as u64),
    }
}

fn bits(value: f64, width: Width) -> u128 {
    match width {
        32 => u128::from((value as f32).to_bits()),
        80 => to_extended(value),
        _ => u128::from(value.to_bits()),
    }
}

/// The nearest double to an x87 number: sign, 15 bits of exponent, 64 bits with the leading one.
fn from_extended(value: u128) -> f64 {
    let (digits, exponent) = (value as u64, (value >> 64 & 0x7fff) as i32);
    let size = match exponent {
        0x7fff if digits << 1 == 0 => f64::INFINITY,
        0x7fff => f64::NAN,
        _ if digits == 0 => 0.0,
        _ => {
            // In two steps: one power of two may be no double.
            let power = exponent - 16383 - 63;
            digits as f64 * 2f64.powi(power / 2) * 2f64.powi(power - power / 2)
        }
    };
    if value >> 79 & 1 == 1 { -size } else { size }
}

fn to_extended(value: f64) -> u128 {
    let sign = u128::from(value.is_sign_negative()) << 79;
    let (exponent, digits) = (value.to_bits() >> 52 & 0x7ff, value.to_bits() & ((1 << 52) - 1));
    let (exponent, digits) = match (exponent, digits) {
        (0, 0) => (0, 0),
        (0, _) => {
            let up = digits.leading_zeros();
            (16383 - 1022 - u64::from(up) + 11, digits << up)
        }
        (0x7ff, _) => (0x7fff, 1 << 63 | digits << 11),
        _ => (exponent + 16383 - 1023, 1 << 63 | digits << 11),
    };
    sign | u128::from(exponent) << 64 | u128::from(digits)
}

/// Double rounding does no harm: a double has more than twice a float's digits.
fn float_op(op: Op, a: f64, b: f64) -> f64 {
    // What is no number goes through, the first before the second.
    if let Some(none) = [a, b].into_iter().find(|number| number.is_nan()) {
        return f64::from_bits(none.to_bits() | 1 << 51);
    }
    match op {
        Op::FAdd => a + b,
        Op::FSub => a - b,
        Op::FMul => a * b,
        Op::FDiv => a / b,
        _ => f64::NAN,
    }
}

/// The less, or the greater: the second where either is no number, or both are zero, as x86 does.
fn float_choice(least: bool, a: u128, b: u128, width: Width) -> u128 {
    let (x, y) = (float(a, width), float(b, width));
    if if least { x < y } else { x > y } { a } else { b }
}

fn lane(op: Lane, a: u128, b: u128, width: Width) -> u128 {
    let all = cut(u128::MAX, width);
    let truth = |holds: bool| if holds { all } else { 0 };
    let by_sign = |less: bool| if less { (a, b) } else { (b, a) };
    let float = |op| bits(float_op(op, float(a, width), float(b, width)), width);
    match op {
        Lane::Add => a.wrapping_add(b),
        Lane::Sub => a.wrapping_sub(b),
        Lane::Mul => a.wrapping_mul(b),
        Lane::Eq => truth(a == b),
        Lane::Sgt => truth(signed(a, width) > signed(b, width)),
        Lane::Uge => truth(a >= b),
        Lane::MinU => a.min(b),
        Lane::MaxU => a.max(b),
        Lane::MinS => by_sign(signed(a, width) < signed(b, width)).0,
        Lane::MaxS => by_sign(signed(a, width) < signed(b, width)).1,
        Lane::FAdd => float(Op::FAdd),
        Lane::FSub => float(Op::FSub),
        Lane::FMul => float(Op::FMul),
        Lane::FDiv => float(Op::FDiv),
        Lane::FMin => float_choice(true, a, b, width),
        Lane::FMax => float_choice(false, a, b, width),
        Lane::Shl
        | Lane::Shr
        | Lane::Sar
        | Lane::UnpackLow
        | Lane::UnpackHigh
        | Lane::Broadcast
        | Lane::Even
        | Lane::Odd => a,
    }
}

fn lanes(op: Lane, size: Width, a: u128, b: u128) -> u128 {
    let size = size.clamp(8, 64);
    let count = 128 / u32::from(size);
    let get = |value: u128, at: u32| cut(value >> (at * u32::from(size)), size);
    let one = |at: u32| match op {
        Lane::Shl => {
            if b >= u128::from(size) {
                0
            } else {
                get(a, at) << b
            }
        }
        Lane::Shr => {
            if b >= u128::from(size) {
                0
            } else {
                get(a, at) >> b
            }
        }
        Lane::Sar => (signed(get(a, at), size) >> b.min(u128::from(size - 1))) as u128,
        Lane::UnpackLow => get(if at.is_multiple_of(2) { a } else { b }, at / 2),
        Lane::UnpackHigh => get(if at.is_multiple_of(2) { a } else { b }, count / 2 + at / 2),
        Lane::Broadcast => get(a, 0),
        Lane::Even | Lane::Odd => {
            let from = if at < count / 2 { a } else { b };
            get(from, at % (count / 2) * 2 + u32::from(op == Lane::Odd))
        }
        _ => lane(op, get(a, at), get(b, at), size),
    };
    (0..count).fold(0, |sum, at| sum | cut(one(at), size) << (at * u32::from(size)))
}

/// Calculates; what is opaque gives zero.
pub fn calculate(op: Op, width: Width, operands: &[u128]) -> u128 {
    let at = |place: usize| operands.get(place).copied().unwrap_or(0);
    let (a, b, c) = (at(0), at(1), at(2));
    let by = (b % u128::from(width.max(1))) as u32;
    let truth = |holds: bool| u128::from(holds);
    let (x, y) = (float(a, width), float(b, width));
    let wide = a << width.min(64) | cut(b, width);
    let result = match op {
        Op::Add => a.wrapping_add(b),
        Op::Sub => a.wrapping_sub(b),
        Op::Mul => a.wrapping_mul(b),
        Op::Neg => a.wrapping_neg(),
        Op::Not => !a,
        Op::And => a & b,
        Op::Or => a | b,
        Op::Xor => a ^ b,
        Op::Shl => a << by,
        Op::Shr => cut(a, width) >> by,
        Op::Sar => (signed(a, width) >> by) as u128,
        Op::Rol => a << by | if by == 0 { 0 } else { cut(a, width) >> (u32::from(width) - by) },
        Op::Ror => cut(a, width) >> by | if by == 0 { 0 } else { a << (u32::from(width) - by) },
        Op::MulHighU => cut(a, width).wrapping_mul(cut(b, width)) >> width,
        Op::MulHighS => (signed(a, width).wrapping_mul(signed(b, width)) >> width) as u128,
        Op::DivU => cut(a, width).checked_div(cut(b, width)).unwrap_or(0),
        Op::RemU => cut(a, width).checked_rem(cut(b, width)).unwrap_or(0),
        Op::DivS => signed(a, width).checked_div(signed(b, width)).unwrap_or(0) as u128,
        Op::RemS => signed(a, width).checked_rem(signed(b, width)).unwrap_or(0) as u128,
        Op::DivWideU => wide.checked_div(cut(c, width)).unwrap_or(0),
        Op::RemWideU => wide.checked_rem(cut(c, width)).unwrap_or(0),
        Op::DivWideS => signed(wide, width.min(64) * 2).checked_div(signed(c, width)).unwrap_or(0) as u128,
        Op::RemWideS => signed(wide, width.min(64) * 2).checked_rem(signed(c, width)).unwrap_or(0) as u128,
        Op::Truncate | Op::ZeroExtend => a,
        Op::SignExtend(from) => signed(a, from) as u128,
        Op::Insert { at, bits } => {
            let mask = cut(u128::MAX, bits) << at.min(127);
            a & !mask | b << at.min(127) & mask
        }
        Op::Eq => return truth(cut(a, width) == cut(b, width)),
        Op::Ult => return truth(cut(a, width) < cut(b, width)),
        Op::Slt => return truth(signed(a, width) < signed(b, width)),
        Op::Select => {
            if a & 1 == 1 {
                b
            } else {
                c
            }
        }
        Op::PopCount => u128::from(cut(a, width).count_ones()),
        Op::LeadingZeros => u128::from(cut(a, width).leading_zeros()) + u128::from(width) - 128,
        Op::TrailingZeros => u128::from(cut(a, width).trailing_zeros()).min(u128::from(width)),
        Op::ByteSwap => a.swap_bytes() >> (128 - u32::from(width.clamp(8, 128))),
        Op::BitReverse => a.reverse_bits() >> (128 - u32::from(width.clamp(8, 128))),
        Op::FAdd | Op::FSub | Op::FMul | Op::FDiv => bits(float_op(op, x, y), width),
        Op::FMin => float_choice(true, a, b, width),
        Op::FMax => float_choice(false, a, b, width),
        Op::FSqrt => bits(x.sqrt(), width),
        Op::FNeg => a ^ 1 << (width - 1),
        Op::FAbs => a & !(1 << (width - 1)),
        Op::FMulAdd if width == 32 => {
            let part = |value: u128| f32::from_bits(value as u32);
            u128::from(part(a).mul_add(part(b), part(c)).to_bits())
        }
        Op::FMulAdd => bits(x.mul_add(y, float(c, width)), width),
        Op::FEq => return truth(x == y),
        Op::FLt => return truth(x < y),
        Op::FUnordered => return truth(x.is_nan() || y.is_nan()),
        Op::FloatFromS(from) if width == 32 => u128::from((signed(a, from) as f32).to_bits()),
        Op::FloatFromS(from) => u128::from((signed(a, from) as f64).to_bits()),
        Op::FloatFromU(from) if width == 32 => u128::from((cut(a, from) as f32).to_bits()),
        Op::FloatFromU(from) => u128::from((cut(a, from) as f64).to_bits()),
        Op::FloatToS(from) => float_to_signed(float(a, from), width),
        Op::FloatToU(from) => u128::from(float(a, from) as u64).min(cut(u128::MAX, width)), // as A64 does
        Op::FloatConvert(from) => bits(float(a, from), width),
        Op::FRound(mode) => bits(
            match mode {
                0 => x.round_ties_even(),
                1 => x.floor(),
                2 => x.ceil(),
                4 => x.round(),
                _ => x.trunc(),
            },
            width,
        ),
        Op::FlagsSub => return flags_sub(a, b, 0, width),
        Op::FlagsAdd => return flags_add(a, b, 0, width),
        Op::FlagsAddCarry => return flags_add(a, b, c & 1, width),
        Op::FlagsSubBorrow => return flags_sub(a, b, c & 1, width),
        Op::FlagsLogic => return flags_of(a, width, false, false),
        Op::FlagsKeepCarry => return a & !1 | b & 1,
        Op::FlagsSetCarry => return b & !1 | a & 1,
        Op::FlagsSetOverflow => return b & !8 | (a & 1) << 3,
        Op::FlagsInvertCarry => return a ^ 1,
        Op::FlagsFloat => {
            let unordered = x.is_nan() || y.is_nan();
            return flags(x < y || unordered, x == y || unordered, false, false, unordered);
        }
        Op::FlagsFloatA64 => {
            return flags(x < y, x == y, x < y, x.is_nan() || y.is_nan(), false);
        }
        Op::Test(cond) => return truth(holds(cond, a)),
        Op::Lanes(op, size) => lanes(op, size, a, b),
        Op::Shuffle(_) | Op::Opaque(_) => 0,
    };
    cut(result, width)
}

/// x86 gives the least number where it does not fit.
fn float_to_signed(value: f64, width: Width) -> u128 {
    let bound = 2f64.powi(i32::from(width) - 1);
    if value.is_nan() || value >= bound || value < -bound - 1.0 {
        return 1u128 << (width - 1);
    }
    value as i64 as u128
}

impl Machine for Numbers {
    type Value = u128;

    fn constant(&mut self, value: u64, width: Width) -> u128 {
        cut(u128::from(value), width)
    }

    fn immediate(&mut self, value: u64, width: Width, _: u64) -> u128 {
        cut(u128::from(value), width)
    }

    fn address(&mut self, address: u64) -> u128 {
        cut(u128::from(address), self.pointer)
    }

    fn get(&mut self, reg: Reg) -> u128 {
        self.registers.get(usize::from(reg.0)).copied().unwrap_or(0)
    }

    fn set(&mut self, reg: Reg, value: u128) {
        if let Some(register) = self.registers.get_mut(usize::from(reg.0)) {
            *register = value;
        }
    }

    fn op(&mut self, op: Op, width: Width, operands: &[u128]) -> u128 {
        calculate(op, width, operands)
    }

    fn load(&mut self, address: u128, width: Width) -> u128 {
        let address = cut(address, self.pointer) as u64;
        let byte = |at: u64| self.memory.get(&address.wrapping_add(at)).copied().unwrap_or(0);
        (0..u64::from(width / 8)).fold(0, |value, at| value | u128::from(byte(at)) << (8 * at))
    }

    fn store(&mut self, address: u128, value: u128, width: Width) {
        let address = cut(address, self.pointer) as u64;
        for at in 0..u64::from(width / 8) {
            self.memory.insert(address.wrapping_add(at), (value >> (8 * at)) as u8);
        }
    }

    fn branch(&mut self, condition: u128) {
        self.taken = Some(condition & 1 == 1);
    }

    fn target(&mut self, target: u128) {
        self.target = Some(cut(target, self.pointer) as u64);
    }

    fn block(&mut self, copy: bool, to: u128, source: u128, count: u128, width: Width) {
        let step = u128::from(width / 8);
        for at in 0..count.min(1 << 16) {
            let value = if copy { self.load(source.wrapping_add(at * step), width) } else { source };
            self.store(to.wrapping_add(at * step), value, width);
        }
    }
}
