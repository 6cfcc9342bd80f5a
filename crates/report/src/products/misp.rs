//! An assessment as a MISP event.
//!
//! Every claim is an attribute of the category *Attribution* whose value is the
//! worded sentence, tagged with the terms of the taxonomy `estimative-language`
//! (which are those of ICD 203, whatever the standard of the assessment). Every
//! item is a text tagged with the grades of `admiralty-scale`; its artefacts are
//! attributes of their own type, never marked for detection: they are grounds of
//! a judgement, not a block list. The whole assessment goes along as an event report.
//!
//! The event itself bears the TLP tag, and an actor's galaxy tag only for an
//! established claim, because readers take that tag for an attribution; what an earlier day established
//! and this one does not is taken back in a sentence. It bears
//! no likelihood of its own, which would not say of what. Its organisation is that of the authors, in
//! every case the same.

use super::artefact::{Artefact, Catalogued, catalogued, recognise};
use super::catalogue::entry;
use super::established::{self, history};
use super::identifier::{Author, Days, named, seconds};
use super::plain::{named_or, plain};
use cognate_case::assessment::{CandidateSummary, ClaimView, ItemView};
use cognate_case::leaf::Level;
use cognate_case::prose::{confidence_sentence, confidence_word, likelihood_sentence};
use cognate_case::{Assessment, Scheme};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Writes an assessment as a MISP event, the same bytes every time.
///
/// The event is unpublished and for the own organisation only: sharing it is a decision that its
/// readers take, by its TLP tag.
#[must_use]
pub fn misp(assessment: &Assessment) -> Value {
    let case = &assessment.case;
    let days = Days::of(assessment);
    let event = uuid("event", &[&case.id]);
    let author = Author::of(case);
    let title = named_or(&case.title, &case.id);
    let mut tags = vec![assessment.case.tlp.label().to_lowercase()];
    tags.extend(assessment.candidates.iter().flat_map(|candidate| galaxy_tags(assessment, candidate)));
    let time = seconds(days.modified).to_string();
    json!({ "Event": {
        "uuid": event,
        "info": plain(&format!("Assessment: {title}")),
        "date": days.modified.to_string(),
        "timestamp": time,
        "published": false,
        "analysis": "2",
        "threat_level_id": "4",
        "distribution": "0",
        "Orgc": { "name": plain(&author.name), "uuid": author.id.to_string() },
        "Tag": tagged(&tags),
        "Attribute": Attributes::of(assessment, &time),
        "EventReport": [{
            "uuid": uuid("report", &[&case.id]),
            "name": plain(&format!("Assessment: {title}")),
            "content": plain(&super::markdown::markdown(assessment, super::Extent::Full)),
            "distribution": "5",
            "timestamp": time,
        }],
    } })
}

/// The attributes of an event being made: MISP keeps a value once per category and type.
struct Attributes<'a> {
    case: &'a str,
    time: &'a str,
    list: Vec<Value>,
    /// Where each value stands in the list.
    places: BTreeMap<(String, &'static str, &'static str), usize>,
}

impl<'a> Attributes<'a> {
    fn of(assessment: &'a Assessment, time: &'a str) -> Vec<Value> {
        let mut attributes =
            Attributes { case: &assessment.case.id, time, list: Vec::new(), places: BTreeMap::new() };
        for (place, claim) in assessment.claims.iter().enumerate() {
            attributes.claim(assessment, place, claim);
        }
        for item in &assessment.items {
            attributes.item(item);
        }
        let sources = assessment.sources.iter().filter_map(|source| source.url.as_ref());
        for text in assessment.case.references.iter().chain(sources) {
            attributes.reference(text, "reference of the case");
        }
        attributes.list
    }

    fn claim(&mut self, assessment: &Assessment, place: usize, claim: &ClaimView) {
        let tags = [
            machine_tag("estimative-language", "likelihood-probability", &likelihood_value(claim)),
            machine_tag(
                "estimative-language",
                "confidence-in-analytic-judgment",
                confidence_word(claim.confidence.level),
            ),
        ];
        let comment = format!("{}: {}", claim.id, confidence_sentence(claim));
        // What rests on the prior has no likelihood of ours.
        let tags = if claim.rests_on_prior().is_some() { &tags[1..] } else { &tags[..] };
        self.add("Attribution", "text", &likelihood_sentence(claim), &comment, tags);
        let history = history(assessment, place, claim);
        if claim.level == Level::Group && !history.withdrawn.is_empty() && !history.now {
            let taken_back = format!(
                "Taken back: that {}. Established on an earlier day, and no longer; a tag of the actor on an earlier version of this event is to be removed.",
                claim.statement
            );
            self.add("Attribution", "text", &taken_back, &claim.id, &[]);
        }
    }

