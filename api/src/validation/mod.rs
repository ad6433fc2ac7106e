//! What people may write: pure rules, each with the sentence that says what would be right.
mod date;
mod edit;
mod faults;
mod localized;
mod money;
mod place;
mod text;

pub(crate) use date::{certainly_before, partial_date};
pub(crate) use edit::Edit;
pub(crate) use faults::Faults;
pub(crate) use localized::{Text, bounded, languages, slug_of, texts};
pub(crate) use money::{amount, currency, percent};
pub(crate) use place::country;
pub(crate) use text::{email, line, paragraphs, phone, reason, slug, url};
