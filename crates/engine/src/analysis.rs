//! One sample through every stage that needs no store.

use crate::{Error, ErrorKind};
use cognate_base::{Budget, Gap, Limits, Place, SampleId, Stage};
use cognate_binary::{FileBytes, Function, LoadOptions, Loaded, Program};
use cognate_fingerprint::{Expression, Reader, SampleFingerprint, Scratch};
use cognate_matching::SharedExpression;
use rayon::prelude::*;

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
pub fn analyse(name: &str, bytes: FileBytes, options: &Options) -> Result<Analysis, Error> {
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
    let fingerprint = fingerprint(id, size, &loaded, &program, &mut budget);
    if let Some(exhausted) = budget.exhausted() {
        program.gaps.push(Gap::of_code(Place::Whole, "fingerprints", exhausted.to_string()));
    }
    Ok(Analysis { name: name.to_owned(), loaded, program, fingerprint })
}

/// Functions whose budget is taken at once, and that are then read on all threads.
const BATCH: usize = 1024;

/// What [`cognate_fingerprint::fingerprint`] does, on all threads of the pool.
///
/// Where the budget ends, whole batches are kept: the result does not depend on
/// the number of threads.
fn fingerprint(
    id: SampleId,
    size: u64,
    loaded: &Loaded,
    program: &Program,
    budget: &mut Budget,
) -> SampleFingerprint {
    let reader = Reader::new(loaded, program);
    let mut readings = Vec::with_capacity(program.functions.len());
    for batch in program.functions.chunks(BATCH) {
        let cost = batch.iter().map(|function| function.instructions().saturating_add(1)).sum();
        if budget.spend(cost).is_err() {
            break;
        }
        let first = readings.len();
        let indices = (first..first + batch.len()).into_par_iter().with_min_len(16);
        let read = indices.map_init(Scratch::default, |scratch, index| reader.function(index, scratch));
        let read: Option<Vec<_>> = read.collect();
        readings.extend(read.into_iter().flatten());
    }
    reader.finish(id, size, readings)
}
