//! Mangled names to readable ones. A demangler is a parser too, run on text
//! that the sample chose: names are short, and results are bounded.

use std::fmt::{self, Write};

/// Longer mangled names are shown as they are.
const MAX_MANGLED: usize = 4096;
/// Demangled names are cut here: templates can repeat themselves exponentially.
const MAX_DEMANGLED: usize = 16 * 1024;

/// The readable form of a C++, Rust or MSVC name, where there is one and it differs.
pub(crate) fn demangle(name: &str) -> Option<String> {
    if name.len() > MAX_MANGLED || !name.is_ascii() {
        return None;
    }
    let shown = if name.starts_with('?') { microsoft(name) } else { itanium_or_rust(name) };
    shown.filter(|shown| !shown.is_empty() && shown != name)
}

fn itanium_or_rust(name: &str) -> Option<String> {
    let name = name.strip_prefix("__").filter(|rest| rest.starts_with(['Z', 'R'])).map_or_else(
        || name.to_owned(),
        |rest| format!("_{rest}"), // Mach-O puts one more underscore in front
    );
    if let Ok(rust) = rustc_demangle::try_demangle(&name) {
        return bounded(format_args!("{rust:#}"));
    }
    if !name.starts_with("_Z") {
        return None;
    }
    let options = cpp_demangle::ParseOptions::default().recursion_limit(96);
    let symbol = cpp_demangle::BorrowedSymbol::new_with_options(name.as_bytes(), &options).ok()?;
    let options = cpp_demangle::DemangleOptions::default().recursion_limit(96);
    let mut out = Bounded(String::new());
    symbol.structured_demangle(&mut out, &options).ok()?;
    Some(out.0)
}

/// MSVC's demangler recurses by nesting, so names that nest deeply stay as they are.
fn microsoft(name: &str) -> Option<String> {
    let nested = name.bytes().filter(|byte| matches!(byte, b'?' | b'P' | b'A')).count();
    if name.len() > 1024 || nested > 256 {
        return None;
    }
    let flags = msvc_demangler::DemangleFlags::NAME_ONLY;
    msvc_demangler::demangle(name, flags).ok().filter(|shown| shown.len() <= MAX_DEMANGLED)
}

fn bounded(args: fmt::Arguments<'_>) -> Option<String> {
    let mut out = Bounded(String::new());
    out.write_fmt(args).ok()?;
    Some(out.0)
}

/// Text that refuses to grow past the bound, which stops whoever writes it.
struct Bounded(String);

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.0.len().saturating_add(text.len()) > MAX_DEMANGLED {
            return Err(fmt::Error);
        }
        self.0.push_str(text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::demangle;

    fn check(name: &str, shown: Option<&str>) {
        assert_eq!(demangle(name).as_deref(), shown);
    }

    #[test]
    fn cpp_names_are_demangled() {
        check("_ZN3foo3barEi", Some("foo::bar(int)"));
    }

    #[test]
    fn a_macho_underscore_is_no_obstacle() {
        check("__ZN3foo3barEi", Some("foo::bar(int)"));
    }

    #[test]
    fn rust_names_lose_their_hash() {
        check("_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE", Some("core::fmt::Write::write_fmt"));
    }

    #[test]
    fn microsoft_names_are_demangled() {
        check("?bar@foo@@YAXH@Z", Some("foo::bar"));
    }

    #[test]
    fn plain_names_stay() {
        check("main", None);
    }

    #[test]
    fn very_long_names_stay() {
        check(&format!("_Z{}", "N".repeat(5000)), None);
    }
}
