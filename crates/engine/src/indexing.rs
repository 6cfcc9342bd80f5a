//! Many files into a store: read in order, analysed in parallel, added in order.
//!
//! What is in flight is bounded in files and bytes, so memory does not grow
//! with the tree; what is added does not depend on the number of threads. A
//! file that cannot be read is an entry that says so, whatever happened to
//! whoever read it; what is ready is committed as it goes.

use crate::files::{list, name};
use crate::{Engine, Error, ErrorKind, Hint, Manifest, Sample, hands};
use cognate_base::{Gap, Progress, SampleId};
use cognate_binary::Member;
use cognate_index::{Added, Label, Store};
use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What to index, and under which labels.
#[derive(Clone, Debug, Default)]
pub struct IndexRequest {
    /// Files, directories and archives.
    pub paths: Vec<PathBuf>,
    /// Labels in bulk; without paths, its files are what is indexed.
    pub manifest: Option<Manifest>,
    /// The label of files that the manifest does not name; without one they are skipped.
    pub label: Option<Label>,
}

/// What became of one file or archive member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Indexed {
    /// It was stored.
    New,
    /// It was there already.
    Known,
    /// It was not stored, and why.
    Skipped(String),
}

/// One file or archive member that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexEntry {
    /// Its name, not escaped.
    pub name: String,
    /// Its SHA-256, where it could be read.
    pub id: Option<SampleId>,
    /// What became of it.
    pub outcome: Indexed,
    /// What it is, where it is known and none that can be read.
    pub recognised: Option<String>,
    /// The label that was asked for.
    pub label: Option<Label>,
    /// Functions fingerprinted.
    pub functions: u64,
    /// Instructions in them.
    pub instructions: u64,
    /// Bytes of the file.
    pub size: u64,
    /// What could not be read of it.
    pub gaps: Vec<Gap>,
}

/// Why indexing ended early, and how far it had come.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct IndexError {
    /// What became of the files before, as far as it is in the store for good.
    pub entries: Vec<IndexEntry>,
    /// What went wrong.
    #[source]
    pub error: Error,
}

impl From<IndexError> for Error {
    fn from(failed: IndexError) -> Error {
        failed.error
    }
}

/// Samples are committed at the latest when this many functions wait.
const COMMIT_FUNCTIONS: u64 = 400_000;
/// Samples are committed at the latest when the first has waited this long.
const COMMIT_AFTER: Duration = Duration::from_secs(30);
/// Bytes of files in flight at any moment, unless a single file is larger.
const BYTES_IN_FLIGHT: u64 = 96 << 20;
/// Files in flight at any moment, for each thread.
const FILES_A_THREAD: u64 = 2;

impl Engine {
    /// Indexes files, directories and archives; see [`IndexRequest`]. Entries come back in the order of the tree.
    ///
    /// A file that cannot be read or holds no code is an [`IndexEntry`] that says
    /// so. Fails when a path given is not there, no parser can be started, or the
    /// store fails; what was committed before is in the error, and stays.
    pub fn index<S: Store + Send>(
        &self,
        store: &mut S,
        request: &IndexRequest,
        progress: &dyn Progress,
    ) -> Result<Vec<IndexEntry>, IndexError> {
        let mut skipped = Vec::new();
        let early = |error| IndexError { entries: Vec::new(), error };
        let files = match request.manifest.as_ref().filter(|_| request.paths.is_empty()) {
            Some(manifest) => list_manifest(manifest, &mut skipped),
            None => list_asked(&request.paths, &mut skipped),
        };
        let files = files.map_err(early)?;
        let clashes = request.manifest.as_ref().map(|manifest| manifest.clashes(&self.options().limits));
        let clashes = clashes.unwrap_or_default();
        let threads = self.threads();
        // A few files share the threads; members of archives and many files get one each.
        let each = (threads / files.len().max(1)).max(1);
        self.prepare(each).map_err(early)?;
        progress.begin("indexing", files.len() as u64);
        let (tasks, waiting) = channel();
        let (done, results) = channel();
        let (waiting, stop) = (Mutex::new(waiting), AtomicBool::new(false));
        let mut writer = Writer::new(self, store, progress, skipped);
        let outcome = std::thread::scope(|scope| {
            let (clashes, waiting, stop) = (&clashes, &waiting, &stop);
            hands::start(scope, threads, "index", || {
                let hand = Hand { engine: self, request, clashes, waiting, stop, done: done.clone() };
                move || hand.work()
            })?;
            drop(done);
            let most = FILES_A_THREAD.saturating_mul(threads as u64);
            let mut feeder =
                Feeder { engine: self, each, most, tasks, results, writer: &mut writer, sent: 0, bytes: 0 };
            let outcome = feeder.feed(&files, progress);
            // After an error nobody wants the rest; otherwise there is none.
            stop.store(true, Ordering::Relaxed);
            outcome
        });
        progress.finish();
        match outcome {
            Ok(()) => Ok(writer.entries),
            Err(error) => {
                writer.entries.truncate(writer.committed);
                Err(IndexError { entries: writer.entries, error })
            }
        }
    }
}

