//! Cards: what a viewer sees of a contact, as address books take it.
mod card;
mod jscontact;
mod language;
mod service;
mod types;
mod vcard;
#[cfg(test)]
mod written;

pub(crate) use card::{Card, Name, Point, Position};
pub(crate) use language::language_of;
pub(crate) use service::{InstitutionCards, PolicymakerCards, of_institutions, of_policymakers};
pub(crate) use types::{CardFormat, card_of};
