//! Who may be behind it, and what is held of them before any evidence.

use super::value::Probability;
use super::written::{Name, Placed, Reference, read, read_some};
use schemars::JsonSchema;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Someone who is not on the list.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Unlisted {
    /// Of someone not listed; all priors of a case add up to 1.
    #[serde(deserialize_with = "read::<_, Placed<Probability>, _>")]
    #[schemars(with = "Probability")]
    pub prior: Placed<f64>,
    /// Why the prior is what it is.
    pub reason: String,
}

/// Who may be behind it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Candidate {
    /// Short name: what likelihoods and other tables call it by.
    pub id: Name,
    /// The name readers know.
    pub name: String,
    /// The state or body said to task it.
    pub sponsor: Option<String>,
    /// ATT&CK id of the group: G and four digits.
    #[schemars(extend("examples" = ["G0032"]))]
    pub attack: Option<String>,
    /// UUID of its entry in the MISP galaxy.
    #[schemars(extend("examples" = ["68391641-859f-4a9a-9a1e-3e5cf71ec376"]))]
    pub misp: Option<String>,
    /// What else to know.
    pub note: Option<String>,
    /// What is held of it before any evidence; all priors of a case add up to 1.
    #[serde(skip_serializing)]
    pub prior: Placed<Prior>,
}

/// What is held of a candidate before any evidence.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Prior {
    /// The group, tasked by its sponsor; only with a sponsor.
    #[serde(default, deserialize_with = "read_some::<_, Probability, _>")]
    #[schemars(with = "Option<Probability>")]
    pub tasked: Option<f64>,
    /// The group or its members, not tasked; left out where the group is the sponsor's own.
    #[serde(default, deserialize_with = "read_some::<_, Probability, _>")]
    #[schemars(with = "Option<Probability>")]
    pub untasked: Option<f64>,
    /// Contractors and former members; left out where the case does not look at them.
    #[serde(default, deserialize_with = "read_some::<_, Probability, _>")]
    #[schemars(with = "Option<Probability>")]
    pub contractor: Option<f64>,
    /// Others, not listed, with the group's code; left out where nobody could have it.
    #[serde(default, deserialize_with = "read_some::<_, Probability, _>")]
    #[schemars(with = "Option<Probability>")]
    pub reuse: Option<f64>,
    /// Someone not listed who plants the group's traces; left out where nobody would.
    #[serde(default, deserialize_with = "read_some::<_, Probability, _>")]
    #[schemars(with = "Option<Probability>")]
    pub false_flag: Option<f64>,
    /// Other candidates who plant them, by id.
    #[serde(default, deserialize_with = "read::<_, Priors, _>")]
    #[schemars(with = "Priors")]
    pub false_flag_by: Vec<(Reference<Candidate>, f64)>,
    /// Other candidates who do it with the group's code, tools or developer, by id.
    #[serde(default, deserialize_with = "read::<_, Priors, _>")]
    #[schemars(with = "Priors")]
    pub borrowed_by: Vec<(Reference<Candidate>, f64)>,
    /// Why the priors are what they are.
    pub reason: String,
}

impl Prior {
    /// That the group itself did it, tasked or not.
    #[must_use]
    pub fn group(&self) -> f64 {
        self.tasked.unwrap_or_default() + self.untasked.unwrap_or_default()
    }

    /// The other candidates that are named here.
    pub(crate) fn others_mut(&mut self) -> impl Iterator<Item = &mut (Reference<Candidate>, f64)> {
        self.false_flag_by.iter_mut().chain(&mut self.borrowed_by)
    }
}

/// Several candidates of whom something is claimed, or judged, together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CandidateSet {
    /// Short name: what likelihoods call it by; none that a candidate has.
    pub id: Name,
    /// As a reader would say it: "the groups of the Russian services".
    pub name: String,
    /// The candidates in it, by id.
    pub members: Vec<Reference<Candidate>>,
    /// Why they stand together.
    pub reason: String,
}

/// Priors by the id of the candidate.
#[derive(Debug)]
pub(crate) struct Priors(Vec<(Reference<Candidate>, f64)>);

impl From<Priors> for Vec<(Reference<Candidate>, f64)> {
    fn from(priors: Priors) -> Self {
        priors.0
    }
}

impl<'de> Deserialize<'de> for Priors {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> Visitor<'de> for Visit {
            type Value = Priors;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table of candidate ids")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Priors, A::Error> {
                let mut priors = Vec::new();
                while let Some((by, prior)) = map.next_entry::<Reference<Candidate>, Probability>()? {
                    priors.push((by, prior.into()));
                }
                Ok(Priors(priors))
            }
        }
        from.deserialize_map(Visit)
    }
}
