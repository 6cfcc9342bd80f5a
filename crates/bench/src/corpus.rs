//! Reads the corpora: folders of files, manifests, ground truth of functions.

use anyhow::{Context, Result, anyhow};
use cognate_components::{identify, shipped};
use cognate_documents::Holds;
use cognate_engine::{EngineOptions, analyse};
use cognate_fingerprint::SampleFingerprint;
use flate2::read::GzDecoder;
use object::{Object, ObjectSection, ObjectSymbol, SectionKind, SymbolKind};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Functions shorter than this are not judged.
pub const LEAST_BYTES: u64 = 32;
/// The component of what is no library's own: start-up code, the language's library.
pub const RUNTIME: &str = "runtime";

/// The files of a folder, by name.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list `{}`", folder.display()))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// A tab-separated table: every row by its column names. Lines that start with `#` are remarks.
pub fn table(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let columns: Vec<&str> = lines.next().unwrap_or("").split('\t').collect();
    let row = |line: &str| {
        columns.iter().zip(line.split('\t')).map(|(&key, value)| (key.to_owned(), value.to_owned())).collect()
    };
    lines.map(row).collect()
}

/// The name of a file, for display.
pub fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// One binary of the controlled corpus.
pub struct Controlled {
    /// `family-version__compiler__opt__target`.
    pub id: String,
    /// Its family.
    pub family: String,
    /// Its version.
    pub version: String,
    /// Its compiler.
    pub compiler: String,
    /// Its optimisation level.
    pub opt: String,
    /// Its target, for instance `linux-x64`.
    pub target: String,
    /// The language of its source: `c`, `c++`, `rust`, `go`.
    pub language: String,
    /// What a tool may see.
    pub stripped: PathBuf,
    /// The same with symbols.
    pub full: PathBuf,
    /// Where its functions are written down.
    pub functions: PathBuf,
}

impl Controlled {
    /// Fingerprints what a tool may see.
    pub fn fingerprint(&self) -> Result<SampleFingerprint> {
        let bytes = fs::read(&self.stripped).with_context(|| format!("cannot read {}", self.id))?;
        as_compared(&self.id, bytes)
    }
}

/// Fingerprints a file as the program does for a comparison: small callees in place, known components told.
pub fn as_compared(name: &str, bytes: Vec<u8>) -> Result<SampleFingerprint> {
    let options = EngineOptions { unfold: true, ..EngineOptions::default() };
    let mut sample = analyse(name, bytes.into(), &options)?.fingerprint;
    sample.components = identify(&[shipped()], &sample).components;
    Ok(sample)
}

/// A function as the compiler made it.
#[derive(Clone)]
pub struct TrueFunction {
    /// Its address.
    pub address: u64,
    /// Its size in bytes.
    pub size: u64,
    /// Its symbol.
    pub name: String,
    /// Its name in the source.
    pub base: String,
    /// The component it comes from, or `runtime`.
    pub component: String,
    /// The source file.
    pub source: String,
    /// Start of the hash of its bytes.
    pub bytes16: String,
    /// What was inlined into it, at whatever depth; empty where the builder kept no such list.
    pub inlined: Vec<Inlined>,
}

/// A function of the source inlined into another.
#[derive(Clone)]
pub struct Inlined {
    /// How much code is left of it there.
    pub bytes: u64,
    /// The source file.
    pub source: String,
    /// Its name in the source.
    pub base: String,
}

impl FromStr for Inlined {
    type Err = ();

    /// `BYTES:SOURCE:NAME`.
    fn from_str(text: &str) -> Result<Self, ()> {
        let mut fields = text.splitn(3, ':');
        let bytes = fields.next().and_then(|bytes| bytes.parse().ok()).ok_or(())?;
        let (source, base) = (fields.next().ok_or(())?, fields.next().ok_or(())?);
        Ok(Inlined { bytes, source: source.to_owned(), base: base.to_owned() })
    }
}

