//! What makes code recognisable.
//!
//! [`fingerprint`] turns a recovered program into a [`SampleFingerprint`]: one
//! [`FunctionFingerprint`] per function. Every rule that decides a stored hash
//! is part of [`VERSION`]; a store refuses to mix versions. [`fingerprint_with`] does the
//! same for who has threads, and says what was not read.
//!
//! # The format
//!
//! All hashes are built from [`cognate_base::combine`] and
//! [`cognate_base::hash_bytes`].
//!
//! **Exact.** The entry's block first, then those behind it by address, then
//! those in front of it; padding (`nop`, `int3`, `mov`-to-itself and kin) left out.
//! Each instruction gives its bytes, its length, and nothing of where it or
//! anything else lies. Wiped to zero are, on x86: the displacement off `rip`;
//! the distance of every call and jump; immediates and displacements of four or
//! eight bytes that are absolute addresses (those the file lists as relocated, if
//! it lists any in code; none in position-independent files; else what is mapped
//! and not below 0x10000); distances from the global offset table on i386;
//! displacements off the image base where the function takes it (MSVC). On A64:
//! the immediates of `adrp`, `adr`, `b`, `bl`, conditional branches and literal
//! loads, and the twelve bits of an `add`, load or store off a register that
//! holds an `adrp` page. A jump then adds the number of the block it goes to,
//! counted from the entry's, or one fixed number if it leaves the function; a
//! block ends with the number of its instructions.
//!
//! **Blocks.** The same for a block alone, no jump targets, for blocks of five
//! instructions and 30 bits; the six that say most.
//!
//! **Information.** Bits by a fixed prior over instruction classes, repeated
//! tokens counting less (see `information.rs`); below [`INFORMATION_FLOOR`] a
//! function has no keys, unless its data flow reaches [`FLOW_FLOOR`].
//!
//! **Tokens.** An instruction is the text of its class and a byte for the kind of
//! each operand (`token.rs`). Conditions are known up to negation and order;
//! `xor r,r` and `mov r,0` are one, so are `test r,r` and `cmp r,0`, `inc` and
//! `add 1`; 32 and 64 bits are one width. Left out: `nop`, `endbr`, register to
//! register moves, saving and restoring registers, moving the stack pointer,
//! jumps within the function, `ret`. N-grams of the lengths in `GRAMS` inside
//! blocks, the first eight copies of each apart, go into the MinHash (`minhash.rs`).
//!
//! **Anchors.** What the function refers to, hashed by content and blind to
//! instruction set and container: numbers that are rare (`constants.rs`), texts
//! (`strings.rs`), imports by bare name (`import_name.rs`), and the first 32 bytes
//! of read-only data with eight different values and no pointers (`anchors.rs`).
//!
//! **Data flow.** What the function computes, blind to instruction set, register and
//! order: [`Flow`]. The function is traced to expressions in a normal form
//! (`cognate_dataflow`); five rules hash expressions and effects (`flow/features.rs`);
//! up to three copies of a hash count; the upper 24 bits are the feature. Of all, the
//! [`MAX_FLOW`] rarest are kept, equal ones by hash, by a rarity learnt from goodware
//! (`flow/rarity.rs`), which is part of the version too.

mod a64;
mod anchors;
mod bounded;
mod components;
mod constants;
mod counted;
mod flow;
mod import_name;
mod information;
mod minhash;
mod opcode;
mod plan;
mod sample;
mod site;
mod strings;
mod token;
mod x86;

pub use components::{is_rust, without_clone_suffix};
pub use flow::{Expression, flow_of_rank, flow_rank, flow_weight};
pub use plan::{Fingerprinted, fingerprint, fingerprint_with};
pub use sample::{FunctionReading, Reader, Scratch};

use cognate_base::SampleId;
use cognate_binary::{Arch, Format};
pub use cognate_documents::{AnchorKind, Component, ComponentKind, FileHashes, KnownBy, VersionsBy};
use serde::{Deserialize, Serialize};

/// The version of every stored hash. Any change of normalisation raises it.
///
/// Version 2 adds data flow: [`Fingerprint::flow`] and the keys of [`Tier::Flow`]. Version 3 has other rules for it.
pub const VERSION: u32 = 3;

/// Rows of a MinHash signature.
pub const ROWS: usize = 64;
/// Bands that become index keys.
pub const BANDS: usize = 16;

/// Which rule made an index key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// The masked bytes of the whole function.
    Exact,
    /// The masked bytes of one basic block.
    Block,
    /// A rare constant, string, import set or data table.
    Anchor,
    /// A band of the token MinHash.
    Band,
    /// A rare data-flow feature.
    Flow,
}

/// An ISA-neutral thing a function refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Anchor {
    /// What it is.
    pub kind: AnchorKind,
    /// The hash of its content.
    pub hash: u64,
}

