//! What the variables of a function hold at the end of each block, as far as known.
//!
//! A row for each block that is traced, in the order of tracing. A row is made of
//! pages, and a page is there only where something in it is held: a function with
//! many blocks and many slots holds few of them in each. All pages of a function
//! together are bounded by [`MOST_CELLS`].

use crate::graph::{KEPT, NodeId};
use crate::machine::Reg;

/// Values held at the ends of all blocks of a function together, 16 MB.
pub(crate) const MOST_CELLS: usize = 4 << 20;
/// Slots of a frame that are told apart.
pub(crate) const MOST_SLOTS: usize = 1_000;
/// The variables that are registers; behind them come the slots.
pub(crate) const REGISTERS: u32 = Reg::COUNT as u32;
/// Nothing is held.
pub(crate) const NONE: NodeId = NodeId(u32::MAX);

const PAGE: usize = 16;
const PAGES: usize = (Reg::COUNT + MOST_SLOTS).div_ceil(PAGE);
const NO_PAGE: u32 = u32::MAX;

/// The rows of one function.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    rows: Vec<[u32; PAGES]>,
    pages: Vec<[NodeId; PAGE]>,
    full: bool,
}

impl Rows {
    /// Forgets everything, keeping the memory unless it was much.
    pub(crate) fn clear(&mut self) {
        // a megabyte of rows, two of pages
        crate::graph::empty(&mut self.rows, KEPT / 16);
        crate::graph::empty(&mut self.pages, KEPT / 2);
        self.full = false;
    }

    /// Adds the row of the next block.
    pub(crate) fn begin(&mut self) {
        self.rows.push([NO_PAGE; PAGES]);
    }

    /// Whether something could not be held: what is asked for from now on may be missing.
    pub(crate) fn is_full(&self) -> bool {
        self.full
    }

    /// What a variable holds, [`NONE`] where that is not known.
    #[inline]
    pub(crate) fn get(&self, row: u32, variable: u32) -> NodeId {
        let variable = variable as usize;
        let page = self.rows.get(row as usize).and_then(|row| row.get(variable / PAGE));
        let page = page.and_then(|&page| self.pages.get(page as usize));
        page.and_then(|page| page.get(variable % PAGE)).copied().unwrap_or(NONE)
    }

    /// Notes what a variable holds.
    #[inline]
    pub(crate) fn set(&mut self, row: u32, variable: u32, value: NodeId) {
        let variable = variable as usize;
        let Some(page) = self.rows.get_mut(row as usize).and_then(|row| row.get_mut(variable / PAGE)) else {
            return;
        };
        if *page == NO_PAGE {
            if self.pages.len() >= MOST_CELLS / PAGE {
                self.full = true;
                return;
            }
            *page = self.pages.len() as u32;
            self.pages.push([NONE; PAGE]);
        }
        let page = self.pages.get_mut(*page as usize);
        if let Some(cell) = page.and_then(|page| page.get_mut(variable % PAGE)) {
            *cell = value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_holds_what_was_put_there_and_nothing_else() {
        let mut rows = Rows::default();
        rows.begin();
        rows.begin();
        rows.set(1, 1_079, NodeId(7));
        assert_eq!((rows.get(1, 1_079), rows.get(1, 1_078), rows.get(0, 1_079)), (NodeId(7), NONE, NONE));
        rows.set(2, 0, NodeId(1));
        assert_eq!(rows.get(2, 0), NONE, "there is no such row");
        rows.clear();
        assert_eq!(rows.get(1, 1_079), NONE);
    }

    #[test]
    fn pages_end_at_the_bound_and_what_was_held_stays() {
        let mut rows = Rows::default();
        for row in 0..(MOST_CELLS / PAGE / PAGES) as u32 + 1 {
            rows.begin();
            (0..PAGES as u32).for_each(|page| rows.set(row, page * PAGE as u32, NodeId(row)));
        }
        assert!(rows.is_full());
        assert!(rows.pages.len() * PAGE <= MOST_CELLS);
        assert_eq!(rows.get(0, 0), NodeId(0));
        rows.clear();
        assert!(!rows.is_full());
        assert!(rows.pages.capacity() * PAGE <= KEPT, "the memory of an outlier is given back");
    }
}
