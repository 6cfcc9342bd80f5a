//! `cognate`: tells what a binary shares with everything known.
//!
//! Stdout is data, stderr is talk. Exit 0 when something was found, 1 when
//! nothing was, 2 on an error. [`args`] has the command line, [`commands`] one
//! module per command, [`context`] what they share.

mod args;
mod commands;
mod context;
mod demo;
mod error;
mod progress;

use clap::Parser;
use std::io::Write;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args = args::Args::parse();
    if matches!(args.command, args::Command::Worker) {
        return cognate_engine::worker::serve();
    }
    match commands::run(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        // Whoever read the output has seen enough.
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell when stderr is gone as well.
            let _ = write!(std::io::stderr().lock(), "{error}");
            ExitCode::from(2)
        }
    }
}
