//! A table as CSV: written so that a spreadsheet runs nothing in it, and read as spreadsheets write it.

use super::{ANALYST, ITEM, Matrix, RATIONALE, ROLES, TITLE, UNCERTAINTY};
use crate::model::Case;
use crate::model::value::{Factor, Probability};
use crate::table::{MOST_ERRORS, QUOTE, Table, wrong};
use cognate_base::{Error, ErrorKind, from_cell, to_cell};
use std::collections::{BTreeMap, BTreeSet};

/// Most bytes of a table.
pub const MAX_TABLE: usize = 64 << 20;

/// A row as it was read.
pub(super) struct ReadRow {
    /// Where it stands in the table.
    pub line: u64,
    pub item: String,
    pub analyst: Option<String>,
    /// The title, where the table has it.
    pub title: Option<String>,
    /// By column of the table; an empty cell is none.
    pub cells: BTreeMap<String, Option<String>>,
    /// Why, where the table has it.
    pub rationale: Option<String>,
    /// The factor, where the table has it.
    pub uncertainty: Option<Option<String>>,
}

impl ReadRow {
    /// The item and the analyst.
    pub fn key(&self) -> (&str, Option<&str>) {
        (&self.item, self.analyst.as_deref())
    }

    /// An error about it.
    pub fn wrong(&self, what: &str) -> Error {
        wrong(self.line, what)
    }
}

impl Matrix {
    /// The table as CSV; `spreadsheet` writes semicolons and the mark of UTF-8, which Excel wants in most of Europe.
    #[must_use]
    pub fn to_csv(&self, spreadsheet: bool) -> String {
        let delimiter = if spreadsheet { b';' } else { b',' };
        let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
        let head = [ITEM, ANALYST, TITLE].into_iter().chain(self.columns.iter().map(String::as_str));
        let head: Vec<&str> = head.chain([RATIONALE, UNCERTAINTY]).collect();
        let mut written = writer.write_record(head);
        for row in &self.rows {
            let cell = |column: &String| row.cells.get(column).map_or("", String::as_str);
            let start = [row.item.as_str(), row.analyst.as_deref().unwrap_or_default(), row.title.as_str()];
            let end = [row.rationale.as_str(), row.uncertainty.as_deref().unwrap_or_default()];
            let cells = start.into_iter().chain(self.columns.iter().map(cell)).chain(end);
            written = written.and_then(|()| writer.write_record(cells.map(to_cell)));
        }
        let bytes = written.ok().and_then(|()| writer.into_inner().ok());
        debug_assert!(bytes.is_some(), "memory takes everything");
        let table = String::from_utf8(bytes.unwrap_or_default()).unwrap_or_default();
        if spreadsheet { format!("\u{feff}{table}") } else { table }
    }
}

/// Reads a table of a case; everything that is wrong with it, otherwise.
pub(super) fn read(table: &str, case: &Case) -> Result<Vec<ReadRow>, Vec<Error>> {
    if table.len() > MAX_TABLE {
        let message = format!("the table has {} bytes, more than {MAX_TABLE}", table.len());
        return Err(vec![Error::new(ErrorKind::TooLarge, message)]);
    }
    let table = Table::open(table).map_err(|error| vec![error])?;
    let head: Vec<String> = table.head.iter().map(|name| from_cell(name).to_owned()).collect();
    let items = case.evidence.iter().map(|item| item.id.as_str()).collect();
    let mut reading =
        Reading { case, items, head: &head, line: table.line, errors: Vec::new(), seen: BTreeSet::new() };
    reading.head();
    let mut rows = Vec::new();
    if reading.errors.is_empty() {
        for record in table {
            match record {
                Ok((line, record)) => rows.extend(reading.row(line, &record)),
                Err(error) => reading.errors.push(error),
            }
            if reading.errors.len() >= MOST_ERRORS {
                break;
            }
        }
    }
    if reading.errors.is_empty() { Ok(rows) } else { Err(reading.errors) }
}

/// A table on its way in.
struct Reading<'t> {
    case: &'t Case,
    items: BTreeSet<&'t str>,
    head: &'t [String],
    /// Where the head stands.
    line: u64,
    errors: Vec<Error>,
    seen: BTreeSet<(String, Option<String>)>,
}

