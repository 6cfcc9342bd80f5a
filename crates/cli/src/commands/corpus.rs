//! `cognate corpus`.

use crate::args::{CorpusCommand, ListArgs, RelabelArgs};
use crate::context::{Context, read_table};
use crate::error::{Result, cannot_write, question};
use crate::whole;
use cognate_base::{Error, SampleId};
use cognate_index::{Absorbed, Embedded, Label, MANIFEST_HEADER, ManifestRow, SampleInfo, Store};
use cognate_report::{ChangeDocument, ListDocument, ShowDocument, StatsDocument, VerifyDocument};
use std::collections::BTreeSet;
use std::path::Path;

/// Looks after the store; found when there was anything to show or change.
pub fn run(context: &Context<'_>, command: &CorpusCommand) -> Result<bool> {
    match command {
        CorpusCommand::List(args) => list(context, args),
        CorpusCommand::Show { sample } => show(context, sample),
        CorpusCommand::Relabel(args) => relabel(context, args),
        CorpusCommand::Remove { samples } => remove(context, samples),
        CorpusCommand::Stats => stats(context),
        CorpusCommand::Compact => compact(context),
        CorpusCommand::Verify => verify(context),
        CorpusCommand::Merge { from } => merge(context, from),
        CorpusCommand::Export { to, force } => export(context, to, *force),
        CorpusCommand::Import { from } => import(context, from),
    }
}

fn list(context: &Context<'_>, args: &ListArgs) -> Result<bool> {
    let mut samples = context.reader()?.samples()?;
    let all = samples.len();
    samples.retain(|sample| is_listed(sample, args));
    let document = ListDocument::new(samples, all);
    if document.samples.is_empty() && all > 0 {
        context.say(&format!("{}: `cognate corpus list` shows which there are", none_listed(args)))?;
    }
    context.show(&document)?;
    Ok(!document.samples.is_empty())
}

fn is_listed(sample: &SampleInfo, args: &ListArgs) -> bool {
    let ListArgs { family, actor, kind, name } = args;
    let holds = |part: &String| sample.name.to_lowercase().contains(&part.to_lowercase());
    family.as_ref().is_none_or(|family| *family == sample.label.family)
        && (actor.is_none() || *actor == sample.label.actor)
        && kind.is_none_or(|kind| kind == sample.label.kind)
        && name.as_ref().is_none_or(holds)
}

/// What there is no sample of.
fn none_listed(args: &ListArgs) -> String {
    let family = args.family.as_ref().map(|family| format!("is of the family `{family}`"));
    let actor = args.actor.as_ref().map(|actor| format!("belongs to the actor `{actor}`"));
    let kind = args.kind.map(|kind| format!("is {kind}"));
    let name = args.name.as_ref().map(|name| format!("has `{name}` in its name"));
    let asked: Vec<String> = [family, actor, kind, name].into_iter().flatten().collect();
    format!("no sample {}", asked.join(" and "))
}

fn show(context: &Context<'_>, prefix: &str) -> Result<bool> {
    let store = context.reader()?;
    let sample = find(&store.samples()?, prefix)?;
    let labels = store.history(&sample.id)?.into_iter().map(|(_, label)| label).collect();
    context.show(&ShowDocument { sample, labels })?;
    Ok(true)
}

fn relabel(context: &Context<'_>, args: &RelabelArgs) -> Result<bool> {
    let mut store = context.writer_of_existing()?;
    let samples = find_all(&store, &args.samples)?;
    let labels: Vec<(SampleId, Label)> =
        samples.into_iter().map(|sample| (sample.id, relabelled(sample.label, args))).collect();
    let number = store.relabel_all(labels.iter().map(|(id, label)| (*id, label)))?;
    tell_mixed_kinds(context, &store, labels.iter().map(|(_, label)| label.family.as_str()))?;
    changed(context, "relabelled", number, Vec::new())
}

/// A label with what is named changed in it.
fn relabelled(label: Label, args: &RelabelArgs) -> Label {
    let changed = |asked: &Option<String>, held: Option<String>| match asked {
        None => held,
        Some(asked) => Some(asked.clone()).filter(|asked| !asked.is_empty()),
    };
    Label {
        family: args.family.clone().unwrap_or(label.family),
        version: changed(&args.family_version, label.version),
        actor: changed(&args.actor, label.actor),
        kind: args.kind.unwrap_or(label.kind),
        source: args.label_source.clone().unwrap_or(label.source),
    }
}

/// Families named on stderr whose samples are of several kinds; the rest is counted.
const MOST_MIXED: usize = 8;

