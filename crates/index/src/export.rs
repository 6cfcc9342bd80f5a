//! Labels out of a store, also of one that is damaged or of another version, and into one.

use crate::catalogue::Catalogue;
use crate::embedded::Embedded;
use crate::error::{Error, ErrorKind, Hint, Result, StoreError};
use crate::files::{LEGACY_CATALOGUE, MARKER, catalogue_parts};
use crate::hashed::has_hash;
use crate::legacy;
use crate::manifest::ManifestRow;
use crate::marker::{Marker, catalogues};
use crate::moment::marker_of;
use crate::store::Store;
use std::path::{Path, PathBuf};

/// Labels saved from a store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// One row a sample, ascending by sample.
    pub rows: Vec<ManifestRow>,
    /// Why these may not be all the labels, or not as they were given, where that is so.
    pub doubt: Option<String>,
}

impl Embedded {
    /// The labels in force in the store at `dir`, also of one that [`Embedded::open`]
    /// refuses because another version made it, or because it is damaged.
    ///
    /// Of a damaged store it saves what can be read, and says that there is doubt.
    pub fn export_manifest(dir: &Path) -> Result<Exported> {
        let mut exported = match Marker::read(dir) {
            Ok(Some(marker)) => of_marker(dir, &marker)?,
            Ok(None) if dir.join(LEGACY_CATALOGUE).is_file() => {
                Exported { rows: legacy::labels(dir)?, doubt: None }
            }
            Ok(None) => of_newest(dir, &marker_of(dir).err())?,
            Err(error) if error.kind() == ErrorKind::Version => return Err(error),
            Err(error) => of_newest(dir, &Some(error))?,
        };
        exported.rows.sort_unstable_by_key(|row| row.id);
        Ok(exported)
    }

    /// Relabels the samples of a manifest that are here and labelled otherwise, in one step; says how many.
    pub fn import_manifest(&mut self, rows: &[ManifestRow]) -> Result<usize> {
        self.commit()?;
        let mut changed = Vec::new();
        for row in rows {
            let other = self.find(&row.id)?.is_some_and(|sample| sample.label != row.label);
            changed.extend(other.then_some((row.id, &row.label)));
        }
        self.relabel_all(changed)
    }
}

/// The labels of the catalogue that the marker names, or of the newest whole one where that cannot be had.
///
/// A marker that somebody put back from an old copy, or from another store, names a catalogue that is gone or none.
fn of_marker(dir: &Path, marker: &Marker) -> Result<Exported> {
    let newer = newer_than(dir, marker)?;
    let passed_over = |path: &Path| {
        let path = path.display();
        format!(
            "`{path}` is whole and newer than what the marker names: the marker may be an old or a foreign one"
        )
    };
    match Catalogue::open(dir, marker) {
        // The marker of a store in which nothing is, beside a catalogue in which something is.
        Ok(_) if marker.catalogue.is_none() && newer.is_some() => of_newest(
            dir,
            &newer.map(|path| Error::damaged(&path.with_file_name(MARKER), &passed_over(&path))),
        ),
        Ok(catalogue) => {
            Ok(Exported { rows: rows_of(&catalogue)?, doubt: newer.as_deref().map(passed_over) })
        }
        Err(error) if newer.is_some() => of_newest(dir, &Some(error)),
        Err(error) => {
            let Some(name) = marker.catalogue_name() else { return Err(error) };
            let doubt = Some(format!("{error}: these labels could not be checked, and may not be all"));
            let damaged = Catalogue::open_unchecked(&dir.join(name));
            match damaged.and_then(|catalogue| rows_of(&catalogue)) {
                Ok(rows) => Ok(Exported { rows, doubt }),
                Err(_) => of_newest(dir, &Some(error)),
            }
        }
    }
}

/// The newest whole catalogue that is newer than the marker says, and that no commit was about to bring.
pub(crate) fn newer_than(dir: &Path, marker: &Marker) -> Result<Option<PathBuf>> {
    let own = catalogues(dir)?.into_iter().filter(|(path, _)| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let generation = catalogue_parts(&name).map_or(0, |(generation, _)| generation);
        generation > marker.generation && !marker.passing.contains(&name)
    });
    Ok(own.into_iter().find(|(path, hash)| has_hash(path, *hash)).map(|(path, _)| path))
}

