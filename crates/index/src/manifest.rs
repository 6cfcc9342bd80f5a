//! Labels as text: one line a sample, tab-separated, so that nothing an
//! analyst said is ever lost with a store that can no longer be read.
//!
//! Columns: `sha256 name family version actor kind source`, with that line as
//! header. In a field `\t`, `\n`, `\r` and `\\` stand for those characters; an
//! empty version or actor means that there is none.

use crate::catalogue::Catalogue;
use crate::embedded::Embedded;
use crate::error::{Error, ErrorKind, Result};
use crate::store::{Kind, Label, Store};
use cognate_base::SampleId;
use std::path::Path;

/// The first line of a manifest.
pub const MANIFEST_HEADER: &str = "sha256\tname\tfamily\tversion\tactor\tkind\tsource";

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
        if line.is_empty() || line.starts_with('#') || line == MANIFEST_HEADER {
            return Ok(None);
        }
        let bad = |what: &str| {
            Error::new(ErrorKind::Damaged, format!("not a manifest line, {what}: `{line}`"))
                .with_hint(format!("columns, tab-separated: {}", MANIFEST_HEADER.replace('\t', " ")))
        };
        let fields: Vec<String> = line.split('\t').map(unescape).collect();
        let Ok([id, name, family, version, actor, kind, source]) = <[String; 7]>::try_from(fields) else {
            return Err(bad("seven columns expected"));
        };
        let some = |text: String| (!text.is_empty()).then_some(text);
        let kind = Kind::named(&kind).ok_or_else(|| bad("kind is malware, goodware or library"))?;
        let id = id.parse().map_err(|_| bad("the first column is a SHA-256"))?;
        let label = Label { family, version: some(version), actor: some(actor), kind, source };
        Ok(Some(ManifestRow { id, name, label }))
    }
}

fn escape(field: &str) -> String {
    field.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r")
}

fn unescape(field: &str) -> String {
    let mut out = String::with_capacity(field.len());
    let mut characters = field.chars();
    while let Some(character) = characters.next() {
        let escaped = if character == '\\' { characters.next() } else { None };
        out.push(match escaped {
            None => character,
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
    /// refuses because another version made its fingerprints.
    pub fn export_manifest(dir: &Path) -> Result<Vec<ManifestRow>> {
        let catalogue = Catalogue::open_any_version(dir, true)?;
        let snapshot = catalogue.snapshot()?;
        let live = |key: u32| {
            let place = snapshot.samples.binary_search_by_key(&key, |sample| sample.key);
            place.is_ok_and(|place| !snapshot.samples[place].removed)
        };
        let samples = catalogue.samples(live)?.into_iter();
        let mut rows: Vec<ManifestRow> = samples
            .map(|sample| ManifestRow { id: sample.id, name: sample.name, label: sample.label })
            .collect();
        rows.sort_unstable_by_key(|row| row.id);
        Ok(rows)
    }

    /// Relabels the samples of a manifest that are here and labelled otherwise; says how many.
    pub fn import_manifest(&mut self, rows: &[ManifestRow]) -> Result<usize> {
        self.commit()?;
        let mut changed = 0;
        for row in rows {
            let other = self.find(&row.id)?.is_some_and(|sample| sample.label != row.label);
            changed += usize::from(other && self.relabel(&row.id, &row.label)?);
        }
        Ok(changed)
    }
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
            source: "src".into(),
        };
        let row = ManifestRow { id: SampleId::of(b"x"), name: "näme".into(), label };
        assert_eq!(row.to_line().lines().count(), 1);
        assert_eq!(ManifestRow::parse(&row.to_line()).expect("a row"), Some(row));
    }

    #[test]
    fn a_line_of_other_shape_is_refused_with_a_hint() {
        let error = ManifestRow::parse("no tabs here").expect_err("refused");
        assert!(error.hint().is_some_and(|hint| hint.contains("sha256 name family")));
    }
}
