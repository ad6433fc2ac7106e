//! What clients write of policymakers.
use async_graphql::{ID, InputObject, MaybeUndefined};

use super::{
    content::{Patch, Told},
    types::SeniorityLevel,
};
use crate::{
    access::Seen as _,
    domain::{
        contacts::{ContactEmailInput, ContactPhoneInput},
        institutions::Institutions,
    },
    graphql::{
        CountryCode, Date, LanguageTag, LocalizedTextInput, PolicyArea, Result, decode, each, edit, listed, text,
    },
    validation::Edit,
};

/// A position that somebody holds, or held. The institution, the title and the beginning tell it from the others.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct AppointmentInput {
    /// Where.
    institution: ID,
    /// The position's title.
    title: String,
    /// How senior it is.
    level: Option<SeniorityLevel>,
    /// From when.
    since: Option<Date>,
    /// Until when; absent while it is held.
    until: Option<Date>,
    /// Whether everybody may know of it.
    #[graphql(default = true)]
    public: bool,
    /// The e-mail addresses that belong to it: the whole list of those that one may see.
    #[graphql(default)]
    emails: Vec<ContactEmailInput>,
    /// The telephone numbers that belong to it: the whole list of those that one may see.
    #[graphql(default)]
    phones: Vec<ContactPhoneInput>,
}

/// A new policymaker.
#[derive(InputObject)]
pub(crate) struct CreatePolicymakerInput {
    /// Given name, or the only one.
    given_name: String,
    /// Family name, if there is one.
    family_name: Option<String>,
    /// Honorific, such as Dato.
    honorific: Option<String>,
    /// The name in its own script.
    native_name: Option<String>,
    /// The person's country; none for officials of regional bodies.
    country: Option<CountryCode>,
    /// A few sentences about the person.
    #[graphql(default)]
    biographies: Vec<LocalizedTextInput>,
    /// The languages that the person works in.
    #[graphql(default)]
    languages: Vec<LanguageTag>,
    /// The areas that the person is active in.
    #[graphql(default)]
    policy_areas: Vec<PolicyArea>,
    /// The positions that the person holds, and held.
    #[graphql(default)]
    appointments: Vec<AppointmentInput>,
}

/// What is to be different about a policymaker: what is absent stays as it is, what is null is removed.
#[derive(InputObject)]
pub(crate) struct UpdatePolicymakerInput {
    /// Who.
    pub(super) id: ID,
    /// The version that was seen: if it has changed since, nothing is written.
    pub(super) expected_version: i32,
    /// Given name, or the only one.
    given_name: MaybeUndefined<String>,
    /// Family name.
    family_name: MaybeUndefined<String>,
    /// Honorific, such as Dato.
    honorific: MaybeUndefined<String>,
    /// The name in its own script.
    native_name: MaybeUndefined<String>,
    /// The person's country. For administrators.
    country: MaybeUndefined<CountryCode>,
    /// A few sentences about the person: the whole list.
    biographies: MaybeUndefined<Vec<LocalizedTextInput>>,
    /// The languages that the person works in: the whole list.
    languages: MaybeUndefined<Vec<LanguageTag>>,
    /// The areas that the person is active in: the whole list.
    policy_areas: MaybeUndefined<Vec<PolicyArea>>,
    /// The positions that the person holds, and held: the whole list of those that one may see. Those that are not one's own
    /// are given as they are.
    appointments: MaybeUndefined<Vec<AppointmentInput>>,
}

/// What somebody agreed to be shared with partner agencies.
#[derive(InputObject)]
pub(crate) struct RecordConsentInput {
    /// Who.
    pub(super) id: ID,
    /// The version that was seen: if it has changed since, nothing is written.
    pub(super) expected_version: Option<i32>,
    /// Whether agencies that may read contacts get the person's, with addresses and numbers that are public or for members.
    pub(super) share_with_agencies: bool,
    /// On what it rests, such as a form that was signed; must be there where anything is shared.
    pub(super) basis: Option<String>,
}

/// Whose data are erased.
#[derive(InputObject)]
pub(crate) struct ErasePolicymakerInput {
    /// Who.
    pub(super) id: ID,
    /// The version that was seen: if it has changed since, nothing is erased.
    pub(super) expected_version: Option<i32>,
    /// Why. It is kept, and must not say anything about the person.
    pub(super) reason: String,
    /// The person's account, where it is not connected with their entry.
    pub(super) account: Option<ID>,
}

impl AppointmentInput {
    fn told(self, place: usize) -> Result<Told> {
        let Self { institution, title, level, since, until, public, emails, phones } = self;
        let field = format!("input.appointments.{place}.institution");
        Ok(Told {
            institution: decode(&field, Institutions::PREFIX, &institution)?,
            title,
            level: level.map(Into::into),
            since: since.map(|day| day.0),
            until: until.map(|day| day.0),
            public: Some(public),
            emails: each(emails),
            phones: each(phones),
        })
    }
}

fn positions(list: Vec<AppointmentInput>) -> Result<Vec<Told>> {
    list.into_iter().enumerate().map(|(place, input)| input.told(place)).collect()
}

pub(super) fn tags(list: Vec<LanguageTag>) -> Vec<String> {
    list.into_iter().map(|tag| tag.0).collect()
}

impl CreatePolicymakerInput {
    /// What is written.
    pub(super) fn patch(self) -> Result<Patch> {
        let Self {
            given_name,
            family_name,
            honorific,
            native_name,
            country,
            biographies,
            languages,
            policy_areas,
            appointments,
        } = self;
        Ok(Patch {
            given_name: Some(given_name),
            family_name: family_name.into(),
            honorific: honorific.into(),
            native_name: native_name.into(),
            country: Edit::from(country).map(|code: CountryCode| code.0),
            biographies: Some(each(biographies)),
            languages: Some(tags(languages)),
            policy_areas: Some(each(policy_areas)),
            appointments: Some(positions(appointments)?),
        })
    }
}

impl UpdatePolicymakerInput {
    /// What is written.
    pub(super) fn patch(self) -> Result<Patch> {
        let Self {
            id: _,
            expected_version: _,
            given_name,
            family_name,
            honorific,
            native_name,
            country,
            biographies,
            languages,
            policy_areas,
            appointments,
        } = self;
        Ok(Patch {
            given_name: text(given_name),
            family_name: edit(family_name),
            honorific: edit(honorific),
            native_name: edit(native_name),
            country: edit(country).map(|code| code.0),
            biographies: listed(biographies).map(each),
            languages: listed(languages).map(tags),
            policy_areas: listed(policy_areas).map(each),
            appointments: listed(appointments).map(positions).transpose()?,
        })
    }
}
