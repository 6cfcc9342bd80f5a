//! What an artefact or a reference of an item is, where its text tells beyond doubt.
//!
//! Hashes by their length in hexadecimal digits, addresses by their form,
//! domains written plainly only under a top-level domain that is no file
//! extension; `evil[.]example`, `hxxp://` and the like are read as what they
//! defuse. Everything else stays text.

use std::net::IpAddr;

/// An artefact with a meaning of its own outside the case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Artefact {
    /// Lower-case hexadecimal.
    Md5(String),
    /// Lower-case hexadecimal.
    Sha1(String),
    /// Lower-case hexadecimal.
    Sha256(String),
    /// Lower-case hexadecimal.
    Sha512(String),
    /// Lower case, without the defusing marks.
    Domain(String),
    /// An address.
    Address(IpAddr),
    /// Without the defusing marks.
    Url(String),
}

/// A reference to a public catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Catalogued<'a> {
    /// ATT&CK software: `S0366`, and the text that goes with it.
    Software(&'a str, &'a str),
    /// Another ATT&CK id: group, technique, campaign, mitigation, tactic.
    Attack(&'a str),
    /// `CVE-2017-0144`.
    Cve(&'a str),
    /// `http` or `https`.
    Url(&'a str),
}

/// Longest text looked at: no hash, host or address of use is longer.
const LONGEST: usize = 2048;

/// Reads an artefact; none where it is just text.
pub(super) fn recognise(text: &str) -> Option<Artefact> {
    let text = text.trim();
    if text.len() > LONGEST || text.chars().any(|letter| letter.is_whitespace() || letter.is_control()) {
        return hash_with_label(text);
    }
    if let Some(hash) = hash(text).or_else(|| hash_with_label(text)) {
        return Some(hash);
    }
    let plain = refang(text);
    let defanged = plain != text;
    if let Some(url) = web(&plain) {
        return Some(Artefact::Url(url.to_owned()));
    }
    if let Ok(address) = plain.parse() {
        return Some(Artefact::Address(address));
    }
    let lower = plain.to_ascii_lowercase();
    is_domain(&lower, defanged).then_some(Artefact::Domain(lower))
}

/// Reads a reference; none where it is just text.
pub(super) fn catalogued(text: &str) -> Option<Catalogued<'_>> {
    let text = text.trim();
    if let Some(url) = web(text) {
        let page = url.strip_prefix("https://attack.mitre.org/software/").unwrap_or_default();
        let id = page.trim_end_matches('/');
        return Some(if is_attack(id, 'S') { Catalogued::Software(id, "") } else { Catalogued::Url(url) });
    }
    let is_rest = |letter: char| !letter.is_ascii_alphanumeric() && letter != '-' && letter != '.';
    let mut words = text.split(is_rest).filter(|word| !word.is_empty());
    words.find_map(|word| {
        if is_attack(word, 'S') {
            return Some(Catalogued::Software(word, name_beside(text, word)));
        }
        if ['G', 'T', 'C', 'M'].iter().any(|kind| is_attack(word, *kind)) || is_tactic(word) {
            return Some(Catalogued::Attack(word));
        }
        is_cve(word).then_some(Catalogued::Cve(word))
    })
}

/// What stands beside an id: "S0366 WannaCry" and "WannaCry (S0366)" give "WannaCry".
fn name_beside<'a>(text: &'a str, word: &str) -> &'a str {
    let (before, after) = text.split_once(word).unwrap_or((text, ""));
    let trim = |part: &'a str| part.trim_matches(|letter: char| !letter.is_alphanumeric());
    let strip = |part: &'a str| {
        trim(part.strip_prefix("ATT&CK").or(part.strip_prefix("MITRE ATT&CK")).unwrap_or(part))
    };
    match (strip(trim(before)), trim(after)) {
        ("", after) => after,
        (before, _) => before,
    }
}

fn hash(text: &str) -> Option<Artefact> {
    if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let lower = || text.to_ascii_lowercase();
    match text.len() {
        32 => Some(Artefact::Md5(lower())),
        40 => Some(Artefact::Sha1(lower())),
        64 => Some(Artefact::Sha256(lower())),
        128 => Some(Artefact::Sha512(lower())),
        _ => None,
    }
}

/// `sha256:24d0...`, `MD5 84c8...`: the label must agree with the length.
fn hash_with_label(text: &str) -> Option<Artefact> {
    let (label, rest) = text.split_once([':', ' ', '='])?;
    let found = hash(rest.trim())?;
    let name = match found {
        Artefact::Md5(_) => "md5",
        Artefact::Sha1(_) => "sha1",
        Artefact::Sha256(_) => "sha256",
        _ => "sha512",
    };
    label.trim().replace('-', "").eq_ignore_ascii_case(name).then_some(found)
}

/// Takes the defusing marks out.
fn refang(text: &str) -> String {
    let mut plain = text.to_owned();
    for (mark, meant) in
        [("[.]", "."), ("(.)", "."), ("[dot]", "."), ("(dot)", "."), ("[:]", ":"), ("[://]", "://")]
    {
        plain = plain.replace(mark, meant);
    }
    match plain.get(..4) {
        Some(scheme) if scheme.eq_ignore_ascii_case("hxxp") => {
            format!("http{}", plain.get(4..).unwrap_or_default())
        }
        _ => plain,
    }
}

