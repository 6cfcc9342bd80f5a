//! The least that a program needs to read files in processes of its own: a mode in which it calls
//! [`serve`](cognate_engine::worker::serve) first thing. `tests/isolation.rs` uses this one.

use std::process::ExitCode;

fn main() -> ExitCode {
    cognate_engine::worker::serve()
}
