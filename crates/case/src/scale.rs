//! The graded scales of a case, and the numbers the engine reads from them.
//!
//! The scales are published (each names its source); the numbers behind them are
//! not. They are the proposal of the project's method notes: judgement, not
//! measurement, and stand in one place so that a reader can dispute them. Every
//! assessment prints the ones it used.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Reliability of a source, the letter of the Admiralty code (NATO AJP-2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Reliability {
    /// Completely reliable.
    A,
    /// Usually reliable.
    B,
    /// Fairly reliable.
    C,
    /// Not usually reliable.
    D,
    /// Unreliable.
    E,
    /// Cannot be judged: neither good nor bad.
    F,
}

/// Credibility of a piece of information, the digit of the Admiralty code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "u8", into = "u8")]
#[schemars(extend("minimum" = 1, "maximum" = 6))]
pub enum Credibility {
    /// 1: confirmed by other sources.
    Confirmed,
    /// 2: probably true.
    ProbablyTrue,
    /// 3: possibly true.
    PossiblyTrue,
    /// 4: doubtful.
    Doubtful,
    /// 5: improbable.
    Improbable,
    /// 6: cannot be judged.
    CannotBeJudged,
}

/// The shares of the five grades that can be judged, A to E and 1 to 5. Judgement: the Admiralty code has words only.
pub const GRADES: [f64; 5] = [0.95, 0.80, 0.60, 0.35, 0.10];

impl Reliability {
    /// The share of an item's effect that a source of this grade lets through; none where it cannot be judged.
    #[must_use]
    pub fn share(self) -> Option<f64> {
        GRADES.get(self as usize).copied()
    }

    /// In the words of the Admiralty code.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Reliability::A => "completely reliable",
            Reliability::B => "usually reliable",
            Reliability::C => "fairly reliable",
            Reliability::D => "not usually reliable",
            Reliability::E => "unreliable",
            Reliability::F => "reliability cannot be judged",
        }
    }
}

impl Credibility {
    /// The share of an item's effect that this grade lets through; none where it cannot be judged.
    #[must_use]
    pub fn share(self) -> Option<f64> {
        GRADES.get(self as usize).copied()
    }

    /// In the words of the Admiralty code.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Credibility::Confirmed => "confirmed by other sources",
            Credibility::ProbablyTrue => "probably true",
            Credibility::PossiblyTrue => "possibly true",
            Credibility::Doubtful => "doubtful",
            Credibility::Improbable => "improbable",
            Credibility::CannotBeJudged => "truth cannot be judged",
        }
    }
}

impl TryFrom<u8> for Credibility {
    type Error = String;

    fn try_from(digit: u8) -> Result<Self, String> {
        Ok(match digit {
            1 => Credibility::Confirmed,
            2 => Credibility::ProbablyTrue,
            3 => Credibility::PossiblyTrue,
            4 => Credibility::Doubtful,
            5 => Credibility::Improbable,
            6 => Credibility::CannotBeJudged,
            _ => {
                return Err(format!(
                    "credibility {digit} is not on the scale, expected 1 (confirmed) to 5 (improbable), or 6 (cannot be judged)"
                ));
            }
        })
    }
}

impl From<Credibility> for u8 {
    fn from(grade: Credibility) -> u8 {
        grade as u8 + 1
    }
}

/// What it takes to forge a trace so that it passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Forgeability {
    /// An edit: a language id, a string, a time stamp, a Rich header.
    Trivial,
    /// An afternoon: public code or a known tool built in.
    Low,
    /// Work by someone skilled: code rebuilt from a binary.
    Moderate,
    /// Access to what is private: unpublished source, a server.
    High,
    /// Practically out of reach: independent telemetry, several states' records.
    Prohibitive,
}

impl Forgeability {
    /// How far a false flag brings the trace about as the group itself would, 0 to 1. Judgement.
    #[must_use]
    pub fn share(self) -> f64 {
        match self {
            Forgeability::Trivial => 0.9,
            Forgeability::Low => 0.6,
            Forgeability::Moderate => 0.4,
            Forgeability::High => 0.1,
            Forgeability::Prohibitive => 0.02,
        }
    }
}

/// How widely what makes the trace is shared beyond the group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Shareability {
    /// Anyone can have it.
    Public,
    /// It got out.
    Leaked,
    /// It is sold or passed on.
    Traded,
    /// Kept by its makers, as far as known.
    Private,
    /// In use by its operators only: a live server, a credential.
    Operational,
}

