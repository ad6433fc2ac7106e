//! What clients write of agreements.
use async_graphql::{ID, InputObject, MaybeUndefined};

use super::{
    content::{Patch, ToldParty, ToldTerms},
    types::{AgreementKind, AgreementStatus},
};
use crate::{
    access::Seen as _,
    db::reference_id,
    domain::institutions::Institutions,
    graphql::{CountryCode, Decimal, LocalizedTextInput, Medium, PartialDate, Result, Url, decode, edit, listed, text},
    validation::Edit,
};

/// A party to an agreement: a country or a group, one of the two.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct AgreementPartyInput {
    /// The country.
    country: Option<CountryCode>,
    /// The group, by its code.
    group: Option<String>,
    /// The institution that carries out the agreement on this side.
    competent_authority: Option<ID>,
    /// When this party ratified it, as precisely as is known.
    ratified_on: Option<PartialDate>,
}

/// The usual terms of a co-production.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct ContributionTermsInput {
    /// The least contribution of a side, in per cent: 0 to 100.
    minimum_percent: Option<Decimal>,
    /// The greatest contribution of a side, in per cent: 0 to 100.
    maximum_percent: Option<Decimal>,
    /// Whether producers of a third country may take part.
    third_country_allowed: Option<bool>,
}

/// A new agreement. Its dates fit where it stands: one that is signed has `signedOn`, one that is in force or suspended
/// `inForceOn`, one that has ended `terminatedOn`, and one that is being negotiated none of them.
#[derive(InputObject)]
pub(crate) struct CreateAgreementInput {
    /// Its title, in one language at least; the first one is the native one.
    titles: Vec<LocalizedTextInput>,
    /// Its readable key; made of the title by default.
    slug: Option<String>,
    /// What sort of agreement it is.
    kind: AgreementKind,
    /// Where it stands; `UNKNOWN` is for reference data alone.
    #[graphql(default_with = "AgreementStatus::Negotiating")]
    pub(super) status: AgreementStatus,
    /// The media that it covers; none means any.
    #[graphql(default)]
    media: Vec<Medium>,
    /// What it provides for.
    #[graphql(default)]
    summaries: Vec<LocalizedTextInput>,
    /// When it was signed, as precisely as is known.
    signed_on: Option<PartialDate>,
    /// When it entered into force, as precisely as is known.
    in_force_on: Option<PartialDate>,
    /// When it ended, as precisely as is known.
    terminated_on: Option<PartialDate>,
    /// Where its text can be read.
    text_url: Option<Url>,
    /// Who is party to it: two at least, each once.
    parties: Vec<AgreementPartyInput>,
    /// The usual terms of a co-production, where the text gives them.
    contribution: Option<ContributionTermsInput>,
}

/// What is to be different about an agreement: what is absent stays as it is, what is null is removed. Where it stands is
/// changed by `transitionAgreement`.
#[derive(InputObject)]
pub(crate) struct UpdateAgreementInput {
    /// Which.
    pub(super) id: ID,
    /// The version that was seen: if it has changed since, nothing is written.
    pub(super) expected_version: i32,
    /// Its title, in one language at least: the whole list.
    titles: MaybeUndefined<Vec<LocalizedTextInput>>,
    /// Its readable key.
    slug: MaybeUndefined<String>,
    /// What sort of agreement it is.
    kind: MaybeUndefined<AgreementKind>,
    /// The media that it covers: the whole list; none means any.
    media: MaybeUndefined<Vec<Medium>>,
    /// What it provides for: the whole list.
    summaries: MaybeUndefined<Vec<LocalizedTextInput>>,
    /// When it was signed, as precisely as is known.
    signed_on: MaybeUndefined<PartialDate>,
    /// When it entered into force, as precisely as is known.
    in_force_on: MaybeUndefined<PartialDate>,
    /// When it ended, as precisely as is known.
    terminated_on: MaybeUndefined<PartialDate>,
    /// Where its text can be read.
    text_url: MaybeUndefined<Url>,
    /// Who is party to it: the whole list.
    parties: MaybeUndefined<Vec<AgreementPartyInput>>,
    /// The usual terms of a co-production: as a whole; null: they are not known.
    contribution: MaybeUndefined<ContributionTermsInput>,
}

