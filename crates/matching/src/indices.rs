//! The index types of this crate, and what stands for a function that is not there; see [`TypedVec`](cognate_base::TypedVec).

use cognate_fingerprint::{Fingerprint, FunctionFingerprint};
use std::sync::LazyLock;

cognate_base::index_type! {
    /// A function of the query, or of `a` of a comparison.
    pub(crate) struct QueryFunction;
    /// A function of a stored sample, or of `b` of a comparison.
    pub(crate) struct StoredFunction;
    /// A stored signature that was compared with the query: an index into `Pool::candidates`.
    pub(crate) struct CandidateIndex;
    /// A sample of the store: an index into `Directory::samples`.
    pub(crate) struct SampleIndex;
    /// A family of the store: an index into `Directory::families`.
    pub(crate) struct FamilyIndex;
    /// An actor of the store: an index into `Directory::actors`.
    pub(crate) struct ActorIndex;
    /// A library recognised in the query: an index into `Matched::libraries`.
    pub(crate) struct LibraryIndex;
}

static NO_FUNCTION: LazyLock<FunctionFingerprint> = LazyLock::new(FunctionFingerprint::default);

/// What stands for a function that is not there: it says nothing.
pub(crate) fn no_function() -> &'static FunctionFingerprint {
    &NO_FUNCTION
}

/// What stands for its fingerprint: it is like nothing.
pub(crate) fn no_fingerprint() -> &'static Fingerprint {
    &NO_FUNCTION.fingerprint
}
