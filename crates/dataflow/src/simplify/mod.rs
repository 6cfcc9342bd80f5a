//! The normal form: rules that bring an operation's expression to what other compilers make of the same source.
//!
//! [`Graph::make`] is the only way from an operation to a node. What is asked for is first brought into one
//! shape (a number comes second), then the rules of its operation are tried in the order of their table; the
//! first that applies gives the node. Where none does the operation stands as it is, in the form its table ends with.
//! The tables: `sums`, `shifts`, `bits`, `widths`, `comparisons`, `flags`. A rule has what it writes for what as
//! examples, which a test holds it to (`tests.rs`); to add one, add a row.
//!
//! A [`Rule`] is *sound* where the low `width` bits of both sides are the same, whatever operands of that
//! width are. One that is not is *lossy*: it takes for granted what compilers' code keeps to, and says what that is.
//!
//! A rule may apply another to what it looks into, and that one a third. How deep that goes
//! is the input's choice, so it is bounded ([`MOST_DEPTH`], [`MOST_RULES`]): what lies
//! beyond stays as it stands, in the one form of [`Graph::as_it_stands`]. All ways back lead
//! through [`Graph::deeper`].

mod bits;
mod comparisons;
mod flags;
mod mixed;
mod shifts;
mod sums;
#[cfg(test)]
mod tests;
mod widths;

use crate::graph::{Graph, Kind, NodeId, Operand};
use crate::machine::{Op, Width};
use crate::numbers;

/// Rules applied within one another to bring one operation into normal form.
///
/// Three times the deepest, 8, of 17.5 million operations in 208,000 functions (libcrypto, libpython,
/// libjvm, rustup, small PE and 32-bit programs).
pub(crate) const MOST_DEPTH: u32 = 24;
/// Rules applied in all to bring one operation into normal form, one within or after another:
/// a condition on a choice looks at both its sides, and these may be choices.
///
/// Four times the most, 15, of the same operations.
pub(crate) const MOST_RULES: u32 = 64;

/// An operation that is asked for. With fewer operands the last stands for those that are missing.
#[derive(Clone, Copy, Debug)]
struct Asked {
    op: Op,
    width: Width,
    a: NodeId,
    b: NodeId,
    c: NodeId,
}

/// A way to write an operation.
#[cfg_attr(not(test), expect(dead_code))] // what it says is for readers and for the test that walks the tables
struct Rule {
    /// What it writes for what.
    says: &'static str,
    /// What it takes for granted; nothing where it is sound.
    lossy: Option<&'static str>,
    /// What is asked and what it gives, in the language of `tests.rs`.
    examples: &'static [(&'static str, &'static str)],
    apply: fn(&mut Graph, Asked) -> Option<NodeId>,
}

/// A sound rule.
const fn sound(
    says: &'static str,
    examples: &'static [(&'static str, &'static str)],
    apply: fn(&mut Graph, Asked) -> Option<NodeId>,
) -> Rule {
    Rule { says, lossy: None, examples, apply }
}

/// A rule that takes something for granted.
const fn lossy(
    says: &'static str,
    granted: &'static str,
    examples: &'static [(&'static str, &'static str)],
    apply: fn(&mut Graph, Asked) -> Option<NodeId>,
) -> Rule {
    Rule { says, lossy: Some(granted), examples, apply }
}

/// The rules of an operation or of several that are alike.
struct Rules {
    /// Brings what is asked into one shape.
    shape: fn(&Graph, Asked) -> Asked,
    /// Tried one after the other.
    rows: &'static [Rule],
    /// The form of what no rule applies to.
    rest: fn(&mut Graph, Asked) -> NodeId,
    /// Its rules lead back to the same table: each time counts.
    counted: bool,
}

/// What most tables have.
const RULES: Rules = Rules { shape: |_, asked| asked, rows: &[], rest: with_two, counted: false };

/// The rules of an operation, if it has some.
fn rules(op: Op) -> Option<&'static Rules> {
    Some(match op {
        Op::Add => &sums::ADD,
        Op::Sub => &sums::SUB,
        Op::Neg => &sums::NEG,
        Op::Not => &sums::NOT,
        Op::Mul => &sums::MUL,
        Op::Shl => &sums::SHL,
        Op::DivWideU | Op::DivWideS | Op::RemWideU | Op::RemWideS => &sums::DIVIDE_WIDE,
        Op::MulHighU | Op::MulHighS | Op::FAdd | Op::FMul | Op::FEq => &sums::EITHER_ORDER,
        Op::FMin | Op::FMax => &sums::LEAST_AND_GREATEST,
        Op::Shr | Op::Sar | Op::Rol | Op::Ror => &shifts::SHIFTS,
        Op::And | Op::Or | Op::Xor => &bits::BITWISE,
        Op::Truncate => &widths::TRUNCATE,
        Op::ZeroExtend => &widths::ZERO_EXTEND,
        Op::SignExtend(_) => &widths::SIGN_EXTEND,
        Op::Insert { .. } => &widths::INSERT,
        Op::Eq => &comparisons::EQUAL,
        Op::Ult | Op::Slt => &comparisons::LESS,
        Op::Select => &comparisons::SELECT,
        Op::Test(_) => &flags::TEST,
        _ => return None,
    })
}

