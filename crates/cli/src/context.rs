//! What every command needs: the engine, the store, and where output goes.

use crate::args::{ColorChoice, Global, Reading};
use crate::error::{Result, cannot_write, json, output, question, shown, words};
use crate::progress::Bar;
use crate::whole;
use cognate_base::{Error, ErrorKind, Gap, Hint, Limits, Place, Progress, SampleId};
use cognate_binary::{LoadOptions, Member, RawLayout};
use cognate_components::Base;
use cognate_documents::Failure;
use cognate_engine::worker::Worker;
use cognate_engine::{Engine, EngineOptions, Listed};
use cognate_index::Embedded;
use cognate_report::{Document, Style, not_programs};
use std::fs::File;
use std::io::{BufWriter, IsTerminal, Read, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Largest table of labels that is read, in bytes: about a million lines.
const MOST_TABLE_BYTES: u64 = 256 << 20;

/// Largest base that is read, in bytes; what is cut is no base.
const MOST_BASE_BYTES: u64 = 256 << 20;
/// Where in a store the bases lie that were added, and what their names end with.
const BASES: &str = "components";
const BASE: &str = "base";

/// So many files that are no programs are told each.
const MOST_NAMED: usize = 2;

/// Reads a table of labels; it may come through a pipe, and is standard input for `-`.
pub fn read_table(path: &Path) -> Result<String> {
    let failed = |error| Error::read(path, error);
    let mut bytes = Vec::new();
    let file: Box<dyn Read> = match cognate_engine::is_standard_input(path) {
        true => Box::new(std::io::stdin().lock()),
        false => Box::new(File::open(path).map_err(failed)?),
    };
    file.take(MOST_TABLE_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MOST_TABLE_BYTES {
        let message = format!("cannot read `{}`: larger than {MOST_TABLE_BYTES} bytes", path.display());
        return Err(question(message).hint("cut it into several tables"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let place = error.utf8_error().valid_up_to();
        question(format!("cannot read `{}`: byte {place} is not UTF-8", path.display()))
            .hint("save it as text in UTF-8, columns apart by tabs")
    })
}

/// What was asked of several files.
pub struct Answers<T> {
    /// One for each sample, in the order of the files.
    pub answers: Vec<T>,
    /// What could not be loaded, files and members of archives.
    pub failed: Vec<Failure>,
    /// Files asked for by name of which nothing could be loaded.
    pub unread: Unread,
}

/// Files asked for by name of which nothing could be loaded.
#[derive(Default)]
pub struct Unread {
    /// How many they are.
    pub files: usize,
    /// What the command ends with where nothing at all was loaded.
    pub error: Option<Error>,
}

/// What a command ends with, once everything was shown: a file that could not be read is an error, whatever
/// was `found` in others.
pub fn outcome(unread: Unread, found: bool) -> Result<bool> {
    let subject = match unread {
        Unread { error: Some(error), .. } => return Err(error),
        Unread { files: 0, .. } => return Ok(found),
        Unread { files: 1, .. } => "one file that was asked for".to_owned(),
        Unread { files, .. } => format!("{files} files that were asked for"),
    };
    Err(Error::new(ErrorKind::Incomplete, format!("{subject} could not be read: see above"))
        .hint("check the paths; what could be read was answered"))
}

/// What could not be opened of a file, each with its name.
pub fn not_opened(path: &Path, opened: Result<Vec<Gap>>) -> Vec<(String, Error)> {
    let name = cognate_engine::file_name(path);
    let told = |gap: Gap| {
        let of_itself = gap.subject.ends_with(&name);
        let what = if of_itself { gap.reason.clone() } else { gap.to_string() };
        let lost = if gap.code_lost { "cannot open all of " } else { "" };
        (name.clone(), question(format!("{lost}`{name}`: {what}")))
    };
    match opened {
        Err(error) => vec![(name, error)],
        Ok(gaps) => gaps.into_iter().map(told).collect(),
    }
}

/// What is said of a path in which there is no file.
pub fn holds_nothing(path: &Path) -> (String, Error) {
    let name = cognate_engine::file_name(path);
    let error = question(format!("`{name}` holds no file"));
    (name, error)
}

/// The settings of one call.
pub struct Context<'a> {
    global: &'a Global,
}

impl<'a> Context<'a> {
    /// Takes the options of every command.
    pub fn new(global: &'a Global) -> Self {
        Context { global }
    }

    /// An engine that reads files as asked.
    pub fn engine(&self, reading: &Reading) -> Result<Engine> {
        self.engine_with(reading, false)
    }

    /// An engine that reads files as asked; if `unfold`, functions are traced with their small callees in place as well.
    pub fn engine_with(&self, reading: &Reading, unfold: bool) -> Result<Engine> {
        let bases = self.bases()?.into_iter().map(|(_, base)| base).collect();
        Ok(self.engine_without_additions(reading, unfold)?.with_bases(bases))
    }

    /// The same, knowing only the components that the program knows by itself.
    pub fn engine_without_additions(&self, reading: &Reading, unfold: bool) -> Result<Engine> {
        let mut limits = Limits::default();
        if let Some(seconds) = self.global.max_seconds {
            limits.time = Duration::from_secs(seconds);
        }
        limits.instructions = self.global.max_instructions.unwrap_or(limits.instructions);
        if let Some(mebibytes) = self.global.max_memory {
            limits.memory = mebibytes.saturating_mul(1 << 20);
        }
        limits.file_bytes = self.global.max_file_bytes.unwrap_or(limits.file_bytes);
        let raw = reading.raw.map(|arch| RawLayout { arch, base: reading.base.unwrap_or(0) });
        let load = LoadOptions { raw, memory: reading.memory };
        let (options, threads) = (EngineOptions { limits, load, unfold }, usize::from(self.global.threads));
        if self.global.no_sandbox {
            return Ok(Engine::new(options, threads)?.with_password(reading.password.clone()));
        }
        let mut worker = Worker::this_program(&["worker"]).map_err(|error| {
            question(format!("cannot find this program's own file: {error}"))
                .hint("is /proc mounted? `--no-sandbox` does without")
        })?;
        // The allocator takes a gibibyte in advance, all of which counts as used: a worker with a
        // lower limit could not even start its threads.
        worker.environment.push(("MIMALLOC_ARENA_EAGER_COMMIT".into(), "0".into()));
        Ok(Engine::isolated(options, threads, worker)?.with_password(reading.password.clone()))
    }

    /// The bases of components that were added to the store, by the names of their files; none where there is no store.
    ///
    /// One that cannot be read fails everything: answers without it would be other answers.
    pub fn bases(&self) -> Result<Vec<(PathBuf, Base)>> {
        let Ok(folder) = self.store_path().map(|store| store.join(BASES)) else { return Ok(Vec::new()) };
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            // the store is no folder: whoever opens it says so
            Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => return Ok(Vec::new()),
            Err(error) => return Err(Error::read(&folder, error)),
        };
        let paths: std::io::Result<Vec<PathBuf>> = entries.map(|entry| Ok(entry?.path())).collect();
        let mut paths = paths.map_err(|error| Error::read(&folder, error))?;
        paths.retain(|path| path.extension().is_some_and(|extension| extension == BASE));
        paths.sort();
        let open = |path: PathBuf| {
            let failed = |error| Error::read(&path, error);
            if !std::fs::metadata(&path).map_err(failed)?.is_file() {
                // a pipe would be waited for, a device never ends
                let error = question(format!("`{}` is no regular file", path.display()));
                return Err(
                    error.hint("remove it: additions to the base are files that `cognate base add` writes")
                );
            }
            let mut bytes = Vec::new();
            File::open(&path)
                .map_err(failed)?
                .take(MOST_BASE_BYTES)
                .read_to_end(&mut bytes)
                .map_err(failed)?;
            let base = Base::open(bytes).map_err(|error| {
                let hint = "remove the file, and add its component again with `cognate base add`";
                error.context(format_args!("cannot open `{}`", path.display())).hint(hint)
            })?;
            Ok((path, base))
        };
        paths.into_iter().map(open).collect()
    }

    /// Adds a base of components to the store, under a name that its content gives; returns where it is.
    pub fn add_base(&self, base: &Base) -> Result<PathBuf> {
        let store = self.writer()?;
        let folder = store.dir().join(BASES);
        std::fs::create_dir_all(&folder).map_err(|error| cannot_write(&folder, error))?;
        let id = SampleId::of(base.bytes()).to_string();
        let path = folder.join(id.get(..16).unwrap_or(&id)).with_extension(BASE);
        whole::write(&path, base.bytes(), true).map_err(|error| cannot_write(&path, error))?;
        Ok(path)
    }

    /// As many worker threads as asked, for work that no engine does.
    pub fn threads(&self) -> Result<rayon::ThreadPool> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(usize::from(self.global.threads)).build();
        pool.map_err(|error| {
            question(format!("cannot start worker threads: {error}")).hint(Hint::FewerThreads)
        })
    }

    /// Where the store lies: as asked, else where XDG, or Windows, puts a user's data.
    pub fn store_path(&self) -> Result<PathBuf> {
        if let Some(store) = &self.global.store {
            return Ok(store.clone());
        }
        let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let data = folder("XDG_DATA_HOME").or_else(|| folder("HOME").map(|home| home.join(".local/share")));
        let data = data.or_else(|| folder("LOCALAPPDATA")).ok_or_else(|| {
            question("cannot tell where the store is: neither XDG_DATA_HOME nor HOME is set")
                .hint("name it with `--store DIR`")
        })?;
        Ok(data.join("cognate").join("store"))
    }

    /// Opens the store for writing, making it where there is none; nobody else writes until it is dropped.
    pub fn writer(&self) -> Result<Embedded> {
        let mut store = Embedded::open(&self.store_path()?)?;
        let wait = match self.global.wait {
            None => Duration::ZERO,
            Some(None) => Duration::MAX,
            Some(Some(seconds)) => Duration::from_secs(seconds),
        };
        let place = store.dir().display().to_string();
        store.lock(wait, &mut |holder| {
            let who = holder.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"));
            if !self.global.quiet {
                // Who cannot be told still waits.
                let _ = self.say(&format!("waiting for {who}, which is writing to the store `{place}`"));
            }
        })?;
        Ok(store)
    }

    /// Opens the store for reading; there must be one.
    pub fn reader(&self) -> Result<Embedded> {
        Embedded::open_read_only(&self.existing_path()?)
    }

    /// Opens the store for writing; unlike [`Context::writer`] there must be one.
    pub fn writer_of_existing(&self) -> Result<Embedded> {
        self.reader()?;
        self.writer()
    }

    /// Where the store lies; something must be there.
    pub fn existing_path(&self) -> Result<PathBuf> {
        let path = self.store_path()?;
        if path.symlink_metadata().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
            return Err(question(format!("no store at `{}`", path.display()))
                .hint("index something first: `cognate index PATH --family NAME`, or name a store with `--store DIR`"));
        }
        Ok(path)
    }

    /// Progress on stderr, where a person looks.
    pub fn progress(&self) -> Bar {
        Bar::new(!self.global.quiet && std::io::stderr().is_terminal())
    }

    /// Does what has no steps to tell of, and says what is waited for.
    pub fn waiting<T>(&self, stage: &str, work: impl FnOnce() -> T) -> T {
        let bar = self.progress();
        bar.wait(stage);
        let done = work();
        bar.finish();
        done
    }

    /// Whether JSON was asked for.
    pub fn json(&self) -> bool {
        self.global.json
    }

    /// Answers for each sample in the files given, one after another: of a sample only its answer is kept.
    ///
    /// What cannot be loaded is told on stderr as well; the only one is told when the program ends, see
    /// [`outcome`]. Fails when an answer cannot be had for another reason than its file.
    pub fn answers<T>(
        &self,
        engine: &Engine,
        paths: &[PathBuf],
        answer: &mut dyn FnMut(Member) -> Result<Result<T>>,
    ) -> Result<Answers<T>> {
        let alone = |path: &PathBuf| Listed { files: vec![path.clone()], unseen: Vec::new() };
        self.answers_of(engine, paths.iter().map(|path| (path, alone(path))).collect(), answer)
    }

    /// The same where folders stand for all files in them.
    pub fn answers_under<T>(
        &self,
        engine: &Engine,
        paths: &[PathBuf],
        answer: &mut dyn FnMut(Member) -> Result<Result<T>>,
    ) -> Result<Answers<T>> {
        let listed = paths.iter().map(|path| (path, cognate_engine::list_under(path)));
        self.answers_of(engine, listed.collect(), answer)
    }

    /// The same where it is known what lies under each path.
    fn answers_of<T>(
        &self,
        engine: &Engine,
        paths: Vec<(&PathBuf, Listed)>,
        answer: &mut dyn FnMut(Member) -> Result<Result<T>>,
    ) -> Result<Answers<T>> {
        let (mut answers, mut failed) = (Vec::new(), Vec::new());
        let (mut last, mut unread) = (None, 0);
        let bar = self.progress();
        bar.begin("reading", paths.iter().map(|(_, listed)| listed.files.len() as u64).sum());
        for (path, listed) in paths {
            let (answered, lost) = (answers.len(), failed.len());
            let mut fail = |name: String, recognised: Option<String>, error: Error| {
                failed.push(Failure { name, error: error.to_string(), recognised });
                last = Some(error);
            };
            for (path, error) in listed.unseen {
                fail(cognate_engine::file_name(&path), None, error);
            }
            for file in &listed.files {
                bar.advance(0, &cognate_engine::file_name(file));
                let mut outcome = Ok(());
                let opened = engine.open(file, &mut |member| {
                    let name = member.name.clone();
                    match answer(member) {
                        Ok(Ok(answer)) => answers.push(answer),
                        Ok(Err(error)) => fail(name, error.recognised().map(str::to_owned), error),
                        Err(error) => {
                            outcome = Err(error);
                            return ControlFlow::Break(());
                        }
                    }
                    ControlFlow::Continue(())
                });
                outcome?;
                for (name, error) in not_opened(file, opened) {
                    fail(name, None, error);
                }
                bar.advance(1, &cognate_engine::file_name(file));
            }
            if answers.len() == answered && failed.len() == lost {
                let (asked, error) = holds_nothing(path);
                failed.push(Failure { name: asked, error: error.to_string(), recognised: None });
                last = Some(error);
            }
            let unknown = failed.iter().skip(lost).any(|failure| failure.recognised.is_none());
            unread += usize::from(answers.len() == answered && unknown);
        }
        bar.finish();
        // What is no program is summed up, past a few.
        let is_known = |failure: &Failure| failure.recognised.is_some();
        let known: Vec<&str> =
            failed.iter().filter(|it| is_known(it)).filter_map(|it| it.recognised.as_deref()).collect();
        let summed =
            (known.len() > MOST_NAMED).then(|| format!("not programs: {}", not_programs(known.into_iter())));
        let is_shown = |failure: &&Failure| summed.is_none() || !is_known(failure);
        let mut lines: Vec<String> =
            failed.iter().filter(is_shown).map(|failure| shown(&failure.error)).collect();
        lines.splice(0..0, summed.clone());
        // The only thing that is wrong is told when the program ends.
        let error = last.filter(|_| answers.is_empty()).map(|error| match lines.len() {
            1 if summed.is_some() => question(format!("nothing that can be read: {}", lines.remove(0))),
            1 => {
                lines.clear();
                error
            }
            _ => question("nothing of what was asked for could be read: see above").hint("check the paths"),
        });
        for line in lines {
            self.say(&format!("warning: {line}"))?;
        }
        Ok(Answers { answers, failed, unread: Unread { files: unread, error } })
    }

    /// The answer for the one sample in a file.
    pub fn answer<T>(
        &self,
        engine: &Engine,
        path: &Path,
        answer: &mut dyn FnMut(Member) -> Result<T>,
    ) -> Result<(T, Vec<Gap>)> {
        let mut number = 0;
        // Of several samples none is wanted: the first is kept until it is known to be the only one.
        let mut first = |member| {
            let answer = answer(member)?;
            number += 1;
            Ok((number == 1).then_some(answer))
        };
        let asked = [path.to_owned()];
        let Answers { answers, failed, unread } =
            self.answers(engine, &asked, &mut |member| Ok(first(member)))?;
        outcome(unread, true)?;
        let number = answers.len();
        // What else is in an archive is not the sample, but the reader has to know of it.
        let (known, others): (Vec<Failure>, Vec<Failure>) =
            failed.into_iter().partition(|failure| failure.recognised.is_some());
        let beside = |failure: Failure| Gap::new(Place::Whole, failure.name, failure.error);
        let mut gaps: Vec<Gap> = others.into_iter().map(beside).collect();
        if !known.is_empty() {
            let kinds = known.iter().filter_map(|failure| failure.recognised.as_deref());
            let not_read = format!("not programs: {}", not_programs(kinds));
            gaps.push(Gap::new(Place::Whole, cognate_engine::file_name(path), not_read));
        }
        match answers.into_iter().next().flatten() {
            Some(answer) if number == 1 => Ok((answer, gaps)),
            _ => Err(question(format!("`{}` holds {number} samples where one is needed", path.display()))
                .hint("unpack it and name one of them")),
        }
    }

    /// Prints a document on stdout, as text or JSON.
    pub fn show<D: Document>(&self, document: &D) -> Result<()> {
        self.show_in(document, &self.style())
    }

    /// The same, with text in a style of its own.
    pub fn show_in<D: Document>(&self, document: &D, style: &Style) -> Result<()> {
        let mut out = BufWriter::new(std::io::stdout().lock());
        if self.global.json {
            cognate_report::write_json(&mut out, document).map_err(json)?;
            out.write_all(b"\n").map_err(output)?;
        } else {
            out.write_all(document.text(style).as_bytes()).map_err(output)?;
        }
        out.flush().map_err(output)
    }

    /// Prints data that is no document.
    pub fn print(&self, text: impl AsRef<[u8]>) -> Result<()> {
        let mut out = std::io::stdout().lock();
        out.write_all(text.as_ref()).and_then(|()| out.flush()).map_err(output)
    }

    /// Tells a person something on stderr.
    pub fn say(&self, text: &str) -> Result<()> {
        writeln!(std::io::stderr().lock(), "{}", cognate_base::escape(text)).map_err(output)
    }

    /// Prints text for a person on stderr, which is laid out and escaped already.
    pub fn tell(&self, text: &str) -> Result<()> {
        std::io::stderr().lock().write_all(text.as_bytes()).map_err(output)
    }

    /// Width and colour of stdout.
    pub fn style(&self) -> Style {
        let terminal = std::io::stdout().is_terminal();
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let colour = match self.global.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => terminal && !plain,
        };
        let columns = if terminal { terminal_size::terminal_size() } else { None };
        // Where there is no terminal to ask, whoever reads on may have said how wide it is.
        let stated = || std::env::var("COLUMNS").ok().and_then(|width| width.parse().ok());
        let columns = columns.map(|(width, _)| usize::from(width.0)).or_else(stated);
        let width = columns.unwrap_or(100).clamp(60, 160);
        Style { width, colour, details: false, words }
    }
}
