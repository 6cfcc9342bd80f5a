//! What a function does, whatever compiler wrote it and for whichever machine.
//!
//! [`x86::lift`] and [`a64::lift`] say what an instruction does in the language
//! of [`Machine`]. [`Tracer`] runs them over a function and gives its [`Trace`]:
//! expressions ([`Graph`]) in a normal form (`simplify.rs`), and the effects that
//! stand on them: stores, calls, branches, returns. A newcomer starts with
//! `machine.rs`; to add an instruction, see the tables in `x86/` and `a64/`.

pub mod a64;
pub mod graph;
pub mod machine;
pub mod numbers;
mod rows;
mod settle;
mod simplify;
pub mod text;
pub mod trace;
pub mod x86;

pub use graph::{Graph, Kind, Node, NodeId, Operand};
pub use machine::{Cond, Lane, Lifted, Machine, Op, Reg, Width};
pub use numbers::Numbers;
pub use trace::{Callee, Cut, Effect, Memory, Placed, Surroundings, Trace, Tracer};