/// One key under which the index finds a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The rule that made it.
    pub tier: Tier,
    /// The hash; keys of different tiers never share one but by chance.
    pub hash: u64,
}

/// The 64-row MinHash of a function's instruction n-grams, a byte a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MinHash(#[serde(with = "rows")] pub [u8; ROWS]);

impl MinHash {
    /// The estimated Jaccard similarity of the two n-gram sets, 0 to 1, with
    /// the 1/256 of rows that agree by chance taken out.
    pub fn similarity(&self, other: &MinHash) -> f64 {
        let same = self.0.iter().zip(&other.0).filter(|(a, b)| a == b).count() as f64 / ROWS as f64;
        ((same - 1.0 / 256.0) / (1.0 - 1.0 / 256.0)).max(0.0)
    }
}

/// Rows as bytes: serde has arrays of up to 32 items only.
mod rows {
    use super::ROWS;
    use serde::de::{Error, Visitor};
    use serde::{Deserializer, Serializer};
    use std::fmt;

    pub(super) fn serialize<S: Serializer>(rows: &[u8; ROWS], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(rows)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<[u8; ROWS], D::Error> {
        struct Rows;
        impl Visitor<'_> for Rows {
            type Value = [u8; ROWS];

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, "{ROWS} bytes")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<[u8; ROWS], E> {
                bytes.try_into().map_err(|_| E::invalid_length(bytes.len(), &self))
            }
        }
        from.deserialize_bytes(Rows)
    }
}

/// What a function computes: hashes of its expressions and of how they hang together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Flow {
    /// Features of 24 bits, sorted, each once, at most [`MAX_FLOW`].
    pub features: Vec<u32>,
    /// Full hashes of the rarest features, rarest first, at most [`FLOW_ASKED`]. The index is asked
    /// for all, and files the function under the first [`FLOW_KEYS`]. A store does not keep them:
    /// there they come back empty.
    pub keys: Vec<u64>,
    /// The sum of what all features say, also those not kept, in bits, saturating. Expressions
    /// overlap, so it orders functions by how much they say; it is no information content.
    pub bits: u16,
}

/// What is stored and compared of one function, wherever it lies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Hash of the masked bytes.
    pub exact: u64,
    /// Token MinHash with the band keys taken from it; absent where the function is too short to tell.
    pub tokens: Option<(MinHash, [u64; BANDS])>,
    /// Hashes of the basic blocks that say enough, sorted, each once, at most [`MAX_BLOCKS`].
    pub blocks: Vec<u64>,
    /// Anchors, sorted, each once, at most [`MAX_ANCHORS`].
    pub anchors: Vec<Anchor>,
    /// Instructions, saturating.
    pub instructions: u16,
    /// Basic blocks, saturating.
    pub block_count: u16,
    /// Edges between them, saturating.
    pub edge_count: u16,
    /// How much the code says, in bits under a fixed prior (`information.rs`), saturating.
    pub information: u16,
    /// What it computes; empty where that is not known.
    pub flow: Flow,
}

/// Most block hashes kept of one function: those that say most first, then by hash (judgement: room in the index).
pub const MAX_BLOCKS: usize = 6;
/// Most anchors kept of one function (judgement: room in the index).
pub const MAX_ANCHORS: usize = 12;
/// Most data-flow features kept of one function: more than 128 found no more across builds (`docs/recompiled-code.md`,
/// "What was tried").
pub const MAX_FLOW: usize = 128;
/// Most features kept of what a function's small callees do in place, the rarest.
pub const MAX_IN_PLACE: usize = 512;
/// Most data-flow keys under which one function is filed (judgement: room in the index).
pub const FLOW_KEYS: usize = 48;
/// Most data-flow keys for which the index is asked: more than are filed, see [`Fingerprint::asked_keys`] (judgement).
pub const FLOW_ASKED: usize = 64;
/// Functions that say less than this, in bits, are no evidence alone and get no keys (judgement: what wrappers and
/// short accessors say, by the prior in `token.rs`). It stands here once; who asks, asks [`Fingerprint::is_telling`].
pub const INFORMATION_FLOOR: u16 = 40;
/// Functions whose data flow says this much, in bits, are evidence and get keys whatever their instructions say: few
/// instructions can compute something that nobody else does (`docs/recompiled-code.md`, "The floor").
pub const FLOW_FLOOR: u16 = 200;

/// Instructions that a block must have to be hashed by itself (judgement, as the bits below).
const BLOCK_INSTRUCTIONS: u32 = 5;
/// Bits that a block must say to be hashed by itself.
const BLOCK_FLOOR: u16 = 30;
/// Instructions a function must have for a token signature (judgement: fewer n-grams estimate nothing).
const TOKEN_INSTRUCTIONS: u64 = 8;
/// Lengths of the token n-grams.
const GRAMS: [usize; 3] = [1, 2, 3];
/// Copies of one n-gram that count (judgement: loops that are unrolled more look alike).
const GRAM_COUNT: u64 = 8;

