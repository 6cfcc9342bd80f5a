//! `cognate doctor`.

use crate::args::Reading;
use crate::context::Context;
use crate::error::Result;
use cognate_index::{Embedded, STORE_FORMAT, Store};
use cognate_report::{DoctorDocument, Parsers, StoreState};
use std::path::Path;

/// Tells what is in force; found when all of it is, and the store is sound or not there yet.
pub fn run(context: &Context<'_>) -> Result<bool> {
    let confinement = context.engine(&Reading::default())?.confinement()?;
    let parsers = confinement.map_or_else(Parsers::default, |confinement| Parsers {
        own_process: true,
        whole: confinement.is_whole(),
        memory: confinement.memory,
        cpu_seconds: confinement.cpu_seconds,
        no_new_files: confinement.no_new_files,
        landlock: confinement.landlock,
        seccomp: confinement.seccomp,
    });
    let document = DoctorDocument { parsers, store: store(&context.store_path()?) };
    context.show(&document)?;
    Ok(document.parsers.whole && document.store.error.is_none())
}

fn store(path: &Path) -> StoreState {
    let name = path.to_string_lossy().into_owned();
    let exists = path.exists();
    let state = StoreState { path: name, exists, format_version: STORE_FORMAT, samples: None, error: None };
    if !state.exists {
        return state;
    }
    match Embedded::open_read_only(path).and_then(|store| store.stats()) {
        Ok(stats) => StoreState { samples: Some(stats.samples), ..state },
        Err(error) => StoreState { error: Some(error.to_string()), ..state },
    }
}
