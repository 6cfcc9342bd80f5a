//! The time that one question of the program itself may take: matching, comparing, weighing.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// When work has to be done, for all threads that do it.
///
/// Where a [`Budget`](crate::Budget) counts what one file costs, this holds what many threads do together
/// to the clock alone: as long as time does not end it, it changes nothing. Whoever is told that there is
/// no time left leaves the rest out, and says so.
#[derive(Debug, Default)]
pub struct Deadline {
    at: Option<Instant>,
    /// Work since the clock was looked at.
    since: AtomicU64,
    passed: AtomicBool,
}

/// Work after which the clock is looked at. One unit is about one look at an item of a list.
const CLOCK_EVERY: u64 = 8192;

impl Deadline {
    /// Never.
    pub fn never() -> Self {
        Deadline::default()
    }

    /// So long from now.
    pub fn after(time: Duration) -> Self {
        // a time beyond all clocks is never
        Deadline { at: Instant::now().checked_add(time), ..Deadline::default() }
    }

    /// Does so much work; false once there is no time left.
    #[must_use = "whoever has no time left has to stop"]
    pub fn spend(&self, units: u64) -> bool {
        let Some(at) = self.at else { return true };
        if self.passed.load(Ordering::Relaxed) {
            return false;
        }
        if self.since.fetch_add(units, Ordering::Relaxed).saturating_add(units) < CLOCK_EVERY {
            return true;
        }
        self.since.store(0, Ordering::Relaxed);
        if Instant::now() > at {
            self.passed.store(true, Ordering::Relaxed);
        }
        !self.passed.load(Ordering::Relaxed)
    }

    /// Looks at the clock, before something large; false once there is no time left.
    #[must_use = "whoever has no time left has to stop"]
    pub fn holds(&self) -> bool {
        self.spend(CLOCK_EVERY)
    }

    /// Whether anybody was told that there is no time left.
    pub fn passed(&self) -> bool {
        self.passed.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_time_ends_the_first_large_step_and_every_step_after_it() {
        let deadline = Deadline::after(Duration::ZERO);
        std::thread::sleep(Duration::from_millis(2));
        assert!(!deadline.passed(), "nobody has asked");
        assert!(!deadline.holds());
        assert!(!deadline.spend(1) && deadline.passed());
    }

    #[test]
    fn small_steps_come_to_the_clock_together() {
        let deadline = Deadline::after(Duration::ZERO);
        std::thread::sleep(Duration::from_millis(2));
        assert!((0..CLOCK_EVERY).any(|_| !deadline.spend(1)));
    }

    #[test]
    fn never_and_beyond_all_clocks_are_never() {
        for deadline in [Deadline::never(), Deadline::after(Duration::MAX)] {
            assert!(deadline.spend(u64::MAX) && deadline.holds() && !deadline.passed());
        }
    }
}
