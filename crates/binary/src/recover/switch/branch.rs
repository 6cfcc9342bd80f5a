//! What branches, jumps and calls on the way to a switch say by themselves.

use crate::decode::{Instruction, Raw};
use iced_x86::{Mnemonic, OpKind, Register};

/// Whether a conditional branch bounds an unsigned comparison, seen from the side
/// taken (`taken`) or fallen through: `Some(true)` for "at most", `Some(false)`
/// for "less than".
pub fn bounding(instruction: &Instruction, taken: bool) -> Option<bool> {
    match &instruction.raw {
        Raw::X86(raw, _) => match (raw.mnemonic(), taken) {
            (Mnemonic::Ja, false) | (Mnemonic::Jbe, true) => Some(true),
            (Mnemonic::Jae, false) | (Mnemonic::Jb, true) => Some(false),
            (Mnemonic::Jg, false) | (Mnemonic::Jle, true) => Some(true),
            (Mnemonic::Jge, false) | (Mnemonic::Jl, true) => Some(false),
            _ => None,
        },
        Raw::A64(word) if word & 0xff00_0010 == 0x5400_0000 => match (word & 15, taken) {
            (8, false) | (9, true) => Some(true),   // hi, ls
            (2, false) | (3, true) => Some(false),  // hs, lo
            (12, false) | (13, true) => Some(true), // gt, le
            _ => None,
        },
        Raw::A64(_) => None,
    }
}

/// Whether the operand in memory has an index times `scale`.
pub fn is_indexed(instruction: &Instruction, scale: usize) -> bool {
    let Raw::X86(raw, _) = &instruction.raw else { return false };
    raw.op0_kind() == OpKind::Memory
        && raw.memory_index() != Register::None
        && raw.memory_index_scale() as usize == scale
}

/// The slot that `jmp [slot]` or `call [slot]` reads, where it is fixed.
pub fn fixed_slot(instruction: &Instruction) -> Option<u64> {
    let Raw::X86(raw, _) = &instruction.raw else { return None };
    if raw.op0_kind() != OpKind::Memory {
        return None;
    }
    let fixed = raw.is_ip_rel_memory_operand()
        || raw.memory_base() == Register::None && raw.memory_index() == Register::None;
    fixed.then(|| raw.memory_displacement64())
}
