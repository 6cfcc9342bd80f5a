//! The contract between the engine and any store.

use cognate_base::SampleId;
use cognate_documents::{Arch, Format};
pub use cognate_documents::{Kind, Label};
use cognate_fingerprint::{Component, FileHashes, Fingerprint, Key, SampleFingerprint};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

/// A sample's number within one store: dense, never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SampleKey(pub u32);

/// A unique function signature's number within one state of a store
/// (good until the next write to that store).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SignatureId(pub u64);

/// A sample as the catalogue knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SampleInfo {
    /// Its number, which means something within this store only: no document has it.
    #[serde(skip)]
    pub key: SampleKey,
    /// Its SHA-256.
    pub id: SampleId,
    /// The name it was indexed under, not escaped.
    pub name: String,
    /// Bytes of the file.
    pub size: u64,
    /// Container.
    pub format: Format,
    /// Instruction set.
    pub arch: Arch,
    /// Functions stored.
    pub functions: u32,
    /// Bytes of code in its functions.
    pub code_bytes: u64,
    /// The file was read in part: functions may be missing.
    pub partial: bool,
    /// The label in force.
    pub label: Label,
    /// Libraries it says it carries.
    #[serde(serialize_with = "carried")]
    #[schemars(with = "Vec<Carried<'_>>")]
    pub components: Vec<Component>,
    /// The hashes by which others know it; null where the cognate that indexed it did not keep them.
    pub hashes: Option<FileHashes>,
}

/// A library that a sample carries, as documents tell of it.
#[derive(Serialize, JsonSchema)]
struct Carried<'a> {
    /// Its name.
    name: &'a str,
    /// The versions that fit, ascending; empty where none is known.
    versions: &'a [String],
    /// A text of it that was found.
    mark: Option<&'a str>,
    /// How many functions of the sample are known to be its.
    functions: usize,
}

fn carried<S: Serializer>(components: &[Component], to: S) -> std::result::Result<S::Ok, S::Error> {
    to.collect_seq(components.iter().map(|component| Carried {
        name: &component.name,
        versions: &component.versions,
        mark: component.mark.as_deref(),
        functions: component.functions.len(),
    }))
}

/// One function of a stored sample.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunctionInfo {
    /// Address in the image.
    pub address: u64,
    /// Bytes in its blocks.
    pub bytes: u32,
    /// Its name, for display only.
    pub name: Option<String>,
    /// Its signature.
    pub signature: SignatureId,
    /// Callees within the sample, as function indices, sorted.
    pub callees: Vec<u32>,
    /// It only jumps elsewhere.
    pub thunk: bool,
}

/// Where a signature occurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Occurrence {
    /// The sample.
    pub sample: SampleKey,
    /// The function's index in it.
    pub function: u32,
}

/// A stored signature: what is compared, and where it occurs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signature {
    /// Its number.
    pub id: SignatureId,
    /// The fingerprint; of `tokens` the bands are not kept (they are all zero).
    pub fingerprint: Fingerprint,
    /// Where it occurs, ascending, at most the store's cap, removed samples left out.
    pub occurrences: Vec<Occurrence>,
    /// How often it occurs in all; larger than `occurrences.len()` where capped.
    pub total: u64,
}

/// What one key found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hit {
    /// Signatures under the key, ascending, at most the store's cap.
    pub signatures: Vec<SignatureId>,
    /// How many signatures there are in all; larger than `signatures.len()` where capped.
    pub total: u64,
}

/// The answer to a look-up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lookup {
    /// One entry per key asked, in the order asked.
    pub hits: Vec<Hit>,
    /// The share of the store that answered, 0 to 1. An embedded store always says 1.
    pub coverage: f64,
    /// Keys whose list was capped.
    pub truncated: usize,
}

/// What became of a sample that was handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// Stored under this number.
    New(SampleKey),
    /// Already there; nothing was written. Its label stays as it is.
    Known(SampleKey),
}

/// How large a store is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Stats {
    /// Samples not removed.
    pub samples: u64,
    /// Families, over samples not removed.
    pub families: u64,
    /// Functions of all samples stored.
    pub functions: u64,
    /// Unique signatures, counted per segment.
    pub signatures: u64,
    /// Index postings.
    pub postings: u64,
    /// Segments.
    pub segments: u64,
    /// Bytes on disk, catalogue included.
    pub disk_bytes: u64,
    /// The fingerprint version of everything in it.
    pub fingerprint_version: u32,
}

/// A store of samples and their fingerprints.
///
/// One writer at a time, any number of readers. What was committed survives any
/// crash; what was not is gone whole. Answers depend on what was added, not on
/// the order or the batches in which it was.
pub trait Store {
    /// The error of this store.
    type Error: std::error::Error + Into<cognate_base::Error> + Send + Sync + 'static;

    /// Adds a sample under a name with a label; buffered until [`Store::commit`].
    ///
    /// Idempotent by SHA-256.
    fn add(&mut self, sample: &SampleFingerprint, name: &str, label: &Label) -> Result<Added, Self::Error>;

    /// Makes everything added so far durable and visible to look-ups.
    fn commit(&mut self) -> Result<(), Self::Error>;

    /// Gives a sample another label; the old one stays in its history.
    /// False where there is no such sample.
    fn relabel(&mut self, id: &SampleId, label: &Label) -> Result<bool, Self::Error>;

    /// Takes a sample out of all answers. False where there is no such sample.
    fn remove(&mut self, id: &SampleId) -> Result<bool, Self::Error>;

    /// All samples, ascending by number.
    fn samples(&self) -> Result<Vec<SampleInfo>, Self::Error>;

    /// The sample with this SHA-256.
    fn find(&self, id: &SampleId) -> Result<Option<SampleInfo>, Self::Error>;

    /// A sample's functions, ascending by address.
    fn functions(&self, sample: SampleKey) -> Result<Vec<FunctionInfo>, Self::Error>;

    /// Looks up a whole sample's keys at once. Of keys that occur more than
    /// `cap` times only the first `cap` signatures come back, and the answer says so.
    fn lookup(&self, keys: &[Key], cap: usize) -> Result<Lookup, Self::Error>;

    /// Fetches signatures, each with at most `cap` occurrences, in the order asked.
    fn signatures(&self, ids: &[SignatureId], cap: usize) -> Result<Vec<Signature>, Self::Error>;

    /// How large it is.
    fn stats(&self) -> Result<Stats, Self::Error>;
}
