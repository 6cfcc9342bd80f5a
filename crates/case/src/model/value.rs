//! Numbers and days of a case file, each within its bounds.
//!
//! A value that is none is refused while the file is read, so that the error has its line and column.

use jiff::civil::Date;
use std::fmt;
use toml::value::Datetime;

/// Between the message and the hint of a refused value: an error of serde carries one text.
const HINT: &str = "\nhint: ";

/// A number from 0 to 1, ends included: how a schema says it.
#[derive(Debug)]
pub(crate) struct Share;

/// Why a value is refused, and what to write instead.
#[derive(Debug)]
pub(crate) struct Refused {
    pub message: String,
    pub hint: &'static str,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{HINT}{}", self.message, self.hint)
    }
}

/// Message and hint of a value that was [`Refused`]; none for an error of TOML itself.
pub(crate) fn refused(message: &str) -> Option<(&str, &str)> {
    message.split_once(HINT)
}

/// A number that the file states, checked.
macro_rules! number {
    ($(#[$doc:meta])* $name:ident in $range:expr, $is_not:literal, $hint:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, serde::Deserialize)]
        #[serde(try_from = "f64")]
        pub(crate) struct $name(f64);

        impl TryFrom<f64> for $name {
            type Error = Refused;

            fn try_from(number: f64) -> Result<Self, Refused> {
                if $range.contains(&number) {
                    return Ok($name(number));
                }
                Err(Refused { message: format!(concat!("{} ", $is_not), number), hint: $hint })
            }
        }

        impl From<$name> for f64 {
            fn from(number: $name) -> f64 {
                number.0
            }
        }
    };
}

number! {
    /// Strictly between 0 and 1.
    Probability in (1e-9..=1.0 - 1e-9), "is not a probability between 0 and 1, both excluded",
    "0 and 1 would silence every other item; write 0.001 or 0.999 for what is nearly settled"
}

number! {
    /// The factor within which something lies with 90 %.
    Factor in (1.0..=100.0), "is no factor from 1 to 100",
    "2 says: the odds are between half and twice what is stated"
}

number! {
    /// How far items hang together.
    Correlation in (0.0..=1.0), "is no correlation from 0 to 1",
    "0 is independent, 1 is one observation told several times"
}

/// A day without a time.
#[derive(Clone, Copy, Debug, serde::Deserialize)]
#[serde(try_from = "Datetime")]
pub(crate) struct Day(Date);

impl TryFrom<Datetime> for Day {
    type Error = Refused;

    fn try_from(written: Datetime) -> Result<Self, Refused> {
        let plain = match (written.date, written.time, written.offset) {
            (Some(day), None, None) => day,
            _ => return Err(no_day(&written)),
        };
        let (year, month, day) =
            (i16::try_from(plain.year), i8::try_from(plain.month), i8::try_from(plain.day));
        let (Ok(year), Ok(month), Ok(day)) = (year, month, day) else { return Err(no_day(&written)) };
        Date::new(year, month, day).map(Day).map_err(|_| no_day(&written))
    }
}

fn no_day(written: &Datetime) -> Refused {
    Refused {
        message: format!("`{written}` is no plain date"),
        hint: "write a day without a time: 2017-05-12",
    }
}

impl From<Day> for Date {
    fn from(day: Day) -> Date {
        day.0
    }
}

/// A UUID, read in either case and kept in lower case.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Uuid(String);

impl TryFrom<String> for Uuid {
    type Error = Refused;

    fn try_from(written: String) -> Result<Self, Refused> {
        let parts: Vec<usize> = written.split('-').map(str::len).collect();
        let digits = |byte: u8| byte.is_ascii_hexdigit() || byte == b'-';
        if parts == [8, 4, 4, 4, 12] && written.bytes().all(digits) {
            return Ok(Uuid(written.to_ascii_lowercase()));
        }
        let shown: String = written.chars().take(40).collect();
        Err(Refused {
            message: format!("`{}` is no UUID", shown.escape_debug()),
            hint: "32 hexadecimal digits with hyphens: 68391641-859f-4a9a-9a1e-3e5cf71ec376",
        })
    }
}

impl From<Uuid> for String {
    fn from(uuid: Uuid) -> String {
        uuid.0
    }
}