/// Says which of these families are of several kinds now: what is library and what is malware is told by that.
pub fn tell_mixed_kinds<'a>(
    context: &Context<'_>,
    store: &Embedded,
    families: impl Iterator<Item = &'a str>,
) -> Result<()> {
    let families: BTreeSet<&str> = families.collect();
    if families.is_empty() {
        return Ok(());
    }
    let kinds = store.kinds()?;
    let mixed = families.into_iter().filter_map(|family| Some((family, kinds.get(family)?)));
    let mixed: Vec<_> = mixed.filter(|(_, kinds)| kinds.len() > 1).collect();
    for (family, kinds) in mixed.iter().take(MOST_MIXED) {
        let counts = kinds.iter().map(|(kind, count)| format!("{count} as {kind}"));
        let counts: Vec<String> = counts.collect();
        context.say(&format!(
            "warning: the family `{family}` is of several kinds, {}: a family is of one, and \
             `cognate corpus relabel` or a table for `cognate corpus import` makes it so",
            counts.join(", ")
        ))?;
    }
    match mixed.len().saturating_sub(MOST_MIXED) {
        0 => Ok(()),
        more => context.say(&format!("warning: and {more} more families of several kinds")),
    }
}

fn remove(context: &Context<'_>, prefixes: &[String]) -> Result<bool> {
    let mut store = context.writer_of_existing()?;
    let samples = find_all(&store, prefixes)?;
    let ids: Vec<SampleId> = samples.iter().map(|sample| sample.id).collect();
    let removed = store.remove_all(&ids)?;
    let note = "its bytes on disk are given back by `cognate corpus compact`".to_owned();
    changed(context, "removed", removed, vec![note])
}

fn stats(context: &Context<'_>) -> Result<bool> {
    let store = context.reader()?;
    let stats = store.stats()?;
    let found = stats.samples > 0;
    context.show(&StatsDocument { store: store.dir().to_string_lossy().into_owned(), stats })?;
    Ok(found)
}

fn compact(context: &Context<'_>) -> Result<bool> {
    let mut store = context.writer_of_existing()?;
    let before = store.stats()?.disk_bytes;
    context.waiting("compacting", || store.compact())?;
    let stats = store.stats()?;
    let note = format!("{before} bytes before, {} bytes now", stats.disk_bytes);
    changed(context, "compacted", usize::try_from(stats.samples).unwrap_or(usize::MAX), vec![note])
}

fn verify(context: &Context<'_>) -> Result<bool> {
    let path = context.existing_path()?;
    let problems = context.waiting("checking all of the store", || Embedded::verify_at(&path))?;
    let sound = problems.is_empty();
    context.show(&VerifyDocument { store: path.to_string_lossy().into_owned(), sound, problems })?;
    Ok(sound)
}

fn merge(context: &Context<'_>, from: &Path) -> Result<bool> {
    if !from.is_dir() {
        return Err(
            question(format!("no store at `{}`", from.display())).hint("name the other store's folder")
        );
    }
    let other = Embedded::open_read_only(from)?;
    let mut store = context.writer()?;
    let Absorbed { added, known } = context.waiting("merging", || store.absorb(&other))?;
    tell_mixed_kinds(context, &store, other.kinds()?.keys().map(String::as_str))?;
    let note = format!("there already, with their labels as they are: {known}");
    changed(context, "merged", added, vec![note])?;
    Ok(added + known > 0)
}

fn export(context: &Context<'_>, to: &Path, force: bool) -> Result<bool> {
    let store = context.existing_path()?;
    refuse_to_replace(to, &store, force)?;
    // Also works on a store that this version cannot use, or that is damaged: labels must never be lost.
    let exported = Embedded::export_manifest(&store)?;
    let mut text = format!("{MANIFEST_HEADER}\n");
    for row in &exported.rows {
        text.push_str(&row.to_line());
        text.push('\n');
    }
    write_table(to, &text, force)?;
    let mut notes = vec![to.display().to_string()];
    if let Some(doubt) = exported.doubt {
        context.say(&format!("warning: {doubt}"))?;
        notes.push(doubt);
    }
    changed(context, "exported", exported.rows.len(), notes)
}

/// A table never takes the place of a file unasked, and never that of a file of the store.
fn refuse_to_replace(to: &Path, store: &Path, force: bool) -> Result<()> {
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let same =
        |a: &Path, b: &Path| a.canonicalize().ok().zip(b.canonicalize().ok()).is_some_and(|(a, b)| a == b);
    let target = to.canonicalize().ok().and_then(|target| target.parent().map(Path::to_owned));
    if same(folder, store) || target.is_some_and(|folder| same(&folder, store)) {
        return Err(question(format!("`{}` lies in the store itself", to.display()))
            .hint("name a file in another folder"));
    }
    if !force && to.metadata().is_ok_and(|found| found.is_file()) {
        return Err(question(format!("`{}` is there already", to.display()))
            .hint("name another file, or replace it with `--force`"));
    }
    Ok(())
}

