//! What reading one sample may take: work, time and memory, in stages that leave something to later ones.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::{Duration, Instant};

/// Bounds on what one input file may cost. The defaults suit a laptop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Largest file, or archive member, that is read, in bytes.
    pub file_bytes: u64,
    /// Instructions decoded in one sample, all passes together.
    pub instructions: u64,
    /// Functions recovered from one sample.
    pub functions: usize,
    /// Bytes kept of one sample beside the file itself: names, tables, functions, fingerprints.
    pub memory: u64,
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
            memory: 2 << 30,
            time: Duration::from_secs(300),
            archive_depth: 4,
            archive_members: 100_000,
            archive_bytes: 4 << 30,
        }
    }
}

/// The steps from bytes to fingerprints, in the order in which they run.
///
/// Each may go on until a share of the work and of the time of the whole sample is used
/// up, whoever used it: what an early step leaves goes to the later ones, and no step can
/// take what is kept for those after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Containers, tables, names.
    Load,
    /// Functions whose starts the file itself names.
    Named,
    /// What those call and point to.
    Found,
    /// Functions in bytes that nobody claims.
    Gaps,
    /// Fingerprints, those of named functions first.
    Fingerprint,
}

impl Stage {
    /// The share of work, and of time, that is used up when this stage ends, in per cent.
    ///
    /// Judgement: reading a function for its fingerprint costs as much work as tracing it once, and most of the time.
    fn until(self) -> (u64, u32) {
        match self {
            Stage::Load => (15, 20),
            Stage::Named => (45, 40),
            Stage::Found => (55, 50),
            Stage::Gaps => (65, 60),
            Stage::Fingerprint => (100, 100),
        }
    }

    /// The share of what was allotted to recovery that is used up when this stage ends, in per cent.
    fn until_of_allotted(self) -> u64 {
        match self {
            Stage::Load | Stage::Fingerprint => 100,
            Stage::Named => 50,
            Stage::Found => 75,
            Stage::Gaps => 100,
        }
    }
}

/// What is left when `share` per cent of `all` is used up.
fn kept_back(all: u64, share: u64) -> u64 {
    let used_at_most = u128::from(all) * u128::from(share) / 100;
    all.saturating_sub(u64::try_from(used_at_most).unwrap_or(u64::MAX))
}

/// What is left of the [`Limits`] for one sample.
///
/// A loop whose length the sample chooses is to spend from it. The clock is
/// read only once in some thousand units, so spending is cheap.
#[derive(Clone, Debug)]
pub struct Budget {
    left: u64,
    /// Work that is kept for later stages.
    floor: u64,
    /// What recovery may take of it for so much code, what is left of that, and what of that is kept for later stages.
    allotted: u64,
    allotted_left: u64,
    allotted_floor: u64,
    instructions: u64,
    memory: u64,
    memory_at_first: u64,
    functions: usize,
    until_clock: u32,
    start: Instant,
    time: Duration,
    deadline: Option<Instant>,
    exhausted: Option<Exhausted>,
    /// What ended an earlier stage; the first such.
    ended_before: Option<Exhausted>,
}

/// Which bound was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Exhausted {
    /// The instruction bound.
    Work,
    /// The time bound.
    Time,
    /// The bound on what is kept.
    Memory,
    /// What was allotted for so much code.
    Allotment,
}

impl fmt::Display for Exhausted {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Exhausted::Work => "work budget spent",
            Exhausted::Time => "time budget spent",
            Exhausted::Memory => "memory budget spent",
            Exhausted::Allotment => "far more work than so much code takes: it overlaps or repeats",
        })
    }
}

impl std::error::Error for Exhausted {}

const CLOCK_EVERY: u32 = 8192;

impl Budget {
    /// Starts the clock on a sample, in [`Stage::Load`]: one unit of work is one instruction
    /// decoded or one table entry read.
    pub fn new(limits: &Limits) -> Self {
        let start = Instant::now();
        let mut budget = Budget {
            left: limits.instructions,
            floor: 0,
            allotted: u64::MAX,
            allotted_left: u64::MAX,
            allotted_floor: 0,
            instructions: limits.instructions,
            memory: limits.memory,
            memory_at_first: limits.memory,
            functions: limits.functions,
            until_clock: CLOCK_EVERY,
            start,
            time: limits.time,
            deadline: None,
            exhausted: None,
            ended_before: None,
        };
        budget.enter(Stage::Load);
        budget
    }

    /// Bounds the work of recovery from here on to `units`, beside the bound on the whole sample: 100 kB of
    /// code have no claim on what 100 MB may take. Takes effect with the next stage.
    pub fn allot(&mut self, units: u64) {
        (self.allotted, self.allotted_left) = (units, units);
    }

    /// Goes on to a stage: what an earlier one spent is gone, that it ended early is not held against this one.
    ///
    /// Memory that is spent stays spent: a stage that wants to keep more ends at once.
    pub fn enter(&mut self, stage: Stage) {
        let (work, time) = stage.until();
        self.floor = kept_back(self.instructions, work);
        self.allotted_floor = kept_back(self.allotted, stage.until_of_allotted());
        self.deadline = self.start.checked_add(self.time.saturating_mul(time) / 100);
        self.ended_before = self.ended_before.or(self.exhausted);
        self.exhausted = None;
        self.until_clock = 0;
        if stage == Stage::Fingerprint {
            (self.allotted, self.allotted_left, self.allotted_floor) = (u64::MAX, u64::MAX, 0);
        }
    }

