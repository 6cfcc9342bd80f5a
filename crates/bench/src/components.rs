//! Which components samples carry, against what their builders say.
//!
//! A corpus is a folder with `truth.tsv` (a row for each library of a file: path, component, version, how), beside which
//! `functions/NAME.tsv.gz` may tell whose each function is, or one in the layout of the controlled corpus.

mod part;
mod without;

use self::part::part_of;
use self::without::Without;
use crate::Record;
use crate::corpus::{self, RUNTIME, controlled, true_functions};
use crate::report::{Report, Table, percent};
use anyhow::{Context, Result};
use clap::Args;
use cognate_components::{Base, identify, resemblances};
use cognate_documents::{Component, ComponentKind, VersionsBy};
use cognate_engine::{EngineOptions, analyse};
use cognate_fingerprint::SampleFingerprint;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What to measure.
#[derive(Args)]
pub struct ComponentsOptions {
    #[command(flatten)]
    record: Record,
    /// Folders with `truth.tsv`, or corpora in the layout of the controlled one.
    #[arg(required = true)]
    corpora: Vec<PathBuf>,
    /// What its components are called in the base: component of the truth without its version, name in the base.
    #[arg(long)]
    names: Option<PathBuf>,
    /// The base; the one of the program without it.
    #[arg(long)]
    base: Option<PathBuf>,
    /// Name of the report.
    #[arg(long, default_value = "components")]
    name: String,
    /// Only the files whose path holds this.
    #[arg(long)]
    only: Option<String>,
    /// Leave so many consecutive functions of each library, from its middle: a library that is carried in part.
    #[arg(long)]
    part: Option<usize>,
    /// Leave this library out of the base, or `each` at a time, and tell what becomes of its functions.
    #[arg(long)]
    without: Option<String>,
    /// Print what each function resembles, with the truth: what `evidence` is fitted on.
    #[arg(long)]
    dump: bool,
}

/// Measures.
pub fn run(options: &ComponentsOptions) -> Result<()> {
    let read =
        options.base.as_ref().map(|path| Base::open(std::fs::read(path)?).map_err(anyhow::Error::from));
    let read = read.transpose()?;
    let base = read.as_ref().unwrap_or_else(|| cognate_components::shipped());
    let mut totals = Totals::default();
    let mut left = Without::default();
    for case in cases(options)? {
        if options.only.as_ref().is_some_and(|only| !case.name.contains(only.as_str())) {
            continue;
        }
        let Ok(sample) = case.fingerprint() else {
            totals.unread.push(case.name);
            continue;
        };
        let (case, sample) = match options.part {
            Some(count) => part_of(case, sample, count),
            None => (case, sample),
        };
        if options.dump {
            dump(base, &case, &sample);
        } else if let Some(which) = &options.without {
            left.judge(base, which, &case, &sample);
        } else {
            totals.judge(base, &case, &sample);
        }
    }
    if options.dump {
        return Ok(());
    }
    let mut report = totals.report(options, base);
    if options.without.is_some() {
        report = options.new_report();
        report.table(left.table());
        report.note("Private is what is nobody's that is known: to a comparison it is the program's own. Given to the library itself is what refers to its texts. What the base left out as copied from the library (it is the library's there) is not with others again.");
    }
    report.publish(&options.record)
}

impl ComponentsOptions {
    fn new_report(&self) -> Report {
        let corpora: Vec<&Path> = self.corpora.iter().map(PathBuf::as_path).collect();
        Report::new(&self.name, &self.record, &corpora)
    }
}

/// A file with the truth about it.
struct Case {
    name: String,
    path: PathBuf,
    libraries: Vec<TrueLibrary>,
    /// Whose each function is, by a name of the base, [`RUNTIME`] or the program's own.
    functions: BTreeMap<u64, String>,
}

/// A library that a file carries, or only seems to.
struct TrueLibrary {
    component: String,
    version: String,
    /// `whole`, `part`, `trace`: carried; `dynamic`, `text`: not.
    how: String,
}

impl TrueLibrary {
    fn is_carried(&self) -> bool {
        matches!(self.how.as_str(), "whole" | "part" | "trace")
    }
}

impl Case {
    fn fingerprint(&self) -> Result<SampleFingerprint> {
        let bytes =
            std::fs::read(&self.path).with_context(|| format!("cannot read {}", self.path.display()))?;
        Ok(analyse(&self.name, bytes.into(), &EngineOptions::default())?.fingerprint)
    }
}

