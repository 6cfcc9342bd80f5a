//! `corpus`: what a store holds, and what was changed in it.

use crate::text::{Align, Table, bytes, count, file_name, label, name, percent, plural};
use crate::{Document, Style};
use cognate_documents::{FileHashes, Label, ratio};
use cognate_index::{SampleInfo, Stats};
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt::Write;

/// What `corpus list` shows.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ListDocument {
    /// The samples, by family, version and name.
    pub samples: Vec<SampleInfo>,
    /// Samples in the store, whether they were asked for or not.
    #[serde(skip)]
    pub all: usize,
}

impl ListDocument {
    /// Puts the samples into their order; `all` are in the store.
    pub fn new(mut samples: Vec<SampleInfo>, all: usize) -> Self {
        samples.sort_by(|a, b| (&a.label, &a.name, a.id).cmp(&(&b.label, &b.name, b.id)));
        ListDocument { samples, all }
    }
}

impl Document for ListDocument {
    const NAME: &'static str = "corpus-list";
    const SCHEMA: u32 = 2;

    fn text(&self, style: &Style) -> String {
        if self.samples.is_empty() && self.all > 0 {
            return format!("none of {}\n", plural(self.all as u64, "sample"));
        }
        if self.samples.is_empty() {
            return "the store is empty\n".to_owned();
        }
        let columns = [
            ("sha256", Align::Left),
            ("label", Align::Left),
            ("actor", Align::Left),
            ("code", Align::Left),
            ("functions", Align::Right),
            ("name", Align::Left),
        ];
        let mut table = Table::new(0, &columns);
        for sample in &self.samples {
            table.row([
                sample.id.short(),
                label(&sample.label),
                sample.label.actor.as_deref().map(|actor| name(actor, 20)).unwrap_or_default(),
                sample.arch.to_string(),
                count(u64::from(sample.functions)),
                file_name(&sample.name, style.width.saturating_sub(70).max(24)),
            ]);
        }
        table.render_within(style.width)
    }
}

/// What `corpus show` shows.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ShowDocument {
    /// The sample.
    pub sample: SampleInfo,
    /// The labels it had, the oldest first, the one in force last.
    pub labels: Vec<Label>,
}

impl Document for ShowDocument {
    const NAME: &'static str = "corpus-show";
    const SCHEMA: u32 = 2;

    fn text(&self, style: &Style) -> String {
        let sample = &self.sample;
        let mut out = format!("{}\n", style.heading(&name(&sample.name, style.width)));
        let mut table = Table::new(2, &[("", Align::Left), ("", Align::Left)]);
        let mut row = |title: &str, value: String| table.row([title.to_owned(), value]);
        row("sha256", sample.id.to_string());
        match &sample.hashes {
            Some(FileHashes { md5, sha1 }) => {
                row("sha1", sha1.clone());
                row("md5", md5.clone());
            }
            None => row("md5, sha1", "not kept; to index the file again adds them".to_owned()),
        }
        row("file", format!("{} {}, {}", sample.format, sample.arch, bytes(sample.size)));
        row(
            "code",
            format!("{}, {}", plural(u64::from(sample.functions), "function"), bytes(sample.code_bytes)),
        );
        if sample.partial {
            row("read", "in part: functions may be missing".to_owned());
        }
        for component in &sample.components {
            row("carries", name(&component.title(), 60));
        }
        for (index, held) in self.labels.iter().rev().enumerate() {
            let title = if index == 0 { "label" } else { "before" };
            let actor = held.actor.as_deref().map(|actor| format!(", actor {}", name(actor, 28)));
            let text =
                format!("{}{}, says {}", label(held), actor.unwrap_or_default(), name(&held.source, 40));
            row(title, text);
        }
        out.push_str(&table.render_within(style.width));
        out
    }
}

/// What `corpus stats` shows.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct StatsDocument {
    /// The store's folder.
    pub store: String,
    /// Its size.
    pub stats: Stats,
}

