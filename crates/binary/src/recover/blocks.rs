//! Cuts the runs of a traced function into blocks and connects those.

use super::code_map::{CURRENT, CodeMap, LEADER};
use super::run::{Jump, Run};
use crate::{Block, Edge, EdgeKind};

/// What a run may take here at its end, beside its own place: a block, twice while the blocks are
/// sorted, and its edges.
pub const WEIGHT_OF_RUN: usize = 2 * size_of::<Block>() + 56;

/// Cuts runs at leaders and behind jumps. `cuts` and `jumps` ascend.
pub fn cut(map: &CodeMap, runs: &[Run], cuts: &[u64], jumps: &[Jump]) -> Vec<Block> {
    let mut blocks: Vec<(Block, bool)> = Vec::with_capacity(runs.len());
    for run in runs {
        let mut at = run.start;
        while at < run.end {
            let block = block(map, at, run.end, cuts);
            let end = block.end();
            let cut_by_leader = end < run.end && cuts.binary_search(&end).is_err();
            blocks.push((block, cut_by_leader || (end == run.end && run.falls)));
            if end <= at {
                break;
            }
            at = end;
        }
    }
    // Where instructions overlap, two blocks may begin at one address, of which one is kept.
    let address = |at: usize| blocks.get(at).map(|(block, _)| block.address);
    let mut order: Vec<usize> = (0..blocks.len()).collect();
    order.sort_unstable_by_key(|&at| address(at));
    order.dedup_by_key(|at| address(*at));
    let falls: Vec<bool> = order.iter().filter_map(|&at| Some(blocks.get(at)?.1)).collect();
    let mut sorted: Vec<Block> = Vec::with_capacity(order.len());
    sorted.extend(order.iter().filter_map(|&at| Some(blocks.get(at)?.0.clone())));
    drop((order, blocks));
    connect(sorted, &falls, jumps)
}

fn block(map: &CodeMap, start: u64, run_end: u64, cuts: &[u64]) -> Block {
    let room = usize::try_from(run_end - start).unwrap_or(usize::MAX);
    let flags = map.tail(start);
    let next_cut = cuts.get(cuts.partition_point(|&cut| cut <= start)).copied().unwrap_or(u64::MAX);
    let room = room.min(usize::try_from(next_cut - start).unwrap_or(usize::MAX));
    let flags = flags.get(..room).unwrap_or(flags);
    let leader = flags.iter().skip(1).position(|flag| flag & LEADER != 0);
    let flags = leader.and_then(|before| flags.get(..before + 1)).unwrap_or(flags);
    // no more than there are bytes
    let instructions = flags.iter().fold(0u32, |sum, flag| sum.wrapping_add(u32::from(flag & CURRENT != 0)));
    Block { address: start, bytes: flags.len() as u32, instructions, edges: Vec::new() }
}

fn connect(mut blocks: Vec<Block>, falls: &[bool], jumps: &[Jump]) -> Vec<Block> {
    let mut edges: Vec<Edge> = Vec::new();
    for (at, &falls) in falls.iter().enumerate() {
        let Some((address, end)) = blocks.get(at).map(|block| (block.address, block.end())) else { break };
        let index = |address: u64| {
            let found = blocks.binary_search_by_key(&address, |block| block.address);
            found.ok().and_then(|at| u32::try_from(at).ok())
        };
        let first = jumps.partition_point(|jump| jump.at < address);
        let leaving = jumps.get(first..).unwrap_or(&[]).iter().take_while(|jump| jump.at < end);
        edges.extend(leaving.filter_map(|jump| Some(Edge { to: index(jump.target)?, kind: jump.kind })));
        if falls && let Some(to) = index(end) {
            edges.push(Edge { to, kind: EdgeKind::Fall });
        }
        edges.sort_unstable();
        edges.dedup();
        if let Some(block) = blocks.get_mut(at) {
            // no more room than they take: this is what is kept of most functions
            block.edges = edges.as_slice().to_vec();
        }
        edges.clear();
    }
    blocks
}
