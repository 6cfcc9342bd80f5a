//! Rust: whose a function is by the crate in its symbol.

use super::owners::{BYTES_EACH, LONGEST_NAME, OWN, Owner, Owners, STD};
use crate::ComponentKind;
use cognate_base::{Budget, Exhausted};
use cognate_binary::{Loaded, Program, Symbol};
use std::collections::{BTreeMap, BTreeSet};

/// What stands before a crate's name, which is often that of the C library that it wraps.
pub(super) const CRATE: &str = "crate ";
/// The crates of the standard library.
const STANDARD: [&str; 12] = [
    "core",
    "alloc",
    "std",
    "compiler_builtins",
    "panic_unwind",
    "panic_abort",
    "std_detect",
    "unwind",
    "proc_macro",
    "test",
    "__rustc",
    "rustc_std_workspace_core",
];
/// Crates that the standard library is linked with. They are its own where no source of them from elsewhere is met.
const WITH_STANDARD: [&str; 11] = [
    "hashbrown",
    "gimli",
    "addr2line",
    "object",
    "miniz_oxide",
    "rustc_demangle",
    "memchr",
    "adler",
    "adler2",
    "libc",
    "cfg_if",
];
/// Functions of the standard library whose names are not mangled begin so.
const UNMANGLED: [&str; 6] =
    ["__rust_", "__rdl_", "__rg_", "__rustc_", "rust_begin_unwind", "rust_eh_personality"];

/// Tells the crate of each function that has a symbol of Rust, and the crates that have a `main`.
pub(super) fn read(
    loaded: &Loaded,
    program: &Program,
    owners: &mut Owners,
    budget: &mut Budget,
) -> Result<(Vec<Option<u16>>, Vec<u16>), Exhausted> {
    let (mut functions, mut mains) = (Vec::new(), Vec::new());
    if !loaded.hints.names.values().any(|symbol| is_rusts(&symbol.name)) {
        return Ok((functions, mains));
    }
    budget.keep(program.functions.len() as u64 * size_of::<Option<u16>>() as u64)?;
    functions.reserve_exact(program.functions.len());
    for function in &program.functions {
        let Some(symbol) = loaded.hints.names.get(&function.address) else {
            functions.push(None);
            continue;
        };
        let shown = symbol.demangled.as_deref().unwrap_or_default();
        budget.spend(1 + (symbol.name.len() + shown.len()) as u64 / BYTES_EACH)?;
        let krate = crate_of(symbol);
        let owner = krate.and_then(|krate| place(owners, krate));
        if let (Some(owner), Some(krate)) = (owner, krate)
            && shown.strip_prefix(krate) == Some("::main")
        {
            mains.push(owner);
        }
        functions.push(owner);
    }
    Ok((functions, mains))
}

/// The place of the crate that symbols call so.
pub(super) fn place(owners: &mut Owners, name: &str) -> Option<u16> {
    if STANDARD.contains(&name) {
        return Some(STD);
    }
    let owner =
        || Owner { name: format!("{CRATE}{name}"), kind: ComponentKind::Library, versions: Vec::new() };
    owners.place(name, owner)
}

/// Gives to the standard library what came with it.
pub(super) fn give_back_to_std(owners: &Owners, functions: &mut [Option<u16>]) {
    let came = WITH_STANDARD.iter().filter_map(|name| owners.find(name));
    let came: BTreeSet<u16> =
        came.filter(|&place| owners.get(place).is_some_and(|owner| owner.versions.is_empty())).collect();
    for owner in functions.iter_mut().flatten() {
        if came.contains(owner) {
            *owner = STD;
        }
    }
}

/// The crates that are the program's own: those with a `main`, and those of which no source from elsewhere is
/// known and whose functions refer to the program's sources.
pub(super) fn own_crates<'r>(
    functions: impl Iterator<Item = (Option<u16>, &'r [u16])>,
    mains: &[u16],
    owners: &Owners,
) -> BTreeSet<u16> {
    let mut votes: BTreeMap<u16, i64> = BTreeMap::new();
    for (owner, sources) in functions {
        let Some(owner) = owner.filter(|owner| *owner != STD) else { continue };
        if sources.contains(&owner) {
            *votes.entry(owner).or_default() -= 1;
        } else if sources.contains(&OWN) {
            *votes.entry(owner).or_default() += 1;
        }
    }
    let from_elsewhere = |place| owners.get(place).is_none_or(|owner| !owner.versions.is_empty());
    let own = votes.into_iter().filter(|&(place, votes)| votes > 0 && !from_elsewhere(place));
    own.map(|(place, _)| place).chain(mains.iter().copied()).collect()
}

fn is_rusts(name: &str) -> bool {
    is_legacy(name) || v0(name).is_some()
}

/// Whether a name ends as the older mangling does: `17h`, sixteen digits, `E`.
fn is_legacy(name: &str) -> bool {
    let name = name.find(".llvm.").and_then(|end| name.get(..end)).unwrap_or(name);
    let hash = name.strip_suffix('E').and_then(|name| name.get(name.len().checked_sub(19)?..));
    name.trim_start_matches('_').starts_with("ZN")
        && hash
            .and_then(|hash| hash.strip_prefix("17h"))
            .is_some_and(|hash| hash.bytes().all(|it| it.is_ascii_hexdigit()))
}

/// What follows the mark of the newer mangling.
fn v0(name: &str) -> Option<&str> {
    let rest = name.strip_prefix("_R").or_else(|| name.strip_prefix("__R"))?;
    rest.starts_with(['C', 'M', 'X', 'Y', 'N', 'I']).then_some(rest)
}

