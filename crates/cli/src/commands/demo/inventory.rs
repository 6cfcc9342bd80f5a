//! Finds the demo's files: libraries with their packages, and programs to ask about.

use crate::error::{Result, question};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The family of Rust's standard library.
pub const RUST: &str = "rust-std";

/// A library, and who it belongs to.
pub struct Library {
    /// Where it lies.
    pub path: PathBuf,
    /// The package that owns it, else its own name.
    pub package: String,
    /// The version, where known.
    pub version: Option<String>,
}

/// Everything the demo reads.
pub struct Inventory {
    /// This program.
    pub own: PathBuf,
    /// Libraries to index.
    pub libraries: Vec<Library>,
    /// Two programs of one source tree: the first is indexed, the second asked about.
    pub relative: Option<(PathBuf, PathBuf)>,
    /// A program unrelated to all of it.
    pub control: Option<PathBuf>,
}

/// Libraries that a machine with Rust and a C compiler has, or may well have.
const NAMES: [&str; 9] = [
    "libgcc_s.so.1",
    "libstdc++.so.6",
    "libc.so.6",
    "libm.so.6",
    "libz.so.1",
    "libzstd.so.1",
    "libsqlite3.so.0",
    "libcrypto.so.3",
    "libcrypto.so.1.1",
];
/// Programs of which none shares a source tree with the libraries above.
const CONTROLS: [&str; 4] = ["/usr/bin/sed", "/bin/sed", "/usr/bin/gzip", "/bin/bash"];
/// Larger files would make the demo slow.
const LARGEST: u64 = 16 << 20;

impl Inventory {
    /// Looks around; fails only when this program cannot find itself.
    pub fn take() -> Result<Self> {
        let own = std::env::current_exe().map_err(|error| {
            question(format!("cannot find this program's own file: {error}")).hint("is /proc mounted?")
        })?;
        let owners = dpkg_owners();
        let found = NAMES.iter().filter_map(|name| library(name));
        let mut libraries: Vec<Library> = found.map(|path| owned(path, &owners)).collect();
        libraries.extend(rust_std());
        let relative = compiler_programs();
        let control = CONTROLS.iter().map(PathBuf::from).find(|path| path.is_file());
        Ok(Inventory { own, libraries, relative, control })
    }

    /// A program to index and one to ask about; where no relatives are here, this one is both.
    pub fn to_go_on_with(&self) -> (&Path, &Path) {
        self.relative.as_ref().map_or((&self.own, &self.own), |(known, asked)| (known, asked))
    }
}

/// Rust's standard library as the toolchain that built this ships it.
fn rust_std() -> Option<Library> {
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let said = |argument: &[&str]| {
        let output = Command::new(&compiler).args(argument).output().ok()?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let root = PathBuf::from(said(&["--print", "sysroot"])?).join("lib");
    let targets = entries(&root.join("rustlib")).into_iter().map(|target| target.join("lib"));
    let folders = targets.chain(std::iter::once(root.clone()));
    let files = folders.flat_map(|folder| entries(&folder));
    let path = files.into_iter().find(|path| {
        let name = file_name(path);
        name.starts_with("libstd-") && name.ends_with(".so") && own_target(path)
    })?;
    let version = said(&["--version"]).and_then(|text| text.split(' ').nth(1).map(str::to_owned));
    Some(Library { path, package: RUST.to_owned(), version })
}

/// Several targets may be installed: the one this program was built for counts.
fn own_target(path: &Path) -> bool {
    let text = path.to_string_lossy();
    !text.contains("rustlib")
        || (text.contains(std::env::consts::ARCH) && text.contains(std::env::consts::OS))
}

/// The real file of a library in the usual folders.
fn library(name: &str) -> Option<PathBuf> {
    let multiarch = format!("{}-linux-gnu", std::env::consts::ARCH);
    let folders = [format!("/usr/lib/{multiarch}"), format!("/lib/{multiarch}")];
    let folders = folders.iter().map(String::as_str).chain(["/usr/lib64", "/lib64", "/usr/lib", "/lib"]);
    folders.map(|folder| Path::new(folder).join(name)).find_map(|path| {
        let real = path.canonicalize().ok()?;
        let size = real.metadata().ok()?.len();
        (size <= LARGEST).then_some(real)
    })
}

fn owned(path: PathBuf, owners: &[(String, String)]) -> Library {
    let text = path.to_string_lossy().into_owned();
    // Merged-/usr systems own `/lib/…` and have the file at `/usr/lib/…`.
    let old = text.strip_prefix("/usr").unwrap_or(&text).to_owned();
    let found = owners.iter().find(|(file, _)| *file == text || *file == old);
    let stem = || file_name(&path).split(".so").next().unwrap_or_default().to_owned();
    let package = found.map_or_else(stem, |(_, package)| package.clone());
    Library { path, package, version: None }
}

/// Files named like our libraries with their packages, from dpkg's own lists.
fn dpkg_owners() -> Vec<(String, String)> {
    let lists = entries(Path::new("/var/lib/dpkg/info"));
    let lists = lists.into_iter().filter(|path| file_name(path).ends_with(".list"));
    let mut owners = Vec::new();
    for list in lists {
        let name = file_name(&list).trim_end_matches(".list").to_owned();
        let package = name.split(':').next().unwrap_or(&name).to_owned();
        if !package.starts_with("lib") && !package.starts_with("zlib") {
            continue;
        }
        let Ok(text) = std::fs::read_to_string(&list) else { continue };
        let files = text.lines().filter(|line| line.contains("/lib") && line.contains(".so"));
        owners.extend(files.map(|line| (line.to_owned(), package.clone())));
    }
    owners
}

/// Two small programs of the newest gcc: `collect2` and `lto-wrapper`.
fn compiler_programs() -> Option<(PathBuf, PathBuf)> {
    let roots = ["/usr/lib/gcc", "/usr/libexec/gcc", "/usr/lib64/gcc"].map(PathBuf::from);
    let machines = roots.iter().flat_map(|root| entries(root));
    let native = machines.filter(|machine| file_name(machine).starts_with(std::env::consts::ARCH));
    let mut versions: Vec<PathBuf> = native
        .filter(|machine| file_name(machine).contains("linux"))
        .flat_map(|machine| entries(&machine))
        .collect();
    versions.sort_by_key(|version| {
        let number = file_name(version);
        number.split('.').next().and_then(|major| major.parse::<u32>().ok()).unwrap_or(0)
    });
    versions.into_iter().rev().find_map(|version| {
        let (collect, wrapper) = (version.join("collect2"), version.join("lto-wrapper"));
        (collect.is_file() && wrapper.is_file()).then_some((collect, wrapper))
    })
}

/// What is in a folder, in the order of the names; nothing where it cannot be read.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let found = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = found.map(|entry| entry.path()).collect();
    found.sort();
    found
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
