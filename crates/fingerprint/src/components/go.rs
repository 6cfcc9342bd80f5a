//! Go: whose a function is by the package in its name, and which module that package is of.

use super::build_info::{self, BuildInfo};
use super::clones::without_clone_suffix;
use super::owners::{BYTES_EACH, LONGEST_NAME, NAMELESS, Owner, Owners};
use crate::ComponentKind;
use cognate_base::{Budget, Exhausted};
use cognate_binary::{Format, Hints, Loaded, Program};

/// What Go's own code is called.
pub(super) const STANDARD: &str = "Go standard library";
/// Functions one of which every Go program has.
const STARTS: [&str; 5] =
    ["runtime.goexit", "runtime.main", "runtime.mstart", "runtime.rt0_go", "runtime.schedinit"];
/// Functions of the runtime that a Go program has at least (judgement: the smallest has some hundred).
const LEAST_RUNTIME: usize = 8;
/// The folders in which the packages of the standard library lie.
const FOLDERS: [&str; 50] = [
    "archive",
    "arena",
    "bufio",
    "builtin",
    "bytes",
    "cmp",
    "compress",
    "container",
    "context",
    "crypto",
    "database",
    "debug",
    "embed",
    "encoding",
    "errors",
    "expvar",
    "flag",
    "fmt",
    "go",
    "hash",
    "html",
    "image",
    "index",
    "internal",
    "io",
    "iter",
    "log",
    "maps",
    "math",
    "mime",
    "net",
    "os",
    "path",
    "plugin",
    "reflect",
    "regexp",
    "runtime",
    "slices",
    "sort",
    "strconv",
    "strings",
    "structs",
    "sync",
    "syscall",
    "testing",
    "text",
    "time",
    "unicode",
    "unique",
    "unsafe",
];
/// Folders of the standard library whose names others may have too.
const MORE_FOLDERS: [&str; 2] = ["vendor", "weak"];
/// Functions of the tool chain that have no package.
const TOOLCHAIN: [&str; 6] =
    ["_rt0_", "x_cgo_", "_cgo_", "crosscall", "__x86.get_pc_thunk", "_x86.get_pc_thunk"];
/// Hosts of which a module's path has three parts; that of others has two.
const HOSTS: [&str; 8] = [
    "github.com",
    "gitlab.com",
    "bitbucket.org",
    "codeberg.org",
    "gitee.com",
    "git.sr.ht",
    "golang.org",
    "salsa.debian.org",
];

/// Whether the file has the functions of Go's runtime; one text proves nothing.
pub(super) fn is_go(hints: &Hints, format: Format) -> bool {
    let mut runtime = 0;
    let mut starts = false;
    for symbol in hints.names.values() {
        let name = plain(&symbol.name, format);
        runtime += usize::from(name.starts_with("runtime."));
        starts |= STARTS.contains(&name);
        if starts && runtime >= LEAST_RUNTIME {
            return true;
        }
    }
    false
}

/// Tells the owner of each function of a Go program.
pub(super) fn read(
    loaded: &Loaded,
    program: &Program,
    owners: &mut Owners,
    budget: &mut Budget,
) -> Result<Vec<Option<u16>>, Exhausted> {
    let modules = Modules::new(build_info::find(loaded, budget)?);
    budget.keep(program.functions.len() as u64 * size_of::<Whose>() as u64)?;
    let mut functions: Vec<Whose> = Vec::with_capacity(program.functions.len());
    let mut before = (String::new(), Whose::Nobodys);
    for function in &program.functions {
        let Some(symbol) = loaded.hints.names.get(&function.address) else {
            functions.push(Whose::Nobodys);
            continue;
        };
        budget.spend(1 + symbol.name.len() as u64 / BYTES_EACH)?;
        let whose = match package(plain(&symbol.name, loaded.image.format)) {
            Package::None => Whose::Neighbours,
            Package::Toolchain => modules.place(owners, "runtime"),
            Package::Path(path) if path == before.0 => before.1,
            Package::Path(path) => {
                before = (path, Whose::Nobodys);
                before.1 = modules.place(owners, &before.0);
                before.1
            }
        };
        functions.push(whose);
    }
    Ok(settled(&functions))
}

/// Whose a function is, before its neighbours are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    Owners(u16),
    /// Its name has no package: static assembly, or C.
    Neighbours,
    Nobodys,
}

/// Gives functions without a package to those between whom they lie: the linker puts packages one behind the other.
fn settled(functions: &[Whose]) -> Vec<Option<u16>> {
    let mut next = vec![None; functions.len()];
    let mut behind = None;
    for (next, whose) in next.iter_mut().zip(functions).rev() {
        if let Whose::Owners(owner) = whose {
            behind = Some(*owner);
        }
        *next = behind;
    }
    let mut before = None;
    let owner = |(whose, next): (&Whose, Option<u16>)| match whose {
        Whose::Owners(owner) => {
            before = Some(*owner);
            before
        }
        Whose::Neighbours => before.filter(|_| before == next),
        Whose::Nobodys => None,
    };
    functions.iter().zip(next).map(owner).collect()
}

