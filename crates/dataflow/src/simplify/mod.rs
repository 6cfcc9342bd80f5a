//! The normal form: rules that bring an operation's expression to what other compilers make of the same source.
//!
//! [`Graph::make`] is the only way from an operation to a node. One function a
//! subject; each rule says what it undoes.
//!
//! A rule may apply another to what it looks into, and that one a third. How deep that goes
//! is the input's choice, so it is bounded ([`MOST_DEPTH`], [`MOST_RULES`]): what lies
//! beyond stays as it stands, in the one form of [`Graph::as_it_stands`]. The functions
//! that lead back to themselves all do so through [`Graph::deeper`]: `make`, `shift`,
//! `bitwise`, `truncate`, `equal` and `test`.

use crate::graph::{Graph, Kind, NodeId, Operand};
use crate::machine::{Cond, Op, Width};
use crate::numbers;

/// Most different terms of a sum; a longer one stays nested.
const MOST_TERMS: usize = 12;
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
/// Nodes passed that only change a width.
const MOST_WIDTHS: u32 = 64;

/// How far the rules for one operation have gone.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Applied {
    /// Rules that wait for another.
    depth: u32,
    /// Rules since the operation was asked for.
    rules: u32,
}

impl Graph {
    /// The expression for an operation, in normal form.
    pub fn make(&mut self, op: Op, width: Width, operands: &[NodeId]) -> NodeId {
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

    fn by_rule(&mut self, op: Op, width: Width, operands: &[NodeId]) -> NodeId {
        if let Some(folded) = self.fold(op, width, operands) {
            return folded;
        }
        let (a, b) = match *operands {
            [] => return self.plain(op, width, operands),
            [a] => (a, a),
            [a, b, ..] => (a, b),
        };
        match op {
            Op::Add => self.sum(width, &[(a, 1), (b, 1)], 0),
            Op::Sub => self.sum(width, &[(a, 1), (b, -1)], 0),
            Op::Neg => self.sum(width, &[(a, -1)], 0),
            Op::Not if width > 1 => self.sum(width, &[(a, -1)], u64::MAX),
            Op::Not => self.not(a),
            Op::Mul => self.product(width, a, b),
            Op::Shl => match self.number(b) {
                Some(by) if width <= 64 => {
                    self.sum(width, &[(a, 1i64.wrapping_shl(by as u32 & (u32::from(width) - 1)))], 0)
                }
                _ => self.plain(op, width, operands),
            },
            Op::Shr | Op::Sar | Op::Rol | Op::Ror => self.shift(op, width, a, b),
            Op::And | Op::Or | Op::Xor => self.bitwise(op, width, a, b),
            Op::Truncate => self.truncate(width, a),
            Op::ZeroExtend => self.zero_extend(width, a),
            Op::SignExtend(from) => self.sign_extend(from, width, a),
            Op::Insert { at, bits } => self.insert(at, bits, width, a, b),
            Op::Eq => self.equal(width, a, b),
            Op::Slt | Op::Ult => self.less(op, width, a, b),
            Op::Select => {
                let c = operands.get(2).copied().unwrap_or(b);
                self.select(width, a, b, c)
            }
            Op::Test(cond) => self.test(cond, a),
            Op::DivWideU | Op::DivWideS | Op::RemWideU | Op::RemWideS => {
                let divisor = operands.get(2).copied().unwrap_or(b);
                self.divide_wide(op, width, a, b, divisor)
            }
            Op::MulHighU | Op::MulHighS | Op::FAdd | Op::FMul | Op::FEq | Op::FMin | Op::FMax => {
                let (a, b) = (a.min(b), a.max(b));
                self.plain(op, width, &[a, b])
            }
            _ => self.plain(op, width, operands),
        }
    }

    fn plain(&mut self, op: Op, width: Width, operands: &[NodeId]) -> NodeId {
        let none = Operand { node: NodeId(0), times: 1 };
        let mut held = [none; 4];
        let mut count = 0;
        for (slot, &node) in held.iter_mut().zip(operands) {
            slot.node = node;
            count += 1;
        }
        self.intern(Kind::Op(op), width, 0, held.get(..count).unwrap_or(&[]))
    }

    /// Constants are calculated.
    fn fold(&mut self, op: Op, width: Width, operands: &[NodeId]) -> Option<NodeId> {
        if width > 64 || operands.is_empty() || matches!(op, Op::Opaque(_) | Op::Shuffle(_)) {
            return None;
        }
        let mut numbers = [0u128; 4];
        for (slot, &operand) in numbers.iter_mut().zip(operands) {
            *slot = u128::from(self.number(operand)?);
        }
        let values = numbers.get(..operands.len())?;
        let value = numbers::calculate(op, width, values) as u64;
        let truth =
            matches!(op, Op::Eq | Op::Ult | Op::Slt | Op::FEq | Op::FLt | Op::FUnordered | Op::Test(_));
        Some(self.constant(value, if truth { 1 } else { width }))
    }

    /// Sums of sums, differences, shifts by constants, `lea`: one list of terms.
    pub(crate) fn sum(&mut self, width: Width, terms: &[(NodeId, i64)], constant: u64) -> NodeId {
        let mut all = [Operand { node: NodeId(0), times: 0 }; MOST_TERMS + 2];
        let mut count = 0;
        let mut rest = constant;
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
        let all = all.get_mut(..count).unwrap_or_default();
        if count > 1 {
            all.sort_unstable();
        }
        // equal terms become one, those that cancel each other none
        let mut kept = 0usize;
        for at in 0..all.len() {
            let Some(&operand) = all.get(at) else { break };
            match kept.checked_sub(1).and_then(|last| all.get_mut(last)) {
                Some(last) if last.node == operand.node => {
                    last.times = last.times.wrapping_add(operand.times)
                }
                _ => {
                    all.swap(kept, at);
                    kept += 1;
                }
            }
            if kept.checked_sub(1).and_then(|last| all.get(last)).is_some_and(|last| last.times == 0) {
                kept -= 1;
            }
        }
        let kept = all.get(..kept).unwrap_or(&[]);
        rest = narrow(rest, width);
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
            [Operand { node, times: 1 }] if self.kind(node) == Kind::Address => {
                let address = self.node(node).payload.wrapping_add(rest);
                self.leaf(Kind::Address, width, address)
            }
            _ => self.intern(Kind::Sum, width.max(32), rest, kept),
        }
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

    fn product(&mut self, width: Width, a: NodeId, b: NodeId) -> NodeId {
        match (self.number(a), self.number(b)) {
            (Some(times), _) => self.sum(width, &[(b, times as i64)], 0),
            (_, Some(times)) => self.sum(width, &[(a, times as i64)], 0),
            _ => self.plain(Op::Mul, width, &[a.min(b), a.max(b)]),
        }
    }

    /// A sum of one term without constant: the term and its factor.
    fn multiple(&self, id: NodeId) -> Option<(NodeId, i64)> {
        let node = self.node(id);
        match (node.kind, self.operands(id)) {
            (Kind::Sum, [one]) if node.payload == 0 => Some((one.node, one.times)),
            _ => None,
        }
    }

    fn shift(&mut self, op: Op, width: Width, a: NodeId, b: NodeId) -> NodeId {
        self.deeper(op, width, &[a, b], |graph| graph.shift_by_rule(op, width, a, b))
    }

    fn shift_by_rule(&mut self, op: Op, width: Width, a: NodeId, b: NodeId) -> NodeId {
        let Some(by) = self.number(b).map(|by| by as u32 & (u32::from(width.max(1)) - 1)) else {
            return self.plain(op, width, &[a, b]);
        };
        if by == 0 {
            return a;
        }
        let (op, by) = if op == Op::Ror { (Op::Rol, u32::from(width) - by) } else { (op, by) };
        if let Some((inner, times)) = self.multiple(a)
            && width <= 64
            && times == 1i64.wrapping_shl(by)
        {
            // shl, then shr or sar by as much: cuts to the low bits
            let bits = u32::from(width) - by;
            match op {
                Op::Sar if bits >= 32 => return inner,
                Op::Sar if matches!(bits, 8 | 16) => {
                    return self.make(Op::SignExtend(bits as u8), width, &[inner]);
                }
                Op::Shr if bits >= 32 => return inner,
                Op::Shr => {
                    let mask = self.constant((1u64 << bits) - 1, 64);
                    return self.make(Op::And, width, &[inner, mask]);
                }
                _ => {}
            }
        }
        if matches!(op, Op::Shr | Op::Sar) {
            if let Some(divided) = self.division(op, width, a, by) {
                return divided;
            }
            // two shifts one after the other
            let node = self.node(a);
            if node.kind == Kind::Op(op)
                && let Some(inner) = self.operand(a, 0)
                && let Some(before) = self.operand(a, 1).and_then(|before| self.number(before))
                && before < 128
                && before + u64::from(by) < u64::from(width.max(node.width))
            {
                let by = self.constant(before + u64::from(by), 8);
                return self.shift(op, width.max(node.width), inner, by);
            }
        }
        let by = self.constant(u64::from(by), 8);
        self.plain(op, width, &[a, by])
    }

    /// `x * m >> (32 + s)` or the upper half shifted: an unsigned division by a constant.
    fn division(&mut self, op: Op, width: Width, a: NodeId, by: u32) -> Option<NodeId> {
        if op != Op::Shr {
            return None;
        }
        let node = self.node(a);
        let (value, magic, reach, shift) = match node.kind {
            Kind::Op(Op::MulHighU) => {
                let (x, y) = (self.operand(a, 0)?, self.operand(a, 1)?);
                let (value, magic) = match (self.number(x), self.number(y)) {
                    (Some(magic), None) => (y, magic),
                    (None, Some(magic)) => (x, magic),
                    _ => return None,
                };
                let reach = u32::from(node.width);
                (value, numbers::cut(magic.into(), node.width), reach, by + reach)
            }
            // a 32-bit number times a 32-bit one, in 64 bits
            Kind::Sum if (32..64).contains(&by) && width == 64 => {
                let (value, magic) = self.multiple(a)?;
                (value, u128::from(magic as u32), 32, by)
            }
            _ => return None,
        };
        let whole = 1u128 << shift.min(126);
        let divisor = (whole + magic / 2).checked_div(magic)?;
        // the magic number is the least above the quotient that is near enough
        let above = magic.checked_mul(divisor)?.checked_sub(whole)?;
        if !(3..1 << 31).contains(&divisor)
            || magic < 1 << 12
            || above == 0
            || above > whole >> reach.min(120)
        {
            return None;
        }
        let divisor = self.constant(divisor as u64, 64);
        Some(self.plain(Op::DivU, width, &[value, divisor]))
    }

    fn bitwise(&mut self, op: Op, width: Width, a: NodeId, b: NodeId) -> NodeId {
        self.deeper(op, width, &[a, b], |graph| graph.bitwise_by_rule(op, width, a, b))
    }

    fn bitwise_by_rule(&mut self, op: Op, width: Width, a: NodeId, b: NodeId) -> NodeId {
        let (a, b) = if self.number(a).is_some() { (b, a) } else { (a, b) };
        if a == b {
            return if op == Op::Xor { self.constant(0, width) } else { a };
        }
        if let Some(mask) = self.number(b) {
            if op == Op::And
                && let Some(aligned) = self.aligned_frame(width, a, mask)
            {
                return aligned;
            }
            let all = narrow(u64::MAX, width);
            match op {
                _ if mask == 0 => return if op == Op::And { b } else { a },
                Op::And if mask == all => return a,
                Op::Or if mask == all => return b,
                Op::Xor if width == 1 => return self.not(a),
                Op::Xor if mask == all => return self.make(Op::Not, width, &[a]),
                // the mask of what has no more bits
                Op::And
                    if self
                        .bits(a)
                        .is_some_and(|bits| bits < 64 && mask & ((1 << bits) - 1) == (1 << bits) - 1) =>
                {
                    return a;
                }
                Op::And if mask == 0xffff_ffff && width == 64 => return a,
                // what is in front of the bits kept does not matter
                Op::And if matches!(self.kind(a), Kind::Op(Op::SignExtend(from)) if mask >> from.min(63) == 0) =>
                {
                    let inner = self.operand(a, 0).unwrap_or(a);
                    return self.bitwise(op, width, inner, b);
                }
                Op::And if self.kind(a) == Kind::Op(Op::And) => {
                    if let (Some(inner), Some(before)) =
                        (self.operand(a, 0), self.operand(a, 1).and_then(|it| self.number(it)))
                    {
                        let mask = self.constant(mask & before, 64);
                        return self.bitwise(op, width, inner, mask);
                    }
                }
                _ => {}
            }
            return self.plain(op, width.max(32), &[a, b]);
        }
        if op == Op::Or
            && let Some(rotated) = self.rotation(width, a, b).or_else(|| self.rotation(width, b, a))
        {
            return rotated;
        }
        self.plain(op, width, &[a.min(b), a.max(b)])
    }

    /// The stack pointer rounded down: taken to be what it is where the frame happens to be aligned.
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

    /// `x << k | x >> (width - k)`.
    fn rotation(&mut self, width: Width, left: NodeId, right: NodeId) -> Option<NodeId> {
        let (value, times) = self.multiple(left)?;
        let by = u64::from(times.trailing_zeros());
        let shifted = self.kind(right) == Kind::Op(Op::Shr) && self.operand(right, 0) == Some(value);
        let rest = self.operand(right, 1).and_then(|by| self.number(by))?;
        let whole =
            1i64.checked_shl(by as u32) == Some(times) && by.checked_add(rest) == Some(u64::from(width));
        (shifted && whole && width >= 32).then(|| {
            let by = self.constant(by, 8);
            self.plain(Op::Rol, width, &[value, by])
        })
    }

    /// How many low bits of a value may be other than zero, where that is known to be few.
    fn bits(&self, id: NodeId) -> Option<u32> {
        let node = self.node(id);
        match node.kind {
            Kind::Load if node.width < 32 => Some(u32::from(node.width)),
            Kind::Op(Op::Eq | Op::Ult | Op::Slt | Op::FEq | Op::FLt | Op::FUnordered | Op::Test(_)) => {
                Some(1)
            }
            Kind::Op(Op::Xor) if node.width == 1 => Some(1),
            Kind::Op(Op::And) => {
                let mask = self.number(self.operand(id, 1)?)?;
                Some(64 - mask.leading_zeros())
            }
            Kind::Op(Op::PopCount | Op::LeadingZeros | Op::TrailingZeros) => Some(8),
            _ => None,
        }
    }

    fn truncate(&mut self, width: Width, a: NodeId) -> NodeId {
        self.deeper(Op::Truncate, width, &[a], |graph| graph.truncate_by_rule(width, a))
    }

    fn truncate_by_rule(&mut self, width: Width, a: NodeId) -> NodeId {
        let node = self.node(a);
        if width == 1 {
            return self.lowest_bit(a);
        }
        if let Kind::Op(Op::Insert { at, bits }) = node.kind {
            let (old, new) = (self.operand(a, 0), self.operand(a, 1));
            if at == 0 && bits >= width {
                return new.map_or(a, |new| self.truncate(width, new));
            }
            if at >= width {
                return old.map_or(a, |old| self.truncate(width, old));
            }
        }
        if node.kind == Kind::Op(Op::And)
            && let (Some(inner), Some(mask)) =
                (self.operand(a, 0), self.operand(a, 1).and_then(|it| self.number(it)))
            && width < 32
            && narrow(mask, width) == narrow(u64::MAX, width)
        {
            return self.truncate(width, inner);
        }
        if node.width <= width
            || (width >= 32 && node.width <= 64)
            || self.bits(a).is_some_and(|bits| bits <= u32::from(width))
        {
            return a;
        }
        if node.kind == Kind::Op(Op::Truncate)
            && let Some(inner) = self.operand(a, 0)
        {
            return self.truncate(width, inner);
        }
        if let Kind::Op(Op::SignExtend(from)) = node.kind
            && from <= width
            && let Some(inner) = self.operand(a, 0)
        {
            return inner;
        }
        self.plain(Op::Truncate, width, &[a])
    }

    /// The lowest bit as truth: of a shifted value, the test of one bit.
    fn lowest_bit(&mut self, a: NodeId) -> NodeId {
        if self.bits(a) == Some(1) {
            return a;
        }
        let shifted = matches!(self.kind(a), Kind::Op(Op::Shr | Op::Sar));
        let by = self.operand(a, 1).and_then(|by| self.number(by)).filter(|by| shifted && *by < 64);
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

    fn zero_extend(&mut self, width: Width, a: NodeId) -> NodeId {
        let node = self.node(a);
        if node.width >= 32 || self.bits(a).is_some() || node.width == 1 {
            return a;
        }
        if node.kind == Kind::Op(Op::Truncate)
            && let Some(inner) = self.operand(a, 0)
        {
            let mask = self.constant((1 << node.width) - 1, 64);
            return self.make(Op::And, width.min(64), &[inner, mask]);
        }
        a
    }

    fn sign_extend(&mut self, from: Width, width: Width, a: NodeId) -> NodeId {
        let kind = self.kind(a);
        // what is known not to reach the sign needs none
        let positive = kind != Kind::Load && self.bits(a).is_some_and(|bits| bits < u32::from(from));
        if from >= 32 || positive {
            return a;
        }
        let inner = match kind {
            Kind::Op(Op::Truncate) if self.node(a).width == from => self.operand(a, 0).unwrap_or(a),
            _ => a,
        };
        self.plain(Op::SignExtend(from), width.max(32), &[inner])
    }

    fn insert(&mut self, at: u8, bits: u8, width: Width, old: NodeId, new: NodeId) -> NodeId {
        if at == 0 && (bits >= width || (bits >= 32 && width <= 64)) {
            return new;
        }
        if at == 0
            && let Kind::Op(Op::Insert { at: 0, bits: before }) = self.kind(old)
            && before <= bits
            && let Some(older) = self.operand(old, 0)
        {
            return self.plain(Op::Insert { at, bits }, width, &[older, new]);
        }
        if width <= 64
            && let (Some(old), Some(new)) = (self.number(old), self.number(new))
        {
            let value = numbers::calculate(Op::Insert { at, bits }, width, &[old.into(), new.into()]);
            return self.constant(value as u64, width);
        }
        self.plain(Op::Insert { at, bits }, width, &[old, new])
    }

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

    /// `a == b`, `a - b == 0`, `a + c == d`: one form.
    fn equal(&mut self, width: Width, a: NodeId, b: NodeId) -> NodeId {
        self.deeper(Op::Eq, width, &[a, b], |graph| graph.equal_by_rule(width, a, b))
    }

    fn equal_by_rule(&mut self, width: Width, a: NodeId, b: NodeId) -> NodeId {
        if a == b {
            return self.constant(1, 1);
        }
        let (a, b) = (self.bare(a), self.bare(b));
        // a truth compared with zero or one
        for (truth, other) in [(a, b), (b, a)] {
            if let (Some(1), Some(value)) = (self.bits(truth), self.number(other))
                && value <= 1
                && self.kind(truth) != Kind::Op(Op::And)
            {
                return if value == 1 { truth } else { self.not(truth) };
            }
        }
        // (x ^ y) == 0, ((x ^ y) | z) == 0: several comparisons in one
        for (value, other) in [(a, b), (b, a)] {
            if self.number(other) == Some(0)
                && let Kind::Op(op @ (Op::Xor | Op::Or)) = self.kind(value)
                && self.node(value).width > 1
                && let (Some(x), Some(y)) = (self.operand(value, 0), self.operand(value, 1))
                && (op == Op::Xor || self.is_difference(x) || self.is_difference(y))
            {
                if op == Op::Xor {
                    return self.equal(width, x, y);
                }
                let (x, y) = (self.equal(width, x, other), self.equal(width, y, other));
                return self.plain(Op::And, 1, &[x.min(y), x.max(y)]);
            }
        }
        let difference = self.sum(width, &[(a, 1), (b, -1)], 0);
        let node = self.node(difference);
        let (left, right) = match (node.kind, self.operands(difference)) {
            (Kind::Constant, _) => return self.constant(u64::from(node.payload == 0), 1),
            (Kind::Sum, &[one]) if one.times == 1 => {
                (one.node, self.constant(node.payload.wrapping_neg(), width))
            }
            (Kind::Sum, &[one]) if one.times == -1 => (one.node, self.constant(node.payload, width)),
            (Kind::Sum, &[one, other]) if node.payload == 0 && one.times == other.times.wrapping_neg() => {
                (one.node.min(other.node), one.node.max(other.node))
            }
            (Kind::Sum, _) => self.sides(width, difference),
            _ => (difference, self.constant(0, width)),
        };
        self.plain(Op::Eq, 64, &[left, right])
    }

    /// Whether a value is zero exactly where two others are equal.
    fn is_difference(&self, id: NodeId) -> bool {
        match self.kind(id) {
            Kind::Op(Op::Xor) => true,
            Kind::Op(Op::Or) => self.operands(id).iter().any(|it| self.kind(it.node) == Kind::Op(Op::Xor)),
            _ => false,
        }
    }

    /// The two sides of `sum == 0`: what is added on one, what is taken away on the other.
    fn sides(&mut self, width: Width, sum: NodeId) -> (NodeId, NodeId) {
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

    /// Against a constant always `x < c` or its opposite.
    fn less(&mut self, op: Op, width: Width, a: NodeId, b: NodeId) -> NodeId {
        if a == b {
            return self.constant(0, 1);
        }
        match (self.number(a), self.number(b)) {
            (Some(value), None) => {
                let next = value.wrapping_add(1);
                if narrow(next, width) == 0 && op == Op::Ult {
                    return self.constant(0, 1);
                }
                let next = self.constant(next, width);
                let less = self.below(op, width, b, next);
                self.not(less)
            }
            _ => self.below(op, width, a, b),
        }
    }

    /// `a < b`, where not only `a` is a number.
    fn below(&mut self, op: Op, width: Width, a: NodeId, b: NodeId) -> NodeId {
        match (self.number(a), self.number(b)) {
            // unsigned: x < 1 is x == 0
            (None, Some(1)) if op == Op::Ult => {
                let zero = self.constant(0, width);
                self.equal(width, a, zero)
            }
            (None, Some(0)) if op == Op::Ult => self.constant(0, 1),
            _ => self.plain(op, 64, &[a, b]),
        }
    }

    fn select(&mut self, width: Width, mut condition: NodeId, mut yes: NodeId, mut no: NodeId) -> NodeId {
        if yes == no {
            return yes;
        }
        for _ in 0..MOST_DEPTH {
            let Some(inner) = self.negated(condition) else { break };
            (condition, yes, no) = (inner, no, yes);
        }
        if let Some(value) = self.number(condition) {
            return if value & 1 == 1 { yes } else { no };
        }
        match (self.number(yes), self.number(no)) {
            (Some(1), Some(0)) => condition,
            (Some(0), Some(1)) => self.not(condition),
            _ => self.plain(Op::Select, width, &[condition, yes, no]),
        }
    }

    /// A condition on flags becomes a condition on what the flags were made of.
    fn test(&mut self, cond: Cond, flags: NodeId) -> NodeId {
        self.deeper(Op::Test(cond), 8, &[flags], |graph| graph.test_by_rule(cond, flags))
    }

    fn test_by_rule(&mut self, cond: Cond, flags: NodeId) -> NodeId {
        if let Some(flags) = self.number(flags) {
            return self.constant(u64::from(numbers::holds(cond, flags.into())), 1);
        }
        let node = self.node(flags);
        let (a, b) = (self.operand(flags, 0).unwrap_or(flags), self.operand(flags, 1).unwrap_or(flags));
        let Kind::Op(op) = node.kind else { return self.plain(Op::Test(cond), 8, &[flags]) };
        let width = node.width;
        match op {
            Op::FlagsSub => self.test_difference(cond, width, a, b),
            Op::FlagsLogic => {
                let zero = self.constant(0, width);
                match cond {
                    Cond::Ult | Cond::Overflow => self.constant(0, 1),
                    Cond::Uge | Cond::NoOverflow => self.constant(1, 1),
                    Cond::Ule => self.equal(width, a, zero),
                    Cond::Ugt => {
                        let equal = self.equal(width, a, zero);
                        self.not(equal)
                    }
                    _ => self.test_difference(cond, width, a, zero),
                }
            }
            Op::FlagsAdd => {
                let sum = self.sum(width, &[(a, 1), (b, 1)], 0);
                match cond {
                    Cond::Ult => self.less(Op::Ult, width, sum, a),
                    Cond::Uge => {
                        let carry = self.less(Op::Ult, width, sum, a);
                        self.not(carry)
                    }
                    Cond::Eq | Cond::Ne | Cond::Negative | Cond::NotNegative => {
                        let zero = self.constant(0, width);
                        self.test_difference(cond, width, sum, zero)
                    }
                    // on signed numbers that do not overflow: the sum against zero
                    Cond::Slt | Cond::Sge | Cond::Sle | Cond::Sgt => {
                        let zero = self.constant(0, width);
                        self.test_difference(cond, width, sum, zero)
                    }
                    _ => self.plain(Op::Test(cond), 8, &[flags]),
                }
            }
            Op::FlagsKeepCarry => match cond {
                Cond::Ult | Cond::Uge => self.test(cond, b),
                Cond::Ule | Cond::Ugt => self.plain(Op::Test(cond), 8, &[flags]),
                _ => self.test(cond, a),
            },
            Op::FlagsSetCarry => match cond {
                Cond::Ult => a,
                Cond::Uge => self.not(a),
                Cond::Ule | Cond::Ugt => self.plain(Op::Test(cond), 8, &[flags]),
                _ => self.test(cond, b),
            },
            Op::FlagsSetOverflow => match cond {
                Cond::Overflow => a,
                Cond::NoOverflow => self.not(a),
                Cond::Slt | Cond::Sge | Cond::Sle | Cond::Sgt => self.plain(Op::Test(cond), 8, &[flags]),
                _ => self.test(cond, b),
            },
            Op::FlagsInvertCarry => match cond {
                Cond::Ult => self.test(Cond::Uge, a),
                Cond::Uge => self.test(Cond::Ult, a),
                Cond::Ule | Cond::Ugt => self.plain(Op::Test(cond), 8, &[flags]),
                _ => self.test(cond, a),
            },
            Op::FlagsFloat | Op::FlagsFloatA64 => self.test_floats(cond, width, a, b),
            Op::Select => {
                let (yes, no) = (b, self.operand(flags, 2).unwrap_or(b));
                let (yes, no) = (self.test(cond, yes), self.test(cond, no));
                self.choose(a, yes, no)
            }
            _ => self.plain(Op::Test(cond), 8, &[flags]),
        }
    }

    /// A choice between truths.
    fn choose(&mut self, condition: NodeId, yes: NodeId, no: NodeId) -> NodeId {
        match (self.number(yes), self.number(no)) {
            (_, Some(0)) => self.plain(Op::And, 1, &[condition.min(yes), condition.max(yes)]),
            (_, Some(_)) => {
                let opposite = self.not(condition);
                self.plain(Op::Or, 1, &[opposite.min(yes), opposite.max(yes)])
            }
            (Some(0), _) => {
                let opposite = self.not(condition);
                self.plain(Op::And, 1, &[opposite.min(no), opposite.max(no)])
            }
            (Some(_), _) => self.plain(Op::Or, 1, &[condition.min(no), condition.max(no)]),
            _ => self.select(1, condition, yes, no),
        }
    }

    fn test_difference(&mut self, cond: Cond, width: Width, a: NodeId, b: NodeId) -> NodeId {
        match cond {
            Cond::Ne | Cond::Uge | Cond::Ule | Cond::Sge | Cond::Sle | Cond::NotNegative => {
                let opposite = self.difference(cond.negated(), width, a, b);
                self.not(opposite)
            }
            _ => self.difference(cond, width, a, b),
        }
    }

    /// The same for one condition of each pair of opposites.
    fn difference(&mut self, cond: Cond, width: Width, a: NodeId, b: NodeId) -> NodeId {
        match cond {
            Cond::Eq => self.equal(width, a, b),
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

    /// Floats: unordered is left out of account, as the source did.
    fn test_floats(&mut self, cond: Cond, width: Width, a: NodeId, b: NodeId) -> NodeId {
        match cond {
            Cond::Eq | Cond::Ult | Cond::Slt | Cond::Negative => self.floats(cond, width, a, b),
            Cond::Ugt | Cond::Sgt | Cond::Parity | Cond::Overflow => self.floats(cond, width, a, b),
            _ => {
                let opposite = self.floats(cond.negated(), width, a, b);
                self.not(opposite)
            }
        }
    }

    /// The same for one condition of each pair of opposites.
    fn floats(&mut self, cond: Cond, width: Width, a: NodeId, b: NodeId) -> NodeId {
        match cond {
            Cond::Eq => self.make(Op::FEq, width, &[a, b]),
            Cond::Ult | Cond::Slt | Cond::Negative => self.plain(Op::FLt, width, &[a, b]),
            Cond::Ugt | Cond::Sgt => self.plain(Op::FLt, width, &[b, a]),
            _ => self.plain(Op::FUnordered, width, &[a.min(b), a.max(b)]),
        }
    }

    /// A dividend whose upper half only continues the lower: an ordinary division.
    fn divide_wide(&mut self, op: Op, width: Width, high: NodeId, low: NodeId, divisor: NodeId) -> NodeId {
        let narrow = match op {
            Op::DivWideU => Op::DivU,
            Op::DivWideS => Op::DivS,
            Op::RemWideU => Op::RemU,
            _ => Op::RemS,
        };
        let signed = matches!(narrow, Op::DivS | Op::RemS);
        let continues = match (self.number(high), self.kind(high)) {
            (Some(0), _) => !signed,
            (_, Kind::Op(Op::Sar)) => signed && self.operand(high, 0) == Some(low),
            _ => false,
        };
        if continues {
            return self.plain(narrow, width, &[low, divisor]);
        }
        self.plain(op, width, &[high, low, divisor])
    }
}

fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Sign-extended from `width`.
fn narrow(value: u64, width: Width) -> u64 {
    match width {
        0..32 => {
            let spare = 64 - u32::from(width.max(1));
            ((value << spare) as i64 >> spare) as u64
        }
        32 => value as u32 as i32 as i64 as u64,
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(graph: &mut Graph, number: u64) -> NodeId {
        graph.leaf(Kind::Argument, 64, number)
    }

    /// `((((a ^ b) | c ^ d) | e ^ f) | …) == 0` of so many comparisons, made on a small stack.
    fn comparisons(count: u64) -> (Graph, NodeId) {
        let make = move || {
            let mut graph = Graph::default();
            let mut all = None;
            for number in 0..count {
                let (a, b) = (leaf(&mut graph, 2 * number), leaf(&mut graph, 2 * number + 1));
                let differ = graph.make(Op::Xor, 64, &[a, b]);
                all = Some(match all {
                    Some(before) => graph.make(Op::Or, 64, &[before, differ]),
                    None => differ,
                });
            }
            let zero = graph.constant(0, 64);
            let made = graph.make(Op::Eq, 64, &[all.unwrap_or(zero), zero]);
            assert_eq!(graph.make(Op::Eq, 64, &[all.unwrap_or(zero), zero]), made, "the same twice");
            (graph, made)
        };
        let small = std::thread::Builder::new().stack_size(256 << 10).spawn(make).expect("a thread");
        small.join().expect("no overflow")
    }

    /// How many comparisons became conditions of their own.
    fn check(count: u64, conditions: usize) {
        let (graph, made) = comparisons(count);
        let (mut next, mut found) = (vec![made], 0);
        while let Some(id) = next.pop() {
            found += usize::from(graph.kind(id) == Kind::Op(Op::Eq));
            if graph.kind(id) != Kind::Op(Op::Eq) {
                next.extend(graph.operands(id).iter().map(|operand| operand.node));
            }
        }
        assert_eq!(found, conditions, "of {count}");
    }

    #[test]
    fn comparisons_in_one_are_told_apart_to_the_stated_depth_and_stay_together_beyond() {
        check(1, 1);
        check(10, 10);
        // what stays together is one more
        let most = MOST_DEPTH as usize;
        check(u64::from(MOST_DEPTH) - 1, most - 1);
        check(u64::from(MOST_DEPTH), most);
        check(u64::from(MOST_DEPTH) + 1, most);
        check(20_000, most);
    }

    #[test]
    fn conditions_on_choices_on_both_sides_end_at_the_stated_number_of_rules() {
        let mut graph = Graph::default();
        let (a, b) = (leaf(&mut graph, 0), leaf(&mut graph, 1));
        let mut sides = [graph.make(Op::FlagsSub, 64, &[a, b]), graph.make(Op::FlagsSub, 64, &[b, a])];
        for number in 0..1_000 {
            let condition = leaf(&mut graph, 2 + number);
            let [one, other] = sides;
            sides = [
                graph.make(Op::Select, 8, &[condition, one, other]),
                graph.make(Op::Select, 8, &[condition, other, one]),
            ];
        }
        let before = graph.len();
        graph.make(Op::Test(Cond::Eq), 8, &[sides[0]]);
        assert!(graph.len() - before <= 4 * MOST_RULES as usize, "{} more", graph.len() - before);
        assert_eq!(graph.applied.depth, 0);
    }

    #[test]
    fn an_operation_beyond_the_bound_has_the_form_that_rules_leave() {
        let mut graph = Graph::default();
        let (a, b, one) = (leaf(&mut graph, 0), leaf(&mut graph, 1), graph.constant(1, 64));
        for (op, operands) in [(Op::Eq, [b, a]), (Op::Mul, [b, a]), (Op::And, [one, a]), (Op::FLt, [b, a])] {
            let by_rule = graph.make(op, 64, &operands);
            assert_eq!(graph.as_it_stands(op, 64, &operands), by_rule, "{op:?}");
        }
    }
}
