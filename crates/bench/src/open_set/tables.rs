//! The answers, counted.

use super::chance::{area_under_curve, bar, upper_bound};
use super::presence::Presence;
use super::samples::Sample;
use super::{Answer, Ranked};
use crate::report::{Table, percent};
use std::collections::{BTreeMap, BTreeSet};

/// All tables of the report.
pub fn tables(samples: &[Sample], answers: &[Answer<'_>]) -> Vec<Table> {
    let groups = grouped(answers);
    vec![content(samples), who_is_named(&groups), by_size(&groups), verdicts(&groups), ranks(&groups)]
}

/// Answers by what was in the store, all stores of one family together.
pub(super) fn grouped<'a, 'b>(answers: &'a [Answer<'b>]) -> BTreeMap<Presence, Vec<&'a Answer<'b>>> {
    let mut groups: BTreeMap<Presence, Vec<&Answer<'_>>> = BTreeMap::new();
    for answer in answers {
        let presence =
            if let Presence::Cold(_) = answer.presence { Presence::Cold(0) } else { answer.presence };
        groups.entry(presence).or_default().push(answer);
    }
    groups
}

fn content(samples: &[Sample]) -> Table {
    let mut table = Table::new("What is in the store", &["kind", "files", "lineages", "functions"]);
    let kinds: BTreeSet<_> = samples.iter().map(|sample| sample.kind.to_string()).collect();
    for kind in kinds {
        let own: Vec<_> = samples.iter().filter(|sample| sample.kind.to_string() == kind).collect();
        let lineages: BTreeSet<_> = own.iter().map(|sample| &sample.lineage).collect();
        let functions: usize = own.iter().map(|sample| sample.fingerprint.functions.len()).sum();
        table.row(vec![kind, own.len().to_string(), lineages.len().to_string(), functions.to_string()]);
    }
    table
}

/// The score of a family that shares nothing, or is not among those listed: below all others.
const NOTHING: f64 = f64::NEG_INFINITY;

impl Answer<'_> {
    fn names_anybody(&self) -> bool {
        !self.named.is_empty()
    }

    fn names_own(&self) -> bool {
        self.named.contains(&self.query.lineage)
    }

    fn strangers(&self) -> usize {
        self.named.iter().filter(|family| **family != self.query.lineage).count()
    }

    fn is_right(&self) -> bool {
        self.names_own() && self.strangers() == 0
    }

    pub(super) fn own_score(&self) -> f64 {
        self.ranked.iter().find(|one| one.family == self.query.lineage).map_or(NOTHING, |one| one.score)
    }

    /// Families that it ranks and that are not its own.
    pub(super) fn ranked_strangers(&self) -> impl Iterator<Item = &Ranked> {
        self.ranked.iter().filter(|one| one.family != self.query.lineage)
    }

    /// Scores of all families in the store that are not its own.
    pub(super) fn stranger_scores(&self) -> Vec<f64> {
        let mut scores: Vec<f64> = self.ranked_strangers().map(|one| one.score).collect();
        scores.resize(self.others.max(scores.len()), NOTHING);
        scores
    }
}

/// A count with its share and how large the share may be.
fn counted(errors: usize, trials: usize) -> String {
    format!(
        "{errors} of {trials}: {}, up to {:.1} %",
        percent(errors, trials),
        100.0 * upper_bound(errors, trials)
    )
}

fn count(answers: &[&Answer<'_>], is_one: impl Fn(&Answer<'_>) -> bool) -> usize {
    answers.iter().filter(|answer| is_one(answer)).count()
}

fn lineages(answers: &[&Answer<'_>], is_one: impl Fn(&Answer<'_>) -> bool) -> usize {
    let found = answers.iter().filter(|answer| is_one(answer));
    found.map(|answer| answer.query.lineage.as_str()).collect::<BTreeSet<_>>().len()
}

