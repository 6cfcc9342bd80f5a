//! The default store: a directory with segments and a catalogue.
//!
//! Start with [`Embedded::open`]. The commit protocol: a segment is written
//! under a temporary name, put on disk, renamed, and only then named in the
//! catalogue, in the same transaction as its samples. What a crash leaves
//! behind is therefore at most a file that the catalogue does not name, and
//! the next writer unlinks those.

use crate::buffer::Buffer;
use crate::catalogue::{Catalogue, SegmentRow};
use crate::error::{Error, ErrorKind, Result};
use crate::segment::Written;
use crate::sketch::sample_rank;
use crate::state::{State, segment_path};
use crate::store::{
    Added, FunctionInfo, Label, Lookup, SampleInfo, SampleKey, Signature, SignatureId, Stats, Store,
};
use cognate_base::SampleId;
use cognate_fingerprint::{Key, SampleFingerprint};
use std::collections::{HashMap, HashSet};
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

const LOCK: &str = "writer.lock";

/// What only the writer has.
pub(crate) struct Writer {
    /// Locked as long as it is open.
    _lock: File,
    buffer: Buffer,
    /// Samples in the buffer or in a segment not yet published.
    samples: Vec<SampleInfo>,
    keys: HashMap<SampleId, SampleKey>,
    segments: Vec<SegmentRow>,
    next_key: u32,
    next_segment: u64,
}

/// The default store: immutable segments beside a SQLite catalogue.
///
/// Readers see the store as it was when they opened it, or last called
/// [`Embedded::refresh`]; only labels are always those in force.
///
/// ```
/// use cognate_index::{Embedded, Store};
/// let dir = tempfile::tempdir()?;
/// let store = Embedded::open(dir.path())?;
/// assert_eq!(store.stats()?.samples, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Embedded {
    dir: PathBuf,
    catalogue: Catalogue,
    state: Mutex<(Option<Arc<State>>, bool)>,
    writer: Option<Writer>,
    read_only: bool,
}

impl Embedded {
    /// Opens the store in `dir` for reading and writing; makes it if there is none.
    ///
    /// The writer lock is taken at the first write, and kept.
    pub fn open(dir: &Path) -> Result<Self> {
        match Self::open_existing(dir, false) {
            Err(error) if error.kind() == ErrorKind::Missing => {}
            result => return result,
        }
        fs::create_dir_all(dir).map_err(|error| Error::io("make", dir, error))?;
        let lock = take_lock(dir)?;
        Catalogue::create(dir)?;
        drop(lock);
        Self::open_existing(dir, false)
    }

    /// Opens the store in `dir` for reading; there must be one.
    pub fn open_read_only(dir: &Path) -> Result<Self> {
        Self::open_existing(dir, true)
    }

    fn open_existing(dir: &Path, read_only: bool) -> Result<Self> {
        let catalogue = Catalogue::open_any_version(dir, read_only)?;
        catalogue.check_version()?;
        let state = Mutex::new((None, false));
        let store = Embedded { dir: dir.to_owned(), catalogue, state, writer: None, read_only };
        store.state()?;
        Ok(store)
    }

    /// Sees what other processes have written since.
    pub fn refresh(&mut self) -> Result<()> {
        self.invalidate();
        self.state().map(|_| ())
    }

    /// Where it lies.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// All labels a sample ever had, oldest first, with their places in the order of all labelling.
    pub fn history(&self, id: &SampleId) -> Result<Vec<(u64, Label)>> {
        self.catalogue.history(id)
    }

