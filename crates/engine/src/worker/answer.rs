//! From a worker's messages to samples: everything counted, everything held against what it promises.

use super::Lease;
use super::process::{Process, Trouble};
use super::protocol::{Answer, Before, Job};
use crate::{EngineOptions, Error, Sample};
use cognate_base::{Gap, Place, SampleId};
use cognate_binary::{Listing, Member, Outline};
use cognate_fingerprint::{
    Expression, FLOW_ASKED, Fingerprint, FunctionFingerprint, MAX_ANCHORS, MAX_BLOCKS, MAX_FLOW,
    MAX_IN_PLACE, SampleFingerprint,
};
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// How many times the memory that a sample may keep its answer may take here: the limit is
/// counted by the worker in its own way.
const ANSWER_SHARE: u64 = 2;
/// What an answer may take however small that limit is.
const LEAST_ANSWER: u64 = 64 << 20;

impl Lease {
    /// Has a sample fingerprinted.
    pub(crate) fn sample(&mut self, name: &str, id: SampleId, bytes: &[u8]) -> Result<Sample, Error> {
        let job = Job::Sample { name: name.to_owned(), id: id.0, size: bytes.len() as u64 };
        self.read(name, id, &job, bytes).map(|(sample, _)| sample)
    }

    /// Has a sample fingerprinted and summed up; the worker keeps it at hand.
    pub(crate) fn examine(
        &mut self,
        name: &str,
        id: SampleId,
        bytes: &[u8],
    ) -> Result<(Sample, Outline), Error> {
        let job = Job::Examine { name: name.to_owned(), id: id.0, size: bytes.len() as u64 };
        self.read(name, id, &job, bytes)
    }

    fn read(
        &mut self,
        name: &str,
        id: SampleId,
        job: &Job,
        bytes: &[u8],
    ) -> Result<(Sample, Outline), Error> {
        let options = *self.options();
        self.exchange(name, |process| {
            process.ask(job, bytes)?;
            Parts::hear(&options, process, name, id, bytes.len() as u64)
        })?
    }

    /// Lists a function of the sample at hand.
    pub(crate) fn listing(&mut self, name: &str, address: u64) -> Result<Listing, Error> {
        let mut room = Room::new(self.options());
        self.exchange(name, |process| {
            process.ask(&Job::Listing { address }, &[])?;
            let mut lines = Vec::new();
            loop {
                match room.hear(process)? {
                    Answer::Line(line) if lines.len() < Listing::LIMIT => lines.push(line),
                    Answer::Listing { address, name, ways, truncated }
                        if ways.len() <= Listing::MOST_WAYS =>
                    {
                        return Ok(Ok(Listing { address, name, lines, ways, truncated }));
                    }
                    Answer::Failed(error) => return Ok(Err(error)),
                    _ => return Err(out_of_turn()),
                }
            }
        })?
    }

    /// What functions of the sample at hand compute, each ascending by feature; `None` where time did not reach.
    pub(crate) fn expressions(
        &mut self,
        name: &str,
        addresses: &[u64],
    ) -> Result<Vec<Option<Vec<Expression>>>, Error> {
        let mut room = Room::new(self.options());
        let job = Job::Expressions { addresses: addresses.to_vec() };
        self.exchange(name, |process| {
            process.ask(&job, &[])?;
            let mut all = Vec::new();
            let mut expressions: Vec<Expression> = Vec::new();
            while all.len() < addresses.len() {
                match room.hear(process)? {
                    Answer::Expression(it) if expressions.len() < MAX_FLOW && it.bits.is_finite() => {
                        expressions.push(it);
                    }
                    Answer::End if expressions.is_sorted_by_key(|it| it.feature) => {
                        all.push(Some(std::mem::take(&mut expressions)));
                    }
                    Answer::LeftOut if expressions.is_empty() => all.push(None),
                    _ => return Err(out_of_turn()),
                }
            }
            Ok(all)
        })
    }

    /// Has an archive opened: passes its members on as they come, and tells what could not be opened.
    ///
    /// The worker waits while a member is with `visit`; that time is not its own. One that comes to grief
    /// over a member costs that member: another one goes on behind it, [`MOST_FATAL`] times.
    pub(crate) fn walk(
        &mut self,
        name: &str,
        bytes: &[u8],
        password: Option<&str>,
        visit: &mut dyn FnMut(Member) -> ControlFlow<()>,
    ) -> Vec<Gap> {
        let options = *self.options();
        let mut members = Members::new(&options);
        let mut gaps = BTreeSet::new();
        let mut in_order = Vec::new();
        let mut record = |gap: Gap| {
            // Who begins again says again what was said.
            if gaps.insert(gap.clone()) {
                in_order.push(gap);
            }
        };
        while let Err(error) = self.walk_to(name, bytes, password, visit, &mut members, &mut record) {
            let again = members.opening.take().filter(|_| members.before.fatal.len() < MOST_FATAL);
            let (goes_on, reason) = match again {
                Some(fatal) if members.before.learn(fatal) => {
                    (self.renew().is_ok(), format!("{error}; the member that it was opening is left out"))
                }
                _ => (false, format!("{error}; the rest is left out")),
            };
            record(Gap::of_code(Place::Whole, format!("archive {name}"), reason));
            if !goes_on {
                break;
            }
        }
        in_order
    }

