//! Root fields about anything.
use async_graphql::{Context, ID, Object};

use super::{
    Node,
    types::{kind, nodes},
};
use crate::{error::Error, graphql::Result};

/// How many nodes can be asked for together.
const MOST: usize = 100;

/// Root fields about anything.
#[derive(Default)]
pub(crate) struct NodeQuery;

#[Object]
impl NodeQuery {
    /// Anything by its ID; null where there is none or it may not be seen.
    async fn node(&self, ctx: &Context<'_>, #[graphql(desc = "Its ID.")] id: ID) -> Option<Result<Node>> {
        let node = async { Ok(nodes(ctx, &[kind("id", &id)?]).await?.pop().flatten()) };
        node.await.transpose()
    }

    /// Several by their IDs, at most 100, in the order of the IDs; null where there is none or it may not be seen.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Their IDs.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        if ids.len() > MOST {
            return Err(Error::invalid("ids", format!("at most {MOST} can be asked for together")).into());
        }
        let kinds = ids.iter().enumerate().map(|(place, id)| kind(&format!("ids.{place}"), id));
        nodes(ctx, &kinds.collect::<Result<Vec<_>, _>>()?).await
    }
}
