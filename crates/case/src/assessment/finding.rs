//! What is doubtful about a case itself.

use cognate_base::Position;
use schemars::JsonSchema;
use serde::Serialize;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Likely to mislead.
    Warning,
}

/// Something doubtful about a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Finding {
    /// The rule, by its short name.
    pub rule: String,
    /// How bad.
    pub severity: Severity,
    /// What it is about: an id of the case.
    pub subject: String,
    /// Where in the file.
    pub place: Position,
    /// What is doubtful.
    pub message: String,
    /// What to do.
    pub hint: String,
}
