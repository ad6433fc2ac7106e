//! What is decided about pairs that are likely the same.
use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};
use entity::duplicate_contact;

use super::{DuplicateContact, DuplicateContacts, writing};
use crate::{
    access::Seen as _,
    error::{Target, Written},
    graphql::{Result, TransitionInput, UserError, decode, once, reading, user_errors},
};

/// What came of it.
#[derive(SimpleObject)]
pub(crate) struct DismissDuplicatePayload {
    /// The pair, as it is now.
    duplicate_contact: Option<DuplicateContact>,
    /// What was wrong with the input; empty, if nothing was.
    user_errors: Vec<UserError>,
}

impl From<Written<duplicate_contact::Model>> for DismissDuplicatePayload {
    fn from(written: Written<duplicate_contact::Model>) -> Self {
        let duplicate_contact = written.now.map(|row| DuplicateContact(Arc::new(row)));
        Self { duplicate_contact, user_errors: user_errors(written.faults) }
    }
}

/// What is decided about pairs that are likely the same.
#[derive(Default)]
pub(crate) struct DuplicateMutation;

#[Object]
impl DuplicateMutation {
    /// Says that two contacts that are likely the same are two: they are not listed as one any more. For administrators.
    async fn dismiss_duplicate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which pair.")] input: TransitionInput,
    ) -> Option<Result<DismissDuplicatePayload>> {
        let written = async {
            let TransitionInput { id, expected_version, reason } = input;
            let key = decode("input.id", DuplicateContacts::PREFIX, &id)?;
            Ok(writing::dismiss(reading(ctx)?, Target { key, version: expected_version }, reason).await?)
        };
        Some(once(ctx, DuplicateContacts, written).await)
    }
}
