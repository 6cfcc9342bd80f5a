//! `provenance`: how two builds came to agree, told from how they do, against
//! what is known of them. Pairs are drawn evenly from each kind there is, and judged
//! twice: without the C runtime, and as whole files. Beside them, programs that share
//! nothing but the runtime that they link statically.

use crate::Record;
use crate::corpus::{self, Controlled};
use crate::report::{Report, Table};
use anyhow::Result;
use clap::Args;
use cognate_base::hash_bytes;
use cognate_documents::Origin;
use cognate_fingerprint::SampleFingerprint;
use cognate_matching::compare;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What to compare.
#[derive(Args)]
pub struct ProvenanceOptions {
    #[command(flatten)]
    record: Record,
    /// Controlled corpora.
    #[arg(long, required = true)]
    controlled: Vec<PathBuf>,
    /// A folder of programs that have nothing in common but one statically linked runtime.
    #[arg(long)]
    unrelated: Vec<PathBuf>,
    /// Pairs of a kind.
    #[arg(long, default_value_t = 60)]
    pairs: usize,
    /// Name of the report.
    #[arg(long, default_value = "provenance")]
    name: String,
}

/// What is known of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Known {
    SameBuild,
    LikeBuild,
    OtherVersionLikeBuild,
    OtherLevel,
    OtherCompiler,
    OtherMachine,
    OtherLibrary,
    Unrelated,
}

impl Known {
    fn title(self) -> &'static str {
        match self {
            Known::SameBuild => "one build, stripped and not",
            Known::LikeBuild => "one version, like compiler, same level",
            Known::OtherVersionLikeBuild => "other version, same compiler and level",
            Known::OtherLevel => "one version, other level",
            Known::OtherCompiler => "one version, other compiler",
            Known::OtherMachine => "one version, other instruction set or width",
            Known::OtherLibrary => "other library, same build options",
            Known::Unrelated => "unrelated programs, one runtime linked statically",
        }
    }

    fn is_right(self, origin: Origin) -> bool {
        match self {
            Known::SameBuild => origin == Origin::SameBinary,
            Known::LikeBuild | Known::OtherVersionLikeBuild => origin == Origin::LikeBuild,
            Known::OtherLevel | Known::OtherCompiler | Known::OtherMachine => origin == Origin::OtherBuild,
            Known::OtherLibrary => origin == Origin::Nothing,
            Known::Unrelated => {
                matches!(origin, Origin::SameBinaryPart | Origin::Runtime | Origin::Nothing)
            }
        }
    }
}

fn known(a: &Controlled, b: &Controlled) -> Option<Known> {
    let vendor = |build: &Controlled| build.compiler.split('-').next().unwrap_or("").to_owned();
    let arch = |build: &Controlled| build.target.split('-').next_back().unwrap_or("").to_owned();
    let one = a.family == b.family && a.version == b.version;
    let (compiler, level, machine) = (vendor(a) == vendor(b), a.opt == b.opt, arch(a) == arch(b));
    match (one, compiler, level, machine) {
        _ if a.id == b.id => Some(Known::SameBuild),
        _ if a.family != b.family => {
            (a.compiler == b.compiler && level && a.target == b.target).then_some(Known::OtherLibrary)
        }
        (false, ..) => (a.compiler == b.compiler && level && a.target == b.target)
            .then_some(Known::OtherVersionLikeBuild),
        (_, true, true, true) => Some(Known::LikeBuild),
        (_, true, false, true) => Some(Known::OtherLevel),
        (_, false, _, true) => Some(Known::OtherCompiler),
        (_, _, _, false) => Some(Known::OtherMachine),
    }
}

/// Runs the measurement.
pub fn run(options: &ProvenanceOptions) -> Result<()> {
    let paths: Vec<&Path> = options.controlled.iter().map(PathBuf::as_path).collect();
    let mut report = Report::new(&options.name, &options.record, &paths);
    let mut builds = Vec::new();
    let mut seen = BTreeSet::new();
    for folder in &options.controlled {
        builds.extend(corpus::controlled(folder)?.into_iter().filter(|build| seen.insert(build.id.clone())));
    }
    let pairs = drawn(&builds, options);
    let judge = |without_runtime: bool| -> Result<Vec<Judged>> {
        let of_pair = |&(kind, a, b): &(Known, &Controlled, &Controlled)| {
            let second = if kind == Known::SameBuild { &b.full } else { &b.stripped };
            let read =
                if without_runtime { read_without_runtime } else { |_: &Controlled, path: &Path| read(path) };
            Ok(judged(kind, &read(a, &a.stripped)?, &read(b, second)?))
        };
        pairs.par_iter().map(of_pair).collect()
    };
    report.table(confusion("Without the C runtime", &judge(true)?));
    let whole = [judge(false)?, unrelated(&options.unrelated)?].concat();
    report.table(confusion("Whole files", &whole));
    report.note("Each row is a kind of pairs of builds, drawn evenly from all of that kind; each column what `cognate_documents::Provenance` says of them. Bold is what is true. From the first table the C runtime is taken out of both samples by the truth; the second has whole files, as a user has them. Equal and likeness are medians of what it decides by.");
    report.publish(&options.record)
}

