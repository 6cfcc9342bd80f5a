//! What an ELF file says about itself.

use super::dynamic::Dynamic;
use super::headers::Headers;
use crate::Loaded;

/// Writes the traits.
pub(super) fn read(loaded: &mut Loaded, headers: &Headers, dynamic: &Dynamic, bytes: &[u8]) {
    let _ = (loaded, headers, dynamic, bytes);
}