impl Graph {
    /// The expression for an operation, in normal form.
    pub fn make(&mut self, op: Op, width: Width, operands: &[NodeId]) -> NodeId {
        self.deeper(op, width, operands, |graph| {
            if let Some(folded) = graph.fold(op, width, operands) {
                return folded;
            }
            match rules(op) {
                Some(rules) if rules.counted => graph.again(op, width, operands),
                _ => graph.by_rule(op, width, operands),
            }
        })
    }

    /// The same for an operation that a rule leads to, and that is known not to be one of numbers.
    fn again(&mut self, op: Op, width: Width, operands: &[NodeId]) -> NodeId {
        self.deeper(op, width, operands, |graph| graph.by_rule(op, width, operands))
    }

    /// Applies a rule to an operation; beyond the bounds the operation stays as it stands.
    fn deeper(
        &mut self,
        op: Op,
        width: Width,
        operands: &[NodeId],
        rule: impl FnOnce(&mut Graph) -> NodeId,
    ) -> NodeId {
        if self.applied.depth == 0 {
            self.applied.rules = 0;
        }
        if self.applied.depth >= MOST_DEPTH || self.applied.rules >= MOST_RULES {
            return self.as_it_stands(op, width, operands);
        }
        self.applied.depth += 1;
        self.applied.rules += 1;
        let made = rule(self);
        self.applied.depth -= 1;
        made
    }

    /// An operation to which no rule is applied, in the one form that rules leave behind too.
    fn as_it_stands(&mut self, op: Op, width: Width, operands: &[NodeId]) -> NodeId {
        let width = match op {
            Op::Eq | Op::Ult | Op::Slt => 64,
            Op::Test(_) => 8,
            _ => width,
        };
        match (op, operands) {
            (Op::And | Op::Or | Op::Xor | Op::Mul | Op::Eq, &[a, b]) => {
                // a number comes last, else the older first
                let (a, b) = match (self.number(a), self.number(b)) {
                    (Some(_), None) => (b, a),
                    (None, Some(_)) => (a, b),
                    _ => (a.min(b), a.max(b)),
                };
                self.plain(op, width, &[a, b])
            }
            _ => self.plain(op, width, operands),
        }
    }

    /// The first rule that applies.
    fn by_rule(&mut self, op: Op, width: Width, operands: &[NodeId]) -> NodeId {
        let (a, b, c) = match *operands {
            [] => return self.plain(op, width, operands),
            [a] => (a, a, a),
            [a, b] => (a, b, b),
            [a, b, c, ..] => (a, b, c),
        };
        let Some(rules) = rules(op) else { return self.plain(op, width, operands) };
        let asked = (rules.shape)(self, Asked { op, width, a, b, c });
        for rule in rules.rows {
            if let Some(made) = (rule.apply)(self, asked) {
                return made;
            }
        }
        (rules.rest)(self, asked)
    }

    /// The node for an operation as it is.
    fn plain(&mut self, op: Op, width: Width, operands: &[NodeId]) -> NodeId {
        if operands.len() > 4 {
            // something opaque
            let all: Vec<Operand> = operands.iter().map(|&node| Operand { node, times: 1 }).collect();
            return self.intern(Kind::Op(op), width, 0, &all);
        }
        let mut all = [Operand { node: NodeId(0), times: 1 }; 4];
        let mut count = 0;
        for (slot, &node) in all.iter_mut().zip(operands) {
            slot.node = node;
            count += 1;
        }
        self.intern(Kind::Op(op), width, 0, all.get(..count).unwrap_or(&[]))
    }

    /// Numbers are calculated.
    fn fold(&mut self, op: Op, width: Width, operands: &[NodeId]) -> Option<NodeId> {
        if width > 64 || operands.is_empty() || matches!(op, Op::Opaque(_) | Op::Shuffle(_)) {
            return None;
        }
        let mut values = [0u128; 4];
        for (slot, &operand) in values.iter_mut().zip(operands) {
            *slot = u128::from(self.number(operand)?);
        }
        let values = values.get(..operands.len())?;
        let value = numbers::calculate(op, width, values) as u64;
        Some(self.constant(value, if is_truth(op) { 1 } else { width }))
    }
}

/// Whether the result is 0 or 1, whatever the width of what is compared.
fn is_truth(op: Op) -> bool {
    matches!(op, Op::Eq | Op::Ult | Op::Slt | Op::FEq | Op::FLt | Op::FUnordered | Op::Test(_))
}

// Shapes and forms that several tables use.

/// A number comes second.
fn number_second(graph: &Graph, asked: Asked) -> Asked {
    match graph.number(asked.a) {
        Some(_) => Asked { a: asked.b, b: asked.a, ..asked },
        None => asked,
    }
}

/// One operand.
fn with_one(graph: &mut Graph, it: Asked) -> NodeId {
    graph.plain(it.op, it.width, &[it.a])
}

/// Two operands in their order.
fn with_two(graph: &mut Graph, it: Asked) -> NodeId {
    graph.plain(it.op, it.width, &[it.a, it.b])
}

/// Two operands, the older first.
fn older_first(graph: &mut Graph, it: Asked) -> NodeId {
    graph.plain(it.op, it.width, &[it.a.min(it.b), it.a.max(it.b)])
}

/// Three operands in their order.
fn with_three(graph: &mut Graph, it: Asked) -> NodeId {
    graph.plain(it.op, it.width, &[it.a, it.b, it.c])
}

/// Sign-extended from `width`.
fn narrow(value: u64, width: Width) -> u64 {
    let spare = 64 - u32::from(width.clamp(1, 64));
    ((value << spare) as i64 >> spare) as u64
}
