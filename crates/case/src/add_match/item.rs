//! The item as text: what was observed, in sentences, and its TOML.

use super::relative::Relative;
use super::words::{count, plain};
use crate::model::Measured;
use crate::scale::{Forgeability, Shareability};
use cognate_documents::{MatchAnswer, MatchKind, TellingMatch};
use jiff::civil::Date;
use toml_edit::{ArrayOfTables, DocumentMut, InlineTable, Item, Table, Value};

/// Telling functions that the observation names.
const SHOWN: usize = 5;
/// Everything that is written down.
pub(super) struct Written<'a> {
    pub id: &'a str,
    pub source: &'a str,
    pub candidate: &'a str,
    pub own: f64,
    pub reported: Date,
    pub forgeability: Forgeability,
    pub shareability: Shareability,
    pub measured: &'a Measured,
    pub answer: &'a MatchAnswer,
    pub relative: &'a Relative<'a>,
}

fn kind(kind: MatchKind) -> &'static str {
    match kind {
        MatchKind::Exact => "equal bytes",
        MatchKind::Tokens => "like instructions",
        MatchKind::Blocks => "equal blocks",
        MatchKind::DataFlow => "like data flow",
        MatchKind::AnchorsOnly => "the same references only",
    }
}

fn one_telling(one: &TellingMatch) -> String {
    let families = match one.other_families {
        0 => "in no other family".to_owned(),
        1 => "in 1 other family".to_owned(),
        many => format!("in {many} other families"),
    };
    format!(
        "{:#x} ({} bytes) and {:#x} in {} ({}, {:.0} bits, {families})",
        one.query.address,
        one.query.bytes,
        one.stored.address,
        plain(&one.sample_name),
        kind(one.kind),
        one.evidence_bits
    )
}

/// What was seen, apart from what it means.
pub(super) fn observation(answer: &MatchAnswer, relative: &Relative<'_>, measured: &Measured) -> String {
    let standing = &relative.standing;
    let name = plain(relative.name);
    let mut lines = Vec::new();
    if relative.is_copy {
        lines.push(format!("The file is, function for function, a near-copy of a stored sample of {name}."));
    }
    lines.push(format!(
        "{} of {} in {} ({} bytes, {:.1} % of its code) match private code of {name}: {}, {:.0} bits of evidence.",
        standing.private.functions,
        count(answer.report.query.functions, "function"),
        plain(&answer.name),
        standing.private.bytes,
        standing.private.of_bytes * 100.0,
        count(standing.distinct, "distinct piece"),
        standing.evidence_bits,
    ));
    if !relative.telling.is_empty() {
        let shown: Vec<String> = relative.telling.iter().take(SHOWN).map(|one| one_telling(one)).collect();
        lines.push(format!("Most telling: {}.", shown.join("; ")));
    }
    lines.push(left_out(answer));
    let population = &answer.report.population;
    lines.push(format!(
        "Compared with {} and {} ({}, {}); without the relative's own, {} count as independent.",
        plural_families(population.families),
        plural_libraries(population.libraries),
        count(population.samples, "sample"),
        count(population.functions, "function"),
        plural_families(measured.families),
    ));
    lines.extend(gaps(answer));
    lines.join(" ")
}

fn plural_families(number: u64) -> String {
    count(number, "family")
}

fn plural_libraries(number: u64) -> String {
    count(number, "library")
}

/// Library and common code does not count; which, and how much.
fn left_out(answer: &MatchAnswer) -> String {
    let code = &answer.report.code;
    if code.library.functions == 0 && code.common.functions == 0 {
        return "No library code and no common code was recognised.".to_owned();
    }
    let named: Vec<String> = answer
        .report
        .libraries
        .iter()
        .filter(|library| library.code.functions > 0)
        .take(SHOWN)
        .map(|library| {
            let (functions, bytes) = (count(library.code.functions, "function"), library.code.bytes);
            format!("{} ({functions}, {bytes} bytes)", plain(&library.name))
        })
        .collect();
    let named = if named.is_empty() { String::new() } else { format!(": {}", named.join(", ")) };
    format!(
        "Not counted: {} of library code ({:.1} % of the code){named}; {} of common code ({:.1} %).",
        count(code.library.functions, "function"),
        code.library.of_bytes * 100.0,
        count(code.common.functions, "function"),
        code.common.of_bytes * 100.0,
    )
}

/// Where the counts may be too low.
fn gaps(answer: &MatchAnswer) -> Option<String> {
    let completeness = &answer.report.completeness;
    let mut said = Vec::new();
    if completeness.coverage < 1.0 {
        said.push(format!("only {:.1} % of the store answered", completeness.coverage * 100.0));
    }
    if completeness.capped_signatures > 0 {
        said.push(format!(
            "{} occur in more places than were followed",
            count(completeness.capped_signatures, "signature")
        ));
    }
    if said.is_empty() { None } else { Some(format!("Rarity may be overstated: {}.", said.join(", "))) }
}

