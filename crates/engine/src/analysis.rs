//! One sample through every stage that needs no store.

use crate::{Error, ErrorKind};
use cognate_base::{Budget, Gap, Limits, SampleId, Stage};
use cognate_binary::{Function, LoadOptions, Loaded, Program};
use cognate_fingerprint::{Expression, Fingerprinted, Reader, SampleFingerprint, Scratch, fingerprint_with};
use cognate_matching::SharedExpression;
use rayon::prelude::*;
use std::sync::{Arc, Mutex};

/// How samples are read: what they may cost and how bare bytes are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Bounds on one file.
    pub limits: Limits,
    /// How to read bytes without a container.
    pub load: LoadOptions,
}

/// Everything known of one sample without looking at any other.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// The name it was given, not escaped.
    pub name: String,
    /// The image, and what the file says about itself.
    pub loaded: Loaded,
    /// The functions recovered.
    pub program: Program,
    /// What is compared and stored.
    pub fingerprint: SampleFingerprint,
}

impl Analysis {
    /// SHA-256 of the bytes.
    pub fn id(&self) -> SampleId {
        self.fingerprint.id
    }

    /// Everything that could not be read or followed, in the order of the stages.
    pub fn gaps(&self) -> impl Iterator<Item = &Gap> {
        self.loaded.gaps.iter().chain(&self.program.gaps)
    }

    /// The function that starts at `address`, or else the one that holds it.
    pub fn function_at(&self, address: u64) -> Result<&Function, Error> {
        let functions = &self.program.functions;
        let holds = |function: &&Function| {
            function.blocks.iter().any(|block| block.address <= address && address < block.end())
        };
        let exact = self.program.index_of(address).and_then(|index| functions.get(index));
        exact.or_else(|| functions.iter().find(holds)).ok_or_else(|| {
            let message = format!("no function at {address:#x} in `{}`", self.name);
            Error::new(ErrorKind::NoFunction, message)
                .with_hint("list the functions with `cognate inspect --functions FILE`")
        })
    }
}

/// The data-flow features that two functions, given by address, share: readable, the rarest first.
pub fn shared_expressions(a: (&Analysis, u64), b: (&Analysis, u64)) -> Vec<SharedExpression> {
    cognate_matching::shared_expressions(expressions(a.0, a.1), &expressions(b.0, b.1))
}

fn expressions(analysis: &Analysis, address: u64) -> Vec<Expression> {
    let Some(index) = analysis.program.index_of(address) else { return Vec::new() };
    Reader::new(&analysis.loaded, &analysis.program).expressions(index, &mut Scratch::default())
}

/// Takes bytes through load, recovery and fingerprint.
///
/// Damage becomes gaps. Fails only when nothing at all can be made of the
/// bytes: no known container, or an instruction set that is not read.
///
/// ```
/// use cognate_binary::{Arch, LoadOptions, RawLayout};
/// use cognate_engine::{Options, analyse};
///
/// // push rbp; mov rbp,rsp; lea eax,[rdi+rsi]; pop rbp; ret
/// let code = [0x55, 0x48, 0x89, 0xe5, 0x8d, 0x04, 0x37, 0x5d, 0xc3];
/// let raw = Some(RawLayout { arch: Arch::X86_64, base: 0x1000 });
/// let options = Options { load: LoadOptions { raw, ..Default::default() }, ..Default::default() };
/// let analysis = analyse("add.bin", code.into(), &options)?;
/// assert_eq!(analysis.program.functions[0].address, 0x1000);
/// assert_eq!(analysis.program.functions[0].instructions(), 5);
/// # Ok::<(), cognate_engine::Error>(())
/// ```
pub fn analyse(name: &str, bytes: Arc<[u8]>, options: &Options) -> Result<Analysis, Error> {
    let mut budget = Budget::new(&options.limits);
    let id = SampleId::of(&bytes);
    let size = bytes.len() as u64;
    if size > options.limits.file_bytes {
        let message = format!(
            "cannot load `{name}`: {size} bytes, more than the limit of {}",
            options.limits.file_bytes
        );
        return Err(Error::new(ErrorKind::Size, message).with_hint("raise it with `--max-file-bytes`"));
    }
    let loaded =
        cognate_binary::load(bytes, &options.load, &mut budget).map_err(|error| Error::load(name, error))?;
    let mut program = cognate_binary::recover(&loaded.image, &loaded.hints, &mut budget);
    budget.enter(Stage::Fingerprint);
    let Fingerprinted { sample: fingerprint, gaps } = fingerprint(id, size, &loaded, &program, &mut budget);
    program.gaps.extend(gaps);
    Ok(Analysis { name: name.to_owned(), loaded, program, fingerprint })
}

/// Functions that a thread takes at once.
const AT_ONCE: usize = 4;

/// What [`cognate_fingerprint::fingerprint`] does, on all threads of the pool.
///
/// The result does not depend on the number of threads, as long as time is not what ends it.
fn fingerprint(
    id: SampleId,
    size: u64,
    loaded: &Loaded,
    program: &Program,
    budget: &mut Budget,
) -> Fingerprinted {
    // as many as there are threads, used again from batch to batch
    let free: Mutex<Vec<Scratch>> = Mutex::default();
    let take = || free.lock().ok().and_then(|mut free| free.pop()).unwrap_or_default();
    let read_batch = |reader: &Reader<'_>, batch: &[u32]| {
        let one = |&index: &u32| {
            let mut scratch = take();
            let reading = reader.function_in_time(index as usize, &mut scratch);
            if let Ok(mut free) = free.lock() {
                free.push(scratch);
            }
            reading
        };
        batch.par_iter().with_min_len(AT_ONCE).map(one).collect()
    };
    fingerprint_with(id, size, loaded, program, budget, read_batch)
}
