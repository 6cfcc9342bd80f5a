//! What of a sample is told to be a known component's, against what its builder says.

use crate::corpus::{self, Controlled, RUNTIME, controlled, true_functions};
use anyhow::{Context, Result};
use clap::Args;
use cognate_components::{Base, Identified, identify, resemblances};
use cognate_documents::ComponentKind;
use cognate_fingerprint::SampleFingerprint;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// What to measure.
#[derive(Args)]
pub struct ComponentsOptions {
    /// A corpus in the layout of the controlled one.
    corpus: PathBuf,
    /// What its components are called in the base: component of the truth without its version, name in the base.
    #[arg(long)]
    names: PathBuf,
    /// The base; the one of the program without it.
    #[arg(long)]
    base: Option<PathBuf>,
    /// Print what each function resembles, with the truth: what `evidence` is fitted on.
    #[arg(long)]
    dump: bool,
}

/// Measures.
pub fn run(options: &ComponentsOptions) -> Result<()> {
    let path = options.base.as_ref().context("no base")?;
    let base = Base::open(std::fs::read(path)?)?;
    let names: BTreeMap<String, String> = corpus::table(&std::fs::read_to_string(&options.names)?)
        .into_iter()
        .filter_map(|row| Some((row.get("truth")?.clone(), row.get("base")?.clone())))
        .collect();
    let mut total = Counts::default();
    for binary in controlled(&options.corpus)? {
        let sample = binary.fingerprint()?;
        if options.dump {
            dump(&base, &binary, &sample)?;
            continue;
        }
        let counts = judge(&base, &binary, &sample, &names)?;
        total.add(&counts);
    }
    println!("{total:#?}");
    Ok(())
}

#[derive(Debug, Default)]
struct Counts {
    libraries: u32,
    named: u32,
    missed: u32,
    strangers: u32,
    functions: u32,
    set_apart: u32,
    own: u32,
    own_lost: u32,
}

impl Counts {
    fn add(&mut self, other: &Counts) {
        self.libraries += other.libraries;
        self.named += other.named;
        self.missed += other.missed;
        self.strangers += other.strangers;
        self.functions += other.functions;
        self.set_apart += other.set_apart;
        self.own += other.own;
        self.own_lost += other.own_lost;
    }
}

fn judge(
    base: &Base,
    binary: &Controlled,
    sample: &SampleFingerprint,
    names: &BTreeMap<String, String>,
) -> Result<Counts> {
    let identified: Identified = identify(&[base], sample);
    let known: BTreeSet<&str> = base.components().iter().map(|it| it.name.as_str()).collect();
    let mut truth: BTreeMap<u64, Option<String>> = BTreeMap::new();
    for function in true_functions(&binary.functions)? {
        let stem = function.component.rsplit_once('-').map_or(function.component.as_str(), |(stem, _)| stem);
        let name =
            if function.component == RUNTIME { Some(RUNTIME.to_owned()) } else { names.get(stem).cloned() };
        truth.insert(function.address, name.filter(|name| name == RUNTIME || known.contains(name.as_str())));
    }
    let mut counts = Counts::default();
    let carried: BTreeSet<&String> = truth.values().flatten().filter(|name| *name != RUNTIME).collect();
    let told: BTreeSet<&String> = identified
        .components
        .iter()
        .filter(|it| it.kind == ComponentKind::Library)
        .map(|it| &it.name)
        .collect();
    counts.libraries = carried.len() as u32;
    counts.named = carried.intersection(&told).count() as u32;
    counts.missed = carried.difference(&told).count() as u32;
    counts.strangers = told.difference(&carried).count() as u32;
    for (function, attribution) in sample.functions.iter().zip(&identified.functions) {
        let Some(truth) = truth.get(&function.address) else { continue };
        let told = attribution.as_ref().map(|it| &identified.components[it.component]);
        match truth {
            Some(name) if name == RUNTIME => {}
            Some(name) => {
                counts.functions += 1;
                counts.set_apart += u32::from(told.is_some_and(|told| told.name == *name));
            }
            None => {
                counts.own += 1;
                counts.own_lost += u32::from(told.is_some_and(|told| told.kind == ComponentKind::Library));
            }
        }
    }
    println!(
        "{} | functions {} of {} | own lost {} of {} | missed {:?} | strangers {:?} | {}",
        binary.id,
        counts.set_apart,
        counts.functions,
        counts.own_lost,
        counts.own,
        carried.difference(&told).collect::<Vec<_>>(),
        told.difference(&carried).collect::<Vec<_>>(),
        identified
            .components
            .iter()
            .map(|it| format!("{} ({})", it.title(), it.known_by))
            .collect::<Vec<_>>()
            .join("; ")
    );
    Ok(counts)
}

fn dump(base: &Base, binary: &Controlled, sample: &SampleFingerprint) -> Result<()> {
    let truth: BTreeMap<u64, corpus::TrueFunction> =
        true_functions(&binary.functions)?.into_iter().map(|function| (function.address, function)).collect();
    for (at, function) in sample.functions.iter().enumerate() {
        let Some(known) = truth.get(&function.address) else { continue };
        let print = &function.fingerprint;
        println!(
            "F\t{}\t{at}\t{}\t{}\t{}\t{}\t{}",
            binary.id,
            known.component,
            known.base,
            print.information,
            print.flow.bits,
            u8::from(print.is_telling())
        );
        for it in resemblances(base, print) {
            let name = base.function(it.function).and_then(|function| function.name).unwrap_or_default();
            println!(
                "R\t{}\t{name}\t{}\t{}\t{:x}",
                base.components()[usize::from(it.component)].name,
                u8::from(it.exact),
                it.features,
                it.versions
            );
        }
    }
    Ok(())
}
