//! What is answered when somebody asks for an actor.

use super::record::{Matched, Source, Stated};
use super::spelling::{Likeness, fold, likeness};
use super::suggestion::Suggestion;
use schemars::JsonSchema;
use serde::Serialize;

/// Everything the sources say of a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ActorAnswer {
    /// The name as it was asked for; not escaped.
    pub asked: String,
    /// The name was too long: only its beginning was kept, and nothing was looked up.
    pub cut: bool,
    /// What the name stands for.
    pub standing: Standing,
    /// Every entry that bears the name, first whom its source calls so, then by source and name; not a ranking.
    pub candidates: Vec<Candidate>,
    /// Names of other entries that hold the words asked for and, where nobody bears the
    /// name, near spellings; nothing is assumed from them.
    pub suggestions: Vec<Suggestion>,
    /// The day the data were taken, as YYYY-MM-DD.
    pub date: String,
    /// Who was asked, in which version, under which terms.
    pub sources: Vec<Source>,
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// No entry bears it.
    Unknown,
    /// One entry of one source bears it.
    Single,
    /// One entry in each of several sources bears it, which does not make them the same.
    Several,
    /// In at least one source it names several actors.
    Ambiguous,
}

impl Standing {
    /// Entries their source has withdrawn make nothing ambiguous.
    pub(super) fn of(candidates: &[Candidate]) -> Standing {
        let mut sources: Vec<&str> = candidates
            .iter()
            .filter(|candidate| !candidate.revoked)
            .map(|candidate| candidate.source.as_str())
            .collect();
        sources.sort_unstable();
        let in_force = sources.len();
        sources.dedup();
        match candidates.len() {
            0 => Standing::Unknown,
            _ if sources.len() < in_force => Standing::Ambiguous,
            1 => Standing::Single,
            _ => Standing::Several,
        }
    }
}

/// An entry of a source that bears a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Candidate {
    /// What the source calls it.
    pub name: String,
    /// The source's short name, as in `sources`.
    pub source: String,
    /// Its UUID in the MISP galaxy; for an ATT&CK group also the UUID of its STIX id.
    #[schemars(extend("pattern" = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"))]
    pub uuid: String,
    /// Its ATT&CK id, where it is an ATT&CK group.
    pub attack: Option<String>,
    /// The source has withdrawn it.
    pub revoked: bool,
    /// Which of its names matched, and how, the most literal first.
    pub matched: Vec<Matched>,
    /// Its other names, as the source lists them.
    pub aliases: Vec<String>,
    /// Who stands behind it, as the source states; not judged.
    pub stated: Stated,
    /// Entries a relation to which the MISP galaxy states, one step away; no relation says that two are the same.
    pub overlaps: Vec<Overlap>,
}

/// How an entry comes to bear a name, the nearest first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Called {
    /// Its source calls it so, or it is its id.
    So,
    /// What its source calls it begins so.
    Longer,
    /// By another of its names.
    Otherwise,
}

impl Candidate {
    /// How it comes to bear the name that is asked for.
    pub(super) fn is_called(&self, asked: &str) -> Called {
        let ids = self.attack.iter().chain([&self.name, &self.uuid]);
        if ids.into_iter().any(|own| likeness(own, asked).is_some()) {
            Called::So
        } else if fold(&self.name).starts_with(&fold(asked)) {
            Called::Longer
        } else {
            Called::Otherwise
        }
    }

    /// Whether the entry itself bears a name or id, and how literally.
    pub fn bears(&self, name: &str) -> Option<Likeness> {
        let ids = self.attack.iter().chain([&self.name, &self.uuid]);
        ids.chain(&self.aliases).filter_map(|own| likeness(own, name)).min()
    }

    /// The relations stated between this entry and the one with this UUID.
    pub fn overlaps_with<'a>(&'a self, uuid: &'a str) -> impl Iterator<Item = &'a Overlap> {
        self.overlaps.iter().filter(move |overlap| overlap.uuid.eq_ignore_ascii_case(uuid))
    }
}

/// A relation to another entry, passed on as stated: never that both are the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Overlap {
    /// What the other is called.
    pub name: String,
    /// The other's source.
    pub source: String,
    /// The other's UUID.
    #[schemars(extend("pattern" = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"))]
    pub uuid: String,
    /// The other's ATT&CK id.
    pub attack: Option<String>,
    /// The relation in the MISP galaxy's word: `similar`, `overlaps`, `linked-to`, `part-of`, `revoked-by`.
    pub relation: String,
    /// How likely the MISP galaxy holds it to be, in its own word.
    pub likelihood: Option<String>,
    /// Which of the two entries states it.
    pub side: Side,
}

/// Which entry states a relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The candidate's own entry, of the other.
    Here,
    /// The other's entry, of the candidate.
    There,
    /// Each of the other.
    Both,
}

/// What the data say of an id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IdAnswer {
    /// The id as it was asked for; not escaped, cut at [`super::LONGEST_NAME`].
    pub asked: String,
    /// What kind of id it is.
    pub form: IdForm,
    /// The entry whose id it is.
    pub actor: Option<Candidate>,
    /// Other entries that list it among their aliases: a claim, not an identity.
    pub listed_by: Vec<Candidate>,
}

impl IdAnswer {
    /// Whether the entry whose id it is bears a name, and how literally.
    pub fn bears(&self, name: &str) -> Option<Likeness> {
        self.actor.as_ref().and_then(|actor| actor.bears(name))
    }
}

/// What kind of id a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdForm {
    /// An ATT&CK group: `G` and four digits.
    Attack,
    /// A UUID.
    Uuid,
    /// A STIX id: `intrusion-set--` and a UUID.
    Stix,
    /// None of these.
    Unknown,
}

impl IdForm {
    /// The form of an id in lower case without blanks around it.
    pub(super) fn of(id: &str) -> IdForm {
        if let Some(uuid) = id.strip_prefix(super::STIX_PREFIX) {
            return if is_uuid(uuid) { IdForm::Stix } else { IdForm::Unknown };
        }
        let attack = |digits: &str| digits.len() == 4 && digits.bytes().all(|digit| digit.is_ascii_digit());
        match id.strip_prefix('g') {
            Some(digits) if attack(digits) => IdForm::Attack,
            _ if is_uuid(id) => IdForm::Uuid,
            _ => IdForm::Unknown,
        }
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
