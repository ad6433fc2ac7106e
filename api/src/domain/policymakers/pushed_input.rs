//! What agencies write of policymakers.
use async_graphql::{ID, InputObject, MaybeUndefined};

use super::{
    content::{Patch, Told},
    input::tags,
    types::SeniorityLevel,
    writing::Agreed,
};
use crate::{
    access::Seen as _,
    domain::{
        contacts::{ContactEmailInput, ContactPhoneInput},
        institutions::Institutions,
    },
    graphql::{CountryCode, Date, LanguageTag, LocalizedTextInput, PolicyArea, decode_in, each, edit, listed, text},
    validation::Faults,
};

/// A policymaker, as an agency knows them: what is absent stays as it is, what is null is removed. Of somebody new there must
/// be a given name.
#[derive(InputObject)]
pub(crate) struct PolicymakerContactInput {
    /// What the agency calls the contact: its own ID, by which it is found again.
    pub(crate) external_id: String,
    /// The version that the agency has seen: if another one is there now, and it says something else, that is a conflict.
    pub(crate) expected_version: Option<i32>,
    /// Given name, or the only one.
    given_name: MaybeUndefined<String>,
    /// Family name.
    family_name: MaybeUndefined<String>,
    /// Honorific, such as Dato.
    honorific: MaybeUndefined<String>,
    /// The name in its own script.
    native_name: MaybeUndefined<String>,
    /// The person's country: of somebody new. Later on administrators change it.
    country: MaybeUndefined<CountryCode>,
    /// A few sentences about the person: the whole list.
    biographies: MaybeUndefined<Vec<LocalizedTextInput>>,
    /// The languages that the person works in: the whole list.
    languages: MaybeUndefined<Vec<LanguageTag>>,
    /// The areas that the person is active in: the whole list.
    policy_areas: MaybeUndefined<Vec<PolicyArea>>,
    /// The positions that the person holds, and held: the whole list of those that one may see.
    appointments: MaybeUndefined<Vec<ContactAppointmentInput>>,
    /// What the person agreed to be shared with partner agencies. Other agencies get the contact once somebody in the network
    /// has confirmed it.
    consent: Option<ContactConsentInput>,
}

/// A position, as an agency knows it. The institution, the title and the beginning tell it from the others. Whether everybody
/// may know of it is for the network to say: a new one is not public.
#[derive(InputObject)]
pub(crate) struct ContactAppointmentInput {
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
    /// The e-mail addresses that belong to it: the whole list of those that one may see.
    #[graphql(default)]
    emails: Vec<ContactEmailInput>,
    /// The telephone numbers that belong to it: the whole list of those that one may see.
    #[graphql(default)]
    phones: Vec<ContactPhoneInput>,
}

/// What a person agreed to, as an agency was told.
#[derive(InputObject)]
pub(crate) struct ContactConsentInput {
    /// Whether agencies that may read contacts get the person's, with addresses and numbers that are public or for members.
    share_with_agencies: bool,
    /// On what it rests, such as a form that was signed; must be there where anything is shared.
    basis: Option<String>,
}

impl PolicymakerContactInput {
    /// What is written, and what they agreed to; all that is no ID is noted.
    pub(crate) fn pushed(self, faults: &mut Faults) -> (Patch, Option<Agreed>) {
        let Self {
            external_id: _,
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
            consent,
        } = self;
        let positions = |list: Vec<ContactAppointmentInput>, faults: &mut Faults| {
            let each = list.into_iter().enumerate();
            each.map(|(place, input)| input.told(&["appointments", &place.to_string()], faults)).collect()
        };
        let patch = Patch {
            given_name: text(given_name),
            family_name: edit(family_name),
            honorific: edit(honorific),
            native_name: edit(native_name),
            country: edit(country).map(|code| code.0),
            biographies: listed(biographies).map(each),
            languages: listed(languages).map(tags),
            policy_areas: listed(policy_areas).map(each),
            appointments: listed(appointments).map(|list| positions(list, faults)),
        };
        let agreed =
            consent.map(|ContactConsentInput { share_with_agencies, basis }| Agreed { share_with_agencies, basis });
        (patch, agreed)
    }
}

impl ContactAppointmentInput {
    fn told(self, path: &[&str], faults: &mut Faults) -> Told {
        let Self { institution, title, level, since, until, emails, phones } = self;
        let institution =
            faults.within(path, |faults| decode_in(&["institution"], Institutions::PREFIX, &institution, faults));
        Told {
            // None has this key; what is wrong with it was noted.
            institution: institution.unwrap_or_default(),
            title,
            level: level.map(Into::into),
            since: since.map(|day| day.0),
            until: until.map(|day| day.0),
            public: None,
            emails: each(emails),
            phones: each(phones),
        }
    }
}
