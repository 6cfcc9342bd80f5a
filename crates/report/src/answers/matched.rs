//! `match`: what a sample shares with everything known.
//!
//! The first screen answers: the verdict in a sentence, what became of the code, in which pieces it is shared and who
//! holds them, how much that says, and what speaks against it. Nobody below the bar is named there; all the rest, with
//! names, is in the details (`match_details`).

use super::inspected::{gaps_text, read_in_part};
use super::match_details::{bullet, details, escaped, power};
use crate::text::{Align, Table, bytes, count, file_name, name, percent, plural, wrap};
use crate::{Document, Style};
use cognate_documents::{
    Bundle, CodeClass, CodeSplit, FamilyRelative, MatchAnswer, MatchDocument, MatchReport, SCHEMA, Verdict,
};
use std::fmt::Write;

/// Bundles of the first screen.
const MOST_BUNDLES: usize = 5;
/// Stands for a space at which a line is not to be broken.
const KEPT: &str = "\u{e000}";
/// Related families of the first screen.
const MOST_FAMILIES: usize = 3;

impl Document for MatchDocument {
    const NAME: &'static str = MatchDocument::NAME;
    const SCHEMA: u32 = SCHEMA;

    fn text(&self, style: &Style) -> String {
        let parts: Vec<String> = self.answers.iter().map(|answer| answer_text(answer, style)).collect();
        parts.join("\n")
    }
}

/// The answer without what is not held to be so: verdict, code, bundles, relatives.
pub fn match_summary(answer: &MatchAnswer, style: &Style) -> String {
    let report = &answer.report;
    [head(answer, style), code(&report.code, style), bundles(report, style), relatives(report, style)]
        .concat()
}

/// The first screen, and the details where they are asked for.
fn answer_text(answer: &MatchAnswer, style: &Style) -> String {
    let mut out = match_summary(answer, style);
    if style.details {
        out.push_str(&details(&answer.report, style));
    }
    out.push_str(&against(answer, style));
    out
}

/// The name, what it is, and the answer.
fn head(answer: &MatchAnswer, style: &Style) -> String {
    let query = &answer.report.query;
    let mut out = style.heading(&name(&answer.name, style.width));
    let what = format!(
        "{} {}, {}, {} with {} of code, sha256 {}",
        query.format,
        query.arch,
        bytes(query.size),
        plural(query.functions, "function"),
        bytes(query.code_bytes),
        query.id.short(),
    );
    let outcome = &answer.report.outcome;
    let title = title(outcome.verdict);
    let verdict = if outcome.verdict.found() { style.finding(title) } else { style.heading(title) };
    let reason = wrap(&escaped(&outcome.reason), 2, style.width);
    let _ = write!(out, "\n{}\n{verdict}\n{reason}", wrap(&what, 2, style.width));
    if let Some(next) = &outcome.next {
        out.push_str(&wrap(&format!("What to do: {}.", escaped(next)), 2, style.width));
    }
    if query.partial {
        out.push_str(&read_in_part(&answer.gaps, 2, style));
    }
    out
}

/// A verdict as it is headed.
fn title(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::KnownFile => "KNOWN FILE",
        Verdict::NearCopy => "NEAR-COPY",
        Verdict::Related => "RELATED",
        Verdict::NotSettled => "NOT SETTLED",
        Verdict::CommonCodeOnly => "COMMON CODE ONLY",
        Verdict::UnknownCode => "UNKNOWN CODE",
        Verdict::CannotTell => "CANNOT TELL",
    }
}

/// One bar of the file's code, and what its parts are.
fn code(split: &CodeSplit, style: &Style) -> String {
    let parts = [
        ('#', "shared with few families", split.private.of_bytes),
        ('=', "library", split.library.of_bytes),
        ('-', "common", split.common.of_bytes),
        ('.', "like nothing known", split.unmatched.of_bytes),
        (' ', "too small to tell", split.below_floor.of_bytes),
    ];
    let width = style.width.saturating_sub(4).min(76);
    let (mut bar, mut sum, mut drawn) = (String::new(), 0.0, 0);
    for (sign, _, share) in parts {
        sum += share;
        // each part ends where all before it and it end: no rounding adds up
        let end = ((sum * width as f64).round() as usize).min(width);
        bar.extend(std::iter::repeat_n(sign, end.saturating_sub(drawn)));
        drawn = end.max(drawn);
    }
    let legend = parts.iter().filter(|(.., share)| *share > 0.0).map(|(sign, what, share)| {
        let sign = if *sign == ' ' { String::new() } else { format!("{sign} ") };
        format!("{sign}{what} {}", percent(*share).replace(' ', KEPT))
    });
    let legend = legend.collect::<Vec<_>>().join(" | ");
    let legend = wrap(&legend, 2, style.width).replace(KEPT, " ");
    format!("\n{}\n  [{bar:<width$}]\n{legend}", style.heading("its code"))
}

