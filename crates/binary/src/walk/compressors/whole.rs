//! Files that are packed as a whole: one member each.

use super::codec::{Codec, decoder};
use crate::walk::unpack::{Packed, reason};
use crate::walk::walker::{Archive, Flow, Walker};
use flate2::read::MultiGzDecoder;

impl Walker<'_> {
    pub fn packed(&mut self, archive: &mut Archive, codec: Codec) -> Flow {
        let bytes = archive.bytes.clone();
        if !self.room(archive) {
            return Flow::Continue(());
        }
        let path = archive.path(stem(&archive.name).as_bytes());
        let packed = Packed { path, size: bytes.len() as u64, said: None };
        match decoder(codec, self.clocked(&bytes[..]), self.dictionary()) {
            Ok(mut reader) => self.unpack(archive, packed, &mut reader),
            Err(error) => {
                self.unreadable(&packed.path, &reason(&error));
                Flow::Continue(())
            }
        }
    }

    pub fn gzip(&mut self, archive: &mut Archive) -> Flow {
        let bytes = archive.bytes.clone();
        let mut reader = MultiGzDecoder::new(self.clocked(&bytes[..]));
        let header = reader.header().and_then(|header| header.filename());
        let name = header.map_or_else(|| stem(&archive.name).into_bytes(), <[u8]>::to_vec);
        if !self.room(archive) {
            return Flow::Continue(());
        }
        let packed = Packed { path: archive.path(&name), size: bytes.len() as u64, said: None };
        self.unpack(archive, packed, &mut reader)
    }
}

/// What a file that was packed as a whole was called before.
fn stem(path: &str) -> String {
    let name = path.rsplit(['/', '!']).next().unwrap_or(path);
    if let Some(stem) =
        [".tgz", ".tbz2", ".tbz", ".txz", ".tzst"].iter().find_map(|end| name.strip_suffix(end))
    {
        return format!("{stem}.tar");
    }
    let ends = [".gz", ".bz2", ".xz", ".lzma", ".zst"];
    ends.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name).to_owned()
}
