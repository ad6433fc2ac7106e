//! Groups of countries as clients see them.
use std::sync::Arc;

use async_graphql::{Context, Description, Enum, ID, Object, Union};
use entity::{country_group, group_membership};
use uuid::Uuid;

use super::{
    Groups,
    service::{MembersOfGroup, MembershipsOfCountry},
};
use crate::{
    access::Seen as _,
    db::PageArgs,
    domain::{
        agreements::{Agreement, AgreementFilter, AgreementOrder, Agreements, AgreementsUnder},
        conventions::{Accession, accessions_of_group},
        countries::{Countries, Country},
        opportunities::{Opportunities, OpportunitiesUnder, Opportunity, OpportunityFilter, OpportunityOrder},
    },
    graphql::{
        Asked, Connection, Date, LanguageTag, PartialDate, Provenance, Result, encode, in_language, list_under, loaded,
        parts, reading, seen_all,
    },
};

/// A group of countries, such as ASEAN or the European Union: a party to agreements and a measure of eligibility.
#[derive(Description)]
pub(crate) struct CountryGroup(pub(crate) Arc<country_group::Model>);

impl From<Arc<country_group::Model>> for CountryGroup {
    fn from(row: Arc<country_group::Model>) -> Self {
        Self(row)
    }
}

#[Object(use_type_description)]
impl CountryGroup {
    /// Unique in the network, and the same on every installation.
    pub(crate) async fn id(&self) -> ID {
        encode(Groups::PREFIX, self.0.id)
    }

    /// Its code, such as ASEAN.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// Its name. Falls back from the asked language to its parents, English, the native name.
    async fn name(
        &self,
        #[graphql(desc = "In which language; English by default.")] language: Option<LanguageTag>,
    ) -> String {
        in_language(&self.0.names, language.as_ref()).unwrap_or_default()
    }

    /// The countries that belong to it, in any role.
    async fn members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As of this day; today by default.")] on: Option<Date>,
    ) -> Result<Vec<GroupMembership>> {
        let day = on.map_or(reading(ctx)?.today(), |on| on.0);
        memberships(ctx, parts(ctx, MembersOfGroup(day), self.0.id).await?).await
    }

    /// The conventions that the group itself is party to.
    async fn accessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As of this day; today by default.")] on: Option<Date>,
    ) -> Result<Vec<Accession>> {
        accessions_of_group(ctx, self.0.id, on).await
    }

    /// The agreements to which the group itself is a party.
    async fn agreements(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<AgreementFilter>,
        #[graphql(desc = "In which order.")] order_by: Option<AgreementOrder>,
        #[graphql(desc = "This many, from the start: 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "This many, from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<Connection<Agreement>> {
        let asked = Asked { filter: filter.unwrap_or_default(), order: AgreementOrder::asked(order_by) };
        let page = PageArgs { first, after, last, before };
        list_under::<Agreements, _>(ctx, (AgreementsUnder::Group, self.0.id), asked, page).await
    }

    /// The opportunities that are open to its members as such.
    async fn opportunities(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<OpportunityFilter>,
        #[graphql(desc = "In which order.")] order_by: Option<OpportunityOrder>,
        #[graphql(desc = "This many, from the start: 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "This many, from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<Connection<Opportunity>> {
        let asked = Asked { filter: filter.unwrap_or_default(), order: OpportunityOrder::asked(order_by) };
        let page = PageArgs { first, after, last, before };
        list_under::<Opportunities, _>(ctx, (OpportunitiesUnder::Group, self.0.id), asked, page).await
    }
}

/// That a country belongs, or belonged, to a group.
#[derive(Description)]
pub(crate) struct GroupMembership(Arc<Vec<group_membership::Model>>, usize);

impl GroupMembership {
    fn row(&self) -> &group_membership::Model {
        &self.0[self.1]
    }
}

