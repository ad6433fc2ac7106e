//! Text in several languages, as one JSON column.
use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};

/// One text in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalizedText {
    /// BCP 47 tag.
    pub language: String,
    /// The text.
    pub text: String,
}

/// The texts of one property, each language at most once, in a stable order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct LocalizedTexts(pub Vec<LocalizedText>);

/// BCP 47 tags, as one JSON column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct LanguageTags(pub Vec<String>);
