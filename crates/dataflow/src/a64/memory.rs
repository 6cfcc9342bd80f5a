//! Loads and stores (C4.1.94) of registers: all ways of addressing, pairs, ordered and atomic ones.

use super::lifter::{Lifter, REAL, Said};
use crate::machine::{Machine, Op, Width};

/// What happens to the base register.
#[derive(Clone, Copy, PartialEq)]
enum Index {
    /// Nothing.
    Offset,
    /// The offset is added first.
    Before,
    /// The base is used, and the offset added after.
    After,
}

/// What is moved between a register and memory.
#[derive(Clone, Copy)]
struct Access {
    /// Its width in memory.
    width: Width,
    load: bool,
    /// To or from a vector register.
    vector: bool,
    /// Loads put the sign in front, up to this width.
    signed: Option<Width>,
}

impl<M: Machine> Lifter<'_, M> {
    pub(super) fn memory(&mut self) -> Said {
        match (self.bits(27, 3), self.bit(26), self.bits(24, 2)) {
            (1, false, 0) => self.ordered(),
            (1, true, _) => self.structures(),
            (3, _, 0) => self.literal(),
            (3, false, 1) if !self.bit(21) && self.bits(10, 2) == 0 => self.unscaled(),
            (5, _, 0 | 1) => self.pair(),
            (7, _, 0) => match (self.bit(21), self.bits(10, 2)) {
                (false, _) => self.unscaled(),
                (true, 2) => self.register_offset(),
                (true, 0) if !self.bit(26) => self.atomic(),
                _ => None,
            },
            (7, _, 1) => self.unsigned_offset(),
            _ => None,
        }
    }

    /// What bits 30, 31 (size), 26 (vector) and 22, 23 say; a prefetch moves nothing.
    fn access(&self) -> Option<Access> {
        let (size, kind, vector) = (self.bits(30, 2), self.bits(22, 2), self.bit(26));
        if vector {
            let scale = size | (kind & 2) << 1;
            let width = 8u8.checked_shl(scale).filter(|_| scale <= 4)?;
            return Some(Access { width, load: kind & 1 == 1, vector, signed: None });
        }
        let signed = match (kind, size) {
            (0 | 1, _) => None,
            (2, 0..=2) => Some(64),
            (3, 0 | 1) => Some(32),
            _ => return None,
        };
        Some(Access { width: 8 << size, load: kind != 0, vector, signed })
    }

    fn is_prefetch(&self) -> bool {
        self.word & 0xc4c0_0000 == 0xc080_0000
    }

    /// The number of bytes to shift a scaled offset by.
    fn scale(access: Access) -> u32 {
        u32::from(access.width / 8).trailing_zeros()
    }

    /// Does what `access` says with register `rt` at an address.
    fn transfer(&mut self, access: Access, rt: u8, address: M::Value) {
        if access.load {
            let value = self.machine.load(address, access.width);
            self.loaded(access, rt, value);
        } else {
            let value = self.stored(access, rt);
            self.machine.store(address, value, access.width);
        }
    }

    /// Puts what was loaded into its register.
    fn loaded(&mut self, access: Access, rt: u8, value: M::Value) {
        match access.signed {
            _ if access.vector => self.write_vector(rt, access.width, value),
            Some(width) if width > access.width => {
                let value = self.op(Op::SignExtend(access.width), width, &[value]);
                self.write(rt, width, value);
            }
            _ => self.write(rt, access.width, value),
        }
    }

    fn stored(&mut self, access: Access, rt: u8) -> M::Value {
        if access.vector { self.read_vector(rt, access.width) } else { self.read(rt, access.width) }
    }

    /// An address with a constant added.
    pub(super) fn displaced(&mut self, base: M::Value, offset: i64) -> M::Value {
        if offset == 0 { base } else { self.with(Op::Add, 64, base, offset as u64) }
    }

    /// `ldr` and `str` with an offset in units of the access.
    fn unsigned_offset(&mut self) -> Said {
        if self.is_prefetch() {
            return REAL;
        }
        let access = self.access()?;
        let offset = i64::from(self.bits(10, 12)) << Self::scale(access);
        let base = self.read_sp(self.rn(), 64);
        let address = self.displaced(base, offset);
        self.transfer(access, self.rd(), address);
        REAL
    }

    /// `ldur`, `stur`, `ldtr`, `ldapur` and those with write-back.
    fn unscaled(&mut self) -> Said {
        let index = match self.bits(10, 2) {
            1 => Index::After,
            3 => Index::Before,
            _ => Index::Offset,
        };
        if self.is_prefetch() && index == Index::Offset {
            return REAL;
        }
        let access = self.access()?;
        let rt = self.rd();
        self.indexed(index, self.signed(12, 9), |lifter, address| lifter.transfer(access, rt, address));
        REAL
    }

    /// Accesses memory at base and offset, and writes the base back.
    fn indexed(&mut self, index: Index, offset: i64, access: impl FnOnce(&mut Self, M::Value)) {
        let rn = self.rn();
        let base = self.read_sp(rn, 64);
        let sum = self.displaced(base, offset);
        access(self, if index == Index::After { base } else { sum });
        if index != Index::Offset {
            self.write_sp(rn, 64, sum);
        }
    }

    /// An index register, extended and scaled.
    fn register_offset(&mut self) -> Said {
        let option = self.bits(13, 3);
        if option & 2 == 0 {
            return None;
        }
        if self.is_prefetch() {
            return REAL;
        }
        let access = self.access()?;
        let index = self.extended(self.rm(), option, 64);
        let by = if self.bit(12) { Self::scale(access) } else { 0 };
        let index = self.shifted(Op::Shl, 64, index, by);
        let base = self.read_sp(self.rn(), 64);
        let address = self.op(Op::Add, 64, &[base, index]);
        self.transfer(access, self.rd(), address);
        REAL
    }

    /// `ldr` of a constant beside the code.
    fn literal(&mut self) -> Said {
        let (size, vector) = (self.bits(30, 2), self.bit(26));
        let (width, signed) = match (vector, size) {
            (false, 3) => return REAL, // prfm
            (true, 3) => return None,
            (true, _) => (32 << size, None),
            (false, 2) => (32, Some(64)),
            (false, _) => (32 << size, None),
        };
        let target = self.address.wrapping_add_signed(self.signed(5, 19) * 4);
        let address = self.machine.address(target);
        self.transfer(Access { width, load: true, vector, signed }, self.rd(), address);
        REAL
    }

    /// `ldp`, `stp`, `ldpsw`, `ldnp`, `stnp`.
    fn pair(&mut self) -> Said {
        let (size, vector, load) = (self.bits(30, 2), self.bit(26), self.bit(22));
        let (width, signed) = match (vector, size) {
            (true, 0..=2) => (32 << size, None),
            (false, 0 | 2) => (32 << (size / 2), None),
            (false, 1) if load => (32, Some(64)),
            _ => return None,
        };
        let index = match self.bits(23, 2) {
            1 => Index::After,
            3 => Index::Before,
            _ => Index::Offset,
        };
        let access = Access { width, load, vector, signed };
        let offset = self.signed(15, 7) << Self::scale(access);
        self.indexed(index, offset, |lifter, address| lifter.transfer_pair(access, address));
        REAL
    }

    /// Both of a pair: loads before registers, for the base may be among them.
    fn transfer_pair(&mut self, access: Access, address: M::Value) {
        let (first, second) = (self.rd(), self.ra());
        let next = self.displaced(address, i64::from(access.width / 8));
        if access.load {
            let low = self.machine.load(address, access.width);
            let high = self.machine.load(next, access.width);
            self.loaded(access, first, low);
            self.loaded(access, second, high);
        } else {
            self.transfer(access, first, address);
            self.transfer(access, second, next);
        }
    }

    /// `ldxr`, `stxr`, `ldar`, `stlr`, `ldxp`, `stxp`, `cas`: exclusive stores succeed.
    fn ordered(&mut self) -> Said {
        let (ordered, load, second) = (self.bit(23), self.bit(22), self.bit(21));
        let access = Access { width: 8 << self.bits(30, 2), load, vector: false, signed: None };
        if ordered && second {
            return self.compare_and_swap(access);
        }
        if second && !self.bit(31) {
            return None; // casp
        }
        let address = self.read_sp(self.rn(), 64);
        if second {
            self.transfer_pair(access, address);
        } else {
            self.transfer(access, self.rd(), address);
        }
        if !ordered && !load {
            let done = self.constant(0, 32);
            self.write(self.rm(), 32, done);
        }
        REAL
    }

    fn compare_and_swap(&mut self, access: Access) -> Said {
        if self.ra() != 31 {
            return None;
        }
        let (rs, rt, width) = (self.rm(), self.rd(), access.width);
        let address = self.read_sp(self.rn(), 64);
        let old = self.machine.load(address, width);
        let (expected, new) = (self.read(rs, width), self.read(rt, width));
        let equal = self.op(Op::Eq, width, &[old, expected]);
        let value = self.op(Op::Select, width, &[equal, new, old]);
        self.machine.store(address, value, width);
        self.write(rs, width, old);
        REAL
    }

    /// `ldadd`, `ldclr`, `ldeor`, `ldset`, least and greatest, `swp`; `ldapr`.
    fn atomic(&mut self) -> Said {
        let width = 8 << self.bits(30, 2);
        let kind = self.bits(12, 4);
        if kind > 8 && kind != 12 {
            return None;
        }
        let address = self.read_sp(self.rn(), 64);
        let old = self.machine.load(address, width);
        if kind != 12 {
            let operand = self.read(self.rm(), width);
            let new = self.combined(kind, width, old, operand);
            self.machine.store(address, new, width);
        }
        self.write(self.rd(), width, old);
        REAL
    }

    /// What an atomic operation leaves in memory.
    fn combined(&mut self, kind: u32, width: Width, old: M::Value, operand: M::Value) -> M::Value {
        match kind {
            0 => self.op(Op::Add, width, &[old, operand]),
            1 => {
                let kept = self.op(Op::Not, width, &[operand]);
                self.op(Op::And, width, &[old, kept])
            }
            2 => self.op(Op::Xor, width, &[old, operand]),
            3 => self.op(Op::Or, width, &[old, operand]),
            4..8 => {
                let less = self.op(if kind < 6 { Op::Slt } else { Op::Ult }, width, &[old, operand]);
                let (least, greatest) = if kind & 1 == 1 { (old, operand) } else { (operand, old) };
                self.op(Op::Select, width, &[less, least, greatest])
            }
            _ => operand,
        }
    }
}
