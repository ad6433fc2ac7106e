//! Making, exchanging and ending what agencies' machines prove themselves with.
use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::agency_client;

use super::{
    AgencyClient, AgencyClients,
    service::{self, NewAgency},
    types::AgencyScope,
};
use crate::{
    access::Seen as _,
    domain::institutions::Institutions,
    error::{Fault, FaultCode, Written},
    graphql::{Result, UserError, decode, once, reading, user_errors},
};

/// A machine that is to be made.
#[derive(InputObject)]
pub(crate) struct CreateAgencyClientInput {
    /// What it is called.
    name: String,
    /// The institution that answers for it.
    institution: ID,
    /// What it may do.
    scopes: Vec<AgencyScope>,
    /// Its public keys, as a JSON Web Key Set (RFC 7517), if it signs what it asks with (`private_key_jwt`, RFC 7523): then
    /// it has no secret.
    public_keys: Option<String>,
}

/// Whose secret is exchanged.
#[derive(InputObject)]
pub(crate) struct RotateAgencySecretInput {
    /// Its ID.
    id: ID,
}

/// Which machine may ask no more.
#[derive(InputObject)]
pub(crate) struct RevokeAgencyClientInput {
    /// Its ID.
    id: ID,
}

/// What came of it.
#[derive(SimpleObject)]
pub(crate) struct AgencyClientPayload {
    /// The machine, as it is now.
    agency_client: Option<AgencyClient>,
    /// Its new secret. It is shown this once.
    secret: Option<String>,
    /// What was wrong with the input; empty, if nothing was.
    user_errors: Vec<UserError>,
}

impl AgencyClientPayload {
    fn of_faults(faults: Vec<Fault>) -> Self {
        Self { agency_client: None, secret: None, user_errors: user_errors(faults) }
    }

    fn of(client: agency_client::Model, secret: Option<String>) -> Self {
        Self { agency_client: Some(AgencyClient(Arc::new(client))), secret, user_errors: vec![] }
    }
}

impl From<Written<agency_client::Model>> for AgencyClientPayload {
    fn from(written: Written<agency_client::Model>) -> Self {
        let agency_client = written.now.map(|row| AgencyClient(Arc::new(row)));
        Self { agency_client, secret: None, user_errors: user_errors(written.faults) }
    }
}

/// Making, exchanging and ending what agencies' machines prove themselves with.
#[derive(Default)]
pub(crate) struct AgencyMutation;

#[Object]
impl AgencyMutation {
    /// Makes a partner agency's machine. For administrators.
    async fn create_agency_client(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The machine.")] input: CreateAgencyClientInput,
    ) -> Option<Result<AgencyClientPayload>> {
        Some(create(ctx, input).await)
    }

    /// Gives a machine a new secret. The one until now is good for another day. For administrators.
    async fn rotate_agency_secret(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] input: RotateAgencySecretInput,
    ) -> Option<Result<AgencyClientPayload>> {
        let payload = async {
            let reading = reading(ctx)?;
            reading.viewer.admin()?;
            let key = decode("input.id", AgencyClients::PREFIX, &input.id)?;
            let change = reading.db.change().await?;
            Ok(match service::rotate(&*change, key, reading.viewer.actor(), reading.now()).await? {
                Ok((client, secret)) => {
                    change.commit().await?;
                    AgencyClientPayload::of(client, Some(secret))
                }
                Err(faults) => AgencyClientPayload::of_faults(faults),
            })
        };
        Some(payload.await)
    }

    /// Ends what a machine may do, for good. Its tokens are refused within a second. For administrators.
    async fn revoke_agency_client(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: RevokeAgencyClientInput,
    ) -> Option<Result<AgencyClientPayload>> {
        let written = async {
            let reading = reading(ctx)?;
            reading.viewer.admin()?;
            let key = decode("input.id", AgencyClients::PREFIX, &input.id)?;
            let change = reading.db.change().await?;
            Ok(match service::revoke(&*change, key, reading.viewer.actor(), reading.now()).await? {
                Ok(client) => {
                    change.commit_to(client.id).await?;
                    Written::done(client)
                }
                Err(faults) => Written::refused(faults),
            })
        };
        Some(once(ctx, AgencyClients, written).await)
    }
}

async fn create(ctx: &Context<'_>, input: CreateAgencyClientInput) -> Result<AgencyClientPayload> {
    let reading = reading(ctx)?;
    reading.viewer.admin()?;
    let CreateAgencyClientInput { name, institution, scopes, public_keys } = input;
    let institution = decode("input.institution", Institutions::PREFIX, &institution)?;
    let public_keys = match public_keys.as_deref().map(serde_json::from_str) {
        None => None,
        Some(Ok(keys)) => Some(keys),
        Some(Err(_)) => {
            let fault = Fault::of("publicKeys", FaultCode::Invalid, "must be JSON");
            return Ok(AgencyClientPayload::of_faults(vec![fault]));
        }
    };
    let scopes = scopes.into_iter().map(Into::into).collect();
    let change = reading.db.change().await?;
    let new = NewAgency { name, institution, scopes, public_keys, client_id: None };
    Ok(match service::create(&*change, new, reading.viewer.actor(), reading.now()).await? {
        Ok((client, secret)) => {
            change.commit().await?;
            AgencyClientPayload::of(client, secret)
        }
        Err(faults) => AgencyClientPayload::of_faults(faults),
    })
}
