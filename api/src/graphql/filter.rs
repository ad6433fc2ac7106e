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
use crate::{db, error::Error};

/// How many filters one can be made of: databases read only so deep an expression.
const MOST: usize = 100;

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

    /// How many filters it is made of, itself included.
    fn size(&self) -> usize {
        let parts = self.and().unwrap_or_default().iter().chain(self.or().unwrap_or_default()).chain(self.not());
        1 + parts.map(Self::size).sum::<usize>()
    }

    /// The whole filter; `own` makes the condition of one filter's own fields, given the path to it.
    ///
    /// # Errors
    ///
    /// If it is made of too many, or `own` refuses one.
    fn condition(&self, own: impl Fn(&Self, &str) -> Result<Condition, Error>) -> Result<Condition, Error> {
        if self.size() > MOST {
            return Err(Error::invalid("filter", format!("must be made of at most {MOST} filters")));
        }
        self.combined("filter", &own)
    }

    /// The filter at `path`, and those below it.
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

/// Says of a filter with the fields `and`, `or` and `not` that it is [`Combined`].
macro_rules! combined {
    ($filter:ty) => {
        impl $crate::graphql::Combined for $filter {
            fn and(&self) -> Option<&[Self]> {
                self.and.as_deref()
            }
            fn or(&self) -> Option<&[Self]> {
                self.or.as_deref()
            }
            fn not(&self) -> Option<&Self> {
                self.not.as_deref()
            }
        }
    };
}
pub(crate) use combined;

/// The condition as a value that is never NULL: a row of which it cannot be said does not pass, and so passes its
/// negation.
fn truth(condition: Condition) -> SimpleExpr {
    Expr::case(condition, true).finally(false).into()
}

/// The rows whose set `column` has at least one of these values, or none at all and so stands for any.
pub(crate) fn some_or_any<G, T>(column: impl ColumnTrait, values: &[G]) -> Condition
where
    G: Copy + Into<T>,
    T: Flag,
{
    let any = Expr::val(!values.is_empty()).and(column.eq(0));
    Condition::any().add(any).add(some_of::<G, T>(column, values))
}

/// The rows whose `column` is one of these values.
pub(crate) fn one_of<G, T>(column: impl ColumnTrait, values: &[G]) -> SimpleExpr
where
    G: Copy + Into<T>,
    T: Flag + Into<sea_orm::Value>,
{
    let asked: Vec<T> = values.iter().map(|value| (*value).into()).collect();
    // However often a client names a value, the statement does once.
    column.is_in(T::ALL.iter().copied().filter(|value| asked.contains(value)))
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
    ExprTrait::bit_and(db::column(column), T::set(&values)).ne(0)
}

/// A key that clients type: a code, a slug, the name of a region.
///
/// # Errors
///
/// If it has control characters, which no key has, and which PostgreSQL would refuse in its own words.
pub(crate) fn typed<'t>(field: &str, text: &'t str) -> Result<&'t str, Error> {
    if text.chars().any(char::is_control) {
        return Err(Error::invalid(field, "must not have control characters"));
    }
    Ok(text)
}

/// The keys of the countries with these codes.
pub(crate) fn keys_of(path: &str, codes: &[CountryCode]) -> Result<Vec<Uuid>, Error> {
    codes.iter().enumerate().map(|(n, code)| code.key(&format!("{path}.{n}"))).collect()
}
