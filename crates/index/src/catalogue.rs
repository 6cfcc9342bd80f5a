//! The catalogue: what a person says about samples, and which segments count.
//!
//! One SQLite file in write-ahead mode. A sample's row stays when the sample
//! is removed, so its number is never given twice and its label history is
//! kept. Label rows carry a sequence number that only grows: the order in
//! which things were said, without a clock.

use crate::error::{Error, ErrorKind, Result};
use crate::store::{Kind, Label, SampleInfo, SampleKey};
use cognate_base::SampleId;
use cognate_binary::{Arch, Format};
use cognate_fingerprint::Component;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, Transaction, params};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub(crate) const FILE: &str = "catalogue.sqlite";
/// The version of the catalogue's tables.
pub const STORE_FORMAT: u32 = 1;

const SCHEMA: &str = "
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
CREATE TABLE family (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE actor (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE sample (
  key INTEGER PRIMARY KEY, sha256 BLOB NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL,
  format TEXT NOT NULL, arch TEXT NOT NULL, functions INTEGER NOT NULL, code_bytes INTEGER NOT NULL,
  removed INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE UNIQUE INDEX sample_live ON sample(sha256) WHERE removed = 0;
CREATE TABLE label (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT, sample INTEGER NOT NULL REFERENCES sample(key),
  family INTEGER NOT NULL REFERENCES family(id), version TEXT, actor INTEGER REFERENCES actor(id),
  kind TEXT NOT NULL, source TEXT NOT NULL) STRICT;
CREATE INDEX label_sample ON label(sample, sequence);
CREATE TABLE component (
  sample INTEGER NOT NULL REFERENCES sample(key), place INTEGER NOT NULL, name TEXT NOT NULL,
  version TEXT, mark TEXT NOT NULL, functions TEXT NOT NULL, PRIMARY KEY (sample, place)) STRICT;
CREATE TABLE segment (
  number INTEGER PRIMARY KEY AUTOINCREMENT, functions INTEGER NOT NULL, signatures INTEGER NOT NULL,
  postings INTEGER NOT NULL, bytes INTEGER NOT NULL) STRICT;
";

const SAMPLE_QUERY: &str = "
SELECT s.key, s.sha256, s.name, s.size, s.format, s.arch, s.functions, s.code_bytes,
  f.name, l.version, a.name, l.kind, l.source
FROM sample s
JOIN label l ON l.sequence = (SELECT max(sequence) FROM label WHERE sample = s.key)
JOIN family f ON f.id = l.family LEFT JOIN actor a ON a.id = l.actor";

/// A segment as the catalogue knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentRow {
    pub(crate) number: u64,
    pub(crate) functions: u64,
    pub(crate) signatures: u64,
    pub(crate) postings: u64,
    pub(crate) bytes: u64,
}

/// What the index needs to know of a sample.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Presence {
    pub(crate) key: u32,
    pub(crate) id: SampleId,
    pub(crate) removed: bool,
}

/// The segments and samples of one moment.
#[derive(Debug, Default)]
pub(crate) struct Snapshot {
    pub(crate) segments: Vec<SegmentRow>,
    pub(crate) samples: Vec<Presence>,
}

/// An open catalogue.
pub(crate) struct Catalogue {
    connection: Mutex<Connection>,
    path: PathBuf,
}

impl Catalogue {
    /// Opens the catalogue in `dir`, which another version may have made.
    pub(crate) fn open_any_version(dir: &Path, read_only: bool) -> Result<Catalogue> {
        let path = dir.join(FILE);
        let missing = || {
            Error::new(ErrorKind::Missing, format!("there is no store at `{}`", dir.display()))
                .with_hint("make one with `cognate index`, or name another with `--store`")
        };
        if !path.is_file() {
            return Err(missing());
        }
        let connection = if read_only { open_to_read(&path)? } else { Connection::open(&path)? };
        let connection = set_up(connection, read_only)?;
        // A crash while it was made leaves a file without tables.
        if !connection.table_exists(None, "meta")? {
            return Err(missing());
        }
        Ok(Catalogue { connection: Mutex::new(connection), path })
    }

    /// Makes an empty catalogue in `dir`. The caller holds the writer lock.
    pub(crate) fn create(dir: &Path) -> Result<()> {
        let mut connection = set_up(Connection::open(dir.join(FILE))?, false)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        let transaction = connection.transaction()?;
        if transaction.table_exists(None, "meta")? {
            return Ok(());
        }
        transaction.execute_batch(SCHEMA)?;
        let versions =
            [("store_format", STORE_FORMAT), ("fingerprint_version", cognate_fingerprint::VERSION)];
        for (name, value) in versions {
            transaction.execute("INSERT INTO meta VALUES (?, ?)", params![name, value])?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Refuses a store of another version, and says what to do.
    pub(crate) fn check_version(&self) -> Result<()> {
        let store = self.path.parent().unwrap_or(Path::new(".")).display().to_string();
        let found = (self.meta("store_format")?, self.meta("fingerprint_version")?);
        let expected = (STORE_FORMAT, cognate_fingerprint::VERSION);
        if found == expected {
            return Ok(());
        }
        let message = format!(
            "the store `{store}` has store format {} and fingerprint version {}; this cognate has {} and {}",
            found.0, found.1, expected.0, expected.1
        );
        let hint = format!(
            "fingerprints are made again from the files, labels are kept: \
             `cognate corpus export --store {store} --labels labels.tsv`, \
             then `cognate index --store NEW --manifest labels.tsv PATH…`"
        );
        Err(Error::new(ErrorKind::Version, message).with_hint(hint))
    }

    fn meta(&self, name: &str) -> Result<u32> {
        let query = "SELECT value FROM meta WHERE name = ?";
        Ok(self.lock().query_row(query, [name], |row| row.get(0))?)
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The segments and samples as they are now, together.
    pub(crate) fn snapshot(&self) -> Result<Snapshot> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let segments = query_segments(&transaction)?;
        let mut statement = transaction.prepare("SELECT key, sha256, removed FROM sample ORDER BY key")?;
        let samples = statement.query_map([], |row| {
            Ok(Presence { key: row.get(0)?, id: SampleId(row.get(1)?), removed: row.get(2)? })
        })?;
        let samples = samples.collect::<rusqlite::Result<_>>()?;
        Ok(Snapshot { segments, samples })
    }

    /// All samples that `keep` wants, ascending by number; removed ones are offered too.
    pub(crate) fn samples(&self, keep: impl Fn(u32) -> bool) -> Result<Vec<SampleInfo>> {
        let connection = self.lock();
        let mut statement = connection.prepare(&format!("{SAMPLE_QUERY} ORDER BY s.key"))?;
        let mut rows = statement.query([])?;
        let mut samples = Vec::new();
        while let Some(row) = rows.next()? {
            if keep(row.get(0)?) {
                samples.push(self.sample(row)?);
            }
        }
        drop(rows);
        drop(statement);
        read_components(&connection, &mut samples)?;
        Ok(samples)
    }

    /// The sample with this SHA-256, if it is there and not removed.
    pub(crate) fn find(&self, id: &SampleId) -> Result<Option<SampleInfo>> {
        let connection = self.lock();
        let query = format!("{SAMPLE_QUERY} WHERE s.sha256 = ? AND s.removed = 0");
        let mut statement = connection.prepare_cached(&query)?;
        let mut rows = statement.query([id.0])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let mut samples = vec![self.sample(row)?];
        drop(rows);
        drop(statement);
        read_components(&connection, &mut samples)?;
        Ok(samples.pop())
    }

    /// The number of the sample with this SHA-256, if it is there and not removed.
    pub(crate) fn key_of(&self, id: &SampleId) -> Result<Option<u32>> {
        let connection = self.lock();
        let mut statement =
            connection.prepare_cached("SELECT key FROM sample WHERE sha256 = ? AND removed = 0")?;
        Ok(statement.query_row([id.0], |row| row.get(0)).optional()?)
    }

    /// The next sample number and the next segment number that were never given.
    pub(crate) fn next_numbers(&self) -> Result<(u32, u64)> {
        let connection = self.lock();
        let key =
            connection.query_row("SELECT coalesce(max(key) + 1, 0) FROM sample", [], |row| row.get(0))?;
        let query = "SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'segment'";
        let number: i64 = connection.query_row(query, [], |row| row.get(0))?;
        Ok((key, number.unsigned_abs()))
    }

    /// Makes samples and their segments visible, in one step.
    pub(crate) fn publish(&self, samples: &[SampleInfo], segments: &[SegmentRow]) -> Result<()> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        for sample in samples {
            insert_sample(&transaction, sample)?;
        }
        for segment in segments {
            insert_segment(&transaction, segment)?;
        }
        Ok(transaction.commit()?)
    }

    /// Puts one segment, or none, in the place of others, in one step.
    pub(crate) fn replace(&self, old: &[u64], new: Option<&SegmentRow>) -> Result<()> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        for &number in old {
            transaction.execute("DELETE FROM segment WHERE number = ?", [number as i64])?;
        }
        if let Some(segment) = new {
            insert_segment(&transaction, segment)?;
        }
        Ok(transaction.commit()?)
    }

    /// The segments that count.
    pub(crate) fn segments(&self) -> Result<Vec<SegmentRow>> {
        query_segments(&self.lock())
    }

    /// Gives a sample another label. False where there is no such sample.
    pub(crate) fn relabel(&self, id: &SampleId, label: &Label) -> Result<bool> {
        let Some(key) = self.key_of(id)? else { return Ok(false) };
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        insert_label(&transaction, key, label)?;
        transaction.commit()?;
        Ok(true)
    }

    /// Marks a sample as removed. False where there is no such sample.
    pub(crate) fn remove(&self, id: &SampleId) -> Result<bool> {
        let query = "UPDATE sample SET removed = 1 WHERE sha256 = ? AND removed = 0";
        Ok(self.lock().execute(query, [id.0])? > 0)
    }

    /// All labels a sample ever had, oldest first.
    pub(crate) fn history(&self, id: &SampleId) -> Result<Vec<(u64, Label)>> {
        let connection = self.lock();
        let mut statement = connection.prepare(
            "SELECT f.name, l.version, a.name, l.kind, l.source, l.sequence FROM label l
             JOIN sample s ON s.key = l.sample JOIN family f ON f.id = l.family
             LEFT JOIN actor a ON a.id = l.actor WHERE s.sha256 = ? ORDER BY l.sequence",
        )?;
        let mut rows = statement.query([id.0])?;
        let mut history = Vec::new();
        while let Some(row) = rows.next()? {
            let sequence: i64 = row.get(5)?;
            history.push((sequence.unsigned_abs(), self.label(row, 0)?));
        }
        Ok(history)
    }

    fn sample(&self, row: &Row<'_>) -> Result<SampleInfo> {
        let format: String = row.get(4)?;
        let arch: String = row.get(5)?;
        let unknown = |what: &str| Error::damaged(&self.path, what);
        Ok(SampleInfo {
            key: SampleKey(row.get(0)?),
            id: SampleId(row.get(1)?),
            name: row.get(2)?,
            size: row.get::<_, i64>(3)? as u64,
            format: format_named(&format).ok_or_else(|| unknown("unknown container"))?,
            arch: arch_named(&arch).ok_or_else(|| unknown("unknown architecture"))?,
            functions: row.get(6)?,
            code_bytes: row.get::<_, i64>(7)? as u64,
            label: self.label(row, 8)?,
            components: Vec::new(),
        })
    }

    fn label(&self, row: &Row<'_>, first: usize) -> Result<Label> {
        let kind: String = row.get(first + 3)?;
        Ok(Label {
            family: row.get(first)?,
            version: row.get(first + 1)?,
            actor: row.get(first + 2)?,
            kind: Kind::named(&kind).ok_or_else(|| Error::damaged(&self.path, "unknown kind"))?,
            source: row.get(first + 4)?,
        })
    }

    /// Samples that are not removed, and their families.
    pub(crate) fn counts(&self) -> Result<(u64, u64)> {
        let query = "SELECT count(*), count(DISTINCT l.family) FROM sample s JOIN label l
             ON l.sequence = (SELECT max(sequence) FROM label WHERE sample = s.key) WHERE s.removed = 0";
        let counts: (i64, i64) = self.lock().query_row(query, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok((counts.0.unsigned_abs(), counts.1.unsigned_abs()))
    }

    /// Lets SQLite look for damage; says what it finds.
    pub(crate) fn problems(&self) -> Result<Vec<String>> {
        let connection = self.lock();
        let mut problems = Vec::new();
        connection.pragma_query(None, "integrity_check", |row| {
            problems.push(row.get::<_, String>(0)?);
            Ok(())
        })?;
        problems.retain(|line| line != "ok");
        connection.pragma_query(None, "foreign_key_check", |row| {
            problems.push(format!("a row of table {} refers to nothing", row.get::<_, String>(0)?));
            Ok(())
        })?;
        Ok(problems)
    }
}

fn open_to_read(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    let readable: rusqlite::Result<i64> =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0));
    if readable.is_ok() {
        return Ok(connection);
    }
    // A store on a medium that cannot be written: SQLite cannot place its shared memory beside it.
    let escaped = path.display().to_string().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let uri = format!("file:{escaped}?immutable=1");
    Ok(Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI)?)
}

