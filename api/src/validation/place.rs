//! Countries.
use uuid::Uuid;

use super::faults::Wrong;
use crate::{db::reference_id, error::FaultCode};

/// The key of a country (ISO 3166-1), by its two letters in capitals.
pub(crate) fn country(code: &str) -> Result<Uuid, Wrong> {
    let known = rust_iso3166::from_alpha2(code);
    let expected =
        || (FaultCode::Invalid, "must be a country of ISO 3166-1, by its two letters, such as KH".to_owned());
    known.map(|known| reference_id("country", known.alpha2)).ok_or_else(expected)
}
