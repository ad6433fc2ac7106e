//! What is done to policymakers' entries.
use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};
use entity::policymaker;

use super::{
    Policymaker, Policymakers,
    input::{CreatePolicymakerInput, ErasePolicymakerInput, RecordConsentInput, UpdatePolicymakerInput},
    writing::{self, Agreed},
};
use crate::{
    access::Seen as _,
    domain::accounts::Accounts,
    error::{Target, Written},
    graphql::{DeleteInput, DeletePayload, Result, UserError, decode, deleted_once, once, reading, user_errors},
};

/// What came of it.
#[derive(SimpleObject)]
pub(crate) struct PolicymakerPayload {
    /// The policymaker, as they are now.
    policymaker: Option<Policymaker>,
    /// What was wrong with the input; empty, if nothing was.
    user_errors: Vec<UserError>,
}

impl From<Written<policymaker::Model>> for PolicymakerPayload {
    fn from(written: Written<policymaker::Model>) -> Self {
        let policymaker = written.now.map(|row| Policymaker(Arc::new(row)));
        Self { policymaker, user_errors: user_errors(written.faults) }
    }
}

/// What is done to policymakers' entries.
#[derive(Default)]
pub(crate) struct PolicymakerMutation;

#[Object]
impl PolicymakerMutation {
    /// Makes a policymaker's entry. For representatives, who appoint people of their own institution, for focal points of the
    /// person's country, and for administrators. Whoever appoints a person of another country than the institution's, or to
    /// an institution that is not their own, must be an administrator.
    async fn create_policymaker(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The policymaker.")] input: CreatePolicymakerInput,
    ) -> Option<Result<PolicymakerPayload>> {
        let written = async { Ok(writing::create(reading(ctx)?, input.patch()?).await?) };
        Some(once(ctx, Policymakers, written).await)
    }

    /// Writes a policymaker's entry anew, where the input says so. For representatives of an institution at which the person
    /// holds a position today, focal points of that or of the person's country, and administrators.
    async fn update_policymaker(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be different.")] input: UpdatePolicymakerInput,
    ) -> Option<Result<PolicymakerPayload>> {
        let written = async {
            let key = decode("input.id", Policymakers::PREFIX, &input.id)?;
            let target = Target { key, version: Some(input.expected_version) };
            Ok(writing::update(reading(ctx)?, target, input.patch()?).await?)
        };
        Some(once(ctx, Policymakers, written).await)
    }

    /// Deletes a policymaker's entry. For administrators. What the log keeps of it says nothing about the person, but who could
    /// know of them: `erasePolicymaker` removes that, too.
    async fn delete_policymaker(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who.")] input: DeleteInput,
    ) -> Option<Result<DeletePayload>> {
        let written = async {
            let key = decode("input.id", Policymakers::PREFIX, &input.id)?;
            let target = Target { key, version: input.expected_version };
            Ok(writing::delete(reading(ctx)?, target).await?.map(|row| row.id))
        };
        Some(deleted_once(ctx, Policymakers, written).await)
    }

    /// Records what a person agreed to be shared with partner agencies, or confirms what an agency recorded, or withdraws it.
    /// For focal points of the person's country, and administrators.
    async fn record_consent(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What they agreed to.")] input: RecordConsentInput,
    ) -> Option<Result<PolicymakerPayload>> {
        let written = async {
            let RecordConsentInput { id, expected_version, share_with_agencies, basis } = input;
            let target = Target { key: decode("input.id", Policymakers::PREFIX, &id)?, version: expected_version };
            let agreed = Agreed { share_with_agencies, basis };
            Ok(writing::record_consent(reading(ctx)?, target, agreed).await?)
        };
        Some(once(ctx, Policymakers, written).await)
    }

    /// Erases all that is known of a person, an account of theirs included, wherever it is: the ID, the time and the reason are
    /// all that stay. For administrators, also where the entry was deleted or merged before. It cannot be undone.
    async fn erase_policymaker(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, and why.")] input: ErasePolicymakerInput,
    ) -> Option<Result<DeletePayload>> {
        let written = async {
            let ErasePolicymakerInput { id, expected_version, reason, account } = input;
            let target = Target { key: decode("input.id", Policymakers::PREFIX, &id)?, version: expected_version };
            let account = account.map(|id| decode("input.account", Accounts::PREFIX, &id)).transpose()?;
            Ok(writing::erase(reading(ctx)?, target, (account, reason)).await?)
        };
        Some(deleted_once(ctx, Policymakers, written).await)
    }
}
