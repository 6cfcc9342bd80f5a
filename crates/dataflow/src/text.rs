//! Expressions as text for people: `load8(arg0 + 4*i) == 0`.

use crate::graph::{Graph, Kind, NodeId, Operand};
use crate::machine::{Lane, Op};
use std::fmt::Write;

/// Characters after which an expression is cut.
const MOST: usize = 160;
/// Operations passed that only change a width; what lies deeper is `…`.
const MOST_WIDTHS: u32 = 64;

/// Writes expressions; `address` names what lies at an address.
pub struct Writer<'a> {
    /// The expressions.
    pub graph: &'a Graph,
    /// The name of what lies at an address of the image.
    pub address: &'a dyn Fn(u64) -> String,
    /// The name of the call with a number.
    pub call: &'a dyn Fn(u64) -> String,
}

impl Writer<'_> {
    /// An expression with so many levels of operands; what lies deeper is `…`.
    pub fn expression(&self, id: NodeId, depth: u32) -> String {
        let mut out = String::new();
        self.write(id, depth, &mut out);
        if out.chars().count() > MOST {
            out = out.chars().take(MOST).collect();
            out.push('…');
        }
        out
    }

    /// Calls itself for the operands, `depth` levels down, and ends where enough was written.
    fn write(&self, id: NodeId, depth: u32, out: &mut String) {
        if out.len() > 2 * MOST {
            return;
        }
        let Some(id) = self.shown(id, depth) else { return out.push('…') };
        let node = self.graph.node(id);
        match node.kind {
            Kind::Constant => out.push_str(&number(node.payload)),
            Kind::Address => out.push_str(&(self.address)(node.payload)),
            Kind::Entry => out.push_str("saved"),
            Kind::Argument if node.payload >= 64 => {
                let _ = write!(out, "stackarg{}", node.payload - 64);
            }
            Kind::Argument => {
                let _ = write!(out, "arg{}", node.payload);
            }
            Kind::Frame | Kind::Local => out.push_str("local"),
            Kind::Result => out.push_str(&(self.call)(node.payload)),
            Kind::Unknown => out.push_str("leftover"),
            Kind::Counter => out.push('i'),
            Kind::Phi => self.phi(id, depth, out),
            _ if depth == 0 => out.push('…'),
            Kind::Load => {
                let _ = write!(out, "load{}(", node.width);
                self.operand(id, 0, depth - 1, out);
                out.push(')');
            }
            Kind::Sum => self.sum(node.payload, self.graph.operands(id), depth - 1, out),
            Kind::Op(op) => self.operation(op, node.width, id, depth - 1, out),
        }
    }

    /// What is shown for an expression: what only changes a width is not; `None` where too many do.
    fn shown(&self, mut id: NodeId, depth: u32) -> Option<NodeId> {
        for _ in 0..MOST_WIDTHS {
            let inner = match self.graph.kind(id) {
                Kind::Op(Op::Truncate | Op::ZeroExtend) if depth > 0 => self.graph.operand(id, 0),
                Kind::Op(Op::Insert { at: 0, .. }) if depth > 0 => self.graph.operand(id, 1),
                _ => return Some(id),
            };
            id = inner?;
        }
        None
    }

    fn operand(&self, id: NodeId, place: usize, depth: u32, out: &mut String) {
        match self.graph.operand(id, place) {
            Some(operand) => self.write(operand, depth, out),
            None => out.push('?'),
        }
    }

    fn phi(&self, id: NodeId, depth: u32, out: &mut String) {
        let operands = self.graph.ways_of(id).unwrap_or(&[]);
        if depth == 0 || operands.is_empty() || operands.len() > 4 {
            return out.push_str("either");
        }
        out.push_str("either(");
        for (at, &operand) in operands.iter().enumerate() {
            out.push_str(if at > 0 { ", " } else { "" });
            self.write(operand, (depth - 1).min(1), out);
        }
        out.push(')');
    }

    fn sum(&self, constant: u64, operands: &[Operand], depth: u32, out: &mut String) {
        out.push('(');
        for (at, operand) in operands.iter().enumerate() {
            let less = operand.times < 0;
            out.push_str(match (at, less) {
                (0, true) => "-",
                (0, false) => "",
                (_, true) => " - ",
                (_, false) => " + ",
            });
            if operand.times.unsigned_abs() != 1 {
                let _ = write!(out, "{}*", number(operand.times.unsigned_abs()));
            }
            self.write(operand.node, depth, out);
        }
        match constant as i64 {
            0 => {}
            less @ ..0 => {
                let _ = write!(out, " - {}", number(less.unsigned_abs()));
            }
            _ => {
                let _ = write!(out, " + {}", number(constant));
            }
        }
        out.push(')');
    }

    fn operation(&self, op: Op, width: u8, id: NodeId, depth: u32, out: &mut String) {
        let infix = match op {
            Op::And => "&",
            Op::Or => "|",
            Op::Xor if width > 1 => "^",
            Op::Mul | Op::FMul => "*",
            Op::Shl => "<<",
            Op::Shr => ">>",
            Op::Sar => ">>s",
            Op::DivU | Op::DivS | Op::FDiv => "/",
            Op::RemU | Op::RemS => "%",
            Op::Eq | Op::FEq => "==",
            Op::Ult => "<u",
            Op::Slt | Op::FLt => "<",
            Op::FAdd => "+",
            Op::FSub => "-",
            _ => "",
        };
        if !infix.is_empty() {
            out.push('(');
            self.operand(id, 0, depth, out);
            let _ = write!(out, " {infix} ");
            self.operand(id, 1, depth, out);
            return out.push(')');
        }
        match op {
            Op::Xor => {
                out.push('!');
                self.operand(id, 0, depth, out);
            }
            _ => {
                let _ = write!(out, "{}(", name(op));
                for at in 0..self.graph.operands(id).len() {
                    out.push_str(if at > 0 { ", " } else { "" });
                    self.operand(id, at, depth, out);
                }
                out.push(')');
            }
        }
    }
}

