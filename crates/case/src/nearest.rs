//! What somebody who mistyped a word most likely meant.

/// Longer words are not compared: nobody mistypes them into one of ours.
const LONGEST: usize = 64;

/// The known word that takes the fewest edits, where these are at most a third of its letters (and one).
pub(crate) fn nearest<'w>(word: &str, known: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    if word.len() > LONGEST {
        return None;
    }
    let word = word.to_lowercase().replace('_', "-");
    let close = known.map(|other| (edits(&word, &other.to_lowercase()), other));
    let (edits, other) = close.min_by_key(|(edits, _)| *edits)?;
    (edits <= 1 + other.chars().count() / 3 && edits < other.chars().count()).then_some(other)
}

/// Letters to put in, take out or change, and neighbours to swap (Damerau and Levenshtein, restricted).
fn edits(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().take(LONGEST).collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=other.len()).collect()];
    let at = |rows: &[Vec<usize>], row: usize, column: usize| {
        rows.get(row).and_then(|row| row.get(column)).copied().unwrap_or(usize::MAX / 2)
    };
    for (row, letter) in one.iter().enumerate() {
        let mut next = vec![row + 1];
        for (column, against) in other.iter().enumerate() {
            let left = next.last().copied().unwrap_or_default();
            let changed = at(&rows, row, column) + usize::from(letter != against);
            let mut least = changed.min(left + 1).min(at(&rows, row, column + 1) + 1);
            let swapped = row > 0
                && column > 0
                && one.get(row - 1) == Some(against)
                && other.get(column - 1) == Some(letter);
            if swapped {
                least = least.min(at(&rows, row - 1, column - 1) + 1);
            }
            next.push(least);
        }
        rows.push(next);
    }
    at(&rows, one.len(), other.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(word: &str, expected: Option<&str>) {
        let known = ["title", "credibility", "for", "against", "false-flag", "id", "strongly-for"];
        assert_eq!(nearest(word, known.into_iter()), expected, "{word}");
    }

    #[test]
    fn what_is_mistyped_is_found_and_what_is_something_else_is_not() {
        check("titel", Some("title"));
        check("credability", Some("credibility"));
        check("False_Flag", Some("false-flag"));
        check("agianst", Some("against"));
        check("strongly_for", Some("strongly-for"));
        check("fro", Some("for"));
        check("x", None);
        check("motive-of-the-state", None);
        check(&"title".repeat(40), None);
        check("", None);
    }
}
