//! `fit`: the weights of the re-ranker, from the development part of the corpus.
//!
//! Each query with its partner, the others of its pool that outrank or nearly
//! outrank it, and some at random are a list; [`super::listwise`] fits weights
//! to the lists. Which others are hard is asked of hand-set weights first and
//! of the weights so found afterwards. Cross-validation leaves out one library
//! at a time: figures for its functions come from weights that never saw it.

use super::axes::Axis;
use super::judge::{Verdict, figures, judge};
use super::listwise::{self, Active, List};
use super::pool::{Draw, Set, Trial};
use super::scorers::{Prepared, Scorer};
use super::truth::{Part, PartFolders};
use super::{MIDDLE_POOL, share};
use crate::Record;
use crate::damage::Random;
use crate::report::{Report, Table};
use anyhow::Result;
use clap::Args;
use cognate_matching::rerank::{FEATURES, Model, NAMES};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// What to fit, and where to put it.
#[derive(Args)]
pub struct FitOptions {
    #[command(flatten)]
    record: Record,
    /// The development part: NAME=FOLDER,FOLDER.
    #[arg(long)]
    part: PartFolders,
    /// A part on which the weights are judged afterwards.
    #[arg(long)]
    judge: Option<PartFolders>,
    /// Writes the models into this folder: `content.toml` and `placed.toml`.
    #[arg(long)]
    model: Option<PathBuf>,
    /// Queries of an axis and a set.
    #[arg(long, default_value_t = 300)]
    queries: usize,
    /// Size of the pools the lists are taken from: large enough to hold builds of every kind, as a store does.
    #[arg(long, default_value_t = 5000)]
    pool: usize,
    /// Others of a list that are most like the query.
    #[arg(long, default_value_t = 20)]
    hard: usize,
    /// Others of a list that are drawn at random.
    #[arg(long, default_value_t = 10)]
    random: usize,
    /// Penalty on squared weights, for each list.
    #[arg(long, default_value_t = 0.001)]
    ridge: f64,
    /// Writes the features of all lists here, tab-separated, the partner's row first: for experiments.
    #[arg(long)]
    dump: Option<PathBuf>,
    /// Leaves out the table of what each group of features is worth.
    #[arg(long)]
    no_ablation: bool,
}

/// Those whose others are drawn from distinct configurations; the two levels of their own are within `Level`.
const AXES: [Axis; 6] =
    [Axis::Level, Axis::Compiler, Axis::CompilerAndLevel, Axis::Bitness, Axis::Arch, Axis::Format];

/// Groups of features, by words of their names; a product belongs to both its groups.
const GROUPS: [(&str, &[&str]); 8] = [
    ("flow", &["flow"]),
    ("tokens", &["tokens"]),
    ("blocks", &["equal", "exact"]),
    ("anchors", &["anchor"]),
    ("shape", &["shape", "instruction", "ratio", "information"]),
    ("callees", &["callees"]),
    ("callers", &["callers"]),
    ("folded", &["folded"]),
];

/// The place of [`MIDDLE_POOL`] among [`Folds::pools`].
const MIDDLE: usize = 1;

/// Words of the features that look beyond the functions themselves.
const PLACE: [&str; 3] = ["callees", "callers", "folded"];

/// Shares of queries without a partner in a pool of their own libraries that may have a hit: of what a store is asked
/// by, which a closer look follows, and of what that look goes by.
const LAX: f64 = 0.10;
const STRICT: f64 = 0.05;

/// Scorers without weights that stand beside.
const PLAIN: [&str; 3] = ["similarity", "tokens", "flow"];