/// What is shared or known, in pieces that hang together; who holds them is said of private ones only where somebody
/// is held to be related.
fn bundles(report: &MatchReport, style: &Style) -> String {
    if report.bundles.is_empty() {
        return String::new();
    }
    let columns =
        [("code", Align::Right), ("functions", Align::Right), ("is", Align::Left), ("held by", Align::Left)];
    let mut table = Table::new(2, &columns);
    let room = style.width.saturating_sub(52).clamp(16, 40);
    let most = if style.details { report.bundles.len() } else { MOST_BUNDLES };
    for bundle in report.bundles.iter().take(most) {
        table.row([
            percent(bundle.code.of_bytes),
            count(bundle.code.functions),
            what(bundle),
            holders(bundle, report, style, room),
        ]);
    }
    let rest = report.bundles.len().saturating_sub(most);
    let tail = style.more(2, rest);
    format!(
        "\n{}\n{}{tail}",
        style.heading("bundles: code that lies together and that the same others hold"),
        table.render()
    )
}

fn what(bundle: &Bundle) -> String {
    match (bundle.class, &bundle.library) {
        (CodeClass::Library, Some(library)) => name(library, 24),
        (CodeClass::Library, None) => "a library".to_owned(),
        (CodeClass::Common, _) => "common code".to_owned(),
        (CodeClass::Private, _) => "no known library".to_owned(),
    }
}

fn holders(bundle: &Bundle, report: &MatchReport, style: &Style, room: usize) -> String {
    let others = plural(bundle.holders, "family");
    let is_related = |name: &String| {
        report.families.iter().any(|family| family.family == *name && family.standing.significant)
    };
    match bundle.class {
        CodeClass::Library if bundle.holders == 0 => "known by itself".to_owned(),
        CodeClass::Private if style.details || bundle.named.iter().all(is_related) => {
            let more = (bundle.holders as usize).saturating_sub(bundle.named.len());
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            name(&bundle.named.join(", "), room) + &more
        }
        _ => others,
    }
}

/// Who is held to be related, how surely, and how the two came to agree.
fn relatives(report: &MatchReport, style: &Style) -> String {
    let mut out = String::new();
    let related = || report.families.iter().filter(|family| family.standing.significant);
    for family in related().take(MOST_FAMILIES) {
        out.push_str(&bullet(&relative(family, report), style.width));
    }
    out.push_str(&style.more(2, related().count().saturating_sub(MOST_FAMILIES)));
    if out.is_empty() { out } else { format!("\n{}\n{out}", style.heading("who, and how surely")) }
}

fn relative(family: &FamilyRelative, report: &MatchReport) -> String {
    let standing = &family.standing;
    let (low, high) = standing.log10_lr_range;
    let actors = match family.actors.as_slice() {
        [] => String::new(),
        actors => format!(", labelled as {}'s", name(&actors.join(", "), 40)),
    };
    let told = report.samples.iter().find(|it| it.sample.id == family.best_sample.id);
    let told =
        told.and_then(|it| it.alignment.as_ref()).map(|it| format!("; {}", it.provenance.origin.words()));
    format!(
        "{} ({}{actors}): likelihood ratio {} ({} to {}), {} for one private code base rather than two with public code in \
         common; {} unrelated families of {} would be expected to reach it; {} of its own code lies together in {}{}",
        name(&family.family, 40),
        family.kind,
        power(standing.log10_lr),
        power(low),
        power(high),
        standing.words(),
        expected(standing.e_value.unwrap_or_default()),
        count(report.population.families),
        percent(standing.grounds.of_query),
        file_name(&family.best_sample.name, 40),
        told.unwrap_or_default(),
    )
}

/// An expected number, as far as it is worth telling.
fn expected(e_value: f64) -> String {
    if e_value < 0.001 { "fewer than 0.001".to_owned() } else { format!("{e_value:.3}") }
}

/// What weakens the answer, and what it was compared with.
fn against(answer: &MatchAnswer, style: &Style) -> String {
    let report = &answer.report;
    let mut out = format!("\n{}\n", style.heading("what speaks against it, and what was not seen"));
    let mut say = |text: String| out.push_str(&bullet(&text, style.width));
    let split = &report.code;
    if split.unmatched.functions > 0 {
        let functions = plural(split.unmatched.functions, "function");
        say(format!("{} of the code ({functions}) is like nothing known", percent(split.unmatched.of_bytes)));
    }
    let unsettled = report.families.iter().filter(|family| family.standing.unsettled).count();
    if unsettled > 0 && report.outcome.verdict != Verdict::NotSettled {
        say(format!(
            "with {} more it is not settled whether they are related",
            plural(unsettled as u64, "family")
        ));
    }
    if report.completeness.coverage < 1.0 {
        say(format!("only {} of the store answered", percent(report.completeness.coverage)));
    }
    let population = &report.population;
    say(format!(
        "compared with {} of {} ({} of them goodware) and {}, {}, and the base of known components: what is in none of \
         them cannot be found",
        plural(population.samples, "sample"),
        plural(population.families, "family"),
        count(population.goodware),
        plural(population.libraries, "library"),
        plural(population.functions, "function"),
    ));
    out.push_str(&gaps_text("", &answer.gaps, style));
    out
}
