//! Words for likelihoods: five that everybody has, and those that a case defines.
//!
//! A word of the five is a *ratio*: how many times as probable the item is as it is under a
//! hypothesis for which it is `neutral`. Only ratios move an assessment, so a word means the
//! same beside any others. What `neutral` is itself is the number that stands for `unlisted`,
//! or where a word stands there a number of the scale's ([`Scale::base`]), which cancels out.
//!
//! The five ratios are held low on published scales, so that a word claims little: ENFSI
//! (Guideline for Evaluative Reporting, 2015) calls ratios from 2 to 10 weak, from 10 to 100
//! moderate, and only those above 1000 strong support; Jeffreys (1961) calls those up to 3.2
//! hardly worth mentioning, up to 10 substantial, above that strong. Judgement.

use super::value::{Probability, Refused};
use super::written::Name;
use crate::nearest::nearest;
use cognate_base::Error;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The five words with their ratios.
pub const WORDS: [(&str, f64); 5] = [
    ("strongly-for", 10.0),
    ("for", 3.0),
    ("neutral", 1.0),
    ("against", 1.0 / 3.0),
    ("strongly-against", 0.1),
];
/// Most words that a case may define.
const MOST_WORDS: usize = 60;
/// What the most that a ratio can be still leaves: one in two.
const ROOM: f64 = 0.5;

/// What a word stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// A likelihood by itself.
    Likelihood(f64),
    /// So many times what is neutral.
    Ratio(f64),
}

/// Words of the analysts' own, beside `strongly-for`, `for`, `neutral`, `against`, `strongly-against`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scale {
    /// What the numbers rest on.
    #[schemars(with = "String")]
    pub reason: Name,
    /// Words that are likelihoods: `{ H = 0.8, M = 0.3, L = 0.05 }`.
    #[serde(default)]
    likelihood: BTreeMap<String, Probability>,
    /// Words that are ratios to what is neutral: `{ CC = 10, C = 3, N = 1, I = 0.3, II = 0.1 }`.
    #[serde(default)]
    ratio: BTreeMap<String, Ratio>,
}

/// How many times as probable as what is neutral.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "f64")]
pub(crate) struct Ratio(f64);

impl TryFrom<f64> for Ratio {
    type Error = Refused;

    fn try_from(number: f64) -> Result<Self, Refused> {
        if (0.001..=1000.0).contains(&number) {
            return Ok(Ratio(number));
        }
        Err(Refused {
            message: format!("{number} is no ratio from 0.001 to 1000"),
            hint: "10 says: ten times as probable as under a hypothesis for which the item is neutral",
        })
    }
}

impl Scale {
    /// What a word stands for, where it is known.
    #[must_use]
    pub fn step(&self, word: &str) -> Option<Step> {
        if let Some((_, ratio)) = WORDS.iter().find(|(known, _)| *known == word) {
            return Some(Step::Ratio(*ratio));
        }
        let ratio = self.ratio.get(word).map(|ratio| Step::Ratio(ratio.0));
        ratio.or_else(|| self.likelihood.get(word).map(|number| Step::Likelihood((*number).into())))
    }

    /// The likelihood of what is neutral where no number stands for `unlisted`: the greatest ratio makes one half of it.
    #[must_use]
    pub fn base(&self) -> f64 {
        let ratios = self.ratio.values().map(|ratio| ratio.0);
        ROOM / ratios.chain(WORDS.map(|(_, ratio)| ratio)).fold(1.0, f64::max)
    }

    /// Every word that is known, the five first.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        let own = self.likelihood.keys().chain(self.ratio.keys()).map(String::as_str);
        WORDS.iter().map(|(word, _)| *word).chain(own)
    }

    /// Why a word is refused.
    pub(crate) fn unknown(&self, word: &str) -> Error {
        let known: Vec<&str> = self.words().collect();
        let meant = nearest(word, known.iter().copied())
            .map_or(String::new(), |near| format!("did you mean `{near}`? "));
        Error::meaning(format!("`{}` is no word for a likelihood", short(word)))
            .hint(format!("{meant}write a probability, or one of: {}", known.join(", ")))
    }

    /// Why the scale cannot be one.
    pub(crate) fn wrong(&self) -> Option<String> {
        if self.likelihood.len() + self.ratio.len() > MOST_WORDS {
            return Some(format!("the scale has more than {MOST_WORDS} words"));
        }
        let fits = |word: &str| {
            let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+');
            !word.is_empty() && word.len() <= 40 && word.bytes().all(letter) && word.parse::<f64>().is_err()
        };
        let mut own = self.likelihood.keys().chain(self.ratio.keys());
        own.find_map(|word| {
            let why = if WORDS.iter().any(|(known, _)| word == known) {
                "has a meaning already"
            } else if !fits(word) {
                "is no word"
            } else if self.likelihood.contains_key(word) && self.ratio.contains_key(word) {
                "is defined twice"
            } else {
                return None;
            };
            Some(format!("`{}` {why}", short(word)))
        })
    }
}

/// A word as a message shows it.
fn short(word: &str) -> String {
    word.chars().take(40).flat_map(char::escape_debug).collect()
}