    fn walk_to(
        &mut self,
        name: &str,
        bytes: &[u8],
        password: Option<&str>,
        visit: &mut dyn FnMut(Member) -> ControlFlow<()>,
        members: &mut Members<'_>,
        record: &mut dyn FnMut(Gap),
    ) -> Result<(), Error> {
        let before = members.before.clone();
        (members.opening, members.next) = (None, 0);
        let password = password.map(str::to_owned);
        let job = Job::Walk { name: name.to_owned(), size: bytes.len() as u64, password, before };
        self.exchange(name, |process| process.ask(&job, bytes))?;
        loop {
            match self.exchange(name, |process| members.hear(process))? {
                Walked::Opening => {}
                Walked::Gap(gap) => record(gap),
                Walked::End => return Ok(()),
                Walked::Member(member) => {
                    if visit(member).is_break() {
                        // It is in the middle of something that nobody wants any more.
                        self.abandon();
                        return Ok(());
                    }
                }
            }
        }
    }
}

/// What a walk through an archive comes to next.
enum Walked {
    Opening,
    Member(Member),
    Gap(Gap),
    End,
}

/// Receives the members of one archive, within the limits.
struct Members<'a> {
    options: &'a EngineOptions,
    room: Room,
    members: usize,
    /// The member that is being opened.
    opening: Option<u32>,
    /// The least number of the next one in this walk.
    next: u32,
    /// What was visited, and what cost a worker.
    before: Before,
}

/// Members of one archive that may cost a worker each; behind so many the rest is left out.
const MOST_FATAL: usize = 16;

impl Before {
    /// Takes down a member that cost a worker; false where one is known to have done so before.
    fn learn(&mut self, fatal: u32) -> bool {
        let at = self.fatal.binary_search(&fatal);
        at.map_err(|at| self.fatal.insert(at, fatal)).is_err()
    }
}

impl Members<'_> {
    fn new(options: &EngineOptions) -> Members<'_> {
        Members {
            options,
            room: Room::new(options),
            members: 0,
            opening: None,
            next: 0,
            before: Before::default(),
        }
    }

    fn hear(&mut self, process: &mut Process) -> Result<Walked, Trouble> {
        let limits = &self.options.limits;
        match self.room.hear(process)? {
            Answer::Member { name, size, whole } => {
                self.members += 1;
                let number = self.opening.ok_or_else(out_of_turn)?;
                if self.before.visited.last().is_some_and(|last| *last >= number) {
                    return Err(out_of_turn());
                }
                self.before.unpacked = self.before.unpacked.saturating_add(size);
                // The last member may pass the limit on all of them.
                let most = limits.archive_bytes.saturating_add(limits.file_bytes);
                let fits = size <= limits.file_bytes && self.before.unpacked <= most;
                if !fits || self.members > limits.archive_members {
                    return Err(Trouble::Nonsense("more than the limits allow".to_owned()));
                }
                // A member is gone when the next is asked for: only gaps stay.
                self.room.give_back(name.len() as u64);
                let bytes = process.bytes(size)?.into();
                self.opening = None;
                self.before.visited.push(number);
                Ok(Walked::Member(Member { name, bytes, whole: whole.map(SampleId) }))
            }
            Answer::Opening(number) => {
                // So many at the most, however long it goes on.
                if number < self.next || number as usize >= limits.archive_members {
                    return Err(out_of_turn());
                }
                self.room.give_back(0);
                self.next = number + 1;
                self.opening = Some(number);
                Ok(Walked::Opening)
            }
            Answer::Gap(gap) => Ok(Walked::Gap(gap)),
            Answer::End => Ok(Walked::End),
            _ => Err(out_of_turn()),
        }
    }
}

/// A sample as it comes in.
struct Parts {
    room: Room,
    most_functions: usize,
    sample: Sample,
    outline: Outline,
}

