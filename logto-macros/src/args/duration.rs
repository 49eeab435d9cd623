//! Durations: the value of `max_age`.

use super::entry::{Entry, Written};
use super::value::{self, Value};
use crate::problem::Problem;
use syn::{Expr, Lit};

const FORMS: &str = "a duration is a whole number with a unit, \"90s\", \"5m\", \"12h\" or \"7d\", or a number of seconds, \"300\"";

/// Reads `"5m"`, in seconds.
pub(super) fn read(entry: &Entry) -> Result<Written<u64>, Problem> {
    let at = match Value::of(&entry.value) {
        Value::Text(_) => value::text(entry)?,
        _ => return Err(not_a_string(entry)),
    };
    let written = at.value();
    let number = written.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = &written[number.len()..];
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Problem::at(&at, format!("{written:?} is not a duration")).help(FORMS));
    }
    let Some(length) = seconds_in(unit) else {
        let problem = Problem::at(&at, format!("{written:?} is not a duration"));
        return Err(match suggested_unit(unit) {
            Some(unit) => problem.help(format!("did you mean \"{number}{unit}\"?")),
            None => problem.help(FORMS),
        });
    };
    // Leading zeros must not make a number too large.
    let number = number.trim_start_matches('0');
    let seconds = match number {
        "" => Some(0),
        _ => number.parse::<u64>().ok().and_then(|number| number.checked_mul(length)),
    };
    match seconds {
        // The clock must be able to represent a difference of this many seconds.
        Some(seconds @ 1..=MAX_SECONDS) => Ok(Written { at, value: seconds }),
        Some(0) => Err(Problem::at(&at, format!("{written:?} would refuse every sign-in"))
            .help(format!("`{}` is the maximum age of a sign-in: write \"5m\"", entry.key))),
        _ => Err(Problem::at(&at, format!("{written:?} is longer than any session lasts"))
            .help(format!("omit `{}` if the age of the sign-in does not matter", entry.key))),
    }
}

/// A hundred years.
const MAX_SECONDS: u64 = 100 * 365 * 24 * 60 * 60;

fn seconds_in(unit: &str) -> Option<u64> {
    match unit {
        "" | "s" => Some(1),
        "m" => Some(60),
        "h" => Some(60 * 60),
        "d" => Some(24 * 60 * 60),
        _ => None,
    }
}

/// The unit that another spelling of a unit means.
fn suggested_unit(written: &str) -> Option<&'static str> {
    match written.trim().to_lowercase().as_str() {
        "s" | "sec" | "secs" | "second" | "seconds" => Some("s"),
        "m" | "min" | "mins" | "minute" | "minutes" => Some("m"),
        "h" | "hr" | "hrs" | "hour" | "hours" => Some("h"),
        "d" | "day" | "days" => Some("d"),
        _ => None,
    }
}

/// The problem with a value that is not a string, such as `max_age = 300`.
fn not_a_string(entry: &Entry) -> Problem {
    const EXPECTED: &str = "a string literal";
    if let Expr::Lit(literal) = &entry.value
        && let Lit::Int(number) = &literal.lit
    {
        let help = format!("write `{} = \"{number}\"`", entry.key);
        return value::ill_typed_as(entry, EXPECTED, &help);
    }
    value::ill_typed(entry, EXPECTED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::{Ident, parse_quote};

    fn seconds(written: &str) -> Option<u64> {
        let key: Ident = parse_quote!(max_age);
        read(&Entry { key, value: parse_quote!(#written), example: "" }).ok().map(|written| written.value)
    }

    #[test]
    fn every_unit_is_read() {
        for (written, expected) in
            [("90s", 90), ("5m", 300), ("12h", 43_200), ("7d", 604_800), ("300", 300), ("005m", 300)]
        {
            assert_eq!(seconds(written), Some(expected), "{written}");
        }
    }

    #[test]
    fn anything_but_a_duration_is_refused() {
        for written in [
            "",
            " ",
            "0",
            "0m",
            "00",
            "m",
            "5 m",
            "5M",
            "5min",
            "-5m",
            "+5m",
            "1.5h",
            "1h30m",
            "m5",
            "5m5",
            "5\u{661}",
            "\u{661}m",
            "0x5",
            "1_000",
            "1e3",
            "5\u{b5}s",
            "36501d",
            "18446744073709551615",
            "18446744073709551616",
            "99999999999999999999d",
        ] {
            assert_eq!(seconds(written), None, "{written:?}");
        }
        assert_eq!(seconds("36500d"), Some(MAX_SECONDS));
    }
}