/// The files under the paths that were asked for; one that is not there costs itself, and ends it only where there is no other.
fn list_asked(paths: &[PathBuf], skipped: &mut Vec<IndexEntry>) -> Result<Vec<PathBuf>, Error> {
    let (mut files, mut missing) = (Vec::new(), Vec::new());
    for path in paths {
        match list(std::slice::from_ref(path), &mut |path, error| skipped.push(skip(path, &error))) {
            Ok(found) => files.extend(found),
            Err(error) => missing.push((path, error)),
        }
    }
    if missing.len() == paths.len() && !missing.is_empty() {
        return Err(missing.swap_remove(0).1);
    }
    skipped.extend(missing.iter().map(|(path, error)| skip(path, error)));
    Ok(files)
}

/// The files that a manifest names; what is not there costs its own line.
fn list_manifest(manifest: &Manifest, skipped: &mut Vec<IndexEntry>) -> Result<Vec<PathBuf>, Error> {
    if manifest.paths().is_empty() {
        return Err(Error::new(ErrorKind::Label, "the manifest names no paths, and no files are given")
            .hint(Hint::NameFilesOfManifest));
    }
    let mut files = Vec::new();
    for path in manifest.paths() {
        let mut report = |path: &Path, error: Error| {
            let line =
                manifest.line(path).map_or_else(String::new, |line| format!("line {line} of the manifest: "));
            skipped.push(entry(name(path), Indexed::Skipped(format!("{line}{error}"))));
        };
        match list(std::slice::from_ref(path), &mut report) {
            Ok(found) => files.extend(found),
            Err(error) => report(path, error),
        }
    }
    Ok(files)
}

/// One file or member on its way to be read.
struct Task {
    place: u64,
    path: PathBuf,
    member: Member,
    threads: usize,
}

/// One that was read, with its place in the order.
struct Finished {
    place: u64,
    size: u64,
    entry: IndexEntry,
    work: Option<(Box<Sample>, Label)>,
}

/// A thread that reads, or waits for the process that does.
struct Hand<'a> {
    engine: &'a Engine,
    request: &'a IndexRequest,
    /// Contents that the manifest gives several labels, with what is to be said.
    clashes: &'a HashMap<SampleId, String>,
    waiting: &'a Mutex<Receiver<Task>>,
    stop: &'a AtomicBool,
    done: Sender<Finished>,
}

