//! From a trace to features: hashes of what the function's expressions look like.
//!
//! Every expression that an effect stands on is hashed with more and more of
//! what lies below it (Weisfeiler-Lehman): *exactly*, with numbers, texts and
//! imports as they are, and *roughly*, with numbers left out, so that what
//! differs with the size of a pointer or the layout of a structure still agrees.
//! Order is left out where the operation does not care for it, and a choice
//! (`cmov`, `csel`) looks as a phi does. An effect or a condition that stands on a
//! choice is one for each way (`choices.rs`): compilers put what follows a choice
//! on each of its ways, or what all ways do behind them.

use super::KEPT;
use super::around::{Around, import_label, label};
use super::choices::{choices, choices_below, is_choice, on_way, transparent};
use crate::bounded::shrink;
use crate::site::Site;
use cognate_base::{TypedVec, combine, mix};
use cognate_binary::CallTarget;
use cognate_dataflow::graph::{kind_hash, op_hash};
use cognate_dataflow::{Effect, Graph, Kind, NodeId, Op, Operand, Trace};

/// Which rule made a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Rule {
    /// An expression with its operands and theirs.
    Expression = 1,
    /// An effect with its expressions and their operands.
    Effect = 2,
    /// The same without numbers.
    RoughEffect = 3,
    /// Two effects one after the other, without numbers.
    Pair = 4,
    /// What is given to a call.
    Argument = 5,
}

/// Something the function does, as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Feature {
    /// Which rule made it.
    pub rule: Rule,
    /// The hash.
    pub hash: u64,
    /// The expression it stands for, or the effect by its place in the trace.
    pub what: What,
}

/// What a feature stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// An expression.
    Node(NodeId),
    /// An effect, by its place in [`Trace::effects`].
    Effect(u32),
}

/// How deep expressions are looked at: their operands, and those of these (`docs/recompiled-code.md`, "What was tried").
const DEPTH: usize = 2;

/// Works out the features of a trace, keeping its memory.
#[derive(Debug, Default)]
pub(crate) struct Features {
    /// The hashes of each node by depth, with numbers and without.
    exact: Levels,
    rough: Levels,
    /// Whether an effect stands on each node.
    live: TypedVec<NodeId, bool>,
    stack: Vec<NodeId>,
    /// What was found.
    pub found: Vec<Feature>,
}

/// A hash for each node, by how deep it looks.
type Levels = [TypedVec<NodeId, u64>; DEPTH + 1];

/// The hash of a node at a depth.
fn at(levels: &Levels, depth: usize, id: NodeId) -> u64 {
    levels.get(depth).map_or(0, |hashes| hashes[id])
}

/// How an effect is looked at.
#[derive(Clone, Copy)]
struct Look {
    /// So deep.
    depth: usize,
    /// With numbers.
    exact: bool,
    /// On this way of each choice; else choices are choices.
    way: Option<usize>,
}

/// How an operand's place counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Matters,
    DoesNot,
}

impl Features {
    /// Finds the features of a trace.
    pub(crate) fn find(&mut self, around: &Around<'_>, trace: &Trace) {
        self.trim(trace.graph.len());
        self.found.clear();
        self.mark(trace);
        self.labels(around, trace);
        for depth in 1..=DEPTH {
            self.deepen(&trace.graph, depth);
        }
        self.expressions(&trace.graph);
        self.effects(around.site, trace);
    }

    /// Gives the memory of an outlier back.
    fn trim(&mut self, needed: usize) {
        let kept = KEPT.max(needed);
        shrink(&mut self.found, KEPT);
        shrink(self.live.items_mut(), kept);
        shrink(&mut self.stack, KEPT);
        self.exact.iter_mut().chain(&mut self.rough).for_each(|list| shrink(list.items_mut(), kept));
    }

    /// Marks what effects stand on.
    fn mark(&mut self, trace: &Trace) {
        let graph = &trace.graph;
        self.live.items_mut().clear();
        self.live.items_mut().resize(graph.len(), false);
        self.stack.clear();
        for placed in &trace.effects {
            roots(&placed.effect, trace, |node| self.stack.push(node));
        }
        while let Some(id) = self.stack.pop() {
            if std::mem::replace(&mut self.live[id], true) {
                continue;
            }
            self.stack.extend(graph.operands(id).iter().map(|operand| operand.node));
            self.stack.extend_from_slice(graph.ways_of(id).unwrap_or(&[]));
        }
    }

