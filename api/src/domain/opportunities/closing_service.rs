//! When opportunities close: from then on answers that tell of those that accept interest are others, though nobody has
//! written anything.
use chrono::{DateTime, Utc};
use entity::opportunity;
use sea_orm::{
    ConnectionTrait as _, DbErr, ExprTrait as _, Order,
    sea_query::{Expr, Query},
};

use super::lifecycle::{CLOSES_AT, never};
use crate::db::Turns;

/// When the next opportunity closes after a moment; none, if none does.
pub(crate) async fn next_closing(db: &Turns, after: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, DbErr> {
    let closes = Expr::col(("opportunity", CLOSES_AT));
    let mut next = Query::select();
    next.expr(Expr::col(opportunity::Column::Deadline)).from(opportunity::Entity).and_where(closes.clone().gt(after));
    next.and_where(closes.clone().lt(never())).order_by_expr(closes, Order::Asc).limit(1);
    db.query_one(&next).await?.map(|row| row.try_get_by_index(0)).transpose()
}
