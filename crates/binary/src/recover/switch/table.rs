//! Reads the entries of a jump table.

use super::question::{Question, Switch, Unread};
use super::value::{MAX_ENTRIES, TableEntry};
use crate::JumpTable;
use cognate_base::Budget;
use std::collections::BTreeSet;

/// Entries read of a table whose bound is not known. Judgement.
const MAX_UNBOUNDED: u32 = 1024;
/// Reads the table; `None` where that is none.
pub fn read_table(
    question: &Question<'_>,
    loaded: &TableEntry,
    bound: Option<u32>,
    allowed: &mut u64,
    budget: &mut Budget,
) -> Result<Option<Switch>, Unread> {
    if loaded.stride != u64::from(loaded.width) || !matches!(loaded.width, 1 | 2 | 4 | 8) {
        return Ok(None);
    }
    let most = bound.map_or(MAX_UNBOUNDED, |bound| bound.saturating_add(1).min(MAX_ENTRIES));
    let mut targets = BTreeSet::new();
    let mut entries = 0u32;
    while entries < most {
        budget.spend(1).map_err(|_| Unread::Unknown)?;
        *allowed = allowed.checked_sub(1).ok_or(Unread::Allowance)?;
        let address = loaded.table.wrapping_add(u64::from(entries) * loaded.stride);
        let stop = bound.is_none() && targets.contains(&address);
        let Some(target) =
            entry(question, loaded, address).filter(|&target| !stop && (question.within)(target))
        else {
            break;
        };
        targets.insert(target);
        entries += 1;
    }
    let complete = bound.is_some() && entries == most;
    // One entry is no switch, but where a table of bytes says that there is no more; a table cut short by a
    // bad entry is believed only where no bound promised more.
    let single = entries == 1 && complete && loaded.via.is_some();
    if entries < 2 && !single || (bound.is_some() && !complete && entries < 4) {
        return Ok(None);
    }
    // each target is a place to go on from, and an edge
    budget.spend(targets.len() as u64).map_err(|_| Unread::Unknown)?;
    let entry_bytes = loaded.width;
    let table = JumpTable { at: question.jump.address, table: loaded.table, entry_bytes, entries };
    Ok(Some(Switch { table, targets: targets.into_iter().collect(), via: loaded.via }))
}

fn entry(question: &Question<'_>, loaded: &TableEntry, address: u64) -> Option<u64> {
    let width = usize::from(loaded.width);
    let raw = question.image.read_uint(address, width)?;
    if loaded.times == 1 && loaded.add == 0 && width == question.image.arch.pointer_bytes() {
        // an absolute address, perhaps only present as a relocation
        return Some(question.hints.relocations.get(&address).copied().unwrap_or(raw));
    }
    // Four-byte entries are offsets: signed whatever the load says, since 32-bit sums wrap.
    let bits = 64 - 8 * loaded.width as u32;
    let signed = loaded.signed || loaded.width == 4;
    let value = if signed { ((raw << bits) as i64 >> bits) as u64 } else { raw };
    let target = loaded.add.wrapping_add(value.wrapping_mul(loaded.times));
    Some(if question.image.arch.pointer_bytes() == 4 { target & 0xffff_ffff } else { target })
}
