//! How control goes through a function: in which order its blocks are traced, and where each is entered from.

use crate::kept::{KEPT, empty};
use cognate_base::{TypedIndex, TypedVec, index_type};
use cognate_binary::{Block, Function};

index_type! {
    /// A block of the function.
    pub struct BlockId;

    /// A block's place in the order of tracing: what is known of blocks is kept by it.
    pub struct Rank;
}

/// The order of a function's blocks, and the ways between them.
#[derive(Debug, Default)]
pub(super) struct Ways {
    /// For each block its part of `sources`.
    into: TypedVec<Rank, (u32, u32)>,
    /// The blocks that lead to each, in the order of their addresses.
    sources: Vec<Rank>,
    ranks: TypedVec<BlockId, Rank>,
    /// The block at the function's entry.
    entry: Option<Rank>,
}

impl Ways {
    /// Learns the ways of a function, given with the block at its entry; answers with the order of tracing.
    pub(super) fn learn(&mut self, function: &Function, at_entry: Option<BlockId>) -> Vec<BlockId> {
        let order = order(&function.blocks, at_entry.unwrap_or_default());
        // no row has the rank of a block that is not there
        self.ranks = TypedVec::new(vec![Rank::default(); order.len()], Rank(u32::MAX));
        for (place, &block) in order.iter().enumerate() {
            self.ranks[block] = Rank::of(place);
        }
        self.entry = at_entry.map(|block| self.ranks[block]);
        self.find_sources(&function.blocks);
        order
    }

    /// Lists for every block where control comes from.
    fn find_sources(&mut self, blocks: &[Block]) {
        empty(self.into.items_mut(), KEPT);
        self.into.items_mut().resize(blocks.len(), (0, 0));
        let ranks = &self.ranks;
        let edges = || {
            blocks.iter().enumerate().flat_map(|(from, block)| {
                let inside = block.edges.iter().filter(|edge| (edge.to as usize) < blocks.len());
                inside.map(move |edge| (ranks[BlockId::of(from)], ranks[BlockId(edge.to)]))
            })
        };
        for (_, to) in edges() {
            self.into[to].1 += 1;
        }
        let mut start = 0;
        for part in self.into.items_mut() {
            let count = part.1;
            *part = (start, start);
            start += count;
        }
        empty(&mut self.sources, KEPT);
        self.sources.resize(start as usize, Rank::default());
        for (from, to) in edges() {
            let (_, end) = &mut self.into[to];
            if let Some(source) = self.sources.get_mut(*end as usize) {
                *source = from;
                *end += 1;
            }
        }
    }

    /// The blocks that lead to a block, in the order of their addresses; one that does so twice stands twice.
    pub(super) fn sources(&self, block: Rank) -> &[Rank] {
        let (start, end) = self.into[block];
        self.sources.get(start as usize..end as usize).unwrap_or(&[])
    }

    /// Whether the function begins with this block.
    pub(super) fn is_entry(&self, block: Rank) -> bool {
        self.entry == Some(block)
    }
}

/// The blocks in an order in which, loops apart, each comes after those that lead to it: what is
/// reached from the entry first, then what is reached from the first block left.
fn order(blocks: &[Block], entry: BlockId) -> Vec<BlockId> {
    let mut seen = vec![false; blocks.len()];
    // true where it had not been seen
    let mut see =
        |block: u32| seen.get_mut(block as usize).is_some_and(|seen| !std::mem::replace(seen, true));
    let mut order: Vec<BlockId> = Vec::with_capacity(blocks.len());
    let mut stack: Vec<(u32, usize)> = Vec::new();
    for start in std::iter::once(entry.0).chain(0..blocks.len() as u32) {
        if !see(start) {
            continue;
        }
        stack.push((start, 0));
        let first = order.len();
        while let Some((block, next)) = stack.last_mut() {
            match blocks.get(*block as usize).and_then(|block| block.edges.get(*next)) {
                Some(edge) => {
                    *next += 1;
                    if see(edge.to) {
                        stack.push((edge.to, 0));
                    }
                }
                None => {
                    order.push(BlockId(*block));
                    stack.pop();
                }
            }
        }
        // what was finished last leads to the rest
        if let Some(part) = order.get_mut(first..) {
            part.reverse();
        }
    }
    order
}
