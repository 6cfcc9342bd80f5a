//! Labels in bulk: a table with a header line, columns apart by tabs, or else by commas or semicolons as spreadsheets
//! write them.
//!
//! One of the columns `path` and `sha256` must be there, and `family`; `version`,
//! `actor`, `kind`, `source` and `name` (which only people read) may be, others may
//! not. A relative path is meant from the manifest's own folder. Blanks at either
//! end of a cell do not count; between tabs, in all cells but paths `\s`, `\t`, `\n`, `\r` and `\\`
//! stand for those characters, as `cognate corpus export` writes them and [`cell`]
//! reads them. Lines that start with `#` are comments; a byte order mark
//! and either end of line are fine. A file, or a SHA-256, may stand in several
//! lines that say the same; two labels for one are an error. Files of one content
//! that have two labels by their paths get neither.

use crate::files::read_bytes;
use crate::{Error, ErrorKind};
use cognate_base::{Limits, SampleId, line_of_row};
use cognate_index::{Kind, LONGEST_FIELD, LONGEST_LINE, Label, cell};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

/// The columns that a manifest may have.
const COLUMNS: [&str; 8] = ["path", "sha256", "family", "version", "actor", "kind", "source", "name"];

/// What a line begins with that says nothing to the program.
const COMMENT: char = '#';

/// A parsed manifest: which file gets which label.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    by_id: HashMap<SampleId, Row>,
    by_path: HashMap<PathBuf, Row>,
    paths: Vec<PathBuf>,
}

/// What one line says of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    line: usize,
    label: Label,
    /// The SHA-256 that the line gives beside the path.
    id: Option<SampleId>,
}

impl Manifest {
    /// Parses a manifest's text; `folder` is where its relative paths start
    /// and `fallback` supplies kind and source where a row has none.
    pub fn parse(text: &str, folder: &Path, fallback: &Label) -> Result<Self, Error> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let spreadsheet = spreadsheet(text);
        let mut rows = rows(text, spreadsheet);
        let (first, header) = rows.next().ok_or_else(|| wrong(1, "no header line"))?;
        let header = header.map_err(|reason| wrong(first, &reason))?;
        let columns = columns(&header).map_err(|reason| wrong(first, &reason))?;
        let mut manifest = Manifest::default();
        for (line, cells) in rows {
            let row = cells.and_then(|cells| row(&columns, cells, spreadsheet.is_none()));
            let added = row.and_then(|row| manifest.add(line, &row, folder, fallback));
            added.map_err(|reason| wrong(line, &reason))?;
        }
        Ok(manifest)
    }

    /// The files it names by path, in its order, each once.
    pub fn paths(&self) -> &[PathBuf] {
        &self.paths
    }

    /// The label of a file: by its SHA-256, else by its path.
    pub fn label(&self, id: &SampleId, path: &Path) -> Option<&Label> {
        let row = self.by_id.get(id).or_else(|| self.by_path.get(&normal(path)));
        row.map(|row| &row.label)
    }

    /// Why no label can be told for the file at this path, where lines contradict each other or the file:
    /// then [`Manifest::label`] would have to choose.
    pub fn contradiction(&self, id: &SampleId, path: &Path) -> Option<String> {
        let by_path = self.by_path.get(&normal(path))?;
        if by_path.id.is_some_and(|given| given != *id) {
            return Some(format!(
                "line {} of the manifest gives another SHA-256 for this path",
                by_path.line
            ));
        }
        let by_id = self.by_id.get(id).filter(|row| row.label != by_path.label)?;
        Some(different_labels(by_id.line.min(by_path.line), by_id.line.max(by_path.line)))
    }

    /// The line that names this path.
    pub fn line(&self, path: &Path) -> Option<usize> {
        self.by_path.get(&normal(path)).map(|row| row.line)
    }

    /// How many SHA-256 it names that are not among these.
    pub fn unmet(&self, met: &HashSet<SampleId>) -> usize {
        self.by_id.keys().filter(|id| !met.contains(id)).count()
    }

    /// Contents that several of its paths hold and that have different labels by them, with what is to be said.
    ///
    /// Whichever came first would else give the one sample that they are its label. Only files of equal
    /// size and unlike labels are read for that; what cannot be read is no clash.
    pub(crate) fn clashes(&self, limits: &Limits) -> HashMap<SampleId, String> {
        let mut by_size: BTreeMap<u64, Vec<(&Path, &Row)>> = BTreeMap::new();
        for (path, row) in &self.by_path {
            if let Some(found) = path.metadata().ok().filter(std::fs::Metadata::is_file) {
                by_size.entry(found.len()).or_default().push((path, row));
            }
        }
        let mut first: HashMap<SampleId, &Row> = HashMap::new();
        let mut clashes = HashMap::new();
        for mut files in by_size.into_values() {
            files.sort_by_key(|(_, row)| row.line);
            let differ = files.windows(2).any(|pair| matches!(pair, [a, b] if a.1.label != b.1.label));
            for (path, row) in files.into_iter().filter(|_| differ) {
                let Ok(bytes) = read_bytes(path, limits) else { continue };
                let id = SampleId::of(&bytes);
                let before = *first.entry(id).or_insert(row);
                if before.label != row.label {
                    clashes.entry(id).or_insert_with(|| different_labels(before.line, row.line));
                }
            }
        }
        clashes
    }

    fn add(
        &mut self,
        line: usize,
        row: &HashMap<&str, String>,
        folder: &Path,
        fallback: &Label,
    ) -> Result<(), String> {
        let label = label_of(row, fallback)?;
        let id = row.get("sha256").map(|id| id.parse::<SampleId>().map_err(|error| error.to_string()));
        let id = id.transpose()?;
        let path = row.get("path").map(|path| folder.join(path));
        if let Some(id) = id {
            put(&mut self.by_id, id, Row { line, label: label.clone(), id: None })?;
        }
        if let Some(path) = path {
            if put(&mut self.by_path, normal(&path), Row { line, label, id })? {
                self.paths.push(path);
            }
        } else if id.is_none() {
            return Err("neither path nor sha256".to_owned());
        }
        Ok(())
    }
}