fn who_is_named(groups: &BTreeMap<Presence, Vec<&Answer<'_>>>) -> Table {
    let columns = [
        "in the store",
        "queries",
        "name their own",
        "name a stranger",
        "lineages that name a stranger",
        "strangers named",
        "name anybody",
        "selective accuracy",
    ];
    let mut table = Table::new("Whom queries name", &columns);
    for (&presence, answers) in groups {
        let own = count(answers, |answer| answer.names_own());
        let naming = count(answers, |answer| answer.names_anybody());
        let accuses = |answer: &Answer<'_>| answer.strangers() > 0;
        table.row(vec![
            presence.title().to_owned(),
            answers.len().to_string(),
            if presence.has_own() {
                format!("{own}: {}", percent(own, answers.len()))
            } else {
                "-".to_owned()
            },
            counted(count(answers, accuses), answers.len()),
            counted(lineages(answers, accuses), lineages(answers, |_| true)),
            answers.iter().map(|answer| answer.strangers()).sum::<usize>().to_string(),
            percent(naming, answers.len()),
            percent(count(answers, |answer| answer.is_right()), naming),
        ]);
    }
    let in_and_out = [Presence::Absent, Presence::Whole]
        .map(|presence| groups.get(&presence).map_or(&[][..], Vec::as_slice));
    let naming: Vec<_> = in_and_out.concat().into_iter().filter(|answer| answer.names_anybody()).collect();
    let right = naming.iter().filter(|answer| answer.is_right()).count();
    let both = ["own lineage absent and present together", "-", "-", "-", "-", "-", "-"].map(str::to_owned);
    table.row([both.as_slice(), &[percent(right, naming.len())]].concat());
    table
}

fn by_size(groups: &BTreeMap<Presence, Vec<&Answer<'_>>>) -> Table {
    const SIZES: [(usize, &str); 4] =
        [(100, "under 100"), (1000, "under 1,000"), (3000, "under 3,000"), (usize::MAX, "more")];
    let columns = ["in the store", "functions of the query", "queries", "name their own", "name a stranger"];
    let mut table = Table::new("By size of the query", &columns);
    for (&presence, answers) in groups {
        let mut least = 0;
        for (most, size) in SIZES {
            let range = least..most;
            let is_in = |answer: &&Answer<'_>| range.contains(&answer.query.fingerprint.functions.len());
            let own: Vec<_> = answers.iter().copied().filter(is_in).collect();
            let found = count(&own, |answer| answer.names_own());
            let accusing = count(&own, |answer| answer.strangers() > 0);
            let counts = [own.len().to_string(), percent(found, own.len()), percent(accusing, own.len())];
            table.row([[presence.title().to_owned(), size.to_owned()].as_slice(), &counts].concat());
            least = most;
        }
    }
    table
}

fn verdicts(groups: &BTreeMap<Presence, Vec<&Answer<'_>>>) -> Table {
    let all: BTreeSet<&str> = groups.values().flatten().map(|answer| answer.verdict.as_str()).collect();
    let columns: Vec<&str> = std::iter::once("in the store").chain(all.iter().copied()).collect();
    let mut table = Table::new("Verdicts", &columns);
    for (&presence, answers) in groups {
        let count =
            |verdict: &&str| answers.iter().filter(|answer| answer.verdict == *verdict).count().to_string();
        table.row(std::iter::once(presence.title().to_owned()).chain(all.iter().map(count)).collect());
    }
    table
}

fn ranks(groups: &BTreeMap<Presence, Vec<&Answer<'_>>>) -> Table {
    let columns = [
        "in the store",
        "own first",
        "AUC",
        "strangers over the bar at 80 % recall",
        "at 90 %",
        "queries with one at 80 %",
        "at 90 %",
    ];
    let mut table = Table::new("How scores tell own from strangers", &columns);
    for (&presence, answers) in groups.iter().filter(|(presence, _)| **presence >= Presence::Whole) {
        let own: Vec<f64> = answers.iter().map(|answer| answer.own_score()).collect();
        let strangers: Vec<Vec<f64>> = answers.iter().map(|answer| answer.stranger_scores()).collect();
        let pairs = strangers.concat();
        let is_first = |(own, strangers): &(&f64, &Vec<f64>)| strangers.iter().all(|score| score < own);
        let first = own.iter().zip(&strangers).filter(is_first).count();
        let bars = [0.8, 0.9].map(|recall| bar(&own, recall));
        let over = bars.map(|bar| percent(pairs.iter().filter(|&&score| score >= bar).count(), pairs.len()));
        let reached =
            |bar: f64| strangers.iter().filter(|scores| scores.iter().any(|&score| score >= bar)).count();
        let queries = bars.map(|bar| percent(reached(bar), strangers.len()));
        let start = [
            presence.title().to_owned(),
            percent(first, own.len()),
            format!("{:.3}", area_under_curve(&own, &pairs)),
        ];
        table.row([start.as_slice(), &over, &queries].concat());
    }
    table
}