    fn labels(&mut self, around: &Around<'_>, trace: &Trace) {
        let graph = &trace.graph;
        // what is live is written before it is read
        for list in self.exact.iter_mut().chain(self.rough.iter_mut().take(DEPTH)) {
            let count = list.len().max(graph.len());
            list.items_mut().resize(count, 0);
        }
        let results = results(around.site, trace);
        for id in graph.ids() {
            if !self.live[id] {
                continue;
            }
            // operands come before what stands on them
            let (exact, rough) = match transparent(graph, id) {
                Some(inner) => (self.exact[0][inner], self.rough[0][inner]),
                None => node_label(around.site, graph, id, &results),
            };
            self.exact[0][id] = exact;
            self.rough[0][id] = rough;
        }
    }

    /// One step further down: a node's label with the hashes of its operands.
    fn deepen(&mut self, graph: &Graph, depth: usize) {
        for id in graph.ids() {
            if !self.live[id] {
                continue;
            }
            let exact = below(graph, id, &self.exact, depth, true);
            self.exact[depth][id] = exact;
            // rough ones are looked at less deep
            if depth < DEPTH {
                let rough = below(graph, id, &self.rough, depth, false);
                self.rough[depth][id] = rough;
            }
        }
    }

    fn push(&mut self, rule: Rule, hash: u64, what: What) {
        self.found.push(Feature { rule, hash: combine(mix(rule as u64), hash), what });
    }

    fn expressions(&mut self, graph: &Graph) {
        for id in graph.ids() {
            if self.live[id] && !graph.operands(id).is_empty() && transparent(graph, id).is_none() {
                self.push(Rule::Expression, at(&self.exact, DEPTH, id), What::Node(id));
                // a condition is one whether it is branched on, selects or is kept
                if comparison(graph.kind(id)) {
                    let ways = choices_below(graph, id);
                    self.on_each_way(ways, What::Node(id), |features, look| {
                        Some(combine(mix(CONDITION), features.node(graph, id, look)))
                    });
                }
            }
        }
    }

    /// Adds an effect with its operands, exactly and roughly: once for each of so many ways on which it differs.
    fn on_each_way(&mut self, ways: usize, what: What, hash: impl Fn(&Self, Look) -> Option<u64>) {
        let start = self.found.len();
        for way in 0..ways.max(1) {
            let exact = Look { depth: 1, exact: true, way: (ways > 0).then_some(way) };
            let Some(exactly) = hash(self, exact) else { continue };
            let known = self.found.len();
            self.push(Rule::Effect, exactly, what);
            let (before, this) = self.found.split_at(known);
            if before.iter().skip(start).any(|one| Some(one.hash) == this.first().map(|this| this.hash)) {
                self.found.truncate(known);
                continue;
            }
            let roughly = hash(self, Look { exact: false, ..exact }).unwrap_or(0);
            self.push(Rule::RoughEffect, roughly, what);
        }
    }

    /// The hash of a node, as it is looked at.
    fn node(&self, graph: &Graph, id: NodeId, look: Look) -> u64 {
        let levels = if look.exact { &self.exact } else { &self.rough };
        let Some(way) = look.way else { return at(levels, look.depth, id) };
        let id = on_way(graph, id, way);
        if is_choice(graph, id) {
            return at(levels, look.depth, id);
        }
        let below = |operand| at(levels, look.depth.saturating_sub(1), on_way(graph, operand, way));
        with_operands(graph.kind(id), graph.operands(id), at(levels, 0, id), below, look.exact)
    }

