//! The time that one question may take, and the words for what it left out.

use cognate_base::{Deadline, Exhausted, Gap, Place};
use std::time::Duration;

/// The share of the time after which candidates are no longer looked for, in per cent: the rest is for weighing them.
const GATHER: u32 = 60;

/// When the steps of a match have to be done.
#[derive(Debug)]
pub(crate) struct Time {
    /// Looking up, comparing, counting families.
    pub gather: Deadline,
    /// All of it.
    pub whole: Deadline,
}

impl Time {
    /// Starts the clock.
    pub fn start(time: Option<Duration>) -> Self {
        let after = |time: Option<Duration>| time.map_or_else(Deadline::never, Deadline::after);
        let gather = time.map(|time| (time / 100).saturating_mul(GATHER));
        Time { gather: after(gather), whole: after(time) }
    }
}

/// What was left out for want of time.
pub(crate) fn left_out(subject: &str, what: &str) -> Gap {
    Gap::new(Place::Whole, subject, format!("{}; {what}", Exhausted::Time))
}
