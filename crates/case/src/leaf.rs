//! The hypotheses of a case, and the claims made of them.
//!
//! A [`Leaf`] is one exclusive hypothesis. A [`Claim`] is a set of leaves that
//! an assessment speaks about. The levels of one candidate are nested by
//! construction:
//!
//! | level     | leaves of the candidate *X*                                     |
//! |-----------|-----------------------------------------------------------------|
//! | code base | cluster + others who use *X*'s code                              |
//! | cluster   | group + contractors and former members                           |
//! | group     | sponsor + untasked + the same where *X* plants traces of someone |
//! |           | else, or uses someone else's code                                |
//! | sponsor   | *X*, tasked, in whatever way                                     |
//!
//! A false flag on *X* is in none of *X*'s levels: a planted trace shows what
//! its maker knew of *X*, not where its code comes from. A candidate that plants
//! traces, or borrows code, does it tasked or not in the ratio of its own priors:
//! so every candidate with a sponsor has a claim at that level, whatever else the
//! case asks of it.
//!
//! Across candidates: *unlisted* holds wherever the actor is nobody on the list
//! (somebody unrelated, others with a candidate's code, a false flag by nobody
//! listed), *unrelated* only for the first of these; a *set* holds wherever one of
//! its members acts.

use crate::model::{Candidate, Case};
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
    /// Others, not listed, did it with the group's code.
    Reuse,
    /// Another candidate did it with the group's code, tools or developer.
    Borrowed,
    /// Others did it and planted the group's traces.
    FalseFlag,
    /// Somebody not listed did it and has nothing to do with any candidate.
    Unlisted,
}

/// One exclusive hypothesis.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaf {
    /// `lazarus/tasked`, `lazarus/false-flag`, `lazarus/false-flag/sandworm/tasked`, `unlisted`.
    pub id: String,
    /// The candidate; none for "somebody unrelated".
    pub candidate: Option<usize>,
    /// In what way.
    pub role: Role,
    /// The candidate that plants the traces or borrows the code, where it is a listed one.
    pub by: Option<usize>,
    /// Whoever acts was tasked by its sponsor.
    pub tasked: bool,
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
    /// One of several candidates did it.
    Set,
    /// Somebody who is not on the list did it.
    Unlisted,
    /// Nobody on the list has to do with it.
    Unrelated,
}

/// A set of hypotheses that an assessment speaks about.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// `lazarus/group`, `set/russia`, `unlisted`.
    pub id: String,
    /// The candidate, where the claim is about one.
    pub candidate: Option<usize>,
    /// The set of the case, where it is about one.
    pub set: Option<usize>,
    /// How far up.
    pub level: Level,
    /// For each leaf whether it belongs.
    pub holds: Vec<bool>,
}

/// All hypotheses of a case: candidates in their order, then "somebody unrelated".
#[must_use]
pub fn leaves(case: &Case) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    for (place, candidate) in case.candidates.iter().enumerate() {
        let prior = &candidate.prior;
        let own = [
            (Role::Tasked, "tasked", prior.tasked),
            (Role::Untasked, "untasked", prior.untasked),
            (Role::Contractor, "contractor", prior.contractor),
            (Role::Reuse, "reuse", prior.reuse),
            (Role::FalseFlag, "false-flag", prior.false_flag),
        ];
        for (role, name, prior) in own {
            let id = format!("{}/{name}", candidate.id);
            let tasked = role == Role::Tasked;
            leaves.extend(prior.map(|prior| Leaf {
                id,
                candidate: Some(place),
                role,
                by: None,
                tasked,
                prior,
            }));
        }
        let by = [
            (Role::FalseFlag, "false-flag", &prior.false_flag_by),
            (Role::Borrowed, "borrowed", &prior.borrowed_by),
        ];
        for (role, name, others) in by {
            for (actor, prior) in others {
                let id = format!("{}/{name}/{}", candidate.id, actor.name);
                let leaf = Leaf {
                    id,
                    candidate: Some(place),
                    role,
                    by: Some(actor.index()),
                    tasked: false,
                    prior: *prior,
                };
                leaves.extend(by_order(leaf, actor.of(&case.candidates)));
            }
        }
    }
    leaves.push(Leaf {
        id: "unlisted".into(),
        candidate: None,
        role: Role::Unlisted,
        by: None,
        tasked: false,
        prior: *case.unlisted.prior,
    });
    leaves
}

/// What another candidate does, tasked and not, in the ratio of its own priors.
fn by_order(leaf: Leaf, actor: Option<&Candidate>) -> Vec<Leaf> {
    let prior = actor.map(|actor| &actor.prior);
    let (tasked, untasked) = prior.map_or((None, None), |prior| (prior.tasked, prior.untasked));
    let sum = tasked.unwrap_or_default() + untasked.unwrap_or_default();
    let part = |share: f64, name: &str, is_tasked: bool| Leaf {
        id: format!("{}/{name}", leaf.id),
        tasked: is_tasked,
        prior: leaf.prior * share / sum,
        ..leaf.clone()
    };
    match (tasked, untasked) {
        (None, _) => vec![leaf],
        (Some(tasked), Some(untasked)) => {
            vec![part(tasked, "tasked", true), part(untasked, "untasked", false)]
        }
        (Some(tasked), None) => vec![part(tasked, "tasked", true)],
    }
}

