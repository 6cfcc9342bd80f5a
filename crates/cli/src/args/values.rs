//! Values of options, as people write them.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use cognate_binary::Arch;
use cognate_case::Scheme;
use cognate_case::scale::Shareability;
use cognate_documents::{ComponentKind, Side};
use cognate_index::Kind;
use jiff::civil::Date;

/// A function of one of two files, as a person names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The file that it is of, where that was said.
    pub side: Option<Side>,
    /// Its address or its name.
    pub text: String,
    /// Its address, where it is one.
    pub address: Option<u64>,
}

impl Asked {
    /// How it is asked for, in words.
    pub fn words(&self) -> String {
        match self.address {
            Some(address) => format!("at {address:#x}"),
            None => format!("named `{}`", self.text),
        }
    }
}

pub(super) fn parse_arch(text: &str) -> Result<Arch, String> {
    match text {
        "x64" => Ok(Arch::X86_64),
        "arm64" => Ok(Arch::Aarch64),
        _ => text.parse().map_err(|_| "expected x86, x86-64 or aarch64".to_owned()),
    }
}

/// What a family can be; help lists it.
pub(super) fn kinds() -> impl TypedValueParser<Value = Kind> {
    PossibleValuesParser::new([Kind::Malware, Kind::Goodware, Kind::Library].map(<&str>::from))
        .try_map(|text| text.parse::<Kind>())
}

/// What a component of a program can be.
pub(super) fn component_kinds() -> impl TypedValueParser<Value = ComponentKind> {
    let kinds = [ComponentKind::Library, ComponentKind::Runtime, ComponentKind::Glue];
    PossibleValuesParser::new(kinds.map(<&str>::from)).try_map(|text| text.parse::<ComponentKind>())
}

pub(super) fn parse_day(text: &str) -> Result<Date, String> {
    let expected = || "expected a day as YYYY-MM-DD, such as 2017-05-26".to_owned();
    let shape =
        |place: usize, byte: u8| if matches!(place, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() };
    if text.len() != 10 || !text.bytes().enumerate().all(|(place, byte)| shape(place, byte)) {
        return Err(expected());
    }
    text.parse().map_err(|_| format!("no such day; {}", expected()))
}

pub(super) fn parse_wording(text: &str) -> Result<Scheme, String> {
    match text {
        "icd203" => Ok(Scheme::Icd203),
        "phia" => Ok(Scheme::Phia),
        _ => Err("expected icd203 or phia".to_owned()),
    }
}

pub(super) fn parse_shareability(text: &str) -> Result<Shareability, String> {
    match text {
        "public" => Ok(Shareability::Public),
        "leaked" => Ok(Shareability::Leaked),
        "traded" => Ok(Shareability::Traded),
        "private" => Ok(Shareability::Private),
        "operational" => Ok(Shareability::Operational),
        _ => Err("expected public, leaked, traded, private or operational".to_owned()),
    }
}

pub(super) fn parse_address(text: &str) -> Result<u64, String> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let address = digits.map_or_else(|| text.parse(), |digits| u64::from_str_radix(digits, 16));
    address.map_err(|_| "expected an address such as 0x401000".to_owned())
}

pub(super) fn parse_function(text: &str) -> Result<Asked, String> {
    Ok(Asked { side: None, text: text.to_owned(), address: parse_address(text).ok() })
}

pub(super) fn parse_asked(text: &str) -> Result<Asked, String> {
    // `A::b` is a name of C++.
    let of_side = |letter| text.strip_prefix(letter).filter(|rest| !rest.starts_with(':'));
    let (side, text) = match (of_side("A:"), of_side("B:")) {
        (Some(rest), _) => (Some(Side::A), rest),
        (None, Some(rest)) => (Some(Side::B), rest),
        (None, None) => (None, text),
    };
    Ok(Asked { side, text: text.to_owned(), address: parse_address(text).ok() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_one_spelling() {
        assert_eq!(parse_day("2017-05-26").map(|day| day.to_string()), Ok("2017-05-26".to_owned()));
        for text in
            ["2017-5-26", "2017-02-30", "26.05.2017", "2017-05-26T12:00", "", "99999-01-01", "２０１７-05-26"]
        {
            assert!(parse_day(text).is_err(), "{text}");
        }
    }

    #[test]
    fn addresses_are_hexadecimal_with_a_prefix_and_decimal_without() {
        assert_eq!(parse_address("0x10"), Ok(16));
        assert_eq!(parse_address("10"), Ok(10));
        assert!(parse_address("10h").is_err());
        assert!(parse_address("0x1ffffffffffffffff").is_err());
    }

    #[test]
    fn a_function_is_asked_for_by_side_and_by_address_or_name() {
        let check = |text: &str, side, rest: &str, address| {
            let asked = Asked { side, text: rest.to_owned(), address };
            assert_eq!(parse_asked(text), Ok(asked), "{text}");
        };
        check("0x10", None, "0x10", Some(16));
        check("B:0x10", Some(Side::B), "0x10", Some(16));
        check("A:main", Some(Side::A), "main", None);
        check("A::main", None, "A::main", None);
    }
}
