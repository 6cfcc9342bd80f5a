//! What lies between two pairs that stand next to each other in both samples.

use super::{LEAST_KIN, STEP, Work};
use crate::indices::{QueryFunction, StoredFunction};
use std::ops::Range;

/// Most functions between two pairs that are put in order.
const MOST_BETWEEN: u32 = 128;

impl Work<'_, '_> {
    /// Puts in order what lies between pairs; says whether there was anything.
    pub(super) fn fill(&mut self) -> bool {
        let mut known: Vec<(QueryFunction, StoredFunction)> =
            self.pairs.iter().map(|pair| (pair.query, pair.stored)).collect();
        known.sort_unstable();
        let mut found = Vec::new();
        for pair in known.windows(2) {
            let &[before, after] = pair else { continue };
            let query = before.0.0.saturating_add(1)..after.0.0;
            let stored = before.1.0.saturating_add(1)..after.1.0;
            let short = |range: &Range<u32>| (1..=MOST_BETWEEN).contains(&(range.len() as u32));
            let cells = STEP * (query.len() as u64).saturating_mul(stored.len() as u64);
            if short(&query) && short(&stored) && self.deadline.spend(cells) {
                found.extend(self.order(query, stored));
            }
        }
        let before = self.pairs.len();
        for (query, stored) in found {
            if self.is_free(query, stored) {
                self.pair(query, stored);
                self.vouch(query, stored);
            }
        }
        self.pairs.len() > before
    }

    /// The pairs of two runs, in order, whose kin is largest in sum.
    ///
    /// Linkers and compilers keep the order of the source, so of all ways to pair the runs without
    /// crossing the best is looked for, as sequences are aligned: by dynamic programming.
    fn order(&self, query: Range<u32>, stored: Range<u32>) -> Vec<(QueryFunction, StoredFunction)> {
        let query: Vec<QueryFunction> =
            query.map(QueryFunction).filter(|&at| self.partner[at].is_none()).collect();
        let stored: Vec<StoredFunction> = stored.map(StoredFunction).filter(|&at| !self.taken[at]).collect();
        let mut cells = Cells::new(query.len(), stored.len());
        for (row, &one) in query.iter().enumerate().rev() {
            for (column, &other) in stored.iter().enumerate().rev() {
                cells.fill(row, column, self.kin(one, other) - LEAST_KIN);
            }
        }
        let path = cells.path().into_iter();
        path.filter_map(|(row, column)| query.get(row).copied().zip(stored.get(column).copied())).collect()
    }
}

/// Of every pair of two runs the best sum from there to the end, and whether the pair itself is part of it.
struct Cells {
    rows: usize,
    columns: usize,
    /// Row by row, with a column of zeros behind each row, and a row of zeros behind all.
    cells: Vec<(f64, bool)>,
}

impl Cells {
    fn new(rows: usize, columns: usize) -> Self {
        Cells { rows, columns, cells: vec![(0.0, false); (rows + 1) * (columns + 1)] }
    }

    fn at(&self, row: usize, column: usize) -> (f64, bool) {
        let cell = self.cells.get(row * (self.columns + 1) + column);
        debug_assert!(cell.is_some(), "no cell {row}, {column} of {} x {}", self.rows, self.columns);
        cell.copied().unwrap_or_default()
    }

    /// Works a cell out from those after it in either run; `gain` is what its own pair adds.
    fn fill(&mut self, row: usize, column: usize, gain: f64) {
        let skip = self.at(row + 1, column).0.max(self.at(row, column + 1).0);
        let take = gain + self.at(row + 1, column + 1).0;
        let paired = gain > 0.0 && take > skip;
        if let Some(cell) = self.cells.get_mut(row * (self.columns + 1) + column) {
            *cell = (if paired { take } else { skip }, paired);
        }
    }

    /// The pairs of the best sum, as row and column.
    fn path(&self) -> Vec<(usize, usize)> {
        let (mut row, mut column, mut path) = (0, 0, Vec::new());
        while row < self.rows && column < self.columns {
            if self.at(row, column).1 {
                path.push((row, column));
                (row, column) = (row + 1, column + 1);
            } else if self.at(row + 1, column).0 >= self.at(row, column + 1).0 {
                row += 1;
            } else {
                column += 1;
            }
        }
        path
    }
}
