//! [`Base`]: known components as one run of bytes.
//!
//! ```text
//! magic 16 bytes | format u32 | fingerprint version u32 | checksum u64 | seven lengths u64
//! catalogue   JSON: who the components are, their versions, of what populations it was made
//! sets        u64 each: which versions of a component
//! names       where each block of names starts (u32 each), then the blocks, LZ4
//! sizes       of each function how much it says, in units of eight bits
//! rows        five bytes each: function u24, set u16
//! exact       table: exact hashes
//! features    table: rare features
//! ```

use crate::names::is_same_name;
use crate::strength::STRENGTHS;
use crate::table::Table;
use cognate_base::{Error, ErrorKind, hash_bytes};
use cognate_documents::ComponentKind;
use cognate_fingerprint::VERSION;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::sync::LazyLock;

/// The version of the form of a base.
pub const FORMAT: u32 = 1;
/// What every base starts with.
const MAGIC: &[u8; 16] = b"cognate base\r\n\x1a\0";
/// Sections behind the header.
const SECTIONS: usize = 7;
/// Bytes before the first section.
const HEADER: usize = 16 + 4 + 4 + 8 + 8 * SECTIONS;
/// Names packed together.
pub(crate) const NAMES_TOGETHER: usize = 256;
/// Bytes of a row.
const ROW: usize = 5;
/// Most components, by the room that their numbers have.
pub(crate) const MOST_COMPONENTS: usize = u16::MAX as usize;
/// Most functions, and most rows, by the room that their numbers have.
pub(crate) const MOST_FUNCTIONS: u32 = (1 << 24) - 1;
/// Most versions of one component.
pub(crate) const MOST_VERSIONS: usize = 64;
/// Most bytes that a block of names may unpack to.
const MOST_NAMES: usize = NAMES_TOGETHER * (MOST_NAME + 2);
/// Most bytes of a function's name that are kept.
pub(crate) const MOST_NAME: usize = 28;

/// One known component.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComponentInfo {
    /// Its name as its project writes it.
    pub name: String,
    /// What it is.
    pub kind: ComponentKind,
    /// The versions known, ascending.
    pub versions: Vec<String>,
    /// How many functions its builds showed that say enough, those included that it took from another component.
    pub functions: u32,
    /// How many builds it was made from: by version, compiler and machine.
    pub builds: u32,
    /// Only the bytes of its functions tell: what they compute is found in the functions of those who use it.
    pub bytes_alone: bool,
    /// Components of the base of which it is a fork, or which are forks of it: more than half of either is the other's.
    pub forks: Vec<u16>,
    /// How often a function of software that does not carry it resembles one of its functions, by how strongly:
    /// one rare feature, two, three, four or more, the masked bytes. Measured on the goodware of the base.
    pub chance: [f32; STRENGTHS],
}

/// Who is in a base, and of what populations it was made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Contents {
    /// The components, by name.
    pub components: Vec<ComponentInfo>,
    /// Independent projects of goodware in which features were counted.
    pub projects: u32,
    /// Their functions.
    pub project_functions: u64,
}

/// A function of a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownFunction {
    /// The component, by its place in [`Base::components`].
    pub component: u16,
    /// Its name, where the builds tell.
    pub name: Option<String>,
}

/// Known components in a form that is asked as it lies: opening reads the catalogue alone.
#[derive(Clone, Debug)]
pub struct Base {
    bytes: Cow<'static, [u8]>,
    contents: Contents,
    /// Where sections end.
    ends: [usize; SECTIONS],
    /// The number behind the last function of each component.
    behind: Vec<u32>,
}

/// The sections of a base, before they are put together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sections {
    pub contents: Contents,
    pub sets: Vec<u8>,
    pub names: Vec<u8>,
    pub sizes: Vec<u8>,
    pub rows: Vec<u8>,
    pub exact: Vec<u8>,
    pub features: Vec<u8>,
}

/// The base that is part of the program.
///
/// A program whose own base cannot be read knows no components; a test holds that it can.
pub fn shipped() -> &'static Base {
    static SHIPPED: LazyLock<Base> = LazyLock::new(|| {
        Base::open_trusted(include_bytes!("../../../base/known.base").as_slice()).unwrap_or_else(|_| Base {
            bytes: Cow::Borrowed(&[]),
            contents: Contents::default(),
            ends: [0; SECTIONS],
            behind: Vec::new(),
        })
    });
    &SHIPPED
}

impl Base {
    /// Opens a base.
    ///
    /// Fails where the bytes are none, are damaged, or were made with another version of the fingerprint.
    pub fn open(bytes: impl Into<Cow<'static, [u8]>>) -> Result<Self, Error> {
        let base = Self::open_trusted(bytes)?;
        let (header, rest) = base.bytes.split_at(HEADER);
        let stated =
            header.get(24..).and_then(<[u8]>::first_chunk::<8>).map(|word| u64::from_le_bytes(*word));
        if stated != Some(hash_bytes(0, rest)) {
            return Err(damaged("its checksum does not fit"));
        }
        Ok(base)
    }