    fn item(&mut self, item: &ItemView) {
        let tags = [
            machine_tag(
                "admiralty-scale",
                "source-reliability",
                &format!("{:?}", item.reliability).to_lowercase(),
            ),
            machine_tag(
                "admiralty-scale",
                "information-credibility",
                &u8::from(item.credibility).to_string(),
            ),
        ];
        let value = format!("{}: {}", item.title, item.observation);
        let comment = format!("evidence {} of {}, reported {}", item.id, item.source, item.reported);
        self.add("External analysis", "text", &value, &comment, &tags);
        for text in &item.artefacts {
            let (category, kind, value) = typed(text);
            self.add(category, kind, &value, &format!("artefact of {}", item.id), &[]);
        }
        for text in &item.references {
            self.reference(text, &format!("reference of {}", item.id));
        }
    }

    fn reference(&mut self, text: &str, comment: &str) {
        match catalogued(text) {
            Some(Catalogued::Cve(id)) => self.add("External analysis", "vulnerability", id, comment, &[]),
            Some(Catalogued::Url(url)) => self.add("External analysis", "link", url, comment, &[]),
            _ => self.add("Internal reference", "text", text, comment, &[]),
        }
    }

    fn add(
        &mut self,
        category: &'static str,
        kind: &'static str,
        value: &str,
        comment: &str,
        tags: &[String],
    ) {
        let value = plain(value.trim());
        if value.is_empty() {
            return;
        }
        let key = (value.clone(), category, kind);
        if let Some(attribute) = self.places.get(&key).and_then(|place| self.list.get_mut(*place)) {
            if let Some(Value::String(text)) = attribute.get_mut("comment") {
                *text = plain(&format!("{text}; {comment}"));
            }
            return;
        }
        self.places.insert(key, self.list.len());
        self.list.push(json!({
            "uuid": uuid("attribute", &[self.case, category, kind, &value]),
            "type": kind,
            "category": category,
            "value": value,
            "comment": plain(comment),
            "to_ids": false,
            "distribution": "5",
            "timestamp": self.time,
            "Tag": tagged(tags),
        }));
    }
}

/// Category, type and value of an artefact.
fn typed(text: &str) -> (&'static str, &'static str, String) {
    match recognise(text) {
        Some(Artefact::Md5(digest)) => ("Payload delivery", "md5", digest),
        Some(Artefact::Sha1(digest)) => ("Payload delivery", "sha1", digest),
        Some(Artefact::Sha256(digest)) => ("Payload delivery", "sha256", digest),
        Some(Artefact::Sha512(digest)) => ("Payload delivery", "sha512", digest),
        Some(Artefact::Domain(name)) => ("Network activity", "domain", name),
        Some(Artefact::Address(address)) => ("Network activity", "ip-dst", address.to_string()),
        Some(Artefact::Url(url)) => ("Network activity", "url", url),
        None => ("Other", "text", text.to_owned()),
    }
}

/// Tags of the actor, if the group's claim is established and the galaxy knows its id.
fn galaxy_tags(assessment: &Assessment, candidate: &CandidateSummary) -> Vec<String> {
    if established::claim(assessment, &candidate.id, Level::Group).is_none() {
        return Vec::new();
    }
    let ids = candidate.misp.iter().chain(&candidate.attack);
    let mut tags: Vec<String> = ids.filter_map(|id| galaxy_tag(id)).collect();
    tags.dedup();
    tags
}

fn galaxy_tag(id: &str) -> Option<String> {
    let actor = entry(id)?;
    let (galaxy, value) = match (actor.source.as_str(), &actor.attack) {
        ("mitre-attack", Some(attack)) => ("mitre-intrusion-set", format!("{} - {attack}", actor.name)),
        ("threat-actor", _) => ("threat-actor", actor.name),
        _ => return None,
    };
    (!value.contains('"')).then(|| machine_tag("misp-galaxy", galaxy, &value))
}

/// The term of the taxonomy: ICD 203's, with hyphens.
fn likelihood_value(claim: &ClaimView) -> String {
    Scheme::Icd203.term(claim.probability).replace(' ', "-")
}

/// A tag of a taxonomy.
pub(crate) fn machine_tag(namespace: &str, predicate: &str, value: &str) -> String {
    format!("{namespace}:{predicate}=\"{value}\"")
}

/// Tags by their names.
pub(crate) fn tagged(names: &[String]) -> Vec<Value> {
    names.iter().map(|name| json!({ "name": name })).collect()
}

/// The identifier of what has this role and key in an event.
pub(crate) fn uuid(role: &str, key: &[&str]) -> String {
    named(&format!("misp {role}"), key).to_string()
}

#[cfg(test)]
mod tests;
