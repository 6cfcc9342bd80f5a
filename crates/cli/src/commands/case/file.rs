//! Case files on disk: read whole and bounded, written at once or not at all.

use crate::args::CaseNewArgs;
use crate::context::Context;
use crate::error::{Result, cannot_write, message, question, words};
use crate::whole;
use cognate_base::{Error, Position, SampleId, quote};
use cognate_case::Case;
use cognate_case::model::MAX_BYTES;
use cognate_engine::is_standard_input;
use cognate_report::{Document, Style};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Most bytes of a match result.
pub const MAX_RESULT: usize = 1 << 30;

/// A case with what it was read from.
pub struct CaseFile {
    /// The file as it was named.
    pub name: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// The case.
    pub case: Case,
}

/// Reads a case; of errors the first is told, and how many more there are.
pub fn read(path: &Path) -> Result<CaseFile> {
    let text = read_text(path, MAX_BYTES)?;
    let name = cognate_engine::file_name(path);
    let case = parse(path, &text)?;
    Ok(CaseFile { name, sha256: SampleId::of(text.as_bytes()).to_string(), case })
}

/// Reads the text of a case file; of errors the first is told, and how many more there are.
pub fn parse(path: &Path, text: &str) -> Result<Case> {
    Case::parse_all(text).map_err(|errors| {
        let more = errors.len().saturating_sub(1);
        let first = errors.into_iter().next().unwrap_or_else(|| question("it cannot be read"));
        let first = wrong(path, first);
        if more == 0 {
            return first;
        }
        let hint = first.next_step().map(|hint| format!("{}; ", words(hint))).unwrap_or_default();
        let file = quote(&path.to_string_lossy());
        first.hint(format!("{hint}and {} more: `cognate case check {file}` tells all", errors_of(more)))
    })
}

fn errors_of(count: usize) -> String {
    if count == 1 { "1 error".to_owned() } else { format!("{count} errors") }
}

/// What is wrong with a case file, with the file's name before the place.
pub fn wrong(path: &Path, error: Error) -> Error {
    error.context(format_args!("cannot read case `{}`", path.display()))
}

/// Reads a regular file of text, or standard input for `-`, never more than `limit` bytes.
pub fn read_text(path: &Path, limit: usize) -> Result<String> {
    let failed = |error| Error::read(path, error);
    let refuse = |reason: &str, hint: &str| {
        Err(question(format!("cannot read `{}`: {reason}", path.display())).hint(hint))
    };
    let (mut bytes, most) = (Vec::new(), (limit as u64).saturating_add(1));
    if is_standard_input(path) {
        std::io::stdin().lock().take(most).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        let metadata = std::fs::metadata(path).map_err(failed)?;
        if metadata.is_dir() {
            return refuse("it is a directory", "name a file");
        }
        if !metadata.is_file() {
            return refuse("not a regular file", "copy its content to a file first");
        }
        File::open(path).map_err(failed)?.take(most).read_to_end(&mut bytes).map_err(failed)?;
    }
    if bytes.len() > limit {
        return refuse(&format!("larger than the limit of {limit} bytes"), "leave out what says nothing");
    }
    String::from_utf8(bytes).or_else(|error| {
        let valid = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(error.as_bytes().get(..valid).unwrap_or_default()).into_owned();
        let place = Position::of(&text, valid);
        refuse(&format!("{place}: not UTF-8"), "save it as UTF-8 text; a binary file is no case")
    })
}

/// Writes a file at once: a reader sees the old one or the new one.
///
/// Without `replace` a file that is there stays, and that is an error.
pub fn write(path: &Path, content: impl AsRef<[u8]>, replace: bool) -> Result<()> {
    if is_standard_input(path) {
        return Err(question("standard input cannot be written to").hint("name a file with `--output`"));
    }
    let there = |hint: &str| question(format!("`{}` is there already", path.display())).hint(hint);
    let metadata = std::fs::metadata(path).ok();
    if metadata.as_ref().is_some_and(|metadata| !metadata.is_file()) {
        return Err(there("name a file that can be written"));
    }
    if metadata.is_some() && !replace {
        return Err(there("name another file"));
    }
    whole::write(path, content, replace).map_err(|error| cannot_write(path, error))
}

/// Where a case file that a command made goes.
pub struct Target<'a> {
    /// The file; none for standard output.
    pub path: Option<&'a Path>,
    /// It is the case file itself, and is replaced.
    pub replace: bool,
}

impl<'a> Target<'a> {
    /// The case file itself, another file, or standard output.
    pub fn new(case: &'a Path, in_place: bool, output: Option<&'a Path>) -> Self {
        Target { path: if in_place { Some(case) } else { output }, replace: in_place }
    }

    /// As documents name it.
    pub fn name(&self) -> Option<String> {
        self.path.map(|path| path.to_string_lossy().into_owned())
    }

    /// The text, where a document has to carry it.
    pub fn text(&self, text: &str) -> Option<String> {
        self.path.is_none().then(|| text.to_owned())
    }

    /// Writes the case file and shows what there is to say about it; on standard output the file is the data, and the rest is talk.
    pub fn deliver<D: Document>(&self, context: &Context<'_>, text: &str, document: &D) -> Result<()> {
        match self.path {
            Some(path) => {
                write(path, text, self.replace).map_err(|error| match path.is_file() && !self.replace {
                    true => error.hint("name another file, or change the case file itself with `--in-place`"),
                    false => error,
                })?
            }
            None if !context.json() => {
                context.tell(&document.text(&Style::default()))?;
                return context.print(text);
            }
            None => {}
        }
        context.show(document)
    }
}

/// Tells all errors but the last, which is returned.
pub fn last(context: &Context<'_>, errors: Vec<Error>) -> Result<Error> {
    let mut errors = errors.into_iter().peekable();
    while let Some(error) = errors.next() {
        if errors.peek().is_none() {
            return Ok(error);
        }
        context.tell(&message(&error))?;
    }
    Ok(question("it cannot be read"))
}

/// Writes a commented skeleton.
pub fn new(context: &Context<'_>, args: &CaseNewArgs) -> Result<bool> {
    let stem = args.file.as_deref().and_then(Path::file_stem).map(|stem| stem.to_string_lossy());
    let id =
        args.id.clone().or_else(|| stem.map(|stem| slug(&stem))).unwrap_or_else(|| "new-case".to_owned());
    let title = args.title.clone().unwrap_or_else(|| "What the case is called".to_owned());
    let text = cognate_case::skeleton(&id, &title);
    let Some(path) = &args.file else {
        context.print(&text)?;
        return Ok(true);
    };
    write(path, &text, false)?;
    let place = quote(&path.to_string_lossy());
    context
        .say(&format!("wrote `{}`; when it is filled in: `cognate case check {place}`", path.display()))?;
    Ok(true)
}

/// A name as an id: lower-case letters, digits, hyphens.
pub fn slug(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let id: String = name.chars().map(plain).take(80).collect();
    let id = id.trim_matches('-');
    if id.is_empty() || id == "unlisted" { "new-case".to_owned() } else { id.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_becomes_an_id() {
        assert_eq!(
            ["Bakery 2017", "--", "unlisted", "été"].map(slug).join(" "),
            "bakery-2017 new-case new-case t"
        );
    }

    #[test]
    fn a_file_that_is_there_is_replaced_only_on_demand() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("case.toml");
        assert!(write(&path, "one", false).is_ok());
        assert!(write(&path, "two", false).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one");
        assert!(write(&path, "two", true).is_ok());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
        assert!(write(folder.path(), "three", true).is_err());
    }
}
