//! Interests as clients see them.
use std::sync::Arc;

use async_graphql::{Context, Description, Enum, ID, Object};
use entity::interest;

use super::Interests;
use crate::{
    access::Seen as _,
    domain::{
        accounts::Actor,
        institutions::{Institution, Institutions},
        opportunities::{Opportunities, Opportunity},
    },
    graphql::{DateTime, EmailAddress, Result, encode, loaded},
};

/// An institution's expression of interest in an opportunity. Seen by the institution that sent it, by the one that offers
/// the opportunity, and by administrators.
#[derive(Description)]
pub(crate) struct Interest(pub(crate) Arc<interest::Model>);

impl From<Arc<interest::Model>> for Interest {
    fn from(row: Arc<interest::Model>) -> Self {
        Self(row)
    }
}

#[Object(use_type_description)]
impl Interest {
    /// Unique in the network.
    pub(crate) async fn id(&self) -> ID {
        encode(Interests::PREFIX, self.0.id)
    }

    /// In what.
    async fn opportunity(&self, ctx: &Context<'_>) -> Result<Opportunity> {
        Ok(Opportunity(loaded(ctx, Opportunities, self.0.opportunity_id).await?))
    }

    /// Whose.
    async fn institution(&self, ctx: &Context<'_>) -> Result<Institution> {
        Ok(Institution(loaded(ctx, Institutions, self.0.institution_id).await?))
    }

    /// The person who sent it.
    async fn submitted_by(&self, ctx: &Context<'_>) -> Result<Actor> {
        Actor::of(ctx, self.0.account_id, Some(self.0.institution_id)).await
    }

    /// The e-mail address that the answer goes to; null, if all that was known of its person was erased.
    async fn reply_to(&self) -> Option<EmailAddress> {
        (!self.0.reply_to.is_empty()).then(|| EmailAddress::from(&self.0.reply_to))
    }

    /// What they write; nothing, if all that was known of the person was erased.
    async fn message(&self) -> &str {
        &self.0.message
    }

    /// Where it stands.
    async fn status(&self) -> InterestStatus {
        self.0.status.into()
    }

    /// What was told with the last decision.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// Counts the changes, from 1.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// When it was sent.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }
}

/// Where an interest stands.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entity::vocabulary::InterestStatus")]
pub(crate) enum InterestStatus {
    /// It was sent.
    Submitted,
    /// It is looked at more closely.
    Shortlisted,
    /// It was accepted.
    Accepted,
    /// It was declined.
    Declined,
    /// It was taken back.
    Withdrawn,
}