/// What the reader has to know of the numbers.
fn rationale(written: &Written<'_>) -> String {
    let measured = written.measured;
    let bound = if let (Some(ratio), Some((low, high))) = (measured.log10_lr, measured.log10_lr_range) {
        format!(
            "the likelihood ratio of one private code base against different ones with whatever public code in common is \
             10^{ratio} (10^{low} to 10^{high}), and its lower end counts"
        )
    } else if measured.other_families > 3 {
        format!(
            "the least rare counted function occurs in {} of {}",
            measured.other_families, measured.families
        )
    } else {
        format!(
            "no counted function occurs in more than {} of {} other families, and the rule of three bounds that at 3 of {}",
            measured.other_families, measured.families, measured.families
        )
    };
    let own = if written.own > measured.unrelated {
        format!("{} for `{}` is a default, not a measurement", written.own, written.candidate)
    } else {
        format!(
            "`{}` is given the same, so that the item says nothing: so small a population measures nothing rarer",
            written.candidate
        )
    };
    // a ratio says how much less, and of what is a default
    let how = if measured.log10_lr.is_some() { "follows from that and the match" } else { "is measured" };
    format!(
        "{} {own}. `unlisted` {how}: {bound}. That the code is shared does not say how it came there.",
        super::DEFAULT_RATIONALE
    )
}

/// The word a scale is written with.
fn word<T: serde::Serialize>(value: T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

fn day(date: Date) -> Value {
    let number = |value: i8| u8::try_from(value).unwrap_or(1);
    let date = toml_edit::Date {
        year: u16::try_from(date.year()).unwrap_or(0),
        month: number(date.month()),
        day: number(date.day()),
    };
    toml_edit::Datetime { date: Some(date), time: None, offset: None }.into()
}

/// The item as an `[[evidence]]` of its own.
pub(super) fn evidence(written: &Written<'_>) -> String {
    let Written { answer, relative, measured, .. } = written;
    let mut item = Table::new();
    let mut set = |key: &str, value: Value| drop(item.insert(key, Item::Value(value)));
    set("id", written.id.into());
    let what = if relative.is_actor { "the actor" } else { "the family" };
    let how = if relative.is_copy { "is a near-copy of a sample of" } else { "shares private code with" };
    set("title", format!("{} {how} {what} {}", plain(&answer.name), plain(relative.name)).into());
    set("kind", "code".into());
    set("aspect", "malware".into());
    set("vertex", "capability".into());
    set("observation", observation(answer, relative, measured).into());
    let artefacts = [Some(measured.query.clone()), relative.best.as_ref().map(|best| best.0.clone())];
    set("artefacts", Value::Array(artefacts.into_iter().flatten().collect()));
    set("source", written.source.into());
    set("credibility", 2.into());
    set("reported", day(written.reported));
    set("forgeability", word(written.forgeability).into());
    set("shareability", word(written.shareability).into());
    set("rationale", rationale(written).into());
    let mut likelihood = InlineTable::new();
    likelihood.insert("unlisted", measured.unrelated.into());
    likelihood.insert(written.candidate, written.own.into());
    set("likelihood", Value::InlineTable(likelihood));
    item.insert("measured", Item::Table(measured_table(measured)));
    document("evidence", item)
}

fn measured_table(measured: &Measured) -> Table {
    let whole = |number: u64| Value::from(i64::try_from(number).unwrap_or(i64::MAX));
    let mut table = Table::new();
    let mut set = |key: &str, value: Value| drop(table.insert(key, Item::Value(value)));
    set("query", measured.query.as_str().into());
    set("relative", measured.relative.as_str().into());
    set("functions", whole(measured.functions));
    set("evidence-bits", measured.evidence_bits.into());
    set("families", whole(measured.families));
    set("other-families", whole(measured.other_families));
    set("unrelated", measured.unrelated.into());
    if let Some(e_value) = measured.e_value.filter(|value| value.is_finite()) {
        set("e-value", e_value.into());
    }
    if let (Some(ratio), Some((low, high))) = (measured.log10_lr, measured.log10_lr_range) {
        set("log10-lr", ratio.into());
        set("log10-lr-range", Value::Array([low, high].into_iter().collect()));
    }
    set("fingerprint-version", whole(measured.fingerprint_version.into()));
    table
}

/// The source of one's own measurements.
pub(super) fn own_source(id: &str) -> String {
    let mut source = Table::new();
    let mut set = |key: &str, value: &str| drop(source.insert(key, toml_edit::value(value)));
    set("id", id);
    set("name", "cognate, our own measurement");
    set("kind", "own");
    set("reliability", "B");
    set(
        "reason",
        "Measured here and repeatable; labels and population of the store are not better than those who gave them.",
    );
    document("source", source)
}

fn document(key: &str, table: Table) -> String {
    let mut tables = ArrayOfTables::new();
    tables.push(table);
    let mut document = DocumentMut::new();
    document.insert(key, Item::ArrayOfTables(tables));
    document.to_string()
}
