//! How loaders write down what they find: every address is checked against the
//! image here, so that no loader has to.

use super::names::demangle;
use crate::{Hints, Image, Import, Loaded, Start, StartSource, Symbol, Traits};
use cognate_base::{Gap, Place};

/// More gaps than this say nothing more to a reader.
const MAX_GAPS: usize = 256;

impl Loaded {
    /// An image nothing is known about yet.
    pub(super) fn new(image: Image) -> Self {
        Loaded { image, hints: Hints::default(), traits: Traits::default(), gaps: Vec::new() }
    }

    /// Notes a function start, if it lies in code; an end that makes no sense is dropped.
    pub(super) fn start(&mut self, address: u64, end: Option<u64>, source: StartSource) -> bool {
        if !self.image.is_code(address) {
            return false;
        }
        let end = end.filter(|&end| end > address && self.image.is_code(end - 1));
        self.hints.starts.push(Start { address, end, source });
        true
    }

    /// Notes the name of a code address; the first one given stays.
    pub(super) fn name(&mut self, address: u64, name: &str) {
        if name.is_empty() || !self.image.is_code(address) {
            return;
        }
        self.hints.names.entry(address).or_insert_with(|| symbol(name));
    }

    /// Notes what stands for an import, if it is mapped.
    pub(super) fn import(&mut self, address: u64, library: Option<&str>, name: &str) {
        if self.image.is_mapped(address) {
            let import = Import { library: library.map(str::to_owned), name: name.to_owned() };
            self.hints.imports.entry(address).or_insert(import);
        }
    }

    /// Notes a relocated slot, if it and its target are mapped.
    pub(super) fn relocation(&mut self, slot: u64, target: u64) {
        if self.image.is_mapped(slot) && self.image.is_mapped(target) {
            self.hints.relocations.insert(slot, target);
        }
    }

    /// Records something that could not be read.
    pub(super) fn gap(&mut self, place: Place, subject: &str, reason: &str) {
        push_gap(&mut self.gaps, place, subject, reason);
    }
}

/// Records a gap, up to a number that still says something.
pub(super) fn push_gap(gaps: &mut Vec<Gap>, place: Place, subject: &str, reason: &str) {
    let gap = Gap::new(place, subject, reason);
    if gaps.len() < MAX_GAPS && !gaps.contains(&gap) {
        gaps.push(gap);
    }
}

fn symbol(name: &str) -> Symbol {
    Symbol { name: name.to_owned(), demangled: demangle(name) }
}