/// A name without what the container and the linker add to it.
fn plain(name: &str, format: Format) -> &str {
    let name = if format == Format::Elf { name } else { name.strip_prefix('_').unwrap_or(name) };
    name.strip_suffix(".abi0").or_else(|| name.strip_suffix(".abiinternal")).unwrap_or(name)
}

/// What the name of a function says of its package.
#[derive(Debug, PartialEq, Eq)]
enum Package {
    /// The path, with what is escaped in symbols put back.
    Path(String),
    /// What the tool chain makes, of no package.
    Toolchain,
    /// Nothing.
    None,
}

/// The package in the name of a function, as in `a/b.F`, `a/b.(*T).M`, `a/b.F[...].func1`, `type:.eq.a/b.T`.
fn package(name: &str) -> Package {
    if let Some(rest) = name.strip_prefix("type:.").or_else(|| name.strip_prefix("type..")) {
        let Some((_, of)) = rest.split_once('.') else { return Package::Toolchain };
        let of = of.trim_start_matches(|it: char| matches!(it, '[' | ']' | '*' | '.') || it.is_ascii_digit());
        return match of_function(of) {
            Package::Path(path) if !path.contains([' ', '{', ';']) => Package::Path(path),
            _ => Package::Toolchain,
        };
    }
    of_function(name)
}

/// The same of a name that is no type's helper.
fn of_function(name: &str) -> Package {
    if name.starts_with("go:") || name.starts_with("go.") || TOOLCHAIN.iter().any(|it| name.starts_with(it)) {
        return Package::Toolchain;
    }
    // Types behind a bracket have paths too.
    let head = name.find(['[', '(', '{', ' ']).and_then(|end| name.get(..end)).unwrap_or(name);
    let last = head.rfind('/').map_or(0, |slash| slash + 1);
    let (folder, rest) = head.split_at(last);
    let Some((package, _)) = rest.split_once('.') else { return Package::None };
    let of_c = folder.is_empty() && without_clone_suffix(head).len() < head.len();
    if package.is_empty() || of_c || name.starts_with("_Z") || head.contains(':') {
        return Package::None;
    }
    if folder.len() + package.len() > LONGEST_NAME {
        return Package::None;
    }
    Package::Path(unescaped(&format!("{folder}{package}")))
}

/// With `%2e` and the like as the characters that they stand for.
fn unescaped(text: &str) -> String {
    let mut parts = text.split('%');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let byte = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(u8::is_ascii);
        match byte {
            Some(byte) => {
                out.push(char::from(byte));
                out.push_str(part.get(2..).unwrap_or_default());
            }
            None => {
                out.push('%');
                out.push_str(part);
            }
        }
    }
    out
}

/// Which package is of which module.
struct Modules {
    info: BuildInfo,
    /// The path of the program's own packages, and what the program is called.
    own: Option<String>,
    name: String,
}

impl Modules {
    fn new(info: BuildInfo) -> Self {
        let path = info.path.clone().filter(|path| path != "command-line-arguments");
        let main = info.main.as_ref().map(|(path, _)| path.clone());
        let name = main.clone().or_else(|| path.clone()).unwrap_or_else(|| NAMELESS.to_owned());
        // built without modules: the tools are one, and others have their module's path
        let own = main.or_else(|| {
            let path = path?;
            if path.starts_with("cmd/") {
                Some("cmd".to_owned())
            } else {
                Some(by_host(&path).unwrap_or(&path).to_owned())
            }
        });
        Modules { info, own, name }
    }

    /// The owner of a package.
    fn place(&self, owners: &mut Owners, package: &str) -> Whose {
        let place = match self.module(package) {
            Some(Module::Standard) => owners.place(STANDARD, || Owner {
                name: STANDARD.to_owned(),
                kind: ComponentKind::Runtime,
                versions: self.info.go.iter().cloned().collect(),
            }),
            Some(Module::Own) => owners.place(NAMELESS, || Owner {
                name: self.name.clone(),
                kind: ComponentKind::Program,
                versions: self.info.main.iter().filter_map(|(_, version)| version.clone()).collect(),
            }),
            Some(Module::Other(path, version)) => owners.place(path, || Owner {
                name: path.to_owned(),
                kind: ComponentKind::Library,
                versions: version.into_iter().map(str::to_owned).collect(),
            }),
            None => None,
        };
        place.map_or(Whose::Nobodys, Whose::Owners)
    }

