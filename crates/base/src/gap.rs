//! What could not be read of a sample: where, what, why, and whether functions may be missing because of it.

use crate::{Exhausted, Hint};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Where in a file something could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// The whole file, or no place that can be named.
    Whole,
    /// An offset in the file, in bytes.
    File(u64),
    /// A virtual address in the image.
    Address(u64),
}

/// A part of a sample that could not be read or analysed, on record.
///
/// Damage is a fact for the report, not a reason to stop: whoever skips
/// something writes a gap that says where, what and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Gap {
    /// Where it is: the whole file, an offset in the file, or an address.
    pub place: Place,
    /// What should have been there: "section table", "import directory".
    pub subject: String,
    /// Why it could not be read: "truncated", "points outside the file".
    pub reason: String,
    /// Functions of the sample may be missing because of it: bytes of code that are not there, a
    /// budget that ended a stage, starts that were left out. What such a sample shares with another,
    /// and how it came to, is known in part only. A table, a name or a part of one function is not meant.
    // Results of `match` were written before it was told.
    #[serde(default)]
    pub code_lost: bool,
}

impl Gap {
    /// Records that `subject` at `place` was not read, because of `reason`.
    pub fn new(place: Place, subject: impl Into<String>, reason: impl Into<String>) -> Self {
        Gap { place, subject: subject.into(), reason: reason.into(), code_lost: false }
    }

    /// The same where functions may be missing because of it.
    pub fn of_code(place: Place, subject: impl Into<String>, reason: impl Into<String>) -> Self {
        Gap { code_lost: true, ..Gap::new(place, subject, reason) }
    }

    /// Whether it says that code is packed or encrypted.
    pub fn is_packed(&self) -> bool {
        self.code_lost && self.reason.starts_with(PACKED)
    }
}

/// Why an encrypted member of an archive was not opened.
pub const NO_PASSWORD: &str = "encrypted, and no password that was tried opens it";

/// How a gap of code begins that is packed or encrypted.
pub const PACKED: &str = "packed or encrypted, as it seems";

/// Puts what to do about it behind each limit that a reason names, in the `words` of a surface.
pub fn advise(reason: &str, words: impl Fn(&Hint) -> String) -> String {
    let calls = [
        (Exhausted::Work.to_string(), Hint::MoreWork),
        (Exhausted::Time.to_string(), Hint::MoreTime),
        (Exhausted::Memory.to_string(), Hint::MoreMemory),
        (NO_PASSWORD.to_owned(), Hint::GivePassword),
    ];
    calls.iter().fold(reason.to_owned(), |text, (limit, hint)| match words(hint) {
        said if said.is_empty() || !text.contains(limit) => text,
        // It stands in brackets already.
        said if *hint == Hint::GivePassword => text.replace(limit, &format!("{limit}: {said}")),
        said => text.replace(limit, &format!("{limit} ({said})")),
    })
}

impl fmt::Display for Gap {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Place::Whole => write!(out, "gap: {}: {}", self.subject, self.reason),
            Place::File(offset) => write!(out, "gap at {offset:#x}: {}: {}", self.subject, self.reason),
            Place::Address(address) => {
                write!(out, "gap at address {address:#x}: {}: {}", self.subject, self.reason)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_stands_behind_the_limit() {
        let gap = Gap::new(Place::Whole, "tables", format!("{}; 3 left out", Exhausted::Work));
        assert_eq!(gap.to_string(), "gap: tables: work budget spent; 3 left out");
        let advised = advise(&gap.reason, |hint| format!("{hint:?}"));
        assert_eq!(advised, "work budget spent (MoreWork); 3 left out");
        assert_eq!(advise(&gap.reason, |_| String::new()), gap.reason);
        assert_eq!(advise("truncated", |hint| format!("{hint:?}")), "truncated");
    }
}
