//! Resolves phis once a function has been traced, and brings what stood on them to normal form again.
//!
//! A phi all of whose ways give the same value is that value. A phi that is
//! itself plus a constant on one way, and something else on all others, is a
//! loop's variable: it becomes `start + constant * counter`, so that a pointer
//! that is moved on and an index that is multiplied are the same expression.

use crate::graph::{Graph, Kind, Node, NodeId, PhiId};
use crate::machine::Op;
use crate::surroundings::Surroundings;
use crate::trace::{Cut, Trace};
use cognate_base::{TypedIndex, TypedVec};

/// Rounds of resolving; each can only make phis fewer (judgement: nested loops take one a level).
const ROUNDS: usize = 8;
/// Phis passed on the way from one to what it has become.
const MOST_FOLLOWED: u32 = 64;

/// What each node has become, where it is something else.
type Becomes = TypedVec<NodeId, Option<NodeId>>;

/// Resolves the phis of a trace and rewrites its effects, with no more than so many expressions in all.
pub(crate) fn settle(trace: &mut Trace, around: &dyn Surroundings, most_nodes: usize) {
    if trace.graph.phis.is_empty() {
        return;
    }
    let becomes = resolved(&mut trace.graph);
    if becomes.items().iter().all(Option::is_none) {
        // nothing stands on anything else than before
        for phi in trace.graph.phis.indices() {
            trace.graph.keep_ways_once(phi);
        }
        return;
    }
    let (done, begun) = (unchanged(&trace.graph, &becomes), vec![false; trace.graph.len()].into());
    let (stack, operands) = (Vec::new(), Vec::new());
    Rebuild { trace, around, becomes, done, begun, most_nodes, stack, operands }.effects();
}

/// What stands on nothing that has become something else: it is what it was. Operands come before what stands on them.
fn unchanged(graph: &Graph, becomes: &Becomes) -> Becomes {
    let mut unchanged = Becomes::from(Vec::with_capacity(graph.len()));
    for id in graph.ids() {
        let operands = graph.operands(id);
        let changes =
            becomes[id].is_some() || operands.iter().any(|operand| unchanged[operand.node].is_none());
        unchanged.push((!changes).then_some(id));
    }
    unchanged
}

/// Finds the phis that are one value, then those that count.
fn resolved(graph: &mut Graph) -> Becomes {
    let mut becomes = Becomes::from(vec![None; graph.len()]);
    let mut open: Vec<PhiId> = graph.phis.indices().collect();
    for _ in 0..ROUNDS {
        let before = open.len();
        open.retain(|&phi| match only_value(graph, &becomes, phi) {
            Some((node, value)) => {
                becomes[node] = Some(value);
                false
            }
            None => true,
        });
        if open.len() == before {
            break;
        }
    }
    for phi in open {
        if let Some((node, start, step)) = counted(graph, &becomes, phi) {
            let counter = graph.leaf(Kind::Counter, 64, phi.0.into());
            let value = graph.sum(64, &[(start, 1), (counter, step)], 0);
            becomes.items_mut().resize(graph.len(), None);
            becomes[node] = Some(value);
        }
    }
    becomes
}

/// Follows what phis have become.
fn follow(becomes: &Becomes, mut id: NodeId) -> NodeId {
    for _ in 0..MOST_FOLLOWED {
        match becomes[id] {
            Some(next) => id = next,
            None => break,
        }
    }
    id
}

/// A phi's node, and the one value that all of its ways bring.
fn only_value(graph: &Graph, becomes: &Becomes, phi: PhiId) -> Option<(NodeId, NodeId)> {
    let node = graph.phis[phi].node;
    let mut only = None;
    for &operand in graph.ways(phi) {
        let operand = follow(becomes, operand);
        if operand == node || only == Some(operand) {
            continue;
        }
        if only.is_some() {
            return None;
        }
        only = Some(operand);
    }
    Some((node, only?))
}

/// The node of a loop's variable, where it starts and by how much it moves on.
fn counted(graph: &Graph, becomes: &Becomes, phi: PhiId) -> Option<(NodeId, NodeId, i64)> {
    let phi_node = graph.phis[phi].node;
    let (mut start, mut step) = (None, None);
    for &operand in graph.ways(phi) {
        let operand = follow(becomes, operand);
        if operand == phi_node {
            continue;
        }
        let node = graph.node(operand);
        let moved = match (node.kind, graph.operands(operand)) {
            (Kind::Sum, [one]) if one.times == 1 && follow(becomes, one.node) == phi_node => {
                Some(node.payload as i64)
            }
            _ => None,
        };
        match moved {
            Some(by) if step.is_none() || step == Some(by) => step = Some(by),
            Some(_) => return None,
            None if start.is_none() || start == Some(operand) => start = Some(operand),
            None => return None,
        }
    }
    Some((phi_node, start?, step?))
}