/// Where an agreement is led.
#[derive(InputObject)]
pub(crate) struct TransitionAgreementInput {
    /// Its ID.
    pub(super) id: ID,
    /// The version that was seen: if it has changed since, nothing is done.
    pub(super) expected_version: Option<i32>,
    /// Where it stands from now on.
    pub(super) to: AgreementStatus,
    /// When it was signed, entered into force or ended, as precisely as is known: the date that belongs to where it is led.
    /// It may be absent if that date is known already. `NEGOTIATING` and `SUSPENDED` have none.
    pub(super) on: Option<PartialDate>,
    /// Why: to suspend or to end it needs a reason, which goes to the log.
    pub(super) reason: Option<String>,
}

fn each<T, U: From<T>>(inputs: Vec<T>) -> Vec<U> {
    inputs.into_iter().map(Into::into).collect()
}

fn parties(parties: Vec<AgreementPartyInput>) -> Result<Vec<ToldParty>> {
    let party = |(place, party): (usize, AgreementPartyInput)| {
        let AgreementPartyInput { country, group, competent_authority, ratified_on } = party;
        let path = format!("input.parties.{place}.competentAuthority");
        let authority = competent_authority.map(|id| decode(&path, Institutions::PREFIX, &id)).transpose()?;
        Ok(ToldParty {
            country: country.map(|code| code.0),
            group: group.map(|code| reference_id("group", &code)),
            competent_authority: authority,
            ratified_on: ratified_on.map(|date| date.0),
        })
    };
    parties.into_iter().enumerate().map(party).collect()
}

fn terms(terms: ContributionTermsInput) -> ToldTerms {
    let ContributionTermsInput { minimum_percent, maximum_percent, third_country_allowed } = terms;
    ToldTerms {
        minimum: minimum_percent.map(|share| share.0),
        maximum: maximum_percent.map(|share| share.0),
        third_country: third_country_allowed,
    }
}

impl CreateAgreementInput {
    /// What is written.
    pub(super) fn patch(self) -> Result<Patch> {
        let Self {
            titles,
            slug,
            kind,
            status: _,
            media,
            summaries,
            signed_on,
            in_force_on,
            terminated_on,
            text_url,
            parties: sides,
            contribution,
        } = self;
        Ok(Patch {
            slug,
            titles: Some(each(titles)),
            summaries: Some(each(summaries)),
            kind: Edit::Put(kind.into()),
            media: Some(each(media)),
            signed_on: signed_on.map(|date| date.0).into(),
            in_force_on: in_force_on.map(|date| date.0).into(),
            terminated_on: terminated_on.map(|date| date.0).into(),
            text_url: text_url.map(|url| url.0).into(),
            parties: Some(parties(sides)?),
            contribution: contribution.map(terms),
        })
    }
}

impl UpdateAgreementInput {
    /// What is written.
    pub(super) fn patch(self) -> Result<Patch> {
        let Self {
            id: _,
            expected_version: _,
            titles,
            slug,
            kind,
            media,
            summaries,
            signed_on,
            in_force_on,
            terminated_on,
            text_url,
            parties: sides,
            contribution,
        } = self;
        Ok(Patch {
            slug: text(slug),
            titles: listed(titles).map(each),
            summaries: listed(summaries).map(each),
            kind: edit(kind).map(Into::into),
            media: listed(media).map(each),
            signed_on: edit(signed_on).map(|date| date.0),
            in_force_on: edit(in_force_on).map(|date| date.0),
            terminated_on: edit(terminated_on).map(|date| date.0),
            text_url: edit(text_url).map(|url| url.0),
            parties: listed(sides).map(parties).transpose()?,
            contribution: match edit(contribution) {
                Edit::Keep => None,
                Edit::Remove => Some(ToldTerms::default()),
                Edit::Put(told) => Some(terms(told)),
            },
        })
    }
}
