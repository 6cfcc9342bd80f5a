//! `triage`: one row a file, what needs a look first.
//!
//! A row is all that is kept of a file's answer. `triage_text`, `triage_page` and `triage_csv` lay the rows out.

use super::matched::is_named;
use cognate_base::{Gap, SampleId};
use cognate_documents::{Arch, CodeSplit, Failure, Format, Kind, MatchAnswer, MatchReport, Share, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use strum::IntoStaticStr;

/// What `triage` shows.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TriageDocument {
    /// One for each file and each member of an archive: what needs a look first, then by name.
    pub rows: Vec<TriageRow>,
    /// What could not be read, and what is no program: rows of their own too.
    pub failed: Vec<Failure>,
    /// Files that belong together by the private code that they share with each other, largest first; null where that was
    /// not asked for.
    pub groups: Option<Vec<TriageGroup>>,
}

/// Files that share private code with each other: each is held related to another, and that one to it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct TriageGroup {
    /// Its number, which its rows bear.
    pub number: u64,
    /// Rows in it.
    pub files: u64,
    /// Different contents among them.
    pub contents: u64,
    /// Pairs of contents that are held related with each other; of all pairs, where each is with each.
    pub pairs: u64,
    /// The families that the verdicts of its files name.
    pub named: Vec<NamedFamily>,
    /// Names of files that alone hold parts of it together: without one of them it would be several groups.
    pub bridges: Vec<String>,
    /// The largest function that two of them share.
    pub largest: Option<SharedPiece>,
}

/// A function that two files share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SharedPiece {
    /// The name of a file that holds it.
    pub name: String,
    /// Its address there.
    pub address: u64,
    /// Its bytes there.
    pub bytes: u64,
}

/// What is told of a file, in the order in which it needs a look.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    IntoStaticStr,
)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    /// It shares private code with malware.
    #[strum(serialize = "related")]
    Related,
    /// It is nearly function for function a stored sample of malware.
    #[strum(serialize = "near-copy")]
    NearCopy,
    /// The very file is stored as malware.
    #[strum(serialize = "known malware")]
    KnownMalware,
    /// It may be related to somebody.
    #[strum(serialize = "not settled")]
    NotSettled,
    /// Most of its own code is like nothing that is known.
    #[strum(serialize = "unknown code")]
    UnknownCode,
    /// Too little was read, or is there, or stored, to say anything.
    #[strum(serialize = "cannot tell")]
    CannotTell,
    /// It could not be read.
    #[strum(serialize = "not read")]
    NotRead,
    /// A relative or near-copy of goodware or libraries only: mostly another version, but a changed one looks the same.
    #[strum(serialize = "like goodware")]
    LikeGoodware,
    /// Nearly all of its code is that of known libraries, or common.
    #[strum(serialize = "common code only")]
    CommonCodeOnly,
    /// The very file is stored as goodware or as a library.
    #[strum(serialize = "known goodware")]
    KnownGoodware,
    /// It is known what it is, and that it holds no machine code.
    #[strum(serialize = "no program")]
    NoProgram,
}

impl Finding {
    /// Whether somebody should look at the file.
    pub fn needs_a_look(self) -> bool {
        self <= Finding::LikeGoodware
    }

    /// It in words.
    pub fn words(self) -> &'static str {
        self.into()
    }
}

/// One file, or one member of an archive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TriageRow {
    /// What is told of it.
    pub finding: Finding,
    /// Its path, with `!` before the path inside an archive; not escaped.
    pub name: String,
    /// The families that the verdict names, and nobody else.
    pub named: Vec<NamedFamily>,
    /// Its code by what became of it; none of a known file, which is itself left out of the figures.
    pub code: Option<CodeShares>,
    /// Whether it seems to be packed or encrypted: what runs later was not read.
    pub packed: bool,
    /// The answer of `match`; none where the file could not be read.
    pub verdict: Option<Verdict>,
    /// Why, or what was wrong.
    pub reason: String,
    /// Container.
    pub format: Option<Format>,
    /// Instruction set.
    pub arch: Option<Arch>,
    /// Bytes of the file.
    pub size: Option<u64>,
    /// SHA-256.
    pub id: Option<SampleId>,
    /// What it is, where it is known and no program.
    pub recognised: Option<String>,
    /// The number of the group that it is in; null where it is in none, or groups were not asked for.
    #[serde(default)]
    pub group: Option<u64>,
}

/// A family that a verdict names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NamedFamily {
    /// The family.
    pub family: String,
    /// What it is.
    pub kind: Kind,
    /// The actors to whom it is held to belong.
    pub actors: Vec<String>,
}

/// Shares of a file's code, 0 to 1; together they are all of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CodeShares {
    /// Shared with few, and no known library's.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub private: f64,
    /// A known library's.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub library: f64,
    /// Held by unrelated software too.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub common: f64,
    /// A library's or the author's own.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub doubtful: f64,
    /// Like nothing that is known.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub unknown: f64,
    /// Too small to tell.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub too_small: f64,
}

impl From<&CodeSplit> for CodeShares {
    fn from(split: &CodeSplit) -> Self {
        // so few digits are read back as they were written
        let of = |share: &Share| (share.of_bytes * 1e6).round() / 1e6;
        CodeShares {
            private: of(&split.private),
            library: of(&split.library),
            common: of(&split.common),
            doubtful: of(&split.doubtful),
            unknown: of(&split.unmatched),
            too_small: of(&split.below_floor),
        }
    }
}

