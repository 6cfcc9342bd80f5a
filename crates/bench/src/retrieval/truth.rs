//! The builds of a part of the corpus, their functions joined with the truth.

use crate::corpus::{self, Controlled, Inlined, RUNTIME, TrueFunction};
use anyhow::{Result, bail};
use cognate_binary::Arch;
use cognate_fingerprint::{Fingerprint, SampleFingerprint};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::str::FromStr;

/// A part of the corpus by name and the folders it lies in: `dev=DIR,DIR`.
#[derive(Clone, Debug)]
pub struct PartFolders {
    /// Its name in the reports.
    pub name: String,
    /// Controlled corpora.
    pub folders: Vec<PathBuf>,
}

impl FromStr for PartFolders {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let Some((name, folders)) = text.split_once('=') else { bail!("a part is NAME=FOLDER,FOLDER") };
        Ok(PartFolders { name: name.to_owned(), folders: folders.split(',').map(PathBuf::from).collect() })
    }
}

/// How a build was made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Configuration {
    /// For instance `gcc-12`.
    pub compiler: String,
    /// For instance `O2`.
    pub level: String,
    /// For instance `linux-x64`.
    pub target: String,
}

/// One build.
pub struct Build {
    /// Its name in the corpus.
    pub id: String,
    /// The library, without version: what cross-validation leaves out.
    pub family: String,
    /// How it was made.
    pub configuration: Configuration,
    /// What the tool sees of it.
    pub sample: SampleFingerprint,
    /// Its instances, as indices into [`Part::instances`].
    pub instances: Vec<u32>,
}

/// One function of the source in one build.
#[derive(Clone, Copy, Debug)]
pub struct Instance {
    /// Index into [`Part::builds`].
    pub build: u32,
    /// Index into the functions of its sample.
    pub function: u32,
    /// Which function of the source it is, whatever the version: never the negative of one another.
    pub kin: u32,
    /// Start of the hash of its bytes.
    pub bytes: u64,
}

/// A part of the corpus.
pub struct Part {
    /// Its name.
    pub name: String,
    /// Its builds, by id.
    pub builds: Vec<Build>,
    /// Its functions, build after build: one instance for each function of the source in each build.
    pub instances: Vec<Instance>,
    /// For each instance the functions of the source (as [`Instance::kin`]) that were inlined into it, ascending.
    pub inlined: Vec<Vec<u32>>,
    /// The instances of each function of the source, ascending.
    pub by_source: Vec<Vec<u32>>,
    /// How many functions of the source there are, versions apart and together.
    pub sources: usize,
    /// Versions together.
    pub kins: usize,
    /// What each function of the source is called, by [`Instance::kin`].
    pub names: Vec<String>,
}

impl Part {
    /// Reads every build, or those of one language; ids that were seen before are skipped.
    pub fn load(folders: &PartFolders, language: Option<&str>) -> Result<Part> {
        let mut seen = BTreeSet::new();
        let mut binaries = Vec::new();
        for folder in &folders.folders {
            binaries.extend(
                corpus::controlled(folder)?.into_iter().filter(|found| seen.insert(found.id.clone())),
            );
        }
        binaries.retain(|binary| language.is_none_or(|language| binary.language == language));
        binaries.sort_by(|a, b| a.id.cmp(&b.id));
        let read: Vec<(Build, Vec<TrueFunction>)> = binaries.par_iter().map(read).collect::<Result<_>>()?;
        let mut part = Part {
            name: folders.name.clone(),
            builds: Vec::new(),
            instances: Vec::new(),
            inlined: Vec::new(),
            by_source: Vec::new(),
            sources: 0,
            kins: 0,
            names: Vec::new(),
        };
        let (mut sources, mut kins) = (HashMap::new(), HashMap::new());
        let mut truths = Vec::new();
        for (build, truth) in read {
            truths.extend(part.add(build, truth, &mut sources, &mut kins));
        }
        (part.sources, part.kins) = (sources.len(), kins.len());
        part.inlined = truths.iter().map(|truth| inlined(truth, &kins)).collect();
        Ok(part)
    }

