//! Bit by bit: masks, and rotations written out.

use super::{Asked, Rules, lossy, narrow, number_second, sound};
use crate::graph::{Graph, Kind, NodeId};
use crate::machine::{Op, Width};

pub(super) const BITWISE: Rules = Rules {
    shape: number_second,
    rows: &[
        sound(
            "with itself",
            &[("(xor.32 a a)", "0:32"), ("(and a a)", "a"), ("(or a a)", "a")],
            |graph, it| {
                (it.a == it.b).then(|| if it.op == Op::Xor { graph.constant(0, it.width) } else { it.a })
            },
        ),
        lossy(
            "the stack pointer rounded down: what it is where the frame happens to be aligned",
            "the frame happens to be aligned: where it lies is no matter of the source",
            &[("(and (sum -0x28 frame) -16)", "(sum -0x30 frame)"), ("(and -32 frame)", "frame")],
            |graph, it| {
                let mask = graph.number(it.b).filter(|_| it.op == Op::And)?;
                graph.aligned_frame(it.width, it.a, mask)
            },
        ),
        sound("with no bits", &[("(and a 0)", "0"), ("(or a 0)", "a"), ("(xor a 0)", "a")], |graph, it| {
            (graph.number(it.b)? == 0).then_some(if it.op == Op::And { it.b } else { it.a })
        }),
        sound("with all bits", &[("(and a -1)", "a"), ("(or.8 a -1:8)", "-1:8")], |graph, it| {
            let all = graph.number(it.b)? == narrow(u64::MAX, it.width);
            match it.op {
                Op::And if all => Some(it.a),
                Op::Or if all => Some(it.b),
                _ => None,
            }
        }),
        sound("a truth turned round", &[("(xor.1 (xor.1 (eq a b) 1:8) 1)", "(eq a b)")], |graph, it| {
            graph.number(it.b)?;
            (it.op == Op::Xor && it.width == 1).then(|| graph.not(it.a))
        }),
        sound("all bits turned round: !a", &[("(xor a -1)", "(sum -1 -1*a)")], |graph, it| {
            let all = graph.number(it.b)? == narrow(u64::MAX, it.width);
            (it.op == Op::Xor && all).then(|| graph.make(Op::Not, it.width, &[it.a]))
        }),
        sound(
            "the mask of what has no more bits",
            &[("(and (load8 a) 0xff)", "(load8 a)"), ("(and.32 (eq a b) 1)", "(eq a b)")],
            |graph, it| {
                let mask = mask(graph, it)?;
                let bits = graph.few_bits(it.a).filter(|bits| *bits < 64)?;
                (mask & low(bits) == low(bits)).then_some(it.a)
            },
        ),
        lossy(
            "the low 32 bits: the value",
            "widths of 32 and more are not told apart",
            &[("(and a 0xffffffff)", "a")],
            |graph, it| (mask(graph, it)? == 0xffff_ffff && it.width == 64).then_some(it.a),
        ),
        sound(
            "the sign in front of the bits that are kept does not matter",
            &[("(and (sext8 a) 0x7f)", "(and a 0x7f)"), ("(and.32 (sext16.32 a) 0xff)", "(and.32 a 0xff)")],
            |graph, it| {
                let mask = mask(graph, it)?;
                let Kind::Op(Op::SignExtend(from)) = graph.kind(it.a) else { return None };
                let inner = graph.operand(it.a, 0).filter(|_| mask >> from.min(63) == 0)?;
                Some(graph.again(Op::And, it.width, &[inner, it.b]))
            },
        ),
        sound(
            "bit operations on the same two values: `mixed.rs`",
            &[
                ("(and (xor a (sum -1 -1*b)) a)", "(and a b)"),
                ("(or (and a b) (xor a b))", "(or a b)"),
                ("(or.32 (and (sum -1 -1*a) b) (and a (sum -1 -1*b)))", "(xor.32 a b)"),
            ],
            Graph::told_by_table,
        ),
        sound(
            "the lowest bit of a product of two numbers in a row",
            &[("(and (mul a (sum 1 a)) 1)", "0"), ("(and.32 (mul.32 (sum.32 -1 a) a) 1)", "0:32")],
            |graph, it| graph.is_even(it).map(|()| graph.constant(0, it.width)),
        ),
        sound("two masks: one", &[("(and (and a 0xff0) 0x3c)", "(and a 0x30)")], |graph, it| {
            let mask = mask(graph, it).filter(|_| graph.kind(it.a) == Kind::Op(Op::And))?;
            let (inner, before) = (graph.operand(it.a, 0)?, graph.operand_number(it.a, 1)?);
            let mask = graph.constant(mask & before, 64);
            Some(graph.again(Op::And, it.width, &[inner, mask]))
        }),
        sound(
            "`x << k | x >> (width - k)`: a rotation",
            &[("(or.32 (sum.32 0 32*a) (shr.32 a 0x1b:8))", "(rol.32 a 5:8)")],
            |graph, it| {
                if it.op != Op::Or || graph.number(it.b).is_some() {
                    return None;
                }
                graph.rotation(it.width, it.a, it.b).or_else(|| graph.rotation(it.width, it.b, it.a))
            },
        ),
        sound("a number comes last", &[("(and.8 6 a)", "(and.32 a 6)")], |graph, it| {
            graph.number(it.b)?;
            // 8 and 16 bits are kept in registers of 32
            Some(graph.plain(it.op, it.width.max(32), &[it.a, it.b]))
        }),
    ],
    rest: super::older_first,
    counted: true,
};