    pub(crate) fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    pub(crate) fn state(&self) -> Result<Arc<State>> {
        let mut held = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(state), true) = &*held {
            return Ok(Arc::clone(state));
        }
        let state = Arc::new(State::load(&self.dir, &self.catalogue, held.0.as_deref())?);
        *held = (Some(Arc::clone(&state)), true);
        Ok(state)
    }

    /// What was read of the store no longer holds; the next look-up reads it anew.
    pub(crate) fn invalidate(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).1 = false;
    }

    /// Becomes the writer, or says who else is.
    pub(crate) fn writer(&mut self) -> Result<&mut Writer> {
        if self.read_only {
            return Err(Error::new(ErrorKind::ReadOnly, "the store was opened for reading only"));
        }
        if self.writer.is_none() {
            let lock = take_lock(&self.dir)?;
            self.sweep()?;
            let (next_key, next_segment) = self.catalogue.next_numbers()?;
            self.invalidate();
            self.writer = Some(Writer {
                _lock: lock,
                buffer: Buffer::default(),
                samples: Vec::new(),
                keys: HashMap::new(),
                segments: Vec::new(),
                next_key,
                next_segment,
            });
        }
        self.writer.as_mut().ok_or_else(|| Error::new(ErrorKind::Locked, "no writer"))
    }

    /// Unlinks files that a crash has left behind.
    fn sweep(&self) -> Result<()> {
        let rows = self.catalogue.segments()?;
        let named: HashSet<PathBuf> = rows.iter().map(|row| segment_path(&self.dir, row.number)).collect();
        let entries = fs::read_dir(&self.dir).map_err(|error| Error::io("list", &self.dir, error))?;
        for entry in entries {
            let path = entry.map_err(|error| Error::io("list", &self.dir, error))?.path();
            let extension = path.extension().and_then(|extension| extension.to_str());
            let orphan = match extension {
                Some("segment") => !named.contains(&path),
                Some("tmp") => true,
                _ => false,
            };
            if orphan {
                fs::remove_file(&path).map_err(|error| Error::io("unlink", &path, error))?;
            }
        }
        Ok(())
    }

    /// A number for a new segment, and its path.
    pub(crate) fn new_segment(&mut self) -> Result<(u64, PathBuf)> {
        let writer = self.writer()?;
        let number = writer.next_segment;
        writer.next_segment += 1;
        Ok((number, segment_path(&self.dir, number)))
    }

    /// A number for a new sample.
    pub(crate) fn new_sample(&mut self) -> Result<SampleKey> {
        let writer = self.writer()?;
        let key = SampleKey(writer.next_key);
        let too_many = || Error::new(ErrorKind::TooLarge, "too many samples");
        writer.next_key = writer.next_key.checked_add(1).ok_or_else(too_many)?;
        Ok(key)
    }

    /// Writes what is buffered into a segment that is not yet published.
    fn flush(&mut self) -> Result<()> {
        if self.writer()?.buffer.is_empty() {
            return Ok(());
        }
        let (number, path) = self.new_segment()?;
        let writer = self.writer()?;
        let written = writer.buffer.write(path)?;
        writer.segments.push(segment_row(number, &written));
        Ok(())
    }

    fn known(&mut self, id: &SampleId) -> Result<Option<SampleKey>> {
        if let Some(&key) = self.writer()?.keys.get(id) {
            return Ok(Some(key));
        }
        Ok(self.catalogue.key_of(id)?.map(SampleKey))
    }
}

/// A segment as the catalogue will know it.
pub(crate) fn segment_row(number: u64, written: &Written) -> SegmentRow {
    let &Written { functions, signatures, postings, bytes } = written;
    SegmentRow { number, functions, signatures, postings, bytes }
}

fn take_lock(dir: &Path) -> Result<File> {
    let path = dir.join(LOCK);
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|error| Error::io("open", &path, error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let message = format!("another process is writing to the store `{}`", dir.display());
            Err(Error::new(ErrorKind::Locked, message).with_hint("wait until it has ended, then try again"))
        }
        Err(TryLockError::Error(error)) => Err(Error::io("lock", &path, error)),
    }
}

