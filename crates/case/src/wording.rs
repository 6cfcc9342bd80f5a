//! Words of estimative probability, as the two standards publish them.
//!
//! *ICD 203* (United States, 2015): seven terms that meet end to end from 1 to
//! 99 per cent. A value on a border takes the band nearer to 50 %: the standard
//! gives both, and the weaker word claims less. Beyond 1 and 99 the standard
//! has no word; the outermost is used and the excess is said.
//!
//! *PHIA yardstick* (United Kingdom, 2019): seven terms with gaps between them,
//! left on purpose. A value in a gap is given both neighbours and the gap is
//! said; it is never pushed into a band.

use crate::figures::percent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A standard of estimative language.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// Intelligence Community Directive 203.
    #[default]
    Icd203,
    /// Professional Head of Intelligence Assessment.
    Phia,
}

/// A term with its band, in per cent.
struct Band {
    term: &'static str,
    from: f64,
    to: f64,
}

const fn band(term: &'static str, from: f64, to: f64) -> Band {
    Band { term, from, to }
}

const ICD203: [Band; 7] = [
    band("almost no chance", 1.0, 5.0),
    band("very unlikely", 5.0, 20.0),
    band("unlikely", 20.0, 45.0),
    band("roughly even chance", 45.0, 55.0),
    band("likely", 55.0, 80.0),
    band("very likely", 80.0, 95.0),
    band("almost certain", 95.0, 99.0),
];

const PHIA: [Band; 7] = [
    band("remote chance", 0.0, 5.0),
    band("highly unlikely", 10.0, 20.0),
    band("unlikely", 25.0, 35.0),
    band("realistic possibility", 40.0, 50.0),
    band("likely", 55.0, 75.0),
    band("highly likely", 80.0, 90.0),
    band("almost certain", 95.0, 100.0),
];

/// A probability in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Wording {
    /// The standard.
    pub scheme: Scheme,
    /// The term, or both neighbours of a gap: "between remote chance and highly unlikely".
    pub term: String,
    /// The published band of the term, "55-80 %"; of a gap, the gap.
    pub band: String,
    /// The term at the 5th percentile.
    pub at_low: String,
    /// The term at the 95th.
    pub at_high: String,
    /// What the standard does not cover here, in a sentence.
    pub note: Option<String>,
}

impl Wording {
    /// How a sentence begins that says so: "It is likely", "There is a remote chance", "It is between unlikely and a
    /// realistic possibility".
    #[must_use]
    pub fn opening(&self) -> String {
        let between = self.term.strip_prefix("between ").and_then(|both| both.split_once(" and "));
        match between {
            Some((below, above)) => format!("It is between {} and {}", phrase(below), phrase(above)),
            None if is_noun(&self.term) => format!("There is {}", phrase(&self.term)),
            None => format!("It is {}", self.term),
        }
    }
}

fn is_noun(term: &str) -> bool {
    term.ends_with("chance") || term.ends_with("possibility")
}

/// A term with its article, where it takes one.
fn phrase(term: &str) -> String {
    if is_noun(term) && !term.starts_with("almost no") { format!("a {term}") } else { term.to_owned() }
}

/// Where a value stands: its term or the two around it, the band, and what is to be said.
struct Spot {
    term: String,
    band: String,
    note: Option<String>,
}

impl Scheme {
    /// Words a probability and its interval.
    #[must_use]
    pub fn word(self, probability: f64, low: f64, high: f64) -> Wording {
        let spot = self.spot(probability);
        Wording {
            scheme: self,
            at_low: self.spot(low).term,
            at_high: self.spot(high).term,
            term: spot.term,
            band: spot.band,
            note: spot.note,
        }
    }

    /// The term of a probability.
    #[must_use]
    pub fn term(self, probability: f64) -> String {
        self.spot(probability).term
    }

    /// A probability in whole per cent, or with as many digits after the point as it takes not to seem to lie in
    /// another band than its term: "95.1 %" where 95 % would still be "very likely".
    #[must_use]
    pub fn percent(self, probability: f64) -> String {
        let whole = percent(probability);
        if whole.starts_with(['<', '>']) {
            return whole;
        }
        let term = self.term(probability);
        let digits = (0..=3).find(|digits| {
            let shown = format!("{:.digits$}", probability * 100.0);
            shown.parse().is_ok_and(|shown: f64| self.term(shown / 100.0) == term)
        });
        digits.map_or(whole, |digits| format!("{:.digits$} %", probability * 100.0))
    }

    /// As people call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Scheme::Icd203 => "ICD 203",
            Scheme::Phia => "PHIA yardstick",
        }
    }

    fn spot(self, probability: f64) -> Spot {
        // 0.55 * 100 is more than 55 by a rounding, which must not cross a border.
        let percent = (probability.clamp(0.0, 1.0) * 1e11).round() / 1e9;
        match self {
            Scheme::Icd203 => icd203(percent),
            Scheme::Phia => phia(percent),
        }
    }
}

