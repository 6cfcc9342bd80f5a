//! Decodes every 32-bit word as A64 and renders those that are instructions: the
//! decoder is not ours, and neither it nor its `Display` may panic on any input.
//!
//! `a64_words [STRIDE]`: 1 takes all 2^32 words (some minutes a core).
#![allow(clippy::print_stdout)]

use cognate_binary::decode::a64;
use std::fmt::Write as _;

fn main() {
    let stride: usize = std::env::args().nth(1).and_then(|arg| arg.parse().ok()).unwrap_or(1);
    std::panic::set_hook(Box::new(|_| {}));
    let (mut valid, mut decode_panics, mut show_panics) = (0u64, Vec::new(), Vec::new());
    let mut text = String::new();
    for word in (0..=u32::MAX).step_by(stride) {
        match std::panic::catch_unwind(|| a64::instruction(word)) {
            Err(_) => decode_panics.push(word),
            Ok(None) => {}
            Ok(Some(instruction)) => {
                valid += 1;
                text.clear();
                let shown =
                    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| write!(text, "{instruction}")));
                if shown.is_err() {
                    show_panics.push(word);
                }
            }
        }
    }
    println!(
        "{valid} instructions; {} panics in decoding, {} in display",
        decode_panics.len(),
        show_panics.len()
    );
    for word in decode_panics.iter().take(20) {
        println!("decode {word:#010x}");
    }
    for word in show_panics.iter().take(40) {
        println!("display {word:#010x}");
    }
}
