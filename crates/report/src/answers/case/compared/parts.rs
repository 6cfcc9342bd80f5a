//! What goes into two assessments, part by part and field by field.

use super::document::{Change, Difference, FieldChange, Part};
use crate::products::numbers::word;
use cognate_case::Assessment;
use cognate_case::assessment::{
    CandidateSummary, GroupView, HypothesisView, ItemView, JudgementView, SourceView,
};
use cognate_case::prose::figure;
use std::collections::BTreeMap;

/// Fields of one thing, in a fixed order.
type Fields = Vec<(String, Option<String>)>;

/// One thing of a case: its id, its title, its fields.
struct Thing {
    id: String,
    title: String,
    fields: Fields,
}

/// Everything that differs: the case, then candidates, priors, sources, groups, items.
pub(super) fn changes(a: &Assessment, b: &Assessment) -> Vec<Change> {
    let things = |of: &Assessment| -> [(Part, Vec<Thing>); 6] {
        [
            (Part::Case, vec![head(of)]),
            (Part::Candidate, of.candidates.iter().map(candidate).collect()),
            (Part::Hypothesis, of.hypotheses.iter().map(hypothesis).collect()),
            (Part::Source, of.sources.iter().map(source).collect()),
            (Part::Group, of.groups.iter().map(group).collect()),
            (Part::Item, of.items.iter().map(|view| item(of, view)).collect()),
        ]
    };
    let pairs = things(a).into_iter().zip(things(b));
    pairs.flat_map(|((part, in_a), (_, in_b))| part_changes(part, &in_a, &in_b)).collect()
}

/// Removed and changed in the order of A, then added in the order of B.
fn part_changes(part: Part, a: &[Thing], b: &[Thing]) -> Vec<Change> {
    let index = |things: &[Thing]| -> BTreeMap<String, usize> {
        things.iter().enumerate().map(|(place, thing)| (thing.id.clone(), place)).collect()
    };
    let (in_a, in_b) = (index(a), index(b));
    let change = |thing: &Thing, difference: Difference, fields: Vec<FieldChange>| Change {
        part,
        id: thing.id.clone(),
        title: thing.title.clone(),
        difference,
        fields,
    };
    let mut found = Vec::new();
    for thing in a {
        match in_b.get(&thing.id).and_then(|&place| b.get(place)) {
            None => found.push(change(thing, Difference::Removed, Vec::new())),
            Some(other) => {
                let fields = fields(&thing.fields, &other.fields);
                if !fields.is_empty() {
                    found.push(change(other, Difference::Changed, fields));
                }
            }
        }
    }
    let added = b.iter().filter(|thing| !in_a.contains_key(&thing.id));
    found.extend(added.map(|thing| change(thing, Difference::Added, Vec::new())));
    found
}

fn fields(a: &Fields, b: &Fields) -> Vec<FieldChange> {
    let value = |fields: &Fields, name: &str| {
        fields.iter().find(|(field, _)| field == name).and_then(|(_, value)| value.clone())
    };
    let only_b = b.iter().filter(|(name, _)| !a.iter().any(|(other, _)| other == name));
    let names = a.iter().chain(only_b).map(|(name, _)| name);
    let pairs =
        names.map(|name| FieldChange { field: name.clone(), from: value(a, name), to: value(b, name) });
    gathered(pairs.filter(|change| change.from != change.to).collect())
}

/// One line where several hypotheses change alike, and for a judgement that only one side has.
fn gathered(changes: Vec<FieldChange>) -> Vec<FieldChange> {
    let mut found: Vec<FieldChange> = Vec::new();
    for change in changes {
        let Some((judgement, part)) = change.field.split_once(": ") else {
            found.push(change);
            continue;
        };
        let one_sided = change.from.is_none() || change.to.is_none();
        if one_sided {
            if part == "rationale" {
                found.push(FieldChange { field: judgement.to_owned(), ..change });
            }
            continue;
        }
        let alike = |known: &&mut FieldChange| {
            let same = known.field.split_once(": ").is_some_and(|(other, _)| other == judgement);
            same && known.from == change.from && known.to == change.to
        };
        match found.iter_mut().find(alike) {
            Some(known) => known.field = format!("{}, {part}", known.field),
            None => found.push(change),
        }
    }
    found
}

