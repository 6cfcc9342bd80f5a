//! Which files belong together: what of each is nobody's that is known is asked of all others, once all are there.

use crate::error::{Result, cannot_write, question};
use cognate_base::{Progress, SampleId};
use cognate_documents::{FunctionClass, Kind, MatchReport};
use cognate_engine::{Batch, Engine};
use cognate_fingerprint::SampleFingerprint;
use cognate_index::{Embedded, Store};
use cognate_matching::{Tie, Together, together};
use cognate_report::{NamedFamily, SharedPiece, TriageDocument, TriageGroup, TriageRow};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use tempfile::TempDir;

/// What is behind the name of the file of rows where groups are kept beside it.
const SUFFIX: &str = ".groups";

/// The files that are to be grouped, as they come in.
pub struct Grouping {
    batch: Mutex<Batch>,
    /// Stored samples of goodware: what they hold ties nobody.
    goodware: HashSet<SampleId>,
    /// Where the files' own store lies as long as it is needed.
    _folder: TempDir,
}

impl Grouping {
    /// Begins, or goes on with what is kept beside the rows of an interrupted run.
    pub fn open(store: &Embedded, rows: Option<&Path>, asked: &str) -> Result<Self> {
        let temporary = |error| {
            question(format!("cannot make a temporary folder: {error}"))
                .hint("set TMPDIR to a folder that can be written")
        };
        let folder = tempfile::tempdir().map_err(temporary)?;
        let (kept, place) = match rows {
            None => (tempfile::tempfile().map_err(temporary)?, PathBuf::new()),
            Some(rows) => {
                let mut place = rows.as_os_str().to_owned();
                place.push(SUFFIX);
                let place = PathBuf::from(place);
                let opened = File::options().read(true).write(true).create(true).truncate(false).open(&place);
                (opened.map_err(|error| cannot_write(&place, error))?, place)
            }
        };
        let batch = Batch::open(folder.path(), kept, asked);
        let batch = batch.map_err(|error| error.context(format_args!("cannot use `{}`", place.display())))?;
        let samples = store.samples()?.into_iter().filter(|sample| sample.label.kind == Kind::Goodware);
        let goodware = samples.map(|sample| sample.id).collect();
        Ok(Grouping { batch: Mutex::new(batch), goodware, _folder: folder })
    }

    /// Whether all programs among the rows of a file are known here.
    pub fn holds(&self, rows: &[TriageRow]) -> bool {
        let batch = self.batch.lock().unwrap_or_else(PoisonError::into_inner);
        let programs = rows.iter().filter(|row| row.verdict.is_some()).filter_map(|row| row.id);
        programs.into_iter().all(|id| batch.holds(&id))
    }

    /// Takes a file in, without what the store knows to be others' too.
    pub fn add(&self, sample: &SampleFingerprint, report: &MatchReport) -> Result<()> {
        let is_public = |class, partner: Option<SampleId>| {
            let is_goodware = partner.is_some_and(|partner| self.goodware.contains(&partner));
            matches!(class, FunctionClass::Library | FunctionClass::Common) || is_goodware
        };
        let functions = report.functions.iter();
        let public =
            functions.filter(|it| is_public(it.class, it.partner.as_ref().map(|partner| partner.sample)));
        let public: Vec<u32> = public.map(|it| it.function.index).collect();
        self.batch.lock().unwrap_or_else(PoisonError::into_inner).add(sample, &public)
    }

