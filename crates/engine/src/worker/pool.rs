//! Workers that are kept from file to file.

use super::process::{Process, Trouble};
use super::watch::{Deadline, Watch, lock};
use super::{Confinement, GRACE, Worker};
use crate::{EngineOptions, Error, ErrorKind, Hint};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// All workers of one engine: those at work are with whoever has a [`Lease`], the others wait here.
#[derive(Debug)]
pub(crate) struct Workers {
    worker: Worker,
    options: EngineOptions,
    idle: Mutex<Vec<Process>>,
    watch: Watch,
}

/// A worker of one's own until it is dropped: then it waits for the next.
#[derive(Debug)]
pub(crate) struct Lease {
    workers: Arc<Workers>,
    process: Option<Process>,
}

impl Workers {
    pub(crate) fn new(worker: Worker, options: EngineOptions) -> Result<Arc<Self>, Error> {
        let watch = Watch::start().map_err(|source| {
            Error::new(ErrorKind::Threads, format!("cannot start a thread: {source}")).with_source(source)
        })?;
        Ok(Arc::new(Workers { worker, options, idle: Mutex::default(), watch }))
    }

    pub(crate) fn options(&self) -> &EngineOptions {
        &self.options
    }

    /// The longest that a worker may take for one sample.
    fn patience(&self) -> Duration {
        self.options.limits.time.saturating_add(GRACE)
    }

    /// Takes a worker of that many threads, or starts one.
    pub(crate) fn lease(self: &Arc<Self>, threads: usize) -> Result<Lease, Error> {
        let waiting = || {
            let mut idle = lock(&self.idle);
            let at = idle.iter().rposition(|process| process.threads == threads)?;
            Some(idle.swap_remove(at))
        };
        // One that was killed while it waited is no loss.
        while let Some(process) = waiting() {
            if process.leash.runs() {
                return Ok(Lease { workers: Arc::clone(self), process: Some(process) });
            }
        }
        let process = Process::start(&self.worker, &self.options, threads).map_err(|source| {
            let program = self.worker.program.display();
            Error::new(ErrorKind::Worker, format!("cannot start `{program}` as a parser: {source}"))
                .hint(Hint::ReadWithoutWorker)
                .with_source(source)
        })?;
        Ok(Lease { workers: Arc::clone(self), process: Some(process) })
    }
}

impl Lease {
    pub(super) fn options(&self) -> &EngineOptions {
        self.workers.options()
    }

    /// What keeps the worker in.
    pub(crate) fn confinement(&mut self) -> Result<Confinement, Error> {
        self.exchange("the parser", |process| process.confinement().cloned())
    }

    /// Talks to the worker within the time for one sample; one that fails in it is ended.
    pub(super) fn exchange<T>(
        &mut self,
        name: &str,
        talk: impl FnOnce(&mut Process) -> Result<T, Trouble>,
    ) -> Result<T, Error> {
        let Some(mut process) = self.process.take() else {
            return Err(died(name, "is gone"));
        };
        let deadline: Deadline = self.workers.watch.set(&process.leash, self.workers.patience());
        let started = Instant::now();
        let outcome = talk(&mut process);
        drop(deadline);
        let used = started.elapsed();
        process.busy = process.busy.saturating_add(used);
        match outcome {
            Ok(value) => {
                self.process = Some(process);
                Ok(value)
            }
            Err(trouble) => {
                let (reason, hint) = process.obituary(&trouble, self.workers.patience());
                Err(died(name, &reason).hint(hint))
            }
        }
    }

    /// Takes another worker in place of one that came to grief.
    pub(super) fn renew(&mut self) -> Result<(), Error> {
        self.process = self.workers.lease(1)?.process.take();
        Ok(())
    }

    /// Ends the worker: it is in the middle of something that nobody wants any more.
    pub(super) fn abandon(&mut self) {
        self.process = None;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // One that has used the time of a whole sample makes room: its processor time is bounded.
        let fresh = |process: &Process| process.busy < self.workers.patience();
        if let Some(process) = self.process.take().filter(fresh) {
            lock(&self.workers.idle).push(process);
        }
    }
}

fn died(name: &str, reason: &str) -> Error {
    Error::new(ErrorKind::Worker, format!("cannot load `{name}`: the parser {reason}"))
}
