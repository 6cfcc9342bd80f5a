//! Straight lines of instructions, and the ways between them.

use super::index::RunIndex;
use crate::EdgeKind;

/// A straight line of instructions, from an address that control reaches to the instruction that ends it.
pub struct Run {
    pub start: u64,
    pub end: u64,
    /// The address of the branch that led here.
    pub parent_at: u64,
    /// The run that the branch belongs to; `None` of the entry, and of code that no way reached.
    pub parent: Option<RunIndex>,
    /// Control goes on into the run that starts at `end`.
    pub falls: bool,
}

/// A way from one place in a function to another, in the order of where it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Jump {
    /// The instruction.
    pub at: u64,
    pub target: u64,
    pub kind: EdgeKind,
}
