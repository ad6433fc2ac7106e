//! When what could not be sent is tried again.
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::config::Retries;

/// How long whoever does not take an event may ask to be left alone.
const LONGEST: Duration = Duration::from_hours(24);
/// By how much of itself a time is longer at most, so that what failed together does not come again together.
const JITTER: f64 = 0.2;

/// How long it is waited after so many attempts that came to nothing, at least as long as was asked for within bounds; none:
/// there is no other attempt. `chance` is anything from 0 to 255.
pub(super) fn wait(retries: &Retries, tries: i32, asked: Option<Duration>, chance: u8) -> Option<Duration> {
    let before = usize::try_from(tries).ok()?.checked_sub(1)?;
    let planned = retries.0.get(before)?.mul_f64(1.0 + JITTER * f64::from(chance) / f64::from(u8::MAX));
    Some(planned.max(asked.unwrap_or_default().min(LONGEST)))
}

/// For how long an answer asks to be left alone, by its `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date.
pub(super) fn asked_for(header: &str, now: DateTime<Utc>) -> Option<Duration> {
    let header = header.trim();
    if !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit()) {
        // What no number holds is longer than anybody may ask for.
        return Some(Duration::from_secs(header.parse().unwrap_or(u64::MAX)));
    }
    let date = DateTime::parse_from_rfc2822(header).ok()?;
    (date.to_utc() - now).to_std().ok()
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone as _;

    use super::*;

    fn retries() -> Retries {
        Retries([5, 300, 1_800].map(Duration::from_secs).to_vec())
    }

    #[test]
    fn it_is_waited_as_the_setting_says_and_a_little_longer() {
        for (tries, seconds) in [(1, 5), (2, 300), (3, 1_800)] {
            let planned = Duration::from_secs(seconds);
            assert_eq!(wait(&retries(), tries, None, 0), Some(planned));
            assert_eq!(wait(&retries(), tries, None, u8::MAX), Some(planned.mul_f64(1.2)));
            assert!(
                wait(&retries(), tries, None, 100).is_some_and(|wait| wait > planned && wait < planned.mul_f64(1.2))
            );
        }
        for tries in [-1, 0, 4, i32::MAX] {
            assert_eq!(wait(&retries(), tries, Some(Duration::from_secs(1)), 0), None, "{tries}");
        }
    }

    #[test]
    fn who_asks_for_more_time_gets_it_within_bounds() {
        let asked = |seconds| wait(&retries(), 1, Some(Duration::from_secs(seconds)), 0);
        assert_eq!(asked(2), Some(Duration::from_secs(5)));
        assert_eq!(asked(60), Some(Duration::from_mins(1)));
        assert_eq!(asked(1_000_000), Some(LONGEST));
    }

    #[test]
    fn seconds_and_dates_are_read() {
        let now = Utc.with_ymd_and_hms(2026, 11, 22, 12, 0, 0).single().unwrap_or_default();
        assert_eq!(asked_for("120", now), Some(Duration::from_mins(2)));
        assert_eq!(asked_for("99999999999999999999", now), Some(Duration::from_secs(u64::MAX)));
        assert_eq!(asked_for("Sun, 22 Nov 2026 12:01:00 GMT", now), Some(Duration::from_mins(1)));
        for header in ["", "soon", "-5", "1.5", "Sun, 22 Nov 2026 11:59:00 GMT"] {
            assert_eq!(asked_for(header, now), None, "{header}");
        }
    }
}
