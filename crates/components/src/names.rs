//! What names tell: whether two mean one component, and whose a function is, as far as names go.

/// Whether two names are one but for case and what is no letter.
pub(crate) fn is_same_name(a: &str, b: &str) -> bool {
    let letters = |name: &str| -> Vec<char> {
        name.chars()
            .filter(|letter| letter.is_alphanumeric() || *letter == '+')
            .flat_map(char::to_lowercase)
            .collect()
    };
    letters(a) == letters(b)
}

/// The runtime of which a function of C++ is an instance, whoever's types it was made for.
pub(crate) fn standard_library(name: &str) -> Option<&'static str> {
    let path = qualified(name);
    let of = |scope: &str| path.starts_with(scope);
    if of("std::__1::") || of("std::__ndk1::") || of("std::__Cr::") {
        return Some("libc++");
    }
    (of("std::") || of("__gnu_cxx::") || of("__cxxabiv1::") || of("__gnu_debug::")).then_some("libstdc++")
}

/// A demangled name of C++ without the type that it returns, and without what stands before it
/// ("non-virtual thunk to", "guard variable for").
fn qualified(name: &str) -> &str {
    // the last space outside of brackets before the arguments starts the name
    let (mut depth, mut start) = (0i32, 0);
    for (at, byte) in name.bytes().enumerate() {
        match byte {
            b'<' | b'[' => depth += 1,
            b'>' | b']' => depth -= 1,
            b'(' if depth <= 0 && at > start => break,
            b' ' if depth <= 0 => start = at + 1,
            _ => {}
        }
    }
    name.get(start..).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, library: Option<&str>) {
        assert_eq!(standard_library(name), library);
    }

    #[test]
    fn instances_of_templates_are_the_standard_librarys() {
        let push = "void std::vector<rocksdb::Slice, std::allocator<rocksdb::Slice> >::_M_realloc_insert<int>(int&&)";
        check(push, Some("libstdc++"));
        check("std::__1::basic_string<char>::append(char const*)", Some("libc++"));
        check("rocksdb::Slice::find(std::vector<int> const&)", None);
        check("std::pair<int, int> leveldb::pair(int)", None);
    }
}