    /// Opens the base that is part of the program: whether it is whole is for a test to say, and not for every start.
    pub(crate) fn open_trusted(bytes: impl Into<Cow<'static, [u8]>>) -> Result<Self, Error> {
        let bytes = bytes.into();
        let header = bytes.get(..HEADER).ok_or_else(|| damaged("it is shorter than a header"))?;
        if header.get(..16) != Some(MAGIC.as_slice()) {
            return Err(damaged("it does not start as a base does"));
        }
        let word = |at: usize| header.get(at..)?.first_chunk::<4>().map(|word| u32::from_le_bytes(*word));
        if word(16) != Some(FORMAT) || word(20) != Some(VERSION) {
            let message = format!(
                "the base has format {} and fingerprints of version {}, and this program reads {FORMAT} and {VERSION}",
                word(16).unwrap_or(0),
                word(20).unwrap_or(0)
            );
            return Err(Error::new(ErrorKind::Version, message));
        }
        let lengths = header.get(32..).unwrap_or(&[]).as_chunks::<8>().0;
        let mut ends = [0; SECTIONS];
        let mut at = HEADER;
        for (length, end) in lengths.iter().zip(&mut ends) {
            let length = usize::try_from(u64::from_le_bytes(*length)).ok();
            at = length
                .and_then(|length| at.checked_add(length))
                .ok_or_else(|| damaged("a section has no end"))?;
            *end = at;
        }
        if at != bytes.len() {
            return Err(damaged("its sections do not fill it"));
        }
        let mut base = Base { bytes, contents: Contents::default(), ends, behind: Vec::new() };
        base.contents = serde_json::from_slice(base.section(0))
            .map_err(|error| damaged(&format!("its catalogue: {error}")))?;
        base.behind = behind(&base.contents.components)?;
        if Table::new(base.section(5)).and(Table::new(base.section(6))).is_none() {
            return Err(damaged("its tables are none"));
        }
        Ok(base)
    }

    /// The components, by name.
    pub fn components(&self) -> &[ComponentInfo] {
        &self.contents.components
    }

    /// The same as if it did not know a component: to measure what then becomes of its code. `None` where it knows none of
    /// that name.
    pub fn without(&self, name: &str) -> Option<Base> {
        let mut base = self.clone();
        let component = base.contents.components.iter_mut().find(|it| is_same_name(&it.name, name))?;
        // what everybody resembles tells nothing, and a nameless component has no marks
        component.chance = [1.0; STRENGTHS];
        component.name.clear();
        Some(base)
    }

    /// Whether it knows so many functions of a component.
    pub(crate) fn knows(&self, name: &str, functions: u32) -> bool {
        let same = self.components().iter().find(|component| is_same_name(&component.name, name));
        same.is_some_and(|component| component.functions >= functions)
    }

    /// Independent projects of goodware in which features were counted, and their functions.
    pub fn population(&self) -> (u32, u64) {
        (self.contents.projects, self.contents.project_functions)
    }

    /// How often functions of goodware resemble its components, but for a tenth of these: see [`ComponentInfo::chance`].
    pub(crate) fn usual_chance(&self) -> [f32; STRENGTHS] {
        std::array::from_fn(|kind| {
            let mut chances: Vec<f32> = self
                .components()
                .iter()
                .filter_map(|component| component.chance.get(kind).copied())
                .collect();
            chances.sort_by(f32::total_cmp);
            chances.get(chances.len() * 9 / 10).copied().unwrap_or(1.0)
        })
    }

    /// Bytes of it.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// The bytes themselves.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many exact hashes and how many features it knows.
    pub fn keys(&self) -> (usize, usize) {
        (self.exact().len(), self.features().len())
    }

    /// A function by its number.
    pub fn function(&self, number: u32) -> Option<KnownFunction> {
        Some(KnownFunction { component: self.component_of(number)?, name: self.name(number) })
    }

    /// The component of a function: functions of one component lie together, components in their order.
    pub(crate) fn component_of(&self, function: u32) -> Option<u16> {
        let place = self.behind.partition_point(|behind| *behind <= function);
        u16::try_from(place).ok().filter(|_| place < self.behind.len())
    }

    /// The most bits that a build of a function may say: more than twice what the builds known say is another one.
    pub(crate) fn most_information(&self, function: u32) -> u16 {
        let size = self.section(3).get(function as usize).copied().unwrap_or(u8::MAX);
        if size == u8::MAX { u16::MAX } else { (u16::from(size) + 1) * SIZE_UNIT * MOST_TIMES }
    }

