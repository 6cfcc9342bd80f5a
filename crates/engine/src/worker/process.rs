//! One worker process as its parent sees it.

use super::protocol::{Answer, Hello, Job, fill, receive, send};
use super::watch::Leash;
use super::{Confinement, Worker};
use crate::{EngineOptions, Hint};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::process::{ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// Bytes of answers that are read at once.
const BUFFER: usize = 256 << 10;
/// What is read of a dead worker's last words, in bytes; shown is the beginning.
const LAST_WORDS: u64 = 4096;
const SHOWN_WORDS: usize = 240;

/// A running worker.
#[derive(Debug)]
pub(super) struct Process {
    pub leash: Arc<Leash>,
    pub threads: usize,
    /// Time for which it was at work.
    pub busy: Duration,
    input: BufWriter<ChildStdin>,
    output: BufReader<ChildStdout>,
    errors: ChildStderr,
    scratch: Vec<u8>,
    confinement: Option<Confinement>,
}

/// Why a worker is of no use any more.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Its end of the pipe is closed.
    Ended,
    /// It sent what it may not send.
    Nonsense(String),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::InvalidData => Trouble::Nonsense(error.to_string()),
            _ => Trouble::Ended,
        }
    }
}

impl Process {
    /// Starts a worker and tells it how samples are read.
    pub(super) fn start(worker: &Worker, options: &EngineOptions, threads: usize) -> io::Result<Self> {
        let mut command = Command::new(&worker.program);
        command.args(&worker.arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Elsewhere programs do not start without some of it.
        #[cfg(unix)]
        command.env_clear();
        command.envs(worker.environment.iter().map(|(name, value)| (name, value)));
        let mut child = command.spawn()?;
        let (input, output, errors) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let leash = Leash::new(child);
        let (Some(input), Some(output), Some(errors)) = (input, output, errors) else {
            leash.end();
            return Err(io::Error::other("no pipes to the process"));
        };
        let mut process = Process {
            leash,
            threads,
            busy: Duration::ZERO,
            input: BufWriter::new(input),
            output: BufReader::with_capacity(BUFFER, output),
            errors,
            scratch: Vec::new(),
            confinement: None,
        };
        // One that ends at once is told of when it should answer.
        let _ = process.send(&Hello { options: *options, threads });
        Ok(process)
    }

    fn send<T: serde::Serialize>(&mut self, value: &T) -> io::Result<()> {
        send(&mut self.input, value, &mut self.scratch)?;
        self.input.flush()
    }

    /// Hands over a job and the bytes that belong to it.
    pub(super) fn ask(&mut self, job: &Job, bytes: &[u8]) -> Result<(), Trouble> {
        send(&mut self.input, job, &mut self.scratch)?;
        self.input.write_all(bytes)?;
        Ok(self.input.flush()?)
    }

    /// Waits for the next answer; tells its length too.
    pub(super) fn hear(&mut self) -> Result<(Answer, u32), Trouble> {
        self.confinement()?;
        receive(&mut self.output, &mut self.scratch)?.ok_or(Trouble::Ended)
    }

    /// Waits for bytes that follow an answer.
    pub(super) fn bytes(&mut self, size: u64) -> Result<Vec<u8>, Trouble> {
        let mut bytes = Vec::new();
        fill(&mut self.output, size, &mut bytes)?;
        Ok(bytes)
    }

    /// What keeps it in, as it says; waits until it is ready.
    pub(super) fn confinement(&mut self) -> Result<&Confinement, Trouble> {
        if self.confinement.is_none() {
            match receive(&mut self.output, &mut self.scratch)? {
                Some((Answer::Ready(confinement), _)) => self.confinement = Some(confinement),
                Some(_) => return Err(Trouble::Nonsense("it does not begin as a worker does".to_owned())),
                None => return Err(Trouble::Ended),
            }
        }
        self.confinement.as_ref().ok_or(Trouble::Ended)
    }

    /// Ends it and tells why, in words that follow "the parser", and what to do about it.
    pub(super) fn obituary(mut self, trouble: &Trouble, waited: Duration) -> (String, Hint) {
        if let Trouble::Nonsense(reason) = trouble {
            return (format!("sent what cannot be read ({reason})"), REPORT.into());
        }
        let status = self.leash.let_end();
        if self.leash.was_late() {
            let seconds = waited.as_secs();
            return (format!("did not answer within {seconds} s and was stopped"), Hint::MoreTimeForWorker);
        }
        let mut words = Vec::new();
        // What cannot be read any more was not said.
        let _ = (&mut self.errors).take(LAST_WORDS).read_to_end(&mut words);
        how_it_ended(status, &String::from_utf8_lossy(&words))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.leash.end();
    }
}

const REPORT: &str = "the other files are not affected; please report it";

/// How a worker came to its end.
fn how_it_ended(status: Option<ExitStatus>, words: &str) -> (String, Hint) {
    let words: String = words.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.contains("memory allocation of") {
        return ("ran out of memory".to_owned(), Hint::BoundWorkerMemory);
    }
    if words.contains("overflowed its stack") {
        return ("overflowed its stack".to_owned(), REPORT.into());
    }
    let said: String = words.chars().take(SHOWN_WORDS).collect();
    let said = if said.is_empty() { said } else { format!(": {said}") };
    let Some(status) = status else { return (format!("is gone{said}"), REPORT.into()) };
    match signal(status) {
        Some(9) => (
            "was killed by signal 9 (for want of memory, or from outside)".to_owned(),
            Hint::BoundWorkerMemory,
        ),
        Some(24) => ("used up its processor time".to_owned(), REPORT.into()),
        Some(number) => {
            (format!("was killed by signal {number}{}{said}", signal_name(number)), REPORT.into())
        }
        None if status.code() == Some(101) => (format!("panicked{}", panic_words(&words)), REPORT.into()),
        None => (format!("ended with {status}{said}"), REPORT.into()),
    }
}

/// Place and message of a panic, without what differs from run to run.
fn panic_words(words: &str) -> String {
    let Some((_, place)) = words.split_once("panicked at ") else { return String::new() };
    let place = place.split(" note: ").next().unwrap_or_default();
    format!(" at {}", place.chars().take(SHOWN_WORDS).collect::<String>())
}

fn signal_name(number: i32) -> &'static str {
    match number {
        4 => " (illegal instruction)",
        6 => " (abort)",
        7 | 10 => " (bus error)",
        8 => " (arithmetic)",
        11 => " (bad memory access)",
        15 => " (ended from outside)",
        31 => " (forbidden system call)",
        _ => "",
    }
}

#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal(_status: ExitStatus) -> Option<i32> {
    None
}
