//! Dates that are known to the year, the month or the day.
use chrono::{Months, NaiveDate};

use super::faults::Wrong;
use crate::error::FaultCode;

/// A date as precisely as it is known: a year, a month or a day.
pub(crate) fn partial_date(text: &str) -> Result<String, Wrong> {
    let expected = "must be a year, a month or a day, such as 2014, 2014-04 or 2014-04-08";
    span(text).map(|_| text.to_owned()).ok_or_else(|| (FaultCode::Invalid, expected.to_owned()))
}

/// Whether a partial date certainly lies before another one: the whole of it does.
pub(crate) fn certainly_before(earlier: &str, later: &str) -> bool {
    span(earlier).zip(span(later)).is_some_and(|((_, last), (first, _))| last < first)
}

/// The first and the last day of a partial date.
fn span(text: &str) -> Option<(NaiveDate, NaiveDate)> {
    const YEAR: usize = "2014".len();
    const MONTH: usize = "2014-04".len();
    // chrono reads more than ISO 8601 writes: signs, spaces, years of five digits.
    let written = |(place, byte): (usize, u8)| match place {
        YEAR | MONTH => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    let missing = "0000-01-01".get(text.len()..).filter(|_| text.bytes().enumerate().all(written))?;
    let first: NaiveDate = format!("{text}{missing}").parse().ok()?;
    let next = match text.len() {
        YEAR if missing.starts_with('-') => first.checked_add_months(Months::new(12))?,
        MONTH => first.checked_add_months(Months::new(1))?,
        _ if missing.is_empty() => return Some((first, first)),
        _ => return None,
    };
    Some((first, next.pred_opt()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_as_precise_as_is_known() {
        for text in ["2014", "2014-04", "2014-04-08", "2024-02-29"] {
            assert_eq!(partial_date(text), Ok(text.to_owned()));
        }
        for text in [
            "",
            "14",
            "2014-",
            "2014-4",
            "2014-13",
            "2014-02-30",
            "2014-04-08T00:00:00Z",
            "+2014",
            "20145",
            "April",
            "２０１４",
        ] {
            assert!(partial_date(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_what_is_certain_counts() {
        for (earlier, later) in
            [("2013", "2014"), ("2014-03", "2014-04-01"), ("2014-03-31", "2014-04"), ("2013-12", "2014")]
        {
            assert!(certainly_before(earlier, later), "{earlier} {later}");
            assert!(!certainly_before(later, earlier), "{later} {earlier}");
        }
        for (one, other) in [("2014", "2014-04"), ("2014-04-08", "2014"), ("2014-04", "2014-04-30"), ("2014", "2014")] {
            assert!(!certainly_before(one, other) && !certainly_before(other, one), "{one} {other}");
        }
    }
}
