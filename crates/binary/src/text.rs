//! Text that a file chose, cut at a length that the reader chose.

/// What stands where text was cut.
const MARK: char = '…';

/// The text of `bytes`, at most `max` bytes of it and then a mark.
pub(crate) fn cut(bytes: &[u8], max: usize) -> String {
    let mut text = String::from_utf8_lossy(bytes.get(..max).unwrap_or(bytes)).into_owned();
    // What is not UTF-8 takes more room as text than it took as bytes.
    let end = text.floor_char_boundary(max);
    if bytes.len() > max || end < text.len() {
        if bytes.len() > max && text.ends_with(char::REPLACEMENT_CHARACTER) {
            text.pop(); // a character that the cut went through
        }
        text.truncate(end);
        text.push(MARK);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[track_caller]
    fn check(bytes: &[u8], max: usize, expected: &str) {
        assert_eq!(cut(bytes, max), expected);
    }

    #[test]
    fn short_text_stays() {
        check(b"name", 4, "name");
        check("ü".as_bytes(), 2, "ü");
    }

    #[test]
    fn long_text_is_cut_with_a_mark() {
        check(b"names", 4, "name…");
        check("aüb".as_bytes(), 2, "a…");
    }

    #[test]
    fn what_is_no_text_is_held_to_the_same_length() {
        check(&[0xff; 4], 4, "\u{fffd}…");
    }
}