impl Fingerprint {
    /// The identity: functions of equal signature are stored once.
    ///
    /// A hash over bytes, anchors and data flow, so two functions with the same
    /// code but other strings differ.
    pub fn signature(&self) -> u64 {
        let mut hash = cognate_base::combine(u64::from(VERSION), self.exact);
        for anchor in &self.anchors {
            hash = cognate_base::combine(hash, anchor.hash);
        }
        for &feature in &self.flow.features {
            hash = cognate_base::combine(hash, u64::from(feature));
        }
        hash
    }

    /// The exact hash with which all else of it has this signature: a store keeps only one of the two.
    pub fn exact_of(&self, signature: u64) -> u64 {
        let features = self.flow.features.iter().rev().map(|&feature| u64::from(feature));
        let anchors = self.anchors.iter().rev().map(|anchor| anchor.hash);
        let first = features.chain(anchors).fold(signature, cognate_base::combined_onto);
        cognate_base::combined_next(first, u64::from(VERSION))
    }

    /// Whether it says enough to be evidence: [`INFORMATION_FLOOR`] by its instructions, or [`FLOW_FLOOR`] by
    /// what it computes.
    pub fn is_telling(&self) -> bool {
        self.information >= INFORMATION_FLOOR || self.flow.bits >= FLOW_FLOOR
    }

    /// The keys under which the index files it; none where it is not telling.
    pub fn keys(&self) -> Vec<Key> {
        self.keys_with(FLOW_KEYS)
    }

    /// The keys for which the index is asked: those it is filed under, and more features.
    ///
    /// What recompiling leaves of a function's features is not always the rarest of
    /// both sides: asking for more than are filed finds more, and costs no room.
    pub fn asked_keys(&self) -> Vec<Key> {
        self.keys_with(FLOW_ASKED)
    }

    fn keys_with(&self, features: usize) -> Vec<Key> {
        if !self.is_telling() {
            return Vec::new();
        }
        let exact = std::iter::once(Key { tier: Tier::Exact, hash: self.exact });
        let blocks = self.blocks.iter().map(|&hash| Key { tier: Tier::Block, hash });
        let anchors = self.anchors.iter().map(|anchor| Key { tier: Tier::Anchor, hash: anchor.hash });
        let bands = self.tokens.iter().flat_map(|(_, bands)| bands);
        let bands = bands.map(|&hash| Key { tier: Tier::Band, hash });
        let flow = self.flow.keys.iter().take(features).map(|&hash| Key { tier: Tier::Flow, hash });
        exact.chain(blocks).chain(anchors).chain(bands).chain(flow).collect()
    }
}

/// Something a small callee does where it is called, and the caller alone does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct InPlace {
    /// The callee, as an index into [`SampleFingerprint::functions`].
    pub callee: u32,
    /// A feature as in [`Flow::features`].
    pub feature: u32,
}

/// One function of a sample.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionFingerprint {
    /// Its address in the image.
    pub address: u64,
    /// Bytes in its blocks.
    pub bytes: u32,
    /// Its name where the file tells, demangled; for display only, never matched on.
    pub name: Option<String>,
    /// What is compared.
    pub fingerprint: Fingerprint,
    /// Functions of the same sample it calls, as indices into [`SampleFingerprint::functions`], sorted, each once.
    pub callees: Vec<u32>,
    /// It is a jump to somewhere else.
    pub thunk: bool,
    /// The text of each anchor, in the order of the fingerprint's anchors; for display, not stored.
    pub anchor_texts: Vec<String>,
    /// What its small callees do where it calls them, ascending, at most [`MAX_IN_PLACE`]; empty where
    /// there are none or that was not asked for. Not stored.
    pub in_place: Vec<InPlace>,
}

/// Everything compared and stored of one sample.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleFingerprint {
    /// SHA-256 of the file (of the slice, for a fat Mach-O).
    pub id: SampleId,
    /// Bytes of the file.
    pub size: u64,
    /// Container.
    pub format: Format,
    /// Instruction set.
    pub arch: Arch,
    /// Its functions, ascending by address.
    pub functions: Vec<FunctionFingerprint>,
    /// What it carries of others, by name. As fingerprinted: by marks and names that the file bears; a base of known
    /// components adds to that, and takes away what it disproves.
    pub components: Vec<Component>,
    /// The file was read in part: functions may be missing. See [`cognate_base::Gap::code_lost`].
    pub partial: bool,
    /// The file's other hashes; none where nobody took them.
    pub hashes: Option<FileHashes>,
}