/// The labels of the newest whole catalogue of a store without its marker.
fn of_newest(dir: &Path, why: &Option<Error>) -> Result<Exported> {
    for (path, hash) in catalogues(dir)? {
        let whole = || Catalogue::open_unchecked(&path).and_then(|catalogue| rows_of(&catalogue)).ok();
        if let Some(rows) = has_hash(&path, hash).then(whole).flatten() {
            let why = why.as_ref().map(Error::to_string).unwrap_or_default();
            let doubt = Some(format!("{why}; these labels are from `{}`, which is whole", path.display()));
            return Ok(Exported { rows, doubt });
        }
    }
    match why {
        // Why the store's own catalogue cannot be had says more.
        Some(error) => {
            let message = format!("{error}; and there is no whole catalogue at `{}`", dir.display());
            Err(Error::new(error.kind(), message)
                .hint("put the file back from a copy; without one the labels of this store are lost"))
        }
        None => {
            let message = format!("no labels at `{}`: there is no whole catalogue", dir.display());
            Err(Error::new(ErrorKind::NoStore, message).hint(Hint::NameStore))
        }
    }
}

fn rows_of(catalogue: &Catalogue) -> Result<Vec<ManifestRow>> {
    let removed: Vec<bool> = catalogue.snapshot()?.samples.iter().map(|sample| sample.removed).collect();
    let samples = catalogue.samples(|key| removed.get(key as usize) == Some(&false))?.into_iter();
    Ok(samples.map(|sample| ManifestRow { id: sample.id, name: sample.name, label: sample.label }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic::{as_if_of_format_3, label, sample};
    use cognate_documents::FileHashes;
    use cognate_fingerprint::SampleFingerprint;

    #[test]
    fn a_store_of_the_format_before_is_refused_and_its_labels_are_saved() {
        let dir = tempfile::tempdir().expect("a directory");
        let mut store = Embedded::open(dir.path()).expect("a store");
        store.add(&sample(1, 0..3), "name", &label(1)).expect("add");
        store.commit().expect("commit");
        drop(store);
        let marker = marker_of(dir.path()).expect("a marker");
        Marker { format: 2, ..marker }.write(dir.path()).expect("write");
        let refused = Embedded::open_read_only(dir.path()).err().expect("refused");
        assert!(
            refused.kind() == ErrorKind::Version && refused.to_string().contains("format 2"),
            "{refused}"
        );
        let exported = Embedded::export_manifest(dir.path()).expect("labels");
        assert_eq!((exported.rows.len(), exported.doubt), (1, None));
    }

    #[test]
    fn a_store_without_other_hashes_is_used_and_learns_them() {
        let dir = tempfile::tempdir().expect("a directory");
        let hashes = Some(FileHashes { md5: "ab".repeat(16), sha1: "0c".repeat(20) });
        let with_hashes = SampleFingerprint { hashes: hashes.clone(), ..sample(1, 0..3) };
        let mut store = Embedded::open(dir.path()).expect("a store");
        store.add(&with_hashes, "name", &label(1)).expect("add");
        store.commit().expect("commit");
        drop(store);
        let held = |number: u64| {
            let store = Embedded::open_read_only(dir.path()).expect("a store");
            assert_eq!(Embedded::verify_at(dir.path()).expect("a store"), Vec::<String>::new());
            store.find(&sample(number, 0..3).id).expect("read").expect("held").hashes
        };
        assert_eq!(held(1), hashes);
        as_if_of_format_3(dir.path()).expect("written");
        assert_eq!((held(1), marker_of(dir.path()).expect("a marker").format), (None, 3));
        let mut store = Embedded::open(dir.path()).expect("a store");
        store.add(&sample(2, 0..3), "name", &label(1)).expect("add");
        store.commit().expect("commit");
        assert_eq!((held(1), held(2), marker_of(dir.path()).expect("a marker").format), (None, None, 4));
        store.add(&with_hashes, "name", &label(1)).expect("add");
        store.commit().expect("commit");
        assert_eq!((held(1), held(2)), (hashes, None));
    }
}
