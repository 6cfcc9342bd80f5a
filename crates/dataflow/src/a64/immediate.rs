//! Data processing with an immediate (C4.1.92): `adr`, `add`, `and`, `mov`, bit fields, `extr`.

use super::lifter::{Lifter, REAL, Said};
use crate::machine::{Machine, Op, Width};

impl<M: Machine> Lifter<'_, M> {
    pub(super) fn immediate(&mut self) -> Said {
        match self.bits(23, 3) {
            0 | 1 => self.adr(),
            2 => self.add_immediate(),
            4 => self.logical_immediate(),
            5 => self.move_wide(),
            6 => self.bit_field(),
            7 => self.extract(),
            _ => None,
        }
    }

    fn adr(&mut self) -> Said {
        let (register, target) = cognate_binary::decode::a64::adr(self.word, self.address)?;
        let value = self.machine.address(target);
        self.write(register, 64, value);
        REAL
    }

    /// `add`, `sub`, `adds`, `subs`; `mov` from and to `sp` is an addition of zero.
    fn add_immediate(&mut self) -> Said {
        let width = self.width();
        let number = u64::from(self.bits(10, 12)) << if self.bit(22) { 12 } else { 0 };
        let a = self.read_sp(self.rn(), width);
        if number == 0 && !self.bit(29) {
            self.write_sp(self.rd(), width, a);
            return REAL;
        }
        if number != 0 && self.bits(29, 2) == 1 {
            // cmn with a number is cmp with its opposite, which is what the source says
            let b = self.constant(number.wrapping_neg(), width);
            let flags = self.flags_sub(width, a, b);
            if self.rd() != 31 {
                let result = self.with(Op::Add, width, a, number);
                self.write(self.rd(), width, result);
            }
            self.set_flags(flags);
            return REAL;
        }
        let b = self.constant(number, width);
        self.add_or_sub(width, a, b);
        REAL
    }

    /// Bit 30 subtracts, bit 29 sets the flags (then 31 is no `sp`).
    pub(super) fn add_or_sub(&mut self, width: Width, a: M::Value, b: M::Value) {
        let (subtract, sets_flags) = (self.bit(30), self.bit(29));
        let op = if subtract { Op::Sub } else { Op::Add };
        if !sets_flags {
            let result = self.op(op, width, &[a, b]);
            return self.write_sp(self.rd(), width, result);
        }
        let flags = if subtract { self.flags_sub(width, a, b) } else { self.flags_add(width, a, b) };
        if self.rd() != 31 {
            let result = self.op(op, width, &[a, b]);
            self.write(self.rd(), width, result);
        }
        self.set_flags(flags);
    }

    /// `and`, `orr`, `eor`, `ands` with a pattern of bits.
    fn logical_immediate(&mut self) -> Said {
        let width = self.width();
        let mask = bit_pattern(self.bit(22), self.bits(10, 6), self.bits(16, 6), width)?;
        let (rd, rn) = (self.rd(), self.rn());
        let b = self.constant(mask, width);
        let op = self.logical_op();
        if op == Op::Or && rn == 31 {
            self.write_sp(rd, width, b);
            return REAL;
        }
        let a = self.read(rn, width);
        let result = self.op(op, width, &[a, b]);
        if self.bits(29, 2) == 3 {
            self.write(rd, width, result);
            self.set_flags_logic(width, result);
        } else {
            self.write_sp(rd, width, result);
        }
        REAL
    }

    /// What bits 29 and 30 say: `and`, `orr`, `eor`, `ands`.
    pub(super) fn logical_op(&self) -> Op {
        match self.bits(29, 2) {
            1 => Op::Or,
            2 => Op::Xor,
            _ => Op::And,
        }
    }

    pub(super) fn set_flags_logic(&mut self, width: Width, result: M::Value) {
        let flags = self.op(Op::FlagsLogic, width, &[result]);
        let flags = self.op(Op::FlagsInvertCarry, 8, &[flags]);
        self.set_flags(flags);
    }

    /// `movn`, `movz`, `movk`.
    fn move_wide(&mut self) -> Said {
        let (width, at) = (self.width(), self.bits(21, 2) as u8 * 16);
        let number = u64::from(self.bits(5, 16));
        if at >= width {
            return None;
        }
        let value = match self.bits(29, 2) {
            0 => self.constant(!(number << at), width),
            2 => self.constant(number << at, width),
            3 => {
                let old = self.read(self.rd(), width);
                let new = self.constant(number, 16);
                self.op(Op::Insert { at, bits: 16 }, width, &[old, new])
            }
            _ => return None,
        };
        self.write(self.rd(), width, value);
        REAL
    }

    /// `sbfm`, `bfm`, `ubfm`, said as the alias that a disassembler would show.
    fn bit_field(&mut self) -> Said {
        let (width, rotate, last) = (self.width(), self.bits(16, 6), self.bits(10, 6));
        let size = u32::from(width);
        if self.bit(22) != self.bit(31) || rotate >= size || last >= size {
            return None;
        }
        let kind = self.bits(29, 2);
        if kind == 3 {
            return None;
        }
        let value = self.read(self.rn(), width);
        // bits `from..=last` come to the bottom, or bits `0..=last` to bit `to`
        let (from, to, count) =
            if last >= rotate { (rotate, 0, last - rotate + 1) } else { (0, size - rotate, last + 1) };
        let result = match kind {
            0 => self.signed_field(value, from, to, count),
            1 => {
                let old = self.read(self.rd(), width);
                let new = self.shifted(Op::Shr, width, value, from);
                self.op(Op::Insert { at: to as u8, bits: count as u8 }, width, &[old, new])
            }
            _ => self.unsigned_field(value, from, to, count),
        };
        self.write(self.rd(), width, result);
        REAL
    }

    /// `lsl`, `lsr`, `uxtb`, `uxth`, `ubfx`, `ubfiz`.
    fn unsigned_field(&mut self, value: M::Value, from: u32, to: u32, count: u32) -> M::Value {
        let width = self.width();
        let moved = self.shifted(Op::Shr, width, value, from);
        let whole = from + count == u32::from(width) || to + count == u32::from(width);
        let part = if whole { moved } else { self.low_bits(moved, count, width) };
        self.shifted(Op::Shl, width, part, to)
    }

    /// `asr`, `sxtb`, `sxth`, `sxtw`, `sbfx`, `sbfiz`.
    fn signed_field(&mut self, value: M::Value, from: u32, to: u32, count: u32) -> M::Value {
        let (width, size) = (self.width(), u32::from(self.width()));
        if matches!(count, 8 | 16 | 32) && count < size && from + count < size && to + count < size {
            let moved = self.shifted(Op::Shr, width, value, from);
            let part = self.sign_extended(moved, count as u8, width);
            return self.shifted(Op::Shl, width, part, to);
        }
        let up = self.shifted(Op::Shl, width, value, size - from - count);
        self.shifted(Op::Sar, width, up, size - to - count)
    }

    /// `extr`; of the same register twice `ror`.
    fn extract(&mut self) -> Said {
        let (width, by) = (self.width(), self.bits(10, 6));
        if self.bit(22) != self.bit(31) || by >= u32::from(width) || self.bits(29, 2) != 0 || self.bit(21) {
            return None;
        }
        let low = self.read(self.rm(), width);
        let result = if by == 0 {
            low
        } else if self.rn() == self.rm() {
            self.shifted(Op::Ror, width, low, by)
        } else {
            let high = self.read(self.rn(), width);
            let high = self.shifted(Op::Shl, width, high, u32::from(width) - by);
            let low = self.shifted(Op::Shr, width, low, by);
            self.op(Op::Or, width, &[high, low])
        };
        self.write(self.rd(), width, result);
        REAL
    }
}

