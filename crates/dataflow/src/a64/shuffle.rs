//! Vectors moved, not calculated (C4.1.96): `dup`, `ins`, `umov`, `movi`, `zip`, `uzp`, `trn`, `ext`, `tbl`.

use super::lifter::{Lifter, OPAQUE, REAL, Said};
use crate::machine::{Lane, Machine, Op};

impl<M: Machine> Lifter<'_, M> {
    /// `dup`, `ins`, `umov`, `smov`; the lowest bit set of bits 16 to 20 tells the lane's width.
    pub(super) fn copy(&mut self) -> Said {
        let place = self.bits(16, 5);
        let size = place.trailing_zeros();
        if size > 3 {
            return None;
        }
        let (lane, at) = (8u8 << size, (place >> (size + 1)) as u8);
        let (rd, rn, kind) = (self.rd(), self.rn(), self.bits(11, 4));
        if self.bit(28) {
            if self.bit(29) || kind != 0 {
                return None;
            }
            let value = self.element(rn, lane, at);
            self.write_vector(rd, lane, value);
            return REAL;
        }
        match (self.bit(29), kind) {
            (true, _) if !self.bit(30) => return None,
            (true, from) => {
                let new = self.element(rn, lane, (from >> size) as u8);
                self.insert_element(lane, at, new);
            }
            (false, 3) => {
                let new = self.read(rn, lane.max(32));
                self.insert_element(lane, at, new);
            }
            (false, 0 | 1) => {
                let shape = self.shape(size)?;
                let value = if kind == 0 { self.element(rn, lane, at) } else { self.read(rn, lane.max(32)) };
                let value = self.broadcast(value, lane);
                self.write_low(shape.total, value);
            }
            (false, 5 | 7) => {
                let width = self.total() / 2;
                if kind == 5 && lane >= width || kind == 7 && (lane == 64) != (width == 64) {
                    return None;
                }
                let value = self.element(rn, lane, at);
                let op = if kind == 5 { Op::SignExtend(lane) } else { Op::ZeroExtend };
                let value = if lane == width { value } else { self.op(op, width, &[value]) };
                self.write(rd, width, value);
            }
            _ => return None,
        }
        REAL
    }

    /// One lane of a register.
    fn element(&mut self, n: u8, lane: u8, at: u8) -> M::Value {
        let whole = self.whole(n);
        self.one_lane(whole, lane, at)
    }

    /// Replaces one lane of the destination.
    pub(super) fn insert_element(&mut self, lane: u8, at: u8, new: M::Value) {
        let rd = self.rd();
        let old = self.whole(rd);
        let value = self.op(Op::Insert { at: lane.saturating_mul(at), bits: lane }, 128, &[old, new]);
        self.write_vector(rd, 128, value);
    }

    /// `tbl`, `tbx`: which byte goes where is known at run time only.
    pub(super) fn table(&mut self) -> Said {
        let (name, count, rn) = (self.word & 0x4000_7000, self.bits(13, 2) as u8 + 1, self.rn());
        let order = self.whole(self.rm());
        let zero = self.constant(0, 128);
        let mut inputs = [order, zero, zero, zero, zero, zero];
        for (at, input) in inputs.iter_mut().skip(1).take(usize::from(count)).enumerate() {
            *input = self.whole((rn + at as u8) & 31);
        }
        if self.bit(12) {
            inputs[5] = self.whole(self.rd());
        }
        let used = if self.bit(12) { 6 } else { usize::from(count) + 1 };
        let value = self.op(Op::Opaque(0x7b1 | name), 128, inputs.get(..used).unwrap_or_default());
        self.write_low(self.total(), value);
        OPAQUE
    }

    /// `ext`: bytes from the end of one register, then from the start of another.
    pub(super) fn extract_vector(&mut self) -> Said {
        let (width, from) = (self.total(), self.bits(11, 4) * 8);
        if from >= u32::from(width) || self.bit(10) {
            return None;
        }
        let low = self.read_vector(self.rn(), width);
        let mut result = self.shifted(Op::Shr, width, low, from);
        if from > 0 {
            let high = self.read_vector(self.rm(), width);
            let high = self.shifted(Op::Shl, width, high, u32::from(width) - from);
            result = self.op(Op::Or, width, &[high, result]);
        }
        self.write_vector(self.rd(), width, result);
        REAL
    }

    /// `uzp`, `trn`, `zip`.
    pub(super) fn permute(&mut self) -> Said {
        let shape = self.shape(self.bits(22, 2))?;
        let (mut a, mut b) = (self.whole(self.rn()), self.whole(self.rm()));
        let second = self.bit(14);
        let result = match self.bits(12, 2) {
            1 => {
                let (even, odd) = self.pairs(shape, a, b);
                if second { odd } else { even }
            }
            2 => {
                let op = if second { Lane::Odd } else { Lane::Even };
                a = self.lanes(op, shape.lane, a, a);
                b = self.lanes(op, shape.lane, b, b);
                self.lanes(Lane::UnpackLow, shape.lane, a, b)
            }
            3 if second && shape.total == 64 => {
                let both = self.lanes(Lane::UnpackLow, shape.lane, a, b);
                self.shifted(Op::Shr, 128, both, 64)
            }
            3 => self.lanes(if second { Lane::UnpackHigh } else { Lane::UnpackLow }, shape.lane, a, b),
            _ => return None,
        };
        self.write_low(shape.total, result);
        REAL
    }

    /// `movi`, `mvni`, `fmov`, `orr`, `bic` with a constant.
    pub(super) fn modified_immediate(&mut self) -> Said {
        let (mode, inverted, width) = (self.bits(12, 4), self.bit(29), self.total());
        if self.bit(11) || self.bit(28) || mode == 15 && inverted && width == 64 {
            return None;
        }
        let number = self.bits(16, 3) << 5 | self.bits(5, 5);
        let number = expanded(number, mode, inverted);
        let combines = mode & 1 == 1 && mode < 12;
        let number = if inverted && mode < 14 { !number } else { number };
        let value = if width == 64 && !combines { self.constant(number, 128) } else { self.repeated(number) };
        if !combines {
            self.write_vector(self.rd(), 128, value);
            return REAL;
        }
        let old = self.whole(self.rd());
        let result = self.op(if inverted { Op::And } else { Op::Or }, 128, &[old, value]);
        self.write_low(width, result);
        REAL
    }
}

/// Eight bits, expanded to 64 as the word's mode says.
fn expanded(number: u32, mode: u32, inverted: bool) -> u64 {
    let byte = u64::from(number);
    let words = |word: u64| word | word << 32;
    match mode {
        0..8 => words(byte << (mode / 2 * 8)),
        8..12 => words(byte << (mode / 2 % 2 * 8) | byte << (mode / 2 % 2 * 8 + 16)),
        12 => words(byte << 8 | 0xff),
        13 => words(byte << 16 | 0xffff),
        14 if inverted => {
            (0..8).filter(|bit| byte >> bit & 1 == 1).fold(0, |sum, bit| sum | 0xff << (8 * bit))
        }
        14 => byte * 0x0101_0101_0101_0101,
        _ if inverted => super::float::float_pattern(number, 64),
        _ => words(super::float::float_pattern(number, 32)),
    }
}
