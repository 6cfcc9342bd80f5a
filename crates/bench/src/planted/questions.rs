//! Which programs of the store a query meets.

use super::programs::Program;
use cognate_index::SampleKey;
use std::collections::HashSet;

/// In which build the query's module stands in the store.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Question {
    /// In none.
    Absent,
    /// The query's own.
    Same,
    /// By another compiler.
    Compiler,
    /// At another level.
    Level,
    /// For another system.
    Format,
    /// An older version of the module.
    Older,
    /// In all of them.
    All,
    /// A decoy, with all that there is.
    Decoy,
    /// A decoy that shares a public library with one program only.
    One,
}

/// The build of which all is asked; the others are asked for their like only.
const ASKED: &str = "gcc-O2-linux";

impl Question {
    /// What it is called.
    pub fn title(self) -> &'static str {
        match self {
            Question::Absent => "absent",
            Question::Same => "same build",
            Question::Compiler => "other compiler (clang -O2)",
            Question::Level => "other level (gcc -O0)",
            Question::Format => "other format (MinGW -O2)",
            Question::Older => "older version",
            Question::All => "all of them",
            Question::Decoy => "decoy",
            Question::One => "decoy, one other holder",
        }
    }

    fn shows(self, query: &Program, other: &Program) -> bool {
        let is = |build: &str| other.build == build;
        match self {
            Question::Absent => false,
            Question::Same => is(&query.build),
            Question::Compiler => is("clang-O2-linux"),
            Question::Level => is("gcc-O0-linux"),
            Question::Format => is("gcc-O2-win"),
            Question::Older => other.build.ends_with("-older"),
            Question::All | Question::Decoy | Question::One => true,
        }
    }
}

/// Every program with what it is asked; only where the module is in the store as asked.
pub fn questions(programs: &[Program]) -> Vec<(&Program, Question)> {
    use Question::*;
    let mut asked = Vec::new();
    for query in programs.iter().filter(|query| !query.build.ends_with("-older")) {
        let all: &[Question] = match query.role.as_str() {
            "planted" if query.build == ASKED => &[Absent, Same, Compiler, Level, Format, Older, All],
            "planted" => &[Absent, Same],
            "public" if query.build == ASKED => &[Decoy, One],
            "lent" | "flag" => &[Decoy],
            _ => &[],
        };
        let is_there = |&question: &Question| {
            let visible = visible(programs, query, question);
            query.role != "planted"
                || question == Absent
                || programs.iter().any(|it| visible.contains(&it.key) && it.holds(&query.module))
        };
        asked.extend(all.iter().copied().filter(is_there).map(|question| (query, question)));
    }
    asked
}

/// The programs that a query meets: none with its host, and of those with its module what the question shows.
pub fn visible(programs: &[Program], query: &Program, question: Question) -> HashSet<SampleKey> {
    let first = programs.iter().find(|other| other.role == "public" && other.host != query.host);
    let is_visible = |other: &&Program| {
        let is_stored = other.role == "planted" || other.role == "public";
        let is_shown = match other.is_kin(query) {
            false => true,
            true if question == Question::One => first.is_some_and(|first| first.family == other.family),
            true => {
                question.shows(query, other) && (question == Question::Decoy || query.holds(&other.module))
            }
        };
        other.host != query.host && is_stored && is_shown
    };
    programs.iter().filter(is_visible).map(|other| other.key).collect()
}
