//! Who owns code in a file, each with its place: the standard library, the program, modules and crates.

use crate::ComponentKind;
use std::collections::BTreeMap;

/// Modules and crates that are told apart in one file (judgement: the largest known have some hundred).
pub(super) const MOST_OWNERS: usize = 4_096;
/// Bytes of a package's, module's or crate's name; a longer one is nobody's (judgement).
pub(super) const LONGEST_NAME: usize = 256;
/// Bytes of a name that are looked at for one unit of work.
pub(super) const BYTES_EACH: u64 = 16;
/// What the program's own code is called where nothing says its name.
pub(super) const NAMELESS: &str = "main";
/// The place of the standard library among the owners.
pub(super) const STD: u16 = 0;
/// The place of the program's own code among the owners.
pub(super) const OWN: u16 = 1;

/// Who owns code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    pub name: String,
    pub kind: ComponentKind,
    /// Ascending.
    pub versions: Vec<String>,
}

/// The owners that were met, each with its place.
#[derive(Debug, Default)]
pub(super) struct Owners {
    list: Vec<Owner>,
    /// By what they are looked up with.
    places: BTreeMap<String, u16>,
}

impl Owners {
    /// The place of the owner with this key; `make` says what it is where it is new. `None` where there are
    /// too many already, or the key is too long.
    pub(super) fn place(&mut self, key: &str, make: impl FnOnce() -> Owner) -> Option<u16> {
        if let Some(&place) = self.places.get(key) {
            return Some(place);
        }
        if self.list.len() >= MOST_OWNERS || key.is_empty() || key.len() > LONGEST_NAME {
            return None;
        }
        let place = u16::try_from(self.list.len()).ok()?;
        self.list.push(make());
        self.places.insert(key.to_owned(), place);
        Some(place)
    }

    pub(super) fn get(&self, place: u16) -> Option<&Owner> {
        self.list.get(usize::from(place))
    }

    /// The place of the owner with this key, where it was met.
    pub(super) fn find(&self, key: &str) -> Option<u16> {
        self.places.get(key).copied()
    }

    pub(super) fn get_mut(&mut self, place: u16) -> Option<&mut Owner> {
        self.list.get_mut(usize::from(place))
    }
}
