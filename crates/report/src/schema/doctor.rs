//! The document of `cognate doctor`.

use super::types::*;

pub fn doctor() -> Vec<Field> {
    let parsers = object(vec![
        field("own_process", flag(), "Files are read in processes of their own."),
        field("whole", flag(), "All that this program knows of to keep them in is in force."),
        field("memory", or_null(int()), "Bytes of memory such a process may use."),
        field("cpu_seconds", or_null(int()), "Seconds of processor time it may use, all its files together."),
        field("no_new_files", flag(), "It opens no files, writes none and leaves no memory dump."),
        field("landlock", or_null(int()), "The version of Landlock's interface in force."),
        field("seccomp", flag(), "Only the system calls that reading takes are left to it."),
    ]);
    let store = object(vec![
        field("path", string(), "The store's folder."),
        field("exists", flag(), "There is something at that place."),
        field("format_version", int(), "The version of stores that this program writes."),
        field("samples", or_null(int()), "Samples in it, where it can be read."),
        field("error", or_null(string()), "Why it cannot be read."),
    ]);
    vec![field("parsers", parsers, "What keeps parsers in."), field("store", store, "")]
}
