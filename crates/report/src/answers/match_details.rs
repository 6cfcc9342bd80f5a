//! `match`, in detail: who shares how much, which functions tell it, and what was not seen.

use super::reasons::reasons_text;
use crate::Style;
use crate::text::{Align, Table, bytes, count, file_name, label, name, percent, plural, shorten, wrap};
use cognate_documents::{
    ActorRelative, FamilyRelative, FunctionRef, LibraryShare, MatchReport, Naming, SampleRef, SampleRelative,
    Share, Standing, TellingMatch,
};
use std::fmt::Write;

/// All that the first screen leaves out.
pub(crate) fn details(report: &MatchReport, style: &Style) -> String {
    let mut out = families(report, style);
    out.push_str(&actors(&report.actors, style));
    out.push_str(&libraries(&report.libraries, style));
    out.push_str(&code(report, style));
    for family in report.families.iter().filter(|family| report.names(family)).take(MOST_TOLD) {
        out.push_str(&telling(family, style));
    }
    if let Some(first) = report.families.first().filter(|family| !report.names(family)) {
        out.push_str(&telling(first, style));
    }
    out.push_str(&samples(&report.samples, style));
    out.push_str(&beside(report, style));
    out
}

/// Families of which the most telling functions are shown.
const MOST_TOLD: usize = 3;

/// Why others are not held to be related, and how complete the answer is.
fn beside(report: &MatchReport, style: &Style) -> String {
    let mut out = String::new();
    for family in report.families.iter().filter(|family| !report.names(family)).take(3) {
        let text = format!("{} is not held to be related: {}", family.family, family.standing.reason);
        out.push_str(&bullet(&escaped(&text), style.width));
    }
    let completeness = &report.completeness;
    if completeness.truncated_keys + completeness.capped_signatures + completeness.capped_functions > 0 {
        let text = format!(
            "{} of {} keys were too frequent to follow, {} and {} were followed in part",
            count(completeness.truncated_keys),
            count(completeness.keys),
            plural(completeness.capped_signatures, "list"),
            plural(completeness.capped_functions, "function"),
        );
        out.push_str(&bullet(&text, style.width));
    }
    out.push_str(&bullet(&escaped(&report.caveat), style.width));
    format!("\n{}\n{out}", style.heading("beside it"))
}

/// Columns from which tables need not save room.
pub(crate) const WIDE: usize = 98;

fn families(report: &MatchReport, style: &Style) -> String {
    let families = &report.families;
    let shown: Vec<&FamilyRelative> = families.iter().take(10).collect();
    if shown.is_empty() {
        return String::new();
    }
    let room = style.width.saturating_sub(74).clamp(8, 28);
    let columns = [
        ("rank", Align::Right),
        ("family", Align::Left),
        ("kind", Align::Left),
        ("private", Align::Right),
        ("library", Align::Right),
        ("common", Align::Right),
        ("evidence", Align::Right),
        ("LR", Align::Right),
        ("related", Align::Left),
    ];
    let mut table = Table::new(2, &columns);
    for (index, family) in shown.iter().enumerate() {
        let standing = &family.standing;
        table.row([
            (index + 1).to_string(),
            name(&family.family, room),
            family.kind.to_string(),
            percent(standing.private.of_bytes),
            percent(standing.library.of_bytes),
            percent(standing.common.of_bytes),
            bits(standing.evidence_bits),
            power(standing.log10_lr),
            if report.outcome.is_copy_of(&family.family) { "near-copy" } else { related(standing) }
                .to_owned(),
        ]);
    }
    let tail = style.more(2, families.len().saturating_sub(shown.len()));
    format!("\n{}\n{}{tail}", style.heading("families"), table.render())
}

fn bits(bits: f64) -> String {
    format!("{} bits", count(bits.max(0.0).round() as u64))
}

/// A likelihood ratio by its decimal logarithm: `10^2.5`.
pub(crate) fn power(log10: f64) -> String {
    format!("10^{log10:.1}")
}

fn related(standing: &Standing) -> &'static str {
    match standing {
        Standing { significant: true, .. } => "yes",
        Standing { unsettled: true, .. } => "not settled",
        _ => "no",
    }
}

