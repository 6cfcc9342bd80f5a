//! Integers: moves, sums, logic, products, quotients; branches on the flags.

use super::operands::Lifter;
use super::{flags, stack};
use crate::machine::{Cond, Lifted, Machine, Op, Reg, Width};
use iced_x86::Mnemonic::*;
use iced_x86::{OpKind, Register};

/// Lifts an instruction of this subject.
pub(super) fn lift<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    match lifter.instruction.mnemonic() {
        Mov | Movnti => copy(lifter, None),
        Movzx => copy(lifter, Some(false)),
        Movsx | Movsxd => copy(lifter, Some(true)),
        Lea => load_address(lifter),
        Push => stack::push(lifter),
        Pop => stack::pop(lifter),
        Cmp => compare(lifter, false),
        Test => compare(lifter, true),
        Add => sum(lifter, Op::Add, Op::FlagsAdd),
        Sub => sum(lifter, Op::Sub, Op::FlagsSub),
        Adc => sum_with_carry(lifter, Op::Add, Op::FlagsAddCarry),
        Sbb => sum_with_carry(lifter, Op::Sub, Op::FlagsSubBorrow),
        And => logic(lifter, Op::And),
        Or => logic(lifter, Op::Or),
        Xor => logic(lifter, Op::Xor),
        Inc => step(lifter, Op::Add, Op::FlagsAdd),
        Dec => step(lifter, Op::Sub, Op::FlagsSub),
        Neg => negate(lifter),
        Not => invert(lifter),
        Jo | Jno | Jb | Jae | Je | Jne | Jbe | Ja | Js | Jns | Jp | Jnp | Jl | Jge | Jle | Jg => {
            flags::branch(lifter)
        }
        Seto | Setno | Setb | Setae | Sete | Setne | Setbe | Seta | Sets | Setns | Setp | Setnp | Setl
        | Setge | Setle | Setg => flags::set(lifter),
        Cmovo | Cmovno | Cmovb | Cmovae | Cmove | Cmovne | Cmovbe | Cmova | Cmovs | Cmovns | Cmovp
        | Cmovnp | Cmovl | Cmovge | Cmovle | Cmovg => flags::select(lifter),
        Jmp | Call => transfer(lifter),
        Ret | Retf | Nop | Endbr32 | Endbr64 | Int3 | Ud2 | Hlt | Pause | Mfence | Lfence | Sfence | Wait
        | Prefetcht0 | Prefetcht1 | Prefetcht2 | Prefetchnta | Prefetch | Prefetchw | Vzeroupper => {
            Some(Lifted::Real)
        }
        Imul => product_signed(lifter),
        Mul => product_wide(lifter, Op::MulHighU),
        Div => quotient(lifter, false),
        Idiv => quotient(lifter, true),
        Cbw => widen(lifter, 8),
        Cwde => widen(lifter, 16),
        Cdqe => widen(lifter, 32),
        Cwd => spread_sign(lifter, 16),
        Cdq => spread_sign(lifter, 32),
        Cqo => spread_sign(lifter, 64),
        Xchg => exchange(lifter),
        Xadd => exchange_add(lifter),
        Cmpxchg => compare_exchange(lifter),
        Jcxz | Jecxz | Jrcxz | Loop | Loope | Loopne => count_branch(lifter),
        _ => None,
    }
}

/// `mov`, with zeroes (`Some(false)`) or the sign (`Some(true)`) in front where it widens.
fn copy<M: Machine>(lifter: &mut Lifter<'_, M>, signed: Option<bool>) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let (value, from) = lifter.read(1)?;
    let value = match signed {
        Some(true) if from < to.width() => lifter.op(Op::SignExtend(from), to.width(), &[value]),
        _ => lifter.fit(value, from, to.width()),
    };
    lifter.put(to, value);
    Some(Lifted::Real)
}

fn load_address<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let address = lifter.effective_address();
    let value = lifter.fit(address, lifter.pointer, to.width());
    lifter.put(to, value);
    Some(Lifted::Real)
}

/// Whether both operands are the same register.
pub(super) fn twice<M: Machine>(lifter: &Lifter<'_, M>, first: u32, second: u32) -> bool {
    let instruction = lifter.instruction;
    instruction.op_kind(first) == OpKind::Register
        && instruction.op_kind(second) == OpKind::Register
        && instruction.op_register(first) == instruction.op_register(second)
}

/// `cmp` and `test`.
fn compare<M: Machine>(lifter: &mut Lifter<'_, M>, bits: bool) -> Option<Lifted> {
    let (a, width) = lifter.read(0)?;
    if bits && twice(lifter, 0, 1) {
        lifter.set_flags(Op::FlagsLogic, width, &[a]);
        return Some(Lifted::Real);
    }
    let (b, _) = lifter.read(1)?;
    if bits {
        let both = lifter.op(Op::And, width, &[a, b]);
        lifter.set_flags(Op::FlagsLogic, width, &[both]);
    } else {
        lifter.set_flags(Op::FlagsSub, width, &[a, b]);
    }
    Some(Lifted::Real)
}

