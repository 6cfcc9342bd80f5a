//! What this process has cost so far, read from `/proc`.

use std::time::Duration;

/// CPU time of all threads, user and system (to 10 ms).
pub fn cpu_time() -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = text.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let mut fields = after_name.split(' ').skip(11).map(|field| field.parse::<u64>().unwrap_or(0));
    let ticks = fields.next().unwrap_or(0) + fields.next().unwrap_or(0);
    Duration::from_millis(ticks * 10) // USER_HZ is 100 on Linux
}

/// The machine's load over the last minute: wall times mean little where it exceeds the cores.
pub fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or("unknown").to_owned()
}

/// Peak resident memory in bytes.
pub fn peak_memory() -> u64 {
    status_kib("VmHWM:") * 1024
}

/// Resident memory in bytes.
pub fn memory() -> u64 {
    status_kib("VmRSS:") * 1024
}

/// Resident memory that is not file pages (which the system may take back), in bytes.
pub fn anonymous_memory() -> u64 {
    status_kib("RssAnon:") * 1024
}

fn status_kib(field: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|rest| rest.trim().split(' ').next()?.parse().ok()).unwrap_or(0)
}
