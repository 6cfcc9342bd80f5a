//! The answers, counted.

use super::programs::Program;
use super::questions::Question;
use super::{Answer, Named};
use crate::open_set::upper_bound;
use crate::report::{Report, Table, percent};
use cognate_documents::Origin;
use std::collections::{BTreeMap, BTreeSet};

/// Expected numbers of unrelated families at which the bar is tried; the tool's own is 0.01.
const BARS: [f64; 5] = [0.001, 0.01, 0.03, 0.1, 1.0];

/// All tables of the report.
pub fn tables(programs: &[Program], answers: &[Answer<'_>]) -> Vec<Table> {
    let counted = Counted { programs, answers };
    vec![counted.content(), counted.recall(), counted.by_host(), counted.bars(), counted.decoys()]
}

/// What the figures mean.
pub fn notes(report: &mut Report) {
    report.note("A query meets no program with its own host; each host with a module is a family of the module's actor. Right is a family that holds the query's module, wrong is any other. Own named: at least one right one is named; own open: none is, and one is said to be not settled.");
    report.note("Wrong of named is the observed rate of false discoveries among families; the bar of the tool is 0.01 unrelated families expected in a search. In the table of bars a family counts as named where its expected number is at most the bar, however few its pieces.");
    report.note("A public library that one other program holds is what a planted module is, but for its name: nothing in the code tells them apart, and naming that program is a false accusation all the same.");
}

struct Counted<'a> {
    programs: &'a [Program],
    answers: &'a [Answer<'a>],
}

