//! Progress on stderr, for people only: never when stderr is no terminal.

use cognate_base::{Progress, escape};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::Once;
use std::time::Duration;

/// What is done sooner shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often what is shown is drawn anew, so that its time goes on.
const BEAT: Duration = Duration::from_millis(500);

/// A bar on stderr, or nothing.
pub struct Bar {
    bar: ProgressBar,
    shown: bool,
    begun: Once,
}

impl Bar {
    /// A bar that hides where nobody would see it.
    pub fn new(shown: bool) -> Self {
        Bar { bar: ProgressBar::hidden(), shown, begun: Once::new() }
    }

    /// Says what is being waited for and for how long, where the steps are not known.
    pub fn wait(&self, stage: &str) {
        self.style("{msg} {elapsed}");
        self.bar.set_message(escape(stage));
        self.show_later();
    }

    fn style(&self, template: &str) {
        let style = ProgressStyle::with_template(template);
        self.bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
    }

    /// Shows the bar once somebody had to wait, whether anything goes on by then or not.
    fn show_later(&self) {
        let bar = self.bar.clone();
        let show = move || {
            std::thread::sleep(PATIENCE);
            if !bar.is_finished() {
                bar.set_draw_target(ProgressDrawTarget::stderr());
                bar.enable_steady_tick(BEAT);
            }
        };
        if self.shown {
            // without a thread for it there is no bar, and all else goes on
            self.begun.call_once(|| drop(std::thread::Builder::new().spawn(show)));
        }
    }
}

impl Progress for Bar {
    fn begin(&self, stage: &str, total: u64) {
        if total == 0 {
            // Of nothing there is no progress to see.
            return;
        }
        self.bar.set_position(0);
        self.style("{prefix} [{bar:24}] {pos}/{len} {elapsed} {wide_msg}");
        self.bar.set_prefix(stage.to_owned());
        self.bar.set_length(total);
        self.show_later();
    }

    fn advance(&self, steps: u64, current: &str) {
        self.bar.inc(steps);
        let last = current.rsplit('/').next().unwrap_or_default();
        self.bar.set_message(escape(last));
    }

    fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
