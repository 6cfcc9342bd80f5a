//! What C compilers add to names.

/// What C compilers add to the name of a function that they change or split, behind a dot and before a number.
const CLONES: [&str; 7] = ["isra", "part", "constprop", "lto_priv", "llvm", "localalias", "clone"];
/// The same of what stands without a number.
const COLD: &str = "cold";

/// A function's name without what a C compiler added to it where it changed or split the function.
///
/// ```
/// # use cognate_fingerprint::without_clone_suffix;
/// assert_eq!(without_clone_suffix("inflate.part.3.constprop.0"), "inflate");
/// assert_eq!(without_clone_suffix("f(int) [clone .cold]"), "f(int)");
/// ```
pub fn without_clone_suffix(name: &str) -> &str {
    let is_clone = |&(at, _): &(usize, &str)| {
        let mut parts = name.get(at + 1..).unwrap_or_default().split('.');
        let (added, number) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        at > 0
            && (added == COLD
                || CLONES.contains(&added) && number.starts_with(|it: char| it.is_ascii_digit()))
    };
    // a demangler shows clones in brackets
    let end = name.find(" [clone ").or_else(|| name.match_indices('.').find(is_clone).map(|(at, _)| at));
    end.and_then(|end| name.get(..end)).unwrap_or(name)
}
