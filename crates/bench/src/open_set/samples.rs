//! The files of the open set: read, fingerprinted, and put into a store.

use super::OpenSetOptions;
use super::threads::on_all_cores;
use crate::{corpus, pairs};
use anyhow::{Context, Result};
use cognate_components::identify;
use cognate_engine::Engine;
use cognate_fingerprint::SampleFingerprint;
use cognate_index::{Added, Embedded, Kind, Label, SampleKey, Store};
use std::path::{Path, PathBuf};

/// A file with what is known of it.
pub struct Sample {
    /// Files of one lineage share code of their own.
    pub lineage: String,
    /// Its version.
    pub version: String,
    /// System and machine.
    pub platform: String,
    /// What it is labelled as; only malware is asked about.
    pub kind: Kind,
    /// What is compared.
    pub fingerprint: SampleFingerprint,
    /// Its number in the store.
    pub key: SampleKey,
}

/// Fingerprints what the tables list; with the names of the files of which nothing can be made.
pub fn read(options: &OpenSetOptions, engine: &Engine) -> Result<(Vec<Sample>, Vec<String>)> {
    let mut rows = Vec::new();
    for path in &options.manifests {
        rows.extend(listed(path)?.into_iter().map(|row| (row, Kind::Malware)));
    }
    if let Some(path) = &options.goodware {
        let found = if path.is_dir() { packages(path)? } else { listed(path)? };
        rows.extend(found.into_iter().map(|row| (row, Kind::Goodware)));
    }
    let one = |([path, lineage, version, platform], kind): &([String; 4], Kind)| -> Result<Sample, String> {
        let bytes = std::fs::read(path).map_err(|error| format!("{path}: {error}"))?;
        let sample = engine.sample(path, &bytes.into()).map_err(|error| format!("{path}: {error}"))?;
        let mut fingerprint = sample.fingerprint;
        if fingerprint.functions.is_empty() {
            return Err(format!("{path}: no functions"));
        }
        if options.masked {
            pairs::mask(&mut fingerprint);
            fingerprint.components = identify(&engine.bases(), &fingerprint).components;
        }
        let [lineage, version, platform] = [lineage, version, platform].map(String::clone);
        Ok(Sample { lineage, version, platform, kind: *kind, fingerprint, key: SampleKey(0) })
    };
    let read: Vec<Result<Sample, String>> = on_all_cores(&rows, one);
    let (mut samples, mut unread) = (Vec::new(), Vec::new());
    for one in read {
        one.map_or_else(|error| unread.push(error), |sample| samples.push(sample));
    }
    Ok((samples, unread))
}

/// The rows of a table: path, lineage, version, platform.
fn listed(path: &Path) -> Result<Vec<[String; 4]>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let rows = corpus::table(&text).into_iter().map(|mut row| {
        let lineage = row.remove("lineage").or_else(|| row.remove("component")).unwrap_or_default();
        let [path, version, platform] =
            ["path", "version", "platform"].map(|name| row.remove(name).unwrap_or_default());
        [path, lineage, version, platform]
    });
    Ok(rows.collect())
}

/// The same of a folder whose files bear their package's name.
fn packages(folder: &Path) -> Result<Vec<[String; 4]>> {
    let row = |path: PathBuf| {
        let name = corpus::file_name(&path);
        let package = name.split("__").next().unwrap_or_default().to_owned();
        [path.display().to_string(), package, String::new(), String::new()]
    };
    Ok(corpus::files(folder)?.into_iter().map(row).collect())
}

/// A store of all samples, labelled by lineage; of equal files the first stays.
pub fn filled(folder: &Path, samples: &mut Vec<Sample>) -> Result<Embedded> {
    let mut store = Embedded::open(folder)?;
    let mut kept = Vec::new();
    for mut sample in samples.drain(..) {
        let version = Some(sample.version.clone()).filter(|version| !version.is_empty());
        let label = Label {
            family: sample.lineage.clone(),
            version,
            actor: None,
            kind: sample.kind,
            source: "open-set".to_owned(),
        };
        if let Added::New(key) = store.add(&sample.fingerprint, &sample.lineage, &label)? {
            sample.key = key;
            kept.push(sample);
        }
    }
    store.commit()?;
    *samples = kept;
    Ok(store)
}
