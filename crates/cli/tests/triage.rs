//! `triage`, and `match` of folders: the same rows on any number of threads, after an interruption, and of hostile folders.

mod common;

use common::{cognate, fixtures, json, store};
use std::fs;
use std::io::Write;
use std::path::Path;

/// A folder of files as they come in: programs, an archive, damage, a text, and where there are links one that leads out.
fn incoming(folder: &Path) -> String {
    let incoming = folder.join("incoming");
    fs::create_dir_all(incoming.join("deep/er")).unwrap();
    for (from, to) in
        [("beta.elf", "deep/er/beta.elf"), ("gamma.elf", "gamma.elf"), ("empty.bin", "=1+1|x.bin")]
    {
        fs::copy(fixtures().join(from), incoming.join(to)).unwrap();
    }
    let mut zip = zip::ZipWriter::new(fs::File::create(incoming.join("two.zip")).unwrap());
    for name in ["alpha.dll", "alpha.c"] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(&fs::read(fixtures().join(name)).unwrap()).unwrap();
    }
    zip.finish().unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(fixtures(), incoming.join("link")).unwrap();
    incoming.to_string_lossy().into_owned()
}

fn names(document: &serde_json::Value, rows: &str, folder: &str) -> Vec<String> {
    let name = |row: &serde_json::Value| row["name"].as_str().unwrap().replace(folder, "");
    document[rows].as_array().unwrap().iter().map(name).collect()
}

#[test]
fn what_needs_a_look_comes_first_and_no_link_is_followed() {
    let (folder, store) = store();
    let incoming = incoming(folder.path());
    let document = json(&["triage", &incoming, "--store", &store]);
    let expected =
        ["/deep/er/beta.elf", "/two.zip!alpha.dll", "/=1+1|x.bin", "/gamma.elf", "/two.zip!alpha.c"];
    assert_eq!(names(&document, "rows", &incoming), expected);
    assert_eq!(names(&document, "failed", &incoming), ["/=1+1|x.bin", "/two.zip!alpha.c"]);
}

#[test]
fn every_form_is_the_same_on_any_number_of_threads() {
    let (folder, store) = store();
    let incoming = incoming(folder.path());
    for form in [&[][..], &["--csv"], &["--jsonl"], &["--json"], &["--groups", "--json"]] {
        let run = |threads| {
            cognate(&[&["triage", &incoming, "--store", &store, "--threads", threads], form].concat()).stdout
        };
        assert_eq!(run("1"), run("4"), "{form:?}");
    }
}

#[test]
fn an_interrupted_run_goes_on() {
    let (folder, store) = store();
    let incoming = incoming(folder.path());
    let place = folder.path().join("rows.jsonl");
    let path = place.to_string_lossy().into_owned();
    let run = || cognate(&["triage", &incoming, "--jsonl", "--resume", &path, "--store", &store]).stdout;
    let (all, kept) = (run(), fs::read(&place).unwrap());
    assert_eq!(all, cognate(&["triage", &incoming, "--jsonl", "--store", &store]).stdout);
    // a part of the head, of a line, of the next, all, and a line that is damaged
    for end in [0, 5, kept.len() / 2, kept.len() - 1, kept.len()] {
        fs::write(&place, &kept[..end]).unwrap();
        assert_eq!(run(), all, "{end}");
        assert_eq!(fs::read(&place).unwrap().len(), kept.len(), "{end}");
    }
    fs::write(&place, [&kept[..], b"{}\n"].concat()).unwrap();
    assert_eq!(run(), all);
    // a file that changed is read again
    fs::copy(fixtures().join("alpha.elf"), Path::new(&incoming).join("gamma.elf")).unwrap();
    assert!(run().contains("known-malware"));
}