impl Hand<'_> {
    fn work(&self) {
        loop {
            let task = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(task) = task else { return };
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            // The receiver is gone only when the store has failed: then nobody waits for this.
            let _ = self.done.send(self.read(task));
        }
    }

    fn read(&self, task: Task) -> Finished {
        let Task { place, path, member: Member { name, bytes, .. }, threads } = task;
        let (id, size) = (SampleId::of(&bytes), bytes.len() as u64);
        let entry = IndexEntry { id: Some(id), size, ..entry(name.clone(), Indexed::New) };
        let manifest = self.request.manifest.as_ref();
        let contradiction = manifest.and_then(|manifest| manifest.contradiction(&id, &path));
        if let Some(reason) = contradiction.or_else(|| self.clashes.get(&id).cloned()) {
            let entry = IndexEntry { outcome: Indexed::Skipped(reason), ..entry };
            return Finished { place, size, entry, work: None };
        }
        let named = manifest.and_then(|manifest| manifest.label(&id, &path));
        let Some(label) = named.or(self.request.label.as_ref()) else {
            let reason = "not in the manifest, and no family given".to_owned();
            let entry = IndexEntry { outcome: Indexed::Skipped(reason), ..entry };
            return Finished { place, size, entry, work: None };
        };
        let sample = self.engine.sample_guarded(threads, &name, id, &bytes);
        let hashes = sample.is_ok().then(|| cognate_binary::other_hashes(&bytes));
        drop(bytes);
        let mut sample = match sample {
            Ok(sample) => sample,
            Err(error) => {
                let recognised = error.recognised().map(str::to_owned);
                let entry = IndexEntry { outcome: Indexed::Skipped(error.to_string()), recognised, ..entry };
                return Finished { place, size, entry, work: None };
            }
        };
        sample.fingerprint.hashes = hashes;
        let entry = IndexEntry { gaps: sample.gaps.clone(), ..entry };
        if sample.fingerprint.functions.is_empty() {
            let entry = IndexEntry { outcome: Indexed::Skipped(without_functions(&sample)), ..entry };
            return Finished { place, size, entry, work: None };
        }
        let entry = IndexEntry {
            label: Some(label.clone()),
            functions: sample.fingerprint.functions.len() as u64,
            instructions: sample.instructions,
            ..entry
        };
        Finished { place, size, entry, work: Some((Box::new(sample), label.clone())) }
    }
}

/// Why a file has nothing to store.
fn without_functions(sample: &Sample) -> String {
    match sample.exhausted {
        Some(bound) => format!("{bound} before any function was read"),
        None if sample.fingerprint.partial => "no code found in what could be read: see the gaps".to_owned(),
        None => "no code found".to_owned(),
    }
}

/// Sends files to those who read and hears of their results.
struct Feeder<'a, 'env, S: Store> {
    engine: &'a Engine,
    /// Threads for a file that is no member of an archive.
    each: usize,
    /// Most files in flight.
    most: u64,
    tasks: Sender<Task>,
    results: Receiver<Finished>,
    writer: &'a mut Writer<'env, S>,
    sent: u64,
    bytes: u64,
}

impl<S: Store + Send> Feeder<'_, '_, S> {
    fn feed(&mut self, files: &[PathBuf], progress: &dyn Progress) -> Result<(), Error> {
        for path in files {
            self.file(path)?;
            progress.advance(1, &name(path));
        }
        while self.in_flight() > 0 {
            self.hear()?;
        }
        self.writer.commit()
    }

