//! `doctor`: what keeps parsers in on this machine, and in which state the store is.

use crate::text::{Align, Table, bytes, plural, wrap};
use crate::{Document, Style};
use cognate_base::escape;
use schemars::JsonSchema;
use serde::Serialize;

/// What `doctor` shows.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DoctorDocument {
    /// How files are read.
    pub parsers: Parsers,
    /// The store.
    pub store: StoreState,
}

/// What stands between a hostile file and this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Parsers {
    /// Files are read in processes of their own.
    pub own_process: bool,
    /// All that this program knows of is in force.
    pub whole: bool,
    /// Bytes of memory such a process may use.
    pub memory: Option<u64>,
    /// Seconds of processor time it may use, all its files together.
    pub cpu_seconds: Option<u64>,
    /// It opens no files, writes none and leaves no memory dump.
    pub no_new_files: bool,
    /// The version of Landlock in force.
    pub landlock: Option<u32>,
    /// Only the system calls that reading takes are left to it.
    pub seccomp: bool,
}

/// The store as it was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StoreState {
    /// Its folder, not escaped.
    pub path: String,
    /// There is something at that place.
    pub exists: bool,
    /// The version of stores that this program writes.
    pub format_version: u32,
    /// Samples in it, where it can be read.
    pub samples: Option<u64>,
    /// Why it cannot be read.
    pub error: Option<String>,
}

impl Document for DoctorDocument {
    const NAME: &'static str = "doctor";

    fn text(&self, style: &Style) -> String {
        let parsers = &self.parsers;
        let place = if parsers.own_process { "a process of their own" } else { "this process" };
        let mut table = Table::new(2, &[("", Align::Left), ("", Align::Left)]);
        table.row(["files are read in".to_owned(), place.to_owned()]);
        if parsers.own_process {
            let none = || "not on this system".to_owned();
            let active = |is: bool| if is { "active".to_owned() } else { none() };
            table.row([
                "memory".to_owned(),
                parsers.memory.map_or_else(none, |most| format!("at most {}", bytes(most))),
            ]);
            let seconds = |most| format!("at most {}", plural(most, "second"));
            table.row(["processor time".to_owned(), parsers.cpu_seconds.map_or_else(none, seconds)]);
            table.row(["no files opened".to_owned(), active(parsers.no_new_files)]);
            let version = |version| format!("active, version {version} of its interface");
            table.row(["landlock".to_owned(), parsers.landlock.map_or_else(none, version)]);
            table.row(["seccomp".to_owned(), active(parsers.seccomp)]);
        }
        let mut out = format!("{}\n{}", style.heading("parsers"), table.render());
        if !parsers.whole {
            let doubt = if parsers.own_process {
                "parts of what keeps parsers in are missing: a hostile file that takes one over can do more"
            } else {
                "nothing keeps parsers in: a hostile file that takes one over can do what you can"
            };
            out.push_str(&style.doubt(&wrap(doubt, 2, style.width)));
        }
        let store = &self.store;
        let mut table = Table::new(2, &[("", Align::Left), ("", Align::Left)]);
        table.row(["folder".to_owned(), escape(&store.path)]);
        let state = match (&store.samples, &store.error) {
            (Some(samples), _) => plural(*samples, "sample"),
            (None, Some(error)) => escape(error),
            (None, None) => "not there yet".to_owned(),
        };
        table.row(["state".to_owned(), state]);
        table.row(["format".to_owned(), format!("version {}", store.format_version)]);
        table.row(["fingerprints".to_owned(), format!("version {}", cognate_fingerprint::VERSION)]);
        out.push_str(&format!("\n{}\n{}", style.heading("store"), table.render()));
        out
    }
}