fn different_labels(first: usize, second: usize) -> String {
    format!("lines {first} and {second} of the manifest give it different labels")
}

/// Keeps what a line says unless one before said the same; says whether it is new.
fn put<K: std::hash::Hash + Eq>(rows: &mut HashMap<K, Row>, key: K, row: Row) -> Result<bool, String> {
    match rows.get_mut(&key) {
        None => {
            rows.insert(key, row);
            Ok(true)
        }
        Some(before) if before.label == row.label => match (before.id, row.id) {
            (Some(one), Some(other)) if one != other => {
                Err(format!("another SHA-256 than line {} gives for the same path", before.line))
            }
            (one, other) => {
                before.id = one.or(other);
                Ok(false)
            }
        },
        Some(before) if before.label.family != row.label.family => Err(format!(
            "family `{}` for what has family `{}` in line {}",
            row.label.family, before.label.family, before.line
        )),
        Some(before) => Err(format!("another label for what has one in line {}", before.line)),
    }
}

/// A line's number and its cells, or why it has none.
type Cells = (usize, Result<Vec<String>, String>);

/// What a spreadsheet has put between the cells, if not tabs.
fn spreadsheet(text: &str) -> Option<u8> {
    let header = text.lines().find(|line| is_row(line)).unwrap_or_default();
    let between = [b'\t', b',', b';'].into_iter().find(|between| header.as_bytes().contains(between));
    between.filter(|between| *between != b'\t')
}

/// All lines but comments and empty ones, as cells.
fn rows(text: &str, spreadsheet: Option<u8>) -> Box<dyn Iterator<Item = Cells> + '_> {
    match spreadsheet {
        None => {
            let lines = (1..).zip(text.lines()).filter(|(_, line)| is_row(line));
            Box::new(lines.map(|(number, line)| (number, cells_by_tabs(line))))
        }
        Some(between) => {
            let mut reader = csv::ReaderBuilder::new();
            reader.delimiter(between).has_headers(false).flexible(true).comment(Some(COMMENT as u8));
            let records = reader.from_reader(text.as_bytes()).into_records();
            Box::new(records.map(|record| cells_of_record(text, record)))
        }
    }
}

fn cells_by_tabs(line: &str) -> Result<Vec<String>, String> {
    bounded(line.len())?;
    Ok(line.split('\t').map(|text| text.trim_matches([' ', '\r']).to_owned()).collect())
}

fn cells_of_record(text: &str, record: csv::Result<csv::StringRecord>) -> Cells {
    match record {
        Ok(record) => {
            let line = |place: &csv::Position| line_of_row(text, place.byte(), place.line(), Some(COMMENT));
            let line = record.position().map_or(0, line);
            let cells = record.iter().map(|text| text.trim().to_owned());
            (line as usize, bounded(record.as_slice().len()).map(|()| cells.collect()))
        }
        Err(error) => {
            let line = error.position().map_or(0, csv::Position::line);
            (line as usize, Err(error.to_string()))
        }
    }
}

fn bounded(bytes: usize) -> Result<(), String> {
    if bytes > LONGEST_LINE { Err(format!("longer than {LONGEST_LINE} bytes")) } else { Ok(()) }
}

