//! What a function does, whatever compiler wrote it and for whichever machine.
//!
//! [`x86::lift`] and [`a64::lift`] say what an instruction does in the language
//! of [`Machine`]. [`Tracer`] runs them over a function and gives its [`Trace`]:
//! expressions ([`Graph`]) in a normal form (`simplify`), and the effects that
//! stand on them: stores, calls, branches, returns. A newcomer starts with
//! `machine.rs`.
//!
//! # To add an instruction
//!
//! *x86*: one arm in the `match` of its subject (`x86/mod.rs` lists them), one row in `tests/x86.txt`.
//! *A64*: one arm in the `match` of its group (`a64/mod.rs` lists them), one row in `tests/a64.txt`.
//! What it does is said in [`Op`]s; only a new [`Op`] needs more: its meaning in `numbers.rs`, a number in
//! `graph/stored.rs`, and rules in `simplify` where compilers write the same in several ways. Each of these steps, a
//! single arm as well, changes fingerprints: raise `cognate_fingerprint::VERSION` (`fingerprint/tests/fixed.rs` fails until then).

pub mod a64;
pub mod graph;
mod kept;
pub mod machine;
mod numbers;
mod settle;
mod simplify;
mod surroundings;
pub mod text;
mod trace;
mod tracer;
mod unfolded;
pub mod x86;

pub use graph::{Graph, Kind, Node, NodeId, Operand};
pub use machine::{Cond, Lane, Lifted, Machine, Op, Reg, Width};
pub use numbers::Numbers;
pub use surroundings::{Callee, Memory, Surroundings};
pub use trace::{Cut, Effect, Placed, Trace};
pub use tracer::{MOST_INSTRUCTIONS, Tracer};
pub use unfolded::Unfolded;
