//! The default store: a folder with segments, a catalogue and a marker.
//!
//! Start with [`Embedded::open`]. The commit protocol: new segments and a new
//! catalogue are written under temporary names and put on disk; the marker
//! lists their lasting names as passing; they are renamed; then a new marker
//! names the new catalogue, and lists as passing what no longer counts, which
//! is unlinked. Before the last renaming the store is what it was, after it what
//! it is now: a crash loses at most what was not committed, and what it leaves
//! behind is listed or has a temporary name, so that the next writer unlinks it.
//! Nothing else is ever unlinked.

use crate::buffer::Buffer;
use crate::catalogue::{
    Catalogue, SegmentRow, insert_label, insert_samples, remove_sample, replace_segments,
};
use crate::error::{CatalogueResult, Error, ErrorKind, Hint, Result, StoreError};
use crate::files::{self, Unpublished, segment_name, temporary, unfinished_catalogue};
use crate::lock::WriterLock;
use crate::manifest::LONGEST_FIELD;
use crate::marker::{self, Marker, Place, look};
use crate::segment::{Cache, Written};
use crate::sketch::sample_rank;
use crate::state::State;
use crate::store::{
    Added, FunctionInfo, Kind, Label, Lookup, SampleInfo, SampleKey, Signature, SignatureId, Stats, Store,
};
use cognate_base::SampleId;
use cognate_fingerprint::{Key, SampleFingerprint};
use rusqlite::Transaction;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How often a reader looks again when a writer went on between its looks at marker, catalogue and segments.
const MOST_LOOKS: u32 = 50;
/// How long somebody who makes a store waits for somebody else who makes the same.
const MAKING: Duration = Duration::from_secs(5);

/// The store at one moment; what it says never changes.
pub(crate) struct Moment {
    pub(crate) marker: Marker,
    pub(crate) catalogue: Catalogue,
    pub(crate) state: State,
}

impl Moment {
    /// Reads what the marker names; segments already open in `before` are taken over.
    fn load(dir: &Path, cache: &Arc<Cache>, before: Option<&Moment>) -> Result<Moment> {
        let mut looks = 0;
        loop {
            let marker = marker_of(dir)?;
            let moment = Self::open(dir, cache, &marker, before);
            looks += 1;
            // A writer went on, and unlinked what this marker named: look again.
            let passed = || Marker::read(dir).is_ok_and(|now| now.is_some_and(|now| now != marker));
            if moment.is_ok() || looks == MOST_LOOKS || !passed() {
                return moment;
            }
        }
    }

    fn open(dir: &Path, cache: &Arc<Cache>, marker: &Marker, before: Option<&Moment>) -> Result<Moment> {
        let catalogue = Catalogue::open(dir, marker)?;
        let before = before.map(|moment| &moment.state);
        let state = State::open(dir, cache, &catalogue.snapshot()?, before)?;
        Ok(Moment { marker: marker.clone(), catalogue, state })
    }
}

/// The marker of the store in `dir`, where this version can use it.
pub(crate) fn marker_of(dir: &Path) -> Result<Marker> {
    let marker = match look(dir)? {
        Place::Store(marker) => marker,
        Place::Free => {
            return Err(Error::new(ErrorKind::NoStore, format!("there is no store at `{}`", dir.display()))
                .hint(Hint::MakeStore));
        }
    };
    let expected = cognate_fingerprint::VERSION;
    if marker.fingerprints == expected {
        return Ok(marker);
    }
    let message = format!(
        "the store `{}` has fingerprints of version {}; this cognate has version {expected}",
        dir.display(),
        marker.fingerprints
    );
    Err(marker::of_another_version(dir, message))
}

/// A segment that is on disk under its temporary name.
pub(crate) struct NewSegment {
    row: SegmentRow,
    file: Unpublished,
}

impl NewSegment {
    pub(crate) fn new(number: u64, written: &Written, path: PathBuf) -> Self {
        let &Written { functions, signatures, postings, bytes, root } = written;
        let row = SegmentRow { number, functions, signatures, postings, bytes, root };
        NewSegment { row, file: Unpublished { path } }
    }

