//! What compilers write and do not write, seen from one or two instructions.

use crate::decode::{Decoder, Flow, Instruction, Raw, a64, x86};
use crate::{Arch, Image};
use iced_x86::{ConditionCode, Mnemonic, OpKind, Register};

/// Instructions of ports, of the kernel, and of 16-bit programs: where they seem to be, there is data.
const NO_USER_CODE: [Mnemonic; 23] = [
    Mnemonic::In,
    Mnemonic::Out,
    Mnemonic::Insb,
    Mnemonic::Insd,
    Mnemonic::Outsb,
    Mnemonic::Outsd,
    Mnemonic::Hlt,
    Mnemonic::Cli,
    Mnemonic::Sti,
    Mnemonic::Iretd,
    Mnemonic::Iretq,
    Mnemonic::Les,
    Mnemonic::Lds,
    Mnemonic::Arpl,
    Mnemonic::Bound,
    Mnemonic::Into,
    Mnemonic::Aaa,
    Mnemonic::Aas,
    Mnemonic::Daa,
    Mnemonic::Das,
    Mnemonic::Aam,
    Mnemonic::Aad,
    Mnemonic::Salc,
];

/// Whether compilers and linkers put this instruction between functions.
pub fn is_padding(raw: &Raw) -> bool {
    match raw {
        Raw::X86(raw, _) => x86::is_padding(raw),
        Raw::A64(word) => a64::is_padding(*word),
    }
}

/// Whether control never goes on to the next instruction.
pub fn ends_run(flow: Flow) -> bool {
    matches!(flow, Flow::Jump(_) | Flow::IndirectJump | Flow::Return | Flow::Stop)
}

/// Instructions that decode but that no compiler emits in user code.
pub fn is_sane(instruction: &Instruction) -> bool {
    match &instruction.raw {
        // `udf`, whatever its number: zeros, and what ARM64EC has before functions
        Raw::A64(word) => a64::instruction(*word).is_some() && *word > 0xffff,
        Raw::X86(raw, _) => {
            // add [eax],al: a run of zeros
            let zeros = raw.mnemonic() == Mnemonic::Add
                && raw.op0_kind() == OpKind::Memory
                && raw.op1_register() == Register::AL
                && raw.memory_base().full_register() == Register::RAX
                && raw.memory_index() == Register::None
                && raw.memory_displacement64() == 0;
            let foreign = NO_USER_CODE.contains(&raw.mnemonic());
            let far =
                matches!(raw.op0_kind(), OpKind::FarBranch16 | OpKind::FarBranch32) && raw.op_count() > 0;
            let segment = raw.op_count() > 0
                && raw.op0_kind() == OpKind::Register
                && raw.op0_register().is_segment_register();
            !(zeros || foreign || far || segment)
        }
    }
}

/// Whether a frame is set up at `at` in the way that nothing but a function's beginning does.
pub fn is_strong_prologue(image: &Image, at: u64) -> bool {
    let mut decoder = Decoder::control(image.arch_at(at), image.tail(at), at);
    let (Some(first), Some(second)) = (decoder.next(), decoder.next()) else { return false };
    match (&first.raw, &second.raw) {
        (Raw::A64(word), _) => matches!(word, 0xd503_233f | 0xd503_245f) || word & 0xffc0_7fff == 0xa980_7bfd,
        (Raw::X86(first, _), Raw::X86(second, _)) => {
            let frame = first.mnemonic() == Mnemonic::Push
                && first.op0_register().full_register() == Register::RBP
                && second.mnemonic() == Mnemonic::Mov
                && second.op0_register().full_register() == Register::RBP
                && second.op1_register().full_register() == Register::RSP;
            frame || matches!(first.mnemonic(), Mnemonic::Endbr64 | Mnemonic::Endbr32)
        }
        _ => false,
    }
}

