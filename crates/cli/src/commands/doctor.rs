//! `cognate doctor`.

use crate::args::Reading;
use crate::context::Context;
use crate::error::{Result, shown, words};
use cognate_base::{Error, SampleId};
use cognate_components::shipped;
use cognate_engine::Engine;
use cognate_index::{Embedded, Kind, STORE_FORMAT, SampleInfo, Store};
use cognate_report::{Bases, DoctorDocument, Parsers, Program, StoreState};
use std::collections::BTreeSet;
use std::path::Path;

/// Tells what is there and what is in force; found when nothing is missing. That there is no store yet is no fault.
pub fn run(context: &Context<'_>) -> Result<bool> {
    let engine = context.engine_without_additions(&Reading::default(), false)?;
    let mut missing = Vec::new();
    let parsers = parsers(&engine, &mut missing);
    let components = components(context, &mut missing);
    let store = store(&context.store_path()?, &mut missing);
    let advice = advice(&store).map(str::to_owned).into_iter().collect();
    let program = Program {
        system: std::env::consts::OS.to_owned(),
        machine: std::env::consts::ARCH.to_owned(),
        threads: engine.threads() as u64,
    };
    let document = DoctorDocument { program, parsers, components, store, missing, advice };
    context.show(&document)?;
    Ok(document.missing.is_empty())
}

fn parsers(engine: &Engine, missing: &mut Vec<String>) -> Parsers {
    let confinement = match engine.confinement() {
        Ok(Some(confinement)) => confinement,
        Ok(None) => {
            missing.push(
                "nothing keeps parsers in: a hostile file that takes one over can do what you can".to_owned(),
            );
            return Parsers::default();
        }
        Err(error) => {
            missing.push(told("no process can be started to read files in", &error));
            return Parsers { own_process: true, ..Parsers::default() };
        }
    };
    if !confinement.is_whole() {
        let what =
            "parts of what keeps parsers in are missing: a hostile file that takes one over can do more";
        missing.push(what.to_owned());
    }
    Parsers {
        own_process: true,
        whole: confinement.is_whole(),
        memory: confinement.memory,
        cpu_seconds: confinement.cpu_seconds,
        no_new_files: confinement.no_new_files,
        landlock: confinement.landlock,
        seccomp: confinement.seccomp,
    }
}

fn components(context: &Context<'_>, missing: &mut Vec<String>) -> Bases {
    let base = shipped();
    if base.components().is_empty() {
        missing.push("the base of known components is damaged: build the program again".to_owned());
    }
    let added = context.bases().unwrap_or_else(|error| {
        missing.push(told("components that were added cannot be read, and nothing is answered", &error));
        Vec::new()
    });
    Bases {
        base: SampleId::of(base.bytes()).short(),
        components: base.components().len() as u64,
        added: added.iter().map(|(_, base)| base.components().len() as u64).sum(),
    }
}

fn store(path: &Path, missing: &mut Vec<String>) -> StoreState {
    let name = path.to_string_lossy().into_owned();
    let state = StoreState {
        path: name,
        exists: path.exists(),
        format_version: STORE_FORMAT,
        ..StoreState::default()
    };
    if !state.exists {
        return state;
    }
    let opened = Embedded::open_read_only(path);
    match opened.and_then(|store| Ok((store.samples()?, store.stats()?))) {
        Ok((samples, stats)) => StoreState {
            samples: Some(stats.samples),
            families: families(&samples, Kind::Malware),
            goodware: families(&samples, Kind::Goodware),
            libraries: families(&samples, Kind::Library),
            disk_bytes: stats.disk_bytes,
            ..state
        },
        Err(error) => {
            missing.push(told("the store cannot be read", &error));
            StoreState { error: Some(error.to_string()), ..state }
        }
    }
}

/// How many families of a kind these samples are of.
fn families(samples: &[SampleInfo], kind: Kind) -> u64 {
    let of_kind = samples.iter().filter(|sample| sample.label.kind == kind);
    of_kind.map(|sample| &sample.label.family).collect::<BTreeSet<_>>().len() as u64
}

/// What to do before answers mean much.
fn advice(store: &StoreState) -> Option<&'static str> {
    match store {
        StoreState { error: Some(_), .. } => None,
        StoreState { exists: false, .. } => Some("make a store: `cognate index PATH --family NAME`"),
        StoreState { families: 0, .. } => Some("index families: only what is stored can be named"),
        StoreState { goodware: 0, .. } => {
            Some("index unrelated programs with `--kind goodware`: nothing yet tells what is common")
        }
        _ => None,
    }
}

fn told(what: &str, error: &Error) -> String {
    let hint = error.next_step().map(|hint| format!(" ({})", words(hint))).unwrap_or_default();
    format!("{what}: {}{hint}", shown(&error.to_string()))
}