fn cases(options: &ComponentsOptions) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for corpus in &options.corpora {
        let truth = corpus.join("truth.tsv");
        cases.extend(if truth.exists() {
            listed(corpus, &truth)?
        } else {
            of_controlled(corpus, options.names.as_deref())?
        });
    }
    Ok(cases)
}

/// The files that a table of truth lists.
fn listed(root: &Path, truth: &Path) -> Result<Vec<Case>> {
    let mut cases: BTreeMap<String, Case> = BTreeMap::new();
    for row in corpus::table(&std::fs::read_to_string(truth)?) {
        let get = |key: &str| row.get(key).cloned().unwrap_or_default();
        let path = root.join(get("path"));
        let table = root.join("functions").join(format!("{}.tsv.gz", corpus::file_name(&path)));
        let case = match cases.entry(get("path")) {
            std::collections::btree_map::Entry::Occupied(case) => case.into_mut(),
            std::collections::btree_map::Entry::Vacant(place) => {
                let functions = if table.exists() { true_functions(&table)? } else { Vec::new() };
                let functions = functions.into_iter().map(|it| (it.address, it.component)).collect();
                place.insert(Case { name: get("path"), path, libraries: Vec::new(), functions })
            }
        };
        if get("how") != "none" {
            case.libraries.push(TrueLibrary {
                component: get("component"),
                version: get("version"),
                how: get("how"),
            });
        }
    }
    Ok(cases.into_values().collect())
}

/// The files of a controlled corpus: what their functions come from they carry whole.
fn of_controlled(corpus: &Path, names: Option<&Path>) -> Result<Vec<Case>> {
    let path = names.context("`--names` is missing: what the corpus calls components")?;
    let names: BTreeMap<String, String> = corpus::table(&std::fs::read_to_string(path)?)
        .into_iter()
        .filter_map(|row| Some((row.get("truth")?.clone(), row.get("base")?.clone())))
        .collect();
    let mut cases = Vec::new();
    for binary in controlled(corpus)? {
        let mut libraries = BTreeMap::new();
        let mut functions = BTreeMap::new();
        for function in true_functions(&binary.functions)? {
            let (stem, version) = function.component.rsplit_once('-').unwrap_or((&function.component, ""));
            let name = names.get(stem).cloned();
            if let Some(name) = &name {
                libraries.insert(name.clone(), version.to_owned());
            }
            functions.insert(function.address, name.unwrap_or_else(|| function.component.clone()));
        }
        let library = |(component, version)| TrueLibrary { component, version, how: "whole".to_owned() };
        let libraries = libraries.into_iter().map(library).collect();
        cases.push(Case { name: binary.id, path: binary.stripped, libraries, functions });
    }
    Ok(cases)
}

/// Names are one but for case and what is neither letter nor digit.
fn key(name: &str) -> String {
    name.chars().filter(|it| it.is_alphanumeric() || *it == '+').flat_map(char::to_lowercase).collect()
}

/// Whether a version told is the true one, as far as either says: "1.2" is "1.2.13".
fn is_version(told: &str, truth: &str) -> bool {
    let within = |short: &str, long: &str| {
        long.strip_prefix(short)
            .is_some_and(|rest| rest.is_empty() || !rest.starts_with(|it: char| it.is_ascii_digit()))
    };
    within(told, truth) || within(truth, told)
}

/// How many are right of how many.
#[derive(Clone, Copy, Default)]
struct Share {
    right: usize,
    all: usize,
}

impl Share {
    fn count(&mut self, is_right: bool) {
        self.right += usize::from(is_right);
        self.all += 1;
    }

    fn text(self) -> String {
        format!("{} of {} ({})", self.right, self.all, percent(self.right, self.all))
    }
}

/// What is found out over all files.
#[derive(Default)]
struct Totals {
    files: usize,
    unread: Vec<String>,
    /// Libraries told that are carried, of all told.
    precision: Share,
    /// By how they are carried: libraries named.
    recall: BTreeMap<String, Share>,
    /// Carried, but no component of the base.
    unknown: BTreeSet<String>,
    components: BTreeSet<String>,
    /// By how their library is carried: functions set apart, and those to the right one.
    functions: BTreeMap<String, (Share, Share)>,
    own_lost: Share,
    runtime: Share,
    /// By what is known of the versions.
    versions: BTreeMap<&'static str, Share>,
    sizes: Vec<usize>,
    faults: Vec<[String; 4]>,
    missed: BTreeMap<String, Share>,
    strangers: BTreeMap<String, usize>,
}

