//! Memberships as clients see them.
use std::sync::Arc;

use async_graphql::{Context, Description, Enum, ID, Object, SimpleObject};
use entity::membership;
use futures_util::future::try_join_all;
use serde::Serialize;
use uuid::Uuid;

use super::{
    Memberships,
    lifecycle::status,
    service::{History, OfInstitution, Representatives, asker, current, step},
};
use crate::{
    access::Seen as _,
    changes::{self, actor_of},
    domain::{
        accounts::Actor,
        applications::{Applicant, Applicants},
        institutions::{Institution, Institutions},
    },
    graphql::{Date, DateTime, Result, encode, loaded, parts, reading},
};

/// An institution's standing in the network. Seen whole by the institution's representatives, also while it is not active,
/// by focal points of its country, and by administrators.
#[derive(Description)]
pub(crate) struct Membership(pub(crate) Arc<membership::Model>);

impl From<Arc<membership::Model>> for Membership {
    fn from(row: Arc<membership::Model>) -> Self {
        Self(row)
    }
}

#[Object(use_type_description)]
impl Membership {
    /// Unique in the network.
    pub(crate) async fn id(&self) -> ID {
        encode(Memberships::PREFIX, self.0.id)
    }

    /// Whose.
    async fn institution(&self, ctx: &Context<'_>) -> Result<Institution> {
        Ok(Institution(loaded(ctx, Institutions, self.0.institution_id).await?))
    }

    /// Where it stands today (UTC).
    async fn status(&self, ctx: &Context<'_>) -> Result<MembershipStatus> {
        Ok(status(&self.0, reading(ctx)?.today()).into())
    }

    /// Which sort: what was applied for, until it is approved.
    async fn tier(&self) -> MembershipTier {
        self.0.tier.into()
    }

    /// From when to when; null before it is first active.
    async fn term(&self) -> Option<MembershipTerm> {
        Some(MembershipTerm { since: Date(self.0.since?), until: self.0.until.map(Date) })
    }

    /// When it was applied for.
    async fn applied_at(&self) -> DateTime {
        DateTime(self.0.applied_at)
    }

    /// The people who represent the institution, whoever has done so longest first.
    async fn representatives(&self, ctx: &Context<'_>) -> Result<Vec<Actor>> {
        let of = self.0.institution_id;
        let grants = parts(ctx, Representatives, of).await?;
        // All at once: the look-ups of one request are made together.
        try_join_all(grants.iter().map(|grant| Actor::of(ctx, Some(grant.account_id), Some(of)))).await
    }

    /// Those who applied without representing the institution, the first first: whom to invite.
    async fn applicants(&self, ctx: &Context<'_>) -> Result<Vec<Applicant>> {
        Ok(parts(ctx, Applicants, self.0.id).await?.iter().cloned().map(Applicant).collect())
    }

    /// What was decided, and that terms have ended, which the clock does and the service notes within a minute; the first
    /// first.
    async fn history(&self, ctx: &Context<'_>) -> Result<Vec<MembershipEvent>> {
        let entries = parts(ctx, History, self.0.id).await?;
        let event = |entry: &changes::Logged| {
            let (from, to) = step(entry)?;
            let by = match actor_of(entry) {
                changes::Actor::Account(account) => Some(account),
                changes::Actor::Nobody | changes::Actor::Agency(_) => None,
            };
            let (from, to, reason) = (from.map(Into::into), to.into(), entry.reason.clone());
            Some(MembershipEvent { at: DateTime(entry.at), by, requested_by: asker(entry), from, to, reason })
        };
        Ok(entries.iter().filter_map(event).collect())
    }

    /// Counts the changes, from 1.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// Where an institution stands, as far as the viewer may know.
pub(crate) async fn standing_of(ctx: &Context<'_>, institution: Uuid) -> Result<Option<MembershipStatus>> {
    let rows = parts(ctx, OfInstitution::Standing, institution).await?;
    let today = reading(ctx)?.today();
    Ok(current(&rows).map(|row| status(row, today).into()))
}

/// An institution's membership, if the viewer sees it whole.
pub(crate) async fn membership_of(ctx: &Context<'_>, institution: Uuid) -> Result<Option<Membership>> {
    let rows = parts(ctx, OfInstitution::Whole, institution).await?;
    Ok(current(&rows).map(|row| Membership(Arc::new(row.clone()))))
}

/// From when to when an institution is a member.
#[derive(SimpleObject)]
pub(crate) struct MembershipTerm {
    /// The first day.
    since: Date,
    /// The last day (UTC); null: without end.
    until: Option<Date>,
}

/// A step in the life of a membership.
#[derive(Description)]
pub(crate) struct MembershipEvent {
    at: DateTime,
    by: Option<Uuid>,
    requested_by: Option<Uuid>,
    from: Option<MembershipStatus>,
    to: MembershipStatus,
    reason: Option<String>,
}

#[Object(use_type_description)]
impl MembershipEvent {
    /// When.
    async fn at(&self) -> DateTime {
        self.at
    }

    /// Who did it; null, if the service did by itself, and of whoever applied without representing the institution.
    async fn by(&self, ctx: &Context<'_>) -> Option<Result<Actor>> {
        Some(Actor::of(ctx, Some(self.by?), None).await)
    }

    /// Who asked for it, where another administrator had to approve it.
    async fn requested_by(&self, ctx: &Context<'_>) -> Option<Result<Actor>> {
        Some(Actor::of(ctx, Some(self.requested_by?), None).await)
    }

    /// Where it stood; null, if it was applied for.
    async fn from(&self) -> Option<MembershipStatus> {
        self.from
    }

    /// Where it stood since.
    async fn to(&self) -> MembershipStatus {
        self.to
    }

    /// Why, where a reason was told.
    async fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }
}

/// Where a membership stands.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, Hash, Serialize)]
#[graphql(remote = "entity::vocabulary::MembershipStatus")]
pub(crate) enum MembershipStatus {
    /// It was applied for.
    Applied,
    /// The focal point of the institution's country speaks for it.
    Endorsed,
    /// The institution is a member.
    Active,
    /// Its rights rest.
    Suspended,
    /// Its term has ended.
    Lapsed,
    /// It was given up, or taken away.
    Withdrawn,
    /// It was not granted.
    Rejected,
}

/// Which sort of membership.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, Hash, Serialize)]
#[graphql(remote = "entity::vocabulary::MembershipTier")]
pub(crate) enum MembershipTier {
    /// A full member.
    Full,
    /// An associate member.
    Associate,
    /// An observer.
    Observer,
}
