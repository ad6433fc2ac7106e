//! Root fields about agreements.
use std::sync::Arc;

use async_graphql::{Context, ID, Object, OneofObject};

use super::{Agreement, AgreementFilter, AgreementOrder, Agreements, service};
use crate::{
    access::Seen as _,
    db::PageArgs,
    graphql::{Asked, Connection, Result, decode, list, reading, seen, typed},
};

/// By what to find an agreement.
#[derive(Debug, OneofObject)]
pub(crate) enum AgreementBy {
    /// Its ID.
    Id(ID),
    /// Its readable key.
    Slug(String),
}

/// Root fields about agreements.
#[derive(Default)]
pub(crate) struct AgreementQuery;

#[Object]
impl AgreementQuery {
    /// One agreement.
    async fn agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "By what to find it.")] by: AgreementBy,
    ) -> Option<Result<Agreement>> {
        let agreement = async {
            Ok(match by {
                AgreementBy::Id(id) => seen(ctx, Agreements, decode("by.id", Agreements::PREFIX, &id)?).await?,
                AgreementBy::Slug(slug) => {
                    service::by_slug(reading(ctx)?, typed("by.slug", &slug)?).await?.map(Arc::new)
                }
            })
        };
        agreement.await.map(|row| row.map(Agreement)).transpose()
    }

    /// Agreements.
    async fn agreements(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<AgreementFilter>,
        #[graphql(desc = "In which order.")] order_by: Option<AgreementOrder>,
        #[graphql(desc = "This many, from the start: 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "This many, from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Option<Result<Connection<Agreement>>> {
        let asked = Asked { filter: filter.unwrap_or_default(), order: AgreementOrder::asked(order_by) };
        Some(list::<Agreements, _>(ctx, asked, PageArgs { first, after, last, before }).await)
    }
}
