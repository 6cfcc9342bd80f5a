//! Many short lists in one vector, each known by its latest entry.

use super::index::EntryIndex;

/// Lists that only grow.
pub struct Chains<T> {
    /// What is listed, with the entry before it of the same list.
    entries: Vec<(T, Option<EntryIndex>)>,
}

impl<T> Chains<T> {
    /// No entries.
    pub fn new() -> Self {
        Chains { entries: Vec::new() }
    }

    /// How many entries all lists have.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Adds to the list whose latest entry is `before`; `None` where there is no room.
    pub fn push(&mut self, value: T, before: Option<EntryIndex>) -> Option<EntryIndex> {
        let index = EntryIndex::behind(self.entries.len())?;
        self.entries.push((value, before));
        Some(index)
    }

    /// The entries of the list whose latest entry that is, the latest first.
    pub fn list(&self, latest: Option<EntryIndex>) -> impl Iterator<Item = &T> {
        let mut at = latest;
        std::iter::from_fn(move || {
            let (value, before) = at?.of(&self.entries)?;
            at = *before;
            Some(value)
        })
    }
}