/// The names of the columns.
fn columns(header: &[String]) -> Result<Vec<&str>, String> {
    let columns: Vec<&str> = header.iter().map(|name| name.trim()).collect();
    if !columns.contains(&"family") {
        return Err("no column `family`".to_owned());
    }
    if !columns.iter().any(|column| matches!(*column, "path" | "sha256")) {
        return Err("no column `path` or `sha256`".to_owned());
    }
    for (place, column) in columns.iter().enumerate() {
        if !column.is_empty() && !COLUMNS.contains(column) {
            return Err(format!("unknown column `{column}`"));
        }
        if !column.is_empty() && columns.iter().take(place).any(|before| before == column) {
            return Err(format!("column `{column}` twice"));
        }
    }
    Ok(columns)
}

/// The cells of a line that are not empty, by their column.
fn row<'a>(
    columns: &[&'a str],
    cells: Vec<String>,
    escaped: bool,
) -> Result<HashMap<&'a str, String>, String> {
    let mut row = HashMap::new();
    for (place, text) in cells.into_iter().enumerate().filter(|(_, text)| !text.is_empty()) {
        if text.len() > LONGEST_FIELD {
            return Err(format!("cell {} has more than {LONGEST_FIELD} bytes", place + 1));
        }
        match columns.get(place) {
            Some(&column) if !column.is_empty() => {
                let escaped = escaped && column != "path";
                row.insert(column, if escaped { cell(&text) } else { text })
            }
            _ => return Err(format!("cell {} is in no column", place + 1)),
        };
    }
    Ok(row)
}

fn label_of(row: &HashMap<&str, String>, fallback: &Label) -> Result<Label, String> {
    let text = |column: &str| row.get(column).cloned();
    let kind = row.get("kind").map_or(Ok(fallback.kind), |kind| parse_kind(kind))?;
    Ok(Label {
        family: text("family").filter(|family| !family.trim().is_empty()).ok_or("no family")?,
        version: text("version"),
        actor: text("actor"),
        kind,
        source: text("source").unwrap_or_else(|| fallback.source.clone()),
    })
}

fn parse_kind(kind: &str) -> Result<Kind, String> {
    kind.parse().map_err(|_| format!("kind `{kind}` is none of malware, goodware, library"))
}

fn is_row(line: &str) -> bool {
    !line.trim().is_empty() && !line.starts_with(COMMENT)
}

