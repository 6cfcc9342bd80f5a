//! The rows of `triage` on a terminal: the sum first, then a table whose columns shrink and go until it fits.

use super::indexed::not_programs;
use super::triaged::{CodeShares, Finding, TriageDocument, TriageRow};
use crate::text::{Align, bytes, count, name, plural, shorten, wrap};
use crate::{Document, Style};
use cognate_base::escape;
use std::collections::BTreeMap;
use unicode_width::UnicodeWidthStr;

/// Stands for a space at which a line is not to be broken.
const KEPT: &str = "\u{e000}";
/// Files of which it is told why they could not be read; the rest is counted.
const MOST_TOLD: usize = 8;
/// How long the shares stay among the columns.
const SHARES: u8 = 7;
/// What is told of them below the table.
const ABOUT: &str = "priv, lib, com, dbt, unk: % of the code that few share, that is a known library's, common, in doubt, \
                     like nothing known";
/// Columns of a name, a family and an actor, below which other columns go.
const LEAST_OF_NAME: usize = 16;
const LEAST_OF_FAMILY: usize = 8;

impl Document for TriageDocument {
    const NAME: &'static str = "triage";

    fn text(&self, style: &Style) -> String {
        let folder = common_folder(&self.rows);
        let listed: Vec<&TriageRow> =
            self.rows.iter().filter(|row| row.finding != Finding::NoProgram).collect();
        let table = table(&listed, folder.len(), style.width);
        [self.head(folder, style), self.groups_text(folder.len(), style), table, self.not_read(style)]
            .concat()
    }
}

impl TriageDocument {
    /// How many files there are, and of each finding.
    fn head(&self, folder: &str, style: &Style) -> String {
        let mut counts: BTreeMap<Finding, u64> = BTreeMap::new();
        self.rows.iter().for_each(|row| *counts.entry(row.finding).or_default() += 1);
        let look: u64 =
            counts.iter().filter(|(finding, _)| finding.needs_a_look()).map(|(_, number)| number).sum();
        let told = |(finding, number): (&Finding, &u64)| {
            format!("{} {}", count(*number), finding.words()).replace(' ', KEPT)
        };
        let counts: Vec<String> = counts.iter().map(told).collect();
        let need = if look == 1 { "needs" } else { "need" };
        let all = format!("{}, {} {need} a look", plural(self.rows.len() as u64, "file"), count(look));
        let place = if folder.is_empty() {
            String::new()
        } else {
            format!("  in {}\n", name(folder, style.width.saturating_sub(5)))
        };
        format!(
            "{}\n{}{place}\n",
            style.heading(&all),
            wrap(&counts.join(", "), 2, style.width).replace(KEPT, " ")
        )
    }

    /// Why files could not be read, and what those are that are no programs.
    fn not_read(&self, style: &Style) -> String {
        let of = |finding| self.rows.iter().filter(move |row| row.finding == finding);
        let unread = of(Finding::NotRead).count();
        let mut out = String::new();
        if unread > 0 {
            out.push_str(&format!(
                "\n{}\n",
                style.doubt(&format!("{} not read", plural(unread as u64, "file")))
            ));
        }
        for row in of(Finding::NotRead).take(MOST_TOLD) {
            let reason = crate::shorten_names(&style.advised(&row.reason));
            let reason =
                if reason.contains('`') { reason } else { format!("{}: {reason}", shorten(&row.name, 60)) };
            out.push_str(&wrap(&escape(&reason), 2, style.width));
        }
        out.push_str(&style.more(2, unread.saturating_sub(MOST_TOLD)));
        let kinds: Vec<&str> = of(Finding::NoProgram).filter_map(|row| row.recognised.as_deref()).collect();
        if !kinds.is_empty() {
            out.push('\n');
            out.push_str(&wrap(&not_programs(kinds.into_iter()), 0, style.width));
        }
        out
    }
}