/// Writes a table in one step, or into a pipe or a device.
fn write_table(to: &Path, text: &str, force: bool) -> Result<()> {
    let written = match to.metadata() {
        Ok(found) if found.is_dir() => {
            return Err(
                question(format!("cannot write `{}`: it is a directory", to.display())).hint("name a file")
            );
        }
        Ok(found) if !found.is_file() => std::fs::write(to, text),
        _ => whole::write(to, text, force),
    };
    written.map_err(|error| cannot_write(to, error))
}

fn import(context: &Context<'_>, from: &Path) -> Result<bool> {
    let mut store = context.writer_of_existing()?;
    let text = read_table(from)?;
    let rows = ManifestRow::parse_all(&text).map_err(|error| {
        let error = error.context(format_args!("cannot use `{}`", from.display()));
        match error.next_step() {
            Some(_) => error,
            None => error.hint("name a file written by `cognate corpus export`"),
        }
    })?;
    let mut passed_over = Vec::new();
    for row in &rows {
        if store.find(&row.id)?.is_none() {
            passed_over.push(format!("{} {}: not in this store", row.id.short(), row.name));
        }
    }
    let samples = store.import_manifest(&rows)? as u64;
    tell_mixed_kinds(context, &store, rows.iter().map(|row| row.label.family.as_str()))?;
    let action = "relabelled".to_owned();
    context.show(&ChangeDocument { action, samples, passed_over, notes: Vec::new() })?;
    Ok(!rows.is_empty())
}

fn changed(context: &Context<'_>, action: &str, samples: usize, notes: Vec<String>) -> Result<bool> {
    let samples = samples as u64;
    context.show(&ChangeDocument { action: action.to_owned(), samples, passed_over: Vec::new(), notes })?;
    Ok(samples > 0)
}

/// The samples of these prefixes, each once.
fn find_all(store: &Embedded, prefixes: &[String]) -> Result<Vec<SampleInfo>> {
    let all = store.samples()?;
    let mut found: Vec<SampleInfo> =
        prefixes.iter().map(|prefix| find(&all, prefix)).collect::<Result<_>>()?;
    found.sort_unstable_by_key(|sample| sample.key);
    found.dedup_by_key(|sample| sample.key);
    Ok(found)
}

/// The one sample whose SHA-256 starts with these digits, or else that has this MD5, SHA-1 or name.
fn find(samples: &[SampleInfo], asked: &str) -> Result<SampleInfo> {
    let found = named(samples, asked);
    match found.as_slice() {
        [sample] => Ok((*sample).clone()),
        [] => Err(none_named(samples, asked)),
        several => {
            let hashes: Vec<String> =
                several.iter().take(MOST_NAMED).map(|sample| sample.id.short()).collect();
            let message = format!("`{asked}` stands for {} samples", several.len());
            Err(question(message).hint(format!("give one of their hashes: {}", hashes.join(", "))))
        }
    }
}

/// Samples that an error names.
const MOST_NAMED: usize = 8;

fn named<'a>(samples: &'a [SampleInfo], asked: &str) -> Vec<&'a SampleInfo> {
    let of =
        |is_asked: &dyn Fn(&SampleInfo) -> bool| samples.iter().filter(|sample| is_asked(sample)).collect();
    let digits = asked.to_ascii_lowercase();
    let by_hash: Vec<&SampleInfo> =
        if digits.is_empty() { Vec::new() } else { of(&|sample| sample.id.to_string().starts_with(&digits)) };
    if !by_hash.is_empty() {
        return by_hash;
    }
    let is_other = |sample: &SampleInfo| {
        sample.hashes.as_ref().is_some_and(|hashes| hashes.md5 == digits || hashes.sha1 == digits)
    };
    let by_other_hash = of(&is_other);
    if !by_other_hash.is_empty() {
        return by_other_hash;
    }
    // a file's name, and that of a member of an archive, with or without where it lies
    of(&|sample| sample.name == asked || sample.name.rsplit(['/', '\\', '!']).next() == Some(asked))
}

fn none_named(samples: &[SampleInfo], asked: &str) -> Error {
    let other_hash = match asked.len() {
        _ if !asked.bytes().all(|digit| digit.is_ascii_hexdigit()) => None,
        32 => Some("MD5"),
        40 => Some("SHA-1"),
        _ => None,
    };
    let unknown = samples.iter().filter(|sample| sample.hashes.is_none()).count();
    match other_hash {
        Some(hash) if unknown > 0 => {
            let message =
                format!("no sample has the {hash} `{asked}`, as far as it is known: of {unknown} it is not");
            question(message)
                .hint("to index those files again adds their hashes; a SHA-256 or a name will do as well")
        }
        Some(hash) => question(format!("no sample has the {hash} `{asked}`"))
            .hint("`cognate corpus list` shows the samples' hashes and names"),
        None => question(format!("no sample has a SHA-256 that starts with `{asked}`, or that name"))
            .hint("`cognate corpus list` shows the samples' hashes and names"),
    }
}
