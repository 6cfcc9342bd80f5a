//! What names of functions tell: whose a function is, as far as names go.

/// What compilers add to the name of a function that they changed or split.
const CLONES: [&str; 7] = [".isra.", ".part.", ".constprop.", ".cold", ".lto_priv.", ".llvm.", ".clone."];

/// A function's name without what the compiler added, the same for all its builds.
pub(crate) fn function_name(name: &str) -> String {
    let mut name = name;
    // a demangler shows clones in brackets
    if let Some(at) = name.find(" [clone ") {
        name = &name[..at];
    }
    if let Some(at) = CLONES.iter().filter_map(|clone| name.find(clone)).min().filter(|&at| at > 0) {
        name = &name[..at];
    }
    name.to_owned()
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
    fn check(name: &str, function: &str, library: Option<&str>) {
        assert_eq!((function_name(name).as_str(), standard_library(name)), (function, library));
    }

    #[test]
    fn what_the_compiler_added_is_no_name() {
        check("deflate_fast.isra.0", "deflate_fast", None);
        check("inflate.cold", "inflate", None);
        check("foo.part.3.constprop.0", "foo", None);
        check("f(int) [clone .cold]", "f(int)", None);
        check(".part.1", ".part.1", None);
    }

    #[test]
    fn instances_of_templates_are_the_standard_librarys() {
        let push = "void std::vector<rocksdb::Slice, std::allocator<rocksdb::Slice> >::_M_realloc_insert<int>(int&&)";
        check(push, push, Some("libstdc++"));
        let other = "std::__1::basic_string<char>::append(char const*)";
        check(other, other, Some("libc++"));
        let own = "rocksdb::Slice::find(std::vector<int> const&)";
        check(own, own, None);
        let returns = "std::pair<int, int> leveldb::pair(int)";
        check(returns, returns, None);
    }
}
