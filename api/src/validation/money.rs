//! Amounts and currencies.
use rust_decimal::Decimal;

use super::faults::Wrong;
use crate::error::FaultCode;

/// An amount that is not negative, as an exact decimal number.
pub(crate) fn amount(text: &str) -> Result<Decimal, Wrong> {
    const PLACES: u32 = 4;
    let expected = || (FaultCode::Invalid, "must be an amount such as 12.50, without a sign".to_owned());
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let amount = Decimal::from_str_exact(text).ok().filter(|amount| plain && amount.scale() <= PLACES);
    amount.ok_or_else(expected)
}

/// A share in per cent, as an exact decimal number from 0 to 100.
pub(crate) fn percent(text: &str) -> Result<Decimal, Wrong> {
    let share = amount(text).ok().filter(|share| *share <= Decimal::ONE_HUNDRED);
    share
        .ok_or_else(|| (FaultCode::Invalid, "must be a share in per cent such as 20 or 12.5, from 0 to 100".to_owned()))
}

/// A currency (ISO 4217).
pub(crate) fn currency(code: &str) -> Result<String, Wrong> {
    let known = iso_currency::Currency::from_code(code).filter(|_| code.bytes().all(|byte| byte.is_ascii_uppercase()));
    let expected = || (FaultCode::Invalid, "must be a currency of ISO 4217 such as KRW".to_owned());
    known.map(|known| known.code().to_owned()).ok_or_else(expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact_and_not_negative() {
        for text in ["0", "12.50", "10000000.0001"] {
            assert!(amount(text).is_ok(), "{text}");
        }
        for text in ["", "-1", "+1", "1e3", "1,5", "1.00001", ".", "99999999999999999999999999999999"] {
            assert!(amount(text).is_err(), "{text}");
        }
    }

    #[test]
    fn shares_are_of_a_hundred() {
        for text in ["0", "12.5", "100", "100.0000"] {
            assert!(percent(text).is_ok(), "{text}");
        }
        for text in ["100.0001", "-1", "1000", "ten"] {
            assert!(percent(text).is_err(), "{text}");
        }
    }

    #[test]
    fn currencies_are_of_iso_4217() {
        assert_eq!(currency("KRW"), Ok("KRW".to_owned()));
        for code in ["krw", "XYZ", "EURO", ""] {
            assert!(currency(code).is_err(), "{code}");
        }
    }
}
