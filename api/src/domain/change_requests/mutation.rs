//! What administrators decide about each other's requests.
use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};
use entity::{change_request, vocabulary::ChangeRequestStatus};

use super::{
    ChangeRequest, ChangeRequests,
    writing::{self, stale},
};
use crate::{
    access::Seen as _,
    error::{Target, Written},
    graphql::{Result, TransitionInput, UserError, decode, once, reading, user_errors},
};

/// What came of it.
#[derive(SimpleObject)]
pub(crate) struct ChangeRequestPayload {
    /// The request, as it is now.
    change_request: Option<ChangeRequest>,
    /// What was wrong with the input; empty, if nothing was.
    user_errors: Vec<UserError>,
}

impl From<Written<change_request::Model>> for ChangeRequestPayload {
    fn from(Written { now, mut faults }: Written<change_request::Model>) -> Self {
        // That it was found to be stale is written down, and told to whoever repeats the request, too.
        if faults.is_empty() && now.as_ref().is_some_and(|row| row.status == ChangeRequestStatus::Stale) {
            faults.push(stale("things have changed since it was asked for"));
        }
        Self { change_request: now.map(|row| ChangeRequest(Arc::new(row))), user_errors: user_errors(faults) }
    }
}

/// What administrators decide about each other's requests.
#[derive(Default)]
pub(crate) struct ChangeRequestMutation;

#[Object]
impl ChangeRequestMutation {
    /// Does what another administrator has asked for, if it can still be done as it was asked for. For administrators who do
    /// not represent the institution that it is about; nobody approves what they asked for themselves.
    async fn approve_change_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: TransitionInput,
    ) -> Option<Result<ChangeRequestPayload>> {
        let written = async {
            let (target, reason) = target(input)?;
            Ok(writing::approve(reading(ctx)?, target, reason).await?)
        };
        Some(once(ctx, ChangeRequests, written).await)
    }

    /// Has what an administrator has asked for not be done. For administrators who do not represent the institution that it is
    /// about, and for whoever asked, who takes it back so.
    async fn reject_change_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and perhaps why.")] input: TransitionInput,
    ) -> Option<Result<ChangeRequestPayload>> {
        let written = async {
            let (target, reason) = target(input)?;
            Ok(writing::reject(reading(ctx)?, target, reason).await?)
        };
        Some(once(ctx, ChangeRequests, written).await)
    }
}

fn target(input: TransitionInput) -> Result<(Target, Option<String>)> {
    let TransitionInput { id, expected_version, reason } = input;
    Ok((Target { key: decode("input.id", ChangeRequests::PREFIX, &id)?, version: expected_version }, reason))
}
