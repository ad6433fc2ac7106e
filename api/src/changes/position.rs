//! A place in the log, and how it is written down.
use std::{
    fmt::{self, Display, Formatter},
    str::FromStr,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use entity::change_log::Model as Logged;

/// The form in which places are written now.
const FORM: &str = "1";

/// A place between two entries of the log: all that is before it has been read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    /// Which count of transactions `transaction` belongs to.
    pub(crate) epoch: i32,
    /// The transaction of the entry before it; 0 where there is one writer at a time.
    pub(crate) transaction: i64,
    /// The sequence of the entry before it.
    pub(crate) sequence: i64,
}

impl Position {
    /// The place behind an entry.
    pub(crate) fn behind(row: &Logged) -> Self {
        Self { epoch: row.epoch, transaction: row.transaction_id, sequence: row.sequence }
    }
}

/// Nobody is to read anything in it.
impl Display for Position {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Self { epoch, transaction, sequence } = self;
        formatter.write_str(&URL_SAFE_NO_PAD.encode(format!("{FORM}.{epoch}.{transaction}.{sequence}")))
    }
}

/// A text that is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a place in the log")]
pub(crate) struct NoPosition;

impl FromStr for Position {
    type Err = NoPosition;

    fn from_str(text: &str) -> Result<Self, NoPosition> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NoPosition)?;
        let written = String::from_utf8(bytes).map_err(|_| NoPosition)?;
        let mut parts = written.split('.');
        let mut next = || parts.next().ok_or(NoPosition);
        if next()? != FORM {
            return Err(NoPosition);
        }
        let epoch = next()?.parse().map_err(|_| NoPosition)?;
        let mut number = || next()?.parse().map_err(|_| NoPosition);
        let place = Self { epoch, transaction: number()?, sequence: number()? };
        if parts.next().is_some() { Err(NoPosition) } else { Ok(place) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written() {
        for place in [Position::default(), Position { epoch: 7, transaction: 734, sequence: i64::MAX }] {
            assert_eq!(place.to_string().parse(), Ok(place));
        }
    }

    #[test]
    fn what_is_no_place_is_refused() {
        let texts = ["", "1.1.1", "2.1.1.1", "1.1.1.1.1", "1.1.1.x", "1.4294967296.1.1"];
        for text in texts.map(|text| URL_SAFE_NO_PAD.encode(text)) {
            assert_eq!(text.parse::<Position>(), Err(NoPosition), "{text}");
        }
        assert_eq!("1.1.1.1".parse::<Position>(), Err(NoPosition));
    }
}
