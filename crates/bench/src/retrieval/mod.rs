//! `retrieval`: a function is looked for among others, in builds that differ in
//! one thing. Start at `truth` (builds and their functions), then `axes` (in
//! what they differ), `pool` (who is asked among whom), `scorers` (by what a
//! pool is ranked) and `judge` (ranks and bars).

mod axes;
pub mod fit;
mod judge;
pub mod listwise;
mod pool;
mod scorers;
pub mod survival;
mod truth;

use crate::Record;
use crate::report::{Report, Table};
use anyhow::{Result, anyhow};
use axes::Axis;
use clap::Args;
use judge::{Answer, Answers, Judged, Verdict, figures};
use pool::{Draw, Set, Trial};
use scorers::{Prepared, Scorer};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use truth::{Part, PartFolders};

/// What to measure.
#[derive(Args)]
pub struct RetrievalOptions {
    #[command(flatten)]
    record: Record,
    /// A part of the corpus: NAME=FOLDER,FOLDER; one report each.
    #[arg(long = "part", required = true)]
    parts: Vec<PartFolders>,
    /// What pools are ranked by; `NAME=FILE` is a model of one's own.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "tokens,anchors,flow,callees,similarity,content,placed"
    )]
    scorers: Vec<String>,
    /// Which axes: level, o0-o2, o2-o3, compiler, xc, bitness, arch, format.
    #[arg(long, value_delimiter = ',')]
    axes: Vec<String>,
    /// Only builds of this language; `all` for every one.
    #[arg(long, default_value = "c")]
    language: String,
    /// Queries of an axis.
    #[arg(long, default_value_t = 400)]
    queries: usize,
    /// Sizes of pools, ascending.
    #[arg(long, value_delimiter = ',', default_value = "100,1600,10000")]
    pools: Vec<usize>,
    /// Only functions of at least five blocks.
    #[arg(long)]
    five_blocks: bool,
    /// Writes here, for each axis, which queries each scorer ranks wrongly in the middle pool, and by what. For development parts only.
    #[arg(long)]
    misses: Option<PathBuf>,
    /// Start of the reports' names.
    #[arg(long, default_value = "retrieval")]
    name: String,
}

/// The size of pool at which scorers are compared with each other and bars are set.
const MIDDLE_POOL: usize = 1600;

/// Runs the measurement.
pub fn run(options: &RetrievalOptions) -> Result<()> {
    let axes = chosen(&options.axes)?;
    let scorers: Vec<Scorer> =
        options.scorers.iter().map(|name| Scorer::named(name)).collect::<Result<_>>()?;
    for folders in &options.parts {
        let paths: Vec<&Path> = folders.folders.iter().map(|path| path.as_path()).collect();
        let mut report = Report::new(&format!("{}-{}", options.name, folders.name), &options.record, &paths);
        let part =
            Part::load(folders, Some(options.language.as_str()).filter(|language| *language != "all"))?;
        let prepared = Prepared::new(&part);
        let sets = if options.five_blocks { &Set::ALL[..1] } else { &Set::ALL };
        for &set in sets {
            let measured = measure(&prepared, set, &axes, &scorers, options);
            tables(&measured, set, &scorers, options, &mut report);
        }
        notes(&part, &mut report);
        report.publish(&options.record)?;
    }
    Ok(())
}

fn chosen(names: &[String]) -> Result<Vec<Axis>> {
    if names.is_empty() {
        return Ok(Axis::ALL.to_vec());
    }
    let named = |name: &String| {
        let axis = Axis::ALL.into_iter().find(|axis| axis.name() == name);
        axis.ok_or_else(|| anyhow!("no axis is named `{name}`"))
    };
    names.iter().map(named).collect()
}

/// What came of one axis.
struct Measured {
    axis: Axis,
    /// In pools of each size.
    pools: Judged,
    /// Where the pool is the partner's whole binary.
    whole: Judged,
    /// Where it is the binary of another library.
    elsewhere: Judged,
}

