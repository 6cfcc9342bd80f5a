//! Documents of `index`, `match`, `compare` and `inspect`.

use super::parts::*;
use super::types::*;
use serde_json::{Value, json};

pub fn index() -> Vec<Field> {
    let file = object(vec![
        field("name", string(), "Its path; `!` before the path inside an archive."),
        field("id", or_null(id()), "SHA-256, where it could be read."),
        field("outcome", word(&["new", "known", "skipped"]), "Stored, there already, or not stored."),
        field("reason", or_null(string()), "Why it was skipped."),
        field("recognised", or_null(string()), "What it is, where it is known and none that can be read."),
        field("family", or_null(string()), ""),
        field("functions", int(), ""),
        field("instructions", int(), ""),
        field("size", int(), ""),
        field("gaps", gaps(), "What could not be read of it."),
    ]);
    vec![
        field("store", string(), "The store's folder."),
        field("files", list(file), "In the order of the tree."),
    ]
}

pub fn matched() -> Vec<Field> {
    let answer = object(vec![
        field("name", string(), "The file, as it was named."),
        field("gaps", gaps(), "What could not be read of it: code there was not compared."),
        field("report", report(), "What it shares."),
    ]);
    vec![
        field("answers", list(answer), "One per sample, in the order given."),
        field("failed", failures(), "What could not be loaded."),
    ]
}

fn report() -> Value {
    object(vec![
        field("schema", int(), "The version of this report."),
        field("query", query(), "The sample that was asked about."),
        field("population", population(), "What it was compared with."),
        field("completeness", completeness(), "How complete the store's answer was."),
        field("outcome", outcome(), "The answer in one line."),
        field("caveat", string(), "What the ranks do not say."),
        field("code", split(), "The query's code by what became of it."),
        field("libraries", list(library()), "Library code recognised, most bytes first."),
        field("families", list(family()), "Strongest private evidence first."),
        field("actors", list(actor()), "Strongest private evidence first."),
        field("samples", list(sample()), "Strongest private evidence first."),
    ])
}

fn query() -> Value {
    object(vec![
        field("id", id(), "SHA-256."),
        field("size", int(), ""),
        field("format", format(), ""),
        field("arch", arch(), ""),
        field("functions", int(), ""),
        field("code_bytes", int(), "What every share refers to."),
        field("comparable_functions", int(), "Functions that say enough to be looked up."),
        field("comparable_bytes", int(), ""),
        field("distinct_functions", int(), "Comparable functions, near-identical ones counted once."),
        field("components", list(string()), "Libraries it says it carries."),
        field("partial", flag(), "It was read in part: functions may be missing."),
        field(
            "known",
            or_null(sample_ref()),
            "The stored sample with the same SHA-256; left out of every figure.",
        ),
    ])
}

fn population() -> Value {
    let names = ["samples", "families", "libraries", "functions", "fingerprint_version"];
    object(names.map(|name| field(name, int(), "")).into())
}

fn completeness() -> Value {
    object(vec![
        field("coverage", share(), "The share of the store that answered."),
        field("keys", int(), "Keys asked."),
        field("truncated_keys", int(), "Keys too frequent to be followed."),
        field("capped_signatures", int(), "Signatures whose list of occurrences was capped."),
        field("capped_functions", int(), "Functions of which not every candidate was looked at."),
    ])
}

fn outcome() -> Value {
    object(vec![
        field("verdict", word(&["related", "library-only", "nothing-significant", "cannot-tell"]), ""),
        field("reason", string(), "Why, in words."),
    ])
}

fn split() -> Value {
    let names = ["matched", "private", "library", "common", "unmatched", "below_floor"];
    object(names.map(|name| field(name, part(), "")).into())
}

fn library() -> Value {
    let named = any(vec![
        object(vec![field("how", constant("indexed"), "")]),
        object(vec![field("how", constant("marks"), ""), field("mark", string(), "")]),
    ]);
    let family = object(vec![field("family", string(), ""), field("code", part(), "")]);
    object(vec![
        field("name", string(), ""),
        field("named", list(named), "How it got its name."),
        field("code", part(), ""),
        field("carried", flag(), "Held to be carried; else a trace, which may be chance."),
        field("query_versions", list(string()), ""),
        field("stored_versions", list(string()), ""),
        field("families", list(family), "Families that share it."),
    ])
}

fn standing() -> Value {
    object(vec![
        field("matched", part(), ""),
        field("private", part(), "Of that, private."),
        field("library", part(), "Of that, library."),
        field("common", part(), "Of that, common."),
        field("weighted", share(), "Share of the query's information, weighted by rarity."),
        field("evidence_bits", number(), "Private evidence, repeated code counted once."),
        field("distinct", int(), "Pieces of private evidence."),
        field("significant", flag(), "It passes the bar for a relative."),
        field("reason", string(), "Why it does or does not."),
        field("libraries", list(string()), "Libraries shared with it."),
    ])
}

fn telling() -> Value {
    list(object(vec![
        field("query", function_ref(), ""),
        field("stored", function_ref(), ""),
        field("sample", id(), "The stored sample."),
        field("sample_name", string(), ""),
        field("kind", word(&["exact", "tokens", "blocks", "data-flow", "anchors-only"]), ""),
        field("similarity", share(), ""),
        field("reasons", list(reason()), "The strongest first."),
        field("class", word(&["private", "library", "common"]), ""),
        field("library", or_null(string()), ""),
        field("other_families", int(), "In how many families besides this one it occurs."),
        field("evidence_bits", number(), ""),
        field("repeated", int(), "Query functions counted with it, itself included."),
    ]))
}

