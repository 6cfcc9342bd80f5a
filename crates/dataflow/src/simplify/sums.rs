//! Sums: what is added, taken away and multiplied is one list of terms, each so many times. And quotients.

use super::{RULES, Rules, lossy, narrow, number_second, older_first, sound, with_three};
use crate::graph::{Graph, Kind, NodeId, Operand};
use crate::machine::{Op, Width};

/// Most different terms of a sum; a longer one stays nested (judgement: sources seldom add more).
const MOST_TERMS: usize = 12;

/// The terms of a sum while it is made: as many as stay, and two more.
type Terms = [Operand; MOST_TERMS + 2];

pub(super) const ADD: Rules = Rules {
    rows: &[
        sound(
            "a sum in mixed words: `mixed.rs`",
            &[
                ("(add (xor a b) (sum 0 2*(and a b)))", "(sum 0 a b)"),
                ("(add.32 (or a b) (and a b))", "(sum.32 0 a b)"),
                ("(add (and a (sum -1 -1*b)) b)", "(or a b)"),
                ("(add (sum 5 (xor a b)) (sum 1 c (and a b)))", "(sum 6 c (or a b))"),
            ],
            |graph, it| graph.unmixed(it.width, &[(it.a, 1), (it.b, 1)]),
        ),
        sound(
            "sums of sums, `lea`: one list of terms",
            &[
                ("(add a b)", "(sum 0 a b)"),
                ("(add b a)", "(sum 0 a b)"),
                ("(add.32 (sum 3 a 4*b) a)", "(sum.32 3 2*a 4*b)"),
                ("(add (sum 3 a b) (sum -3 -1*a 2*b))", "(sum 0 3*b)"),
                ("(add.8 a 0xff)", "(sum.32 -1 a)"),
            ],
            |graph, it| Some(graph.sum(it.width, &[(it.a, 1), (it.b, 1)], 0)),
        ),
    ],
    ..RULES
};

pub(super) const SUB: Rules = Rules {
    rows: &[
        lossy(
            "what a quotient leaves: a remainder",
            "the divisor is not 0",
            &[("(sub a (mul b (divs a b)))", "(rems a b)")],
            |graph, it| {
                if matches!(graph.kind(it.a), Kind::Sum | Kind::Constant) {
                    return None;
                }
                graph.remainder(it.width, it.a, Operand { node: it.b, times: -1 })
            },
        ),
        sound(
            "a difference in mixed words: `mixed.rs`",
            &[
                ("(sub (xor a b) (sum 0 2*(and (sum -1 -1*a) b)))", "(sum 0 a -1*b)"),
                ("(sub (or a b) (and a b))", "(xor a b)"),
                ("(sub (or a b) (xor a b))", "(and a b)"),
                ("(sub (sum 0 a b) (or a b))", "(and a b)"),
            ],
            |graph, it| graph.unmixed(it.width, &[(it.a, 1), (it.b, -1)]),
        ),
        sound(
            "a difference is a sum; what cancels goes",
            &[
                ("(sub a 5)", "(sum -5 a)"),
                ("(sub (sum 2 a b) (sum 1 a))", "(sum 1 b)"),
                ("(sub a a)", "0"),
                ("(sub a (sum 0 10*(divu a 10)))", "(remu a 0xa)"),
            ],
            |graph, it| Some(graph.sum(it.width, &[(it.a, 1), (it.b, -1)], 0)),
        ),
    ],
    ..RULES
};

pub(super) const NEG: Rules = Rules {
    rows: &[sound(
        "-a",
        &[("(neg a)", "(sum 0 -1*a)"), ("(neg (sum 1 -2*a))", "(sum -1 2*a)")],
        |graph, it| Some(graph.sum(it.width, &[(it.a, -1)], 0)),
    )],
    ..RULES
};

pub(super) const NOT: Rules = Rules {
    rows: &[
        sound("of a truth, its opposite", &[("(not.1 (eq a b))", "(xor.1 (eq a b) 1:8)")], |graph, it| {
            (it.width <= 1).then(|| graph.not(it.a))
        }),
        sound("!a = -a - 1", &[("(not a)", "(sum -1 -1*a)"), ("(not (sum -1 -1*a))", "a")], |graph, it| {
            Some(graph.sum(it.width, &[(it.a, -1)], u64::MAX))
        }),
    ],
    ..RULES
};

pub(super) const MUL: Rules = Rules {
    shape: number_second,
    rows: &[sound(
        "a product with a number is a sum of one term",
        &[("(mul a 12)", "(sum 0 0xc*a)"), ("(mul 3 (sum 1 2*a))", "(sum 3 6*a)"), ("(mul.32 a 0)", "0:32")],
        |graph, it| {
            let times = graph.number(it.b)?;
            Some(graph.sum(it.width, &[(it.a, times as i64)], 0))
        },
    )],
    rest: older_first,
    ..RULES
};

