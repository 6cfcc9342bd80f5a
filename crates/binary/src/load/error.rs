//! The errors of loading, each with what to do next.

use super::recognised::Recognised;
use cognate_base::{Error, ErrorKind, Hint};

/// Nothing that looks like a container, nor like code.
pub(super) fn unknown() -> Error {
    Error::new(ErrorKind::UnknownContainer, "no known container at offset 0").hint(Hint::ReadAsCode)
}

/// A container of another instruction set.
pub(super) fn unsupported(what: &str) -> Error {
    Error::new(ErrorKind::UnsupportedArch, format!("{what} is not supported"))
        .hint("cognate reads x86, x86-64 and aarch64")
        .with_recognised("foreign program")
}

/// Something of a `kind` that is counted, said more closely by `what`, that holds no machine code.
pub(super) fn no_code(kind: &str, what: &str) -> Error {
    Error::new(ErrorKind::NoCode, format!("{what}: holds no machine code")).with_recognised(kind)
}

/// What is known, and not read.
pub(super) fn not_read(what: Recognised) -> Error {
    Error::new(ErrorKind::NoCode, format!("{}: {}", what.name, what.why)).with_recognised(what.name)
}
