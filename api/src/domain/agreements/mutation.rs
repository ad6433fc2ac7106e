//! What is done to agreements.
use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};
use entity::agreement;

use super::{
    Agreement, Agreements,
    input::{CreateAgreementInput, TransitionAgreementInput, UpdateAgreementInput},
    writing::{self, Step},
};
use crate::{
    access::Seen as _,
    error::{Target, Written},
    graphql::{DeleteInput, DeletePayload, Result, UserError, decode, deleted_once, once, reading, user_errors},
};

/// What came of it.
#[derive(SimpleObject)]
pub(crate) struct AgreementPayload {
    /// The agreement, as it is now.
    agreement: Option<Agreement>,
    /// What was wrong with the input; empty, if nothing was.
    user_errors: Vec<UserError>,
}

impl From<Written<agreement::Model>> for AgreementPayload {
    fn from(written: Written<agreement::Model>) -> Self {
        let agreement = written.now.map(|row| Agreement(Arc::new(row)));
        Self { agreement, user_errors: user_errors(written.faults) }
    }
}

/// What is done to agreements.
#[derive(Default)]
pub(crate) struct AgreementMutation;

#[Object]
impl AgreementMutation {
    /// Makes an agreement. For administrators.
    async fn create_agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The agreement.")] input: CreateAgreementInput,
    ) -> Option<Result<AgreementPayload>> {
        let written = async {
            let status = input.status.into();
            Ok(writing::create(reading(ctx)?, status, input.patch()?).await?)
        };
        Some(once(ctx, Agreements, written).await)
    }

    /// Writes an agreement anew, where the input says so. For administrators.
    async fn update_agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be different.")] input: UpdateAgreementInput,
    ) -> Option<Result<AgreementPayload>> {
        let written = async {
            let key = decode("input.id", Agreements::PREFIX, &input.id)?;
            let target = Target { key, version: Some(input.expected_version) };
            Ok(writing::update(reading(ctx)?, target, input.patch()?).await?)
        };
        Some(once(ctx, Agreements, written).await)
    }

    /// Deletes an agreement, if no opportunity rests on it. For administrators.
    async fn delete_agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: DeleteInput,
    ) -> Option<Result<DeletePayload>> {
        let written = async {
            let key = decode("input.id", Agreements::PREFIX, &input.id)?;
            Ok(writing::delete(reading(ctx)?, Target { key, version: input.expected_version }).await?.map(|row| row.id))
        };
        Some(deleted_once(ctx, Agreements, written).await)
    }

    /// Leads an agreement on in its life: it is signed, enters into force, is suspended and reinstated, ends. For
    /// administrators.
    async fn transition_agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and where it is led.")] input: TransitionAgreementInput,
    ) -> Option<Result<AgreementPayload>> {
        let written = async {
            let TransitionAgreementInput { id, expected_version, to, on, reason } = input;
            let target = Target { key: decode("input.id", Agreements::PREFIX, &id)?, version: expected_version };
            let step = Step { to: to.into(), on: on.map(|date| date.0), reason };
            Ok(writing::lead_on(reading(ctx)?, target, step).await?)
        };
        Some(once(ctx, Agreements, written).await)
    }
}
