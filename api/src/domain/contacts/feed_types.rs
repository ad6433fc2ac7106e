//! What clients are told of changes in contacts.
use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Enum, ID, SimpleObject, Union};
use uuid::Uuid;

use super::{
    Contact,
    digest_service::Bucket,
    feed_service::{Change, Changes, What},
    filter::ContactKind,
    sync_token::{Place, Tokens},
};
use crate::{
    access::Seen as _,
    domain::{
        external_ids::{ExternalId, external_ids_given_to},
        institutions::Institutions,
        policymakers::Policymakers,
    },
    error::Error,
    graphql::{DateTime, Result, SyncToken, encode},
};

/// Some changes of the contacts that somebody follows.
#[derive(SimpleObject)]
pub(crate) struct ContactChanges {
    /// The changes, oldest first; a contact is among them once, as it is now.
    changes: Vec<ContactChange>,
    /// Whether there is more now.
    has_more: bool,
    /// Where it goes on: hand it back as `since`, at once if there is more, else the next time. It is safe to keep.
    token: SyncToken,
}

/// A change of a contact that somebody follows.
#[derive(Union)]
pub(crate) enum ContactChange {
    /// There is one to add, or to put in the place of the one there was.
    Upserted(ContactUpserted),
    /// There is one to remove.
    Removed(ContactRemoved),
}

/// A contact that is there, and is to be added or to take the place of what there was.
#[derive(SimpleObject)]
#[graphql(complex)]
pub(crate) struct ContactUpserted {
    /// The contact, as it is now.
    contact: Contact,
    /// When it last changed.
    changed_at: DateTime,
    #[graphql(skip)]
    behind: Behind,
}

/// A contact that is not there any more, or not for whoever asks. It is told to those alone who could have had it.
#[derive(SimpleObject)]
#[graphql(complex)]
pub(crate) struct ContactRemoved {
    /// Its ID.
    contact_id: ID,
    /// Why.
    reason: RemovalReason,
    /// The contact that it was merged into, if whoever asks may see that one.
    merged_into: Option<ID>,
    /// When.
    changed_at: DateTime,
    #[graphql(skip)]
    key: Uuid,
    #[graphql(skip)]
    behind: Behind,
}

/// Why a contact is not there any more.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "super::feed_service::Reason")]
pub(crate) enum RemovalReason {
    /// It was deleted.
    Deleted,
    /// It was the same as another one, of which it is a part since.
    Merged,
    /// The person does not want to be shared with partner agencies any more.
    ConsentWithdrawn,
    /// It is not for whoever asks any more, or does not pass the filter any more.
    NoLongerVisible,
    /// All that was known of the person was erased: erase it, too.
    Erased,
}

/// The place behind a change.
struct Behind {
    tokens: Arc<Tokens>,
    place: Place,
}

#[ComplexObject]
impl ContactUpserted {
    /// Where it goes on behind this change, for those who keep each by itself: hand it back as `since`.
    async fn token(&self) -> Result<SyncToken> {
        Ok(self.behind.tokens.token(self.behind.place)?)
    }
}

#[ComplexObject]
impl ContactRemoved {
    /// What agencies called it: an agency sees its own IDs, administrators see all. Empty, where a person was erased.
    async fn external_ids(&self, ctx: &Context<'_>) -> Result<Vec<ExternalId>> {
        external_ids_given_to(ctx, self.key).await
    }

    /// Where it goes on behind this change, for those who keep each by itself: hand it back as `since`.
    async fn token(&self) -> Result<SyncToken> {
        Ok(self.behind.tokens.token(self.behind.place)?)
    }
}

impl ContactChange {
    /// As clients see it.
    pub(super) fn of(change: Change, tokens: &Arc<Tokens>) -> Self {
        let Change { what, at, place } = change;
        let (changed_at, behind) = (DateTime(at), Behind { tokens: Arc::clone(tokens), place });
        let id = |(kind, key): (ContactKind, _)| {
            let prefix = if kind == ContactKind::Person { Policymakers::PREFIX } else { Institutions::PREFIX };
            encode(prefix, key)
        };
        match what {
            What::Upserted(row) => Self::Upserted(ContactUpserted { contact: (*row).into(), changed_at, behind }),
            What::Removed { key, reason, merged_into } => Self::Removed(ContactRemoved {
                contact_id: id(key),
                key: key.1,
                reason: reason.into(),
                merged_into: merged_into.map(|survivor| id((key.0, survivor))),
                changed_at,
                behind,
            }),
        }
    }
}

impl ContactChanges {
    /// As clients see them.
    pub(super) fn of(page: Changes, tokens: &Arc<Tokens>) -> Result<Self> {
        let Changes { told, more, next } = page;
        let changes = told.into_iter().map(|change| ContactChange::of(change, tokens)).collect();
        Ok(Self { changes, has_more: more, token: tokens.token(next)? })
    }
}

/// What whoever follows contacts can rely on.
#[derive(SimpleObject)]
pub(crate) struct SyncPolicy {
    /// For how many days a token is good.
    pub(super) retention_days: i32,
    /// How many changes a page has, if it is not said.
    pub(super) default_page_size: i32,
    /// How many changes a page has at most.
    pub(super) max_page_size: i32,
    /// Which count of the data it is: a new one begins when a backup is restored, and tokens of the one before are refused.
    pub(super) epoch: i32,
}

/// What of the caller's contacts there is, to compare with a copy of them.
#[derive(SimpleObject)]
pub(crate) struct ContactDigest {
    /// How many contacts there are.
    count: i32,
    /// The parts, of which each contact is in one.
    buckets: Vec<ContactBucket>,
}

impl ContactDigest {
    /// As clients see it: all buckets, or those that they name.
    pub(super) fn of(buckets: Vec<Bucket>, named: Option<&[u8]>) -> Self {
        let count = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
        let all = count(buckets.iter().map(|bucket| bucket.contacts.len()).sum());
        let wanted = |bucket: &Bucket| named.is_none_or(|named| named.contains(&bucket.number));
        let told = |bucket: Bucket| {
            let Bucket { number, hash, contacts } = bucket;
            ContactBucket {
                number: number.into(),
                count: count(contacts.len()),
                hash,
                named: named.is_some(),
                found: contacts,
            }
        };
        Self { count: all, buckets: buckets.into_iter().filter(wanted).map(told).collect() }
    }
}

/// A part of the contacts: those with IDs whose SHA-256 begins with the same byte.
#[derive(SimpleObject)]
#[graphql(complex)]
pub(crate) struct ContactBucket {
    /// The byte, 0 to 255.
    number: i32,
    /// How many contacts there are.
    count: i32,
    /// The SHA-256, in small hexadecimal digits, of a line for each of them: its ID, a blank, its version and a line feed; in
    /// the order of the IDs' bytes.
    hash: String,
    #[graphql(skip)]
    named: bool,
    #[graphql(skip)]
    found: Vec<(String, i32)>,
}

#[ComplexObject]
impl ContactBucket {
    /// The contacts, in that order, where buckets are named.
    async fn contacts(&self) -> Result<Vec<ContactVersion>> {
        if !self.named {
            return Err(Error::invalid("buckets", "name the buckets whose contacts are to be listed").into());
        }
        Ok(self.found.iter().map(|(id, version)| ContactVersion { id: ID(id.clone()), version: *version }).collect())
    }
}

/// A contact and its version.
#[derive(SimpleObject)]
pub(crate) struct ContactVersion {
    /// Its ID.
    id: ID,
    /// Its version.
    version: i32,
}