    pub(crate) fn functions(&self) -> u64 {
        self.row.functions
    }
}

/// What only the writer has.
pub(crate) struct Writer {
    _lock: WriterLock,
    buffer: Buffer,
    /// Samples in the buffer or in a segment not yet published.
    samples: Vec<SampleInfo>,
    keys: HashMap<SampleId, SampleKey>,
    segments: Vec<NewSegment>,
    next_key: u32,
    next_segment: u64,
}

/// The default store: immutable segments beside a SQLite catalogue.
///
/// Readers see the store as it was when they opened it, or last called
/// [`Embedded::refresh`], whatever a writer does meanwhile.
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
    cache: Arc<Cache>,
    moment: Moment,
    writer: Option<Writer>,
    read_only: bool,
}

impl Embedded {
    /// Opens the store in `dir` for reading and writing; makes it if there is nothing.
    ///
    /// A folder that is no store and not empty is refused, and nothing in it
    /// touched. The writer lock is taken at the first write, or by
    /// [`Embedded::lock`], and kept.
    pub fn open(dir: &Path) -> Result<Self> {
        if let Place::Free = look(dir)? {
            fs::create_dir_all(dir).map_err(|error| Error::io("make", dir, error))?;
            let _lock = WriterLock::take(dir, MAKING, &mut |_| {})?;
            // Somebody else may have been faster.
            if let Place::Free = look(dir)? {
                Marker::new().write(dir)?;
            }
        }
        Self::open_existing(dir, false)
    }

    /// Opens the store in `dir` for reading; there must be one.
    pub fn open_read_only(dir: &Path) -> Result<Self> {
        Self::open_existing(dir, true)
    }

    fn open_existing(dir: &Path, read_only: bool) -> Result<Self> {
        let cache = Arc::default();
        let moment = Moment::load(dir, &cache, None)?;
        Ok(Embedded { dir: dir.to_owned(), cache, moment, writer: None, read_only })
    }

    /// Sees what other processes have written since.
    pub fn refresh(&mut self) -> Result<()> {
        if marker_of(&self.dir)? == self.moment.marker {
            return Ok(());
        }
        self.moment = Moment::load(&self.dir, &self.cache, Some(&self.moment))?;
        Ok(())
    }

    /// Where it lies.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// All labels a sample ever had, oldest first, with their places in the order of all labelling.
    pub fn history(&self, id: &SampleId) -> Result<Vec<(u64, Label)>> {
        self.moment.catalogue.history(id)
    }

    /// How many samples there are of each kind, of every family, by name.
    pub fn kinds(&self) -> Result<BTreeMap<String, BTreeMap<Kind, u64>>> {
        self.moment.catalogue.kinds()
    }

    pub(crate) fn moment(&self) -> &Moment {
        &self.moment
    }

    /// Becomes the writer now; waits for another one at most so long.
    ///
    /// `told` hears once that it has to wait, and for which process where that
    /// is known. Fails with [`ErrorKind::Locked`] when the other one is still there.
    pub fn lock(&mut self, wait: Duration, told: &mut dyn FnMut(Option<u32>)) -> Result<()> {
        if self.read_only {
            return Err(Error::new(ErrorKind::ReadOnly, "the store was opened for reading only"));
        }
        if self.writer.is_some() {
            return Ok(());
        }
        // Nothing is made in a folder whose store was removed.
        marker_of(&self.dir)?;
        let lock = WriterLock::take(&self.dir, wait, told)?;
        self.refresh()?;
        self.sweep()?;
        self.writer = Some(Writer {
            _lock: lock,
            buffer: Buffer::default(),
            samples: Vec::new(),
            keys: HashMap::new(),
            segments: Vec::new(),
            next_key: self.moment.state.next_key(),
            next_segment: self.moment.marker.next_segment,
        });
        Ok(())
    }

