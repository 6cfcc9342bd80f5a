//! What is asked of an indirect jump, and what the answer is.

use super::leas::Leas;
use super::value::ByteTable;
use crate::decode::Instruction;
use crate::recover::code_map::CodeMap;
use crate::recover::index::RunIndex;
use crate::recover::run::Run;
use crate::{Hints, Image, JumpTable};

/// An indirect jump and how it was reached.
pub struct Question<'a> {
    pub image: &'a Image,
    pub hints: &'a Hints,
    pub map: &'a CodeMap,
    pub runs: &'a [Run],
    /// `lea` instructions seen so far.
    pub leas: &'a Leas,
    /// The run that ends in the jump.
    pub run: RunIndex,
    pub jump: &'a Instruction,
    /// Whether an address lies in the function.
    pub within: &'a dyn Fn(u64) -> bool,
}

/// A table and where its entries lead, each target once, ascending.
pub struct Switch {
    pub table: JumpTable,
    pub targets: Vec<u64>,
    /// The table of bytes that says which entry is taken, where there is one.
    pub via: Option<ByteTable>,
}

/// Why an indirect jump has no targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// Nothing says that it has a table, or the budget ended.
    Unknown,
    /// It has a table that was not understood.
    Table,
    /// The entries that a sample may have in all its tables are used up.
    Allowance,
}
