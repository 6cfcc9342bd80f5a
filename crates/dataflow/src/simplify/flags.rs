//! Conditions on flags: each becomes a condition on what the flags were made of.

use super::{Asked, RULES, Rules, lossy, sound, with_one};
use crate::graph::{Graph, Kind, NodeId};
use crate::machine::{Cond, Op, Width};
use crate::numbers;

/// a is the flags.
pub(super) const TEST: Rules = Rules {
    rows: &[
        sound("of known flags", &[("(test-ult 1:8)", "1:8")], |graph, it| {
            let flags = graph.number(it.a)?;
            Some(graph.constant(u64::from(numbers::holds(condition(it)?, flags.into())), 1))
        }),
        sound(
            "of a difference: a comparison",
            &[
                ("(test-eq (flagssub a b))", "(eq a b)"),
                ("(test-uge (flagssub a b))", "(xor.1 (ult a b) 1:8)"),
                ("(test-sgt (flagssub a b))", "(slt b a)"),
                ("(test-sle (flagssub a b))", "(xor.1 (slt b a) 1:8)"),
                ("(test-negative (flagssub a b))", "(slt (sum 0 a -1*b) 0)"),
                ("(test-nooverflow (flagssub a b))", "(xor.1 (test-overflow (flagssub a b)) 1:8)"),
            ],
            |graph, it| {
                let flags = Flags::made_by(graph, it, |op| op == Op::FlagsSub)?;
                Some(graph.test_difference(flags.cond, flags.width, flags.a, flags.b))
            },
        ),
        sound(
            "of a result: a comparison with zero",
            &[
                ("(test-ult (flagslogic a))", "0:8"),
                ("(test-ugt (flagslogic a))", "(xor.1 (eq a 0) 1:8)"),
                ("(test-sle (flagslogic a))", "(slt a 1)"),
            ],
            |graph, it| {
                let Flags { cond, width, a, .. } = Flags::made_by(graph, it, |op| op == Op::FlagsLogic)?;
                let zero = graph.constant(0, width);
                Some(match cond {
                    Cond::Ult | Cond::Overflow => graph.constant(0, 1),
                    Cond::Uge | Cond::NoOverflow => graph.constant(1, 1),
                    Cond::Ule => graph.again(Op::Eq, width, &[a, zero]),
                    Cond::Ugt => {
                        let equal = graph.again(Op::Eq, width, &[a, zero]);
                        graph.not(equal)
                    }
                    _ => graph.test_difference(cond, width, a, zero),
                })
            },
        ),
        lossy(
            "of a sum: carry is a sum below a part, the rest a comparison with zero",
            "sums of numbers with a sign do not overflow",
            &[
                ("(test-ult (flagsadd a b))", "(ult (sum 0 a b) a)"),
                ("(test-ne (flagsadd a b))", "(xor.1 (eq (sum 0 a b) 0) 1:8)"),
                ("(test-slt (flagsadd a b))", "(slt (sum 0 a b) 0)"),
            ],
            |graph, it| {
                let Flags { cond, width, a, b } = Flags::made_by(graph, it, |op| op == Op::FlagsAdd)?;
                let sum = graph.sum(width, &[(a, 1), (b, 1)], 0);
                Some(match cond {
                    Cond::Ult => graph.less(Op::Ult, width, sum, a),
                    Cond::Uge => {
                        let carry = graph.less(Op::Ult, width, sum, a);
                        graph.not(carry)
                    }
                    Cond::Ule | Cond::Ugt | Cond::Overflow | Cond::NoOverflow => with_one_of(graph, it),
                    Cond::Parity | Cond::NoParity => with_one_of(graph, it),
                    _ => {
                        let zero = graph.constant(0, width);
                        graph.test_difference(cond, width, sum, zero)
                    }
                })
            },
        ),
        sound(
            "of flags whose carry is another's: of those or of the other's",
            &[
                ("(test-ult (flagskeepcarry (flagssub a 1) (flagssub a b)))", "(ult a b)"),
                ("(test-eq (flagskeepcarry (flagssub a 1) (flagssub a b)))", "(eq a 1)"),
            ],
            |graph, it| {
                let Flags { cond, a: new, b: old, .. } =
                    Flags::made_by(graph, it, |op| op == Op::FlagsKeepCarry)?;
                Some(match cond {
                    Cond::Ult | Cond::Uge => graph.test(cond, old),
                    Cond::Ule | Cond::Ugt => with_one_of(graph, it),
                    _ => graph.test(cond, new),
                })
            },
        ),
        sound(
            "of flags whose carry is a bit: the bit, or of the others",
            &[
                ("(test-uge (flagssetcarry (eq a b) (flagssub a c)))", "(xor.1 (eq a b) 1:8)"),
                ("(test-slt (flagssetcarry (eq a b) (flagssub a c)))", "(slt a c)"),
            ],
            |graph, it| {
                let Flags { cond, a: bit, b: old, .. } =
                    Flags::made_by(graph, it, |op| op == Op::FlagsSetCarry)?;
                Some(match cond {
                    Cond::Ult => bit,
                    Cond::Uge => graph.not(bit),
                    Cond::Ule | Cond::Ugt => with_one_of(graph, it),
                    _ => graph.test(cond, old),
                })
            },
        ),
        sound(
            "of flags whose overflow is a bit: the bit, or of the others",
            &[
                ("(test-overflow (flagssetoverflow (eq a b) (flagssub a c)))", "(eq a b)"),
                ("(test-ult (flagssetoverflow (eq a b) (flagssub a c)))", "(ult a c)"),
            ],
            |graph, it| {
                let Flags { cond, a: bit, b: old, .. } =
                    Flags::made_by(graph, it, |op| op == Op::FlagsSetOverflow)?;
                Some(match cond {
                    Cond::Overflow => bit,
                    Cond::NoOverflow => graph.not(bit),
                    Cond::Slt | Cond::Sge | Cond::Sle | Cond::Sgt => with_one_of(graph, it),
                    _ => graph.test(cond, old),
                })
            },
        ),
        sound(
            "of flags with the carry inverted",
            &[
                ("(test-uge (flagsinvertcarry (flagssub a b)))", "(ult a b)"),
                ("(test-eq (flagsinvertcarry (flagssub a b)))", "(eq a b)"),
            ],
            |graph, it| {
                let Flags { cond, a: inner, .. } =
                    Flags::made_by(graph, it, |op| op == Op::FlagsInvertCarry)?;
                Some(match cond {
                    Cond::Ult | Cond::Uge => graph.test(cond.negated(), inner),
                    Cond::Ule | Cond::Ugt => with_one_of(graph, it),
                    _ => graph.test(cond, inner),
                })
            },
        ),
        lossy(
            "of a comparison of floats",
            "neither is unordered, as the source took it",
            &[
                ("(test-ult (flagsfloat a b))", "(flt a b)"),
                ("(test-uge (flagsfloat a b))", "(xor.1 (flt a b) 1:8)"),
                ("(test-parity (flagsfloat b a))", "(funordered a b)"),
                // where the first is no number x86 sets the carry
                ("(test-ult (flagsfloat 0x7ff8000000000000 a))", "(flt 0x7ff8000000000000 a)"),
            ],
            |graph, it| {
                let is_float = |op| matches!(op, Op::FlagsFloat | Op::FlagsFloatA64);
                let Flags { cond, width, a, b } = Flags::made_by(graph, it, is_float)?;
                Some(graph.test_floats(cond, width, a, b))
            },
        ),
        sound(
            "of a choice of flags: a choice of conditions",
            &[
                (
                    "(test-eq (select.8 (ult a b) (flagssub a 1) (flagssub b 1)))",
                    "(select.1 (ult a b) (eq a 1) (eq b 1))",
                ),
                (
                    "(test-eq (select.8 (ult a b) (flagssub a 1) (flagssub a a)))",
                    "(or.1 (eq a 1) (xor.1 (ult a b) 1:8))",
                ),
            ],
            |graph, it| {
                let Flags { cond, a: condition, b: yes, .. } =
                    Flags::made_by(graph, it, |op| op == Op::Select)?;
                let no = graph.operand(it.a, 2).unwrap_or(yes);
                let (yes, no) = (graph.test(cond, yes), graph.test(cond, no));
                Some(graph.choose(condition, yes, no))
            },
        ),
    ],
    rest: with_one_of,
    counted: true,
    ..RULES
};

