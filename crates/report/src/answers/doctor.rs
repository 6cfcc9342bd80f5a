//! `doctor`: what there is, what keeps parsers in on this machine, and in which state the store is.

use crate::text::{Align, Table, bytes, count, plural, wrap};
use crate::{Document, Style};
use cognate_base::escape;
use schemars::JsonSchema;
use serde::Serialize;

/// What `doctor` shows.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DoctorDocument {
    /// The program and the machine that it runs on.
    pub program: Program,
    /// What keeps parsers in: how files are read.
    pub parsers: Parsers,
    /// The libraries, runtimes and glue that are known from the start.
    pub components: Bases,
    /// The store.
    pub store: StoreState,
    /// What is missing or cannot be used, with what to do; empty where all is as it should be.
    pub missing: Vec<String>,
    /// What to do before answers mean much.
    pub advice: Vec<String>,
}

/// The program and the machine that it runs on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Program {
    /// The system it was built for: `linux`, `macos`, `windows`.
    pub system: String,
    /// The machine it was built for: `x86_64`, `aarch64`.
    pub machine: String,
    /// Threads that it works on.
    pub threads: u64,
}

/// The libraries, runtimes and glue that are known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Bases {
    /// The first digits of the SHA-256 of the program's own base.
    pub base: String,
    /// Components in it.
    pub components: u64,
    /// Components that were added to the store.
    pub added: u64,
}

/// What stands between a hostile file and this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Parsers {
    /// Files are read in processes of their own.
    pub own_process: bool,
    /// All that this program knows of to keep them in is in force.
    pub whole: bool,
    /// Bytes of memory such a process may use.
    pub memory: Option<u64>,
    /// Seconds of processor time it may use, all its files together.
    pub cpu_seconds: Option<u64>,
    /// It opens no files, writes none and leaves no memory dump.
    pub no_new_files: bool,
    /// The version of Landlock's interface in force.
    pub landlock: Option<u32>,
    /// Only the system calls that reading takes are left to it.
    pub seccomp: bool,
}

/// The store as it was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StoreState {
    /// Its folder, not escaped.
    pub path: String,
    /// There is something at that place.
    pub exists: bool,
    /// The version of stores that this program writes.
    pub format_version: u32,
    /// Samples in it, where it can be read.
    pub samples: Option<u64>,
    /// Families of malware.
    pub families: u64,
    /// Families of goodware.
    pub goodware: u64,
    /// Libraries that were indexed.
    pub libraries: u64,
    /// Bytes on disk.
    pub disk_bytes: u64,
    /// Why it cannot be read.
    pub error: Option<String>,
}

impl Document for DoctorDocument {
    const NAME: &'static str = "doctor";

    fn text(&self, style: &Style) -> String {
        let mut out = String::new();
        let tables =
            [("program", self.program()), ("parsers", self.parsers.rows()), ("store", self.store.rows())];
        for (title, rows) in tables {
            let mut table = Table::new(2, &[("", Align::Left), ("", Align::Left)]);
            rows.into_iter().for_each(|(what, how)| table.row([what.to_owned(), how]));
            out.push_str(&format!("{}\n{}\n", style.heading(title), table.render()));
        }
        if self.missing.is_empty() {
            out.push_str("nothing is missing\n");
        } else {
            out.push_str(&format!("{}\n", style.heading("missing")));
        }
        for what in &self.missing {
            out.push_str(&style.doubt(&wrap(&format!("- {}", escape(what)), 2, style.width)));
        }
        for what in &self.advice {
            out.push_str(&wrap(&format!("What to do: {what}"), 0, style.width));
        }
        out
    }
}

/// What is told, and how it is.
type Rows = Vec<(&'static str, String)>;

impl DoctorDocument {
    fn program(&self) -> Rows {
        let Program { system, machine, threads } = &self.program;
        let known = &self.components;
        let added = if known.added > 0 { format!(", {} added", count(known.added)) } else { String::new() };
        vec![
            (
                "version",
                format!("{}, fingerprints {}", env!("CARGO_PKG_VERSION"), cognate_fingerprint::VERSION),
            ),
            ("system", format!("{system} {machine}, {}", plural(*threads, "thread"))),
            ("known components", format!("{}{added} (base {})", count(known.components), known.base)),
        ]
    }
}

impl Parsers {
    fn rows(&self) -> Rows {
        let place = if self.own_process { "a process of their own" } else { "this process" };
        let mut rows = vec![("files are read in", place.to_owned())];
        if self.own_process {
            let none = || "not on this system".to_owned();
            let active = |is: bool| if is { "active".to_owned() } else { none() };
            let seconds = |most| format!("at most {}", plural(most, "second"));
            let version = |version| format!("active, version {version} of its interface");
            let memory = self.memory.map_or_else(none, |most| format!("at most {}", bytes(most)));
            rows.push(("memory", memory));
            rows.push(("processor time", self.cpu_seconds.map_or_else(none, seconds)));
            rows.push(("no files opened", active(self.no_new_files)));
            rows.push(("landlock", self.landlock.map_or_else(none, version)));
            rows.push(("seccomp", active(self.seccomp)));
        }
        rows
    }
}

impl StoreState {
    fn rows(&self) -> Rows {
        let mut rows =
            vec![("folder", escape(&self.path)), ("format", format!("version {}", self.format_version))];
        let Some(samples) = self.samples else {
            let state = if self.error.is_some() { "cannot be read" } else { "not there yet" };
            rows.push(("state", state.to_owned()));
            return rows;
        };
        rows.push(("state", format!("{}, {}", plural(samples, "sample"), bytes(self.disk_bytes))));
        let (families, goodware) = (count(self.families), count(self.goodware));
        rows.push(("families", format!("{families} of malware, {goodware} of goodware")));
        rows.push(("libraries", count(self.libraries)));
        rows
    }
}