fn family() -> Value {
    object(vec![
        field("family", string(), ""),
        field("kind", kind(), ""),
        field("actors", list(string()), ""),
        field("samples", int(), "Its samples that share anything."),
        field("best_sample", sample_ref(), ""),
        field("standing", standing(), ""),
        field("telling", telling(), "The most telling shared functions."),
    ])
}

fn actor() -> Value {
    object(vec![
        field("actor", string(), ""),
        field("families", list(string()), ""),
        field("samples", int(), ""),
        field("standing", standing(), ""),
        field("telling", telling(), ""),
    ])
}

fn sample() -> Value {
    let alignment = object(vec![
        field("matched", part(), ""),
        field("matched_and_aligned", part(), "For display, never counted as evidence."),
        field("provenance", provenance(), "How they came to agree, library and common code left out."),
        field("pairs", list(pair()), "Ascending by the query's address."),
    ]);
    object(vec![
        field("sample", sample_ref(), ""),
        field("standing", standing(), ""),
        field("one_to_one", part(), "When each stored function explains at most one of the query."),
        field("telling", telling(), ""),
        field("alignment", or_null(alignment), ""),
    ])
}

pub fn compare() -> Vec<Field> {
    let side = || {
        object(vec![
            field("id", id(), "SHA-256."),
            field("format", format(), ""),
            field("arch", arch(), ""),
            field("functions", int(), ""),
            field("code_bytes", int(), ""),
            field("components", list(string()), ""),
            field("partial", flag(), "It was read in part: functions may be missing."),
            field("exact", part(), "Its code in pairs of equal bytes."),
            field("matched", part(), "Its code in pairs that match by their own content."),
            field("matched_and_aligned", part(), "With pairs that came by their neighbours."),
            field("unmatched", list(function_ref()), "Functions without a partner."),
        ])
    };
    let comparison = object(vec![
        field("schema", int(), ""),
        field("a", side(), ""),
        field("b", side(), ""),
        field("provenance", provenance(), "How they came to agree."),
        field("pairs", list(pair()), "Ascending by address in A."),
        field("inlined", list(inlined()), "Bodies found inside functions of the other; no evidence."),
    ]);
    let row = json!({ "type": "array", "prefixItems": [or_null(int()), or_null(int())], "minItems": 2, "maxItems": 2 });
    let expression = object(vec![
        field("text", string(), "As in A; names as they are in the file."),
        field("address_a", int(), "The instruction that makes it in A."),
        field("address_b", int(), "The instruction that makes it in B."),
        field("bits", number(), "How rare it is in goodware."),
        field("rough", flag(), "Shared but for its numbers."),
    ]);
    let listing = object(vec![
        field("a", listing(), ""),
        field("b", listing(), ""),
        field("rows", list(row), "Which lines stand beside each other."),
        field("by_position", flag(), "Too long to be aligned: lines are paired by position."),
        field("expressions", list(expression), "What both do, by their data flow, the rarest first."),
    ]);
    vec![
        field("name_a", string(), ""),
        field("name_b", string(), ""),
        field("gaps_a", gaps(), "What could not be read of the first: code there was not compared."),
        field("gaps_b", gaps(), "What could not be read of the second: code there was not compared."),
        field("comparison", comparison, ""),
        field("listings", list(listing), "The pairs whose instructions were asked for."),
    ]
}

pub fn inspect() -> Vec<Field> {
    let trait_ = object(vec![
        field("kind", string(), ""),
        field("value", string(), ""),
        field("forgeability", word(&["trivial", "low", "moderate", "high"]), "How much it takes to fake it."),
    ]);
    let sample = object(vec![
        field("name", string(), ""),
        field("id", id(), "SHA-256."),
        field("whole", or_null(id()), "SHA-256 of the universal Mach-O file that it is a slice of."),
        field("size", int(), ""),
        field("format", format(), ""),
        field("arch", arch(), ""),
        field("base", int(), ""),
        field("entry", or_null(int()), ""),
        field("traits", list(trait_), "What the file says about itself."),
        field("components", list(component()), "Libraries it says it carries."),
        field("segments", list(segment()), ""),
        field("functions", totals(), ""),
        field("function_list", or_null(list(function())), "With `--functions`."),
        field("listing", or_null(listing()), "With `--function`."),
        field("partial", flag(), "It was read in part: functions may be missing."),
        field("gaps", gaps(), "What could not be read or followed."),
    ]);
    vec![field("samples", list(sample), ""), field("failed", failures(), "What could not be loaded.")]
}

fn segment() -> Value {
    object(vec![
        field("name", string(), ""),
        field("address", int(), ""),
        field("size", int(), "Bytes in memory."),
        field("file_bytes", int(), "Bytes in the file."),
        field("writable", flag(), ""),
        field("executable", flag(), ""),
    ])
}

fn totals() -> Value {
    let names = ["count", "bytes", "instructions", "blocks", "thunks", "below_floor", "named"];
    let mut fields: Vec<Field> = names.map(|name| field(name, int(), "")).into();
    fields.push(field("unknown_jumps", int(), "Jumps to addresses known only when it runs."));
    fields.push(field("by_source", counts(), "How the starts became known."));
    object(fields)
}

fn function() -> Value {
    object(vec![
        field("address", int(), ""),
        field("name", or_null(string()), ""),
        field("source", string(), "How its start became known."),
        field("bytes", int(), ""),
        field("instructions", int(), ""),
        field("blocks", int(), ""),
        field("calls", int(), ""),
        field("information", int(), "How much its code says, in bits, saturating."),
        field("anchors", list(string()), "Rare things it refers to."),
    ])
}
