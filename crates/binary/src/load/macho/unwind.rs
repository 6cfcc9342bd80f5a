//! Compact unwind data (`__unwind_info`): an index of pages of functions, and where the tables of those lie
//! that catch exceptions. Layout by `mach-o/compact_unwind_encoding.h`.

use super::super::eh_frame;
use super::commands::Commands;
use crate::{Loaded, StartSource};
use cognate_base::{Budget, Place};

/// Bytes of a row of the index, and of one of the list of tables.
const INDEX_ROW: u64 = 12;
const TABLE_ROW: u64 = 8;

/// Where one `__unwind_info` lies.
#[derive(Clone, Copy)]
struct Info {
    address: u64,
    size: u64,
    /// The index: its first row and how many there are, the last of which only says where the others end.
    index: u64,
    rows: u64,
}

impl Info {
    fn read(loaded: &Loaded, address: u64) -> Option<Info> {
        let size = loaded.image.tail(address).len() as u64;
        let mut info = Info { address, size, index: 0, rows: 0 };
        (info.word(loaded, 0)? == 1).then_some(())?;
        info.index = info.word(loaded, 20)?;
        info.rows = info.word(loaded, 24)?.min(size.saturating_sub(info.index) / INDEX_ROW);
        Some(info)
    }

    fn uint(&self, loaded: &Loaded, skip: u64, len: usize) -> Option<u64> {
        loaded.image.read_uint(self.address.checked_add(skip)?, len)
    }

    fn word(&self, loaded: &Loaded, skip: u64) -> Option<u64> {
        self.uint(loaded, skip, 4)
    }

    /// Function, page of functions and list of tables, of one row.
    fn row(&self, loaded: &Loaded, index: u64) -> Option<(u64, u64, u64)> {
        let at = self.index + index * INDEX_ROW;
        Some((self.word(loaded, at)?, self.word(loaded, at + 4)?, self.word(loaded, at + 8)?))
    }
}

/// Notes landing pads, and the functions themselves where no other table lists them.
pub(super) fn read(loaded: &mut Loaded, commands: &Commands, budget: &mut Budget) {
    let section = commands.sections.iter().find(|section| section.name == "__unwind_info");
    let Some(info) = section.and_then(|section| Info::read(loaded, section.address)) else { return };
    let read = tables(loaded, &info, budget);
    let read =
        if commands.function_starts.is_none() { functions(loaded, &info, budget).and(read) } else { read };
    if read.is_none() && budget.exhausted().is_none() {
        loaded.gap(Place::Address(info.address), "__unwind_info", "damaged");
    }
}

/// The tables of functions that catch exceptions: their list lies between the first row and the last.
fn tables(loaded: &mut Loaded, info: &Info, budget: &mut Budget) -> Option<()> {
    let (.., first) = info.row(loaded, 0)?;
    let (.., end) = info.row(loaded, info.rows.checked_sub(1)?)?;
    let count = end.min(info.size).checked_sub(first)? / TABLE_ROW;
    let base = loaded.image.base;
    let mut reader = eh_frame::LandingPads::new(loaded);
    for index in 0..count {
        budget.spend(1).ok()?;
        let at = first + index * TABLE_ROW;
        let (function, table) = (info.word(loaded, at)?, info.word(loaded, at + 4)?);
        reader.read(loaded, base.wrapping_add(function), base.wrapping_add(table), budget)?;
    }
    loaded.hints.landing_pads.sort_unstable();
    loaded.hints.landing_pads.dedup();
    Some(())
}

/// The functions: every page once.
fn functions(loaded: &mut Loaded, info: &Info, budget: &mut Budget) -> Option<()> {
    // Pages that rows share, or that lie over one another, are read no more often than the bytes have room for.
    let mut left = info.size / 4;
    let base = loaded.image.base;
    for index in 0..info.rows.saturating_sub(1) {
        let (first, page, _) = info.row(loaded, index)?;
        if page == 0 {
            continue;
        }
        let kind = info.word(loaded, page)?;
        let (skip, count) = (info.uint(loaded, page + 4, 2)?, info.uint(loaded, page + 6, 2)?);
        left = left.checked_sub(count)?;
        for entry in 0..count {
            budget.spend(1).ok()?;
            let function = match kind {
                2 => info.word(loaded, page + skip + entry * 8)?,
                3 => first.wrapping_add(info.word(loaded, page + skip + entry * 4)? & 0xff_ffff),
                _ => return None,
            };
            loaded.start(base.wrapping_add(function), None, StartSource::Unwind, budget);
        }
    }
    Some(())
}
