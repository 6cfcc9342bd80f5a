//! One sample of a match or comparison, its functions under an index type of their own.

use crate::document::{FunctionRef, Share};
use crate::indices::{QueryFunction, StoredFunction, no_function};
use crate::surroundings::Neighbourhood;
use cognate_base::{TypedIndex, TypedVec};
use cognate_fingerprint::{Component, FunctionFingerprint, SampleFingerprint};

/// A sample with its functions under the index type `I`.
#[derive(Clone, Debug)]
pub(crate) struct Program<'a, I> {
    /// All of the sample.
    pub sample: &'a SampleFingerprint,
    /// Its functions, ascending by address.
    pub functions: TypedVec<I, &'a FunctionFingerprint>,
    /// Bytes of code in all of them.
    pub code_bytes: u64,
}

/// The sample that is asked about, or `a` of a comparison.
pub(crate) type Query<'a> = Program<'a, QueryFunction>;
/// `b` of a comparison.
pub(crate) type Other<'a> = Program<'a, StoredFunction>;

impl<'a, I: TypedIndex> Program<'a, I> {
    /// Looks at a sample.
    pub fn new(sample: &'a SampleFingerprint) -> Self {
        let functions = TypedVec::new(sample.functions.iter().collect(), no_function());
        let code_bytes = sample.functions.iter().map(|function| u64::from(function.bytes)).sum();
        Program { sample, functions, code_bytes }
    }

    /// Whether a function says enough to be looked up and to be evidence.
    pub fn is_comparable(&self, function: I) -> bool {
        self.functions[function].fingerprint.is_telling()
    }

    /// All functions that say enough, ascending.
    pub fn comparable(&self) -> impl Iterator<Item = I> {
        self.functions.indices().filter(|&function| self.is_comparable(function))
    }

    /// Whether it is known what a function computes.
    pub fn is_traced(&self, function: I) -> bool {
        !self.functions[function].fingerprint.flow.features.is_empty()
    }

    /// What stands around its functions.
    pub fn neighbourhood(&self) -> Neighbourhood<'a, I> {
        let functions = self.functions.items().iter();
        Neighbourhood::new(functions.map(|own| (&own.fingerprint, own.callees.as_slice())).collect())
    }

    /// Counts functions and their bytes against the whole sample.
    pub fn share(&self, functions: impl Iterator<Item = I>) -> Share {
        let (mut count, mut bytes) = (0u64, 0u64);
        for function in functions {
            count += 1;
            bytes += u64::from(self.functions[function].bytes);
        }
        Share::of((count, bytes), (self.functions.len() as u64, self.code_bytes))
    }

    /// A function, as a report shows it.
    pub fn reference(&self, function: I) -> FunctionRef {
        let FunctionFingerprint { address, bytes, ref name, .. } = *self.functions[function];
        FunctionRef { index: function.position() as u32, address, bytes, name: name.clone() }
    }

    /// The libraries that the sample says it carries, with their versions.
    pub fn components(&self) -> Vec<String> {
        let carried = self.sample.components.iter().filter(|it| it.is_public());
        carried.map(Component::title).collect()
    }
}