pub(super) const SHL: Rules = Rules {
    rows: &[sound(
        "a shift to the left by a number is a product",
        &[("(shl a 3)", "(sum 0 8*a)"), ("(shl.32 (sum 1 a) 0x21)", "(sum.32 2 2*a)")],
        |graph, it| {
            let by = graph.number(it.b).filter(|_| it.width <= 64)?;
            let times = 1i64.wrapping_shl(by as u32 & (u32::from(it.width) - 1));
            Some(graph.sum(it.width, &[(it.a, times)], 0))
        },
    )],
    ..RULES
};

pub(super) const EITHER_ORDER: Rules = Rules {
    rows: &[sound("the order does not matter", &[("(mulhighu b a)", "(mulhighu a b)")], |graph, it| {
        Some(older_first(graph, it))
    })],
    rest: older_first,
    ..RULES
};

pub(super) const LEAST_AND_GREATEST: Rules = Rules {
    rows: &[lossy(
        "the order does not matter",
        "neither is unordered (x86 then gives the second)",
        &[("(fmin b a)", "(fmin a b)")],
        |graph, it| Some(older_first(graph, it)),
    )],
    rest: older_first,
    ..RULES
};

/// Of a dividend of double width: a is its upper half, b its lower, c the divisor.
pub(super) const DIVIDE_WIDE: Rules = Rules {
    rows: &[
        sound(
            "nothing above: an ordinary division",
            &[("(divwideu 0 a 7)", "(divu a 7)"), ("(remwideu.32 0 a b)", "(remu.32 a b)")],
            |graph, it| {
                let op = match it.op {
                    Op::DivWideU => Op::DivU,
                    Op::RemWideU => Op::RemU,
                    _ => return None,
                };
                let continues = graph.number(it.a) == Some(0);
                continues.then(|| graph.plain(op, it.width, &[it.b, it.c]))
            },
        ),
        sound(
            "its own sign above: an ordinary division",
            &[
                ("(divwides (sar a 0x3f:8) a 7)", "(divs a 7)"),
                ("(remwides (sar a 0x3f:8) a b)", "(rems a b)"),
            ],
            |graph, it| {
                let op = match it.op {
                    Op::DivWideS => Op::DivS,
                    Op::RemWideS => Op::RemS,
                    _ => return None,
                };
                let is_sign = graph.operand_number(it.a, 1) == Some(u64::from(it.width.saturating_sub(1)));
                let continues =
                    is_sign && graph.kind(it.a) == Kind::Op(Op::Sar) && graph.operand(it.a, 0) == Some(it.b);
                continues.then(|| graph.plain(op, it.width, &[it.b, it.c]))
            },
        ),
    ],
    rest: with_three,
    ..RULES
};

impl Graph {
    /// `constant` and each term so many times, as one node.
    ///
    /// Terms that are sums themselves are taken apart while there is room, equal ones become one, and those that
    /// cancel each other go. So `lea`, shifts, multiplications and unrolled additions of one source are one list.
    pub(crate) fn sum(&mut self, width: Width, terms: &[(NodeId, i64)], constant: u64) -> NodeId {
        let mut all: Terms = [Operand { node: NodeId(0), times: 0 }; MOST_TERMS + 2];
        let (count, rest) = self.take_apart(&mut all, terms, constant);
        let all = all.get_mut(..count).unwrap_or_default();
        // by the age of the nodes: every order of adding gives the same list, and equal terms lie together
        if count > 1 {
            all.sort_unstable();
        }
        let kept = merge(all);
        let rest = narrow(rest, width);
        match *kept {
            [] => self.constant(rest, width),
            [Operand { node, times: 1 }] if rest == 0 => node,
            [one, other] if rest == 0 && (one.times == 1 || other.times == 1) => {
                let (one, other) = if one.times == 1 { (one, other) } else { (other, one) };
                match self.remainder(width, one.node, other) {
                    Some(remainder) => remainder,
                    None => self.intern(Kind::Sum, width.max(32), rest, kept),
                }
            }
            // what lies so far behind an address of the image is an address of the image
            [Operand { node, times: 1 }] if self.kind(node) == Kind::Address => {
                let address = self.node(node).payload.wrapping_add(rest);
                self.leaf(Kind::Address, width, address)
            }
            // 8 and 16 bits are added in registers of 32
            _ => self.intern(Kind::Sum, width.max(32), rest, kept),
        }
    }

