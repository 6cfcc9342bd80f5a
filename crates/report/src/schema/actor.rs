//! The document of `cognate actor`.

use super::types::*;
use serde_json::{Value, json};

pub fn actor() -> Vec<Field> {
    let standing = word(&["unknown", "single", "several", "ambiguous"]);
    let standing_means = "No entry; one; one in each of several sources, which does not make them the same; \
                          or several actors within one source.";
    vec![
        field("asked", string(), "The name asked for; not escaped."),
        field("cut", flag(), "It was too long: only its beginning is shown, and nothing was looked up."),
        field("standing", standing, standing_means),
        field("candidates", list(candidate()), "Every entry that bears the name; not a ranking."),
        field(
            "suggestions",
            list(suggestion()),
            "Names of others that read alike; nothing is assumed from them.",
        ),
        field("date", string(), "The day the data were taken, as YYYY-MM-DD."),
        field("sources", list(source()), "Who was asked, in which version, under which terms."),
    ]
}

fn candidate() -> Value {
    let matched = object(vec![
        field("name", string(), "As the source writes it."),
        field("role", word(&["name", "alias", "id"]), ""),
        field(
            "likeness",
            word(&["literal", "case", "punctuation"]),
            "In what it differs from what was asked.",
        ),
    ]);
    let confidence = or_null(json!({ "type": "integer", "minimum": 0, "maximum": 255 }));
    let stated = object(vec![
        field("country", or_null(string()), "A code, or whatever word the source has."),
        field(
            "attribution_confidence",
            confidence,
            "MISP's figure, 0 to 100; nearly always its default of 50.",
        ),
        field("suspected_state_sponsor", or_null(string()), ""),
    ]);
    object(vec![
        field("name", string(), "What the source calls it."),
        field("source", string(), "The source's short name, as in `sources`."),
        field("uuid", uuid(), "In the MISP galaxy; for an ATT&CK group also that of its STIX id."),
        field("attack", or_null(string()), "Its ATT&CK id, where it is an ATT&CK group."),
        field("revoked", flag(), "The source has withdrawn it."),
        field("matched", list(matched), "Which of its names matched, the most literal first."),
        field("aliases", list(string()), "Its other names, as the source lists them."),
        field("stated", stated, "Who stands behind it, as the source states; not judged."),
        field("overlaps", list(overlap()), "Relations the MISP galaxy states, one step; never `same`."),
    ])
}

fn overlap() -> Value {
    object(vec![
        field("name", string(), "The other entry."),
        field("source", string(), ""),
        field("uuid", uuid(), ""),
        field("attack", or_null(string()), ""),
        field(
            "relation",
            string(),
            "The MISP galaxy's word: similar, overlaps, linked-to, part-of, revoked-by.",
        ),
        field("likelihood", or_null(string()), "The MISP galaxy's word."),
        field("side", word(&["here", "there", "both"]), "Which of the two entries states it."),
    ])
}

fn suggestion() -> Value {
    object(vec![
        field("name", string(), ""),
        field("bearers", list(string()), "The entries that bear it, as `name (source)`."),
        field("hint", word(&["one-letter", "two-letters", "words"]), "Why it is suggested."),
    ])
}

fn source() -> Value {
    let mut fields = ["source", "title", "version", "package", "licence"]
        .map(|name| field(name, string(), ""))
        .into_iter()
        .collect::<Vec<_>>();
    fields.push(field("entries", int(), ""));
    object(fields)
}

fn uuid() -> Value {
    json!({ "type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" })
}
