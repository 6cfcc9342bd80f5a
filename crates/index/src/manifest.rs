//! Labels as text: one line a sample, tab-separated, so that nothing an
//! analyst said is ever lost with a store that can no longer be read.
//!
//! Columns: `sha256 name family version actor kind source`, with that line as
//! header. In a cell `\t`, `\n`, `\r` and `\\` stand for those characters; blanks at
//! either end of a cell do not count, and `\s` is one that does. An empty version or
//! actor means that there is none. [`cell`] is the rule for every table of labels.

use crate::catalogue::{Catalogue, has_hash};
use crate::embedded::Embedded;
use crate::error::{Error, ErrorKind, Hint, Result, StoreError};
use crate::files::catalogue_parts;
use crate::legacy;
use crate::marker::{FILE, Marker, catalogues};
use crate::store::{Kind, Label, Store};
use cognate_base::SampleId;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The first line of a manifest.
pub const MANIFEST_HEADER: &str = "sha256\tname\tfamily\tversion\tactor\tkind\tsource";

/// Longest line of a manifest, in bytes. A name of a file inside nested archives is the longest there is.
pub const LONGEST_LINE: usize = 1 << 20;
/// Longest name, family, version, actor or source that is stored, in bytes; longer names are cut, others refused.
pub const LONGEST_FIELD: usize = 64 << 10;
/// Characters of a wrong line that an error shows.
const SHOWN: usize = 80;

/// One line of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestRow {
    /// The sample.
    pub id: SampleId,
    /// The name it was indexed under.
    pub name: String,
    /// Its label.
    pub label: Label,
}

impl ManifestRow {
    /// The line, without its end.
    pub fn to_line(&self) -> String {
        let label = &self.label;
        let id = self.id.to_string();
        let fields = [
            id.as_str(),
            self.name.as_str(),
            label.family.as_str(),
            label.version.as_deref().unwrap_or(""),
            label.actor.as_deref().unwrap_or(""),
            label.kind.name(),
            label.source.as_str(),
        ];
        fields.map(escape).join("\t")
    }

    /// Reads a line; `None` for the header, comments (`#`) and empty lines.
    pub fn parse(line: &str) -> Result<Option<ManifestRow>> {
        let line = line.trim_end_matches(['\r', '\n']);
        if line.trim().is_empty() || line.starts_with('#') || line == MANIFEST_HEADER {
            return Ok(None);
        }
        let bad = |what: &str| {
            let shown: String = line.chars().take(SHOWN).collect();
            let cut = if shown.len() < line.len() { "…" } else { "" };
            Error::new(ErrorKind::Damaged, format!("not a manifest line, {what}: `{shown}{cut}`"))
                .hint(format!("columns, tab-separated: {}", MANIFEST_HEADER.replace('\t', " ")))
        };
        if line.len() > LONGEST_LINE {
            return Err(bad(&format!("longer than {LONGEST_LINE} bytes")));
        }
        let fields: Vec<String> = line.split('\t').map(cell).collect();
        let Ok([id, name, family, version, actor, kind, source]) = <[String; 7]>::try_from(fields) else {
            return Err(bad("seven columns expected"));
        };
        if [&name, &family, &version, &actor, &source].iter().any(|field| field.len() > LONGEST_FIELD) {
            return Err(bad(&format!("a field of more than {LONGEST_FIELD} bytes")));
        }
        let some = |text: String| (!text.is_empty()).then_some(text);
        let kind = Kind::named(&kind).ok_or_else(|| bad("kind is malware, goodware or library"))?;
        let id = id.parse().map_err(|_| bad("the first column is a SHA-256"))?;
        if family.trim().is_empty() {
            return Err(bad("no family"));
        }
        let label = Label { family, version: some(version), actor: some(actor), kind, source };
        Ok(Some(ManifestRow { id, name, label }))
    }

