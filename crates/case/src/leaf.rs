//! The hypotheses of a case, and the claims made of them.
//!
//! A [`Leaf`] is one exclusive hypothesis. A [`Claim`] is a set of leaves that
//! an assessment speaks about. The levels of one candidate are nested by
//! construction:
//!
//! | level     | leaves of the candidate *X*                                  |
//! |-----------|--------------------------------------------------------------|
//! | code base | cluster + others who use *X*'s code                           |
//! | cluster   | group + contractors and former members                        |
//! | group     | sponsor + untasked + *X* planting traces of someone else      |
//! | sponsor   | *X*, tasked                                                   |
//!
//! Who is said to plant traces of others gets no claim at the level of the
//! sponsor: whether a planted operation was tasked is no hypothesis of the case,
//! and a level that left it out would sink as the evidence for the planting rose.
//!
//! A false flag on *X* is in none of *X*'s levels: a planted trace shows what
//! its maker knew of *X*, not where its code comes from.

use crate::model::Case;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// In what way a candidate has to do with the incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The group did it, tasked by its sponsor.
    Tasked,
    /// The group or members of it did it, not tasked.
    Untasked,
    /// Contractors or former members did it, with its code and means.
    Contractor,
    /// Others did it with the group's code.
    Reuse,
    /// Others did it and planted the group's traces.
    FalseFlag,
    /// Somebody not listed did it and has nothing to do with any candidate.
    Unlisted,
}

/// One exclusive hypothesis.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaf {
    /// `lazarus/tasked`, `lazarus/false-flag`, `lazarus/false-flag/sandworm`, `unlisted`.
    pub id: String,
    /// The candidate; none for "someone not listed".
    pub candidate: Option<usize>,
    /// In what way.
    pub role: Role,
    /// The candidate that plants the traces, of a false flag by a listed one.
    pub by: Option<usize>,
    /// Before any evidence.
    pub prior: f64,
}

/// How far up a claim goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// The work comes from the group's code base.
    CodeBase,
    /// The work comes from the group and those who work with it.
    Cluster,
    /// The group or its members did it.
    Group,
    /// The sponsor tasked it.
    Sponsor,
    /// The group's traces were planted.
    FalseFlag,
    /// Nobody on the list has to do with it.
    Unlisted,
}

/// A set of hypotheses that an assessment speaks about.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// `lazarus/group`, `unlisted`.
    pub id: String,
    /// The candidate; none for "someone not listed".
    pub candidate: Option<usize>,
    /// How far up.
    pub level: Level,
    /// For each leaf whether it belongs.
    pub holds: Vec<bool>,
}

/// All hypotheses of a case: candidates in their order, then "someone not listed".
#[must_use]
pub fn leaves(case: &Case) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    for (place, candidate) in case.candidates.iter().enumerate() {
        let prior = &candidate.prior;
        let mut add = |role: Role, by: Option<usize>, tail: String, prior: f64| {
            leaves.push(Leaf {
                id: format!("{}/{tail}", candidate.id),
                candidate: Some(place),
                role,
                by,
                prior,
            });
        };
        if let Some(tasked) = prior.tasked {
            add(Role::Tasked, None, "tasked".into(), tasked);
        }
        add(Role::Untasked, None, "untasked".into(), prior.untasked);
        if let Some(contractor) = prior.contractor {
            add(Role::Contractor, None, "contractor".into(), contractor);
        }
        add(Role::Reuse, None, "reuse".into(), prior.reuse);
        add(Role::FalseFlag, None, "false-flag".into(), prior.false_flag);
        for (by, value) in &prior.false_flag_by {
            add(Role::FalseFlag, Some(by.index()), format!("false-flag/{}", by.name), *value);
        }
    }
    leaves.push(Leaf {
        id: "unlisted".into(),
        candidate: None,
        role: Role::Unlisted,
        by: None,
        prior: *case.unlisted.prior,
    });
    leaves
}

