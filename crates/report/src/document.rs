//! The envelope around every JSON document.

use crate::Style;
use crate::sorted::Envelope;
use serde::Serialize;
use serde_json::Value;
use std::io;

/// Something a surface shows.
pub trait Document: Serialize {
    /// The kind of document, as in `cognate schema NAME`.
    const NAME: &'static str;
    /// The version of its JSON; a change that can break a reader raises it.
    const SCHEMA: u32 = 1;

    /// Renders it for a terminal.
    fn text(&self, style: &Style) -> String;
}

/// Puts a document into its envelope: `document`, `schema` and `tool`, then its own fields.
///
/// Numbers that only mean something within one store are left out, so the
/// same content gives the same bytes however it was indexed.
pub fn json<D: Document>(document: &D) -> Result<Value, serde_json::Error> {
    serde_json::to_value(Envelope { own: &own::<D>(), body: document })
}

/// Writes what [`json`] gives, indented, to where it belongs, as it goes: beside the document nothing is kept.
pub fn write_json<D: Document>(to: impl io::Write, document: &D) -> Result<(), serde_json::Error> {
    serde_json::to_writer_pretty(to, &Envelope { own: &own::<D>(), body: document })
}

fn own<D: Document>() -> [(&'static str, Value); 4] {
    [
        ("document", D::NAME.into()),
        ("schema", D::SCHEMA.into()),
        ("tool", concat!("cognate ", env!("CARGO_PKG_VERSION")).into()),
        ("fingerprint_version", cognate_fingerprint::VERSION.into()),
    ]
}
