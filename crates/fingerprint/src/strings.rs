//! Texts in the sample's memory.

use cognate_binary::{Format, Image};

/// Characters a text must have (judgement: of shorter runs of printable bytes most are chance).
const LEAST: usize = 5;
/// Characters of a text that count; longer ones are cut (judgement).
const MOST: usize = 256;

/// The text at `address`: printable ASCII or UTF-16LE of ASCII, five characters
/// or more, closed by a zero (or longer than [`MOST`]).
///
/// Both encodings of one text give the same. In executable memory a text must
/// have ten characters, unless the sample has no containers' word on what is code.
pub(crate) fn text_at(image: &Image, address: u64) -> Option<String> {
    let segment = image.segment_at(address)?;
    let code = segment.executable && image.format != Format::Raw;
    let least = if code { 2 * LEAST } else { LEAST };
    let tail = image.tail(address);
    let text = narrow(tail).or_else(|| wide(tail))?;
    (text.len() >= least).then_some(text)
}

fn narrow(tail: &[u8]) -> Option<String> {
    let len = tail.iter().take(MOST).take_while(|&&byte| printable(byte)).count();
    if len < LEAST || len < MOST && tail.get(len) != Some(&0) {
        return None;
    }
    String::from_utf8(tail.get(..len)?.to_vec()).ok()
}

fn wide(tail: &[u8]) -> Option<String> {
    let characters = || {
        tail.chunks_exact(2).take(MOST).map_while(|unit| match unit {
            [byte, 0] if printable(*byte) => Some(char::from(*byte)),
            _ => None,
        })
    };
    let len = characters().count();
    let end = tail.get(2 * len..2 * len + 2);
    (len >= LEAST && (len == MOST || end == Some(&[0, 0]))).then(|| characters().collect())
}

fn printable(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')
}
