//! Nouns behind numbers.

/// A noun as it stands behind a number: `function` behind 1, else `functions`, `families`.
pub fn noun(number: u64, singular: &str) -> String {
    match singular.strip_suffix('y') {
        _ if number == 1 => singular.to_owned(),
        Some(stem) => format!("{stem}ies"),
        None => format!("{singular}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::noun;

    #[test]
    fn one_is_singular_and_nothing_is_plural() {
        let cases = [(0, "family"), (1, "family"), (2, "family"), (1, "piece"), (3, "piece")];
        let expected = ["families", "family", "families", "piece", "pieces"];
        assert_eq!(cases.map(|(number, singular)| noun(number, singular)), expected);
    }
}