/// All claims about a case: by candidate from the code base up, then its false flag; last "someone not listed".
#[must_use]
pub fn claims(case: &Case, leaves: &[Leaf]) -> Vec<Claim> {
    let mut claims = Vec::new();
    for (place, candidate) in case.candidates.iter().enumerate() {
        for level in [Level::CodeBase, Level::Cluster, Level::Group, Level::Sponsor, Level::FalseFlag] {
            if level == Level::Sponsor
                && (candidate.sponsor.is_none() || leaves.iter().any(|leaf| leaf.by == Some(place)))
            {
                continue;
            }
            let here = Some(place);
            let holds = leaves
                .iter()
                .map(|leaf| level.holds(leaf.role, leaf.candidate == here, leaf.by == here))
                .collect();
            let id = format!("{}/{}", candidate.id, level.id());
            claims.push(Claim { id, candidate: Some(place), level, holds });
        }
    }
    let holds = leaves.iter().map(|leaf| Level::Unlisted.holds(leaf.role, false, false)).collect();
    claims.push(Claim { id: "unlisted".into(), candidate: None, level: Level::Unlisted, holds });
    claims
}

impl Level {
    /// Whether a claim at this level holds under a hypothesis of that role; `is_candidate` says that the hypothesis
    /// is about the candidate of the claim, `plants` that this candidate plants the traces of another.
    #[must_use]
    pub fn holds(self, role: Role, is_candidate: bool, plants: bool) -> bool {
        match (self, role) {
            (Level::Unlisted, _) => role == Role::Unlisted,
            (Level::FalseFlag, Role::FalseFlag) => is_candidate,
            (Level::FalseFlag, _) => false,
            (_, Role::FalseFlag) => plants && self != Level::Sponsor,
            (_, Role::Tasked) => is_candidate,
            (_, Role::Untasked) => is_candidate && self != Level::Sponsor,
            (_, Role::Contractor) => is_candidate && matches!(self, Level::CodeBase | Level::Cluster),
            (_, Role::Reuse) => is_candidate && self == Level::CodeBase,
            (_, Role::Unlisted) => false,
        }
    }

    /// As it stands in ids and in JSON.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Level::CodeBase => "code-base",
            Level::Cluster => "cluster",
            Level::Group => "group",
            Level::Sponsor => "sponsor",
            Level::FalseFlag => "false-flag",
            Level::Unlisted => "unlisted",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sponsor_claims(false_flag_by: &str) -> Vec<String> {
        let text = format!(
            "[case]\nid = \"c\"\ntitle = \"t\"\nquestion = \"q\"\n[unlisted]\nprior = 0.6\nreason = \"r\"\n\
             [[candidate]]\nid = \"x\"\nname = \"X\"\nsponsor = \"S\"\nprior = {{ tasked = 0.1, untasked = 0.05, reuse = 0.03, false-flag = 0.02{false_flag_by}, reason = \"r\" }}\n\
             [[candidate]]\nid = \"y\"\nname = \"Y\"\nsponsor = \"T\"\nprior = {{ tasked = 0.1, untasked = 0.05, reuse = 0.03, false-flag = 0.02, reason = \"r\" }}\n"
        );
        let text =
            if false_flag_by.is_empty() { text } else { text.replace("prior = 0.6\n", "prior = 0.59\n") };
        let case = Case::parse(&text).unwrap_or_else(|error| panic!("{error}"));
        let claims = claims(&case, &leaves(&case));
        claims.into_iter().filter(|claim| claim.level == Level::Sponsor).map(|claim| claim.id).collect()
    }

    #[test]
    fn who_is_said_to_plant_traces_gets_no_claim_of_tasking() {
        assert_eq!(sponsor_claims(""), ["x/sponsor", "y/sponsor"]);
        assert_eq!(sponsor_claims(", false-flag-by = { y = 0.01 }"), ["x/sponsor"]);
    }
}