    /// Asks all of each other, and tells of each row in which group it is.
    pub fn groups(
        self,
        engine: &Engine,
        progress: &dyn Progress,
        document: TriageDocument,
    ) -> Result<TriageDocument> {
        let batch = self.batch.into_inner().unwrap_or_else(PoisonError::into_inner);
        let ties = batch.ties(engine, progress)?;
        let programs = document.rows.iter().filter(|row| row.verdict.is_some()).filter_map(|row| row.id);
        let contents: Vec<SampleId> = programs.collect::<BTreeSet<_>>().into_iter().collect();
        let place = |id: &SampleId| contents.binary_search(id).ok();
        let pairs = ties.iter().flat_map(|(id, ties)| ties.iter().map(move |tie| (id, &tie.to)));
        let pairs = pairs.filter_map(|(from, to)| Some((place(from)?, place(to)?))).collect();
        let mut rows: BTreeMap<SampleId, Vec<&TriageRow>> = BTreeMap::new();
        for row in &document.rows {
            if let Some(id) = row.id.filter(|_| row.verdict.is_some()) {
                rows.entry(id).or_default().push(row);
            }
        }
        let mut found = together(contents.len(), &pairs);
        let joined: BTreeSet<usize> = found.iter().flat_map(|group| group.files.iter().copied()).collect();
        // what is there twice belongs together, whatever it holds
        let twice = (0..contents.len()).filter(|place| !joined.contains(place)).filter(|&place| {
            contents.get(place).and_then(|id| rows.get(id)).is_some_and(|rows| rows.len() > 1)
        });
        found.extend(twice.map(|place| Together { files: vec![place], pairs: 0, bridges: Vec::new() }));
        let told = found.into_iter().map(|it| Told::of(it, &contents, &rows));
        let mut told: Vec<Told<'_>> = told.collect();
        told.sort_by(|a, b| b.rows.len().cmp(&a.rows.len()).then_with(|| a.first().cmp(&b.first())));
        let numbered = || (1u64..).zip(&told);
        let groups = numbered().map(|(number, told)| told.group(number, &ties)).collect();
        let of = numbered().flat_map(|(number, it)| it.ids.iter().map(move |&id| (id, number))).collect();
        Ok(document.grouped(groups, &of))
    }
}

/// A group with its rows.
struct Told<'a> {
    ids: BTreeSet<SampleId>,
    pairs: usize,
    bridges: Vec<&'a TriageRow>,
    rows: Vec<&'a TriageRow>,
}

impl<'a> Told<'a> {
    fn of(group: Together, contents: &[SampleId], rows: &BTreeMap<SampleId, Vec<&'a TriageRow>>) -> Self {
        let ids: BTreeSet<SampleId> =
            group.files.iter().filter_map(|&it| contents.get(it)).copied().collect();
        let of = |id: &SampleId| rows.get(id).into_iter().flatten().copied();
        let bridges = group.bridges.iter().filter_map(|&it| contents.get(it)).filter_map(|id| of(id).next());
        Told { pairs: group.pairs, bridges: bridges.collect(), rows: ids.iter().flat_map(of).collect(), ids }
    }

    fn first(&self) -> Option<&'a str> {
        self.rows.iter().map(|row| row.name.as_str()).min()
    }

    fn group(&self, number: u64, ties: &BTreeMap<SampleId, Vec<Tie>>) -> TriageGroup {
        let mut named: BTreeMap<&str, &NamedFamily> = BTreeMap::new();
        for family in self.rows.iter().flat_map(|row| &row.named) {
            named.entry(&family.family).or_insert(family);
        }
        let own = |row: &&'a TriageRow| {
            let ties = row.id.and_then(|id| ties.get(&id)).into_iter().flatten();
            ties.filter(|tie| self.ids.contains(&tie.to)).map(|tie| (*row, *tie)).collect::<Vec<_>>()
        };
        let largest = self.rows.iter().flat_map(own).max_by(|(a, tie), (b, other)| {
            tie.bytes
                .cmp(&other.bytes)
                .then_with(|| b.name.cmp(&a.name))
                .then(other.address.cmp(&tie.address))
        });
        TriageGroup {
            number,
            files: self.rows.len() as u64,
            contents: self.ids.len() as u64,
            pairs: self.pairs as u64,
            named: named.into_values().cloned().collect(),
            bridges: self.bridges.iter().map(|row| row.name.clone()).collect(),
            largest: largest.map(|(row, tie)| SharedPiece {
                name: row.name.clone(),
                address: tie.address,
                bytes: u64::from(tie.bytes),
            }),
        }
    }
}
