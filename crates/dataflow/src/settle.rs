//! Resolves phis once a function has been traced, and brings what stood on them to normal form again.
//!
//! A phi all of whose ways give the same value is that value. A phi that is
//! itself plus a constant on one way, and something else on all others, is a
//! loop's variable: it becomes `start + constant * counter`, so that a pointer
//! that is moved on and an index that is multiplied are the same expression.

use crate::graph::{Graph, Kind, NodeId, Operand};
use crate::machine::Op;
use crate::trace::{Cut, Effect, Surroundings, Trace};

/// Rounds of resolving; each can only make phis fewer.
const ROUNDS: usize = 8;
/// Phis passed on the way from one to what it has become.
const MOST_FOLLOWED: u32 = 64;

/// Resolves the phis of a trace and rewrites its effects, with no more than so many expressions in all.
pub(crate) fn settle(trace: &mut Trace, around: &dyn Surroundings, most_nodes: usize) {
    if trace.graph.phis.is_empty() {
        return;
    }
    let nodes: Vec<Option<NodeId>> = trace.graph.phis.iter().map(|phi| phi.node).collect();
    let mut becomes: Vec<Option<NodeId>> = vec![None; trace.graph.len()];
    for _ in 0..ROUNDS {
        let mut changed = false;
        for (number, id) in nodes.iter().enumerate() {
            let Some(id) = *id else { continue };
            if becomes.get(id.0 as usize).copied().flatten().is_some() {
                continue;
            }
            if let Some(value) = only_value(&trace.graph, &becomes, id, number) {
                becomes[id.0 as usize] = Some(value);
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    for (number, id) in nodes.iter().enumerate() {
        let Some(id) = *id else { continue };
        if becomes.get(id.0 as usize).copied().flatten().is_none()
            && let Some((start, step)) = counted(&trace.graph, &becomes, id, number)
        {
            let counter = trace.graph.leaf(Kind::Counter, 64, number as u64);
            let value = trace.graph.sum(64, &[(start, 1), (counter, step)], 0);
            if becomes.len() < trace.graph.len() {
                becomes.resize(trace.graph.len(), None);
            }
            becomes[id.0 as usize] = Some(value);
        }
    }
    if becomes.iter().all(Option::is_none) {
        // nothing stands on anything else than before
        for phi in &mut trace.graph.phis {
            phi.operands.sort_unstable();
            phi.operands.dedup();
        }
        return;
    }
    Rebuild { trace, around, becomes, done: Vec::new(), begun: Vec::new(), most_nodes }.effects();
}

/// Follows what phis have become.
fn follow(becomes: &[Option<NodeId>], mut id: NodeId) -> NodeId {
    for _ in 0..MOST_FOLLOWED {
        match becomes.get(id.0 as usize).copied().flatten() {
            Some(next) => id = next,
            None => break,
        }
    }
    id
}

fn only_value(graph: &Graph, becomes: &[Option<NodeId>], id: NodeId, number: usize) -> Option<NodeId> {
    let mut only = None;
    for &operand in &graph.phis.get(number)?.operands {
        let operand = follow(becomes, operand);
        if operand == id || only == Some(operand) {
            continue;
        }
        if only.is_some() {
            return None;
        }
        only = Some(operand);
    }
    only
}

/// Where a loop's variable starts and by how much it moves on.
fn counted(graph: &Graph, becomes: &[Option<NodeId>], id: NodeId, number: usize) -> Option<(NodeId, i64)> {
    let (mut start, mut step) = (None, None);
    for &operand in &graph.phis.get(number)?.operands {
        let operand = follow(becomes, operand);
        if operand == id {
            continue;
        }
        let node = graph.node(operand);
        let moved = match (node.kind, graph.operands(operand)) {
            (Kind::Sum, [one]) if one.times == 1 && follow(becomes, one.node) == id => {
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
    Some((start?, step?))
}

struct Rebuild<'a> {
    trace: &'a mut Trace,
    around: &'a dyn Surroundings,
    becomes: Vec<Option<NodeId>>,
    /// What each node is now.
    done: Vec<Option<NodeId>>,
    /// Nodes that wait for their operands.
    begun: Vec<bool>,
    /// Expressions after which what is left stays as it was.
    most_nodes: usize,
}

impl Rebuild<'_> {
    fn effects(&mut self) {
        let before = self.trace.graph.len();
        self.done = vec![None; before];
        self.begun = vec![false; before];
        let mut effects = std::mem::take(&mut self.trace.effects);
        for placed in &mut effects {
            match &mut placed.effect {
                Effect::Store { address, value, .. } => {
                    *address = self.node(*address);
                    *value = self.node(*value);
                }
                Effect::Slot { value, .. }
                | Effect::Branch(value)
                | Effect::Switch(value)
                | Effect::Return(value) => {
                    *value = self.node(*value);
                }
                Effect::Call { indirect, arguments, .. } => {
                    *indirect = indirect.map(|target| self.node(target));
                    arguments.iter_mut().for_each(|argument| *argument = self.node(*argument));
                }
                Effect::Block { operands, .. } => {
                    operands.iter_mut().for_each(|operand| *operand = self.node(*operand));
                }
            }
        }
        self.trace.effects = effects;
        for number in 0..self.trace.graph.phis.len() {
            let Some(phi) = self.trace.graph.phis.get_mut(number) else { continue };
            let mut operands = std::mem::take(&mut phi.operands);
            operands.iter_mut().for_each(|operand| *operand = self.node(*operand));
            operands.sort_unstable();
            operands.dedup();
            if let Some(phi) = self.trace.graph.phis.get_mut(number) {
                phi.operands = operands;
            }
        }
    }

    /// What a node is now; without recursion, as expressions may be deep.
    fn node(&mut self, root: NodeId) -> NodeId {
        if let Some(known) = self.known(root) {
            return known;
        }
        let mut stack = vec![root];
        while let Some(&id) = stack.last() {
            if self.known(id).is_some() {
                stack.pop();
                continue;
            }
            self.begin(id);
            let target = follow(&self.becomes, id);
            if target != id {
                let waits = self.known(target).is_none() && !self.is_begun(target);
                match waits {
                    true => stack.push(target),
                    // a value that stands on itself stays as it is
                    false => {
                        let value = self.known(target).unwrap_or(target);
                        self.know(id, value);
                        stack.pop();
                    }
                }
                continue;
            }
            let waiting = stack.len();
            for operand in self.trace.graph.operands(id) {
                if self.known(operand.node).is_none() && !self.is_begun(operand.node) {
                    stack.push(operand.node);
                }
            }
            if stack.len() == waiting {
                let made = self.made(id);
                self.know(id, made);
                stack.pop();
            }
        }
        self.known(root).unwrap_or(root)
    }

    fn begin(&mut self, id: NodeId) {
        if let Some(begun) = self.begun.get_mut(id.0 as usize) {
            *begun = true;
        }
    }

    fn is_begun(&self, id: NodeId) -> bool {
        self.begun.get(id.0 as usize).copied().unwrap_or(false)
    }

    fn known(&self, id: NodeId) -> Option<NodeId> {
        match self.done.get(id.0 as usize) {
            Some(known) => *known,
            None => Some(id),
        }
    }

    fn know(&mut self, id: NodeId, value: NodeId) {
        if let Some(slot) = self.done.get_mut(id.0 as usize) {
            *slot = Some(value);
        }
    }

    /// The node with what its operands are now.
    fn made(&mut self, id: NodeId) -> NodeId {
        let node = self.trace.graph.node(id);
        let operands: Vec<Operand> = self.trace.graph.operands(id).to_vec();
        let now = |it: &Operand| self.known(it.node).unwrap_or(it.node);
        let operands: Vec<(NodeId, i64)> = operands.iter().map(|it| (now(it), it.times)).collect();
        let changed = operands.iter().zip(self.trace.graph.operands(id)).any(|(new, old)| new.0 != old.node);
        if !changed {
            return id;
        }
        if self.trace.graph.len() >= self.most_nodes {
            self.trace.cut = self.trace.cut.or(Some(Cut::Expressions));
            return id;
        }
        self.trace.graph.now = node.made_by;
        match node.kind {
            Kind::Sum => self.trace.graph.sum(node.width, &operands, node.payload),
            Kind::Load => match operands.first() {
                Some(&(address, _)) => self.trace.graph.load(self.around, address, node.width),
                None => id,
            },
            Kind::Op(op) => {
                let nodes: Vec<NodeId> = operands.iter().map(|(node, _)| *node).collect();
                match op {
                    // truths keep the width of what they compare
                    Op::Xor if node.width == 1 => {
                        nodes.first().map_or(id, |&inner| self.trace.graph.not(inner))
                    }
                    _ => self.trace.graph.make(op, node.width, &nodes),
                }
            }
            _ => id,
        }
    }
}
