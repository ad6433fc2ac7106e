//! What is told of opportunities at once.
use std::sync::Arc;

use async_graphql::{Context, Subscription};
use futures_util::{Stream, stream};

use super::{
    Opportunity, OpportunityFilter,
    published::{Published, told},
};
use crate::graphql::{Result, reading};

/// What is told of opportunities at once.
///
/// An operation is run anew for each thing that happens, with the viewer and a view of the data of that moment; what has
/// happened comes along with the request. So a subscription's stream ends with the one answer that it may give.
#[derive(Default)]
pub(crate) struct OpportunitySubscription;

#[Subscription]
impl OpportunitySubscription {
    /// Each opportunity when it is published: for the first time, or again after it was postponed. It is told as it is when
    /// it is told, to whoever may see it then.
    async fn opportunity_published(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<OpportunityFilter>,
    ) -> Result<impl Stream<Item = Opportunity>> {
        let published = ctx.data_opt::<Published>().copied();
        let row = told(reading(ctx)?, published, &filter.unwrap_or_default()).await?;
        Ok(stream::iter(row.map(|row| Opportunity(Arc::new(row)))))
    }
}
