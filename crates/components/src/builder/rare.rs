//! Which keys tell a component: those that few others show.

use super::draft::{ComponentIndex, Drafts, FunctionIndex, Goodware, Seen, stem};
use crate::choose::Feature;
use std::collections::BTreeSet;

/// A feature that more components than this show under different names is nobody's (judgement).
const MOST_OTHERS: usize = 3;
/// A feature that more functions than this show is a habit of its authors (judgement).
pub(super) const MOST_NAMES: usize = 8;
/// A feature that more projects of goodware than this show is nobody's: a library that is embedded often shows in some
/// (judgement).
const MOST_PROJECTS: u32 = 12;
/// Functions of goodware that are taken to be there at least: without it, features are as rare as that (judgement).
const LEAST_POPULATION: u64 = 1000;

/// The features that few others show, each with its function.
pub(super) fn rare(drafts: &Drafts, goodware: &Goodware, features: &[Seen]) -> Vec<(FunctionIndex, Feature)> {
    let mut kept = Vec::new();
    for (key, same) in by_stem(features) {
        if is_common(drafts, goodware, same) {
            continue;
        }
        // not more than what was counted allows: one of three in all functions where none was seen
        let population = goodware.functions.max(LEAST_POPULATION) as f32;
        let showing = goodware.projects_with(key) as f32 + components(drafts, same).len() as f32;
        let bits = libm::log2f(population / (3.0 * showing));
        let mut sorted: Vec<Seen> = same.to_vec();
        sorted.sort_unstable_by_key(|seen| (seen.function, seen.build));
        for of_one in sorted.chunk_by(|a, b| a.function == b.function) {
            let mut builds: Vec<u16> = of_one.iter().map(|seen| seen.build).collect();
            builds.dedup();
            kept.extend(of_one.first().map(|seen| (seen.function, Feature { key, bits, builds })));
        }
    }
    kept
}

/// Keys of which as much is the same as is kept, with the first of them.
pub(super) fn by_stem(seen: &[Seen]) -> impl Iterator<Item = (u64, &[Seen])> {
    let same = seen.chunk_by(|a, b| stem(a.key) == stem(b.key));
    same.filter_map(|same| Some((same.first()?.key, same)))
}

/// Whether nobody is known by a key: too many projects show it, or too many functions of other names.
pub(super) fn is_common(drafts: &Drafts, goodware: &Goodware, same: &[Seen]) -> bool {
    let names = same.iter().map(|seen| drafts.functions[seen.function].name.as_str());
    let names = names.collect::<BTreeSet<&str>>().len();
    let projects = same.first().map_or(0, |first| goodware.projects_with(first.key));
    projects > MOST_PROJECTS || names > MOST_NAMES || names.min(components(drafts, same).len()) > MOST_OTHERS
}

fn components(drafts: &Drafts, same: &[Seen]) -> BTreeSet<ComponentIndex> {
    same.iter().map(|seen| drafts.functions[seen.function].component).collect()
}
