//! What is told of memberships at once.
use std::sync::Arc;

use async_graphql::{Context, Subscription};
use entity::{membership, vocabulary::SubjectKind};
use futures_util::{Stream, stream};
use sea_orm::ColumnTrait as _;
use uuid::Uuid;

use super::{Membership, Memberships};
use crate::{
    access::one,
    changes::Logged,
    graphql::{Result, reading},
};

/// That the log has something of a membership.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MembershipChange(Uuid);

impl MembershipChange {
    /// What an entry of the log tells of a membership: that it was applied for or decided about, or that its term has ended.
    pub(crate) fn of(entry: &Logged) -> Option<Self> {
        (entry.subject == SubjectKind::Membership).then_some(Self(entry.subject_id))
    }
}

/// What is told of memberships at once, in the manner of opportunities.
#[derive(Default)]
pub(crate) struct MembershipSubscription;

#[Subscription]
impl MembershipSubscription {
    /// Each membership when it is applied for or decided about, and when its term has ended. It is told as it is when it is
    /// told, to whoever sees it whole then: representatives of the institution, focal points of its country, and
    /// administrators.
    async fn membership_changed(&self, ctx: &Context<'_>) -> Result<impl Stream<Item = Membership>> {
        let row = match ctx.data_opt::<MembershipChange>() {
            None => None,
            Some(MembershipChange(key)) => one::<Memberships>(reading(ctx)?, membership::Column::Id.eq(*key)).await?,
        };
        Ok(stream::iter(row.map(|row| Membership(Arc::new(row)))))
    }
}
