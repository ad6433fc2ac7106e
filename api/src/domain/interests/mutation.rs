//! What is done to interests.
use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use entity::interest;

use super::{
    Interest, Interests,
    lifecycle::Command,
    writing::{self, Expressed},
};
use crate::{
    access::Seen as _,
    domain::{institutions::Institutions, opportunities::Opportunities},
    error::{Target, Written},
    graphql::{EmailAddress, Result, TransitionInput, UserError, decode, once, reading, user_errors},
};

/// An institution's interest in an opportunity.
#[derive(InputObject)]
pub(crate) struct ExpressInterestInput {
    /// In what.
    opportunity: ID,
    /// Whose: an institution that one represents.
    institution: ID,
    /// The e-mail address that the answer is to go to.
    reply_to: EmailAddress,
    /// What the institution that offers the opportunity is to know.
    message: String,
}

/// What is decided about an interest.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum InterestDecision {
    /// It is looked at more closely.
    Shortlist,
    /// It is accepted.
    Accept,
    /// It is declined.
    Decline,
}

/// A decision about an interest.
#[derive(InputObject)]
pub(crate) struct DecideInterestInput {
    /// The interest.
    id: ID,
    /// The version that was seen: if it has changed since, nothing is done.
    expected_version: Option<i32>,
    /// What is decided.
    decision: InterestDecision,
    /// What the other side is to know of it.
    reason: Option<String>,
}

/// What came of it.
#[derive(SimpleObject)]
pub(crate) struct InterestPayload {
    /// The interest, as it is now.
    interest: Option<Interest>,
    /// What was wrong with the input; empty, if nothing was.
    user_errors: Vec<UserError>,
}

impl From<Written<interest::Model>> for InterestPayload {
    fn from(written: Written<interest::Model>) -> Self {
        let interest = written.now.map(|row| Interest(Arc::new(row)));
        Self { interest, user_errors: user_errors(written.faults) }
    }
}

/// What is done to interests.
#[derive(Default)]
pub(crate) struct InterestMutation;

#[Object]
impl InterestMutation {
    /// Expresses an institution's interest in an opportunity. For its representatives, and administrators.
    async fn express_interest(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The interest.")] input: ExpressInterestInput,
    ) -> Option<Result<InterestPayload>> {
        let written = async {
            let ExpressInterestInput { opportunity, institution, reply_to, message } = input;
            let expressed = Expressed {
                opportunity: decode("input.opportunity", Opportunities::PREFIX, &opportunity)?,
                institution: decode("input.institution", Institutions::PREFIX, &institution)?,
                reply_to: reply_to.0,
                message,
            };
            Ok(writing::express(reading(ctx)?, expressed).await?)
        };
        Some(once(ctx, Interests, written).await)
    }

    /// Decides about an interest. For representatives of the institution that offers the opportunity, and administrators.
    async fn decide_interest(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is decided.")] input: DecideInterestInput,
    ) -> Option<Result<InterestPayload>> {
        let DecideInterestInput { id, expected_version, decision, reason } = input;
        let command = match decision {
            InterestDecision::Shortlist => Command::Shortlist,
            InterestDecision::Accept => Command::Accept,
            InterestDecision::Decline => Command::Decline,
        };
        Some(lead_on(ctx, TransitionInput { id, expected_version, reason }, command).await)
    }

    /// Takes an interest back. For representatives of the institution that sent it, and administrators.
    async fn withdraw_interest(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: TransitionInput,
    ) -> Option<Result<InterestPayload>> {
        Some(lead_on(ctx, input, Command::Withdraw).await)
    }
}

async fn lead_on(ctx: &Context<'_>, input: TransitionInput, command: Command) -> Result<InterestPayload> {
    let written = async {
        let TransitionInput { id, expected_version, reason } = input;
        let target = Target { key: decode("input.id", Interests::PREFIX, &id)?, version: expected_version };
        Ok(writing::lead_on(reading(ctx)?, target, command, reason).await?)
    };
    once(ctx, Interests, written).await
}
