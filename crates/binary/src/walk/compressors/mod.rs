//! Ways of packing, whether of a whole file or of a member of an archive.

pub mod codec;
pub mod lzx;
pub mod whole;
mod zstd;
