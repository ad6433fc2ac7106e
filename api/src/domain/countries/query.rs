//! Root fields about countries.
use async_graphql::{Context, Object};

use super::{Countries, Country, CountryFilter, CountryOrder};
use crate::{
    db::PageArgs,
    graphql::{Asked, Connection, CountryCode, Result, list, seen},
};

/// Root fields about countries.
#[derive(Default)]
pub(crate) struct CountryQuery;

#[Object]
impl CountryQuery {
    /// The country with this code.
    async fn country(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its code.")] code: CountryCode,
    ) -> Option<Result<Country>> {
        let country = async { Ok(seen(ctx, Countries, code.key("code")?).await?.map(Country)) };
        country.await.transpose()
    }

    /// Countries.
    async fn countries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<CountryFilter>,
        #[graphql(desc = "In which order.")] order_by: Option<CountryOrder>,
        #[graphql(desc = "This many, from the start: 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "This many, from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Option<Result<Connection<Country>>> {
        let asked = Asked { filter: filter.unwrap_or_default(), order: CountryOrder::asked(order_by) };
        Some(list::<Countries, _>(ctx, asked, PageArgs { first, after, last, before }).await)
    }
}