fn field(name: &str, value: impl Into<Option<String>>) -> (String, Option<String>) {
    (name.to_owned(), value.into())
}

fn head(of: &Assessment) -> Thing {
    let case = &of.case;
    Thing {
        // One case has one head, whatever it is called on either side.
        id: "case".to_owned(),
        title: case.title.clone(),
        fields: vec![
            field("id", case.id.to_string()),
            field("title", case.title.clone()),
            field("question", case.question.clone()),
            field("summary", case.summary.clone()),
            field("incident", case.incident.map(|day| day.to_string())),
            field("tlp", case.tlp.label().to_owned()),
            field("authors", list(&case.authors)),
            field("org-uuid", case.org_uuid.clone()),
            field("references", list(&case.references)),
            field("prior-uncertainty", figure(of.method.prior_uncertainty)),
            field("wording", of.method.scheme.name().to_owned()),
            field("seed", of.method.seed.to_string()),
        ],
    }
}

fn candidate(of: &CandidateSummary) -> Thing {
    Thing {
        id: of.id.to_string(),
        title: of.name.clone(),
        fields: vec![
            field("name", of.name.clone()),
            field("sponsor", of.sponsor.clone()),
            field("attack", of.attack.clone()),
            field("misp", of.misp.clone()),
            field("note", of.note.clone()),
            field("reason of the priors", of.prior_reason.clone()),
        ],
    }
}

fn hypothesis(of: &HypothesisView) -> Thing {
    Thing { id: of.id.clone(), title: of.statement.clone(), fields: vec![field("prior", figure(of.prior))] }
}

fn source(of: &SourceView) -> Thing {
    Thing {
        id: of.id.to_string(),
        title: of.name.clone(),
        fields: vec![
            field("name", of.name.clone()),
            field("kind", word(of.kind)),
            field("reliability", word(of.reliability)),
            field("reason", of.reason.clone()),
            field("url", of.url.clone()),
        ],
    }
}

fn group(of: &GroupView) -> Thing {
    Thing {
        id: of.id.to_string(),
        title: of.reason.clone(),
        fields: vec![field("correlation", figure(of.correlation)), field("reason", of.reason.clone())],
    }
}

fn item(assessment: &Assessment, of: &ItemView) -> Thing {
    let mut fields = vec![
        field("title", of.title.clone()),
        field("kind", word(of.kind)),
        field("aspect", word(of.aspect)),
        field("vertex", of.vertex.map(word)),
        field("observation", of.observation.clone()),
        field("artefacts", list(&of.artefacts)),
        field("references", list(&of.references)),
        field("source", of.source.to_string()),
        field("credibility", u8::from(of.credibility).to_string()),
        field("origin", of.origin.clone()),
        field("observed", of.observed.map(|day| day.to_string())),
        field("reported", of.reported.to_string()),
        field("group", of.group.as_deref().map(str::to_owned)),
        field("forgeability", word(of.forgeability)),
        field("shareability", word(of.shareability)),
        field("tlp", of.tlp.label().to_owned()),
        field("measured", of.measured.as_ref().map(word)),
    ];
    for judgement in &of.judgements {
        judged(assessment, judgement, &mut fields);
    }
    Thing { id: of.id.to_string(), title: of.title.clone(), fields }
}

/// One analyst's judgement as fields: why, how sure, and the number under each hypothesis.
fn judged(assessment: &Assessment, of: &JudgementView, fields: &mut Fields) {
    let by = of.by.as_deref().unwrap_or("the authors");
    let mut add =
        |name: &str, value: String| fields.push(field(&format!("judgement of {by}: {name}"), value));
    add("date", of.date.to_string());
    add("rationale", of.rationale.clone());
    add("uncertainty", figure(of.uncertainty));
    for (hypothesis, value) in assessment.hypotheses.iter().zip(&of.likelihood) {
        add(&hypothesis.id, figure(*value));
    }
}

fn list(values: &[String]) -> Option<String> {
    if values.is_empty() { None } else { Some(values.join(", ")) }
}
