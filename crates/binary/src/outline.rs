//! A sample in outline: what people are told of it, without its bytes and its control flow.

use crate::{CallTarget, Loaded, Program, Segment, StartSource, Trait, file_hashes};
use serde::{Deserialize, Serialize};

/// What one file is, and which functions it has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outline {
    /// The preferred load address.
    pub base: u64,
    /// The entry point, where there is one.
    pub entry: Option<u64>,
    /// The file's hashes, then what it says about itself.
    pub traits: Vec<Trait>,
    /// Memory, by address.
    pub segments: Vec<Segment>,
    /// Its functions, ascending by address.
    pub functions: Vec<FunctionOutline>,
}

/// One function in numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionOutline {
    /// Its address.
    pub address: u64,
    /// Its name where the file tells, not escaped; that of an import for a stub.
    pub name: Option<String>,
    /// The name is the function's own.
    pub named: bool,
    /// How its start became known.
    pub source: StartSource,
    /// Bytes in its blocks.
    pub bytes: u64,
    /// Instructions in its blocks.
    pub instructions: u64,
    /// Basic blocks.
    pub blocks: u64,
    /// Calls and tail calls it makes.
    pub calls: u64,
    /// Jumps out of it to addresses known only when it runs: through tables of methods, or not understood.
    pub unknown_jumps: u64,
    /// It is a single jump to another function or an import.
    pub thunk: bool,
}

fn unknown_jumps(function: &crate::Function) -> u64 {
    function.calls.iter().filter(|call| call.tail && call.target == CallTarget::Unknown).count() as u64
}

impl Outline {
    /// Sums a sample up.
    pub fn new(loaded: &Loaded, program: &Program) -> Self {
        let hashes = file_hashes(loaded.image.bytes());
        let function = |function: &crate::Function| FunctionOutline {
            address: function.address,
            name: loaded.hints.name_of(function.address),
            named: loaded.hints.names.contains_key(&function.address),
            source: function.source,
            bytes: function.bytes(),
            instructions: function.instructions(),
            blocks: function.blocks.len() as u64,
            calls: function.calls.len() as u64,
            unknown_jumps: unknown_jumps(function),
            thunk: function.thunk,
        };
        Outline {
            base: loaded.image.base,
            entry: loaded.image.entry,
            traits: hashes.items.into_iter().chain(loaded.traits.items.iter().cloned()).collect(),
            segments: loaded.image.segments().to_vec(),
            functions: program.functions.iter().map(function).collect(),
        }
    }
}
