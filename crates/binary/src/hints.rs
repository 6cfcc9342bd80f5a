//! What a file says about its code: where functions start, what they are called, what they import.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How a function start became known, the most trustworthy first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StartSource {
    /// A function symbol.
    Symbol,
    /// Unwind data: PE `.pdata` (chained entries excluded), `.eh_frame`, Mach-O `__unwind_info`.
    Unwind,
    /// A table of starts: Mach-O `LC_FUNCTION_STARTS`, Go `pclntab`, PE control-flow-guard table.
    Table,
    /// The entry point, an initialiser or a TLS callback.
    Entry,
    /// An export that lies in code.
    Export,
    /// The target of a direct call.
    Call,
    /// A code address found in data, a relocation or an instruction's operand.
    Pointer,
    /// The target of a jump that leaves its function.
    TailCall,
    /// Code between functions that looks like a function's beginning.
    Prologue,
    /// Code between functions that nothing else claims.
    Gap,
}

impl StartSource {
    /// As people read it; documents have words of one piece.
    pub fn words(self) -> &'static str {
        match self {
            StartSource::Symbol => "symbol",
            StartSource::Unwind => "unwind data",
            StartSource::Table => "table",
            StartSource::Entry => "entry point",
            StartSource::Export => "export",
            StartSource::Call => "call",
            StartSource::Pointer => "pointer",
            StartSource::TailCall => "tail call",
            StartSource::Prologue => "prologue",
            StartSource::Gap => "gap filling",
        }
    }
}

/// A place where the file says a function starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// Virtual address, always inside the image's code.
    pub address: u64,
    /// First address behind it, where the file says so.
    pub end: Option<u64>,
    /// Who says so.
    pub source: StartSource,
}

/// The name of an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Symbol {
    /// As the file has it, cut at 4,096 bytes with `…`.
    pub name: String,
    /// Demangled (C++, Rust, MSVC) where that is possible and differs.
    pub demangled: Option<String>,
}

/// A function or variable that the loader of the operating system fills in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// The library's name as written, where the format binds imports to libraries.
    pub library: Option<String>,
    /// The name, or `#12` for an ordinal; cut at 4,096 bytes with `…`.
    pub name: String,
}

/// What the file says about its code. Every address was checked against the image.
#[derive(Clone, Debug, Default)]
pub struct Hints {
    /// Function starts, in no order, several sources possible for one address.
    pub starts: Vec<Start>,
    /// Ranges that belong to a function that starts elsewhere (chained `.pdata`):
    /// (first address, end, start of the primary function).
    pub chunks: Vec<(u64, u64, u64)>,
    /// Names of code addresses, for display only.
    pub names: BTreeMap<u64, Symbol>,
    /// Imports by the address of the pointer slot (IAT, GOT) or stub that stands for them.
    pub imports: BTreeMap<u64, Import>,
    /// Slots that the loader relocates, by slot address, with the address each points to.
    /// For x86 PE also the operand bytes inside code (the slot is then in code).
    pub relocations: BTreeMap<u64, u64>,
    /// Starts of which the file says that they only lead from one instruction set to another.
    pub thunks: BTreeSet<u64>,
    /// Code where the file lists every function, sorted: what lies between two starts belongs to the first.
    pub listed: Vec<(u64, u64)>,
    /// Where exceptions are caught: (start of the function, landing pad), sorted.
    pub landing_pads: Vec<(u64, u64)>,
    /// The address of `_GLOBAL_OFFSET_TABLE_`, for 32-bit position-independent code.
    pub got: Option<u64>,
    /// Bytes of text in `names` and `imports`.
    pub(crate) text: u64,
    /// Names that look mangled and are not, or not within bounds.
    pub(crate) unreadable: u64,
}

impl Hints {
    /// The name of an address for display: a symbol, demangled where possible, or an import.
    pub fn name_of(&self, address: u64) -> Option<String> {
        let symbol = self.names.get(&address);
        let symbol = symbol.map(|symbol| symbol.demangled.clone().unwrap_or_else(|| symbol.name.clone()));
        symbol.or_else(|| self.imports.get(&address).map(|import| import.name.clone()))
    }
}
