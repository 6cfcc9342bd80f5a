//! An assessment as a MISP event.

use cognate_case::Assessment;
use serde_json::Value;

/// Writes an assessment as a MISP event.
#[must_use]
pub fn misp(assessment: &Assessment) -> Value {
    let _ = assessment;
    Value::Null
}
