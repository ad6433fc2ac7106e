//! What resolvers share. Knows no subject.
mod code;
mod connection;
mod error;
mod filter;
mod id;
mod loader;
mod localized;
mod mutations;
mod once;
mod provenance;
mod scalar;
mod user_error;
mod vocabulary;

pub(crate) use code::ErrorCode;
pub(crate) use connection::{Connection, OrderDirection, list, list_under, order_input};
pub(crate) use error::{Described, Result, described, told};
pub(crate) use filter::{Combined, DateTimeRange, at, combined, keys_of, one_of, some_of, some_or_any, typed};
pub(crate) use id::{decode, decode_in, encode, kind_of};
pub(crate) use loader::{
    Asked, Batch, Made, caller, loaded, made, named, named_one, parts, parts_of_all, reading, seen, seen_all,
    seen_if_any,
};
pub(crate) use localized::{LocalizedText, in_english, in_language};
pub(crate) use mutations::{DeleteInput, DeletePayload, LocalizedTextInput, TransitionInput, each, edit, listed, text};
pub(crate) use once::{deleted_once, once};
pub(crate) use provenance::Provenance;
pub(crate) use scalar::{
    CountryCode, CurrencyCode, Date, DateTime, Decimal, EmailAddress, LanguageTag, PartialDate, PhoneNumber, SyncToken,
    Url, scalar_fault,
};
pub(crate) use user_error::{UserError, user_errors};
pub(crate) use vocabulary::{Medium, PolicyArea};
