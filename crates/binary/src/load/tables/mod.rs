//! Tables that files of several formats have.

pub mod eh_frame;
pub mod pclntab;
pub mod stubs;