    /// Becomes the writer, or says who else is.
    pub(crate) fn writer(&mut self) -> Result<&mut Writer> {
        self.lock(Duration::ZERO, &mut |_| {})?;
        self.writer.as_mut().ok_or_else(|| Error::new(ErrorKind::Locked, "no writer"))
    }

    /// Unlinks what is passing and does not count. The caller holds the lock.
    fn sweep_passing(&self) -> Result<()> {
        let Moment { marker, state, .. } = &self.moment;
        let live: HashSet<String> =
            state.views.iter().map(|view| segment_name(view.number)).chain(marker.catalogue_name()).collect();
        for name in marker.passing.iter().filter(|name| !live.contains(*name)) {
            // The marker is believed only within the names that a store gives.
            if files::segment_number(name).is_some() || files::catalogue_parts(name).is_some() {
                files::remove(&self.dir.join(name))?;
            }
        }
        Ok(())
    }

    /// Unlinks files that a crash has left behind. The caller holds the lock.
    fn sweep(&self) -> Result<()> {
        self.sweep_passing()?;
        let names = files::names(&self.dir)?.into_iter();
        names
            .filter(|name| files::is_temporary(name))
            .try_for_each(|name| files::remove(&self.dir.join(name)))
    }

    /// A number for a new segment, and the path to write it at.
    pub(crate) fn new_segment(&mut self) -> Result<(u64, PathBuf)> {
        let dir = self.dir.clone();
        let writer = self.writer()?;
        loop {
            let number = writer.next_segment;
            writer.next_segment = number.saturating_add(1);
            let name = segment_name(number);
            let path = dir.join(temporary(&name));
            // What others put there stays, and its number is passed over.
            if dir.join(name).symlink_metadata().is_err() && path.symlink_metadata().is_err() {
                return Ok((number, path));
            }
        }
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
        let written = writer.buffer.write(path.clone())?;
        writer.segments.push(NewSegment::new(number, &written, path));
        Ok(())
    }

    fn known(&mut self, id: &SampleId) -> Result<Option<SampleKey>> {
        if let Some(&key) = self.writer()?.keys.get(id) {
            return Ok(Some(key));
        }
        Ok(self.moment.catalogue.key_of(id)?.map(SampleKey))
    }

