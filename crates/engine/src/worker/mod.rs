//! Parsers in processes of their own.
//!
//! Everything that touches hostile bytes (opening archives, loading, recovery,
//! fingerprints, listings) can run in a *worker*: a process that has given up
//! files, network and other processes before it sees the first byte
//! (`confine.rs`), that is told what to do over its standard input and answers
//! over its standard output (`protocol.rs`, `serve.rs`). The parent reads files,
//! passes bytes on and holds what comes back against its promises (`pool.rs`,
//! `answer.rs`): a worker is trusted no more than the file that it reads. One
//! that dies, hangs or talks nonsense costs the file it was reading; the next
//! file gets a fresh one.

mod answer;
mod confine;
mod pool;
mod process;
mod protocol;
mod serve;
mod watch;

pub use confine::{Confinement, confine};
pub(crate) use pool::{Lease, Workers};
pub use serve::serve;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// Time beyond the limit of one sample after which a worker that has not answered is ended.
///
/// A worker keeps the limit itself; this covers its start, the way of the bytes and a busy machine.
pub const GRACE: Duration = Duration::from_secs(10);

/// The program that is started as a worker: one that calls [`serve`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worker {
    /// The program's file.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Its whole environment: a worker has no business with the parent's.
    pub environment: Vec<(OsString, OsString)>,
}

impl Worker {
    /// This very program with these arguments and an empty environment, on which it has to call [`serve`].
    ///
    /// Fails where the system does not tell which file the program was started from.
    pub fn this_program(arguments: &[&str]) -> std::io::Result<Worker> {
        let arguments = arguments.iter().map(OsString::from).collect();
        // On Linux the very file that runs, even where another has taken its place since.
        let same = PathBuf::from("/proc/self/exe");
        let program =
            if cfg!(target_os = "linux") && same.exists() { same } else { std::env::current_exe()? };
        Ok(Worker { program, arguments, environment: Vec::new() })
    }
}
