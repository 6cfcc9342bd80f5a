//! A64 instructions, as far as they lead to a switch; told apart by their words
//! (Arm ARM DDI 0487, C4.1).

use super::registers::{Comparison, Location, Registers};
use super::value::{Index, MAX_MASK, MAX_SHIFT, Value};
use crate::decode::a64;

impl Registers<'_> {
    fn a64(&self, register: u32) -> Value {
        if register & 31 == 31 { Value::Constant(0) } else { self.registers[(register & 31) as usize] }
    }

    fn set_a64(&mut self, register: u32, value: Value) {
        self.set_register((register & 31) as usize, value);
    }

    pub(super) fn step_a64(&mut self, word: u32, at: u64) {
        let (rd, rn, rm) = (word & 31, (word >> 5) & 31, (word >> 16) & 31);
        if let Some((register, address)) = a64::adr(word, at) {
            return self.set_a64(u32::from(register), Value::Constant(address));
        }
        let class = word & 0x7f80_0000;
        if word & 0x7fe0_0000 == 0x2a00_0000 && rn == 31 && (word >> 10) & 63 == 0 {
            let value = self.a64(rm); // mov
            return self.set_a64(rd, value);
        }
        match class {
            0x1100_0000 => {
                let value = self.offset_a64(rn, immediate(word));
                return self.set_a64(rd, value);
            }
            0x5100_0000 => {
                let value = self.offset_a64(rn, immediate(word).wrapping_neg());
                return self.set_a64(rd, value);
            }
            0x7100_0000 => {
                self.compare_a64(rn, immediate(word));
                if rd != 31 {
                    let value = self.offset_a64(rn, immediate(word).wrapping_neg());
                    self.set_a64(rd, value);
                }
                return;
            }
            0x5280_0000 => {
                let value = u64::from((word >> 5) & 0xffff) << (((word >> 21) & 3) * 16);
                return self.set_a64(rd, Value::Constant(value)); // movz
            }
            0x5300_0000 | 0x1300_0000 => return self.bitfield_a64(word, rd, rn),
            _ => {}
        }
        if word & 0x7fe0_0000 == 0x6b00_0000 && rd == 31 {
            if let Value::Constant(limit) = self.a64(rm) {
                self.compare_a64(rn, limit); // cmp with a register that holds a number
            }
            return;
        }
        if word & 0x7fe0_0000 == 0x0b20_0000 || word & 0x7fe0_0000 == 0x0b00_0000 {
            return self.add_a64(word, rd, rn, rm);
        }
        if word & 0x3f20_0c00 == 0x3820_0800 {
            return self.load_register_a64(word, rd, rn, rm);
        }
        if word & 0x3b00_0000 == 0x3900_0000 || word & 0x3b20_0000 == 0x3800_0000 {
            return self.load_a64(word, rd, rn);
        }
        self.clobber_a64(word, rd);
    }

    fn offset_a64(&self, rn: u32, by: u64) -> Value {
        if rn == 31 { self.any() } else { self.offset(self.a64(rn), by) }
    }

    fn compare_a64(&mut self, rn: u32, limit: u64) {
        let value = self.a64(rn);
        self.comparison = Some(Comparison { location: Location::Register(rn as usize), value, limit });
    }

    /// `ubfm`/`sbfm`: left shifts scale, extensions and right shifts by nothing copy.
    fn bitfield_a64(&mut self, word: u32, rd: u32, rn: u32) {
        let (rotate, last) = ((word >> 16) & 63, (word >> 10) & 63);
        let bits = if word >> 31 == 1 { 64 } else { 32 };
        let value = if rotate == 0 {
            match self.a64(rn) {
                Value::Linear { base: 0, scale: 1, index } if 1 << last < MAX_MASK => {
                    let mask = (1 << (last + 1)) - 1;
                    let bound = Some(index.bound.map_or(mask, |bound| bound.min(mask)));
                    Value::Linear { base: 0, scale: 1, index: Index { bound, ..index } }
                }
                value => value,
            }
        } else if last < rotate && rotate < bits && u64::from(bits - rotate) < MAX_SHIFT {
            self.times(self.a64(rn), 1 << (bits - rotate)) // lsl, ubfiz, sbfiz
        } else {
            self.any()
        };
        self.set_a64(rd, value);
    }

    fn add_a64(&mut self, word: u32, rd: u32, rn: u32, rm: u32) {
        let extended = word & 0x0020_0000 != 0;
        let shift = if extended { (word >> 10) & 7 } else { (word >> 10) & 63 };
        let mut value =
            if u64::from(shift) < MAX_SHIFT { self.times(self.a64(rm), 1 << shift) } else { self.any() };
        if let Value::Loaded(loaded) = &mut value {
            // gcc loads entries unsigned and sign-extends them here (sxtb, sxth, sxtw)
            loaded.signed |= extended && (word >> 13) & 7 >= 4;
        }
        let value = self.add(value, self.a64(rn));
        self.set_a64(rd, value);
    }

    fn load_register_a64(&mut self, word: u32, rd: u32, rn: u32, rm: u32) {
        let size = word >> 30;
        let opc = (word >> 22) & 3;
        if opc == 0 || word & 0x0400_0000 != 0 {
            return; // a store, or a SIMD register
        }
        let shift = if word >> 12 & 1 == 1 { size } else { 0 };
        let index = self.times(self.index(self.a64(rm), true), 1 << shift);
        let address = self.add(index, self.a64(rn));
        let value = self.entry(address, 1 << size, opc >= 2).unwrap_or_else(|| self.any());
        self.set_a64(rd, value);
    }

    /// Loads with an immediate offset: a constant slot, or a table whose address
    /// was summed up before.
    fn load_a64(&mut self, word: u32, rd: u32, rn: u32) {
        let opc = (word >> 22) & 3;
        if opc == 0 || word & 0x0400_0000 != 0 {
            return;
        }
        let size = word >> 30;
        let scaled = word & 0x3b00_0000 == 0x3900_0000;
        let offset = if scaled {
            u64::from((word >> 10) & 0xfff) << size
        } else {
            return self.set_a64(rd, self.any());
        };
        let address = self.offset_a64(rn, offset);
        let value = self.entry(address, 1 << size, opc >= 2).unwrap_or_else(|| self.any());
        self.set_a64(rd, value);
    }

    /// Anything else is taken to write the register in its lowest field; stores
    /// and branches do not, pairs write two.
    fn clobber_a64(&mut self, word: u32, rd: u32) {
        if word & 0x7c00_0000 == 0x1400_0000 && word >> 31 == 1 || word & 0xfe00_0000 == 0xd600_0000 {
            for register in 0..19 {
                self.registers[register] = self.any();
            }
            self.comparison = None;
            return;
        }
        let pair = word & 0x3a00_0000 == 0x2800_0000;
        let store = pair && word & 0x0040_0000 == 0;
        if store {
            return;
        }
        self.set_a64(rd, self.any());
        if pair {
            self.set_a64((word >> 10) & 31, self.any());
        }
    }
}

/// The number that an addition or comparison has in it.
fn immediate(word: u32) -> u64 {
    let shift = if word >> 22 & 1 == 1 { 12 } else { 0 };
    u64::from((word >> 10) & 0xfff) << shift
}