/// All claims about a case: by candidate from the code base up, then its false flag; sets; last who is not listed.
#[must_use]
pub fn claims(case: &Case, leaves: &[Leaf]) -> Vec<Claim> {
    let mut claims = Vec::new();
    for (place, candidate) in case.candidates.iter().enumerate() {
        for level in [Level::CodeBase, Level::Cluster, Level::Group, Level::Sponsor, Level::FalseFlag] {
            let holds: Vec<bool> = leaves.iter().map(|leaf| level.holds(leaf, place)).collect();
            // Of what the case has no hypothesis for, nothing is claimed.
            if holds.contains(&true) {
                let id = format!("{}/{}", candidate.id, level.id());
                claims.push(Claim { id, candidate: Some(place), set: None, level, holds });
            }
        }
    }
    for (place, set) in case.sets.iter().enumerate() {
        let acts = |leaf: &Leaf| set.members.iter().any(|member| Level::Group.holds(leaf, member.index()));
        let holds = leaves.iter().map(acts).collect();
        let id = format!("set/{}", set.id);
        claims.push(Claim { id, candidate: None, set: Some(place), level: Level::Set, holds });
    }
    let nobody = |leaf: &Leaf| leaf.actor_is_unlisted();
    let holds = leaves.iter().map(nobody).collect();
    claims.push(Claim { id: "unlisted".into(), candidate: None, set: None, level: Level::Unlisted, holds });
    let holds = leaves.iter().map(|leaf| leaf.role == Role::Unlisted).collect();
    claims.push(Claim { id: "unrelated".into(), candidate: None, set: None, level: Level::Unrelated, holds });
    claims
}

impl Leaf {
    /// Whoever did it is not on the list.
    #[must_use]
    pub fn actor_is_unlisted(&self) -> bool {
        matches!(self.role, Role::Unlisted | Role::Reuse)
            || (self.role == Role::FalseFlag && self.by.is_none())
    }
}

impl Level {
    /// Whether a claim of a candidate at this level holds under a hypothesis; false for claims of no single candidate.
    #[must_use]
    pub fn holds(self, leaf: &Leaf, candidate: usize) -> bool {
        let (about, acts) = (leaf.candidate == Some(candidate), leaf.by == Some(candidate));
        let in_group = acts || (about && matches!(leaf.role, Role::Tasked | Role::Untasked));
        match self {
            Level::Sponsor => in_group && leaf.tasked,
            Level::Group => in_group,
            Level::Cluster => in_group || (about && leaf.role == Role::Contractor),
            Level::CodeBase => {
                in_group || (about && matches!(leaf.role, Role::Contractor | Role::Reuse | Role::Borrowed))
            }
            Level::FalseFlag => about && leaf.role == Role::FalseFlag,
            Level::Set | Level::Unlisted | Level::Unrelated => false,
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
            Level::Set => "set",
            Level::Unlisted => "unlisted",
            Level::Unrelated => "unrelated",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(more_of_x: &str, unlisted: &str, expected: &[(&str, &str)]) {
        let text = format!(
            "[case]\nid = \"c\"\ntitle = \"t\"\nquestion = \"q\"\n[unlisted]\nprior = {unlisted}\nreason = \"r\"\n\
             [[candidate]]\nid = \"x\"\nname = \"X\"\nprior = {{ untasked = 0.15{more_of_x}, reason = \"r\" }}\n\
             [[candidate]]\nid = \"y\"\nname = \"Y\"\nsponsor = \"T\"\nprior = {{ tasked = 0.15, untasked = 0.05, reuse = 0.03, false-flag = 0.02, reason = \"r\" }}\n"
        );
        let case = Case::parse(&text).unwrap_or_else(|error| panic!("{error}"));
        let leaves = leaves(&case);
        let claims = claims(&case, &leaves);
        for (id, held) in expected {
            let claim = claims.iter().find(|claim| claim.id == *id);
            let ids = claim.map(|claim| {
                let held = leaves.iter().zip(&claim.holds).filter(|(_, holds)| **holds);
                held.map(|(leaf, _)| leaf.id.as_str()).collect::<Vec<_>>().join(" ")
            });
            assert_eq!(ids.as_deref().unwrap_or("no claim"), *held, "{id}");
        }
    }

    #[test]
    fn levels_are_nested_and_what_is_not_asked_is_not_claimed() {
        check(
            "",
            "0.6",
            &[
                ("x/code-base", "x/untasked"),
                ("x/sponsor", "no claim"),
                ("x/false-flag", "no claim"),
                ("y/code-base", "y/tasked y/untasked y/reuse"),
                ("y/sponsor", "y/tasked"),
                ("unlisted", "y/reuse y/false-flag unlisted"),
                ("unrelated", "unlisted"),
            ],
        );
    }

    #[test]
    fn who_plants_traces_or_borrows_code_is_tasked_or_not_in_the_ratio_of_its_priors() {
        check(
            ", false-flag-by = { y = 0.04 }, borrowed-by = { y = 0.02 }",
            "0.54",
            &[
                ("x/code-base", "x/untasked x/borrowed/y/tasked x/borrowed/y/untasked"),
                ("x/group", "x/untasked"),
                ("x/false-flag", "x/false-flag/y/tasked x/false-flag/y/untasked"),
                ("y/sponsor", "x/false-flag/y/tasked x/borrowed/y/tasked y/tasked"),
                ("unlisted", "y/reuse y/false-flag unlisted"),
            ],
        );
    }
}
