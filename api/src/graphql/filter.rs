//! What the subjects' filters share: joining them, and the conditions that several have.
use async_graphql::InputObject;
use entity::vocabulary::Flag;
use sea_orm::{
    ColumnTrait, Condition,
    sea_query::{Expr, ExprTrait, SimpleExpr},
};
use serde::Serialize;
use uuid::Uuid;

use super::{CountryCode, DateTime};
use crate::error::Error;

/// A range of time.
#[derive(Clone, Debug, Default, InputObject, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct DateTimeRange {
    /// The first moment that counts.
    pub(crate) from: Option<DateTime>,
    /// The first moment that does not count any more.
    pub(crate) before: Option<DateTime>,
}

impl DateTimeRange {
    /// The rows whose `column` is in the range.
    pub(crate) fn condition(&self, column: impl ColumnTrait) -> Condition {
        Condition::all()
            .add(column.is_not_null())
            .add_option(self.from.map(|from| column.gte(from.0)))
            .add_option(self.before.map(|before| column.lt(before.0)))
    }
}

/// A filter that can be made of others of its kind.
pub(crate) trait Combined: Sized {
    /// All of these must hold.
    fn and(&self) -> Option<&[Self]>;
    /// At least one of these must hold.
    fn or(&self) -> Option<&[Self]>;
    /// This must not hold.
    fn not(&self) -> Option<&Self>;

    /// The whole filter; `own` makes the condition of one filter's own fields, given the path to it.
    fn combined(&self, path: &str, own: &impl Fn(&Self, &str) -> Result<Condition, Error>) -> Result<Condition, Error> {
        let mut condition = own(self, path)?;
        if let Some(filters) = self.and() {
            for (n, filter) in filters.iter().enumerate() {
                condition = condition.add(filter.combined(&format!("{path}.and.{n}"), own)?);
            }
        }
        if let Some(filters) = self.or() {
            let mut any = Condition::any().add(Expr::val(false));
            for (n, filter) in filters.iter().enumerate() {
                any = any.add(filter.combined(&format!("{path}.or.{n}"), own)?);
            }
            condition = condition.add(any);
        }
        if let Some(filter) = self.not() {
            condition = condition.add(truth(filter.combined(&format!("{path}.not"), own)?).not());
        }
        Ok(condition)
    }
}

/// The condition as a value that is never NULL: a row of which it cannot be said does not pass, and so passes its
/// negation.
fn truth(condition: Condition) -> SimpleExpr {
    Expr::case(condition, true).finally(false).into()
}

/// The path of a field of a filter.
pub(crate) fn at(path: &str, field: &str) -> String {
    format!("{path}.{field}")
}

/// The rows whose set `column` has at least one of these values.
pub(crate) fn some_of<G, T>(column: impl ColumnTrait, values: &[G]) -> SimpleExpr
where
    G: Copy + Into<T>,
    T: Flag,
{
    let values: Vec<T> = values.iter().map(|value| (*value).into()).collect();
    ExprTrait::bit_and(Expr::col(column.as_column_ref()), T::set(&values)).ne(0)
}

/// The keys of the countries with these codes.
pub(crate) fn keys_of(path: &str, codes: &[CountryCode]) -> Result<Vec<Uuid>, Error> {
    codes.iter().enumerate().map(|(n, code)| code.key(&format!("{path}.{n}"))).collect()
}
