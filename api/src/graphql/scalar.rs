//! The contract's scalars.
use async_graphql::{InputType, InputValueError, Pos, Scalar, ScalarType, Value};
use chrono::{Datelike as _, NaiveDate, SecondsFormat, SubsecRound as _, Utc};
use icu_locale::Locale;
use serde::Serialize;
use uuid::Uuid;

use crate::{db::reference_id, error::Error};

/// The text of a value that must be a string.
fn text<T: InputType>(value: Value) -> Result<String, InputValueError<T>> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(InputValueError::expected_type(other)),
    }
}

/// What is wrong with a value for one of our scalars that clients send; nothing, for one that is right.
pub(crate) fn scalar_fault(scalar: &str, value: &Value) -> Option<String> {
    fn fault<T: ScalarType + InputType>(value: &Value) -> Option<String> {
        <T as ScalarType>::parse(value.clone()).err().map(|error| error.into_server_error(Pos::default()).message)
    }
    match scalar {
        "Date" => fault::<Date>(value),
        "DateTime" => fault::<DateTime>(value),
        "LanguageTag" => fault::<LanguageTag>(value),
        "CountryCode" => fault::<CountryCode>(value),
        _ => None,
    }
}

/// A day, as RFC 3339 writes it (`full-date`): `2026-11-22`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct Date(pub(crate) NaiveDate);

/// A day, as RFC 3339 writes it (`full-date`): `2026-11-22`.
#[Scalar(specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339#section-5.6")]
impl ScalarType for Date {
    fn parse(value: Value) -> async_graphql::InputValueResult<Self> {
        let text = text(value)?;
        // chrono reads more than RFC 3339 writes: signs, spaces, years of five digits.
        let written =
            |(place, byte): (usize, u8)| if place == 4 || place == 7 { byte == b'-' } else { byte.is_ascii_digit() };
        let whole = text.len() == "2026-11-22".len() && text.bytes().enumerate().all(written);
        let day = text.parse().ok().filter(|_| whole);
        day.map(Self).ok_or_else(|| InputValueError::custom("a day such as 2026-11-22 is expected"))
    }

    fn is_valid(value: &Value) -> bool {
        <Self as ScalarType>::parse(value.clone()).is_ok()
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// A point in time, as RFC 3339 writes it: always with an offset, always answered in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct DateTime(pub(crate) chrono::DateTime<Utc>);

/// A point in time, as RFC 3339 writes it: always with an offset, always answered in UTC.
#[Scalar(specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339#section-5.6")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> async_graphql::InputValueResult<Self> {
        match chrono::DateTime::parse_from_rfc3339(&text(value)?) {
            // Both databases keep microseconds. In UTC it may fall out of the years that RFC 3339 can write, and databases compare.
            Ok(time) if (0..=9999).contains(&time.to_utc().year()) => Ok(Self(time.to_utc().trunc_subsecs(6))),
            _ => Err(InputValueError::custom("a time with an offset such as 2026-11-22T08:00:00Z is expected")),
        }
    }

    fn is_valid(value: &Value) -> bool {
        <Self as ScalarType>::parse(value.clone()).is_ok()
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

/// A language, as BCP 47 writes it: `vi`, `zh-Hant`, `pt-TL`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct LanguageTag(pub(crate) String);

/// A language, as BCP 47 writes it: `vi`, `zh-Hant`, `pt-TL`.
#[Scalar(specified_by_url = "https://www.rfc-editor.org/rfc/rfc5646")]
impl ScalarType for LanguageTag {
    fn parse(value: Value) -> async_graphql::InputValueResult<Self> {
        let text = text(value)?;
        match Locale::try_from_str(&text) {
            Ok(locale) => Ok(Self(locale.to_string())),
            Err(_) => Err(InputValueError::custom("a BCP 47 tag such as vi or zh-Hant is expected")),
        }
    }

    fn is_valid(value: &Value) -> bool {
        <Self as ScalarType>::parse(value.clone()).is_ok()
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

/// A country of ISO 3166-1, by its two-letter code in capitals: `KH`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct CountryCode(pub(crate) String);

impl CountryCode {
    /// The key of the country.
    ///
    /// # Errors
    ///
    /// If there is no country with this code.
    pub(crate) fn key(&self, field: &str) -> Result<Uuid, Error> {
        if rust_iso3166::from_alpha2(&self.0).is_none() {
            return Err(Error::invalid(field, "not a country of ISO 3166-1; use its two letters in capitals, like KH"));
        }
        Ok(reference_id("country", &self.0))
    }
}

/// A country of ISO 3166-1, by its two-letter code in capitals: `KH`.
#[Scalar(specified_by_url = "https://www.iso.org/iso-3166-country-codes.html")]
impl ScalarType for CountryCode {
    /// Whether the country exists is checked where the argument's name is known, so that the error can tell it.
    fn parse(value: Value) -> async_graphql::InputValueResult<Self> {
        Ok(Self(text(value)?))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

/// A place in the feed of contacts. What is in it is for nobody to read; hand it back as it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct SyncToken(pub(crate) String);

/// A place in the feed of contacts. What is in it is for nobody to read; hand it back as it is.
#[Scalar]
impl ScalarType for SyncToken {
    fn parse(value: Value) -> async_graphql::InputValueResult<Self> {
        Ok(Self(text(value)?))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

/// A scalar that is only answered, as a string that was checked when it was stored.
macro_rules! answered {
    ($($(#[doc = $doc:tt])* $name:ident $(= $url:literal)?;)*) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
        pub(crate) struct $name(pub(crate) String);

        impl From<&String> for $name {
            fn from(column: &String) -> Self {
                Self(column.clone())
            }
        }

        $(#[doc = $doc])*
        #[Scalar($(specified_by_url = $url)?)]
        impl ScalarType for $name {
            fn parse(value: Value) -> async_graphql::InputValueResult<Self> {
                Ok(Self(text(value)?))
            }

            fn to_value(&self) -> Value {
                Value::String(self.0.clone())
            }
        }
    )*};
}

answered! {
    /// A date to the precision that is known, as ISO 8601 writes it: `2014`, `2014-04` or `2014-04-08`.
    PartialDate = "https://www.iso.org/iso-8601-date-and-time-format.html";
    /// A currency of ISO 4217: `KRW`.
    CurrencyCode = "https://www.iso.org/iso-4217-currency-codes.html";
    /// An exact decimal number, as a string: `"12.50"`.
    Decimal;
    /// An e-mail address (RFC 5321).
    EmailAddress = "https://www.rfc-editor.org/rfc/rfc5321#section-4.1.2";
    /// A telephone number in the international form of E.164: `+6621234567`.
    PhoneNumber = "https://www.itu.int/rec/T-REC-E.164";
    /// An absolute address with the scheme http or https.
    Url = "https://url.spec.whatwg.org/";
}
