//! Decisions under an `Idempotency-Key`, which may have led to a request.
use async_graphql::Context;
use sea_orm::EntityTrait;

use super::{ChangeRequests, Decided};
use crate::{
    access::Seen,
    error::Written,
    graphql::{Result, named_one, reading, seen},
};

type Row<S> = <<S as Seen>::Table as EntityTrait>::Model;

/// What comes of a decision about a subject. If it was done, or asked for, before under the same key, that is not done again:
/// the answer is made of the subject and the request as they are now.
pub(crate) fn decided_once<S: Seen, P: From<Decided<Row<S>>>>(
    ctx: &Context<'_>,
    subject: S,
    decided: impl Future<Output = Result<Decided<Row<S>>>> + Send,
) -> impl Future<Output = Result<P>> + Send {
    // A write is large, and whoever waits for it need not be.
    let decided = Box::pin(decided);
    async move {
        let Some(key) = reading(ctx)?.db.done() else { return Ok(decided.await?.into()) };
        if let Some(row) = named_one(ctx, subject, key).await? {
            return Ok(Decided::from(Written::done(Row::<S>::clone(&row))).into());
        }
        let request = seen(ctx, ChangeRequests, key).await?;
        let now = match &request {
            Some(request) => named_one(ctx, subject, request.subject_id).await?,
            None => None,
        };
        let now = now.map(|row| Row::<S>::clone(&row));
        Ok(Decided::again(now, request.map(|request| Box::new((*request).clone())), reading(ctx)?.now()).into())
    }
}
