//! `cognate triage`. `resume` keeps what is done, for when a run is interrupted; `groups` tells which files belong together.

mod groups;
mod resume;

use super::matching::answer;
use crate::args::TriageArgs;
use crate::context::{Context, Unread, holds_nothing, not_opened, outcome};
use crate::error::{Result, cannot_write, json, question};
use crate::whole;
use cognate_base::{Error, SampleId};
use cognate_binary::{FileBytes, Member};
use cognate_documents::Failure;
use cognate_engine::{Engine, Listed, list_under};
use cognate_index::Embedded;
use cognate_matching::{Directory, MatchOptions};
use cognate_report::{Finding, TriageDocument, TriageRow, triage_page};
use groups::Grouping;
use resume::{Journal, Kept};
use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Asks the store about every file; found when any needs a look.
pub fn run(context: &Context<'_>, args: &TriageArgs) -> Result<bool> {
    if context.json() && (args.csv || args.jsonl) {
        return Err(question("`--json` does not go with `--csv` and `--jsonl`").hint("give one of them"));
    }
    if let Some(path) = args.html.as_deref().filter(|path| !args.force && path.exists()) {
        // told before the work, and not only after it
        let message = format!("`{}` is there already", path.display());
        return Err(question(message).hint("name another file, or replace it with `--force`"));
    }
    let store = context.reader()?;
    let engine = context.engine(&args.reading)?;
    let directory = engine.directory(&store)?;
    let asked = asked(context, &engine, &store)?;
    let open = |path| resume::open(path, &asked);
    let (kept, mut journal) = args.resume.as_deref().map(open).transpose()?.unzip();
    let grouping = args.groups.then(|| Grouping::open(&store, args.resume.as_deref(), &asked)).transpose()?;
    let kept = kept.unwrap_or_default();
    let asking = Asking { engine: &engine, store: &store, directory: &directory, kept, grouping };
    let (rows, unread) = asking.all(context, &args.paths, &mut journal)?;
    let mut document = TriageDocument::new(rows);
    if let Some(grouping) = asking.grouping {
        document = grouping.groups(&engine, &context.progress(), document)?;
    }
    match (args.csv, args.jsonl) {
        (true, _) => context.print(document.csv())?,
        (_, true) => context.print(document.json_lines().map_err(json)?)?,
        _ => context.show(&document)?,
    }
    if let Some(path) = &args.html {
        let page = triage_page(&document);
        whole::write(path, page, args.force).map_err(|error| cannot_write(path, error))?;
    }
    let is_read = document.rows.iter().any(|row| row.finding != Finding::NotRead);
    let error = (unread > 0 && !is_read).then(|| question("nothing that was asked for could be read"));
    outcome(Unread { files: unread, error }, document.found())
}

/// What the answers hang on beside the files: rows that were kept under another do not count.
fn asked(context: &Context<'_>, engine: &Engine, store: &Embedded) -> Result<String> {
    use cognate_index::Store;
    let samples = serde_json::to_string(&store.samples()?).map_err(json)?;
    let bases: Vec<String> =
        context.bases()?.iter().map(|(_, base)| SampleId::of(base.bytes()).to_string()).collect();
    let all = format!("{samples} {bases:?} {:?}", engine.options());
    Ok(SampleId::of(all.as_bytes()).to_string())
}

/// Whom to ask, and what is known already.
struct Asking<'a> {
    engine: &'a Engine,
    store: &'a Embedded,
    directory: &'a Directory,
    kept: Kept,
    grouping: Option<Grouping>,
}

/// A file that is done: its SHA-256, where it could be read, and its rows.
type Done = (Option<SampleId>, Vec<TriageRow>);

