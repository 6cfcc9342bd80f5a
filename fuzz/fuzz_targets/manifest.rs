//! Any text is taken as a manifest for `index`, or refused with a line that is there.
#![no_main]

use cognate_base::SampleId;
use cognate_engine::Manifest;
use cognate_index::{Kind, Label};
use libfuzzer_sys::fuzz_target;
use std::path::Path;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (family, source) = (String::new(), "fuzz".to_owned());
    let fallback = Label { family, version: None, actor: None, kind: Kind::Malware, source };
    let Ok(manifest) = Manifest::parse(text, Path::new("/nonexistent"), &fallback) else { return };
    let id = SampleId::of(bytes);
    for path in manifest.paths() {
        assert!(manifest.label(&id, path).is_some());
        drop(manifest.contradiction(&id, path));
    }
});
