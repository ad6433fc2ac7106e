//! Agencies' IDs as clients see them.
use async_graphql::{Context, Description, Object};
use entity::external_id;
use uuid::Uuid;

use super::service::{ExternalIds, GivenExternalIds};
use crate::{
    domain::agencies::AgencyClients,
    graphql::{Result, loaded, parts},
};

/// What an agency calls a contact.
#[derive(Clone, Debug, Description)]
pub(crate) struct ExternalId(external_id::Model);

#[Object(use_type_description)]
impl ExternalId {
    /// Whose ID it is: what the agency's machine calls itself (`clientId`).
    async fn agency(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(loaded(ctx, AgencyClients, self.0.agency_client_id).await?.client_id.clone())
    }

    /// The ID itself.
    async fn value(&self) -> &str {
        &self.0.value
    }
}

/// What agencies call a contact, those that were merged into it included.
pub(crate) async fn external_ids_of(ctx: &Context<'_>, contact: Uuid) -> Result<Vec<ExternalId>> {
    Ok(parts(ctx, ExternalIds, contact).await?.iter().cloned().map(ExternalId).collect())
}

/// What agencies called a contact that is not there any more.
pub(crate) async fn external_ids_given_to(ctx: &Context<'_>, contact: Uuid) -> Result<Vec<ExternalId>> {
    Ok(parts(ctx, GivenExternalIds, contact).await?.iter().cloned().map(ExternalId).collect())
}