/// Fits, validates and writes.
pub fn run(options: &FitOptions) -> Result<()> {
    let paths: Vec<&Path> = options.part.folders.iter().map(|path| path.as_path()).collect();
    let mut report = Report::new("fit", &options.record, &paths);
    let part = Part::load(&options.part, None)?;
    let prepared = Prepared::new(&part);
    let trials = trials(&part, options);
    let flat: Vec<&Trial> = trials.iter().flat_map(|(_, _, trials)| trials).collect();
    let start = Scorer::model("start", start());
    let lists = lists(&prepared, &flat, &start, options);
    let all: Vec<&List> = lists.iter().collect();
    let first = Scorer::model("first", listwise::fit(&all, &[true; FEATURES], options.ridge));
    let lists = self::lists(&prepared, &flat, &first, options);
    if let Some(path) = &options.dump {
        dump(path, &part, &trials, &lists)?;
    }
    let all: Vec<&List> = lists.iter().collect();
    let folds = Folds { prepared: &prepared, trials: &trials, lists: &lists, options };
    let models = [("content", content(), LAX), ("placed", [true; FEATURES], STRICT)];
    let mut bars = Table::new(
        "Bars, leave one library out: log odds from which so many queries without partner have a hit; queries with partner whose best hit is the partner and above it",
        &["model", "pool", "no partner: hits", "bar", "found", "another one"],
    );
    for (name, active, share) in models {
        let mut model = listwise::fit(&all, &active, options.ridge);
        let verdicts = folds.verdicts(&[(name.to_owned(), active)]).remove(0);
        let calibration = calibrate(&mut model, &verdicts);
        (model.bar, model.rise) = folds.bars((name, share), &calibration, &verdicts, &mut bars);
        remarks(&mut model, &part, options);
        if let Some(folder) = &options.model {
            std::fs::write(folder.join(format!("{name}.toml")), model.to_text())?;
        }
        weights(name, &model, &mut report);
    }
    report.table(bars);
    folds.report(&mut report);
    if let Some(other) = &options.judge {
        let other = Part::load(other, None)?;
        judged(&Prepared::new(&other), &lists, options, &mut report);
    }
    report.note("R@1 in pools of 1,600. For each library the weights were fitted to the lists of the queries of all other libraries.");
    report.note("Without a group, or with nothing else: fitted anew on what is left.");
    report.publish(&options.record)
}

/// All that is in the functions themselves.
fn content() -> Active {
    NAMES.map(|feature| !PLACE.iter().any(|word| feature.contains(word)))
}

fn weights(name: &str, model: &Model, report: &mut Report) {
    let mut table =
        Table::new(&format!("Weights of {name}, of standardised features"), &["feature", "weight"]);
    let mut order: Vec<(&str, f64)> = NAMES.iter().copied().zip(model.weights).collect();
    order.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    order.into_iter().for_each(|(name, weight)| table.row(vec![name.to_owned(), format!("{weight:.3}")]));
    report.table(table);
}

fn dump(path: &Path, part: &Part, trials: &[(Axis, Set, Vec<Trial>)], lists: &[List]) -> Result<()> {
    let mut text = format!("axis\tset\tlibrary\tlist\t{}\n", NAMES.join("\t"));
    let flat =
        trials.iter().flat_map(|(axis, set, trials)| trials.iter().map(move |trial| (axis, set, trial)));
    for (at, ((axis, set, trial), list)) in flat.zip(lists).enumerate() {
        let family = &part.build(&part.instances[trial.query as usize]).family;
        for row in &list.rows {
            let cells: Vec<String> = row.0.iter().map(|cell| format!("{cell:.4}")).collect();
            let _ = writeln!(text, "{}\t{set:?}\t{family}\t{at}\t{}", axis.name(), cells.join("\t"));
        }
    }
    Ok(std::fs::write(path, text)?)
}

/// Axis by axis, set by set.
fn trials(part: &Part, options: &FitOptions) -> Vec<(Axis, Set, Vec<Trial>)> {
    let mut all = Vec::new();
    for axis in AXES {
        for set in Set::ALL {
            // another seed than the one by which retrieval is measured
            let draw = Draw { part, axis, set, seed: options.record.seed ^ 0x6669_7474 };
            all.push((axis, set, draw.trials(options.queries, options.pool)));
        }
    }
    all
}

