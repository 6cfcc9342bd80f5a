//! Words of a sentence: names from files, counts.

/// Characters kept of a name that comes from a file.
const NAME: usize = 120;

/// A name from a file without anything that steers a terminal or an editor.
pub(super) fn plain(name: &str) -> String {
    let mut out: String = name
        .chars()
        .take(NAME)
        .map(|letter| {
            let steers = letter.is_control()
                || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
            if steers { '\u{fffd}' } else { letter }
        })
        .collect();
    if name.chars().nth(NAME).is_some() {
        out.push('…');
    }
    out
}

/// "1 function", "3 functions".
pub(super) fn count(number: u64, singular: &str) -> String {
    format!("{number} {}", cognate_base::noun(number, singular))
}
