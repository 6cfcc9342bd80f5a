//! Whose a function is by the names that the file itself bears: Go's packages, Rust's crates.
//!
//! Names can be forged. They say which code is whose in this one file and are shown as that; nothing is
//! ever matched by them.

use super::owners::{OWN, Owner, Owners};
use super::{go, rust, sources};
use crate::{Component, ComponentKind, KnownBy, VersionsBy};
use cognate_base::{Budget, Exhausted, Gap, Place};
use cognate_binary::{Loaded, Program};
use std::collections::BTreeMap;

/// What the names in a file say.
#[derive(Debug, Default)]
pub(crate) struct Named {
    owners: Owners,
    /// Of each function of the program its owner by its own name; empty where the file has no such names.
    functions: Vec<Option<u16>>,
    /// Crates with a function `main`, or a file for it.
    mains: Vec<u16>,
    locations: sources::Locations,
    /// What was not looked at.
    pub gap: Option<Gap>,
}

impl Named {
    /// Looks at the names of all functions, as long as the budget lasts; `rust` says that the file bears
    /// texts of Rust's standard library.
    pub(crate) fn find(loaded: &Loaded, program: &Program, rust: bool, budget: &mut Budget) -> Self {
        let mut named = Named::default();
        let read = if go::is_go(&loaded.hints, loaded.image.format) {
            go::read(loaded, program, &mut named.owners, budget).map(|functions| named.functions = functions)
        } else {
            named.read_rust(loaded, program, rust, budget)
        };
        if let Err(spent) = read {
            named.functions = Vec::new();
            named.gap = Some(Gap::new(Place::Whole, "names of functions", spent.to_string()));
        }
        named
    }

    fn read_rust(
        &mut self,
        loaded: &Loaded,
        program: &Program,
        rust: bool,
        budget: &mut Budget,
    ) -> Result<(), Exhausted> {
        sources::begin(&mut self.owners);
        (self.functions, self.mains) = rust::read(loaded, program, &mut self.owners, budget)?;
        if rust {
            self.locations = sources::Locations::find(loaded, &mut self.owners, budget)?;
            self.mains.extend(&self.locations.mains);
        }
        rust::give_back_to_std(&self.owners, &mut self.functions);
        Ok(())
    }

    /// The owners of source files that panic locations at these addresses point to, each once, ascending.
    pub(crate) fn sources_at(&self, addresses: impl Iterator<Item = u64>) -> Vec<u16> {
        let mut sources: Vec<u16> = addresses.filter_map(|address| self.locations.at(address)).collect();
        sources.sort_unstable();
        sources.dedup();
        sources.shrink_to_fit();
        sources
    }

