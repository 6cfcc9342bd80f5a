//! A base of components from a table of files: read in parallel, taken in the order of the table.

use crate::{Engine, Error, ErrorKind, file_name};
use cognate_base::Progress;
use cognate_components::{Builder, Source};
use cognate_documents::ComponentKind;
use cognate_fingerprint::SampleFingerprint;
use rayon::prelude::*;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// The kind of files that are no component: what they show, others show too.
pub const GOODWARE: &str = "goodware";
/// The columns that a table of components has at least.
const COLUMNS: [&str; 6] = ["path", "component", "version", "kind", "toolchain", "names"];

/// A file of which it is known what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownFile {
    /// Where it is.
    pub path: PathBuf,
    /// What it is; of goodware the component is its project, and the kind [`ComponentKind::Program`].
    pub source: Source,
}

impl KnownFile {
    fn is_goodware(&self) -> bool {
        self.source.kind == ComponentKind::Program
    }
}

/// Reads a table of known files: tab-separated, with a header; paths are relative to its folder. A column `known_by` says
/// `bytes` of what only its bytes tell, and `several` of files of which only what several share is the component.
pub fn known_files(path: &Path, text: &str) -> Result<Vec<KnownFile>, Error> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let bad = |line: usize, what: String| {
        Error::new(ErrorKind::Label, format!("`{}`, line {line}: {what}", path.display()))
    };
    let mut lines = (1..).zip(text.lines()).filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let (at, header) = lines.next().ok_or_else(|| bad(1, "the table is empty".to_owned()))?;
    let header: Vec<&str> = header.split('\t').collect();
    let place = |column: &&str| {
        let place = header.iter().position(|known| known == column);
        place.ok_or_else(|| bad(at, format!("no column `{column}`")))
    };
    let places = COLUMNS.iter().map(place).collect::<Result<Vec<usize>, Error>>()?;
    let known_by_place = header.iter().position(|known| *known == "known_by");
    let mut files = Vec::new();
    for (at, line) in lines {
        let fields: Vec<&str> = line.split('\t').collect();
        let field =
            |column: usize| places.get(column).and_then(|&place| fields.get(place)).copied().unwrap_or("");
        let (path, component, kind) = (field(0), field(1), field(3));
        if path.is_empty() || component.is_empty() {
            return Err(bad(at, "no path or no component".to_owned()));
        }
        let known_by = known_by_place.and_then(|place| fields.get(place)).copied();
        let goodware = kind == GOODWARE;
        let kind = if goodware { Ok(ComponentKind::Program) } else { kind.parse() };
        let Ok(kind) = kind else {
            let kind = field(3);
            return Err(bad(at, format!("the kind is `{kind}`, not library, runtime, glue or {GOODWARE}")));
        };
        let source = Source {
            component: component.to_owned(),
            version: field(2).to_owned(),
            kind,
            toolchain: field(4).to_owned(),
            named: field(5) == "symbols",
            bytes_alone: known_by == Some("bytes"),
            several_alone: known_by == Some("several"),
        };
        files.push(KnownFile { path: folder.join(path), source });
    }
    Ok(files)
}

/// A base as it was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuiltBase {
    /// Its bytes: `cognate_components::Base::open` opens them.
    pub bytes: Vec<u8>,
    /// What could not be read, or in part, of which file: in the order of the table.
    pub warnings: Vec<(PathBuf, String)>,
}

impl Engine {
    /// Makes a base of components from files of which it is known what they are; with what could not be read, and why.
    ///
    /// Files of one project of goodware stand together in the table. The same files in the same order give the same bytes.
    /// Fails when no parser can be started.
    pub fn build_base(&self, files: &[KnownFile], progress: &dyn Progress) -> Result<BuiltBase, Error> {
        self.prepare(1)?;
        let mut builder = Builder::default();
        let mut warnings = Vec::new();
        let mut project: Vec<SampleFingerprint> = Vec::new();
        let at_once = self.threads().max(1) * 4;
        progress.begin("reading", files.len() as u64);
        let mut before: Option<&KnownFile> = None;
        for some in files.chunks(at_once) {
            let read = || some.par_iter().with_max_len(1).map(|file| read(self, &file.path)).collect();
            let read: Vec<Read> = self.install(read);
            for (file, Read { samples, warnings: of_file }) in some.iter().zip(read) {
                let same = before.is_none_or(|before| before.source.component == file.source.component);
                if !project.is_empty() && (!file.is_goodware() || !same) {
                    builder.count_project(&std::mem::take(&mut project));
                }
                before = Some(file);
                warnings.extend(of_file.into_iter().map(|warning| (file.path.clone(), warning)));
                if file.is_goodware() {
                    project.extend(samples);
                } else {
                    samples.iter().for_each(|sample| builder.add(&file.source, sample));
                }
                progress.advance(1, &file_name(&file.path));
            }
        }
        if !project.is_empty() {
            builder.count_project(&project);
        }
        progress.finish();
        Ok(BuiltBase { bytes: builder.finish()?, warnings })
    }
}

/// What was read of a file.
#[derive(Default)]
struct Read {
    samples: Vec<SampleFingerprint>,
    warnings: Vec<String>,
}

/// Reads a file, with the members of an archive.
fn read(engine: &Engine, path: &Path) -> Read {
    let mut samples = Vec::new();
    let mut failed = Vec::new();
    let opened = engine.open(path, &mut |member| {
        let id = cognate_base::SampleId::of(&member.bytes);
        match engine.unidentified(1, &member.name, id, &member.bytes) {
            Ok(sample) => samples.push(sample.fingerprint),
            Err(error) => failed.push(error),
        }
        ControlFlow::Continue(())
    });
    let gaps = match opened {
        Ok(gaps) => gaps,
        Err(error) => return Read { warnings: vec![format!("left out: {error}")], ..Read::default() },
    };
    let mut warnings = Vec::new();
    if samples.is_empty() {
        let reason = failed.first().map_or_else(|| "no code found".to_owned(), Error::to_string);
        warnings.push(format!("left out: {reason}"));
    } else {
        // of an archive's members some hold no code
        let failed: Vec<&Error> = failed.iter().filter(|error| error.kind() != ErrorKind::NoCode).collect();
        warnings.extend(
            failed.first().map(|first| format!("{} members left out, the first: {first}", failed.len())),
        );
    }
    let partial = samples.iter().filter(|sample| sample.partial).count();
    warnings.extend((partial > 0).then(|| format!("{partial} of {} samples read in part", samples.len())));
    warnings.extend(gaps.first().map(|first| format!("{} parts not opened, the first: {first}", gaps.len())));
    Read { samples, warnings }
}
