//! A base made of made-up samples: what it finds, what it refuses, and that the program's own is whole.

use cognate_base::SampleId;
use cognate_components::{Base, Builder, Source, identify, shipped};
use cognate_documents::{Arch, ComponentKind, Format, VersionsBy};
use cognate_fingerprint::{Fingerprint, Flow, FunctionFingerprint, SampleFingerprint};
use proptest::prelude::*;

fn hash(seed: u64) -> u64 {
    cognate_base::hash_bytes(7, &seed.to_le_bytes())
}

/// A function of its own for each number, with bytes of its own for each build.
fn function(number: u64, build: u64) -> FunctionFingerprint {
    let keys: Vec<u64> = (0..8).map(|key| hash(number * 100 + key)).collect();
    let mut features: Vec<u32> = keys.iter().map(|key| (key >> 40) as u32).collect();
    features.sort_unstable();
    FunctionFingerprint {
        bytes: 100,
        name: Some(format!("function_{number}")),
        fingerprint: Fingerprint {
            exact: hash(number * 1_000_003 + build),
            information: 200,
            flow: Flow { features, keys, bits: 300 },
            ..Fingerprint::default()
        },
        ..FunctionFingerprint::default()
    }
}

fn sample(numbers: impl Iterator<Item = u64>, build: u64) -> SampleFingerprint {
    let functions = (0u64..).zip(numbers).map(|(place, number)| FunctionFingerprint {
        address: 0x1000 + place * 0x100,
        ..function(number, build)
    });
    SampleFingerprint {
        id: SampleId::of(b"made up"),
        size: 1,
        format: Format::Elf,
        arch: Arch::X86_64,
        functions: functions.collect(),
        components: Vec::new(),
        partial: false,
        hashes: None,
    }
}

/// A base of one library of 30 functions, of which version 2 has five that version 1 has not, among goodware.
fn base() -> Vec<u8> {
    let mut builder = Builder::default();
    let source = |version: &str| Source {
        component: "libledger".to_owned(),
        version: version.to_owned(),
        kind: ComponentKind::Library,
        toolchain: "gcc".to_owned(),
        named: true,
        ..Source::default()
    };
    builder.add(&source("1"), &sample(0..25, 1));
    builder.add(&source("2"), &sample(0..30, 2));
    for project in 0..40 {
        builder.count_project(&[sample(10_000 + project * 1000..10_500 + project * 1000, 9)]);
    }
    builder.finish().unwrap()
}

/// Checks how many of a sample's functions are the library's, and which versions fit.
#[track_caller]
fn check(sample: &SampleFingerprint, functions: usize, versions: &[&str], by: Option<VersionsBy>) {
    let base = Base::open(base()).unwrap();
    let identified = identify(&[&base], sample);
    let found = identified.components.first().cloned().unwrap_or_default();
    assert_eq!((found.functions.len(), found.versions_by), (functions, by));
    assert_eq!(found.versions, versions);
}

#[test]
fn a_library_in_a_build_that_is_not_known_is_found_by_features() {
    let program = sample((500..600).chain(0..30).chain(700..800), 3);
    check(&program, 30, &["2"], Some(VersionsBy::Likeness));
}

#[test]
fn the_bytes_of_a_known_build_tell_its_version() {
    let program = sample((500..600).chain(0..25).chain(700..800), 1);
    check(&program, 25, &["1"], Some(VersionsBy::Bytes));
}

#[test]
fn a_part_of_a_library_is_found_where_it_lies() {
    let program = sample((500..600).chain(3..8).chain(700..800), 3);
    check(&program, 5, &["1", "2"], Some(VersionsBy::Likeness));
}

#[test]
fn one_function_alone_is_no_library() {
    check(&sample((500..600).chain(7..8).chain(700..800), 3), 0, &[], None);
}

/// A base of which the catalogue says something else, under a checksum that fits.
fn saying(from: &str, to: &str) -> Vec<u8> {
    let bytes = base();
    let (header, length) = (24 + 8 + 8 * 7, u64::from_le_bytes(bytes[32..40].try_into().unwrap()) as usize);
    let catalogue = String::from_utf8(bytes[header..header + length].to_vec()).unwrap();
    let changed = catalogue.replacen(from, to, 1);
    assert_ne!(catalogue, changed);
    let mut forged = [&bytes[..header], changed.as_bytes(), &bytes[header + length..]].concat();
    forged[32..40].copy_from_slice(&(changed.len() as u64).to_le_bytes());
    let sum = cognate_base::hash_bytes(0, &forged[header..]);
    forged[24..32].copy_from_slice(&sum.to_le_bytes());
    forged
}

