//! [`Builder`]: a base from files of which it is known what they are.

use crate::base::{
    self, Base, ComponentInfo, Contents, MOST_COMPONENTS, MOST_FUNCTIONS, MOST_NAME, MOST_VERSIONS, Sections,
    pack_names, shipped,
};
use crate::choose::{Feature, choose};
use crate::evidence::{UNIQUE_INFORMATION, keys, resembled};
use crate::names::standard_library;
use crate::strength::STRENGTHS;
use crate::table::{self, Entry};
use cognate_base::{Error, ErrorKind};
use cognate_documents::{ANY_VERSION, ComponentKind};
use cognate_fingerprint::{SampleFingerprint, without_clone_suffix};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// A feature that more components than this show under different names is nobody's (judgement).
const MOST_OTHERS: usize = 3;
/// By how much what two components share must be a greater part of the one for it to be the one that had it first (judgement).
const CLEARLY: f64 = 1.5;
/// And how great a part of it (judgement): where two took something from a third, it is little of either.
const GREAT_PART: f64 = 0.3;
/// Share of two components from which one is a fork of the other (judgement).
const FORK: f64 = 0.5;
/// A feature that more functions than this show is a habit of its authors (judgement).
const MOST_NAMES: usize = 8;
/// A feature that more projects of goodware than this show is nobody's: a library that is embedded often shows in some
/// (judgement).
const MOST_PROJECTS: u32 = 12;

/// What a file is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// The component, as its project writes it.
    pub component: String,
    /// Its version.
    pub version: String,
    /// What it is.
    pub kind: ComponentKind,
    /// How it was built: compiler, level, machine. Builds of one way and version are one.
    pub toolchain: String,
    /// Whether its symbols name its functions: then those without a name are left out, else they are known by their hashes.
    pub named: bool,
    /// Whether only the bytes of its functions tell: compilers put what such code computes into the functions of those who
    /// use it (generic code of Rust, templates of C++).
    pub bytes_alone: bool,
    /// Whether the file holds much else, so that only functions are the component's that several builds show.
    pub several_alone: bool,
}

impl Source {
    /// What a generator makes is in every function that it makes: of glue, too, only bytes tell.
    fn tells_by_bytes_alone(&self) -> bool {
        self.bytes_alone || self.kind == ComponentKind::Glue
    }
}

/// What components have of each other.
#[derive(Debug, Default)]
struct Copies {
    /// Functions that are another component's.
    functions: HashSet<u32>,
    /// Components of which one is a fork of the other.
    forks: Vec<(u16, u16)>,
}

/// Gathers what files say, and chooses what is kept.
#[derive(Debug, Default)]
pub struct Builder {
    components: Vec<Draft>,
    by_name: HashMap<String, u16>,
    functions: Vec<DraftFunction>,
    by_function: HashMap<(u16, String), u32>,
    /// What each function of each build shows.
    exact: Vec<Seen>,
    features: Vec<Seen>,
    /// In how many projects of goodware a key occurs.
    projects: HashMap<u64, u32>,
    project_functions: u64,
    goodware: Vec<Project>,
    /// What there was too much of.
    too_many: Option<&'static str>,
}

/// What the functions of a project of goodware show: the exact hash of each, then its features.
#[derive(Debug, Default)]
struct Project {
    keys: Vec<u64>,
    /// Where those of each function end, and how many bits it says.
    ends: Vec<(usize, u16)>,
}

impl Project {
    fn functions(&self) -> impl Iterator<Item = (u64, &[u64], u16)> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|(end, _)| *end));
        starts.zip(&self.ends).filter_map(|(start, &(end, information))| {
            let (exact, features) = self.keys.get(start..end)?.split_first()?;
            Some((*exact, features, information))
        })
    }
}

#[derive(Debug, Default)]
struct Draft {
    name: String,
    kind: ComponentKind,
    bytes_alone: bool,
    versions: Vec<String>,
    builds: Vec<(u16, String)>,
}