/// The pattern that a logical immediate stands for: a run of ones, rotated, repeated.
fn bit_pattern(wide: bool, run: u32, rotate: u32, width: Width) -> Option<u64> {
    if wide && width == 32 {
        return None;
    }
    let sizes = u32::from(wide) << 6 | !run & 0x3f;
    let size = 1u32 << sizes.checked_ilog2().filter(|&log| log >= 1)?;
    let (run, rotate) = (run & (size - 1), rotate & (size - 1));
    if run == size - 1 {
        return None;
    }
    let ones = (1u64 << (run + 1)) - 1;
    let element = if rotate == 0 { ones } else { ones >> rotate | ones << (size - rotate) };
    let element = if size == 64 { element } else { element & ((1 << size) - 1) };
    let whole = (0..64 / size).fold(0, |sum, at| sum | element << (at * size));
    Some(if width == 32 { whole & 0xffff_ffff } else { whole })
}

#[cfg(test)]
mod tests {
    use super::bit_pattern;

    #[test]
    fn patterns_are_runs_rotated_and_repeated() {
        assert_eq!(bit_pattern(true, 0, 0, 64), Some(1));
        assert_eq!(bit_pattern(false, 7, 0, 32), Some(0xff));
        assert_eq!(bit_pattern(false, 0x3c, 0, 64), Some(0x5555_5555_5555_5555));
        assert_eq!(bit_pattern(true, 62, 1, 64), Some(0xbfff_ffff_ffff_ffff));
        assert_eq!(bit_pattern(true, 63, 0, 64), None);
    }
}
