//! Conditions: which one a `jcc`, `setcc` or `cmovcc` asks for, and what they do with it.

use super::operands::Lifter;
use crate::machine::{Cond, Lifted, Machine, Op};
use iced_x86::Mnemonic::{self, *};

/// The condition in a mnemonic's name.
#[inline]
pub(super) fn condition(mnemonic: Mnemonic) -> Option<Cond> {
    Some(match mnemonic {
        Jo | Seto | Cmovo => Cond::Overflow,
        Jno | Setno | Cmovno => Cond::NoOverflow,
        Jb | Setb | Cmovb => Cond::Ult,
        Jae | Setae | Cmovae => Cond::Uge,
        Je | Sete | Cmove => Cond::Eq,
        Jne | Setne | Cmovne => Cond::Ne,
        Jbe | Setbe | Cmovbe => Cond::Ule,
        Ja | Seta | Cmova => Cond::Ugt,
        Js | Sets | Cmovs => Cond::Negative,
        Jns | Setns | Cmovns => Cond::NotNegative,
        Jp | Setp | Cmovp => Cond::Parity,
        Jnp | Setnp | Cmovnp => Cond::NoParity,
        Jl | Setl | Cmovl => Cond::Slt,
        Jge | Setge | Cmovge => Cond::Sge,
        Jle | Setle | Cmovle => Cond::Sle,
        Jg | Setg | Cmovg => Cond::Sgt,
        _ => return None,
    })
}

/// `jcc`.
pub(super) fn branch<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let holds = lifter.test(condition(lifter.instruction.mnemonic())?);
    lifter.machine.branch(holds);
    Some(Lifted::Real)
}

/// `setcc`.
pub(super) fn set<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let holds = lifter.test(condition(lifter.instruction.mnemonic())?);
    let byte = lifter.op(Op::ZeroExtend, 8, &[holds]);
    lifter.put(to, byte);
    Some(Lifted::Real)
}

/// `cmovcc`.
pub(super) fn select<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    let to = lifter.place(0)?;
    let (new, width) = lifter.read(1)?;
    let holds = lifter.test(condition(lifter.instruction.mnemonic())?);
    let old = lifter.get(to);
    let value = lifter.op(Op::Select, width, &[holds, new, old]);
    lifter.put(to, value);
    Some(Lifted::Real)
}

/// `jecxz`, `loop` and kin: on the counter, after `loop` took one from it.
pub(super) fn counter<M: Machine>(lifter: &mut Lifter<'_, M>, bits: u8) -> Option<Lifted> {
    let mnemonic = lifter.instruction.mnemonic();
    let mut count = lifter.general(1, bits);
    if matches!(mnemonic, Loop | Loope | Loopne) {
        let one = lifter.constant(1, bits);
        count = lifter.op(Op::Sub, bits, &[count, one]);
        lifter.set_general(1, bits, count);
    }
    let zero = lifter.constant(0, bits);
    let ended = lifter.op(Op::Eq, bits, &[count, zero]);
    let holds = match mnemonic {
        Jcxz | Jecxz | Jrcxz => ended,
        _ => {
            let one = lifter.constant(1, 1);
            lifter.op(Op::Xor, 1, &[ended, one])
        }
    };
    let also = match mnemonic {
        Loope => lifter.test(Cond::Eq),
        Loopne => lifter.test(Cond::Ne),
        _ => {
            lifter.machine.branch(holds);
            return Some(Lifted::Real);
        }
    };
    let both = lifter.op(Op::And, 1, &[holds, also]);
    lifter.machine.branch(both);
    Some(Lifted::Real)
}
