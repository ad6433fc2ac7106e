//! Text in several languages, as one JSON column.
use std::borrow::Cow;

use sea_orm::{
    ColIdx, ColumnType, DbErr, FromJsonQueryResult, QueryResult, TryGetError, TryGetable, Value,
    sea_query::{ArrayType, Nullable, ValueType, ValueTypeErr},
    sqlx::Row as _,
};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::json;

/// The texts of one property, each language at most once, in a stable order: the JSON as the database has it, which is
/// read when somebody asks for it, as most rows are fetched for something else.
#[derive(Clone, Debug)]
pub struct LocalizedTexts(Box<str>);

/// Databases write the same JSON in their own ways.
impl PartialEq for LocalizedTexts {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || self.texts() == other.texts()
    }
}

impl Eq for LocalizedTexts {}

/// One text in one language, as the column has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalizedText<'column> {
    /// BCP 47 tag.
    #[serde(borrow)]
    pub language: Cow<'column, str>,
    /// The text.
    #[serde(borrow)]
    pub text: Cow<'column, str>,
}

impl LocalizedTexts {
    /// These texts.
    #[must_use]
    pub fn new(texts: &[LocalizedText<'_>]) -> Self {
        Self(texts.iter().map(|text| json!(text)).collect::<serde_json::Value>().to_string().into())
    }

    /// The texts; none, should the column hold something else.
    #[must_use]
    pub fn texts(&self) -> Vec<LocalizedText<'_>> {
        serde_json::from_str(&self.0).unwrap_or_default()
    }
}

impl Serialize for LocalizedTexts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.texts().serialize(serializer)
    }
}

impl Default for LocalizedTexts {
    fn default() -> Self {
        Self("[]".into())
    }
}

impl From<LocalizedTexts> for Value {
    fn from(texts: LocalizedTexts) -> Self {
        Self::Json(serde_json::from_str(&texts.0).ok().map(Box::new))
    }
}

impl ValueType for LocalizedTexts {
    fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
        match value {
            Value::Json(Some(json)) => Ok(Self(json.to_string().into())),
            _ => Err(ValueTypeErr),
        }
    }

    fn type_name() -> String {
        "LocalizedTexts".to_owned()
    }

    fn array_type() -> ArrayType {
        ArrayType::Json
    }

    fn column_type() -> ColumnType {
        ColumnType::JsonBinary
    }
}

impl Nullable for LocalizedTexts {
    fn null() -> Value {
        Value::Json(None)
    }
}

impl TryGetable for LocalizedTexts {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        let Some(row) = row.try_as_pg_row() else {
            return String::try_get_by(row, index).map(|text| Self(text.into()));
        };
        let unread = |cause: String| TryGetError::DbErr(DbErr::Type(cause));
        let value = row.try_get_raw(index.as_sqlx_postgres_index()).map_err(|cause| unread(cause.to_string()))?;
        // In its binary form PostgreSQL puts the version of the format, 1, before the text.
        let bytes = value.as_bytes().map_err(|cause| unread(cause.to_string()))?;
        let text = std::str::from_utf8(bytes.strip_prefix(&[1]).unwrap_or(bytes));
        text.map(|text| Self(text.into())).map_err(|cause| unread(cause.to_string()))
    }
}

/// BCP 47 tags, as one JSON column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct LanguageTags(pub Vec<String>);
