//! Makes an item of evidence from the result of a match.

use crate::error::{Error, ErrorKind};
use crate::scale::Shareability;
use jiff::civil::Date;

/// What to add, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddMatch {
    /// The day of the report: the case holds no clock, so the caller says it.
    pub reported: Date,
    /// Which answer of the result: the name of its file or the beginning of its SHA-256; only needed where there are several.
    pub query: Option<String>,
    /// The family or actor; the strongest significant one unless told.
    pub relative: Option<String>,
    /// The id of the candidate it speaks for; the one of the relative's name or actor unless told.
    pub candidate: Option<String>,
    /// A candidate may also be found through an alias of MISP or ATT&CK.
    pub aliases: bool,
    /// The id of the source; `cognate`, added where missing, unless told.
    pub source: Option<String>,
    /// The item's id; made from the relative and the query unless told.
    pub id: Option<String>,
    /// How widely the code is shared; private for malware, public for anything else, unless told.
    pub shareability: Option<Shareability>,
}

impl AddMatch {
    /// Everything found by itself.
    #[must_use]
    pub fn on(reported: Date) -> Self {
        AddMatch {
            reported,
            query: None,
            relative: None,
            candidate: None,
            aliases: false,
            source: None,
            id: None,
            shareability: None,
        }
    }
}

/// What was added.
#[derive(Clone, Debug, PartialEq)]
pub struct Added {
    /// The whole case file with the item at its end.
    pub text: String,
    /// The item's id.
    pub item: String,
    /// The family or actor.
    pub relative: String,
    /// The candidate it speaks for.
    pub candidate: String,
    /// The source's id.
    pub source: String,
    /// The source was not there and was added.
    pub source_added: bool,
    /// The measured probability of such sharing when unrelated.
    pub unrelated: f64,
    /// What the reader has to do or know, in sentences.
    pub notes: Vec<String>,
}

/// Appends an item made from the JSON of `cognate match --json`; every other byte of the case file stays.
///
/// # Errors
/// The case file is none, the result is none or holds nothing significant, the
/// candidate cannot be told, or the same match is in the case already.
pub fn add_match(case_text: &str, result_json: &str, options: &AddMatch) -> Result<Added, Error> {
    let _ = (case_text, result_json, options);
    Err(Error::new(ErrorKind::Match, "not written yet"))
}