/// Flags and what they were made of.
struct Flags {
    /// What is asked of them.
    cond: Cond,
    width: Width,
    a: NodeId,
    b: NodeId,
}

impl Flags {
    /// The flags that a condition is asked of, where such an operation made them.
    fn made_by(graph: &Graph, it: Asked, is_it: impl Fn(Op) -> bool) -> Option<Flags> {
        let node = graph.node(it.a);
        let Kind::Op(op) = node.kind else { return None };
        let cond = condition(it).filter(|_| is_it(op))?;
        let operand = |place| graph.operand(it.a, place).unwrap_or(it.a);
        Some(Flags { cond, width: node.width, a: operand(0), b: operand(1) })
    }
}

fn condition(it: Asked) -> Option<Cond> {
    match it.op {
        Op::Test(cond) => Some(cond),
        _ => None,
    }
}

/// The condition as it is; of each pair of opposites one is written as the other's.
fn with_one_of(graph: &mut Graph, it: Asked) -> NodeId {
    match condition(it).filter(|cond| is_opposite(*cond)) {
        Some(cond) => {
            let other = with_one(graph, Asked { op: Op::Test(cond.negated()), width: 8, ..it });
            graph.not(other)
        }
        None => with_one(graph, Asked { width: 8, ..it }),
    }
}

