//! What agencies write of institutions.
use async_graphql::{ID, InputObject, MaybeUndefined};

use super::{Institutions, content::Patch, types::InstitutionKind};
use crate::{
    access::Seen as _,
    domain::contacts::{ContactEmailInput, ContactPhoneInput},
    graphql::{CountryCode, LocalizedTextInput, PolicyArea, Url, decode_in, each, edit, listed},
    validation::{Edit, Faults},
};

/// An institution, as an agency knows it: what is absent stays as it is, what is null is removed. Of a new one there must be
/// a name and the kind; its readable key is made of the name.
#[derive(InputObject)]
pub(crate) struct InstitutionContactInput {
    /// What the agency calls the contact: its own ID, by which it is found again.
    pub(crate) external_id: String,
    /// The version that the agency has seen: if another one is there now, and it says something else, that is a conflict.
    pub(crate) expected_version: Option<i32>,
    /// Its name, in one language at least: the whole list.
    names: MaybeUndefined<Vec<LocalizedTextInput>>,
    /// What sort of institution it is.
    kind: MaybeUndefined<InstitutionKind>,
    /// The country that it is in: of a new one. Later on administrators change it.
    country: MaybeUndefined<CountryCode>,
    /// The city of its seat.
    city: MaybeUndefined<String>,
    /// Its website.
    website: MaybeUndefined<Url>,
    /// The areas that it is active in: the whole list.
    policy_areas: MaybeUndefined<Vec<PolicyArea>>,
    /// The institution that it is a part of: of a new one. Later on administrators change it.
    parent: MaybeUndefined<ID>,
    /// What it does: the whole list.
    descriptions: MaybeUndefined<Vec<LocalizedTextInput>>,
    /// Its e-mail addresses: the whole list of those that one may see.
    emails: MaybeUndefined<Vec<ContactEmailInput>>,
    /// Its telephone numbers: the whole list of those that one may see.
    phones: MaybeUndefined<Vec<ContactPhoneInput>>,
}

impl InstitutionContactInput {
    /// What is written; what is no ID is noted.
    pub(crate) fn pushed(self, faults: &mut Faults) -> Patch {
        let Self {
            external_id: _,
            expected_version: _,
            names,
            kind,
            country: code,
            city,
            website,
            policy_areas,
            parent,
            descriptions,
            emails,
            phones,
        } = self;
        let parent = match edit(parent) {
            Edit::Put(id) => decode_in(&["parent"], Institutions::PREFIX, &id, faults).map_or(Edit::Keep, Edit::Put),
            Edit::Keep => Edit::Keep,
            Edit::Remove => Edit::Remove,
        };
        Patch {
            slug: None,
            names: listed(names).map(each),
            descriptions: listed(descriptions).map(each),
            kind: edit(kind).map(Into::into),
            country: edit(code).map(|code| code.0),
            city: edit(city),
            website: edit(website).map(|url| url.0),
            policy_areas: listed(policy_areas).map(each),
            parent,
            emails: listed(emails).map(each),
            phones: listed(phones).map(each),
            listed: None,
        }
    }
}
