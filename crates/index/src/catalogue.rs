//! The catalogue: what a person says about samples, and which segments count.
//!
//! A SQLite file that is written once. A commit copies the one before, changes
//! the copy, puts it on disk and names it by generation and hash; what is read
//! is held against that hash before SQLite sees any of it. A sample's row stays
//! when the sample is removed, so its number is never given twice and its label
//! history is kept. Label rows carry a sequence number that only grows: the
//! order in which things were said, without a clock.

use crate::error::{CatalogueError, CatalogueResult, Error, Result, StoreError};
use crate::files::{Temporary, open_regular};
use crate::hashed::{check_file, hash_from_start};
use crate::marker::Marker;
use crate::store::{Kind, Label, SampleInfo, SampleKey};
use cognate_base::SampleId;
use cognate_binary::{Arch, Format};
use cognate_fingerprint::{Component, FileHashes};
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, Transaction, params};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

/// Longest text or row that is ever read or written, in bytes. The longest are lists of a library's functions.
const LONGEST_VALUE: i32 = 64 << 20;

/// What stands between the versions of a component.
const BETWEEN_VERSIONS: &str = "\n";

const SCHEMA: &str = "
CREATE TABLE family (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE actor (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE sample (
  key INTEGER PRIMARY KEY, sha256 BLOB NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL,
  format TEXT NOT NULL, arch TEXT NOT NULL, functions INTEGER NOT NULL, code_bytes INTEGER NOT NULL,
  partial INTEGER NOT NULL, removed INTEGER NOT NULL DEFAULT 0) STRICT;
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
  number INTEGER PRIMARY KEY, functions INTEGER NOT NULL, signatures INTEGER NOT NULL,
  postings INTEGER NOT NULL, bytes INTEGER NOT NULL, root INTEGER NOT NULL) STRICT;
";

/// What format 4 has beside that: a catalogue of format 3 gets it with the next commit.
const HASHES: &str = "
CREATE TABLE hash (
  sample INTEGER PRIMARY KEY REFERENCES sample(key), md5 BLOB NOT NULL, sha1 BLOB NOT NULL) STRICT;
";

/// A label's columns, as [`label`] reads them.
pub(crate) const LABEL_COLUMNS: &str = "f.name, l.version, a.name, l.kind, l.source";
/// Samples with the label in force.
pub(crate) const LABEL_TABLES: &str = "sample s
JOIN label l ON l.sequence = (SELECT max(sequence) FROM label WHERE sample = s.key)
JOIN family f ON f.id = l.family LEFT JOIN actor a ON a.id = l.actor";

/// Everything of samples but their components.
fn sample_query(has_hashes: bool) -> String {
    let (hashes, table) = match has_hashes {
        true => (
            "nullif(lower(hex(h.md5)), ''), nullif(lower(hex(h.sha1)), '')",
            "LEFT JOIN hash h ON h.sample = s.key",
        ),
        false => ("NULL, NULL", ""),
    };
    format!(
        "SELECT {LABEL_COLUMNS}, s.key, s.sha256, s.name, s.size, s.format, s.arch, s.functions, \
         s.code_bytes, s.partial, {hashes} FROM {LABEL_TABLES} {table}"
    )
}

/// A segment as the catalogue knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentRow {
    pub(crate) number: u64,
    pub(crate) functions: u64,
    pub(crate) signatures: u64,
    pub(crate) postings: u64,
    pub(crate) bytes: u64,
    /// The checksum that stands for every byte of it.
    pub(crate) root: u64,
}

/// What the index needs to know of a sample.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SampleStatus {
    pub(crate) id: SampleId,
    pub(crate) removed: bool,
}

/// The segments and samples of one moment.
#[derive(Debug, Default)]
pub(crate) struct Snapshot {
    pub(crate) segments: Vec<SegmentRow>,
    /// By number.
    pub(crate) samples: Vec<SampleStatus>,
}