/// Whether the instruction at `at` is one that functions begin with.
pub fn is_prologue(image: &Image, at: u64) -> bool {
    let mut decoder = Decoder::control(image.arch_at(at), image.tail(at), at);
    let Some(first) = decoder.next() else { return false };
    match &first.raw {
        Raw::A64(word) => {
            matches!(word, 0xd503_233f | 0xd503_245f) // paciasp, bti c
                || word & 0xffc0_7fff == 0xa980_7bfd // stp x29, x30, [sp, #-…]!
                || word & 0xff00_03ff == 0xd100_03ff // sub sp, sp, #…
        }
        Raw::X86(raw, _) => match raw.mnemonic() {
            Mnemonic::Endbr64 | Mnemonic::Endbr32 => true,
            Mnemonic::Push => raw.op0_kind() == OpKind::Register,
            Mnemonic::Sub => raw.op0_register().full_register() == Register::RSP,
            // mov edi,edi before a hot-patchable function; mov [rsp+8],rcx in 64-bit Windows
            Mnemonic::Mov => {
                raw.op0_kind() == OpKind::Register
                    && raw.op0_register() == Register::EDI
                    && raw.op1_kind() == OpKind::Register
                    && raw.op1_register() == Register::EDI
                    || raw.op0_kind() == OpKind::Memory && raw.memory_base() == Register::RSP
            }
            _ => false,
        },
    }
}

/// Whether this instruction takes down a stack frame, as the one before a tail call does.
pub fn restores_stack(raw: &Raw) -> bool {
    match raw {
        Raw::A64(word) => {
            word & 0xff00_03ff == 0x9100_03ff // add sp, sp, #…
                || word & 0xffc0_03e0 == 0xa8c0_03e0 // ldp …, [sp], #…
                || word & 0xffe0_0fe0 == 0xf840_07e0 // ldr …, [sp], #…
        }
        Raw::X86(raw, _) => match raw.mnemonic() {
            Mnemonic::Pop | Mnemonic::Leave => true,
            Mnemonic::Add | Mnemonic::Lea => raw.op0_register().full_register() == Register::RSP,
            _ => false,
        },
    }
}

/// Whether one of two branches is taken wherever the other is not, by the same test.
pub fn are_opposite(a: &Raw, b: &Raw) -> bool {
    match (a, b) {
        (Raw::X86(a, _), Raw::X86(b, _)) => {
            let mut other = *a;
            other.negate_condition_code();
            a.condition_code() != ConditionCode::None && other.condition_code() == b.condition_code()
        }
        // b.cond: the last bit of the condition; cbz and tbz: bit 24; each with the same operands
        (Raw::A64(a), Raw::A64(b)) if a >> 24 == 0x54 => b >> 24 == 0x54 && (a ^ b) & 31 == 1,
        (Raw::A64(a), Raw::A64(b)) if a >> 25 & 0x3f == 0x1a => (a ^ b) & 0xff00_001f == 1 << 24,
        (Raw::A64(a), Raw::A64(b)) if a >> 25 & 0x3f == 0x1b => (a ^ b) & 0xfff8_001f == 1 << 24,
        _ => false,
    }
}

/// Whether `address` lies where compilers start functions: aligned to 16, behind padding.
pub fn is_function_boundary(image: &Image, address: u64) -> bool {
    let Some(before) = address.checked_sub(1) else { return false };
    if !address.is_multiple_of(16) {
        return false;
    }
    match image.arch_at(address) {
        Arch::Aarch64 => {
            image.read_uint(address.wrapping_sub(4), 4).is_some_and(|word| a64::is_padding(word as u32))
        }
        _ => match image.read_uint(before, 1) {
            Some(0xcc | 0x90) => true,
            // the last bytes of the long forms of nop are zeros
            Some(0) => (2..=15).any(|len| {
                let start = address.wrapping_sub(len);
                let mut decoder = Decoder::control(
                    image.arch_at(start),
                    image.read(start, len as usize).unwrap_or(&[]),
                    start,
                );
                decoder.next().is_some_and(|nop| {
                    nop.next() == address
                        && matches!(&nop.raw, Raw::X86(raw, _) if raw.mnemonic() == Mnemonic::Nop)
                })
            }),
            _ => false,
        },
    }
}
