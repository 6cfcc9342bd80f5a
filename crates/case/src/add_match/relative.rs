//! Which relative of a result makes the item, for which candidate, and how rare what it shares is.

use super::AddMatch;
use super::words::plain;
use crate::actors::Actors;
use crate::model::Case;
use crate::model::Measured;
use crate::scale::{Forgeability, Shareability};
use cognate_base::{Error, ErrorKind};
use cognate_documents::{
    AnchorKind, CodeClass, Kind, MatchAnswer, MatchKind, Reason, Standing, TellingMatch,
};

/// As close to certain as a measured probability gets: a population that small says nothing.
const CAP: f64 = 0.999;

/// A family or an actor of the store.
pub(super) struct Relative<'a> {
    pub name: &'a str,
    pub is_actor: bool,
    /// None for an actor.
    pub kind: Option<Kind>,
    /// To whom the store holds it to belong.
    pub actors: Vec<&'a str>,
    /// The stored sample that shares most: its SHA-256 and name.
    pub best: Option<(String, &'a str)>,
    /// How many families of the population are its own.
    pub own_families: u64,
    pub standing: &'a Standing,
    /// The file is a near-copy of a sample of it as a whole.
    pub is_copy: bool,
    /// What counts as evidence, most telling first.
    pub telling: Vec<&'a TellingMatch>,
}

/// Every relative of an answer, families first.
fn relatives(answer: &MatchAnswer) -> Vec<Relative<'_>> {
    let counted = |all: &'_ [TellingMatch]| -> Vec<usize> {
        let private = |one: &TellingMatch| one.class == CodeClass::Private && one.evidence_bits > 0.0;
        all.iter().enumerate().filter(|(_, one)| private(one)).map(|(place, _)| place).collect()
    };
    let telling = |all| counted(all).into_iter().filter_map(|place| all.get(place)).collect();
    let families = answer.report.families.iter().map(|family| Relative {
        name: &family.family,
        is_actor: false,
        kind: Some(family.kind),
        actors: family.actors.iter().map(String::as_str).collect(),
        best: Some((family.best_sample.id.to_string(), family.best_sample.name.as_str())),
        own_families: 1,
        standing: &family.standing,
        is_copy: answer.report.outcome.is_copy_of(&family.family),
        telling: telling(&family.telling),
    });
    let actors = answer.report.actors.iter().map(|actor| Relative {
        name: &actor.actor,
        is_actor: true,
        kind: None,
        actors: vec![&actor.actor],
        best: actor.telling.first().map(|best| (best.sample.to_string(), best.sample_name.as_str())),
        own_families: actor.families.len() as u64,
        standing: &actor.standing,
        is_copy: actor.families.iter().any(|family| answer.report.outcome.is_copy_of(family)),
        telling: telling(&actor.telling),
    });
    families.chain(actors).collect()
}

impl Relative<'_> {
    /// Whether the match holds it to be related: by what they share of their own, or by the likeness of a whole file.
    fn is_found(&self) -> bool {
        self.standing.significant || self.is_copy
    }
}

/// The relative of that name; where none is named, the strongest of those that the match names.
///
/// Of a family and an actor of equal evidence the family is taken: it says more
/// exactly where the code was seen.
pub(super) fn choose<'a>(answer: &'a MatchAnswer, name: Option<&str>) -> Result<Relative<'a>, Error> {
    let mut all = relatives(answer);
    let nothing =
        |message: String| Error::new(ErrorKind::Match, message).hint("nothing to add; unknown is an answer");
    if let Some(name) = name {
        let names: Vec<String> = all.iter().map(|one| plain(one.name)).take(12).collect();
        let Some(found) = all.into_iter().find(|one| same(one.name, name)) else {
            let message = format!("the result has no family or actor `{}`", name.escape_debug());
            let error = Error::new(ErrorKind::Match, message);
            return Err(if names.is_empty() {
                error
            } else {
                error.hint(format!("it has: {}", names.join(", ")))
            });
        };
        if !found.is_found() {
            return Err(nothing(format!(
                "`{}` is no significant relative: {}",
                plain(found.name),
                plain(&found.standing.reason)
            )));
        }
        return Ok(found);
    }
    all.retain(Relative::is_found);
    // The first of equals is a family.
    let strongest = all.into_iter().reduce(|best, next| {
        if next.standing.evidence_bits > best.standing.evidence_bits { next } else { best }
    });
    let reason = plain(&answer.report.outcome.reason);
    strongest.ok_or_else(|| nothing(format!("the result holds no significant relative: {reason}")))
}

/// How rare what is shared is, in the population that was searched.
///
/// The least rare counted function decides. Sharing all of them is rarer still,
/// but by how much depends on how they hang together, which was not measured.
/// Where the match has a likelihood ratio, its lower end says it.
pub(super) fn measure(answer: &MatchAnswer, relative: &Relative<'_>, own: f64) -> Measured {
    let population = &answer.report.population;
    let standing = &relative.standing;
    let ratio = (standing.log10_lr > 0.0).then_some((standing.log10_lr, standing.log10_lr_range));
    let left = |(_, (low, _)): (f64, (f64, f64))| (own / 10f64.powf(low.max(0.0)) * 1e6).ceil() / 1e6;
    let families = population.families.saturating_sub(relative.own_families);
    let other_families = relative.telling.iter().map(|one| one.other_families).max().unwrap_or(0);
    Measured {
        query: answer.report.query.id.to_string(),
        relative: relative.name.to_owned(),
        functions: relative.standing.distinct,
        evidence_bits: (relative.standing.evidence_bits * 10.0).round() / 10.0,
        families,
        other_families,
        unrelated: ratio.map_or_else(|| unrelated(other_families, families), left).min(CAP),
        e_value: standing.e_value,
        log10_lr: ratio.map(|(ratio, _)| hundredth(ratio)),
        log10_lr_range: ratio.map(|(_, (low, high))| (hundredth(low), hundredth(high))),
        fingerprint_version: population.fingerprint_version,
    }
}

