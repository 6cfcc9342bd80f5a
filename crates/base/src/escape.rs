//! Text from files, made harmless for a terminal, and short.

/// Makes a name from a sample safe to print on a terminal or in a report.
///
/// Control characters, line breaks, bidirectional marks and other invisible
/// characters come out as `\u{…}`; everything else stays as it is.
pub fn escape(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for character in name.chars() {
        if is_safe(character) {
            out.push(character);
        } else {
            out.extend(character.escape_unicode());
        }
    }
    out
}

/// Writes a text as one word of a command line, so that a command in a hint can be copied as it stands.
///
/// What a shell could take for anything but letters is put between single quotes.
pub fn quote(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Bytes as lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn is_safe(character: char) -> bool {
    !(character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
            | '\u{e000}'..='\u{f8ff}'))
}

#[cfg(test)]
mod tests {
    use super::{escape, quote};

    fn check(name: &str, shown: &str) {
        assert_eq!(escape(name), shown);
    }

    #[test]
    fn plain_names_stay() {
        check("std::vec<int>::push_back", "std::vec<int>::push_back");
    }

    #[test]
    fn terminal_control_is_shown_not_sent() {
        check("a\x1b[31mb", "a\\u{1b}[31mb");
    }

    #[test]
    fn what_a_shell_would_take_apart_is_quoted() {
        let quoted = ["plain/name-1.tsv", "my files", "", "it's", "a$b", "naïve"].map(quote).join(" ");
        assert_eq!(quoted, r"plain/name-1.tsv 'my files' '' 'it'\''s' 'a$b' naïve");
    }

    #[test]
    fn right_to_left_override_is_shown() {
        check("exe.\u{202e}txt", "exe.\\u{202e}txt");
    }
}