fn sum<M: Machine>(lifter: &mut Lifter<'_, M>, op: Op, flags: Op) -> Option<Lifted> {
    if op == Op::Sub && twice(lifter, 0, 1) {
        return clear(lifter);
    }
    let to = lifter.place(0)?;
    let (b, _) = lifter.read(1)?;
    let a = lifter.get(to);
    let result = lifter.op(op, to.width(), &[a, b]);
    lifter.set_flags(flags, to.width(), &[a, b]);
    lifter.put(to, result);
    Some(Lifted::Real)
}

/// `xor r,r`, `sub r,r`.
fn clear<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let zero = lifter.constant(0, to.width());
    lifter.set_flags(Op::FlagsLogic, to.width(), &[zero]);
    lifter.put(to, zero);
    Some(Lifted::Real)
}

fn sum_with_carry<M: Machine>(lifter: &mut Lifter<'_, M>, op: Op, flags: Op) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let width = to.width();
    let (a, b) = if op == Op::Sub && twice(lifter, 0, 1) {
        let zero = lifter.constant(0, width);
        (zero, zero)
    } else {
        let (b, _) = lifter.read(1)?;
        (lifter.get(to), b)
    };
    let carry = lifter.test(Cond::Ult);
    let wide = lifter.op(Op::ZeroExtend, width, &[carry]);
    let partial = lifter.op(op, width, &[a, b]);
    let result = lifter.op(op, width, &[partial, wide]);
    lifter.set_flags(flags, width, &[a, b, carry]);
    lifter.put(to, result);
    Some(Lifted::Real)
}

fn logic<M: Machine>(lifter: &mut Lifter<'_, M>, op: Op) -> Option<Lifted> {
    let same = twice(lifter, 0, 1);
    if same && op == Op::Xor {
        return clear(lifter);
    }
    let to = lifter.place(0)?;
    let a = lifter.get(to);
    let result = if same {
        a
    } else {
        let (b, _) = lifter.read(1)?;
        lifter.op(op, to.width(), &[a, b])
    };
    lifter.set_flags(Op::FlagsLogic, to.width(), &[result]);
    lifter.put(to, result);
    Some(Lifted::Real)
}

/// `inc` and `dec`: carry stays as it was.
fn step<M: Machine>(lifter: &mut Lifter<'_, M>, op: Op, flags: Op) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let a = lifter.get(to);
    let one = lifter.constant(1, to.width());
    let result = lifter.op(op, to.width(), &[a, one]);
    let new = lifter.op(flags, to.width(), &[a, one]);
    let old = lifter.flags();
    lifter.set_flags(Op::FlagsKeepCarry, 8, &[new, old]);
    lifter.put(to, result);
    Some(Lifted::Real)
}

fn negate<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let a = lifter.get(to);
    let zero = lifter.constant(0, to.width());
    let result = lifter.op(Op::Neg, to.width(), &[a]);
    lifter.set_flags(Op::FlagsSub, to.width(), &[zero, a]);
    lifter.put(to, result);
    Some(Lifted::Real)
}

fn invert<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let a = lifter.get(to);
    let result = lifter.op(Op::Not, to.width(), &[a]);
    lifter.put(to, result);
    Some(Lifted::Real)
}

/// `jmp` and `call`: only an indirect one says where it goes.
fn transfer<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    match lifter.instruction.op0_kind() {
        OpKind::Register | OpKind::Memory => {
            let place = lifter.place(0)?;
            if place.width() != lifter.pointer {
                return None;
            }
            let target = lifter.get(place);
            lifter.machine.target(target);
        }
        _ => {}
    }
    Some(Lifted::Real)
}

/// Carry and overflow are one bit, the rest as of `result` (which x86 leaves undefined).
fn set_product_flags<M: Machine>(lifter: &mut Lifter<'_, M>, lost: M::Value, result: M::Value, width: Width) {
    let plain = lifter.op(Op::FlagsLogic, width, &[result]);
    let carry = lifter.op(Op::FlagsSetCarry, 8, &[lost, plain]);
    lifter.set_flags(Op::FlagsSetOverflow, 8, &[lost, carry]);
}

fn product_signed<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let count = lifter.instruction.op_count();
    if count == 1 {
        return product_wide(lifter, Op::MulHighS);
    }
    let to = lifter.place(0)?;
    let (a, width) = if count == 3 { lifter.read(1)? } else { lifter.read(0)? };
    let (b, _) = if count == 3 { lifter.read(2)? } else { lifter.read(1)? };
    let low = lifter.op(Op::Mul, width, &[a, b]);
    let lost = product_lost(lifter, Op::MulHighS, width, a, b, low).1;
    set_product_flags(lifter, lost, low, width);
    lifter.put(to, low);
    Some(Lifted::Real)
}

/// The upper half of a product, and whether it says more than the lower.
fn product_lost<M: Machine>(
    lifter: &mut Lifter<'_, M>,
    op: Op,
    width: Width,
    a: M::Value,
    b: M::Value,
    low: M::Value,
) -> (M::Value, M::Value) {
    let high = lifter.op(op, width, &[a, b]);
    let fits = if op == Op::MulHighS {
        let sign = lifter.constant(u64::from(width) - 1, width);
        lifter.op(Op::Sar, width, &[low, sign])
    } else {
        lifter.constant(0, width)
    };
    let equal = lifter.op(Op::Eq, width, &[high, fits]);
    let one = lifter.constant(1, 1);
    (high, lifter.op(Op::Xor, 1, &[equal, one]))
}

