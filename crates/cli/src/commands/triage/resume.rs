//! Rows that are kept as they are done: one line of JSON a file, after a line that says what was asked.
//!
//! A row counts again where the file has the same name and the same bytes, and store, program and limits are the same.

use crate::error::{Result, cannot_write, json, question};
use cognate_base::{Error, SampleId};
use cognate_report::{Finding, TriageRow};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Largest file of kept rows that is read, in bytes: about a million rows.
const MOST_BYTES: u64 = 1 << 30;

/// The rows of files by their names and the SHA-256 of all their bytes.
pub type Kept = HashMap<(String, SampleId), Vec<TriageRow>>;

/// Where rows are kept.
pub struct Journal {
    file: File,
    path: PathBuf,
}

/// Reads what was kept, and goes on behind it; what a run left unfinished in its last line goes.
///
/// Fails when the file is none of ours, or was made of other questions.
pub fn open(path: &Path, asked: &str) -> Result<(Kept, Journal)> {
    let (bytes, file) = locked(path)?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let head = format!("{}\n", json!({ "triage": 1, "tool": env!("CARGO_PKG_VERSION"), "asked": asked }));
    let lines = bytes.get(..whole).unwrap_or_default();
    let kept = match lines.strip_prefix(head.as_bytes()) {
        Some(lines) => lines.split(|byte| *byte == b'\n').filter_map(kept).collect(),
        // a head that was cut off is ours
        None if lines.is_empty() && head.as_bytes().starts_with(&bytes) => Kept::new(),
        None => {
            let message = format!("the rows in `{}` are of another store, program or limit", path.display());
            return Err(question(message).hint("name another file, or remove this one and begin anew"));
        }
    };
    let mut journal = Journal { file, path: path.to_owned() };
    journal.begin(whole as u64, &head)?;
    Ok((kept, journal))
}

/// The file, which nobody else writes from now on, with what it holds.
fn locked(path: &Path) -> Result<(Vec<u8>, File)> {
    let failed = |error| Error::read(path, error);
    let opened = File::options().read(true).write(true).create(true).truncate(false).open(path);
    let mut file = opened.map_err(|error| cannot_write(path, error))?;
    if !file.metadata().map_err(failed)?.is_file() {
        return Err(question(format!("`{}` is no regular file", path.display())).hint("name another"));
    }
    if let Err(TryLockError::WouldBlock) = file.try_lock() {
        let message = format!("another process is writing to `{}`", path.display());
        return Err(question(message).hint("wait until it has ended, or name another file"));
    }
    let mut bytes = Vec::new();
    (&mut file).take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MOST_BYTES {
        let message = format!("cannot read `{}`: larger than {MOST_BYTES} bytes", path.display());
        return Err(question(message).hint("name another file"));
    }
    Ok((bytes, file))
}

/// The rows of a line; nothing where it is damaged: the file is then read again.
fn kept(line: &[u8]) -> Option<((String, SampleId), Vec<TriageRow>)> {
    let mut line: Value = serde_json::from_slice(line).ok()?;
    let rows = serde_json::from_value(line.get_mut("rows")?.take()).ok()?;
    let id = serde_json::from_value(line.get_mut("id")?.take()).ok()?;
    Some(((line.get("file")?.as_str()?.to_owned(), id), rows))
}

impl Journal {
    fn begin(&mut self, whole: u64, head: &str) -> Result<()> {
        let Journal { file, path } = self;
        let head = if whole == 0 { head } else { "" };
        let begun = file.set_len(whole).and_then(|()| file.seek(SeekFrom::Start(whole)));
        begun.and_then(|_| file.write_all(head.as_bytes())).map_err(|error| cannot_write(path, error))
    }

    /// Keeps the rows of a file, unless something of it could not be read: that is tried again.
    pub fn keep(&mut self, file: &Path, id: SampleId, rows: &[TriageRow]) -> Result<()> {
        if rows.iter().any(|row| row.finding == Finding::NotRead) {
            return Ok(());
        }
        let name = cognate_engine::file_name(file);
        let line = json!({ "file": name, "id": id, "rows": serde_json::to_value(rows).map_err(json)? });
        self.file.write_all(format!("{line}\n").as_bytes()).map_err(|error| cannot_write(&self.path, error))
    }
}
