//! [`Builder`]: a base from files of which it is known what they are.
//!
//! `draft` is what they say as it is gathered, `rare` which keys tell, `copies` what components have of each other,
//! `written` the numbers that things get, `chance` how often others resemble them.

mod chance;
mod copies;
mod draft;
mod rare;
mod written;

use crate::base::{MOST_COMPONENTS, MOST_FUNCTIONS};
use crate::choose::{Feature, choose};
use crate::evidence::{UNIQUE_INFORMATION, keys};
use crate::names::standard_library;
use crate::table::Entry;
use cognate_base::{Error, ErrorKind};
use cognate_documents::{ANY_VERSION, ComponentKind};
use cognate_fingerprint::{SampleFingerprint, without_clone_suffix};
use copies::Copies;
use draft::{ComponentIndex, DOUBTFUL, Draft, DraftFunction, Drafts, FunctionIndex, Goodware, Seen, UNNAMED};
use rare::{by_stem, is_common, rare};
use std::collections::{BTreeSet, HashMap, HashSet};
use written::{Layout, Tables};

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

/// Gathers what files say, and chooses what is kept.
#[derive(Debug, Default)]
pub struct Builder {
    drafts: Drafts,
    by_name: HashMap<String, ComponentIndex>,
    by_function: HashMap<(ComponentIndex, String), FunctionIndex>,
    /// What each function of each build shows.
    exact: Vec<Seen>,
    features: Vec<Seen>,
    goodware: Goodware,
    /// What there was too much of.
    too_many: Option<&'static str>,
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
            if self.drafts.functions.len() >= MOST_FUNCTIONS as usize {
                self.too_many = Some("functions");
                return;
            }
            let function = self.function(component, name, print.information);
            if print.information >= UNIQUE_INFORMATION {
                self.exact.push(Seen { key: print.exact, function, build });
            }
            if source.tells_by_bytes_alone() || owner.is_some() {
                continue;
            }
            let (_, keys) = keys(print);
            self.features.extend(keys.map(|key| Seen { key, function, build }));
        }
    }

    /// Takes the files of one project of goodware: what they show is not a component's own.
    pub fn count_project<'s>(&mut self, files: impl IntoIterator<Item = &'s SampleFingerprint>) {
        self.goodware.add(files);
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
        let Builder { drafts, goodware, exact, features, .. } = self;
        let (exact, features) = (in_order(exact), in_order(features));
        let mut layout = Layout::new(&drafts);
        // numbers of rows come in this order: bytes first
        let mut known = Vec::new();
        for (_, same) in by_stem(&exact).filter(|(_, same)| !is_common(&drafts, &goodware, same)) {
            for of_one in same.chunk_by(|a, b| a.function == b.function) {
                let Some(&Seen { key, function, .. }) = of_one.first() else { continue };
                let row = layout.row(function, of_one.iter().map(|seen| seen.build));
                known.push((function, Entry { key, row }));
            }
        }
        let mut rare = rare(&drafts, &goodware, &features);
        let copies = Copies::new(&drafts, &exact, &rare);
        known.retain(|(function, _)| !copies.functions.contains(function));
        rare.retain(|(function, _)| !copies.functions.contains(function));
        let tables = Tables {
            exact: known.into_iter().map(|(_, entry)| entry).collect(),
            features: chosen(&drafts, rare, &mut layout),
        };
        if layout.is_full() {
            return Err(too_large("functions by version"));
        }
        layout.write(&copies.forks, tables, (&goodware.projects, goodware.functions))
    }

    /// The component and the build that a source is; `None` where there is no number left for one.
    fn build(&mut self, source: &Source) -> Option<(ComponentIndex, u16)> {
        let components = &mut self.drafts.components;
        let component = match self.by_name.get(&source.component) {
            Some(known) => *known,
            None if components.len() >= MOST_COMPONENTS => {
                self.too_many = Some("components");
                return None;
            }
            None => {
                let (name, bytes_alone) = (source.component.clone(), source.tells_by_bytes_alone());
                let draft = Draft { name, kind: source.kind, bytes_alone, ..Draft::default() };
                let new = components.push(draft);
                self.by_name.insert(source.component.clone(), new);
                new
            }
        };
        let draft = &mut components[component];
        let version = place_of(&mut draft.versions, source.version.clone()) as u16;
        let build = u16::try_from(place_of(&mut draft.builds, (version, source.toolchain.clone()))).ok();
        if build.is_none() {
            self.too_many = Some("builds of one component");
        }
        Some((component, build?))
    }

    fn function(&mut self, component: ComponentIndex, name: String, information: u16) -> FunctionIndex {
        let functions = &mut self.drafts.functions;
        let function = *self
            .by_function
            .entry((component, name.clone()))
            .or_insert_with(|| functions.push(DraftFunction { component, name, information }));
        let known = &mut functions[function];
        known.information = known.information.max(information);
        function
    }

    /// Leaves out functions that one build alone shows, of files that hold much else: where programs bring a runtime along,
    /// what others bring along too is the runtime, and the rest the program.
    fn leave_out_doubtful(&mut self) {
        let mut builds: Vec<(FunctionIndex, u16)> =
            self.exact.iter().map(|seen| (seen.function, seen.build)).collect();
        builds.sort_unstable();
        builds.dedup();
        let several = builds.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1);
        let several: HashSet<FunctionIndex> = several.flatten().map(|(function, _)| *function).collect();
        let functions = &self.drafts.functions;
        let is_kept = |seen: &Seen| {
            several.contains(&seen.function) || !functions[seen.function].name.starts_with(DOUBTFUL)
        };
        self.exact.retain(is_kept);
        self.features.retain(is_kept);
    }
}

/// The features that are kept of each function, of those that are rare.
fn chosen(drafts: &Drafts, mut rare: Vec<(FunctionIndex, Feature)>, layout: &mut Layout<'_>) -> Vec<Entry> {
    let mut entries = Vec::new();
    rare.sort_by_key(|(function, feature)| (*function, feature.key));
    for same in rare.chunk_by(|a, b| a.0 == b.0) {
        let Some(&(function, _)) = same.first() else { continue };
        let candidates: Vec<Feature> = same.iter().map(|(_, feature)| feature.clone()).collect();
        let builds = candidates.iter().flat_map(|feature| feature.builds.iter().copied());
        let builds: Vec<u16> = builds.collect::<BTreeSet<u16>>().into_iter().collect();
        for feature in choose(&candidates, &builds, drafts.functions[function].information) {
            let row = layout.row(function, feature.builds.iter().copied());
            entries.push(Entry { key: feature.key, row });
        }
    }
    entries
}

fn in_order(mut seen: Vec<Seen>) -> Vec<Seen> {
    seen.sort_unstable();
    seen.dedup();
    seen
}

/// The place of an item in a list, which gets it where it is not there.
fn place_of<T: PartialEq>(list: &mut Vec<T>, item: T) -> usize {
    let known = list.iter().position(|known| *known == item);
    known.unwrap_or_else(|| {
        list.push(item);
        list.len() - 1
    })
}

fn too_large(what: &str) -> Error {
    Error::new(ErrorKind::TooLarge, format!("a base has no room for so many {what}"))
        .hint("make several bases: all that are added to a store are asked")
}