impl Counted<'_> {
    /// Whether a family holds the module that was planted into the query, or the one beside it.
    fn is_right(&self, answer: &Answer<'_>, family: &str) -> bool {
        self.holds(family, &answer.query.module)
    }

    fn holds(&self, family: &str, module: &str) -> bool {
        let mut own = self.programs.iter().filter(|program| program.family == family);
        own.any(|program| program.holds(module))
    }

    fn planted(&self) -> impl Iterator<Item = &Answer<'_>> {
        self.answers.iter().filter(|answer| answer.query.role == "planted")
    }

    /// How many families of an answer pass, right and wrong.
    fn named(&self, answer: &Answer<'_>, passes: impl Fn(&Named) -> bool) -> (usize, usize) {
        let all: Vec<&Named> = answer.families.iter().filter(|family| passes(family)).collect();
        let right = all.iter().filter(|family| self.is_right(answer, &family.family)).count();
        (right, all.len() - right)
    }

    fn content(&self) -> Table {
        let columns = ["role", "programs", "families", "functions, median"];
        let mut table = Table::new("What there is", &columns);
        let roles: BTreeSet<&str> = self.programs.iter().map(|program| program.role.as_str()).collect();
        for role in roles {
            let own: Vec<&Program> = self.programs.iter().filter(|program| program.role == role).collect();
            let families: BTreeSet<&str> = own.iter().map(|program| program.family.as_str()).collect();
            let mut sizes: Vec<usize> = own.iter().map(|it| it.fingerprint.functions.len()).collect();
            sizes.sort_unstable();
            let median = sizes.get(sizes.len() / 2).copied().unwrap_or_default();
            let counts = [own.len(), families.len(), median].map(|count| count.to_string());
            table.row([[role.to_owned()].as_slice(), &counts].concat());
        }
        table
    }

    fn recall(&self) -> Table {
        let columns = [
            "functions of the module",
            "where it stands in the store",
            "questions",
            "own named",
            "own open",
            "own first",
            "questions that name a wrong one",
        ];
        let mut table = Table::new("Planted modules", &columns);
        let mut groups: BTreeMap<(usize, Question), Vec<&Answer<'_>>> = BTreeMap::new();
        for answer in self.planted() {
            groups.entry((answer.query.size, answer.question)).or_default().push(answer);
        }
        for ((size, question), answers) in groups {
            let count = |is: &dyn Fn(&Answer<'_>) -> bool| answers.iter().filter(|it| is(it)).count();
            let share = |count: usize| format!("{count}: {}", percent(count, answers.len()));
            let named = |it: &Answer<'_>| self.named(it, |family| family.named);
            let wrong = count(&|it| named(it).1 > 0);
            let bound = 100.0 * upper_bound(wrong, answers.len());
            table.row(vec![
                size.to_string(),
                question.title().to_owned(),
                answers.len().to_string(),
                share(count(&|it| named(it).0 > 0)),
                share(count(&|it| named(it).0 == 0 && self.named(it, |family| family.open).0 > 0)),
                share(count(&|it| self.is_first(it))),
                format!("{}, up to {bound:.1} %", share(wrong)),
            ]);
        }
        table
    }

    /// Whether the likeliest family is a right one, above all wrong ones.
    fn is_first(&self, answer: &Answer<'_>) -> bool {
        let best = |right: bool| {
            let own = answer.families.iter().filter(|it| self.is_right(answer, &it.family) == right);
            own.map(|family| family.log10_lr).fold(f64::NEG_INFINITY, f64::max)
        };
        best(true) > best(false)
    }

    fn by_host(&self) -> Table {
        let columns =
            ["host", "functions of the module", "questions", "own named", "own open", "name a wrong one"];
        let mut table = Table::new("By host, all questions but absent", &columns);
        let mut groups: BTreeMap<(&str, usize), Vec<&Answer<'_>>> = BTreeMap::new();
        for answer in self.planted().filter(|answer| answer.question != Question::Absent) {
            groups.entry((&answer.query.host, answer.query.size)).or_default().push(answer);
        }
        for ((host, size), answers) in groups {
            let named: Vec<_> = answers.iter().map(|it| self.named(it, |family| family.named)).collect();
            let open = answers.iter().map(|it| self.named(it, |family| family.open).0 > 0);
            let open = open.zip(&named).filter(|(open, named)| *open && named.0 == 0).count();
            let found = named.iter().filter(|(right, _)| *right > 0).count();
            let wrong = named.iter().filter(|(_, wrong)| *wrong > 0).count();
            let shares = [found, open, wrong].map(|count| percent(count, answers.len()));
            let start = [host.to_owned(), size.to_string(), answers.len().to_string()];
            table.row([start.as_slice(), &shares].concat());
        }
        table
    }

    fn bars(&self) -> Table {
        let columns = [
            "unrelated families expected",
            "20 functions found",
            "100 functions found",
            "families named",
            "wrong",
            "wrong of named",
            "wrong a question",
        ];
        let mut table = Table::new("If the bar stood elsewhere", &columns);
        let all: Vec<&Answer<'_>> = self.planted().collect();
        for bar in BARS {
            let passes = |family: &Named| family.e_value <= bar;
            let found = [20, 100].map(|size| {
                let own = all.iter().filter(|it| it.query.size == size && it.question != Question::Absent);
                let own: Vec<bool> = own.map(|it| self.named(it, passes).0 > 0).collect();
                percent(own.iter().filter(|found| **found).count(), own.len())
            });
            let counts = all.iter().map(|it| self.named(it, passes));
            let (right, wrong) = counts.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
            let rest = [
                (right + wrong).to_string(),
                wrong.to_string(),
                percent(wrong, right + wrong),
                format!("{:.4}", wrong as f64 / all.len().max(1) as f64),
            ];
            table.row([[bar.to_string()].as_slice(), &found, &rest].concat());
        }
        table
    }

    fn decoys(&self) -> Table {
        let columns = [
            "decoy",
            "questions",
            "name a holder of the module that is not theirs",
            "of these, told to be the same binary code",
            "name a holder of their own module",
            "name anybody else",
            "open",
        ];
        let mut table = Table::new("Decoys", &columns);
        let mut groups: BTreeMap<(&str, Question), Vec<&Answer<'_>>> = BTreeMap::new();
        for answer in self.answers.iter().filter(|answer| answer.query.role != "planted") {
            groups.entry((&answer.query.role, answer.question)).or_default().push(answer);
        }
        for ((role, question), answers) in groups {
            let count = |is: &dyn Fn(&Answer<'_>) -> bool| answers.iter().filter(|it| is(it)).count();
            let names = |it: &Answer<'_>, is: &dyn Fn(&Named) -> bool| {
                it.families.iter().any(|one| one.named && is(one))
            };
            let lent = |it: &Answer<'_>, one: &Named| self.holds(&one.family, &it.query.module);
            let own = |it: &Answer<'_>, one: &Named| self.holds(&one.family, &it.query.beside);
            let binary =
                |one: &Named| matches!(one.origin, Some(Origin::SameBinary | Origin::SameBinaryPart));
            let counts = [
                count(&|it| names(it, &|one| lent(it, one))),
                count(&|it| names(it, &|one| lent(it, one) && binary(one))),
                count(&|it| names(it, &|one| own(it, one))),
                count(&|it| names(it, &|one| !lent(it, one) && !own(it, one))),
                count(&|it| it.families.iter().any(|one| one.open)),
            ];
            let start = [format!("{role}: {}", question.title()), answers.len().to_string()];
            table.row([start.as_slice(), &counts.map(|count| count.to_string())].concat());
        }
        table
    }
}
