//! What a program is for: its instruction set and its container.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use strum::{Display, EnumString, IntoStaticStr};

/// An instruction set, with its width.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    Display,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Arch {
    /// 32-bit x86.
    X86,
    /// 64-bit x86.
    X86_64,
    /// 64-bit Arm, little endian.
    Aarch64,
}

impl Arch {
    /// Bytes of a pointer: 4 or 8.
    pub fn pointer_bytes(self) -> usize {
        if self == Arch::X86 { 4 } else { 8 }
    }

    /// Whether this is x86, of either width.
    pub fn is_x86(self) -> bool {
        self != Arch::Aarch64
    }
}

/// The container a sample came in.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Format {
    /// A PE file as it lies on disk.
    Pe,
    /// A PE image as it lies in memory, sections at their virtual addresses.
    PeMemory,
    /// An ELF file.
    Elf,
    /// A thin Mach-O file, or one slice of a fat one.
    MachO,
    /// A COFF object, as compilers for Windows write it.
    Coff,
    /// Bytes without a container, named by the caller.
    Raw,
}

/// As people write it; the word of documents is [`Into<&'static str>`].
impl fmt::Display for Format {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Format::Pe => "PE",
            Format::PeMemory => "PE memory image",
            Format::Elf => "ELF",
            Format::MachO => "Mach-O",
            Format::Coff => "COFF object",
            Format::Raw => "raw",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::de::DeserializeOwned;
    use std::fmt::Debug;
    use std::str::FromStr;

    #[track_caller]
    fn check<T>(value: T, word: &'static str)
    where
        T: Copy + Debug + PartialEq + FromStr + Into<&'static str> + Serialize + DeserializeOwned,
    {
        assert_eq!(value.into(), word);
        assert_eq!(word.parse().ok(), Some(value));
        assert_eq!(serde_json::to_value(value).unwrap(), word);
    }

    #[test]
    fn a_word_is_the_same_in_documents_and_on_the_command_line() {
        check(Arch::X86, "x86");
        check(Arch::X86_64, "x86-64");
        check(Arch::Aarch64, "aarch64");
        check(Format::PeMemory, "pe-memory");
        check(Format::MachO, "mach-o");
    }
}