/// Weights set by hand, to begin with.
fn start() -> Model {
    let mut model = Model::empty();
    let by_hand = [("flow jaccard", 4.0), ("tokens", 3.0), ("exact", 2.0), ("shape", 2.0), ("callees", 1.0)];
    for (name, weight) in by_hand {
        let at = NAMES.iter().position(|known| *known == name);
        model.weights[at.unwrap_or_else(|| panic!("no feature is called `{name}`"))] = weight;
    }
    model
}

fn lists(prepared: &Prepared<'_>, trials: &[&Trial], scorer: &Scorer, options: &FitOptions) -> Vec<List> {
    let one = |trial: &&Trial| {
        let query = prepared.query(trial.query);
        let mut scored: Vec<(f64, u32)> = Vec::with_capacity(trial.others.len());
        for &other in &trial.others {
            let stored = prepared.part.fingerprint(&prepared.part.instances[other as usize]);
            let pair = prepared.features(&query, other);
            scored.push((scorer.score(&query, stored, &pair), other));
        }
        scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let (hard, rest) = scored.split_at(options.hard.min(scored.len()));
        let mut random = Random::new(u64::from(trial.query) << 32 | u64::from(trial.partner));
        let drawn = (0..options.random).filter_map(|_| rest.get(random.below(rest.len())));
        let others = hard.iter().chain(drawn).map(|&(_, other)| other);
        let rows = std::iter::once(trial.partner).chain(others);
        List { rows: rows.map(|other| prepared.features(&query, other)).collect() }
    };
    trials.par_iter().map(one).collect()
}

/// Everything; and if `parts`, each group left out and each alone.
fn variants(parts: bool) -> Vec<(String, Active)> {
    let mut variants = vec![("all".to_owned(), [true; FEATURES])];
    if parts {
        for kept in [&[][..], &["folded"], &["callees"], &["callees", "callers"]] {
            let without =
                |feature: &str| PLACE.iter().any(|word| feature.contains(word) && !kept.contains(word));
            let name = std::iter::once(&"content").chain(kept).copied().collect::<Vec<_>>().join(", ");
            variants.push((name, NAMES.map(|feature| !without(feature))));
        }
    }
    for (name, words) in GROUPS.into_iter().filter(|_| parts) {
        let holds = |feature: &str, words: &[&str]| words.iter().any(|word| feature.contains(word));
        let others = GROUPS.iter().filter(|(other, _)| *other != name);
        let others: Vec<&str> = others.flat_map(|(_, words)| words.iter().copied()).collect();
        let without = NAMES.map(|feature| !holds(feature, words));
        let alone = NAMES.map(|feature| holds(feature, words) && !holds(feature, &others));
        variants.push((format!("without {name}"), without));
        variants.push((format!("only {name}"), alone));
    }
    variants
}

/// Cross-validation by library.
struct Folds<'a> {
    prepared: &'a Prepared<'a>,
    trials: &'a [(Axis, Set, Vec<Trial>)],
    lists: &'a [List],
    options: &'a FitOptions,
}

