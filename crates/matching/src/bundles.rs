//! What is shared in pieces that hang together: bundles.
//!
//! In come the query's functions with who holds each; out come runs of them, in the order of their addresses, which the
//! same others hold. A linker keeps the objects of a program together, so that a library, a module and what two versions of a
//! program have in common each lie in a few runs. A bundle is what is shown and counted: a thousand functions of one
//! library are one thing that two programs have in common.

use crate::document::{Bundle, CodeClass};
use crate::facts::Matched;
use crate::indices::{FamilyIndex, LibraryIndex, QueryFunction};
use std::collections::BTreeMap;

/// Comparable functions that are like nothing, and do not end a run. Judgement.
const GAP: usize = 4;
/// Bundles that are listed, those of most code first.
const MOST_LISTED: usize = 50;
/// Holders of a bundle that are named.
const MOST_NAMED: usize = 5;

/// What makes functions one bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Held<'m> {
    /// By a library.
    Library(LibraryIndex),
    /// By unrelated software.
    Common,
    /// By a library, or by nobody: what lies around says no more.
    Doubtful,
    /// By these families alone.
    Private(&'m [FamilyIndex]),
}

/// The bundles of a query.
#[derive(Debug, Default)]
pub(crate) struct Bundles {
    /// Those that are listed, most code first.
    pub listed: Vec<Bundle>,
    /// The bundle of each function, by its place in `listed`; functions of others are not there.
    of_function: BTreeMap<QueryFunction, u32>,
}

impl Bundles {
    /// Puts the functions of a query into bundles.
    pub fn of(matched: &Matched<'_>) -> Self {
        let mut runs: Vec<(Held<'_>, Vec<QueryFunction>)> = Vec::new();
        // where the run of each holder was added to last, by how many comparable functions had come
        let mut open: BTreeMap<Held<'_>, (usize, usize)> = BTreeMap::new();
        let mut unlike = 0;
        for function in matched.query.functions.indices() {
            let Some(held) = held(matched, function) else {
                unlike += usize::from(matched.query.is_comparable(function));
                continue;
            };
            let run = match open.get(&held) {
                Some(&(run, at)) if unlike - at <= GAP => run,
                _ => {
                    runs.push((held, Vec::new()));
                    runs.len() - 1
                }
            };
            open.insert(held, (run, unlike));
            if let Some((_, functions)) = runs.get_mut(run) {
                functions.push(function);
            }
        }
        let mut bundles: Vec<(Bundle, Vec<QueryFunction>)> = runs
            .into_iter()
            .map(|(held, functions)| (bundle(matched, held, &functions), functions))
            .collect();
        bundles.sort_by(|(a, _), (b, _)| b.code.bytes.cmp(&a.code.bytes).then(a.first.cmp(&b.first)));
        bundles.truncate(MOST_LISTED);
        let of_function =
            (0u32..).zip(&bundles).flat_map(|(at, (_, all))| all.iter().map(move |one| (*one, at)));
        let of_function = of_function.collect();
        Bundles { listed: bundles.into_iter().map(|(bundle, _)| bundle).collect(), of_function }
    }

    /// The bundle that a function is in, by its place among those listed.
    pub fn of_function(&self, function: QueryFunction) -> Option<u32> {
        self.of_function.get(&function).copied()
    }
}

fn held<'m>(matched: &'m Matched<'_>, function: QueryFunction) -> Option<Held<'m>> {
    let fact = &matched.facts[function];
    match matched.class_shown(function) {
        CodeClass::Library => fact.library.map(Held::Library),
        CodeClass::Doubtful => matched.query.is_comparable(function).then_some(Held::Doubtful),
        _ if !matched.is_matched(function) => None,
        CodeClass::Common => Some(Held::Common),
        CodeClass::Private => Some(Held::Private(&fact.families)),
    }
}

fn bundle(matched: &Matched<'_>, held: Held<'_>, functions: &[QueryFunction]) -> Bundle {
    let address = |at: Option<&QueryFunction>| at.map_or(0, |&at| matched.query.functions[at].address);
    let mut holders: BTreeMap<FamilyIndex, usize> = BTreeMap::new();
    for &family in functions.iter().flat_map(|&function| &matched.facts[function].families) {
        *holders.entry(family).or_default() += 1;
    }
    // what single functions are like by chance holds no bundle
    holders.retain(|_, count| *count * 2 >= functions.len());
    let mut named: Vec<(usize, FamilyIndex)> =
        holders.iter().map(|(&family, &count)| (count, family)).collect();
    named.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let name = |(_, family): &(usize, FamilyIndex)| matched.catalogue.families[*family].name.clone();
    Bundle {
        class: match held {
            Held::Library(_) => CodeClass::Library,
            Held::Common => CodeClass::Common,
            Held::Doubtful => CodeClass::Doubtful,
            Held::Private(_) => CodeClass::Private,
        },
        library: match held {
            Held::Library(library) => Some(matched.libraries[library].name.clone()),
            _ => None,
        },
        code: matched.query.share(functions.iter().copied()),
        first: address(functions.first()),
        last: address(functions.last()),
        holders: holders.len() as u64,
        named: named.iter().take(MOST_NAMED).map(name).collect(),
    }
}
