//! Names that read like the one asked: other spellings, and names with more words.

use super::record::Record;
use super::spelling::fold;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// Shortest name, folded, for which near spellings are looked up: of three letters all are near. Judgement, as is how
/// many letters may differ.
const SHORTEST: usize = 4;
/// Suggestions given at most.
const MOST: usize = 8;

/// A name that reads like one nobody bears.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Suggestion {
    /// The name as a source writes it.
    pub name: String,
    /// The entries that bear it, as `name (source)`.
    pub bearers: Vec<String>,
    /// Why it is suggested.
    pub hint: Hint,
}

/// Why a name is suggested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Hint {
    /// One letter differs.
    OneLetter,
    /// Two letters differ.
    TwoLetters,
    /// It has all the words asked for, and more.
    Words,
}

/// The names nearest to one, the nearest first; other spellings only where asked for.
pub(super) fn suggestions<'a>(
    asked: &str,
    spellings: bool,
    names: impl Iterator<Item = (&'a str, &'a Record)>,
) -> Vec<Suggestion> {
    let question = Question::new(asked);
    if question.folded.len() < SHORTEST {
        return Vec::new();
    }
    let mut found: BTreeMap<(Hint, usize, String), Suggestion> = BTreeMap::new();
    for (name, record) in names {
        let near = if spellings { question.near(name) } else { None };
        let Some(hint) = near.or_else(|| question.within(name)) else { continue };
        let folded = fold(name);
        // Spellings that fold alike are one suggestion.
        let suggestion = found.entry((hint, folded.chars().count(), folded)).or_insert_with(|| Suggestion {
            name: name.to_owned(),
            bearers: Vec::new(),
            hint,
        });
        let bearer = format!("{} ({})", record.name, record.source);
        if !suggestion.bearers.contains(&bearer) {
            suggestion.bearers.push(bearer);
        }
    }
    found.into_values().take(MOST).collect()
}

/// A name asked for, ready to be compared with many.
struct Question {
    folded: Vec<char>,
    digits: String,
    words: Vec<String>,
}

impl Question {
    fn new(asked: &str) -> Self {
        let folded = fold(asked);
        Question { digits: digits(&folded), folded: folded.chars().collect(), words: words(asked) }
    }

    /// Whether a name differs in one or two letters.
    fn near(&self, name: &str) -> Option<Hint> {
        let folded = fold(name);
        // A number is never a misspelling: APT28 and APT29 are not near.
        if digits(&folded) != self.digits {
            return None;
        }
        let other: Vec<char> = folded.chars().collect();
        let most = if self.folded.len() < 8 { 1 } else { 2 };
        let distance = distance(&self.folded, &other, most)?;
        Some(if distance < 2 { Hint::OneLetter } else { Hint::TwoLetters })
    }

    /// Whether a name has all the words asked for.
    fn within(&self, name: &str) -> Option<Hint> {
        let others = words(name);
        self.words.iter().all(|word| others.contains(word)).then_some(Hint::Words)
    }
}

fn digits(text: &str) -> String {
    text.chars().filter(|character| character.is_numeric()).collect()
}

fn words(name: &str) -> Vec<String> {
    name.split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Letters to insert, drop, replace or swap with their neighbour to make `b` of `a`, where at most `most`.
fn distance(a: &[char], b: &[char], most: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (row, &from) in a.iter().enumerate() {
        let mut line = vec![row + 1];
        for (column, &to) in b.iter().enumerate() {
            let at = |line: &[usize], column: usize| line.get(column).copied().unwrap_or(usize::MAX / 2);
            let replaced = at(&above, column) + usize::from(from != to);
            let mut least = replaced.min(at(&above, column + 1) + 1).min(at(&line, column) + 1);
            let swapped =
                row > 0 && column > 0 && a.get(row - 1) == Some(&to) && b.get(column - 1) == Some(&from);
            if swapped {
                least = least.min(at(&before, column - 1) + 1);
            }
            line.push(least);
        }
        if line.iter().all(|&value| value > most) {
            return None;
        }
        before = std::mem::replace(&mut above, line);
    }
    above.last().copied().filter(|&distance| distance <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(a: &str, b: &str, most: usize, expected: Option<usize>) {
        let letters = |text: &str| text.chars().collect::<Vec<char>>();
        assert_eq!(distance(&letters(a), &letters(b), most), expected, "{a} {b}");
        assert_eq!(distance(&letters(b), &letters(a), most), expected, "{b} {a}");
    }

    #[test]
    fn a_dropped_a_replaced_and_a_swapped_letter_are_one_each() {
        check("lazarus", "lazrus", 2, Some(1));
        check("lazarus", "lazaras", 2, Some(1));
        check("lazarus", "lazasru", 2, Some(2));
        check("lazarus", "laazrus", 2, Some(1));
        check("lazarus", "lazarus", 2, Some(0));
    }

    #[test]
    fn what_is_further_than_asked_is_not_near() {
        check("lazarus", "lzrs", 2, None);
        check("turla", "sofacy", 2, None);
        check("", "abc", 2, None);
        check("", "", 0, Some(0));
    }
}
