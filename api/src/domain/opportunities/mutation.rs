//! What is done to opportunities.
use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};
use entity::opportunity;

use super::{
    Opportunities, Opportunity,
    input::{CreateOpportunityInput, UpdateOpportunityInput},
    lifecycle::Command,
    writing,
};
use crate::{
    access::Seen as _,
    domain::institutions::Institutions,
    error::{Target, Written},
    graphql::{
        DeleteInput, DeletePayload, Result, TransitionInput, UserError, decode, deleted_once, once, reading,
        user_errors,
    },
};

/// What came of it.
#[derive(SimpleObject)]
pub(crate) struct OpportunityPayload {
    /// The opportunity, as it is now.
    opportunity: Option<Opportunity>,
    /// What was wrong with the input; empty, if nothing was.
    user_errors: Vec<UserError>,
}

impl From<Written<opportunity::Model>> for OpportunityPayload {
    fn from(written: Written<opportunity::Model>) -> Self {
        let opportunity = written.now.map(|row| Opportunity(Arc::new(row)));
        Self { opportunity, user_errors: user_errors(written.faults) }
    }
}

/// What is done to opportunities.
#[derive(Default)]
pub(crate) struct OpportunityMutation;

#[Object]
impl OpportunityMutation {
    /// Drafts an opportunity. For representatives of the institution that offers it, focal points of its country, and
    /// administrators.
    async fn create_opportunity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The opportunity.")] input: CreateOpportunityInput,
    ) -> Option<Result<OpportunityPayload>> {
        let written = async {
            let lead = decode("input.leadInstitution", Institutions::PREFIX, &input.lead_institution)?;
            Ok(writing::create(reading(ctx)?, lead, input.patch()?).await?)
        };
        Some(once(ctx, Opportunities, written).await)
    }

    /// Writes an opportunity anew, where the input says so. Once it was published, representatives do so no more.
    async fn update_opportunity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be different.")] input: UpdateOpportunityInput,
    ) -> Option<Result<OpportunityPayload>> {
        let written = async {
            let key = decode("input.id", Opportunities::PREFIX, &input.id)?;
            let target = Target { key, version: Some(input.expected_version) };
            Ok(writing::update(reading(ctx)?, target, input.patch()?).await?)
        };
        Some(once(ctx, Opportunities, written).await)
    }

    /// Deletes an opportunity, with the interests in it. For administrators.
    async fn delete_opportunity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: DeleteInput,
    ) -> Option<Result<DeletePayload>> {
        let written = async {
            let key = decode("input.id", Opportunities::PREFIX, &input.id)?;
            Ok(writing::delete(reading(ctx)?, Target { key, version: input.expected_version }).await?.map(|row| row.id))
        };
        Some(deleted_once(ctx, Opportunities, written).await)
    }

    /// Sends a draft to those who may publish it.
    async fn submit_opportunity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: TransitionInput,
    ) -> Option<Result<OpportunityPayload>> {
        Some(lead_on(ctx, input, Command::Submit).await)
    }

    /// Sends a draft that was submitted back, with a reason. For focal points and administrators.
    async fn return_opportunity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and why.")] input: TransitionInput,
    ) -> Option<Result<OpportunityPayload>> {
        Some(lead_on(ctx, input, Command::Return).await)
    }

    /// Makes an opportunity public, or public again after it was put off. For focal points and administrators.
    async fn publish_opportunity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: TransitionInput,
    ) -> Option<Result<OpportunityPayload>> {
        Some(lead_on(ctx, input, Command::Publish).await)
    }

    /// Puts an opportunity off.
    async fn postpone_opportunity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: TransitionInput,
    ) -> Option<Result<OpportunityPayload>> {
        Some(lead_on(ctx, input, Command::Postpone).await)
    }

    /// Closes an opportunity, for good.
    async fn close_opportunity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: TransitionInput,
    ) -> Option<Result<OpportunityPayload>> {
        Some(lead_on(ctx, input, Command::Close).await)
    }

    /// Cancels an opportunity, for good.
    async fn cancel_opportunity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: TransitionInput,
    ) -> Option<Result<OpportunityPayload>> {
        Some(lead_on(ctx, input, Command::Cancel).await)
    }
}

async fn lead_on(ctx: &Context<'_>, input: TransitionInput, command: Command) -> Result<OpportunityPayload> {
    let written = async {
        let TransitionInput { id, expected_version, reason } = input;
        let target = Target { key: decode("input.id", Opportunities::PREFIX, &id)?, version: expected_version };
        Ok(writing::lead_on(reading(ctx)?, target, command, reason).await?)
    };
    once(ctx, Opportunities, written).await
}
