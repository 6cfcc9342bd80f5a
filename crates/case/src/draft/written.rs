//! Writes a draft: sources and items as TOML, behind the head of a new case or behind a case that is there.

use super::{DraftOptions, Found, FoundItem, LONGEST_TEXT, LONGEST_TITLE, clean};
use crate::add_match::appended;
use crate::model::Case;
use crate::scale::Tlp;
use crate::skeleton::{quoted, skeleton, slug};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Where the skeleton begins to show what a draft has of its own.
const OWN_PART: &str = "\n# Who says so.";
/// Longest id that is made of a title.
const LONGEST_ID: usize = 60;

/// A draft as text.
pub(super) struct Written {
    pub text: String,
    pub items: Vec<String>,
    pub sources: Vec<String>,
}

/// Writes what was found.
pub(super) fn write(
    found: &Found,
    case: Option<&Case>,
    into: Option<&str>,
    options: &DraftOptions,
) -> Written {
    let mut ids = Ids::new(case);
    let mut written = Written { text: String::new(), items: Vec::new(), sources: Vec::new() };
    let (mut sources, mut items) = (Vec::new(), Vec::new());
    for item in &found.items {
        let name = clean(item.source.as_deref().unwrap_or(&options.source), LONGEST_TITLE);
        let (source, is_new) = ids.source(&name);
        if is_new {
            sources.push(source_text(&source, &name));
            written.sources.push(source.clone());
        }
        let id = ids.item(item);
        items.push(item_text(item, &id, &source, case.map(Case::tlp), options));
        written.items.push(id);
    }
    let mut parts = Vec::new();
    if !found.actors.is_empty() {
        let names: Vec<&str> = found.actors.iter().map(String::as_str).collect();
        parts.push(format!(
            "# Named as actors in what was drafted from, which is no evidence: {}.",
            names.join(", ")
        ));
    }
    parts.extend(sources);
    parts.extend(items);
    let head = match into {
        Some(text) => text.to_owned(),
        None => head(found, options),
    };
    written.text = appended(&head, &parts);
    written
}

/// A new case up to its sources; it is marked as the strictest of what is in it, or not at all.
fn head(found: &Found, options: &DraftOptions) -> String {
    let title = found
        .title
        .as_deref()
        .map_or_else(|| "TODO: what the case is called".to_owned(), |title| clean(title, LONGEST_TITLE));
    let whole = skeleton(&options.id, &title);
    let head = whole.split(OWN_PART).next().unwrap_or_default();
    let marking = match found.items.iter().filter_map(|item| item.tlp).max() {
        Some(tlp) => format!("tlp = {}", quoted(&word(tlp))),
        None => "# tlp = \"amber\"".to_owned(),
    };
    head.replacen("tlp = \"amber\"", &marking, 1)
}

/// Ids that are taken, and sources by name.
struct Ids {
    items: Taken,
    sources: Taken,
    by_name: BTreeMap<String, String>,
}

impl Ids {
    fn new(case: Option<&Case>) -> Self {
        let items = case.into_iter().flat_map(|case| &case.evidence).map(|item| item.id.to_string());
        let sources = || case.into_iter().flat_map(|case| &case.sources);
        Ids {
            items: Taken { ids: items.collect(), next: BTreeMap::new() },
            sources: Taken {
                ids: sources().map(|source| source.id.to_string()).collect(),
                next: BTreeMap::new(),
            },
            by_name: sources().map(|source| (source.name.clone(), source.id.to_string())).collect(),
        }
    }

    /// The id of the source of this name, and whether it is new.
    fn source(&mut self, name: &str) -> (String, bool) {
        if let Some(id) = self.by_name.get(name) {
            return (id.clone(), false);
        }
        let id = self.sources.take(&slug_or(name, "source"));
        self.by_name.insert(name.to_owned(), id.clone());
        (id, true)
    }

    fn item(&mut self, item: &FoundItem) -> String {
        let wanted = item.id.as_deref().unwrap_or(&item.title);
        self.items.take(&slug_or(wanted, "item"))
    }
}

/// Ids of one kind that are taken.
struct Taken {
    ids: BTreeSet<String>,
    /// The number that an id gets next, where it is taken.
    next: BTreeMap<String, u32>,
}

impl Taken {
    /// The id, with a number where it is taken.
    fn take(&mut self, id: &str) -> String {
        let mut free = id.to_owned();
        while !self.ids.insert(free.clone()) {
            let next = self.next.entry(id.to_owned()).or_insert(1);
            *next += 1;
            free = format!("{id}-{next}");
        }
        free
    }
}

fn slug_or(text: &str, otherwise: &str) -> String {
    let mut id = if text.chars().any(|letter| letter.is_ascii_alphanumeric()) {
        slug(text)
    } else {
        otherwise.to_owned()
    };
    id.truncate(LONGEST_ID);
    id.trim_end_matches('-').to_owned()
}

/// The word a scale is written with.
fn word(value: impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

fn source_text(id: &str, name: &str) -> String {
    format!(
        "[[source]]\nid = {}\nname = {}\nkind = \"other\"\nreliability = \"F\"\nreason = \"TODO: who is it, and how often has it been right?\"",
        quoted(id),
        quoted(name)
    )
}

fn item_text(item: &FoundItem, id: &str, source: &str, case: Option<Tlp>, options: &DraftOptions) -> String {
    let mut out = String::from("[[evidence]]\n");
    let mut line = |key: &str, value: &str| out.push_str(&format!("{key} = {value}\n"));
    let list = |texts: &[String]| {
        let quoted: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
        format!("[{}]", quoted.join(", "))
    };
    line("id", &quoted(id));
    line("title", &quoted(&clean(&item.title, LONGEST_TITLE)));
    line("kind", &quoted(&word(item.kind)));
    line("aspect", &quoted(&word(item.aspect)));
    if let Some(vertex) = item.vertex {
        line("vertex", &quoted(&word(vertex)));
    }
    line("observation", &quoted(&clean(&item.observation, LONGEST_TEXT)));
    if !item.artefacts.is_empty() {
        line("artefacts", &list(&item.artefacts));
    }
    if !item.references.is_empty() {
        line("references", &list(&item.references));
    }
    line("source", &quoted(source));
    line("credibility", "6");
    if let Some(observed) = item.observed {
        line("observed", &observed.to_string());
    }
    line("reported", &item.reported.unwrap_or(options.reported).to_string());
    // A marking that is that of the case, or looser, stays with the case.
    if let Some(tlp) = item.tlp.filter(|tlp| case.is_none_or(|case| *tlp > case)) {
        line("tlp", &quoted(&word(tlp)));
    }
    let mut rationale = "TODO: not reviewed".to_owned();
    if let Some(from) = &item.from {
        rationale += &format!("; kind and aspect follow from the type {}", clean(from, 60));
    }
    if item.reported.is_none() {
        rationale += "; no day was given, and `reported` is that of the draft";
    }
    line("rationale", &quoted(&rationale));
    line("likelihood", "{}");
    out
}
