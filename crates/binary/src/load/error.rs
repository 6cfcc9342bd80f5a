//! The errors of loading, each with what to do next.

use super::recognised::Recognised;
use super::{Error, ErrorKind};

/// Nothing that looks like a container, nor like code.
pub(super) fn unknown() -> Error {
    Error {
        kind: ErrorKind::UnknownContainer,
        message: "no known container at offset 0".to_owned(),
        hint: Some("use `--raw x86-64` to read it as shellcode".to_owned()),
        recognised: None,
    }
}

/// A container of another instruction set.
pub(super) fn unsupported(what: &str) -> Error {
    Error {
        kind: ErrorKind::UnsupportedArch,
        message: format!("{what} is not supported"),
        hint: Some("cognate reads x86, x86-64 and aarch64".to_owned()),
        recognised: Some("foreign program"),
    }
}

/// Something of a `kind` that is counted, said more closely by `what`, that holds no machine code.
pub(super) fn no_code(kind: &'static str, what: &str) -> Error {
    let message = format!("{what}: holds no machine code");
    Error { kind: ErrorKind::NoCode, message, hint: None, recognised: Some(kind) }
}

/// Too few or too many bytes.
pub(super) fn size(what: &str) -> Error {
    Error { kind: ErrorKind::Size, message: what.to_owned(), hint: None, recognised: None }
}

/// What is known, and not read.
pub(super) fn not_read(what: Recognised) -> Error {
    Error {
        kind: ErrorKind::NoCode,
        message: format!("{}: {}", what.name, what.why),
        hint: None,
        recognised: Some(what.name),
    }
}
