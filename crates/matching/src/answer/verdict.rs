//! The answer in one line, and what was left out of it.

use super::functions::class;
use crate::document::{
    CodeSplit, FamilyRelative, FunctionClass, Label, LibraryShare, Outcome, SampleRef, Verdict, ratio,
};
use crate::facts::Matched;
use crate::indices::QueryFunction;
use crate::provenance::percent;
use crate::time::left_out;
use cognate_base::{Gap, Place, noun};
use std::fmt::Write;

/// Share of the code that says anything from which all of it is said to be library and common code, 0 to 1: eight functions of
/// a program's own are a small part of what it links statically. Judgement.
const NEARLY_ALL: f64 = 0.99;
/// Functions that say anything, below which nothing is said of a file. Judgement.
const LEAST_FUNCTIONS: usize = 3;
/// Families, goodware among them, below which a store is said to hold little. Judgement.
const LEAST_FAMILIES: usize = 10;
/// Families and libraries that the verdict names; the rest is counted.
const MOST_NAMED: usize = 5;

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

/// What the verdict hangs on.
pub(super) struct Found<'a> {
    /// The query with everything known of its functions.
    pub matched: &'a Matched<'a>,
    /// Its code by what became of it.
    pub code: &'a CodeSplit,
    /// Who shares what, likeliest first.
    pub families: &'a [FamilyRelative],
    /// The libraries recognised.
    pub libraries: &'a [LibraryShare],
    /// The stored sample that it is a near-copy of.
    pub near: Option<&'a SampleRef>,
}

/// What the file is to what is stored, and why.
///
/// What was not read or not looked at leaves it open whether there is anything; it takes nothing from what
/// was found.
pub(super) fn outcome(found: &Found<'_>) -> Outcome {
    let Found { matched, families, near, .. } = found;
    let partly = answered_in_part(matched).map_or_else(String::new, |partly| format!(" ({partly})"));
    let of = |verdict, reason, named| Outcome { verdict, reason, next: None, named };
    if let Some(known) = matched.catalogue.known() {
        let reason = format!("this very file is stored as {}", label(&known.info.label));
        return of(Verdict::KnownFile, reason, vec![known.info.label.family.clone()]);
    }
    if let Some(near) = near {
        let reason = format!(
            "function for function that of a stored sample of {}, its own code too{partly}",
            label(&near.label)
        );
        return of(Verdict::NearCopy, reason, vec![near.label.family.clone()]);
    }
    let significant: Vec<&FamilyRelative> = families.iter().filter(|it| it.standing.significant).collect();
    if !significant.is_empty() {
        let names: Vec<&str> = significant.iter().map(|it| it.family.as_str()).collect();
        let reason = format!("shares private code with {}{partly}", some_of(&names));
        return of(Verdict::Related, reason, names.into_iter().map(str::to_owned).collect());
    }
    let unread = unread(matched).or_else(|| unlooked(matched));
    let (verdict, reason, next) = match families.iter().find(|it| it.standing.unsettled) {
        Some(_) if unread.is_none() => not_settled(families),
        _ => unrelated(found),
    };
    match unread.or_else(|| nobody_to_compare(matched)) {
        Some((why, next)) => {
            let is_there = matched.query.comparable().next().is_some();
            let reason = if is_there { format!("{why}; {reason}") } else { why };
            Outcome { verdict: Verdict::CannotTell, reason, next: Some(next), named: Vec::new() }
        }
        None => Outcome { verdict, reason, next, named: Vec::new() },
    }
}

/// That there may be something, and what would settle it.
fn not_settled(families: &[FamilyRelative]) -> (Verdict, String, Option<String>) {
    let all = families.iter().filter(|it| it.standing.unsettled).count();
    let reason = format!(
        "shares code with {} of the store, more than chance makes, but no more than unrelated programs do that hold a \
         public library unknown here",
        counted(all as u64, "family")
    );
    let next = "index software that may hold the same public code as goodware, the library as a library, or more samples \
                of the family"
        .to_owned();
    (Verdict::NotSettled, reason, Some(next))
}

