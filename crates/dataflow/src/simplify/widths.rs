//! Widths: what is cut, what is put in front, what is put in.

use super::{Asked, RULES, Rules, lossy, narrow, sound, with_one};
use crate::graph::{Graph, Kind, NodeId};
use crate::machine::Op;

pub(super) const TRUNCATE: Rules = Rules {
    rows: &[
        sound("the lowest bit of a truth", &[("(trunc.1 (eq a b))", "(eq a b)")], |graph, it| {
            (it.width == 1 && graph.few_bits(it.a) == Some(1)).then_some(it.a)
        }),
        sound(
            "the lowest bit, also of what was shifted: a test of one bit",
            &[
                ("(trunc.1 a)", "(xor.1 (eq (and a 1) 0) 1:8)"),
                ("(trunc.1 (shr a 5:8))", "(xor.1 (eq (and a 0x20) 0) 1:8)"),
            ],
            |graph, it| (it.width == 1).then(|| graph.lowest_bit(it.a)),
        ),
        sound(
            "of what was put in at the bottom",
            &[("(trunc.8 (insert0_16 a b))", "(trunc.8 b)")],
            |graph, it| {
                let (at, bits) = inserted(graph, it.a)?;
                let new = graph.operand(it.a, 1).filter(|_| at == 0 && bits >= it.width)?;
                Some(graph.again(Op::Truncate, it.width, &[new]))
            },
        ),
        sound(
            "of what is below what was put in",
            &[("(trunc.8 (insert8_8 a b))", "(trunc.8 a)")],
            |graph, it| {
                let (at, _) = inserted(graph, it.a)?;
                let old = graph.operand(it.a, 0).filter(|_| at >= it.width)?;
                Some(graph.again(Op::Truncate, it.width, &[old]))
            },
        ),
        sound("of a mask of as many bits", &[("(trunc.8 (and a 0xfff))", "(trunc.8 a)")], |graph, it| {
            let mask = graph.operand_number(it.a, 1).filter(|_| graph.kind(it.a) == Kind::Op(Op::And))?;
            let all = it.width < 32 && narrow(mask, it.width) == narrow(u64::MAX, it.width);
            let inner = graph.operand(it.a, 0).filter(|_| all)?;
            Some(graph.again(Op::Truncate, it.width, &[inner]))
        }),
        sound(
            "of what has no more bits",
            &[("(trunc.8 (load8 a))", "(load8 a)"), ("(trunc.16 (and a 0xff))", "(and a 0xff)")],
            |graph, it| {
                let few = graph.few_bits(it.a).is_some_and(|bits| bits <= u32::from(it.width));
                (few || graph.node(it.a).width <= it.width).then_some(it.a)
            },
        ),
        // what lies above is not looked at by what takes 32 bits; what takes more is `ZERO_EXTEND`'s affair
        sound("to 32 bits: the value", &[("(trunc.32 a)", "a")], |graph, it| {
            (it.width >= 32 && graph.node(it.a).width <= 64).then_some(it.a)
        }),
        sound("cut twice", &[("(trunc.8 (trunc.16 a))", "(trunc.8 a)")], |graph, it| {
            let inner = graph.operand(it.a, 0).filter(|_| graph.kind(it.a) == Kind::Op(Op::Truncate))?;
            Some(graph.again(Op::Truncate, it.width, &[inner]))
        }),
        lossy(
            "with a sign from below: without it",
            "what was extended is asked for as far as it was known",
            &[("(trunc.16 (sext8 a))", "a")],
            |graph, it| match graph.kind(it.a) {
                Kind::Op(Op::SignExtend(from)) if from <= it.width => graph.operand(it.a, 0),
                _ => None,
            },
        ),
    ],
    rest: with_one,
    counted: true,
    ..RULES
};

