//! `cognate base`.

use crate::args::{BaseCommand, Reading};
use crate::context::{Context, read_table};
use crate::error::{Result, cannot_write, question};
use crate::whole;
use cognate_base::quote;
use cognate_components::{Base, Source};
use cognate_engine::{BuiltBase, KnownFile, known_files};
use cognate_report::{BaseContents, BaseDocument, KnownComponent};
use std::path::Path;

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
        BaseCommand::Add { files, component, component_version, kind, reading } => {
            let source = Source {
                component: component.clone(),
                version: component_version.clone().unwrap_or_default(),
                kind: *kind,
                toolchain: "added".to_owned(),
                named: false,
                bytes_alone: false,
                several_alone: false,
            };
            let known = |path: &std::path::PathBuf| KnownFile { path: path.clone(), source: source.clone() };
            let base = build(context, &files.iter().map(known).collect::<Vec<_>>(), reading)?;
            let path = context.add_base(&base)?;
            tell(context, &base, &path)
        }
        BaseCommand::Export { to, force } => {
            let base = cognate_components::shipped();
            whole::write(to, base.bytes(), *force).map_err(|error| cannot_write(to, error))?;
            tell(context, base, to)
        }
    }
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