    fn add(
        &mut self,
        mut build: Build,
        truth: Vec<TrueFunction>,
        sources: &mut HashMap<[String; 3], u32>,
        kins: &mut HashMap<[String; 3], u32>,
    ) -> Vec<TrueFunction> {
        let at = self.builds.len() as u32;
        let joined = joined(&build.sample, truth);
        for (function, of) in &joined {
            let number = |table: &mut HashMap<[String; 3], u32>, component: &str| {
                let next = table.len() as u32;
                *table.entry([component.to_owned(), of.source.clone(), of.base.clone()]).or_insert(next)
            };
            let source = number(sources, &of.component);
            let kin = number(kins, versionless(&of.component));
            if self.names.len() <= kin as usize {
                self.names.push(format!("{}:{}", of.source, of.base));
            }
            let bytes = u64::from_str_radix(&of.bytes16, 16).unwrap_or(0);
            let instance = self.instances.len() as u32;
            build.instances.push(instance);
            self.instances.push(Instance { build: at, function: *function, kin, bytes });
            if self.by_source.len() <= source as usize {
                self.by_source.resize(source as usize + 1, Vec::new());
            }
            self.by_source[source as usize].push(instance);
        }
        self.builds.push(build);
        joined.into_iter().map(|(_, of)| of).collect()
    }

    /// Whether one of two instances, by number, was inlined into the other.
    pub fn is_part(&self, one: u32, other: u32) -> bool {
        let holds = |outer: u32, inner: u32| {
            let kin = self.instances[inner as usize].kin;
            self.inlined[outer as usize].binary_search(&kin).is_ok()
        };
        holds(one, other) || holds(other, one)
    }

    /// The build an instance lies in.
    pub fn build(&self, instance: &Instance) -> &Build {
        &self.builds[instance.build as usize]
    }

    /// What the tool sees of an instance.
    pub fn fingerprint(&self, instance: &Instance) -> &Fingerprint {
        &self.build(instance).sample.functions[instance.function as usize].fingerprint
    }

    /// Its instruction set.
    pub fn arch(&self, instance: &Instance) -> Arch {
        self.build(instance).sample.arch
    }
}

/// What was inlined into a function, as far as it is a function anywhere else.
fn inlined(truth: &TrueFunction, kins: &HashMap<[String; 3], u32>) -> Vec<u32> {
    let component = versionless(&truth.component);
    let kin = |inner: &Inlined| {
        kins.get(&[component.to_owned(), inner.source.clone(), inner.base.clone()]).copied()
    };
    let mut found: Vec<u32> = truth.inlined.iter().filter_map(kin).collect();
    found.sort_unstable();
    found
}

/// `sqlite-3.41.2` is `sqlite`.
fn versionless(component: &str) -> &str {
    component.rsplit_once('-').map_or(component, |(name, _)| name)
}

fn read(binary: &Controlled) -> Result<(Build, Vec<TrueFunction>)> {
    let truth = corpus::true_functions(&binary.functions)?;
    let sample = binary.fingerprint()?;
    let build = Build {
        id: binary.id.clone(),
        family: binary.family.clone(),
        configuration: Configuration {
            compiler: binary.compiler.clone(),
            level: binary.opt.clone(),
            target: binary.target.clone(),
        },
        sample,
        instances: Vec::new(),
    };
    Ok((build, truth))
}

/// The recovered functions that are judged, each with its truth. Of the pieces of
/// one function of the source (`.cold`, `.part`, clones) only the largest stays.
fn joined(sample: &SampleFingerprint, truth: Vec<TrueFunction>) -> Vec<(u32, TrueFunction)> {
    let mut largest: BTreeMap<[String; 3], TrueFunction> = BTreeMap::new();
    for function in truth.into_iter().filter(|function| function.component != RUNTIME) {
        let who = [function.component.clone(), function.source.clone(), function.base.clone()];
        let kept = largest.entry(who).or_insert_with(|| function.clone());
        if kept.size < function.size {
            *kept = function;
        }
    }
    let at = |function: &TrueFunction| {
        sample.functions.binary_search_by_key(&function.address, |found| found.address).ok()
    };
    let judged = largest.into_values().filter(TrueFunction::is_judged);
    judged.filter_map(|function| Some((at(&function)? as u32, function))).collect()
}
