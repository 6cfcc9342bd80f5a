//! [`Engine`]: settings, threads and parsers, shared by all work.

use crate::analysis::analyse_as;
use crate::worker::{Confinement, Worker, Workers};
use crate::{EngineOptions, Error, ErrorKind, Examined, Hint, Sample, files};
use cognate_base::{Gap, SampleId};
use cognate_binary::{FileBytes, Member};
use cognate_components::{Base, shipped};
use cognate_documents::{Comparison, MatchReport, Nearest};
use cognate_fingerprint::SampleFingerprint;
use cognate_index::Store;
use cognate_matching::{AskedFunction, Directory};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

/// The front door: holds the limits, the threads, and the way in which files are read.
///
/// Hostile bytes are read in this process ([`Engine::new`]) or in processes of
/// their own that can do nothing else ([`Engine::isolated`]). Answers are the
/// same both ways, and never depend on the number of threads.
///
/// ```
/// use cognate_binary::{Arch, LoadOptions, RawLayout};
/// use cognate_engine::{Engine, EngineOptions};
///
/// let raw = Some(RawLayout { arch: Arch::X86_64, base: 0x1000 });
/// let options = EngineOptions { load: LoadOptions { raw, ..Default::default() }, ..Default::default() };
/// let engine = Engine::new(options, 1)?;
///
/// // push rbp; mov rbp,rsp; lea eax,[rdi+rsi]; pop rbp; ret, twice, with another register the second time
/// let a = engine.sample("a", &[0x55, 0x48, 0x89, 0xe5, 0x8d, 0x04, 0x37, 0x5d, 0xc3].into())?;
/// let b = engine.sample("b", &[0x55, 0x48, 0x89, 0xe5, 0x8d, 0x04, 0x3a, 0x5d, 0xc3].into())?;
/// let comparison = engine.compare(&a.fingerprint, &b.fingerprint);
/// assert_eq!(comparison.a.functions, 1);
/// # Ok::<(), cognate_engine::Error>(())
/// ```
#[derive(Debug)]
pub struct Engine {
    options: EngineOptions,
    pool: rayon::ThreadPool,
    workers: Option<Arc<Workers>>,
    password: Option<String>,
    /// Bases of components beside the one of the program.
    bases: Vec<Base>,
}

