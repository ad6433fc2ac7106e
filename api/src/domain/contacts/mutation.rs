//! What is done to contacts, whether they are people or institutions.
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::vocabulary::SubjectKind;
use uuid::Uuid;

use super::{
    Contact,
    writing::{self, Pair, Row},
};
use crate::{
    access::Seen as _,
    domain::{institutions::Institutions, policymakers::Policymakers},
    error::{Error, Target, Written},
    graphql::{Result, TransitionInput, UserError, decode, kind_of, reading, user_errors},
};

/// Two contacts that are one.
#[derive(InputObject)]
pub(crate) struct MergeContactsInput {
    /// The one that stays.
    survivor: ID,
    /// The version of it that was seen: if it has changed since, nothing is done.
    expected_version: Option<i32>,
    /// The one that becomes a part of it, and whose ID leads to it since.
    merged: ID,
    /// Why. It is kept, and must not say anything about a person.
    reason: Option<String>,
}

/// What came of it.
#[derive(SimpleObject)]
pub(crate) struct ContactPayload {
    /// The contact, as it is now.
    contact: Option<Contact>,
    /// What was wrong with the input; empty, if nothing was.
    user_errors: Vec<UserError>,
}

impl From<Written<Row>> for ContactPayload {
    fn from(written: Written<Row>) -> Self {
        let contact = written.now.map(Contact::from);
        Self { contact, user_errors: user_errors(written.faults) }
    }
}

/// What is done to contacts.
#[derive(Default)]
pub(crate) struct ContactMutation;

#[Object]
impl ContactMutation {
    /// Makes one contact of two that are the same: positions, addresses and numbers, and all that refers to it become the
    /// survivor's; of what both agreed to, what was said last counts. For administrators.
    async fn merge_contacts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: MergeContactsInput,
    ) -> Option<Result<ContactPayload>> {
        let written = async {
            let MergeContactsInput { survivor, expected_version, merged, reason } = input;
            let (kind, key) = contact("input.survivor", &survivor)?;
            let prefix = if kind == SubjectKind::Policymaker { Policymakers::PREFIX } else { Institutions::PREFIX };
            let merged = decode("input.merged", prefix, &merged)?;
            let pair = Pair { kind, survivor: Target { key, version: expected_version }, merged, reason };
            Ok(writing::merge(reading(ctx)?, pair).await?)
        };
        Some(contact_once(ctx, Box::pin(written)).await)
    }

    /// Makes two contacts again of one, as they were before they were merged, as long as nothing has touched the survivor
    /// since. The ID is that of the one that was merged; the version, if there is one, is the survivor's. For administrators.
    async fn unmerge_contacts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: TransitionInput,
    ) -> Option<Result<ContactPayload>> {
        let written = async {
            let TransitionInput { id, expected_version, reason } = input;
            let (kind, key) = contact("input.id", &id)?;
            let target = Target { key, version: expected_version };
            Ok(writing::unmerge(reading(ctx)?, (kind, target), reason).await?)
        };
        Some(contact_once(ctx, Box::pin(written)).await)
    }
}

/// What comes of a mutation of a contact, of whichever sort; see [`once`](crate::graphql::once).
async fn contact_once(
    ctx: &Context<'_>,
    written: impl Future<Output = Result<Written<Row>>>,
) -> Result<ContactPayload> {
    let reading = reading(ctx)?;
    let written = match reading.db.done() {
        Some(key) => Written { now: writing::contact(reading, key).await?, faults: vec![] },
        None => written.await?,
    };
    Ok(written.into())
}

/// What sort of contact an ID is of.
fn contact(field: &str, id: &ID) -> Result<(SubjectKind, Uuid)> {
    let (prefix, key) = kind_of(field, id)?;
    match prefix.as_str() {
        Policymakers::PREFIX => Ok((SubjectKind::Policymaker, key)),
        Institutions::PREFIX => Ok((SubjectKind::Institution, key)),
        _ => {
            let (people, institutions) = (Policymakers::PREFIX, Institutions::PREFIX);
            let message = format!("must be a contact's ID, which begins with {people}_ or {institutions}_");
            Err(Error::invalid(field, message).into())
        }
    }
}
