//! The store as a person meets it: strangers' folders, two at once, tables of labels, damage.

mod common;

use common::{Run, cognate, cognate_in, fixtures, json, store};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// A run that must fail with this error and a hint.
fn check_refused(run: &Run, said: &str) {
    assert_eq!(run.code, 2, "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.starts_with("error: ") && run.stderr.contains(said), "{}", run.stderr);
    assert!(run.stderr.contains("\nhint: "), "{}", run.stderr);
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
}

#[test]
fn a_strangers_folder_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().to_string_lossy().into_owned();
    for name in ["work.tmp", "0.segment", "thesis.doc"] {
        fs::write(folder.path().join(name), name).unwrap();
    }
    let commands: [&[&str]; 5] = [
        &["index", "alpha.elf", "--family", "f"],
        &["match", "alpha.elf"],
        &["corpus", "compact"],
        &["corpus", "verify"],
        &["corpus", "remove", "ab"],
    ];
    for command in commands {
        let run = cognate(&[command, &["--store", &place]].concat());
        check_refused(&run, "is no store, and it is not empty: it holds `0.segment`");
    }
    for name in ["work.tmp", "0.segment", "thesis.doc"] {
        assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), name);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
}

/// Another process that holds the lock of a store until it is told to end, or killed.
fn hold(store: &str) -> std::process::Child {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["child_that_holds_the_lock", "--exact", "--nocapture"])
        .env("COGNATE_TEST_HOLD", store)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    assert!(lines.map_while(Result::ok).any(|line| line == "held"));
    child
}

/// Not a test of its own: what [`hold`] runs.
#[test]
#[allow(clippy::print_stdout)]
fn child_that_holds_the_lock() {
    let Ok(store) = std::env::var("COGNATE_TEST_HOLD") else { return };
    let mut store = cognate_index::Embedded::open(Path::new(&store)).unwrap();
    store.lock(Duration::ZERO, &mut |_| {}).unwrap();
    println!("\nheld");
    let _ = std::io::stdin().read_line(&mut String::new());
}

#[test]
fn a_second_writer_hears_who_the_first_is_and_a_reader_reads() {
    let (_kept, store) = store();
    let mut holder = hold(&store);
    let command = ["index", "beta.elf", "--family", "f", "--store", &store];
    let said = format!("another process ({}) is writing to the store", holder.id());
    check_refused(&cognate(&command), &said);
    check_refused(&cognate(&[&command[..], &["--wait=0"]].concat()), &said);
    assert_eq!(cognate(&["match", "beta.elf", "--store", &store]).code, 0);
    assert_eq!(cognate(&["corpus", "verify", "--store", &store]).code, 0);
    holder.kill().unwrap();
    holder.wait().unwrap();
    assert_eq!(cognate(&command).code, 0, "the lock ends with its holder");
}

#[test]
fn a_writer_that_waits_gets_its_turn() {
    let (_kept, store) = store();
    let mut holder = hold(&store);
    let (pid, mut stdin) = (holder.id(), holder.stdin.take());
    let waiting = std::thread::spawn(move || {
        cognate(&["index", "beta.elf", "--family", "f", "--wait=60", "--store", &store])
    });
    std::thread::sleep(Duration::from_millis(300));
    assert!(!waiting.is_finished());
    drop(stdin.take());
    holder.wait().unwrap();
    let run = waiting.join().unwrap();
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(
        run.stderr.starts_with(&format!("waiting for process {pid}, which is writing")),
        "{}",
        run.stderr
    );
}

#[test]
fn a_file_that_is_there_under_another_family_is_told() {
    let (_kept, store) = store();
    let asked = ["index", "alpha.elf", "gamma.elf", "--family", "grid", "--store", &store];
    let run = cognate(&asked);
    assert_eq!(run.code, 0);
    let expected = "warning: `alpha.elf` is in the store as `ledger` (malware, Paper Clip), and stays so: \
                    `cognate corpus relabel 1dff399de9c2 --family grid --kind malware` changes it\n\
                    warning: `gamma.elf` is in the store as `grid` (goodware), and stays so: \
                    `cognate corpus relabel 0374838cd0fd --family grid --kind malware` changes it\n";
    assert_eq!(run.stderr, expected);
    assert!(
        run.stdout.contains("2 samples there already, 2 under another label, which stays"),
        "{}",
        run.stdout
    );
    let kept: Vec<_> =
        json(&asked)["files"].as_array().unwrap().iter().map(|it| it["kept"]["family"].clone()).collect();
    assert_eq!(kept, ["ledger", "grid"]);
    let same = ["index", "alpha.elf", "--family", "ledger", "--store", &store];
    assert_eq!((cognate(&same).stderr, json(&same)["files"][0]["kept"].is_null()), (String::new(), true));
}