/// An open catalogue. What it says never changes.
pub(crate) struct Catalogue {
    connection: Mutex<Connection>,
    path: PathBuf,
    /// It is of format 4: MD5 and SHA-1 of samples are in it.
    has_hashes: bool,
}

impl Catalogue {
    /// Opens the catalogue that the marker names, once every byte of it was checked.
    pub(crate) fn open(dir: &Path, marker: &Marker) -> Result<Catalogue> {
        let (Some(name), Some((bytes, hash))) = (marker.catalogue_name(), marker.catalogue) else {
            return Self::empty();
        };
        let path = dir.join(name);
        check_file(&path, bytes, hash, io::sink(), &path)?;
        Self::open_unchecked(&path)
    }

    /// Opens a catalogue that may not be as it was written.
    pub(crate) fn open_unchecked(path: &Path) -> Result<Catalogue> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        // SQLite would wait for whoever writes into a pipe.
        drop(open_regular(path).map_err(|error| Error::in_place_of(path, error))?);
        let connection = Connection::open_with_flags(uri(path), flags | OpenFlags::SQLITE_OPEN_URI);
        let connection = connection.map_err(|error| CatalogueError::from(error).in_file(path))?;
        Self::from_connection(connection, path)
    }

    /// The catalogue of a store in which nothing was stored yet.
    fn empty() -> Result<Catalogue> {
        let path = Path::new("empty");
        let connection = new_in_memory().map_err(|error| CatalogueError::from(error).in_file(path))?;
        Self::from_connection(connection, path)
    }

    /// Reads a catalogue from memory, for fuzzing.
    #[cfg(any(test, feature = "conformance"))]
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Catalogue> {
        let path = Path::new("memory");
        let read = || {
            let mut connection = Connection::open_in_memory()?;
            connection.deserialize_read_exact(rusqlite::MAIN_DB, bytes, bytes.len(), true)?;
            Ok(connection)
        };
        let connection = read().map_err(|error: CatalogueError| error.in_file(path))?;
        Self::from_connection(connection, path)
    }

    fn from_connection(connection: Connection, path: &Path) -> Result<Catalogue> {
        let connection = Mutex::new(connection);
        let mut catalogue = Catalogue { connection, path: path.to_owned(), has_hashes: false };
        catalogue.has_hashes = catalogue.with(|connection| {
            set_up(connection)?;
            // Views and triggers could be anything, and take for ever: only our own tables are looked into.
            let schema = schema(connection)?;
            let is_own = OWN_SCHEMAS.contains(&schema);
            let foreign = || Error::damaged(path, "tables that were never made by cognate");
            is_own.then(|| OWN_SCHEMAS.last() == Some(&schema)).ok_or_else(|| foreign().into())
        })?;
        Ok(catalogue)
    }

    /// Copies a catalogue to `to`, changes the copy and puts it on disk; returns its bytes and its hash.
    ///
    /// `before` is where the one before lies, its bytes and hash; without it, a new one is made. On failure nothing
    /// is left at `to`.
    pub(crate) fn write(
        before: Option<(&Path, u64, u64)>,
        to: &Path,
        change: impl FnOnce(&Transaction<'_>) -> CatalogueResult<()>,
    ) -> Result<(u64, u64)> {
        let failed = |error| Error::io("write", to, error);
        let mut temporary = Temporary::create(to).map_err(failed)?;
        if let Some((path, bytes, hash)) = before {
            // Damage must not come into the copy, which gets a hash of its own.
            check_file(path, bytes, hash, temporary.file(), to)?;
        }
        change_file(to, before.is_none(), change).map_err(|error| error.in_file(to))?;
        let file = temporary.file();
        file.sync_all().map_err(failed)?;
        let hashed = hash_from_start(file, io::sink()).map_err(|error| failed(error.into_inner()))?;
        temporary.keep();
        Ok(hashed)
    }

    fn with<T>(&self, run: impl FnOnce(&mut Connection) -> CatalogueResult<T>) -> Result<T> {
        run(&mut self.lock()).map_err(|error| error.in_file(&self.path))
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn damaged(&self, subject: &str) -> Error {
        Error::damaged(&self.path, subject)
    }

    /// The segments and samples.
    pub(crate) fn snapshot(&self) -> Result<Snapshot> {
        self.with(|connection| {
            let segments = query_segments(connection)?;
            let mut statement = connection.prepare("SELECT key, sha256, removed FROM sample ORDER BY key")?;
            let mut rows = statement.query([])?;
            let mut samples = Vec::new();
            while let Some(row) = rows.next()? {
                // Numbers are dense: a row can take no more room than it has.
                if row.get::<_, u32>(0)? as usize != samples.len() {
                    return Err(self.damaged("sample numbers").into());
                }
                samples.push(SampleStatus { id: SampleId(row.get(1)?), removed: row.get(2)? });
            }
            Ok(Snapshot { segments, samples })
        })
    }

    /// All samples that `keep` wants, ascending by number; removed ones are offered too.
    pub(crate) fn samples(&self, keep: impl Fn(u32) -> bool) -> Result<Vec<SampleInfo>> {
        self.with(|connection| {
            let mut statement =
                connection.prepare(&format!("{} ORDER BY s.key", sample_query(self.has_hashes)))?;
            let mut rows = statement.query([])?;
            let mut samples = Vec::new();
            while let Some(row) = rows.next()? {
                if keep(row.get(5)?) {
                    samples.push(self.sample(row)?);
                }
            }
            self.read_components(connection, &mut samples)?;
            Ok(samples)
        })
    }

    /// The sample with this SHA-256, if it is there and not removed.
    pub(crate) fn find(&self, id: &SampleId) -> Result<Option<SampleInfo>> {
        self.with(|connection| {
            let query = format!("{} WHERE s.sha256 = ? AND s.removed = 0", sample_query(self.has_hashes));
            let mut statement = connection.prepare_cached(&query)?;
            let mut rows = statement.query([id.0])?;
            let Some(row) = rows.next()? else { return Ok(None) };
            let mut samples = vec![self.sample(row)?];
            self.read_components(connection, &mut samples)?;
            Ok(samples.pop())
        })
    }

    /// The number of the sample with this SHA-256, if it is there and not removed.
    pub(crate) fn key_of(&self, id: &SampleId) -> Result<Option<u32>> {
        self.with(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT key FROM sample WHERE sha256 = ? AND removed = 0")?;
            Ok(statement.query_row([id.0], |row| row.get(0)).optional()?)
        })
    }

    /// All labels a sample ever had, oldest first.
    pub(crate) fn history(&self, id: &SampleId) -> Result<Vec<(u64, Label)>> {
        self.with(|connection| {
            let mut statement = connection.prepare(&format!(
                "SELECT {LABEL_COLUMNS}, l.sequence FROM label l
                 JOIN sample s ON s.key = l.sample JOIN family f ON f.id = l.family
                 LEFT JOIN actor a ON a.id = l.actor WHERE s.sha256 = ? ORDER BY l.sequence",
            ))?;
            let mut rows = statement.query([id.0])?;
            let mut history = Vec::new();
            while let Some(row) = rows.next()? {
                let sequence: i64 = row.get(5)?;
                history.push((sequence.unsigned_abs(), label(&self.path, row, 0)?));
            }
            Ok(history)
        })
    }

    fn sample(&self, row: &Row<'_>) -> CatalogueResult<SampleInfo> {
        let format: String = row.get(9)?;
        let arch: String = row.get(10)?;
        Ok(SampleInfo {
            key: SampleKey(row.get(5)?),
            id: SampleId(row.get(6)?),
            name: row.get(7)?,
            size: row.get::<_, i64>(8)? as u64,
            format: format.parse::<Format>().map_err(|_| self.damaged("unknown container"))?,
            arch: arch.parse::<Arch>().map_err(|_| self.damaged("unknown architecture"))?,
            functions: row.get(11)?,
            code_bytes: row.get::<_, i64>(12)? as u64,
            partial: row.get(13)?,
            label: label(&self.path, row, 0)?,
            components: Vec::new(),
            hashes: row
                .get::<_, Option<String>>(14)?
                .zip(row.get(15)?)
                .map(|(md5, sha1)| FileHashes { md5, sha1 }),
        })
    }

    /// Samples that are not removed, and their families.
    pub(crate) fn counts(&self) -> Result<(u64, u64)> {
        let query =
            format!("SELECT count(*), count(DISTINCT l.family) FROM {LABEL_TABLES} WHERE s.removed = 0");
        self.with(|connection| {
            let counts: (i64, i64) =
                connection.query_row(&query, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok((counts.0.unsigned_abs(), counts.1.unsigned_abs()))
        })
    }

    /// How many samples there are of each kind, of every family, by name.
    pub(crate) fn kinds(&self) -> Result<BTreeMap<String, BTreeMap<Kind, u64>>> {
        let query = format!(
            "SELECT f.name, l.kind, count(*) FROM {LABEL_TABLES} WHERE s.removed = 0 GROUP BY f.name, l.kind"
        );
        self.with(|connection| {
            let mut statement = connection.prepare(&query)?;
            let mut rows = statement.query([])?;
            let mut kinds: BTreeMap<String, BTreeMap<Kind, u64>> = BTreeMap::new();
            while let Some(row) = rows.next()? {
                let kind: String = row.get(1)?;
                let kind = kind.parse::<Kind>().map_err(|_| self.damaged("unknown kind"))?;
                let count = row.get::<_, i64>(2)?.unsigned_abs();
                kinds.entry(row.get(0)?).or_default().insert(kind, count);
            }
            Ok(kinds)
        })
    }

    /// Lets SQLite look for damage; says what it finds.
    pub(crate) fn problems(&self) -> Result<Vec<String>> {
        self.with(|connection| {
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
            let unlabelled = "SELECT count(*) FROM sample WHERE key NOT IN (SELECT sample FROM label)";
            let unlabelled: i64 = connection.query_row(unlabelled, [], |row| row.get(0))?;
            if unlabelled > 0 {
                problems.push(format!("{unlabelled} samples without a label"));
            }
            Ok(problems)
        })
    }

    /// Fills in the components of samples that ascend by number.
    fn read_components(&self, connection: &Connection, samples: &mut [SampleInfo]) -> CatalogueResult<()> {
        let (Some(first), Some(last)) = (samples.first(), samples.last()) else { return Ok(()) };
        let mut statement = connection.prepare_cached(
            "SELECT sample, name, version, mark, functions FROM component
             WHERE sample BETWEEN ? AND ? ORDER BY sample, place",
        )?;
        let mut rows = statement.query([first.key.0, last.key.0])?;
        while let Some(row) = rows.next()? {
            let key: u32 = row.get(0)?;
            let functions: String = row.get(4)?;
            let functions: std::result::Result<_, _> =
                functions.split_ascii_whitespace().map(str::parse).collect();
            let functions = functions.map_err(|_| self.damaged("functions of a library"))?;
            let (name, versions, mark): (_, Option<String>, String) = (row.get(1)?, row.get(2)?, row.get(3)?);
            let versions = versions.iter().flat_map(|versions| versions.split(BETWEEN_VERSIONS));
            let versions = versions.map(str::to_owned).collect();
            let mark = Some(mark).filter(|mark| !mark.is_empty());
            let place = samples.binary_search_by_key(&key, |sample| sample.key.0);
            if let Some(sample) = place.ok().and_then(|index| samples.get_mut(index)) {
                sample.components.push(Component { name, versions, mark, functions, ..Component::default() });
            }
        }
        Ok(())
    }
}

/// Reads the label whose columns start at `first`.
pub(crate) fn label(path: &Path, row: &Row<'_>, first: usize) -> CatalogueResult<Label> {
    let kind: String = row.get(first + 3)?;
    Ok(Label {
        family: row.get(first)?,
        version: row.get(first + 1)?,
        actor: row.get(first + 2)?,
        kind: kind.parse::<Kind>().map_err(|_| Error::damaged(path, "unknown kind"))?,
        source: row.get(first + 4)?,
    })
}

/// Changes a catalogue that nobody else looks at: it needs no journal, it is thrown away on failure.
fn change_file(
    path: &Path,
    new: bool,
    change: impl FnOnce(&Transaction<'_>) -> CatalogueResult<()>,
) -> CatalogueResult<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    connection.pragma_update(None, "journal_mode", "OFF")?;
    connection.pragma_update(None, "synchronous", "OFF")?;
    set_up(&connection)?;
    let transaction = connection.transaction()?;
    if new {
        transaction.execute_batch(SCHEMA)?;
    }
    if !transaction.table_exists(None, "hash")? {
        transaction.execute_batch(HASHES)?;
    }
    change(&transaction)?;
    transaction.commit()?;
    connection.close().map_err(|(_, error)| error)?;
    Ok(())
}

fn set_up(connection: &Connection) -> CatalogueResult<()> {
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LONGEST_VALUE)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(())
}