/// The crate whose code a function is.
fn crate_of(symbol: &Symbol) -> Option<&str> {
    let shown = symbol.demangled.as_deref();
    if let Some(path) = v0(&symbol.name) {
        return root(path).or_else(|| by_shown(shown?));
    }
    if is_legacy(&symbol.name) {
        return by_shown(shown?);
    }
    let name = symbol.name.as_str();
    let is_std = |name: &str| UNMANGLED.iter().any(|prefix| name.starts_with(prefix));
    (is_std(name) || name.strip_prefix('_').is_some_and(is_std)).then_some("std")
}

/// The crate in which the path of a v0 name begins: of an `impl` the one that wrote it, whoever's the type is.
fn root(mut path: &str) -> Option<&str> {
    loop {
        let kind = path.chars().next()?;
        path = path.get(1..)?;
        match kind {
            'C' => {
                let path = without_disambiguator(path)?;
                let digits = path.len() - path.trim_start_matches(|it: char| it.is_ascii_digit()).len();
                let length: usize = path.get(..digits)?.parse().ok()?;
                let path = path.get(digits..)?;
                let path = path.strip_prefix('_').unwrap_or(path);
                return path.get(..length).filter(|name| !name.is_empty() && name.len() <= LONGEST_NAME);
            }
            // a name in a namespace, whose letter follows
            'N' => path = path.get(1..)?,
            'I' => {}
            'M' | 'X' => path = without_disambiguator(path)?,
            // `<T as Trait>`, where the trait's own function is made for a type, and what is referred back to
            _ => return None,
        }
    }
}

fn without_disambiguator(path: &str) -> Option<&str> {
    match path.strip_prefix('s') {
        Some(rest) => rest.split_once('_').map(|(_, rest)| rest),
        None => Some(path),
    }
}

/// The crate of a readable name. Of `<T as Trait>::f` it is that of T, unless anybody may use T; then that of
/// the trait: nobody else may write such an `impl`.
fn by_shown(shown: &str) -> Option<&str> {
    let Some(inside) = shown.strip_prefix('<') else { return first(shown) };
    let (of, of_trait) = parts(inside);
    let of = first(of.trim_start_matches('<')).filter(|krate| !STANDARD.contains(krate));
    match of_trait {
        None => first(parts(inside).0),
        Some(of_trait) => of.or_else(|| first(of_trait)),
    }
}

/// The crate that a path begins with; `None` for what is no path.
fn first(path: &str) -> Option<&str> {
    let end = path.find(|it: char| !it.is_alphanumeric() && it != '_')?;
    let (name, rest) = path.split_at(end);
    (rest.starts_with("::") && !name.is_empty()).then_some(name)
}

/// `T` and `Trait` of `T as Trait>…`.
fn parts(inside: &str) -> (&str, Option<&str>) {
    let (mut depth, mut before) = (0u32, 0u8);
    for (at, byte) in inside.bytes().enumerate() {
        match byte {
            b'<' | b'(' | b'[' => depth += 1,
            b'>' if before == b'-' => {}
            b'>' if depth == 0 => return (inside.get(..at).unwrap_or_default(), None),
            b'>' | b')' | b']' => depth = depth.saturating_sub(1),
            b' ' if depth == 0 && inside.get(at..).is_some_and(|rest| rest.starts_with(" as ")) => {
                return (inside.get(..at).unwrap_or_default(), inside.get(at + 4..));
            }
            _ => {}
        }
        before = byte;
    }
    (inside, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, shown: &str, expected: Option<&str>) {
        let demangled = Some(shown.to_owned()).filter(|shown| !shown.is_empty());
        assert_eq!(crate_of(&Symbol { name: name.to_owned(), demangled }), expected);
    }

    #[test]
    fn the_newer_mangling_says_who_wrote_an_impl() {
        check(
            "_RNvXs_Cs1_3jaqNtCs2_5alloc3BoxNtCs3_4core4From4from",
            "<alloc::Box as core::From>::from",
            Some("jaq"),
        );
        check(
            "__RNvMs0_NtCs6weVONsOc01_4clap5errorNtB5_5Error3raw",
            "<clap::error::Error>::raw",
            Some("clap"),
        );
        check(
            "_RNvYNtCs1_3jaq1TNtNtCs2_4core4iter8Iterator4fold",
            "<jaq::T as core::iter::Iterator>::fold",
            Some("jaq"),
        );
        check("_RNvC99999999999999999999_x", "", None);
        check("_RNvC9_x", "", None);
    }

    #[test]
    fn of_the_older_mangling_the_orphan_rule_tells() {
        let legacy = "_ZN4name17h0123456789abcdefE";
        check(legacy, "clap::error::Error::raw", Some("clap"));
        check(legacy, "<clap::Error as core::fmt::Display>::fmt", Some("clap"));
        check(legacy, "<alloc::vec::Vec<T> as own::Trait>::f", Some("own"));
        check(legacy, "<&T as core::fmt::Debug>::fmt", Some("core"));
        check(legacy, "<F as own::Trait<fn(a) -> b as c>>::f", Some("own"));
        check(legacy, "<<own::T>::f::{closure#0} as core::ops::FnOnce<()>>::call_once", Some("own"));
        check(legacy, "core::ptr::drop_in_place<own::T>", Some("core"));
        check(legacy, "f", None);
    }

    #[test]
    fn names_of_others_are_nobodys() {
        check("_ZN3foo3barEv", "foo::bar()", None);
        check("deflate", "", None);
        check("__rust_alloc", "", Some("std"));
        check("___rdl_alloc", "", Some("std"));
    }
}
