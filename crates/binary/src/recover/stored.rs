//! A function that was traced, with what is known of it beside what is handed out.

use super::traced::Traced;
use crate::{Block, Call, Edge, Function, JumpTable};

/// A function of the store.
#[derive(Clone, Debug)]
pub struct Stored {
    pub function: Function,
    /// How often it was traced, less one.
    pub version: u8,
    /// It is among those to be traced again.
    pub stale: bool,
    /// It was stale once more than is allowed.
    pub given_up: bool,
    /// A way ends in a return.
    pub returns: bool,
    /// A way ends in a stop or in a call that does not return.
    pub stops: bool,
    /// A way could not be followed.
    pub open: bool,
    /// Functions that it jumps to and that return as far as is known; it does not where this falls to none.
    pub waits_for: u32,
}

impl Stored {
    /// A function as it was traced, in the place of `before`.
    pub fn new(traced: Traced, before: Option<&Stored>) -> Self {
        let Traced { function, returns, stops, open, .. } = traced;
        let version = before.map_or(0, |before| before.version.saturating_add(1));
        let given_up = before.is_some_and(|before| before.given_up);
        Stored { function, version, stale: false, given_up, returns, stops, open, waits_for: 0 }
    }
}

/// What a heap allocation is charged beside its content: the header that allocators keep.
const ALLOCATION: u64 = 16;

/// The function itself, what is stored with it, and its places in the lists of addresses.
const KEPT_FOR_FUNCTION: u64 = size_of::<Stored>() as u64 + 12;

/// What a function is charged: its lists as they are allocated, and its places in ours.
pub fn kept_for(function: &Function) -> u64 {
    let list = |len: usize, each: usize| if len == 0 { 0 } else { (len * each) as u64 + ALLOCATION };
    let edges: u64 = function.blocks.iter().map(|block| list(block.edges.len(), size_of::<Edge>())).sum();
    KEPT_FOR_FUNCTION
        + list(function.blocks.len(), size_of::<Block>())
        + edges
        + list(function.calls.len(), size_of::<Call>())
        + list(function.tables.len(), size_of::<JumpTable>())
}
