//! What becomes of a library's code where the base does not know the library.

use super::{Case, key};
use crate::report::{Table, percent};
use cognate_components::{Base, identify};
use cognate_fingerprint::SampleFingerprint;
use std::collections::BTreeMap;

/// What became of one library's functions.
#[derive(Default)]
struct Left {
    files: usize,
    functions: usize,
    /// Given to other components, by name.
    others: BTreeMap<String, usize>,
    /// Nobody's that is known: to a comparison the program's own.
    private: usize,
    /// Of these such as say enough to be evidence.
    telling: usize,
}

/// By library.
#[derive(Default)]
pub(super) struct Without(BTreeMap<String, Left>);

impl Without {
    /// Leaves each library of the case out of the base at a time, or the one of this name.
    pub(super) fn judge(&mut self, base: &Base, which: &str, case: &Case, sample: &SampleFingerprint) {
        for library in &case.libraries {
            let is_meant = which == "each" || key(which) == key(&library.component);
            let Some(less) = base.without(&library.component).filter(|_| is_meant) else { continue };
            let identified = identify(&[&less], sample);
            let mut told = vec![None; sample.functions.len()];
            for component in identified.components.iter().filter(|it| it.is_public()) {
                component.functions.iter().for_each(|&at| told[at as usize] = Some(&component.name));
            }
            let left = self.0.entry(library.component.clone()).or_default();
            left.files += 1;
            for (function, told) in sample.functions.iter().zip(told) {
                let truth = case.functions.get(&function.address);
                if truth.is_none_or(|truth| key(truth) != key(&library.component)) {
                    continue;
                }
                left.functions += 1;
                if let Some(other) = told {
                    *left.others.entry(other.clone()).or_default() += 1;
                } else {
                    left.private += 1;
                    left.telling += usize::from(function.fingerprint.is_telling());
                }
            }
        }
    }

    /// The table.
    pub(super) fn table(self) -> Table {
        let columns = [
            "library",
            "files",
            "functions",
            "given to others",
            "private",
            "private, and evidence",
            "others",
        ];
        let mut table = Table::new("Left out of the base", &columns);
        for (library, left) in self.0 {
            let share = |part: usize| format!("{part} ({})", percent(part, left.functions));
            let mut others: Vec<_> = left.others.iter().collect();
            others.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), *name));
            let named: Vec<String> =
                others.iter().take(4).map(|(name, count)| format!("{name} {count}")).collect();
            table.row(vec![
                library,
                left.files.to_string(),
                left.functions.to_string(),
                share(left.others.values().sum()),
                share(left.private),
                share(left.telling),
                named.join(", "),
            ]);
        }
        table
    }
}
