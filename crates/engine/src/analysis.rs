//! One sample through every stage that needs no store.

use crate::{EngineOptions, Error, ErrorKind, Hint, Sample};
use cognate_base::{Budget, Exhausted, Gap, Limits, SampleId};
use cognate_binary::{FileBytes, Function, Listing, Loaded, Program};
use cognate_fingerprint::{Expression, Fingerprinted, Reader, SampleFingerprint, Scratch, fingerprint_with};
use rayon::prelude::*;
use std::sync::Mutex;
use std::time::Instant;

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
    /// The first bound that ended a stage early.
    pub exhausted: Option<Exhausted>,
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
            Error::new(ErrorKind::NoFunction, message).hint(Hint::ListFunctions)
        })
    }

    /// Lists the function that starts at `address`, or else the one that holds it.
    pub fn listing(&self, address: u64) -> Result<Listing, Error> {
        let function = self.function_at(address)?;
        Ok(Listing::new(&self.loaded.image, &self.loaded.hints, function))
    }

    /// What the functions that start at these addresses compute, readable, ascending by feature;
    /// nothing where none starts.
    ///
    /// Each is passed on as it is made, in their order. What all functions share is looked at once, and all of
    /// it takes no longer than the limit for one sample: `None` for those that time did not reach.
    pub fn expressions<E>(
        &self,
        addresses: &[u64],
        limits: &Limits,
        mut pass_on: impl FnMut(Option<Vec<Expression>>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut budget = Budget::new(limits);
        let reader = Reader::within(&self.loaded, &self.program, &mut budget);
        let mut scratch = Scratch::default();
        for &address in addresses {
            if budget.deadline().is_some_and(|deadline| Instant::now() > deadline) {
                pass_on(None)?;
                continue;
            }
            let index = self.program.index_of(address);
            pass_on(Some(index.map_or_else(Vec::new, |index| reader.expressions(index, &mut scratch))))?;
        }
        Ok(())
    }

    /// What is compared and stored of it, and what could not be read.
    pub fn sample(&self) -> Sample {
        Sample {
            name: self.name.clone(),
            fingerprint: self.fingerprint.clone(),
            known_as: Vec::new(),
            gaps: self.gaps().cloned().collect(),
            instructions: self.program.instructions,
            exhausted: self.exhausted,
        }
    }

    /// The same without the rest.
    pub(crate) fn into_sample(self) -> Sample {
        let Analysis { name, loaded, program, fingerprint, exhausted } = self;
        let gaps = loaded.gaps.into_iter().chain(program.gaps).collect();
        Sample {
            name,
            fingerprint,
            known_as: Vec::new(),
            gaps,
            instructions: program.instructions,
            exhausted,
        }
    }
}

/// Takes bytes through load, recovery and fingerprint.
///
/// Damage becomes gaps. Fails only when nothing at all can be made of the
/// bytes: no known container, or an instruction set that is not read.
///
/// ```
/// use cognate_binary::{Arch, LoadOptions, RawLayout};
/// use cognate_engine::{EngineOptions, analyse};
///
/// // push rbp; mov rbp,rsp; lea eax,[rdi+rsi]; pop rbp; ret
/// let code = [0x55, 0x48, 0x89, 0xe5, 0x8d, 0x04, 0x37, 0x5d, 0xc3];
/// let raw = Some(RawLayout { arch: Arch::X86_64, base: 0x1000 });
/// let options = EngineOptions { load: LoadOptions { raw, ..Default::default() }, ..Default::default() };
/// let analysis = analyse("add.bin", code.into(), &options)?;
/// assert_eq!(analysis.program.functions[0].address, 0x1000);
/// assert_eq!(analysis.program.functions[0].instructions(), 5);
/// # Ok::<(), cognate_engine::Error>(())
/// ```
pub fn analyse(name: &str, bytes: FileBytes, options: &EngineOptions) -> Result<Analysis, Error> {
    let id = SampleId::of(&bytes);
    analyse_as(name, id, bytes, options)
}

/// The same where the SHA-256 is known.
pub(crate) fn analyse_as(
    name: &str,
    id: SampleId,
    bytes: FileBytes,
    options: &EngineOptions,
) -> Result<Analysis, Error> {
    let mut budget = Budget::new(&options.limits);
    let size = bytes.len() as u64;
    if size > options.limits.file_bytes {
        let message = format!(
            "cannot load `{name}`: {size} bytes, more than the limit of {}",
            options.limits.file_bytes
        );
        return Err(Error::new(ErrorKind::TooLarge, message).hint(Hint::LargerFiles));
    }
    let loaded = cognate_binary::load(bytes, &options.load, &mut budget)
        .map_err(|error| error.context(format_args!("cannot load `{name}`")))?;
    let mut program = cognate_binary::recover(&loaded.image, &loaded.hints, &mut budget);
    let Fingerprinted { sample: fingerprint, gaps } =
        fingerprint(id, size, (&loaded, &program), options.unfold, &mut budget);
    program.gaps.extend(gaps);
    let exhausted = budget.ever_exhausted();
    Ok(Analysis { name: name.to_owned(), loaded, program, fingerprint, exhausted })
}

/// Functions that a thread takes at once.
const AT_ONCE: usize = 4;

/// What [`cognate_fingerprint::fingerprint`] does, on all threads of the pool.
///
/// The result does not depend on the number of threads, as long as time is not what ends it.
fn fingerprint(
    id: SampleId,
    size: u64,
    sample: (&Loaded, &Program),
    unfold: bool,
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
    fingerprint_with(id, size, sample, unfold, budget, read_batch)
}