fn hundredth(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

/// The share of families that have it, never below the bound that the rule of three sets.
///
/// Seen in none of N families, something occurs with 95 % in less than 3/N of
/// them (Hanley and Lippman-Hand 1983). Rounded up, so that the text keeps the bound.
pub(super) fn unrelated(other_families: u64, families: u64) -> f64 {
    if families == 0 {
        return CAP;
    }
    let share = other_families.max(3) as f64 / families as f64;
    ((share * 1e6).ceil() / 1e6).min(CAP)
}

/// What it takes to forge such a match.
///
/// - *Equal bytes*: low. Whoever has a published sample can carry functions over
///   byte for byte, which takes an afternoon; that the copy also works as part of
///   the new program is not visible here.
/// - *Like instructions, equal blocks*: moderate. The code was compiled anew or
///   changed; a forger would have to rebuild source from a binary so that a
///   compiler gives it back.
/// - *Only what functions refer to*: trivial for strings and constants, which are
///   an edit; low for tables and imports, which must be wired into code.
///
/// The kind that carries most evidence decides, and of equals the easier: a
/// forger needs only as much as passes.
pub(super) fn forgeability(relative: &Relative<'_>) -> Forgeability {
    let mut bits: std::collections::BTreeMap<Forgeability, f64> = std::collections::BTreeMap::new();
    for one in &relative.telling {
        *bits.entry(forgeability_of(one)).or_default() += one.evidence_bits;
    }
    let most = bits.into_iter().reduce(|best, next| if next.1 > best.1 { next } else { best });
    most.map_or(Forgeability::Trivial, |(grade, _)| grade)
}

fn forgeability_of(one: &TellingMatch) -> Forgeability {
    let wired = one
        .reasons
        .iter()
        .any(|reason| matches!(reason, Reason::Anchor { kind: AnchorKind::Table | AnchorKind::Import, .. }));
    match one.kind {
        MatchKind::Exact => Forgeability::Low,
        MatchKind::Tokens | MatchKind::Blocks | MatchKind::DataFlow => Forgeability::Moderate,
        MatchKind::AnchorsOnly if wired => Forgeability::Low,
        MatchKind::AnchorsOnly => Forgeability::Trivial,
    }
}

/// Code of anything but malware is public; malware is private as far as known.
pub(super) fn shareability(relative: &Relative<'_>, options: &AddMatch) -> Shareability {
    let known = match relative.kind {
        Some(Kind::Malware) | None => Shareability::Private,
        Some(_) => Shareability::Public,
    };
    options.shareability.unwrap_or(known)
}

/// The candidate the relative speaks for, and how it was found where that wants saying.
pub(super) fn candidate(
    case: &Case,
    relative: &Relative<'_>,
    options: &AddMatch,
) -> Result<(usize, Option<String>), Error> {
    let ids = || case.candidates.iter().map(|one| one.id.as_str()).take(12).collect::<Vec<_>>().join(", ");
    if let Some(id) = &options.candidate {
        let place = case.candidates.iter().position(|one| one.id == *id).ok_or_else(|| {
            let message = format!("no candidate is called `{}`", id.escape_debug());
            Error::new(ErrorKind::Question, message).hint(format!("the case has: {}", ids()))
        })?;
        return Ok((place, None));
    }
    let names: Vec<&str> = relative.actors.iter().copied().chain([relative.name]).collect();
    let mut found: Vec<(usize, Option<String>)> = Vec::new();
    for (place, one) in case.candidates.iter().enumerate() {
        if names.iter().any(|name| same(name, &one.name) || same(name, &one.id)) {
            found.push((place, None));
        } else if let Some(how) = names.iter().filter(|_| options.aliases).find_map(|name| alias(one, name)) {
            found.push((place, Some(how)));
        }
    }
    match found.as_slice() {
        [one] => Ok(one.clone()),
        some => {
            let subject = plain(relative.name);
            let message = if some.is_empty() {
                format!("no candidate bears the name of `{subject}` or of an actor it is labelled with")
            } else {
                format!("several candidates bear the name of `{subject}`")
            };
            let more = if options.aliases {
                ""
            } else {
                "; or let aliases count, which only say that names overlap"
            };
            let hint = format!("say for whom it speaks (the case has: {}){more}", ids());
            Err(Error::new(ErrorKind::Question, message).hint(hint))
        }
    }
}

/// Whether some entry of MISP or ATT&CK bears both names; one step, never further.
fn alias(candidate: &crate::model::Candidate, name: &str) -> Option<String> {
    let answer = Actors::embedded().find(name);
    let entry = answer.candidates.iter().filter(|entry| !entry.revoked).find(|entry| {
        let own = |id: &Option<String>, of: &str| id.as_deref().is_some_and(|id| id.eq_ignore_ascii_case(of));
        own(&candidate.misp, &entry.uuid)
            || entry.attack.as_deref().is_some_and(|attack| own(&candidate.attack, attack))
            || entry.bears(&candidate.name).is_some()
    })?;
    Some(format!(
        "`{}` counts for {} because {} lists both names with {}: names overlap, which does not make them the same.",
        plain(name),
        candidate.name,
        entry.source,
        entry.name
    ))
}

/// Whether two names differ in case, blanks and punctuation only.
pub(super) fn same(one: &str, other: &str) -> bool {
    let fold = |name: &str| -> String {
        name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let folded = fold(one);
    if folded.is_empty() { one == other } else { folded == fold(other) }
}
