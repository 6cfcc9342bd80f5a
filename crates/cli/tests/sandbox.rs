//! The real program with its parsers in processes of their own: the same answers as without, nothing
//! lost when one of them is killed, nothing left behind when the program itself is.

mod common;

use common::{cognate, fixtures, json, store};
use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Runs a command both ways.
fn same(arguments: &[&str]) {
    let apart = cognate(arguments);
    let here = cognate(&[arguments, &["--no-sandbox"]].concat());
    assert_eq!(apart.stdout, here.stdout, "{arguments:?}");
    assert_eq!((apart.stderr, apart.code), (here.stderr, here.code), "{arguments:?}");
}

#[test]
fn every_command_says_the_same_in_this_process() {
    let (_folder, store) = store();
    same(&["inspect", "alpha.elf", "alpha.dll", "alpha.c", "nosuch", "--functions", "--json"]);
    same(&["inspect", "alpha.elf", "--function", "0xad0", "--json"]);
    same(&["inspect", "alpha.elf", "--function", "0x1"]);
    same(&["inspect", "alpha.c", "--raw", "x86", "--base", "0x1000", "--json"]);
    same(&["inspect", "alpha.elf", "--max-instructions", "400", "--json"]);
    same(&["inspect", "alpha.elf", "--max-memory", "1", "--max-file-bytes", "100000", "--json"]);
    same(&["match", "beta.elf", "gamma.elf", "alpha.c", "--json", "--store", &store]);
    same(&["compare", "alpha.elf", "beta.elf", "--functions", "5", "--json"]);
    same(&["compare", "alpha.elf", "alpha.dll", "--json"]);
    same(&["compare", "alpha.elf", "alpha.c"]);
}

#[test]
fn an_index_is_the_same_in_this_process() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store").to_string_lossy().into_owned();
    let tree = fixtures().with_file_name("..").join("../binary/tests/fixtures");
    let tree = tree.to_string_lossy().into_owned();
    let index = |more: &[&str]| {
        let run =
            cognate(&[&["index", ".", &tree, "--family", "f", "--json", "--store", &path], more].concat());
        let answer = cognate(&[&["match", "beta.elf", "--json", "--store", &path], more].concat());
        fs::remove_dir_all(&path).unwrap();
        (run.stdout, run.code, answer.stdout)
    };
    let apart = index(&[]);
    assert_eq!(apart.1, 0);
    assert_eq!(apart, index(&["--no-sandbox"]));
    assert_eq!(apart, index(&["--threads", "1"]));
}

#[test]
fn what_keeps_parsers_in_is_told() {
    let schema = serde_json::from_str(&cognate(&["schema", "doctor"]).stdout).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let (_folder, store) = store();
    let beside = fixtures().join("nosuch").to_string_lossy().into_owned();
    for more in [["--store", &store], ["--store", &beside]] {
        let document = json(&[&["doctor"], &more[..]].concat());
        assert!(validator.is_valid(&document), "{document}");
        assert_eq!(document["parsers"]["own_process"], true);
    }
    let run = cognate(&["doctor", "--no-sandbox", "--store", &store]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("this process"), "{}", run.stdout);
    assert!(run.stdout.contains("nothing keeps parsers in"), "{}", run.stdout);
}

#[test]
fn the_workers_own_command_is_not_for_people() {
    for arguments in [&["man"][..], &["completions", "bash"], &["--help"]] {
        assert!(!cognate(arguments).stdout.contains("Read files for another process"), "{arguments:?}");
    }
}

