//! Help beyond what options say: examples for each command, and the pages that explain answers.

use crate::args::Args;
use clap::{CommandFactory, FromArgMatches};

/// What a page of `docs/` tells first; how something is computed and measured stays there.
const VERDICTS: &str = include_str!("../../../docs/verdicts.md");
const REST_OF_VERDICTS: &str = "\n## How it is computed";

/// Examples by command, one a line.
const EXAMPLES: &[(&[&str], &str)] = &[
    (
        &[],
        "cognate index samples/ --family ledger
cognate match suspect.exe
cognate triage incoming/ --jsonl | jq -r 'select(.finding == \"related\") | .name'",
    ),
    (
        &["base"],
        "cognate base add libfoo.a --component foo --component-version 1.2
cognate base show --json | jq -r '.bases[].components[].name'",
    ),
    (
        &["corpus"],
        "cognate corpus list --actor 'Paper Clip'
cognate corpus list --json | jq -r '.samples[].label.family' | sort | uniq -c",
    ),
    (
        &["case"],
        "cognate case new case.toml
cognate case assess case.toml --json | jq -r '.headline[]'",
    ),
    (
        &["index"],
        "cognate index samples/ --family ledger --actor 'Paper Clip'
find samples -name '*.dll' | xargs -d '\\n' cognate index --family ledger",
    ),
    (
        &["match"],
        "cognate match suspect.exe --html suspect.html
cognate match suspect.exe --json | jq -r '.answers[].report.outcome.verdict'
cognate match suspect.exe --format stix | jq '.objects | length'",
    ),
    (
        &["compare"],
        "cognate compare old.dll new.dll --changed --html changes.html
cognate compare old.dll new.dll --json | jq '.comparison.pairs | length'",
    ),
    (
        &["inspect"],
        "cognate inspect suspect.exe --function 0x401000
cognate inspect suspect.exe --json | jq -r '.samples[].gaps[].reason'",
    ),
    (
        &["components"],
        "cognate components suspect.exe
cognate components suspect.exe --format cyclonedx | jq '.components[].name'",
    ),
    (
        &["base", "show"],
        "cognate base show OpenSSL
cognate base show --json | jq '.bases[].projects'",
    ),
    (
        &["base", "build"],
        "cognate base build libraries.tsv --out libraries.base
cognate base build libraries.tsv --out libraries.base --json | jq .",
    ),
    (
        &["base", "add"],
        "cognate base add libfoo.a --component foo --component-version 1.2
ls *.a | xargs cognate base add --component foo",
    ),
    (
        &["base", "remove"],
        "cognate base remove foo
cognate base show --json | jq -r '.bases[1:][].components[].name|@sh' | xargs cognate base remove",
    ),
    (
        &["base", "export"],
        "cognate base export own.base
cognate base export own.base --json | jq '.bases[].components | length'",
    ),
    (
        &["corpus", "list"],
        "cognate corpus list --family ledger
cognate corpus list --kind malware --json | jq -r '.samples[].id'",
    ),
    (
        &["corpus", "show"],
        "cognate corpus show 1dff399d
cognate corpus show 1dff399d --json | jq '.labels[-1]'",
    ),
    (
        &["corpus", "relabel"],
        "cognate corpus relabel 1dff399d --family ledger --actor 'Paper Clip'
cut -f 1 hashes.tsv | xargs cognate corpus relabel --kind goodware",
    ),
    (
        &["corpus", "remove"],
        "cognate corpus remove 1dff399d
cognate corpus list --family ledger --json | jq -r '.samples[].id' | xargs cognate corpus remove",
    ),
    (
        &["corpus", "merge"],
        "cognate corpus merge colleague/store
cognate corpus merge colleague/store --json | jq .samples",
    ),
    (
        &["corpus", "export"],
        "cognate corpus export labels.tsv
cognate corpus export /dev/stdout | grep malware | cut -f 3 | sort | uniq -c",
    ),
    (
        &["corpus", "import"],
        "cognate corpus import labels.tsv
cognate corpus import labels.tsv --json | jq -r '.passed_over[]'",
    ),
    (
        &["corpus", "stats"],
        "cognate corpus stats
cognate corpus stats --json | jq .stats.families",
    ),
    (
        &["corpus", "verify"],
        "cognate corpus verify
cognate corpus verify --json | jq -r '.problems[]'",
    ),
    (
        &["corpus", "compact"],
        "cognate corpus compact
cognate corpus compact --json | jq -r '.notes[]'",
    ),
    (
        &["actor"],
        "cognate actor 'Lazarus Group'
cognate actor G0032 --json | jq -r '.candidates[].aliases[]'",
    ),
    (
        &["case", "new"],
        "cognate case new case.toml --title 'Who was it?'
cognate case new | less",
    ),
    (
        &["case", "check"],
        "cognate case check case.toml
ls cases/*.toml | xargs cognate case check --deny-warnings",
    ),
    (
        &["case", "assess"],
        "cognate case assess case.toml --as-of 2017-05-26
cognate case assess case.toml --json | jq -r '.headline[]'",
    ),
    (
        &["case", "explain"],
        "cognate case explain case.toml lazarus/group
cognate case explain case.toml --json | jq .",
    ),
    (
        &["case", "compare"],
        "cognate case compare case.toml --as-of-a 2017-05-16 --as-of-b 2017-06-30
cognate case compare ours.toml theirs.toml --json | jq '.changes[]'",
    ),
    (
        &["case", "export"],
        "cognate case export case.toml --format html -o case.html
cognate case export case.toml --format stix | jq '.objects | length'",
    ),
    (
        &["case", "add-match"],
        "cognate case add-match case.toml result.json --in-place
cognate case add-match case.toml result.json | diff case.toml -",
    ),
    (
        &["case", "matrix"],
        "cognate case matrix case.toml --csv | column -t -s ,
cognate case matrix case.toml --from judgements.csv --in-place",
    ),
    (
        &["case", "merge"],
        "cognate case merge ours.toml theirs.toml --analyst second-desk --in-place
cognate case merge ours.toml theirs.toml | diff ours.toml -",
    ),
    (
        &["case", "draft"],
        "cognate case draft --from event.json --into case.toml --in-place
cognate case draft --from bundle.json | less",
    ),
    (
        &["case", "score"],
        "cognate case score cases/ --days 14 --days 90
cognate case score cases/ --json | jq .",
    ),
    (
        &["demo"],
        "cognate demo
cognate demo --keep demo-store --quiet | less",
    ),
    (
        &["doctor"],
        "cognate doctor
cognate doctor --json | jq .",
    ),
    (
        &["completions"],
        "cognate completions bash > ~/.local/share/bash-completion/completions/cognate
cognate completions zsh | sudo tee /usr/share/zsh/site-functions/_cognate",
    ),
    (
        &["man"],
        "cognate man --dir ~/.local/share/man/man1
cognate man | man -l -",
    ),
    (
        &["schema"],
        "cognate schema match
cognate schema | xargs -n 1 cognate schema",
    ),
];

/// The command line with examples in its help.
pub fn command() -> clap::Command {
    EXAMPLES.iter().fold(Args::command(), |command, (path, examples)| with_examples(command, path, examples))
}

fn with_examples(command: clap::Command, path: &[&str], examples: &str) -> clap::Command {
    match path {
        [] => {
            let rest = command.get_after_help().map(|text| format!("\n\n{text}")).unwrap_or_default();
            command.after_help(format!("Examples:\n  {}{rest}", examples.replace('\n', "\n  ")))
        }
        [name, path @ ..] => command.mut_subcommand(*name, |part| with_examples(part, path, examples)),
    }
}

/// The arguments of this call; ends the program where they are wrong, or ask for help.
pub fn parse() -> Args {
    let parsed = Args::from_arg_matches(&command().get_matches());
    parsed.unwrap_or_else(|error| error.exit())
}

/// What is told of a topic: a page, or a command's help; of no topic that of the program.
pub fn of(topic: &[String], width: usize) -> Option<String> {
    if topic == ["verdicts"] {
        let told = VERDICTS.split(REST_OF_VERDICTS).next().unwrap_or_default();
        return Some(plain(told, width) + "\nHow it is computed and what was measured: docs/verdicts.md\n");
    }
    let mut found = command();
    found.build();
    for name in topic {
        found = found.find_subcommand(name)?.clone();
    }
    Some(found.render_long_help().to_string())
}

/// Markdown as far as the pages use it, for a terminal.
fn plain(markdown: &str, width: usize) -> String {
    let mut out = String::new();
    for paragraph in markdown.split("\n\n").filter(|text| !text.trim().is_empty()) {
        let paragraph = paragraph.trim().replace(['*', '`'], "");
        let paragraph = paragraph.trim_start_matches('#').trim_start();
        for (at, point) in paragraph.split("\n- ").enumerate() {
            let mark = if at > 0 { "- " } else { "" };
            out.push_str(&cognate_report::wrap(&format!("{mark}{point}"), 0, width));
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words of a line of a shell, as far as examples need it.
    fn words(line: &str) -> Vec<String> {
        line.split('\'').zip(0..).fold(vec![String::new()], |mut words, (part, number)| {
            if number % 2 == 1 {
                words.last_mut().unwrap().push_str(part);
                return words;
            }
            for (at, word) in part.split(' ').enumerate() {
                if at > 0 {
                    words.push(String::new());
                }
                words.last_mut().unwrap().push_str(word);
            }
            words
        })
    }

    fn check_parses(part: &str) {
        let part = part.split([';', '>']).next().unwrap().trim();
        let words: Vec<String> = words(part).into_iter().filter(|word| !word.is_empty()).collect();
        let Some(start) = words.iter().position(|word| word == "cognate") else { return };
        let parsed = command().try_get_matches_from(&words[start..]);
        // What xargs adds is not there.
        let is_left = |error: &clap::Error| {
            start > 0 && error.kind() == clap::error::ErrorKind::MissingRequiredArgument
        };
        assert!(parsed.as_ref().err().is_none_or(is_left), "{part}: {}", parsed.unwrap_err());
    }

    #[test]
    fn each_command_has_examples_that_can_be_given_and_one_is_a_pipeline() {
        for (path, examples) in EXAMPLES {
            assert!(examples.lines().count() >= 2 && examples.contains(" | "), "{path:?}");
            assert!(examples.lines().all(|line| line.len() <= 98), "{path:?}");
            examples.lines().flat_map(|line| line.split(" | ")).for_each(check_parses);
        }
    }

    fn check_leaves(command: &clap::Command) {
        let mut parts = command.get_subcommands().filter(|part| !part.is_hide_set()).peekable();
        if parts.peek().is_none() && command.get_name() != "help" {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("Examples:\n"), "{} has no examples", command.get_name());
        }
        parts.for_each(check_leaves);
    }

    #[test]
    fn no_command_is_without_examples() {
        check_leaves(&command());
    }

    #[test]
    fn a_page_is_told_without_its_marks_in_the_width_that_is_there() {
        let text = of(&["verdicts".to_owned()], 80).unwrap();
        assert!(text.contains("\nKNOWN FILE (known-file): this very file"), "{text}");
        assert!(text.contains("\n- A wrong label. The verdict"), "{text}");
        assert!(!text.contains("**") && !text.contains("How it is computed\n\n1."), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(of(&["corpus".to_owned(), "list".to_owned()], 80).unwrap().contains("Examples:"));
        assert_eq!(of(&["nosuch".to_owned()], 80), None);
    }
}
