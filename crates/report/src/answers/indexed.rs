//! `index`: what became of the files.

use crate::text::{Align, Table, bytes, count, name, plural, wrap};
use crate::{Document, Style};
use cognate_base::{Gap, Hint, SampleId};
use cognate_documents::Label;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;

/// What `index` shows.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct IndexDocument {
    /// The store's folder.
    pub store: String,
    /// Files and archive members, in the order of the tree.
    pub files: Vec<IndexLine>,
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
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
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct IndexLine {
    /// Its path, with `!` before the path inside an archive; not escaped.
    pub name: String,
    /// Its SHA-256, where it could be read.
    pub id: Option<SampleId>,
    /// What became of it.
    pub outcome: IndexOutcome,
    /// Why it was skipped.
    pub reason: Option<String>,
    /// What it is, where it is known and none that can be read.
    pub recognised: Option<String>,
    /// The family that was asked for.
    pub family: Option<String>,
    /// The label under which it is in the store already, where that is another than was asked for: it stays until the sample
    /// is relabelled.
    pub kept: Option<Label>,
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
            let kept = self.files.iter().filter(|file| file.kept.is_some()).count() as u64;
            let kept = if kept > 0 {
                format!(", {} under another label, which stays", count(kept))
            } else {
                String::new()
            };
            let _ = writeln!(out, "{} there already{kept}", plural(known, "sample"));
        }
        let gaps: usize = self.of(IndexOutcome::New).map(|file| file.gaps.len()).sum();
        if gaps > 0 {
            let damaged = self.of(IndexOutcome::New).filter(|file| !file.gaps.is_empty()).count();
            let _ = writeln!(
                out,
                "{} in {}{}",
                plural(gaps as u64, "gap"),
                plural(damaged as u64, "sample"),
                style.hint(&Hint::InspectFile)
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
/// So many files that are no programs are told each.
const FEW: usize = 2;
/// Kinds of files that are told; the rest is counted.
const KINDS: usize = 12;

/// Sums up files that are no programs, by their kind: `12 PDF documents, 3 scripts`.
pub fn not_programs<'a>(kinds: impl Iterator<Item = &'a str>) -> String {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    kinds.for_each(|kind| *counts.entry(kind).or_default() += 1);
    let mut counts: Vec<(&str, u64)> = counts.into_iter().collect();
    counts.sort_by_key(|&(kind, count)| (std::cmp::Reverse(count), kind));
    let shown = counts.iter().take(KINDS).map(|(kind, count)| plural(*count, &name(kind, 40)));
    let mut shown: Vec<String> = shown.collect();
    let more: u64 = counts.iter().skip(KINDS).map(|(_, count)| count).sum();
    if more > 0 {
        shown.push(format!("{} of other kinds", count(more)));
    }
    shown.join(", ")
}

/// Files of which it is known that they are no programs: nothing is wrong with them.
fn passed_over(known: &[&IndexLine], style: &Style) -> String {
    let kind = |file: &IndexLine| name(file.recognised.as_deref().unwrap_or_default(), 40);
    let named = |file: &&IndexLine| format!("{} ({})", name(&file.name, 60), kind(file));
    let of = match known.len() {
        0 => return String::new(),
        1..=FEW => known.iter().map(named).collect::<Vec<_>>().join(", "),
        _ => not_programs(known.iter().filter_map(|file| file.recognised.as_deref())),
    };
    let verb = if known.len() == 1 { "is no program" } else { "are no programs" };
    wrap(&format!("{} {verb}: {of}", plural(known.len() as u64, "file")), 0, style.width)
}

fn skipped(document: &IndexDocument, style: &Style) -> String {
    let (known, skipped): (Vec<&IndexLine>, Vec<&IndexLine>) =
        document.of(IndexOutcome::Skipped).partition(|file| file.recognised.is_some());
    let mut out = passed_over(&known, style);
    if !skipped.is_empty() {
        let title = format!("{} skipped", plural(skipped.len() as u64, "file"));
        let _ = writeln!(out, "{}", style.doubt(&title));
    }
    for file in skipped.iter().take(8) {
        let reason = &style.advised(file.reason.as_deref().unwrap_or_default());
        let reason = if reason.contains(&file.name) {
            name(reason, 300)
        } else {
            format!("{}: {}", name(&file.name, 60), name(reason, 200))
        };
        let _ = writeln!(out, "  {reason}");
        // Of a file that was skipped because of them, they are the reason.
        let told = |gap: &&Gap| file.reason.as_ref() != Some(&gap.reason);
        for gap in file.gaps.iter().filter(told).take(GAPS) {
            let text = name(&style.advised(&gap.to_string()), 4 * style.width);
            let _ = writeln!(out, "    {}", wrap(&text, 6, style.width).trim());
        }
        out.push_str(&style.more(4, file.gaps.len().saturating_sub(GAPS)));
    }
    out + &style.more(2, skipped.len().saturating_sub(8))
}