/// The folder, with its slash, in which all files are; nothing where there is none, or one file.
fn common_folder(rows: &[TriageRow]) -> &str {
    let Some((first, others)) = rows.split_first().filter(|(_, others)| !others.is_empty()) else {
        return "";
    };
    let shared = others.iter().fold(first.name.as_str(), |shared, row| {
        let same = shared.char_indices().zip(row.name.chars()).find(|((_, a), b)| a != b);
        let end = same.map_or(shared.len().min(row.name.len()), |((at, _), _)| at);
        shared.get(..end).unwrap_or_default()
    });
    shared.rfind('/').and_then(|slash| shared.get(..=slash)).unwrap_or_default()
}

/// A column with its cells.
struct Column {
    title: &'static str,
    align: Align,
    /// The higher the longer it stays.
    stays: u8,
    /// How narrow it may become; none where its cells are never cut.
    least: Option<usize>,
    cells: Vec<String>,
}

impl Column {
    fn widest(&self) -> usize {
        let cells = self.cells.iter().map(|cell| cell.width());
        cells.chain([self.title.width()]).max().unwrap_or_default()
    }

    /// The width it can do with.
    fn narrowest(&self) -> usize {
        self.least.map_or(self.widest(), |least| least.min(self.widest()))
    }
}

fn table(rows: &[&TriageRow], skip: usize, width: usize) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let (columns, widths) = fitted(columns(rows, skip), width);
    let line = |cell: &dyn Fn(&Column) -> String| {
        let cells = columns.iter().zip(&widths);
        let cells = cells.map(|(column, &width)| padded(&shorten(&cell(column), width), width, column.align));
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    let head = line(&|column| column.title.to_owned());
    let lines = (0..rows.len()).map(|at| line(&|column| column.cells.get(at).cloned().unwrap_or_default()));
    let body: String = lines.collect();
    let has_shares = columns.iter().any(|column| column.stays == SHARES);
    let about = if has_shares { format!("\n{}", wrap(ABOUT, 0, width)) } else { String::new() };
    format!("{head}{body}{about}")
}

/// The columns that fit, each with its width: first names shrink, then columns go.
fn fitted(mut columns: Vec<Column>, width: usize) -> (Vec<Column>, Vec<usize>) {
    // what is empty everywhere says nothing
    columns.retain(|column| column.cells.iter().any(|cell| !cell.is_empty()));
    let taken = |widths: &[usize]| widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1);
    let mut narrowest: Vec<usize> = columns.iter().map(Column::narrowest).collect();
    while columns.len() > 1 && taken(&narrowest) > width {
        let least = columns.iter().map(|column| column.stays).min().unwrap_or_default();
        columns.retain(|column| column.stays != least);
        narrowest = columns.iter().map(Column::narrowest).collect();
    }
    let mut widths: Vec<usize> = columns.iter().map(Column::widest).collect();
    while taken(&widths) > width {
        // the widest of those that can be narrower
        let can = widths.iter_mut().zip(&narrowest).filter(|(width, narrowest)| **width > **narrowest);
        let Some((widest, _)) = can.max_by_key(|(width, _)| **width) else { break };
        *widest -= 1;
    }
    (columns, widths)
}

fn padded(cell: &str, width: usize, align: Align) -> String {
    let pad = " ".repeat(width.saturating_sub(cell.width()));
    match align {
        Align::Left => format!("{cell}{pad}"),
        Align::Right => format!("{pad}{cell}"),
    }
}