#[Object(use_type_description)]
impl GroupMembership {
    /// The group.
    async fn group(&self, ctx: &Context<'_>) -> Result<CountryGroup> {
        Ok(CountryGroup(loaded(ctx, Groups, self.row().group_id).await?))
    }

    /// The country.
    async fn country(&self, ctx: &Context<'_>) -> Result<Country> {
        Ok(Country(loaded(ctx, Countries, self.row().country_id).await?))
    }

    /// In which capacity.
    async fn role(&self) -> GroupRole {
        self.row().role.into()
    }

    /// From when, as precisely as is known.
    async fn since(&self) -> Option<PartialDate> {
        self.row().since.as_ref().map(PartialDate::from)
    }

    /// Until when, as precisely as is known; null while it lasts.
    async fn until(&self) -> Option<PartialDate> {
        self.row().until.as_ref().map(PartialDate::from)
    }

    /// Where this comes from.
    async fn provenance(&self) -> Provenance {
        let row = self.row();
        Provenance::new(row.source.as_ref(), row.source_url.as_ref(), row.verified, row.note.as_ref())
    }
}

/// In which capacity a country belongs to a group.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entity::vocabulary::GroupRole")]
pub(crate) enum GroupRole {
    /// A full member: bound by the group's agreements, and eligible where the group is.
    Member,
    /// An observer.
    Observer,
    /// A dialogue partner.
    DialoguePartner,
    /// A sectoral dialogue partner.
    SectoralDialoguePartner,
    /// A development partner.
    DevelopmentPartner,
}

/// Who is party to an agreement or a convention: a country or a group of countries.
#[derive(Union)]
pub(crate) enum Party {
    /// A country.
    Country(Country),
    /// A group of countries.
    CountryGroup(CountryGroup),
}

impl Party {
    /// The party that a row refers to.
    pub(crate) async fn load(ctx: &Context<'_>, country: Option<Uuid>, group: Option<Uuid>) -> Result<Self> {
        match (country, group) {
            (Some(country), _) => Ok(Self::Country(Country(loaded(ctx, Countries, country).await?))),
            (None, Some(group)) => Ok(Self::CountryGroup(CountryGroup(loaded(ctx, Groups, group).await?))),
            (None, None) => Err(crate::error::Error::internal("a party is neither a country nor a group").into()),
        }
    }
}

/// The memberships of a country on a day.
pub(crate) async fn memberships_of_country(
    ctx: &Context<'_>,
    country: Uuid,
    on: Option<Date>,
) -> Result<Vec<GroupMembership>> {
    let day = on.map_or(reading(ctx)?.today(), |on| on.0);
    memberships(ctx, parts(ctx, MembershipsOfCountry(day), country).await?).await
}

/// The memberships in an order that people expect: by the group's name, then the country's.
async fn memberships(ctx: &Context<'_>, rows: Arc<Vec<group_membership::Model>>) -> Result<Vec<GroupMembership>> {
    let groups = seen_all(ctx, Groups, rows.iter().map(|row| row.group_id)).await?;
    let countries = seen_all(ctx, Countries, rows.iter().map(|row| row.country_id)).await?;
    let group_key = |id| groups.iter().find(|group| group.id == id).map(|group| &group.sort_key);
    let country_key = |id| countries.iter().find(|country| country.id == id).map(|country| &country.sort_key);
    let mut places: Vec<usize> = (0..rows.len()).collect();
    places.sort_by_key(|place| (group_key(rows[*place].group_id), country_key(rows[*place].country_id), *place));
    Ok(places.into_iter().map(|place| GroupMembership(Arc::clone(&rows), place)).collect())
}

/// The groups with these keys, by name.
pub(crate) async fn group_nodes(ctx: &Context<'_>, keys: impl IntoIterator<Item = Uuid>) -> Result<Vec<CountryGroup>> {
    let mut groups = seen_all(ctx, Groups, keys).await?;
    groups.sort_by(|a, b| a.sort_key.cmp(&b.sort_key));
    Ok(groups.into_iter().map(CountryGroup).collect())
}
