//! Many files into a store: read in order, analysed in parallel, added in order.
//!
//! What is in flight is bounded in files and bytes, so memory does not grow
//! with the tree; what is added does not depend on the number of threads.

use crate::files::{list, name, read_bytes};
use crate::{Analysis, Error, Manifest, Options, analyse};
use cognate_base::{Gap, Progress, SampleId};
use cognate_binary::Member;
use cognate_index::{Added, Label, Store};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};

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
    /// The family it was given.
    pub family: Option<String>,
    /// Functions fingerprinted.
    pub functions: u64,
    /// Instructions in them.
    pub instructions: u64,
    /// Bytes of the file.
    pub size: u64,
    /// What could not be read of it.
    pub gaps: Vec<Gap>,
}

/// Samples are committed at the latest when this many functions wait.
const COMMIT_FUNCTIONS: u64 = 400_000;
/// Bytes of files in flight at any moment, unless a single file is larger.
const BYTES_IN_FLIGHT: u64 = 96 << 20;

/// Indexes a tree into a store; entries come back in the order of the tree.
pub(crate) fn index<S: Store>(
    store: &mut S,
    request: &IndexRequest,
    options: &Options,
    pool: &rayon::ThreadPool,
    progress: &dyn Progress,
) -> Result<Vec<IndexEntry>, Error> {
    let mut skipped = Vec::new();
    let from_manifest = request.manifest.as_ref().filter(|_| request.paths.is_empty());
    let roots = from_manifest.map_or(request.paths.as_slice(), Manifest::paths);
    let files = list(roots, &mut |path, error| skipped.push(skip(path, &error)))?;
    progress.begin("indexing", files.len() as u64);
    let (done, results) = channel();
    let entries = pool.in_place_scope(|scope| {
        let writer =
            Writer { store, progress, entries: skipped, waiting: BTreeMap::new(), next: 0, uncommitted: 0 };
        let mut feeder = Feeder { scope, options, request, done, results, writer, sent: 0, bytes: 0 };
        let width = pool.current_num_threads().saturating_mul(2);
        for path in &files {
            feeder.file(path, width)?;
            progress.advance(1, &name(path));
        }
        feeder.finish()
    });
    progress.finish();
    entries
}

/// One analysed member on its way back, with its place in the order.
struct Finished {
    place: u64,
    size: u64,
    entry: IndexEntry,
    work: Option<(Box<Analysis>, Label)>,
}

/// Sends members to the workers and hears of their results.
struct Feeder<'scope, 'env, S: Store> {
    scope: &'env rayon::Scope<'scope>,
    options: &'scope Options,
    request: &'scope IndexRequest,
    done: Sender<Finished>,
    results: Receiver<Finished>,
    writer: Writer<'env, S>,
    sent: u64,
    bytes: u64,
}

impl<S: Store> Feeder<'_, '_, S> {
    fn file(&mut self, path: &Path, width: usize) -> Result<(), Error> {
        let bytes = match read_bytes(path, &self.options.limits) {
            Ok(bytes) => bytes,
            Err(error) => return self.send_skip(path, &error),
        };
        let options = self.options;
        let mut outcome = Ok(());
        let gaps = cognate_binary::walk(&name(path), bytes, &options.limits, &mut |member| {
            if outcome.is_ok() {
                outcome = self.member(path, member, width);
            }
        });
        outcome?;
        if gaps.is_empty() {
            return Ok(());
        }
        let reason = "parts of the archive could not be opened";
        let entry = IndexEntry { gaps, ..entry(name(path), Indexed::Skipped(reason.to_owned())) };
        self.ready(Finished { place: self.sent, size: 0, entry, work: None })
    }

    /// Hands a member to a worker, once there is room.
    fn member(&mut self, path: &Path, member: Member, width: usize) -> Result<(), Error> {
        let size = member.bytes.len() as u64;
        while self.in_flight() > 0
            && (self.in_flight() >= width as u64 || self.bytes.saturating_add(size) > BYTES_IN_FLIGHT)
        {
            self.hear()?;
        }
        let (place, path) = (self.sent, path.to_owned());
        let (options, request, done) = (self.options, self.request, self.done.clone());
        self.scope.spawn(move |_| {
            let finished = work(place, &path, member, options, request);
            // The receiver is gone only when the writer has failed: then nobody waits for this.
            let _ = done.send(finished);
        });
        self.sent += 1;
        self.bytes += size;
        Ok(())
    }

