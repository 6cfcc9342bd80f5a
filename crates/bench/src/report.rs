//! A measurement as it is recorded: context, tables, notes; Markdown and JSON.

use crate::Record;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;
use std::process::Command;

/// One measurement.
pub struct Report {
    name: String,
    context: Vec<(String, String)>,
    tables: Vec<Table>,
    notes: Vec<String>,
}

/// A table of text cells under a title.
pub struct Table {
    title: String,
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table.
    pub fn new(title: &str, columns: &[&str]) -> Self {
        Table {
            title: title.to_owned(),
            columns: columns.iter().map(|&column| column.to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row, one cell a column.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    fn markdown(&self, out: &mut String) {
        let _ = writeln!(out, "\n## {}\n", self.title);
        let _ = writeln!(out, "| {} |", self.columns.join(" | "));
        let _ = writeln!(out, "|{}", " --- |".repeat(self.columns.len()));
        for row in &self.rows {
            let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|")).collect();
            let _ = writeln!(out, "| {} |", cells.join(" | "));
        }
    }

    fn json(&self) -> Value {
        let objects = self.rows.iter().map(|row| {
            Value::Object(self.columns.iter().cloned().zip(row.iter().map(|cell| json!(cell))).collect())
        });
        json!({ "title": self.title, "rows": objects.collect::<Vec<_>>() })
    }
}

impl Report {
    /// Starts a report with where it stands: date, revision, seed, machine.
    pub fn new(name: &str, record: &Record, corpora: &[&Path]) -> Self {
        let folders: Vec<String> = corpora.iter().map(|path| path.display().to_string()).collect();
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let context = [
            ("date", record.date.clone()),
            ("revision", revision()),
            ("seed", record.seed.to_string()),
            ("corpora", folders.join(", ")),
            ("machine", format!("{cores} cores, {}", processor())),
            ("load at the start", crate::process::load()),
        ];
        let context = context.map(|(key, value)| (key.to_owned(), value)).to_vec();
        Report { name: name.to_owned(), context, tables: Vec::new(), notes: Vec::new() }
    }

    /// Adds a table.
    pub fn table(&mut self, table: Table) {
        self.tables.push(table);
    }

    /// Adds a remark on how a figure is to be read.
    pub fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }

    fn markdown(&self) -> String {
        let mut out = format!("# {}\n\n", self.name);
        for (key, value) in &self.context {
            let _ = writeln!(out, "- {key}: {value}");
        }
        for table in &self.tables {
            table.markdown(&mut out);
        }
        if !self.notes.is_empty() {
            out.push_str("\n## How to read it\n\n");
        }
        for note in &self.notes {
            let _ = writeln!(out, "- {note}");
        }
        out
    }

    fn json(&self) -> Value {
        json!({
            "name": self.name,
            "context": self.context.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
            "tables": self.tables.iter().map(Table::json).collect::<Vec<_>>(),
            "notes": self.notes,
        })
    }

    /// Prints the Markdown; with a folder, leaves Markdown and JSON there.
    pub fn publish(&self, record: &Record) -> Result<()> {
        let markdown = self.markdown();
        print!("{markdown}");
        let Some(folder) = &record.out else { return Ok(()) };
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
        std::fs::write(folder.join(format!("{}.md", self.name)), markdown)?;
        let json = serde_json::to_string_pretty(&self.json())?;
        std::fs::write(folder.join(format!("{}.json", self.name)), json + "\n")?;
        Ok(())
    }
}

/// A share in percent, `-` where there is nothing to share.
pub fn percent(part: usize, whole: usize) -> String {
    if whole == 0 { "-".to_owned() } else { format!("{:.2} %", 100.0 * part as f64 / whole as f64) }
}

fn revision() -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let head = git(&["rev-parse", "--short=12", "HEAD"]).unwrap_or_else(|| "unknown".to_owned());
    let changed = git(&["status", "--porcelain", "--", "crates"]).is_some_and(|text| !text.is_empty());
    if changed { format!("{head} with uncommitted changes") } else { head }
}

fn processor() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    model.map_or_else(|| "unknown processor".to_owned(), |(_, name)| name.to_owned())
}
