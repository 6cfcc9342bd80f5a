//! Labels as text: one line a sample, tab-separated, so that nothing an
//! analyst said is ever lost with a store that can no longer be read.
//!
//! Columns: `sha256 name family version actor kind source`, with that line as
//! header. In a cell `\t`, `\n`, `\r` and `\\` stand for those characters; blanks at
//! either end of a cell do not count, and `\s` is one that does. An empty version or
//! actor means that there is none. [`cell`] is the rule for every table of labels.

use crate::error::{Error, ErrorKind, Result};
use crate::store::Label;
use cognate_base::SampleId;
use std::collections::BTreeMap;

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
            label.kind.into(),
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
        let kind = kind.parse().map_err(|_| bad("kind is malware, goodware or library"))?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Kind;

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
        assert!(
            matches!(error.next_step(), Some(crate::Hint::Text(hint)) if hint.contains("sha256 name family"))
        );
    }
}
