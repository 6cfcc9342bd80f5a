//! Threads that share work.

use crate::{Error, ErrorKind};
use std::thread::{Builder, Scope};

/// Starts so many threads of a scope, each with what `hand` gives it to do.
///
/// Fails where not one can be started: with fewer than asked for it only takes longer.
pub(crate) fn start<'scope, W: FnOnce() + Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    count: usize,
    name: &str,
    mut hand: impl FnMut() -> W,
) -> Result<(), Error> {
    for number in 0..count {
        let started = Builder::new().name(format!("{name} {number}")).spawn_scoped(scope, hand());
        if let Err(source) = started
            && number == 0
        {
            let message = format!("cannot start worker threads: {source}");
            return Err(Error::new(ErrorKind::Threads, message).with_source(source));
        }
    }
    Ok(())
}
