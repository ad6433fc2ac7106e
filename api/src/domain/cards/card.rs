//! What a card holds, in whichever form it is written.
use chrono::{DateTime, Utc};
use entity::{
    localized::LocalizedTexts,
    vocabulary::{ContactPointKind, InstitutionKind, PolicyArea},
};
use uuid::Uuid;

/// What a viewer sees of a contact.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Card {
    /// The contact's key.
    pub(crate) key: Uuid,
    /// What it is called.
    pub(crate) name: Name,
    /// The positions that a person holds today, the newest first.
    pub(crate) positions: Vec<Position>,
    /// E-mail addresses.
    pub(crate) emails: Vec<Point>,
    /// Telephone numbers.
    pub(crate) phones: Vec<Point>,
    /// The country, if there is one.
    pub(crate) country: Option<Place>,
    /// The city of an institution's seat.
    pub(crate) city: Option<String>,
    /// The website.
    pub(crate) website: Option<String>,
    /// The languages that a person works in.
    pub(crate) languages: Vec<String>,
    /// The areas that the contact is active in.
    pub(crate) policy_areas: Vec<PolicyArea>,
    /// Counts the changes, from 1.
    pub(crate) version: i32,
    /// When the contact came into the network.
    pub(crate) created_at: DateTime<Utc>,
    /// When it last changed.
    pub(crate) updated_at: DateTime<Utc>,
}

/// What a contact is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    /// A person.
    Person {
        /// Honorific, such as Dato.
        honorific: Option<String>,
        /// Given name, or the only one.
        given: String,
        /// Family name, if there is one.
        family: Option<String>,
        /// The name in its own script.
        native: Option<Tagged>,
    },
    /// An organisation.
    Organisation(Names, InstitutionKind),
}

impl Name {
    /// As it is shown.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Person { honorific, given, family, native: _ } => {
                let parts = [honorific.as_deref(), Some(given.as_str()), family.as_deref()];
                parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
            }
            Self::Organisation(names, _) => names.main.text.clone(),
        }
    }
}

/// A text and its language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tagged {
    /// BCP 47 tag.
    pub(crate) language: String,
    /// The text.
    pub(crate) text: String,
}

/// A name in several languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Names {
    /// In English, or else the native one.
    pub(crate) main: Tagged,
    /// In other languages.
    pub(crate) others: Vec<Tagged>,
}

impl From<&LocalizedTexts> for Names {
    fn from(texts: &LocalizedTexts) -> Self {
        let tagged = texts
            .texts()
            .into_iter()
            .map(|text| Tagged { language: text.language.into_owned(), text: one_line(&text.text) });
        let mut names: Vec<Tagged> = tagged.collect();
        let main = names.iter().position(|name| name.language.eq_ignore_ascii_case("en")).unwrap_or_default();
        let none = || Tagged { language: "en".to_owned(), text: String::new() };
        let main = if names.is_empty() { none() } else { names.remove(main) };
        Self { main, others: names }
    }
}

/// A position that a person holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    /// At which institution: its key and its names.
    pub(crate) at: (Uuid, Names),
    /// The position's title.
    pub(crate) title: String,
}

/// An e-mail address or a telephone number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    /// The address or number.
    pub(crate) value: String,
    /// What it is for.
    pub(crate) kind: ContactPointKind,
    /// Whether it is the one to use first.
    pub(crate) preferred: bool,
}

/// A country.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// ISO 3166-1 alpha-2.
    pub(crate) code: String,
    /// Its name in English.
    pub(crate) name: String,
}

/// A text on one line: no name has several, and what came with one is no reason to break a file's lines.
pub(super) fn one_line(text: &str) -> String {
    let breaks = |letter: char| letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}');
    text.split(breaks).map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}
