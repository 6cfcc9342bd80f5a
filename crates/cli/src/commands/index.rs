//! `cognate index`.

use super::corpus::tell_mixed_kinds;
use crate::args::IndexArgs;
use crate::context::{Context, Unread, outcome, read_table};
use crate::error::Result;
use cognate_base::{SampleId, quote};
use cognate_engine::{IndexEntry, IndexError, IndexRequest, Indexed, Manifest};
use cognate_index::{Embedded, Label, Store};
use cognate_report::{IndexDocument, IndexLine, IndexOutcome};
use std::collections::HashSet;
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
            let kept = kept_labels(&store, &entries)?;
            tell_kept_labels(context, &entries, &kept)?;
            tell_parts(context, &store, &entries)?;
            tell_unmet(context, &request, &entries)?;
            tell_mixed_kinds(context, &store, families(&entries))?;
            let unread = Unread { files: unread(&request, &entries), error: None };
            let mut document = document(&context.store_path()?, entries);
            document.files.iter_mut().zip(kept).for_each(|(file, kept)| file.kept = kept);
            context.show(&document)?;
            outcome(unread, document.found())
        }
        Err(IndexError { entries, error }) => {
            if !entries.is_empty() {
                context.show(&document(&context.store_path()?, entries))?;
                context
                    .say("warning: indexing ended early; what is listed is in the store, the rest is not")?;
            }
            Err(error)
        }
    }
}

/// How many of the files that were asked for by name could not be read.
fn unread(request: &IndexRequest, entries: &[IndexEntry]) -> usize {
    let named = request.manifest.iter().flat_map(|manifest| manifest.paths()).chain(&request.paths);
    let named: HashSet<String> = named.map(|path| cognate_engine::file_name(path)).collect();
    // Of an archive that was opened in part there are gaps.
    let is_unread = |entry: &&IndexEntry| {
        entry.id.is_none() && entry.gaps.is_empty() && matches!(entry.outcome, Indexed::Skipped(_))
    };
    entries.iter().filter(is_unread).filter(|entry| named.contains(&entry.name)).count()
}

/// Says how many lines of a manifest had no file.
fn tell_unmet(context: &Context<'_>, request: &IndexRequest, entries: &[IndexEntry]) -> Result<()> {
    let met: HashSet<SampleId> = entries.iter().filter_map(|entry| entry.id).collect();
    match request.manifest.as_ref().map_or(0, |manifest| manifest.unmet(&met)) {
        0 => Ok(()),
        1 => context.say("warning: one SHA-256 of the manifest is that of no file that was looked at"),
        more => context
            .say(&format!("warning: {more} SHA-256 of the manifest are those of no file that was looked at")),
    }
}

/// Files named on stderr that keep another label; the rest is counted.
const MOST_KEPT: usize = 8;

/// The families that were asked for.
fn families(entries: &[IndexEntry]) -> impl Iterator<Item = &str> {
    entries.iter().filter_map(|entry| entry.label.as_ref()).map(|label| label.family.as_str())
}

/// The label of each file that was there already under another than was asked for.
fn kept_labels(store: &Embedded, entries: &[IndexEntry]) -> Result<Vec<Option<Label>>> {
    let held = |entry: &IndexEntry| -> Result<Option<Label>> {
        let (Indexed::Known, Some(id), Some(asked)) = (&entry.outcome, &entry.id, &entry.label) else {
            return Ok(None);
        };
        let held = store.find(id)?.map(|sample| sample.label);
        Ok(held.filter(|held| is_another(held, asked)))
    };
    entries.iter().map(held).collect()
}

/// Whether a label contradicts what was asked for; what was not said contradicts nothing.
fn is_another(held: &Label, asked: &Label) -> bool {
    let differs = |held: &Option<String>, asked: &Option<String>| asked.is_some() && held != asked;
    held.family != asked.family
        || held.kind != asked.kind
        || differs(&held.actor, &asked.actor)
        || differs(&held.version, &asked.version)
}

/// Says which files were there already under another label than was asked for: that label stays.
fn tell_kept_labels(context: &Context<'_>, entries: &[IndexEntry], kept: &[Option<Label>]) -> Result<()> {
    let all = entries.iter().zip(kept);
    let kept: Vec<_> =
        all.filter_map(|(entry, held)| Some((entry, held.as_ref()?, entry.label.as_ref()?))).collect();
    for (IndexEntry { name, id, .. }, held, asked) in kept.iter().take(MOST_KEPT) {
        let version = held.version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
        let actor = held.actor.as_ref().map(|actor| format!(", {actor}")).unwrap_or_default();
        context.say(&format!(
            "warning: `{name}` is in the store as `{}{version}` ({}{actor}), and stays so: `cognate corpus relabel \
             {}{}` changes it",
            held.family,
            held.kind,
            id.map(|id| id.short()).unwrap_or_default(),
            relabelling(asked)
        ))?;
    }
    match kept.len().saturating_sub(MOST_KEPT) {
        0 => Ok(()),
        more => {
            context.say(&format!("warning: and {more} more files that are in the store under another label"))
        }
    }
}

/// The options by which a sample gets a label.
fn relabelling(label: &Label) -> String {
    let option = |name: &str, value: &Option<String>| {
        value.as_ref().map(|value| format!(" --{name} {}", quote(value))).unwrap_or_default()
    };
    let (version, actor) = (option("family-version", &label.version), option("actor", &label.actor));
    format!(" --family {}{version}{actor} --kind {}", quote(&label.family), label.kind)
}

/// Says which files were stored as they were read in part, and are read more fully now: what is stored stays.
fn tell_parts(context: &Context<'_>, store: &Embedded, entries: &[IndexEntry]) -> Result<()> {
    let mut parts = Vec::new();
    for entry in entries.iter().filter(|entry| entry.outcome == Indexed::Known) {
        let Some(id) = &entry.id else { continue };
        let held = store.find(id)?.filter(|held| held.partial && entry.functions > u64::from(held.functions));
        parts.extend(held.map(|held| (&entry.name, id, held.functions)));
    }
    for (name, id, functions) in parts.iter().take(MOST_KEPT) {
        context.say(&format!(
            "warning: `{name}` is in the store as it was read in part, {functions} functions of it: `cognate corpus \
             remove {}`, then index it again",
            id.short()
        ))?;
    }
    match parts.len().saturating_sub(MOST_KEPT) {
        0 => Ok(()),
        more => context.say(&format!("warning: and {more} more files that are in the store in part")),
    }
}

fn manifest(path: &Path, fallback: &Label) -> Result<Manifest> {
    let text = read_table(path)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    Manifest::parse(&text, folder, fallback)
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
        recognised: entry.recognised,
        family: entry.label.map(|label| label.family),
        kept: None,
        functions: entry.functions,
        instructions: entry.instructions,
        size: entry.size,
        gaps: entry.gaps,
    }
}