#[derive(Debug)]
struct DraftFunction {
    component: u16,
    name: String,
    information: u16,
}

/// A key of a function in a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    key: u64,
    function: u32,
    build: u16,
}

/// What the names of functions start with that have none.
const UNNAMED: char = '\u{1}';
/// The same of those that may not be the component's.
const DOUBTFUL: char = '\u{2}';

/// What of a key is kept.
fn stem(key: u64) -> u64 {
    key >> 24
}

impl Builder {
    /// Takes a file of a component.
    pub fn add(&mut self, source: &Source, sample: &SampleFingerprint) {
        for function in &sample.functions {
            let print = &function.fingerprint;
            let name = function.name.as_deref().map(|name| without_clone_suffix(name).to_owned());
            if !print.is_telling() || function.thunk || (source.named && name.is_none()) {
                continue;
            }
            let name = name.unwrap_or_else(|| {
                format!("{}{:016x}", if source.several_alone { DOUBTFUL } else { UNNAMED }, print.exact)
            });
            let owner = standard_library(&name).filter(|_| source.kind != ComponentKind::Runtime);
            let build = match owner {
                Some(owner) => {
                    let (kind, version) = (ComponentKind::Runtime, ANY_VERSION.to_owned());
                    self.build(&Source { component: owner.into(), version, kind, ..source.clone() })
                }
                None => self.build(source),
            };
            let Some((component, build)) = build else { return };
            if self.functions.len() >= MOST_FUNCTIONS as usize {
                self.too_many = Some("functions");
                return;
            }
            let number = self.function(component, name, print.information);
            if print.information >= UNIQUE_INFORMATION {
                self.exact.push(Seen { key: print.exact, function: number, build });
            }
            if source.tells_by_bytes_alone() || owner.is_some() {
                continue;
            }
            let (_, keys) = keys(print);
            self.features.extend(keys.map(|key| Seen { key, function: number, build }));
        }
    }