impl Asking<'_> {
    /// The rows of all files under these paths, and of how many of the paths nothing could be read.
    fn all(
        &self,
        context: &Context<'_>,
        paths: &[PathBuf],
        journal: &mut Option<Journal>,
    ) -> Result<(Vec<TriageRow>, usize)> {
        let (mut groups, files) = listed(paths);
        let all: Vec<PathBuf> = files.iter().map(|(_, file)| file.clone()).collect();
        let mut done: Vec<Vec<TriageRow>> = vec![Vec::new(); files.len()];
        let mut take = |place: usize, (id, rows): Done| {
            if let (Some(journal), Some(id), Some(path)) = (journal.as_mut(), id, all.get(place)) {
                journal.keep(path, id, &rows)?;
            }
            if let Some(slot) = done.get_mut(place) {
                *slot = rows;
            }
            Ok(())
        };
        self.engine.survey(&all, &context.progress(), &|path| self.file(path), &mut take)?;
        for ((group, _), rows) in files.iter().zip(done) {
            if let Some(group) = groups.get_mut(*group) {
                group.extend(rows);
            }
        }
        let unread = groups.iter().filter(|rows| is_unread(rows)).count();
        Ok((groups.into_iter().flatten().collect(), unread))
    }

    /// The rows of a file: its own, or those of the members of an archive.
    fn file(&self, path: &Path) -> Result<Done> {
        let name = cognate_engine::file_name(path);
        let bytes = match self.engine.read(path) {
            Ok(bytes) => bytes,
            Err(error) => return Ok((None, vec![failed(name, &error)])),
        };
        let id = SampleId::of(&bytes);
        let is_done = |rows: &&Vec<TriageRow>| self.grouping.as_ref().is_none_or(|it| it.holds(rows));
        if let Some(rows) = self.kept.get(&(name.clone(), id)).filter(is_done) {
            return Ok((None, rows.clone()));
        }
        Ok((Some(id), self.rows(path, &name, bytes)?))
    }

    fn rows(&self, path: &Path, name: &str, bytes: FileBytes) -> Result<Vec<TriageRow>> {
        let (mut rows, mut outcome) = (Vec::new(), Ok(()));
        let opened = self.engine.walk(name, bytes, &mut |member| match self.row(member) {
            Ok(row) => {
                rows.push(row);
                ControlFlow::Continue(())
            }
            Err(error) => {
                outcome = Err(error);
                ControlFlow::Break(())
            }
        });
        outcome?;
        rows.extend(not_opened(path, opened).into_iter().map(|(name, error)| failed(name, &error)));
        if rows.is_empty() {
            let (name, error) = holds_nothing(path);
            rows.push(failed(name, &error));
        }
        Ok(rows)
    }

    fn row(&self, member: Member) -> Result<TriageRow> {
        let Member { name, bytes, .. } = member;
        match self.engine.sample_alone(&name, &bytes) {
            Ok(sample) => {
                // The bytes are done with; asking the store may take a while.
                drop(bytes);
                let asked = (self.store, self.directory);
                let answer = answer(self.engine, asked, &sample, &MatchOptions::default())?;
                if let Some(grouping) = &self.grouping {
                    grouping.add(&sample.fingerprint, &answer.report)?;
                }
                Ok(TriageRow::of(&answer))
            }
            Err(error) => {
                let (size, id) = (Some(bytes.len() as u64), Some(SampleId::of(&bytes)));
                Ok(TriageRow { size, id, ..failed(name, &error) })
            }
        }
    }
}

/// What lies under each path that is known to be no file to read, as rows; and all files, with the places of their paths.
fn listed(paths: &[PathBuf]) -> (Vec<Vec<TriageRow>>, Vec<(usize, PathBuf)>) {
    let mut seen = HashSet::new();
    let (mut groups, mut files) = (Vec::new(), Vec::new());
    for (place, path) in paths.iter().enumerate() {
        let Listed { files: found, unseen } = list_under(path);
        let told = unseen.iter().map(|(path, error)| failed(cognate_engine::file_name(path), error));
        let mut rows: Vec<TriageRow> = told.collect();
        if found.is_empty() && rows.is_empty() {
            let (name, error) = holds_nothing(path);
            rows.push(failed(name, &error));
        }
        groups.push(rows);
        // one that lies under two of the paths is one file
        files.extend(found.into_iter().filter(|file| seen.insert(file.clone())).map(|file| (place, file)));
    }
    (groups, files)
}

/// Whether there are files, and none could be read.
fn is_unread(rows: &[TriageRow]) -> bool {
    !rows.is_empty() && rows.iter().all(|row| row.finding == Finding::NotRead)
}

fn failed(name: String, error: &Error) -> TriageRow {
    let recognised = error.recognised().map(str::to_owned);
    TriageRow::failed(Failure { name, error: error.to_string(), recognised })
}