    /// Puts the terms of terms into a list; answers with their number and the constant part.
    fn take_apart(&self, all: &mut Terms, terms: &[(NodeId, i64)], constant: u64) -> (usize, u64) {
        let (mut count, mut rest) = (0, constant);
        for &(node, times) in terms {
            let it = self.node(node);
            match it.kind {
                Kind::Constant => rest = rest.wrapping_add(it.payload.wrapping_mul(times as u64)),
                Kind::Sum if self.operands(node).len() + count <= MOST_TERMS => {
                    rest = rest.wrapping_add(it.payload.wrapping_mul(times as u64));
                    for (slot, operand) in all.iter_mut().skip(count).zip(self.operands(node)) {
                        *slot = Operand { node: operand.node, times: operand.times.wrapping_mul(times) };
                        count += 1;
                    }
                }
                _ => {
                    if let Some(slot) = all.get_mut(count) {
                        *slot = Operand { node, times };
                        count += 1;
                    }
                }
            }
        }
        (count, rest)
    }

    /// `a - (a / b) * b`, with `b` a number or not.
    fn remainder(&mut self, width: Width, a: NodeId, product: Operand) -> Option<NodeId> {
        let divided = |graph: &Graph, id: NodeId| {
            let op = match graph.kind(id) {
                Kind::Op(Op::DivU) => Op::RemU,
                Kind::Op(Op::DivS) => Op::RemS,
                _ => return None,
            };
            (graph.operand(id, 0) == Some(a)).then_some((op, graph.operand(id, 1)?))
        };
        if let Some((op, divisor)) = divided(self, product.node)
            && self.number(divisor) == Some(product.times.wrapping_neg() as u64)
        {
            return Some(self.plain(op, width, &[a, divisor]));
        }
        if product.times != -1 || self.kind(product.node) != Kind::Op(Op::Mul) {
            return None;
        }
        let (one, other) = (self.operand(product.node, 0)?, self.operand(product.node, 1)?);
        let (op, divisor) =
            divided(self, one).filter(|it| it.1 == other).or(divided(self, other).filter(|it| it.1 == one))?;
        Some(self.plain(op, width, &[a, divisor]))
    }

    /// A sum of one term without constant: the term and its factor.
    pub(super) fn multiple(&self, id: NodeId) -> Option<(NodeId, i64)> {
        let node = self.node(id);
        match (node.kind, self.operands(id)) {
            (Kind::Sum, [one]) if node.payload == 0 => Some((one.node, one.times)),
            _ => None,
        }
    }

    /// The two sides of `sum == 0`: what is added on one, what is taken away on the other.
    pub(super) fn sides(&mut self, width: Width, sum: NodeId) -> (NodeId, NodeId) {
        let constant = self.node(sum).payload as i64;
        // a common factor: pointers compared where the source compares indices
        let factor = self.operands(sum).iter().fold(constant.unsigned_abs(), |factor, operand| {
            greatest_common_divisor(factor, operand.times.unsigned_abs())
        });
        let factor = i64::try_from(factor).unwrap_or(1).max(1);
        let constant = constant / factor;
        let mut sides = [[(NodeId(0), 0i64); MOST_TERMS + 2]; 2];
        let mut counts = [0usize; 2];
        for operand in self.operands(sum) {
            let side = usize::from(operand.times < 0);
            if let Some(slot) = sides[side].get_mut(counts[side]) {
                *slot = (operand.node, operand.times.wrapping_abs() / factor);
                counts[side] += 1;
            }
        }
        let least = |negative: bool| if (constant < 0) == negative { constant.unsigned_abs() } else { 0 };
        let added = self.sum(width, sides[0].get(..counts[0]).unwrap_or(&[]), least(false));
        let taken = self.sum(width, sides[1].get(..counts[1]).unwrap_or(&[]), least(true));
        (added.min(taken), added.max(taken))
    }
}

/// Makes one of equal terms that lie together, and none of those that cancel each other.
fn merge(all: &mut [Operand]) -> &[Operand] {
    let mut kept = 0usize;
    for at in 0..all.len() {
        let Some(&operand) = all.get(at) else { break };
        match kept.checked_sub(1).and_then(|last| all.get_mut(last)) {
            Some(last) if last.node == operand.node => last.times = last.times.wrapping_add(operand.times),
            _ => {
                all.swap(kept, at);
                kept += 1;
            }
        }
        if kept.checked_sub(1).and_then(|last| all.get(last)).is_some_and(|last| last.times == 0) {
            kept -= 1;
        }
    }
    all.get(..kept).unwrap_or(&[])
}

fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