/// An archive of many members that unpack to much.
fn zeros(members: usize, bytes: usize) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let content = vec![0; bytes];
    for member in 0..members {
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file(format!("m{member}"), options).unwrap();
        zip.write_all(&content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[cfg(target_os = "linux")]
mod linux {
    use super::*;

    /// Fields of `/proc/PID/stat` behind the name: state, parent, …
    fn stat(pid: u32) -> Option<Vec<String>> {
        let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let (_, rest) = text.rsplit_once(") ")?;
        Some(rest.split(' ').map(str::to_owned).collect())
    }

    fn children(parent: u32) -> Vec<u32> {
        let all = fs::read_dir("/proc").unwrap().flatten();
        let all = all.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        let is_child = |pid: &u32| stat(*pid).is_some_and(|fields| fields[1] == parent.to_string());
        all.filter(is_child).collect()
    }

    /// Runs and is no zombie.
    fn runs(pid: u32) -> bool {
        stat(pid).is_some_and(|fields| fields[0] != "Z")
    }

    /// Ticks of processor time, a hundred to the second.
    fn ticks(pid: u32) -> u64 {
        stat(pid).and_then(|fields| fields[11].parse().ok()).unwrap_or(0)
    }

    fn memory_and_threads(pid: u32) -> Option<(u64, u64)> {
        let text = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let number = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse().ok()
        };
        Some((number("VmHWM:")?, number("Threads:")?))
    }

    fn kill(signal: &str, pid: u32) {
        assert!(Command::new("kill").args([signal, &pid.to_string()]).status().unwrap().success());
    }

    fn start(arguments: &[&str]) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cognate"));
        command.args(arguments).current_dir(fixtures()).env("XDG_DATA_HOME", "/nonexistent/data");
        command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// Three files of which the second takes seconds: this program itself.
    fn slow_tree(folder: &Path) -> (String, String) {
        let tree = folder.join("tree");
        fs::create_dir(&tree).unwrap();
        fs::copy(fixtures().join("alpha.elf"), tree.join("a")).unwrap();
        fs::copy(env!("CARGO_BIN_EXE_cognate"), tree.join("b")).unwrap();
        fs::copy(fixtures().join("beta.elf"), tree.join("c")).unwrap();
        let text = |path: &Path| path.to_string_lossy().into_owned();
        (text(&tree), text(&folder.join("store")))
    }

    /// The worker that has been at it for a while.
    fn busy_worker(parent: &mut Child) -> u32 {
        let until = Instant::now() + Duration::from_secs(60);
        loop {
            assert!(Instant::now() < until, "no worker was busy in a minute");
            assert!(parent.try_wait().unwrap().is_none(), "the run ended before");
            if let Some(pid) = children(parent.id()).into_iter().find(|pid| ticks(*pid) >= 20) {
                return pid;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn a_parser_killed_in_the_middle_is_one_line_and_the_rest_is_stored() {
        let folder = tempfile::tempdir().unwrap();
        let (tree, store) = slow_tree(folder.path());
        let index = ["index", &tree, "--family", "f", "--threads", "1", "--json", "--store", &store];
        let mut child = start(&index);
        kill("-9", busy_worker(&mut child));
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let outcomes: Vec<&str> = document["files"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|file| file["outcome"].as_str())
            .collect();
        assert_eq!(outcomes, ["new", "skipped", "new"]);
        let reason = document["files"][1]["reason"].as_str().unwrap();
        assert!(reason.ends_with("was killed by signal 9 (for want of memory, or from outside)"), "{reason}");
        assert_eq!(json(&["corpus", "list", "--store", &store])["samples"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn nothing_is_left_of_a_program_that_is_killed() {
        for signal in ["-9", "-INT", "-TERM"] {
            let folder = tempfile::tempdir().unwrap();
            let (tree, store) = slow_tree(folder.path());
            let mut child = start(&["index", &tree, "--family", "f", "--threads", "2", "--store", &store]);
            busy_worker(&mut child);
            let workers = children(child.id());
            kill(signal, child.id());
            child.wait().unwrap();
            let killed = Instant::now();
            while workers.iter().any(|pid| runs(*pid)) {
                assert!(killed.elapsed() < Duration::from_secs(2), "{signal}: workers live on");
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }

    /// The most memory (KiB) and threads of the program and of any of its workers.
    fn watch(arguments: &[&str]) -> ((u64, u64), (u64, u64)) {
        let mut child = start(arguments);
        let mut output = child.stdout.take().unwrap();
        let reader = std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        let (mut own, mut theirs) = ((0, 0), (0, 0));
        let most = |pid: u32, sum: &mut (u64, u64)| {
            let (memory, threads) = memory_and_threads(pid).unwrap_or_default();
            *sum = (sum.0.max(memory), sum.1.max(threads));
        };
        while child.try_wait().unwrap().is_none() {
            most(child.id(), &mut own);
            children(child.id()).into_iter().for_each(|pid| most(pid, &mut theirs));
            std::thread::sleep(Duration::from_millis(20));
        }
        reader.join().unwrap().unwrap();
        (own, theirs)
    }

    #[test]
    fn one_thread_means_one() {
        let (_folder, store) = store();
        let own = env!("CARGO_BIN_EXE_cognate");
        for arguments in [
            &["match", own, "--threads", "1", "--store", &store][..],
            &["compare", own, "alpha.elf", "--threads", "1"],
            &["inspect", own, "--threads", "1"],
        ] {
            let ((_, threads), (_, worker_threads)) = watch(arguments);
            // Beside the one that works: the first thread, which waits for it, and the one that watches workers.
            assert!(threads <= 3, "{arguments:?}: {threads} threads");
            // Beside the one that works: the one that watches the input.
            assert_eq!(worker_threads, 2, "{arguments:?}");
        }
    }

    #[test]
    fn an_archive_is_never_held_unpacked() {
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("zeros.zip");
        fs::write(&archive, zeros(24, 32 << 20)).unwrap();
        let (archive, store) = (archive.to_string_lossy().into_owned(), folder.path().join("store"));
        let store = store.to_string_lossy().into_owned();
        for arguments in [
            &["inspect", &archive][..],
            &["match", &archive, "--store", &super::store().1],
            &["index", &archive, "--family", "f", "--store", &store],
            &["index", &archive, "--family", "f", "--no-sandbox", "--store", &store],
        ] {
            let ((own, _), (theirs, _)) = watch(arguments);
            assert!(own < 400 << 10, "{arguments:?}: {own} KiB");
            assert!(theirs < 400 << 10, "{arguments:?}: {theirs} KiB in a worker");
        }
    }
}
