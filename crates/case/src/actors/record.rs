//! The data file as it is written: a header and one record per entry.

use super::spelling::{Likeness, likeness};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The whole file.
#[derive(Debug, Deserialize)]
pub(super) struct Data {
    pub(super) header: Header,
    pub(super) actors: Vec<Record>,
}

/// What of the header answers need.
#[derive(Debug, Deserialize)]
pub(super) struct Header {
    pub(super) date: String,
    pub(super) sources: Vec<Source>,
}

/// A source of names: one galaxy, in one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Its short name, as entries give it.
    pub source: String,
    /// What it is called by those who make it.
    pub title: String,
    /// Its own version.
    pub version: String,
    /// The packages it was taken from, with their versions.
    pub package: String,
    /// Under which terms it may be passed on.
    pub licence: String,
    /// How many entries it has here.
    pub entries: u64,
}

/// Who stands behind an actor, in the words of the source; cognate has not judged it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Stated {
    /// The country of origin: a code, or whatever word the source has.
    pub country: Option<String>,
    /// MISP's `attribution-confidence`, 0 to 100; nearly always its default of 50.
    pub attribution_confidence: Option<u8>,
    /// The state suspected to sponsor the actor (MISP's `cfr-suspected-state-sponsor`).
    pub suspected_state_sponsor: Option<String>,
}

/// A name of an entry that reads like the one asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Matched {
    /// The name as the source writes it.
    pub name: String,
    /// What it is to the entry.
    pub role: Role,
    /// How it differs from what was asked.
    pub likeness: Likeness,
}

/// What a name is to its entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The name the source uses.
    Name,
    /// Another name the source lists; it may be that of a part, or of an operation.
    Alias,
    /// An ATT&CK id or UUID.
    Id,
}

/// A relation: the other's UUID, its type, and its likelihood or nothing.
#[derive(Debug, Deserialize)]
pub(super) struct Relation(pub(super) String, pub(super) String, pub(super) String);

/// One entry of one source.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    pub(super) name: String,
    pub(super) source: String,
    pub(super) uuid: String,
    #[serde(default)]
    pub(super) attack: Option<String>,
    #[serde(default)]
    pub(super) revoked: bool,
    #[serde(default)]
    pub(super) aliases: Vec<String>,
    #[serde(default)]
    pub(super) stated: Stated,
    #[serde(default)]
    pub(super) relations: Vec<Relation>,
}

impl Record {
    /// The names it is given: its own, then its aliases.
    pub(super) fn given(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.aliases.iter().map(String::as_str))
    }

    /// The names and ids under which it is found.
    pub(super) fn names(&self) -> impl Iterator<Item = (&str, Role)> {
        let ids = self.attack.iter().chain(std::iter::once(&self.uuid));
        std::iter::once((self.name.as_str(), Role::Name))
            .chain(self.aliases.iter().map(|alias| (alias.as_str(), Role::Alias)))
            .chain(ids.map(|id| (id.as_str(), Role::Id)))
    }

    /// Its names that read like the one asked, the most literal first.
    pub(super) fn matched(&self, asked: &str) -> Vec<Matched> {
        let mut matched: Vec<Matched> = self
            .names()
            .filter_map(|(name, role)| {
                let likeness = likeness(name, asked)?;
                Some(Matched { name: name.to_owned(), role, likeness })
            })
            .collect();
        matched.sort_by_key(|matched| matched.likeness != Likeness::Literal);
        matched
    }
}
