//! What is kept, in the order and under the numbers in which a base has it.

use super::chance::chances;
use super::draft::{ComponentIndex, DOUBTFUL, Draft, Drafts, FunctionIndex, Project, UNNAMED};
use crate::base::{
    Base, ComponentInfo, Contents, MOST_FUNCTIONS, MOST_NAME, MOST_VERSIONS, Sections, pack_names, size,
};
use crate::strength::STRENGTHS;
use crate::table::{self, Entry};
use crate::versions::sort_key;
use cognate_base::{Error, TypedVec};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The numbers that things get: components by name, functions of one component together, in the order they came.
pub(super) struct Layout<'d> {
    drafts: &'d Drafts,
    versions: TypedVec<ComponentIndex, Versions>,
    components: Vec<ComponentIndex>,
    functions: Vec<FunctionIndex>,
    numbers: TypedVec<FunctionIndex, u32>,
    sets: Sets,
    rows: Rows,
}

/// What is found under a key: tables of exact hashes and of rare features.
pub(super) struct Tables {
    pub exact: Vec<Entry>,
    pub features: Vec<Entry>,
}

impl<'d> Layout<'d> {
    pub fn new(drafts: &'d Drafts) -> Self {
        let Drafts { components: known, functions: all } = drafts;
        let mut components: Vec<ComponentIndex> = known.indices().collect();
        components.sort_by_key(|component| &known[*component].name);
        let mut functions: Vec<FunctionIndex> = all.indices().collect();
        functions.sort_by_key(|function| (&known[all[*function].component].name, *function));
        let mut numbers: TypedVec<FunctionIndex, u32> = all.indices().map(|_| 0).collect();
        (0u32..).zip(&functions).for_each(|(number, function)| numbers[*function] = number);
        Layout {
            drafts,
            versions: known.items().iter().map(Versions::of).collect(),
            components,
            functions,
            numbers,
            sets: Sets::default(),
            rows: Rows::default(),
        }
    }

    /// The row of a function in the versions of these builds.
    pub fn row(&mut self, function: FunctionIndex, builds: impl Iterator<Item = u16>) -> u32 {
        let versions = &self.versions[self.drafts.functions[function].component];
        let set = self.sets.of(versions, builds);
        self.rows.of(self.numbers[function], set)
    }

    /// Whether there are more rows than a base has numbers for.
    pub fn is_full(&self) -> bool {
        self.rows.list.len() > MOST_FUNCTIONS as usize
    }

    /// Writes the base: twice, as how often goodware resembles a component is asked of the base itself.
    pub fn write(
        self,
        forks: &[(ComponentIndex, ComponentIndex)],
        tables: Tables,
        (projects, project_functions): (&[Project], u64),
    ) -> Result<Vec<u8>, Error> {
        let contents =
            Contents { components: self.infos(forks), projects: projects.len() as u32, project_functions };
        let functions = self.functions.iter().map(|function| &self.drafts.functions[*function]);
        let sizes = functions.clone().map(|function| size(function.information)).collect();
        let names: Vec<String> = functions.map(|function| shown_name(&function.name)).collect();
        let mut sections = Sections { contents, names: pack_names(&names), sizes, ..Sections::default() };
        sections.sets = self.sets.masks.iter().flat_map(|mask| mask.to_le_bytes()).collect();
        for (function, set) in self.rows.list {
            sections.rows.extend(function.to_le_bytes().iter().take(3));
            sections.rows.extend(set.to_le_bytes());
        }
        table::write(tables.exact, &mut sections.exact);
        table::write(tables.features, &mut sections.features);
        let base = Base::open(sections.clone().into_bytes()?)?;
        for (component, chance) in sections.contents.components.iter_mut().zip(chances(&base, projects)) {
            component.chance = chance;
        }
        sections.into_bytes()
    }

