//! `cognate index`.

use crate::args::IndexArgs;
use crate::context::Context;
use crate::error::Result;
use cognate_engine::{IndexEntry, IndexError, IndexRequest, Indexed, Manifest};
use cognate_index::Label;
use cognate_report::{IndexDocument, IndexLine, IndexOutcome};
use std::path::Path;

/// Indexes the paths; found when anything is in the store now.
pub fn run(context: &Context<'_>, args: &IndexArgs) -> Result<bool> {
    let engine = context.engine(&args.reading)?;
    let fallback = Label {
        family: args.family.clone().unwrap_or_default(),
        version: args.family_version.clone(),
        actor: args.actor.clone(),
        kind: args.kind,
        source: args.label_source.clone(),
    };
    let manifest = args.manifest.as_deref().map(|path| manifest(path, &fallback)).transpose()?;
    let label = args.family.is_some().then_some(fallback);
    let request = IndexRequest { paths: args.paths.clone(), manifest, label };
    let mut store = context.writer()?;
    match engine.index(&mut store, &request, &context.progress()) {
        Ok(entries) => {
            let document = document(&context.store_path()?, entries);
            context.show(&document)?;
            Ok(document.found())
        }
        Err(IndexError { entries, error }) => {
            if !entries.is_empty() {
                context.show(&document(&context.store_path()?, entries))?;
                context
                    .say("warning: indexing ended early; what is listed is in the store, the rest is not")?;
            }
            Err(error.into())
        }
    }
}

fn manifest(path: &Path, fallback: &Label) -> Result<Manifest> {
    let text = std::fs::read_to_string(path).map_err(|error| cognate_engine::Error::read(path, error))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    Ok(Manifest::parse(&text, folder, fallback)?)
}

/// The engine's entries as a document.
pub fn document(store: &Path, entries: Vec<IndexEntry>) -> IndexDocument {
    let files = entries.into_iter().map(line).collect();
    IndexDocument { store: store.to_string_lossy().into_owned(), files }
}

fn line(entry: IndexEntry) -> IndexLine {
    let (outcome, reason) = match entry.outcome {
        Indexed::New => (IndexOutcome::New, None),
        Indexed::Known => (IndexOutcome::Known, None),
        Indexed::Skipped(reason) => (IndexOutcome::Skipped, Some(reason)),
    };
    IndexLine {
        name: entry.name,
        id: entry.id,
        outcome,
        reason,
        family: entry.family,
        functions: entry.functions,
        instructions: entry.instructions,
        size: entry.size,
        gaps: entry.gaps,
    }
}