#[test]
fn a_file_that_is_there_in_part_is_told_when_it_is_read_whole() {
    let folder = tempfile::tempdir().unwrap();
    let alpha = fixtures().join("alpha.elf");
    let index = ["index", &alpha.to_string_lossy(), "--family", "f", "--store", "store"];
    let part = cognate_in(folder.path(), &[&index[..], &["--max-instructions", "1300"]].concat());
    assert!(part.stdout.contains("gap"), "{}", part.stdout);
    let whole = cognate_in(folder.path(), &index);
    assert!(
        whole.stderr.contains("is in the store as it was read in part, "),
        "{}{}",
        part.stdout,
        whole.stderr
    );
    assert!(
        !cognate_in(folder.path(), &[&index[..], &["--max-instructions", "1300"]].concat())
            .stderr
            .contains("in part")
    );
}

#[test]
fn tables_of_labels_are_taken_whole_or_refused_with_the_line() {
    let (kept, store) = store();
    let table = kept.path().join("labels.tsv").to_string_lossy().into_owned();
    let (alpha, gamma) =
        ("1dff399de9c2037b83642586886e50cfd5366f9c7bdae438ee7600e865f30e24", "ab".repeat(32));
    let header = "sha256\tname\tfamily\tversion\tactor\tkind\tsource";
    let line = |id: &str, family: &str| format!("{id}\tn\u{1b}[2J\t{family}\t\t\tmalware\tx");
    let import = |text: String| {
        fs::write(&table, text).unwrap();
        cognate(&["corpus", "import", &table, "--store", &store])
    };
    let two = import(format!("{header}\n{}\n{}\n", line(alpha, "a"), line(alpha, "b")));
    check_refused(&two, "line 3: sample 1dff399de9c2 has another label than in line 2");
    check_refused(
        &import(format!("{header}\n{}\n{alpha}\tx\n", line(alpha, "a"))),
        "line 3: not a manifest line",
    );
    let long = import(format!("{header}\n{}\n", "\u{1b}[2J".repeat(400_000)));
    check_refused(&long, "line 2: not a manifest line, longer than 1048576 bytes");
    assert!(long.stderr.len() < 1000 && !long.stderr.contains('\u{1b}'));
    fs::write(&table, b"sha256\xff").unwrap();
    check_refused(&cognate(&["corpus", "import", &table, "--store", &store]), "byte 6 is not UTF-8");
    let shown = json(&["corpus", "show", "1dff", "--store", &store]);
    assert_eq!(shown["sample"]["label"]["family"], "ledger", "nothing was taken of what was refused");
    assert_eq!(shown["sample"]["partial"], false);
    let taken = import(format!("\u{feff}{header}\r\n{}\r\n{}\r\n", line(alpha, "new"), line(&gamma, "g")));
    assert_eq!(
        taken.stdout,
        format!("relabelled: 1 sample\n  passed over: {} n\\u{{1b}}[2J: not in this store\n", &gamma[..12])
    );
    let shown = json(&["corpus", "show", "1dff", "--store", &store]);
    assert_eq!(shown["sample"]["label"]["family"], "new");
}

