//! Conventions as clients see them.
use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, Description, Enum, ID, Object};
use entity::{accession, convention};
use uuid::Uuid;

use super::{
    Conventions,
    service::{OfCountry, OfGroup, ToConvention},
};
use crate::{
    access::Seen as _,
    domain::{
        countries::Countries,
        groups::{Groups, Party},
    },
    graphql::{
        Date, LanguageTag, PartialDate, Provenance, Result, Url, encode, in_english, in_language, loaded, parts,
        reading, seen_all,
    },
};

/// An international convention on culture.
#[derive(Description)]
pub(crate) struct Convention(pub(crate) Arc<convention::Model>);

impl From<Arc<convention::Model>> for Convention {
    fn from(row: Arc<convention::Model>) -> Self {
        Self(row)
    }
}

#[Object(use_type_description)]
impl Convention {
    /// Unique in the network, and the same on every installation.
    pub(crate) async fn id(&self) -> ID {
        encode(Conventions::PREFIX, self.0.id)
    }

    /// Its code, such as UNESCO-2005.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// Its title. Falls back from the asked language to its parents, English, the native title.
    async fn title(
        &self,
        #[graphql(desc = "In which language; English by default.")] language: Option<LanguageTag>,
    ) -> String {
        in_language(&self.0.titles, language.as_ref()).unwrap_or_default()
    }

    /// When it was adopted.
    async fn adopted_on(&self) -> Date {
        Date(self.0.adopted_on)
    }

    /// When it entered into force.
    async fn in_force_on(&self) -> Option<Date> {
        self.0.in_force_on.map(Date)
    }

    /// Where its text can be read.
    async fn url(&self) -> Option<Url> {
        self.0.url.as_ref().map(Url::from)
    }

    /// Who is party to it, countries by name and then groups.
    async fn accessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As of this day; today by default.")] on: Option<Date>,
    ) -> Result<Vec<Accession>> {
        let day = on.map_or(reading(ctx)?.today(), |on| on.0);
        let rows = parts(ctx, ToConvention(day), self.0.id).await?;
        let countries = seen_all(ctx, Countries, rows.iter().filter_map(|row| row.country_id)).await?;
        let groups = seen_all(ctx, Groups, rows.iter().filter_map(|row| row.group_id)).await?;
        let names: HashMap<Uuid, &str> = countries
            .iter()
            .map(|country| (country.id, country.sort_key.as_str()))
            .chain(groups.iter().map(|group| (group.id, group.sort_key.as_str())))
            .collect();
        let name = |row: &accession::Model| row.country_id.or(row.group_id).and_then(|party| names.get(&party));
        let mut accessions = accessions(&rows);
        accessions.sort_by_key(|accession| (accession.row().country_id.is_none(), name(accession.row())));
        Ok(accessions)
    }
}

/// That a country, or a group, is party to a convention.
#[derive(Description)]
pub(crate) struct Accession(Arc<Vec<accession::Model>>, usize);

impl Accession {
    fn row(&self) -> &accession::Model {
        &self.0[self.1]
    }
}

#[Object(use_type_description)]
impl Accession {
    /// Who is party.
    async fn party(&self, ctx: &Context<'_>) -> Result<Party> {
        Party::load(ctx, self.row().country_id, self.row().group_id).await
    }

    /// To which convention.
    async fn convention(&self, ctx: &Context<'_>) -> Result<Convention> {
        Ok(Convention(loaded(ctx, Conventions, self.row().convention_id).await?))
    }

    /// By which instrument, where that is known.
    async fn instrument(&self) -> Option<AccessionInstrument> {
        self.row().instrument.map(Into::into)
    }

    /// When the instrument was deposited.
    async fn deposited_on(&self) -> Option<PartialDate> {
        self.row().deposited_on.as_ref().map(PartialDate::from)
    }

    /// When the convention entered into force for the party.
    async fn in_force_on(&self) -> Option<PartialDate> {
        self.row().in_force_on.as_ref().map(PartialDate::from)
    }

    /// Where this comes from.
    async fn provenance(&self) -> Provenance {
        let row = self.row();
        Provenance::new(row.source.as_ref(), row.source_url.as_ref(), row.verified, row.note.as_ref())
    }
}

/// By which instrument a state becomes party to a convention.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entity::vocabulary::AccessionInstrument")]
pub(crate) enum AccessionInstrument {
    /// Ratification of what was signed.
    Ratification,
    /// Acceptance.
    Acceptance,
    /// Approval.
    Approval,
    /// Accession without signature.
    Accession,
    /// A successor state's notification.
    NotificationOfSuccession,
}

/// The accessions that rows stand for.
fn accessions(rows: &Arc<Vec<accession::Model>>) -> Vec<Accession> {
    (0..rows.len()).map(|place| Accession(Arc::clone(rows), place)).collect()
}

/// Accessions in the order of their conventions' English titles.
async fn by_title(ctx: &Context<'_>, mut accessions: Vec<Accession>) -> Result<Vec<Accession>> {
    let keys = accessions.iter().map(|accession| accession.row().convention_id);
    let conventions = seen_all(ctx, Conventions, keys.collect::<Vec<_>>()).await?;
    let titles: HashMap<Uuid, String> =
        conventions.iter().map(|convention| (convention.id, in_english(&convention.titles))).collect();
    accessions.sort_by_key(|accession| (titles.get(&accession.row().convention_id), accession.row().id));
    Ok(accessions)
}

/// The accessions of a country on a day.
pub(crate) async fn accessions_of_country(
    ctx: &Context<'_>,
    country: Uuid,
    on: Option<Date>,
) -> Result<Vec<Accession>> {
    let day = on.map_or(reading(ctx)?.today(), |on| on.0);
    by_title(ctx, accessions(&parts(ctx, OfCountry(day), country).await?)).await
}

/// The accessions of a group itself on a day.
pub(crate) async fn accessions_of_group(ctx: &Context<'_>, group: Uuid, on: Option<Date>) -> Result<Vec<Accession>> {
    let day = on.map_or(reading(ctx)?.today(), |on| on.0);
    by_title(ctx, accessions(&parts(ctx, OfGroup(day), group).await?)).await
}
