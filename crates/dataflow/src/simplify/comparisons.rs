//! Comparisons and choices.

use super::{Asked, RULES, Rules, lossy, narrow, older_first, sound, with_three};
use crate::graph::{Graph, Kind, NodeId, Operand};
use crate::machine::{Op, Width};

/// Nodes passed that only change a width.
const MOST_WIDTHS: u32 = 64;
/// Opposites passed that stand before a condition.
const MOST_OPPOSITES: u32 = 24;

pub(super) const EQUAL: Rules = Rules {
    shape: without_extensions,
    rows: &[
        sound("with itself: true", &[("(eq a a)", "1:8")], |graph, it| {
            (it.a == it.b).then(|| graph.constant(1, 1))
        }),
        sound(
            "of a truth with 0 or 1: the truth or its opposite",
            &[("(eq (ult a b) 1)", "(ult a b)"), ("(eq 0 (ult a b))", "(xor.1 (ult a b) 1:8)")],
            |graph, it| {
                let (truth, value) = either_way(it, |truth, other| {
                    let value = graph.number(other).filter(|value| *value <= 1)?;
                    let is_truth = graph.few_bits(truth) == Some(1) && graph.kind(truth) != Kind::Op(Op::And);
                    is_truth.then_some((truth, value))
                })?;
                Some(if value == 1 { truth } else { graph.not(truth) })
            },
        ),
        sound("`(x ^ y) == 0`: x == y", &[("(eq (xor a b) 0)", "(eq a b)")], |graph, it| {
            let (x, y, _) = either_way(it, |value, zero| parts(graph, Op::Xor, value, zero))?;
            Some(graph.again(Op::Eq, it.width, &[x, y]))
        }),
        sound(
            "`((x ^ y) | z) == 0`: several comparisons in one",
            &[("(eq (or (xor a b) c) 0)", "(and.1 (eq a b) (eq c 0))")],
            |graph, it| {
                let (x, y, zero) = either_way(it, |value, zero| parts(graph, Op::Or, value, zero))?;
                if !graph.is_difference(x) && !graph.is_difference(y) {
                    return None;
                }
                let x = graph.again(Op::Eq, it.width, &[x, zero]);
                let y = graph.again(Op::Eq, it.width, &[y, zero]);
                Some(graph.plain(Op::And, 1, &[x.min(y), x.max(y)]))
            },
        ),
        lossy(
            "`a - b == 0`, `a + c == d`, `4 * a == 4 * b`: what is added on one side, what is taken away on the other",
            "multiples do not overflow, and the bits in front of what was extended do not matter",
            &[
                ("(eq (sum 1 a) 3)", "(eq a 2)"),
                ("(eq (sum 0 -1*a) 3)", "(eq a -3)"),
                ("(eq (sum 0 a b) (sum 5 b))", "(eq a 5)"),
                ("(eq (sum 2 a) (sum 3 a))", "0:8"),
                ("(eq b a)", "(eq a b)"),
                ("(eq (sum 0 4*a -4*b) 0)", "(eq a b)"),
                ("(eq (sum 1 2*a c) (sum 0 b))", "(eq b (sum 1 2*a c))"),
                ("(eq.32 (sext8.32 a) 5)", "(eq a 5:32)"),
            ],
            |graph, it| {
                let difference = graph.sum(it.width, &[(it.a, 1), (it.b, -1)], 0);
                let node = graph.node(difference);
                let (left, right) = match (node.kind, graph.operands(difference)) {
                    (Kind::Constant, _) => return Some(graph.constant(u64::from(node.payload == 0), 1)),
                    (Kind::Sum, &[one]) if one.times == 1 => {
                        (one.node, graph.constant(node.payload.wrapping_neg(), it.width))
                    }
                    (Kind::Sum, &[one]) if one.times == -1 => {
                        (one.node, graph.constant(node.payload, it.width))
                    }
                    (Kind::Sum, &[one, other])
                        if node.payload == 0 && one.times == other.times.wrapping_neg() =>
                    {
                        (one.node.min(other.node), one.node.max(other.node))
                    }
                    (Kind::Sum, _) => graph.sides(it.width, difference),
                    _ => (difference, graph.constant(0, it.width)),
                };
                Some(graph.plain(Op::Eq, 64, &[left, right]))
            },
        ),
    ],
    rest: older_first,
    counted: true,
};

/// Against a number always `a < number` or its opposite.
pub(super) const LESS: Rules = Rules {
    rows: &[
        sound("than itself: false", &[("(ult a a)", "0:8")], |graph, it| {
            (it.a == it.b).then(|| graph.constant(0, 1))
        }),
        sound(
            "the greatest number is below nothing",
            &[("(ult -1 a)", "0:8"), ("(slt 0x7fffffffffffffff a)", "0:8"), ("(slt.32 0x7fffffff a)", "0:8")],
            |graph, it| {
                let next = graph.number(it.a).filter(|_| graph.number(it.b).is_none())?.wrapping_add(1);
                let first = if it.op == Op::Slt { 1 << it.width.clamp(1, 64).wrapping_sub(1) } else { 0 };
                (narrow(next, it.width) == narrow(first, it.width)).then(|| graph.constant(0, 1))
            },
        ),
        sound(
            "`number < b`: not `b < number + 1`",
            &[("(slt 5 a)", "(xor.1 (slt a 6) 1:8)"), ("(ult 0 a)", "(xor.1 (eq a 0) 1:8)")],
            |graph, it| {
                let next = graph.number(it.a).filter(|_| graph.number(it.b).is_none())?.wrapping_add(1);
                let next = graph.constant(next, it.width);
                let less = below(graph, Asked { a: it.b, b: next, ..it });
                Some(graph.not(less))
            },
        ),
        sound("below 1: 0", &[("(ult a 1)", "(eq a 0)")], |graph, it| {
            (is_unsigned_below(graph, it)? == 1).then(|| below(graph, it))
        }),
        sound("below 0: nothing", &[("(ult a 0)", "0:8")], |graph, it| {
            (is_unsigned_below(graph, it)? == 0).then(|| below(graph, it))
        }),
    ],
    rest: below,
    ..RULES
};

