//! Zstd: frames (RFC 8878), of which the decoder reads one.

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use std::io::{self, BufRead, BufReader, Error, ErrorKind, Read};

/// Frames of zstd one behind the other; those that are to be skipped are.
pub struct Zstd<R: Read> {
    source: BufReader<R>,
    decoder: FrameDecoder,
    /// Whether a frame was begun and not ended.
    open: bool,
}

impl<R: Read> Zstd<R> {
    /// A reader that keeps at most `room` bytes of what it has unpacked.
    pub fn new(source: R, room: u64) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(room);
        Zstd { source: BufReader::new(source), decoder, open: false }
    }

    /// Begins the next frame; `false` where there is none.
    fn next(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.decoder.reset(&mut self.source) {
                Ok(()) => {
                    self.open = true;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let length = u64::from(length);
                    if io::copy(&mut (&mut self.source).take(length), &mut io::sink())? < length {
                        return Err(ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(error) => return Err(Error::other(error)),
            }
        }
        Ok(false)
    }

    /// Ends a frame, whose checksum has to be right.
    fn end(&mut self) -> io::Result<()> {
        self.open = false;
        let (said, found) = (self.decoder.get_checksum_from_data(), self.decoder.get_calculated_checksum());
        match said.zip(found) {
            Some((said, found)) if said != found => Err(Error::new(ErrorKind::InvalidData, "wrong checksum")),
            _ => Ok(()),
        }
    }
}

impl<R: Read> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if !self.open && !self.next()? {
                return Ok(0);
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                let one = BlockDecodingStrategy::UptoBlocks(1);
                self.decoder.decode_blocks(&mut self.source, one).map_err(Error::other)?;
            }
            let read = self.decoder.read(buffer)?;
            if read > 0 {
                return Ok(read);
            }
            self.end()?;
        }
    }
}
