//! The root fields of those who follow contacts.
use std::sync::Arc;

use async_graphql::{Context, Object};

use super::{
    Carried, ContactFilter,
    digest_service::digest,
    feed_service::page,
    feed_types::{ContactChanges, ContactDigest, SyncPolicy},
    sync_token::Tokens,
};
use crate::{
    access::Reading,
    changes::epoch,
    error::Error,
    graphql::{Result, SyncToken, reading},
};

/// How many changes a page has, if it is not said, and at most.
pub(super) const USUAL: i32 = 500;
const MOST: i32 = 1_000;
/// How many buckets are told with their contacts at once.
const BUCKETS: usize = 16;

/// The root fields of those who follow contacts.
#[derive(Default)]
pub(crate) struct ContactQuery;

#[Object]
impl ContactQuery {
    /// What has changed in the contacts of whoever asks since a token: first all of them, in pages, then what has changed.
    /// Each token is safe to keep, and to go on from at any time: nothing is lost by it, and no more than a page repeated.
    /// For agencies that read contacts: institutions, and those people who consented; and for administrators: all.
    async fn contact_changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What follows this; without it, from the start.")] since: Option<SyncToken>,
        #[graphql(desc = "How many changes: 1 to 1000.", default_with = "USUAL")] first: i32,
        #[graphql(desc = "Which contacts; the same all the way.")] filter: Option<ContactFilter>,
    ) -> Option<Result<ContactChanges>> {
        let page = async {
            let reading = reading(ctx)?;
            let filter = filter.unwrap_or_default();
            let tokens = Arc::new(Tokens::of(reading, &filter).await?);
            let first = u64::try_from(first).ok().filter(|first| (1..=MOST.unsigned_abs().into()).contains(first));
            let first = first.ok_or_else(|| Error::invalid("first", format!("must be 1 to {MOST}")))?;
            let from = match &since {
                Some(token) => Some(tokens.place(reading, token).await?),
                None => None,
            };
            let carried = Carried::of(reading, filter).await?;
            ContactChanges::of(page(reading, &carried, (from, first)).await?, &tokens)
        };
        Some(page.await)
    }

    /// How many contacts whoever asks has, and hashes of them, to find where a copy differs. For agencies that read contacts, and
    /// for administrators.
    async fn contact_digest(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which contacts.")] filter: Option<ContactFilter>,
        #[graphql(desc = "Only these buckets, by their numbers: 1 to 16 of them.")] buckets: Option<Vec<i32>>,
    ) -> Option<Result<ContactDigest>> {
        let found = async {
            let reading = reading(ctx)?;
            reading.viewer.follows_contacts()?;
            let named = buckets.map(chosen).transpose()?;
            let carried = Carried::of(reading, filter.unwrap_or_default()).await?;
            Ok(ContactDigest::of(digest(reading, &carried).await?, named.as_deref()))
        };
        Some(found.await)
    }

    /// What whoever follows contacts can rely on. For agencies that read contacts, and for administrators.
    async fn sync_policy(&self, ctx: &Context<'_>) -> Option<Result<SyncPolicy>> {
        let policy = async {
            let reading: &Reading = reading(ctx)?;
            reading.viewer.follows_contacts()?;
            Ok(SyncPolicy {
                retention_days: reading.rules.retention.days.into(),
                default_page_size: USUAL,
                max_page_size: MOST,
                epoch: epoch(&reading.db).await?,
            })
        };
        Some(policy.await)
    }
}

fn chosen(buckets: Vec<i32>) -> Result<Vec<u8>> {
    if buckets.is_empty() || buckets.len() > BUCKETS {
        return Err(Error::invalid("buckets", format!("must be 1 to {BUCKETS} numbers")).into());
    }
    let one = |(n, number)| {
        u8::try_from(number).map_err(|_| Error::invalid(format!("buckets.{n}"), "must be 0 to 255").into())
    };
    buckets.into_iter().enumerate().map(one).collect()
}
