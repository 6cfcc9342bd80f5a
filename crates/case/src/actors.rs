//! Actor names and their aliases, with provenance.
//!
//! A name goes in; out come *all* entries that bear it, each with the source
//! that says so, its ids, and the relations the source states. Start with
//! [`Actors::embedded`] and [`Actors::find`]; [`Actors::resolve_id`] goes from
//! an ATT&CK id or a MISP UUID to its entry.
//!
//! Names are claims of vendors, not identities. So one name in two sources does
//! not make their entries the same, a relation "similar" is passed on as an
//! overlap, and relations are never followed further: across the MISP galaxy
//! that would fuse OilRig, APT35 and Rocket Kitten into one.
//!
//! The data are `data/actors.json`, made by `tools/actors.py`; terms in `data/NOTICE`.

mod answer;
mod record;
mod spelling;
mod suggestion;
#[cfg(test)]
mod tests;

pub use answer::{ActorAnswer, Candidate, IdAnswer, IdForm, Overlap, Side, Standing};
pub use record::{Matched, Role, Source, Stated};
pub use spelling::Likeness;
pub use suggestion::{Hint, Suggestion};

use record::{Data, Record};
pub(crate) use spelling::fold;
use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

/// Longest name looked up, in characters; the longest known has fewer than 50.
pub const LONGEST_NAME: usize = 128;

/// What a STIX id of an ATT&CK group begins with; the UUID behind it is also MISP's.
const STIX_PREFIX: &str = "intrusion-set--";

/// All actors known by name, ready for questions.
///
/// ```
/// use cognate_case::actors::{Actors, Standing};
///
/// let answer = Actors::embedded().find("cobalt-gypsy");
/// assert_eq!(answer.standing, Standing::Ambiguous);
/// assert!(answer.candidates.iter().any(|candidate| candidate.name == "Cleaver"));
/// ```
pub struct Actors {
    data: Data,
    /// Entries by folded name and folded id.
    by_name: HashMap<String, Vec<usize>>,
    by_uuid: HashMap<String, usize>,
    /// For each entry, the entries that state a relation to it.
    stated_of: HashMap<usize, Vec<usize>>,
}

