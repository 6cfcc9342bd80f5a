//! In what two builds of one function may differ.

use super::truth::Configuration;

/// In what a query and its partner differ; in all else they are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Axis {
    /// The optimisation level, any to any.
    Level,
    /// O0 to O2.
    LevelO0O2,
    /// O2 to O3.
    LevelO2O3,
    /// The compiler, at one level.
    Compiler,
    /// The compiler and perhaps the level, on linux-x64 (Marcelli's XC).
    CompilerAndLevel,
    /// x64 and x86.
    Bitness,
    /// x64 and arm64.
    Arch,
    /// ELF and PE.
    Format,
}

impl Axis {
    /// All of them.
    pub const ALL: [Axis; 8] = [
        Axis::Level,
        Axis::LevelO0O2,
        Axis::LevelO2O3,
        Axis::Compiler,
        Axis::CompilerAndLevel,
        Axis::Bitness,
        Axis::Arch,
        Axis::Format,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Axis::Level => "level",
            Axis::LevelO0O2 => "o0-o2",
            Axis::LevelO2O3 => "o2-o3",
            Axis::Compiler => "compiler",
            Axis::CompilerAndLevel => "xc",
            Axis::Bitness => "bitness",
            Axis::Arch => "arch",
            Axis::Format => "format",
        }
    }

    /// What it is, for the reports.
    pub fn title(self) -> &'static str {
        match self {
            Axis::Level => "other level",
            Axis::LevelO0O2 => "O0 to O2",
            Axis::LevelO2O3 => "O2 to O3",
            Axis::Compiler => "other compiler",
            Axis::CompilerAndLevel => "other compiler and level (x64)",
            Axis::Bitness => "other bitness",
            Axis::Arch => "other architecture",
            Axis::Format => "ELF against PE",
        }
    }

    /// Whether a partner of a function built as `query` may be built as `target`.
    pub fn allows(self, query: &Configuration, target: &Configuration) -> bool {
        let compiler = query.compiler == target.compiler;
        let level = query.level == target.level;
        let same_target = query.target == target.target;
        let pair = |a: &str, b: &str| {
            let (query, target) = (query.level.as_str(), target.level.as_str());
            (query, target) == (a, b) || (query, target) == (b, a)
        };
        let (system, arch) = halves(&query.target);
        let (other_system, other_arch) = halves(&target.target);
        let archs = |a: &str, b: &str| (arch, other_arch) == (a, b) || (arch, other_arch) == (b, a);
        match self {
            Axis::Level => compiler && same_target && !level,
            Axis::LevelO0O2 => compiler && same_target && pair("O0", "O2"),
            Axis::LevelO2O3 => compiler && same_target && pair("O2", "O3"),
            Axis::Compiler => !compiler && same_target && level,
            Axis::CompilerAndLevel => !compiler && same_target && query.target == "linux-x64",
            Axis::Bitness => compiler && level && system == other_system && archs("x64", "x86"),
            Axis::Arch => compiler && level && system == other_system && archs("x64", "arm64"),
            Axis::Format => compiler && level && system != other_system && arch == other_arch,
        }
    }
}

/// `linux-x64`: system and instruction set.
fn halves(target: &str) -> (&str, &str) {
    target.split_once('-').unwrap_or((target, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(axis: Axis, query: [&str; 3], target: [&str; 3], allowed: bool) {
        let configuration = |[compiler, level, target]: [&str; 3]| Configuration {
            compiler: compiler.to_owned(),
            level: level.to_owned(),
            target: target.to_owned(),
        };
        assert_eq!(
            axis.allows(&configuration(query), &configuration(target)),
            allowed,
            "{query:?} {target:?}"
        );
    }

    #[test]
    fn only_the_level_differs_on_the_level_axis() {
        check(Axis::Level, ["gcc-12", "O0", "linux-x64"], ["gcc-12", "O3", "linux-x64"], true);
        check(Axis::Level, ["gcc-12", "O0", "linux-x64"], ["gcc-11", "O3", "linux-x64"], false);
        check(Axis::LevelO0O2, ["gcc-12", "O2", "linux-x64"], ["gcc-12", "O0", "linux-x64"], true);
        check(Axis::LevelO2O3, ["gcc-12", "O2", "linux-x64"], ["gcc-12", "O0", "linux-x64"], false);
    }

    #[test]
    fn another_compiler_with_any_level_is_for_linux_x64_only() {
        check(Axis::CompilerAndLevel, ["gcc-12", "O2", "linux-x64"], ["clang-16", "O2", "linux-x64"], true);
        check(Axis::CompilerAndLevel, ["gcc-12", "O2", "win-x64"], ["clang-16", "O2", "win-x64"], false);
    }

    #[test]
    fn bitness_architecture_and_format_keep_compiler_and_level() {
        check(Axis::Bitness, ["gcc-12", "O2", "win-x64"], ["gcc-12", "O2", "win-x86"], true);
        check(Axis::Bitness, ["gcc-12", "O2", "win-x64"], ["gcc-12", "O2", "linux-x86"], false);
        check(Axis::Arch, ["gcc-12", "O2", "linux-arm64"], ["gcc-12", "O2", "linux-x64"], true);
        check(Axis::Arch, ["gcc-12", "O2", "linux-arm64"], ["gcc-12", "O0", "linux-x64"], false);
        check(Axis::Format, ["gcc-12", "O2", "win-x86"], ["gcc-12", "O2", "linux-x86"], true);
    }
}
