//! Which observation an item reports.

use super::{Case, Item};
use std::collections::{BTreeMap, BTreeSet};

impl Case {
    /// The observation an item reports: follows `origin` to its end.
    ///
    /// Two items with the same answer are reports of one observation.
    #[must_use]
    pub fn observations(&self) -> Vec<String> {
        let by_id: BTreeMap<&str, &Item> =
            self.evidence.iter().map(|item| (item.id.as_str(), item)).collect();
        let mut known = BTreeMap::new();
        self.evidence.iter().map(|item| root(&item.id, &by_id, &mut known).to_owned()).collect()
    }
}

/// The end of an item's chain of origins; of a circle, its least name.
///
/// `known` keeps the end of every item passed, so that all chains together cost one walk.
fn root<'a>(
    id: &'a str,
    by_id: &BTreeMap<&'a str, &'a Item>,
    known: &mut BTreeMap<&'a str, &'a str>,
) -> &'a str {
    let (mut path, mut passed) = (Vec::new(), BTreeSet::new());
    let mut name = id;
    let end = loop {
        if let Some(&end) = known.get(name) {
            break end;
        }
        if !passed.insert(name) {
            break circle(name, by_id);
        }
        path.push(name);
        match by_id.get(name).and_then(|item| item.origin.as_deref()) {
            Some(origin) => name = origin,
            None => break name,
        }
    };
    known.extend(path.into_iter().map(|name| (name, end)));
    end
}

/// The least name on the circle that `start` lies on.
fn circle<'a>(start: &'a str, by_id: &BTreeMap<&'a str, &'a Item>) -> &'a str {
    let (mut least, mut name) = (start, start);
    while let Some(origin) = by_id.get(name).and_then(|item| item.origin.as_deref()) {
        least = least.min(origin);
        name = origin;
        if name == start {
            break;
        }
    }
    least
}