impl Parts {
    /// Hears of a whole sample, or why there is none.
    fn hear(
        options: &EngineOptions,
        process: &mut Process,
        name: &str,
        id: SampleId,
        size: u64,
    ) -> Result<Result<(Sample, Outline), Error>, Trouble> {
        let fingerprint = SampleFingerprint {
            id,
            size,
            format: cognate_binary::Format::Raw,
            arch: cognate_binary::Arch::X86,
            functions: Vec::new(),
            components: Vec::new(),
            partial: false,
            hashes: None,
        };
        let name = name.to_owned();
        let known_as = Vec::new();
        let sample =
            Sample { name, fingerprint, known_as, gaps: Vec::new(), instructions: 0, exhausted: None };
        let most_functions = options.limits.functions;
        let mut parts =
            Parts { room: Room::new(options), most_functions, sample, outline: Outline::default() };
        loop {
            match parts.room.hear(process)? {
                Answer::Sample { format, arch, partial, instructions, exhausted } => {
                    let Parts { mut sample, outline, .. } = parts;
                    let fingerprint = &mut sample.fingerprint;
                    (fingerprint.format, fingerprint.arch, fingerprint.partial) = (format, arch, partial);
                    (sample.instructions, sample.exhausted) = (instructions, exhausted);
                    keeps_its_promises(&sample.fingerprint, &outline).map_err(Trouble::Nonsense)?;
                    return Ok(Ok((sample, outline)));
                }
                Answer::Failed(error) => return Ok(Err(error)),
                answer => parts.take(answer)?,
            }
        }
    }

    fn take(&mut self, answer: Answer) -> Result<(), Trouble> {
        let (fingerprint, outline) = (&mut self.sample.fingerprint, &mut self.outline);
        match answer {
            Answer::Function(it) if fingerprint.functions.len() < self.most_functions => {
                fingerprint.functions.push(*it);
            }
            Answer::Outline(it) if outline.functions.len() < self.most_functions => {
                outline.functions.push(it);
            }
            Answer::Component(it) => fingerprint.components.push(it),
            Answer::Gap(it) => self.sample.gaps.push(it),
            Answer::Image { base, entry } => (outline.base, outline.entry) = (base, entry),
            Answer::Trait(it) => outline.traits.push(it),
            Answer::Segment(it) => outline.segments.push(it),
            _ => return Err(out_of_turn()),
        }
        Ok(())
    }
}

/// How much more of an answer is taken.
struct Room(u64);

impl Room {
    fn new(options: &EngineOptions) -> Self {
        Room(options.limits.memory.saturating_mul(ANSWER_SHARE).max(LEAST_ANSWER))
    }

    /// Hears an answer, which takes its length and what a value takes beside its content.
    fn hear(&mut self, process: &mut Process) -> Result<Answer, Trouble> {
        let (answer, length) = process.hear()?;
        let beside = match &answer {
            Answer::Function(it) => size_of_val(&**it),
            _ => size_of::<Answer>(),
        };
        let takes = u64::from(length).saturating_add(beside as u64);
        self.0 = self.0.checked_sub(takes).ok_or_else(|| Trouble::Nonsense("too much of it".to_owned()))?;
        Ok(answer)
    }

    /// What was taken for something that is not kept.
    fn give_back(&mut self, length: u64) {
        self.0 = self.0.saturating_add(length).saturating_add(size_of::<Answer>() as u64);
    }
}

fn out_of_turn() -> Trouble {
    Trouble::Nonsense("a message out of turn".to_owned())
}

/// Whether a fingerprint is as its type says, so that whoever works with it may rely on that.
fn keeps_its_promises(sample: &SampleFingerprint, outline: &Outline) -> Result<(), String> {
    let functions = &sample.functions;
    let within = |index: &u32| (*index as usize) < functions.len();
    let broken = |what: &str| Err(format!("{what} are not as they should be"));
    if !ascends(functions.iter().map(|it| it.address)) {
        return broken("the addresses of functions");
    }
    if !functions.iter().all(|it| it.callees.iter().all(within) && ascends(it.callees.iter())) {
        return broken("the callees of a function");
    }
    let in_place_within = |it: &FunctionFingerprint| {
        it.in_place.len() <= MAX_IN_PLACE
            && ascends(it.in_place.iter())
            && it.in_place.iter().all(|made| within(&made.callee))
    };
    if !functions.iter().all(in_place_within) {
        return broken("the callees in place of a function");
    }
    if !functions.iter().all(|it| is_sound(&it.fingerprint) && it.anchor_texts.len() <= MAX_ANCHORS) {
        return broken("the hashes of a function");
    }
    if !sample.components.iter().all(|it| it.functions.iter().all(within) && ascends(it.functions.iter())) {
        return broken("the functions of a library");
    }
    if !ascends(outline.functions.iter().map(|it| it.address)) {
        return broken("the functions in outline");
    }
    Ok(())
}

fn is_sound(fingerprint: &Fingerprint) -> bool {
    let flow = &fingerprint.flow;
    fingerprint.blocks.len() <= MAX_BLOCKS
        && ascends(fingerprint.blocks.iter())
        && fingerprint.anchors.len() <= MAX_ANCHORS
        && ascends(fingerprint.anchors.iter())
        && flow.features.len() <= MAX_FLOW
        && ascends(flow.features.iter())
        && flow.features.last().is_none_or(|last| *last < 1 << 24)
        && flow.keys.len() <= FLOW_ASKED
}

/// Each more than the one before it.
fn ascends<T: PartialOrd>(items: impl Iterator<Item = T>) -> bool {
    items.is_sorted_by(|one, next| one < next)
}
