//! What the bytes of a file look like, whatever its headers say.

pub mod guess;
pub mod packed;
pub mod recognised;
