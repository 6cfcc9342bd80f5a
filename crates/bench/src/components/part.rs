//! Libraries carried in part: files of which functions are left out.

use super::{Case, key};
use cognate_fingerprint::SampleFingerprint;
use std::collections::{BTreeMap, BTreeSet};

/// The same with so many consecutive functions of each library, and all that is no library's.
pub(super) fn part_of(
    mut case: Case,
    mut sample: SampleFingerprint,
    count: usize,
) -> (Case, SampleFingerprint) {
    let names: BTreeSet<String> = case.libraries.iter().map(|it| key(&it.component)).collect();
    let of_library =
        |address: u64| case.functions.get(&address).map(|name| key(name)).filter(|name| names.contains(name));
    let mut all: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for (at, function) in (0u32..).zip(&sample.functions) {
        if let Some(name) = of_library(function.address) {
            all.entry(name).or_default().push(at);
        }
    }
    let middle = |of_one: Vec<u32>| {
        let start = of_one.len().saturating_sub(count) / 2;
        of_one.into_iter().skip(start).take(count)
    };
    let kept: BTreeSet<u32> = all.into_values().flat_map(middle).collect();
    let is_left = |at: &u32| {
        let address = sample.functions.get(*at as usize).map_or(0, |function| function.address);
        kept.contains(at) || of_library(address).is_none()
    };
    let left: Vec<u32> = (0..sample.functions.len() as u32).filter(is_left).collect();
    let place = |old: &u32| left.binary_search(old).ok().map(|new| new as u32);
    let mut functions = Vec::with_capacity(left.len());
    for &at in &left {
        let mut function = sample.functions[at as usize].clone();
        function.callees = function.callees.iter().filter_map(place).collect();
        functions.push(function);
    }
    for component in &mut sample.components {
        component.functions = component.functions.iter().filter_map(place).collect();
    }
    sample.functions = functions;
    case.libraries.iter_mut().for_each(|it| it.how = "part".to_owned());
    (case, sample)
}