/// What two functions have to do with each other, by the truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// One function of the source.
    Same,
    /// One function of the source, of which one of the two is a piece that was split off (`.cold`, `.part`).
    Piece,
    /// One was inlined into the other.
    Part(Holds),
    /// Nothing of this.
    Unrelated,
}

impl TrueFunction {
    /// Which function of the source it is: component, source file, name.
    pub fn identity(&self) -> [&str; 3] {
        [&self.component, &self.source, &self.base]
    }

    /// Whether figures are about it: not too short, and not of the language's own library.
    pub fn is_judged(&self) -> bool {
        self.size >= LEAST_BYTES && self.component != RUNTIME
    }

    /// How many bytes of `inner` lie in this function.
    pub fn bytes_of(&self, inner: &TrueFunction) -> Option<u64> {
        let is_it = |inlined: &&Inlined| inlined.base == inner.base && inlined.source == inner.source;
        let found = self.inlined.iter().find(is_it).filter(|_| self.component == inner.component)?;
        Some(found.bytes)
    }

    /// What it has to do with a function of another build.
    pub fn relation(&self, stored: &TrueFunction) -> Relation {
        if self.identity() == stored.identity() {
            return if self.is_piece() == stored.is_piece() { Relation::Same } else { Relation::Piece };
        }
        if stored.bytes_of(self).is_some() {
            Relation::Part(Holds::QueryInStored)
        } else if self.bytes_of(stored).is_some() {
            Relation::Part(Holds::StoredInQuery)
        } else {
            Relation::Unrelated
        }
    }

    fn is_piece(&self) -> bool {
        [".cold", ".part."].iter().any(|mark| self.name.contains(mark)) && self.name != self.base
    }
}

/// The binaries that the manifest of a controlled corpus lists.
pub fn controlled(root: &Path) -> Result<Vec<Controlled>> {
    let manifest = root.join("manifest.tsv");
    let text =
        fs::read_to_string(&manifest).with_context(|| format!("cannot read `{}`", manifest.display()))?;
    let mut binaries: Vec<Controlled> = table(&text).iter().map(|row| binary(root, row)).collect();
    binaries.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(binaries)
}

fn binary(root: &Path, row: &BTreeMap<String, String>) -> Controlled {
    let get = |key: &str| row.get(key).cloned().unwrap_or_default();
    let (id, family) = (get("id"), get("family"));
    let file = if get("format") == "pe" { format!("{id}.exe") } else { id.clone() };
    Controlled {
        stripped: root.join("stripped").join(&family).join(&file),
        full: root.join("full").join(&family).join(&file),
        functions: root.join("functions").join(&family).join(format!("{id}.tsv.gz")),
        version: get("version"),
        compiler: get("compiler"),
        opt: get("opt"),
        target: get("target"),
        language: row.get("language").map_or("c", String::as_str).to_owned(),
        id,
        family,
    }
}