fn columns(rows: &[&TriageRow], skip: usize) -> Vec<Column> {
    let column = |title, align, stays, least, cell: &dyn Fn(&TriageRow) -> String| Column {
        title,
        align,
        stays,
        least,
        cells: rows.iter().map(|row| cell(row)).collect(),
    };
    let share = |title, of: fn(&CodeShares) -> f64| {
        column(title, Align::Right, SHARES, None, &|row| {
            row.code.map(|code| whole(of(&code))).unwrap_or_default()
        })
    };
    vec![
        column("finding", Align::Left, 9, None, &|row| row.finding.words().to_owned()),
        column("name", Align::Left, 9, Some(LEAST_OF_NAME), &|row| {
            escape(row.name.get(skip..).unwrap_or(&row.name))
        }),
        column("group", Align::Right, 9, None, &|row| {
            row.group.map(|group| group.to_string()).unwrap_or_default()
        }),
        column("family", Align::Left, 8, Some(LEAST_OF_FAMILY), &|row| escape(&row.families())),
        column("actor", Align::Left, 6, Some(LEAST_OF_FAMILY), &|row| escape(&row.actors())),
        share("priv", |code| code.private),
        share("lib", |code| code.library),
        share("com", |code| code.common),
        share("dbt", |code| code.doubtful),
        share("unk", |code| code.unknown),
        column("packed", Align::Left, 5, None, &|row| {
            if row.packed { "packed".to_owned() } else { String::new() }
        }),
        column("file", Align::Left, 4, None, &TriageRow::what),
        column("size", Align::Right, 3, None, &|row| row.size.map(bytes).unwrap_or_default()),
        column("sha256", Align::Left, 2, None, &|row| row.id.map(|id| id.short()).unwrap_or_default()),
    ]
}

/// A share as whole per cents; what is not nothing never reads 0, what is not all never 100.
fn whole(share: f64) -> String {
    match (share * 100.0).round() {
        0.0 if share > 0.0 => "<1".to_owned(),
        100.0 if share < 1.0 => ">99".to_owned(),
        rounded => format!("{rounded:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NamedFamily;
    use cognate_base::SampleId;
    use cognate_documents::{Arch, Failure, Format, Kind, Verdict};

    fn row(name: &str, family: &str) -> TriageRow {
        let failure = Failure { name: name.to_owned(), error: "shares".to_owned(), recognised: None };
        let named =
            NamedFamily { family: family.to_owned(), kind: Kind::Malware, actors: vec![family.repeat(2)] };
        TriageRow {
            finding: Finding::Related,
            named: vec![named],
            code: Some(CodeShares {
                private: 0.999,
                library: 0.001,
                common: 0.0,
                doubtful: 0.0,
                unknown: 0.0,
                too_small: 0.0,
            }),
            packed: true,
            verdict: Some(Verdict::Related),
            format: Some(Format::MachO),
            arch: Some(Arch::Aarch64),
            size: Some(123_456_789),
            id: Some(SampleId::of(name.as_bytes())),
            ..TriageRow::failed(failure)
        }
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let long = "very/long/path/".repeat(20);
        let hostile = format!("{long}\u{1b}[31m\u{202e}漢字漢字.bin");
        let rows = vec![row(&hostile, "a family of which nobody can remember the name"), row("a", "b")];
        let unread = TriageRow { finding: Finding::NotRead, reason: hostile.clone(), ..rows[0].clone() };
        let document = TriageDocument::new([rows, vec![unread]].concat());
        for width in 60..=160 {
            let text = document.text(&Style { width, ..Style::default() });
            let table = text.split("file not read").next().unwrap();
            let widest = table.lines().map(UnicodeWidthStr::width).max().unwrap();
            assert!(widest <= width, "{widest} at {width}\n{text}");
            assert!(!text.contains(['\u{1b}', '\u{202e}']) && text.contains("related"), "{text}");
        }
    }

    #[test]
    fn the_folder_of_all_files_is_told_once() {
        let check = |names: &[&str], folder: &str| {
            let rows: Vec<TriageRow> = names.iter().map(|name| row(name, "f")).collect();
            assert_eq!(common_folder(&rows), folder, "{names:?}");
        };
        check(&["in/a/x", "in/a/y", "in/ab"], "in/");
        check(&["in/a", "in/a"], "in/");
        check(&["in/é", "in/è"], "in/");
        check(&["a", "b"], "");
        check(&["in/a"], "");
        check(&[], "");
    }

    #[test]
    fn a_little_is_not_nothing_and_nearly_all_not_all() {
        assert_eq!([0.0, 0.001, 0.5, 0.999, 1.0].map(whole).join(" "), "0 <1 50 >99 100");
    }
}
