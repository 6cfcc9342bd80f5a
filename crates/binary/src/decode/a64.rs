//! A64: control flow straight from the word, everything else by `yaxpeax-arm`.

use super::Flow;
use yaxpeax_arch::{Decoder as _, U8Reader};
use yaxpeax_arm::armv8::a64::InstDecoder;

pub use yaxpeax_arm::armv8::a64::{Instruction, Opcode, Operand, SIMDSizeCode, ShiftStyle, SizeCode};

/// Decodes a word in full; `None` where it is no instruction.
pub fn instruction(word: u32) -> Option<Instruction> {
    let bytes = word.to_le_bytes();
    let mut reader = U8Reader::new(&bytes);
    InstDecoder::default().decode(&mut reader).ok()
}

/// Where control goes after the word at `address` (Arm ARM C4.1.65, branches).
pub fn flow(word: u32, address: u64) -> Flow {
    let to = |offset: i64| address.wrapping_add_signed(offset);
    if word & 0x7c00_0000 == 0x1400_0000 {
        let target = to(signed(word, 0, 26) * 4);
        return if word >> 31 == 0 { Flow::Jump(target) } else { Flow::Call(target) };
    }
    if word & 0xff00_0000 == 0x5400_0000 || word & 0x7e00_0000 == 0x3400_0000 {
        return Flow::Branch(to(signed(word, 5, 19) * 4)); // b.cond, cbz, cbnz
    }
    if word & 0x7e00_0000 == 0x3600_0000 {
        return Flow::Branch(to(signed(word, 5, 14) * 4)); // tbz, tbnz
    }
    if word & 0xfe00_0000 == 0xd600_0000 {
        return match (word >> 21) & 0xf {
            0 | 8 => Flow::IndirectJump, // br, braa…
            1 | 9 => Flow::IndirectCall, // blr, blraa…
            2 | 4 | 10 => Flow::Return,  // ret, eret, retaa
            _ => Flow::Stop,
        };
    }
    if word & 0xffe0_001f == 0xd420_0000 || word & 0xffff_0000 == 0 {
        return Flow::Stop; // brk, udf
    }
    Flow::Next
}

/// The signed field of `width` bits that starts at bit `low`.
pub fn signed(word: u32, low: u32, width: u32) -> i64 {
    i64::from((word << (32 - low - width)) as i32 >> (32 - width))
}

/// The target of `adr` or the page of `adrp`, with the register it goes to.
pub fn adr(word: u32, address: u64) -> Option<(u8, u64)> {
    if word & 0x1f00_0000 != 0x1000_0000 {
        return None;
    }
    let offset = signed(word, 5, 19) << 2 | i64::from((word >> 29) & 3);
    let target = if word >> 31 == 0 {
        address.wrapping_add_signed(offset)
    } else {
        (address & !0xfff).wrapping_add_signed(offset << 12)
    };
    Some(((word & 31) as u8, target))
}

/// `nop`, and the words that linkers fill gaps with.
pub fn is_padding(word: u32) -> bool {
    matches!(word, 0xd503_201f | 0)
}