    /// Makes new segments and a change of the catalogue durable and visible, in one step.
    ///
    /// After a failure the store is as it was before, and whatever was not
    /// committed is gone.
    pub(crate) fn publish(
        &mut self,
        added: Vec<NewSegment>,
        dropped: &[u64],
        change: impl FnOnce(&Transaction<'_>) -> CatalogueResult<()>,
    ) -> Result<()> {
        self.writer()?;
        let published = self.try_publish(added, dropped, change).and_then(|()| self.refresh());
        if published.is_err() {
            self.abandon();
            return published;
        }
        // What cannot be unlinked now, the next writer unlinks.
        drop(self.sweep_passing());
        Ok(())
    }

    fn try_publish(
        &mut self,
        added: Vec<NewSegment>,
        dropped: &[u64],
        change: impl FnOnce(&Transaction<'_>) -> CatalogueResult<()>,
    ) -> Result<()> {
        let old = &self.moment.marker;
        let next_segment = self.writer.as_ref().map_or(old.next_segment, |writer| writer.next_segment);
        let generation = old.generation.saturating_add(1);
        let before = old.catalogue_name().map(|name| self.dir.join(name));
        let before = before.as_deref().zip(old.catalogue).map(|(path, (bytes, hash))| (path, bytes, hash));
        let unfinished = self.dir.join(unfinished_catalogue(generation));
        let rows: Vec<SegmentRow> = added.iter().map(|segment| segment.row).collect();
        let catalogue = Catalogue::write(before, &unfinished, |transaction| {
            replace_segments(transaction, dropped, &rows)?;
            change(transaction)
        })?;
        let unfinished = Unpublished { path: unfinished };

        // From here on names may appear that nothing refers to yet: say so first.
        let catalogue_name = files::catalogue_name(generation, catalogue.1);
        let segments = added.iter().map(|segment| (&segment.file, segment_name(segment.row.number)));
        let coming: Vec<_> = segments.chain([(&unfinished, catalogue_name)]).collect();
        // What could not be unlinked yet stays listed.
        let left: Vec<String> = old
            .passing
            .iter()
            .filter(|name| self.dir.join(name).symlink_metadata().is_ok())
            .cloned()
            .collect();
        let passing = coming.iter().map(|(_, name)| name.clone()).chain(left.clone()).collect();
        Marker { passing, next_segment, ..old.clone() }.write(&self.dir)?;
        for (place, (file, name)) in coming.iter().enumerate() {
            if let Err(error) = self.settle(file, name) {
                // What is in the way is not ours to remove.
                let settled = coming.iter().take(place).map(|(_, name)| name.clone()).chain(left);
                Marker { passing: settled.collect(), next_segment, ..old.clone() }.write(&self.dir)?;
                return Err(error);
            }
        }
        files::sync_names(&self.dir)?;

        let going = dropped.iter().map(|&number| segment_name(number)).chain(old.catalogue_name());
        let passing = going.chain(left).collect();
        let fingerprints = old.fingerprints;
        Marker { fingerprints, generation, catalogue: Some(catalogue), next_segment, passing }
            .write(&self.dir)
    }

    /// Gives a file its lasting name, unless somebody else has put something there.
    fn settle(&self, file: &Unpublished, name: &str) -> Result<()> {
        let path = self.dir.join(name);
        if path.symlink_metadata().is_ok() {
            let message =
                format!("cannot write `{}`: something that is not the store's is there", path.display());
            return Err(Error::new(ErrorKind::NotAStore, message).hint("move it to another folder"));
        }
        files::rename(&file.path, &path)
    }

    /// Forgets whatever was not committed and removes what was written for it.
    fn abandon(&mut self) {
        // Segments under temporary names go with the writer, the lock last.
        let Some(writer) = self.writer.take() else { return };
        let Writer { _lock, segments, .. } = writer;
        drop(segments);
        // Whatever cannot be done now, the next writer does.
        if self.refresh().is_ok() {
            drop(self.sweep());
        }
    }

    /// Runs what writes; after a failure nothing uncommitted is left.
    pub(crate) fn or_abandon<T>(&mut self, run: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let result = run(self);
        if result.is_err() {
            self.abandon();
        }
        result
    }

    /// Gives many samples labels in one step: all, or none where anything fails. Says how many are there.
    pub fn relabel_all<'a>(
        &mut self,
        labels: impl IntoIterator<Item = (SampleId, &'a Label)>,
    ) -> Result<usize> {
        self.commit()?;
        let mut found = Vec::new();
        for (id, label) in labels {
            check_label(label)?;
            found.extend(self.moment.catalogue.key_of(&id)?.map(|key| (key, label)));
        }
        if !found.is_empty() {
            self.publish(Vec::new(), &[], |transaction| {
                found.iter().try_for_each(|&(key, label)| insert_label(transaction, key, label))
            })?;
        }
        Ok(found.len())
    }

    /// Takes many samples out of all answers in one step. Says how many were there.
    pub fn remove_all(&mut self, ids: &[SampleId]) -> Result<usize> {
        self.commit()?;
        let mut keys = Vec::new();
        for id in ids {
            keys.extend(self.moment.catalogue.key_of(id)?);
        }
        keys.sort_unstable();
        keys.dedup();
        if !keys.is_empty() {
            self.publish(Vec::new(), &[], |transaction| {
                keys.iter().try_for_each(|&key| remove_sample(transaction, key))
            })?;
        }
        Ok(keys.len())
    }

    fn try_commit(&mut self) -> Result<()> {
        self.flush()?;
        let writer = self.writer()?;
        let (samples, segments) = (std::mem::take(&mut writer.samples), std::mem::take(&mut writer.segments));
        writer.keys.clear();
        self.publish(segments, &[], |transaction| insert_samples(transaction, &samples))
    }

    /// Bytes of the files that count.
    fn disk_bytes(&self) -> Result<u64> {
        let Moment { marker, state, .. } = &self.moment;
        let catalogue = marker.catalogue.map_or(0, |(bytes, _)| bytes);
        let segments = state.views.iter().map(|view| view.bytes);
        Ok(segments.fold(catalogue.saturating_add(marker.render().len() as u64), u64::saturating_add))
    }
}

/// Refuses labels that no table could hold.
fn check_label(label: &Label) -> Result<()> {
    let Label { family, version, actor, source, .. } = label;
    if family.trim().is_empty() {
        let error = Error::new(ErrorKind::Label, "a label without a family");
        return Err(error.hint("name one: a table of labels could not be read back otherwise"));
    }
    let fields = [Some(family), version.as_ref(), actor.as_ref(), Some(source)];
    if fields.into_iter().flatten().all(|field| field.len() <= LONGEST_FIELD) {
        return Ok(());
    }
    let message = format!("a label with more than {LONGEST_FIELD} bytes in a field");
    Err(Error::new(ErrorKind::TooLarge, message).hint("shorten it"))
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
        // Members of archives can have names of any length.
        name: name.get(..name.floor_char_boundary(LONGEST_FIELD)).unwrap_or(name).to_owned(),
        size: sample.size,
        format: sample.format,
        arch: sample.arch,
        functions: u32::try_from(sample.functions.len()).unwrap_or(u32::MAX),
        code_bytes: sample.functions.iter().map(|function| u64::from(function.bytes)).sum(),
        partial: sample.partial,
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
        check_label(label)?;
        let key = self.new_sample()?;
        let writer = self.writer()?;
        writer.buffer.add(key.0, sample_rank(&sample.id), sample);
        writer.samples.push(sample_info(key, sample, name, label));
        writer.keys.insert(sample.id, key);
        if writer.buffer.is_full() {
            self.or_abandon(Self::flush)?;
        }
        Ok(Added::New(key))
    }

    fn commit(&mut self) -> Result<()> {
        if self.writer()?.samples.is_empty() {
            return Ok(());
        }
        self.or_abandon(Self::try_commit)?;
        self.maintain()
    }

    /// Commits what is buffered, then relabels.
    fn relabel(&mut self, id: &SampleId, label: &Label) -> Result<bool> {
        Ok(self.relabel_all([(*id, label)])? > 0)
    }

    /// Commits what is buffered, then removes.
    fn remove(&mut self, id: &SampleId) -> Result<bool> {
        Ok(self.remove_all(&[*id])? > 0)
    }

    fn samples(&self) -> Result<Vec<SampleInfo>> {
        self.moment.catalogue.samples(|key| self.moment.state.is_live(key))
    }

    fn find(&self, id: &SampleId) -> Result<Option<SampleInfo>> {
        self.moment.catalogue.find(id)
    }

    fn functions(&self, sample: SampleKey) -> Result<Vec<FunctionInfo>> {
        self.moment.state.functions(sample)
    }

    fn lookup(&self, keys: &[Key], cap: usize) -> Result<Lookup> {
        self.moment.state.lookup(keys, cap)
    }

    fn signatures(&self, ids: &[SignatureId], cap: usize) -> Result<Vec<Signature>> {
        self.moment.state.signatures(ids, cap)
    }

    fn stats(&self) -> Result<Stats> {
        let (samples, families) = self.moment.catalogue.counts()?;
        let views = &self.moment.state.views;
        let sum = |of: fn(&crate::state::View) -> u64| views.iter().map(of).fold(0, u64::saturating_add);
        Ok(Stats {
            samples,
            families,
            functions: sum(|view| view.segment.header().functions)
                .saturating_sub(sum(|view| view.gone_functions)),
            signatures: sum(|view| view.segment.header().signatures),
            postings: sum(|view| view.segment.header().postings),
            segments: views.len() as u64,
            disk_bytes: self.disk_bytes()?,
            fingerprint_version: cognate_fingerprint::VERSION,
        })
    }
}
