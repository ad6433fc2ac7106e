//! Invitations, as clients see them.
use std::sync::Arc;

use async_graphql::{Context, Description, Enum, ID, Object};
use entity::invitation;
use serde::Serialize;

use super::{
    Invitations,
    lifecycle::{Standing, standing},
};
use crate::{
    access::Seen as _,
    domain::{
        accounts::{Actor, Role},
        countries::{Countries, Country},
        institutions::{Institution, Institutions},
    },
    graphql::{DateTime, EmailAddress, Result, encode, loaded, reading, seen_if_any},
};

/// Somebody is invited to a role. Seen by whoever invites, and by administrators.
#[derive(Description)]
pub(crate) struct Invitation(pub(crate) Arc<invitation::Model>);

impl From<Arc<invitation::Model>> for Invitation {
    fn from(row: Arc<invitation::Model>) -> Self {
        Self(row)
    }
}

#[Object(use_type_description)]
impl Invitation {
    /// Unique in the network.
    pub(crate) async fn id(&self) -> ID {
        encode(Invitations::PREFIX, self.0.id)
    }

    /// The address that it was sent to.
    async fn email(&self) -> EmailAddress {
        EmailAddress(self.0.email.clone())
    }

    /// What the person is called, if that was told.
    async fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// The role.
    async fn role(&self) -> Role {
        self.0.role.into()
    }

    /// The country that a focal point is to speak for.
    async fn country(&self, ctx: &Context<'_>) -> Result<Option<Country>> {
        let Some(key) = self.0.country_id else { return Ok(None) };
        Ok(Some(Country(loaded(ctx, Countries, key).await?)))
    }

    /// The institution that a representative is to speak for.
    async fn institution(&self, ctx: &Context<'_>) -> Result<Option<Institution>> {
        Ok(seen_if_any(ctx, Institutions, self.0.institution_id).await?.map(Institution))
    }

    /// Who invites.
    async fn invited_by(&self, ctx: &Context<'_>) -> Result<Actor> {
        Actor::of(ctx, self.0.invited_by, None).await
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// Until when its link is good.
    async fn expires_at(&self) -> DateTime {
        DateTime(self.0.expires_at)
    }

    /// Where it stands now.
    async fn status(&self, ctx: &Context<'_>) -> Result<InvitationStatus> {
        Ok(standing(&self.0, reading(ctx)?.now()).into())
    }

    /// Counts the changes, from 1.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// Where an invitation stands.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, Hash, Serialize)]
#[graphql(remote = "Standing")]
pub(crate) enum InvitationStatus {
    /// Its link is good.
    Pending,
    /// Somebody has accepted it.
    Accepted,
    /// It was taken back, or its maker's account was disabled.
    Revoked,
    /// Nobody has accepted it in time.
    Expired,
}
