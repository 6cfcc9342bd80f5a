//! Which builds are compared with which.

use crate::corpus::Controlled;

/// Two builds, and in what they differ.
pub struct Trial<'a> {
    /// For the report.
    pub kind: String,
    /// One build.
    pub a: &'a Controlled,
    /// The other.
    pub b: &'a Controlled,
}

/// Builds of one version that differ in one thing, or in two named ones.
pub fn of_one_source(binaries: &[Controlled]) -> Vec<Trial<'_>> {
    let is_same =
        |a: &Controlled, b: &Controlled| a.family == b.family && a.version == b.version && a.id != b.id;
    trials(binaries, |a, b| difference(a, b).filter(|_| is_same(a, b)))
}

/// Builds made alike of different libraries, at the levels most in use.
pub fn of_unrelated_libraries(binaries: &[Controlled]) -> Vec<Trial<'_>> {
    let is_other = |a: &Controlled, b: &Controlled| {
        let alike =
            (&a.compiler, &a.opt, &a.target, &a.language) == (&b.compiler, &b.opt, &b.target, &b.language);
        alike && a.family < b.family && a.target == "linux-x64" && (a.opt == "O0" || a.opt == "O2")
    };
    trials(binaries, |a, b| is_other(a, b).then(|| format!("{}, -{}", place(a), a.opt)))
}

fn trials(
    binaries: &[Controlled],
    kind: impl Fn(&Controlled, &Controlled) -> Option<String>,
) -> Vec<Trial<'_>> {
    let beside = |a| binaries.iter().map(move |b| (a, b));
    let trial = |(a, b)| Some(Trial { kind: kind(a, b)?, a, b });
    binaries.iter().flat_map(beside).filter_map(trial).collect()
}

/// The target, and the language where it is not C.
fn place(build: &Controlled) -> String {
    match build.language.as_str() {
        "c" => build.target.clone(),
        "c++" => format!("{} C++", build.target),
        "rust" => format!("{} Rust", build.target),
        "go" => format!("{} Go", build.target),
        other => format!("{} {other}", build.target),
    }
}

fn difference(a: &Controlled, b: &Controlled) -> Option<String> {
    let (same_target, same_opt) = (a.target == b.target, a.opt == b.opt);
    let same_compiler = a.compiler == b.compiler;
    let vendor = |c: &Controlled| c.compiler.split('-').next().unwrap_or("").to_owned();
    let os = |c: &Controlled| c.target.split('-').next().unwrap_or("").to_owned();
    let arch = |c: &Controlled| c.target.split('-').next_back().unwrap_or("").to_owned();
    if same_target && same_opt && !same_compiler && a.id < b.id {
        let what = if vendor(a) == vendor(b) {
            format!("{} to {}", a.compiler, b.compiler)
        } else {
            "clang to gcc".to_owned()
        };
        return Some(format!("{} {what}, -{}", place(a), a.opt));
    }
    if same_target && same_compiler && !same_opt {
        let levels = ["O0", "O1", "O2", "O3", "Os"];
        let at = |c: &Controlled| levels.iter().position(|level| *level == c.opt);
        return (at(a) < at(b)).then(|| format!("{} -{} to -{}", place(a), a.opt, b.opt));
    }
    if same_compiler && same_opt && a.opt == "O2" {
        let x64 = arch(a) == "x64" && arch(b) != "x64" && os(a) == os(b);
        let elf = os(a) == "linux" && os(b) == "win" && arch(a) == arch(b);
        return (x64 || elf).then(|| format!("{} to {}, -O2", a.target, b.target));
    }
    None
}
