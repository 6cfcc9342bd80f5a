//! Whose a function is by the names that the file itself bears: Go's packages, Rust's crates.
//!
//! Names can be forged. They say which code is whose in this one file and are shown as that; nothing is
//! ever matched by them.

use super::{go, rust, sources};
use crate::{Component, ComponentKind, KnownBy};
use cognate_base::{Budget, Exhausted, Gap, Place};
use cognate_binary::{Loaded, Program};
use std::collections::BTreeMap;

/// Modules and crates that are told apart in one file (judgement: the largest known have some hundred).
pub(super) const MOST_OWNERS: usize = 4_096;
/// Bytes of a package's, module's or crate's name; a longer one is nobody's (judgement).
pub(super) const LONGEST_NAME: usize = 256;
/// Bytes of a name that are looked at for one unit of work.
pub(super) const BYTES_EACH: u64 = 16;
/// What the program's own code is called where nothing says its name.
pub(super) const NAMELESS: &str = "main";

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

/// What the names in a file say.
#[derive(Debug, Default)]
pub(crate) struct Named {
    owners: Owners,
    /// Of each function of the program its owner by its own name; empty where the file has no such names.
    functions: Vec<Option<u16>>,
    /// Crates whose function `main` starts the program.
    mains: Vec<u16>,
    locations: sources::Locations,
    /// What was not looked at.
    pub gap: Option<Gap>,
}

impl Named {
    /// Looks at the names of all functions, as long as the budget lasts; `rust` says that the file bears
    /// texts of Rust's standard library.
    pub(crate) fn find(loaded: &Loaded, program: &Program, rust: bool, budget: &mut Budget) -> Self {
        let mut named = Named::default();
        let read = if go::is_go(&loaded.hints, loaded.image.format) {
            go::read(loaded, program, &mut named.owners, budget).map(|functions| named.functions = functions)
        } else {
            named.read_rust(loaded, program, rust, budget)
        };
        if let Err(spent) = read {
            named.functions = Vec::new();
            named.gap = Some(Gap::new(Place::Whole, "names of functions", spent.to_string()));
        }
        named
    }

    fn read_rust(
        &mut self,
        loaded: &Loaded,
        program: &Program,
        rust: bool,
        budget: &mut Budget,
    ) -> Result<(), Exhausted> {
        sources::begin(&mut self.owners);
        (self.functions, self.mains) = rust::read(loaded, program, &mut self.owners, budget)?;
        if rust {
            self.locations = sources::Locations::find(loaded, &mut self.owners, budget)?;
        }
        rust::give_back_to_std(&self.owners, &mut self.functions);
        Ok(())
    }

    /// The owners of source files that panic locations at these addresses point to, each once, ascending.
    pub(crate) fn sources_at(&self, addresses: impl Iterator<Item = u64>) -> Vec<u16> {
        let mut sources: Vec<u16> = addresses.filter_map(|address| self.locations.at(address)).collect();
        sources.sort_unstable();
        sources.dedup();
        sources.shrink_to_fit();
        sources
    }

    /// The components that names tell, by name, with their functions; of each function its number in the
    /// program and its [`sources`](Self::sources_at) are given, in the order by which it is numbered.
    pub(crate) fn components<'r>(&self, functions: impl Iterator<Item = (u32, &'r [u16])> + Clone) -> Vec<Component> {
        let by_symbol = |index: u32| self.functions.get(index as usize).copied().flatten();
        let both = functions.clone().map(|(index, sources)| (by_symbol(index), sources));
        let own = rust::own_crates(both, &self.mains, &self.owners);
        let mut found: BTreeMap<u16, Vec<u32>> = BTreeMap::new();
        for (position, (index, sources)) in (0u32..).zip(functions) {
            let owner = match by_symbol(index) {
                Some(owner) if own.contains(&owner) => Some(sources::OWN),
                Some(owner) => Some(owner),
                None => sources::owner(sources),
            };
            if let Some(owner) = owner {
                found.entry(owner).or_default().push(position);
            }
        }
        let mut components: Vec<Component> = found
            .into_iter()
            .filter_map(|(place, functions)| {
                let Owner { mut name, kind, versions } = self.owners.get(place)?.clone();
                let main = self.mains.first().filter(|_| kind == ComponentKind::Program);
                if let Some(main) = main.and_then(|main| self.owners.get(*main)) {
                    name = main.name.trim_start_matches(rust::CRATE).to_owned();
                }
                let known_by = KnownBy { names: functions.len() as u32, ..KnownBy::default() };
                Some(Component { name, kind, versions, mark: None, known_by, functions })
            })
            .collect();
        components.sort();
        components
    }
}