/// The tables without a row.
fn new_in_memory() -> rusqlite::Result<Connection> {
    let connection = Connection::open_in_memory()?;
    connection.execute_batch(SCHEMA)?;
    connection.execute_batch(HASHES)?;
    Ok(connection)
}

/// Tables and indexes: type, name and how each was made.
type Schema = Vec<[Option<String>; 3]>;

/// What tables and indexes there are, and how they were made.
fn schema(connection: &Connection) -> rusqlite::Result<Schema> {
    let mut statement =
        connection.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name LIMIT 100")?;
    let rows = statement.query_map([], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))?;
    rows.collect()
}

/// Those of the formats before, and those of this one.
static OWN_SCHEMAS: LazyLock<[Schema; 2]> = LazyLock::new(|| {
    // Without memory for a handful of tables there is no catalogue that fits either.
    let own = new_in_memory().and_then(|connection| schema(&connection)).unwrap_or_default();
    let before = own.iter().filter(|[_, name, _]| name.as_deref() != Some("hash")).cloned().collect();
    [before, own]
});

/// A path as SQLite takes it together with options: the file does not change while it is open.
fn uri(path: &Path) -> String {
    let mut uri = "file:".to_owned();
    let bytes = path.as_os_str().as_encoded_bytes();
    if path.is_absolute() {
        uri.push_str(if cfg!(windows) { "///" } else { "//" });
    }
    for &byte in bytes {
        match byte {
            b'\\' if cfg!(windows) => uri.push('/'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                uri.push(byte as char)
            }
            b':' if cfg!(windows) => uri.push(':'),
            _ => uri.push_str(&format!("%{byte:02x}")),
        }
    }
    uri.push_str("?immutable=1");
    uri
}