fn actors(actors: &[ActorRelative], style: &Style) -> String {
    if actors.is_empty() {
        return String::new();
    }
    let columns = [
        ("rank", Align::Right),
        ("actor", Align::Left),
        ("families", Align::Left),
        ("private", Align::Right),
        ("evidence", Align::Right),
        ("related", Align::Left),
    ];
    let mut table = Table::new(2, &columns);
    for (index, actor) in actors.iter().take(5).enumerate() {
        table.row([
            (index + 1).to_string(),
            name(&actor.actor, 28),
            name(&actor.families.join(", "), 36),
            percent(actor.standing.private.of_bytes),
            bits(actor.standing.evidence_bits),
            related(&actor.standing).to_owned(),
        ]);
    }
    format!("\n{}\n{}", style.heading("actors, as the labels have it"), table.render())
}

/// Libraries that are listed; the rest is counted.
const MOST_LIBRARIES: usize = 12;

fn libraries(libraries: &[LibraryShare], style: &Style) -> String {
    if libraries.is_empty() {
        return String::new();
    }
    let columns = [
        ("library", Align::Left),
        ("functions", Align::Right),
        ("code", Align::Right),
        ("", Align::Right),
        ("known by", Align::Left),
    ];
    let mut table = Table::new(2, &columns);
    // half of what is left beside the numbers for the name, half for how it is known
    let room = (style.width.saturating_sub(42) / 2).clamp(12, 60);
    let (shown, traces): (Vec<_>, Vec<_>) = libraries.iter().partition(|library| library.carried);
    for library in shown.iter().take(MOST_LIBRARIES) {
        let versions = if library.query_versions.is_empty() {
            String::new()
        } else {
            format!(" {}", name(&library.query_versions.join(", "), 30))
        };
        table.row([
            shorten(&format!("{}{versions}", name(&library.name, 40)), room),
            count(library.code.functions),
            bytes(library.code.bytes),
            percent(library.code.of_bytes),
            shorten(&named(&library.named), style.width.saturating_sub(room + 38).max(12)),
        ]);
    }
    let mut out = format!("\n{}\n", style.heading("library code: shown, not counted as evidence"));
    if !shown.is_empty() {
        out.push_str(&table.render());
    }
    let rest = shown.get(MOST_LIBRARIES..).unwrap_or(&[]);
    if !rest.is_empty() {
        let share = rest.iter().map(|library| library.code.of_bytes).sum();
        let more = format!("and {} more with {} of the code\n", rest.len(), percent(share));
        out.push_str(&wrap(&more, 2, style.width));
    }
    if !traces.is_empty() {
        let names = traces
            .iter()
            .take(MOST_LIBRARIES)
            .map(|library| format!("{} {}", name(&library.name, 28), count(library.code.functions)));
        let names = names.collect::<Vec<_>>().join(", ");
        let text = format!("traces, which may be chance (functions): {names}");
        out.push_str(&wrap(&text, 2, style.width));
    }
    out
}

/// How a library is known.
pub(crate) fn named(naming: &[Naming]) -> String {
    // where it is known which functions are its, a text tells nothing more
    let known = naming.iter().any(|naming| matches!(naming, Naming::Known { .. }));
    let naming = naming.iter().filter(|naming| !known || !matches!(naming, Naming::Marks { .. }));
    let words = naming.map(|naming| match naming {
        Naming::Indexed => "indexed as a library".to_owned(),
        Naming::Known { known_by } => known_by.to_string(),
        Naming::Stored { functions } => format!("{} known in stored samples", plural(*functions, "function")),
        Naming::Marks { mark } => format!("its mark `{}`", name(mark, 32)),
    });
    words.collect::<Vec<_>>().join("; ")
}

fn code(report: &MatchReport, style: &Style) -> String {
    let split = &report.code;
    let columns = [
        ("code", Align::Left),
        ("functions", Align::Right),
        ("bytes", Align::Right),
        ("", Align::Right),
        ("meaning", Align::Left),
    ];
    let mut table = Table::new(2, &columns);
    let mut row = |title: &str, share: &Share, meaning: &str| {
        table.row([
            title.to_owned(),
            count(share.functions),
            bytes(share.bytes),
            percent(share.of_bytes),
            meaning.to_owned(),
        ]);
    };
    row("private", &split.private, "shared with few families: evidence");
    row("library", &split.library, "code of a named library: not counted");
    row("common", &split.common, "found in many families: not counted");
    row("doubtful", &split.doubtful, "a library's or its own: no evidence");
    row("unmatched", &split.unmatched, "like nothing in the store");
    row("too short", &split.below_floor, "says too little to be looked up");
    format!("\n{}\n{}", style.heading("its code"), table.render())
}

