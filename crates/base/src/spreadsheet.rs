//! Cells of tables that spreadsheets open: none of them runs.

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