#[test]
fn a_catalogue_that_cannot_be_is_refused() {
    let versions = format!("\"versions\":[{}]", vec!["\"v\""; 65].join(","));
    for (from, to) in [
        ("\"functions\":30", "\"functions\":4294967295"),
        ("\"functions\":30", "\"functions\":16777216"),
        ("\"versions\":[\"1\",\"2\"]", &versions),
        ("\"chance\":[", "\"chance\":[-1.0,"),
        ("\"chance\":[", "\"chance\":[null,"),
        ("\"kind\":\"library\"", "\"kind\":\"virus\""),
    ] {
        let refused = Base::open(saying(from, to)).map(|_| ()).unwrap_err().to_string();
        assert!(refused.starts_with("this is no base of components: "), "{refused}");
    }
}

#[test]
fn a_fork_that_is_nowhere_is_nobodys() {
    let base = Base::open(saying("\"forks\":[]", "\"forks\":[0,9,65535]")).unwrap();
    let program = sample((500..600).chain(0..30).chain(700..800), 3);
    assert_eq!(identify(&[&base], &program).components.len(), 1);
}

#[test]
fn two_bases_that_know_one_component_tell_it_once() {
    let one = Base::open(base()).unwrap();
    let program = sample((500..600).chain(0..30).chain(700..800), 3);
    let both = identify(&[&one, &one.clone()], &program);
    assert_eq!(both, identify(&[&one], &program));
    assert_eq!(both.known_as[100].as_deref(), Some("function_0"));
}

#[test]
fn more_components_than_there_are_numbers_for_are_refused() {
    let mut builder = Builder::default();
    let sample = sample(0..1, 1);
    for number in 0..=u32::from(u16::MAX) + 1 {
        builder.add(&Source { component: format!("c{number}"), named: true, ..Source::default() }, &sample);
    }
    let refused = builder.finish().unwrap_err();
    assert_eq!(refused.to_string(), "a base has no room for so many components");
}

#[test]
fn nothing_is_found_in_nothing() {
    check(&sample(0..0, 3), 0, &[], None);
}

#[test]
fn the_same_files_give_the_same_bytes() {
    assert_eq!(base(), base());
}

#[test]
fn the_base_of_the_program_is_whole() {
    let base = Base::open(shipped().bytes().to_vec()).unwrap();
    assert!(base.components().len() > 300);
    assert!(base.size() <= 24_000_000, "the base takes {} bytes", base.size());
    let names: Vec<&str> = base.components().iter().map(|component| component.name.as_str()).collect();
    for name in ["zlib", "OpenSSL", "SQLite", "MinGW-w64 runtime", "MSVC runtime", "glibc"] {
        assert!(names.contains(&name), "{name} is not in it");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_damaged_base_is_refused(at in 0usize..1_000_000, bit in 0u32..8, cut in any::<bool>()) {
        let mut bytes = base();
        let at = at % bytes.len();
        if cut {
            bytes.truncate(at);
        } else {
            bytes[at] ^= 1 << bit;
        }
        prop_assert!(Base::open(bytes).is_err());
    }

    #[test]
    fn what_lies_under_a_checksum_that_fits_does_no_harm(
        changes in prop::collection::vec((0usize..1_000_000, any::<u8>()), 1..40),
    ) {
        let mut bytes = base();
        let (header, length) = (24 + 8 + 8 * 7, bytes.len());
        for (at, byte) in changes {
            // the tables' starts are zeros for the most part: what comes before them is what is read first
            bytes[header + at % (length - header).min(4_000)] = byte;
        }
        let sum = cognate_base::hash_bytes(0, &bytes[header..]);
        bytes[24..32].copy_from_slice(&sum.to_le_bytes());
        if let Ok(base) = Base::open(bytes) {
            let identified = identify(&[&base], &sample((500..520).chain(0..30), 3));
            prop_assert_eq!(identified.known_as.len(), 50);
            let _ = base.function(7);
        }
    }

    #[test]
    fn bytes_at_random_are_no_base(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        prop_assert!(Base::open(bytes).is_err());
    }
}
