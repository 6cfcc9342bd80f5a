//! What files say, as it is gathered: components, their functions, and what each function of each build shows.

use crate::evidence::keys;
use cognate_base::TypedVec;
use cognate_documents::ComponentKind;
use cognate_fingerprint::SampleFingerprint;
use std::collections::{BTreeSet, HashMap};

cognate_base::index_type! {
    /// A component, in the order in which they come.
    pub(super) struct ComponentIndex;
    /// A function, in the order in which they come.
    pub(super) struct FunctionIndex;
}

/// The components and functions of which anything is known.
#[derive(Debug, Default)]
pub(super) struct Drafts {
    pub components: TypedVec<ComponentIndex, Draft>,
    pub functions: TypedVec<FunctionIndex, DraftFunction>,
}

#[derive(Debug, Default)]
pub(super) struct Draft {
    pub name: String,
    pub kind: ComponentKind,
    pub bytes_alone: bool,
    pub versions: Vec<String>,
    /// By version and toolchain.
    pub builds: Vec<(u16, String)>,
}

#[derive(Debug, Default)]
pub(super) struct DraftFunction {
    pub component: ComponentIndex,
    pub name: String,
    pub information: u16,
}

/// A key of a function in a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Seen {
    pub key: u64,
    pub function: FunctionIndex,
    pub build: u16,
}

/// What the names of functions start with that have none.
pub(super) const UNNAMED: char = '\u{1}';
/// The same of those that may not be the component's.
pub(super) const DOUBTFUL: char = '\u{2}';

/// What of a key is kept.
pub(super) fn stem(key: u64) -> u64 {
    key >> 24
}

/// Software that carries no component that is asked for, as far as anybody knows: what it shows is nobody's own.
#[derive(Debug, Default)]
pub(super) struct Goodware {
    pub projects: Vec<Project>,
    /// Functions of all of them.
    pub functions: u64,
    /// In how many projects a key occurs.
    counts: HashMap<u64, u32>,
}

impl Goodware {
    /// Takes the files of one project.
    pub fn add<'s>(&mut self, files: impl IntoIterator<Item = &'s SampleFingerprint>) {
        let functions = files.into_iter().flat_map(|sample| &sample.functions);
        let mut project = Project::default();
        for print in functions.map(|function| &function.fingerprint).filter(|print| print.is_telling()) {
            let (exact, features) = keys(print);
            project.keys.push(exact);
            project.keys.extend(features);
            project.ends.push((project.keys.len(), print.information));
        }
        let seen: BTreeSet<u64> = project.keys.iter().map(|key| stem(*key)).collect();
        seen.into_iter().for_each(|key| *self.counts.entry(key).or_default() += 1);
        self.functions += project.count();
        self.projects.push(project);
    }

    /// In how many projects a key occurs.
    pub fn projects_with(&self, key: u64) -> u32 {
        self.counts.get(&stem(key)).copied().unwrap_or(0)
    }
}

/// What the functions of a project of goodware show: the exact hash of each, then its features.
#[derive(Debug, Default)]
pub(super) struct Project {
    keys: Vec<u64>,
    /// Where those of each function end, and how many bits it says.
    ends: Vec<(usize, u16)>,
}

impl Project {
    /// Its functions: exact hash, features, and how many bits each says.
    pub fn functions(&self) -> impl Iterator<Item = (u64, &[u64], u16)> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|(end, _)| *end));
        starts.zip(&self.ends).filter_map(|(start, &(end, information))| {
            let (exact, features) = self.keys.get(start..end)?.split_first()?;
            Some((*exact, features, information))
        })
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.ends.len() as u64
    }
}
