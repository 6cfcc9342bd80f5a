//! Numbers and words as all products write them.

use cognate_case::Assessment;
use cognate_case::assessment::{ClaimView, Contribution, ItemView, SourceView};
use cognate_case::leaf::Level;
use cognate_case::prose::percent;
use serde::Serialize;

/// What a change of log odds does to the odds: `× 19`, `÷ 2.1`.
pub fn factor(log_odds: f64) -> String {
    let sign = if log_odds < 0.0 { "÷" } else { "×" };
    let size = libm::exp(log_odds.abs());
    match size {
        size if size < 1.005 => "× 1".to_owned(),
        size if size < 1.095 => format!("{sign} {size:.2}"),
        size if size < 9.95 => format!("{sign} {size:.1}"),
        size if size < 999.5 => format!("{sign} {size:.0}"),
        size if size < 1e6 => format!("{sign} {}", crate::text::count(size.round() as u64)),
        _ => format!("{sign} >1,000,000"),
    }
}

/// A list of ids, shortened where long.
pub fn few(ids: &[String], most: usize) -> String {
    let shown = ids.iter().take(most).map(String::as_str).collect::<Vec<_>>().join(", ");
    match ids.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// `88.1 %`: a probability to a tenth; what is not certain never reads `100.0 %`.
pub fn fine_percent(probability: f64) -> String {
    if probability < 1.0 && probability > 0.9995 {
        ">99.9 %".to_owned()
    } else {
        crate::text::percent(probability)
    }
}

/// `50 % to 97 %`.
pub fn interval(low: f64, high: f64) -> String {
    format!("{} to {}", percent(low), percent(high))
}

/// Line breaks and runs of blanks as one blank.
pub fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Text from a case in one line, safe for a terminal.
pub fn safe(text: &str) -> String {
    cognate_base::escape(&flat(text))
}

/// Puts `join` between a number and its sign, so that no line ends there.
pub fn joined(text: &str, join: char) -> String {
    let mut out = text.replace(" %", &format!("{join}%"));
    for sign in ["×", "÷"] {
        out = out.replace(&format!("{sign} "), &format!("{sign}{join}"));
    }
    out
}

/// A claim's probability, as every product writes it.
pub fn now(claim: &ClaimView) -> String {
    then(claim, claim.probability)
}

/// What the probability of a claim would be otherwise, written in the same way.
pub fn then(claim: &ClaimView, probability: f64) -> String {
    claim.wording.scheme.percent(probability)
}

/// The natural logarithm of the odds.
pub fn log_odds(probability: f64) -> f64 {
    libm::log(probability / (1.0 - probability))
}

/// A sum of inconsistencies in four columns at most.
pub fn inconsistency(sum: f64) -> String {
    if sum < 99.95 { format!("{sum:.1}") } else { format!("{sum:.0}") }
}

/// How a value of a closed list stands in files.
pub fn word(value: impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word.replace('-', " "),
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}

/// What columns are called: A to Z, AA, AB and so on.
pub fn letter(place: usize) -> String {
    let last = char::from(b'A' + u8::try_from(place % 26).unwrap_or(0));
    match place / 26 {
        0 => last.to_string(),
        more => letter(more - 1) + &last.to_string(),
    }
}

/// A candidate's name.
pub fn candidate<'a>(assessment: &'a Assessment, id: Option<&str>) -> &'a str {
    let found = assessment.candidates.iter().find(|candidate| Some(candidate.id.as_str()) == id);
    found.map_or("someone not listed", |candidate| &candidate.name)
}

/// What a claim is about, as a name: `Lazarus Group`, `code of Lazarus Group`, `someone not listed`.
pub fn subject(assessment: &Assessment, claim: &ClaimView) -> String {
    let found = assessment.candidates.iter().find(|one| Some(one.id.as_str()) == claim.candidate.as_deref());
    let Some(found) = found else {
        return match claim.level {
            Level::Unlisted => "someone not listed".to_owned(),
            Level::Unrelated => "someone unrelated to any candidate".to_owned(),
            _ => claim.statement.clone(),
        };
    };
    let name = &found.name;
    match claim.level {
        Level::CodeBase => format!("somebody with the code of {name}"),
        Level::Cluster => format!("{name} or people who worked with it"),
        // No state is named for what its prior says.
        Level::Sponsor if claim.rests_on_prior().is_some() => format!("{name}, tasked by its sponsor"),
        Level::Sponsor => {
            format!("{name}, tasked by {}", found.sponsor.as_deref().unwrap_or("a sponsor"))
        }
        Level::FalseFlag => format!("planted traces of {name}"),
        _ => name.clone(),
    }
}

/// How far an observation moves the log odds of a claim: its part of the whole movement.
pub fn movement(contribution: &Contribution) -> f64 {
    contribution.share
}

/// An item by its id.
pub fn item<'a>(assessment: &'a Assessment, id: &str) -> Option<&'a ItemView> {
    assessment.items.iter().find(|item| item.id == id)
}

/// A source by its id.
pub fn source<'a>(assessment: &'a Assessment, id: &str) -> Option<&'a SourceView> {
    assessment.sources.iter().find(|source| source.id == id)
}

/// The grade of an item in the Admiralty code: `B2`.
pub fn grade(item: &ItemView) -> String {
    format!("{:?}{}", item.reliability, u8::from(item.credibility))
}

/// A text with a capital letter.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{factor, letter};

    #[test]
    fn factors_say_their_direction() {
        let shown: Vec<String> = [0.0, 2.9444, -0.7419, 7.0, 40.0].map(factor).into();
        assert_eq!(shown, ["× 1", "× 19", "÷ 2.1", "× 1,097", "× >1,000,000"]);
    }

    #[test]
    fn letters_go_on_after_z() {
        let shown: Vec<String> = [0, 25, 26, 51, 52, 702].map(letter).into();
        assert_eq!(shown, ["A", "Z", "AA", "AZ", "BA", "AAA"]);
    }
}
