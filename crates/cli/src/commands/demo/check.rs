//! Holds pairs of functions against the names that both files happen to carry.

use cognate_documents::{Comparison, How};

/// How often the names of paired functions agree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    exact: (u64, u64),
    alike: (u64, u64),
    example: bool,
}

/// Counts pairs that both sides name, apart for equal bytes and for like code.
pub fn agreement(comparison: &Comparison) -> Agreement {
    let mut agreement = Agreement::default();
    for pair in &comparison.pairs {
        let (Some(a), Some(b)) = (&pair.query.name, &pair.stored.name) else { continue };
        let tally = match pair.how {
            How::Exact => &mut agreement.exact,
            How::Tokens if pair.similarity >= 0.7 => &mut agreement.alike,
            _ => continue,
        };
        tally.1 += 1;
        tally.0 += u64::from(plain(a) == plain(b));
    }
    agreement.example = agreement.exact.0 < agreement.exact.1;
    agreement
}

impl Agreement {
    /// The counts in words; empty where no pair is named on both sides.
    pub fn text(&self, library: &str) -> String {
        let library = cognate_base::escape(library);
        if self.exact.1 + self.alike.1 == 0 {
            return format!("  check: {library}: the files carry no names to hold against");
        }
        let mut text = format!(
            "  check: {library}: of pairs named in both files, the names agree in\n\
             \x20        {} of {} with the same bytes, {} of {} with like code (similarity of 70 % and more)",
            self.exact.0, self.exact.1, self.alike.0, self.alike.1
        );
        if self.example {
            text.push_str("\n         (one piece of code has several names: generics for types of one size)");
        }
        text
    }
}

/// A name without what compilers add to it: hashes, `.part.0`, `.constprop.0`, symbol versions.
fn plain(name: &str) -> &str {
    let name = name.split('@').next().unwrap_or(name);
    let name = match name.rsplit_once("::h") {
        Some((path, hash)) if hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) => path,
        _ => name,
    };
    cognate_fingerprint::without_clone_suffix(name)
}

#[cfg(test)]
mod tests {
    use super::plain;

    fn check(name: &str, expected: &str) {
        assert_eq!(plain(name), expected);
    }

    #[test]
    fn a_rust_hash_is_no_part_of_the_name() {
        check("core::fmt::write::h0123456789abcdef", "core::fmt::write");
    }

    #[test]
    fn what_gcc_adds_is_no_part_of_the_name() {
        check("sqlite3Update.constprop.0.isra.1", "sqlite3Update");
    }

    #[test]
    fn a_word_that_starts_with_h_stays() {
        check("a::hello", "a::hello");
    }
}