impl TriageRow {
    /// What is kept of an answer.
    pub fn of(answer: &MatchAnswer) -> Self {
        let (report, query) = (&answer.report, &answer.report.query);
        let named = named(report);
        // it is left out of its own figures, in which its code looks like nobody's
        let is_known = report.outcome.verdict == Verdict::KnownFile;
        TriageRow {
            finding: finding(report.outcome.verdict, &named),
            name: answer.name.clone(),
            named,
            code: (!is_known).then(|| CodeShares::from(&report.code)),
            packed: answer.gaps.iter().any(Gap::is_packed),
            verdict: Some(report.outcome.verdict),
            reason: report.outcome.reason.clone(),
            format: Some(query.format),
            arch: Some(query.arch),
            size: Some(query.size),
            id: Some(query.id),
            recognised: None,
            group: None,
        }
    }

    /// A file of which nothing was read; `recognised` says what it is, where it is no program.
    pub fn failed(failure: Failure) -> Self {
        let Failure { name, error, recognised } = failure;
        let finding = if recognised.is_some() { Finding::NoProgram } else { Finding::NotRead };
        TriageRow {
            finding,
            name,
            named: Vec::new(),
            code: None,
            packed: false,
            verdict: None,
            reason: error,
            format: None,
            arch: None,
            size: None,
            id: None,
            recognised,
            group: None,
        }
    }

    /// What it is, as one says it: `ELF x86-64`.
    pub(super) fn what(&self) -> String {
        match (self.format, self.arch) {
            (Some(format), Some(arch)) => format!("{format} {arch}"),
            _ => self.recognised.clone().unwrap_or_default(),
        }
    }

    /// The families that are named, apart by commas.
    pub(super) fn families(&self) -> String {
        self.named.iter().map(|named| named.family.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// Their actors, each once.
    pub(super) fn actors(&self) -> String {
        let mut actors: Vec<&str> =
            self.named.iter().flat_map(|named| named.actors.iter().map(String::as_str)).collect();
        actors.sort_unstable();
        actors.dedup();
        actors.join(", ")
    }
}

/// Whom the verdict names.
fn named(report: &MatchReport) -> Vec<NamedFamily> {
    if report.outcome.verdict == Verdict::KnownFile {
        let known = report.query.known.iter().map(|known| &known.label);
        let family = known.map(|label| NamedFamily {
            family: label.family.clone(),
            kind: label.kind,
            actors: label.actor.iter().cloned().collect(),
        });
        return family.collect();
    }
    if !report.outcome.verdict.found() {
        return Vec::new();
    }
    let families = report.families.iter().filter(|family| is_named(family, report));
    let named = families.map(|family| NamedFamily {
        family: family.family.clone(),
        kind: family.kind,
        actors: family.actors.clone(),
    });
    named.collect()
}

fn finding(verdict: Verdict, named: &[NamedFamily]) -> Finding {
    // who is named with malware among others is malware first
    let is_good = !named.is_empty() && named.iter().all(|named| named.kind != Kind::Malware);
    match (verdict, is_good) {
        (Verdict::KnownFile, true) => Finding::KnownGoodware,
        (Verdict::KnownFile, false) => Finding::KnownMalware,
        (Verdict::NearCopy | Verdict::Related, true) => Finding::LikeGoodware,
        (Verdict::NearCopy, false) => Finding::NearCopy,
        (Verdict::Related, false) => Finding::Related,
        (Verdict::NotSettled, _) => Finding::NotSettled,
        (Verdict::CommonCodeOnly, _) => Finding::CommonCodeOnly,
        (Verdict::UnknownCode, _) => Finding::UnknownCode,
        (Verdict::CannotTell, _) => Finding::CannotTell,
    }
}

impl TriageDocument {
    /// Puts the rows into their order.
    pub fn new(mut rows: Vec<TriageRow>) -> Self {
        rows.sort_by(|a, b| (a.finding, &a.name, a.id).cmp(&(b.finding, &b.name, b.id)));
        let failed = rows.iter().filter(|row| row.verdict.is_none()).map(|row| Failure {
            name: row.name.clone(),
            error: row.reason.clone(),
            recognised: row.recognised.clone(),
        });
        TriageDocument { failed: failed.collect(), rows, groups: None }
    }

    /// Tells of each row in which group it is.
    #[must_use]
    pub fn grouped(mut self, groups: Vec<TriageGroup>, of: &BTreeMap<SampleId, u64>) -> Self {
        for row in &mut self.rows {
            row.group = row.id.and_then(|id| of.get(&id)).copied();
        }
        TriageDocument { groups: Some(groups), ..self }
    }

    /// Whether any file needs a look.
    pub fn found(&self) -> bool {
        self.rows.iter().any(|row| row.finding.needs_a_look())
    }

    /// The rows, each as one line of JSON.
    pub fn json_lines(&self) -> Result<String, serde_json::Error> {
        let mut out = String::new();
        for row in &self.rows {
            out.push_str(&serde_json::to_string(row)?);
            out.push('\n');
        }
        Ok(out)
    }
}
