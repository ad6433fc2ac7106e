//! What clients write of opportunities.
use async_graphql::{ID, InputObject, MaybeUndefined};
use uuid::Uuid;

use super::{
    content::{Eligible, Paid, Patch},
    types::{CoveredCost, OpportunityKind, PartnerRole},
};
use crate::{
    access::Seen as _,
    db::reference_id,
    domain::{agreements::Agreements, institutions::Institutions},
    graphql::{
        CountryCode, CurrencyCode, Date, DateTime, Decimal, LanguageTag, LocalizedTextInput, Medium, PolicyArea,
        Result, Url, decode, edit, listed, text,
    },
    validation::{Edit, Text},
};

/// An institution that takes part, and how.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct OpportunityPartnerInput {
    /// The institution.
    institution: ID,
    /// In which capacity.
    role: PartnerRole,
}

/// Who may apply.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct EligibilityInput {
    /// Everyone may.
    #[graphql(default)]
    everyone: bool,
    /// Countries whose people or institutions may.
    #[graphql(default)]
    countries: Vec<CountryCode>,
    /// Groups, by their codes, whose members' people or institutions may.
    #[graphql(default)]
    groups: Vec<String>,
    /// What else decides, on one line.
    note: Option<String>,
}

/// What is paid.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct FundingInput {
    /// The least amount.
    minimum: Option<Decimal>,
    /// The greatest amount.
    maximum: Option<Decimal>,
    /// The currency of the amounts.
    currency: Option<CurrencyCode>,
    /// The costs that are covered.
    #[graphql(default)]
    covers: Vec<CoveredCost>,
}

/// A new opportunity: a draft.
#[derive(InputObject)]
pub(crate) struct CreateOpportunityInput {
    /// The institution that offers it.
    pub(super) lead_institution: ID,
    /// Its readable key; made of the title by default.
    slug: Option<String>,
    /// Its title, in one language at least; the first one is the native one.
    titles: Vec<LocalizedTextInput>,
    /// What it is, in a sentence or two, in one language at least.
    summaries: Vec<LocalizedTextInput>,
    /// What it is, at length.
    #[graphql(default)]
    descriptions: Vec<LocalizedTextInput>,
    /// What sort of opportunity it is.
    kind: OpportunityKind,
    /// The first day on which interest is accepted.
    opens_on: Option<Date>,
    /// When interest is accepted no more; none: it is rolling.
    deadline: Option<DateTime>,
    /// The first day of what is offered.
    starts_on: Option<Date>,
    /// The last day of what is offered.
    ends_on: Option<Date>,
    /// The areas that it is in; none means any.
    #[graphql(default)]
    policy_areas: Vec<PolicyArea>,
    /// The media that it is for; none means any.
    #[graphql(default)]
    media: Vec<Medium>,
    /// The other institutions that take part.
    #[graphql(default)]
    partners: Vec<OpportunityPartnerInput>,
    /// Who may apply; by default nobody yet.
    eligibility: Option<EligibilityInput>,
    /// Whether it is a standing programme.
    #[graphql(default)]
    recurring: bool,
    /// The countries in which it takes place.
    #[graphql(default)]
    host_countries: Vec<CountryCode>,
    /// The agreements that it rests on.
    #[graphql(default)]
    legal_basis: Vec<ID>,
    /// What is paid.
    funding: Option<FundingInput>,
    /// The languages of the procedure.
    #[graphql(default)]
    languages: Vec<LanguageTag>,
    /// Where to read more.
    url: Option<Url>,
}

/// What is to be different about an opportunity: what is absent stays as it is, what is null is removed.
#[derive(InputObject)]
pub(crate) struct UpdateOpportunityInput {
    /// Which.
    pub(super) id: ID,
    /// The version that was seen: if it has changed since, nothing is written.
    pub(super) expected_version: i32,
    /// Its readable key.
    slug: MaybeUndefined<String>,
    /// Its title, in one language at least: the whole list.
    titles: MaybeUndefined<Vec<LocalizedTextInput>>,
    /// What it is, in a sentence or two: the whole list.
    summaries: MaybeUndefined<Vec<LocalizedTextInput>>,
    /// What it is, at length: the whole list.
    descriptions: MaybeUndefined<Vec<LocalizedTextInput>>,
    /// What sort of opportunity it is.
    kind: MaybeUndefined<OpportunityKind>,
    /// The first day on which interest is accepted.
    opens_on: MaybeUndefined<Date>,
    /// When interest is accepted no more; null: it is rolling.
    deadline: MaybeUndefined<DateTime>,
    /// The first day of what is offered.
    starts_on: MaybeUndefined<Date>,
    /// The last day of what is offered.
    ends_on: MaybeUndefined<Date>,
    /// The areas that it is in: the whole list; none means any.
    policy_areas: MaybeUndefined<Vec<PolicyArea>>,
    /// The media that it is for: the whole list; none means any.
    media: MaybeUndefined<Vec<Medium>>,
    /// The other institutions that take part: the whole list.
    partners: MaybeUndefined<Vec<OpportunityPartnerInput>>,
    /// Who may apply: as a whole.
    eligibility: MaybeUndefined<EligibilityInput>,
    /// Whether it is a standing programme.
    recurring: MaybeUndefined<bool>,
    /// The countries in which it takes place: the whole list.
    host_countries: MaybeUndefined<Vec<CountryCode>>,
    /// The agreements that it rests on: the whole list.
    legal_basis: MaybeUndefined<Vec<ID>>,
    /// What is paid: as a whole; null: it is not known.
    funding: MaybeUndefined<FundingInput>,
    /// The languages of the procedure: the whole list.
    languages: MaybeUndefined<Vec<LanguageTag>>,
    /// Where to read more.
    url: MaybeUndefined<Url>,
}