/// The functions of a controlled binary, as its builder wrote them down.
pub fn true_functions(path: &Path) -> Result<Vec<TrueFunction>> {
    let file = fs::File::open(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let mut text = String::new();
    GzDecoder::new(file).read_to_string(&mut text)?;
    let function = |row: &BTreeMap<String, String>| {
        let get = |key: &str| row.get(key).cloned().unwrap_or_default();
        Some(TrueFunction {
            address: u64::from_str_radix(row.get("address")?, 16).ok()?,
            size: row.get("size")?.parse().ok()?,
            name: get("name"),
            base: get("base"),
            component: get("component"),
            source: get("source"),
            bytes16: get("bytes16"),
            inlined: get("inlined").split(';').filter_map(|text| text.parse().ok()).collect(),
        })
    };
    Ok(table(&text).iter().filter_map(function).collect())
}

/// Where functions start, and where a start is neither right nor wrong.
#[derive(Default)]
pub struct Starts {
    /// Starts by address, with a name for display.
    pub starts: BTreeMap<u64, String>,
    /// Addresses that are no function of the source though code may well start there.
    pub neutral: BTreeSet<u64>,
    /// Ranges of the same kind: import stubs, `.init`, `.fini`.
    pub neutral_ranges: Vec<Range<u64>>,
}

impl Starts {
    /// Whether a start at `address` is left out of the count.
    pub fn is_neutral(&self, address: u64) -> bool {
        self.neutral.contains(&address) || self.neutral_ranges.iter().any(|range| range.contains(&address))
    }
}

/// Starts from the symbols of an unstripped ELF or PE file: function symbols
/// with a size are starts (COFF symbols have none: all of function type are).
/// Neutral are code symbols without size or function type, and stub sections.
pub fn symbol_starts(bytes: &[u8]) -> Result<Starts> {
    let file = object::File::parse(bytes).map_err(|error| anyhow!("no symbols: {error}"))?;
    let mut starts = Starts::default();
    let code: HashSet<_> =
        file.sections().filter(|s| s.kind() == SectionKind::Text).map(|s| s.index()).collect();
    for symbol in file.symbols().filter(|symbol| symbol.section_index().is_some_and(|at| code.contains(&at)))
    {
        let is_elf = file.format() == object::BinaryFormat::Elf;
        let name = String::from_utf8_lossy(symbol.name_bytes().unwrap_or_default()).into_owned();
        if symbol.kind() == SymbolKind::Text && (symbol.size() > 0 || !is_elf) {
            starts.starts.insert(symbol.address(), name);
        } else if !is_mapping_symbol(&name) && symbol.kind() != SymbolKind::Section {
            starts.neutral.insert(symbol.address());
        }
    }
    for section in file.sections() {
        let name = section.name().unwrap_or_default();
        if name.starts_with(".plt") || name == ".init" || name == ".fini" {
            starts.neutral_ranges.push(section.address()..section.address().saturating_add(section.size()));
        }
    }
    Ok(starts)
}

/// `$x`, `$d`: marks of AArch64 code and data, not places anything refers to.
fn is_mapping_symbol(name: &str) -> bool {
    name.starts_with('$')
}

/// Starts of a controlled binary: the builder's list, with the neutral places of its symbols.
pub fn controlled_starts(binary: &Controlled) -> Result<Starts> {
    let mut starts = symbol_starts(&fs::read(&binary.full)?)?;
    let listed = true_functions(&binary.functions)?;
    starts.starts = listed.into_iter().map(|function| (function.address, function.name)).collect();
    starts.neutral.retain(|address| !starts.starts.contains_key(address));
    Ok(starts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_by_its_column_names_and_skips_remarks() {
        let rows = table("# remark\na\tb\n1\t2\n\n3\t4\n");
        let column: Vec<&str> = rows.iter().filter_map(|row| row.get("b")).map(String::as_str).collect();
        assert_eq!(column, ["2", "4"]);
    }

    #[test]
    fn one_function_holds_another_that_was_inlined_into_it() {
        let function = |name: &str, inlined: &str| TrueFunction {
            address: 0,
            size: 64,
            name: name.to_owned(),
            base: name.trim_end_matches(".cold").to_owned(),
            component: "lib-1".to_owned(),
            source: "a.c".to_owned(),
            bytes16: String::new(),
            inlined: inlined.split(';').filter_map(|text| text.parse().ok()).collect(),
        };
        let outer = function("outer", "40:a.c:inner;8:b.c:other");
        let relations =
            ["outer", "outer.cold", "inner", "other"].map(|name| outer.relation(&function(name, "")));
        let part = Relation::Part(Holds::StoredInQuery);
        assert_eq!(relations, [Relation::Same, Relation::Piece, part, Relation::Unrelated]);
        assert_eq!(function("inner", "").relation(&outer), Relation::Part(Holds::QueryInStored));
    }

    #[test]
    fn a_start_inside_a_stub_section_is_neutral() {
        let starts = Starts {
            neutral: BTreeSet::from([7]),
            neutral_ranges: vec![16..20, 20..32],
            ..Starts::default()
        };
        let neutral = [7, 8, 16, 31, 32].map(|address| starts.is_neutral(address));
        assert_eq!(neutral, [true, false, true, true, false]);
    }
}
