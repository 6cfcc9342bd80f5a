//! Files read in processes of their own: the same answers, and one bad file never costs another.
//!
//! The workers are this crate's examples, which `cargo test` builds with the tests.

use cognate_base::{NoProgress, SampleId};
use cognate_binary::{Arch, FileBytes, LoadOptions, RawLayout};
use cognate_engine::worker::Worker;
use cognate_engine::{Engine, EngineOptions, ErrorKind, IndexEntry, IndexRequest, Indexed};
use cognate_index::{Kind, Label, Memory, Store};
use std::fs;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;

use std::time::{Duration, Instant};

fn example(name: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let built = tests.parent().and_then(Path::parent).unwrap().join("examples").join(name);
    assert!(built.exists(), "`cargo build -p cognate-engine --examples` makes {}", built.display());
    built
}

fn worker() -> Worker {
    Worker { program: example("worker"), arguments: Vec::new(), environment: Vec::new() }
}

fn unruly(how: &str) -> Worker {
    let arguments = vec![example("worker").into_os_string(), how.into()];
    Worker { program: example("unruly_worker"), arguments, environment: Vec::new() }
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../cli/tests/fixtures").join(name)
}

fn bytes(name: &str) -> Vec<u8> {
    fs::read(fixture(name)).unwrap()
}

/// A fixture in which an unruly worker finds its mark.
fn marked(name: &str) -> Vec<u8> {
    [&bytes(name)[..], b"UNRULY"].concat()
}

fn request(folder: &Path) -> IndexRequest {
    let label = Label {
        family: "f".to_owned(),
        version: None,
        actor: None,
        kind: Kind::Goodware,
        source: "t".to_owned(),
    };
    IndexRequest { paths: vec![folder.to_owned()], manifest: None, label: Some(label) }
}

