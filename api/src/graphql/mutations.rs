//! What mutations of many subjects take and answer.
use async_graphql::{ID, InputObject, MaybeUndefined, SimpleObject};

use super::{LanguageTag, UserError};
use crate::validation::{Edit, Text};

/// What an input says of a value: absent means unchanged, null means removed.
pub(crate) fn edit<T>(value: MaybeUndefined<T>) -> Edit<T> {
    match value {
        MaybeUndefined::Undefined => Edit::Keep,
        MaybeUndefined::Null => Edit::Remove,
        MaybeUndefined::Value(value) => Edit::Put(value),
    }
}

/// What an input says of a list: null empties it.
pub(crate) fn listed<T>(list: MaybeUndefined<Vec<T>>) -> Option<Vec<T>> {
    match list {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(vec![]),
        MaybeUndefined::Value(list) => Some(list),
    }
}

/// Each entry of a list, as the rules know it.
pub(crate) fn each<T, U: From<T>>(inputs: Vec<T>) -> Vec<U> {
    inputs.into_iter().map(Into::into).collect()
}

/// What an input says of a text that must be there: null is an empty one, which is refused.
pub(crate) fn text(text: MaybeUndefined<String>) -> Option<String> {
    match text {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(String::new()),
        MaybeUndefined::Value(text) => Some(text),
    }
}

/// A text in one language.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct LocalizedTextInput {
    /// Its language.
    pub(crate) language: LanguageTag,
    /// The text.
    pub(crate) text: String,
}

impl From<LocalizedTextInput> for Text {
    fn from(LocalizedTextInput { language, text }: LocalizedTextInput) -> Self {
        Self { language: language.0, text }
    }
}

/// What is led on in its life.
#[derive(InputObject)]
pub(crate) struct TransitionInput {
    /// Its ID.
    pub(crate) id: ID,
    /// The version that was seen: if it has changed since, nothing is done.
    pub(crate) expected_version: Option<i32>,
    /// Why, where a reason is to be told.
    pub(crate) reason: Option<String>,
}

/// What is deleted.
#[derive(InputObject)]
pub(crate) struct DeleteInput {
    /// Its ID.
    pub(crate) id: ID,
    /// The version that was seen: if it has changed since, nothing is deleted.
    pub(crate) expected_version: Option<i32>,
}

/// What came of deleting.
#[derive(SimpleObject)]
pub(crate) struct DeletePayload {
    /// The ID of what is gone; null, if nothing is.
    pub(crate) deleted_id: Option<ID>,
    /// What was wrong with the input; empty, if nothing was.
    pub(crate) user_errors: Vec<UserError>,
}
