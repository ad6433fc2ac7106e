//! People as others see them in a history.
use async_graphql::{Context, Description, Object};
use futures_util::future::try_join_all;
use uuid::Uuid;

use super::service::{FocalPoints, Names};
use crate::{
    domain::institutions::{Institution, Institutions},
    graphql::{Result, parts, seen_if_any},
};

/// A person as others see them in a history: a name and an office, no account.
#[derive(Description)]
pub(crate) struct Actor {
    name: Option<String>,
    institution: Option<Uuid>,
}

impl Actor {
    /// Of an account, acting for an institution.
    ///
    /// # Errors
    ///
    /// If the database cannot be asked.
    pub(crate) async fn of(ctx: &Context<'_>, account: Option<Uuid>, institution: Option<Uuid>) -> Result<Self> {
        let name = seen_if_any(ctx, Names, account).await?.map(|row| row.name.clone());
        Ok(Self { name, institution })
    }

    /// With this name, acting for an institution.
    pub(crate) fn named(name: String, institution: Uuid) -> Self {
        Self { name: Some(name), institution: Some(institution) }
    }
}

/// The focal points that a country has today, whoever has been one longest first; none, for those who may not know them.
pub(crate) async fn focal_points_of(ctx: &Context<'_>, country: Uuid) -> Result<Vec<Actor>> {
    let grants = parts(ctx, FocalPoints, country).await?;
    // All at once: the look-ups of one request are made together.
    try_join_all(grants.iter().map(|grant| Actor::of(ctx, Some(grant.account_id), None))).await
}

#[Object(use_type_description)]
impl Actor {
    /// The name; of somebody whose account is gone, that.
    async fn name(&self) -> &str {
        self.name.as_deref().unwrap_or("somebody who has left")
    }

    /// The institution that the person acted for.
    async fn institution(&self, ctx: &Context<'_>) -> Result<Option<Institution>> {
        Ok(seen_if_any(ctx, Institutions, self.institution).await?.map(Institution))
    }
}