    fn effects(&mut self, site: &Site<'_>, trace: &Trace) {
        let mut start = 0;
        for &end in &trace.block_ends {
            let mut before: Option<u64> = None;
            let block = trace.effects.get(start as usize..end as usize).unwrap_or(&[]);
            for (number, placed) in (start..end).zip(block) {
                let (effect, what) = (&placed.effect, What::Effect(number));
                let whole = Look { depth: 0, exact: false, way: None };
                let Some(this) = self.effect(site, trace, effect, whole) else { continue };
                let found = matches!(effect, Effect::Branch(condition)
                    if comparison(trace.graph.kind(bare(&trace.graph, *condition))));
                if !found {
                    let mut ways = 0;
                    roots(effect, trace, |root| ways = ways.max(choices(&trace.graph, root)));
                    self.on_each_way(ways, what, |features, look| features.effect(site, trace, effect, look));
                }
                if let Effect::Call { arguments, .. } = effect {
                    for &argument in arguments {
                        self.push(Rule::Argument, at(&self.exact, 0, argument), What::Node(argument));
                    }
                }
                if let Some(before) = before {
                    self.push(Rule::Pair, combine(before, this), what);
                }
                before = Some(this);
            }
            start = end;
        }
    }

    /// The hash of an effect with so much of its expressions; none for what cannot be seen from outside.
    fn effect(&self, site: &Site<'_>, trace: &Trace, effect: &Effect, look: Look) -> Option<u64> {
        let exact = look.exact;
        let at = |id| self.node(&trace.graph, id, look);
        Some(match effect {
            Effect::Store { address, value, width } => {
                let width = if exact { width_class(*width) } else { 0 };
                combine(combine(mix(1), at(*address)), at(*value).wrapping_add(width))
            }
            Effect::Slot { offset, value, width } => {
                let base = trace.escaped_base(*offset).filter(|_| *width > 0)?;
                let offset = if exact { offset.wrapping_sub(base) as u64 } else { 0 };
                combine(combine(mix(2), offset), at(*value))
            }
            Effect::Call { target, arguments, .. } => {
                let sum = arguments.iter().fold(0u64, |sum, &id| sum.wrapping_add(mix(at(id))));
                combine(combine(mix(3), callee(site, target)), if exact { sum } else { 0 })
            }
            Effect::Block { copy, operands } => {
                let [to, from, count] = operands.map(at);
                combine(combine(combine(mix(4 + u64::from(*copy)), to), from), count)
            }
            Effect::Branch(condition) => combine(mix(CONDITION), at(bare(&trace.graph, *condition))),
            Effect::Switch(target) => combine(mix(7), at(*target)),
            // what only happens to be in a register is no result
            Effect::Return(value) => {
                let returned = look.way.map_or(*value, |way| on_way(&trace.graph, *value, way));
                match trace.graph.kind(returned) {
                    Kind::Argument | Kind::Entry | Kind::Unknown => return None,
                    _ => combine(mix(8), at(*value)),
                }
            }
        })
    }
}

const CONDITION: u64 = 6;

/// A condition without the `not` in front of it.
fn bare(graph: &Graph, id: NodeId) -> NodeId {
    graph.negated(id).unwrap_or(id)
}

fn comparison(kind: Kind) -> bool {
    matches!(kind, Kind::Op(Op::Eq | Op::Ult | Op::Slt | Op::FEq | Op::FLt))
}

fn width_class(width: u8) -> u64 {
    match width {
        8 | 16 => u64::from(width),
        128 => 128,
        _ => 32,
    }
}

/// The expressions an effect stands on.
fn roots(effect: &Effect, trace: &Trace, mut push: impl FnMut(NodeId)) {
    match effect {
        Effect::Store { address, value, .. } => {
            push(*address);
            push(*value);
        }
        Effect::Slot { offset, value, width } if *width > 0 && trace.escaped_base(*offset).is_some() => {
            push(*value)
        }
        Effect::Slot { .. } => {}
        Effect::Call { indirect, arguments, .. } => {
            indirect.iter().for_each(|target| push(*target));
            arguments.iter().for_each(|argument| push(*argument));
        }
        Effect::Block { operands, .. } => operands.iter().for_each(|operand| push(*operand)),
        Effect::Branch(value) | Effect::Switch(value) | Effect::Return(value) => push(*value),
    }
}

