//! Root fields about groups of countries.
use std::sync::Arc;

use async_graphql::{Context, Object};

use super::{CountryGroup, Groups, service};
use crate::{
    access::Order,
    db::PageArgs,
    graphql::{Asked, Connection, Result, list, reading, typed},
};

/// Root fields about groups of countries.
#[derive(Default)]
pub(crate) struct GroupQuery;

#[Object]
impl GroupQuery {
    /// The group of countries with this code, such as ASEAN.
    async fn country_group(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its code.")] code: String,
    ) -> Option<Result<CountryGroup>> {
        let group = async { Ok(service::by_code(reading(ctx)?, typed("code", &code)?).await?) };
        group.await.transpose().map(|group| group.map(|row| CountryGroup(Arc::new(row))))
    }

    /// The groups of countries, by name.
    async fn country_groups(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "This many, from the start: 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "This many, from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Option<Result<Connection<CountryGroup>>> {
        let asked = Asked { filter: (), order: Order { field: (), descending: false } };
        Some(list::<Groups, _>(ctx, asked, PageArgs { first, after, last, before }).await)
    }
}
