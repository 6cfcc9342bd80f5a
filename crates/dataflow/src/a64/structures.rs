//! Loads and stores of several vector registers, or one lane of each (C4.1.94): `ld1` to `ld4`, `st1` to `st4`.

use super::lanes::Shape;
use super::lifter::{Lifter, OPAQUE, REAL, Said};
use crate::machine::{Lane, Machine, Op, Reg};

impl<M: Machine> Lifter<'_, M> {
    pub(super) fn structures(&mut self) -> Said {
        if self.bit(31) {
            return None;
        }
        if self.bit(24) { self.single_structure() } else { self.multiple_structures() }
    }

    /// The base after the access: with an immediate the bytes moved, or a register added.
    fn write_back(&mut self, base: M::Value, bytes: u32) {
        if !self.bit(23) {
            return;
        }
        let sum = match self.rm() {
            31 => self.displaced(base, i64::from(bytes)),
            m => {
                let by = self.read(m, 64);
                self.op(Op::Add, 64, &[base, by])
            }
        };
        self.write_sp(self.rn(), 64, sum);
    }

    /// The register that is `after` the destination.
    fn following(&self, after: u8) -> u8 {
        (self.rd() + after) & 31
    }

    /// Whole registers.
    fn multiple_structures(&mut self) -> Said {
        let (registers, elements) = match self.bits(12, 4) {
            0b0111 => (1, 1),
            0b1010 => (2, 1),
            0b0110 => (3, 1),
            0b0010 => (4, 1),
            0b1000 => (2, 2),
            0b0100 => (3, 3),
            0b0000 => (4, 4),
            _ => return None,
        };
        let shape = Shape { lane: 8 << self.bits(10, 2), total: self.total() };
        if elements > 1 && shape.lane >= shape.total || self.bit(21) {
            return None;
        }
        let base = self.read_sp(self.rn(), 64);
        let bytes = shape.total / 8;
        if self.bit(22) {
            let zero = self.constant(0, 128);
            let mut values = [zero; 4];
            for (at, value) in (0..registers).zip(&mut values) {
                let address = self.displaced(base, i64::from(at * bytes));
                let part = self.machine.load(address, shape.total);
                *value = if shape.total < 128 { self.op(Op::ZeroExtend, 128, &[part]) } else { part };
            }
            let values = self.separated(elements, shape, values);
            for (at, value) in (0..registers).zip(values) {
                let value = if shape.total < 128 { self.op(Op::Truncate, 64, &[value]) } else { value };
                self.write_vector(self.following(at), shape.total, value);
            }
        } else {
            let values = [0, 1, 2, 3].map(|at| self.following(at));
            let values = values.map(|n| self.machine.get(Reg::vector(n)));
            let values = self.interleaved(elements, shape, values);
            for (at, value) in (0..registers).zip(values) {
                let part = if shape.total < 128 { self.op(Op::Truncate, 64, &[value]) } else { value };
                let address = self.displaced(base, i64::from(at * bytes));
                self.machine.store(address, part, shape.total);
            }
        }
        self.write_back(base, u32::from(registers * bytes));
        if elements == 3 { OPAQUE } else { REAL }
    }

    /// Registers (of width `total`) of every second, third or fourth lane of what lies in memory.
    fn separated(&mut self, elements: u8, shape: Shape, values: [M::Value; 4]) -> [M::Value; 4] {
        let [a, b, c, d] = values;
        match elements {
            2 => {
                let (even, odd) = self.pairs(shape, a, b);
                [even, odd, c, d]
            }
            3 => [0, 1, 2, 3].map(|at| self.order_of_three(at, shape, values)),
            4 => {
                let (even, odd) = self.pairs(shape, a, b);
                let (more_even, more_odd) = self.pairs(shape, c, d);
                let (first, third) = self.pairs(shape, even, more_even);
                let (second, fourth) = self.pairs(shape, odd, more_odd);
                [first, second, third, fourth]
            }
            _ => values,
        }
    }

    /// What lies in memory, made of registers that hold every second, third or fourth lane.
    fn interleaved(&mut self, elements: u8, shape: Shape, values: [M::Value; 4]) -> [M::Value; 4] {
        let [a, b, c, d] = values;
        match elements {
            2 => {
                let (low, high) = self.zipped(shape, a, b);
                [low, high, c, d]
            }
            3 => [0, 1, 2, 3].map(|at| self.order_of_three(at, shape, values)),
            4 => {
                let (low, high) = self.zipped(shape, a, c);
                let (other_low, other_high) = self.zipped(shape, b, d);
                let (first, second) = self.zipped(shape, low, other_low);
                let (third, fourth) = self.zipped(shape, high, other_high);
                [first, second, third, fourth]
            }
            _ => values,
        }
    }

    /// The lanes of two registers, alternating, in two registers.
    fn zipped(&mut self, shape: Shape, a: M::Value, b: M::Value) -> (M::Value, M::Value) {
        let low = self.lanes(Lane::UnpackLow, shape.lane, a, b);
        let high = if shape.total < 128 {
            self.shifted(Op::Shr, 128, low, 64)
        } else {
            self.lanes(Lane::UnpackHigh, shape.lane, a, b)
        };
        (low, high)
    }

    /// Every third lane is not modelled.
    fn order_of_three(&mut self, at: u32, shape: Shape, [a, b, c, _]: [M::Value; 4]) -> M::Value {
        let load = u32::from(self.bit(22)) << 16;
        let name = 0x1d3 << 20 | load | at << 8 | u32::from(shape.lane);
        self.op(Op::Opaque(name), shape.total, &[a, b, c])
    }

    /// One lane of each register, or (`ld1r`) one element in all lanes.
    fn single_structure(&mut self) -> Said {
        let (opcode, size) = (self.bits(13, 3), self.bits(10, 2));
        let elements = (opcode as u8 & 1) << 1 | self.bits(21, 1) as u8;
        let place = self.bits(30, 1) << 3 | self.bits(12, 1) << 2 | size;
        let (lane, at) = match (opcode >> 1, size) {
            (0, _) => (8, place),
            (1, 0 | 2) => (16, place >> 1),
            (2, 0) => (32, place >> 2),
            (2, 1) if !self.bit(12) => (64, place >> 3),
            (3, _) if self.bit(22) && !self.bit(12) => (8 << size, 0),
            _ => return None,
        };
        let base = self.read_sp(self.rn(), 64);
        let (bytes, at) = (lane / 8, at as u8);
        for element in 0..=elements {
            let address = self.displaced(base, i64::from(element * bytes));
            let n = self.following(element);
            if !self.bit(22) {
                let whole = self.whole(n);
                let value = self.one_lane(whole, lane, at);
                self.machine.store(address, value, lane);
                continue;
            }
            let value = self.machine.load(address, lane);
            if opcode >= 6 {
                let all = self.broadcast(value, lane);
                let all = if self.bit(30) { all } else { self.op(Op::Truncate, 64, &[all]) };
                self.write_vector(n, self.total(), all);
            } else {
                let old = self.whole(n);
                let new = self.op(Op::Insert { at: lane * at, bits: lane }, 128, &[old, value]);
                self.write_vector(n, 128, new);
            }
        }
        self.write_back(base, u32::from((elements + 1) * bytes));
        REAL
    }
}
