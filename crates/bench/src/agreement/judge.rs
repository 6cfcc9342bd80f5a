//! What a comparison of two builds got right.

use super::Build;
use super::trials::Trial;
use crate::corpus::{LEAST_BYTES, Relation, TrueFunction};
use cognate_documents::{Comparison, Holds, How};
use cognate_matching::compare;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// What comparisons came to.
#[derive(Clone, Copy, Default)]
pub struct Counts {
    /// Comparisons.
    pub trials: usize,
    /// Functions judged, of both sides.
    pub judged: usize,
    /// Functions of the source in both builds.
    pub possible: usize,
    /// Pairs accepted by content, or by content and place.
    pub accepted: usize,
    /// Those that are one function of the source.
    pub right: usize,
    /// Those of which one was inlined into the other.
    pub part: usize,
    /// Functions of the source found by them.
    pub recalled: usize,
    /// The same three with pairs that came by their neighbours.
    pub with_neighbours: usize,
    /// Right ones.
    pub right_with_neighbours: usize,
    /// Functions of the source found by them.
    pub recalled_with_neighbours: usize,
    /// Pairs of a function and one of the other build into which it was inlined there only.
    pub cross_inlined: usize,
    /// Those that were said to be so.
    pub cross_inlined_found: usize,
    /// Pairs said to be a part and a whole.
    pub said_part: usize,
    /// Rightly.
    pub said_part_rightly: usize,
    /// Of one function of the source.
    pub said_part_of_the_same: usize,
}

impl Counts {
    /// Adds what another comparison came to.
    pub fn add(&mut self, other: &Counts) {
        self.trials += other.trials;
        self.judged += other.judged;
        self.possible += other.possible;
        self.accepted += other.accepted;
        self.right += other.right;
        self.part += other.part;
        self.recalled += other.recalled;
        self.with_neighbours += other.with_neighbours;
        self.right_with_neighbours += other.right_with_neighbours;
        self.recalled_with_neighbours += other.recalled_with_neighbours;
        self.cross_inlined += other.cross_inlined;
        self.cross_inlined_found += other.cross_inlined_found;
        self.said_part += other.said_part;
        self.said_part_rightly += other.said_part_rightly;
        self.said_part_of_the_same += other.said_part_of_the_same;
    }
}

/// A pair of addresses that the tool says something of.
type Said = (u64, u64);
type Identity<'a> = [&'a str; 3];

/// Compares and judges; the text has wrong and missed pairs.
pub fn judge(trial: &Trial<'_>, a: &Build, b: &Build) -> (Counts, String) {
    let comparison = compare(&a.sample, &b.sample);
    let (here, there) = (identities(a), identities(b));
    let possible: BTreeSet<Identity<'_>> = here.intersection(&there).copied().collect();
    let judged = |build: &Build| build.truth.values().filter(|function| function.is_judged()).count();
    let mut counts =
        Counts { trials: 1, judged: judged(a) + judged(b), possible: possible.len(), ..Counts::default() };
    let mut findings = format!("\n## {}: {} -> {}\n\n", trial.kind, trial.a.id, trial.b.id);
    let found = judge_pairs(&comparison, a, b, &mut counts, &mut findings);
    counts.recalled = found.by_content.intersection(&possible).count();
    counts.recalled_with_neighbours = found.with_neighbours.intersection(&possible).count();
    for [_, source, base] in possible.iter().filter(|who| !found.by_content.contains(*who)).take(12) {
        let _ = writeln!(findings, "- missed {base} ({source})");
    }
    judge_parts(&comparison, a, b, &mut counts, &mut findings);
    (counts, findings)
}

fn identities(build: &Build) -> BTreeSet<Identity<'_>> {
    build.truth.values().filter(|function| function.is_judged()).map(TrueFunction::identity).collect()
}

/// Functions of the source that accepted pairs name rightly.
#[derive(Default)]
struct Found<'a> {
    by_content: BTreeSet<Identity<'a>>,
    with_neighbours: BTreeSet<Identity<'a>>,
}