    /// The function and the versions for which a row stands.
    pub(crate) fn row(&self, row: u32) -> Option<(u32, u64)> {
        let row = self.section(4).get(row as usize * ROW..)?.first_chunk::<ROW>()?;
        let set = usize::from(u16::from_le_bytes([row[3], row[4]]));
        let set = self.section(1).get(set * 8..)?.first_chunk::<8>()?;
        Some((u32::from_le_bytes([row[0], row[1], row[2], 0]), u64::from_le_bytes(*set)))
    }

    /// The exact hashes.
    pub(crate) fn exact(&self) -> Table<'_> {
        Table::again(self.section(5))
    }

    /// The rare features.
    pub(crate) fn features(&self) -> Table<'_> {
        Table::again(self.section(6))
    }

    fn name(&self, function: u32) -> Option<String> {
        let names = self.section(2);
        let block = function as usize / NAMES_TOGETHER;
        let word = |at: usize| {
            names.get(at * 4..)?.first_chunk::<4>().map(|word| u32::from_le_bytes(*word) as usize)
        };
        let packed = names.get(word(block)?..word(block + 1)?)?;
        let (length, packed) = packed.split_first_chunk::<4>()?;
        let length = u32::from_le_bytes(*length) as usize;
        let text = lz4_flex::block::decompress(packed, length.min(MOST_NAMES)).ok()?;
        let name = text.split(|byte| *byte == 0).nth(function as usize % NAMES_TOGETHER)?;
        let name = std::str::from_utf8(name).ok()?;
        (!name.is_empty()).then(|| name.to_owned())
    }

    fn section(&self, number: usize) -> &[u8] {
        let start = number.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(HEADER);
        let end = self.ends.get(number).copied().unwrap_or(start);
        self.bytes.get(start..end).unwrap_or(&[])
    }
}

/// The number behind the last function of each component, where what is said of them can be so.
fn behind(components: &[ComponentInfo]) -> Result<Vec<u32>, Error> {
    if components.len() > MOST_COMPONENTS {
        return Err(damaged("it has too many components"));
    }
    let mut functions = 0u32;
    let mut behind = Vec::with_capacity(components.len());
    for component in components {
        let is_share = |chance: &f32| (0.0..=1.0).contains(chance);
        if component.versions.len() > MOST_VERSIONS || !component.chance.iter().all(is_share) {
            return Err(damaged(&format!("what it says of `{}` cannot be", component.name)));
        }
        functions = functions
            .checked_add(component.functions)
            .filter(|all| *all <= MOST_FUNCTIONS)
            .ok_or_else(|| damaged("it has too many functions"))?;
        behind.push(functions);
    }
    Ok(behind)
}

impl Sections {
    /// Puts them together.
    pub(crate) fn into_bytes(self) -> Result<Vec<u8>, Error> {
        let contents = serde_json::to_vec(&self.contents).map_err(|error| {
            Error::new(ErrorKind::Damaged, format!("cannot write the catalogue: {error}"))
        })?;
        let sections = [contents, self.sets, self.names, self.sizes, self.rows, self.exact, self.features];
        let rest: Vec<u8> = sections.concat();
        let mut bytes = Vec::with_capacity(HEADER + rest.len());
        bytes.extend(MAGIC);
        bytes.extend(FORMAT.to_le_bytes());
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend(hash_bytes(0, &rest).to_le_bytes());
        sections.iter().for_each(|section| bytes.extend((section.len() as u64).to_le_bytes()));
        bytes.extend(rest);
        Ok(bytes)
    }
}

/// Bits of a unit of size.
const SIZE_UNIT: u16 = 8;
/// How many times what the known builds say another build may say: levels of optimisation differ by about two.
const MOST_TIMES: u16 = 2;

/// What is kept of how much a function says; the most is "more".
pub(crate) fn size(information: u16) -> u8 {
    u8::try_from(information / SIZE_UNIT).unwrap_or(u8::MAX)
}

/// Packs names in blocks.
pub(crate) fn pack_names(names: &[String]) -> Vec<u8> {
    let blocks: Vec<Vec<u8>> = names
        .chunks(NAMES_TOGETHER)
        .map(|names| {
            let text = names.join("\0").into_bytes();
            let mut block = (text.len() as u32).to_le_bytes().to_vec();
            block.extend(lz4_flex::block::compress(&text));
            block
        })
        .collect();
    let mut at = (blocks.len() + 1) * 4;
    let mut packed = Vec::new();
    for length in blocks.iter().map(Vec::len).chain([0]) {
        packed.extend((at as u32).to_le_bytes());
        at += length;
    }
    packed.extend(blocks.concat());
    packed
}

fn damaged(how: &str) -> Error {
    Error::new(ErrorKind::Damaged, format!("this is no base of components: {how}"))
}
