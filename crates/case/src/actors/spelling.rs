//! How names are compared: what does not count.

use schemars::JsonSchema;
use serde::Serialize;

/// How a name differs from what was asked; the closest is least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Likeness {
    /// Not at all.
    Literal,
    /// In upper and lower case only.
    Case,
    /// In blanks, hyphens or punctuation.
    Punctuation,
}

/// A name without what does not count: lower case, letters and digits only.
pub(crate) fn fold(name: &str) -> String {
    name.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// How one name differs from another, where they fold alike.
pub(super) fn likeness(own: &str, asked: &str) -> Option<Likeness> {
    if own == asked {
        return Some(Likeness::Literal);
    }
    let folded = fold(own);
    match (!folded.is_empty() && folded == fold(asked), own.to_lowercase() == asked.to_lowercase()) {
        (false, _) => None,
        (true, true) => Some(Likeness::Case),
        (true, false) => Some(Likeness::Punctuation),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_hyphens_and_case_fold_away_and_letters_of_any_script_stay() {
        assert_eq!(fold(" APT-C 26\t"), "aptc26");
        assert_eq!(fold("海莲花 - APT-C-00"), "海莲花aptc00");
        assert_eq!(fold("\u{1b}[2J\u{202e}…"), "2j");
    }
}
