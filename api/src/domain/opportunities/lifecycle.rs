//! When an opportunity accepts interest.
use chrono::{DateTime, Utc};
use entity::{opportunity, vocabulary::OpportunityStatus};
use sea_orm::{ColumnTrait as _, Condition};

/// Whether an opportunity accepts interest at `now`: it is published, and now lies between the day on which it opens
/// (UTC) and its deadline. Passing the deadline changes no status.
pub(super) fn accepts_interest(row: &opportunity::Model, now: DateTime<Utc>) -> bool {
    row.status == OpportunityStatus::Published
        && row.published_at.is_some()
        && row.opens_on.is_none_or(|day| day <= now.date_naive())
        && row.deadline.is_none_or(|deadline| now < deadline)
}

/// The rows for which [`accepts_interest`] holds.
pub(super) fn accepting(now: DateTime<Utc>) -> Condition {
    use opportunity::Column;
    Condition::all()
        .add(Column::Status.eq(OpportunityStatus::Published))
        .add(Column::PublishedAt.is_not_null())
        .add(Condition::any().add(Column::OpensOn.is_null()).add(Column::OpensOn.lte(now.date_naive())))
        .add(Condition::any().add(Column::Deadline.is_null()).add(Column::Deadline.gt(now)))
}
