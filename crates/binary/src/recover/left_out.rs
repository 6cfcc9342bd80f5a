//! What was not read, on record.

use super::code_map::{CodeMap, TAKEN};
use super::store::{MAX_RETRACES, Store};
use super::traced::Cut;
use crate::{Function, Image, StartSource};
use cognate_base::{Exhausted, Gap, Place, Stage};
use std::collections::{BTreeMap, BTreeSet};

/// Functions too long to be read whole that are named one by one; a last gap counts the rest. Judgement.
const MAX_LONG_NAMED: usize = 100;
/// Bytes that are weighed at once: no more than a byte can count.
const STRETCH: usize = 255;

/// Of so many executable bytes at least one in [`LEAST_SHARE`] is code of a function; of ordinary programs most are.
/// Judgement.
const SOME_CODE: u64 = 2 << 10;
const LEAST_SHARE: u64 = 5;

/// What recovery did not come to.
#[derive(Debug, Default)]
pub struct LeftOut {
    /// The stages that a budget ended.
    pub ended: Vec<(Stage, Exhausted)>,
    /// The greatest number of functions, where it was reached.
    pub full_at: Option<usize>,
    /// Starts beyond it.
    pub refused: u64,
    /// Bytes of code that the search for functions did not come to.
    pub unsearched: u64,
    /// Addresses that are pointed or jumped to and were not looked at.
    pub unfollowed: u64,
    /// Bytes of code that there was no room to map.
    unmapped: u64,
    /// Starts that the file names, and others, that were not traced.
    untraced: (u64, u64),
    /// Functions known in part, or as they seemed before what they call was known: the same two kinds.
    stale: (u64, u64),
    given_up: u64,
    /// The functions that are too long, with the instructions that were read.
    long: BTreeMap<u64, u64>,
    /// Functions that meet more of others' code than all may, and whose tables are more than all may have.
    shared: BTreeSet<u64>,
    tables: BTreeSet<u64>,
    /// Bytes of functions, and of all that may be executed but for padding.
    covered: (u64, u64),
    /// Functions with jumps by tables that were not understood, and how many.
    unread_tables: BTreeMap<u64, u32>,
}

impl LeftOut {
    /// Notes why a function was not followed to its end, and how many jumps by tables it has that were not understood.
    pub fn note(&mut self, address: u64, cut: Option<Cut>, unread_tables: u32) {
        if unread_tables > 0 {
            self.unread_tables.insert(address, unread_tables);
        } else {
            self.unread_tables.remove(&address);
        }
        match cut {
            Some(Cut::Length(instructions)) => drop(self.long.insert(address, instructions)),
            Some(Cut::Shared) => drop(self.shared.insert(address)),
            Some(Cut::Tables) => drop(self.tables.insert(address)),
            Some(Cut::Budget) | None => {}
        }
    }

    /// Counts how much of what may be executed is code of some function, each byte once. Padding between
    /// functions counts neither way. The map keeps of its flags only which bytes are taken.
    pub fn weigh(&mut self, image: &Image, map: &mut CodeMap, functions: &[Function]) {
        map.clear_all(TAKEN);
        for block in functions.iter().flat_map(|function| &function.blocks) {
            map.fill(block.address, u64::from(block.bytes), TAKEN);
        }
        let (mut claimed, mut others) = (0, 0);
        for (start, _) in map.areas() {
            // sums of a byte, many at once
            for (bytes, flags) in image.tail(start).chunks(STRETCH).zip(map.tail(start).chunks(STRETCH)) {
                let (mut here, mut other) = (0u8, 0u8);
                for (&byte, flags) in bytes.iter().zip(flags) {
                    let taken = flags & TAKEN != 0;
                    here = here.wrapping_add(u8::from(taken));
                    other =
                        other.wrapping_add(u8::from(!taken & (byte != 0) & (byte != 0x90) & (byte != 0xcc)));
                }
                claimed += u64::from(here);
                others += u64::from(other);
            }
        }
        self.covered = (claimed, claimed + others);
    }

    /// Counts what still waits at the end.
    pub fn count(&mut self, map: &CodeMap, queue: &BTreeSet<(StartSource, u64)>, store: &Store) {
        let named = queue.iter().filter(|(source, _)| *source <= StartSource::Export).count() as u64;
        self.untraced = (named, queue.len() as u64 - named);
        for function in store.stale() {
            let named = store.source(function.address).is_some_and(|source| source <= StartSource::Export);
            *(if named { &mut self.stale.0 } else { &mut self.stale.1 }) += 1;
        }
        self.given_up = store.given_up();
        self.unmapped = map.left_out();
    }

