//! Fat Mach-O files: one slice for each processor, a thin file or a static library.

use crate::ranges::Ranges;
use crate::walk::walker::{Archive, Flow, Walker};
use cognate_base::SampleId;

/// More processors than this no fat file is for. Judgement.
const MAX_SLICES: u8 = 40;

/// Whether these are the first bytes of a fat file: a Java class has the same magic, but its version reads as
/// more than 40 slices.
pub fn is_fat(bytes: &[u8]) -> bool {
    matches!(bytes, [0xca, 0xfe, 0xba, 0xbe | 0xbf, 0, 0, 0, 1..=MAX_SLICES, ..])
}

impl Walker<'_> {
    pub fn slices(&mut self, archive: &mut Archive) -> Flow {
        let bytes = archive.bytes.clone();
        let file = bytes.len() as u64;
        let id = SampleId::of(&bytes);
        let wide = bytes.get(3) == Some(&0xbf);
        let row = if wide { 32 } else { 20 };
        let word = |at: usize| bytes.get(at..at.checked_add(4)?)?.try_into().ok().map(u32::from_be_bytes);
        let long = |at: usize| bytes.get(at..at.checked_add(8)?)?.try_into().ok().map(u64::from_be_bytes);
        // At most [`MAX_SLICES`], or it would be no fat file.
        let count = word(4).unwrap_or(0) as usize;
        let mut taken = Ranges::default();
        taken.claim(0, (8 + count * row) as u64);
        let mut whole: Vec<(u64, u64, String)> = Vec::new();
        for index in 0..count {
            if !self.room(archive) {
                break;
            }
            let at = 8 + index * row;
            let field = |skip: usize| {
                if wide { long(at + 8 + skip * 8) } else { word(at + 8 + skip * 4).map(u64::from) }
            };
            let (Some(processor), Some(start), Some(size)) = (word(at), field(0), field(1)) else {
                self.lost(&archive.name, "the list of slices is truncated");
                break;
            };
            let path = archive.path(processor_name(processor).as_bytes());
            if let Some((_, _, same)) = whole.iter().find(|(other, len, _)| (*other, *len) == (start, size)) {
                let reason = format!("the same bytes as {same}; visited once");
                self.gap(&path, &reason);
            } else if start >= file || size == 0 {
                self.lost(&path, "points outside the file");
            } else if !taken.claim(start, start.saturating_add(size)) {
                self.lost(&path, "lies over another slice; left out");
            } else {
                whole.push((start, size, path.clone()));
                let (slice, missing) = bytes.part(start, size);
                self.note_missing(&path, missing);
                self.take_part(archive, path, slice, Some(id))?;
            }
        }
        Flow::Continue(())
    }
}

fn processor_name(processor: u32) -> String {
    match processor {
        7 => "x86".to_owned(),
        0x0100_0007 => "x86_64".to_owned(),
        0x0100_000c => "arm64".to_owned(),
        other => format!("{other:#x}"),
    }
}
