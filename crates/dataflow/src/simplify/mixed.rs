//! Mixed arithmetic: plain operations that an obfuscating pass wrote in other words, brought back.
//!
//! `(a ^ b) + 2*(a & b)` is `a + b`, `(a | b) - (a & b)` is `a ^ b`, `(a ^ !b) & a` is `a & b`. Bit operations on
//! two values are told by their truth table; within a sum each of them is so many times `a`, `b` and `a & b`.
//! Compilers do not leave such code, so that what is rewritten here is nearly always a pass's.

use super::{Asked, narrow};
use crate::graph::{Graph, Kind, NodeId, Operand};
use crate::machine::{Op, Width};

/// Operations looked through to find the truth table of one.
const MOST_OPERATIONS: u32 = 8;
/// Terms of a sum that are looked at: as many as a sum has.
const MOST_TERMS: usize = 14;

/// Two values and the bit operations on them.
#[derive(Default)]
struct Values {
    two: [Option<NodeId>; 2],
    operations: u32,
}

/// The truth table of the first value, and of the second: of each of the four cases a bit.
const TABLES: [u8; 2] = [0b1100, 0b1010];

impl Graph {
    /// What a bit operation on bit operations on the same two values is.
    pub(super) fn told_by_table(&mut self, it: Asked) -> Option<NodeId> {
        let is_nested = |graph: &Graph, id| is_bitwise(graph.kind(id)).is_some();
        if it.width > 64 || !is_nested(self, it.a) && !is_nested(self, it.b) {
            return None;
        }
        let mut values = Values::default();
        let (a, b) = (self.table(it.a, it.width, &mut values)?, self.table(it.b, it.width, &mut values)?);
        let table = combined(it.op, a, b)?;
        let [Some(x), Some(y)] = values.two else { return None };
        self.of_table(table, x, y, it.width)
    }

    /// The lowest bit of a product of two numbers in a row, as opaque predicates ask for it: 0.
    pub(super) fn is_even(&self, it: Asked) -> Option<()> {
        let is_product = self.kind(it.a) == Kind::Op(Op::Mul) && self.number(it.b) == Some(1);
        let (one, other) = (self.operand(it.a, 0)?, self.operand(it.a, 1)?);
        let follows = |sum: NodeId, node: NodeId| {
            let is_odd = self.kind(sum) == Kind::Sum && self.node(sum).payload & 1 == 1;
            is_odd && matches!(self.operands(sum), [only] if only.node == node && only.times & 1 == 1)
        };
        (it.op == Op::And && is_product && (follows(one, other) || follows(other, one))).then_some(())
    }

    /// The truth table of an expression of at most two values.
    fn table(&self, id: NodeId, width: Width, values: &mut Values) -> Option<u8> {
        values.operations += 1;
        if values.operations > MOST_OPERATIONS {
            return None;
        }
        if let Some(op) = is_bitwise(self.kind(id)).filter(|_| self.node(id).width >= width) {
            let (a, b) = (self.operand(id, 0)?, self.operand(id, 1)?);
            let (a, b) = (self.table(a, width, values)?, self.table(b, width, values)?);
            return combined(op, a, b);
        }
        if let Some(inner) = self.complement(id, width) {
            return Some(!self.table(inner, width, values)? & 0b1111);
        }
        for (slot, table) in values.two.iter_mut().zip(TABLES) {
            match *slot {
                Some(known) if known == id => return Some(table),
                Some(known) if self.are_opposite(known, id, width) => return Some(!table & 0b1111),
                Some(_) => {}
                None => {
                    *slot = Some(id);
                    return Some(table);
                }
            }
        }
        None
    }

    /// The plainest expression with a truth table, where that is one operation at most.
    fn of_table(&mut self, table: u8, x: NodeId, y: NodeId, width: Width) -> Option<NodeId> {
        let [x_table, y_table] = TABLES;
        Some(match table {
            0 => self.constant(0, width),
            0b1111 => self.constant(narrow(u64::MAX, width), width),
            _ if table == x_table => x,
            _ if table == y_table => y,
            _ if table == x_table & y_table => self.make(Op::And, width, &[x, y]),
            _ if table == x_table | y_table => self.make(Op::Or, width, &[x, y]),
            _ if table == x_table ^ y_table => self.make(Op::Xor, width, &[x, y]),
            _ => return None,
        })
    }

    /// `a` where the low bits of a node are `!a`.
    fn complement(&self, id: NodeId, width: Width) -> Option<NodeId> {
        let node = self.node(id);
        match (node.kind, self.operands(id)) {
            (Kind::Sum, [one]) if node.width >= width && node.payload == u64::MAX && one.times == -1 => {
                Some(one.node)
            }
            _ => None,
        }
    }

    /// Whether two numbers have the opposite bits.
    fn are_opposite(&self, one: NodeId, other: NodeId, width: Width) -> bool {
        let numbers = self.number(one).zip(self.number(other));
        numbers.is_some_and(|(one, other)| narrow(one, width) == narrow(!other, width))
    }