#[test]
fn an_export_keeps_what_was_there_until_it_is_whole() {
    let (kept, store) = store();
    let table = kept.path().join("labels.tsv");
    fs::write(&table, "old").unwrap();
    let run = cognate(&["corpus", "export", &table.to_string_lossy(), "--force", "--store", &store]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(fs::read_to_string(&table).unwrap().lines().count(), 4);
    assert_eq!(fs::read_dir(kept.path()).unwrap().count(), 2, "no temporary file stays");
    let run = cognate(&["corpus", "export", "/dev/stdout", "--store", &store]);
    assert!(run.stdout.starts_with("sha256\tname\t"), "{}", run.stdout);
}

#[test]
fn a_damaged_store_is_told_by_every_command_and_its_labels_are_saved() {
    let (kept, store) = store();
    let marker = Path::new(&store).join("cognate.store");
    let mut bytes = fs::read(&marker).unwrap();
    bytes[40] ^= 4;
    fs::write(&marker, bytes).unwrap();
    for command in [&["match", "beta.elf"][..], &["corpus", "list"], &["index", "beta.elf", "--family", "f"]]
    {
        check_refused(
            &cognate(&[command, &["--store", &store]].concat()),
            "is damaged: it is not as it was written",
        );
    }
    let verified = cognate(&["corpus", "verify", "--store", &store]);
    assert_eq!((verified.code, verified.stdout.lines().count()), (1, 2), "{}", verified.stdout);
    let table = kept.path().join("labels.tsv").to_string_lossy().into_owned();
    let run = cognate(&["corpus", "export", &table, "--store", &store]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("which is whole"), "{}", run.stderr);
    let again = kept.path().join("again").to_string_lossy().into_owned();
    let files = fixtures().to_string_lossy().into_owned();
    let run = cognate_in(kept.path(), &["index", &files, "--manifest", &table, "--store", &again]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(json(&["corpus", "list", "--store", &again])["samples"].as_array().unwrap().len(), 3);
}

#[test]
fn a_table_of_labels_takes_no_files_place() {
    let (folder, store) = store();
    let table = folder.path().join("labels.tsv");
    fs::write(&table, "precious").unwrap();
    let table = table.to_string_lossy().into_owned();
    check_refused(&cognate(&["corpus", "export", &table, "--store", &store]), "is there already");
    assert_eq!(fs::read_to_string(&table).unwrap(), "precious");
    for name in ["cognate.store", "new.tsv"] {
        let inside = Path::new(&store).join(name).to_string_lossy().into_owned();
        let run = cognate(&["corpus", "export", &inside, "--force", "--store", &store]);
        check_refused(&run, "lies in the store itself");
    }
    assert_eq!(cognate(&["corpus", "export", &table, "--force", "--store", &store]).code, 0);
    assert_eq!(cognate(&["corpus", "verify", "--store", &store]).code, 0);
}

#[test]
fn a_label_has_a_family() {
    let (_folder, store) = store();
    for family in ["", "  "] {
        let run = cognate(&["index", "beta.elf", "--family", family, "--store", &store]);
        check_refused(&run, "a label without a family");
    }
}

#[test]
fn the_demo_takes_no_folder_that_holds_anything() {
    let (_folder, store) = store();
    check_refused(&cognate(&["demo", "--keep", &store]), "is not empty");
}

/// Runs a command of a shell, in the fixtures' folder, in which `cognate` is the program.
#[cfg(unix)]
fn shell(script: &str) -> std::process::Output {
    let bin = env!("CARGO_BIN_EXE_cognate");
    let script = format!("cognate() {{ '{bin}' \"$@\"; }}; {script}");
    Command::new("bash").args(["-c", &script]).current_dir(fixtures()).output().unwrap()
}

#[cfg(unix)]
#[test]
fn a_limit_on_the_size_of_files_is_an_error_and_no_signal() {
    let (kept, store) = store();
    let ended = shell(&format!("ulimit -f 8; cognate index beta.elf --family f --store '{store}'"));
    let told = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(2), "{told}");
    assert!(told.contains("cannot write") && told.contains("ulimit -f"), "{told}");
    assert_eq!(cognate(&["corpus", "verify", "--store", &store]).code, 0);
    assert_eq!(json(&["corpus", "list", "--store", &store])["samples"].as_array().unwrap().len(), 3);

    let table = kept.path().join("labels.tsv").to_string_lossy().into_owned();
    let ended = shell(&format!("ulimit -f 0; cognate corpus export '{table}' --store '{store}'"));
    let told = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(2), "{told}");
    assert!(told.starts_with("error: cannot write") && told.contains("too large"), "{told}");
    assert_eq!(fs::read_dir(kept.path()).unwrap().count(), 1, "nothing is left but the store");
}

