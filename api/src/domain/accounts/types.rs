//! Accounts, as clients see them.
use std::sync::Arc;

use async_graphql::{Context, Description, Enum, ID, Object, Union};
use entity::{account, role_grant, vocabulary};
use serde::Serialize;

use super::{Accounts, service::Grants};
use crate::{
    access::Seen as _,
    domain::{
        agencies::AgencyClient,
        countries::{Countries, Country},
        institutions::{Institution, Institutions},
        policymakers::{Policymaker, Policymakers},
    },
    graphql::{Date, DateTime, EmailAddress, Result, encode, loaded, parts, seen},
};

/// Who is asking.
#[derive(Union)]
pub(crate) enum Viewer {
    /// A person.
    Account(Account),
    /// A partner agency's machine.
    AgencyClient(AgencyClient),
}

/// A person who signs in.
#[derive(Clone, Description)]
pub(crate) struct Account(pub(crate) Arc<account::Model>);

impl From<Arc<account::Model>> for Account {
    fn from(row: Arc<account::Model>) -> Self {
        Self(row)
    }
}

#[Object(use_type_description)]
impl Account {
    /// Unique in the network: what `node` takes.
    pub(crate) async fn id(&self) -> ID {
        encode(Accounts::PREFIX, self.0.id)
    }

    /// The address that the person signs in with.
    async fn email(&self) -> EmailAddress {
        EmailAddress(self.0.email.clone())
    }

    /// The person's name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The policymaker that the person is, if the network knows them as one.
    async fn policymaker(&self, ctx: &Context<'_>) -> Result<Option<Policymaker>> {
        let Some(key) = self.0.policymaker_id else { return Ok(None) };
        Ok(seen(ctx, Policymakers, key).await?.map(Policymaker))
    }

    /// What the person may do, and what they will, the oldest role first.
    async fn grants(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whether roles are told, too, that are over.", default)] include_ended: bool,
    ) -> Result<Vec<RoleGrant>> {
        let grants = parts(ctx, Grants { all: include_ended }, self.0.id).await?;
        Ok(grants.iter().cloned().map(RoleGrant).collect())
    }

    /// Whether it may be used.
    async fn status(&self) -> AccountStatus {
        self.0.status.into()
    }

    /// When somebody last signed in to it.
    async fn last_sign_in_at(&self) -> Option<DateTime> {
        self.0.last_sign_in_at.map(DateTime)
    }

    /// Counts the changes, from 1.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// What an account may do, and where.
#[derive(Description)]
pub(crate) struct RoleGrant(role_grant::Model);

#[Object(use_type_description)]
impl RoleGrant {
    /// The role.
    async fn role(&self) -> Role {
        self.0.role.into()
    }

    /// The country that a focal point speaks for.
    async fn country(&self, ctx: &Context<'_>) -> Result<Option<Country>> {
        let Some(key) = self.0.country_id else { return Ok(None) };
        Ok(Some(Country(loaded(ctx, Countries, key).await?)))
    }

    /// The institution that a representative speaks for.
    async fn institution(&self, ctx: &Context<'_>) -> Result<Option<Institution>> {
        let Some(key) = self.0.institution_id else { return Ok(None) };
        Ok(seen(ctx, Institutions, key).await?.map(Institution))
    }

    /// When it was given.
    async fn granted_at(&self) -> DateTime {
        DateTime(self.0.granted_at)
    }

    /// The first day (UTC) on which it counts.
    async fn since(&self) -> Date {
        Date(self.0.since)
    }

    /// The last day on which it counts; null: without end.
    async fn until(&self) -> Option<Date> {
        self.0.until.map(Date)
    }
}

/// What an account may do.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, Hash, Serialize)]
#[graphql(remote = "vocabulary::Role")]
pub(crate) enum Role {
    /// The secretariat: everything.
    Admin,
    /// Speaks for a country: sees and edits what is its own, and endorses its institutions.
    FocalPoint,
    /// Speaks for an institution.
    Representative,
}

/// Whether an account may be used.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, Hash, Serialize)]
#[graphql(remote = "vocabulary::AccountStatus")]
pub(crate) enum AccountStatus {
    /// It waits for its person to set a password.
    Invited,
    /// It may be used.
    Active,
    /// An administrator has disabled it.
    Disabled,
}