    /// The components, by name, without their chances.
    fn infos(&self, forks: &[(ComponentIndex, ComponentIndex)]) -> Vec<ComponentInfo> {
        let mut functions: BTreeMap<ComponentIndex, u32> = BTreeMap::new();
        for function in self.drafts.functions.items() {
            *functions.entry(function.component).or_default() += 1;
        }
        let numbers: BTreeMap<ComponentIndex, u16> = self.components.iter().copied().zip(0u16..).collect();
        let info = |component: &ComponentIndex| {
            let both_ways = forks.iter().flat_map(|&(one, other)| [(one, other), (other, one)]);
            let of_it = both_ways.filter(|(one, _)| one == component);
            let forks: BTreeSet<u16> = of_it.filter_map(|(_, other)| numbers.get(&other).copied()).collect();
            let draft = &self.drafts.components[*component];
            ComponentInfo {
                name: draft.name.clone(),
                kind: draft.kind,
                versions: self.versions[*component].kept.clone(),
                functions: functions.get(component).copied().unwrap_or(0),
                builds: draft.builds.len() as u32,
                bytes_alone: draft.bytes_alone,
                forks: forks.into_iter().collect(),
                chance: [0.0; STRENGTHS],
            }
        };
        self.components.iter().map(info).collect()
    }
}

/// What is kept of a name.
fn shown_name(name: &str) -> String {
    // mangled names that nobody reads are left out as well
    if name.starts_with([UNNAMED, DOUBTFUL])
        || ["_D", "_R", "_Z", "?"].iter().any(|start| name.starts_with(start))
    {
        return String::new();
    }
    // of C++ without the arguments, which are the longer part
    let name = name.split_once('(').map(|(name, _)| name).filter(|name| !name.is_empty()).unwrap_or(name);
    let end = name.floor_char_boundary(MOST_NAME);
    name.get(..end).unwrap_or_default().replace('\0', " ")
}

/// The versions of a component in order, and which of them each build is.
#[derive(Debug, Default)]
struct Versions {
    /// The newest, where there are more than fit.
    kept: Vec<String>,
    /// By build; none where it is older than those that are kept.
    of_build: Vec<Option<u8>>,
}

impl Versions {
    fn of(draft: &Draft) -> Self {
        let mut kept = draft.versions.clone();
        kept.sort_by_key(|version| sort_key(version));
        let kept = kept.split_off(kept.len().saturating_sub(MOST_VERSIONS));
        let place = |old: u16| {
            let version = draft.versions.get(usize::from(old))?;
            kept.iter().position(|known| known == version).and_then(|place| u8::try_from(place).ok())
        };
        let of_build = draft.builds.iter().map(|(version, _)| place(*version)).collect();
        Versions { of_build, kept }
    }

    /// These builds' versions, as bits.
    fn mask(&self, builds: impl Iterator<Item = u16>) -> u64 {
        let place = |build: u16| {
            let place = self.of_build.get(usize::from(build));
            debug_assert!(place.is_some(), "a build of another component");
            place.copied().flatten()
        };
        builds.filter_map(place).fold(0, |mask, place| mask | 1 << place)
    }
}

/// Sets of versions, each once.
#[derive(Debug, Default)]
struct Sets {
    masks: Vec<u64>,
    places: HashMap<u64, u16>,
}

impl Sets {
    fn of(&mut self, versions: &Versions, builds: impl Iterator<Item = u16>) -> u16 {
        let mask = versions.mask(builds);
        let is_full = self.masks.len() >= usize::from(u16::MAX) && !self.places.contains_key(&mask);
        // where no room is left for another set, all versions fit
        self.of_mask(if is_full { u64::MAX } else { mask })
    }

    fn of_mask(&mut self, mask: u64) -> u16 {
        let next = self.masks.len() as u16;
        let place = *self.places.entry(mask).or_insert(next);
        if place == next {
            self.masks.push(mask);
        }
        place
    }
}

/// Functions with sets of versions, each once.
#[derive(Debug, Default)]
struct Rows {
    list: Vec<(u32, u16)>,
    places: HashMap<(u32, u16), u32>,
}

impl Rows {
    fn of(&mut self, function: u32, set: u16) -> u32 {
        let next = self.list.len() as u32;
        let row = *self.places.entry((function, set)).or_insert(next);
        if row == next {
            self.list.push((function, set));
        }
        row
    }
}
