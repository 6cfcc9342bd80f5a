//! Branches and the system (C4.1.93): conditions and targets, thread pointer, nothing else.

use super::lifter::{Lifter, OPAQUE, REAL, Said};
use crate::machine::{Machine, Op, Reg};

impl<M: Machine> Lifter<'_, M> {
    pub(super) fn branch(&mut self) -> Said {
        match self.word >> 24 {
            0x14..=0x17 | 0x94..=0x97 => REAL, // b, bl
            0x34 | 0x35 | 0xb4 | 0xb5 => self.branch_on_zero(),
            0x36 | 0x37 | 0xb6 | 0xb7 => self.branch_on_bit(),
            0x54 => {
                let holds = self.condition(self.bits(0, 4));
                self.machine.branch(holds);
                REAL
            }
            0xd4 => REAL, // svc, brk…
            0xd5 => self.system(),
            0xd6 | 0xd7 => self.branch_to_register(),
            _ => None,
        }
    }

    /// `cbz`, `cbnz`.
    fn branch_on_zero(&mut self) -> Said {
        let width = self.width();
        let value = self.read(self.rd(), width);
        let zero = self.constant(0, width);
        let equal = self.op(Op::Eq, width, &[value, zero]);
        let holds = if self.bit(24) { self.with(Op::Xor, 1, equal, 1) } else { equal };
        self.machine.branch(holds);
        REAL
    }

    /// `tbz`, `tbnz`; of the highest bit it is a comparison with zero.
    fn branch_on_bit(&mut self) -> Said {
        let at = self.bits(31, 1) << 5 | self.bits(19, 5);
        let bit = if matches!(at, 31 | 63) {
            let width = self.width();
            let value = self.read(self.rd(), width);
            let zero = self.constant(0, width);
            self.op(Op::Slt, width, &[value, zero])
        } else {
            let value = self.read(self.rd(), 64);
            let moved = self.shifted(Op::Shr, 64, value, at);
            self.op(Op::Truncate, 1, &[moved])
        };
        let holds = if self.bit(24) { bit } else { self.with(Op::Xor, 1, bit, 1) };
        self.machine.branch(holds);
        REAL
    }

    /// `br`, `blr` and with authentication; `ret` says nothing.
    fn branch_to_register(&mut self) -> Said {
        match self.bits(21, 4) {
            0 | 1 | 8 | 9 => {
                let target = self.read(self.rn(), 64);
                self.machine.target(target);
                REAL
            }
            2 | 4 | 10 => REAL,
            _ => None,
        }
    }

    /// `mrs` and `msr`, where the register is the thread pointer or the flags; hints and barriers.
    fn system(&mut self) -> Said {
        const FLAGS: u32 = 0xd51b_4200;
        const THREAD: u32 = 0xd51b_d040;
        let (place, rt) = (self.word & !0x1f & !(1 << 21), self.rd());
        if self.word & 0xfff0_0000 == 0xd510_0000 {
            match place {
                THREAD => {
                    let value = self.read(rt, 64);
                    self.machine.set(Reg::FS, value);
                }
                FLAGS => {
                    let value = self.read(rt, 64);
                    let flags = self.op(Op::Opaque(place), 8, &[value]);
                    self.set_flags(flags);
                    return OPAQUE;
                }
                _ => {}
            }
            return REAL;
        }
        if self.word & !(0xf << 8) == 0xd500_401f {
            let flags = self.machine.get(Reg::FLAGS); // cfinv
            let flags = self.op(Op::FlagsInvertCarry, 8, &[flags]);
            self.set_flags(flags);
            return REAL;
        }
        if !self.bit(21) {
            // hints and barriers do nothing here, cache maintenance (`dc zva`) may
            return if self.bit(19) { OPAQUE } else { REAL };
        }
        let value = match place {
            THREAD => self.machine.get(Reg::FS),
            FLAGS => {
                let flags = self.machine.get(Reg::FLAGS);
                self.op(Op::Opaque(place), 64, &[flags])
            }
            _ => self.op(Op::Opaque(place), 64, &[]),
        };
        self.write(rt, 64, value);
        if place == THREAD { REAL } else { OPAQUE }
    }
}
