//! Several candidates together: those that the file names, and those who share a sponsor.

use super::ids::Ids;
use crate::model::{CandidateSet, Case, Name, Reference, Whom};
use crate::prose::few;
use cognate_base::{Error, Lines};
use std::collections::{BTreeMap, BTreeSet};

/// Whom a likelihood may name.
pub(super) struct Names {
    pub candidates: Ids,
    /// The places of the members, by the id of the set.
    pub sets: BTreeMap<String, Vec<usize>>,
}

impl Names {
    /// Whom a name means; the name gets its place.
    pub fn whom(&self, name: &mut Name, lines: &Lines<'_>) -> Result<Whom, Error> {
        match self.sets.get(name.as_str()) {
            Some(members) => {
                name.locate(lines);
                Ok(Whom::Each(members.clone()))
            }
            None => self.candidates.index(name, lines).map(Whom::One),
        }
    }
}

/// The places of the members, by the id of the set.
pub(super) fn members(sets: &[CandidateSet], ids: &Ids) -> BTreeMap<String, Vec<usize>> {
    let of = |set: &CandidateSet| set.members.iter().map(Reference::index).collect();
    let known = ids.known.iter().filter_map(|(id, &place)| Some((id.clone(), of(sets.get(place)?))));
    known.collect()
}

/// A set for each sponsor that several candidates share, unless the case has a set of the same members.
pub(super) fn of_one_sponsor(case: &Case) -> Vec<CandidateSet> {
    let mut by_sponsor: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, candidate) in case.candidates.iter().enumerate() {
        if let Some(sponsor) = &candidate.sponsor {
            by_sponsor.entry(sponsor).or_default().push(place);
        }
    }
    let is_new = |members: &[usize]| {
        let same = |set: &CandidateSet| {
            let other: BTreeSet<usize> = set.members.iter().map(Reference::index).collect();
            other.into_iter().eq(members.iter().copied())
        };
        !case.sets.iter().any(same)
    };
    let several = by_sponsor.into_iter().filter(|(_, members)| members.len() > 1 && is_new(members));
    // By the groups, in the id as well: a state is not to be named for what its prior says.
    let set = |(sponsor, members): (&str, Vec<usize>)| CandidateSet {
        id: Name::written(id(case, &members)),
        name: few(&names(case, &members)),
        members: members
            .into_iter()
            .filter_map(|place| Some(Reference::to(case.candidates.get(place)?.id.clone(), place)))
            .collect(),
        reason: format!("the case gives them one sponsor, {sponsor}"),
    };
    several.map(set).collect()
}

/// An id made of the first member's: no set that the case names has one like it, nor another sponsor's.
fn id(case: &Case, members: &[usize]) -> String {
    let first = members.first().and_then(|place| case.candidates.get(*place));
    format!("{}+{}", first.map_or("", |one| one.id.as_str()), members.len().saturating_sub(1))
}

fn names<'c>(case: &'c Case, members: &[usize]) -> Vec<&'c str> {
    members.iter().filter_map(|place| case.candidates.get(*place)).map(|one| one.name.as_str()).collect()
}