    /// Takes the files of one project of goodware: what they show is not a component's own.
    pub fn count_project<'s>(&mut self, files: impl IntoIterator<Item = &'s SampleFingerprint>) {
        let mut seen: BTreeSet<u64> = BTreeSet::new();
        let functions = files.into_iter().flat_map(|sample| &sample.functions);
        let mut project = Project::default();
        for print in functions.map(|function| &function.fingerprint).filter(|print| print.is_telling()) {
            let (exact, features) = keys(print);
            project.keys.push(exact);
            project.keys.extend(features);
            project.ends.push((project.keys.len(), print.information));
        }
        seen.extend(project.keys.iter().map(|key| stem(*key)));
        self.project_functions += project.ends.len() as u64;
        self.goodware.push(project);
        seen.into_iter().for_each(|key| *self.projects.entry(key).or_default() += 1);
    }

    /// The component and the build that a source is; `None` where there is no number left for one.
    fn build(&mut self, source: &Source) -> Option<(u16, u16)> {
        let next = u16::try_from(self.components.len()).ok()?;
        if usize::from(next) >= MOST_COMPONENTS && !self.by_name.contains_key(&source.component) {
            self.too_many = Some("components");
            return None;
        }
        let component = *self.by_name.entry(source.component.clone()).or_insert(next);
        if component == next {
            self.components.push(Draft {
                name: source.component.clone(),
                kind: source.kind,
                bytes_alone: source.tells_by_bytes_alone(),
                ..Draft::default()
            });
        }
        let draft = &mut self.components[usize::from(component)];
        let version = draft.versions.iter().position(|known| *known == source.version);
        let version = version.unwrap_or_else(|| {
            draft.versions.push(source.version.clone());
            draft.versions.len() - 1
        }) as u16;
        let build =
            draft.builds.iter().position(|(known, how)| (*known, how) == (version, &source.toolchain));
        let build = build.unwrap_or_else(|| {
            draft.builds.push((version, source.toolchain.clone()));
            draft.builds.len() - 1
        });
        let build = u16::try_from(build).ok();
        if build.is_none() {
            self.too_many = Some("builds of one component");
        }
        Some((component, build?))
    }

    fn function(&mut self, component: u16, name: String, information: u16) -> u32 {
        let next = self.functions.len() as u32;
        let number = *self.by_function.entry((component, name.clone())).or_insert(next);
        if number == next {
            self.functions.push(DraftFunction { component, name, information });
        }
        let function = &mut self.functions[number as usize];
        function.information = function.information.max(information);
        number
    }

    /// Chooses what is kept, and writes it.
    ///
    /// Fails where there is more of something than the form of a base has numbers for.
    pub fn finish(mut self) -> Result<Vec<u8>, Error> {
        if let Some(what) = self.too_many {
            return Err(too_large(what));
        }
        self.by_function = HashMap::new();
        self.leave_out_doubtful();
        let orders: Vec<Order> = self.components.iter().map(Order::of).collect();
        let new_number = self.sort_functions();
        let mut sets = Sets::default();
        let mut rows = Rows::default();

        let mut exact = std::mem::take(&mut self.exact);
        exact.sort_unstable();
        exact.dedup();
        let mut exact_entries = Vec::new();
        let known = exact.chunk_by(|a, b| stem(a.key) == stem(b.key)).filter(|same| !self.is_common(same));
        let each = known.flat_map(|same| same.chunk_by(|a, b| a.function == b.function));
        for same in each {
            let Some(first) = same.first() else { continue };
            let function = &self.functions[first.function as usize];
            let set = sets.of(&orders[usize::from(function.component)], same.iter().map(|seen| seen.build));
            let row = rows.of(new_number[first.function as usize], set);
            exact_entries.push((first.function, Entry { key: first.key, row }));
        }

        let mut features = std::mem::take(&mut self.features);
        features.sort_unstable();
        features.dedup();
        let mut kept = self.rare(&features);
        let Copies { functions: copies, forks } = self.copies(&exact, &kept);
        exact_entries.retain(|(function, _)| !copies.contains(function));
        kept.retain(|(function, _)| !copies.contains(function));
        let mut feature_entries = Vec::new();
        let mut by_function: Vec<(u32, Feature)> = kept;
        by_function.sort_by_key(|(function, feature)| (*function, feature.key));
        for same in by_function.chunk_by(|a, b| a.0 == b.0) {
            let Some(&(number, _)) = same.first() else { continue };
            let function = &self.functions[number as usize];
            let order = &orders[usize::from(function.component)];
            let candidates: Vec<Feature> = same.iter().map(|(_, feature)| feature.clone()).collect();
            let builds: BTreeSet<u16> =
                candidates.iter().flat_map(|feature| feature.builds.iter().copied()).collect();
            let builds: Vec<u16> = builds.into_iter().collect();
            for place in choose(&candidates, &builds, function.information) {
                let feature = &candidates[place];
                let set = sets.of(order, feature.builds.iter().copied());
                feature_entries
                    .push(Entry { key: feature.key, row: rows.of(new_number[number as usize], set) });
            }
        }
        if rows.list.len() > MOST_FUNCTIONS as usize {
            return Err(too_large("functions by version"));
        }
        let exact_entries = exact_entries.into_iter().map(|(_, entry)| entry).collect();
        self.write((&orders, &forks), &new_number, (sets, rows), (exact_entries, feature_entries))
    }

    /// Leaves out functions that one build alone shows, of files that hold much else: where programs bring a runtime along,
    /// what others bring along too is the runtime, and the rest the program.
    fn leave_out_doubtful(&mut self) {
        let mut builds: Vec<(u32, u16)> = self.exact.iter().map(|seen| (seen.function, seen.build)).collect();
        builds.sort_unstable();
        builds.dedup();
        let several = builds.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1);
        let several: HashSet<u32> = several.flatten().map(|(function, _)| *function).collect();
        let functions = &self.functions;
        let is_kept = |seen: &Seen| {
            several.contains(&seen.function) || !functions[seen.function as usize].name.starts_with(DOUBTFUL)
        };
        self.exact.retain(is_kept);
        self.features.retain(is_kept);
    }

    /// The numbers that functions get: those of one component together, components by name, in the order they came.
    fn sort_functions(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.functions.len() as u32).collect();
        let name =
            |number: &u32| &self.components[usize::from(self.functions[*number as usize].component)].name;
        order.sort_by_key(|number| (name(number), *number));
        let mut new = vec![0; order.len()];
        (0u32..).zip(order).for_each(|(place, number)| new[number as usize] = place);
        new
    }

    /// The features that few others show, each with its function.
    fn rare(&self, features: &[Seen]) -> Vec<(u32, Feature)> {
        let mut kept = Vec::new();
        for same in features.chunk_by(|a, b| stem(a.key) == stem(b.key)) {
            let Some(first) = same.first() else { continue };
            if self.is_common(same) {
                continue;
            }
            let projects = self.projects.get(&stem(first.key)).copied().unwrap_or(0);
            let components: BTreeSet<u16> =
                same.iter().map(|seen| self.functions[seen.function as usize].component).collect();
            let others = components.len();
            // not more than what was counted allows: one of three in all functions where none was seen
            let population = self.project_functions.max(1000) as f32;
            let bits = libm::log2f(population / (3.0 * (projects as f32 + others as f32)));
            let mut sorted: Vec<Seen> = same.to_vec();
            sorted.sort_unstable_by_key(|seen| (seen.function, seen.build));
            for of_one in sorted.chunk_by(|a, b| a.function == b.function) {
                let mut builds: Vec<u16> = of_one.iter().map(|seen| seen.build).collect();
                builds.dedup();
                if let Some(seen) = of_one.first() {
                    kept.push((seen.function, Feature { key: first.key, bits, builds }));
                }
            }
        }
        kept
    }

    /// The functions that a component took from another one, and that are the other's.
    ///
    /// Functions of two components are one where half of what either shows is the same, or some of it and their name. Of two components that share some
    /// the one of which they are the greater part had them first: a parser that an RPC library carries is all of the
    /// parser, and little of the library.
    fn copies(&self, exact: &[Seen], rare: &[(u32, Feature)]) -> Copies {
        let mut by_key: Vec<(u64, u32)> =
            rare.iter().map(|(function, feature)| (stem(feature.key), *function)).collect();
        by_key.extend(exact.iter().map(|seen| (stem(seen.key), seen.function)));
        by_key.sort_unstable();
        by_key.dedup();
        let mut shown: HashMap<u32, u32> = HashMap::new();
        let mut common: HashMap<(u32, u32), u32> = HashMap::new();
        for same in by_key.chunk_by(|a, b| a.0 == b.0) {
            for (place, (_, one)) in same.iter().enumerate() {
                *shown.entry(*one).or_default() += 1;
                for (_, other) in same.get(place + 1..).unwrap_or(&[]).iter().take(MOST_NAMES) {
                    if self.functions[*one as usize].component != self.functions[*other as usize].component {
                        *common.entry((*one, *other)).or_default() += 1;
                    }
                }
            }
        }
        common.retain(|(one, other), count| {
            let least = shown.get(one).min(shown.get(other)).copied().unwrap_or(0);
            let name = |function: &u32| &self.functions[*function as usize].name;
            *count * 2 >= least || name(one) == name(other)
        });
        let component = |function: u32| self.functions[function as usize].component;
        let mut sizes: HashMap<u16, u32> = HashMap::new();
        shown.keys().for_each(|&function| *sizes.entry(component(function)).or_default() += 1);
        let mut shared: HashMap<(u16, u16), (BTreeSet<u32>, BTreeSet<u32>)> = HashMap::new();
        for &(one, other) in common.keys() {
            let (one, other) = if component(one) < component(other) { (one, other) } else { (other, one) };
            let (of_one, of_other) = shared.entry((component(one), component(other))).or_default();
            of_one.insert(one);
            of_other.insert(other);
        }
        let mut copies = Copies::default();
        for ((one, other), (of_one, of_other)) in shared {
            let share = |own: &BTreeSet<u32>, of: u16| {
                own.len() as f64 / f64::from(sizes.get(&of).copied().unwrap_or(1))
            };
            let (here, there) = (share(&of_one, one), share(&of_other, other));
            // as much of either: which was first cannot be told, and both stay
            if here > FORK && there > FORK {
                copies.forks.push((one, other));
            } else if here > there * CLEARLY && here >= GREAT_PART {
                copies.functions.extend(of_other);
            } else if there > here * CLEARLY && there >= GREAT_PART {
                copies.functions.extend(of_one);
            }
        }
        copies
    }

    /// Whether nobody is known by a key: too many projects show it, or too many functions of other names.
    fn is_common(&self, same: &[Seen]) -> bool {
        let key = same.first().map_or(0, |first| first.key);
        let functions = same.iter().map(|seen| &self.functions[seen.function as usize]);
        let names: BTreeSet<&str> = functions.clone().map(|function| function.name.as_str()).collect();
        let components: BTreeSet<u16> = functions.map(|function| function.component).collect();
        let projects = self.projects.get(&stem(key)).copied().unwrap_or(0);
        projects > MOST_PROJECTS
            || names.len() > MOST_NAMES
            || names.len().min(components.len()) > MOST_OTHERS
    }

    fn write(
        &self,
        (orders, forks): (&[Order], &[(u16, u16)]),
        new_number: &[u32],
        (sets, rows): (Sets, Rows),
        (exact, features): (Vec<Entry>, Vec<Entry>),
    ) -> Result<Vec<u8>, Error> {
        let mut by_place: Vec<u32> = vec![0; new_number.len()];
        (0u32..).zip(new_number).for_each(|(number, &place)| by_place[place as usize] = number);
        let mut place: Vec<usize> = (0..self.components.len()).collect();
        place.sort_by_key(|&at| &self.components[at].name);
        let mut counts: BTreeMap<u16, u32> = BTreeMap::new();
        self.functions.iter().for_each(|function| *counts.entry(function.component).or_default() += 1);
        let mut new_place = vec![0u16; place.len()];
        (0u16..).zip(&place).for_each(|(new, &old)| new_place[old] = new);
        let components = place.iter().map(|&at| {
            let forks = forks.iter().flat_map(|&(one, other)| [(one, other), (other, one)]);
            let forks = forks
                .filter(|(one, _)| usize::from(*one) == at)
                .map(|(_, other)| new_place[usize::from(other)]);
            let forks: BTreeSet<u16> = forks.collect();
            let draft = &self.components[at];
            ComponentInfo {
                name: draft.name.clone(),
                kind: draft.kind,
                versions: orders[at].versions.clone(),
                functions: counts.get(&(at as u16)).copied().unwrap_or(0),
                builds: draft.builds.len() as u32,
                bytes_alone: draft.bytes_alone,
                forks: forks.into_iter().collect(),
                chance: [0.0; STRENGTHS],
            }
        });
        let contents = Contents {
            components: components.collect(),
            projects: self.goodware.len() as u32,
            project_functions: self.project_functions,
        };
        let functions = by_place.iter().map(|&number| &self.functions[number as usize]);
        let sizes = functions.clone().map(|function| base::size(function.information)).collect();
        let names: Vec<String> = functions.map(|function| shown_name(&function.name)).collect();
        let mut sections = Sections { contents, names: pack_names(&names), sizes, ..Sections::default() };
        sections.sets = sets.masks.iter().flat_map(|mask| mask.to_le_bytes()).collect();
        for (function, set) in rows.list {
            sections.rows.extend(&function.to_le_bytes()[..3]);
            sections.rows.extend(set.to_le_bytes());
        }
        table::write(exact, &mut sections.exact);
        table::write(features, &mut sections.features);
        let base = Base::open(sections.clone().into_bytes()?)?;
        let chances = chances(&base, &self.goodware);
        for (component, chance) in sections.contents.components.iter_mut().zip(chances) {
            component.chance = chance;
        }
        sections.into_bytes()
    }
}

