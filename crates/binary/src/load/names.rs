//! Mangled names to readable ones. A demangler is a parser too, run on text
//! that the sample chose: names are short, and results are bounded.

use std::fmt::{self, Write};

/// Longer mangled names are shown as they are. Judgement.
const MAX_MANGLED: usize = 4096;
/// Names whose readable form is longer stay as they are: templates can repeat themselves exponentially. Judgement.
const MAX_DEMANGLED: usize = 16 * 1024;
/// A readable form that takes more pieces than this to write, be they empty, is given up. Judgement.
const MAX_PIECES: usize = 64 * 1024;
/// Productions of the grammar that a C++ name may take to read, and again to write: of 114,000 names
/// of installed programs none takes 5,000, and some of a hundred bytes would take forever.
const MAX_PRODUCTIONS: u32 = 8 * 1024;
/// Microsoft's names may grow by back references to this many parts. Judgement.
const MAX_PARTS: f64 = 200_000.0;

/// Whether a name has the form of a mangled one.
pub(crate) fn is_mangled(name: &str) -> bool {
    ["?", "_Z", "__Z", "_R", "__R"].iter().any(|start| name.starts_with(start))
}

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
    let options = cpp_demangle::ParseOptions::default().recursion_limit(96).production_limit(MAX_PRODUCTIONS);
    let symbol = cpp_demangle::BorrowedSymbol::new_with_options(name.as_bytes(), &options).ok()?;
    let options =
        cpp_demangle::DemangleOptions::default().recursion_limit(96).production_limit(MAX_PRODUCTIONS);
    let mut out = Bounded::default();
    symbol.structured_demangle(&mut out, &options).ok()?;
    Some(out.text)
}

/// MSVC's demangler recurses by nesting, so names that nest deeply stay as they are, and copies what
/// is referred back to, so names that may grow by it do as well.
fn microsoft(name: &str) -> Option<String> {
    let nested = name.bytes().filter(|byte| matches!(byte, b'?' | b'P' | b'A')).count();
    if name.len() > 1024 || nested > 256 || growth(name.as_bytes()) > MAX_PARTS {
        return None;
    }
    let flags = msvc_demangler::DemangleFlags::NAME_ONLY;
    msvc_demangler::demangle(name, flags).ok().filter(|shown| shown.len() <= MAX_DEMANGLED)
}

/// The most parts that a Microsoft name may stand for.
///
/// Each template and each type of a function starts a list, each digit in a list may stand for all
/// of the list inside it: the product is largest where the digits are spread evenly.
fn growth(name: &[u8]) -> f64 {
    let lists = name
        .windows(2)
        .filter(|pair| matches!(pair, [b'?', b'$'] | [b'A' | b'P' | b'Q' | b'R' | b'S', b'6' | b'8']))
        .count();
    let mut digits = 0u32;
    let mut before = b'?';
    for &byte in name {
        // Behind a small letter or a dollar, a digit is part of an identifier or a number.
        if byte.is_ascii_digit() {
            if before.is_ascii_lowercase() || before == b'$' {
                continue;
            }
            digits += 1;
        }
        before = byte;
    }
    let each = f64::from(digits) / lists.max(1) as f64 + 1.0;
    (0..lists).fold(1.0, |product, _| product * each)
}

fn bounded(args: fmt::Arguments<'_>) -> Option<String> {
    let mut out = Bounded::default();
    out.write_fmt(args).ok()?;
    Some(out.text)
}

/// Text that refuses to grow past the bounds, which stops whoever writes it.
#[derive(Default)]
struct Bounded {
    text: String,
    pieces: usize,
}

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.pieces += 1;
        if self.text.len().saturating_add(text.len()) > MAX_DEMANGLED || self.pieces > MAX_PIECES {
            return Err(fmt::Error);
        }
        self.text.push_str(text);
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
    fn names_of_templates_are_demangled() {
        check(
            "?append@?$basic_string@DU?$char_traits@D@std@@V?$allocator@D@2@@std@@QEAAAEAV12@AEBV12@_K1@Z",
            Some("std::basic_string<char,struct std::char_traits<char>,class std::allocator<char> >::append"),
        );
    }

    #[test]
    fn microsoft_names_that_double_with_each_template_stay() {
        let nested = (0..60).fold("H".to_owned(), |inner, _| format!("V?$A@{inner}00@@"));
        check(&format!("?f@?${}", nested.strip_prefix("V?$").unwrap().to_owned() + "@YAXXZ"), None);
    }

    #[test]
    fn microsoft_names_that_multiply_by_types_of_functions_stay() {
        let types: String = (0..10).map(|at| format!("P6AX{}@Z", format!("{at}").repeat(80))).collect();
        check(&format!("?f@@YAX{types}@Z"), None);
    }

    #[test]
    fn names_that_would_take_forever_stay() {
        check(&format!("_Z1f{}v{}DT{}", "D0".repeat(400), "D0".repeat(3), "nw".repeat(400)), None);
        check(&format!("_Z{}", "cvsPnw".repeat(300)), None);
        check(&format!("_Z1f{}", "St1aI".repeat(300)), None);
    }

    #[test]
    fn names_that_double_with_each_substitution_stay() {
        let types: String = (0..60).map(|_| "S_S_").collect();
        check(&format!("_Z1fI1AIiiE{types}Evv"), demangle(&format!("_Z1fI1AIiiE{types}Evv")).as_deref());
        let mut doubled = "_Z1f1AIiiE".to_owned();
        for at in 0..40 {
            let last = if at == 0 {
                "S_".to_owned()
            } else {
                format!("S{}_", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".as_bytes()[(at - 1) % 36] as char)
            };
            doubled += &format!("1AI{last}{last}E");
        }
        assert!(demangle(&doubled).is_none_or(|shown| shown.len() <= super::MAX_DEMANGLED));
    }

    #[test]
    fn very_long_names_stay() {
        check(&format!("_Z{}", "N".repeat(5000)), None);
    }
}
