//! The root field that searches.
use async_graphql::{Context, Object};

use super::types::{SearchConnection, SearchKind, found};
use crate::{
    db::PageArgs,
    graphql::{CountryCode, Result},
};

/// The root field that searches.
#[derive(Default)]
pub(crate) struct SearchQuery;

#[Object]
impl SearchQuery {
    /// Everything whose text has all of the words, in any script, with or without accents; best first.
    /// Of more than 1,000 the best 1,000 are found, and counted.
    async fn search(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The words, at most 200 characters.")] query: String,
        #[graphql(desc = "Only subjects of these kinds.")] kinds: Option<Vec<SearchKind>>,
        #[graphql(desc = "Only what belongs to this country: itself, its groups and conventions, institutions and \
                          policymakers, agreements that it is party to, opportunities open to it.")]
        country: Option<CountryCode>,
        #[graphql(desc = "This many, from the start: 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "This many, from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Option<Result<SearchConnection>> {
        let page = PageArgs { first, after, last, before };
        Some(found(ctx, &query, kinds.as_deref(), country.as_ref(), &page).await)
    }
}
