//! What the commands on cases answer, as text and as JSON.

mod added;
mod assessed;
mod checked;
mod compared;
mod explained;

pub use added::AddedDocument;
pub use assessed::AssessDocument;
pub use checked::{CheckDocument, CheckError, CheckedFile};
pub use compared::CaseCompareDocument;
