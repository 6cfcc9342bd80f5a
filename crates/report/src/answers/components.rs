//! `components`: what of a file is not its own. `base show`: what is known of components at all.

use super::inspected::gaps_text;
use crate::text::{Align, Table, bytes, count, name, percent, plural, wrap};
use crate::{Document, Style};
use cognate_base::{Gap, SampleId, escape};
use cognate_documents::{Arch, Component, ComponentKind, Failure, Format, Share};
use cognate_fingerprint::SampleFingerprint;
use schemars::JsonSchema;
use serde::Serialize;

/// What `components` shows.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ComponentsDocument {
    /// The samples, in the order given.
    pub samples: Vec<Composition>,
    /// What could not be loaded.
    pub failed: Vec<Failure>,
}

/// Of what one sample is made.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Composition {
    /// The name it was given, not escaped.
    pub name: String,
    /// SHA-256.
    pub id: SampleId,
    /// Container.
    pub format: Format,
    /// Instruction set.
    pub arch: Arch,
    /// Functions recovered.
    pub functions: u64,
    /// Bytes of code in them.
    pub code_bytes: u64,
    /// What it carries of others, most code first; then what the file names as its own.
    pub components: Vec<CarriedComponent>,
    /// What is nobody's that is known: the program's own code, or code of components that are not known.
    pub unknown: Share,
    /// It was read in part: functions may be missing.
    pub partial: bool,
    /// What could not be read or followed.
    pub gaps: Vec<Gap>,
}

/// A component with where it lies.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CarriedComponent {
    /// Which it is, its functions and how they are known.
    pub component: Component,
    /// Its code.
    pub code: Share,
    /// The stretches of functions in which it lies, by address.
    pub ranges: Vec<AddressRange>,
}

/// A stretch of functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AddressRange {
    /// The first address.
    pub start: u64,
    /// The address behind the last function.
    pub end: u64,
    /// Its functions.
    pub functions: u64,
}

impl Composition {
    /// Sums up what is known of a sample, with what could not be read of it.
    pub fn new(given_name: &str, sample: &SampleFingerprint, gaps: &[Gap]) -> Self {
        let all_bytes = sample.functions.iter().map(|function| u64::from(function.bytes)).sum();
        let all = (sample.functions.len() as u64, all_bytes);
        let share = |functions: &mut dyn Iterator<Item = u32>| {
            let (mut number, mut bytes) = (0u64, 0u64);
            for function in functions.filter_map(|at| sample.functions.get(at as usize)) {
                number += 1;
                bytes += u64::from(function.bytes);
            }
            Share::of((number, bytes), all)
        };
        let mut known = vec![false; sample.functions.len()];
        let mut components: Vec<CarriedComponent> = Vec::new();
        for component in &sample.components {
            for &at in &component.functions {
                if let Some(known) = known.get_mut(at as usize) {
                    *known = true;
                }
            }
            components.push(CarriedComponent {
                code: share(&mut component.functions.iter().copied()),
                ranges: ranges(sample, &component.functions),
                component: component.clone(),
            });
        }
        components.sort_by(|a, b| {
            let own = |it: &CarriedComponent| !it.component.is_public();
            own(a)
                .cmp(&own(b))
                .then(b.code.bytes.cmp(&a.code.bytes))
                .then(a.component.name.cmp(&b.component.name))
        });
        let unknown = share(&mut (0u32..).zip(&known).filter(|(_, known)| !**known).map(|(at, _)| at));
        Composition {
            name: given_name.to_owned(),
            id: sample.id,
            format: sample.format,
            arch: sample.arch,
            functions: all.0,
            code_bytes: all.1,
            components,
            unknown,
            partial: sample.partial,
            gaps: gaps.to_vec(),
        }
    }

    /// Whether it carries anything of others.
    pub fn found(&self) -> bool {
        self.components.iter().any(|it| it.component.is_public())
    }

    fn text(&self, style: &Style) -> String {
        let mut out = style.heading(&name(&self.name, style.width));
        out.push('\n');
        let code = format!("{}, {}", plural(self.functions, "function"), bytes(self.code_bytes));
        let facts = [
            ("file", format!("{} {}", self.format, self.arch)),
            ("sha256", self.id.to_string()),
            ("code", format!("{code}; {} of nobody that is known", percent(self.unknown.of_bytes))),
        ];
        let mut table = Table::new(2, &[("", Align::Left), ("", Align::Left)]);
        facts.into_iter().for_each(|(title, value)| table.row([title.to_owned(), value]));
        if self.partial {
            table.row(["read".to_owned(), "in part: functions may be missing, see the gaps".to_owned()]);
        }
        out.push_str(&table.render_within(style.width));
        out.push('\n');
        if self.components.is_empty() {
            out.push_str(
                "  no known component: all of it may be its own, or of components that are not known\n",
            );
        } else {
            out.push_str(&self.table(style));
        }
        out.push_str(&gaps_text("", &self.gaps, style));
        out
    }

