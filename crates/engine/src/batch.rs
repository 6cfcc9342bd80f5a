//! Files that are asked about each other: kept until all are there, then each is asked what it shares with the others.
//!
//! A store of their own on disk answers, as it answers any question; a file beside it keeps the whole fingerprints, which
//! no store gives back. So memory holds those of as many files as there are threads, and what was kept is not read again.

use crate::{Engine, Error, ErrorKind};
use cognate_base::{Progress, SampleId, hash_bytes, is_full, reason};
use cognate_documents::{Component, ComponentKind, Kind, Label};
use cognate_fingerprint::SampleFingerprint;
use cognate_index::{Embedded, Store};
use cognate_matching::{Directory, MatchOptions, Tie, ties};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// What a file of kept fingerprints starts with; then comes what they hang on.
const TITLE: &str = "cognate batch 1 ";
/// Largest fingerprint of one file that is read back, in bytes: a file cannot make more of the functions that are read of it.
const MOST_BYTES: u64 = 4 << 30;
/// Seed of the hash that tells whether a kept fingerprint is as it was written.
const SEED: u64 = 0x62_6174_6368;
/// The one to whom all files of a batch belong: what many of them hold is not common for that.
const NOBODY: &str = "batch";
/// The component that stands for what others than the batch hold.
const PUBLIC: &str = "public code";

/// Files that wait to be asked about each other.
pub struct Batch {
    store: Embedded,
    kept: File,
    held: BTreeSet<SampleId>,
}

impl Batch {
    /// Makes a store in an empty `folder`, and takes in what `kept` holds, which must hang on the same: `asked`. What is
    /// behind the last whole fingerprint there goes.
    ///
    /// Fails when the file is none of ours, or hangs on something else.
    pub fn open(folder: &Path, mut kept: File, asked: &str) -> Result<Self, Error> {
        let head = format!("{TITLE}{asked}\n");
        let mut found = Vec::new();
        kept.rewind()
            .and_then(|()| (&kept).take(head.len() as u64).read_to_end(&mut found))
            .map_err(failed)?;
        if !head.as_bytes().starts_with(&found) {
            let message = "what was kept for groups is of another store, program or limit";
            return Err(Error::new(ErrorKind::Version, message).hint("remove it, and begin anew"));
        }
        if found.len() < head.len() {
            kept.set_len(0).and_then(|()| kept.rewind()).map_err(failed)?;
            kept.write_all(head.as_bytes()).map_err(failed)?;
        }
        let mut batch = Batch { store: Embedded::open(folder)?, kept, held: BTreeSet::new() };
        let mut whole = head.len() as u64;
        let mut reader = batch.reader(whole)?;
        while let Some((sample, bytes)) = next(&mut reader)? {
            batch.file(&sample)?;
            whole += bytes;
        }
        batch.kept.set_len(whole).and_then(|()| batch.kept.seek(SeekFrom::Start(whole))).map_err(failed)?;
        Ok(batch)
    }

    /// Whether a file is among them.
    pub fn holds(&self, id: &SampleId) -> bool {
        self.held.contains(id)
    }

    /// Adds a file; the functions of these indices, ascending, are held by others too and tie it to nobody.
    pub fn add(&mut self, sample: &SampleFingerprint, public: &[u32]) -> Result<(), Error> {
        if self.holds(&sample.id) {
            return Ok(());
        }
        let sample = with_public(sample, public);
        let bytes = postcard::to_stdvec(&sample).map_err(|error| {
            Error::new(ErrorKind::Io, format!("cannot keep what was read of a file: {error}"))
        })?;
        let mut frame = (bytes.len() as u64).to_le_bytes().to_vec();
        frame.extend(hash_bytes(SEED, &bytes).to_le_bytes());
        frame.extend(bytes);
        self.kept.write_all(&frame).map_err(failed)?;
        self.file(&sample)
    }

    fn file(&mut self, sample: &SampleFingerprint) -> Result<(), Error> {
        self.held.insert(sample.id);
        if sample.functions.is_empty() {
            return Ok(());
        }
        let label = Label {
            family: sample.id.to_string(),
            version: None,
            actor: Some(NOBODY.to_owned()),
            kind: Kind::Malware,
            source: NOBODY.to_owned(),
        };
        self.store.add(sample, "", &label)?;
        Ok(())
    }

    /// Asks of every file to which others it is tied; by the SHA-256 of each, of those that are tied to any.
    pub fn ties(
        mut self,
        engine: &Engine,
        progress: &dyn Progress,
    ) -> Result<BTreeMap<SampleId, Vec<Tie>>, Error> {
        self.store.commit()?;
        let directory = Directory::of(&self.store)?;
        let options = MatchOptions { time: Some(engine.options().limits.time), ..MatchOptions::default() };
        let ask = |sample: &SampleFingerprint| -> Result<(SampleId, Vec<Tie>), Error> {
            Ok((sample.id, ties(sample, &self.store, &directory, &options)?))
        };
        let mut reader = self.reader(0)?;
        let mut title = Vec::new();
        std::io::BufRead::read_until(&mut reader, b'\n', &mut title).map_err(failed)?;
        progress.begin("grouping", self.held.len() as u64);
        let mut all = BTreeMap::new();
        loop {
            let mut some = Vec::new();
            while some.len() < engine.threads()
                && let Some((sample, _)) = next(&mut reader)?
            {
                some.push(sample);
            }
            if some.is_empty() {
                break;
            }
            let told = engine.install(|| some.par_iter().map(ask).collect::<Result<Vec<_>, Error>>())?;
            all.extend(told.into_iter().filter(|(_, ties)| !ties.is_empty()));
            progress.advance(some.len() as u64, "");
        }
        progress.finish();
        Ok(all)
    }

