//! [`Engine`]: settings and worker threads, shared by all work.

use crate::{
    Analysis, Error, ErrorKind, IndexEntry, IndexRequest, Options, Reading, analyse, files, indexing,
};
use cognate_base::Progress;
use cognate_binary::{FileBytes, Member};
use cognate_index::Store;
use cognate_matching::{Comparison, MatchReport};
use std::path::Path;

/// The front door: holds the limits and the worker threads.
///
/// Answers never depend on the number of threads.
///
/// ```
/// use cognate_binary::{Arch, LoadOptions, RawLayout};
/// use cognate_engine::{Engine, Options};
///
/// let raw = Some(RawLayout { arch: Arch::X86_64, base: 0x1000 });
/// let options = Options { load: LoadOptions { raw, ..Default::default() }, ..Default::default() };
/// let engine = Engine::new(options, 1)?;
///
/// // push rbp; mov rbp,rsp; lea eax,[rdi+rsi]; pop rbp; ret, twice, with another register the second time
/// let a = engine.analyse("a", [0x55, 0x48, 0x89, 0xe5, 0x8d, 0x04, 0x37, 0x5d, 0xc3].into())?;
/// let b = engine.analyse("b", [0x55, 0x48, 0x89, 0xe5, 0x8d, 0x04, 0x3a, 0x5d, 0xc3].into())?;
/// let comparison = engine.compare(&a, &b);
/// assert_eq!(comparison.a.functions, 1);
/// # Ok::<(), cognate_engine::Error>(())
/// ```
#[derive(Debug)]
pub struct Engine {
    options: Options,
    pool: rayon::ThreadPool,
}

impl Engine {
    /// Starts `threads` workers, or one per core for 0.
    pub fn new(options: Options, threads: usize) -> Result<Self, Error> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(|source| {
            Error::new(ErrorKind::Threads, format!("cannot start worker threads: {source}"))
                .with_hint("ask for fewer with `--threads`")
                .with_source(source)
        })?;
        Ok(Engine { options, pool })
    }

    /// The settings in force.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Reads a file and opens it where it is an archive.
    pub fn read(&self, path: &Path) -> Result<Reading, Error> {
        files::read(path, &self.options.limits)
    }

    /// Takes bytes through load, recovery and fingerprint; see [`analyse`].
    pub fn analyse(&self, name: &str, bytes: FileBytes) -> Result<Analysis, Error> {
        self.pool.install(|| analyse(name, bytes, &self.options))
    }

    /// Analyses a member of a [`Reading`].
    pub fn analyse_member(&self, member: &Member) -> Result<Analysis, Error> {
        self.analyse(&member.name, member.bytes.clone())
    }

    /// Indexes files, directories and archives; see [`IndexRequest`].
    ///
    /// Fails when a path given is not there or the store fails; a file that
    /// cannot be read or holds no code is an [`IndexEntry`] that says so.
    pub fn index<S: Store>(
        &self,
        store: &mut S,
        request: &IndexRequest,
        progress: &dyn Progress,
    ) -> Result<Vec<IndexEntry>, Error> {
        indexing::index(store, request, &self.options, &self.pool, progress)
    }

    /// Asks a store what it shares with a sample.
    pub fn relatives<S: Store>(
        &self,
        store: &S,
        analysis: &Analysis,
        options: &cognate_matching::Options,
    ) -> Result<MatchReport, Error> {
        cognate_matching::match_sample(&analysis.fingerprint, store, options).map_err(Error::store)
    }

    /// Puts two samples side by side, function by function.
    pub fn compare(&self, a: &Analysis, b: &Analysis) -> Comparison {
        self.pool.install(|| cognate_matching::compare(&a.fingerprint, &b.fingerprint))
    }
}