    /// The components that names tell, by name, with their functions; of each function its number in the
    /// program and its [`sources`](Self::sources_at) are given, in the order by which it is numbered.
    pub(crate) fn components<'r>(
        &self,
        functions: impl Iterator<Item = (u32, &'r [u16])> + Clone,
    ) -> Vec<Component> {
        let by_symbol = |index: u32| self.functions.get(index as usize).copied().flatten();
        let both = functions.clone().map(|(index, sources)| (by_symbol(index), sources));
        let own = rust::own_crates(both, &self.mains, &self.owners);
        let mut found: BTreeMap<u16, Vec<u32>> = BTreeMap::new();
        for (position, (index, sources)) in (0u32..).zip(functions) {
            let owner = match by_symbol(index) {
                Some(owner) if own.contains(&owner) => Some(OWN),
                Some(owner) => Some(owner),
                None => sources::owner(sources, &own),
            };
            if let Some(owner) = owner {
                found.entry(owner).or_default().push(position);
            }
        }
        let mut components: Vec<Component> = found
            .into_iter()
            .filter_map(|(place, functions)| {
                let Owner { mut name, kind, mut versions } = self.owners.get(place)?.clone();
                let main = self.mains.first().filter(|_| kind == ComponentKind::Program);
                if let Some(main) = main.and_then(|main| self.owners.get(*main)) {
                    name = main.name.trim_start_matches(rust::CRATE).to_owned();
                    versions.clone_from(&main.versions);
                }
                let known_by = KnownBy { names: functions.len() as u32, ..KnownBy::default() };
                let versions_by = (!versions.is_empty()).then_some(VersionsBy::Names);
                Some(Component {
                    name,
                    kind,
                    versions,
                    versions_by,
                    known_by,
                    functions,
                    ..Component::default()
                })
            })
            .collect();
        components.sort();
        components
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::components::owners::MOST_OWNERS;
    use crate::components::{Marks, all_components};
    use cognate_base::Limits;
    use cognate_binary::{Arch, Format, Function, Hints, Image, Segment, StartSource, Symbol, Traits};

    /// A file whose data holds these bytes at 0x10000.
    pub(in crate::components) fn loaded(format: Format, data: Vec<u8>) -> Loaded {
        let segment = Segment {
            name: ".data".into(),
            address: 0x1_0000,
            size: data.len() as u64,
            file_offset: 0,
            file_bytes: data.len() as u64,
            writable: false,
            executable: false,
        };
        let image = Image::new(format, Arch::X86_64, 0, vec![segment], data.into());
        Loaded { image, hints: Hints::default(), traits: Traits::default(), gaps: Vec::new() }
    }

    pub(in crate::components) fn budget() -> Budget {
        Budget::new(&Limits::default())
    }

    fn function(address: u64) -> Function {
        let (blocks, calls, tables) = (Vec::new(), Vec::new(), Vec::new());
        Function {
            address,
            source: StartSource::Table,
            blocks,
            calls,
            tables,
            no_return: false,
            thunk: false,
        }
    }

    /// Functions with these names (mangled and readable), each sixteen bytes behind the one before.
    fn program(loaded: &mut Loaded, names: &[(&str, Option<&str>)]) -> Program {
        let addresses = (0x1000u64..).step_by(16).take(names.len());
        for (address, (name, demangled)) in addresses.clone().zip(names) {
            let symbol = Symbol { name: (*name).to_owned(), demangled: demangled.map(str::to_owned) };
            loaded.hints.names.insert(address, symbol);
        }
        Program { functions: addresses.map(function).collect(), gaps: Vec::new(), instructions: 0 }
    }

    /// The components by name and version, with their functions; `sources` are the addresses that each function refers to.
    fn components(loaded: &Loaded, program: &Program, addresses: &[&[u64]]) -> Vec<String> {
        let marks = Marks::find(&loaded.image, &loaded.hints, &mut budget());
        let named = Named::find(loaded, program, marks.has_rust(), &mut budget());
        assert_eq!(named.gap, None);
        let sources: Vec<Vec<u16>> = (0..program.functions.len())
            .map(|index| named.sources_at(addresses.get(index).into_iter().copied().flatten().copied()))
            .collect();
        let functions = (0u32..).zip(sources.iter().map(Vec::as_slice));
        let marked = vec![&[][..]; program.functions.len()];
        all_components(&marks, named.components(functions), marked.into_iter())
            .iter()
            .map(|it| format!("{} {}: {:?}", it.kind, it.title(), it.functions))
            .collect()
    }

    /// Enough of Go's runtime that a file is Go's.
    const RUNTIME: [(&str, Option<&str>); 9] = [
        ("runtime.goexit.abi0", None),
        ("memeqbody", None),
        ("runtime.a", None),
        ("runtime.b", None),
        ("runtime.c", None),
        ("runtime.d", None),
        ("runtime.e", None),
        ("runtime.f", None),
        ("runtime.g", None),
    ];

    fn go(data: &[u8], names: &[&str], expected: &[&str]) {
        let mut loaded = loaded(Format::Elf, data.to_vec());
        let names: Vec<_> = RUNTIME.into_iter().chain(names.iter().map(|name| (*name, None))).collect();
        let program = program(&mut loaded, &names);
        assert_eq!(components(&loaded, &program, &[]), expected);
    }

    fn build_info(modules: &str) -> Vec<u8> {
        let mut data = b"\xff Go buildinf:\x08\x02".to_vec();
        data.resize(32, 0);
        data.extend(b"\x08go1.23.5");
        let modules = format!("0123456789abcdef{modules}\n0123456789abcdef");
        let mut length = modules.len();
        while length >= 0x80 {
            data.push(length as u8 | 0x80);
            length >>= 7;
        }
        data.push(length as u8);
        data.extend(modules.as_bytes());
        data
    }

    #[test]
    fn functions_of_go_are_their_modules() {
        let info = build_info(
            "path\texample.org/tool/cmd/it\nmod\texample.org/tool\t(devel)\ndep\texample.org/tool/lib\tv1.0.0\th1:\n\
             dep\tgopkg.in/yaml.v3\tv3.0.1\n=>\texample.org/fork\tv3.0.9\th1:\ndep\tplain\tv0.1.0",
        );
        go(
            &info,
            &[
                "main.main",
                "example.org/tool/a.(*T).M",
                "example.org/tool/lib/b.F[...].func1",
                "gopkg.in/yaml%2ev3.F",
                "plain/x.F",
                "crypto/aes.(*aesCipherGCM).Seal",
                "vendor/golang.org/x/net.F",
                "type:.eq.example.org/tool/a.T",
                "go:struct { runtime.x }.M",
                "Zx8.Qp",
                "a_c_function",
            ],
            &[
                "runtime Go standard library 1.23.5: [0, 1, 2, 3, 4, 5, 6, 7, 8, 14, 15, 17]",
                "program example.org/tool: [9, 10, 16]",
                "library example.org/tool/lib v1.0.0: [11]",
                "library gopkg.in/yaml.v3 v3.0.9: [12]",
                "library plain v0.1.0: [13]",
            ],
        );
    }

    #[test]
    fn where_the_build_info_is_wiped_paths_tell_modules_without_versions() {
        go(
            &[0; 64],
            &["main.main", "github.com/a/b/c.F", "gopkg.in/yaml%2ev3.F", "github.com/a/b/v2/c.F", "x.F"],
            &[
                "runtime Go standard library: [0, 1, 2, 3, 4, 5, 6, 7, 8]",
                "library github.com/a/b: [10]",
                "library github.com/a/b/v2: [12]",
                "library gopkg.in/yaml.v3: [11]",
                "program main: [9]",
            ],
        );
    }

    #[test]
    fn one_text_makes_no_program_gos() {
        let mut loaded = loaded(Format::Elf, build_info("path\tx"));
        let program = program(&mut loaded, &[("runtime.goexit", None), ("main.main", None)]);
        let found = components(&loaded, &program, &[]);
        assert_eq!(found, ["library Go standard library: []"]);
    }

    #[test]
    fn more_modules_than_are_told_apart_are_nobodys() {
        let names: Vec<String> = (0..MOST_OWNERS + 2).map(|number| format!("host.org/m{number}.F")).collect();
        let mut loaded = loaded(Format::Elf, vec![0; 64]);
        let names: Vec<_> =
            RUNTIME.into_iter().chain(names.iter().map(|name| (name.as_str(), None))).collect();
        let program = program(&mut loaded, &names);
        // one is the standard library
        assert_eq!(components(&loaded, &program, &[]).len(), MOST_OWNERS);
    }

    #[test]
    fn names_are_paid_for() {
        let mut loaded = loaded(Format::Elf, vec![0; 64]);
        let program = program(&mut loaded, &RUNTIME);
        let mut budget = Budget::new(&Limits { instructions: 5, ..Limits::default() });
        let named = Named::find(&loaded, &program, false, &mut budget);
        let gap = named.gap.map(|gap| gap.to_string());
        assert_eq!(gap.as_deref(), Some("gap: names of functions: work budget spent"));
    }

    /// Data with texts and, behind them, the place of a panic for each; and the addresses of these.
    fn panics(paths: &[&str]) -> (Vec<u8>, Vec<u64>) {
        let mut data = Vec::new();
        let mut texts = Vec::new();
        for path in paths {
            texts.push((0x1_0000 + data.len() as u64, path.len() as u64));
            data.extend(path.as_bytes());
        }
        data.resize(data.len().next_multiple_of(8), 0);
        let mut places = Vec::new();
        for (address, length) in texts {
            places.push(0x1_0000 + data.len() as u64);
            data.extend(address.to_le_bytes());
            data.extend(length.to_le_bytes());
            data.extend([7, 0, 0, 0, 9, 0, 0, 0]);
        }
        (data, places)
    }

    const STD: &str = "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/core/src/slice/mod.rs";
    const SYN: &str = "/home/u/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/syn-lib-2.0.1/src/lib.rs";

    #[test]
    fn in_stripped_files_of_rust_panics_tell() {
        let (data, at) =
            panics(&[STD, SYN, "src/main.rs", "C:\\c\\registry\\src\\i-1\\b-0.1.0-rc.1\\src\\x.rs"]);
        let mut loaded = loaded(Format::Elf, data);
        let mut program = program(&mut loaded, &[]);
        program.functions.extend((0x1000..0x1006).map(function));
        let found = components(
            &loaded,
            &program,
            &[&[at[0]], &[at[0], at[1]], &[at[1], at[2]], &[at[1], at[3]], &[at[3]], &[0x1_0000]],
        );
        assert_eq!(
            found,
            [
                "runtime Rust std: []",
                "library crate b 0.1.0-rc.1: [4]",
                "library crate syn-lib 2.0.1: [1]",
                "program main: [2]",
            ]
        );
    }

    #[test]
    fn of_one_crate_some_versions_are_kept() {
        let path = |version: u32| format!("/c/registry/src/i-1/syn-1.{version}.0/src/lib.rs");
        let paths: Vec<String> = (0..100).map(path).collect();
        let (data, at) =
            panics(&[&[STD][..], &paths.iter().map(String::as_str).collect::<Vec<_>>()].concat());
        let mut loaded = loaded(Format::Elf, data);
        let mut program = program(&mut loaded, &[]);
        program.functions.push(function(0x1000));
        let found = components(&loaded, &program, &[&at[1..]]);
        assert_eq!(found, ["runtime Rust std: []", "library crate syn 1.0.0 to 1.63.0: [0]"]);
    }

    #[test]
    fn a_crate_with_a_main_file_is_the_program() {
        let path = "/c/registry/src/index.crates.io-1949cf8c6b5b557f/tool-1.2.3/src/main.rs";
        let (data, at) = panics(&[STD, SYN, path, &path.replace("main", "parts")]);
        let mut loaded = loaded(Format::Elf, data);
        let mut program = program(&mut loaded, &[]);
        program.functions.extend((0x1000..0x1003).map(function));
        let found = components(&loaded, &program, &[&[at[1]], &[at[1], at[3]], &[at[2]]]);
        assert_eq!(
            found,
            ["runtime Rust std: []", "library crate syn-lib 2.0.1: [0]", "program tool 1.2.3: [1, 2]"]
        );
    }

    #[test]
    fn symbols_of_rust_tell_crates_and_panics_their_versions() {
        let (data, at) = panics(&[STD, SYN, "src/main.rs"]);
        let mut loaded = loaded(Format::Elf, data);
        let program = program(
            &mut loaded,
            &[
                ("_RNvCs5s1TAqBEwW5_3jaq4main", Some("jaq::main")),
                (
                    "_RINvNtCsjrHSEGnQ3l9_4core3ptr13drop_in_placeNtCs5s1TAqBEwW5_3jaq1TE",
                    Some("core::ptr::drop_in_place::<jaq::T>"),
                ),
                ("_RNvMNtCs6weVONsOc01_7syn_lib5errorNtB3_5Error3raw", Some("<syn_lib::error::Error>::raw")),
                ("_RNvCs5s1TAqBEwW5_4side1f", Some("side::f")),
                ("_RNvCs5s1TAqBEwW5_9hashbrown1f", Some("hashbrown::f")),
                ("rust_begin_unwind", None),
                ("deflate", None),
            ],
        );
        let found = components(&loaded, &program, &[&[], &[], &[at[1]], &[at[2]]]);
        assert_eq!(
            found,
            ["runtime Rust std: [1, 4, 5]", "library crate syn-lib 2.0.1: [2]", "program jaq: [0, 3]"]
        );
    }
}
