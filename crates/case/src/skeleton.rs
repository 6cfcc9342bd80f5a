//! A new case file, with a comment on every key.

/// Writes a new case file.
///
/// It parses as it is, and holds a `TODO` wherever somebody has to think; what
/// is left to write is what `case check` warns of. An id that is none is made
/// one: lower-case letters, digits and hyphens. The title may hold anything.
#[must_use]
pub fn skeleton(id: &str, title: &str) -> String {
    include_str!("skeleton.toml").replacen("@ID@", &quoted(&slug(id)), 1).replacen(
        "@TITLE@",
        &quoted(title),
        1,
    )
}

/// A string of TOML on one line.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            // Also what steers a terminal or an editor without being a control character.
            _ if letter.is_control()
                || matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
            {
                out.push_str(&format!("\\u{:04X}", u32::from(letter)));
            }
            _ => out.push(letter),
        }
    }
    out.push('"');
    out
}

/// The nearest id: at most 80 letters, digits and hyphens.
pub(crate) fn slug(id: &str) -> String {
    let mut out = String::new();
    for letter in id.chars().flat_map(char::to_lowercase).take(400) {
        if letter.is_ascii_alphanumeric() {
            out.push(letter);
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    out.truncate(80);
    let out = out.trim_end_matches('-');
    if out.is_empty() || out == "unlisted" { "case".to_owned() } else { out.to_owned() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::{Case, lint};

    #[test]
    fn a_skeleton_parses_whatever_it_is_called() {
        let names = [
            ("books", "The cooked books", "books"),
            ("Cooked Books!", "\"quoted\" \\ and\nbroken \u{7} @ID@ @TITLE@ '''", "cooked-books"),
            ("unlisted", "", "case"),
            ("...", "\u{202e}\u{85}\u{1f600}", "case"),
            (&"long ".repeat(100), &"\"\"\"\r\n".repeat(100), &"long-".repeat(16)[..79]),
        ];
        for (id, title, expected) in names {
            let case = Case::parse(&skeleton(id, title)).unwrap();
            assert_eq!((case.header.id.as_str(), case.header.title.as_str()), (expected, title));
        }
    }

    #[test]
    fn what_is_left_to_write_is_all_that_is_doubtful_about_it() {
        let text = skeleton("books", "The cooked books");
        let findings = lint(&Case::parse(&text).unwrap());
        let rules: Vec<&str> = findings.iter().map(|finding| finding.rule.as_str()).collect();
        let blanks = text.lines().filter(|line| !line.starts_with('#') && line.contains("\"TODO")).count();
        assert_eq!(rules, vec!["empty-text"; blanks]);
        let filled = text.replace("TODO: ", "Written: ");
        assert_eq!(lint(&Case::parse(&filled).unwrap()), []);
    }

    #[test]
    fn every_line_that_is_no_key_is_a_comment_and_optional_keys_parse_too() {
        let text = skeleton("books", "The cooked books");
        // A commented key is `# key = value`; with all of them switched on it is still a case.
        let optional = |line: &str| {
            let Some((key, _)) = line.strip_prefix("# ").and_then(|rest| rest.split_once(" = ")) else {
                return false;
            };
            key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        };
        let on: Vec<&str> = text
            .lines()
            .map(|line| if optional(line) { line.strip_prefix("# ").unwrap() } else { line })
            .collect();
        assert!(text.lines().filter(|line| optional(line)).count() > 10);
        let on = on.join("\n").replace("prior = 0.80", "prior = 0.78");
        let case = Case::parse(&on).unwrap();
        let (by, prior) = case.candidates.first().unwrap().prior.false_flag_by.first().unwrap();
        assert_eq!((by.index(), *prior), (1, 0.01));
    }
}