/// What the catalogue keeps of a sample.
pub(crate) fn sample_info(
    key: SampleKey,
    sample: &SampleFingerprint,
    name: &str,
    label: &Label,
) -> SampleInfo {
    SampleInfo {
        key,
        id: sample.id,
        name: name.to_owned(),
        size: sample.size,
        format: sample.format,
        arch: sample.arch,
        functions: u32::try_from(sample.functions.len()).unwrap_or(u32::MAX),
        code_bytes: sample.functions.iter().map(|function| u64::from(function.bytes)).sum(),
        label: label.clone(),
        components: sample.components.clone(),
    }
}

impl Store for Embedded {
    type Error = Error;

    fn add(&mut self, sample: &SampleFingerprint, name: &str, label: &Label) -> Result<Added> {
        if let Some(key) = self.known(&sample.id)? {
            return Ok(Added::Known(key));
        }
        let key = self.new_sample()?;
        let writer = self.writer()?;
        writer.buffer.add(key.0, sample_rank(&sample.id), sample);
        writer.samples.push(sample_info(key, sample, name, label));
        writer.keys.insert(sample.id, key);
        if writer.buffer.is_full() {
            self.flush()?;
        }
        Ok(Added::New(key))
    }

    fn commit(&mut self) -> Result<()> {
        if self.writer()?.samples.is_empty() {
            return Ok(());
        }
        self.flush()?;
        let Some(writer) = &mut self.writer else { return Ok(()) };
        self.catalogue.publish(&writer.samples, &writer.segments)?;
        writer.samples.clear();
        writer.keys.clear();
        writer.segments.clear();
        self.invalidate();
        self.maintain()
    }

    /// Commits what is buffered, then relabels.
    fn relabel(&mut self, id: &SampleId, label: &Label) -> Result<bool> {
        self.commit()?;
        self.catalogue.relabel(id, label)
    }

    /// Commits what is buffered, then removes.
    fn remove(&mut self, id: &SampleId) -> Result<bool> {
        self.commit()?;
        let removed = self.catalogue.remove(id)?;
        self.invalidate();
        Ok(removed)
    }

    fn samples(&self) -> Result<Vec<SampleInfo>> {
        let state = self.state()?;
        self.catalogue.samples(|key| state.is_live(key))
    }

    fn find(&self, id: &SampleId) -> Result<Option<SampleInfo>> {
        let state = self.state()?;
        Ok(self.catalogue.find(id)?.filter(|sample| state.is_live(sample.key.0)))
    }

    fn functions(&self, sample: SampleKey) -> Result<Vec<FunctionInfo>> {
        self.state()?.functions(sample)
    }

    fn lookup(&self, keys: &[Key], cap: usize) -> Result<Lookup> {
        self.state()?.lookup(keys, cap)
    }

    fn signatures(&self, ids: &[SignatureId], cap: usize) -> Result<Vec<Signature>> {
        self.state()?.signatures(ids, cap)
    }

    fn stats(&self) -> Result<Stats> {
        let state = self.state()?;
        let (samples, families) = self.catalogue.counts()?;
        let headers = || state.views.iter().map(|view| view.segment.header());
        Ok(Stats {
            samples,
            families,
            functions: headers()
                .fold(0u64, |sum, header| sum.saturating_add(header.functions))
                .saturating_sub(
                    state.views.iter().fold(0, |sum, view| sum.saturating_add(view.gone_functions)),
                ),
            signatures: headers().map(|header| header.signatures).sum(),
            postings: headers().map(|header| header.postings).sum(),
            segments: state.views.len() as u64,
            disk_bytes: self.disk_bytes()?,
            fingerprint_version: cognate_fingerprint::VERSION,
        })
    }
}

impl Embedded {
    fn disk_bytes(&self) -> Result<u64> {
        let entries = fs::read_dir(&self.dir).map_err(|error| Error::io("list", &self.dir, error))?;
        let sizes = entries.filter_map(|entry| Some(entry.ok()?.metadata().ok()?.len()));
        Ok(sizes.sum())
    }
}
