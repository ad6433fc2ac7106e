//! Pushing contacts.
use async_graphql::{Context, Object};

use super::{input::UpsertContactsInput, types::UpsertContactsPayload, writing};
use crate::graphql::{Result, reading};

/// Pushing contacts.
#[derive(Default)]
pub(crate) struct UpsertMutation;

#[Object]
impl UpsertMutation {
    /// Pushes contacts of an agency's address book into the network: each is found by the agency's own ID, created if it is not
    /// known, and else changed where the input says so. A machine changes those that it has made, and no others. Each contact
    /// has its own outcome, and one that fails does not keep the others. The same once more changes nothing. For agencies'
    /// machines that may write contacts.
    async fn upsert_contacts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The contacts.")] input: UpsertContactsInput,
    ) -> Option<Result<UpsertContactsPayload>> {
        let upserted = Box::pin(async { Ok(writing::upsert(reading(ctx)?, input.asked()).await?.into()) });
        Some(upserted.await)
    }
}
