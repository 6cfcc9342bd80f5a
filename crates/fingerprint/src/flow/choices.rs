//! Choices: values that depend on the way control came, be it a phi or a conditional move.

use cognate_dataflow::{Graph, Kind, NodeId, Op};

/// Ways of a choice that are told apart (judgement: what more ways bring is seldom put on each of them).
const MOST_WAYS: usize = 4;
/// Choices and changes of width passed within one another (judgement).
const MOST_PASSED: usize = 6;

/// Whether a node is a choice.
pub(super) fn is_choice(graph: &Graph, id: NodeId) -> bool {
    ways(graph, id) > 0
}

/// How many ways a value has that is a choice or made of one; none where it is neither.
pub(super) fn choices(graph: &Graph, id: NodeId) -> usize {
    let id = bare(graph, id);
    match ways(graph, id) {
        0 => choices_below(graph, id),
        ways => ways.min(MOST_WAYS),
    }
}

/// The same for the operands of a value.
pub(super) fn choices_below(graph: &Graph, id: NodeId) -> usize {
    let operands = graph.operands(id).iter();
    operands.map(|it| ways(graph, bare(graph, it.node)).min(MOST_WAYS)).max().unwrap_or(0)
}

/// What a value is on a way: the value itself where it is no choice.
pub(super) fn on_way(graph: &Graph, id: NodeId, way: usize) -> NodeId {
    let mut here = id;
    for _ in 0..MOST_PASSED {
        let next = match ways(graph, here) {
            0 => transparent(graph, here),
            count => one_way(graph, here, way % count),
        };
        match next {
            Some(next) => here = next,
            None => break,
        }
    }
    here
}

/// How many ways a choice has; none where it is not one.
fn ways(graph: &Graph, id: NodeId) -> usize {
    match graph.ways_of(id) {
        Some(ways) => ways.len(),
        None if graph.kind(id) == Kind::Op(Op::Select) => 2,
        None => 0,
    }
}

/// The value on a way of a choice; of a conditional move the first operand is the condition.
fn one_way(graph: &Graph, id: NodeId, way: usize) -> Option<NodeId> {
    match graph.ways_of(id) {
        Some(ways) => ways.get(way).copied(),
        None => graph.operand(id, way + 1),
    }
}

/// A value without what only changes its width.
fn bare(graph: &Graph, id: NodeId) -> NodeId {
    let inner = (0..MOST_PASSED).try_fold(id, |id, _| transparent(graph, id).ok_or(id));
    inner.unwrap_or_else(|bare| bare)
}

/// What stands for a node that only changes a width.
pub(super) fn transparent(graph: &Graph, id: NodeId) -> Option<NodeId> {
    match graph.kind(id) {
        Kind::Op(Op::Truncate | Op::ZeroExtend | Op::SignExtend(_)) => graph.operand(id, 0),
        Kind::Op(Op::Insert { at: 0, .. }) => graph.operand(id, 1),
        _ => None,
    }
}