impl Folds<'_> {
    fn family(&self, trial: &Trial) -> &str {
        let part = self.prepared.part;
        &part.build(&part.instances[trial.query as usize]).family
    }

    /// Sizes of pools: the middle one is the second.
    fn pools(&self) -> [usize; 3] {
        [100, MIDDLE_POOL, self.options.pool]
    }

    /// What bars do in pools of each size; the one to keep, and what it rises by where pools are *e* times as large.
    fn bars(
        &self,
        (name, kept): (&str, f64),
        calibration: &Calibration,
        verdicts: &[Vec<Verdict>],
        table: &mut Table,
    ) -> (f64, f64) {
        let mut bars = Vec::new();
        let all: Vec<&Verdict> = verdicts.iter().flatten().collect();
        for (at, pool) in self.pools().into_iter().enumerate() {
            for share in [LAX, STRICT, 0.01] {
                let mut best: Vec<f64> =
                    all.iter().filter_map(|verdict| verdict.best_other.get(at).copied()).collect();
                best.sort_by(|a, b| b.total_cmp(a));
                let bar = best.get((best.len() as f64 * share) as usize).copied().unwrap_or(0.0);
                let whole = all.len().max(1) as f64;
                let above = |right: bool| {
                    let holds = |verdict: &&&Verdict| {
                        verdict.best_other.get(at).is_some_and(|&other| {
                            (verdict.partner > other) == right && verdict.partner.max(other) > bar
                        })
                    };
                    all.iter().filter(holds).count() as f64 / whole
                };
                let shown = calibration.offset + calibration.slope * bar;
                if share == kept {
                    bars.push(shown);
                }
                table.row(vec![
                    name.to_owned(),
                    pool.to_string(),
                    self::share(share),
                    format!("{shown:.2}"),
                    self::share(above(true)),
                    self::share(above(false)),
                ]);
            }
        }
        let [few, middle, ..] = bars[..] else { return (0.0, 0.0) };
        let [few_candidates, candidates, _] = self.pools();
        (middle, (middle - few) / (candidates as f64 / few_candidates as f64).ln())
    }

    fn families(&self) -> BTreeSet<&str> {
        self.prepared.part.builds.iter().map(|build| build.family.as_str()).collect()
    }

    /// Variant by variant, axis and set by axis and set, each query judged by weights that never saw its library.
    fn verdicts(&self, variants: &[(String, Active)]) -> Vec<Vec<Vec<Verdict>>> {
        let families: Vec<&str> = self.families().into_iter().collect();
        let of: Vec<&str> =
            self.trials.iter().flat_map(|(_, _, trials)| trials).map(|trial| self.family(trial)).collect();
        let mut scorers = Vec::new();
        for (name, active) in variants {
            for &left_out in &families {
                let seen = self.lists.iter().zip(&of).filter(|(_, family)| **family != left_out);
                let seen: Vec<&List> = seen.map(|(list, _)| list).collect();
                scorers.push(Scorer::model(name, listwise::fit(&seen, active, self.options.ridge)));
            }
        }
        let mut out: Vec<Vec<Vec<Verdict>>> = vec![Vec::new(); variants.len()];
        for (_, _, trials) in self.trials {
            let verdicts = judge(self.prepared, trials, &scorers, &self.pools()).verdicts;
            for (variant, kept) in out.iter_mut().enumerate() {
                let fold = |trial: &Trial| families.iter().position(|family| *family == self.family(trial));
                let own = trials.iter().enumerate().filter_map(|(at, trial)| {
                    verdicts.get(variant * families.len() + fold(trial)?)?.get(at).cloned()
                });
                kept.push(own.collect());
            }
        }
        out
    }

    fn report(&self, report: &mut Report) {
        let mut variants = variants(!self.options.no_ablation);
        let mut verdicts = self.verdicts(&variants);
        let plain: Vec<Scorer> = PLAIN.iter().filter_map(|name| Scorer::named(name).ok()).collect();
        let judged = |trials: &Vec<Trial>| judge(self.prepared, trials, &plain, &self.pools()).verdicts;
        let found = self.trials.iter().map(|(_, _, trials)| judged(trials));
        let found: Vec<Vec<Vec<Verdict>>> = found.collect();
        for (at, name) in PLAIN.iter().enumerate() {
            variants.push((format!("nothing fitted: {name}"), [false; FEATURES]));
            verdicts.push(found.iter().filter_map(|axis| axis.get(at).cloned()).collect());
        }
        for set in Set::ALL {
            let title = format!("Leave one library out, functions of {}: R@1", set.title());
            report.table(variant_table(&title, set, self.trials, &variants, &verdicts, MIDDLE));
        }
        let title = "Leave one library out, by library: R@1, both sets";
        let columns: Vec<&str> = std::iter::once("axis").chain(self.families()).collect();
        let mut table = Table::new(title, &columns);
        for axis in AXES {
            let mut cells = vec![axis.title().to_owned()];
            for family in self.families() {
                let groups = self.trials.iter().zip(verdicts.first().into_iter().flatten());
                let groups = groups.filter(|((of, _, _), _)| *of == axis);
                let own: Vec<Verdict> = groups
                    .flat_map(|((_, _, trials), verdicts)| trials.iter().zip(verdicts))
                    .filter(|(trial, _)| self.family(trial) == family)
                    .map(|(_, verdict)| verdict.clone())
                    .collect();
                cells.push(format!("{} of {}", share(figures(&own, MIDDLE).first), own.len()));
            }
            table.row(cells);
        }
        report.table(table);
    }
}