    /// The same sum with fewer terms, where bit operations on the same two values make each other up.
    pub(super) fn unmixed(&mut self, width: Width, terms: &[(NodeId, i64)]) -> Option<NodeId> {
        let is_bits = |graph: &Graph, id| is_bitwise(graph.kind(id)).is_some();
        let has_bits = |graph: &Graph, id| {
            is_bits(graph, id) || graph.operands(id).iter().any(|operand| is_bits(graph, operand.node))
        };
        if width > 64 || !terms.iter().any(|(node, _)| has_bits(self, *node)) {
            return None;
        }
        let sum = self.sum(width, terms, 0);
        if self.kind(sum) != Kind::Sum {
            return None;
        }
        let mut all = [Operand { node: NodeId(0), times: 0 }; MOST_TERMS];
        let count = self.operands(sum).len().min(MOST_TERMS);
        all.iter_mut().zip(self.operands(sum)).for_each(|(slot, operand)| *slot = *operand);
        let all = all.get(..count)?;
        let constant = self.node(sum).payload;
        all.iter().find_map(|term| {
            let (x, y, _) = self.bits(term.node, width)?;
            self.without_bits(width, all, (x, y), constant)
        })
    }

    /// The same sum where what it has of `x`, `y` and bit operations on both is one plainer expression.
    fn without_bits(
        &mut self,
        width: Width,
        all: &[Operand],
        (x, y): (NodeId, NodeId),
        constant: u64,
    ) -> Option<NodeId> {
        let mut kept = [(NodeId(0), 0i64); MOST_TERMS + 2];
        let (mut count, mut taken, mut taken_bits) = (0, 0, 0);
        // so many times x, y, x & y
        let mut sums = [0i64; 3];
        for &Operand { node, times } in all {
            let parts = match self.bits(node, width) {
                Some((one, other, parts)) if (one, other) == (x, y) => {
                    taken_bits += 1;
                    parts
                }
                _ if node == x => [1, 0, 0],
                _ if node == y => [0, 1, 0],
                _ => {
                    *kept.get_mut(count)? = (node, times);
                    count += 1;
                    continue;
                }
            };
            taken += 1;
            for (sum, part) in sums.iter_mut().zip(parts) {
                *sum = sum.wrapping_add(times.wrapping_mul(part));
            }
        }
        let [of_x, of_y, of_both] = sums;
        let terms = match of_both {
            0 => [(x, of_x), (y, of_y)],
            _ if of_x == of_y && of_both == of_x.wrapping_mul(-2) => {
                [(self.make(Op::Xor, width, &[x, y]), of_x), (x, 0)]
            }
            _ if of_x == of_y && of_both == of_x.wrapping_neg() => {
                [(self.make(Op::Or, width, &[x, y]), of_x), (x, 0)]
            }
            _ if of_x == 0 && of_y == 0 => [(self.make(Op::And, width, &[x, y]), of_both), (x, 0)],
            _ => return None,
        };
        let terms = terms.into_iter().filter(|(_, times)| *times != 0);
        let bits = usize::from(of_both != 0);
        if (bits, terms.clone().count()) >= (taken_bits, taken) {
            return None;
        }
        for term in terms {
            *kept.get_mut(count)? = term;
            count += 1;
        }
        Some(self.sum(width, kept.get(..count)?, constant))
    }

    /// A bit operation as so many times its two values, the older first, and their `&`.
    fn bits(&self, id: NodeId, width: Width) -> Option<(NodeId, NodeId, [i64; 3])> {
        let op = is_bitwise(self.kind(id)).filter(|_| self.node(id).width >= width)?;
        let (a, b) = (self.operand(id, 0)?, self.operand(id, 1)?);
        let (a, b, parts) = match (op, self.complement(a, width), self.complement(b, width)) {
            (Op::Or, ..) => (a, b, [1, 1, -1]),
            (Op::Xor, ..) => (a, b, [1, 1, -2]),
            (_, None, None) => (a, b, [0, 0, 1]),
            (_, Some(a), None) => (a, b, [0, 1, -1]),
            (_, None, Some(b)) => (a, b, [1, 0, -1]),
            (_, Some(_), Some(_)) => return None,
        };
        let [of_a, of_b, of_both] = parts;
        Some(if a <= b { (a, b, parts) } else { (b, a, [of_b, of_a, of_both]) })
    }
}

/// Which bit operation a node is.
fn is_bitwise(kind: Kind) -> Option<Op> {
    match kind {
        Kind::Op(op @ (Op::And | Op::Or | Op::Xor)) => Some(op),
        _ => None,
    }
}

/// The truth table of a bit operation.
fn combined(op: Op, a: u8, b: u8) -> Option<u8> {
    match op {
        Op::And => Some(a & b),
        Op::Or => Some(a | b),
        Op::Xor => Some(a ^ b),
        _ => None,
    }
}
