//! Progress on stderr, for people only: never when stderr is no terminal.

use cognate_base::{Progress, escape};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::{Duration, Instant};

/// What is done sooner shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// A bar on stderr, or nothing.
pub struct Bar {
    bar: ProgressBar,
    shown: bool,
    since: Instant,
}

impl Bar {
    /// A bar that hides where nobody would see it.
    pub fn new(shown: bool) -> Self {
        Bar { bar: ProgressBar::hidden(), shown, since: Instant::now() }
    }
}

impl Bar {
    fn reveal(&self) {
        if self.shown && self.bar.is_hidden() {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }

    /// Says what is being waited for and for how long, where the steps are not known.
    pub fn wait(&self, stage: &str) {
        if let Ok(style) = ProgressStyle::with_template("{msg} {elapsed}") {
            self.bar.set_style(style);
        }
        self.reveal();
        self.bar.set_message(escape(stage));
        self.bar.enable_steady_tick(Duration::from_millis(500));
    }
}

impl Progress for Bar {
    fn begin(&self, stage: &str, total: u64) {
        if total == 0 {
            // Of nothing there is no progress to see.
            return;
        }
        self.bar.set_position(0);
        let style = ProgressStyle::with_template("{prefix} [{bar:24}] {pos}/{len} {wide_msg}");
        self.bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
        self.bar.set_prefix(stage.to_owned());
        self.bar.set_length(total);
    }

    fn advance(&self, steps: u64, current: &str) {
        if self.since.elapsed() >= PATIENCE {
            self.reveal();
        }
        self.bar.inc(steps);
        let last = current.rsplit('/').next().unwrap_or_default();
        self.bar.set_message(escape(last));
    }

    fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
