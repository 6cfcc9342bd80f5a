//! The default store: a folder with segments, a catalogue and a marker.
//!
//! Start with [`Embedded::open`]. What is read is a [`Moment`]; how something comes to be
//! written is in `commit`.

use crate::catalogue::{insert_label, remove_sample};
use crate::error::{Error, ErrorKind, Result, StoreError};
use crate::lock::WriterLock;
use crate::manifest::LONGEST_FIELD;
use crate::marker::{Folder, Marker, look};
use crate::moment::{Moment, marker_of};
use crate::segment::Cache;
use crate::sketch::sample_rank;
use crate::store::{
    Added, FunctionInfo, Kind, Label, Lookup, SampleInfo, SampleKey, Signature, SignatureId, Stats, Store,
};
use crate::writer::Writer;
use cognate_base::SampleId;
use cognate_fingerprint::{Component, ComponentKind, Key, SampleFingerprint};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How long somebody who makes a store waits for somebody else who makes the same.
const MAKING: Duration = Duration::from_secs(5);

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
    pub(crate) dir: PathBuf,
    cache: Arc<Cache>,
    pub(crate) moment: Moment,
    pub(crate) writer: Option<Writer>,
    pub(crate) read_only: bool,
}

impl Embedded {
    /// Opens the store in `dir` for reading and writing; makes it if there is nothing.
    ///
    /// A folder that is no store and not empty is refused, and nothing in it
    /// touched. The writer lock is taken at the first write, or by
    /// [`Embedded::lock`], and kept.
    pub fn open(dir: &Path) -> Result<Self> {
        if let Folder::Free = look(dir)? {
            fs::create_dir_all(dir).map_err(|error| Error::io("make", dir, error))?;
            let _lock = WriterLock::take(dir, MAKING, &mut |_| {})?;
            // Somebody else may have been faster.
            if let Folder::Free = look(dir)? {
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

    /// Bytes of the files that count.
    fn disk_bytes(&self) -> Result<u64> {
        let Moment { marker, segments, .. } = &self.moment;
        let catalogue = marker.catalogue.map_or(0, |(bytes, _)| bytes);
        let bytes = segments.views.iter().map(|view| view.bytes);
        Ok(bytes.fold(catalogue.saturating_add(marker.render().len() as u64), u64::saturating_add))
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
        // what is its own by name is not what it carries, and what only its surroundings tell is not settled
        components: sample
            .components
            .iter()
            .filter(|it| it.kind != ComponentKind::Program && !it.is_perhaps_own())
            .map(|it| Component { functions: it.settled().collect(), surrounded: Vec::new(), ..it.clone() })
            .collect(),
        hashes: sample.hashes.clone(),
    }
}

impl Store for Embedded {
    type Error = Error;

    fn add(&mut self, sample: &SampleFingerprint, name: &str, label: &Label) -> Result<Added> {
        if let Some(key) = self.known(&sample.id)? {
            self.learn_hashes(key, sample)?;
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
        let writer = self.writer()?;
        if writer.samples.is_empty() && writer.hashes.is_empty() {
            return Ok(());
        }
        self.or_abandon(Self::try_commit)?;
        // What was committed is there, also where there is no room to merge: the next commit tries it again.
        match self.maintain() {
            Err(error) if error.kind() == ErrorKind::NoRoom => Ok(()),
            maintained => maintained,
        }
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
        self.moment.catalogue.samples(|key| self.moment.segments.is_live(key))
    }

    fn find(&self, id: &SampleId) -> Result<Option<SampleInfo>> {
        self.moment.catalogue.find(id)
    }

    fn functions(&self, sample: SampleKey) -> Result<Vec<FunctionInfo>> {
        self.moment.segments.functions(sample)
    }

    fn lookup(&self, keys: &[Key], cap: usize) -> Result<Lookup> {
        self.moment.segments.lookup(keys, cap)
    }

    fn signatures(&self, ids: &[SignatureId], cap: usize) -> Result<Vec<Signature>> {
        self.moment.segments.signatures(ids, cap)
    }

    fn stats(&self) -> Result<Stats> {
        let (samples, families) = self.moment.catalogue.counts()?;
        let views = &self.moment.segments.views;
        let sum =
            |of: fn(&crate::open_segments::View) -> u64| views.iter().map(of).fold(0, u64::saturating_add);
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
