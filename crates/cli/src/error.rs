//! How a person is told of errors. Only here hints have the names of options and commands.

use cognate_base::{Error, ErrorKind, Hint, advise, escape, is_full, quote, reason};
use cognate_report::shorten_names;
use std::io;
use std::path::Path;

/// The result of a command's parts.
pub type Result<T> = std::result::Result<T, Error>;

/// What was asked for cannot be had.
pub fn question(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Question, message)
}

/// A file that the system refuses to write.
pub fn cannot_write(path: &Path, source: io::Error) -> Error {
    let kind = source.kind();
    let error = Error::system("write", path, source);
    match kind {
        kind if is_full(kind) => {
            error.hint("make room, or raise the limit (`ulimit -f`, quota); what was there before still is")
        }
        io::ErrorKind::NotFound => error.hint("name a file in a folder that is there"),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            error.hint("name a file in a folder that may be written to")
        }
        io::ErrorKind::ResourceBusy => error.hint("try again when it has ended"),
        _ => error,
    }
}

/// Output that does not go where it should.
pub fn output(source: io::Error) -> Error {
    let message = format!("cannot write: {}", reason(&source));
    match source.kind() {
        io::ErrorKind::BrokenPipe => Error::new(ErrorKind::OutputClosed, message),
        kind if is_full(kind) => Error::new(ErrorKind::NoRoom, message)
            .hint("make room where the output goes, or raise the limit (`ulimit -f`, quota)"),
        _ => Error::new(ErrorKind::Io, message),
    }
}

/// JSON that cannot be written.
pub fn json(error: serde_json::Error) -> Error {
    if error.is_io() {
        return output(error.into());
    }
    Error::new(ErrorKind::Io, format!("cannot write JSON: {error}"))
}

/// An error as a person is told of it, with what to do next.
pub fn message(error: &Error) -> String {
    let mut text = format!("error: {}\n", escape(&shown(&error.to_string())));
    if let Some(hint) = error.next_step() {
        text.push_str(&format!("\nhint: {}\n", escape(&words(hint))));
    }
    text
}

/// A message as a person is shown it: names not too long, and what to do about limits.
pub fn shown(message: &str) -> String {
    advise(&shorten_names(message), words)
}

/// What to do, in the words of the command line.
pub fn words(hint: &Hint) -> String {
    let words = match hint {
        Hint::Text(text) => text,
        Hint::ReadAsCode => "use `--raw x86-64` to read it as shellcode",
        Hint::NameFileNotFolder => "name a file; only `index`, `match` and `triage` take directories",
        Hint::StandardInputOnce => {
            "it can be read once: `-` can stand for one file; a file of that name is `./-`"
        }
        Hint::LargerFiles => "raise it with `--max-file-bytes`",
        Hint::MoreWork => "raise --max-instructions",
        Hint::MoreTime => "raise --max-seconds",
        Hint::MoreMemory => "raise --max-memory",
        Hint::MoreTimeForWorker => {
            "give it more time with `--max-seconds`; with less it says what it has read"
        }
        Hint::BoundWorkerMemory => {
            "the other files are not affected; `--max-memory` and `--max-file-bytes` bound its memory"
        }
        Hint::ReadWithoutWorker => "`--no-sandbox` reads files in this process",
        Hint::FewerThreads => "ask for fewer with `--threads`",
        Hint::GivePassword => "see `--password`",
        Hint::ListFunctions => "list the functions with `cognate inspect --functions FILE`",
        Hint::NameFilesOfManifest => "name the files or their folder: `cognate index PATH… --manifest TSV`",
        Hint::MakeStore => "make one with `cognate index`, or name another with `--store`",
        Hint::NameStore => "name a store with `--store`",
        Hint::NameFolderAsStore => "name a folder with `--store`",
        Hint::MountStore => "name a folder with `--store`, or mount what it points to",
        Hint::AllowStore => {
            "check who may read and write there, or name another store with `--store`; to ask a store \
             (`match`) it need not be writable"
        }
        Hint::WaitForWriter => {
            "try again when it has ended, or let `--wait` do so; reading is possible meanwhile"
        }
        Hint::RepairStore => {
            "`cognate corpus verify` tells what is damaged; put the file back from a copy, or save the labels \
             with `cognate corpus export` and index the files again into a new folder"
        }
        Hint::RestoreMarker => {
            "put the file back from a copy; labels can be saved with `cognate corpus export`, \
             and files be indexed again into a new folder with them"
        }
        Hint::UseLaterVersion => {
            "use the cognate that made it, or a later one; its `cognate corpus export` saves the labels \
             in a table that this one reads"
        }
        Hint::IndexAgain { store } => {
            return format!(
                "fingerprints are made again from the files, labels are kept: \
                 `cognate corpus export labels.tsv --store {}`, \
                 then `cognate index --store NEW --manifest labels.tsv PATH…`",
                quote(store)
            );
        }
        Hint::MakeMatchResult => "make one with `cognate match SAMPLE --json > RESULT.json`",
        Hint::SeeCaseSkeleton => {
            "`cognate case new` writes a commented skeleton; `cognate schema case-file` has every key"
        }
        Hint::SeeWholeList => "--json",
        Hint::SeeWholeCase => "`--full`",
        Hint::SeeMorePairs => "--pairs N",
        Hint::InspectFile => "`cognate inspect FILE` tells",
    };
    words.to_owned()
}