fn measure(
    prepared: &Prepared<'_>,
    set: Set,
    axes: &[Axis],
    scorers: &[Scorer],
    options: &RetrievalOptions,
) -> Vec<Measured> {
    let largest = options.pools.iter().copied().max().unwrap_or(MIDDLE_POOL);
    let one = |&axis: &Axis| {
        let draw = Draw { part: prepared.part, axis, set, seed: options.record.seed };
        let trials = draw.trials(options.queries, largest);
        if let Some(path) = &options.misses {
            let text = misses(prepared, &trials, scorers);
            let _ = std::fs::write(path.with_extension(axis.name()), text);
        }
        let judge = |trials: &[Trial], pools: &[usize]| judge::judge(prepared, trials, scorers, pools);
        Measured {
            axis,
            pools: judge(&trials, &options.pools),
            whole: judge(&draw.whole_binary(options.queries), &[usize::MAX]),
            elsewhere: judge(&draw.other_library(options.queries), &[usize::MAX]),
        }
    };
    axes.iter().map(one).collect()
}

fn tables(
    measured: &[Measured],
    set: Set,
    scorers: &[Scorer],
    options: &RetrievalOptions,
    report: &mut Report,
) {
    for (at, pool) in options.pools.iter().enumerate() {
        report.table(beside(measured, set, scorers, at, &format!("pools of {pool}")));
    }
    report.table(whole(measured, set, scorers));
    report.table(at_the_bar(measured, set, options));
    report.table(full(measured, set, scorers, options));
    let middle = options.pools.iter().position(|&pool| pool == MIDDLE_POOL);
    if let Some(middle) = middle.or(options.pools.len().checked_sub(1)) {
        report.table(bars(measured, set, scorers, middle, options));
    }
}

/// R@1: scorers down, axes across.
fn beside(measured: &[Measured], set: Set, scorers: &[Scorer], pool: usize, title: &str) -> Table {
    let mut columns = vec!["ranked by".to_owned()];
    for found in measured {
        let size = found.pools.verdicts.first().map_or(0, |verdicts| figures(verdicts, pool).size);
        columns.push(format!("{} ({size})", found.axis.title()));
    }
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut table = Table::new(&format!("R@1, functions of {}, {title}", set.title()), &columns);
    for (at, scorer) in scorers.iter().enumerate() {
        let first =
            |found: &Measured| found.pools.verdicts.get(at).map_or(0.0, |list| figures(list, pool).first);
        let cells = measured.iter().map(|found| share(first(found)));
        table.row(std::iter::once(scorer.name.clone()).chain(cells).collect());
    }
    table
}

/// The pool is every function of the partner's binary.
fn whole(measured: &[Measured], set: Set, scorers: &[Scorer]) -> Table {
    let columns =
        ["axis", "ranked by", "median pool", "queries", "R@1", "R@1, parts left out", "R@10", "MRR"];
    let title = format!("The partner's whole binary as the pool, functions of {}", set.title());
    let mut table = Table::new(&title, &columns);
    for found in measured {
        for (scorer, verdicts) in scorers.iter().zip(&found.whole.verdicts) {
            let figures = figures(verdicts, 0);
            table.row(vec![
                found.axis.title().to_owned(),
                scorer.name.clone(),
                figures.size.to_string(),
                figures.queries.to_string(),
                share(figures.first),
                share(figures.first_without_parts),
                share(figures.ten),
                format!("{:.3}", figures.mrr),
            ]);
        }
    }
    table
}