    /// Reads a whole manifest, with or without a byte order mark, ascending by sample.
    ///
    /// A sample may stand in several lines that say the same; two labels for one are an error.
    pub fn parse_all(text: &str) -> Result<Vec<ManifestRow>> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut rows: BTreeMap<SampleId, (usize, ManifestRow)> = BTreeMap::new();
        for (line, number) in text.lines().zip(1..) {
            let parsed = Self::parse(line).map_err(|error| error.context(format_args!("line {number}")))?;
            let Some(row) = parsed else { continue };
            match rows.get(&row.id) {
                Some((before, known)) if known.label != row.label => {
                    let what = format!("sample {} has another label than in line {before}", row.id.short());
                    return Err(Error::new(ErrorKind::Damaged, what)
                        .context(format_args!("line {number}"))
                        .hint("leave one line for each sample"));
                }
                Some(_) => {}
                None => drop(rows.insert(row.id, (number, row))),
            }
        }
        Ok(rows.into_values().map(|(_, row)| row).collect())
    }
}

/// Labels saved from a store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// One row a sample, ascending by sample.
    pub rows: Vec<ManifestRow>,
    /// Why these may not be all the labels, or not as they were given, where that is so.
    pub doubt: Option<String>,
}

fn escape(field: &str) -> String {
    let mut text = field.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r");
    if text.ends_with(' ') {
        text.truncate(text.len() - 1);
        text.push_str("\\s");
    }
    if let Some(rest) = text.strip_prefix(' ') {
        text = format!("\\s{rest}");
    }
    text
}

/// What a cell of a table of labels stands for.
pub fn cell(text: &str) -> String {
    let field = text.trim_matches(' ');
    let mut out = String::with_capacity(field.len());
    let mut characters = field.chars();
    while let Some(character) = characters.next() {
        let escaped = if character == '\\' { characters.next() } else { None };
        out.push(match escaped {
            None => character,
            Some('s') => ' ',
            Some('t') => '\t',
            Some('n') => '\n',
            Some('r') => '\r',
            Some(other) => other,
        });
    }
    out
}

impl Embedded {
    /// The labels in force in the store at `dir`, also of one that [`Embedded::open`]
    /// refuses because another version made it, or because it is damaged.
    ///
    /// Of a damaged store it saves what can be read, and says that there is doubt.
    pub fn export_manifest(dir: &Path) -> Result<Exported> {
        let mut exported = match Marker::read(dir) {
            Ok(Some(marker)) => of_marker(dir, &marker)?,
            Ok(None) if dir.join(legacy::FILE).is_file() => {
                Exported { rows: legacy::labels(dir)?, doubt: None }
            }
            Ok(None) => of_newest(dir, &crate::embedded::marker_of(dir).err())?,
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
        Ok(_) if marker.catalogue.is_none() && newer.is_some() => {
            of_newest(dir, &newer.map(|path| Error::damaged(&path.with_file_name(FILE), &passed_over(&path))))
        }
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

    #[test]
    fn any_text_survives_the_manifest() {
        let label = Label {
            family: "a\tb\\tc".into(),
            version: None,
            actor: Some("\n\r\\".into()),
            kind: Kind::Library,
            source: " s r c ".into(),
        };
        let row = ManifestRow { id: SampleId::of(b"x"), name: "näme".into(), label };
        assert_eq!(row.to_line().lines().count(), 1);
        assert_eq!(ManifestRow::parse(&row.to_line()).expect("a row"), Some(row));
    }

    #[test]
    fn blanks_at_the_ends_of_a_cell_count_only_where_they_were_meant() {
        let cells = ["  a b  ", r"\sa\s", r"a\\s", " ", r"\s"].map(cell);
        assert_eq!(cells, ["a b", " a ", r"a\s", "", " "]);
        assert_eq!([" ", "  a ", r"\s"].map(escape), [r"\s", r"\s a\s", r"\\s"]);
    }

    #[test]
    fn a_line_of_other_shape_is_refused_with_a_hint() {
        let error = ManifestRow::parse("no tabs here").expect_err("refused");
        assert!(matches!(error.next_step(), Some(Hint::Text(hint)) if hint.contains("sha256 name family")));
    }
}
