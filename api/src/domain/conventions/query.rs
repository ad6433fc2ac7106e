//! Root fields about conventions.
use std::sync::Arc;

use async_graphql::{Context, Object};

use super::{Convention, service};
use crate::graphql::{Result, reading, typed};

/// Root fields about conventions.
#[derive(Default)]
pub(crate) struct ConventionQuery;

#[Object]
impl ConventionQuery {
    /// The convention with this code. UNESCO-2005 is the one that the network is about.
    async fn convention(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its code.")] code: String,
    ) -> Option<Result<Convention>> {
        let convention = async { Ok(service::by_code(reading(ctx)?, typed("code", &code)?).await?) };
        convention.await.transpose().map(|convention| convention.map(|row| Convention(Arc::new(row))))
    }
}