/// The number of `a < number` without signs.
fn is_unsigned_below(graph: &Graph, it: Asked) -> Option<u64> {
    graph.number(it.b).filter(|_| it.op == Op::Ult && graph.number(it.a).is_none())
}

/// `a < b`, where not only `a` is a number.
fn below(graph: &mut Graph, it: Asked) -> NodeId {
    match is_unsigned_below(graph, it) {
        Some(1) => {
            let zero = graph.constant(0, it.width);
            graph.again(Op::Eq, it.width, &[it.a, zero])
        }
        Some(0) => graph.constant(0, 1),
        _ => graph.plain(it.op, 64, &[it.a, it.b]),
    }
}

/// a is the condition, b the value where it holds, c where not.
pub(super) const SELECT: Rules = Rules {
    shape: without_opposites,
    rows: &[
        sound("between the same", &[("(select (eq a b) c c)", "c")], |_, it| (it.b == it.c).then_some(it.b)),
        sound("by a number", &[("(select 1:8 a b)", "a"), ("(select 0:8 a b)", "b")], |graph, it| {
            let condition = graph.number(it.a)?;
            Some(if condition & 1 == 1 { it.b } else { it.c })
        }),
        sound(
            "of 1 and 0: the condition, or its opposite",
            &[
                ("(select (ult a b) 1 0)", "(ult a b)"),
                ("(select (xor.1 (ult a b) 1:8) 1 0)", "(xor.1 (ult a b) 1:8)"),
            ],
            |graph, it| match (graph.number(it.b), graph.number(it.c)) {
                (Some(1), Some(0)) => Some(it.a),
                (Some(0), Some(1)) => Some(graph.not(it.a)),
                _ => None,
            },
        ),
        sound(
            "by an opposite: the other way round",
            &[("(select (xor.1 (ult a b) 1:8) c d)", "(select (ult a b) d c)")],
            |graph, it| Some(with_three(graph, it)),
        ),
    ],
    rest: with_three,
    ..RULES
};

/// Without what only changes a width: where equality is asked for it does not matter.
fn without_extensions(graph: &Graph, asked: Asked) -> Asked {
    Asked { a: graph.bare(asked.a), b: graph.bare(asked.b), ..asked }
}

/// The condition without opposites before it, the values changed for each.
fn without_opposites(graph: &Graph, mut asked: Asked) -> Asked {
    for _ in 0..MOST_OPPOSITES {
        let Some(inner) = graph.negated(asked.a) else { break };
        asked = Asked { a: inner, b: asked.c, c: asked.b, ..asked };
    }
    asked
}

/// Looks at both operands as the one and the other.
fn either_way<T>(it: Asked, look: impl Fn(NodeId, NodeId) -> Option<T>) -> Option<T> {
    look(it.a, it.b).or_else(|| look(it.b, it.a))
}

/// The operands of an operation on bits, where it is compared with zero; and the zero.
fn parts(graph: &Graph, op: Op, value: NodeId, zero: NodeId) -> Option<(NodeId, NodeId, NodeId)> {
    let node = graph.node(value);
    let fits = graph.number(zero) == Some(0) && node.kind == Kind::Op(op) && node.width > 1;
    Some((graph.operand(value, 0).filter(|_| fits)?, graph.operand(value, 1)?, zero))
}

impl Graph {
    /// The opposite of a truth.
    pub fn not(&mut self, a: NodeId) -> NodeId {
        if let Some(value) = self.number(a) {
            return self.constant(value ^ 1, 1);
        }
        if let Some(inner) = self.negated(a) {
            return inner;
        }
        let one = self.constant(1, 1);
        let (a, one) = (Operand { node: a, times: 1 }, Operand { node: one, times: 1 });
        self.intern(Kind::Op(Op::Xor), 1, 0, &[a, one])
    }

    /// What it is the opposite of, where it is one.
    pub fn negated(&self, a: NodeId) -> Option<NodeId> {
        let node = self.node(a);
        (node.kind == Kind::Op(Op::Xor) && node.width == 1).then(|| self.operand(a, 0)).flatten()
    }

    /// `a < b`.
    pub(super) fn less(&mut self, op: Op, width: Width, a: NodeId, b: NodeId) -> NodeId {
        self.by_rule(op, width, &[a, b])
    }

    /// A value without extensions that do not matter where only equality counts.
    fn bare(&self, mut a: NodeId) -> NodeId {
        for _ in 0..MOST_WIDTHS {
            match (self.kind(a), self.operand(a, 0)) {
                (Kind::Op(Op::SignExtend(_) | Op::Truncate | Op::ZeroExtend), Some(inner)) => a = inner,
                _ => break,
            }
        }
        a
    }

    /// Whether a value is zero exactly where two others are equal.
    fn is_difference(&self, id: NodeId) -> bool {
        match self.kind(id) {
            Kind::Op(Op::Xor) => true,
            Kind::Op(Op::Or) => self.operands(id).iter().any(|it| self.kind(it.node) == Kind::Op(Op::Xor)),
            _ => false,
        }
    }
}
