//! Code addresses in operands and in data.

use super::code_map::CodeMap;
use super::marks::Marks;
use crate::decode::{Instruction, Raw, a64};
use crate::{Arch, Image};
use cognate_base::{Budget, Exhausted};
use iced_x86::{Mnemonic, OpKind, Register};

/// An address that an x86 instruction names outright: `lea` without registers,
/// or an immediate wide enough.
pub fn x86_address(raw: &iced_x86::Instruction) -> Option<u64> {
    if raw.mnemonic() == Mnemonic::Lea {
        let fixed = raw.is_ip_rel_memory_operand()
            || raw.memory_base() == Register::None && raw.memory_index() == Register::None;
        return fixed.then(|| raw.memory_displacement64());
    }
    let last = raw.op_count().checked_sub(1)?;
    match raw.op_kind(last) {
        OpKind::Immediate32 => Some(u64::from(raw.immediate32())),
        OpKind::Immediate64 => Some(raw.immediate64()),
        OpKind::Immediate32to64 => u64::try_from(raw.immediate32to64()).ok(),
        _ => None,
    }
}

/// Follows `adrp`/`add` pairs of A64 along straight-line code.
#[derive(Clone, Default)]
pub struct Pages {
    pages: [Option<u64>; 32],
}

impl Pages {
    /// The address that this word completes, if it completes one.
    pub fn address(&mut self, word: u32, at: u64) -> Option<u64> {
        let target = (word & 31) as usize;
        if let Some((_, address)) = a64::adr(word, at) {
            self.pages[target] = Some(address);
            return (word >> 31 == 0).then_some(address);
        }
        if word & 0xffc0_0000 == 0x9100_0000 {
            let page = self.pages[((word >> 5) & 31) as usize]?;
            let address = page.wrapping_add(u64::from((word >> 10) & 0xfff));
            self.pages[target] = None;
            return Some(address);
        }
        None
    }
}

/// The code address that an instruction names, if any.
/// A number on its own counts only where `immediates` may be addresses.
pub fn address(instruction: &Instruction, pages: &mut Pages, immediates: bool) -> Option<u64> {
    match &instruction.raw {
        Raw::X86(raw, _) if raw.mnemonic() != Mnemonic::Lea && !immediates => None,
        Raw::X86(raw, _) => x86_address(raw),
        Raw::A64(word) => pages.address(*word, instruction.address),
    }
}

/// Words of data that are compared in the time that decoding one instruction takes.
const WORDS_A_UNIT: usize = 8;

/// Notes the aligned words in data segments that point at code. Only for images without
/// relocations: where there are some, they say it better.
pub fn pointers_in_data(
    image: &Image,
    map: &CodeMap,
    pointers: &mut Marks,
    budget: &mut Budget,
) -> Result<(), Exhausted> {
    let width = image.arch.pointer_bytes();
    for segment in image.segments().iter().filter(|segment| !segment.executable) {
        let skip = usize::try_from(segment.address.wrapping_neg() % width as u64).unwrap_or(0);
        let bytes = image.segment_bytes(segment).get(skip..).unwrap_or(&[]);
        for words in bytes.chunks(width * WORDS_A_UNIT) {
            budget.spend(1)?;
            for word in words.chunks_exact(width) {
                let mut padded = [0u8; 8];
                padded[..width].copy_from_slice(word);
                let address = u64::from_le_bytes(padded);
                if image.arch_at(address) != Arch::Aarch64 || address.is_multiple_of(4) {
                    pointers.insert(map, address);
                }
            }
        }
    }
    Ok(())
}
