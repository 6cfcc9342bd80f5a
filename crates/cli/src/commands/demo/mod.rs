//! `cognate demo`: the real thing on this machine's own software.
//!
//! Indexes libraries that are surely here, each under the package that owns
//! it, and one program of the C compiler; then asks about programs of which
//! the truth can be checked on the spot. Nothing is fetched and nothing that
//! is indexed is run. [`inventory`] finds the files, [`check`] holds answers
//! against the names in the files, which matching never looks at.

mod check;
mod inventory;

use super::index::document as index_document;
use super::matching::answer;
use crate::args::{DemoArgs, Reading};
use crate::context::Context;
use crate::error::{Result, question};
use cognate_documents::{MatchAnswer, MatchDocument, Verdict};
use cognate_engine::{Engine, IndexRequest, Indexed, Sample};
use cognate_index::{Embedded, Kind, Label};
use cognate_matching::MatchOptions;
use cognate_report::{Style, match_summary};
use inventory::{Inventory, Library};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

/// One thing to ask, and why the answer can be checked.
struct Question<'a> {
    file: &'a Path,
    title: &'a str,
    truth: String,
}

/// Runs the demo; found when the answers are what the truth says.
pub fn run(context: &Context<'_>, args: &DemoArgs) -> Result<bool> {
    let inventory = Inventory::take()?;
    let engine = context.engine(&Reading::default())?;
    let temporary = tempfile::tempdir().map_err(|error| {
        question(format!("cannot make a temporary folder: {error}"))
            .hint("set TMPDIR to a folder that can be written")
    })?;
    let folder = args.keep.as_deref().unwrap_or(temporary.path());
    if args.keep.is_some() && std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(question(format!("`{}` is not empty", folder.display()))
            .hint("`--keep` takes a folder that is empty or not there yet"));
    }
    let mut store = Embedded::open(folder)?;
    let talk = Talk { context, style: context.style() };
    talk.line("Files are read and never run. What follows is this machine's own software.\n")?;
    fill(&engine, &mut store, &inventory, &talk)?;
    let questions = questions(&inventory);
    let mut answers = Vec::new();
    let mut as_expected = true;
    for (number, question) in questions.iter().enumerate() {
        let started = Instant::now();
        let sample = sample(&engine, question.file)?;
        let directory = engine.directory(&store)?;
        let answer = answer(&engine, (&store, &directory), &sample, &MatchOptions::default())?;
        let heading = talk.style.heading(&format!("Question {}: {}", number + 1, question.title));
        talk.line(&format!("{heading}\n{}\n", question.truth))?;
        talk.line(shown(question, &inventory, &match_summary(&answer, &talk.style)))?;
        as_expected &= judge(&engine, &inventory, question, &sample, &answer, &talk)?;
        talk.line(&format!("  ({:.1} s from file to answer)\n", started.elapsed().as_secs_f64()))?;
        answers.push(answer);
    }
    talk.line(&closing(args.keep.as_deref(), &inventory))?;
    if context.json() {
        context.show(&MatchDocument { answers, failed: Vec::new() })?;
    }
    Ok(as_expected)
}

/// Prints text where text was asked for.
struct Talk<'a> {
    context: &'a Context<'a>,
    style: Style,
}

impl Talk<'_> {
    fn line(&self, text: &str) -> Result<()> {
        if self.context.json() { Ok(()) } else { self.context.print(format!("{text}\n")) }
    }
}

/// Indexes the inventory: libraries under their packages, the program under its project.
fn fill(engine: &Engine, store: &mut Embedded, inventory: &Inventory, talk: &Talk<'_>) -> Result<()> {
    let started = Instant::now();
    let mut entries = Vec::new();
    let relative =
        inventory.relative.as_ref().map(|(path, _)| (path.clone(), "gcc".to_owned(), None, Kind::Goodware));
    let libraries = inventory.libraries.iter();
    let libraries = libraries.map(|Library { path, package, version }| {
        (path.clone(), package.clone(), version.clone(), Kind::Library)
    });
    for (path, family, version, kind) in libraries.chain(relative) {
        let label = Label { family, version, actor: None, kind, source: "demo".to_owned() };
        let request = IndexRequest { paths: vec![path], manifest: None, label: Some(label) };
        entries.extend(engine.index(store, &request, &talk.context.progress())?);
    }
    let instructions: u64 =
        entries.iter().filter(|entry| entry.outcome == Indexed::New).map(|entry| entry.instructions).sum();
    talk.line("Indexed, with the package that owns each file as its family:")?;
    let document = index_document(store.dir(), entries);
    talk.line(&document.table())?;
    talk.line(&format!(
        "  {:.1} million instructions in {:.1} s\n",
        instructions as f64 / 1e6,
        started.elapsed().as_secs_f64()
    ))
}