pub(super) const ZERO_EXTEND: Rules = Rules {
    rows: &[
        lossy(
            "from 32 bits: the value",
            "widths of 32 and more are not told apart, and what is narrower is kept in registers of 32",
            &[("(zext (sum.32 1 a))", "(sum.32 1 a)")],
            |graph, it| (graph.node(it.a).width >= 32).then_some(it.a),
        ),
        sound("of what has few bits anyway", &[("(zext (load8 a))", "(load8 a)")], |graph, it| {
            (graph.few_bits(it.a).is_some() || graph.node(it.a).width == 1).then_some(it.a)
        }),
        sound("of what was cut: its low bits", &[("(zext (trunc.8 a))", "(and a 0xff)")], |graph, it| {
            let inner = graph.operand(it.a, 0).filter(|_| graph.kind(it.a) == Kind::Op(Op::Truncate))?;
            let mask = graph.constant((1 << graph.node(it.a).width) - 1, 64);
            Some(graph.make(Op::And, it.width.min(64), &[inner, mask]))
        }),
        sound("of anything narrow: the value", &[("(zext (mul.8 a b))", "(mul.8 a b)")], |_, it| Some(it.a)),
    ],
    rest: with_one,
    ..RULES
};

pub(super) const SIGN_EXTEND: Rules = Rules {
    rows: &[
        lossy(
            "from 32 bits and more: the value",
            "widths of 32 and more are not told apart",
            &[("(sext32 a)", "a")],
            |_, it| (from(it) >= 32).then_some(it.a),
        ),
        sound("of what does not reach the sign", &[("(sext8 (and a 0x7f))", "(and a 0x7f)")], |graph, it| {
            let few = graph.few_bits(it.a).filter(|_| graph.kind(it.a) != Kind::Load)?;
            (few < u32::from(from(it))).then_some(it.a)
        }),
        sound("of what was cut to as much", &[("(sext8.32 (trunc.8 a))", "(sext8.32 a)")], |graph, it| {
            let is_cut = graph.kind(it.a) == Kind::Op(Op::Truncate) && graph.node(it.a).width == from(it);
            let inner = graph.operand(it.a, 0).filter(|_| is_cut)?;
            Some(graph.plain(it.op, it.width.max(32), &[inner]))
        }),
    ],
    // 8 bits extended to 16 are kept in registers of 32
    rest: |graph, it| graph.plain(it.op, it.width.max(32), &[it.a]),
    ..RULES
};

/// a is the old value, b what is put in.
pub(super) const INSERT: Rules = Rules {
    rows: &[
        sound("over all of it", &[("(insert0_64 a b)", "b")], |_, it| {
            let (at, bits) = insertion(it.op)?;
            (at == 0 && bits >= it.width).then_some(it.b)
        }),
        lossy(
            "32 bits over 64: the new value",
            "widths of 32 and more are not told apart",
            &[("(insert0_32 a b)", "b")],
            |_, it| {
                let (at, bits) = insertion(it.op)?;
                (at == 0 && bits >= 32 && it.width <= 64).then_some(it.b)
            },
        ),
        sound(
            "over all that was put in before",
            &[("(insert0_16 (insert0_8 a b) c)", "(insert0_16 a c)")],
            |graph, it| {
                let (at, bits) = insertion(it.op)?;
                let (before_at, before) = inserted(graph, it.a)?;
                let older = graph.operand(it.a, 0).filter(|_| at == 0 && before_at == 0 && before <= bits)?;
                Some(graph.plain(it.op, it.width, &[older, it.b]))
            },
        ),
    ],
    ..RULES
};

/// How many bits a sign extension starts from.
fn from(it: Asked) -> u8 {
    match it.op {
        Op::SignExtend(from) => from,
        _ => it.width,
    }
}

/// Where an insertion puts how many bits.
fn insertion(op: Op) -> Option<(u8, u8)> {
    match op {
        Op::Insert { at, bits } => Some((at, bits)),
        _ => None,
    }
}

/// The same for what is one.
fn inserted(graph: &Graph, id: NodeId) -> Option<(u8, u8)> {
    match graph.kind(id) {
        Kind::Op(op) => insertion(op),
        _ => None,
    }
}

impl Graph {
    /// The lowest bit as truth: of a shifted value, the test of one bit.
    fn lowest_bit(&mut self, a: NodeId) -> NodeId {
        let is_shifted = matches!(self.kind(a), Kind::Op(Op::Shr | Op::Sar));
        let by = self.operand_number(a, 1).filter(|by| is_shifted && *by < 64);
        let (value, bit) = match (by, self.operand(a, 0)) {
            (Some(by), Some(value)) => (value, 1u64 << by),
            _ => (a, 1),
        };
        let mask = self.constant(bit, 64);
        let part = self.make(Op::And, 64, &[value, mask]);
        let zero = self.constant(0, 64);
        let equal = self.make(Op::Eq, 64, &[part, zero]);
        self.not(equal)
    }
}
