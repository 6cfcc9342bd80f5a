//! A new case file, with a comment on every key.

/// Writes a new case file.
#[must_use]
pub fn skeleton(id: &str, title: &str) -> String {
    let _ = (id, title);
    include_str!("skeleton.toml").to_owned()
}