#[test]
fn files_that_share_private_code_are_grouped_also_after_an_interruption() {
    let (folder, store) = store();
    let incoming = incoming(folder.path());
    for copy in ["copy.dll", "deep/alpha.elf"] {
        fs::copy(fixtures().join("alpha.elf"), Path::new(&incoming).join(copy)).unwrap();
    }
    for program in ["p1.exe", "p2.exe"] {
        fs::copy(fixtures().join("mingw").join(program), Path::new(&incoming).join(program)).unwrap();
    }
    let asked = ["triage", &incoming, "--groups", "--store", &store];
    let all = json(&asked);
    let grouped = all["rows"].as_array().unwrap().iter().filter(|row| !row["group"].is_null());
    let mut grouped: Vec<String> =
        grouped.map(|row| row["name"].as_str().unwrap().replace(&incoming, "")).collect();
    grouped.sort();
    // two unrelated programs with one runtime are no group
    assert_eq!(grouped, ["/copy.dll", "/deep/alpha.elf", "/deep/er/beta.elf", "/two.zip!alpha.dll"]);
    let group = &all["groups"][0];
    let figures = [&group["files"], &group["contents"], &group["pairs"]].map(serde_json::Value::as_u64);
    assert_eq!(figures, [Some(4), Some(3), Some(3)], "{group}");
    let rows = folder.path().join("rows").to_string_lossy().into_owned();
    let resumed = || json(&[&asked[..], &["--resume", &rows]].concat());
    assert_eq!(resumed(), all);
    assert_eq!(resumed(), all);
    let kept = format!("{rows}.groups");
    let bytes = fs::read(&kept).unwrap();
    for end in [0, 30, bytes.len() / 2, bytes.len() - 1] {
        fs::write(&kept, &bytes[..end]).unwrap();
        assert_eq!(resumed(), all, "{end}");
    }
    fs::write(&kept, "something else").unwrap();
    let refused = cognate(&[&asked[..], &["--resume", &rows]].concat());
    assert_eq!(
        (refused.code, fs::read_to_string(&kept).unwrap().as_str()),
        (2, "something else"),
        "{}",
        refused.stderr
    );
}

#[test]
fn rows_of_another_store_are_refused() {
    let (folder, store) = store();
    let incoming = incoming(folder.path());
    let path = folder.path().join("rows.jsonl").to_string_lossy().into_owned();
    let run = || cognate(&["triage", &incoming, "--resume", &path, "--store", &store]);
    assert_eq!(run().code, 0);
    cognate(&["index", "mingw/p1.exe", "--family", "other", "--store", &store]);
    let refused = run();
    assert_eq!((refused.code, refused.stdout.as_str()), (2, ""));
    assert!(refused.stderr.contains("another store"), "{}", refused.stderr);
}

#[test]
fn a_spreadsheet_and_a_page_run_nothing() {
    let (folder, store) = store();
    incoming(folder.path());
    let place = folder.path().join("incoming");
    fs::write(place.join("<script>alert(1)<!script>.bin"), "").unwrap();
    let page = folder.path().join("page.html").to_string_lossy().into_owned();
    let store = Path::new(&store).canonicalize().unwrap().to_string_lossy().into_owned();
    let arguments = ["triage", "=1+1|x.bin", ".", "--csv", "--html", &page, "--store", &store];
    let run = common::cognate_in(&place, &arguments);
    assert!(run.stdout.contains("\nnot read,'=1+1|x.bin,"), "{}", run.stdout);
    let page = fs::read_to_string(page).unwrap();
    assert_eq!(page.matches("<script").count(), 1);
    assert!(
        page.contains("default-src &#39;none&#39;")
            && !page.contains("http://")
            && !page.contains("https://")
    );
}

#[test]
fn exit_status_says_whether_to_look() {
    let (folder, store) = store();
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let empty = empty.to_string_lossy().into_owned();
    let check = |paths: &[&str], code: i32| {
        let run = cognate(&[&["triage", "--store", &store], paths].concat());
        assert_eq!(run.code, code, "{paths:?}: {}{}", run.stdout, run.stderr);
    };
    check(&["beta.elf"], 0);
    check(&["gamma.elf", "alpha.c"], 1);
    check(&["beta.elf", "nosuch"], 3);
    check(&["empty.bin"], 2);
    check(&[&empty], 2);
}

#[test]
fn a_folder_is_matched_as_the_files_in_it() {
    let (folder, store) = store();
    let incoming = incoming(folder.path());
    let answers = names(&json(&["match", &incoming, "--store", &store]), "answers", &incoming);
    assert_eq!(answers, ["/deep/er/beta.elf", "/gamma.elf", "/two.zip!alpha.dll"]);
    let refused = cognate(&["inspect", &incoming]);
    assert_eq!(refused.code, 2);
}