fn icd203(percent: f64) -> Spot {
    let holds = |band: &Band| if percent < 50.0 { percent < band.to } else { percent <= band.to };
    let [lowest, .., highest] = &ICD203;
    let band = ICD203.iter().find(|band| holds(band)).unwrap_or(highest);
    let note = if percent < lowest.from {
        Some("below 1 %, where ICD 203 has no term")
    } else if percent > highest.to {
        Some("above 99 %, where ICD 203 has no term")
    } else {
        None
    };
    Spot {
        term: band.term.to_owned(),
        band: format!("{}-{} %", band.from, band.to),
        note: note.map(str::to_owned),
    }
}

fn phia(percent: f64) -> Spot {
    // "Realistic possibility" ends below 50 as published; every other band includes its ends.
    let holds = |band: &Band| {
        percent >= band.from && if band.to == 50.0 { percent < 50.0 } else { percent <= band.to }
    };
    if let Some(band) = PHIA.iter().find(|band| holds(band)) {
        return Spot { term: band.term.to_owned(), band: format!("{}-{} %", band.from, band.to), note: None };
    }
    let below = PHIA.iter().rev().find(|band| band.from <= percent);
    let above = PHIA.iter().find(|band| band.from > percent);
    let (Some(below), Some(above)) = (below, above) else {
        return Spot { term: "not a probability".to_owned(), band: String::new(), note: None };
    };
    let gap = format!("{}-{} %", below.to, above.from);
    let note = format!("in the gap of the PHIA yardstick between {} and {} per cent", below.to, above.from);
    Spot { term: format!("between {} and {}", below.term, above.term), band: gap, note: Some(note) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(scheme: Scheme, cases: &[(f64, &str)]) {
        for &(probability, expected) in cases {
            assert_eq!(scheme.term(probability), expected, "at {probability}");
        }
    }

    #[test]
    fn icd_203_terms_meet_end_to_end_and_a_border_takes_the_weaker_word() {
        check(
            Scheme::Icd203,
            &[
                (0.001, "almost no chance"),
                (0.049, "almost no chance"),
                (0.05, "very unlikely"),
                (0.2, "unlikely"),
                (0.45, "roughly even chance"),
                (0.5, "roughly even chance"),
                (0.55, "roughly even chance"),
                (0.5501, "likely"),
                (0.80, "likely"),
                (0.88, "very likely"),
                (0.95, "very likely"),
                (0.97, "almost certain"),
                (0.999, "almost certain"),
            ],
        );
    }

    #[test]
    fn phia_gaps_are_said_and_not_closed() {
        check(
            Scheme::Phia,
            &[
                (0.05, "remote chance"),
                (0.08, "between remote chance and highly unlikely"),
                (0.10, "highly unlikely"),
                (0.30, "unlikely"),
                (0.37, "between unlikely and realistic possibility"),
                (0.40, "realistic possibility"),
                (0.50, "between realistic possibility and likely"),
                (0.55, "likely"),
                (0.78, "between likely and highly likely"),
                (0.90, "highly likely"),
                (0.92, "between highly likely and almost certain"),
                (0.95, "almost certain"),
            ],
        );
    }

    #[test]
    fn terms_and_gaps_open_a_sentence() {
        let cases = [
            (Scheme::Icd203, 0.03, "There is almost no chance"),
            (Scheme::Icd203, 0.5, "There is a roughly even chance"),
            (Scheme::Icd203, 0.97, "It is almost certain"),
            (Scheme::Phia, 0.05, "There is a remote chance"),
            (Scheme::Phia, 0.07, "It is between a remote chance and highly unlikely"),
            (Scheme::Phia, 0.37, "It is between unlikely and a realistic possibility"),
            (Scheme::Phia, 0.5, "It is between a realistic possibility and likely"),
            (Scheme::Phia, 0.92, "It is between highly likely and almost certain"),
        ];
        for (scheme, probability, expected) in cases {
            assert_eq!(scheme.word(probability, 0.0, 1.0).opening(), expected, "at {probability}");
        }
    }

    #[test]
    fn a_number_never_seems_to_lie_in_another_band_than_its_term() {
        let cases = [
            (0.001, "<1 %"),
            (0.0496, "4.96 %"),
            (0.05, "5 %"),
            (0.68, "68 %"),
            (0.951, "95.1 %"),
            (0.9501, "95.01 %"),
            (0.95, "95 %"),
            (0.995, ">99 %"),
        ];
        for (probability, expected) in cases {
            assert_eq!(Scheme::Icd203.percent(probability), expected, "at {probability}");
        }
    }

    #[test]
    fn what_a_standard_does_not_cover_is_said() {
        assert!(Scheme::Icd203.word(0.995, 0.9, 0.999).note.is_some_and(|note| note.contains("99")));
        assert!(Scheme::Phia.word(0.92, 0.9, 0.95).note.is_some_and(|note| note.contains("90 and 95")));
        assert_eq!(Scheme::Icd203.word(0.7, 0.6, 0.75).note, None);
    }
}
