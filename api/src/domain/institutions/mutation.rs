//! What is done to institutions' entries.
use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};
use entity::institution;

use super::{
    Institution, Institutions,
    input::{CreateInstitutionInput, UpdateInstitutionInput},
    writing,
};
use crate::{
    access::Seen as _,
    error::{Target, Written},
    graphql::{DeleteInput, DeletePayload, Result, UserError, decode, deleted_once, once, reading, user_errors},
};

/// What came of it.
#[derive(SimpleObject)]
pub(crate) struct InstitutionPayload {
    /// The institution, as it is now.
    institution: Option<Institution>,
    /// What was wrong with the input; empty, if nothing was.
    user_errors: Vec<UserError>,
}

impl From<Written<institution::Model>> for InstitutionPayload {
    fn from(written: Written<institution::Model>) -> Self {
        let institution = written.now.map(|row| Institution(Arc::new(row)));
        Self { institution, user_errors: user_errors(written.faults) }
    }
}

/// What is done to institutions' entries.
#[derive(Default)]
pub(crate) struct InstitutionMutation;

#[Object]
impl InstitutionMutation {
    /// Makes an institution's entry. For administrators.
    async fn create_institution(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The institution.")] input: CreateInstitutionInput,
    ) -> Option<Result<InstitutionPayload>> {
        let written = async { Ok(writing::create(reading(ctx)?, input.patch()?).await?) };
        Some(once(ctx, Institutions, written).await)
    }

    /// Writes an institution's entry anew, where the input says so. For its representatives, focal points of its country, and
    /// administrators; its country, its parent and its readable key are changed by administrators alone.
    async fn update_institution(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be different.")] input: UpdateInstitutionInput,
    ) -> Option<Result<InstitutionPayload>> {
        let written = async {
            let key = decode("input.id", Institutions::PREFIX, &input.id)?;
            let target = Target { key, version: Some(input.expected_version) };
            Ok(writing::update(reading(ctx)?, target, input.patch()?).await?)
        };
        Some(once(ctx, Institutions, written).await)
    }

    /// Deletes an institution's entry, if nothing refers to it. For administrators.
    async fn delete_institution(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: DeleteInput,
    ) -> Option<Result<DeletePayload>> {
        let written = async {
            let key = decode("input.id", Institutions::PREFIX, &input.id)?;
            Ok(writing::delete(reading(ctx)?, Target { key, version: input.expected_version }).await?.map(|row| row.id))
        };
        Some(deleted_once(ctx, Institutions, written).await)
    }
}
