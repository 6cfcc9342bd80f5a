//! Many files, several at once: as many as there are threads, and what is made of each is handed over as it is ready.

use crate::{Engine, Error, hands};
use cognate_base::Progress;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// How often whoever watches is told that there is still work.
const BEAT: Duration = Duration::from_millis(500);

impl Engine {
    /// Does `work` on each file, on as many threads as the engine has, and hands over what it gives with the
    /// file's place, in the order in which they are ready.
    ///
    /// No more files are open than there are threads. The first error, of `work` or of `done`, ends it.
    pub fn survey<T: Send>(
        &self,
        files: &[PathBuf],
        progress: &dyn Progress,
        work: &(dyn Fn(&Path) -> Result<T, Error> + Sync),
        done: &mut dyn FnMut(usize, T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.prepare(1)?;
        progress.begin("reading", files.len() as u64);
        let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
        let (ready, results) = channel();
        let outcome = std::thread::scope(|scope| {
            hands::start(scope, self.threads().min(files.len()), "survey", || {
                let hand = Hand { files, next: &next, stop: &stop, work, ready: ready.clone() };
                move || hand.work()
            })?;
            drop(ready);
            let outcome = collect(files, &results, progress, done);
            stop.store(true, Ordering::Relaxed);
            outcome
        });
        progress.finish();
        outcome
    }
}

/// A thread that takes one file after the other.
struct Hand<'a, T> {
    files: &'a [PathBuf],
    next: &'a AtomicUsize,
    stop: &'a AtomicBool,
    work: &'a (dyn Fn(&Path) -> Result<T, Error> + Sync),
    ready: Sender<(usize, Result<T, Error>)>,
}

impl<T> Hand<'_, T> {
    fn work(&self) {
        while !self.stop.load(Ordering::Relaxed) {
            let place = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(path) = self.files.get(place) else { return };
            // The receiver is gone only after an error: then nobody waits for this.
            let _ = self.ready.send((place, (self.work)(path)));
        }
    }
}

/// Takes what is ready until there is no more.
fn collect<T>(
    files: &[PathBuf],
    results: &Receiver<(usize, Result<T, Error>)>,
    progress: &dyn Progress,
    done: &mut dyn FnMut(usize, T) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut last = String::new();
    loop {
        match results.recv_timeout(BEAT) {
            Ok((place, outcome)) => {
                done(place, outcome?)?;
                last = files.get(place).map(|path| crate::file_name(path)).unwrap_or_default();
                progress.advance(1, &last);
            }
            Err(RecvTimeoutError::Timeout) => progress.advance(0, &last),
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EngineOptions;
    use cognate_base::{ErrorKind, NoProgress};

    fn survey(threads: usize, wrong: &str) -> Result<Vec<usize>, Error> {
        let engine = Engine::new(EngineOptions::default(), threads)?;
        let files: Vec<PathBuf> = (0..100).map(|number| PathBuf::from(number.to_string())).collect();
        let mut found = vec![0; files.len()];
        let work = |path: &Path| match path.to_string_lossy() {
            name if name == wrong => Err(Error::new(ErrorKind::Io, "wrong")),
            name => Ok(name.len()),
        };
        engine.survey(&files, &NoProgress, &work, &mut |place, length| {
            found[place] += length;
            Ok(())
        })?;
        Ok(found)
    }

    #[test]
    fn each_file_is_done_once_on_any_number_of_threads() {
        let expected: Vec<usize> = (0..100).map(|number: usize| number.to_string().len()).collect();
        for threads in [1, 2, 7] {
            assert_eq!(survey(threads, "none").unwrap(), expected);
        }
    }

    #[test]
    fn an_error_ends_it() {
        assert_eq!(survey(3, "50").unwrap_err().to_string(), "wrong");
    }
}
