//! How loaders write down what they find: every address is checked against the
//! image here, so that no loader has to, and all that is kept is paid for.

use super::names::{demangle, is_mangled};
use crate::bytes::name;
use crate::{FileBytes, Hints, Image, Import, Loaded, Start, StartSource, Symbol, Traits};
use cognate_base::{Budget, Gap, Place};

/// More gaps than this say nothing more to a reader; that there are more is said. Judgement.
const MAX_GAPS: usize = 256;
/// Names and imports may take this many bytes of text for each byte of the file, beside [`FREE_TEXT`].
/// Names that end alike share their bytes in a file and do not here, and a readable form is longer
/// than what it was made from; more than this is made on purpose. Judgement.
const TEXT_RATIO: u64 = 8;
/// Text that every file may have. Judgement.
const FREE_TEXT: u64 = 1 << 20;
/// After so many names that look mangled and cannot be read, the rest of them are shown as they are. Judgement.
const MAX_UNREADABLE: u64 = 256;
/// What trying to read one of those costs.
const UNREADABLE_UNITS: u64 = 512;
/// What entries take beside their text, with their share of the tables that they are in.
const START_BYTES: u64 = size_of::<Start>() as u64;
const NAME_BYTES: u64 = 112;
const IMPORT_BYTES: u64 = 112;
const RELOCATION_BYTES: u64 = 32;
const CHUNK_BYTES: u64 = 24;
const LANDING_PAD_BYTES: u64 = 16;
/// [`Hints::text`] when there was no room for more.
const FULL: u64 = u64::MAX;

impl Loaded {
    /// An image nothing is known about yet.
    pub(super) fn new(image: Image) -> Self {
        let mut gaps = Vec::new();
        if image.repeated_bytes() > 0 {
            let reason = format!(
                "hold the same bytes of the file many times over; {} bytes are left out",
                image.repeated_bytes()
            );
            push_code_gap(&mut gaps, Place::Whole, "segments", &reason);
        }
        Loaded { image, hints: Hints::default(), traits: Traits::default(), gaps }
    }

    /// Notes a function start, if it lies in code; an end that makes no sense is dropped.
    pub(super) fn start(
        &mut self,
        address: u64,
        end: Option<u64>,
        source: StartSource,
        budget: &mut Budget,
    ) -> bool {
        if !self.image.is_code(address) {
            return false;
        }
        let end = end.filter(|&end| end > address && self.image.is_code(end - 1));
        if budget.keep(START_BYTES).is_ok() {
            self.hints.starts.push(Start { address, end, source });
        }
        true
    }

    /// Notes a range that belongs to a function elsewhere, if both lie in code.
    pub(super) fn chunk(&mut self, start: u64, end: u64, primary: u64, budget: &mut Budget) -> bool {
        let code = self.image.is_code(start) && self.image.is_code(primary);
        if code && budget.keep(CHUNK_BYTES).is_ok() {
            self.hints.chunks.push((start, end, primary));
        }
        code
    }

    /// Notes the name of a code address; the first one given stays.
    pub(super) fn name(&mut self, address: u64, name: &str, budget: &mut Budget) {
        if name.is_empty() || !self.wants_name(address) {
            return;
        }
        let mut symbol = Symbol { name: name.to_owned(), demangled: self.demangle(name, budget) };
        if symbol.demangled.as_ref().is_some_and(|shown| (shown.len() as u64) > self.text_left() / 2) {
            symbol.demangled = None;
        }
        let text = name.len() + symbol.demangled.as_ref().map_or(0, String::len);
        if self.text(text, NAME_BYTES, budget) {
            self.hints.names.insert(address, symbol);
        }
    }

    /// The readable form of a name; names that have none although they look so cost most.
    fn demangle(&mut self, name: &str, budget: &mut Budget) -> Option<String> {
        let mangled = is_mangled(name);
        if mangled
            && (self.hints.unreadable >= MAX_UNREADABLE || budget.spend(1 + name.len() as u64 / 16).is_err())
        {
            return None;
        }
        let shown = demangle(name);
        if mangled && shown.is_none() {
            self.hints.unreadable += 1;
            // A spent budget shows with the next entry of whatever table this name is from.
            let _ = budget.spend(UNREADABLE_UNITS);
        }
        shown
    }

    /// Notes the name of a code address that `bytes` start with.
    pub(super) fn name_from(&mut self, address: u64, bytes: &[u8], budget: &mut Budget) {
        // Symbols may share one long name: it is looked at only where it is wanted.
        if self.wants_name(address)
            && let Some(name) = name(bytes)
        {
            self.name(address, &name, budget);
        }
    }

    /// Notes the name of a code address that stands at `place` in memory.
    pub(super) fn name_at(&mut self, address: u64, place: u64, budget: &mut Budget) {
        if self.wants_name(address)
            && let Some(name) = name(self.image.tail(place))
        {
            self.name(address, &name, budget);
        }
    }

    /// Whether a name of that address would be noted.
    pub(super) fn wants_name(&self, address: u64) -> bool {
        !self.text_is_full() && self.image.is_code(address) && !self.hints.names.contains_key(&address)
    }

    /// Notes what stands for an import, if it is mapped; the first one given stays.
    pub(super) fn import(&mut self, address: u64, library: Option<&str>, name: &str, budget: &mut Budget) {
        if !self.wants_import(address) {
            return;
        }
        let text = name.len() + library.map_or(0, str::len);
        if self.text(text, IMPORT_BYTES, budget) {
            let import = Import { library: library.map(str::to_owned), name: name.to_owned() };
            self.hints.imports.insert(address, import);
        }
    }

