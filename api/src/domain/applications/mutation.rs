//! Applying for membership.
use async_graphql::{Context, Object};
use entity::membership;

use super::{
    input::{ApplyForMembershipInput, ConfirmApplicationInput},
    service,
};
use crate::{
    domain::memberships::{MembershipPayload, Memberships},
    error::Written,
    graphql::{Result, caller, named_one, once, reading},
};

/// Applying for membership.
#[derive(Default)]
pub(crate) struct ApplicationMutation;

#[Object]
impl ApplicationMutation {
    /// Applies for membership of an institution that has none that goes on. Representatives of the institution apply at once.
    /// Anybody else names an `applicant`, to whom a link is mailed, good for seven days, with which it is confirmed; until
    /// then nothing of it is in the network. Then `membership` is null, and whether anybody has an account of that address
    /// is not told.
    async fn apply_for_membership(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The application.")] input: ApplyForMembershipInput,
    ) -> Option<Result<MembershipPayload>> {
        let written = async { Ok(service::apply(reading(ctx)?, caller(ctx)?, input.asked()?).await?) };
        Some(once(ctx, Memberships, written).await)
    }

    /// Confirms an application with the link that was mailed, once. `membership` is null for those who do not see it whole,
    /// as applicants do not: they are answered without faults, also where somebody else has applied before.
    async fn confirm_application(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which application.")] input: ConfirmApplicationInput,
    ) -> Option<Result<MembershipPayload>> {
        let written = async {
            let (now, faults) = match service::confirm(reading(ctx)?, &input.token).await? {
                Ok(key) => (named_one(ctx, Memberships, key).await?, vec![]),
                Err(faults) => (None, faults),
            };
            let now = now.map(|row| membership::Model::clone(&row));
            Ok(Written { now, faults }.into())
        };
        Some(written.await)
    }
}
