//! The writer of a store, and how what it wrote comes to count.
//!
//! The protocol: new segments and a new catalogue are written under temporary names
//! and put on disk; the marker lists their lasting names as passing; they are
//! renamed; then a new marker names the new catalogue, and lists as passing what
//! no longer counts, which is unlinked. Before the last renaming the store is what
//! it was, after it what it is now: a crash loses at most what was not committed,
//! and what it leaves behind is listed or has a temporary name, so that the next
//! writer unlinks it. Nothing else is ever unlinked.

use crate::buffer::Buffer;
use crate::catalogue::{Catalogue, SegmentRow, insert_hashes, insert_samples, replace_segments};
use crate::embedded::Embedded;
use crate::error::{CatalogueResult, Error, ErrorKind, Result};
use crate::files::{self, Unpublished, segment_name, temporary, unfinished_catalogue};
use crate::lock::WriterLock;
use crate::marker::{FORMAT, Marker};
use crate::moment::{Moment, marker_of};
use crate::store::SampleKey;
use crate::writer::{NewSegment, Writer};
use cognate_base::SampleId;
use cognate_fingerprint::SampleFingerprint;
use rusqlite::Transaction;
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::time::Duration;

impl Embedded {
    /// Becomes the writer now; waits for another one at most so long.
    ///
    /// `on_wait` hears once that it has to wait, and for which process where that
    /// is known. Fails with [`ErrorKind::Locked`] when the other one is still there.
    pub fn lock(&mut self, wait: Duration, on_wait: &mut dyn FnMut(Option<u32>)) -> Result<()> {
        if self.read_only {
            return Err(Error::new(ErrorKind::ReadOnly, "the store was opened for reading only"));
        }
        if self.writer.is_some() {
            return Ok(());
        }
        // Nothing is made in a folder whose store was removed.
        marker_of(&self.dir)?;
        let lock = WriterLock::take(&self.dir, wait, on_wait)?;
        self.refresh()?;
        self.sweep()?;
        self.writer = Some(Writer {
            _lock: lock,
            buffer: Buffer::default(),
            samples: Vec::new(),
            keys: HashMap::new(),
            hashes: Vec::new(),
            segments: Vec::new(),
            next_key: self.moment.segments.next_key(),
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
        let Moment { marker, segments, .. } = &self.moment;
        let live: HashSet<String> = segments
            .views
            .iter()
            .map(|view| segment_name(view.number))
            .chain(marker.catalogue_name())
            .collect();
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

    /// Takes the hashes of a sample that was stored when none were kept.
    pub(crate) fn learn_hashes(&mut self, key: SampleKey, sample: &SampleFingerprint) -> Result<()> {
        let is_kept = || Ok(self.moment.catalogue.find(&sample.id)?.is_none_or(|held| held.hashes.is_some()));
        if let Some(hashes) = &sample.hashes
            && !is_kept()?
        {
            self.writer()?.hashes.push((key.0, hashes.clone()));
        }
        Ok(())
    }

    /// Writes what is buffered into a segment that is not yet published.
    pub(crate) fn flush(&mut self) -> Result<()> {
        if self.writer()?.buffer.is_empty() {
            return Ok(());
        }
        let (number, path) = self.new_segment()?;
        let writer = self.writer()?;
        let written = writer.buffer.write(path.clone())?;
        writer.segments.push(NewSegment::new(number, &written, path));
        Ok(())
    }

    pub(crate) fn known(&mut self, id: &SampleId) -> Result<Option<SampleKey>> {
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
        let Marker { fingerprints, .. } = *old;
        Marker { format: FORMAT, fingerprints, generation, catalogue: Some(catalogue), next_segment, passing }
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

    pub(crate) fn try_commit(&mut self) -> Result<()> {
        self.flush()?;
        let writer = self.writer()?;
        let (samples, segments) = (std::mem::take(&mut writer.samples), std::mem::take(&mut writer.segments));
        writer.keys.clear();
        let hashes = std::mem::take(&mut writer.hashes);
        self.publish(segments, &[], |transaction| {
            insert_samples(transaction, &samples)?;
            hashes.iter().try_for_each(|(key, hashes)| insert_hashes(transaction, *key, hashes))
        })
    }
}