fn name(op: Op) -> String {
    match op {
        Op::SignExtend(from) => format!("signed{from}"),
        Op::Select => "either".to_owned(),
        Op::Test(cond) => format!("flags.{}", lower(&format!("{cond:?}"))),
        Op::Lanes(lane, size) => format!("lanes{size}.{}", lane_name(lane)),
        Op::Shuffle(_) => "shuffle".to_owned(),
        Op::Opaque(_) => "opaque".to_owned(),
        Op::FloatFromS(_) | Op::FloatFromU(_) => "float".to_owned(),
        Op::FloatToS(_) | Op::FloatToU(_) => "integer".to_owned(),
        Op::FloatConvert(_) => "float".to_owned(),
        other => {
            let text = format!("{other:?}");
            lower(text.split(['(', ' ']).next().unwrap_or(&text))
        }
    }
}

fn lane_name(lane: Lane) -> String {
    lower(&format!("{lane:?}"))
}

fn lower(text: &str) -> String {
    text.to_ascii_lowercase()
}

fn number(value: u64) -> String {
    match value as i64 {
        small @ -9..=9 => small.to_string(),
        less @ -0xffff..0 => format!("-{:#x}", less.unsigned_abs()),
        // a number of 32 bits, as the sources have it
        less if less < 0 && less >= i64::from(i32::MIN) => format!("{:#x}", value as u32),
        _ => format!("{value:#x}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks the text of an expression made on a small stack.
    #[track_caller]
    fn check(make: fn(&mut Graph, NodeId) -> NodeId, times: u32, expected: &str) {
        let write = move || {
            let mut graph = Graph::default();
            let mut id = graph.leaf(Kind::Argument, 64, 0);
            for _ in 0..times {
                id = make(&mut graph, id);
            }
            let (address, call) = (|_| "a".repeat(1 << 20), |_| String::new());
            Writer { graph: &graph, address: &address, call: &call }.expression(id, 1_000_000)
        };
        let small = std::thread::Builder::new().stack_size(256 << 10).spawn(write).expect("a thread");
        assert_eq!(small.join().expect("no overflow"), expected);
    }

    fn insert(graph: &mut Graph, id: NodeId) -> NodeId {
        let operand = Operand { node: id, times: 1 };
        graph.intern(Kind::Op(Op::Insert { at: 0, bits: 8 }), 64, 0, &[operand, operand])
    }

    fn square_root(graph: &mut Graph, id: NodeId) -> NodeId {
        graph.intern(Kind::Op(Op::FSqrt), 64, 0, &[Operand { node: id, times: 1 }])
    }

    #[test]
    fn what_only_changes_a_width_is_passed_so_often_and_no_more() {
        check(insert, 0, "arg0");
        check(insert, MOST_WIDTHS - 1, "arg0");
        check(insert, 100_000, "…");
    }

    #[test]
    fn an_expression_of_any_depth_is_cut_where_enough_was_written() {
        check(square_root, 2, "fsqrt(fsqrt(arg0))");
        let long = "fsqrt(".repeat(MOST).chars().take(MOST).collect::<String>() + "…";
        check(square_root, 100_000, &long);
    }

    #[test]
    fn a_long_name_is_cut() {
        check(|graph, _| graph.leaf(Kind::Address, 64, 1), 1, &("a".repeat(MOST) + "…"));
    }
}