    /// All of it as gaps, what cost most first.
    pub fn gaps(&self) -> Vec<Gap> {
        let mut gaps: Vec<Gap> =
            self.ended.iter().filter_map(|&(stage, exhausted)| self.of_stage(stage, exhausted)).collect();
        let whole = |reason| Gap::of_code(Place::Whole, "function recovery", reason);
        if let Some(most) = self.full_at
            && self.refused + self.unsearched > 0
        {
            let (refused, unsearched) = (starts(self.refused), bytes(self.unsearched));
            let reason =
                format!("{most} functions, no more may be; {refused} left out, {unsearched} not searched");
            gaps.push(whole(reason));
        }
        if self.unmapped > 0 {
            let reason = format!("{}; {} of code left out", Exhausted::Memory, bytes(self.unmapped));
            gaps.push(whole(reason));
        }
        let (claimed, all) = self.covered;
        if all >= SOME_CODE && claimed.saturating_mul(LEAST_SHARE) < all && gaps.is_empty() {
            gaps.push(whole(format!(
                "{} of {} that may be executed are code as far as is known; the rest is data, or code that is packed, \
                 encrypted or of another kind",
                bytes(claimed),
                bytes(all)
            )));
        }
        let part = |reason| Gap::new(Place::Whole, "function recovery", reason);
        if !self.shared.is_empty() {
            let functions = functions(self.shared.len() as u64);
            gaps.push(part(format!(
                "too much code that belongs to several functions; {functions} cut short"
            )));
        }
        if !self.tables.is_empty() {
            let functions = functions(self.tables.len() as u64);
            gaps.push(part(format!("too many entries in jump tables; not all read of {functions}")));
        }
        if let Some((first, _)) = self.unread_tables.first_key_value() {
            let jumps: u64 = self.unread_tables.values().map(|&jumps| u64::from(jumps)).sum();
            let among = functions(self.unread_tables.len() as u64);
            let jumps = if jumps == 1 { "1 jump".to_owned() } else { format!("{jumps} jumps") };
            gaps.push(part(format!(
                "{jumps} by a table that was not understood, in {among}, the first at {first:#x}; cases may be missing or \
                 seem functions of their own"
            )));
        }
        if self.given_up > 0 {
            let functions = functions(self.given_up);
            gaps.push(part(format!(
                "{functions} not settled after {MAX_RETRACES} attempts: calls that may not return"
            )));
        }
        self.add_long(&mut gaps);
        gaps
    }

    /// What a stage that ended early left; `None` where later ones made good for it.
    fn of_stage(&self, stage: Stage, exhausted: Exhausted) -> Option<Gap> {
        let found_ended = self.ended.iter().any(|(ended, _)| *ended == Stage::Found);
        let (what, untraced, stale) = match stage {
            Stage::Named => ("starts that the file names", self.untraced.0, self.stale.0),
            Stage::Found => ("starts that are called or pointed to", self.untraced.1, self.stale.1),
            _ if found_ended => ("search for functions", 0, 0),
            _ => ("search for functions", self.untraced.1, self.stale.1),
        };
        let mut left = Vec::new();
        if untraced > 0 {
            left.push(format!("{} not traced", starts(untraced)));
        }
        if stale > 0 {
            left.push(format!("{} known in part", functions(stale)));
        }
        if stage == Stage::Found && self.unfollowed > 0 {
            left.push(format!("{} addresses not looked at", self.unfollowed));
        }
        if stage == Stage::Gaps {
            left.push(format!("{} not searched", bytes(self.unsearched)));
        }
        if left.is_empty() {
            return None;
        }
        let reason = format!("{exhausted}; {}", left.join(", "));
        Some(Gap::of_code(Place::Whole, format!("function recovery: {what}"), reason))
    }

    fn add_long(&self, gaps: &mut Vec<Gap>) {
        for (&address, instructions) in self.long.iter().take(MAX_LONG_NAMED) {
            let reason = format!("{instructions} instructions read, the rest not");
            gaps.push(Gap::new(Place::Address(address), "function", reason));
        }
        let more = self.long.len().saturating_sub(MAX_LONG_NAMED);
        if more > 0 {
            let reason = format!("{more} more read in part, each longer than a function may be");
            gaps.push(Gap::new(Place::Whole, "functions", reason));
        }
    }
}

fn starts(count: u64) -> String {
    if count == 1 { "1 start".to_owned() } else { format!("{count} starts") }
}

fn functions(count: u64) -> String {
    if count == 1 { "1 function".to_owned() } else { format!("{count} functions") }
}

fn bytes(count: u64) -> String {
    if count == 1 { "1 byte".to_owned() } else { format!("{count} bytes") }
}
