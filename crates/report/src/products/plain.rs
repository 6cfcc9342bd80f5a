//! Texts of a case as the platforms of other people can hold them.

/// The longest text that a MISP server keeps, less some room.
pub(super) const LONGEST: usize = 60_000;

/// A text without what deceives or breaks a reader, and no longer than a server keeps.
///
/// Control characters and marks that turn the direction of writing come out as `\u{…}`; line breaks stay. What is
/// cut says so.
pub(crate) fn plain(text: &str) -> String {
    let lines = text.lines().map(|line| cognate_base::escape(&line.replace('\t', " ")));
    cut(&lines.collect::<Vec<_>>().join("\n"))
}

/// A name; what has none is called by its id.
pub(super) fn named_or<'a>(name: &'a str, id: &'a str) -> &'a str {
    if name.trim().is_empty() { id } else { name }
}

fn cut(text: &str) -> String {
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let end = (0..=LONGEST).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    format!("{} [cut]", text.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, plain};

    #[test]
    fn what_turns_or_steers_is_written_out_and_lines_stay() {
        assert_eq!(plain("a\u{202e}b\u{1b}[2J\0\r\nc\td\n"), "a\\u{202e}b\\u{1b}[2J\\u{0}\nc d");
    }

    #[test]
    fn a_long_text_is_cut_at_a_letter_and_says_so() {
        let text = plain(&"\u{e9}".repeat(LONGEST));
        assert!(text.ends_with(" [cut]") && text.len() <= LONGEST + 6, "{}", text.len());
    }
}
