//! Contacts as files: what of them a viewer gets, page by page, in the forms that address books and spreadsheets take.
mod asked;
mod file;
mod service;
mod table;

pub(crate) use asked::Asked;
pub(crate) use file::File;
pub(crate) use service::{Pages, validator};
pub(crate) use table::Book;
