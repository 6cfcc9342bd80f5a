//! How functions are called here.

use crate::machine::{Reg, Width};
use cognate_binary::{Arch, Format};

/// What a call takes, leaves alone and gives back.
pub(super) struct Convention {
    /// Bits of a pointer.
    pub pointer: Width,
    /// The stack pointer.
    pub stack: Reg,
    /// Where results come back: a general one, and a float.
    pub results: [Reg; 2],
    /// General registers that hold arguments, the first argument's first.
    pub arguments: &'static [u8],
    /// Vector registers that do, from 0 on.
    pub float_arguments: u8,
    /// Registers that a call leaves as they were, by bit.
    pub kept: u128,
    /// Arguments are on the stack.
    pub on_stack: bool,
    /// Bytes of the return address, which lies between the frame and the arguments on the stack.
    pub return_address: i64,
}

impl Convention {
    /// The usual one of an instruction set and a system.
    ///
    /// On 32-bit x86 arguments in registers (`fastcall`, `thiscall`) are taken to be possible beside those on the stack.
    pub(super) fn of(arch: Arch, format: Format) -> Convention {
        let windows = matches!(format, Format::Pe | Format::PeMemory | Format::Coff);
        let bits = |registers: &[u8]| registers.iter().fold(0u128, |all, &register| all | 1 << register);
        let x86_64 = Convention {
            pointer: 64,
            stack: Reg::general(4),
            results: [Reg::general(0), Reg::vector(0)],
            arguments: &[7, 6, 2, 1, 8, 9],
            float_arguments: 8,
            kept: bits(&[3, 4, 5, 12, 13, 14, 15]),
            on_stack: false,
            return_address: 8,
        };
        match arch {
            Arch::X86 => Convention {
                pointer: 32,
                results: [Reg::general(0), Reg::x87(0)],
                arguments: &[0, 2, 1],
                float_arguments: 0,
                kept: bits(&[3, 4, 5, 6, 7]),
                on_stack: true,
                return_address: 4,
                ..x86_64
            },
            Arch::X86_64 if windows => Convention {
                arguments: &[1, 2, 8, 9],
                float_arguments: 4,
                kept: bits(&[3, 4, 5, 6, 7, 12, 13, 14, 15]) | 0x3ff << (32 + 6),
                ..x86_64
            },
            Arch::X86_64 => x86_64,
            Arch::Aarch64 => Convention {
                stack: Reg::general(31),
                arguments: &[0, 1, 2, 3, 4, 5, 6, 7],
                kept: bits(&[18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 31]) | 0xff << (32 + 8),
                return_address: 0,
                ..x86_64
            },
        }
    }

    /// Bytes of a pointer.
    pub(super) fn pointer_bytes(&self) -> i64 {
        i64::from(self.pointer / 8)
    }
}
