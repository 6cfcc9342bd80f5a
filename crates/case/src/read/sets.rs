//! Several candidates together: those that the file names, and those who share a sponsor.

use super::ids::Ids;
use crate::model::{Candidate, CandidateSet, Case, Name, Reference, Whom};
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
    let set = |(number, (sponsor, members)): (usize, (&str, Vec<usize>))| CandidateSet {
        id: Name::written(free_id(case, sponsor, number)),
        // By the names of the groups: a state is not to be named for what its prior says.
        name: listed(members.iter().filter_map(|place| case.candidates.get(*place))),
        members: members
            .into_iter()
            .filter_map(|place| Some(Reference::to(case.candidates.get(place)?.id.clone(), place)))
            .collect(),
        reason: format!("the case gives them one sponsor, {sponsor}"),
    };
    several.enumerate().map(set).collect()
}

/// "A, B and C".
fn listed<'c>(candidates: impl Iterator<Item = &'c Candidate>) -> String {
    let names: Vec<&str> = candidates.map(|one| one.name.as_str()).collect();
    match names.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        names => names.concat(),
    }
}

/// An id made of a sponsor's name that no set and no candidate has.
fn free_id(case: &Case, sponsor: &str, number: usize) -> String {
    let letters = sponsor.chars().map(|letter| match letter.to_ascii_lowercase() {
        fits @ ('a'..='z' | '0'..='9') => fits,
        _ => '-',
    });
    let slug: String = letters.take(60).collect();
    let slug = slug.trim_matches('-');
    let taken = |id: &str| {
        case.sets.iter().any(|set| set.id == *id) || case.candidates.iter().any(|one| one.id == *id)
    };
    if slug.is_empty() || taken(slug) { format!("sponsor-{}", number + 1) } else { slug.to_owned() }
}