#[test]
fn what_a_killed_export_left_goes_with_the_next_one() {
    let (kept, store) = store();
    let table = kept.path().join("labels.tsv");
    let hash = cognate_base::hash_bytes(0, b"labels.tsv");
    fs::write(kept.path().join(format!(".cognate-{hash:016x}.tmp")), "sha256\tna").unwrap();
    let run = cognate(&["corpus", "export", &table.to_string_lossy(), "--store", &store]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(fs::read_dir(kept.path()).unwrap().count(), 2, "the store and the table");
}

#[test]
fn a_family_that_is_not_there_is_no_empty_store() {
    let (_kept, store) = store();
    let run = cognate(&["corpus", "list", "--family", "nosuch", "--store", &store]);
    assert_eq!((run.code, run.stdout.as_str()), (1, "none of 3 samples\n"));
    assert!(run.stderr.contains("no sample is of the family `nosuch`"), "{}", run.stderr);
}

#[test]
fn a_file_that_could_not_be_read_is_an_error_whatever_the_others_say() {
    let (_kept, store) = store();
    for command in [
        &["match", "beta.elf", "nosuch.bin", "--store", &store][..],
        &["match", "empty.bin", "gamma.elf", "--store", &store],
        &["inspect", "alpha.elf", "nosuch.bin"],
    ] {
        let run = cognate(command);
        assert_eq!(run.code, 3, "{command:?}: {}", run.stderr);
        assert!(!run.stdout.is_empty(), "what could be read is answered");
        assert!(run.stderr.contains("one file that was asked for could not be read"), "{}", run.stderr);
    }
}

#[test]
fn of_files_that_cannot_be_read_each_is_told() {
    let (_kept, store) = store();
    for command in [
        &["match", "nosuch.bin", "empty.bin", "alpha.c", "--store", &store][..],
        &["inspect", "nosuch.bin", "empty.bin", "alpha.c"],
        &["components", "nosuch.bin", "empty.bin", "alpha.c"],
    ] {
        let run = cognate(command);
        assert_eq!(run.code, 2, "{command:?}: {}", run.stderr);
        let told = ["nosuch.bin", "empty.bin", "alpha.c"].map(|name| run.stderr.matches(name).count());
        assert_eq!(told, [1, 1, 1], "{}", run.stderr);
        assert!(run.stderr.contains("error: nothing of what was asked for could be read"), "{}", run.stderr);
        let document = json(command);
        let failed = document["failed"].as_array().unwrap();
        let names: Vec<&str> = failed.iter().map(|failure| failure["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["nosuch.bin", "empty.bin", "alpha.c"]);
    }
    assert_eq!(json(&["inspect", "nosuch.bin"])["failed"].as_array().unwrap().len(), 1);
    let run = cognate(&["compare", "nosuch.bin", "empty.bin"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("nosuch.bin") && run.stderr.contains("empty.bin"), "{}", run.stderr);
}

#[test]
fn a_list_of_samples_counts_the_functions_of_components() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store").to_string_lossy().into_owned();
    let index = ["index", "mingw/p1.exe", "--family", "f", "--store", &store];
    assert_eq!(cognate(&index).code, 0);
    let document = json(&["corpus", "list", "--store", &store]);
    let components = document["samples"][0]["components"].as_array().unwrap();
    assert!(!components.is_empty(), "{document}");
    assert!(components.iter().all(|component| component["functions"].as_u64().is_some()), "{document}");
}

#[test]
fn a_manifest_says_which_of_its_lines_came_to_nothing() {
    let (kept, store) = store();
    let table = kept.path().join("labels.tsv").to_string_lossy().into_owned();
    let index = |text: &str, more: &[&str]| {
        fs::write(&table, text).unwrap();
        cognate(&[&["index", "--manifest", &table, "--store", &store], more].concat())
    };
    let beta = fixtures().join("beta.elf").to_string_lossy().into_owned();
    let run = index(&format!("path\tfamily\n/nosuch\ta\n{beta}\tb\n"), &[]);
    assert_eq!(run.code, 3);
    assert!(
        run.stdout.contains("1 sample indexed") && run.stdout.contains("line 2 of the manifest"),
        "{}",
        run.stdout
    );
    let id = "ab".repeat(32);
    let hashes = format!("sha256\tfamily\n{id}\ta\n");
    check_refused(&index(&hashes, &[]), "the manifest names no paths");
    let run = index(&hashes, &["beta.elf", "--family", "b"]);
    assert_eq!(run.code, 0);
    assert!(run.stderr.contains("one SHA-256 of the manifest is that of no file"), "{}", run.stderr);
    let copy = kept.path().join("copy.elf");
    fs::copy(fixtures().join("stub.bin"), kept.path().join("stub.bin")).unwrap();
    fs::copy(&beta, &copy).unwrap();
    let run = index(&format!("path\tfamily\n{beta}\tone\ncopy.elf\ttwo\n"), &[]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("lines 2 and 3 of the manifest give it different labels"), "{}", run.stdout);
}

#[test]
fn a_family_of_several_kinds_is_told() {
    let (_kept, store) = store();
    let said = "the family `ledger` is of several kinds";
    let run = cognate(&["index", "beta.elf", "--family", "ledger", "--kind", "library", "--store", &store]);
    assert_eq!(run.code, 0);
    assert!(run.stderr.contains(said) && run.stderr.contains("2 as malware, 1 as library"), "{}", run.stderr);
    let run =
        cognate(&["corpus", "relabel", "8019", "--family", "ledger", "--kind", "malware", "--store", &store]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let run = cognate(&[
        "corpus", "relabel", "8019", "--family", "ledger", "--kind", "goodware", "--store", &store,
    ]);
    assert!(run.stderr.contains(said), "{}", run.stderr);
}

#[test]
fn a_path_with_blanks_can_be_copied_from_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("my cases/new case.toml");
    fs::create_dir(place.parent().unwrap()).unwrap();
    let place = place.to_string_lossy().into_owned();
    let run = cognate(&["case", "new", &place]);
    assert!(run.stderr.contains(&format!("`cognate case check '{place}'`")), "{}", run.stderr);
}

#[test]
fn a_product_never_takes_the_place_of_its_case() {
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("bakery.toml");
    let text = fs::read_to_string(fixtures().join("bakery.toml")).unwrap().replace("tlp = \"green\"\n", "");
    fs::write(&case, &text).unwrap();
    let (case, same) = (case.to_string_lossy().into_owned(), folder.path().join(".").join("bakery.toml"));
    let export = |to: &str| cognate(&["case", "export", &case, "--format", "markdown", "-o", to, "--force"]);
    check_refused(&export(&same.to_string_lossy()), "is the case file itself");
    assert_eq!(fs::read_to_string(&case).unwrap(), text);
    let product = folder.path().join("bakery.md").to_string_lossy().into_owned();
    let run = export(&product);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("has no `tlp`, so this is marked TLP:AMBER"), "{}", run.stderr);
    assert!(fs::read_to_string(&product).unwrap().contains("TLP:AMBER"));
}

#[test]
fn answers_fit_a_narrow_terminal() {
    let (_kept, store) = store();
    let commands: &[&[&str]] = &[
        &["match", "beta.elf", "--store", &store],
        &["match", "alpha.elf", "--store", &store],
        &["compare", "alpha.elf", "gamma.elf", "--only-b"],
        &["compare", "alpha.elf", "beta.elf", "--function", "find_entry"],
        &["components", "mingw/p1.exe"],
        &["index", ".", "--family", "all", "--store", &store],
        &["corpus", "show", "gamma.elf", "--store", &store],
        &["actor", "lazarus"],
        &["help", "verdicts"],
        &["match", "nosuch.bin", "empty.bin", "--store", &store],
        &["compare", "alpha.elf", "beta.elf"],
        &["compare", "alpha.elf", "beta.elf", "--functions", "2"],
        &["inspect", "alpha.elf", "--functions"],
        &["corpus", "list", "--store", &store],
    ];
    for command in commands {
        let output = Command::new(env!("CARGO_BIN_EXE_cognate"))
            .args(*command)
            .env("COLUMNS", "80")
            .current_dir(fixtures())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let wide: Vec<&str> = text.lines().filter(|line| line.chars().count() > 80).collect();
        assert!(wide.is_empty(), "{command:?}: {wide:#?}");
    }
}

#[test]
fn a_function_is_found_by_its_name_and_by_any_address_in_it() {
    let check = |command: &[&str]| {
        let texts = ["0xad0", "0xad5", "find_entry"].map(|asked| {
            let run = cognate(&[command, &["--function", asked]].concat());
            assert_eq!(run.code, 0, "{command:?} {asked}: {}", run.stderr);
            run.stdout
        });
        assert_eq!(texts[0], texts[1]);
        assert_eq!(texts[0], texts[2]);
    };
    check(&["compare", "alpha.elf", "beta.elf"]);
    check(&["inspect", "alpha.elf"]);
}

#[test]
fn each_command_has_a_manual_page_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("man").to_string_lossy().into_owned();
    assert_eq!(cognate(&["man", "--dir", &place]).code, 0);
    for name in ["cognate", "cognate-index", "cognate-corpus", "cognate-corpus-list"] {
        let page = fs::read_to_string(Path::new(&place).join(format!("{name}.1"))).unwrap();
        assert!(page.contains(&format!(".TH {name} ")), "{}", page.lines().take(5).collect::<String>());
        assert!(!name.ends_with("t") || page.contains("Examples:"), "{name}");
    }
}

#[test]
fn a_comparison_says_the_same_whichever_file_comes_first() {
    let compared = |a: &str, b: &str| json(&["compare", a, b])["comparison"].clone();
    let (there, back) = (compared("alpha.elf", "beta.elf"), compared("beta.elf", "alpha.elf"));
    for (one, other) in [("a", "b"), ("b", "a")] {
        for share in ["exact", "matched", "matched_and_aligned"] {
            assert_eq!(there[one][share], back[other][share], "{share}");
            assert!(!there[one][share].is_null());
        }
    }
    assert_eq!(there["provenance"], back["provenance"]);
}
