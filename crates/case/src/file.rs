//! The case file as it is written: TOML, every key known, every value in its place.
//!
//! Only syntax and types are settled here; what the parts mean together is
//! settled in [`crate::model`]. Unknown keys are errors, because a misspelt key
//! that is ignored changes an assessment without a word.

use crate::scale::{Aspect, Credibility, EvidenceKind, Forgeability, Reliability, Shareability, Tlp, Vertex};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use std::fmt;
use toml::Spanned;
use toml::value::Datetime;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct CaseFile {
    pub case: Header,
    pub unlisted: Unlisted,
    #[serde(default)]
    pub candidate: Vec<Candidate>,
    #[serde(default)]
    pub source: Vec<Source>,
    #[serde(default)]
    pub analyst: Vec<Analyst>,
    #[serde(default)]
    pub group: Vec<Group>,
    #[serde(default)]
    pub evidence: Vec<Evidence>,
    #[serde(default)]
    pub indicator: Vec<Indicator>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Header {
    pub id: Spanned<String>,
    pub title: String,
    pub question: String,
    pub summary: Option<String>,
    pub incident: Option<Spanned<Datetime>>,
    pub tlp: Option<Tlp>,
    #[serde(default)]
    pub authors: Vec<String>,
    #[serde(default)]
    pub references: Vec<String>,
    pub prior_uncertainty: Option<Spanned<f64>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Unlisted {
    pub prior: Spanned<f64>,
    pub reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Candidate {
    pub id: Spanned<String>,
    pub name: String,
    pub sponsor: Option<String>,
    pub attack: Option<String>,
    pub misp: Option<String>,
    pub note: Option<String>,
    pub prior: Spanned<Prior>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Prior {
    pub tasked: Option<Spanned<f64>>,
    pub untasked: Spanned<f64>,
    pub contractor: Option<Spanned<f64>>,
    pub reuse: Spanned<f64>,
    pub false_flag: Spanned<f64>,
    #[serde(default)]
    pub false_flag_by: Pairs<Spanned<f64>>,
    pub reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
/// What kind of party a source is.
pub enum SourceKind {
    /// A security company.
    Vendor,
    /// A researcher or a team under its own name.
    Researcher,
    /// A newspaper or an agency.
    Press,
    /// A state's office or service.
    Government,
    /// A court or a prosecutor.
    Court,
    /// The party that is accused.
    Accused,
    /// One's own measurement.
    Own,
    /// Anything else.
    Other,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Source {
    pub id: Spanned<String>,
    pub name: String,
    pub kind: SourceKind,
    pub reliability: Reliability,
    pub reason: String,
    pub url: Option<String>,
    pub rated_by: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Analyst {
    pub id: Spanned<String>,
    pub name: String,
    pub source: Option<Spanned<String>>,
    pub note: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Group {
    pub id: Spanned<String>,
    pub correlation: Spanned<f64>,
    pub reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Evidence {
    pub id: Spanned<String>,
    pub title: String,
    pub kind: EvidenceKind,
    pub aspect: Aspect,
    pub vertex: Option<Vertex>,
    pub observation: String,
    #[serde(default)]
    pub artefacts: Vec<String>,
    #[serde(default)]
    pub references: Vec<String>,
    pub source: Spanned<String>,
    pub credibility: Credibility,
    pub origin: Option<Spanned<String>>,
    pub observed: Option<Spanned<Datetime>>,
    pub reported: Spanned<Datetime>,
    pub group: Option<Spanned<String>>,
    pub forgeability: Option<Forgeability>,
    pub shareability: Option<Shareability>,
    pub tlp: Option<Tlp>,
    pub judged_by: Option<Spanned<String>>,
    pub rationale: String,
    pub uncertainty: Option<Spanned<f64>>,
    pub likelihood: Spanned<Likelihood>,
    #[serde(default)]
    pub judgement: Vec<Judgement>,
    pub measured: Option<Measured>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Judgement {
    pub by: Spanned<String>,
    pub date: Option<Spanned<Datetime>>,
    pub rationale: String,
    pub uncertainty: Option<Spanned<f64>>,
    pub likelihood: Spanned<Likelihood>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Indicator {
    pub id: Spanned<String>,
    pub title: String,
    pub kind: EvidenceKind,
    pub aspect: Aspect,
    pub reason: String,
    pub forgeability: Option<Forgeability>,
    pub shareability: Option<Shareability>,
    pub likelihood: Spanned<Likelihood>,
}

/// What a match of code measured, as `cognate case add-match` writes it down.
#[derive(Clone, Debug, PartialEq, serde::Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Measured {
    /// SHA-256 of the sample that was asked about.
    pub query: String,
    /// The relative: a family or an actor of the store.
    pub relative: String,
    /// Shared private functions, near-identical ones once.
    pub functions: u64,
    /// What they weigh, in bits.
    pub evidence_bits: f64,
    /// Independent families and projects in the population, the relative's own left out.
    pub families: u64,
    /// In how many of these the least rare of the counted functions occurs.
    pub other_families: u64,
    /// The probability of such sharing when unrelated: `other_families / families`, never below `3 / families`.
    pub unrelated: f64,
    /// Relatives this good expected by chance, where it was computed.
    pub e_value: Option<f64>,
    /// The version of the fingerprint.
    pub fingerprint_version: u32,
}

/// Keys in the order of the file.
#[derive(Debug)]
pub(crate) struct Pairs<T>(pub Vec<(Spanned<String>, T)>);

impl<T> Default for Pairs<T> {
    fn default() -> Self {
        Pairs(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visit<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Visit<T> {
            type Value = Pairs<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table of candidate ids")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<T>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        from.deserialize_map(Visit(std::marker::PhantomData))
    }
}

/// `{ unlisted = 0.02, lazarus = 0.5, other = { tasked = 0.5, untasked = 0.3 } }`.
#[derive(Debug)]
pub(crate) struct Likelihood {
    pub unlisted: Spanned<f64>,
    pub on: Vec<(Spanned<String>, Roles)>,
}

impl<'de> Deserialize<'de> for Likelihood {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> Visitor<'de> for Visit {
            type Value = Likelihood;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table with `unlisted` and candidate ids")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Likelihood, A::Error> {
                let (mut unlisted, mut on) = (None, Vec::new());
                while let Some(key) = map.next_key::<Spanned<String>>()? {
                    if key.get_ref() == "unlisted" {
                        unlisted = Some(map.next_value()?);
                    } else {
                        on.push((key, map.next_value()?));
                    }
                }
                let missing =
                    "missing `unlisted`: how probable is this when nobody on the list is behind it?";
                Ok(Likelihood { unlisted: unlisted.ok_or_else(|| A::Error::custom(missing))?, on })
            }
        }
        from.deserialize_map(Visit)
    }
}

/// A probability for the group's own doing, or one for each role.
#[derive(Debug, Default)]
pub(crate) struct Roles {
    pub tasked: Option<Spanned<f64>>,
    pub untasked: Option<Spanned<f64>>,
    pub contractor: Option<Spanned<f64>>,
    pub reuse: Option<Spanned<f64>>,
    pub false_flag: Option<Spanned<f64>>,
}

impl<'de> Deserialize<'de> for Roles {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        struct Table {
            tasked: Option<Spanned<f64>>,
            untasked: Option<Spanned<f64>>,
            contractor: Option<Spanned<f64>>,
            reuse: Option<Spanned<f64>>,
            false_flag: Option<Spanned<f64>>,
        }
        struct Visit;
        impl<'de> Visitor<'de> for Visit {
            type Value = Roles;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a probability, or a table of `tasked`, `untasked`, `contractor`, `reuse`, `false-flag`",
                )
            }
            fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Roles, E> {
                let both = Some(Spanned::new(0..0, value));
                Ok(Roles { untasked: both, ..Roles::default() })
            }
            fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Roles, E> {
                self.visit_f64(value as f64)
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Roles, A::Error> {
                let table = Table::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                let Table { tasked, untasked, contractor, reuse, false_flag } = table;
                Ok(Roles { tasked, untasked, contractor, reuse, false_flag })
            }
        }
        from.deserialize_any(Visit)
    }
}