fn too_large(what: &str) -> Error {
    Error::new(ErrorKind::TooLarge, format!("a base has no room for so many {what}"))
        .hint("make several bases: all that are added to a store are asked")
}

/// Share of the projects with the most resemblances that are taken for carriers of a component (judgement).
const CARRIERS: usize = 10;

/// How often functions of goodware resemble each component, by how strongly: over the projects but those with the most,
/// which may carry it; and never less than three in all their functions.
///
/// Without goodware: as often as functions of goodware resemble components of the program's own base, but for a tenth of
/// these which they resemble more often.
fn chances(base: &Base, goodware: &[Project]) -> Vec<[f32; STRENGTHS]> {
    if goodware.is_empty() {
        return vec![shipped().usual_chance(); base.components().len()];
    }
    let mut counts = vec![vec![[0u32; STRENGTHS]; goodware.len()]; base.components().len()];
    for (at, project) in goodware.iter().enumerate() {
        for (exact, features, information) in project.functions() {
            for found in resembled(base, exact, features.iter().copied(), information) {
                counts[usize::from(found.component)][at][found.strength() as usize] += 1;
            }
        }
    }
    let left_out = goodware.len().div_ceil(CARRIERS);
    let of_component = |mut projects: Vec<[u32; STRENGTHS]>| {
        let mut order: Vec<usize> = (0..projects.len()).collect();
        // by what tells most: several features, or bytes
        order.sort_by_key(|&at| {
            let strong: u32 = projects[at].iter().skip(1).sum();
            std::cmp::Reverse((strong, projects[at][0]))
        });
        order.iter().take(left_out).for_each(|&at| projects[at] = [0; STRENGTHS]);
        let rest: usize = order.iter().skip(left_out).map(|&at| goodware[at].ends.len()).sum();
        let share = |kind: usize| {
            let count: u32 = projects.iter().map(|project| project[kind]).sum();
            count.max(3) as f32 / rest.max(3) as f32
        };
        std::array::from_fn(share)
    };
    counts.into_iter().map(of_component).collect()
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
    let name = name.find('(').filter(|&at| at > 0).map_or(name, |at| &name[..at]);
    let end = (0..=MOST_NAME.min(name.len())).rev().find(|&at| name.is_char_boundary(at)).unwrap_or(0);
    name[..end].replace('\0', " ")
}

