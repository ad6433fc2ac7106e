//! The question.
use async_graphql::{Context, Object};

use super::types::Cooperation;
use crate::{
    domain::countries::Countries,
    error::Error,
    graphql::{CountryCode, Medium, Result, keys_of, seen_all},
};

/// How many countries can be asked about together.
const BETWEEN: std::ops::RangeInclusive<usize> = 2..=5;

/// The root field about cooperation.
#[derive(Default)]
pub(crate) struct CooperationQuery;

#[Object]
impl CooperationQuery {
    /// What lets these countries work together: the agreements that bind them, the opportunities open to all of them,
    /// and whom to write to.
    async fn cooperation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Two to five countries.")] between: Vec<CountryCode>,
        #[graphql(desc = "Only what is for this medium, or for any.")] medium: Option<Medium>,
    ) -> Option<Result<Cooperation>> {
        Some(cooperation(ctx, &between, medium).await)
    }
}

async fn cooperation(ctx: &Context<'_>, between: &[CountryCode], medium: Option<Medium>) -> Result<Cooperation> {
    if !BETWEEN.contains(&between.len()) {
        return Err(Error::invalid("between", "name two to five countries").into());
    }
    let keys = keys_of("between", between)?;
    for (place, key) in keys.iter().enumerate() {
        if keys[..place].contains(key) {
            return Err(Error::invalid(format!("between.{place}"), "this country is named twice").into());
        }
    }
    let countries = seen_all(ctx, Countries, keys).await?;
    if countries.len() < between.len() {
        return Err(Error::internal("a country of ISO 3166-1 is missing from the reference data").into());
    }
    Ok(Cooperation { countries, medium })
}