/// That nobody is held to be related: what the code is instead.
fn unrelated(found: &Found<'_>) -> (Verdict, String, Option<String>) {
    let code = found.code;
    let public = code.library.bytes + code.common.bytes;
    let doubtful = code.doubtful.bytes;
    let telling = public + code.private.bytes + doubtful + code.unmatched.bytes;
    let carried = found.libraries.iter().filter(|library| library.carried);
    let names: Vec<&str> = carried.map(|library| library.name.as_str()).collect();
    let libraries = if names.is_empty() { String::new() } else { format!(": {}", some_of(&names)) };
    if telling > 0 && public as f64 >= NEARLY_ALL * telling as f64 {
        let share = percent(ratio(public as f64, telling as f64));
        let reason = format!("{share} of what says anything is library or common code{libraries}");
        return (Verdict::CommonCodeOnly, reason, None);
    }
    let of = |part: u64| percent(ratio(part as f64, telling as f64));
    let mut beside = String::new();
    if doubtful > 0 {
        let functions = counted(code.doubtful.functions, "function");
        let _ = write!(
            beside,
            "; of {} ({functions}) it is not known whether it is a library's or its own",
            of(doubtful)
        );
    }
    let shared = found.matched.query.share(shared_in_doubt(found.matched));
    if shared.functions >= LEAST_FUNCTIONS as u64 && shared.bytes * 2 > telling - public {
        let reason = format!(
            "{} of what says anything is library or common code{libraries}{beside}, and families of the store hold the same",
            of(public)
        );
        let next =
            "index that library as a library, or unrelated software that links it as goodware".to_owned();
        return (Verdict::NotSettled, reason, Some(next));
    }
    if public > 0 {
        let _ = write!(beside, "; the rest is library or common code{libraries}");
    }
    let reason = format!(
        "{} of what says anything is of no library that is known, and no family of the store shares enough of it to be \
         held to be related{beside}",
        of(code.unmatched.bytes + code.private.bytes)
    );
    (Verdict::UnknownCode, reason, little_stored(found.matched))
}

/// What to index where so little is stored that to be like nothing in it says little.
fn little_stored(matched: &Matched<'_>) -> Option<String> {
    let (families, goodware) = (matched.catalogue.projects(), matched.catalogue.goodware());
    let has = counted(families as u64, "family");
    let what = match (families < LEAST_FAMILIES, goodware == 0) {
        (true, _) => "index families that the file may be of, and unrelated goodware of its kind",
        (false, true) => "index unrelated goodware of its kind",
        (false, false) => return None,
    };
    Some(format!("the store has {has}, {goodware} of them goodware: {what}"))
}

/// Functions of the query that may be a library's, and that families hold.
fn shared_in_doubt<'m>(matched: &'m Matched<'_>) -> impl Iterator<Item = QueryFunction> + use<'m> {
    let is_in_doubt = |&at: &QueryFunction| class(matched, at) == FunctionClass::Doubtful;
    let functions = matched.query.functions.indices().filter(is_in_doubt);
    functions.filter(|&at| !matched.facts[at].families.is_empty())
}

/// A label in words: `openssl 3.0.17 (library)`.
fn label(label: &Label) -> String {
    let version = label.version.as_deref().map(|version| format!(" {version}")).unwrap_or_default();
    format!("{}{version} ({})", label.family, label.kind)
}

fn counted(number: u64, singular: &str) -> String {
    format!("{number} {}", noun(number, singular))
}

/// The first of many names, and how many more there are.
fn some_of(names: &[&str]) -> String {
    let more = names.len().saturating_sub(MOST_NAMED);
    let named = names.iter().take(MOST_NAMED).copied().collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{named} and {more} more") } else { named }
}

/// Why too little of the query was read to say that it shares nothing, and what to do, where that is so.
fn unread(matched: &Matched<'_>) -> Option<(String, String)> {
    let query = matched.query;
    match query.comparable().count() {
        _ if query.sample.partial => {
            let why = "the file was read in part, and functions may be missing".to_owned();
            Some((why, "ask about the unpacked or undamaged file, or a dump of its memory".to_owned()))
        }
        _ if query.functions.is_empty() => {
            let why = "no function of the file was read".to_owned();
            Some((why, "`inspect` says what the file is and what was not read".to_owned()))
        }
        telling if telling < LEAST_FUNCTIONS => {
            let have = counted(telling as u64, "function");
            let why =
                format!("the file has {have} long enough to be compared, and {LEAST_FUNCTIONS} are needed");
            Some((why, "compare it with one sample at a time: `compare`".to_owned()))
        }
        _ => None,
    }
}

/// That there is nobody in the store who could be named.
fn nobody_to_compare(matched: &Matched<'_>) -> Option<(String, String)> {
    (matched.catalogue.projects() == 0).then(|| {
        let why = "no family is in the store".to_owned();
        (
            why,
            "index samples of families that the file may be of, and unrelated goodware beside them"
                .to_owned(),
        )
    })
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
fn unlooked(matched: &Matched<'_>) -> Option<(String, String)> {
    let skipped = matched.pool.skipped();
    let longer = || "ask again with more time".to_owned();
    if skipped > 0 {
        return Some((format!("time was up before {skipped} functions were looked up"), longer()));
    }
    if matched.time.passed() {
        return Some(("time was up before all relatives were weighed".to_owned(), longer()));
    }
    answered_in_part(matched).map(|partly| (partly, "ask again when all of it answers".to_owned()))
}
