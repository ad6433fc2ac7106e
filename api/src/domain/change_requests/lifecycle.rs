//! The life of a request: for how long it can be approved, and where it stands by the clock.
use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    change_request::{self, Column},
    vocabulary::ChangeRequestStatus,
};
use sea_orm::{
    ActiveEnum as _, Condition,
    sea_query::{Expr, ExprTrait as _, SimpleExpr},
};
use uuid::Uuid;

use crate::db::column;

/// For how long a request can be approved.
pub(super) const GOOD_FOR: TimeDelta = TimeDelta::days(14);

/// Where a request stands: what was decided, but for one that is pending, and expires by the clock.
pub(super) fn status(row: &change_request::Model, now: DateTime<Utc>) -> ChangeRequestStatus {
    let over = row.status == ChangeRequestStatus::Pending && row.expires_at <= now;
    if over { ChangeRequestStatus::Expired } else { row.status }
}

/// The requests that stand at one of these.
pub(super) fn stands(at: &[ChangeRequestStatus], now: DateTime<Utc>) -> SimpleExpr {
    let decided = || column(Column::Status);
    let over = Condition::all()
        .add(decided().eq(ChangeRequestStatus::Pending.to_value()))
        .add(column(Column::ExpiresAt).lte(now));
    let standing: SimpleExpr = Expr::case(over, ChangeRequestStatus::Expired.to_value()).finally(decided()).into();
    standing.is_in(at.iter().map(ChangeRequestStatus::to_value))
}

/// What became of a request that cannot be approved any more, though nobody has decided: the time is over, what it is about
/// has another version, or whoever asked is no administrator now.
pub(super) fn outlived(
    row: &change_request::Model,
    version: Option<i32>,
    administrators: &[Uuid],
    now: DateTime<Utc>,
) -> Option<(ChangeRequestStatus, &'static str)> {
    let asks = row.requested_by.is_some_and(|account| administrators.contains(&account));
    if status(row, now) == ChangeRequestStatus::Expired {
        Some((ChangeRequestStatus::Expired, "its time is over"))
    } else if version != Some(row.subject_version) {
        Some((ChangeRequestStatus::Stale, "what it is about has changed since"))
    } else if !asks {
        Some((ChangeRequestStatus::Stale, "whoever asked for it is no active administrator now"))
    } else {
        None
    }
}