impl Totals {
    fn judge(&mut self, base: &Base, case: &Case, sample: &SampleFingerprint) {
        let identified = identify(&[base], sample);
        self.files += 1;
        let told: Vec<&Component> =
            identified.components.iter().filter(|it| it.kind == ComponentKind::Library).collect();
        // crates and modules that names tell are none of the base's
        let told: Vec<&Component> = told.into_iter().filter(|it| it.known_by.names == 0).collect();
        for library in case.libraries.iter().filter(|it| it.is_carried()) {
            let Some(known) = base.components().iter().find(|it| key(&it.name) == key(&library.component))
            else {
                self.unknown.insert(library.component.clone());
                continue;
            };
            let found = told.iter().find(|it| key(&it.name) == key(&library.component));
            self.components.insert(library.component.clone());
            self.recall.entry(library.how.clone()).or_default().count(found.is_some());
            self.missed.entry(library.component.clone()).or_default().count(found.is_some());
            match found {
                Some(found) => {
                    let is_in_base = known.versions.iter().any(|it| is_version(it, &library.version));
                    self.judge_versions(is_in_base, found, library);
                    if is_in_base && !found.versions.iter().any(|it| is_version(it, &library.version)) {
                        let by = found.versions_by.map_or("none", |by| match by {
                            VersionsBy::Likeness => "likeness",
                            _ => "sure",
                        });
                        let told = found.versions.join(", ");
                        self.fault(
                            "version",
                            case,
                            &library.component,
                            format!("{}, told {told} ({by})", library.version),
                        );
                    }
                }
                None => self.fault("missed", case, &library.component, library.how.clone()),
            }
        }
        for one in told {
            let truth = case.libraries.iter().find(|it| key(&it.component) == key(&one.name));
            let is_right = truth.is_some_and(TrueLibrary::is_carried);
            self.precision.count(is_right);
            if !is_right {
                *self.strangers.entry(one.name.clone()).or_default() += 1;
                let only = truth.map_or("not there", |it| it.how.as_str());
                self.fault("stranger", case, &one.name, format!("{only}; {}", one.known_by));
            }
        }
        self.judge_functions(base, case, sample, &identified);
    }

    fn judge_versions(&mut self, is_in_base: bool, found: &Component, library: &TrueLibrary) {
        if library.version.is_empty() || library.version == "-" {
            return;
        }
        let is_right = found.versions.iter().any(|it| is_version(it, &library.version));
        if found.versions.is_empty() {
            return self.versions.entry("none told").or_default().count(false);
        }
        if found.versions_by != Some(VersionsBy::Likeness) {
            self.versions.entry("told for sure").or_default().count(is_right);
        }
        if is_in_base {
            self.versions.entry("told, the base has the true one").or_default().count(is_right);
            self.sizes.push(found.versions.len());
        } else {
            let is_said = is_right || found.versions_by == Some(VersionsBy::Likeness);
            self.versions
                .entry("told, the base has it not: right or only by likeness")
                .or_default()
                .count(is_said);
        }
    }

    fn judge_functions(
        &mut self,
        base: &Base,
        case: &Case,
        sample: &SampleFingerprint,
        identified: &cognate_components::Identified,
    ) {
        let how: BTreeMap<String, &str> =
            case.libraries.iter().map(|it| (key(&it.component), it.how.as_str())).collect();
        let known: BTreeSet<String> = base.components().iter().map(|it| key(&it.name)).collect();
        let mut owner: Vec<Option<&Component>> = vec![None; sample.functions.len()];
        for component in &identified.components {
            component.functions.iter().for_each(|&at| owner[at as usize] = Some(component));
        }
        for (function, told) in sample.functions.iter().zip(owner) {
            let Some(truth) = case.functions.get(&function.address) else { continue };
            if truth == RUNTIME {
                self.runtime.count(told.is_some_and(|it| it.is_public()));
                continue;
            }
            // code of headers that the linker kept once for several who have it is nobody's alone
            if truth.contains('|') {
                continue;
            }
            match how.get(&key(truth)) {
                Some(how) if known.contains(&key(truth)) => {
                    let (apart, named) = self.functions.entry((*how).to_owned()).or_default();
                    apart.count(told.is_some_and(|it| it.is_public()));
                    named.count(told.is_some_and(|it| key(&it.name) == key(truth)));
                }
                Some(_) => {}
                None => self.own_lost.count(told.is_some_and(|it| it.is_public())),
            }
        }
    }