/// A compressed archive, whose members' bytes cannot be seen from outside.
fn tar_gz(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut tar = tar::Builder::new(packer);
    for (name, bytes) in members {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, &bytes[..]).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

fn told(entries: &[IndexEntry]) -> String {
    let told = entries.iter().map(|entry| {
        let name = entry.name.rsplit(['/', '!']).next().unwrap_or_default();
        match &entry.outcome {
            // Where in its words a parser is caught is a matter of chance.
            Indexed::Skipped(reason) => {
                let reason = reason.rsplit("`: ").next().unwrap_or_default();
                format!("{name}: {}", reason.split(" (").next().unwrap_or_default())
            }
            outcome => format!("{name} {outcome:?}"),
        }
    });
    told.collect::<Vec<_>>().join(", ")
}

/// Indexes three files, of which the second makes the worker misbehave, and then one more.
fn check(how: &str, expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a"), bytes("alpha.elf")).unwrap();
    fs::write(folder.path().join("b"), marked("gamma.elf")).unwrap();
    fs::write(folder.path().join("c"), bytes("beta.elf")).unwrap();
    let mut options = EngineOptions::default();
    options.limits.time = Duration::from_secs(1);
    options.limits.memory = 1 << 20;
    for threads in [1, 2] {
        let engine = Engine::isolated(options, threads, unruly(how)).unwrap();
        let mut store = Memory::default();
        let entries = engine.index(&mut store, &request(folder.path()), &NoProgress).unwrap();
        assert_eq!(told(&entries), format!("a New, b: the parser {expected}, c New"), "{how}");
        assert_eq!(store.samples().unwrap().len(), 2);
        let error = engine.sample("b", &marked("gamma.elf").into()).unwrap_err();
        assert_eq!((error.kind(), error.next_step().is_some()), (ErrorKind::Worker, true), "{error}");
        assert!(engine.sample("a", &bytes("alpha.elf").into()).is_ok());
    }
}

#[test]
fn a_parser_that_exits_costs_its_file_alone() {
    check("exit", "ended with exit status: 3");
}

#[cfg(unix)]
#[test]
fn a_parser_that_aborts_costs_its_file_alone() {
    check("abort", "was killed by signal 6");
}

#[cfg(unix)]
#[test]
fn a_parser_that_overflows_its_stack_costs_its_file_alone() {
    check("stack", "overflowed its stack");
}

#[test]
fn a_parser_that_sends_nonsense_costs_its_file_alone() {
    check("garbage", "sent what cannot be read");
}

#[test]
fn a_parser_that_announces_gigabytes_costs_its_file_alone() {
    check("huge", "sent what cannot be read");
}

#[test]
fn a_parser_that_talks_without_end_costs_its_file_alone() {
    check("flood", "sent what cannot be read");
}

#[test]
fn a_parser_that_hangs_is_stopped_and_costs_its_file_alone() {
    check("hang", "did not answer within 11 s and was stopped");
}

#[test]
fn a_parser_that_panics_tells_where() {
    let engine = Engine::isolated(EngineOptions::default(), 1, unruly("panic")).unwrap();
    let error = engine.sample("b", &marked("gamma.elf").into()).unwrap_err().to_string();
    assert!(error.starts_with("cannot load `b`: the parser panicked at "), "{error}");
    assert!(error.ends_with(": as asked"), "{error}");
}

#[test]
fn a_member_that_kills_its_parser_costs_no_other_member() {
    let folder = tempfile::tempdir().unwrap();
    let members = [("a", bytes("alpha.elf")), ("b", marked("gamma.elf")), ("c", bytes("beta.elf"))];
    fs::write(folder.path().join("x.tgz"), tar_gz(&members)).unwrap();
    let engine = Engine::isolated(EngineOptions::default(), 1, unruly("exit")).unwrap();
    let entries = engine.index(&mut Memory::default(), &request(folder.path()), &NoProgress).unwrap();
    assert_eq!(told(&entries), "a New, b: the parser ended with exit status: 3, c New");
}

#[test]
fn an_archive_that_kills_its_parser_is_a_gap_and_costs_no_other_file() {
    let folder = tempfile::tempdir().unwrap();
    let archive = [&tar_gz(&[("a", bytes("alpha.elf"))])[..], b"UNRULY"].concat();
    fs::write(folder.path().join("a.tgz"), archive).unwrap();
    fs::write(folder.path().join("b"), bytes("beta.elf")).unwrap();
    let engine = Engine::isolated(EngineOptions::default(), 1, unruly("exit")).unwrap();
    let entries = engine.index(&mut Memory::default(), &request(folder.path()), &NoProgress).unwrap();
    assert_eq!(told(&entries), "a.tgz: parts of the archive could not be opened, b New");
    let gap = entries[0].gaps[0].to_string();
    assert!(gap.ends_with("the parser ended with exit status: 3; the rest is left out"), "{gap}");
}

#[test]
fn a_member_that_kills_who_opens_the_archive_costs_no_member_behind_it() {
    let folder = tempfile::tempdir().unwrap();
    let small = b"UNRULY, as the worker that unpacks it is found to be".to_vec();
    let members = [("a", bytes("alpha.elf")), ("b", small), ("c", bytes("beta.elf"))];
    fs::write(folder.path().join("x.tgz"), tar_gz(&members)).unwrap();
    let engine = Engine::isolated(EngineOptions::default(), 1, unruly("output")).unwrap();
    let entries = engine.index(&mut Memory::default(), &request(folder.path()), &NoProgress).unwrap();
    assert_eq!(told(&entries), "a New, c New, x.tgz: parts of the archive could not be opened");
    let gaps: Vec<String> = entries[2].gaps.iter().map(ToString::to_string).collect();
    assert_eq!(gaps.len(), 2, "{gaps:?}");
    assert!(gaps[0].ends_with("exit status: 3; the member that it was opening is left out"), "{gaps:?}");
    assert!(gaps[1].contains("!b: left out: the parser that opened it came to grief"), "{gaps:?}");
}

#[test]
fn a_program_that_is_none_is_told_before_anything_is_read() {
    let worker = Worker { program: "/nonexistent/cognate".into(), ..worker() };
    let engine = Engine::isolated(EngineOptions::default(), 1, worker).unwrap();
    let failed = engine.index(&mut Memory::default(), &request(&fixture("")), &NoProgress).unwrap_err();
    assert_eq!(failed.error.kind(), ErrorKind::Worker);
    assert!(failed.to_string().starts_with("cannot start `/nonexistent/cognate` as a parser"), "{failed}");
}

/// Everything both ways of reading say of some bytes.
fn same(options: EngineOptions, name: &str, bytes: &[u8]) {
    let bytes: FileBytes = bytes.into();
    let here = Engine::new(options, 2).unwrap();
    for threads in [1, 3] {
        let there = Engine::isolated(options, threads, worker()).unwrap();
        let (a, b) = (here.sample(name, &bytes), there.sample(name, &bytes));
        match (a, b) {
            (Ok(a), Ok(b)) => assert_eq!(a, b, "{name}"),
            (Err(a), Err(b)) => {
                assert_eq!(
                    (a.kind(), a.to_string(), a.next_step()),
                    (b.kind(), b.to_string(), b.next_step())
                );
                continue;
            }
            (a, b) => panic!("{name}: {a:?} here and {b:?} there"),
        }
        let mut a = here.examine(name, &bytes).unwrap();
        let mut b = there.examine(name, &bytes).unwrap();
        assert_eq!((&a.sample, &a.outline), (&b.sample, &b.outline), "{name}");
        let addresses: Vec<u64> = a.outline.functions.iter().map(|function| function.address).collect();
        for address in addresses.into_iter().take(20).chain([1]) {
            assert_eq!(a.expressions(&[address]).unwrap(), b.expressions(&[address]).unwrap());
            match (a.listing(address), b.listing(address)) {
                (Ok(a), Ok(b)) => assert_eq!(a, b),
                (a, b) => assert_eq!(a.unwrap_err().to_string(), b.unwrap_err().to_string()),
            }
        }
    }
}

#[test]
fn a_process_of_its_own_says_what_this_one_says() {
    for name in ["alpha.elf", "alpha.dll", "gamma.elf", "empty.bin", "stub.bin", "alpha.c"] {
        same(EngineOptions::default(), name, &bytes(name));
    }
    for name in ["coff-refs-x86.obj", "coff-refs-aarch64.obj", "coff-import.lib", "arm64ec.dll"] {
        same(EngineOptions::default(), name, &bytes(&format!("../../../binary/tests/fixtures/{name}")));
    }
    let raw = Some(RawLayout { arch: Arch::X86_64, base: 0x1000 });
    let options = EngineOptions { load: LoadOptions { raw, memory: false }, ..EngineOptions::default() };
    same(options, "alpha.c", &bytes("alpha.c"));
    let mut options = EngineOptions::default();
    options.limits.instructions = 300;
    same(options, "alpha.elf", &bytes("alpha.elf"));
    options.limits.file_bytes = 100;
    same(options, "alpha.elf", &bytes("alpha.elf"));
}

#[test]
fn a_tree_with_archives_is_indexed_alike_both_ways() {
    let folder = tempfile::tempdir().unwrap();
    let members = [("a", bytes("alpha.elf")), ("t", bytes("alpha.c")), ("g", bytes("gamma.elf"))];
    let mut archive = tar_gz(&members);
    fs::write(folder.path().join("one.tgz"), &archive).unwrap();
    archive.truncate(archive.len() / 2);
    fs::write(folder.path().join("two.tgz"), &archive).unwrap();
    for name in ["beta.elf", "alpha.dll", "stub.bin"] {
        fs::write(folder.path().join(name), bytes(name)).unwrap();
    }
    let index = |engine: Engine| {
        let mut store = Memory::default();
        let entries = engine.index(&mut store, &request(folder.path()), &NoProgress).unwrap();
        (entries, store.samples().unwrap())
    };
    let expected = index(Engine::new(EngineOptions::default(), 2).unwrap());
    assert!(expected.0.iter().any(|entry| !entry.gaps.is_empty()));
    for threads in [1, 2, 5] {
        assert_eq!(index(Engine::isolated(EngineOptions::default(), threads, worker()).unwrap()), expected);
        assert_eq!(index(Engine::new(EngineOptions::default(), threads).unwrap()), expected);
    }
}

#[test]
fn who_wants_no_more_members_gets_none() {
    let archive = tar_gz(&[("a", bytes("alpha.elf")), ("b", bytes("beta.elf"))]);
    for engine in [
        Engine::new(EngineOptions::default(), 1).unwrap(),
        Engine::isolated(EngineOptions::default(), 1, worker()).unwrap(),
    ] {
        let mut seen = 0;
        let mut visit = |_| {
            seen += 1;
            ControlFlow::Break(())
        };
        let gaps = engine.walk("x", archive.clone().into(), &mut visit).unwrap();
        assert_eq!((seen, gaps.len()), (1, 0));
        let sample = engine.sample("a", &bytes("alpha.elf").into()).unwrap();
        assert_eq!(sample.id(), SampleId::of(&bytes("alpha.elf")));
    }
}

#[cfg(target_os = "linux")]
fn processes(tag: &str) -> Vec<u32> {
    let found = fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        let line = fs::read(entry.path().join("cmdline")).ok()?;
        line.windows(tag.len()).any(|window| window == tag.as_bytes()).then_some(pid)
    });
    found.collect()
}

