//! `cognate`: tells what a binary shares with everything known.
//!
//! Stdout is data, stderr is talk. Exit 0 when something was found, 1 when
//! nothing was, 2 on an error, 3 where some files that were asked for could not be read. [`args`] has the command line, [`commands`] one
//! module per command, [`context`] what they share.

mod args;
mod commands;
mod context;
mod error;
mod help;
mod progress;
mod whole;

use cognate_base::ErrorKind;
use std::io::Write;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Makes a write beyond the limit on the size of files (`ulimit -f`) fail with an error, which is shown.
///
/// The system ends a process that does not listen to its signal, in the midst of whatever it was doing.
#[cfg(unix)]
fn refuse_large_files_without_a_signal() {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;
    // Who cannot listen is ended as before; nothing that was committed is lost by that.
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::new(AtomicBool::new(false)));
}

#[cfg(not(unix))]
fn refuse_large_files_without_a_signal() {}

fn main() -> ExitCode {
    let args = help::parse();
    if matches!(args.command, args::Command::Worker) {
        return cognate_engine::worker::serve();
    }
    refuse_large_files_without_a_signal();
    match commands::run(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        // Whoever read the output has seen enough.
        Err(error) if error.kind() == ErrorKind::OutputClosed => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell when stderr is gone as well.
            let _ = std::io::stderr().lock().write_all(error::message(&error).as_bytes());
            ExitCode::from(if error.kind() == ErrorKind::Incomplete { 3 } else { 2 })
        }
    }
}
