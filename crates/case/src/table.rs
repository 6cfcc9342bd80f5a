//! A table as spreadsheets write it: the mark of UTF-8, a line that names the delimiter, either end of line.

use cognate_base::{Error, ErrorKind, line_of_row};
use csv::{Position, ReaderBuilder, StringRecord, StringRecordsIntoIter};

/// Most errors that are told of one table.
pub(crate) const MOST_ERRORS: usize = 50;
/// What to do about a row with too many cells, or too few.
pub(crate) const QUOTE: &str = "cells that hold the delimiter or a line break stand in double quotes";
/// What Excel writes before the head to name its own delimiter.
const NAMES_DELIMITER: &str = "sep=";

/// A table: its line of names, and an iterator over the lines below it with their numbers.
pub(crate) struct Table<'t> {
    /// The cells of the first line, as written.
    pub head: Vec<String>,
    /// Where the head stands.
    pub line: u64,
    text: &'t str,
    /// Lines before what the reader reads.
    before: u64,
    records: StringRecordsIntoIter<&'t [u8]>,
}

impl<'t> Table<'t> {
    /// Opens a table.
    ///
    /// # Errors
    /// It has no head that can be read.
    pub fn open(text: &'t str) -> Result<Self, Error> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let (named, before, text) = match text.strip_prefix(NAMES_DELIMITER) {
            Some(rest) => (rest.bytes().next(), 1, rest.split_once('\n').map_or("", |(_, rest)| rest)),
            None => (None, 0, text),
        };
        let delimiter = named.unwrap_or_else(|| delimiter(text));
        let mut reader =
            ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
        let head = reader.headers().map_err(|error| wrong(before + 1, &error.to_string()))?;
        let line = head.position().map_or(1, |place| line(text, place)) + before;
        let head = head.iter().map(|name| name.trim().to_owned()).collect();
        Ok(Self { head, line, text, before, records: reader.into_records() })
    }
}

impl Iterator for Table<'_> {
    type Item = Result<(u64, StringRecord), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = |place: Option<&Position>| place.map_or(0, |place| line(self.text, place) + self.before);
        Some(match self.records.next()? {
            Ok(record) => Ok((line(record.position()), record)),
            Err(error) => Err(wrong(line(error.position()), &error.to_string())),
        })
    }
}

fn line(text: &str, place: &Position) -> u64 {
    line_of_row(text, place.byte(), place.line(), None)
}

/// An error about a line of a table.
pub(crate) fn wrong(line: u64, what: &str) -> Error {
    Error::new(ErrorKind::Question, format!("line {line} of the table: {what}"))
}

/// The character of the head that most likely parts its columns.
fn delimiter(table: &str) -> u8 {
    let head = table.lines().find(|line| !line.is_empty()).unwrap_or_default();
    let count = |delimiter: &u8| head.bytes().filter(|byte| byte == delimiter).count();
    [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn a_row_is_where_it_stands() {
        let check = |text: &str, expected: &[(u64, &str)]| {
            let table = Table::open(text).expect("a head");
            let head = (table.line, table.head.join("|"));
            let rows = table.map(|row| row.expect("a row"));
            let rows = rows.map(|(line, record)| (line, record.iter().collect::<Vec<_>>().join("|")));
            let found: Vec<(u64, String)> = std::iter::once(head).chain(rows).collect();
            let found: Vec<(u64, &str)> = found.iter().map(|(line, cells)| (*line, cells.as_str())).collect();
            assert_eq!(found, expected, "{text:?}");
        };
        check("a,b\n1,2\n3,4\n", &[(1, "a|b"), (2, "1|2"), (3, "3|4")]);
        check("a,b\r\n1,2\r\n3,4\r\n", &[(1, "a|b"), (2, "1|2"), (3, "3|4")]);
        check("\u{feff}\r\na;b\r\n\r\n\r\n1;2\r\n\r\n3;4", &[(2, "a|b"), (5, "1|2"), (7, "3|4")]);
        check("sep=;\r\na;b\r\n1,0;2\r\n", &[(2, "a|b"), (3, "1,0|2")]);
        check("a\tb\n\"1\n1\"\t2\n\n3\t4\n", &[(1, "a|b"), (2, "1\n1|2"), (5, "3|4")]);
        check("a\rb\r", &[(1, "a"), (1, "b")]);
        check("sep=", &[(2, "")]);
    }
}
