//! Numbers and days as people write them.

use jiff::civil::Date;

/// "88 %"; what would round to 0 or 100 is said as "<1 %" and ">99 %".
#[must_use]
pub fn percent(probability: f64) -> String {
    match probability * 100.0 {
        small if small < 1.0 => "<1 %".to_owned(),
        large if large > 99.0 => ">99 %".to_owned(),
        other => format!("{other:.0} %"),
    }
}

/// A number with four significant digits: `0.4025`, `12.35`, `1.230e-7`.
#[must_use]
pub fn figure(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let scientific = format!("{value:.3e}");
    let exponent = scientific.rsplit('e').next().and_then(|digits| digits.parse::<i32>().ok());
    let digits = match exponent {
        Some(exponent @ -4..=5) => usize::try_from(3 - exponent.min(3)).unwrap_or(0),
        _ => return scientific,
    };
    let plain = format!("{value:.digits$}");
    if plain.contains('.') { plain.trim_end_matches('0').trim_end_matches('.').to_owned() } else { plain }
}

/// "26 May 2017".
#[must_use]
pub fn day(date: Date) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let month = usize::try_from(date.month()).ok().and_then(|month| MONTHS.get(month.saturating_sub(1)));
    format!("{} {} {}", date.day(), month.unwrap_or(&"?"), date.year())
}

#[cfg(test)]
mod tests {
    use super::figure;

    #[test]
    fn figures_have_four_significant_digits() {
        let cases = [0.0, 0.5, 0.12345, 12.3456, 123456.7, 1_234_567.0, 0.000_012_346, -0.25, 1.0, 2000.0];
        let expected = "0 0.5 0.1235 12.35 123457 1.235e6 1.235e-5 -0.25 1 2000";
        assert_eq!(cases.map(figure).join(" "), expected);
    }
}
