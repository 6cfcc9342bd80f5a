//! `cognate base`.

use crate::args::{BaseAddArgs, BaseCommand, Reading};
use crate::context::{Context, read_table};
use crate::error::{Result, cannot_write, question};
use crate::whole;
use cognate_base::quote;
use cognate_components::{Base, Source};
use cognate_documents::ComponentKind;
use cognate_engine::{BuiltBase, KnownFile, known_files};
use cognate_report::{BaseContents, BaseDocument, KnownComponent};
use std::path::{Path, PathBuf};

/// Looks after the bases of known components; found when there was anything to show or make.
pub fn run(context: &Context<'_>, command: &BaseCommand) -> Result<bool> {
    match command {
        BaseCommand::Show { name } => show(context, name.as_deref()),
        BaseCommand::Build { manifest, out, force } => {
            let files = known_files(manifest, &read_table(manifest)?)?;
            let base = build(context, &files, &Reading::default())?;
            whole::write(out, base.bytes(), *force).map_err(|error| cannot_write(out, error))?;
            tell(context, &base, out)
        }
        BaseCommand::Add(args) => add(context, args),
        BaseCommand::Remove { names } => remove(context, names),
        BaseCommand::Export { to, force } => {
            let base = cognate_components::shipped();
            whole::write(to, base.bytes(), *force).map_err(|error| cannot_write(to, error))?;
            tell(context, base, to)
        }
    }
}

fn add(context: &Context<'_>, args: &BaseAddArgs) -> Result<bool> {
    let files = match &args.manifest {
        Some(table) => known_files(table, &read_table(table)?)?,
        None => {
            let source = Source {
                component: args.component.clone().unwrap_or_default(),
                version: args.component_version.clone().unwrap_or_default(),
                kind: args.kind,
                toolchain: "added".to_owned(),
                ..Source::default()
            };
            let known = |path: &PathBuf| KnownFile { path: path.clone(), source: source.clone() };
            args.files.iter().map(known).collect()
        }
    };
    // What of a component others have, too, only goodware tells: without, its bytes alone are its own.
    let is_counted = files.iter().any(|file| file.source.kind == ComponentKind::Program);
    let told = |file: KnownFile| KnownFile {
        source: Source { bytes_alone: file.source.bytes_alone || !is_counted, ..file.source },
        ..file
    };
    let files: Vec<KnownFile> = files.into_iter().map(told).collect();
    if !is_counted {
        context.say(
            "only equal bytes will tell it: goodware in a `--manifest` lets other builds of it be known",
        )?;
    }
    let added = context.bases()?;
    let mut asked = files.iter().map(|file| file.source.component.as_str());
    if let Some(twice) = asked.find(|name| added.iter().any(|(_, base)| knows(base, name))) {
        // its versions could not be told from each other
        let message = format!("`{twice}` is known to this store already");
        return Err(question(message).hint(
            "take it away with `cognate base remove`, and add all files and versions of it at once: `--manifest TABLE`",
        ));
    }
    let base = build(context, &files, &args.reading)?;
    let path = context.add_base(&base)?;
    tell(context, &base, &path)
}

fn remove(context: &Context<'_>, names: &[String]) -> Result<bool> {
    let _store = context.writer_of_existing()?;
    let bases = context.bases()?;
    for name in names {
        if !bases.iter().any(|(_, base)| knows(base, name)) {
            let message = format!("no component `{name}` was added to this store");
            return Err(question(message).hint("`cognate base show` lists what is known, and in which base"));
        }
    }
    let gone = bases.into_iter().filter(|(_, base)| names.iter().any(|name| knows(base, name)));
    let gone: Vec<(PathBuf, Base)> = gone.collect();
    // What was added at once lies in one file, and goes only when all of it is meant.
    let is_named = |component: &str| names.iter().any(|name| component.eq_ignore_ascii_case(name));
    for (_, base) in &gone {
        let others = base.components().iter().map(|it| it.name.as_str()).filter(|name| !is_named(name));
        let others: Vec<String> = others.map(quote).collect();
        if !others.is_empty() {
            let message = format!("what is to go was added at once with {}", others.join(", "));
            return Err(question(message).hint("name these too, and add again what is to stay"));
        }
    }
    for (path, _) in &gone {
        std::fs::remove_file(path).map_err(|error| cannot_write(path, error))?;
    }
    let told = gone.iter().map(|(path, base)| contents(&format!("removed: {}", path.display()), base));
    context.show(&BaseDocument { bases: told.collect() })?;
    Ok(true)
}

fn knows(base: &Base, name: &str) -> bool {
    base.components().iter().any(|component| component.name.eq_ignore_ascii_case(name))
}

fn show(context: &Context<'_>, name: Option<&str>) -> Result<bool> {
    let mut bases = vec![contents("program", cognate_components::shipped())];
    bases.extend(context.bases()?.iter().map(|(path, base)| contents(&path.display().to_string(), base)));
    for base in &mut bases {
        base.components.retain(|component| name.is_none_or(|name| component.name.eq_ignore_ascii_case(name)));
    }
    let document = BaseDocument { bases };
    context.show(&document)?;
    Ok(document.count() > 0)
}

fn contents(place: &str, base: &Base) -> BaseContents {
    let (exact, features) = base.keys();
    let (projects, functions) = base.population();
    let components = base.components().iter().map(|it| KnownComponent {
        name: it.name.clone(),
        kind: it.kind,
        versions: it.versions.clone(),
        functions: u64::from(it.functions),
        builds: u64::from(it.builds),
    });
    BaseContents {
        place: place.to_owned(),
        bytes: base.size() as u64,
        exact_hashes: exact as u64,
        features: features as u64,
        projects: u64::from(projects),
        project_functions: functions,
        components: components.collect(),
    }
}

/// Makes a base of files; what cannot be read, or in part, is told, and it fails only when nothing can.
fn build(context: &Context<'_>, files: &[KnownFile], reading: &Reading) -> Result<Base> {
    let engine = context.engine(reading)?;
    let BuiltBase { bytes, warnings } = engine.build_base(files, &context.progress())?;
    for (path, warning) in &warnings {
        context.say(&format!("warning: {}: {warning}", quote(&path.display().to_string())))?;
    }
    let base = Base::open(bytes)?;
    if base.components().iter().all(|component| component.functions == 0) {
        return Err(question("no function that says enough in any of the files")
            .hint("give files that hold the component's code: static libraries, objects, programs"));
    }
    Ok(base)
}

fn tell(context: &Context<'_>, base: &Base, path: &Path) -> Result<bool> {
    context.show(&BaseDocument { bases: vec![contents(&path.display().to_string(), base)] })?;
    Ok(true)
}