impl Shareability {
    /// How far someone else with the group's code shows the trace as the group itself would, 0 to 1. Judgement.
    #[must_use]
    pub fn share(self) -> f64 {
        match self {
            Shareability::Public => 1.0,
            Shareability::Leaked => 0.7,
            Shareability::Traded => 0.5,
            Shareability::Private => 0.15,
            Shareability::Operational => 0.05,
        }
    }
}

/// What kind of thing an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EvidenceKind {
    /// Code in common.
    Code,
    /// Other tools found beside it.
    Tool,
    /// Addresses, domains, servers, certificates.
    Infrastructure,
    /// Compiler, builder, build paths.
    Toolchain,
    /// Time stamps, document properties, resource languages.
    Metadata,
    /// How people write, and what they translate.
    Language,
    /// How the operation was run, its skill and its mistakes.
    Tradecraft,
    /// What the means needed, and who could have them.
    Capability,
    /// Who was hit.
    Victimology,
    /// What it was for.
    Motive,
    /// Money and accounts.
    Financial,
    /// Accounts, names, people.
    Persona,
    /// Reports of services and courts.
    Intelligence,
    /// A denial or a claim by a party.
    Statement,
    /// Somebody's conclusion.
    Judgement,
    /// What was looked for and not found: how probable that is where it is there depends on the search.
    NotFound,
}

/// The six aspects of an attribution after Steffens (2020).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Aspect {
    /// The samples themselves.
    Malware,
    /// Domains, addresses, hosting.
    Infrastructure,
    /// What lies on the servers.
    ControlServer,
    /// What sensors saw on networks and hosts.
    Telemetry,
    /// Services, courts, human sources.
    Intelligence,
    /// Who gains.
    CuiBono,
}

impl Aspect {
    /// All six, in the order of the acronym.
    pub const ALL: [Aspect; 6] = [
        Aspect::Malware,
        Aspect::Infrastructure,
        Aspect::ControlServer,
        Aspect::Telemetry,
        Aspect::Intelligence,
        Aspect::CuiBono,
    ];

    /// As it stands in files.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Aspect::Malware => "malware",
            Aspect::Infrastructure => "infrastructure",
            Aspect::ControlServer => "control-server",
            Aspect::Telemetry => "telemetry",
            Aspect::Intelligence => "intelligence",
            Aspect::CuiBono => "cui-bono",
        }
    }
}

/// The vertices of the diamond model (Caltagirone, Pendergast, Betz 2013).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Vertex {
    /// Who.
    Adversary,
    /// With what.
    Capability,
    /// Over what.
    Infrastructure,
    /// Against whom.
    Victim,
}

impl Vertex {
    /// All four.
    pub const ALL: [Vertex; 4] =
        [Vertex::Adversary, Vertex::Capability, Vertex::Infrastructure, Vertex::Victim];

    /// As it stands in files.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Vertex::Adversary => "adversary",
            Vertex::Capability => "capability",
            Vertex::Infrastructure => "infrastructure",
            Vertex::Victim => "victim",
        }
    }
}

/// Traffic Light Protocol 2.0 (FIRST). The protocol has no default; ours is the one that lets nothing out of the
/// organisation and its clients unless somebody says so.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum Tlp {
    /// May be published.
    #[serde(rename = "clear")]
    Clear,
    /// The community.
    #[serde(rename = "green")]
    Green,
    /// The organisation and its clients.
    #[default]
    #[serde(rename = "amber")]
    Amber,
    /// The organisation only.
    #[serde(rename = "amber+strict")]
    AmberStrict,
    /// Those it was given to.
    #[serde(rename = "red")]
    Red,
}

impl Tlp {
    /// As it stands in files.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Tlp::Clear => "clear",
            Tlp::Green => "green",
            Tlp::Amber => "amber",
            Tlp::AmberStrict => "amber+strict",
            Tlp::Red => "red",
        }
    }

    /// As the standard writes it: `TLP:AMBER+STRICT`.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Tlp::Clear => "TLP:CLEAR",
            Tlp::Green => "TLP:GREEN",
            Tlp::Amber => "TLP:AMBER",
            Tlp::AmberStrict => "TLP:AMBER+STRICT",
            Tlp::Red => "TLP:RED",
        }
    }
}

/// What kind of party a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SourceKind {
    /// A security company.
    Vendor,
    /// A researcher or a team under its own name.
    Researcher,
    /// A newspaper or an agency.
    Press,
    /// A state's office or service.
    Government,
    /// A court or a prosecutor.
    Court,
    /// The party that is accused.
    Accused,
    /// One's own measurement.
    Own,
    /// Anything else.
    Other,
}