fn texts(texts: Vec<LocalizedTextInput>) -> Vec<Text> {
    texts.into_iter().map(Into::into).collect()
}

fn partners(partners: &[OpportunityPartnerInput]) -> Result<Vec<(Uuid, entity::vocabulary::PartnerRole)>> {
    let partner = |(place, OpportunityPartnerInput { institution, role }): (usize, &OpportunityPartnerInput)| {
        let path = format!("input.partners.{place}.institution");
        Ok((decode(&path, Institutions::PREFIX, institution)?, (*role).into()))
    };
    partners.iter().enumerate().map(partner).collect()
}

fn eligible(eligibility: EligibilityInput) -> Eligible {
    let EligibilityInput { everyone, countries, groups, note } = eligibility;
    let countries = codes(countries);
    let groups = groups.iter().map(|code| reference_id("group", code)).collect();
    Eligible { everyone, countries, groups, note }
}

fn codes(countries: Vec<CountryCode>) -> Vec<String> {
    countries.into_iter().map(|code| code.0).collect()
}

fn paid(funding: FundingInput) -> Paid {
    let FundingInput { minimum, maximum, currency, covers } = funding;
    Paid {
        minimum: minimum.map(|sum| sum.0),
        maximum: maximum.map(|sum| sum.0),
        currency: currency.map(|code| code.0),
        covers: covers.into_iter().map(Into::into).collect(),
    }
}

fn agreements(ids: &[ID]) -> Result<Vec<Uuid>> {
    let key = |(place, id): (usize, &ID)| Ok(decode(&format!("input.legalBasis.{place}"), Agreements::PREFIX, id)?);
    ids.iter().enumerate().map(key).collect()
}

fn tags(languages: Vec<LanguageTag>) -> Vec<String> {
    languages.into_iter().map(|tag| tag.0).collect()
}

impl CreateOpportunityInput {
    /// What is written.
    pub(super) fn patch(self) -> Result<Patch> {
        let Self {
            lead_institution: _,
            slug,
            titles,
            summaries,
            descriptions,
            kind,
            opens_on,
            deadline,
            starts_on,
            ends_on,
            policy_areas,
            media,
            partners: with,
            eligibility,
            recurring,
            host_countries,
            legal_basis,
            funding,
            languages,
            url,
        } = self;
        Ok(Patch {
            slug,
            titles: Some(texts(titles)),
            summaries: Some(texts(summaries)),
            descriptions: Some(texts(descriptions)),
            kind: Edit::Put(kind.into()),
            opens_on: opens_on.map(|day| day.0).into(),
            deadline: deadline.map(|time| time.0).into(),
            starts_on: starts_on.map(|day| day.0).into(),
            ends_on: ends_on.map(|day| day.0).into(),
            policy_areas: Some(policy_areas.into_iter().map(Into::into).collect()),
            media: Some(media.into_iter().map(Into::into).collect()),
            partners: Some(partners(&with)?),
            eligibility: eligibility.map(eligible),
            recurring: Edit::Put(recurring),
            hosts: Some(codes(host_countries)),
            legal_basis: Some(agreements(&legal_basis)?),
            funding: funding.map(paid),
            languages: Some(tags(languages)),
            url: url.map(|url| url.0).into(),
        })
    }
}

impl UpdateOpportunityInput {
    /// What is written.
    pub(super) fn patch(self) -> Result<Patch> {
        let Self {
            id: _,
            expected_version: _,
            slug,
            titles,
            summaries,
            descriptions,
            kind,
            opens_on,
            deadline,
            starts_on,
            ends_on,
            policy_areas,
            media,
            partners: with,
            eligibility,
            recurring,
            host_countries,
            legal_basis,
            funding,
            languages,
            url,
        } = self;
        Ok(Patch {
            slug: text(slug),
            titles: listed(titles).map(texts),
            summaries: listed(summaries).map(texts),
            descriptions: listed(descriptions).map(texts),
            kind: edit(kind).map(Into::into),
            opens_on: edit(opens_on).map(|day| day.0),
            deadline: edit(deadline).map(|time| time.0),
            starts_on: edit(starts_on).map(|day| day.0),
            ends_on: edit(ends_on).map(|day| day.0),
            policy_areas: listed(policy_areas).map(|areas| areas.into_iter().map(Into::into).collect()),
            media: listed(media).map(|media| media.into_iter().map(Into::into).collect()),
            partners: listed(with).as_deref().map(partners).transpose()?,
            eligibility: match edit(eligibility) {
                Edit::Keep => None,
                Edit::Remove => Some(Eligible::default()),
                Edit::Put(told) => Some(eligible(told)),
            },
            recurring: edit(recurring),
            hosts: listed(host_countries).map(codes),
            legal_basis: listed(legal_basis).as_deref().map(agreements).transpose()?,
            funding: match edit(funding) {
                Edit::Keep => None,
                Edit::Remove => Some(Paid::default()),
                Edit::Put(funding) => Some(paid(funding)),
            },
            languages: listed(languages).map(tags),
            url: edit(url).map(|url| url.0),
        })
    }
}
