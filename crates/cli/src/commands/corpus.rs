//! `cognate corpus`.

use crate::args::CorpusCommand;
use crate::context::Context;
use crate::error::{Error, Result};
use cognate_index::{Absorbed, Embedded, Label, MANIFEST_HEADER, ManifestRow, SampleInfo, Store};
use cognate_report::{ChangeDocument, ListDocument, ShowDocument, StatsDocument, VerifyDocument};
use std::path::Path;

/// Looks after the store; found when there was anything to show or change.
pub fn run(context: &Context<'_>, command: &CorpusCommand) -> Result<bool> {
    match command {
        CorpusCommand::List { family } => list(context, family.as_deref()),
        CorpusCommand::Show { sample } => show(context, sample),
        CorpusCommand::Relabel { samples, .. } => relabel(context, samples, command),
        CorpusCommand::Remove { samples } => remove(context, samples),
        CorpusCommand::Stats => stats(context),
        CorpusCommand::Compact => compact(context),
        CorpusCommand::Verify => verify(context),
        CorpusCommand::Merge { from } => merge(context, from),
        CorpusCommand::Export { to } => export(context, to),
        CorpusCommand::Import { from } => import(context, from),
    }
}

fn list(context: &Context<'_>, family: Option<&str>) -> Result<bool> {
    let mut samples = context.reader()?.samples()?;
    samples.retain(|sample| family.is_none_or(|family| sample.label.family == family));
    let document = ListDocument::new(samples);
    context.show(&document)?;
    Ok(!document.samples.is_empty())
}

fn show(context: &Context<'_>, prefix: &str) -> Result<bool> {
    let store = context.reader()?;
    let sample = find(&store, prefix)?;
    let labels = store.history(&sample.id)?.into_iter().map(|(_, label)| label).collect();
    context.show(&ShowDocument { sample, labels })?;
    Ok(true)
}

fn relabel(context: &Context<'_>, prefixes: &[String], command: &CorpusCommand) -> Result<bool> {
    let CorpusCommand::Relabel { family, family_version, actor, kind, label_source, .. } = command else {
        return Ok(false);
    };
    let mut store = existing(context)?;
    let samples = find_all(&store, prefixes)?;
    for sample in &samples {
        let label = Label {
            family: family.clone(),
            version: family_version.clone(),
            actor: actor.clone(),
            kind: kind.unwrap_or(sample.label.kind),
            source: label_source.clone(),
        };
        store.relabel(&sample.id, &label)?;
    }
    changed(context, "relabelled", samples.len(), Vec::new())
}

fn remove(context: &Context<'_>, prefixes: &[String]) -> Result<bool> {
    let mut store = existing(context)?;
    let samples = find_all(&store, prefixes)?;
    for sample in &samples {
        store.remove(&sample.id)?;
    }
    let note = "its bytes on disk are given back by `cognate corpus compact`".to_owned();
    changed(context, "removed", samples.len(), vec![note])
}

fn stats(context: &Context<'_>) -> Result<bool> {
    let store = context.reader()?;
    let stats = store.stats()?;
    let found = stats.samples > 0;
    context.show(&StatsDocument { store: store.dir().to_string_lossy().into_owned(), stats })?;
    Ok(found)
}

fn compact(context: &Context<'_>) -> Result<bool> {
    let mut store = existing(context)?;
    let before = store.stats()?.disk_bytes;
    store.compact()?;
    let stats = store.stats()?;
    let note = format!("{before} bytes before, {} bytes now", stats.disk_bytes);
    changed(context, "compacted", usize::try_from(stats.samples).unwrap_or(usize::MAX), vec![note])
}

fn verify(context: &Context<'_>) -> Result<bool> {
    let store = context.reader()?;
    let problems = store.verify()?;
    let sound = problems.is_empty();
    context.show(&VerifyDocument { store: store.dir().to_string_lossy().into_owned(), sound, problems })?;
    Ok(sound)
}

fn merge(context: &Context<'_>, from: &Path) -> Result<bool> {
    if !from.is_dir() {
        return Err(
            Error::new(format!("no store at `{}`", from.display())).hint("name the other store's folder")
        );
    }
    let other = Embedded::open_read_only(from)?;
    let mut store = context.writer()?;
    let Absorbed { added, known } = store.absorb(&other)?;
    let note = format!("there already, with their labels as they are: {known}");
    changed(context, "merged", added, vec![note])?;
    Ok(added + known > 0)
}

fn export(context: &Context<'_>, to: &Path) -> Result<bool> {
    let path = context.store_path()?;
    if !path.is_dir() {
        context.reader()?;
    }
    // Also works on a store whose fingerprints this version cannot use: labels must never be lost.
    let rows = Embedded::export_manifest(&path)?;
    let mut text = format!("{MANIFEST_HEADER}\n");
    for row in &rows {
        text.push_str(&row.to_line());
        text.push('\n');
    }
    std::fs::write(to, text).map_err(|error| {
        Error::new(format!("cannot write `{}`: {error}", to.display()))
            .hint("name a file in a folder that is there")
    })?;
    changed(context, "exported", rows.len(), vec![to.display().to_string()])
}

fn import(context: &Context<'_>, from: &Path) -> Result<bool> {
    let mut store = existing(context)?;
    let text = std::fs::read_to_string(from).map_err(|error| {
        Error::new(format!("cannot read `{}`: {error}", from.display()))
            .hint("name a file written by `cognate corpus export`")
    })?;
    let parsed: std::result::Result<Vec<Option<ManifestRow>>, _> =
        text.lines().map(ManifestRow::parse).collect();
    let rows: Vec<ManifestRow> = parsed?.into_iter().flatten().collect();
    let mut passed_over = Vec::new();
    for row in &rows {
        if store.find(&row.id)?.is_none() {
            passed_over.push(format!("{} {}: not in this store", row.id.short(), row.name));
        }
    }
    let samples = store.import_manifest(&rows)? as u64;
    let action = "relabelled".to_owned();
    context.show(&ChangeDocument { action, samples, passed_over, notes: Vec::new() })?;
    Ok(!rows.is_empty())
}

fn changed(context: &Context<'_>, action: &str, samples: usize, notes: Vec<String>) -> Result<bool> {
    let samples = samples as u64;
    context.show(&ChangeDocument { action: action.to_owned(), samples, passed_over: Vec::new(), notes })?;
    Ok(samples > 0)
}

/// The store for writing; unlike for `index`, there must be one.
fn existing(context: &Context<'_>) -> Result<Embedded> {
    context.reader()?;
    context.writer()
}

fn find_all(store: &Embedded, prefixes: &[String]) -> Result<Vec<SampleInfo>> {
    prefixes.iter().map(|prefix| find(store, prefix)).collect()
}

/// The one sample whose SHA-256 starts with these digits.
fn find(store: &Embedded, prefix: &str) -> Result<SampleInfo> {
    let wanted = prefix.to_ascii_lowercase();
    if wanted.is_empty() || !wanted.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(Error::new(format!("`{prefix}` does not start a SHA-256"))
            .hint("`cognate corpus list` shows the samples' hashes"));
    }
    let samples = store.samples()?;
    let mut found = samples.into_iter().filter(|sample| sample.id.to_string().starts_with(&wanted));
    match (found.next(), found.next()) {
        (Some(sample), None) => Ok(sample),
        (None, _) => Err(Error::new(format!("no sample starts with `{prefix}`"))
            .hint("`cognate corpus list` shows the samples' hashes")),
        (Some(_), Some(_)) => {
            Err(Error::new(format!("several samples start with `{prefix}`")).hint("give more digits"))
        }
    }
}
