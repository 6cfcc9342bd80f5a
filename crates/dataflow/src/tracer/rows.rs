//! What the variables of a function hold at the end of each block, as far as known.
//!
//! A row for each block that is traced, in the order of tracing. A row is made of
//! pages, and a page is there only where something in it is known: a function with
//! many blocks and many slots uses few of them in each. All pages of a function
//! together are bounded by [`MOST_CELLS`].

use super::ways::Rank;
use crate::graph::NodeId;
use crate::kept::{KEPT, empty};
use crate::machine::Reg;
use cognate_base::{TypedIndex, index_type};

index_type! {
    /// A variable: the registers by their numbers, behind them the slots of the frame.
    pub struct Variable;
}

impl Variable {
    /// The variable that is a register.
    pub(crate) fn of_register(register: Reg) -> Self {
        Variable(u32::from(register.0))
    }

    /// The variable that is the slot with this number.
    pub(crate) fn of_slot(number: usize) -> Self {
        Variable::of(Reg::COUNT + number)
    }

    /// The register that it is.
    pub(crate) fn register(self) -> Option<Reg> {
        (self.position() < Reg::COUNT).then_some(Reg(self.0 as u8))
    }

    /// The number of the slot that it is.
    pub(crate) fn slot(self) -> Option<usize> {
        self.position().checked_sub(Reg::COUNT)
    }
}

/// Values known at the ends of all blocks of a function together: 16 MB (judgement; `bounds.rs` shows what meets it).
pub(crate) const MOST_CELLS: usize = 4 << 20;
/// Slots of a frame that are kept apart (judgement: a frame of 8 kB filled with pointers).
pub(crate) const MOST_SLOTS: usize = 1_000;
/// Stands in a page for what is not known: half the room of an `Option`.
const NONE: NodeId = NodeId(u32::MAX);

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
        empty(&mut self.rows, KEPT / 16);
        empty(&mut self.pages, KEPT / 2);
        self.full = false;
    }

    /// Adds the row of the next block.
    pub(crate) fn begin(&mut self) {
        self.rows.push([NO_PAGE; PAGES]);
    }

    /// Whether there was no room for something: what is asked for from now on may be missing.
    pub(crate) fn is_full(&self) -> bool {
        self.full
    }

    /// What a variable holds at the end of a block, if that is known.
    #[inline]
    pub(crate) fn get(&self, row: Rank, variable: Variable) -> Option<NodeId> {
        let variable = variable.position();
        let page = self.rows.get(row.position()).and_then(|row| row.get(variable / PAGE));
        let page = page.and_then(|&page| self.pages.get(page as usize));
        page.and_then(|page| page.get(variable % PAGE)).copied().filter(|&value| value != NONE)
    }

    /// Notes what a variable holds.
    #[inline]
    pub(crate) fn set(&mut self, row: Rank, variable: Variable, value: NodeId) {
        let variable = variable.position();
        let page = self.page(row, variable / PAGE);
        if let Some(cell) = page.and_then(|page| page.get_mut(variable % PAGE)) {
            *cell = value;
        }
    }

    /// Notes one value for all of the first 64 registers that have their bit set: what a call does, page by page.
    pub(crate) fn set_registers(&mut self, row: Rank, registers: u64, value: NodeId) {
        for (number, first) in (0..u64::BITS as usize).step_by(PAGE).enumerate() {
            let here = (registers >> first) as u16;
            let Some(page) = Some(number).filter(|_| here != 0).and_then(|number| self.page(row, number))
            else {
                continue;
            };
            for (place, cell) in page.iter_mut().enumerate() {
                *cell = if here >> place & 1 == 1 { value } else { *cell };
            }
        }
    }

    /// A page of a row, made where it was not there; none where there is no such row or no room.
    #[inline]
    fn page(&mut self, row: Rank, number: usize) -> Option<&mut [NodeId; PAGE]> {
        let page = self.rows.get_mut(row.position()).and_then(|row| row.get_mut(number))?;
        if *page == NO_PAGE {
            if self.pages.len() >= MOST_CELLS / PAGE {
                self.full = true;
                return None;
            }
            *page = self.pages.len() as u32;
            self.pages.push([NONE; PAGE]);
        }
        self.pages.get_mut(*page as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_what_was_put_there_and_nothing_else() {
        let mut rows = Rows::default();
        rows.begin();
        rows.begin();
        rows.set(Rank(1), Variable(1_079), NodeId(7));
        let found = [(1, 1_079), (1, 1_078), (0, 1_079)].map(|(row, at)| rows.get(Rank(row), Variable(at)));
        assert_eq!(found, [Some(NodeId(7)), None, None]);
        rows.set(Rank(2), Variable(0), NodeId(1));
        assert_eq!(rows.get(Rank(2), Variable(0)), None, "there is no such row");
        rows.clear();
        assert_eq!(rows.get(Rank(1), Variable(1_079)), None);
    }

    #[test]
    fn pages_end_at_the_bound_and_what_was_there_stays() {
        let mut rows = Rows::default();
        for row in 0..(MOST_CELLS / PAGE / PAGES) as u32 + 1 {
            rows.begin();
            (0..PAGES).for_each(|page| rows.set(Rank(row), Variable::of(page * PAGE), NodeId(row)));
        }
        assert!(rows.is_full());
        assert!(rows.pages.len() * PAGE <= MOST_CELLS);
        assert_eq!(rows.get(Rank(0), Variable(0)), Some(NodeId(0)));
        rows.clear();
        assert!(!rows.is_full());
        assert!(rows.pages.capacity() * PAGE <= KEPT, "the memory of an outlier is given back");
    }
}
