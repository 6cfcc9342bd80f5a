//! Parts that several documents share.

use super::types::*;
use serde_json::{Value, json};

pub fn id() -> Value {
    json!({ "type": "string", "pattern": "^[0-9a-f]{64}$" })
}

pub fn arch() -> Value {
    word(&["x86", "x86-64", "aarch64"])
}

pub fn format() -> Value {
    word(&["pe", "pe-memory", "elf", "mach-o", "coff", "raw"])
}

pub fn kind() -> Value {
    word(&["malware", "goodware", "library"])
}

pub fn label() -> Value {
    object(vec![
        field("family", string(), "The family, or for goodware and libraries the project."),
        field("version", or_null(string()), ""),
        field("actor", or_null(string()), "The actor the family is held to belong to."),
        field("kind", kind(), ""),
        field("source", string(), "Who says so."),
    ])
}

pub fn gap() -> Value {
    let at = |name: &'static str| object(vec![field(name, int(), "")]);
    let place = any(vec![constant("whole"), at("file"), at("address")]);
    object(vec![
        field("place", place, "Where: the whole file, an offset in the file, or an address."),
        field("subject", string(), "What should have been there."),
        field("reason", string(), "Why it could not be read."),
        field("code_lost", flag(), "Functions may be missing because of it."),
    ])
}

pub fn gaps() -> Value {
    list(gap())
}

pub fn failures() -> Value {
    list(object(vec![
        field("name", string(), ""),
        field("error", string(), ""),
        field("recognised", or_null(string()), "What it is, where it is known and none that can be read."),
    ]))
}

pub fn component() -> Value {
    object(vec![
        field("name", string(), "The library."),
        field("version", or_null(string()), ""),
        field("mark", string(), "The text that was found."),
        field("functions", list(int()), "Indices of the functions that refer to a mark."),
    ])
}

/// A part of one sample's code.
pub fn part() -> Value {
    object(vec![
        field("functions", int(), ""),
        field("bytes", int(), ""),
        field("of_functions", share(), ""),
        field("of_bytes", share(), ""),
    ])
}

pub fn sample_ref() -> Value {
    object(vec![
        field("id", id(), "SHA-256."),
        field("name", string(), "The name it was indexed under."),
        field("label", label(), ""),
        field("format", format(), ""),
        field("arch", arch(), ""),
        field("functions", int(), ""),
        field("code_bytes", int(), ""),
    ])
}

pub fn function_ref() -> Value {
    object(vec![
        field("index", int(), "Its index in the sample."),
        field("address", int(), ""),
        field("bytes", int(), ""),
        field("name", or_null(string()), "Its name where the file tells; never matched on."),
    ])
}

/// Which of two functions' bodies is found inside the other.
pub fn holds() -> Value {
    word(&["query-in-stored", "stored-in-query"])
}

pub fn reason() -> Value {
    let tagged = |tag: &'static str, rest: Vec<Field>| {
        let mut fields = vec![field("reason", constant(tag), "")];
        fields.extend(rest);
        object(fields)
    };
    any(vec![
        tagged("exact", vec![]),
        tagged("tokens", vec![field("jaccard", share(), "Estimated similarity of the instruction n-grams.")]),
        tagged(
            "blocks",
            vec![field("shared", int(), ""), field("of_query", int(), ""), field("of_stored", int(), "")],
        ),
        tagged(
            "data-flow",
            vec![
                field("shared", int(), "Expressions that both compute."),
                field("bits", number(), "What those say by their rarity in goodware."),
                field("of_query", int(), ""),
                field("of_stored", int(), ""),
            ],
        ),
        tagged(
            "inlined",
            vec![
                field("holds", holds(), ""),
                field(
                    "contained",
                    share(),
                    "Share of the smaller function found in the larger one, by bits.",
                ),
            ],
        ),
        tagged(
            "anchor",
            vec![
                field("kind", word(&["constant", "string", "import", "table"]), ""),
                field("text", or_null(string()), ""),
                field("occurs", int(), "Unique functions in the population that refer to it."),
            ],
        ),
    ])
}

pub fn pair() -> Value {
    object(vec![
        field("query", function_ref(), "In the query, or in A."),
        field("stored", function_ref(), "In the stored sample, or in B."),
        field("similarity", share(), ""),
        field(
            "how",
            word(&["exact", "tokens", "data-flow", "anchors", "call-graph"]),
            "How they came together; call-graph is no evidence.",
        ),
        field("reasons", list(reason()), ""),
    ])
}

/// How two samples came to agree, and what that is told from.
pub fn provenance() -> Value {
    object(vec![
        field(
            "origin",
            word(&["same-binary", "like-build", "other-build", "data-only", "withheld", "nothing"]),
            "Same binary code; same source, built alike or otherwise; same data only; not told of a file read in part; not known.",
        ),
        field(
            "source_held",
            flag(),
            "Whoever built the later one had the source, unless it is library code.",
        ),
        field("exact", int(), "Functions in pairs of equal bytes."),
        field("tokens", int(), "Functions in pairs of like instructions."),
        field("data_flow", int(), "Functions in pairs that compute the same."),
        field("aligned", int(), "Functions paired by place or references whose data flow agrees in part."),
        field("anchors", int(), "Functions in pairs that only refer to the same things."),
        field("matched", share(), "Share of the smaller sample's code whose code agrees."),
        field("equal", share(), "Share of equal bytes in that."),
        field("likeness", share(), "How alike the instructions of those pairs are."),
        field("reasons", list(string()), "Why, in words."),
        field("limits", list(string()), "What speaks against it or limits it."),
    ])
}

/// A function whose body is found inside one of the other sample.
pub fn inlined() -> Value {
    object(vec![
        field("query", function_ref(), "In A."),
        field("stored", function_ref(), "In B."),
        field("holds", holds(), "Which in which."),
        field("contained", share(), "Share of the smaller function found in the larger one, by bits."),
        field("shared", int(), "Expressions that both compute."),
        field("bits", number(), "What those say by their rarity in goodware."),
        field("called", flag(), "The function put beside the larger one calls the smaller one."),
    ])
}

pub fn listing() -> Value {
    let line = object(vec![
        field("address", int(), ""),
        field("bytes", string(), "In hexadecimal."),
        field("text", string(), ""),
        field("leads", flag(), "It is the first of a basic block."),
    ]);
    object(vec![
        field("address", int(), ""),
        field("name", or_null(string()), ""),
        field("lines", list(line), ""),
        field("truncated", flag(), "Instructions were left out."),
    ])
}