/// What the tool names: the best of what it accepts, by its own ranking.
fn at_the_bar(measured: &[Measured], set: Set, options: &RetrievalOptions) -> Table {
    let columns = [
        "axis",
        "pool",
        "median pool",
        "queries",
        "partner present: found",
        "a part",
        "another one",
        "partner absent: a part",
        "another one all the same",
    ];
    let title = format!("At the tool's own bar, functions of {}", set.title());
    let mut table = Table::new(&title, &columns);
    let mut row = |axis: &str, pool: &str, judged: &[(&Judged, usize)]| {
        let answers: Vec<(&Answers, usize)> =
            judged.iter().flat_map(|(judged, at)| judged.answers.iter().map(|found| (found, *at))).collect();
        let part = |of: fn(&Answers) -> &Vec<Answer>, answer: Answer| {
            let count = answers.iter().filter(|(found, at)| of(found).get(*at) == Some(&answer)).count();
            share(count as f64 / answers.len().max(1) as f64)
        };
        let size = judged.first().and_then(|(judged, at)| Some(figures(judged.verdicts.first()?, *at).size));
        table.row(vec![
            axis.to_owned(),
            pool.to_owned(),
            size.unwrap_or(0).to_string(),
            answers.len().to_string(),
            part(|found| &found.present, Answer::Partner),
            part(|found| &found.present, Answer::Part),
            part(|found| &found.present, Answer::Other),
            part(|found| &found.absent, Answer::Part),
            part(|found| &found.absent, Answer::Other),
        ]);
    };
    let pools = options.pools.iter().enumerate().map(|(at, size)| (size.to_string(), at));
    for (pool, at) in pools {
        for found in measured {
            row(found.axis.title(), &pool, &[(&found.pools, at)]);
        }
        row("all", &pool, &measured.iter().map(|found| (&found.pools, at)).collect::<Vec<_>>());
    }
    type Of = fn(&Measured) -> &Judged;
    let whole: Of = |found| &found.whole;
    let elsewhere: Of = |found| &found.elsewhere;
    for (pool, of) in [("partner's whole binary", whole), ("another library's binary", elsewhere)] {
        for found in measured {
            row(found.axis.title(), pool, &[(of(found), 0)]);
        }
        row("all", pool, &measured.iter().map(|found| (of(found), 0)).collect::<Vec<_>>());
    }
    table
}

fn full(measured: &[Measured], set: Set, scorers: &[Scorer], options: &RetrievalOptions) -> Table {
    let columns =
        ["axis", "pool", "median pool", "ranked by", "queries", "R@1", "R@1, parts left out", "R@10", "MRR"];
    let mut table = Table::new(&format!("All figures, functions of {}", set.title()), &columns);
    for found in measured {
        for (at, pool) in options.pools.iter().enumerate() {
            for (scorer, verdicts) in scorers.iter().zip(&found.pools.verdicts) {
                let figures = figures(verdicts, at);
                table.row(vec![
                    found.axis.title().to_owned(),
                    pool.to_string(),
                    figures.size.to_string(),
                    scorer.name.clone(),
                    figures.queries.to_string(),
                    share(figures.first),
                    share(figures.first_without_parts),
                    share(figures.ten),
                    format!("{:.3}", figures.mrr),
                ]);
            }
        }
    }
    table
}

/// What a bar lets through, right and wrong, over the queries of all axes.
fn bars(
    measured: &[Measured],
    set: Set,
    scorers: &[Scorer],
    pool: usize,
    options: &RetrievalOptions,
) -> Table {
    let size = options.pools.get(pool).copied().unwrap_or(0);
    let title = format!("The false side, pools of {size}, functions of {}", set.title());
    let columns = [
        "ranked by",
        "axis",
        "bar",
        "partner present: found",
        "partner present: another one",
        "partner absent: a hit all the same",
    ];
    let mut table = Table::new(&title, &columns);
    for (at, scorer) in scorers.iter().enumerate() {
        let all: Vec<Verdict> =
            measured.iter().filter_map(|found| found.pools.verdicts.get(at)).flatten().cloned().collect();
        let lists = std::iter::once(("all", &all));
        let each =
            measured.iter().filter_map(|found| Some((found.axis.title(), found.pools.verdicts.get(at)?)));
        for (axis, verdicts) in lists.chain(each) {
            let fixed = [0.5, 0.7, 0.9].map(|bar| (bar, ""));
            let at_share = [(0.05, " (5 %)"), (0.01, " (1 %)")];
            let found = at_share.map(|(share, mark)| (judge::bar_at(scorer, verdicts, pool, share), mark));
            for (bar, mark) in fixed.into_iter().chain(found) {
                let counted = judge::bar(scorer, verdicts, pool, bar);
                table.row(vec![
                    scorer.name.clone(),
                    axis.to_owned(),
                    format!("{bar:.3}{mark}"),
                    share(counted.recall),
                    share(counted.wrong_present),
                    share(counted.wrong_absent),
                ]);
            }
        }
    }
    table
}

