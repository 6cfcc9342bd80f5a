//! The time that one question may take, and the words for what it left out.

use cognate_base::{Deadline, Exhausted, Gap, Place};
use std::time::Duration;

/// The share of the time after which candidates are no longer looked for, in per cent: the rest is for weighing them.
const GATHER: u32 = 60;

/// The share after which nothing is looked at any more that stands around functions: what is in them says more.
const AROUND: u32 = 30;

/// When the steps of a match have to be done.
#[derive(Debug)]
pub(crate) struct Time {
    /// Looking at what stands around functions.
    pub around: Deadline,
    /// Looking up, comparing, counting families.
    pub gather: Deadline,
    /// All of it.
    pub whole: Deadline,
}

impl Time {
    /// Starts the clock.
    pub fn start(time: Option<Duration>) -> Self {
        let after = |time: Option<Duration>| time.map_or_else(Deadline::never, Deadline::after);
        let share = |part| time.map(|time| (time / 100).saturating_mul(part));
        Time { around: after(share(AROUND)), gather: after(share(GATHER)), whole: after(time) }
    }
}

/// What was left out for want of time.
pub(crate) fn left_out(subject: &str, what: &str) -> Gap {
    Gap::new(Place::Whole, subject, format!("{}; {what}", Exhausted::Time))
}
