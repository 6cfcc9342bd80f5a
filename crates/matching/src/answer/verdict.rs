//! The answer in one line, and what was left out of it.

use crate::document::{CodeSplit, FamilyRelative, LibraryShare, Outcome, Verdict};
use crate::facts::Matched;
use crate::time::left_out;
use cognate_base::{Gap, Place};

/// Share of the code from which a sample without relatives is said to be library code only, 0 to 1: the greater part.
const MOSTLY: f64 = 0.5;
/// Families and libraries that the verdict names; the rest is counted.
const MOST_NAMED: usize = 10;

/// What was not looked at, for want of time; `is_weighed` says that there was enough for the verdict.
pub(super) fn left_out_of(matched: &Matched<'_>, is_weighed: bool) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let skipped = matched.pool.skipped();
    if skipped > 0 {
        let what = format!("{skipped} functions were not looked up, or in part, and count as unmatched");
        gaps.push(left_out("matching", &what));
    }
    if let Some(partly) = answered_in_part(matched) {
        let what = "families and libraries of the rest are in no figure, and code of theirs may look private";
        gaps.push(Gap::new(Place::Whole, "store", format!("{partly}; {what}")));
    }
    if matched.time.passed() {
        let what = if is_weighed { "described" } else { "weighed and described" };
        gaps.push(left_out("matching", &format!("relatives were {what} in part")));
    }
    gaps
}

/// Whether anything was found, and why.
///
/// What was not read or not looked at leaves it open whether there is anything; it takes nothing from what
/// was found.
pub(super) fn outcome(
    matched: &Matched<'_>,
    code: &CodeSplit,
    families: &[FamilyRelative],
    libraries: &[LibraryShare],
) -> Outcome {
    let significant = families.iter().filter(|relative| relative.standing.significant);
    let significant: Vec<&str> = significant.map(|relative| relative.family.as_str()).collect();
    if !significant.is_empty() {
        let named = some_of(&significant);
        let partly = answered_in_part(matched).map_or_else(String::new, |partly| format!(" ({partly})"));
        let reason = format!("shares private code with {named}{partly}");
        return Outcome { verdict: Verdict::Related, reason };
    }
    let (verdict, reason) = match carried(libraries) {
        // what is mostly nobody's that is known is not only a library
        Some((named, share)) if share >= MOSTLY => {
            (Verdict::LibraryOnly, only_libraries(matched, families, &named))
        }
        Some((named, _)) => {
            let reason = format!("{}; carries library code: {named}", nothing(code, families));
            (Verdict::NothingSignificant, reason)
        }
        None => (Verdict::NothingSignificant, nothing(code, families)),
    };
    match unread(matched).or_else(|| unlooked(matched)) {
        Some(unread) => Outcome { verdict: Verdict::CannotTell, reason: format!("{unread}; {reason}") },
        None => Outcome { verdict, reason },
    }
}

/// Which libraries are carried, and what share of the code is theirs; none where no library is.
fn carried(libraries: &[LibraryShare]) -> Option<(String, f64)> {
    let carried = libraries.iter().filter(|library| library.carried);
    let share = carried.clone().map(|library| library.code.of_bytes).sum();
    let named: Vec<&str> = carried.map(|library| library.name.as_str()).collect();
    (!named.is_empty()).then(|| (some_of(&named), share))
}

/// The first of many names, and how many more there are.
fn some_of(names: &[&str]) -> String {
    let more = names.len().saturating_sub(MOST_NAMED);
    let named = names.iter().take(MOST_NAMED).copied().collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{named} and {more} more") } else { named }
}

/// That only libraries are carried, and who comes nearest beside them.
fn only_libraries(matched: &Matched<'_>, families: &[FamilyRelative], named: &str) -> String {
    let options = matched.options;
    let doubted = families.iter().find(|relative| {
        relative.standing.distinct >= options.least_distinct as u64
            && relative.standing.evidence_bits >= options.least_bits
    });
    match doubted {
        Some(FamilyRelative { family, standing, .. }) => {
            format!("carries library code: {named}; nearest is {family}: {}", standing.reason)
        }
        None => format!("no private code of note; carries library code: {named}"),
    }
}

fn nothing(code: &CodeSplit, families: &[FamilyRelative]) -> String {
    match families.first() {
        Some(relative) => format!("nearest is {}: {}", relative.family, relative.standing.reason),
        None if code.matched.functions > 0 => "only traces of indexed libraries were found".to_owned(),
        None => "no function is like any in the store".to_owned(),
    }
}

/// Why too little of the query was read to say that it shares nothing, where that is so.
///
/// A query with fewer functions that say anything than a relative needs could not come out as related to anybody.
fn unread(matched: &Matched<'_>) -> Option<String> {
    let (query, least) = (matched.query, matched.options.least_distinct);
    match query.comparable().count() {
        _ if query.functions.is_empty() => Some("no function of the file was read".to_owned()),
        _ if query.sample.partial => {
            Some("the file was read in part, and functions may be missing".to_owned())
        }
        telling if telling < least => Some(format!(
            "the file has {telling} functions that are long enough to be compared, and a relative needs {least}"
        )),
        _ => None,
    }
}

/// How much of the store answered, where not all of it did.
fn answered_in_part(matched: &Matched<'_>) -> Option<String> {
    let coverage = matched.pool.completeness.coverage;
    // Where time was up before anything was asked, nobody failed to answer.
    let is_asked = coverage > 0.0 || matched.pool.skipped() == 0;
    // Cut, not rounded: what is not all must not look like all.
    let per_mille = (coverage * 1000.0).floor();
    (is_asked && coverage < 1.0).then(|| format!("only {:.1} % of the store answered", per_mille / 10.0))
}

/// Why not enough was looked at to say that the query shares nothing, where that is so.
fn unlooked(matched: &Matched<'_>) -> Option<String> {
    let skipped = matched.pool.skipped();
    if skipped > 0 {
        return Some(format!("time was up before {skipped} functions were looked up"));
    }
    if matched.time.passed() {
        return Some("time was up before all relatives were weighed".to_owned());
    }
    answered_in_part(matched)
}
