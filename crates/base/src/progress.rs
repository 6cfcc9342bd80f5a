//! How far long work has come, for whoever shows it.

/// Who wants to hear how long work goes. Called from several threads.
pub trait Progress: Sync {
    /// A stage begins with `total` steps ahead, 0 if not known.
    fn begin(&self, stage: &str, total: u64);
    /// `steps` more are done; `current` names what was worked on.
    fn advance(&self, steps: u64, current: &str);
    /// The stage is over.
    fn finish(&self);
}

/// Nobody listens.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn begin(&self, _stage: &str, _total: u64) {}
    fn advance(&self, _steps: u64, _current: &str) {}
    fn finish(&self) {}
}