    fn file(&mut self, path: &Path) -> Result<(), Error> {
        let (own, engine) = (name(path), self.engine);
        let mut outcome = Ok(());
        let opened = engine.open(path, &mut |member| {
            // What is not the file itself is a member.
            let threads = if member.name == own { self.each } else { 1 };
            outcome = self.member(path, member, threads);
            if outcome.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        outcome?;
        let entry = match opened {
            Err(error) => skip(path, &error),
            Ok(gaps) if gaps.is_empty() => return Ok(()),
            Ok(gaps) => {
                let only = gaps.first().filter(|gap| gaps.len() == 1 && !gap.code_lost);
                let reason = only.map_or("parts of the archive could not be opened", |gap| &gap.reason);
                let outcome = Indexed::Skipped(reason.to_owned());
                IndexEntry { gaps, ..entry(own, outcome) }
            }
        };
        self.sent += 1;
        self.accept(Finished { place: self.sent - 1, size: 0, entry, work: None })
    }

    /// Hands a member over, once there is room.
    fn member(&mut self, path: &Path, member: Member, threads: usize) -> Result<(), Error> {
        let size = member.bytes.len() as u64;
        while self.in_flight() > 0
            && (self.in_flight() >= self.most || self.bytes.saturating_add(size) > BYTES_IN_FLIGHT)
        {
            self.hear()?;
        }
        let task = Task { place: self.sent, path: path.to_owned(), member, threads };
        self.tasks.send(task).map_err(|_| gone())?;
        self.sent += 1;
        self.bytes += size;
        Ok(())
    }

    fn in_flight(&self) -> u64 {
        self.sent - self.writer.next
    }

    /// Waits for one result, or until it is time to commit.
    fn hear(&mut self) -> Result<(), Error> {
        match self.results.recv_timeout(self.writer.patience()) {
            Ok(finished) => self.accept(finished),
            Err(RecvTimeoutError::Timeout) => self.writer.commit(),
            Err(RecvTimeoutError::Disconnected) => Err(gone()),
        }
    }

    fn accept(&mut self, finished: Finished) -> Result<(), Error> {
        self.writer.waiting.insert(finished.place, finished);
        while let Some(finished) = self.writer.waiting.remove(&self.writer.next) {
            self.bytes -= finished.size;
            self.writer.write(finished)?;
        }
        Ok(())
    }
}

/// All threads that read have ended, though none of them should.
fn gone() -> Error {
    Error::new(ErrorKind::Threads, "the threads that read files are gone")
}

/// Adds results to the store in their order.
struct Writer<'env, S: Store> {
    engine: &'env Engine,
    store: &'env mut S,
    progress: &'env dyn Progress,
    entries: Vec<IndexEntry>,
    /// Entries of which everything is in the store for good.
    committed: usize,
    waiting: BTreeMap<u64, Finished>,
    next: u64,
    /// Functions that wait for a commit, and since when.
    uncommitted: u64,
    since: Option<Instant>,
}

impl<'env, S: Store + Send> Writer<'env, S> {
    fn new(
        engine: &'env Engine,
        store: &'env mut S,
        progress: &'env dyn Progress,
        entries: Vec<IndexEntry>,
    ) -> Self {
        let waiting = BTreeMap::new();
        Writer {
            engine,
            store,
            progress,
            entries,
            committed: 0,
            waiting,
            next: 0,
            uncommitted: 0,
            since: None,
        }
    }

    fn write(&mut self, finished: Finished) -> Result<(), Error> {
        let Finished { mut entry, work, .. } = finished;
        self.next += 1;
        if let Some((sample, label)) = work {
            let added = self.store.add(&sample.fingerprint, &sample.name, &label).map_err(Into::into)?;
            entry.outcome = match added {
                Added::New(_) => Indexed::New,
                Added::Known(_) => Indexed::Known,
            };
            self.uncommitted += entry.functions;
            self.since.get_or_insert_with(Instant::now);
        }
        self.progress.advance(0, &entry.name);
        self.entries.push(entry);
        let due = self.uncommitted >= COMMIT_FUNCTIONS || self.patience().is_zero();
        if due { self.commit() } else { Ok(()) }
    }

    /// How long what waits may wait on.
    fn patience(&self) -> Duration {
        self.since.map_or(COMMIT_AFTER, |since| COMMIT_AFTER.saturating_sub(since.elapsed()))
    }

    fn commit(&mut self) -> Result<(), Error> {
        if self.since.take().is_some() {
            let store = &mut *self.store;
            self.engine.install(|| store.commit().map_err(Into::into))?;
        }
        self.uncommitted = 0;
        self.committed = self.entries.len();
        Ok(())
    }
}

fn entry(name: String, outcome: Indexed) -> IndexEntry {
    IndexEntry {
        name,
        id: None,
        outcome,
        recognised: None,
        label: None,
        functions: 0,
        instructions: 0,
        size: 0,
        gaps: Vec::new(),
    }
}

fn skip(path: &Path, error: &Error) -> IndexEntry {
    entry(name(path), Indexed::Skipped(error.to_string()))
}