    fn reader(&self, from: u64) -> Result<BufReader<File>, Error> {
        let mut file = self.kept.try_clone().map_err(failed)?;
        file.seek(SeekFrom::Start(from)).map_err(failed)?;
        Ok(BufReader::with_capacity(1 << 20, file))
    }
}

/// A sample without what only shows it, its public functions a library's.
fn with_public(sample: &SampleFingerprint, public: &[u32]) -> SampleFingerprint {
    let mut sample = sample.clone();
    for function in &mut sample.functions {
        (function.name, function.anchor_texts, function.in_place) = Default::default();
    }
    if !public.is_empty() {
        sample.components.push(Component {
            name: PUBLIC.to_owned(),
            kind: ComponentKind::Library,
            functions: public.to_vec(),
            ..Component::default()
        });
    }
    sample
}

/// The next fingerprint with the bytes that it takes in the file; none where the file ends, or is not as it was written.
fn next(reader: &mut impl Read) -> Result<Option<(SampleFingerprint, u64)>, Error> {
    let (mut length, mut hash, mut bytes) = ([0; 8], [0; 8], Vec::new());
    let read = reader.read_exact(&mut length).and_then(|()| reader.read_exact(&mut hash));
    let length = u64::from_le_bytes(length);
    if read.is_err() || length > MOST_BYTES {
        return Ok(None);
    }
    reader.take(length).read_to_end(&mut bytes).map_err(failed)?;
    let is_whole = bytes.len() as u64 == length && hash_bytes(SEED, &bytes) == u64::from_le_bytes(hash);
    let sample = is_whole.then(|| postcard::from_bytes(&bytes).ok()).flatten();
    Ok(sample.map(|sample| (sample, length + 16)))
}

fn failed(error: std::io::Error) -> Error {
    let kind = if is_full(error.kind()) { ErrorKind::NoRoom } else { ErrorKind::Io };
    Error::new(kind, format!("cannot keep what was read for groups: {}", reason(&error))).with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EngineOptions;
    use cognate_base::NoProgress;
    use std::path::PathBuf;

    fn fixtures() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../cli/tests/fixtures")
    }

    fn sample(engine: &Engine, name: &str) -> SampleFingerprint {
        let bytes = std::fs::read(fixtures().join(name)).unwrap();
        engine.sample(name, &bytes.into()).unwrap().fingerprint
    }

    #[test]
    fn what_was_kept_is_asked_again_up_to_where_it_is_whole() {
        let engine = Engine::new(EngineOptions::default(), 1).unwrap();
        let samples = ["alpha.elf", "beta.elf", "gamma.elf"].map(|name| sample(&engine, name));
        let mut kept = tempfile::tempfile().unwrap();
        let folder = || tempfile::tempdir().unwrap();
        let open = |kept: &File, folder: &tempfile::TempDir| {
            Batch::open(folder.path(), kept.try_clone().unwrap(), "x")
        };
        let place = folder();
        let mut batch = open(&kept, &place).unwrap();
        samples.iter().for_each(|sample| batch.add(sample, &[]).unwrap());
        let first = batch.ties(&engine, &NoProgress).unwrap();
        assert_eq!(first.len(), 2, "{first:?}");
        let place = folder();
        assert_eq!(open(&kept, &place).unwrap().ties(&engine, &NoProgress).unwrap(), first);
        let place = folder();
        assert!(Batch::open(place.path(), kept.try_clone().unwrap(), "y").is_err());
        // the last is cut off
        let end = kept.seek(SeekFrom::End(-1)).unwrap();
        kept.set_len(end).unwrap();
        let place = folder();
        let mut batch = open(&kept, &place).unwrap();
        assert_eq!(samples.each_ref().map(|sample| batch.holds(&sample.id)), [true, true, false]);
        batch.add(&samples[2], &[]).unwrap();
        assert_eq!(batch.ties(&engine, &NoProgress).unwrap(), first);
    }

    #[test]
    fn what_others_hold_ties_nobody() {
        let engine = Engine::new(EngineOptions::default(), 1).unwrap();
        let place = tempfile::tempdir().unwrap();
        let mut batch = Batch::open(place.path(), tempfile::tempfile().unwrap(), "x").unwrap();
        for name in ["alpha.elf", "beta.elf"] {
            let sample = sample(&engine, name);
            let all: Vec<u32> = (0..sample.functions.len() as u32).collect();
            batch.add(&sample, &all).unwrap();
        }
        assert_eq!(batch.ties(&engine, &NoProgress).unwrap(), BTreeMap::new());
    }
}
