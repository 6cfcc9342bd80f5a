//! The programs with what was planted into each: read, fingerprinted, and put into a store.

use crate::corpus;
use crate::open_set::on_all_cores;
use anyhow::{Context, Result};
use cognate_engine::Engine;
use cognate_fingerprint::SampleFingerprint;
use cognate_index::{Added, Embedded, Kind, Label, SampleKey, Store};
use std::path::Path;

/// A program, as `planted.py` says.
pub struct Program {
    /// Host and module: what it is labelled as.
    pub family: String,
    /// Whose it is.
    pub actor: String,
    /// The program into which was planted.
    pub host: String,
    /// What was planted.
    pub module: String,
    /// A second module in it, or `-`.
    pub beside: String,
    /// About how many functions the module has; 0 for what is public.
    pub size: usize,
    /// How it was built.
    pub build: String,
    /// Planted, or which decoy.
    pub role: String,
    /// What is compared.
    pub fingerprint: SampleFingerprint,
    /// Its number in the store.
    pub key: SampleKey,
}

impl Program {
    /// Whether a module is in it.
    pub fn holds(&self, module: &str) -> bool {
        self.module == module || self.beside == module
    }

    /// Whether two hold a module in common, or parts of one package.
    pub fn is_kin(&self, other: &Program) -> bool {
        let packages = |program: &Program| {
            [&program.module, &program.beside].map(|module| module.split('-').next().unwrap_or("").to_owned())
        };
        let others = packages(other);
        packages(self).iter().any(|package| !package.is_empty() && others.contains(package))
    }
}

/// Fingerprints what the table lists.
pub fn read(table: &Path, engine: &Engine) -> Result<Vec<Program>> {
    let text =
        std::fs::read_to_string(table).with_context(|| format!("cannot read `{}`", table.display()))?;
    let rows = corpus::table(&text);
    let one = |row: &std::collections::BTreeMap<String, String>| -> Result<Program> {
        let cell = |name: &str| row.get(name).cloned().unwrap_or_default();
        let path = cell("path");
        let bytes = std::fs::read(&path).with_context(|| format!("cannot read `{path}`"))?;
        let fingerprint = engine.sample(&path, &bytes.into())?.fingerprint;
        Ok(Program {
            family: cell("family"),
            actor: cell("actor"),
            host: cell("host"),
            module: cell("module"),
            beside: cell("beside"),
            size: cell("size").parse().context("a size")?,
            build: cell("build"),
            role: cell("role"),
            fingerprint,
            key: SampleKey(0),
        })
    };
    on_all_cores(&rows, one).into_iter().collect()
}

/// A store of all of them; of equal files the first stays.
pub fn filled(folder: &Path, programs: &mut Vec<Program>) -> Result<Embedded> {
    let mut store = Embedded::open(folder)?;
    let mut kept = Vec::new();
    for mut program in programs.drain(..) {
        let label = Label {
            family: program.family.clone(),
            version: Some(program.build.clone()),
            actor: Some(program.actor.clone()),
            kind: Kind::Malware,
            source: "planted".to_owned(),
        };
        if let Added::New(key) = store.add(&program.fingerprint, &program.build, &label)? {
            program.key = key;
            kept.push(program);
        }
    }
    store.commit()?;
    *programs = kept;
    Ok(store)
}