#[cfg(target_os = "linux")]
fn soon(what: &str, mut holds: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < until, "not in 20 s: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn workers_are_kept_from_file_to_file_and_end_with_the_engine() {
    let tag = format!("kept-{}", std::process::id());
    let worker = Worker { arguments: vec![tag.clone().into()], ..worker() };
    let engine = Engine::isolated(EngineOptions::default(), 1, worker).unwrap();
    let read = || engine.sample("a", &bytes("alpha.elf").into()).unwrap();
    read();
    let first = processes(&tag);
    assert_eq!(first.len(), 1);
    read();
    assert_eq!(processes(&tag), first);
    // One that is killed while it has nothing to do is no loss.
    assert!(Command::new("kill").args(["-9", &first[0].to_string()]).status().unwrap().success());
    std::thread::sleep(Duration::from_millis(50));
    read();
    assert_ne!(processes(&tag), first);
    drop(engine);
    soon("no worker is left", || processes(&tag).is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn a_worker_ends_when_its_input_breaks_off() {
    let mut child = Command::new(example("worker")).stdin(std::process::Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(&[200, 0, 0, 0, 1]).unwrap();
    drop(input);
    soon("it has ended", || child.try_wait().unwrap().is_some());
}

#[cfg(target_os = "linux")]
#[test]
fn a_confined_process_reaches_nothing() {
    let output = Command::new(example("confined")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let (active, tried) = text.split_once('\n').unwrap();
    let engine = Engine::isolated(EngineOptions::default(), 1, worker()).unwrap();
    let confinement = engine.confinement().unwrap().unwrap();
    if !confinement.is_whole() {
        // Said, not hidden: what is missing is missing in the worker as well.
        assert_eq!(active.contains("seccomp true"), confinement.seccomp, "{active}: {confinement:?}");
        return;
    }
    assert_eq!(active, "landlock true seccomp true no-new-files true");
    let expected = "open: PermissionDenied\ncreate: PermissionDenied\nlist: PermissionDenied\n\
                    connect: PermissionDenied\nbind: PermissionDenied\nrun: PermissionDenied\n\
                    thread: PermissionDenied\nmemory 8388608\nopen on a thread: PermissionDenied\n";
    assert_eq!(tried, expected);
}

#[cfg(target_os = "linux")]
#[test]
fn a_confined_process_that_grows_ends_at_its_limit() {
    let output = Command::new(example("confined")).arg("grow").output().unwrap();
    assert!(!output.status.success());
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(words.contains("memory allocation of"), "{words}");
}
