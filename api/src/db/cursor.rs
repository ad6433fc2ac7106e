//! Positions in ordered lists, opaque to clients.
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Datelike as _, NaiveDate, SecondsFormat, Utc};
use sea_orm::Value;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::Error;

/// The value that a row is ordered by. Rows without one come last in both directions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Key {
    /// The row has none.
    #[serde(rename = "-")]
    None,
    /// It is personal (somebody's name), and not for a cursor: it is looked up when the cursor comes back.
    #[serde(rename = "?")]
    Withheld,
    /// A folded name, a code, a partial date.
    #[serde(rename = "t")]
    Text(String),
    /// A point in time, RFC 3339 in UTC.
    #[serde(rename = "d")]
    Time(String),
    /// A day.
    #[serde(rename = "y")]
    Day(NaiveDate),
    /// How well something matches.
    #[serde(rename = "r")]
    Rank(i64),
}

/// Which keys the cursors of a list hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyKind {
    /// Text.
    Text,
    /// Points in time.
    Time,
    /// Days.
    Day,
    /// None: they are about persons.
    Personal,
    /// How well something matches.
    Rank,
}

impl KeyKind {
    /// Whether this is such a key. Clients get cursors from us, but may send what they like.
    fn admits(self, key: &Key) -> bool {
        match key {
            Key::None => matches!(self, Self::Text | Self::Time | Self::Day),
            Key::Withheld => self == Self::Personal,
            Key::Text(text) => self == Self::Text && !text.contains('\0'),
            Key::Time(text) => {
                // Years of four digits, also in UTC: what both databases compare alike.
                let year = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc().year());
                self == Self::Time && year.is_ok_and(|year| (0..=9999).contains(&year))
            }
            Key::Day(day) => self == Self::Day && (0..=9999).contains(&day.year()),
            Key::Rank(_) => self == Self::Rank,
        }
    }
}

impl Key {
    pub(crate) fn text(value: Option<&str>) -> Self {
        value.map_or(Self::None, |value| Self::Text(value.to_owned()))
    }

    pub(crate) fn time(value: Option<DateTime<Utc>>) -> Self {
        value.map_or(Self::None, |value| Self::Time(value.to_rfc3339_opts(SecondsFormat::Micros, true)))
    }

    pub(crate) fn day(value: Option<NaiveDate>) -> Self {
        value.map_or(Self::None, Self::Day)
    }

    /// The value to compare a column with; none where the row has none.
    pub(crate) fn value(&self) -> Result<Option<Value>, Error> {
        match self {
            Self::None => Ok(None),
            Self::Text(text) => Ok(Some(text.clone().into())),
            Self::Time(text) => DateTime::parse_from_rfc3339(text)
                .map(|time| Some(time.with_timezone(&Utc).into()))
                .map_err(|_| Error::internal("a cursor holds a time that is none")),
            Self::Day(day) => Ok(Some((*day).into())),
            Self::Rank(rank) => Ok(Some((*rank).into())),
            Self::Withheld => Err(Error::internal("a key is compared that no column has")),
        }
    }
}

/// Tells one order and filter from another: a short digest of them, without what was left open.
pub(crate) fn fingerprint(list: &impl Serialize) -> Result<String, Error> {
    let mut value = serde_json::to_value(list).map_err(|_| Error::internal("a filter cannot be written down"))?;
    prune(&mut value);
    let digest = Uuid::new_v5(&Uuid::NAMESPACE_OID, value.to_string().as_bytes());
    Ok(URL_SAFE_NO_PAD.encode(&digest.as_bytes()[..6]))
}

/// Drops what is null, so that a filter that a later release adds leaves today's cursors as they are.
fn prune(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(prune);
        }
        serde_json::Value::Array(list) => list.iter_mut().for_each(prune),
        _ => {}
    }
}

/// A row's position: its key, and its ID among rows with the same key.
#[derive(Clone, Debug)]
pub(crate) struct Cursor {
    pub(crate) key: Key,
    pub(crate) id: Uuid,
}

impl Cursor {
    /// The cursor as clients get it, bound to the list with this fingerprint.
    pub(crate) fn encode(&self, fingerprint: &str) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::json!([fingerprint, self.key, self.id.simple().to_string()]).to_string())
    }

    /// Reads what [`Self::encode`] wrote.
    pub(super) fn decode(field: &str, text: &str, kind: KeyKind, fingerprint: &str) -> Result<Self, Error> {
        let parts = URL_SAFE_NO_PAD
            .decode(text)
            .ok()
            .and_then(|bytes| serde_json::from_slice::<(String, Key, Uuid)>(&bytes).ok());
        match parts {
            Some((print, key, id)) if print == fingerprint && kind.admits(&key) => Ok(Self { key, id }),
            Some((print, ..)) if print != fingerprint => Err(Error::CursorMismatch { field: field.to_owned() }),
            _ => Err(Error::invalid(field, "not a cursor; use the startCursor or endCursor of a page")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_went() {
        let cursor = Cursor { key: Key::text(Some("việt")), id: Uuid::from_u128(7) };
        let back = Cursor::decode("after", &cursor.encode("abc"), KeyKind::Text, "abc");
        assert_eq!(back.map(|back| (back.key, back.id)).ok(), Some((cursor.key, cursor.id)));
    }

    #[test]
    fn a_cursor_of_another_list_is_refused() {
        let cursor = Cursor { key: Key::None, id: Uuid::nil() };
        assert!(matches!(
            Cursor::decode("after", &cursor.encode("abc"), KeyKind::Text, "xyz"),
            Err(Error::CursorMismatch { field }) if field == "after"
        ));
        assert!(matches!(Cursor::decode("before", "nonsense", KeyKind::Text, "abc"), Err(Error::Invalid { .. })));
    }

    #[test]
    fn a_cursor_with_a_key_of_another_kind_is_refused() {
        for (key, kind) in [
            (Key::text(Some("now")), KeyKind::Time),
            (Key::Time("now".to_owned()), KeyKind::Time),
            (Key::Time("9999-12-31T23:59:59-23:59".to_owned()), KeyKind::Time),
            (Key::text(Some("a\0b")), KeyKind::Text),
            (Key::Withheld, KeyKind::Text),
            (Key::Rank(1), KeyKind::Text),
            (Key::text(Some("somebody")), KeyKind::Personal),
            (Key::None, KeyKind::Rank),
        ] {
            let text = Cursor { key: key.clone(), id: Uuid::nil() }.encode("abc");
            assert!(matches!(Cursor::decode("after", &text, kind, "abc"), Err(Error::Invalid { .. })), "{key:?}");
        }
    }
}