    fn table(&self, style: &Style) -> String {
        let columns = [
            ("component", Align::Left),
            ("functions", Align::Right),
            ("code", Align::Right),
            ("lies at", Align::Left),
            ("known", Align::Left),
        ];
        let mut table = Table::new(2, &columns);
        for it in &self.components {
            let title = match it.component.kind {
                ComponentKind::Program => format!("its own: {}", it.component.title()),
                _ => it.component.title(),
            };
            let place =
                it.ranges.iter().max_by_key(|range| range.functions).map_or_else(String::new, |range| {
                    let more = if it.ranges.len() > 1 {
                        format!(" +{}", it.ranges.len() - 1)
                    } else {
                        String::new()
                    };
                    format!("{:#x}{more}", range.start)
                });
            table.row([
                name(&title, MOST_TITLE),
                count(it.code.functions),
                percent(it.code.of_bytes),
                place,
                it.component.known_by.to_string(),
            ]);
        }
        table.render_within(style.width)
    }
}

/// The stretches in which functions lie, given by their places.
fn ranges(sample: &SampleFingerprint, functions: &[u32]) -> Vec<AddressRange> {
    let runs = functions.chunk_by(|a, b| a + 1 == *b);
    runs.filter_map(|run| {
        let first = sample.functions.get(*run.first()? as usize)?;
        let last = sample.functions.get(*run.last()? as usize)?;
        let end = last.address.saturating_add(u64::from(last.bytes));
        Some(AddressRange { start: first.address, end, functions: run.len() as u64 })
    })
    .collect()
}

impl Document for ComponentsDocument {
    const NAME: &'static str = "components";

    fn text(&self, style: &Style) -> String {
        let parts: Vec<String> = self.samples.iter().map(|sample| sample.text(style)).collect();
        let mut out = parts.join("\n");
        if self.samples.iter().any(Composition::found) {
            out.push('\n');
            out.push_str(&wrap(
                "versions are those that fit, of the versions known; names that a file bears can be forged",
                2,
                style.width,
            ));
        }
        out
    }
}

/// What `base show` shows.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct BaseDocument {
    /// The bases that are asked, the one of the program first.
    pub bases: Vec<BaseContents>,
}

/// One base of known components.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct BaseContents {
    /// Where it is: `program`, or the file in the store.
    pub place: String,
    /// Its size.
    pub bytes: u64,
    /// Exact hashes of functions that it knows.
    pub exact_hashes: u64,
    /// Rare features that it knows.
    pub features: u64,
    /// Independent projects of goodware in which features were counted.
    pub projects: u64,
    /// Their functions.
    pub project_functions: u64,
    /// The components, by name.
    pub components: Vec<KnownComponent>,
}

/// A component that a base knows.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct KnownComponent {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: ComponentKind,
    /// The versions known, ascending.
    pub versions: Vec<String>,
    /// Functions known.
    pub functions: u64,
    /// Builds that it was made from: by version, compiler and machine.
    pub builds: u64,
}

impl BaseDocument {
    /// How many components there are in all bases.
    pub fn count(&self) -> usize {
        self.bases.iter().map(|base| base.components.len()).sum()
    }
}

impl Document for BaseDocument {
    const NAME: &'static str = "base-show";

    fn text(&self, style: &Style) -> String {
        let parts: Vec<String> = self.bases.iter().map(|base| base.text(style)).collect();
        parts.join("\n")
    }
}

/// Few versions each, of many the first and the last.
fn versions(all: &[String]) -> String {
    match all {
        [first, .., last] if all.len() > MOST_VERSIONS => format!("{first} to {last} ({} known)", all.len()),
        _ => all.join(", "),
    }
}

/// Columns of a component's name and versions; where less is there, the table cuts more.
const MOST_TITLE: usize = 48;

/// Versions that are listed each.
const MOST_VERSIONS: usize = 3;

impl BaseContents {
    fn text(&self, style: &Style) -> String {
        let mut out = style.heading(&name(&self.place, style.width));
        let counted = if self.projects == 0 {
            "no goodware counted".to_owned()
        } else {
            let functions = plural(self.project_functions, "function");
            format!("rarity counted in {} of {}", functions, plural(self.projects, "project"))
        };
        let keys = format!(
            "{}, {}, {}; {counted}",
            bytes(self.bytes),
            plural(self.exact_hashes, "exact hash").replace("hashs", "hashes"),
            plural(self.features, "rare feature")
        );
        out.push('\n');
        out.push_str(&wrap(&keys, 2, style.width));
        out.push('\n');
        let columns = [
            ("component", Align::Left),
            ("kind", Align::Left),
            ("functions", Align::Right),
            ("builds", Align::Right),
            ("versions", Align::Left),
        ];
        let mut table = Table::new(2, &columns);
        for it in &self.components {
            table.row([
                name(&it.name, 28),
                it.kind.to_string(),
                count(it.functions),
                count(it.builds),
                escape(&versions(&it.versions)),
            ]);
        }
        out.push_str(&table.render_within(style.width));
        out
    }
}