/// The mask of an `and` with a number.
fn mask(graph: &Graph, it: Asked) -> Option<u64> {
    graph.number(it.b).filter(|_| it.op == Op::And)
}

/// So many low bits, fewer than 64.
fn low(bits: u32) -> u64 {
    (1 << bits) - 1
}

impl Graph {
    /// The frame's address rounded down to a multiple of 2 to 4096, by its offset from the entry.
    fn aligned_frame(&mut self, width: Width, a: NodeId, mask: u64) -> Option<NodeId> {
        let node = self.node(a);
        let frame = match (node.kind, self.operands(a)) {
            (Kind::Frame, _) => a,
            (Kind::Sum, [one]) if one.times == 1 && self.kind(one.node) == Kind::Frame => one.node,
            _ => return None,
        };
        let offset = if node.kind == Kind::Sum { node.payload } else { 0 };
        let down = mask.wrapping_neg().is_power_of_two() && mask.wrapping_neg() <= 4096;
        down.then(|| self.sum(width, &[(frame, 1)], offset & mask))
    }

    fn rotation(&mut self, width: Width, left: NodeId, right: NodeId) -> Option<NodeId> {
        let (value, times) = self.multiple(left)?;
        let by = u64::from(times.trailing_zeros());
        let shifted = self.kind(right) == Kind::Op(Op::Shr) && self.operand(right, 0) == Some(value);
        let rest = self.operand_number(right, 1)?;
        let whole =
            1i64.checked_shl(by as u32) == Some(times) && by.checked_add(rest) == Some(u64::from(width));
        (shifted && whole && width >= 32).then(|| {
            let by = self.constant(by, 8);
            self.plain(Op::Rol, width, &[value, by])
        })
    }

    /// How many low bits of a value may be other than zero, where that is known to be few.
    pub(super) fn few_bits(&self, id: NodeId) -> Option<u32> {
        let node = self.node(id);
        match node.kind {
            Kind::Load if node.width < 32 => Some(u32::from(node.width)),
            Kind::Op(op) if super::is_truth(op) => Some(1),
            Kind::Op(Op::Xor) if node.width == 1 => Some(1),
            Kind::Op(Op::And) => Some(64 - self.operand_number(id, 1)?.leading_zeros()),
            Kind::Op(Op::PopCount | Op::LeadingZeros | Op::TrailingZeros) => Some(8),
            _ => None,
        }
    }
}
