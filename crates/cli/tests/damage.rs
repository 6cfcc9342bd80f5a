//! Damaged files through every stage and every rendering: no panic, no hang.

mod common;

use cognate_binary::Outline;
use cognate_engine::{Engine, EngineOptions, analyse};
use cognate_report::{
    CompareDocument, Document, InspectDocument, Inspected, Listing, SideBySide, Style, View, json,
};
use common::fixtures;
use std::time::Duration;

/// Numbers that are the same in every run (xorshift64*).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound.max(1)
    }
}

/// Truncates, flips or overwrites; more often near the head, where the tables are.
fn damage(bytes: &mut Vec<u8>, numbers: &mut Numbers) {
    if numbers.below(4) == 0 {
        bytes.truncate(numbers.below(bytes.len()));
    }
    for _ in 0..numbers.below(12) {
        let reach = if numbers.below(2) == 0 { 512.min(bytes.len()) } else { bytes.len() };
        let at = numbers.below(reach);
        let value = [0x00, 0xff, 0x7f, 0x80, numbers.below(256) as u8][numbers.below(5)];
        if let Some(byte) = bytes.get_mut(at) {
            *byte = value;
        }
    }
}

fn check(fixture: &str, seed: u64) {
    let mut options = EngineOptions::default();
    options.limits.time = Duration::from_secs(5);
    let engine = Engine::new(options, 1).unwrap();
    let whole = std::fs::read(fixtures().join(fixture)).unwrap();
    let sound = analyse("sound", whole.clone().into(), &options).unwrap();
    let style = Style::default();
    let mut numbers = Numbers(seed);
    let mut analysed = 0;
    for _ in 0..150 {
        let mut bytes = whole.clone();
        damage(&mut bytes, &mut numbers);
        let Ok(analysis) = analyse("damaged", bytes.into(), &options) else { continue };
        analysed += 1;
        let (loaded, program) = (&analysis.loaded, &analysis.program);
        let outline = Outline::new(loaded, program);
        let inspected =
            Inspected::new("damaged", &outline, (&analysis.fingerprint, &[]), &program.gaps, true);
        let document = InspectDocument { samples: vec![inspected], failed: Vec::new() };
        assert!(!document.text(&style).is_empty());
        assert!(json(&document).is_ok());
        let list = |function| Listing::new(&loaded.image, &loaded.hints, function);
        let listings = program
            .functions
            .iter()
            .take(4)
            .map(|function| SideBySide::new(list(function), list(function), Vec::new()));
        let comparison = engine.compare(&analysis.fingerprint, &sound.fingerprint);
        let (name_a, name_b) = ("a".to_owned(), "b".to_owned());
        let document = CompareDocument {
            name_a,
            name_b,
            gaps_a: vec![],
            gaps_b: vec![],
            comparison,
            nearest: None,
            listings: listings.collect(),
            view: View { most: 100, ..View::default() },
        };
        assert!(!document.text(&style).is_empty());
    }
    assert!(analysed > 50, "only {analysed} of 150 damaged files were analysed");
}

#[test]
fn damaged_elf_files_are_analysed_or_refused() {
    check("alpha.elf", 0x5eed);
}

#[test]
fn damaged_pe_files_are_analysed_or_refused() {
    check("alpha.dll", 0x0dd);
}

#[test]
fn damaged_a64_files_are_analysed_or_refused() {
    check("../../../binary/tests/fixtures/elf-aarch64", 0xa64);
}

#[test]
fn damaged_mach_o_files_are_analysed_or_refused() {
    check("../../../binary/tests/fixtures/macho-aarch64", 0xfa7);
}
