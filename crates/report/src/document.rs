//! The envelope around every JSON document.

use crate::Style;
use schemars::JsonSchema;
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

/// Puts a document into its envelope: `document`, `schema`, `tool` and `fingerprint_version`, then its own fields.
pub fn json<D: Document>(document: &D) -> Result<Value, serde_json::Error> {
    serde_json::to_value(Envelope::around(document))
}

/// Writes what [`json`] gives, indented, to where it belongs, as it goes: beside the document nothing is kept.
///
/// Fields come in the order of the document's type, so the same content gives the same bytes.
pub fn write_json<D: Document>(to: impl io::Write, document: &D) -> Result<(), serde_json::Error> {
    serde_json::to_writer_pretty(to, &Envelope::around(document))
}

// No doc comment: the schema is described by that of the document.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Envelope<'a, D> {
    /// Which document this is.
    document: &'static str,
    /// The version of this schema; a change that can break a reader raises it.
    schema: u32,
    /// The program that wrote it, with its version.
    tool: &'static str,
    /// The version of all fingerprints behind it.
    fingerprint_version: u32,
    #[serde(flatten)]
    body: &'a D,
}

impl<'a, D: Document> Envelope<'a, D> {
    fn around(body: &'a D) -> Self {
        Envelope {
            document: D::NAME,
            schema: D::SCHEMA,
            tool: concat!("cognate ", env!("CARGO_PKG_VERSION")),
            fingerprint_version: cognate_fingerprint::VERSION,
            body,
        }
    }
}
