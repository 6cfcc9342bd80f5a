//! Ids of a case, and what they are looked up by.

use crate::model::Name;
use crate::nearest::nearest;
use cognate_base::{Error, Lines};
use std::collections::BTreeMap;

/// The ids of one kind of thing, each with its place in the list.
pub(super) struct Ids {
    /// What they are ids of.
    pub kind: &'static str,
    /// By id.
    pub known: BTreeMap<String, usize>,
}

impl Ids {
    /// Where the thing of this name stands in its list; the name gets its place.
    pub fn index(&self, name: &mut Name, lines: &Lines<'_>) -> Result<usize, Error> {
        name.locate(lines);
        self.known.get(name.as_str()).copied().ok_or_else(|| {
            let hint = match self.known.is_empty() {
                true => format!("the case defines no {0}; add `[[{0}]]`", self.kind),
                false => format!("{}defined are: {}", self.meant(name), self.names()),
            };
            let message = format!("no {} is called `{}`", self.kind, name.escape_debug());
            Error::meaning(message).at(name.place).hint(hint)
        })
    }

    fn meant(&self, name: &str) -> String {
        let near = nearest(name, self.known.keys().map(String::as_str));
        near.map_or(String::new(), |near| format!("did you mean `{near}`? "))
    }

    /// The first of them.
    pub fn names(&self) -> String {
        let names: Vec<&str> = self.known.keys().map(String::as_str).take(12).collect();
        names.join(", ")
    }
}
