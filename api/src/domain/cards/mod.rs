//! Cards: what a viewer sees of a contact, as address books take it.
mod card;
mod jscontact;
mod language;
mod service;
mod types;
mod vcard;
#[cfg(test)]
mod written;

use card::{Name, Point};
pub(crate) use card::Card;
pub(crate) use service::{InstitutionCards, PolicymakerCards};
pub(crate) use types::{CardFormat, card_of};
