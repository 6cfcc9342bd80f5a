//! What a PE file says about itself.

use super::headers::Headers;
use super::imports::Imports;
use super::tables::Exports;
use crate::Loaded;

/// Writes the traits.
pub(super) fn read(loaded: &mut Loaded, headers: &Headers, exports: &Exports, imports: &Imports) {
    let _ = (loaded, headers, exports, imports);
}
