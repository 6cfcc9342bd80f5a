//! `match`: what a sample shares with everything known.
//!
//! The first screen answers in [`MOST_LINES`] lines: the verdict in a sentence, who and how surely, what became of the
//! code, in which pieces it is shared and who holds them, and what speaks against it. Nobody below the bar is named there;
//! all the rest, with names, is in the details (`match_details`).

use super::inspected::{gaps_text, read_in_part};
use super::match_details::{bullet, details, escaped, power};
use crate::text::{Align, Table, bytes, count, file_name, name, percent, plural, shorten, wrap};
use crate::{Document, Style};
use cognate_documents::{
    Bundle, CodeClass, CodeSplit, FamilyRelative, MatchAnswer, MatchDocument, MatchReport, Origin,
    Provenance, SCHEMA, Verdict,
};
use std::fmt::Write;

/// Lines of the first screen, where it is 80 columns wide.
const MOST_LINES: usize = 25;
/// Bundles of the first screen, where there is room.
const MOST_BUNDLES: usize = 5;
/// Lines of a reason on the first screen, and where somebody is named, of whom more is told below it.
const MOST_OF_REASON: usize = 3;
const MOST_OF_NAMES: usize = 2;
/// Lines of what is told of a family on the first screen.
const MOST_OF_FAMILY: usize = 6;
/// Stands for a space at which a line is not to be broken.
const KEPT: &str = "\u{e000}";
/// Related families of which is told with the details how surely they are; on the first screen it is the first.
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
    screen(answer, style, String::new())
}

/// The answer with `tail` at its end: as much of who is related, and as many bundles, as there is room for.
fn screen(answer: &MatchAnswer, style: &Style, tail: String) -> String {
    let report = &answer.report;
    let (head, code) = (head(answer, style), code(&report.code, style));
    let left = |parts: &[&str]| {
        let taken = parts.iter().map(|part| part.lines().count()).sum();
        if style.details { usize::MAX } else { MOST_LINES.saturating_sub(taken) }
    };
    let relatives = relatives(report, style, left(&[&head, &code, &tail]));
    let bundles = bundles(report, style, left(&[&head, &relatives, &code, &tail]));
    [head, relatives, code, bundles, tail].concat()
}

/// The first screen, and the details where they are asked for.
fn answer_text(answer: &MatchAnswer, style: &Style) -> String {
    let more = if style.details { details(&answer.report, style) } else { String::new() };
    screen(answer, style, more + &against(answer, style))
}

/// A text in at most so many lines; with the details in all that it takes.
fn in_lines(text: &str, indent: usize, most: usize, style: &Style) -> String {
    if style.details {
        return wrap(text, indent, style.width);
    }
    let room = style.width.saturating_sub(indent);
    let words: Vec<String> = text.split_whitespace().map(|word| shorten(word, room)).collect();
    let whole = wrap(&words.join(" "), indent, style.width);
    let lines: Vec<&str> = whole.lines().collect();
    match lines.get(..most) {
        Some([first @ .., last]) if lines.len() > most => {
            let before: String = first.iter().map(|line| format!("{line}\n")).collect();
            // whole words up to where a mark of what is left out still fits
            let room = room.saturating_sub(2);
            let words = wrap(last, 0, room);
            format!("{before}{:indent$}{} …\n", "", shorten(words.lines().next().unwrap_or_default(), room))
        }
        _ => whole,
    }
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
    let most = if outcome.verdict.found() { MOST_OF_NAMES } else { MOST_OF_REASON };
    let reason = in_lines(&escaped(&outcome.reason), 2, most, style);
    let _ = write!(out, "\n{}\n{verdict}\n{reason}", wrap(&what, 2, style.width));
    if let Some(next) = &outcome.next {
        out.push_str(&in_lines(&format!("What to do: {}.", escaped(next)), 2, MOST_OF_REASON, style));
    }
    if query.partial {
        out.push_str(&read_in_part(&answer.gaps, 2, style));
    }
    out
}

/// A verdict as it is headed.
pub(crate) fn title(verdict: Verdict) -> &'static str {
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
        ('#', "shared with few", split.private.of_bytes),
        ('=', "library", split.library.of_bytes),
        ('-', "common", split.common.of_bytes),
        ('?', "in doubt", split.doubtful.of_bytes),
        ('.', "like nothing known", split.unmatched.of_bytes),
        (' ', "too small", split.below_floor.of_bytes),
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
/// is held to be related. They take at most so many lines.
fn bundles(report: &MatchReport, style: &Style, most_lines: usize) -> String {
    let all = report.bundles.len();
    // a blank line, the heading, the head of the table
    let room = most_lines.saturating_sub(3);
    let most = match room {
        _ if style.details => all,
        room if all <= room.min(MOST_BUNDLES) => all,
        // one line says how many more there are
        room => room.saturating_sub(1).min(MOST_BUNDLES),
    };
    if most == 0 {
        return String::new();
    }
    let columns =
        [("code", Align::Right), ("functions", Align::Right), ("is", Align::Left), ("held by", Align::Left)];
    let mut table = Table::new(2, &columns);
    let room = style.width.saturating_sub(56).clamp(16, 40);
    for bundle in report.bundles.iter().take(most) {
        table.row([
            percent(bundle.code.of_bytes),
            count(bundle.code.functions),
            what(bundle),
            holders(bundle, report, style, room),
        ]);
    }
    let tail = style.more(2, all.saturating_sub(most));
    format!(
        "\n{}\n{}{tail}",
        style.heading("bundles: code that lies together and that the same others hold"),
        table.render()
    )
}