    fn fault(&mut self, what: &str, case: &Case, component: &str, how: String) {
        self.faults.push([what.to_owned(), component.to_owned(), how, case.name.clone()]);
    }

    fn report(mut self, options: &ComponentsOptions, base: &Base) -> Report {
        let mut report = options.new_report();
        let mut table = Table::new("Against the goals", &["what", "measured"]);
        let mut row = |what: &str, measured: String| table.row(vec![what.to_owned(), measured]);
        row("files", self.files.to_string());
        row("files that could not be read", self.unread.len().to_string());
        row("libraries carried that the base knows", self.components.len().to_string());
        row(
            "libraries carried that the base does not know, not judged",
            self.unknown.iter().cloned().collect::<Vec<_>>().join(", "),
        );
        row("precision: libraries told that are carried", self.precision.text());
        for (how, share) in &self.recall {
            row(&format!("recall, {how}"), share.text());
        }
        for (how, (apart, named)) in &self.functions {
            row(&format!("functions of libraries set apart, {how}"), apart.text());
            row(&format!("functions of libraries told to be the right one's, {how}"), named.text());
        }
        row("functions of runtimes set apart", self.runtime.text());
        row("own functions lost", self.own_lost.text());
        for (what, share) in &self.versions {
            row(&format!("versions: {what}"), share.text());
        }
        self.sizes.sort_unstable();
        let median = self.sizes.get(self.sizes.len() / 2);
        row("median size of the set of versions", median.map_or_else(|| "-".to_owned(), usize::to_string));
        row("components in the base", base.components().len().to_string());
        row("bytes of the base", base.size().to_string());
        report.table(table);
        report.table(shares(
            "Libraries missed",
            self.missed.iter().filter(|(_, share)| share.right < share.all),
        ));
        let mut table = Table::new("Strangers", &["component", "files"]);
        self.strangers.iter().for_each(|(name, files)| table.row(vec![name.clone(), files.to_string()]));
        report.table(table);
        let mut table = Table::new("Faults", &["what", "component", "how", "file"]);
        self.faults.sort();
        self.faults.into_iter().for_each(|fault| table.row(fault.to_vec()));
        report.table(table);
        report.note("A library is carried whole or in part (less than a fifth of its functions is left; a trace: of less than three), or only called or named in a text, and then it is a stranger where it is told. Runtimes and glue are told beside libraries and are not judged here.");
        report.note("Set apart is a function that is told to be any component's; lost is one of the program's own that is.");
        report
    }
}

fn shares<'s>(title: &str, rows: impl Iterator<Item = (&'s String, &'s Share)>) -> Table {
    let mut table = Table::new(title, &["component", "named"]);
    rows.for_each(|(name, share)| table.row(vec![name.clone(), share.text()]));
    table
}

fn dump(base: &Base, case: &Case, sample: &SampleFingerprint) {
    let identified = identify(&[base], sample);
    let mut told = vec![""; sample.functions.len()];
    for component in &identified.components {
        component.functions.iter().for_each(|&at| told[at as usize] = &component.name);
    }
    for (at, function) in sample.functions.iter().enumerate() {
        let Some(component) = case.functions.get(&function.address) else { continue };
        let print = &function.fingerprint;
        println!(
            "F\t{}\t{at}\t{component}\t{}\t{}\t{}\t{}\t{:?}",
            case.name,
            told[at],
            print.information,
            print.flow.bits,
            u8::from(print.is_telling()),
            function.callees,
        );
        for it in resemblances(base, print) {
            let name = base.function(it.function).and_then(|function| function.name).unwrap_or_default();
            let component =
                base.components().get(usize::from(it.component)).map_or("", |it| it.name.as_str());
            println!("R\t{component}\t{name}\t{}\t{}\t{:x}", u8::from(it.exact), it.features, it.versions);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_another_where_a_number_goes_on() {
        let are =
            [("1.2", "1.2.13"), ("1.2.1", "1.2.13"), ("8.8.0", "8.8.0"), ("1.3", "1.2"), ("1.2.13", "1.2")];
        assert_eq!(are.map(|(told, truth)| is_version(told, truth)), [true, false, true, false, true]);
    }
}