impl Actors {
    /// The actors cognate was built with, parsed once.
    pub fn embedded() -> &'static Actors {
        static ACTORS: LazyLock<Actors> = LazyLock::new(|| {
            // Not input: the text is part of the program, and a test parses it.
            Actors::parse(include_str!("../data/actors.json")).expect("the embedded actors parse")
        });
        &ACTORS
    }

    /// Reads the format that `tools/actors.py` writes.
    ///
    /// Fails when it is not that; entries are not judged.
    pub fn parse(text: &str) -> Result<Actors, serde_json::Error> {
        let data: Data = serde_json::from_str(text)?;
        let mut actors =
            Actors { data, by_name: HashMap::new(), by_uuid: HashMap::new(), stated_of: HashMap::new() };
        for (index, record) in actors.data.actors.iter().enumerate() {
            actors.by_uuid.insert(record.uuid.clone(), index);
            for name in record.names().map(|(name, _)| fold(name)).filter(|name| !name.is_empty()) {
                let bearers = actors.by_name.entry(name).or_default();
                if bearers.last() != Some(&index) {
                    bearers.push(index);
                }
            }
        }
        for (index, record) in actors.data.actors.iter().enumerate() {
            for to in record.relations.iter().filter_map(|relation| actors.by_uuid.get(&relation.0)) {
                actors.stated_of.entry(*to).or_default().push(index);
            }
        }
        Ok(actors)
    }

    /// The day the data were taken, as YYYY-MM-DD.
    pub fn date(&self) -> &str {
        &self.data.header.date
    }

    /// Who says so, in the order of answers.
    pub fn sources(&self) -> &[Source] {
        &self.data.header.sources
    }

    /// Finds every entry that bears a name or id.
    ///
    /// Case, blanks, hyphens and punctuation do not count; each match says how
    /// literal it was. Names that hold all the words asked for are suggested, and
    /// near spellings where nobody bears the name; nothing is assumed from them. Never fails, whatever the name holds; of a
    /// name longer than [`LONGEST_NAME`] only the beginning is kept, and nothing found.
    pub fn find(&self, name: &str) -> ActorAnswer {
        let cut = name.chars().nth(LONGEST_NAME).is_some();
        let asked: String = name.chars().take(LONGEST_NAME).collect();
        let plain = asked.strip_prefix(STIX_PREFIX).unwrap_or(&asked);
        let bearers = if cut { &[] } else { self.bearers(plain) };
        let mut candidates: Vec<Candidate> =
            bearers.iter().filter_map(|&index| self.candidate(index, plain)).collect();
        // Whom a source calls so, before whom it is only another name of.
        candidates.sort_by_key(|candidate| candidate.is_called(plain));
        let suggestions = if cut { Vec::new() } else { self.suggestions(plain, bearers) };
        ActorAnswer {
            standing: Standing::of(&candidates),
            candidates,
            suggestions,
            cut,
            date: self.date().to_owned(),
            sources: self.sources().to_vec(),
            asked,
        }
    }

    /// Tells what the data say of an ATT&CK group id (`G0032`), a MISP UUID or a
    /// STIX id (`intrusion-set--…`), so that a case file can be checked against it.
    ///
    /// An id nobody knows gives an answer without an actor.
    pub fn resolve_id(&self, id: &str) -> IdAnswer {
        let asked: String = id.chars().take(LONGEST_NAME).collect();
        let lower = asked.trim().to_ascii_lowercase();
        let form = IdForm::of(&lower);
        let plain = lower.strip_prefix(STIX_PREFIX).unwrap_or(&lower);
        let owner = match form {
            IdForm::Attack => self.owner_of_attack_id(plain),
            IdForm::Uuid | IdForm::Stix => self.by_uuid.get(plain).copied(),
            IdForm::Unknown => None,
        };
        let bearers = if form == IdForm::Unknown { &[] } else { self.bearers(plain) };
        let others = bearers.iter().filter(|&&index| Some(index) != owner);
        let listed_by = others.filter_map(|&index| self.candidate(index, plain)).collect();
        let actor = owner.and_then(|index| self.candidate(index, plain));
        IdAnswer { asked, form, actor, listed_by }
    }

    fn bearers(&self, name: &str) -> &[usize] {
        self.by_name.get(&fold(name)).map_or(&[], Vec::as_slice)
    }

    fn owner_of_attack_id(&self, id: &str) -> Option<usize> {
        let owns = |index: &&usize| {
            self.record(**index).is_some_and(|record| {
                record.attack.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(id))
            })
        };
        self.bearers(id).iter().find(owns).copied()
    }

    fn record(&self, index: usize) -> Option<&Record> {
        self.data.actors.get(index)
    }

    fn candidate(&self, index: usize, asked: &str) -> Option<Candidate> {
        let record = self.record(index)?;
        Some(Candidate {
            name: record.name.clone(),
            source: record.source.clone(),
            uuid: record.uuid.clone(),
            attack: record.attack.clone(),
            revoked: record.revoked,
            matched: record.matched(asked),
            aliases: record.aliases.clone(),
            stated: record.stated.clone(),
            overlaps: self.overlaps(index),
        })
    }

    /// The relations stated here of others and by others of this one: one step, no further.
    fn overlaps(&self, index: usize) -> Vec<Overlap> {
        let mut found: BTreeMap<(usize, &str, &str), Side> = BTreeMap::new();
        let Some(record) = self.record(index) else { return Vec::new() };
        for relation in &record.relations {
            if let Some(&other) = self.by_uuid.get(&relation.0) {
                found.insert((other, &relation.1, &relation.2), Side::Here);
            }
        }
        for &other in self.stated_of.get(&index).map_or(&[][..], Vec::as_slice) {
            let relations = self.record(other).map_or(&[][..], |other| &other.relations);
            for relation in relations.iter().filter(|relation| relation.0 == record.uuid) {
                let side = found.entry((other, &relation.1, &relation.2)).or_insert(Side::There);
                if *side == Side::Here {
                    *side = Side::Both;
                }
            }
        }
        found.into_iter().filter_map(|(key, side)| self.overlap(key, side)).collect()
    }

    fn overlap(&self, (other, relation, likelihood): (usize, &str, &str), side: Side) -> Option<Overlap> {
        let other = self.record(other)?;
        Some(Overlap {
            name: other.name.clone(),
            source: other.source.clone(),
            uuid: other.uuid.clone(),
            attack: other.attack.clone(),
            relation: relation.to_owned(),
            likelihood: (!likelihood.is_empty()).then(|| likelihood.to_owned()),
            side,
        })
    }

    fn suggestions(&self, asked: &str, bearers: &[usize]) -> Vec<Suggestion> {
        let others = self.data.actors.iter().enumerate().filter(|(index, _)| !bearers.contains(index));
        let names = others.flat_map(|(_, record)| record.given().map(move |name| (name, record)));
        suggestion::suggestions(asked, bearers.is_empty(), names)
    }
}