fn judge_pairs<'a>(
    comparison: &Comparison,
    a: &'a Build,
    b: &'a Build,
    counts: &mut Counts,
    findings: &mut String,
) -> Found<'a> {
    let mut found = Found::default();
    for pair in &comparison.pairs {
        let pair_of = both(a, b, (pair.query.address, pair.stored.address));
        let Some((one, other)) = pair_of.filter(|(one, _)| one.is_judged()) else { continue };
        let relation = one.relation(other);
        let is_right = matches!(relation, Relation::Same | Relation::Piece);
        if !is_right && one.bytes16 == other.bytes16 {
            continue;
        }
        let by_content = pair.how != How::CallGraph;
        counts.with_neighbours += 1;
        counts.right_with_neighbours += usize::from(is_right);
        if is_right {
            found.with_neighbours.insert(one.identity());
        }
        if !by_content {
            continue;
        }
        counts.accepted += 1;
        counts.right += usize::from(is_right);
        counts.part += usize::from(matches!(relation, Relation::Part(_)));
        if is_right {
            found.by_content.insert(one.identity());
        } else {
            let place = |function: &TrueFunction| format!("{:#x} {}", function.address, function.name);
            let (similarity, how, reasons) = (pair.similarity, pair.how, &pair.reasons);
            let (one, other) = (place(one), place(other));
            let _ =
                writeln!(findings, "- {relation:?}: {one} = {other}: {similarity:.2} {how:?} {reasons:?}");
        }
    }
    found
}

fn both<'a>(
    a: &'a Build,
    b: &'a Build,
    (query, stored): Said,
) -> Option<(&'a TrueFunction, &'a TrueFunction)> {
    Some((a.truth.get(&query)?, b.truth.get(&stored)?))
}

/// What the tool says is part of what, the smaller function by the side it is on.
fn said_to_be_part(comparison: &Comparison) -> impl Iterator<Item = (Holds, Said)> + '_ {
    comparison.inlined.iter().map(|row| (row.holds, (row.query.address, row.stored.address)))
}

fn judge_parts(comparison: &Comparison, a: &Build, b: &Build, counts: &mut Counts, findings: &mut String) {
    let mut right: BTreeSet<(bool, Said)> = BTreeSet::new();
    for (holds, said) in said_to_be_part(comparison) {
        let Some((one, other)) = both(a, b, said) else { continue };
        let inner = if holds == Holds::QueryInStored { one } else { other };
        if !inner.is_judged() {
            continue;
        }
        counts.said_part += 1;
        match one.relation(other) {
            Relation::Part(truly) if truly == holds => {
                counts.said_part_rightly += 1;
                right.insert((holds == Holds::QueryInStored, said));
            }
            Relation::Same | Relation::Piece => counts.said_part_of_the_same += 1,
            relation => {
                let _ = writeln!(findings, "- {relation:?}, said {holds:?}: {} {}", one.name, other.name);
            }
        }
    }
    let turned = |(inner, outer): Said| (outer, inner);
    let inside_b: BTreeSet<(bool, Said)> = cross_inlined(a, b).map(|said| (true, said)).collect();
    let inside_a = cross_inlined(b, a).map(|said| (false, turned(said)));
    let all: BTreeSet<(bool, Said)> = inside_b.into_iter().chain(inside_a).collect();
    counts.cross_inlined += all.len();
    counts.cross_inlined_found += all.intersection(&right).count();
}

/// Functions of `a`, each with one of `b` into which it was inlined while the counterpart of that in `a` does without.
fn cross_inlined<'a>(a: &'a Build, b: &'a Build) -> impl Iterator<Item = Said> + 'a {
    let judged = || a.truth.values().filter(|function| function.is_judged());
    let here: BTreeMap<Identity<'a>, &TrueFunction> =
        judged().map(|function| (function.identity(), function)).collect();
    let outers = b.truth.values().filter(|function| function.is_judged());
    outers.flat_map(move |outer| {
        let counterpart = here.get(&outer.identity()).copied();
        let enough = outer.inlined.iter().filter(|inlined| inlined.bytes >= LEAST_BYTES);
        let inner =
            |source: &'a str, base: &'a str| here.get(&[outer.component.as_str(), source, base]).copied();
        let inners: Vec<Said> = enough
            .filter_map(|inlined| inner(&inlined.source, &inlined.base))
            .filter(|inner| counterpart.is_some_and(|outer| outer.bytes_of(inner).is_none()))
            .map(|inner| (inner.address, outer.address))
            .collect();
        inners
    })
}