impl Engine {
    /// Reads files in this process, on `threads` threads or one per core for 0.
    ///
    /// A file that aborts a parser or makes it use up the memory takes this process with it.
    pub fn new(options: EngineOptions, threads: usize) -> Result<Self, Error> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(|source| {
            Error::new(ErrorKind::Threads, format!("cannot start worker threads: {source}"))
                .hint(Hint::FewerThreads)
                .with_source(source)
        })?;
        Ok(Engine { options, pool, workers: None, password: None, bases: Vec::new() })
    }

    /// Reads files in processes of their own, on `threads` threads of all of them together or one per core for 0.
    ///
    /// `worker` is a program that calls [`worker::serve`](crate::worker::serve); processes are
    /// started when the first file is read, and end with the engine. A file that costs its
    /// process comes back as an error of [`ErrorKind::Worker`], and nothing else is lost.
    pub fn isolated(options: EngineOptions, threads: usize, worker: Worker) -> Result<Self, Error> {
        let workers = Some(Workers::new(worker, options)?);
        Ok(Engine { workers, ..Engine::new(options, threads)? })
    }

    /// Tries a password on archives that are encrypted, before the one that is usual.
    #[must_use]
    pub fn with_password(self, password: Option<String>) -> Self {
        Engine { password, ..self }
    }

    /// Asks these bases of components too, beside the one of the program.
    #[must_use]
    pub fn with_bases(self, bases: Vec<Base>) -> Self {
        Engine { bases, ..self }
    }

    /// The bases of components that are asked, the one of the program first.
    pub fn bases(&self) -> Vec<&Base> {
        std::iter::once(shipped()).chain(&self.bases).collect()
    }

    /// The settings in force.
    pub fn options(&self) -> &EngineOptions {
        &self.options
    }

    /// The number of threads.
    pub fn threads(&self) -> usize {
        self.pool.current_num_threads()
    }

    /// What keeps the processes in that read files; `None` where files are read in this one.
    pub fn confinement(&self) -> Result<Option<Confinement>, Error> {
        let Some(workers) = &self.workers else { return Ok(None) };
        workers.lease(self.threads())?.confinement().map(Some)
    }

    /// Reads a file whole, or standard input for `-`.
    ///
    /// Fails when it is no regular file or larger than the limit.
    pub fn read(&self, path: &Path) -> Result<FileBytes, Error> {
        files::read_bytes(path, &self.options.limits)
    }

    /// Reads a file, or standard input for `-`, and passes it to `visit`, or, where it is an archive, its members one by one;
    /// tells what in an archive could not be opened.
    ///
    /// A member is unpacked when the one before is done with. Fails when the file
    /// cannot be read or is larger than the limit.
    pub fn open(
        &self,
        path: &Path,
        visit: &mut dyn FnMut(Member) -> ControlFlow<()>,
    ) -> Result<Vec<Gap>, Error> {
        self.walk(&files::name(path), self.read(path)?, visit)
    }

    /// The same for bytes that are here.
    pub fn walk(
        &self,
        name: &str,
        bytes: FileBytes,
        visit: &mut dyn FnMut(Member) -> ControlFlow<()>,
    ) -> Result<Vec<Gap>, Error> {
        if !cognate_binary::is_archive(&bytes) {
            // Whether the visitor wants more is no question after the last.
            let _ = visit(Member { name: name.to_owned(), bytes, whole: None });
            return Ok(Vec::new());
        }
        if let Some(workers) = &self.workers {
            let mut lease = workers.lease(1)?;
            return Ok(lease.walk(name, &bytes, self.password.as_deref(), visit));
        }
        let (limits, password) = (&self.options.limits, self.password.as_deref());
        Ok(cognate_binary::walk_with_password(name, bytes, limits, password, visit))
    }

    /// Takes bytes through load, recovery and fingerprint.
    ///
    /// Damage becomes gaps. Fails when nothing at all can be made of the bytes, or
    /// when the process that read them came to grief.
    pub fn sample(&self, name: &str, bytes: &FileBytes) -> Result<Sample, Error> {
        self.sample_on(self.threads(), name, SampleId::of(bytes), bytes)
    }

    /// The same on one thread, for where many are read at once; a file that makes a reader panic costs itself only.
    pub fn sample_alone(&self, name: &str, bytes: &FileBytes) -> Result<Sample, Error> {
        self.sample_guarded(1, name, SampleId::of(bytes), bytes)
    }

    /// The same in a worker of that many threads, where there are workers: read in this process, a file that makes
    /// a reader panic costs itself, as it would cost its worker.
    pub(crate) fn sample_guarded(
        &self,
        threads: usize,
        name: &str,
        id: SampleId,
        bytes: &FileBytes,
    ) -> Result<Sample, Error> {
        let read = || self.sample_on(threads, name, id, bytes);
        catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
            Err(Error::new(ErrorKind::Worker, format!("cannot load `{name}`: the parser panicked")))
        })
    }

    /// The same in a worker of that many threads, where there are workers.
    fn sample_on(
        &self,
        threads: usize,
        name: &str,
        id: SampleId,
        bytes: &FileBytes,
    ) -> Result<Sample, Error> {
        let sample = self.unidentified(threads, name, id, bytes)?;
        Ok(self.install(|| sample.identified(&self.bases())))
    }

    /// The same without asking what is known of its functions: what a base is made of.
    pub(crate) fn unidentified(
        &self,
        threads: usize,
        name: &str,
        id: SampleId,
        bytes: &FileBytes,
    ) -> Result<Sample, Error> {
        if let Some(workers) = &self.workers {
            return workers.lease(threads)?.sample(name, id, bytes);
        }
        let analysis = self.pool.install(|| analyse_as(name, id, bytes.clone(), &self.options));
        analysis.map(crate::Analysis::into_sample)
    }

    /// Takes bytes through load, recovery and fingerprint, and keeps them at hand for questions about functions.
    pub fn examine(&self, name: &str, bytes: &FileBytes) -> Result<Examined, Error> {
        let id = SampleId::of(bytes);
        if let Some(workers) = &self.workers {
            let mut lease = workers.lease(self.threads())?;
            let parts = lease.examine(name, id, bytes)?;
            return Ok(Examined::of_worker(parts, lease).identified(&self.bases()));
        }
        let analysis = self.pool.install(|| analyse_as(name, id, bytes.clone(), &self.options));
        let examined = analysis.map(|analysis| Examined::here(analysis, self.options.limits));
        examined.map(|examined| examined.identified(&self.bases()))
    }

    /// Starts a worker of that many threads ahead of its first file, where there are workers.
    pub(crate) fn prepare(&self, threads: usize) -> Result<(), Error> {
        self.workers.as_ref().map_or(Ok(()), |workers| workers.lease(threads).map(drop))
    }

    /// Does work on the engine's own threads.
    pub(crate) fn install<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.pool.install(work)
    }

    /// Asks a store what it shares with a sample.
    ///
    /// Unless the options say otherwise it takes no longer than the engine's limit of time for
    /// one sample; what was left out for it is in [`MatchReport::left_out`].
    pub fn relatives<S: Store + Sync>(
        &self,
        store: &S,
        sample: &SampleFingerprint,
        options: &cognate_matching::MatchOptions,
    ) -> Result<MatchReport, Error> {
        self.relatives_among(store, &self.directory(store)?, sample, options)
    }

    /// Reads what a store has, to ask it about many samples with [`Engine::relatives_among`].
    pub fn directory<S: Store>(&self, store: &S) -> Result<Directory, Error> {
        Directory::of(store).map_err(Into::into)
    }

    /// The same as [`Engine::relatives`] where what the store has was read before.
    pub fn relatives_among<S: Store + Sync>(
        &self,
        store: &S,
        directory: &Directory,
        sample: &SampleFingerprint,
        options: &cognate_matching::MatchOptions,
    ) -> Result<MatchReport, Error> {
        let time = options.time.or(Some(self.options.limits.time));
        let options = cognate_matching::MatchOptions { time, ..options.clone() };
        let ask = || cognate_matching::match_known(sample, store, directory, &options);
        self.pool.install(|| ask().map_err(Into::into))
    }

    /// Puts two samples side by side, function by function.
    ///
    /// It takes no longer than the engine's limit of time for one sample; what was left out for
    /// it is in [`Comparison::left_out`].
    pub fn compare(&self, a: &SampleFingerprint, b: &SampleFingerprint) -> Comparison {
        let time = Some(self.options.limits.time);
        self.pool.install(|| cognate_matching::compare_within(a, b, time))
    }

    /// Finds the `count` functions of the other sample that are most like one; see [`cognate_matching::nearest`].
    pub fn nearest(
        &self,
        (a, b): (&SampleFingerprint, &SampleFingerprint),
        comparison: &Comparison,
        asked: AskedFunction,
        count: usize,
    ) -> Option<Nearest> {
        cognate_matching::nearest((a, b), comparison, asked, count, Some(self.options.limits.time))
    }
}
