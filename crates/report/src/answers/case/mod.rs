//! What the commands on cases answer, as text and as JSON.

mod added;
mod assessed;
mod checked;
mod compared;
mod drafted;
mod explained;
mod matrix;
mod merged;
mod scored;

pub use added::AddedDocument;
pub use assessed::AssessDocument;
pub use checked::{CheckDocument, CheckError, CheckedFile};
pub use compared::CaseCompareDocument;
pub use drafted::DraftDocument;
pub use matrix::MatrixChangeDocument;
pub use merged::MergeDocument;
