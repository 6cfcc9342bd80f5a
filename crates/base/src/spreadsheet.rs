//! Tables of spreadsheets: cells that do not run, and the lines that rows stand in.

/// What a cell begins with that a spreadsheet takes for a formula (OWASP, CSV injection).
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
/// Put before such a cell, and before one that begins with it: spreadsheets take the rest for text.
const MARK: char = '\'';

/// A cell that no spreadsheet takes for a formula; [`from_cell`] takes it back.
pub fn to_cell(text: &str) -> String {
    match text.starts_with(FORMULA) || text.starts_with(MARK) {
        true => format!("{MARK}{text}"),
        false => text.to_owned(),
    }
}

/// What was written into a cell by [`to_cell`].
pub fn from_cell(cell: &str) -> &str {
    let rest = cell.strip_prefix(MARK).filter(|rest| rest.starts_with(FORMULA) || rest.starts_with(MARK));
    rest.unwrap_or(cell)
}

/// The line that a row begins in, for a reader of CSV that knows only where the row before it ended: at `byte`, in `line`.
///
/// What is left of an end of line, empty lines and comments lie between.
pub fn line_of_row(text: &str, byte: u64, line: u64, comment: Option<char>) -> u64 {
    let rest = usize::try_from(byte).ok().and_then(|byte| text.get(byte..)).unwrap_or_default();
    let is_passed = |line: &&str| line.is_empty() || comment.is_some_and(|mark| line.starts_with(mark));
    line + rest.lines().take_while(is_passed).count() as u64
}

#[cfg(test)]
mod tests {
    use super::{from_cell, to_cell};

    #[test]
    fn formulas_become_text_and_come_back() {
        let check = |text: &str, cell: &str| {
            assert_eq!(to_cell(text), cell);
            assert_eq!(from_cell(cell), text);
        };
        check("plain", "plain");
        check("=1+1", "'=1+1");
        check("@SUM(A1)", "'@SUM(A1)");
        check("＝1", "'＝1");
        check("'quoted", "''quoted");
        check("a=b", "a=b");
    }
}
