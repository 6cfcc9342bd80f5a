//! Progress on stderr, for people only: never when stderr is no terminal.

use cognate_base::{Progress, escape};
use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;

/// A bar on stderr, or nothing.
pub struct Bar(ProgressBar);

impl Bar {
    /// A bar that hides where nobody would see it.
    pub fn new(shown: bool) -> Self {
        Bar(if shown { ProgressBar::new(0) } else { ProgressBar::hidden() })
    }
}

impl Bar {
    /// Says what is being waited for and for how long, where the steps are not known.
    pub fn wait(&self, stage: &str) {
        if let Ok(style) = ProgressStyle::with_template("{msg} {elapsed}") {
            self.0.set_style(style);
        }
        self.0.set_message(escape(stage));
        self.0.enable_steady_tick(Duration::from_millis(500));
    }
}

impl Progress for Bar {
    fn begin(&self, stage: &str, total: u64) {
        if total == 0 {
            // Of nothing there is no progress to see.
            return;
        }
        self.0.set_position(0);
        let style = ProgressStyle::with_template("{prefix} [{bar:24}] {pos}/{len} {wide_msg}");
        self.0.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
        self.0.set_prefix(stage.to_owned());
        self.0.set_length(total);
    }

    fn advance(&self, steps: u64, current: &str) {
        self.0.inc(steps);
        let last = current.rsplit('/').next().unwrap_or_default();
        self.0.set_message(escape(last));
    }

    fn finish(&self) {
        self.0.finish_and_clear();
    }
}
