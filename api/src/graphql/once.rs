//! Mutations under an `Idempotency-Key`: done once, and answered as often as they are sent.
use async_graphql::Context;
use sea_orm::EntityTrait;
use uuid::Uuid;

use super::{DeletePayload, Result, encode, named_one, reading, user_errors};
use crate::{access::Seen, error::Written};

type Row<S> = <<S as Seen>::Table as EntityTrait>::Model;

/// What comes of a mutation. If it was done before under the same key, it is not done again: the answer is made of the
/// subject as it is now, if the viewer may still see it.
pub(crate) fn once<S: Seen, P: From<Written<Row<S>>>>(
    ctx: &Context<'_>,
    subject: S,
    written: impl Future<Output = Result<Written<Row<S>>>> + Send,
) -> impl Future<Output = Result<P>> + Send {
    // A write is large, and whoever waits for it need not be.
    let written = Box::pin(written);
    async move {
        let written = match reading(ctx)?.db.done() {
            Some(key) => {
                let now = named_one(ctx, subject, key).await?.map(|row| Row::<S>::clone(&row));
                Written { now, faults: vec![] }
            }
            None => written.await?,
        };
        Ok(written.into())
    }
}

/// What comes of a mutation that deletes.
pub(crate) fn deleted_once<S: Seen>(
    ctx: &Context<'_>,
    _: S,
    written: impl Future<Output = Result<Written<Uuid>>> + Send,
) -> impl Future<Output = Result<DeletePayload>> + Send {
    let written = Box::pin(written);
    async move {
        let (deleted, faults) = if let Some(key) = reading(ctx)?.db.done() {
            (Some(key), vec![])
        } else {
            let Written { now, faults } = written.await?;
            (now.filter(|_| faults.is_empty()), faults)
        };
        Ok(DeletePayload { deleted_id: deleted.map(|key| encode(S::PREFIX, key)), user_errors: user_errors(faults) })
    }
}