    /// Whether an import of that address would be noted: its name is looked at only then.
    pub(super) fn wants_import(&self, address: u64) -> bool {
        !self.text_is_full() && self.image.is_mapped(address) && !self.hints.imports.contains_key(&address)
    }

    /// Notes a relocated slot, if it and its target are mapped.
    pub(super) fn relocation(&mut self, slot: u64, target: u64, budget: &mut Budget) {
        if self.image.is_mapped(slot) && self.image.is_mapped(target) {
            let new = !self.hints.relocations.contains_key(&slot);
            if !new || budget.keep(RELOCATION_BYTES).is_ok() {
                self.hints.relocations.insert(slot, target);
            }
        }
    }

    /// Writes words of four bytes where relocations have them, over a copy of the file's bytes: each by its
    /// address. Those that the file holds no bytes for are left out.
    pub(super) fn write_words(&mut self, words: &[(u64, u32)], budget: &mut Budget) {
        let len = self.image.bytes().len() as u64;
        if words.is_empty() || budget.spend(len / 64).is_err() || budget.keep(len).is_err() {
            return;
        }
        let mut memory = self.image.bytes().to_vec();
        for (address, word) in words {
            let Some(segment) = self.image.segment_at(*address) else { continue };
            let skip = address - segment.address;
            if skip.checked_add(4).is_none_or(|end| end > segment.file_bytes) {
                continue;
            }
            let start = usize::try_from(segment.file_offset + skip).unwrap_or(usize::MAX);
            let field = start.checked_add(4).and_then(|end| memory.get_mut(start..end));
            if let Some(field) = field {
                field.copy_from_slice(&word.to_le_bytes());
            }
        }
        self.image.set_relocated(FileBytes::from(memory));
    }

    /// Notes where a function catches exceptions, if both lie in code.
    pub(super) fn landing_pad(&mut self, function: u64, pad: u64, budget: &mut Budget) {
        let code = self.image.is_code(function) && self.image.is_code(pad);
        if code && budget.keep(LANDING_PAD_BYTES).is_ok() {
            self.hints.landing_pads.push((function, pad));
        }
    }

    /// Whether names and imports take as much room already as the file may ask for.
    pub(super) fn text_is_full(&self) -> bool {
        self.hints.text == FULL
    }

    fn text_left(&self) -> u64 {
        let most = (self.image.bytes().len() as u64).saturating_mul(TEXT_RATIO).saturating_add(FREE_TEXT);
        most.saturating_sub(self.hints.text)
    }

    /// Takes room for an entry with so much text.
    fn text(&mut self, bytes: usize, entry: u64, budget: &mut Budget) -> bool {
        let bytes = bytes as u64;
        if bytes > self.text_left() {
            if !self.text_is_full() {
                let reason = "take many times as much room as the file; the rest is left out";
                self.gap(Place::Whole, "names and imports", reason);
            }
            self.hints.text = FULL;
            return false;
        }
        self.hints.text += bytes;
        budget.keep(bytes.saturating_add(entry)).is_ok()
    }

    /// Records something that could not be read.
    pub(super) fn gap(&mut self, place: Place, subject: &str, reason: &str) {
        push_gap(&mut self.gaps, place, subject, reason);
    }

    /// Records something that could not be read and that functions may be missing of.
    pub(super) fn code_gap(&mut self, place: Place, subject: &str, reason: &str) {
        push_code_gap(&mut self.gaps, place, subject, reason);
    }

    /// Records that the file describes code and holds none of it, as files of debugging information do.
    pub(super) fn check_code(&mut self) {
        let mut code = self.image.segments().iter().filter(|segment| segment.executable).peekable();
        if code.peek().is_some() && code.all(|segment| segment.file_bytes == 0) {
            self.code_gap(
                Place::Whole,
                "code",
                "described here and not in this file: it is in the program itself",
            );
        }
    }

    /// Records that the budget ended before the tables did.
    pub(super) fn end_of_budget(&mut self, subject: &str, budget: &Budget) {
        if let Some(exhausted) = budget.exhausted() {
            self.code_gap(Place::Whole, subject, &exhausted.to_string());
        }
    }
}

/// Records a gap, up to a number that still says something.
pub(super) fn push_gap(gaps: &mut Vec<Gap>, place: Place, subject: &str, reason: &str) {
    push(gaps, || Gap::new(place, subject, reason));
}

/// Records a gap because of which functions may be missing.
pub(super) fn push_code_gap(gaps: &mut Vec<Gap>, place: Place, subject: &str, reason: &str) {
    push(gaps, || Gap::of_code(place, subject, reason));
}

/// Says how much of a segment or section the file does not hold, and whether that is code.
pub(super) fn push_missing(gaps: &mut Vec<Gap>, offset: u64, subject: &str, missing: u64, code: bool) {
    let kind = if code { " of code" } else { "" };
    let reason = format!("reaches behind the end of the file: {missing} bytes{kind} are missing");
    push(gaps, || Gap { code_lost: code, ..Gap::new(Place::File(offset), subject, &reason) });
}

/// Adds a gap; the last that there is room for says that there are more.
fn push(gaps: &mut Vec<Gap>, gap: impl FnOnce() -> Gap) {
    if gaps.len() > MAX_GAPS {
        return;
    }
    let gap = gap();
    if gaps.contains(&gap) {
        return;
    }
    // Whether code is missing because of what comes later is not known, so it may be.
    let last = || Gap::of_code(Place::Whole, "gaps", "more than are listed here");
    gaps.push(if gaps.len() < MAX_GAPS { gap } else { last() });
}
