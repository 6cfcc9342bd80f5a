//! The store at one moment.

use crate::catalogue::Catalogue;
use crate::error::{Error, ErrorKind, Hint, Result};
use crate::marker::{self, Folder, Marker, look};
use crate::open_segments::OpenSegments;
use crate::segment::Cache;
use std::path::Path;
use std::sync::Arc;

/// How often a reader looks again when a writer went on between its looks at marker, catalogue and segments.
const MOST_LOOKS: u32 = 50;

/// The store at one moment; what it says never changes.
pub(crate) struct Moment {
    pub(crate) marker: Marker,
    pub(crate) catalogue: Catalogue,
    pub(crate) segments: OpenSegments,
}

impl Moment {
    /// Reads what the marker names; segments already open in `before` are taken over.
    pub(crate) fn load(dir: &Path, cache: &Arc<Cache>, before: Option<&Moment>) -> Result<Moment> {
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
        let before = before.map(|moment| &moment.segments);
        let segments = OpenSegments::open(dir, cache, &catalogue.snapshot()?, before)?;
        Ok(Moment { marker: marker.clone(), catalogue, segments })
    }
}

/// The marker of the store in `dir`, where this version can use it.
pub(crate) fn marker_of(dir: &Path) -> Result<Marker> {
    let marker = match look(dir)? {
        Folder::Store(marker) => marker,
        Folder::Free => {
            return Err(Error::new(ErrorKind::NoStore, format!("there is no store at `{}`", dir.display()))
                .hint(Hint::MakeStore));
        }
    };
    if marker.format < marker::FIRST_USED {
        return Err(marker::of_another_format(dir, marker.format));
    }
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