fn variant_table(
    title: &str,
    set: Set,
    trials: &[(Axis, Set, Vec<Trial>)],
    variants: &[(String, Active)],
    verdicts: &[Vec<Vec<Verdict>>],
    at: usize,
) -> Table {
    let columns: Vec<&str> = std::iter::once("features").chain(AXES.map(Axis::title)).collect();
    let mut table = Table::new(title, &columns);
    for ((name, _), verdicts) in variants.iter().zip(verdicts) {
        let mut cells = vec![name.clone()];
        for ((_, of, _), verdicts) in trials.iter().zip(verdicts) {
            if *of == set {
                cells.push(share(figures(verdicts, at).first));
            }
        }
        table.row(cells);
    }
    table
}

/// The variants, fitted on the whole development part, on another part.
fn judged(prepared: &Prepared<'_>, lists: &[List], options: &FitOptions, report: &mut Report) {
    let trials = trials(prepared.part, options);
    let variants = variants(!options.no_ablation);
    let all: Vec<&List> = lists.iter().collect();
    let fit =
        |(name, active): &(String, Active)| Scorer::model(name, listwise::fit(&all, active, options.ridge));
    let scorers: Vec<Scorer> = variants.iter().map(fit).collect();
    let mut verdicts: Vec<Vec<Vec<Verdict>>> = vec![Vec::new(); variants.len()];
    for (_, _, trials) in &trials {
        let found = judge(prepared, trials, &scorers, &[MIDDLE_POOL]).verdicts;
        verdicts.iter_mut().zip(found).for_each(|(kept, found)| kept.push(found));
    }
    for set in Set::ALL {
        let title = format!("The {} part, functions of {}: R@1", prepared.part.name, set.title());
        report.table(variant_table(&title, set, &trials, &variants, &verdicts, 0));
    }
}

/// Makes probabilities of scores: those of best hits, right and wrong, the
/// partner in the pool in one half of the cases and absent in the other.
fn calibrate(model: &mut Model, verdicts: &[Vec<Verdict>]) -> Calibration {
    let mut scores = Vec::new();
    for verdict in verdicts.iter().flatten() {
        // a pool without others has no best
        let best = verdict.best_other.get(MIDDLE).filter(|best| best.is_finite());
        let Some(&best) = best else { continue };
        scores.push((verdict.partner.max(best), verdict.partner > best));
        scores.push((best, false));
    }
    let (slope, offset) = listwise::calibrate(&scores);
    model.intercept = offset;
    model.weights.iter_mut().for_each(|weight| *weight *= slope);
    Calibration { slope, offset }
}

/// What makes log odds of a score.
struct Calibration {
    slope: f64,
    offset: f64,
}

fn remarks(model: &mut Model, part: &Part, options: &FitOptions) {
    let mut families: Vec<&str> = part.builds.iter().map(|build| build.family.as_str()).collect();
    families.dedup();
    let families = families.into_iter().collect::<BTreeSet<_>>();
    let families: Vec<&str> = families.into_iter().collect();
    model.remarks = vec![
        "The weights of the re-ranker: see crates/matching/src/rerank.rs for what they weigh.".to_owned(),
        "A feature has its weight, and the mean and the scale by which it is standardised.".to_owned(),
        format!(
            "Made on {} by `cognate-bench fit --part dev=CORPUS --queries {} --seed {}` (bench/README.md)",
            options.record.date, options.queries, options.record.seed
        ),
        format!(
            "from the development part: {} builds of {}; version {} of the fingerprint.",
            part.builds.len(),
            families.join(", "),
            cognate_fingerprint::VERSION
        ),
    ];
}
