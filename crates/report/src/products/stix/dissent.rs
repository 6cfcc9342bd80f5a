//! Analysts who judge otherwise.

use super::super::numbers::log_odds;
use super::bundle::{Bundle, Object};
use super::references::named_or;
use cognate_case::NOT_DIAGNOSTIC;
use cognate_case::assessment::{ClaimView, ItemView, JudgementView};
use cognate_case::prose::percent;
use serde_json::{Value, json};

/// From this difference of log ratios on a dissent is strong: ln 5, the second step of the ACH matrix.
const STRONG: f64 = 1.609_437_912_434_100_3;

/// The name of an analyst.
pub(super) fn name(bundle: &Bundle<'_>, id: &str) -> String {
    let known = bundle.assessment.analysts.iter().find(|analyst| analyst.id == id);
    known.map_or(id, |analyst| named_or(&analyst.name, &analyst.id)).to_owned()
}

/// Adds the opinions of analysts whose own judgements give the claim another word and other odds.
pub(super) fn of_claim(bundle: &mut Bundle<'_>, claim: &ClaimView, place: usize, note: &str) -> Vec<String> {
    let mut added = Vec::new();
    for analyst in bundle.assessment.analysts.iter().filter(|analyst| !analyst.judged.is_empty()) {
        let Some(&by_analyst) = analyst.probabilities.get(place) else { continue };
        let term = claim.wording.scheme.term(by_analyst);
        let (one, all) = (log_odds(by_analyst), log_odds(claim.probability));
        let stance = Stance::of(one, all, (one - all).abs());
        let Some(stance) = stance.filter(|_| term != claim.wording.term) else { continue };
        let who = named_or(&analyst.name, &analyst.id);
        let explanation = format!(
            "By {who}'s own judgements ({}) the claim is {term} ({}), and not {} ({}). Computed from them, not stated by {who}.",
            analyst.judged.join(", "),
            percent(by_analyst),
            claim.wording.term,
            percent(claim.probability),
        );
        let content = json!({
            "subject": "dissent",
            "claim": claim.id,
            "as_of": bundle.as_of(),
            "probability": by_analyst,
            "wording": term,
            "wording_standard": claim.wording.scheme.name(),
        });
        let object = opinion(bundle, &[&claim.id, &analyst.id], stance, explanation, who, note, content);
        added.push(bundle.add(object));
    }
    added
}

/// Adds the opinions of analysts whose judgement of an item differs from the combined one.
pub(super) fn of_item(bundle: &mut Bundle<'_>, item: &ItemView, note: &str) -> Vec<String> {
    let mut added = Vec::new();
    for judgement in item.judgements.iter().filter(|_| item.judgements.len() > 1) {
        let Some(by) = judgement.by.as_deref() else { continue };
        let Some(stance) = stance(judgement, &item.likelihood) else { continue };
        let who = name(bundle, by);
        let hypotheses: Vec<&str> = bundle.assessment.hypotheses.iter().map(|one| one.id.as_str()).collect();
        let content = json!({
            "subject": "dissent",
            "item": item.id,
            "as_of": bundle.as_of(),
            "hypotheses": hypotheses,
            "likelihood": judgement.likelihood,
        });
        let explanation = format!("{who}: {} {}", judgement.rationale, stance.words());
        let key = ["item", item.id.as_str(), by];
        let object = opinion(bundle, &key, stance, explanation, &who, note, content);
        added.push(bundle.add(object));
    }
    added
}

fn opinion(
    bundle: &Bundle<'_>,
    key: &[&str],
    stance: Stance,
    explanation: String,
    who: &str,
    note: &str,
    content: Value,
) -> Object {
    bundle
        .object("opinion", "dissent", key)
        .with("opinion", stance.opinion())
        .with("explanation", explanation)
        .with("authors", json!([who]))
        .refs("object_refs", [note.to_owned()])
        .extended(content)
}

/// How an analyst's judgement stands to the combined one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stance {
    /// The same way, and further.
    Further,
    /// Less far.
    Short,
    /// Much less far, or the other way.
    Against,
}

impl Stance {
    /// Of log ratios `apart` from each other; none for what is no dissent. Where the combined one says nothing, any
    /// other falls short of agreeing with it.
    fn of(analyst: f64, combined: f64, apart: f64) -> Option<Stance> {
        let says = combined.abs() >= NOT_DIAGNOSTIC;
        match apart {
            apart if apart < NOT_DIAGNOSTIC || apart.is_nan() => None,
            _ if says && analyst * combined > 0.0 && analyst.abs() > combined.abs() => Some(Stance::Further),
            apart if says && apart >= STRONG => Some(Stance::Against),
            _ => Some(Stance::Short),
        }
    }

    /// On the scale of STIX.
    fn opinion(self) -> &'static str {
        match self {
            Stance::Further => "agree",
            Stance::Short => "disagree",
            Stance::Against => "strongly-disagree",
        }
    }

    /// In words.
    fn words(self) -> &'static str {
        match self {
            Stance::Further => "This makes more of it than the combined judgement.",
            Stance::Short => "This differs from the combined judgement.",
            Stance::Against => "This differs strongly from the combined judgement.",
        }
    }
}

/// How a judgement of an item stands to the combined one, seen from the two hypotheses that it tells apart most.
fn stance(judgement: &JudgementView, combined: &[f64]) -> Option<Stance> {
    let logs: Vec<(f64, f64)> =
        judgement.likelihood.iter().zip(combined).map(|(one, all)| (one.ln(), all.ln())).collect();
    let best = logs.iter().max_by(|one, other| one.1.total_cmp(&other.1))?;
    let worst = logs.iter().min_by(|one, other| one.1.total_cmp(&other.1))?;
    let ratios = logs.iter().map(|(one, all)| one - all);
    let (least, most) =
        ratios.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), one| (least.min(one), most.max(one)));
    Stance::of(best.0 - worst.0, best.1 - worst.1, most - least)
}

#[cfg(test)]
mod tests {
    use super::Stance;

    #[track_caller]
    fn check(own: f64, combined: f64, expected: Option<Stance>) {
        assert_eq!(Stance::of(own, combined, (own - combined).abs()), expected, "{own} against {combined}");
    }

    #[test]
    fn who_makes_more_of_it_agrees_and_who_makes_less_does_not() {
        check(2.0, 1.0, Some(Stance::Further));
        check(-2.0, -1.0, Some(Stance::Further));
        check(0.3, 1.0, Some(Stance::Short));
        check(0.0, 3.0, Some(Stance::Against));
        check(-1.0, 1.0, Some(Stance::Against));
        check(1.1, 1.0, None);
    }

    #[test]
    fn where_the_combined_judgement_says_nothing_any_other_falls_short_of_it() {
        check(3.0, 0.1, Some(Stance::Short));
        check(f64::NAN, 1.0, None);
    }
}
