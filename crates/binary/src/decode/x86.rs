//! x86 of both widths, by `iced-x86`.

use super::{Flow, Instruction, Raw};
use iced_x86::{Code, ConstantOffsets, FlowControl, Mnemonic, OpKind};

/// Decodes the next instruction; false where the bytes end or are none. Constant offsets are worked out where it has
/// `least` bytes or more.
#[inline]
pub(super) fn read(decoder: &mut iced_x86::Decoder<'_>, least: usize, instruction: &mut Instruction) -> bool {
    if !decoder.can_decode() {
        return false;
    }
    if matches!(instruction.raw, Raw::A64(_)) {
        instruction.raw = Raw::X86(iced_x86::Instruction::default(), ConstantOffsets::default());
    }
    let Raw::X86(raw, offsets) = &mut instruction.raw else { return false };
    decoder.decode_out(raw);
    if raw.is_invalid() {
        return false;
    }
    *offsets =
        if raw.len() >= least { decoder.get_constant_offsets(raw) } else { ConstantOffsets::default() };
    // at most 15
    (instruction.address, instruction.len, instruction.flow) = (raw.ip(), raw.len() as u8, flow(raw));
    true
}

fn flow(raw: &iced_x86::Instruction) -> Flow {
    match raw.flow_control() {
        FlowControl::Next | FlowControl::XbeginXabortXend => Flow::Next,
        FlowControl::UnconditionalBranch => near_target(raw).map_or(Flow::IndirectJump, Flow::Jump),
        FlowControl::ConditionalBranch => near_target(raw).map_or(Flow::Next, Flow::Branch),
        FlowControl::IndirectBranch => Flow::IndirectJump,
        // `syscall` and its kin are calls for iced, plain instructions for us.
        FlowControl::Call => match raw.mnemonic() {
            Mnemonic::Call => near_target(raw).map_or(Flow::IndirectCall, Flow::Call),
            _ => Flow::Next,
        },
        FlowControl::IndirectCall => Flow::IndirectCall,
        FlowControl::Return => Flow::Return,
        FlowControl::Interrupt => interrupt(raw),
        FlowControl::Exception => Flow::Stop,
    }
}

/// `int 29h` is Windows' fail-fast; other software interrupts come back.
fn interrupt(raw: &iced_x86::Instruction) -> Flow {
    match raw.code() {
        Code::Int3 => Flow::Stop,
        Code::Int_imm8 if raw.immediate8() == 0x29 => Flow::Stop,
        _ => Flow::Next,
    }
}

fn near_target(raw: &iced_x86::Instruction) -> Option<u64> {
    match raw.op0_kind() {
        OpKind::NearBranch16 | OpKind::NearBranch32 | OpKind::NearBranch64 => Some(raw.near_branch_target()),
        _ => None,
    }
}

/// Whether compilers and linkers put this instruction between functions.
pub fn is_padding(raw: &iced_x86::Instruction) -> bool {
    match raw.mnemonic() {
        Mnemonic::Nop | Mnemonic::Int3 => true,
        // lea esi,[esi+0], mov edi,edi, xchg ax,ax
        Mnemonic::Lea => {
            raw.memory_base() == raw.op0_register()
                && raw.memory_index() == iced_x86::Register::None
                && raw.memory_displacement64() == 0
                || raw.memory_index() == raw.op0_register()
                    && raw.memory_base() == iced_x86::Register::None
                    && raw.memory_index_scale() == 1
                    && raw.memory_displacement64() == 0
        }
        Mnemonic::Xchg => raw.op0_kind() == OpKind::Register && raw.op0_register() == raw.op1_register(),
        _ => false,
    }
}