/// The text, if it is a web address of plain characters with a host.
pub(super) fn web(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("https://").or(text.strip_prefix("http://"))?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let clean = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}[]".contains(&byte);
    let escapes = rest.split('%').skip(1);
    let escaped = |part: &str| part.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
    let fits = !host.is_empty() && text.len() <= LONGEST && text.bytes().all(clean);
    (fits && escapes.into_iter().all(escaped) && rest.matches('#').count() <= 1).then_some(text)
}

/// Top-level domains of three letters and more that no file extension shares.
const TOP_LEVEL: [&str; 22] = [
    "com", "net", "org", "edu", "gov", "mil", "int", "info", "biz", "name", "onion", "top", "xyz", "online",
    "site", "club", "cloud", "live", "shop", "tech", "example", "test",
];

/// Two-letter file extensions that are also countries.
const EXTENSIONS: [&str; 12] = ["py", "sh", "rs", "pl", "md", "cc", "ps", "js", "so", "ml", "la", "gz"];

fn is_domain(text: &str, defanged: bool) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    let Some((_, top)) = text.rsplit_once('.') else { return false };
    let country = top.len() == 2 && !EXTENSIONS.contains(&top);
    let known = defanged || country || TOP_LEVEL.contains(&top) || top.starts_with("xn--");
    let letters = top.bytes().all(|byte| byte.is_ascii_alphabetic()) || top.starts_with("xn--");
    text.len() <= 253 && known && letters && text.split('.').all(label)
}

/// `S0366`, `T1486`, `T1071.001`.
fn is_attack(word: &str, kind: char) -> bool {
    let Some(rest) = word.strip_prefix(kind) else { return false };
    let digits = |text: &str, count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    match rest.split_once('.') {
        Some((main, sub)) => kind == 'T' && digits(main, 4) && (digits(sub, 3) || sub.is_empty()),
        None => digits(rest, 4),
    }
}

fn is_tactic(word: &str) -> bool {
    word.strip_prefix("TA")
        .is_some_and(|rest| rest.len() == 4 && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_cve(word: &str) -> bool {
    let Some((year, number)) = word.strip_prefix("CVE-").and_then(|rest| rest.split_once('-')) else {
        return false;
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    // More than four digits never begin with a zero.
    year.len() == 4
        && digits(year)
        && digits(number)
        && (number.len() == 4 || (number.len() > 4 && !number.starts_with('0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<Artefact>) {
        assert_eq!(recognise(text), expected, "{text:?}");
    }

    fn domain(text: &str) -> Option<Artefact> {
        Some(Artefact::Domain(text.to_owned()))
    }

    #[test]
    fn a_hash_is_told_by_its_length() {
        let md5 = "84C82835A5D21BBCF75A61706D8AB549";
        check(md5, Some(Artefact::Md5(md5.to_lowercase())));
        check(&"a".repeat(40), Some(Artefact::Sha1("a".repeat(40))));
        check(&format!("SHA-256: {}", "b".repeat(64)), Some(Artefact::Sha256("b".repeat(64))));
        check(&"c".repeat(128), Some(Artefact::Sha512("c".repeat(128))));
        check(&"a".repeat(41), None);
    }

    #[test]
    fn a_label_that_contradicts_the_length_makes_no_hash() {
        check(&format!("md5:{}", "b".repeat(64)), None);
    }

    #[test]
    fn addresses_and_domains_are_read_plain_and_defused() {
        check("203.0.113.7", Some(Artefact::Address("203.0.113.7".parse().unwrap())));
        check("203[.]0[.]113[.]7", Some(Artefact::Address("203.0.113.7".parse().unwrap())));
        check("2001:db8::1", Some(Artefact::Address("2001:db8::1".parse().unwrap())));
        check("Evil[.]Example", domain("evil.example"));
        check("www.example.kr", domain("www.example.kr"));
        check("hxxp://evil[.]example/a", Some(Artefact::Url("http://evil.example/a".to_owned())));
    }

    #[test]
    fn a_file_name_is_no_domain() {
        for text in [
            "tasksche.exe",
            "t.wnry",
            "a.b.dll",
            "run.sh",
            "x.py",
            "c.wnry",
            "@Please_Read_Me@.txt",
            "v1.2",
            "..",
            "",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn references_to_catalogues_are_found_in_their_text() {
        assert_eq!(catalogued("S0366"), Some(Catalogued::Software("S0366", "")));
        assert_eq!(catalogued("ATT&CK S0366 (WannaCry)"), Some(Catalogued::Software("S0366", "WannaCry")));
        assert_eq!(catalogued("WannaCry (S0366)"), Some(Catalogued::Software("S0366", "WannaCry")));
        assert_eq!(catalogued("T1071.001"), Some(Catalogued::Attack("T1071.001")));
        assert_eq!(catalogued("CVE-2017-0144"), Some(Catalogued::Cve("CVE-2017-0144")));
        assert_eq!(catalogued("CVE-2017-00144"), None);
        assert_eq!(
            catalogued("https://attack.mitre.org/software/S0366/"),
            Some(Catalogued::Software("S0366", ""))
        );
        assert_eq!(catalogued("https://a.example/S0366"), Some(Catalogued::Url("https://a.example/S0366")));
        assert_eq!(catalogued("a book"), None);
        assert_eq!(catalogued("XS0366"), None);
    }

    #[test]
    fn a_web_address_has_a_host_and_only_plain_characters() {
        assert!(web("https://a.example/b%20c").is_some());
        for text in [
            "https://",
            "http:///x",
            "javascript:alert(1)",
            "https://a b",
            "https://a\u{202e}b",
            "https://a/%zz",
            "https://a/\n",
        ] {
            assert_eq!(web(text), None, "{text:?}");
        }
    }
}