/// A pair of what is known, what is told, and by which shares.
type Judged = (Known, Origin, f64, f64);

fn judged(kind: Known, a: &SampleFingerprint, b: &SampleFingerprint) -> Judged {
    let found = compare(a, b).provenance;
    (kind, found.origin, found.equal, found.likeness)
}

/// All pairs of each folder.
fn unrelated(folders: &[PathBuf]) -> Result<Vec<Judged>> {
    let mut all = Vec::new();
    for folder in folders {
        let samples: Vec<SampleFingerprint> =
            corpus::files(folder)?.iter().map(|path| read(path)).collect::<Result<_>>()?;
        for (at, a) in samples.iter().enumerate() {
            all.extend(samples.iter().skip(at + 1).map(|b| judged(Known::Unrelated, a, b)));
        }
    }
    Ok(all)
}

fn drawn<'a>(
    builds: &'a [Controlled],
    options: &ProvenanceOptions,
) -> Vec<(Known, &'a Controlled, &'a Controlled)> {
    let mut by_kind: BTreeMap<Known, Vec<(u64, &Controlled, &Controlled)>> = BTreeMap::new();
    for (at, a) in builds.iter().enumerate() {
        for b in builds.iter().skip(at) {
            if let Some(kind) = known(a, b) {
                let order = hash_bytes(hash_bytes(options.record.seed, a.id.as_bytes()), b.id.as_bytes());
                by_kind.entry(kind).or_default().push((order, a, b));
            }
        }
    }
    let mut pairs = Vec::new();
    for (kind, mut all) in by_kind {
        all.sort_by_key(|pair| pair.0);
        pairs.extend(all.into_iter().take(options.pairs).map(|(_, a, b)| (kind, a, b)));
    }
    pairs
}

fn read(path: &Path) -> Result<SampleFingerprint> {
    corpus::as_compared(&path.to_string_lossy(), std::fs::read(path)?)
}

/// A sample without its C runtime: that is shared by whatever one toolchain links.
fn read_without_runtime(build: &Controlled, path: &Path) -> Result<SampleFingerprint> {
    let mut sample = read(path)?;
    let truth = corpus::true_functions(&build.functions)?;
    let own = truth.iter().filter(|function| function.component != "runtime");
    let own: BTreeSet<u64> = own.map(|function| function.address).collect();
    sample.functions.retain(|function| own.contains(&function.address));
    sample.functions.iter_mut().for_each(|function| function.callees.clear());
    sample.components.clear();
    Ok(sample)
}

fn confusion(title: &str, judged: &[Judged]) -> Table {
    const ORIGINS: [(Origin, &str); 7] = [
        (Origin::SameBinary, "same binary code"),
        (Origin::SameBinaryPart, "the same in part"),
        (Origin::LikeBuild, "like build"),
        (Origin::OtherBuild, "other build"),
        (Origin::DataOnly, "data only"),
        (Origin::Runtime, "one runtime"),
        (Origin::Nothing, "nothing"),
    ];
    let columns = ["pairs", "count", "equal", "likeness"];
    let columns: Vec<&str> = columns.into_iter().chain(ORIGINS.map(|(_, title)| title)).collect();
    let mut table =
        Table::new(&format!("{title}: what is known (down) against what is told (across)"), &columns);
    let kinds: BTreeSet<Known> = judged.iter().map(|pair| pair.0).collect();
    for kind in kinds {
        let own: Vec<_> = judged.iter().filter(|pair| pair.0 == kind).collect();
        let median = |of: fn(&&Judged) -> f64| {
            let mut all: Vec<f64> = own.iter().map(of).collect();
            all.sort_by(f64::total_cmp);
            format!("{:.2}", all.get(all.len() / 2).copied().unwrap_or(0.0))
        };
        let mut cells =
            vec![kind.title().to_owned(), own.len().to_string(), median(|p| p.2), median(|p| p.3)];
        for (origin, _) in ORIGINS {
            let count = own.iter().filter(|pair| pair.1 == origin).count();
            cells.push(if kind.is_right(origin) { format!("**{count}**") } else { count.to_string() });
        }
        table.row(cells);
    }
    table
}
