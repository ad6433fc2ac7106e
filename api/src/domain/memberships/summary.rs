//! How many memberships there are, as administrators' dashboards show it.
use std::{collections::HashMap, hash::Hash};

use async_graphql::{Context, Object, SimpleObject};
use entity::vocabulary;
use uuid::Uuid;

use super::{
    service::{Count, counts},
    types::{MembershipStatus, MembershipTier},
};
use crate::{
    access::Reading,
    domain::countries::{Countries, Country},
    graphql::{Result, loaded},
};

/// How many memberships there are.
#[derive(SimpleObject)]
pub(crate) struct MembershipSummary {
    /// How many institutions are members: active, suspended or lapsed.
    members: i64,
    /// How many memberships stand where today, in the order of the life of one; none where there are none.
    by_status: Vec<MembershipStatusCount>,
    /// How many members there are of each sort.
    by_tier: Vec<MembershipTierCount>,
    /// How many members there are in each country, most first.
    by_country: Vec<MembershipCountryCount>,
}

/// How many memberships stand at a status.
#[derive(SimpleObject)]
pub(crate) struct MembershipStatusCount {
    /// Where they stand.
    status: MembershipStatus,
    /// How many.
    count: i64,
}

/// How many members there are of a sort.
#[derive(SimpleObject)]
pub(crate) struct MembershipTierCount {
    /// Which sort.
    tier: MembershipTier,
    /// How many.
    count: i64,
}

/// How many members there are in a country.
pub(crate) struct MembershipCountryCount {
    country: Option<Uuid>,
    count: i64,
}

/// How many members there are in a country.
#[Object]
impl MembershipCountryCount {
    /// The country; null for institutions that are in none.
    async fn country(&self, ctx: &Context<'_>) -> Option<Result<Country>> {
        Some(loaded(ctx, Countries, self.country?).await.map(Country))
    }

    /// How many.
    async fn count(&self) -> i64 {
        self.count
    }
}

/// How many memberships there are. For administrators.
pub(super) async fn summary(reading: &Reading) -> Result<MembershipSummary> {
    reading.viewer.admin()?;
    let counts = counts(reading).await?;
    let members: Vec<&Count> = counts.iter().filter(|count| count.is_of_members()).collect();
    let by_status = sums(counts.iter().map(|count| (count.status, count.number)));
    let by_tier = sums(members.iter().map(|count| (count.tier, count.number)));
    let mut by_country: Vec<_> = sums(members.iter().map(|count| (count.country, count.number))).into_iter().collect();
    by_country.sort_by_key(|(country, count)| (-count, *country));
    let status = |status: &vocabulary::MembershipStatus| {
        by_status.get(status).map(|count| MembershipStatusCount { status: (*status).into(), count: *count })
    };
    let tier = |tier: &vocabulary::MembershipTier| {
        by_tier.get(tier).map(|count| MembershipTierCount { tier: (*tier).into(), count: *count })
    };
    Ok(MembershipSummary {
        members: members.iter().map(|count| count.number).sum(),
        by_status: <vocabulary::MembershipStatus as vocabulary::Flag>::ALL.iter().filter_map(status).collect(),
        by_tier: <vocabulary::MembershipTier as vocabulary::Flag>::ALL.iter().filter_map(tier).collect(),
        by_country: by_country.into_iter().map(|(country, count)| MembershipCountryCount { country, count }).collect(),
    })
}

fn sums<K: Eq + Hash>(counts: impl Iterator<Item = (K, i64)>) -> HashMap<K, i64> {
    let mut sums = HashMap::new();
    for (key, number) in counts {
        *sums.entry(key).or_default() += number;
    }
    sums
}
