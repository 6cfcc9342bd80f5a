//! Stores of format 1, of which only the labels can be saved.

use crate::catalogue::{LABEL_COLUMNS, LABEL_TABLES, label};
use crate::error::{CatalogueResult, Error, Result, StoreError};
use crate::files::LEGACY_CATALOGUE;
use crate::manifest::ManifestRow;
use cognate_base::SampleId;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// The labels in force of samples that were not removed.
pub(crate) fn labels(dir: &Path) -> Result<Vec<ManifestRow>> {
    let path = dir.join(LEGACY_CATALOGUE);
    read(&path).map_err(|error| error.in_file(&path))
}

fn read(path: &Path) -> CatalogueResult<Vec<ManifestRow>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.pragma_update(None, "trusted_schema", false)?;
    let views = "SELECT count(*) FROM sqlite_schema WHERE type NOT IN ('table', 'index')";
    if connection.query_row(views, [], |row| row.get::<_, i64>(0))? != 0 {
        return Err(Error::damaged(path, "tables that were never made by cognate").into());
    }
    let query = format!("SELECT {LABEL_COLUMNS}, s.sha256, s.name FROM {LABEL_TABLES} WHERE s.removed = 0");
    let mut statement = connection.prepare(&query)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let label = label(path, row, 0)?;
        found.push(ManifestRow { id: SampleId(row.get(5)?), name: row.get(6)?, label });
    }
    Ok(found)
}
