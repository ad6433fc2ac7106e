//! What Balai does, asked over HTTP: a file per subject.
mod access;
mod answers;
mod architecture;
mod cooperation;
mod directory;
mod input;
mod migrations;
mod pages;
mod paging;
mod people;
mod reference;
mod schema;
mod search;
mod statements;
