//! `relation`: the weights by which `match` tells relatives from strangers, and how often strangers reach a ratio.
//!
//! In come rows of `open-set --features`: for each query and family what they share and whether the family is the
//! query's own lineage. Each lineage weighs as much as any other among its own pairs, each pair of lineages among the strangers. Two
//! states of a store are told apart: one with many families, where what three of them hold is common, and one with a single other family.

use crate::Record;
use crate::corpus::table;
use crate::damage::Random;
use crate::open_set::{cllr, isotonic};
use crate::report::{Report, Table};
use crate::retrieval::listwise::solve;
use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use cognate_documents::Grounds;
use cognate_matching::relation::{FIGURES, figures};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What to fit.
#[derive(Args)]
pub struct RelationOptions {
    #[command(flatten)]
    record: Record,
    /// Rows of `open-set --features`, of development parts only.
    #[arg(required = true)]
    features: Vec<PathBuf>,
    /// Lineages that are one, because one is a fork of the other: `ruamel=pyyaml`.
    #[arg(long, value_delimiter = ',')]
    same: Vec<String>,
    /// Times that lineages are drawn anew for the interval.
    #[arg(long, default_value_t = 8)]
    redrawn: usize,
}

/// Parts of lineages for cross-validation.
const FOLDS: u64 = 8;
/// Penalty on squared weights, against a thousand pairs of either kind.
const RIDGE: f64 = 1.0;
/// What the rows of either kind weigh together.
const EACH: f64 = 1000.0;
/// Weights in nats, or what they weigh.
type Weights = [f64; FIGURES];

/// One query and one family.
struct Pair {
    query: String,
    lineage: String,
    family: String,
    is_own: bool,
    is_cold: bool,
    figures: Weights,
    weight: f64,
}

/// Fits and reports.
pub fn run(options: &RelationOptions) -> Result<()> {
    let paths: Vec<&Path> = options.features.iter().map(PathBuf::as_path).collect();
    let mut report = Report::new("relation", &options.record, &paths);
    let same: BTreeMap<&str, &str> = options
        .same
        .iter()
        .map(|pair| pair.split_once('=').ok_or_else(|| anyhow!("`{pair}` is not of the form A=B")))
        .collect::<Result<_>>()?;
    let (mut pairs, asked) = (Vec::new(), &mut [0u64; 2]);
    for path in &options.features {
        read(path, &same, &mut pairs, asked)?;
    }
    weigh(&mut pairs);
    let all: Vec<&Pair> = pairs.iter().collect();
    let fitted = fit(&all);
    let mut weights = Table::new(
        "Weights in nats",
        &["fit", "nothing", "bits", "share of the query", "share of the sample", "other machine"],
    );
    weights.row(weight_row("all", &fitted));
    let mut random = Random::new(options.record.seed);
    for number in 1..=options.redrawn {
        weights.row(weight_row(&number.to_string(), &fit(&redrawn(&pairs, &mut random))));
    }
    report.table(weights);
    let ratios = cross_validated(&pairs);
    report.table(reached(&pairs, &ratios, asked));
    report.table(calibration(&pairs, &ratios));
    report.note("Weights of the figures of `crates/matching/src/relation.rs`, which has others: how these came about stands there. Fits with numbers: lineages drawn with replacement.");
    report.note("Reached: with weights that saw neither lineage. Own: queries whose own lineage reaches the ratio; strangers: pairs of a query and another family in the store, those that share nothing included.");
    report.note("Cllr: cost of the log likelihood ratio in bits, both kinds with the same weight; min: after the best monotone transformation (pool adjacent violators).");
    report.publish(&options.record)
}

fn weight_row(name: &str, weights: &Weights) -> Vec<String> {
    std::iter::once(name.to_owned()).chain(weights.iter().map(|weight| format!("{weight:.3}"))).collect()
}