fn telling(family: &FamilyRelative, style: &Style) -> String {
    if family.telling.is_empty() {
        return String::new();
    }
    let title = format!(
        "why {}: the most telling shared functions (here | in {})",
        name(&family.family, 40),
        file_name(&family.best_sample.name, 40)
    );
    let mut out = format!("\n{}\n", style.heading(&title));
    for (index, shared) in family.telling.iter().enumerate() {
        out.push_str(&telling_match(index + 1, shared, &family.best_sample, style));
    }
    out
}

fn telling_match(rank: usize, shared: &TellingMatch, best: &SampleRef, style: &Style) -> String {
    let elsewhere = if shared.sample == best.id {
        String::new()
    } else {
        format!(" in {}", file_name(&shared.sample_name, 40))
    };
    let mut out = format!(
        "  {rank:>2}  {:#x} ({} B) | {:#x} ({} B){elsewhere}, {} bits\n",
        shared.query.address,
        shared.query.bytes,
        shared.stored.address,
        shared.stored.bytes,
        count(shared.evidence_bits.max(0.0).round() as u64),
    );
    if let Some(names) = names(&shared.query, &shared.stored, style.width.saturating_sub(12) / 2) {
        let _ = writeln!(out, "      {names}");
    }
    let others = match shared.other_families {
        0 => "in no other family".to_owned(),
        others => format!("in {}", plural(others, "other family")),
    };
    let repeated = match shared.repeated {
        0 | 1 => String::new(),
        more => format!("; stands for {more} near-identical functions"),
    };
    out.push_str(&wrap(&format!("{}; {others}{repeated}", reasons_text(&shared.reasons)), 6, style.width));
    out
}

/// The names of both sides, where the files tell any.
pub(crate) fn names(here: &FunctionRef, there: &FunctionRef, width: usize) -> Option<String> {
    let text = |side: &FunctionRef| side.name.as_deref().map(|text| name(text, width));
    match (text(here), text(there)) {
        (None, None) => None,
        (Some(a), Some(b)) if a == b => Some(format!("named {a} on both sides")),
        (a, b) => Some(format!("{} | {}", a.unwrap_or("no name".into()), b.unwrap_or("no name".into()))),
    }
}

fn samples(samples: &[SampleRelative], style: &Style) -> String {
    if samples.is_empty() {
        return String::new();
    }
    let columns = [
        ("rank", Align::Right),
        ("sample", Align::Left),
        ("label", Align::Left),
        ("private", Align::Right),
        ("matched", Align::Right),
        ("one to one", Align::Right),
    ];
    let mut table = Table::new(2, &columns);
    let room = (style.width.saturating_sub(44) / 2).clamp(12, 36);
    for (index, relative) in samples.iter().take(10).enumerate() {
        table.row([
            (index + 1).to_string(),
            file_name(&relative.sample.name, room),
            shorten(&label(&relative.sample.label), room),
            percent(relative.standing.private.of_bytes),
            percent(relative.standing.matched.of_bytes),
            percent(relative.one_to_one.of_bytes),
        ]);
    }
    let told = origins(samples, style);
    format!("\n{}\n{}{told}", style.heading("samples, shares of the code in bytes"), table.render())
}

/// How the query came to agree with those samples it was put beside.
fn origins(samples: &[SampleRelative], style: &Style) -> String {
    let ranked = (1..).zip(samples.iter().take(10));
    let told = ranked.filter_map(|(rank, relative)| {
        let told = &relative.alignment.as_ref()?.provenance;
        let text = format!(
            "how it came to agree with {rank}, by its private code: {}",
            told.origin.words_of_relatives()
        );
        Some(bullet(&text, style.width))
    });
    told.collect()
}

pub(crate) fn bullet(text: &str, width: usize) -> String {
    let wrapped = wrap(text, 4, width);
    format!("  -{}", wrapped.get(3..).unwrap_or_default())
}

pub(crate) fn escaped(text: &str) -> String {
    cognate_base::escape(text)
}