fn callee(site: &Site<'_>, target: &CallTarget) -> u64 {
    match target {
        CallTarget::Import(slot) => {
            site.hints.imports.get(slot).map_or(1, |import| import_label(&import.name))
        }
        CallTarget::Function(_) => 2,
        CallTarget::Unknown => 3,
    }
}

/// For each call by its number what its result is called.
fn results(site: &Site<'_>, trace: &Trace) -> Vec<u64> {
    let calls = trace.effects.iter().filter_map(|placed| match &placed.effect {
        Effect::Call { target, .. } => Some(callee(site, target)),
        _ => None,
    });
    calls.collect()
}

/// What a node is without its operands: exactly, and roughly.
fn node_label(site: &Site<'_>, graph: &Graph, id: NodeId, results: &[u64]) -> (u64, u64) {
    let node = graph.node(id);
    let kind = mix(kind_hash(node.kind));
    match node.kind {
        Kind::Constant => {
            let rough = match node.payload {
                0 => 0,
                1 | u64::MAX => 1,
                _ => 2,
            };
            (combine(kind, node.payload), combine(kind, rough))
        }
        Kind::Address => {
            let label = label(site, node.payload);
            (combine(kind, label), combine(kind, label))
        }
        Kind::Result => {
            let which = results.get(node.payload as usize).copied().unwrap_or(0);
            (combine(kind, which), kind)
        }
        Kind::Frame | Kind::Local => {
            let local = mix(kind_hash(Kind::Local));
            (local, local)
        }
        Kind::Load => (combine(kind, width_class(node.width)), combine(kind, u64::from(node.width == 8))),
        // where in the frame something lies is each compiler's own choice
        Kind::Sum if graph.operands(id).iter().any(|one| graph.kind(one.node) == Kind::Frame) => (kind, kind),
        Kind::Sum => (combine(kind, node.payload), kind),
        Kind::Op(Op::Select) => {
            let phi = mix(kind_hash(Kind::Phi));
            (phi, phi)
        }
        Kind::Op(Op::Opaque(_) | Op::Shuffle(_)) => (kind, mix(99)),
        Kind::Op(op) => (mix(op_hash(op)), mix(op_hash(op))),
        _ => (kind, kind),
    }
}

fn order(kind: Kind) -> Order {
    match kind {
        Kind::Sum | Kind::Phi => Order::DoesNot,
        Kind::Op(Op::And | Op::Or | Op::Xor | Op::Mul | Op::Eq | Op::FAdd | Op::FMul | Op::FEq) => {
            Order::DoesNot
        }
        Kind::Op(Op::Select | Op::MulHighU | Op::MulHighS) => Order::DoesNot,
        _ => Order::Matters,
    }
}

/// A node's label with the hashes of its operands one level less deep.
fn below(graph: &Graph, id: NodeId, levels: &Levels, depth: usize, exact: bool) -> u64 {
    if let Some(inner) = transparent(graph, id) {
        // operands come before what stands on them
        return at(levels, depth, inner);
    }
    let label = at(levels, 0, id);
    let of = |id| at(levels, depth - 1, id);
    if let Some(ways) = graph.ways_of(id) {
        return combine(label, ways.iter().fold(0, |sum: u64, &way| sum.wrapping_add(mix(of(way)))));
    }
    let kind = graph.kind(id);
    let mut operands = graph.operands(id);
    if kind == Kind::Op(Op::Select) {
        // without the condition, as a phi has none
        operands = operands.get(1..).unwrap_or(&[]);
    }
    with_operands(kind, operands, label, of, exact)
}

/// A node's label with the hashes of its operands.
fn with_operands(
    kind: Kind,
    operands: &[Operand],
    label: u64,
    of: impl Fn(NodeId) -> u64,
    exact: bool,
) -> u64 {
    if operands.is_empty() {
        return label;
    }
    match order(kind) {
        Order::Matters => operands.iter().fold(label, |hash, it| combine(hash, of(it.node))),
        Order::DoesNot => {
            let times = |times: i64| if exact { times as u64 } else { u64::from(times < 0) };
            let one = |it: &Operand| mix(combine(of(it.node), times(it.times)));
            combine(label, operands.iter().fold(0, |sum: u64, it| sum.wrapping_add(one(it))))
        }
    }
}
