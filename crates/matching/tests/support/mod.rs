//! Made-up samples, and stores that hold them.
#![allow(dead_code)]

use cognate_base::SampleId;
use cognate_binary::{Arch, Format};
use cognate_fingerprint::{FunctionFingerprint, SampleFingerprint};
use cognate_index::{Kind, Label, Memory, Store};

/// A family, what it is, and a sample of it.
pub type Stored<'a> = (&'a str, Kind, SampleFingerprint);

/// A label by path.
pub fn label(family: &str, kind: Kind, actor: Option<&str>) -> Label {
    Label { family: family.into(), version: None, actor: actor.map(Into::into), kind, source: "path".into() }
}

/// A sample of these functions, one after another.
pub fn sample(name: &str, functions: impl IntoIterator<Item = FunctionFingerprint>) -> SampleFingerprint {
    let mut functions: Vec<FunctionFingerprint> = functions.into_iter().collect();
    for (function, at) in functions.iter_mut().zip(1u64..) {
        function.address = at * 0x1000;
    }
    SampleFingerprint {
        id: SampleId::of(name.as_bytes()),
        size: 100_000,
        format: Format::Pe,
        arch: Arch::X86_64,
        functions,
        components: vec![],
        partial: false,
        hashes: None,
    }
}

/// A store of these samples, malware of one actor.
pub fn store_of<'a>(samples: impl IntoIterator<Item = &'a Stored<'a>>) -> Memory {
    let mut store = Memory::new();
    for (family, kind, sample) in samples {
        let actor = (*kind == Kind::Malware).then_some("someone");
        store.add(sample, family, &label(family, *kind, actor)).expect("in memory");
    }
    store.commit().expect("in memory");
    store
}