/// The same file by the same path, however it was written.
fn normal(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

fn wrong(line: usize, reason: &str) -> Error {
    Error::new(ErrorKind::Label, format!("cannot use the manifest: line {line}: {reason}"))
        .hint("columns, apart by tabs or commas: path or sha256, family, version, actor, kind, source")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fallback() -> Label {
        Label {
            family: String::new(),
            version: None,
            actor: None,
            kind: Kind::Malware,
            source: "me".to_owned(),
        }
    }

    fn check(text: &str, expected: &str) {
        let found = match Manifest::parse(text, Path::new("/m"), &fallback()) {
            Err(error) => error.to_string(),
            Ok(manifest) => {
                let mut rows: Vec<String> = manifest
                    .by_path
                    .iter()
                    .map(|(path, row)| (path.display().to_string(), &row.label))
                    .chain(manifest.by_id.iter().map(|(id, row)| (id.short(), &row.label)))
                    .map(|(who, label)| format!("{who} {} {:?} {}", label.family, label.kind, label.source))
                    .collect();
                rows.sort();
                rows.join("; ")
            }
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn a_row_by_path_is_meant_from_the_manifests_folder() {
        check("path\tfamily\na.bin\tfoo\n", "/m/a.bin foo Malware me");
    }

    #[test]
    fn a_row_by_hash_needs_no_path() {
        let id = "ab".repeat(32);
        check(&format!("sha256\tfamily\tkind\n{id}\tfoo\tlibrary\n"), "abababababab foo Library me");
    }

    #[test]
    fn comments_empty_lines_and_empty_cells_are_passed_over() {
        check(
            "# note\n\npath\tfamily\tsource\na\tfoo\t\nb\tbar\tyou\n",
            "/m/a foo Malware me; /m/b bar Malware you",
        );
    }

    #[test]
    fn a_missing_family_column_is_told_with_its_line() {
        check("path\tfam\n", "cannot use the manifest: line 1: no column `family`");
    }

    #[test]
    fn a_wrong_kind_is_told_with_its_line() {
        check(
            "path\tfamily\tkind\na\tf\tworm\n",
            "cannot use the manifest: line 2: kind `worm` is none of malware, goodware, library",
        );
    }

    #[test]
    fn a_wrong_hash_is_told_with_its_line() {
        check(
            "sha256\tfamily\nxyz\tf\n",
            "cannot use the manifest: line 2: not a SHA-256: expected 64 hex digits, got `xyz`",
        );
    }

    #[test]
    fn an_empty_manifest_is_an_error() {
        check("", "cannot use the manifest: line 1: no header line");
    }

    #[test]
    fn a_byte_order_mark_and_either_end_of_line_are_fine() {
        check("\u{feff}path\tfamily\r\na.bin\tfoo\r\n", "/m/a.bin foo Malware me");
    }

    #[test]
    fn what_a_spreadsheet_writes_is_read() {
        check("\u{feff}path,family,source\r\na\\t.bin,\"foo, bar\",\r\n", "/m/a\\t.bin foo, bar Malware me");
        check("# note\npath;family\n\na,b;f\n", "/m/a,b f Malware me");
        check(
            "path,family\na,f\n\na,g\n",
            "cannot use the manifest: line 4: family `g` for what has family `f` in line 2",
        );
        check("path,family\na,f,x\n", "cannot use the manifest: line 2: cell 3 is in no column");
    }

    #[test]
    fn two_families_for_one_path_are_an_error_with_both_lines() {
        check(
            "path\tfamily\n# note\na\tone\nb\ttwo\na\ttwo\n",
            "cannot use the manifest: line 5: family `two` for what has family `one` in line 3",
        );
    }

    #[test]
    fn two_labels_of_one_family_for_one_hash_are_an_error_too() {
        let id = "ab".repeat(32);
        check(
            &format!("sha256\tfamily\tactor\n{id}\tf\tx\n{id}\tf\ty\n"),
            "cannot use the manifest: line 3: another label for what has one in line 2",
        );
    }

    #[test]
    fn the_same_line_twice_is_one() {
        check("path\tfamily\na\tone\na\tone\n", "/m/a one Malware me");
        let text = "path\tfamily\na\tone\na\tone\n";
        let manifest = Manifest::parse(text, Path::new("/m"), &fallback()).expect("a manifest");
        assert_eq!(manifest.paths(), [PathBuf::from("/m/a")]);
    }

    #[test]
    fn one_path_with_and_without_its_hash_is_one_file() {
        let (one, other) = ("ab".repeat(32), "cd".repeat(32));
        let header = "path\tsha256\tfamily\n";
        let both = format!("/m/a f Malware me; {} f Malware me", &one[..12]);
        check(&format!("{header}a\t\tf\na\t{one}\tf\n"), &both);
        check(&format!("{header}a\t{one}\tf\na\t\tf\n"), &both);
        check(
            &format!("{header}a\t{one}\tf\na\t{other}\tf\n"),
            "cannot use the manifest: line 3: another SHA-256 than line 2 gives for the same path",
        );
    }

    #[test]
    fn blanks_at_the_ends_of_a_cell_count_only_where_they_were_meant() {
        check("path\tfamily\tsource\n a \t b c \t\\sx\n", "/m/a b c Malware  x");
        check("path\tfamily\na\t\\s\n", "cannot use the manifest: line 2: no family");
    }

    #[test]
    fn nothing_of_a_line_is_passed_over_in_silence() {
        check("path\tfamily\tactr\n", "cannot use the manifest: line 1: unknown column `actr`");
        check("path\tfamily\tfamily\n", "cannot use the manifest: line 1: column `family` twice");
        check("path\tfamily\na\tf\tactor\n", "cannot use the manifest: line 2: cell 3 is in no column");
        check("path\tfamily\t\na\tf\t\n", "/m/a f Malware me");
    }

    #[test]
    fn what_an_export_escapes_comes_back() {
        let label = Label { family: "a\\b\tc".to_owned(), ..fallback() };
        let id = SampleId::of(b"x");
        let row = cognate_index::ManifestRow { id, name: "n".to_owned(), label: label.clone() };
        let text = format!("{}\n{}\n", cognate_index::MANIFEST_HEADER, row.to_line());
        let manifest = Manifest::parse(&text, Path::new("/m"), &fallback()).expect("a manifest");
        assert_eq!(manifest.label(&id, Path::new("/nowhere")), Some(&label));
    }

    #[test]
    fn a_file_that_two_lines_label_differently_is_told() {
        let id = SampleId::of(b"x");
        let text = format!("path\tsha256\tfamily\na\t\tone\n\t{id}\ttwo\nb\t{id}\ttwo\n");
        let manifest = Manifest::parse(&text, Path::new("/m"), &fallback()).expect("a manifest");
        let contradiction = |id: &SampleId, path: &str| manifest.contradiction(id, Path::new(path));
        assert_eq!(
            contradiction(&id, "/m/a").as_deref(),
            Some("lines 2 and 3 of the manifest give it different labels")
        );
        assert_eq!(contradiction(&id, "/m/b"), None);
        let other = SampleId::of(b"y");
        let another = "line 4 of the manifest gives another SHA-256 for this path";
        assert_eq!(contradiction(&other, "/m/b").as_deref(), Some(another));
    }
}