/// The versions of a component in order, and which of them each build is.
#[derive(Debug)]
struct Order {
    versions: Vec<String>,
    /// None where it is older than those that are kept.
    of_build: Vec<Option<u8>>,
}

impl Order {
    fn of(draft: &Draft) -> Self {
        let mut versions = draft.versions.clone();
        versions.sort_by_key(|version| crate::versions::sort_key(version));
        // the newest, where there are more than fit
        let from = versions.len().saturating_sub(MOST_VERSIONS);
        let versions = versions.split_off(from);
        let place = |old: u16| {
            let version = &draft.versions[usize::from(old)];
            versions.iter().position(|known| known == version).and_then(|place| u8::try_from(place).ok())
        };
        let of_build = draft.builds.iter().map(|(version, _)| place(*version)).collect();
        Order { versions, of_build }
    }
}

/// Sets of versions, each once.
#[derive(Debug, Default)]
struct Sets {
    masks: Vec<u64>,
    places: HashMap<u64, u16>,
}

impl Sets {
    fn of(&mut self, order: &Order, builds: impl Iterator<Item = u16>) -> u16 {
        let places = builds.filter_map(|build| order.of_build[usize::from(build)]);
        let mask = places.fold(0u64, |mask, place| mask | 1 << place);
        let next = self.masks.len();
        if next >= usize::from(u16::MAX) && !self.places.contains_key(&mask) {
            // no room for another set: all versions fit
            return self.of_mask(u64::MAX);
        }
        self.of_mask(mask)
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
