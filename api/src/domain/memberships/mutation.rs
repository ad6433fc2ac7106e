//! What is done to memberships.
use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};
use entity::membership;

use super::{
    Membership, Memberships,
    input::{ApproveMembershipInput, RenewMembershipInput},
    lifecycle::Command,
    writing::{self, Step, Term},
};
use crate::{
    access::Seen as _,
    domain::change_requests::{ChangeRequest, Decided, decided_once},
    error::{Target, Written},
    graphql::{Result, TransitionInput, UserError, decode, reading, user_errors},
};

/// What came of it.
#[derive(SimpleObject)]
pub(crate) struct MembershipPayload {
    /// The membership, as it is now.
    membership: Option<Membership>,
    /// What another administrator has to approve before anything is done.
    change_request: Option<ChangeRequest>,
    /// What was wrong with the input; empty, if nothing was.
    user_errors: Vec<UserError>,
}

impl From<Written<membership::Model>> for MembershipPayload {
    fn from(written: Written<membership::Model>) -> Self {
        Decided::from(written).into()
    }
}

impl From<Decided<membership::Model>> for MembershipPayload {
    fn from(Decided { written, request }: Decided<membership::Model>) -> Self {
        let membership = written.now.map(|row| Membership(Arc::new(row)));
        Self { membership, change_request: request.map(ChangeRequest::from), user_errors: user_errors(written.faults) }
    }
}

/// What is done to memberships.
#[derive(Default)]
pub(crate) struct MembershipMutation;

#[Object]
impl MembershipMutation {
    /// Speaks for an application. For focal points of the institution's country who do not represent it.
    async fn endorse_membership(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: TransitionInput,
    ) -> Option<Result<MembershipPayload>> {
        Some(lead_on(ctx, input, Command::Endorse).await)
    }

    /// Admits an institution that was endorsed, or that is in no country with a focal point who could; everybody may know of
    /// it since. For administrators who do not represent it.
    async fn approve_membership(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, as what, and from when to when.")] input: ApproveMembershipInput,
    ) -> Option<Result<MembershipPayload>> {
        let ApproveMembershipInput { id, expected_version, tier, since, until, reason } = input;
        let term =
            Term { tier: tier.map(Into::into), since: since.map(|since| since.0), until: until.map(|until| until.0) };
        Some(lead_in(ctx, TransitionInput { id, expected_version, reason }, (Command::Approve, Some(term))).await)
    }

    /// Does not admit an institution, for a reason. For administrators who do not represent it.
    async fn reject_membership(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and why.")] input: TransitionInput,
    ) -> Option<Result<MembershipPayload>> {
        Some(lead_on(ctx, input, Command::Reject).await)
    }

    /// Has a member's rights rest, for a reason. For administrators who do not represent it.
    async fn suspend_membership(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and why.")] input: TransitionInput,
    ) -> Option<Result<MembershipPayload>> {
        Some(lead_on(ctx, input, Command::Suspend).await)
    }

    /// Gives a member its rights back; if its term has ended, it is LAPSED. For administrators who do not represent it.
    async fn reinstate_membership(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: TransitionInput,
    ) -> Option<Result<MembershipPayload>> {
        Some(lead_on(ctx, input, Command::Reinstate).await)
    }

    /// Begins a new term of a membership whose term has ended, or has one go on that ends within sixty days. For
    /// administrators, and for representatives of the institution, for no longer than was granted.
    async fn renew_membership(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and until when.")] input: RenewMembershipInput,
    ) -> Option<Result<MembershipPayload>> {
        let RenewMembershipInput { id, expected_version, until } = input;
        let term = Term { tier: None, since: None, until: Some(until.0) };
        let target = TransitionInput { id, expected_version, reason: None };
        Some(lead_in(ctx, target, (Command::Renew, Some(term))).await)
    }

    /// Gives a membership up, or an application, for a reason: for representatives of the institution. Administrators may
    /// take a membership away.
    async fn withdraw_membership(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and why.")] input: TransitionInput,
    ) -> Option<Result<MembershipPayload>> {
        Some(lead_on(ctx, input, Command::Withdraw).await)
    }
}

async fn lead_on(ctx: &Context<'_>, input: TransitionInput, command: Command) -> Result<MembershipPayload> {
    lead_in(ctx, input, (command, None)).await
}

async fn lead_in(
    ctx: &Context<'_>,
    input: TransitionInput,
    (command, term): (Command, Option<Term>),
) -> Result<MembershipPayload> {
    let decided = async {
        let TransitionInput { id, expected_version, reason } = input;
        let target = Target { key: decode("input.id", Memberships::PREFIX, &id)?, version: expected_version };
        Ok(writing::lead_on(reading(ctx)?, target, Step { command, term, reason }).await?)
    };
    decided_once(ctx, Memberships, decided).await
}
