//! Code that a sample carries and that is not its own.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use strum::{Display, EnumString, IntoStaticStr};

/// What a component is.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    IntoStaticStr,
    EnumString,
    Display,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum ComponentKind {
    /// Code that programs take from others.
    #[default]
    Library,
    /// What comes with a compiler or a language: C and C++ runtimes, the standard libraries of Go and Rust.
    Runtime,
    /// What a generator or a header puts into every program that uses it.
    Glue,
    /// The program's own code, by the names that it bears.
    Program,
}

/// The version of what is made anew in every program: it tells none.
pub const ANY_VERSION: &str = "any";

/// By what the versions of a component are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VersionsBy {
    /// A text in the file says so.
    Text,
    /// Names or build information in the file say so.
    Names,
    /// Much of its code has the bytes of builds of these versions.
    Bytes,
    /// Of the versions known its code is most like these; the true one may not be known.
    Likeness,
}

/// How many functions of a component are known by what.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct KnownBy {
    /// By their bytes, which are those of a known build.
    pub bytes: u32,
    /// By rare features of what they compute and refer to.
    pub features: u32,
    /// By lying among functions that are known, with nothing that speaks against it.
    pub surroundings: u32,
    /// By a text of the component to which they refer.
    pub mark: u32,
    /// By the names that the file bears; forgeable.
    pub names: u32,
}

impl fmt::Display for KnownBy {
    /// In words: "74 by bytes, 5 by features".
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let KnownBy { bytes, features, surroundings, mark, names } = *self;
        let all = [
            (names, "by name"),
            (bytes, "by bytes"),
            (features, "by features"),
            (surroundings, "by surroundings"),
            (mark, "by a text"),
        ];
        let mut parts = all.into_iter().filter(|(count, _)| *count > 0).enumerate();
        parts.try_for_each(|(place, (count, how))| {
            let comma = if place > 0 { ", " } else { "" };
            write!(out, "{comma}{count} {how}")
        })
    }
}

/// A component that a sample carries: a library, a runtime, the glue of a generator.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Component {
    /// Its name as its project writes it: "OpenSSL".
    pub name: String,
    /// What it is. A store does not keep it: there it is a library.
    pub kind: ComponentKind,
    /// The versions that fit, ascending; empty where none is known.
    pub versions: Vec<String>,
    /// By what they are known: where only by likeness, the true one may be none of them. A store does not keep it.
    pub versions_by: Option<VersionsBy>,
    /// A text of it that was found.
    pub mark: Option<String>,
    /// How its functions are known. A store does not keep it.
    pub known_by: KnownBy,
    /// Indices of its functions, sorted.
    pub functions: Vec<u32>,
    /// Those of them of which only their surroundings say so, sorted: another's code amid its own is among them. A store
    /// keeps none of them.
    #[serde(default)]
    pub surrounded: Vec<u32>,
}

impl Component {
    /// Whether others write it too: not the program itself.
    pub fn is_public(&self) -> bool {
        self.kind != ComponentKind::Program
    }

    /// Whether a text is all that tells it, and no name.
    pub fn is_marked(&self) -> bool {
        self.mark.is_some() && self.known_by.names == 0
    }

    /// Whether it is known by nothing but its name, and no release of it: an author's module from a folder beside the program
    /// looks so.
    pub fn is_perhaps_own(&self) -> bool {
        let known = self.known_by;
        let is_named = known.names > 0 && known.bytes + known.features == 0;
        let is_release = |version: &String| !version.starts_with("v0.0.0") && !version.starts_with('(');
        is_named && self.kind == ComponentKind::Library && !self.versions.iter().any(is_release)
    }

    /// Its functions of which more than their surroundings says that they are its.
    pub fn settled(&self) -> impl Iterator<Item = u32> + '_ {
        self.functions.iter().copied().filter(|at| self.surrounded.binary_search(at).is_err())
    }

    /// Its name with the versions that fit: "zlib 1.2.13", "Lua 5.4.4 to 5.4.7" where more than two do, "libpng like 1.6.50"
    /// where only likeness says so.
    pub fn title(&self) -> String {
        let name = match self.versions_by {
            Some(VersionsBy::Likeness) => format!("{} like", self.name),
            _ => self.name.clone(),
        };
        match self.versions.as_slice() {
            [] => self.name.clone(),
            [only] => format!("{name} {only}"),
            [one, other] => format!("{name} {one} or {other}"),
            [first, .., last] => format!("{name} {first} to {last}"),
        }
    }
}
