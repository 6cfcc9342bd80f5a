//! `index`: what became of the files.

use crate::text::{Align, Table, bytes, count, name, plural, wrap};
use crate::{Document, Style};
use cognate_base::{Gap, SampleId};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;

/// What `index` shows.
#[derive(Clone, Debug, Serialize)]
pub struct IndexDocument {
    /// The store's folder.
    pub store: String,
    /// Files and archive members, in the order of the tree.
    pub files: Vec<IndexLine>,
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum IndexOutcome {
    /// Stored.
    New,
    /// There already.
    Known,
    /// Not stored.
    Skipped,
}

/// One file or archive member.
#[derive(Clone, Debug, Serialize)]
pub struct IndexLine {
    /// Its name, not escaped.
    pub name: String,
    /// Its SHA-256, where it could be read.
    pub id: Option<SampleId>,
    /// What became of it.
    pub outcome: IndexOutcome,
    /// Why it was skipped.
    pub reason: Option<String>,
    /// The family it was given.
    pub family: Option<String>,
    /// Functions fingerprinted.
    pub functions: u64,
    /// Instructions in them.
    pub instructions: u64,
    /// Bytes of the file.
    pub size: u64,
    /// What could not be read of it.
    pub gaps: Vec<Gap>,
}

impl IndexDocument {
    /// The families with their samples and functions.
    pub fn table(&self) -> String {
        families(self)
    }

    /// Whether any file is in the store now.
    pub fn found(&self) -> bool {
        self.files.iter().any(|file| file.outcome != IndexOutcome::Skipped)
    }

    fn of(&self, outcome: IndexOutcome) -> impl Iterator<Item = &IndexLine> {
        self.files.iter().filter(move |file| file.outcome == outcome)
    }
}

impl Document for IndexDocument {
    const NAME: &'static str = "index";

    fn text(&self, style: &Style) -> String {
        let number = |outcome| self.of(outcome).count() as u64;
        let stored = number(IndexOutcome::New);
        let functions: u64 = self.of(IndexOutcome::New).map(|file| file.functions).sum();
        let size: u64 = self.of(IndexOutcome::New).map(|file| file.size).sum();
        let mut out = format!(
            "{}: {} in {}, {}\n",
            style.heading(&format!("{} indexed", plural(stored, "sample"))),
            plural(functions, "function"),
            bytes(size),
            name(&self.store, style.width),
        );
        let known = number(IndexOutcome::Known);
        if known > 0 {
            let _ = writeln!(out, "{} there already", plural(known, "sample"));
        }
        let gaps: usize = self.of(IndexOutcome::New).map(|file| file.gaps.len()).sum();
        if gaps > 0 {
            let damaged = self.of(IndexOutcome::New).filter(|file| !file.gaps.is_empty()).count();
            let _ = writeln!(
                out,
                "{} in {} (`cognate inspect FILE` tells)",
                plural(gaps as u64, "gap"),
                plural(damaged as u64, "sample")
            );
        }
        out.push_str(&families(self));
        out.push_str(&skipped(self, style));
        out
    }
}

fn families(document: &IndexDocument) -> String {
    let mut families: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for file in document.of(IndexOutcome::New) {
        let family = families.entry(file.family.as_deref().unwrap_or_default()).or_default();
        family.0 += 1;
        family.1 += file.functions;
    }
    if families.len() < 2 {
        return String::new();
    }
    let mut table =
        Table::new(2, &[("family", Align::Left), ("samples", Align::Right), ("functions", Align::Right)]);
    for (family, (samples, functions)) in families.iter().take(40) {
        table.row([name(family, 48), count(*samples), count(*functions)]);
    }
    table.render()
}

/// Gaps shown of a file that was skipped.
const GAPS: usize = 3;

fn skipped(document: &IndexDocument, style: &Style) -> String {
    let skipped: Vec<&IndexLine> = document.of(IndexOutcome::Skipped).collect();
    if skipped.is_empty() {
        return String::new();
    }
    let mut out = format!("{}\n", style.doubt(&format!("{} skipped", plural(skipped.len() as u64, "file"))));
    for file in skipped.iter().take(8) {
        let reason = file.reason.as_deref().unwrap_or_default();
        let reason = if reason.contains(&file.name) {
            name(reason, 300)
        } else {
            format!("{}: {}", name(&file.name, 60), name(reason, 200))
        };
        let _ = writeln!(out, "  {reason}");
        // Of a file that was skipped because of them, they are the reason.
        for gap in file.gaps.iter().take(GAPS) {
            let text = name(&gap.to_string(), 4 * style.width);
            let _ = writeln!(out, "    {}", wrap(&text, 6, style.width).trim());
        }
        if file.gaps.len() > GAPS {
            let _ = writeln!(out, "    and {} more (--json)", count((file.gaps.len() - GAPS) as u64));
        }
    }
    if skipped.len() > 8 {
        let _ = writeln!(out, "  and {} more (--json)", count(skipped.len() as u64 - 8));
    }
    out
}