impl Reading<'_> {
    /// Every column must be known, and none come twice.
    fn head(&mut self) {
        let mut seen = BTreeSet::new();
        for name in self.head {
            let known = [ITEM, ANALYST, TITLE, RATIONALE, UNCERTAINTY, "unlisted"].contains(&name.as_str());
            if !known && !self.is_hypothesis(name) {
                let ids: Vec<&str> =
                    self.case.candidates.iter().map(|one| one.id.as_str()).take(12).collect();
                let message = format!("no column is called `{}`", name.escape_debug());
                let hint = format!(
                    "columns are {ITEM}, {ANALYST}, {TITLE}, unlisted, {RATIONALE}, {UNCERTAINTY}, the candidates ({}), and roles such as `ID/tasked`",
                    ids.join(", ")
                );
                self.errors.push(wrong(self.line, &message).hint(hint));
            }
            if !seen.insert(name) {
                self.errors
                    .push(wrong(self.line, &format!("the column `{}` comes twice", name.escape_debug())));
            }
        }
        if !self.head.iter().any(|name| name == ITEM) {
            let hint = "the first line names the columns, as a table of the case has them; commas, semicolons and tabs part them";
            self.errors = vec![wrong(self.line, &format!("there is no column `{ITEM}`")).hint(hint)];
        }
    }

    fn is_hypothesis(&self, column: &str) -> bool {
        let (id, role) = column.split_once('/').map_or((column, None), |(id, role)| (id, Some(role)));
        let named =
            self.case.candidates.iter().map(|one| &one.id).chain(self.case.sets.iter().map(|one| &one.id));
        named.into_iter().any(|name| *name == *id)
            && role.is_none_or(|role| ROLES.iter().any(|(_, known)| *known == role))
    }

    fn row(&mut self, line: u64, record: &csv::StringRecord) -> Option<ReadRow> {
        if record.iter().all(|cell| cell.trim().is_empty()) {
            return None;
        }
        if record.len() != self.head.len() {
            let what = format!("{} cells, and the head has {}", record.len(), self.head.len());
            self.errors.push(wrong(line, &what).hint(QUOTE));
            return None;
        }
        let mut row = ReadRow {
            line,
            item: String::new(),
            analyst: None,
            title: None,
            cells: BTreeMap::new(),
            rationale: None,
            uncertainty: None,
        };
        for (name, cell) in self.head.iter().zip(record.iter()) {
            let (text, trimmed) = (from_cell(cell), from_cell(cell.trim()));
            match name.as_str() {
                ITEM => row.item = trimmed.to_owned(),
                ANALYST => row.analyst = (!trimmed.is_empty()).then(|| trimmed.to_owned()),
                TITLE => row.title = Some(text.to_owned()),
                RATIONALE => row.rationale = Some(text.to_owned()),
                UNCERTAINTY => row.uncertainty = Some(self.number(line, name, trimmed, false)),
                _ => drop(row.cells.insert(name.clone(), self.number(line, name, trimmed, true))),
            }
        }
        self.names(&row).then_some(row)
    }

    /// The item and the analyst must be of the case, and the row must come once.
    fn names(&mut self, row: &ReadRow) -> bool {
        let before = self.errors.len();
        if !self.items.contains(row.item.as_str()) {
            let near =
                crate::nearest::nearest(&row.item, self.case.evidence.iter().map(|item| item.id.as_str()));
            let error = row.wrong(&format!("no evidence is called `{}`", row.item.escape_debug()));
            self.errors.push(match near {
                Some(near) => error
                    .hint(format!("did you mean `{near}`? new items are written into the case file first")),
                None => error.hint("new items are written into the case file first"),
            });
        }
        if let Some(by) = &row.analyst
            && !self.case.analysts.iter().any(|analyst| analyst.id == *by)
        {
            let error = row.wrong(&format!("no analyst is called `{}`", by.escape_debug()));
            self.errors.push(error.hint("analysts are written into the case file first, as `[[analyst]]`"));
        }
        if !self.seen.insert((row.item.clone(), row.analyst.clone())) {
            self.errors
                .push(row.wrong(&format!("the judgement of `{}` comes twice", row.item.escape_debug())));
        }
        self.errors.len() == before
    }

    /// A cell as it is written in a case file, with a point for a comma; an empty one is none.
    fn number(&mut self, line: u64, column: &str, cell: &str, word_allowed: bool) -> Option<String> {
        if cell.is_empty() {
            return None;
        }
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let comma = cell.split_once(',').filter(|(whole, rest)| {
            digits(whole)
                && rest.split(['e', 'E']).next().is_some_and(|rest| !rest.is_empty() && digits(rest))
        });
        let text = comma.map_or_else(|| cell.to_owned(), |(whole, rest)| format!("{whole}.{rest}"));
        // TOML parts digits with `_`, which no word has.
        let text = text.replace('_', "");
        let refuse = |error: Error| {
            let what = format!("column `{column}`: {}", error.message());
            match error.next_step() {
                Some(hint) => wrong(line, &what).hint(hint.clone()),
                None => wrong(line, &what),
            }
        };
        let checked = match text.parse::<f64>() {
            Ok(number) if word_allowed => Probability::try_from(number).map(drop),
            Ok(number) => Factor::try_from(number).map(drop),
            Err(_) if word_allowed && self.case.scale.step(&text).is_some() => Ok(()),
            Err(_) => {
                let error = match word_allowed {
                    true => self.case.scale.unknown(&text),
                    false => Error::meaning(format!("`{}` is no number", text.escape_debug())),
                };
                let share = text.ends_with('%');
                let error = if share { error.hint("write a share of one: 0.05 for 5 %") } else { error };
                self.errors.push(refuse(error));
                return None;
            }
        };
        if let Err(refused) = checked {
            self.errors.push(refuse(Error::meaning(refused.message).hint(refused.hint)));
        }
        Some(text)
    }
}