/// The one-operand forms of `mul` and `imul`: the product is `rdx:rax`, or `ax`.
fn product_wide<M: Machine>(lifter: &mut Lifter<'_, M>, op: Op) -> Option<Lifted> {
    let (b, width) = lifter.read(0)?;
    let a = lifter.general(0, width);
    let low = lifter.op(Op::Mul, width, &[a, b]);
    let (high, lost) = product_lost(lifter, op, width, a, b, low);
    set_product_flags(lifter, lost, low, width);
    lifter.set_general(0, width, low);
    set_upper(lifter, width, high);
    Some(Lifted::Real)
}

/// Sets what `mul` and `div` keep above: `ah`, `dx`, `edx`, `rdx`.
fn set_upper<M: Machine>(lifter: &mut Lifter<'_, M>, width: Width, value: M::Value) {
    if width == 8 {
        if let Some(ah) = super::operands::part(Register::AH) {
            lifter.set_part(ah, value);
        }
    } else {
        lifter.set_general(2, width, value);
    }
}

fn quotient<M: Machine>(lifter: &mut Lifter<'_, M>, signed: bool) -> Option<Lifted> {
    let (by, width) = lifter.read(0)?;
    let (quotient, remainder) =
        if signed { (Op::DivWideS, Op::RemWideS) } else { (Op::DivWideU, Op::RemWideU) };
    let low = lifter.general(0, width);
    let high =
        if width == 8 { lifter.part(super::operands::part(Register::AH)?) } else { lifter.general(2, width) };
    let quotient = lifter.op(quotient, width, &[high, low, by]);
    let remainder = lifter.op(remainder, width, &[high, low, by]);
    lifter.set_general(0, width, quotient);
    set_upper(lifter, width, remainder);
    Some(Lifted::Real)
}

/// `cbw`, `cwde`, `cdqe`: the low `from` bits of `rax` become twice as many.
fn widen<M: Machine>(lifter: &mut Lifter<'_, M>, from: Width) -> Option<Lifted> {
    let value = lifter.general(0, from);
    let value = lifter.op(Op::SignExtend(from), from * 2, &[value]);
    lifter.set_general(0, from * 2, value);
    Some(Lifted::Real)
}

/// `cwd`, `cdq`, `cqo`: the sign of `rax` fills `rdx`.
fn spread_sign<M: Machine>(lifter: &mut Lifter<'_, M>, width: Width) -> Option<Lifted> {
    let value = lifter.general(0, width);
    let by = lifter.constant(u64::from(width) - 1, width);
    let sign = lifter.op(Op::Sar, width, &[value, by]);
    lifter.set_general(2, width, sign);
    Some(Lifted::Real)
}

pub(super) fn exchange<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let (first, second) = (lifter.place(0)?, lifter.place(1)?);
    let (a, b) = (lifter.get(first), lifter.get(second));
    lifter.put(first, b);
    lifter.put(second, a);
    Some(Lifted::Real)
}

fn exchange_add<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let (to, other) = (lifter.place(0)?, lifter.place(1)?);
    let (a, b) = (lifter.get(to), lifter.get(other));
    let result = lifter.op(Op::Add, to.width(), &[a, b]);
    lifter.set_flags(Op::FlagsAdd, to.width(), &[a, b]);
    lifter.put(other, a);
    lifter.put(to, result);
    Some(Lifted::Real)
}

fn compare_exchange<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let (new, width) = lifter.read(1)?;
    let old = lifter.get(to);
    let expected = lifter.general(0, width);
    lifter.set_flags(Op::FlagsSub, width, &[expected, old]);
    let equal = lifter.op(Op::Eq, width, &[expected, old]);
    let stored = lifter.op(Op::Select, width, &[equal, new, old]);
    // Where they are equal the accumulator stays whole; it may be the destination too.
    let before = lifter.reg(Reg::general(0));
    lifter.set_general(0, width, old);
    let after = lifter.reg(Reg::general(0));
    let accumulator = lifter.op(Op::Select, lifter.pointer, &[equal, before, after]);
    lifter.machine.set(Reg::general(0), accumulator);
    lifter.put(to, stored);
    Some(Lifted::Real)
}

fn count_branch<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    // The counter has the size of an address: another one where a prefix says so.
    use iced_x86::Code::*;
    let bits = match lifter.instruction.code() {
        Jrcxz_rel8_64 | Loop_rel8_64_RCX | Loope_rel8_64_RCX | Loopne_rel8_64_RCX => 64,
        Jecxz_rel8_32 | Jecxz_rel8_64 | Loop_rel8_32_ECX | Loop_rel8_64_ECX | Loope_rel8_32_ECX
        | Loope_rel8_64_ECX | Loopne_rel8_32_ECX | Loopne_rel8_64_ECX => 32,
        _ => return None,
    };
    flags::counter(lifter, bits)
}