    fn module<'p>(&'p self, package: &'p str) -> Option<Module<'p>> {
        if package == "main" {
            return Some(Module::Own);
        }
        if package.starts_with("vendor/") {
            return Some(Module::Standard);
        }
        let package = package.rsplit_once("/vendor/").map_or(package, |(_, vendored)| vendored);
        let mut prefix = Some(package);
        while let Some(path) = prefix {
            if self.own.as_deref() == Some(path) {
                return Some(Module::Own);
            }
            if let Some(version) = self.info.modules.get(path) {
                return Some(Module::Other(path, version.as_deref()));
            }
            prefix = path.rsplit_once('/').map(|(before, _)| before);
        }
        let top = package.split('/').next()?;
        if FOLDERS.contains(&top) || MORE_FOLDERS.contains(&package) {
            return Some(Module::Standard);
        }
        by_host(package).map(|path| Module::Other(path, None))
    }
}

/// What a package is of.
#[derive(Debug, PartialEq, Eq)]
enum Module<'p> {
    Standard,
    Own,
    Other(&'p str, Option<&'p str>),
}

/// The module of a package by where it is kept; `None` where its path begins with no host.
fn by_host(package: &str) -> Option<&str> {
    let parts: Vec<&str> = package.split('/').take(5).collect();
    let host = parts.first().filter(|host| host.contains('.') && !host.starts_with('.'))?;
    let mut count = if HOSTS.contains(host) { 3 } else { 2 };
    if *host == "gopkg.in" && parts.get(1).is_some_and(|name| !name.contains(".v")) {
        count = 3;
    }
    let is_major = |part: &&str| {
        part.strip_prefix('v').is_some_and(|number| number.parse::<u16>().is_ok_and(|it| it > 1))
    };
    count += usize::from(parts.get(count).is_some_and(is_major));
    let length = parts.get(..count)?.iter().map(|part| part.len() + 1).sum::<usize>();
    package.get(..length.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expected: Option<&str>) {
        let expected = expected.map_or(Package::None, |path| Package::Path(path.to_owned()));
        assert_eq!(package(name), expected);
    }

    #[test]
    fn the_package_is_in_the_name() {
        check("runtime.mallocgc", Some("runtime"));
        check("go/ast.(*File).Pos", Some("go/ast"));
        check("github.com/a/b%2ec/d.F[go.shape.int]", Some("github.com/a/b.c/d"));
        check("slices.SortFunc[go.shape.[]a.org/x.T,go.shape.int].func1", Some("slices"));
        check("a.org/x.glob..func1", Some("a.org/x"));
        check("type..eq.[2]net/http.http2x", Some("net/http"));
        check("type:.eq.[...]internal/cpu.option", Some("internal/cpu"));
    }

    #[test]
    fn what_the_tool_chain_makes_is_of_none() {
        assert_eq!(package("type:.eq.struct { runtime.n int32; a.org/x.b int }"), Package::Toolchain);
        assert_eq!(package("type:.hash.[3]string"), Package::Toolchain);
        assert_eq!(package("go:buildid"), Package::Toolchain);
        assert_eq!(package("_rt0_amd64_linux"), Package::Toolchain);
    }

    #[test]
    fn names_of_c_have_no_package() {
        check("memeqbody", None);
        check("sort.part.0", None);
        check("main.part", Some("main"));
        check("std::vector<a.b>::push", None);
        check("_ZN3a.bEv.x", None);
        check(&format!("{}.F", "a/".repeat(200)), None);
    }

    #[test]
    fn what_the_container_adds_is_left_out() {
        assert_eq!(plain("_runtime.goexit.abi0", Format::MachO), "runtime.goexit");
        assert_eq!(plain("runtime.goexit", Format::Elf), "runtime.goexit");
    }

    #[test]
    fn static_assembly_is_its_neighbours() {
        use Whose::{Neighbours, Nobodys, Owners};
        let settled = settled(&[
            Neighbours,
            Owners(1),
            Neighbours,
            Nobodys,
            Owners(1),
            Neighbours,
            Owners(2),
            Neighbours,
        ]);
        assert_eq!(settled, [None, Some(1), Some(1), None, Some(1), None, Some(2), None]);
    }

    #[test]
    fn hosts_tell_how_long_a_modules_path_is() {
        let cases = [
            ("github.com/a/b/c/d", Some("github.com/a/b")),
            ("github.com/a/b/v3/d", Some("github.com/a/b/v3")),
            ("gopkg.in/yaml.v3", Some("gopkg.in/yaml.v3")),
            ("gopkg.in/user/x.v1/y", Some("gopkg.in/user/x.v1")),
            ("go.uber.org/zap/zapcore", Some("go.uber.org/zap")),
            ("golang.org/x/sys/unix", Some("golang.org/x/sys")),
            ("github.com/a", None),
            ("local/a/b", None),
        ];
        for (package, expected) in cases {
            assert_eq!(by_host(package), expected);
        }
    }
}
