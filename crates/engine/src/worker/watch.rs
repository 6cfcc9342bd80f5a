//! Ends workers that do not answer in time.

use std::collections::HashMap;
use std::process::{Child, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a process that closed its output is given to end on its own.
const ENDING: Duration = Duration::from_secs(2);

/// A process that can be ended from another thread.
#[derive(Debug)]
pub(super) struct Leash {
    child: Mutex<Child>,
    late: AtomicBool,
}

impl Leash {
    pub(super) fn new(child: Child) -> Arc<Self> {
        Arc::new(Leash { child: Mutex::new(child), late: AtomicBool::new(false) })
    }

    /// It was ended because it had not answered in time.
    pub(super) fn was_late(&self) -> bool {
        self.late.load(Ordering::Relaxed)
    }

    /// Whether it still runs.
    pub(super) fn runs(&self) -> bool {
        matches!(lock(&self.child).try_wait(), Ok(None))
    }

    /// Ends it at once and takes it off the system's list; how it ended.
    pub(super) fn end(&self) -> Option<ExitStatus> {
        let mut child = lock(&self.child);
        // It may be gone already: then there is nothing to end, and its status is still to be had.
        let _ = child.kill();
        child.wait().ok()
    }

    /// Waits a moment for it to end on its own, and ends it otherwise.
    pub(super) fn let_end(&self) -> Option<ExitStatus> {
        let until = Instant::now() + ENDING;
        while self.runs() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(2));
        }
        self.end()
    }
}

/// The thread that watches.
#[derive(Debug)]
pub(super) struct Watch {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    due: HashMap<u64, (Instant, Arc<Leash>)>,
    next: u64,
    closed: bool,
}

/// A deadline in force; dropping it lifts it.
#[derive(Debug)]
pub(super) struct Deadline {
    shared: Arc<Shared>,
    number: u64,
}

impl Watch {
    pub(super) fn start() -> std::io::Result<Self> {
        let shared = Arc::<Shared>::default();
        let theirs = Arc::clone(&shared);
        let builder = std::thread::Builder::new().name("watch".to_owned()).stack_size(128 << 10);
        let thread = builder.spawn(move || theirs.watch())?;
        Ok(Watch { shared, thread: Some(thread) })
    }

    /// Ends the process when the deadline is still in force at that time.
    pub(super) fn set(&self, leash: &Arc<Leash>, after: Duration) -> Deadline {
        let shared = Arc::clone(&self.shared);
        let mut state = lock(&shared.state);
        let number = state.next;
        state.next += 1;
        // A time beyond all clocks is none.
        if let Some(at) = Instant::now().checked_add(after) {
            let earliest = state.due.values().map(|(at, _)| *at).min();
            state.due.insert(number, (at, Arc::clone(leash)));
            if earliest.is_none_or(|earliest| at < earliest) {
                shared.changed.notify_one();
            }
        }
        drop(state);
        Deadline { shared, number }
    }
}

impl Shared {
    fn watch(&self) {
        let mut state = lock(&self.state);
        while !state.closed {
            let now = Instant::now();
            state.due.retain(|_, (at, leash)| {
                let late = *at <= now;
                if late {
                    leash.late.store(true, Ordering::Relaxed);
                    leash.end();
                }
                !late
            });
            let earliest = state.due.values().map(|(at, _)| *at).min();
            state = match earliest {
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(at) => {
                    let left = at.saturating_duration_since(now);
                    self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        lock(&self.shared.state).due.remove(&self.number);
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        lock(&self.shared.state).closed = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            // It ends by itself; that it panicked is nothing that could be told here.
            let _ = thread.join();
        }
    }
}

/// Locks; that another thread panicked meanwhile does not make the content wrong.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
