//! The life of an invitation, and where it stands by the clock.
use chrono::{DateTime, TimeDelta, Utc};
use entity::invitation::{self, Column};
use sea_orm::{ColumnTrait as _, Condition};

/// How long an invitation is good.
pub(super) const LIFETIME: TimeDelta = TimeDelta::days(7);

/// Where an invitation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Its link is good.
    Pending,
    /// Somebody has accepted it.
    Accepted,
    /// It was taken back.
    Revoked,
    /// Nobody has accepted it in time.
    Expired,
}

impl Standing {
    /// As the log has it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Accepted => "ACCEPTED",
            Self::Revoked => "REVOKED",
            Self::Expired => "EXPIRED",
        }
    }
}

/// Where an invitation stands at a time.
pub(super) fn standing(row: &invitation::Model, now: DateTime<Utc>) -> Standing {
    if row.accepted_at.is_some() {
        Standing::Accepted
    } else if row.revoked_at.is_some() {
        Standing::Revoked
    } else if row.expires_at <= now {
        Standing::Expired
    } else {
        Standing::Pending
    }
}

/// [`standing`] as the database tells it: the invitations that stand so.
pub(super) fn stand(standing: Standing, now: DateTime<Utc>) -> Condition {
    let open = Condition::all().add(Column::AcceptedAt.is_null()).add(Column::RevokedAt.is_null());
    match standing {
        Standing::Pending => open.add(Column::ExpiresAt.gt(now)),
        Standing::Accepted => Condition::all().add(Column::AcceptedAt.is_not_null()),
        Standing::Revoked => Condition::all().add(Column::AcceptedAt.is_null()).add(Column::RevokedAt.is_not_null()),
        Standing::Expired => open.add(Column::ExpiresAt.lte(now)),
    }
}
