//! `survival`: whether partners get through the index at all. The part's builds
//! lie in a store among a million other functions; a query asks as
//! `match_sample` does, by every tier of keys and by each alone.

use super::pool::{Draw, Set, Trial};
use super::truth::{Part, PartFolders};
use super::{chosen, share};
use crate::report::{Report, Table};
use crate::{Record, scale};
use anyhow::{Context, Result};
use clap::Args;
use cognate_base::SampleId;
use cognate_fingerprint::{SampleFingerprint, Tier};
use cognate_index::{Embedded, Kind, Label, SampleKey, SignatureId, Store};
use cognate_matching::votes;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// What to measure.
#[derive(Args)]
pub struct SurvivalOptions {
    #[command(flatten)]
    record: Record,
    /// A part of the corpus: NAME=FOLDER,FOLDER.
    #[arg(long)]
    part: PartFolders,
    /// Folders of real files whose fingerprints are the seed of the bulk.
    #[arg(long = "from", required = true)]
    from: Vec<PathBuf>,
    /// Functions in the store, the part's own not counted.
    #[arg(long, default_value_t = 1_000_000)]
    functions: u64,
    /// Which axes; all without.
    #[arg(long, value_delimiter = ',')]
    axes: Vec<String>,
    /// Queries of an axis.
    #[arg(long, default_value_t = 400)]
    queries: usize,
    /// Start of the report's name.
    #[arg(long, default_value = "survival")]
    name: String,
}

/// Which tiers are asked.
const ASKED: [(&str, &[Tier]); 6] = [
    ("exact and blocks", &[Tier::Exact, Tier::Block]),
    ("anchors", &[Tier::Anchor]),
    ("token bands", &[Tier::Band]),
    ("data flow", &[Tier::Flow]),
    ("all but data flow", &[Tier::Exact, Tier::Block, Tier::Anchor, Tier::Band]),
    ("all", &[Tier::Exact, Tier::Block, Tier::Anchor, Tier::Band, Tier::Flow]),
];

/// Runs the measurement.
pub fn run(options: &SurvivalOptions) -> Result<()> {
    let paths: Vec<&Path> =
        options.part.folders.iter().chain(&options.from).map(|path| path.as_path()).collect();
    let name = format!("{}-{}", options.name, options.part.name);
    let mut report = Report::new(&name, &options.record, &paths);
    let part = Part::load(&options.part, None)?;
    let folder = tempfile::tempdir()?;
    let mut store = Embedded::open(&folder.path().join("store"))?;
    scale::fill(&scale::fingerprints(&options.from)?, options.functions, options.record.seed, &mut store)?;
    let stored = Stored::new(&part, &mut store)?;
    let stats = store.stats()?;
    for set in Set::ALL {
        let title = format!("Partners among the first candidates, functions of {}: %", set.title());
        let columns = ["axis", "queries", "asked by", "first 64", "first 200", "first 400", "anywhere"];
        let mut table = Table::new(&title, &columns);
        for axis in chosen(&options.axes)? {
            let draw = Draw { part: &part, axis, set, seed: options.record.seed };
            let trials = draw.trials(options.queries, 1);
            for (asked, tiers) in ASKED {
                let ranks = stored.ranks(&store, &trials, tiers)?;
                let within = |most: f64| {
                    let count = ranks.iter().flatten().filter(|rank| **rank <= most).count();
                    share(count as f64 / ranks.len().max(1) as f64)
                };
                let mut cells = vec![axis.title().to_owned(), ranks.len().to_string(), asked.to_owned()];
                cells.extend([64.0, 200.0, 400.0, f64::INFINITY].map(within));
                table.row(cells);
            }
        }
        report.table(table);
    }
    report.note(format!(
        "Store: {} functions, {} unique; {} of them from the part, the rest the bulk of `scale` (see there), made from the other folders.",
        stats.functions,
        stats.signatures,
        part.builds.iter().map(|build| build.sample.functions.len()).sum::<usize>()
    ));
    report.note("The rank of the partner by votes, as `match_sample` counts them, among signatures that are not the same function of the source in yet another build or version (these crowd the store as they would not crowd a real one; they make its keys more frequent all the same). Keys of more than the default `key_cap` signatures are not followed.");
    report.publish(&options.record)
}

/// Where the part's functions are in the store.
struct Stored<'a> {
    part: &'a Part,
    /// The signature of each instance.
    signatures: Vec<SignatureId>,
    /// Which functions of the source a signature is, versions together.
    kins: HashMap<SignatureId, Vec<u32>>,
}

impl<'a> Stored<'a> {
    fn new(part: &'a Part, store: &mut Embedded) -> Result<Self> {
        let mut keys: Vec<SampleKey> = Vec::new();
        for build in &part.builds {
            let label = Label {
                family: build.family.clone(),
                version: None,
                actor: None,
                kind: Kind::Goodware,
                source: "bench".to_owned(),
            };
            let (cognate_index::Added::New(key) | cognate_index::Added::Known(key)) =
                store.add(&build.sample, &build.id, &label)?;
            keys.push(key);
        }
        store.commit()?;
        let mut signatures = Vec::with_capacity(part.instances.len());
        let mut kins: HashMap<SignatureId, Vec<u32>> = HashMap::new();
        for (build, key) in part.builds.iter().zip(keys) {
            let functions = store.functions(key)?;
            for &at in &build.instances {
                let instance = &part.instances[at as usize];
                let function =
                    functions.get(instance.function as usize).context("a function is not stored")?;
                signatures.push(function.signature);
                kins.entry(function.signature).or_default().push(instance.kin);
            }
        }
        Ok(Stored { part, signatures, kins })
    }

    /// The rank of each trial's partner; none where no key leads to it.
    fn ranks(&self, store: &Embedded, trials: &[Trial], tiers: &[Tier]) -> Result<Vec<Option<f64>>> {
        let mut by_build: BTreeMap<u32, Vec<&Trial>> = BTreeMap::new();
        for trial in trials {
            by_build.entry(self.part.instances[trial.query as usize].build).or_default().push(trial);
        }
        let mut ranks = Vec::with_capacity(trials.len());
        for (build, trials) in by_build {
            let query = self.query(build, &trials);
            let found = votes(&query, store, |tier| tiers.contains(&tier))?;
            ranks.extend(trials.iter().zip(&found).map(|(trial, found)| self.rank(trial, found)));
        }
        Ok(ranks)
    }

    /// A sample of just the functions asked about.
    fn query(&self, build: u32, trials: &[&Trial]) -> SampleFingerprint {
        let sample = &self.part.builds[build as usize].sample;
        let function = |trial: &&Trial| {
            let at = self.part.instances[trial.query as usize].function;
            let mut function = sample.functions[at as usize].clone();
            function.callees.clear();
            function
        };
        SampleFingerprint {
            id: SampleId::of(b"query"),
            functions: trials.iter().map(function).collect(),
            components: Vec::new(),
            ..sample.clone()
        }
    }

    fn rank(&self, trial: &Trial, found: &[(SignatureId, u32)]) -> Option<f64> {
        let partner = self.signatures[trial.partner as usize];
        let kin = self.part.instances[trial.query as usize].kin;
        let &(_, own) = found.iter().find(|(id, _)| *id == partner)?;
        let other = |id: &SignatureId| !self.kins.get(id).is_some_and(|kins| kins.contains(&kin));
        let count = |holds: &dyn Fn(u32) -> bool| {
            found.iter().filter(|(id, vote)| holds(*vote) && other(id)).count() as f64
        };
        Some(1.0 + count(&|vote| vote > own) + count(&|vote| vote == own) / 2.0)
    }
}
