//! One writer at a time: a lock that the system gives back when its holder ends, however it ends.

use crate::error::{Error, ErrorKind, Hint, Result, StoreError};
use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// The file that is locked. It says which process holds it: `cognate 1234`.
pub(crate) const FILE: &str = "writer.lock";

/// What stands before the number of the process.
const HOLDER: &str = "cognate ";
/// Longest content, in bytes: no process has a longer number.
const MOST_BYTES: u64 = HOLDER.len() as u64 + 10;

/// Between two tries to get the lock.
const PAUSE: Duration = Duration::from_millis(50);

/// How long a lock is waited for that nobody says he holds.
const IN_PASSING: Duration = Duration::from_millis(500);

/// The lock, as long as it is there.
pub(crate) struct WriterLock {
    file: File,
}

impl WriterLock {
    /// Takes the lock, or waits for it as long as is said; `on_wait` hears of it once when it has to.
    pub(crate) fn take(
        dir: &Path,
        wait: Duration,
        on_wait: &mut dyn FnMut(Option<u32>),
    ) -> Result<WriterLock> {
        let path = dir.join(FILE);
        let start = Instant::now();
        let mut file = open(&path)?;
        let mut waiting = false;
        loop {
            match file.try_lock() {
                Ok(()) => {
                    // Only ever shown: whoever cannot write it has the lock all the same.
                    let _ = file.set_len(0).and_then(|()| write!(file, "{HOLDER}{}", std::process::id()));
                    return Ok(WriterLock { file });
                }
                Err(TryLockError::Error(error)) => return Err(Error::io("lock", &path, error)),
                Err(TryLockError::WouldBlock) => {
                    let holder = holder(&mut file);
                    // nobody says that he holds it: whoever had it is ending, or a process that he started is beginning
                    let least = if holder.is_none() { IN_PASSING } else { Duration::ZERO };
                    if start.elapsed() >= wait.max(least) {
                        return Err(held(dir, holder));
                    }
                    if wait > Duration::ZERO && !std::mem::replace(&mut waiting, true) {
                        on_wait(holder);
                    }
                    std::thread::sleep(PAUSE);
                }
            }
        }
    }
}

impl Drop for WriterLock {
    fn drop(&mut self) {
        let _ = self.file.set_len(0);
    }
}

fn open(path: &Path) -> Result<File> {
    // What a link points to is not ours to write to.
    if path.symlink_metadata().is_ok_and(|found| !found.is_file()) {
        let message = format!("cannot lock `{}`: it is no file", path.display());
        return Err(Error::new(ErrorKind::NotAStore, message).hint("move it away"));
    }
    let file = File::options().create(true).truncate(false).read(true).write(true).open(path);
    file.map_err(|error| Error::io("lock", path, error))
}

/// The process that says it holds the lock.
fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(MOST_BYTES).read_to_string(&mut text).ok()?;
    text.strip_prefix(HOLDER)?.parse().ok()
}

/// Whether this is all that a lock's file may hold: the holder, what of it was written when it was killed, or nothing.
pub(crate) fn is_own(content: &[u8]) -> bool {
    let number = content.strip_prefix(HOLDER.as_bytes());
    content.len() as u64 <= MOST_BYTES
        && number
            .map_or(HOLDER.as_bytes().starts_with(content), |number| number.iter().all(u8::is_ascii_digit))
}

fn held(dir: &Path, holder: Option<u32>) -> Error {
    let who = holder.map_or_else(|| "another process".to_owned(), |pid| format!("another process ({pid})"));
    let message = format!("{who} is writing to the store `{}`", dir.display());
    Error::new(ErrorKind::Locked, message).hint(Hint::WaitForWriter)
}