fn questions(inventory: &Inventory) -> Vec<Question<'_>> {
    let mut questions = vec![Question {
        file: &inventory.own,
        title: "what is linked into `cognate` itself?",
        truth: "Rust's standard library, and SQLite where this machine has it; names in the\n\
                files say whether the pairs are right."
            .to_owned(),
    }];
    if let Some((relative, asked)) = &inventory.relative {
        questions.push(Question {
            file: asked,
            title: "whose code is in the C compiler's `lto-wrapper`?",
            truth: format!(
                "Of gcc only its sister from one source tree is indexed:\n  {}",
                relative.display()
            ),
        });
    }
    if let Some(control) = &inventory.control {
        questions.push(Question {
            file: control,
            title: "the control: a program that has nothing to do with any of it",
            truth: format!("`{}` must not come out as a relative of anything.", control.display()),
        });
    }
    questions
}

fn sample(engine: &Engine, path: &Path) -> Result<Sample> {
    let mut first = None;
    engine.open(path, &mut |member| {
        first = Some(engine.sample(&member.name, &member.bytes));
        ControlFlow::Break(())
    })?;
    first.ok_or_else(|| question(format!("`{}` is empty", path.display())))?
}

/// Holds an answer against what is known to be true.
fn judge(
    engine: &Engine,
    inventory: &Inventory,
    question: &Question<'_>,
    sample: &Sample,
    answer: &MatchAnswer,
    talk: &Talk<'_>,
) -> Result<bool> {
    let related = answer.report.outcome.verdict == Verdict::Related;
    if question.file == inventory.own {
        return own_names(engine, inventory, sample, answer, talk);
    }
    let is_control = inventory.control.as_deref() == Some(question.file);
    let (right, text) = match (is_control, related) {
        (false, true) => (true, "right: it is a relative, and runtime libraries were set apart"),
        (false, false) => (false, "WRONG: the sister program was not recognised"),
        (true, false) => (true, "right: no relative; small functions that compilers make alike do not count"),
        (true, true) => (false, "WRONG: an unrelated program was called a relative"),
    };
    talk.line(&format!("  check: {text}"))?;
    Ok(right)
}

/// Compares names on both sides for each library that was found and has names.
fn own_names(
    engine: &Engine,
    inventory: &Inventory,
    sample: &Sample,
    answer: &MatchAnswer,
    talk: &Talk<'_>,
) -> Result<bool> {
    let mut rust = false;
    for found in answer.report.libraries.iter().filter(|library| library.code.of_bytes >= 0.01) {
        let Some(library) = inventory.libraries.iter().find(|library| library.package == found.name) else {
            continue;
        };
        rust |= library.package == inventory::RUST;
        let other = self::sample(engine, &library.path)?;
        let agreement = check::agreement(&engine.compare(&sample.fingerprint, &other.fingerprint));
        talk.line(&agreement.text(&found.name))?;
    }
    if !inventory.libraries.iter().any(|library| library.package == inventory::RUST) {
        talk.line("  check: no Rust toolchain is here to hold it against")?;
        return Ok(true);
    }
    let text = if rust {
        "right: Rust's standard library was found"
    } else {
        "WRONG: Rust's standard library was not found"
    };
    talk.line(&format!("  check: {text}"))?;
    Ok(rust)
}

/// What is shown of an answer: which code lies together and who holds it only of the relative.
fn shown<'a>(question: &Question<'_>, inventory: &Inventory, summary: &'a str) -> &'a str {
    let is_relative = inventory.relative.as_ref().is_some_and(|(_, asked)| asked == question.file);
    let end = if is_relative { None } else { summary.find("\nbundles: ") };
    summary.get(..end.unwrap_or(summary.len())).unwrap_or(summary)
}

/// What a person can type next, and have it work: the demo's own store is gone unless it is kept.
fn closing(kept: Option<&Path>, inventory: &Inventory) -> String {
    let mut text = "A likelihood ratio is no probability, and shared code no shared authorship\n\
                    (`cognate help verdicts`). "
        .to_owned();
    let (known, asked) = inventory.to_go_on_with();
    let quoted = |path: &Path| cognate_base::quote(&path.display().to_string());
    match kept {
        Some(kept) => {
            text.push_str("To ask again:\n");
            text.push_str(&format!("  cognate match {} --store {}", quoted(asked), quoted(kept)));
        }
        None => {
            text.push_str("To ask on your own:\n");
            let name = known.file_stem().map(|name| name.display().to_string()).unwrap_or_default();
            let label = format!("--family {} --kind goodware", cognate_base::quote(&name));
            text.push_str(&format!("  cognate index {} {label}\n", quoted(known)));
            text.push_str(&format!("  cognate match {}", quoted(asked)));
        }
    }
    text
}
