//! What lies around a function, for the one who traces it.

use crate::site::Site;
use crate::{import_name, strings};
use cognate_base::{Budget, combine, hash_bytes};
use cognate_binary::{Arch, Function, Loaded, Program};
use cognate_dataflow::{Callee, Memory, Reg, Surroundings, Width};
use std::collections::HashMap;

/// Bytes of read-only data that name it (judgement).
const DATA_BYTES: usize = 16;

/// Blocks whose ends are looked at for one unit of work (judgement).
const BLOCKS_EACH: u64 = 16;

/// What functions of 32-bit x86 do to the stack of their callers.
#[derive(Debug, Default)]
pub(crate) struct Callees(HashMap<u64, Callee>);

impl Callees {
    /// Looks at how every function returns, as long as the budget lasts.
    pub(crate) fn find(loaded: &Loaded, program: &Program, budget: &mut Budget) -> Self {
        let mut callees = Callees::default();
        if loaded.image.arch != Arch::X86 {
            return callees;
        }
        for function in &program.functions {
            if budget.spend(1 + function.blocks.len() as u64 / BLOCKS_EACH).is_err() {
                break;
            }
            let known = Callee { pops: pops(loaded, function), program_counter: thunk(loaded, function) };
            if known != Callee::default() {
                callees.0.insert(function.address, known);
            }
        }
        callees
    }
}

impl Callees {
    /// What is known of the function at an address.
    pub(crate) fn of(&self, address: u64) -> Callee {
        self.0.get(&address).copied().unwrap_or_default()
    }
}

/// `ret n`.
fn pops(loaded: &Loaded, function: &Function) -> u16 {
    let ends = function.blocks.iter().filter(|block| block.edges.is_empty() && block.bytes >= 3);
    let returns = ends.filter_map(|block| match loaded.image.read(block.end() - 3, 3)? {
        &[0xc2, low, high] => Some(u16::from_le_bytes([low, high])),
        _ => None,
    });
    returns.min().filter(|pops| pops.is_multiple_of(4)).unwrap_or(0)
}

/// `mov reg, [esp]; ret`.
fn thunk(loaded: &Loaded, function: &Function) -> Option<Reg> {
    match loaded.image.read(function.address, 4)? {
        &[0x8b, mode, 0x24, 0xc3] if mode & 0xc7 == 0x04 => Some(Reg::general(mode >> 3 & 7)),
        _ => None,
    }
}

/// A site as the tracer sees it.
pub(crate) struct Around<'a> {
    pub site: &'a Site<'a>,
    pub callees: &'a Callees,
}

impl Surroundings for Around<'_> {
    fn is_address(&self, place: u64, value: u64) -> bool {
        self.site.is_address(place, value)
    }

    fn read(&self, address: u64, width: Width) -> Memory {
        let site = self.site;
        if site.hints.imports.contains_key(&address) {
            return Memory::Address(address);
        }
        if let Some(&target) = site.hints.relocations.get(&address) {
            return Memory::Address(target);
        }
        let constant = site.image.segment_at(address).is_some_and(|segment| !segment.writable);
        if !constant || !matches!(width, 8 | 16 | 32 | 64) {
            return Memory::Unknown;
        }
        site.image.read_uint(address, usize::from(width / 8)).map_or(Memory::Unknown, Memory::Number)
    }

    fn callee(&self, address: u64) -> Callee {
        self.callees.of(address)
    }
}

const TEXT: u64 = 0x7465_7874;
const IMPORT: u64 = 0x696d_706f;
const CODE: u64 = 0x636f_6465;
const DATA: u64 = 0x6461_7461;

/// A number for what lies at an address, the same wherever it lies.
pub(crate) fn label(site: &Site<'_>, address: u64) -> u64 {
    if let Some(import) = site.hints.imports.get(&address) {
        return import_label(&import.name);
    }
    if site.image.is_code(address) {
        return CODE;
    }
    if let Some(text) = strings::text_at(site.image, address) {
        return hash_bytes(TEXT, text.as_bytes());
    }
    let constant =
        site.image.segment_at(address).is_some_and(|segment| !segment.writable && !segment.executable);
    let pointers = site.hints.relocations.range(address..address.saturating_add(DATA_BYTES as u64)).next();
    match site.image.read(address, DATA_BYTES) {
        Some(bytes) if constant && pointers.is_none() => combine(DATA, hash_bytes(DATA, bytes)),
        _ => DATA,
    }
}

/// A number for an imported function.
pub(crate) fn import_label(name: &str) -> u64 {
    hash_bytes(IMPORT, import_name::bare(name).unwrap_or_else(|| import_name::beginning(name)).as_bytes())
}
