//! Made-up samples for the conformance suite, tests and measurements. Their
//! content is a pure function of small numbers, the same on every machine.

use crate::store::{Kind, Label};
use cognate_base::{SampleId, combine, mix};
use cognate_binary::{Arch, Format};
use cognate_fingerprint::{
    Anchor, AnchorKind, BANDS, Component, FLOW_KEYS, Fingerprint, Flow, FunctionFingerprint, MAX_FLOW,
    MinHash, ROWS, SampleFingerprint,
};

/// A fingerprint made from a number: equal numbers, equal fingerprints. About
/// one in sixteen says too little to have keys; every fourth block, anchor and
/// data-flow feature is drawn from a small pool, as common code and constants are.
pub fn fingerprint(number: u64) -> Fingerprint {
    let word = |salt: u64| combine(mix(number), salt);
    let drawn = |salt: u64, pool: u64| match word(salt) % 4 {
        0 => combine(pool, word(salt + 1) % 5_000),
        _ => word(salt + 2),
    };
    let mut rows = [0u8; ROWS];
    for (row, salt) in rows.iter_mut().zip(1000..) {
        *row = word(salt) as u8;
    }
    let mut bands = [0u64; BANDS];
    for (band, salt) in bands.iter_mut().zip(2000..) {
        *band = word(salt);
    }
    let mut blocks: Vec<u64> = (0..1 + word(1) % 4).map(|index| drawn(10 + 3 * index, 1)).collect();
    blocks.sort_unstable();
    blocks.dedup();
    let anchor = |index: u64| {
        let hash = drawn(100 + 3 * index, 2);
        let kind = [AnchorKind::Constant, AnchorKind::String, AnchorKind::Import, AnchorKind::Table];
        Anchor { kind: kind[(hash % 4) as usize], hash }
    };
    let mut anchors: Vec<Anchor> = (0..word(2) % 6).map(anchor).collect();
    anchors.sort_unstable();
    anchors.dedup();
    let instructions = 5 + (word(3) % 200) as u16;
    let flow = flow(instructions, drawn);
    Fingerprint {
        exact: word(4),
        tokens: (word(5) % 16 > 1).then_some((MinHash(rows), bands)),
        blocks,
        anchors,
        instructions,
        block_count: 1 + instructions / 7,
        edge_count: instructions / 6,
        information: if word(5).is_multiple_of(16) { 12 } else { 50 + instructions * 2 },
        flow,
    }
}

/// Features in number like the instructions; the first few are keys.
fn flow(instructions: u16, drawn: impl Fn(u64, u64) -> u64) -> Flow {
    let hashes: Vec<u64> =
        (0..u64::from(instructions)).take(MAX_FLOW).map(|index| drawn(3000 + 3 * index, 3)).collect();
    let mut features: Vec<u32> = hashes.iter().map(|hash| (hash >> 40) as u32).collect();
    features.sort_unstable();
    features.dedup();
    let bits = features.len() as u16 * 8;
    Flow { features, keys: hashes.into_iter().take(FLOW_KEYS).collect(), bits }
}

/// A sample made from a number, with one function for each number of `functions`.
pub fn sample(number: u64, functions: impl IntoIterator<Item = u64>) -> SampleFingerprint {
    let mut address = 0x1000;
    let functions = functions.into_iter().zip(0u32..).map(|(content, index)| {
        let fingerprint = fingerprint(content);
        let bytes = u32::from(fingerprint.instructions) * 4;
        address += u64::from(bytes.next_multiple_of(16));
        let callees = if index > 2 { vec![index / 3, index - 1] } else { Vec::new() };
        let name = content.is_multiple_of(3).then(|| format!("function_{content}"));
        let thunk = content % 50 == 7;
        let anchor_texts = fingerprint.anchors.iter().map(|anchor| format!("{:x}", anchor.hash)).collect();
        FunctionFingerprint {
            address,
            bytes,
            name,
            fingerprint,
            callees,
            thunk,
            anchor_texts,
            ..FunctionFingerprint::default()
        }
    });
    let components = vec![Component {
        name: "zlib".into(),
        versions: number.is_multiple_of(2).then(|| "1.2.13".into()).into_iter().collect(),
        mark: Some("deflate 1.2.13".into()),
        functions: vec![0],
        ..Component::default()
    }];
    SampleFingerprint {
        id: SampleId::of(&number.to_le_bytes()),
        size: 4096 + number,
        format: Format::Elf,
        arch: Arch::X86_64,
        functions: functions.collect(),
        components,
        partial: false,
        hashes: None,
    }
}

/// A label made from a number.
pub fn label(number: u64) -> Label {
    Label {
        family: format!("family-{}", number % 7),
        version: number.is_multiple_of(2).then(|| format!("{number}.0")),
        actor: number.is_multiple_of(3).then(|| format!("actor-{}", number % 2)),
        kind: [Kind::Malware, Kind::Goodware, Kind::Library][(number % 3) as usize],
        source: "synthetic".into(),
    }
}

/// Makes the store in `dir` say that another version made its fingerprints.
pub fn as_if_of_version(dir: &std::path::Path, fingerprints: u32) -> Result<(), crate::Error> {
    let marker = crate::moment::marker_of(dir)?;
    crate::marker::Marker { fingerprints, ..marker }.write(dir)
}

/// Makes the store in `dir` what a cognate left that kept no MD5 and SHA-1 of samples.
pub fn as_if_of_format_3(dir: &std::path::Path) -> Result<(), crate::Error> {
    use crate::files::{catalogue_name, rename, temporary};
    let marker = crate::moment::marker_of(dir)?;
    let path = marker.catalogue_name().map(|name| dir.join(name)).unwrap_or_default();
    let before = marker.catalogue.map(|(bytes, hash)| (path.as_path(), bytes, hash));
    let unfinished = dir.join(temporary("0000000000.catalogue"));
    let catalogue = crate::catalogue::Catalogue::write(before, &unfinished, |transaction| {
        Ok(transaction.execute_batch("DROP TABLE hash")?)
    })?;
    rename(&unfinished, &dir.join(catalogue_name(marker.generation, catalogue.1)))?;
    crate::marker::Marker { format: crate::marker::FIRST_USED, catalogue: Some(catalogue), ..marker }
        .write(dir)
}