/// Reads rows; `asked` counts the pairs of strangers in a full and in a cold store.
fn read(path: &Path, same: &BTreeMap<&str, &str>, pairs: &mut Vec<Pair>, asked: &mut [u64; 2]) -> Result<()> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let lineage = |name: &str| (*same.get(name).unwrap_or(&name)).to_owned();
    let mut seen = BTreeSet::new();
    for row in table(&text) {
        let field =
            |name: &str| row.get(name).map(String::as_str).ok_or_else(|| anyhow!("no column `{name}`"));
        let number = |name: &str| -> Result<f64> { Ok(field(name)?.parse()?) };
        let presence = field("presence")?.to_owned();
        let is_cold = presence.starts_with("one ");
        let query = format!("{} {presence}", field("query")?);
        // one family alone is asked about several times, and each time has a row
        if seen.insert(query.clone()) || is_cold {
            let families = number("others")? as u64;
            if let Some(asked) = asked.get_mut(usize::from(is_cold)) {
                *asked += families;
            }
        }
        let (own, family) = (lineage(field("lineage")?), lineage(field("family")?));
        if family.is_empty() {
            continue;
        }
        let grounds = Grounds {
            placed: number("placed")? as u64,
            placed_bits: number("placed_bits")?,
            of_query: number("of_query")?,
            of_sample: number("of_sample")?,
            same_machine: number("other_machine")? == 0.0,
            ..Grounds::default()
        };
        pairs.push(Pair {
            query,
            is_own: own == family,
            lineage: own,
            family,
            is_cold,
            figures: figures(&grounds),
            weight: 0.0,
        });
    }
    if pairs.is_empty() {
        bail!("`{}` has no rows", path.display());
    }
    Ok(())
}

/// Each lineage the same among own pairs, each pair of lineages among strangers, and both kinds the same.
fn weigh(pairs: &mut [Pair]) {
    let key = |pair: &Pair| {
        let family = if pair.is_own { String::new() } else { pair.family.clone() };
        (pair.is_own, pair.is_cold, pair.lineage.clone(), family)
    };
    let mut counts: BTreeMap<_, f64> = BTreeMap::new();
    for pair in pairs.iter() {
        *counts.entry(key(pair)).or_default() += 1.0;
    }
    let kinds = |own: bool| counts.keys().filter(|(is_own, ..)| *is_own == own).count() as f64;
    let all = [kinds(false), kinds(true)];
    for pair in pairs {
        let [strangers, own] = all;
        pair.weight = EACH / counts[&key(pair)] / if pair.is_own { own } else { strangers };
    }
}

/// Logistic regression by Newton's method; classes weigh the same, so that the odds are the likelihood ratio.
fn fit(pairs: &[&Pair]) -> Weights {
    let mut weights = [0.0; FIGURES];
    for _ in 0..100 {
        let mut gradient = [0.0; FIGURES];
        let mut curve = [[0.0; FIGURES]; FIGURES];
        for pair in pairs {
            let likely = 1.0 / (1.0 + (-dot(&weights, &pair.figures)).exp());
            let error = f64::from(u8::from(pair.is_own)) - likely;
            for (row, &figure) in pair.figures.iter().enumerate() {
                gradient[row] += pair.weight * error * figure;
                for (column, &other) in pair.figures.iter().enumerate() {
                    curve[row][column] += pair.weight * likely * (1.0 - likely) * figure * other;
                }
            }
        }
        for at in 0..FIGURES {
            let ridge = if at == 0 { 1e-9 } else { RIDGE };
            gradient[at] -= ridge * weights[at];
            curve[at][at] += ridge;
        }
        let step = solve(curve, gradient);
        for (weight, step) in weights.iter_mut().zip(step) {
            *weight += step;
        }
        if step.iter().all(|step| step.abs() < 1e-9) {
            break;
        }
    }
    weights
}

fn dot(weights: &Weights, figures: &Weights) -> f64 {
    weights.iter().zip(figures).map(|(weight, figure)| weight * figure).sum()
}

