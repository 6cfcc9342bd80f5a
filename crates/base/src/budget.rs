use std::fmt;
use std::time::{Duration, Instant};

/// Bounds on what one input file may cost. The defaults suit a laptop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest file, or archive member, that is read, in bytes.
    pub file_bytes: u64,
    /// Instructions decoded in one sample, all passes together.
    pub instructions: u64,
    /// Functions recovered from one sample.
    pub functions: usize,
    /// Wall time for one sample.
    pub time: Duration,
    /// How deep archives may be nested.
    pub archive_depth: u32,
    /// Members walked in one top-level archive, all depths together.
    pub archive_members: usize,
    /// Bytes unpacked from one top-level archive, all depths together.
    pub archive_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            file_bytes: 1 << 30,
            instructions: 400_000_000,
            functions: 2_000_000,
            time: Duration::from_secs(300),
            archive_depth: 4,
            archive_members: 100_000,
            archive_bytes: 4 << 30,
        }
    }
}

/// What is left of the [`Limits`] for one sample.
///
/// Every loop whose length the sample chooses spends from it. The clock is
/// read only once in some thousand units, so spending is cheap.
#[derive(Clone, Debug)]
pub struct Budget {
    left: u64,
    functions: usize,
    until_clock: u32,
    deadline: Option<Instant>,
    exhausted: Option<Exhausted>,
}

/// Which bound was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exhausted {
    /// The instruction bound.
    Work,
    /// The time bound.
    Time,
}

impl fmt::Display for Exhausted {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Exhausted::Work => "work budget spent (raise --max-instructions)",
            Exhausted::Time => "time budget spent (raise --max-seconds)",
        })
    }
}

impl std::error::Error for Exhausted {}

const CLOCK_EVERY: u32 = 8192;

impl Budget {
    /// Starts the clock on a sample: one unit of work is one instruction
    /// decoded or one table entry read.
    pub fn new(limits: &Limits) -> Self {
        Budget {
            left: limits.instructions,
            functions: limits.functions,
            until_clock: CLOCK_EVERY,
            deadline: Instant::now().checked_add(limits.time),
            exhausted: None,
        }
    }

    /// Takes `units` of work; once it fails it fails for good.
    pub fn spend(&mut self, units: u64) -> Result<(), Exhausted> {
        if let Some(exhausted) = self.exhausted {
            return Err(exhausted);
        }
        if units > self.left {
            self.exhausted = Some(Exhausted::Work);
            return Err(Exhausted::Work);
        }
        self.left -= units;
        let tick = u32::try_from(units).unwrap_or(u32::MAX);
        if tick >= self.until_clock {
            self.until_clock = CLOCK_EVERY;
            if self.deadline.is_some_and(|deadline| Instant::now() > deadline) {
                self.exhausted = Some(Exhausted::Time);
                return Err(Exhausted::Time);
            }
        } else {
            self.until_clock -= tick;
        }
        Ok(())
    }

    /// How many functions may be recovered.
    pub fn functions(&self) -> usize {
        self.functions
    }

    /// The bound that was reached, if one was.
    pub fn exhausted(&self) -> Option<Exhausted> {
        self.exhausted
    }
}
