//! The result of function recovery.

use crate::StartSource;
use cognate_base::Gap;

/// The functions of a sample, sorted by address.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// Recovered functions, ascending by [`Function::address`], no address twice.
    pub functions: Vec<Function>,
    /// What could not be followed.
    pub gaps: Vec<Gap>,
    /// Instructions in all functions, those of shared blocks once per function.
    pub instructions: u64,
}

impl Program {
    /// The index of the function that starts at `address`.
    pub fn index_of(&self, address: u64) -> Option<usize> {
        self.functions.binary_search_by_key(&address, |function| function.address).ok()
    }
}

/// One function: its blocks and where it calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// The entry address.
    pub address: u64,
    /// How its start became known.
    pub source: StartSource,
    /// Basic blocks, ascending by address, not overlapping. The entry's block is
    /// among them, though not always the first.
    pub blocks: Vec<Block>,
    /// Calls and tail calls, ascending by address of the calling instruction.
    pub calls: Vec<Call>,
    /// Resolved jump tables.
    pub tables: Vec<JumpTable>,
    /// It never returns to its caller.
    pub no_return: bool,
    /// It is a single jump to another function or an import.
    pub thunk: bool,
}

impl Function {
    /// Bytes in its blocks.
    pub fn bytes(&self) -> u64 {
        self.blocks.iter().map(|block| u64::from(block.bytes)).sum()
    }

    /// Instructions in its blocks.
    pub fn instructions(&self) -> u64 {
        self.blocks.iter().map(|block| u64::from(block.instructions)).sum()
    }
}

/// Straight-line code: entered at the top, left at the bottom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// First address.
    pub address: u64,
    /// Its length in bytes.
    pub bytes: u32,
    /// Its length in instructions.
    pub instructions: u32,
    /// Where control goes within the function.
    pub edges: Vec<Edge>,
}

impl Block {
    /// The first address behind it.
    pub fn end(&self) -> u64 {
        self.address.saturating_add(u64::from(self.bytes))
    }
}

/// A way from one block to another of the same function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// Index of the target in [`Function::blocks`].
    pub to: u32,
    /// What takes it there.
    pub kind: EdgeKind,
}

/// What takes control from block to block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EdgeKind {
    /// The next instruction.
    Fall,
    /// A jump, or a branch taken.
    Jump,
    /// One entry of a jump table.
    Switch,
}

/// A call, or a jump that leaves the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// Address of the instruction.
    pub at: u64,
    /// Where it goes.
    pub target: CallTarget,
    /// It is a jump: the callee returns to our caller.
    pub tail: bool,
}

/// Where a call goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallTarget {
    /// A function of the image, by address.
    Function(u64),
    /// An import, by the address of its slot or stub in [`Hints::imports`](crate::Hints::imports).
    Import(u64),
    /// Known only at run time.
    Unknown,
}

/// A switch: a table in memory that an indirect jump reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JumpTable {
    /// Address of the jump.
    pub at: u64,
    /// Address of the table.
    pub table: u64,
    /// Bytes of one entry.
    pub entry_bytes: u8,
    /// Entries.
    pub entries: u32,
}
