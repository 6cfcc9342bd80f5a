//! `match` and `compare` as files and in the formats of others: what is written where, and what is refused.

mod common;

use common::{cognate, store};
use std::fs;

#[test]
fn a_page_stands_beside_the_text_and_replaces_nothing_unasked() {
    let (folder, store) = store();
    let page = folder.path().join("page.html").to_string_lossy().into_owned();
    let asked = ["match", "beta.elf", "--store", &store];
    let run = |more: &[&str]| cognate(&[&asked[..], more].concat());
    let first = run(&["--html", &page]);
    assert_eq!((first.code, first.stdout), (0, run(&[]).stdout));
    let written = fs::read(&page).unwrap();
    let second = run(&["--html", &page]);
    assert!(second.code == 2 && second.stdout.is_empty(), "{}", second.stderr);
    assert!(second.stderr.contains("is there already"), "{}", second.stderr);
    assert_eq!(run(&["--html", &page, "--force", "--threads", "4"]).code, 0);
    assert_eq!(fs::read(&page).unwrap(), written, "the same bytes");
}

#[test]
fn formats_go_to_stdout_or_to_a_file_and_not_with_json() {
    let (folder, store) = store();
    let place = folder.path().join("out").to_string_lossy().into_owned();
    for format in ["markdown", "stix", "misp"] {
        let asked = ["match", "beta.elf", "--store", &store, "--format", format];
        let printed = cognate(&asked);
        assert_eq!(printed.code, 0, "{}", printed.stderr);
        let to_file = cognate(&[&asked[..], &["-o", &place, "--force"]].concat());
        assert_eq!((to_file.code, to_file.stdout.as_str()), (0, ""));
        assert_eq!(fs::read_to_string(&place).unwrap(), printed.stdout);
        assert_eq!(cognate(&[&asked[..], &["--json"]].concat()).code, 2);
    }
    let markdown = cognate(&["compare", "alpha.elf", "beta.elf", "--format", "markdown"]);
    assert!(
        markdown.code == 0 && markdown.stdout.contains("\n## Changed functions\n"),
        "{}",
        markdown.stdout
    );
    let unread = cognate(&["match", "nosuch", "--store", &store, "--format", "stix"]);
    assert!(unread.code == 2 && unread.stdout.is_empty(), "{}", unread.stdout);
}

#[test]
fn two_files_as_a_page_show_their_blocks_and_the_same_without_a_sandbox() {
    let (folder, _store) = store();
    let place = folder.path().join("page.html").to_string_lossy().into_owned();
    let page = |more: &[&str]| {
        let asked = ["compare", "alpha.elf", "beta.elf", "--html", &place, "--force"];
        assert_eq!(cognate(&[&asked[..], more].concat()).code, 0);
        fs::read_to_string(&place).unwrap()
    };
    let confined = page(&[]);
    assert_eq!(confined, page(&["--no-sandbox"]));
    assert!(confined.matches("<svg").count() >= 12 && confined.contains("class=\"way back\""));
    let one = page(&["--function", "A:0xa2b"]);
    assert!(
        one.matches("<svg").count() == 2
            && one.contains("<details open=\"open\"><summary>A 0x9c0 sort_entries")
    );
}

#[test]
fn the_blocks_of_a_function_are_a_picture_of_their_own() {
    let (folder, _store) = store();
    let place = folder.path().join("blocks.svg").to_string_lossy().into_owned();
    let asked = ["compare", "alpha.elf", "beta.elf", "--function", "sort_entries", "--svg", &place];
    assert_eq!(cognate(&asked).code, 0);
    let picture = fs::read_to_string(&place).unwrap();
    assert!(picture.starts_with("<svg xmlns=") && picture.contains(">~ 1</text>"), "{picture}");
}
