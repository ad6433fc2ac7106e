//! Root fields about one's own sessions.
use std::sync::Arc;

use async_graphql::{Context, Object};

use super::{service, types::Session};
use crate::graphql::{Result, reading};

/// Root fields about one's own sessions.
#[derive(Default)]
pub(crate) struct SessionQuery;

#[Object]
impl SessionQuery {
    /// One's own sessions that go on, the one used last first.
    async fn sessions(&self, ctx: &Context<'_>) -> Option<Result<Vec<Session>>> {
        Some(own(ctx).await)
    }
}

pub(super) async fn own(ctx: &Context<'_>) -> Result<Vec<Session>> {
    Ok(service::own(reading(ctx)?).await?.into_iter().map(|row| Session(Arc::new(row))).collect())
}
