//! What components have of each other.
//!
//! Functions of two components are one where half of what either shows is the same, or some of it and their name. Of two
//! components that share some, the one of which they are the greater part had them first: a parser that an RPC library
//! carries is all of the parser, and little of the library.

use super::draft::{ComponentIndex, Drafts, FunctionIndex, Seen, stem};
use super::rare::MOST_NAMES;
use crate::choose::Feature;
use std::collections::{BTreeSet, HashMap, HashSet};

/// By how much what two components share must be a greater part of the one for it to be the one that had it first (judgement).
const CLEARLY: f64 = 1.5;
/// And how great a part of it (judgement): where two took something from a third, it is little of either.
const GREAT_PART: f64 = 0.3;
/// Share of two components from which one is a fork of the other (judgement).
const FORK: f64 = 0.5;

/// What components have of each other.
#[derive(Debug, Default)]
pub(super) struct Copies {
    /// Functions that are another component's.
    pub functions: HashSet<FunctionIndex>,
    /// Components of which one is a fork of the other.
    pub forks: Vec<(ComponentIndex, ComponentIndex)>,
}

/// How many keys each function shows, and how many two functions of different components both show.
#[derive(Default)]
struct Counts {
    shown: HashMap<FunctionIndex, u32>,
    both: HashMap<(FunctionIndex, FunctionIndex), u32>,
}

/// The functions of two components that are one: those of the first, those of the second.
type SharedFunctions = (BTreeSet<FunctionIndex>, BTreeSet<FunctionIndex>);

impl Copies {
    /// Tells the functions that a component took from another one, and that are the other's.
    pub fn new(drafts: &Drafts, exact: &[Seen], rare: &[(FunctionIndex, Feature)]) -> Copies {
        let counts = Counts::new(drafts, exact, rare);
        let mut sizes: HashMap<ComponentIndex, u32> = HashMap::new();
        for &function in counts.shown.keys() {
            *sizes.entry(drafts.functions[function].component).or_default() += 1;
        }
        let mut copies = Copies::default();
        for ((one, other), (of_one, of_other)) in counts.shared(drafts) {
            let share = |part: &BTreeSet<FunctionIndex>, of: ComponentIndex| {
                part.len() as f64 / f64::from(sizes.get(&of).copied().unwrap_or(1))
            };
            let (here, there) = (share(&of_one, one), share(&of_other, other));
            // as much of either: which was first cannot be told, and both stay
            if here > FORK && there > FORK {
                copies.forks.push((one, other));
            } else if here > there * CLEARLY && here >= GREAT_PART {
                copies.functions.extend(of_other);
            } else if there > here * CLEARLY && there >= GREAT_PART {
                copies.functions.extend(of_one);
            }
        }
        copies
    }
}

impl Counts {
    fn new(drafts: &Drafts, exact: &[Seen], rare: &[(FunctionIndex, Feature)]) -> Counts {
        let rare = rare.iter().map(|(function, feature)| (stem(feature.key), *function));
        let exact = exact.iter().map(|seen| (stem(seen.key), seen.function));
        let mut by_key: Vec<(u64, FunctionIndex)> = rare.chain(exact).collect();
        by_key.sort_unstable();
        by_key.dedup();
        let component = |function: FunctionIndex| drafts.functions[function].component;
        let mut counts = Counts::default();
        for same in by_key.chunk_by(|a, b| a.0 == b.0) {
            for (place, &(_, one)) in same.iter().enumerate() {
                *counts.shown.entry(one).or_default() += 1;
                for &(_, other) in same.iter().skip(place + 1).take(MOST_NAMES) {
                    if component(one) != component(other) {
                        *counts.both.entry((one, other)).or_default() += 1;
                    }
                }
            }
        }
        counts
    }

    /// By two components, the first with the lower number: their functions that are one.
    fn shared(&self, drafts: &Drafts) -> HashMap<(ComponentIndex, ComponentIndex), SharedFunctions> {
        let of = |function: &FunctionIndex| &drafts.functions[*function];
        let is_one = |one: &FunctionIndex, other: &FunctionIndex, both: u32| {
            let least = self.shown.get(one).min(self.shown.get(other)).copied().unwrap_or(0);
            both * 2 >= least || of(one).name == of(other).name
        };
        let mut shared: HashMap<_, SharedFunctions> = HashMap::new();
        for ((one, other), _) in self.both.iter().filter(|((one, other), both)| is_one(one, other, **both)) {
            let in_order = of(one).component < of(other).component;
            let (one, other) = if in_order { (one, other) } else { (other, one) };
            let (of_one, of_other) = shared.entry((of(one).component, of(other).component)).or_default();
            of_one.insert(*one);
            of_other.insert(*other);
        }
        shared
    }
}