/// Whether a condition is written as the opposite of another.
fn is_opposite(cond: Cond) -> bool {
    use Cond::*;
    matches!(cond, Ne | Uge | Ule | Sge | Sle | NotNegative | NoOverflow | NoParity)
}

impl Graph {
    fn test(&mut self, cond: Cond, flags: NodeId) -> NodeId {
        self.again(Op::Test(cond), 8, &[flags])
    }

    /// A choice between truths.
    fn choose(&mut self, condition: NodeId, yes: NodeId, no: NodeId) -> NodeId {
        let (op, condition, other) = match (self.number(yes), self.number(no)) {
            (_, Some(0)) => (Op::And, condition, yes),
            (_, Some(_)) => (Op::Or, self.not(condition), yes),
            (Some(0), _) => (Op::And, self.not(condition), no),
            (Some(_), _) => (Op::Or, condition, no),
            _ => return self.by_rule(Op::Select, 1, &[condition, yes, no]),
        };
        self.plain(op, 1, &[condition.min(other), condition.max(other)])
    }

    /// A condition on `a - b`; of each pair of opposites one is written as the other's.
    fn test_difference(&mut self, cond: Cond, width: Width, a: NodeId, b: NodeId) -> NodeId {
        if is_opposite(cond) {
            let opposite = self.difference(cond.negated(), width, a, b);
            return self.not(opposite);
        }
        self.difference(cond, width, a, b)
    }

    fn difference(&mut self, cond: Cond, width: Width, a: NodeId, b: NodeId) -> NodeId {
        match cond {
            Cond::Eq => self.again(Op::Eq, width, &[a, b]),
            Cond::Ult => self.make(Op::Ult, width, &[a, b]),
            Cond::Ugt => self.make(Op::Ult, width, &[b, a]),
            Cond::Slt => self.make(Op::Slt, width, &[a, b]),
            Cond::Sgt => self.make(Op::Slt, width, &[b, a]),
            Cond::Negative => {
                let difference = self.sum(width, &[(a, 1), (b, -1)], 0);
                let zero = self.constant(0, width);
                self.make(Op::Slt, width, &[difference, zero])
            }
            _ => {
                let flags = self.plain(Op::FlagsSub, width, &[a, b]);
                self.plain(Op::Test(cond), 8, &[flags])
            }
        }
    }

    /// A condition on two floats; of each pair of opposites one is written as the other's.
    fn test_floats(&mut self, cond: Cond, width: Width, a: NodeId, b: NodeId) -> NodeId {
        match cond {
            Cond::Eq => self.make(Op::FEq, width, &[a, b]),
            Cond::Ult | Cond::Slt | Cond::Negative => self.plain(Op::FLt, width, &[a, b]),
            Cond::Ugt | Cond::Sgt => self.plain(Op::FLt, width, &[b, a]),
            Cond::Parity | Cond::Overflow => self.plain(Op::FUnordered, width, &[a.min(b), a.max(b)]),
            _ => {
                let opposite = self.test_floats(cond.negated(), width, a, b);
                self.not(opposite)
            }
        }
    }
}