impl Document for StatsDocument {
    const NAME: &'static str = "corpus-stats";

    fn text(&self, style: &Style) -> String {
        let stats = &self.stats;
        let mut table = Table::new(2, &[("", Align::Left), ("", Align::Right)]);
        let mut row = |title: &str, value: String| table.row([title.to_owned(), value]);
        row("samples", count(stats.samples));
        row("families", count(stats.families));
        row("functions", count(stats.functions));
        row("unique functions", count(stats.signatures));
        row("index postings", count(stats.postings));
        row("segments", count(stats.segments));
        row("on disk", bytes(stats.disk_bytes));
        if stats.functions > 0 {
            row("a function", format!("{:.0} B", ratio(stats.disk_bytes as f64, stats.functions as f64)));
            row("said before", percent(1.0 - ratio(stats.signatures as f64, stats.functions as f64)));
        }
        row("fingerprint version", stats.fingerprint_version.to_string());
        format!("{}\n{}", style.heading(&name(&self.store, style.width)), table.render_within(style.width))
    }
}

/// What a change of the corpus shows: relabel, remove, merge, import, export, compact.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ChangeDocument {
    /// What was done.
    pub action: String,
    /// How many samples it touched.
    pub samples: u64,
    /// Samples that were asked for and are not there, or were there already.
    pub passed_over: Vec<String>,
    /// Anything else to say.
    pub notes: Vec<String>,
}

impl Document for ChangeDocument {
    const NAME: &'static str = "corpus-change";

    fn text(&self, style: &Style) -> String {
        let mut out = format!("{}: {}\n", style.heading(&self.action), plural(self.samples, "sample"));
        for missing in self.passed_over.iter().take(MOST_LINES) {
            let _ = writeln!(out, "  {}", style.doubt(&format!("passed over: {}", name(missing, 90))));
        }
        out.push_str(&style.more(2, self.passed_over.len().saturating_sub(MOST_LINES)));
        for note in &self.notes {
            let _ = writeln!(out, "  {}", name(note, 200));
        }
        out
    }
}

/// Lines of a list shown as text; JSON has all.
const MOST_LINES: usize = 20;

/// What `corpus verify` shows.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct VerifyDocument {
    /// The store's folder.
    pub store: String,
    /// Nothing is wrong.
    pub sound: bool,
    /// What is wrong.
    pub problems: Vec<String>,
}

impl Document for VerifyDocument {
    const NAME: &'static str = "corpus-verify";

    fn text(&self, style: &Style) -> String {
        let place = name(&self.store, style.width);
        if self.sound {
            return format!("{}: {place}\n", style.finding("sound"));
        }
        let mut out = format!("{}: {place}\n", style.doubt(&plural(self.problems.len() as u64, "problem")));
        for problem in self.problems.iter().take(MOST_LINES) {
            let _ = writeln!(out, "  {}", name(problem, 200));
        }
        out.push_str(&style.more(2, self.problems.len().saturating_sub(MOST_LINES)));
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: String, lines: usize, last: &str) {
        assert_eq!((text.lines().count(), text.lines().last()), (lines, Some(last)));
    }

    #[test]
    fn long_lists_are_cut_and_say_so() {
        let style = Style { words: |_| "all".to_owned(), ..Style::default() };
        let many = |count: usize| (0..count).map(|number| format!("no. {number}")).collect::<Vec<_>>();
        let verified = |count| VerifyDocument { store: "s".to_owned(), sound: false, problems: many(count) };
        check(verified(20).text(&style), 21, "  no. 19");
        check(verified(1025).text(&style), 22, "  and 1,005 more (all)");
        let (action, notes) = ("relabelled".to_owned(), Vec::new());
        let change = ChangeDocument { action, samples: 0, passed_over: many(21), notes };
        check(change.text(&style), 22, "  and 1 more (all)");
    }
}