fn set_up(connection: Connection, read_only: bool) -> Result<Connection> {
    connection.busy_timeout(Duration::from_secs(30))?;
    connection.pragma_update(None, "foreign_keys", true)?;
    if !read_only {
        connection.pragma_update(None, "synchronous", "FULL")?;
    }
    Ok(connection)
}

fn query_segments(connection: &Connection) -> Result<Vec<SegmentRow>> {
    let mut statement = connection.prepare_cached(
        "SELECT number, functions, signatures, postings, bytes FROM segment ORDER BY number",
    )?;
    let rows = statement.query_map([], |row| {
        let number = |index| row.get::<_, i64>(index).map(i64::unsigned_abs);
        Ok(SegmentRow {
            number: number(0)?,
            functions: number(1)?,
            signatures: number(2)?,
            postings: number(3)?,
            bytes: number(4)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn insert_segment(transaction: &Transaction<'_>, segment: &SegmentRow) -> Result<()> {
    transaction.execute(
        "INSERT INTO segment VALUES (?, ?, ?, ?, ?)",
        [segment.number, segment.functions, segment.signatures, segment.postings, segment.bytes]
            .map(|value| value as i64),
    )?;
    Ok(())
}

fn insert_sample(transaction: &Transaction<'_>, sample: &SampleInfo) -> Result<()> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO sample (key, sha256, name, size, format, arch, functions, code_bytes)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    let (format, arch) = (name_of_format(sample.format), name_of_arch(sample.arch));
    let (size, code_bytes) = (sample.size as i64, sample.code_bytes as i64);
    let (key, functions) = (sample.key.0, sample.functions);
    statement.execute(params![key, sample.id.0, sample.name, size, format, arch, functions, code_bytes])?;
    insert_label(transaction, key, &sample.label)?;
    for (component, place) in sample.components.iter().zip(0i64..) {
        let functions: Vec<String> = component.functions.iter().map(u32::to_string).collect();
        transaction.prepare_cached("INSERT INTO component VALUES (?, ?, ?, ?, ?, ?)")?.execute(params![
            key,
            place,
            component.name,
            component.version,
            component.mark,
            functions.join(" ")
        ])?;
    }
    Ok(())
}

fn insert_label(transaction: &Transaction<'_>, key: u32, label: &Label) -> Result<()> {
    let family = name_id(transaction, "family", &label.family)?;
    let actor = label.actor.as_ref().map(|actor| name_id(transaction, "actor", actor)).transpose()?;
    transaction
        .prepare_cached(
            "INSERT INTO label (sample, family, version, actor, kind, source) VALUES (?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![key, family, label.version, actor, label.kind.name(), label.source])?;
    Ok(())
}

fn name_id(transaction: &Transaction<'_>, table: &str, name: &str) -> Result<i64> {
    transaction
        .prepare_cached(&format!("INSERT OR IGNORE INTO {table} (name) VALUES (?)"))?
        .execute([name])?;
    let mut statement = transaction.prepare_cached(&format!("SELECT id FROM {table} WHERE name = ?"))?;
    Ok(statement.query_row([name], |row| row.get(0))?)
}

/// Fills in the components of samples that ascend by number.
fn read_components(connection: &Connection, samples: &mut [SampleInfo]) -> Result<()> {
    let (Some(first), Some(last)) = (samples.first(), samples.last()) else { return Ok(()) };
    let mut statement = connection.prepare_cached(
        "SELECT sample, name, version, mark, functions FROM component
         WHERE sample BETWEEN ? AND ? ORDER BY sample, place",
    )?;
    let mut rows = statement.query([first.key.0, last.key.0])?;
    while let Some(row) = rows.next()? {
        let key: u32 = row.get(0)?;
        let functions: String = row.get(4)?;
        let functions = functions.split_ascii_whitespace().filter_map(|number| number.parse().ok()).collect();
        let (name, version, mark) = (row.get(1)?, row.get(2)?, row.get(3)?);
        if let Ok(index) = samples.binary_search_by_key(&key, |sample| sample.key.0) {
            samples[index].components.push(Component { name, version, mark, functions });
        }
    }
    Ok(())
}

const FORMATS: [(Format, &str); 5] = [
    (Format::Pe, "pe"),
    (Format::PeMemory, "pe-memory"),
    (Format::Elf, "elf"),
    (Format::MachO, "mach-o"),
    (Format::Raw, "raw"),
];
const ARCHES: [(Arch, &str); 3] = [(Arch::X86, "x86"), (Arch::X86_64, "x86-64"), (Arch::Aarch64, "aarch64")];

fn name_of_format(format: Format) -> &'static str {
    FORMATS.iter().find(|(known, _)| *known == format).map_or("raw", |(_, name)| name)
}

fn format_named(name: &str) -> Option<Format> {
    FORMATS.iter().find(|(_, known)| *known == name).map(|(format, _)| *format)
}

fn name_of_arch(arch: Arch) -> &'static str {
    ARCHES.iter().find(|(known, _)| *known == arch).map_or("x86", |(_, name)| name)
}

fn arch_named(name: &str) -> Option<Arch> {
    ARCHES.iter().find(|(_, known)| *known == name).map(|(arch, _)| *arch)
}