    fn in_flight(&self) -> u64 {
        self.sent - self.writer.next
    }

    /// Waits for one result.
    fn hear(&mut self) -> Result<(), Error> {
        match self.results.recv() {
            Ok(finished) => self.accept(finished),
            Err(_) => Ok(()),
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

    fn send_skip(&mut self, path: &Path, error: &Error) -> Result<(), Error> {
        self.ready(Finished { place: self.sent, size: 0, entry: skip(path, error), work: None })
    }

    /// Takes a result that needed no worker.
    fn ready(&mut self, finished: Finished) -> Result<(), Error> {
        self.sent += 1;
        self.accept(finished)
    }

    fn finish(mut self) -> Result<Vec<IndexEntry>, Error> {
        while self.in_flight() > 0 {
            self.hear()?;
        }
        self.writer.store.commit().map_err(Error::store)?;
        Ok(self.writer.entries)
    }
}

/// Adds results to the store in their order.
struct Writer<'env, S: Store> {
    store: &'env mut S,
    progress: &'env dyn Progress,
    entries: Vec<IndexEntry>,
    waiting: BTreeMap<u64, Finished>,
    next: u64,
    uncommitted: u64,
}

impl<S: Store> Writer<'_, S> {
    fn write(&mut self, finished: Finished) -> Result<(), Error> {
        let Finished { mut entry, work, .. } = finished;
        self.next += 1;
        if let Some((analysis, label)) = work {
            let added =
                self.store.add(&analysis.fingerprint, &analysis.name, &label).map_err(Error::store)?;
            entry.outcome = match added {
                Added::New(_) => Indexed::New,
                Added::Known(_) => Indexed::Known,
            };
            self.uncommitted += entry.functions;
        }
        self.progress.advance(0, &entry.name);
        self.entries.push(entry);
        if self.uncommitted >= COMMIT_FUNCTIONS {
            self.store.commit().map_err(Error::store)?;
            self.uncommitted = 0;
        }
        Ok(())
    }
}

/// Analyses one member; runs on a worker.
fn work(place: u64, path: &Path, member: Member, options: &Options, request: &IndexRequest) -> Finished {
    let size = member.bytes.len() as u64;
    let id = SampleId::of(&member.bytes);
    let named = request.manifest.as_ref().and_then(|manifest| manifest.label(&id, path));
    let label = named.or(request.label.as_ref()).cloned();
    let entry = IndexEntry { id: Some(id), size, ..entry(member.name.clone(), Indexed::New) };
    let finish = |entry, work| Finished { place, size, entry, work };
    let skipped = |reason: String| IndexEntry { outcome: Indexed::Skipped(reason), ..entry.clone() };
    if let Some(reason) = request.manifest.as_ref().and_then(|manifest| manifest.contradiction(&id, path)) {
        return finish(skipped(reason), None);
    }
    let Some(label) = label else {
        return finish(skipped("not in the manifest, and no family given".to_owned()), None);
    };
    match analyse(&member.name, member.bytes, options) {
        Err(error) => finish(skipped(error.to_string()), None),
        Ok(analysis) if analysis.fingerprint.functions.is_empty() => {
            let reason = "no code found".to_owned();
            finish(IndexEntry { gaps: analysis.gaps().cloned().collect(), ..skipped(reason) }, None)
        }
        Ok(analysis) => {
            let entry = IndexEntry {
                id: Some(analysis.id()),
                family: Some(label.family.clone()),
                functions: analysis.fingerprint.functions.len() as u64,
                instructions: analysis.program.instructions,
                gaps: analysis.gaps().cloned().collect(),
                ..entry
            };
            finish(entry, Some((Box::new(analysis), label)))
        }
    }
}

fn entry(name: String, outcome: Indexed) -> IndexEntry {
    IndexEntry {
        name,
        id: None,
        outcome,
        family: None,
        functions: 0,
        instructions: 0,
        size: 0,
        gaps: Vec::new(),
    }
}

fn skip(path: &Path, error: &Error) -> IndexEntry {
    entry(name(path), Indexed::Skipped(error.to_string()))
}
