//! Which periods cover a day, where dates are known to the year, the month or the day.
use chrono::NaiveDate;
use sea_orm::{
    Condition, ExprTrait as _,
    sea_query::{BinOper, Expr, Func, SimpleExpr},
};

/// The rows whose period covers `day`. A partial date is an interval: `since` counts from its first day,
/// `until` to its last. What has no date at all counts only for `today`.
///
/// Partial dates are text, and a prefix sorts before what it begins: so `2014 <= 2014-03-01` as text says
/// that the period has begun, and cutting the day to the length of `until` compares to its last day.
pub(crate) fn covers(since: SimpleExpr, until: Option<SimpleExpr>, day: NaiveDate, today: NaiveDate) -> Condition {
    let text = day.to_string();
    let mut covering = Condition::all().add(since.clone().is_null().or(since.clone().lte(text.clone())));
    let mut dated = since.is_not_null();
    if let Some(until) = until {
        let cut = Func::cust("substr").arg(text).arg(1).arg(Func::char_length(until.clone()));
        covering = covering.add(until.clone().is_null().or(Expr::from(cut).lte(until.clone())));
        dated = dated.or(until.is_not_null());
    }
    if day == today { covering } else { covering.add(dated) }
}

/// The rows whose partial date is wholly in the range: `from` is included, `before` is not.
pub(crate) fn within(date: &SimpleExpr, from: Option<NaiveDate>, before: Option<NaiveDate>) -> Condition {
    let length = || Func::char_length(date.clone());
    // The first day of a year is its text and what is missing of a first of January.
    let missing = Func::cust("substr").arg("0000-01-01").arg(Expr::from(length()).add(1));
    let first_day = date.clone().binary(BinOper::Custom("||"), Expr::from(missing));
    let cut = |day: NaiveDate| Func::cust("substr").arg(day.to_string()).arg(1).arg(length());
    Condition::all()
        .add(date.clone().is_not_null())
        .add_option(from.map(|from| first_day.gte(from.to_string())))
        .add_option(before.map(|before| Expr::from(cut(before)).gt(date.clone())))
}
