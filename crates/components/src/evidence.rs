//! What each function of a sample resembles of the known.

use crate::base::Base;
use crate::strength::Strength;
use cognate_fingerprint::{AnchorKind, Fingerprint, Tier};
use std::cmp::Reverse;

/// How a function resembles one of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resemblance {
    /// The component, by its place in the base.
    pub component: u16,
    /// The known function.
    pub function: u32,
    /// Versions in which it is so.
    pub versions: u64,
    /// Its masked bytes are those of a build.
    pub exact: bool,
    /// Rare features of the known function that it shows.
    pub features: u16,
}

impl Resemblance {
    /// Which of the kinds whose frequency is known: exact, or by how many features.
    pub(crate) fn strength(&self) -> Strength {
        match (self.exact, self.features) {
            (true, _) => Strength::Exact,
            (false, 0..=1) => Strength::One,
            (false, 2) => Strength::Two,
            (false, 3) => Strength::Three,
            (false, _) => Strength::Four,
        }
    }
}

/// Most resemblances that are kept of one function: the best of as many components (judgement).
pub(crate) const MOST_RESEMBLED: usize = 6;
/// Bits from which bytes are kept, and are evidence by themselves: shorter functions are written alike by many (judgement:
/// what a function must say to be looked up, half as much again).
pub(crate) const UNIQUE_INFORMATION: u16 = 60;
/// Most rows that are looked at for one function; what many show tells little (judgement).
const MOST_ROWS: usize = 1024;

/// What a function resembles: of each component the function that it is most like, best first.
pub fn resemblances(base: &Base, print: &Fingerprint) -> Vec<Resemblance> {
    if !print.is_telling() {
        return Vec::new();
    }
    let (exact, features) = keys(print);
    resembled(base, exact, features, print.information)
}

/// By what a function is known: its exact hash, and the keys of what it refers to and computes.
///
/// What it imports is left out: who calls a library has as much of that as those whose code calls it, too.
pub(crate) fn keys(print: &Fingerprint) -> (u64, impl Iterator<Item = u64>) {
    let imports: Vec<u64> =
        print.anchors.iter().filter(|it| it.kind == AnchorKind::Import).map(|it| it.hash).collect();
    let keys = print.asked_keys().into_iter();
    let keys = keys.filter(move |key| match key.tier {
        Tier::Anchor => !imports.contains(&key.hash),
        tier => tier == Tier::Flow,
    });
    (print.exact, keys.map(|key| key.hash))
}

/// What a function with these keys, which says so many bits, resembles.
///
/// One that says much more than a known function does not resemble it, but holds it: compilers put functions into others.
pub(crate) fn resembled(
    base: &Base,
    exact: u64,
    keys: impl Iterator<Item = u64>,
    information: u16,
) -> Vec<Resemblance> {
    let mut rows: Vec<(u32, Resemblance)> = Vec::new();
    let features = base.features();
    for row in base.exact().find(exact).take(MOST_ROWS) {
        rows.extend(resemblance(base, row, true));
    }
    let found = keys.flat_map(|key| features.find(key)).take(MOST_ROWS);
    rows.extend(found.filter_map(|row| resemblance(base, row, false)));
    rows.retain(|(function, it)| it.exact || information <= base.most_information(*function));
    rows.sort_by_key(|(function, _)| *function);
    let mut best: Vec<Resemblance> = Vec::new();
    for same in rows.chunk_by(|a, b| a.0 == b.0) {
        let Some((_, first)) = same.first() else { continue };
        let rest = same.get(1..).unwrap_or(&[]).iter();
        best.push(rest.fold(*first, |sum, (_, next)| Resemblance {
            versions: sum.versions & next.versions,
            exact: sum.exact || next.exact,
            features: sum.features + next.features,
            ..sum
        }));
    }
    best.sort_by_key(|it| (Reverse((it.exact, it.features)), it.function));
    let mut seen: Vec<u16> = Vec::new();
    best.retain(|it| {
        let new = seen.len() < MOST_RESEMBLED && !seen.contains(&it.component);
        seen.extend(new.then_some(it.component));
        new
    });
    best
}

fn resemblance(base: &Base, row: u32, exact: bool) -> Option<(u32, Resemblance)> {
    let (function, versions) = base.row(row)?;
    let component = base.component_of(function)?;
    let features = u16::from(!exact);
    Some((function, Resemblance { component, function, versions, exact, features }))
}
