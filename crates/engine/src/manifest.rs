//! Labels in bulk: a table with a header line, columns apart by tabs.
//!
//! One of the columns `path` and `sha256` must be there, and `family`; the
//! others (`version`, `actor`, `kind`, `source`) may be. A relative path is
//! meant from the manifest's own folder. Lines that start with `#` are comments.

use crate::{Error, ErrorKind};
use cognate_base::SampleId;
use cognate_index::{Kind, Label};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// A parsed manifest: which file gets which label.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    by_id: HashMap<SampleId, Label>,
    by_path: HashMap<PathBuf, Label>,
    paths: Vec<PathBuf>,
}

impl Manifest {
    /// Parses a manifest's text; `folder` is where its relative paths start
    /// and `fallback` supplies kind and source where a row has none.
    pub fn parse(text: &str, folder: &Path, fallback: &Label) -> Result<Self, Error> {
        let mut rows = text.lines().enumerate().filter(|(_, line)| is_row(line));
        let (_, header) = rows.next().ok_or_else(|| wrong(1, "no header line"))?;
        let columns: Vec<&str> = header.split('\t').map(str::trim).collect();
        for needed in ["family"] {
            if !columns.contains(&needed) {
                return Err(wrong(1, &format!("no column `{needed}`")));
            }
        }
        if !columns.iter().any(|column| matches!(*column, "path" | "sha256")) {
            return Err(wrong(1, "no column `path` or `sha256`"));
        }
        let mut manifest = Manifest::default();
        for (number, line) in rows {
            let cells = columns.iter().copied().zip(line.split('\t').map(str::trim));
            let row: HashMap<&str, &str> = cells.filter(|(_, cell)| !cell.is_empty()).collect();
            manifest.add(&row, folder, fallback).map_err(|reason| wrong(number + 1, &reason))?;
        }
        Ok(manifest)
    }

    /// The files it names by path, in its order.
    pub fn paths(&self) -> &[PathBuf] {
        &self.paths
    }

    /// The label of a file: by its SHA-256, else by its path.
    pub fn label(&self, id: &SampleId, path: &Path) -> Option<&Label> {
        self.by_id.get(id).or_else(|| self.by_path.get(&normal(path)))
    }

    fn add(&mut self, row: &HashMap<&str, &str>, folder: &Path, fallback: &Label) -> Result<(), String> {
        let label = label_of(row, fallback)?;
        if let Some(id) = row.get("sha256") {
            let id = id.parse::<SampleId>().map_err(|error| error.to_string())?;
            self.by_id.insert(id, label.clone());
        }
        if let Some(path) = row.get("path") {
            let path = folder.join(path);
            self.by_path.insert(normal(&path), label);
            self.paths.push(path);
        } else if !row.contains_key("sha256") {
            return Err("neither path nor sha256".to_owned());
        }
        Ok(())
    }
}

fn label_of(row: &HashMap<&str, &str>, fallback: &Label) -> Result<Label, String> {
    let text = |column: &str| row.get(column).map(|&cell| cell.to_owned());
    let kind = row.get("kind").map_or(Ok(fallback.kind), |&kind| parse_kind(kind))?;
    Ok(Label {
        family: text("family").ok_or("no family")?,
        version: text("version"),
        actor: text("actor"),
        kind,
        source: text("source").unwrap_or_else(|| fallback.source.clone()),
    })
}

fn parse_kind(kind: &str) -> Result<Kind, String> {
    match kind {
        "malware" => Ok(Kind::Malware),
        "goodware" => Ok(Kind::Goodware),
        "library" => Ok(Kind::Library),
        other => Err(format!("kind `{other}` is none of malware, goodware, library")),
    }
}

fn is_row(line: &str) -> bool {
    !line.trim().is_empty() && !line.starts_with('#')
}

/// The same file by the same path, however it was written.
fn normal(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

fn wrong(line: usize, reason: &str) -> Error {
    Error::new(ErrorKind::Manifest, format!("cannot use the manifest: line {line}: {reason}"))
        .with_hint("columns, apart by tabs: path or sha256, family, version, actor, kind, source")
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
                    .map(|(path, label)| (path.display().to_string(), label))
                    .chain(manifest.by_id.iter().map(|(id, label)| (id.short(), label)))
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
}
