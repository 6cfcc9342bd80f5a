//! Shifts to the right and rotations; those to the left are products (`sums.rs`).

use super::{Asked, RULES, Rules, lossy, sound};
use crate::graph::{Graph, Kind, NodeId};
use crate::machine::Op;
use crate::numbers;

pub(super) const SHIFTS: Rules = Rules {
    rows: &[
        sound("by no bits: the value", &[("(shr a 0)", "a"), ("(ror.32 a 0x20)", "a")], |graph, it| {
            (by(graph, it)? == 0).then_some(it.a)
        }),
        sound(
            "a rotation to the right is one to the left",
            &[("(ror.32 a 5)", "(rol.32 a 0x1b:8)"), ("(ror a 1)", "(rol a 0x3f:8)")],
            |graph, it| {
                let by = by(graph, it).filter(|_| it.op == Op::Ror)?;
                Some(graph.shifted(Op::Rol, it, u32::from(it.width) - by))
            },
        ),
        lossy(
            "to the left and back keeps 32 low bits and more: the value",
            "widths of 32 and more are not told apart",
            &[("(shr (sum 0 0x100000000*a) 0x20)", "a"), ("(sar (sum 0 0x100000000*a) 0x20)", "a")],
            |graph, it| {
                let (inner, bits) = low_bits(graph, it)?;
                (matches!(it.op, Op::Shr | Op::Sar) && bits >= 32).then_some(inner)
            },
        ),
        sound(
            "to the left and back, with its sign: 8 or 16 bits with their sign",
            &[
                ("(sar.32 (sum.32 0 0x1000000*a) 0x18)", "(sext8.32 a)"),
                ("(sar (sum 0 0x1000000000000*a) 0x30)", "(sext16 a)"),
            ],
            |graph, it| {
                let (inner, bits) = low_bits(graph, it).filter(|_| it.op == Op::Sar)?;
                let bits = u8::try_from(bits).ok().filter(|bits| matches!(bits, 8 | 16))?;
                Some(graph.make(Op::SignExtend(bits), it.width, &[inner]))
            },
        ),
        sound(
            "to the left and back: the low bits",
            &[("(shr.32 (sum.32 0 16*a) 4)", "(and.32 a 0xfffffff)")],
            |graph, it| {
                let (inner, bits) = low_bits(graph, it).filter(|_| it.op == Op::Shr)?;
                let mask = graph.constant((1u64 << bits) - 1, 64);
                Some(graph.make(Op::And, it.width, &[inner, mask]))
            },
        ),
        sound(
            "the upper half of a product with a magic number, shifted: a quotient",
            &[
                ("(shr.32 (mulhighu.32 a 0xcccccccd:32) 3)", "(divu.32 a 0xa)"),
                ("(shr (mulhighu a -0x3333333333333333) 3)", "(divu a 0xa)"),
            ],
            |graph, it| {
                let by = by(graph, it).filter(|_| it.op == Op::Shr)?;
                let width = graph.node(it.a).width;
                let (x, y) = of_op(graph, it.a, Op::MulHighU)?;
                let (value, magic) = match (graph.number(x), graph.number(y)) {
                    (Some(magic), None) => (y, magic),
                    (None, Some(magic)) => (x, magic),
                    _ => return None,
                };
                let reach = u32::from(width);
                let divisor = divisor(numbers::cut(magic.into(), width), reach, by + reach)?;
                Some(graph.quotient(it, value, divisor))
            },
        ),
        lossy(
            "a product in 64 bits with a magic number of 32, shifted: a quotient",
            "the dividend has 32 bits",
            &[("(shr (sum 0 0xcccccccd*a) 0x23)", "(divu a 0xa)")],
            |graph, it| {
                let by = by(graph, it).filter(|by| it.op == Op::Shr && (32..64).contains(by))?;
                let (value, magic) = graph.multiple(it.a).filter(|_| it.width == 64)?;
                let divisor = divisor(u128::from(magic as u32), 32, by)?;
                Some(graph.quotient(it, value, divisor))
            },
        ),
        sound(
            "two shifts one after the other: one",
            &[("(shr (shr a 3:8) 4)", "(shr a 7:8)"), ("(sar.32 (sar.32 a 0x10:8) 8)", "(sar.32 a 0x18:8)")],
            |graph, it| {
                let by = by(graph, it).filter(|_| matches!(it.op, Op::Shr | Op::Sar))?;
                let (inner, before) = of_op(graph, it.a, it.op)?;
                let before = graph.number(before).filter(|before| *before < 128)?;
                let width = it.width.max(graph.node(it.a).width);
                let sum = before + u64::from(by);
                (sum < u64::from(width)).then(|| {
                    let by = graph.constant(sum, 8);
                    graph.again(it.op, width, &[inner, by])
                })
            },
        ),
        sound(
            "by a number: of as few bits as are looked at",
            &[("(sar.32 a 0x25)", "(sar.32 a 5:8)")],
            |graph, it| {
                let by = by(graph, it)?;
                Some(graph.shifted(it.op, it, by))
            },
        ),
    ],
    counted: true,
    ..RULES
};

/// By how many bits, where that is a number.
fn by(graph: &Graph, it: Asked) -> Option<u32> {
    let by = graph.number(it.b)?;
    Some(by as u32 & (u32::from(it.width.max(1)) - 1))
}

/// The operands of an operation, where a node is one.
fn of_op(graph: &Graph, id: NodeId, op: Op) -> Option<(NodeId, NodeId)> {
    if graph.kind(id) != Kind::Op(op) {
        return None;
    }
    graph.operand(id, 0).zip(graph.operand(id, 1))
}

/// What was shifted to the left by as much as it is shifted to the right, and how many low bits that leaves.
fn low_bits(graph: &Graph, it: Asked) -> Option<(NodeId, u32)> {
    let by = by(graph, it).filter(|_| it.width <= 64)?;
    let (inner, times) = graph.multiple(it.a)?;
    (times == 1i64.wrapping_shl(by)).then_some((inner, u32::from(it.width) - by))
}

/// By what a product with a magic number divides, after a shift to the right: the magic number is the least above
/// the quotient of `2^shift` that is near enough for dividends of `reach` bits (Granlund and Montgomery,
/// *Division by Invariant Integers using Multiplication*, 1994).
///
/// Judgement: magic numbers have 12 bits and more; a smaller one is a factor of the source.
fn divisor(magic: u128, reach: u32, shift: u32) -> Option<u64> {
    let whole = 1u128 << shift.min(126);
    let divisor = (whole + magic / 2).checked_div(magic)?;
    let above = magic.checked_mul(divisor)?.checked_sub(whole)?;
    let is_near = above != 0 && above <= whole >> reach.min(120);
    ((3..1 << 31).contains(&divisor) && magic >= 1 << 12 && is_near).then_some(divisor as u64)
}

impl Graph {
    fn quotient(&mut self, it: Asked, value: NodeId, divisor: u64) -> NodeId {
        let divisor = self.constant(divisor, 64);
        self.plain(Op::DivU, it.width, &[value, divisor])
    }

    fn shifted(&mut self, op: Op, it: Asked, by: u32) -> NodeId {
        let by = self.constant(u64::from(by), 8);
        self.plain(op, it.width, &[it.a, by])
    }
}