/// A share in percent.
fn share(share: f64) -> String {
    format!("{:.1}", 100.0 * share)
}

fn notes(part: &Part, report: &mut Report) {
    report.note(format!(
        "{} builds; {} functions judged in them (of at least 32 bytes, not of the C runtime), of {} functions of the source with versions apart, {} with versions together.",
        part.builds.len(),
        part.instances.len(),
        part.sources,
        part.kins
    ));
    report.note("A query is a function in one build; its partner is the function of the same component, source file and name in another build that differs in just what the axis says. Drawn evenly from all such pairs by a seeded hash. Query, partner and pool are all of the set named.");
    report.note("Pools: the partner and others drawn at random from builds made as the partner's was, each set of masked bytes once; where these do not suffice, from builds that the axis allows, then from any build of the same target not made as the query was. Never the same function in whatever version, and nothing equal byte for byte to query or partner. In brackets the median of the real sizes. A smaller pool is part of the larger one.");
    report.note("A part: a function into which the query was inlined, or that was inlined into the query, by the debug information of the builds (corpora without it know none).");
    report.note("At the tool's own bar: the tool names the best by its ranking (`placed`) if that reaches its bar for so many candidates; the rest to 100 % is no answer. Another library's binary: built as the partner's was and drawn by the seed; there only what is named without a partner means anything.");
    report.note("Rank: one, and one for each better score, and a half for each equal one.");
    report.note("False side: the partner taken out of the pool, any hit above the bar is wrong. Bars marked with a percentage are those at which that share of the queries without partner has a hit. Bars of `content` and `placed` are probabilities.");
}

/// Which queries are ranked wrongly, with the features of the partner and of who won.
fn misses(prepared: &Prepared<'_>, trials: &[pool::Trial], scorers: &[Scorer]) -> String {
    let mut text = String::new();
    let part = prepared.part;
    let about = |at: u32| {
        let instance = &part.instances[at as usize];
        let print = part.fingerprint(instance);
        let sample = &part.build(instance).sample;
        format!(
            "{} in {} at {:#x} ({} instructions, {} blocks, {} features)",
            part.names[instance.kin as usize],
            part.build(instance).id,
            sample.functions[instance.function as usize].address,
            print.instructions,
            print.block_count,
            print.flow.features.len()
        )
    };
    for trial in trials {
        let query = prepared.query(trial.query);
        let pool =
            || std::iter::once(trial.partner).chain(trial.others.iter().copied().take(MIDDLE_POOL - 1));
        for scorer in scorers {
            let score = |other: u32| {
                let stored = part.fingerprint(&part.instances[other as usize]);
                scorer.score(&query, stored, &prepared.features(&query, other))
            };
            let best = pool().map(|other| (score(other), other)).max_by(|a, b| a.0.total_cmp(&b.0));
            let Some((best, winner)) = best.filter(|(_, winner)| *winner != trial.partner) else { continue };
            let (own, won) = (prepared.features(&query, trial.partner), prepared.features(&query, winner));
            let _ = writeln!(text, "\n{}: {:.2} and not {:.2}", scorer.name, score(trial.partner), best);
            for at in [trial.query, trial.partner, winner] {
                let _ = writeln!(text, "  {}", about(at));
            }
            for ((name, own), won) in cognate_matching::rerank::NAMES.iter().zip(own.0).zip(won.0) {
                let _ = write!(text, " {name} {own:.2}|{won:.2};");
            }
            let _ = writeln!(text);
        }
    }
    text
}