/// Adds samples with their labels.
pub(crate) fn insert_samples(transaction: &Transaction<'_>, samples: &[SampleInfo]) -> CatalogueResult<()> {
    samples.iter().try_for_each(|sample| insert_sample(transaction, sample))
}

/// Puts segments, which may be none, in the place of others.
pub(crate) fn replace_segments(
    transaction: &Transaction<'_>,
    old: &[u64],
    new: &[SegmentRow],
) -> CatalogueResult<()> {
    for &number in old {
        transaction.execute("DELETE FROM segment WHERE number = ?", [number as i64])?;
    }
    new.iter().try_for_each(|segment| insert_segment(transaction, segment))
}

/// Marks a sample as removed.
pub(crate) fn remove_sample(transaction: &Transaction<'_>, key: u32) -> CatalogueResult<()> {
    transaction.prepare_cached("UPDATE sample SET removed = 1 WHERE key = ?")?.execute([key])?;
    Ok(())
}

fn query_segments(connection: &Connection) -> CatalogueResult<Vec<SegmentRow>> {
    let mut statement = connection.prepare_cached(
        "SELECT number, functions, signatures, postings, bytes, root FROM segment ORDER BY number",
    )?;
    let rows = statement.query_map([], |row| {
        let number = |index| row.get::<_, i64>(index).map(i64::unsigned_abs);
        Ok(SegmentRow {
            number: number(0)?,
            functions: number(1)?,
            signatures: number(2)?,
            postings: number(3)?,
            bytes: number(4)?,
            root: row.get::<_, i64>(5)? as u64,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn insert_segment(transaction: &Transaction<'_>, segment: &SegmentRow) -> CatalogueResult<()> {
    transaction.execute(
        "INSERT INTO segment VALUES (?, ?, ?, ?, ?, ?)",
        [
            segment.number,
            segment.functions,
            segment.signatures,
            segment.postings,
            segment.bytes,
            segment.root,
        ]
        .map(|value| value as i64),
    )?;
    Ok(())
}

fn insert_sample(transaction: &Transaction<'_>, sample: &SampleInfo) -> CatalogueResult<()> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO sample (key, sha256, name, size, format, arch, functions, code_bytes, partial)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    let (format, arch) = (<&str>::from(sample.format), <&str>::from(sample.arch));
    let (size, code_bytes) = (sample.size as i64, sample.code_bytes as i64);
    let (key, functions) = (sample.key.0, sample.functions);
    let (id, name, partial) = (sample.id.0, &sample.name, sample.partial);
    statement.execute(params![key, id, name, size, format, arch, functions, code_bytes, partial])?;
    insert_label(transaction, key, &sample.label)?;
    if let Some(hashes) = &sample.hashes {
        insert_hashes(transaction, key, hashes)?;
    }
    for (component, place) in sample.components.iter().zip(0i64..) {
        let functions: Vec<String> = component.functions.iter().map(u32::to_string).collect();
        transaction.prepare_cached("INSERT INTO component VALUES (?, ?, ?, ?, ?, ?)")?.execute(params![
            key,
            place,
            component.name,
            Some(component.versions.join(BETWEEN_VERSIONS)).filter(|versions| !versions.is_empty()),
            component.mark.as_deref().unwrap_or_default(),
            functions.join(" ")
        ])?;
    }
    Ok(())
}

/// Says by which hashes others know a sample.
pub(crate) fn insert_hashes(
    transaction: &Transaction<'_>,
    key: u32,
    FileHashes { md5, sha1 }: &FileHashes,
) -> CatalogueResult<()> {
    let statement = "INSERT OR REPLACE INTO hash VALUES (?, unhex(?), unhex(?))";
    transaction.prepare_cached(statement)?.execute(params![key, md5, sha1])?;
    Ok(())
}

/// Gives a sample a label that is in force from now on.
pub(crate) fn insert_label(transaction: &Transaction<'_>, key: u32, label: &Label) -> CatalogueResult<()> {
    let family = name_id(transaction, "family", &label.family)?;
    let actor = label.actor.as_ref().map(|actor| name_id(transaction, "actor", actor)).transpose()?;
    transaction
        .prepare_cached(
            "INSERT INTO label (sample, family, version, actor, kind, source) VALUES (?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![key, family, label.version, actor, <&str>::from(label.kind), label.source])?;
    Ok(())
}

fn name_id(transaction: &Transaction<'_>, table: &str, name: &str) -> CatalogueResult<i64> {
    transaction
        .prepare_cached(&format!("INSERT OR IGNORE INTO {table} (name) VALUES (?)"))?
        .execute([name])?;
    let mut statement = transaction.prepare_cached(&format!("SELECT id FROM {table} WHERE name = ?"))?;
    Ok(statement.query_row([name], |row| row.get(0))?)
}