/// Makes the expressions again that stand on phis which have become something else.
struct Rebuild<'a> {
    trace: &'a mut Trace,
    around: &'a dyn Surroundings,
    becomes: Becomes,
    /// What each node is now; those that are made from now on are as they should be.
    done: Becomes,
    /// Nodes that wait for their operands.
    begun: TypedVec<NodeId, bool>,
    /// Expressions after which what is left stays as it was.
    most_nodes: usize,
    /// What waits while a node is made; and its operands as they are now.
    stack: Vec<NodeId>,
    operands: Vec<(NodeId, i64)>,
}

impl Rebuild<'_> {
    fn effects(&mut self) {
        let mut effects = std::mem::take(&mut self.trace.effects);
        for placed in &mut effects {
            placed.effect.for_each_node(|node| *node = self.node(*node));
        }
        self.trace.effects = effects;
        for phi in self.trace.graph.phis.indices() {
            for number in 0..self.trace.graph.ways(phi).len() {
                let Some(&way) = self.trace.graph.ways(phi).get(number) else { break };
                let now = self.node(way);
                if let Some(way) = self.trace.graph.ways_mut(phi).get_mut(number) {
                    *way = now;
                }
            }
            self.trace.graph.keep_ways_once(phi);
        }
    }

    /// What a node is now; without recursion, as expressions may be deep.
    fn node(&mut self, root: NodeId) -> NodeId {
        if let Some(known) = self.known(root) {
            return known;
        }
        self.stack.push(root);
        while let Some(&id) = self.stack.last() {
            if self.known(id).is_some() {
                self.stack.pop();
                continue;
            }
            self.begun[id] = true;
            let target = follow(&self.becomes, id);
            if target != id {
                let waits = self.known(target).is_none() && !self.begun[target];
                match waits {
                    true => self.stack.push(target),
                    // a value that stands on itself stays as it is
                    false => {
                        let value = self.known(target).unwrap_or(target);
                        self.done[id] = Some(value);
                        self.stack.pop();
                    }
                }
                continue;
            }
            let waiting = self.stack.len();
            for operand in self.trace.graph.operands(id) {
                if self.known(operand.node).is_none() && !self.begun[operand.node] {
                    self.stack.push(operand.node);
                }
            }
            if self.stack.len() == waiting {
                let made = self.made(id);
                self.done[id] = Some(made);
                self.stack.pop();
            }
        }
        self.known(root).unwrap_or(root)
    }

    fn known(&self, id: NodeId) -> Option<NodeId> {
        if id.position() < self.done.len() { self.done[id] } else { Some(id) }
    }

    /// The node with what its operands are now.
    fn made(&mut self, id: NodeId) -> NodeId {
        let node = self.trace.graph.node(id);
        let mut operands = std::mem::take(&mut self.operands);
        operands.clear();
        let old = self.trace.graph.operands(id);
        operands.extend(old.iter().map(|it| (self.known(it.node).unwrap_or(it.node), it.times)));
        let changed = operands.iter().zip(old).any(|(new, old)| new.0 != old.node);
        let made = if changed { self.made_of(id, node, &operands) } else { id };
        self.operands = operands;
        made
    }

    /// The node with these operands instead of its own.
    fn made_of(&mut self, id: NodeId, node: Node, operands: &[(NodeId, i64)]) -> NodeId {
        if self.trace.graph.len() >= self.most_nodes {
            self.trace.end_by(Cut::Expressions);
            return id;
        }
        self.trace.graph.now = node.made_by;
        match node.kind {
            Kind::Sum => self.trace.graph.sum(node.width, operands, node.payload),
            Kind::Load => match operands.first() {
                Some(&(address, _)) => self.trace.graph.read(self.around, address, node.width),
                None => id,
            },
            Kind::Op(op) => {
                // of an operation at most four count
                let mut nodes = [NodeId::default(); 4];
                let count = nodes.iter_mut().zip(operands).map(|(slot, (node, _))| *slot = *node).count();
                match op {
                    // truths keep the width of what they compare
                    Op::Xor if node.width == 1 => {
                        operands.first().map_or(id, |&(inner, _)| self.trace.graph.not(inner))
                    }
                    _ => self.trace.graph.make(op, node.width, nodes.get(..count).unwrap_or(&[])),
                }
            }
            _ => id,
        }
    }
}