    /// Takes `units` of work; once it fails it fails until the next stage.
    pub fn spend(&mut self, units: u64) -> Result<(), Exhausted> {
        if let Some(exhausted) = self.exhausted {
            return Err(exhausted);
        }
        if units > self.left.saturating_sub(self.floor) {
            return self.fail(Exhausted::Work);
        }
        if units > self.allotted_left.saturating_sub(self.allotted_floor) {
            return self.fail(Exhausted::Allotment);
        }
        self.left -= units;
        self.allotted_left -= units;
        let tick = u32::try_from(units).unwrap_or(u32::MAX);
        if tick >= self.until_clock {
            self.until_clock = CLOCK_EVERY;
            if self.deadline.is_some_and(|deadline| Instant::now() > deadline) {
                return self.fail(Exhausted::Time);
            }
        } else {
            self.until_clock -= tick;
        }
        Ok(())
    }

    /// Takes room for `bytes` that are kept until the sample is done with.
    pub fn keep(&mut self, bytes: u64) -> Result<(), Exhausted> {
        if let Some(exhausted) = self.exhausted {
            return Err(exhausted);
        }
        match self.memory.checked_sub(bytes) {
            Some(left) => self.memory = left,
            None => return self.fail(Exhausted::Memory),
        }
        Ok(())
    }

    /// Gives back room that was taken with [`Budget::keep`] and is free again.
    pub fn release(&mut self, bytes: u64) {
        self.memory = self.memory.saturating_add(bytes);
    }

    fn fail(&mut self, exhausted: Exhausted) -> Result<(), Exhausted> {
        self.exhausted = Some(exhausted);
        Err(exhausted)
    }

    /// Work done so far, all stages together.
    pub fn spent(&self) -> u64 {
        self.instructions.saturating_sub(self.left)
    }

    /// Room that is left for what is kept, in bytes.
    pub fn room(&self) -> u64 {
        self.memory
    }

    /// Bytes kept at present.
    pub fn kept(&self) -> u64 {
        self.memory_at_first.saturating_sub(self.memory)
    }

    /// How many functions may be recovered.
    pub fn functions(&self) -> usize {
        self.functions
    }

    /// The bound that this stage reached, if it did.
    pub fn exhausted(&self) -> Option<Exhausted> {
        self.exhausted
    }

    /// The first bound that any stage so far reached.
    pub fn ever_exhausted(&self) -> Option<Exhausted> {
        self.ended_before.or(self.exhausted)
    }

    /// When the stage ends, for work on other threads, which cannot spend; `None` where that is beyond all clocks.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        file_bytes: 0,
        instructions: 1000,
        functions: 0,
        memory: 100,
        time: Duration::from_secs(60),
        archive_depth: 0,
        archive_members: 0,
        archive_bytes: 0,
    };

    #[test]
    fn what_a_stage_wastes_is_not_taken_from_later_ones() {
        let mut budget = Budget::new(&LIMITS);
        assert_eq!(budget.spend(151), Err(Exhausted::Work));
        assert_eq!(budget.spend(1), Err(Exhausted::Work), "a stage that ended has ended");
        budget.enter(Stage::Named);
        assert_eq!(budget.spend(450), Ok(()));
        assert_eq!(budget.spend(1), Err(Exhausted::Work));
        budget.enter(Stage::Fingerprint);
        assert_eq!((budget.exhausted(), budget.ever_exhausted()), (None, Some(Exhausted::Work)));
        assert_eq!(budget.spend(550), Ok(()));
        assert_eq!(budget.spend(1), Err(Exhausted::Work));
    }

    #[test]
    fn what_is_allotted_to_recovery_ends_there() {
        let mut budget = Budget::new(&LIMITS);
        budget.allot(100);
        budget.enter(Stage::Named);
        assert_eq!(budget.spend(50), Ok(()));
        assert_eq!(budget.spend(1), Err(Exhausted::Allotment));
        budget.enter(Stage::Gaps);
        assert_eq!(budget.spend(50), Ok(()));
        assert_eq!(budget.spend(1), Err(Exhausted::Allotment));
        budget.enter(Stage::Fingerprint);
        assert_eq!(budget.spend(900), Ok(()), "the rest of the sample's work is for fingerprints");
    }

    #[test]
    fn room_is_given_back() {
        let mut budget = Budget::new(&LIMITS);
        assert_eq!(budget.keep(100), Ok(()));
        budget.release(1);
        assert_eq!(budget.keep(1), Ok(()));
        assert_eq!(budget.keep(1), Err(Exhausted::Memory));
    }

    #[test]
    fn no_time_ends_the_first_step_of_every_stage() {
        let mut budget = Budget::new(&Limits { time: Duration::ZERO, ..LIMITS });
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!(budget.spend(1), Err(Exhausted::Time));
        budget.enter(Stage::Fingerprint);
        assert_eq!(budget.spend(1), Err(Exhausted::Time));
    }
}
