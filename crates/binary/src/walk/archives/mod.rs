//! Files that hold others, one reader each.

mod ar;
pub mod cab;
mod cpio;
pub mod fat;
pub mod msi;
mod rpm;
mod sevenz;
pub mod tar;
pub mod zip;
