//! Function recovery on our own stripped fixtures, against the symbols that were
//! stripped off. `flow.c` holds what makes functions hard to tell apart: switches,
//! calls that do not return, tail calls, functions reached through pointers only.
//! Files named `bare` have no unwind data.

use cognate_base::{Budget, Limits};
use cognate_binary::{Function, LoadOptions, Program, load, recover};
use std::collections::BTreeMap;
use std::path::PathBuf;

struct Case {
    program: Program,
    symbols: BTreeMap<u64, String>,
}

fn case(name: &str) -> Case {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/flow");
    let bytes = std::fs::read(folder.join(format!("{name}.bin"))).unwrap();
    let symbols = std::fs::read_to_string(folder.join(format!("{name}.syms"))).unwrap();
    let symbols = symbols.lines().filter_map(|line| {
        let (address, name) = line.split_once(' ')?;
        Some((u64::from_str_radix(address, 16).ok()?, name.trim_start_matches('_').to_owned()))
    });
    let mut budget = Budget::new(&Limits::default());
    let loaded = load(bytes.into(), &LoadOptions::default(), &mut budget).unwrap();
    let program = recover(&loaded.image, &loaded.hints, &mut budget);
    Case { program, symbols: symbols.collect() }
}

impl Case {
    fn function(&self, name: &str) -> &Function {
        let address = self.symbols.iter().find(|(_, symbol)| *symbol == name).map(|(address, _)| *address);
        let index = self.program.index_of(address.expect("the symbol exists"));
        &self.program.functions[index.unwrap_or_else(|| panic!("{name} was not recovered"))]
    }
}

/// Every function is found where it starts, and nothing else is taken for one,
/// but for what is listed as known to go wrong.
fn check(name: &str, missed: &[&str], extra: usize) {
    let case = case(name);
    let found = |address: &u64| case.program.index_of(*address).is_some();
    // `.cold` parts are no functions of their own unless unwind data says so
    let lost: Vec<&str> = case
        .symbols
        .iter()
        .filter(|(address, symbol)| !found(address) && !symbol.ends_with(".cold"))
        .map(|(_, symbol)| symbol.as_str())
        .collect();
    assert_eq!(lost, missed, "{name}: missed");
    let wrong =
        case.program.functions.iter().filter(|function| !case.symbols.contains_key(&function.address));
    let wrong: Vec<String> = wrong.map(|f| format!("{:x} {:?}", f.address, f.source)).collect();
    assert_eq!(wrong.len(), extra, "{name}: not functions: {wrong:?}");
}

#[test]
fn unwind_data_gives_every_function() {
    for name in ["x86_64-gcc-O0", "x86_64-gcc-O2", "x86_64-gcc-Os", "pe-x86_64-gcc-O2"] {
        check(name, &[], 0);
    }
    for name in ["x86-gcc-O0", "x86-gcc-O2", "x86-gcc-Os"] {
        check(name, &[], 0);
    }
    for name in ["aarch64-gcc-O0", "aarch64-gcc-O2", "aarch64-gcc-Os"] {
        check(name, &[], 0);
    }
}

#[test]
fn without_unwind_data_calls_pointers_and_gaps_give_them() {
    for name in ["x86_64-gcc-O0-bare", "x86_64-gcc-O2-bare", "x86_64-gcc-Os-bare"] {
        check(name, &[], 0);
    }
    for name in ["x86_64-clang-O0-bare", "x86_64-clang-O2-bare", "x86_64-clang-Os-bare"] {
        check(name, &[], 0);
    }
    for name in ["x86-gcc-O0-bare", "x86-gcc-O2-bare", "x86-gcc-Os-bare", "pe-x86-gcc-O2-bare"] {
        check(name, &[], 0);
    }
    for name in ["aarch64-gcc-O0-bare", "aarch64-gcc-O2-bare", "aarch64-gcc-Os-bare"] {
        check(name, &[], 0);
    }
    for name in ["aarch64-clang-O0-bare", "aarch64-clang-O2-bare", "aarch64-clang-Os-bare"] {
        check(name, &[], 0);
    }
}

/// Switches keep a function whole: its tables are read and its cases are blocks.
fn check_switch(name: &str, switches: &[&str]) {
    let case = case(name);
    for switch in switches {
        let function = case.function(switch);
        assert_eq!(function.tables.len(), 1, "{name}: {switch}: {:?}", function.tables);
        assert!(function.tables[0].entries >= 9, "{name}: {switch}: {:?}", function.tables);
    }
}

#[test]
fn jump_tables_are_read_on_every_instruction_set() {
    for name in ["x86_64-gcc-O0", "x86_64-gcc-O2", "x86_64-clang-O2-bare", "x86-gcc-O2", "x86-gcc-O0-bare"] {
        check_switch(name, &["dispatch", "machine"]);
    }
    for name in ["aarch64-clang-O2-bare", "pe-x86_64-gcc-O2", "pe-x86-gcc-O2-bare"] {
        check_switch(name, &["dispatch", "machine"]);
    }
    // gcc for AArch64 makes comparisons of the smaller switch
    check_switch("aarch64-gcc-O0", &["dispatch"]);
    check_switch("aarch64-gcc-O2", &["dispatch"]);
}

#[test]
fn a_function_that_only_stops_never_returns_and_its_callers_do() {
    for name in ["x86_64-gcc-O2", "x86-gcc-O2-bare", "aarch64-clang-O2-bare", "pe-x86_64-gcc-O2"] {
        let case = case(name);
        assert!(case.function("give_up").no_return, "{name}");
        assert!(!case.function("leaf").no_return, "{name}");
        assert!(!case.function("entry").no_return, "{name}");
    }
}

#[test]
fn a_tail_call_is_a_call_of_another_function() {
    for name in ["x86_64-gcc-O2", "x86_64-clang-O2-bare", "aarch64-gcc-O2-bare"] {
        let case = case(name);
        let leaf = case.function("leaf").address;
        let forward = case.function("forward");
        let tail = forward.calls.iter().find(|call| call.tail).expect("forward ends in a jump");
        assert_eq!(tail.target, cognate_binary::CallTarget::Function(leaf), "{name}");
    }
}

#[test]
fn blocks_do_not_overlap_and_edges_stay_inside() {
    for name in ["x86_64-gcc-O2", "x86-gcc-O0-bare", "aarch64-gcc-Os", "pe-x86-gcc-O2-bare"] {
        for function in &case(name).program.functions {
            for pair in function.blocks.windows(2) {
                assert!(pair[0].end() <= pair[1].address, "{name}: {:x}", function.address);
            }
            assert!(function.blocks.iter().any(|block| block.address == function.address));
            for edge in function.blocks.iter().flat_map(|block| &block.edges) {
                assert!((edge.to as usize) < function.blocks.len(), "{name}: {:x}", function.address);
            }
        }
    }
}

#[test]
fn a_spent_budget_is_a_gap_on_record() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/flow");
    let bytes = std::fs::read(folder.join("x86_64-gcc-O2.bin")).unwrap();
    let loaded = load(bytes.into(), &LoadOptions::default(), &mut Budget::new(&Limits::default())).unwrap();
    let limits = Limits { instructions: 40, ..Limits::default() };
    let program = recover(&loaded.image, &loaded.hints, &mut Budget::new(&limits));
    assert!(program.gaps[0].reason.starts_with("work budget spent"), "{:?}", program.gaps);
}