/// What a bundle is.
pub(crate) fn what(bundle: &Bundle) -> String {
    match (bundle.class, &bundle.library) {
        (CodeClass::Library, Some(library)) => name(library, 24),
        (CodeClass::Library, None) => "a library".to_owned(),
        (CodeClass::Common, _) => "common code".to_owned(),
        (CodeClass::Doubtful, _) => "a library's or its own".to_owned(),
        (CodeClass::Private, _) => "no known library".to_owned(),
    }
}

/// Who holds a bundle.
pub(crate) fn holders(bundle: &Bundle, report: &MatchReport, style: &Style, room: usize) -> String {
    let others = plural(bundle.holders, "family");
    let is_related = |name: &String| {
        report.families.iter().any(|family| family.family == *name && is_named(family, report))
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

/// Who is held to be related, how surely, and how the two came to agree, where there are so many lines left.
fn relatives(report: &MatchReport, style: &Style, left: usize) -> String {
    let mut out = String::new();
    let related = || report.families.iter().filter(|family| is_named(family, report));
    let most = if style.details { MOST_FAMILIES } else { 1 };
    for family in related().take(most) {
        // one line says how many more there are
        let told = in_lines(&relative(family, report), 4, MOST_OF_FAMILY.min(left.saturating_sub(1)), style);
        let _ = write!(out, "  -{}", told.get(3..).unwrap_or_default());
    }
    out + &style.more(2, related().count().saturating_sub(most))
}

/// See [`MatchReport::names`].
pub(crate) fn is_named(family: &FamilyRelative, report: &MatchReport) -> bool {
    report.names(family)
}

/// Families that the verdict names.
pub(crate) fn named(report: &MatchReport) -> impl Iterator<Item = &FamilyRelative> {
    report.families.iter().filter(|family| is_named(family, report))
}

/// Columns of a name in what is told of a family.
const MOST_OF_NAME: usize = 28;

fn relative(family: &FamilyRelative, report: &MatchReport) -> String {
    let standing = &family.standing;
    let (low, high) = standing.log10_lr_range;
    let actors = match family.actors.as_slice() {
        [] => String::new(),
        actors => format!(", labelled as {}'s", name(&actors.join(", "), MOST_OF_NAME)),
    };
    let told = provenance(family, report).map(|told| format!("; {}", told.origin.words_of_relatives()));
    let alone = match standing.significant {
        true => "",
        false => ", too little without the likeness of the whole file",
    };
    format!(
        "{} ({}{actors}): likelihood ratio {} ({} to {}), {} for one private code base{alone}; {} unrelated families of {} \
         expected to reach it; {} of its own code lies together in {}{}",
        name(&family.family, MOST_OF_NAME),
        family.kind,
        power(standing.log10_lr),
        power(low),
        power(high),
        standing.words(),
        expected(standing.e_value.unwrap_or_default()),
        count(report.population.families),
        percent(standing.grounds.of_own),
        file_name(&family.best_sample.name, MOST_OF_NAME),
        told.unwrap_or_default(),
    )
}

/// How the file and a family's best sample came to agree, where that is told.
pub(crate) fn provenance<'r>(family: &FamilyRelative, report: &'r MatchReport) -> Option<&'r Provenance> {
    let best = report.samples.iter().find(|it| it.sample.id == family.best_sample.id)?;
    best.alignment.as_ref().map(|it| &it.provenance).filter(|told| told.origin != Origin::Unsettled)
}

/// An expected number, as far as it is worth telling.
pub(crate) fn expected(e_value: f64) -> String {
    if e_value < 0.001 { "fewer than 0.001".to_owned() } else { format!("{e_value:.3}") }
}

/// What weakens the answer, and what it was compared with.
fn against(answer: &MatchAnswer, style: &Style) -> String {
    let report = &answer.report;
    let mut out = format!("\n{}\n", style.heading("what speaks against it, and what was not seen"));
    let mut say = |text: String| out.push_str(&bullet(&text, style.width));
    against_it(report).into_iter().for_each(&mut say);
    match answer.gaps.as_slice() {
        [] => {}
        gaps if style.details => out.push_str(&gaps_text("", gaps, style)),
        // the first of those that lost code stands below the verdict
        gaps if report.query.partial => say(format!("{} in what was read", plural(gaps.len() as u64, "gap"))),
        [first, ..] => {
            let gaps = plural(answer.gaps.len() as u64, "gap");
            let first = style.advised(&first.to_string());
            let text = format!("{gaps} in what was read: {}", first.trim_start_matches("gap: "));
            let text = in_lines(&escaped(&text), 4, MOST_OF_NAMES, style);
            let _ = write!(out, "  -{}", text.get(3..).unwrap_or_default());
        }
    }
    out
}

/// What weakens an answer beside gaps, and what it was compared with, in sentences.
pub(crate) fn against_it(report: &MatchReport) -> Vec<String> {
    let mut said = Vec::new();
    let is_open = |family: &&FamilyRelative| family.standing.unsettled && !is_named(family, report);
    let unsettled = report.families.iter().filter(is_open).count();
    if unsettled > 0 && report.outcome.verdict != Verdict::NotSettled {
        let families = plural(unsettled as u64, "family");
        said.push(format!("with {families} more it is not settled whether they are related"));
    }
    if report.completeness.coverage < 1.0 {
        said.push(format!("only {} of the store answered", percent(report.completeness.coverage)));
    }
    let population = &report.population;
    said.push(format!(
        "compared with {} of {} ({} goodware), {}, {} and the known components; what is in none of them is not found",
        plural(population.samples, "sample"),
        plural(population.families, "family"),
        count(population.goodware),
        plural(population.libraries, "library"),
        plural(population.functions, "function"),
    ));
    said
}
