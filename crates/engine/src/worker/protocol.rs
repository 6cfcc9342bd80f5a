//! What parent and worker say to each other.
//!
//! A message is its length (four bytes, little endian) and a value in the
//! `postcard` encoding. Bytes of files follow their message as they are. Lists
//! of any length are sent item by item, so that no message is large and the
//! receiver can stop when it has had enough.

use super::Confinement;
use crate::{EngineOptions, Error};
use cognate_base::{Exhausted, Gap};
use cognate_binary::{Arch, Format, FunctionOutline, Line, Segment, Trait};
use cognate_fingerprint::{Component, Expression, FunctionFingerprint};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};

/// The longest message, in bytes: one function, one gap, one library with the functions that use it.
pub(super) const MAX_MESSAGE: u32 = 64 << 20;
/// Bytes for which room is made before they have come.
const READ_AHEAD: u64 = 1 << 20;

/// The first message to a worker, before it confines itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Hello {
    /// How samples are read.
    pub options: EngineOptions,
    /// On how many threads.
    pub threads: usize,
}

/// What a worker is asked to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Job {
    /// Open an archive, of which `size` bytes follow, with a password where there is one: `Opening`s, `Member`s and
    /// `Gap`s, then `End`.
    Walk { name: String, size: u64, password: Option<String>, before: Before },
    /// Fingerprint a sample, of which `size` bytes follow: `Function`s, `Component`s, `Gap`s, then `Sample`.
    Sample { name: String, id: [u8; 32], size: u64 },
    /// The same, with `Image`, `Trait`s, `Segment`s and `Outline`s before `Sample`. The sample stays at hand.
    Examine { name: String, id: [u8; 32], size: u64 },
    /// List the function at an address of the sample at hand: `Line`s, then `Listing`.
    Listing { address: u64 },
    /// What the functions at these addresses of the sample at hand compute: of each `Expression`s, then
    /// `End`, or `LeftOut`.
    Expressions { addresses: Vec<u64> },
}

/// What came of an archive before, in another worker.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Before {
    /// Members that were visited, by number, ascending.
    pub visited: Vec<u32>,
    /// Members that cost a worker, ascending.
    pub fatal: Vec<u32>,
    /// Bytes of those that were visited.
    pub unpacked: u64,
}

/// What a worker says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    /// It has confined itself; the first message of all.
    Ready(Confinement),
    /// What it is about to open, by its number in the archive.
    Opening(u32),
    /// A member of an archive, whose bytes follow: the one that was opened last; with the SHA-256 of what it is a
    /// slice of.
    Member { name: String, size: u64, whole: Option<[u8; 32]> },
    /// Something that could not be read.
    Gap(Gap),
    /// The next function.
    Function(Box<FunctionFingerprint>),
    /// The next library.
    Component(Component),
    /// Where the image lies.
    Image { base: u64, entry: Option<u64> },
    /// The next statement that the file makes about itself.
    Trait(Trait),
    /// The next range of memory.
    Segment(Segment),
    /// The next function in numbers.
    Outline(FunctionOutline),
    /// The end of a sample.
    Sample { format: Format, arch: Arch, partial: bool, instructions: u64, exhausted: Option<Exhausted> },
    /// The next instruction.
    Line(Line),
    /// The end of a listing.
    Listing { address: u64, name: Option<String>, ways: Vec<(u64, u64)>, truncated: bool },
    /// The next expression.
    Expression(Expression),
    /// The job cannot be done; the worker is sound.
    Failed(Error),
    /// The end of what has no end of its own.
    End,
    /// There was no time left for it.
    LeftOut,
}

/// Sends a message; `scratch` is memory to use again.
pub(super) fn send<T: Serialize>(to: &mut impl Write, value: &T, scratch: &mut Vec<u8>) -> io::Result<()> {
    scratch.clear();
    postcard::to_io(value, &mut *scratch).map_err(|error| invalid(&error.to_string()))?;
    let length = u32::try_from(scratch.len()).ok().filter(|length| *length <= MAX_MESSAGE);
    let length = length.ok_or_else(|| invalid("a message is too long"))?;
    to.write_all(&length.to_le_bytes())?;
    to.write_all(scratch)
}

/// Receives a message and its length; `None` at the end of the stream.
pub(super) fn receive<T: DeserializeOwned>(
    from: &mut impl Read,
    scratch: &mut Vec<u8>,
) -> io::Result<Option<(T, u32)>> {
    let mut length = [0; 4];
    if from.read(&mut length[..1])? == 0 {
        return Ok(None);
    }
    from.read_exact(&mut length[1..])?;
    let length = u32::from_le_bytes(length);
    if length > MAX_MESSAGE {
        return Err(invalid("a message is too long"));
    }
    fill(from, u64::from(length), scratch)?;
    let (value, rest) = postcard::take_from_bytes(scratch).map_err(|error| invalid(&error.to_string()))?;
    if !rest.is_empty() {
        return Err(invalid("a message is longer than its content"));
    }
    Ok(Some((value, length)))
}

/// Receives exactly `size` bytes; room is made as they come.
pub(super) fn fill(from: &mut impl Read, size: u64, into: &mut Vec<u8>) -> io::Result<()> {
    into.clear();
    into.reserve_exact(usize::try_from(size.min(READ_AHEAD)).unwrap_or(0));
    let read = from.take(size).read_to_end(into)?;
    if read as u64 == size { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

fn invalid(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], expected: &str) {
        let found = match receive::<Answer>(&mut &*bytes, &mut Vec::new()) {
            Ok(answer) => format!("{answer:?}"),
            Err(error) => error.to_string(),
        };
        assert!(found.contains(expected), "{found} instead of {expected}");
    }

    #[test]
    fn a_message_comes_back_as_it_was_sent() {
        let mut bytes = Vec::new();
        let member = Answer::Member { name: "a!b".to_owned(), size: 7, whole: None };
        send(&mut bytes, &member, &mut Vec::new()).unwrap();
        check(&bytes, "Member { name: \"a!b\", size: 7, whole: None }");
    }

    #[test]
    fn nothing_at_all_is_the_end() {
        check(&[], "None");
    }

    #[test]
    fn a_length_beyond_the_bound_is_refused_before_anything_is_read() {
        check(&[0xff, 0xff, 0xff, 0xff, 0], "too long");
    }

    #[test]
    fn a_message_that_breaks_off_is_refused() {
        check(&[9, 0, 0, 0, 1], "unexpected end");
    }

    #[test]
    fn a_message_of_no_known_kind_is_refused() {
        check(&[1, 0, 0, 0, 99], "");
        assert!(receive::<Answer>(&mut &[1u8, 0, 0, 0, 99][..], &mut Vec::new()).is_err());
    }

    #[test]
    fn bytes_behind_the_content_are_refused() {
        let mut bytes = Vec::new();
        send(&mut bytes, &Answer::End, &mut Vec::new()).unwrap();
        bytes[0] += 1;
        bytes.push(0);
        check(&bytes, "longer than its content");
    }
}
