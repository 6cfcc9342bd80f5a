//! What a function does, whatever compiler wrote it and for whichever machine.
//!
//! [`x86::lift`] and [`a64::lift`] say what an instruction does in the language
//! of [`Machine`].

pub mod a64;
pub mod machine;
pub mod numbers;
pub mod x86;

pub use machine::{Cond, Lane, Lifted, Machine, Op, Reg, Width};
pub use numbers::Numbers;