/// The pairs of lineages that were drawn, as often as they were.
fn redrawn<'p>(pairs: &'p [Pair], random: &mut Random) -> Vec<&'p Pair> {
    let lineages: Vec<&str> =
        pairs.iter().map(|pair| pair.lineage.as_str()).collect::<BTreeSet<_>>().into_iter().collect();
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for _ in 0..lineages.len() {
        *times.entry(lineages[random.below(lineages.len())]).or_default() += 1;
    }
    let drawn =
        |pair: &'p Pair| std::iter::repeat_n(pair, times.get(pair.lineage.as_str()).copied().unwrap_or(0));
    pairs.iter().flat_map(drawn).collect()
}

/// Decimal logarithms of the ratios, each by weights that saw neither of its lineages.
fn cross_validated(pairs: &[Pair]) -> Vec<f64> {
    let fold = |name: &str| cognate_base::hash_bytes(1, name.as_bytes()) % FOLDS;
    let mut ratios = vec![0.0; pairs.len()];
    for number in 0..FOLDS {
        let is_seen = |pair: &&Pair| fold(&pair.lineage) != number && fold(&pair.family) != number;
        let weights = fit(&pairs.iter().filter(is_seen).collect::<Vec<_>>());
        for (ratio, pair) in ratios.iter_mut().zip(pairs).filter(|(_, pair)| fold(&pair.lineage) == number) {
            *ratio = dot(&weights, &pair.figures) / std::f64::consts::LN_10;
        }
    }
    ratios
}

/// How many reach which ratio.
fn reached(pairs: &[Pair], ratios: &[f64], asked: &[u64; 2]) -> Table {
    let mut table = Table::new(
        "Reached",
        &[
            "log10 LR",
            "own, many families",
            "stranger pairs, many families",
            "own, one family",
            "stranger pairs, one family",
        ],
    );
    for bar in (0..=9).map(|step| f64::from(step) / 2.0) {
        let count = |cold: bool, own: bool| {
            let over = pairs
                .iter()
                .zip(ratios)
                .filter(|(pair, ratio)| pair.is_cold == cold && pair.is_own == own && **ratio >= bar);
            over.map(|(pair, _)| (pair.query.as_str(), pair.family.as_str())).collect::<BTreeSet<_>>().len()
        };
        let queries = |cold: bool| {
            let own = pairs.iter().filter(|pair| pair.is_cold == cold && pair.is_own);
            own.map(|pair| pair.query.as_str()).collect::<BTreeSet<_>>().len()
        };
        let share = |found: usize, all: f64| format!("{found} of {all} ({:.5})", found as f64 / all.max(1.0));
        table.row(vec![
            format!("{bar:.1}"),
            share(count(false, true), queries(false) as f64),
            share(count(false, false), asked[0] as f64),
            share(count(true, true), queries(true) as f64),
            share(count(true, false), asked[1] as f64),
        ]);
    }
    table
}

/// What the ratios cost, and what they would at best.
fn calibration(pairs: &[Pair], ratios: &[f64]) -> Table {
    let mut table = Table::new("Calibration", &["store", "Cllr", "min", "own pairs", "stranger pairs"]);
    for (title, cold) in [("many families", false), ("one family", true)] {
        let of: Vec<(f64, bool, f64)> = pairs
            .iter()
            .zip(ratios)
            .filter(|(pair, _)| pair.is_cold == cold)
            .map(|(pair, &ratio)| (ratio, pair.is_own, pair.weight))
            .collect();
        let own = of.iter().filter(|(_, own, _)| *own).count();
        table.row(vec![
            title.to_owned(),
            format!("{:.3}", cllr(&of)),
            format!("{:.3}", cllr(&isotonic(of.clone()))),
            own.to_string(),
            (of.len() - own).to_string(),
        ]);
    }
    table
}
