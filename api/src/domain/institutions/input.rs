//! What clients write of institutions.
use async_graphql::{ID, InputObject, InputType as _, MaybeUndefined, Value as ConstValue};
use serde_json::Value;

use super::{Institutions, content::Patch, types::InstitutionKind};
use crate::{
    access::Seen as _,
    domain::contacts::{ContactEmailInput, ContactPhoneInput},
    error::Error,
    graphql::{CountryCode, LocalizedTextInput, PolicyArea, Result, Url, decode, each, edit, listed, text},
    validation::Edit,
};

/// A new institution.
#[derive(InputObject)]
pub(crate) struct CreateInstitutionInput {
    /// Its name, in one language at least; the first one is the native one.
    names: Vec<LocalizedTextInput>,
    /// What sort of institution it is.
    kind: InstitutionKind,
    /// The country that it is in; none if it is regional or international.
    country: Option<CountryCode>,
    /// Its readable key; made of the name by default.
    slug: Option<String>,
    /// The city of its seat.
    city: Option<String>,
    /// Its website.
    website: Option<Url>,
    /// The areas that it is active in.
    #[graphql(default)]
    policy_areas: Vec<PolicyArea>,
    /// The institution that it is a part of.
    parent: Option<ID>,
    /// What it does.
    #[graphql(default)]
    descriptions: Vec<LocalizedTextInput>,
    /// Its e-mail addresses.
    #[graphql(default)]
    emails: Vec<ContactEmailInput>,
    /// Its telephone numbers.
    #[graphql(default)]
    phones: Vec<ContactPhoneInput>,
}

/// An institution that nobody has an entry of yet, and that applies for membership. Its readable key is made of the name.
#[derive(InputObject)]
pub(crate) struct NewInstitutionInput {
    /// Its name, in one language at least; the first one is the native one.
    names: Vec<LocalizedTextInput>,
    /// What sort of institution it is.
    kind: InstitutionKind,
    /// The country that it is in; none if it is regional or international.
    country: Option<CountryCode>,
    /// The city of its seat.
    city: Option<String>,
    /// Its website.
    website: Option<Url>,
    /// The areas that it is active in.
    #[graphql(default)]
    policy_areas: Vec<PolicyArea>,
    /// What it does.
    #[graphql(default)]
    descriptions: Vec<LocalizedTextInput>,
    /// Its e-mail addresses.
    #[graphql(default)]
    emails: Vec<ContactEmailInput>,
    /// Its telephone numbers.
    #[graphql(default)]
    phones: Vec<ContactPhoneInput>,
}

/// What is to be different about an institution: what is absent stays as it is, what is null is removed.
#[derive(InputObject)]
pub(crate) struct UpdateInstitutionInput {
    /// Which.
    pub(super) id: ID,
    /// The version that was seen: if it has changed since, nothing is written.
    pub(super) expected_version: i32,
    /// Its name, in one language at least: the whole list.
    names: MaybeUndefined<Vec<LocalizedTextInput>>,
    /// What sort of institution it is.
    kind: MaybeUndefined<InstitutionKind>,
    /// The country that it is in. For administrators.
    country: MaybeUndefined<CountryCode>,
    /// Its readable key. For administrators.
    slug: MaybeUndefined<String>,
    /// The city of its seat.
    city: MaybeUndefined<String>,
    /// Its website.
    website: MaybeUndefined<Url>,
    /// The areas that it is active in: the whole list.
    policy_areas: MaybeUndefined<Vec<PolicyArea>>,
    /// The institution that it is a part of. For administrators.
    parent: MaybeUndefined<ID>,
    /// What it does: the whole list.
    descriptions: MaybeUndefined<Vec<LocalizedTextInput>>,
    /// Its e-mail addresses: the whole list of those that one may see.
    emails: MaybeUndefined<Vec<ContactEmailInput>>,
    /// Its telephone numbers: the whole list of those that one may see.
    phones: MaybeUndefined<Vec<ContactPhoneInput>>,
    /// True has everybody know of an institution that an agency's machine has made: it is not taken back. For administrators.
    listed: Option<bool>,
}

fn parent(id: Edit<ID>) -> Result<Edit<uuid::Uuid>> {
    Ok(match id {
        Edit::Keep => Edit::Keep,
        Edit::Remove => Edit::Remove,
        Edit::Put(id) => Edit::Put(decode("input.parent", Institutions::PREFIX, &id)?),
    })
}

impl CreateInstitutionInput {
    /// What is written.
    pub(super) fn patch(self) -> Result<Patch> {
        let Self {
            names,
            kind,
            country: code,
            slug,
            city,
            website,
            policy_areas,
            parent: above,
            descriptions,
            emails,
            phones,
        } = self;
        Ok(Patch {
            slug,
            names: Some(each(names)),
            descriptions: Some(each(descriptions)),
            kind: Edit::Put(kind.into()),
            country: Edit::from(code).map(|code: CountryCode| code.0),
            city: city.into(),
            website: website.map(|url| url.0).into(),
            policy_areas: Some(each(policy_areas)),
            parent: parent(above.into())?,
            emails: Some(each(emails)),
            phones: Some(each(phones)),
            listed: None,
        })
    }
}

impl NewInstitutionInput {
    /// What is kept of it until it is written.
    pub(crate) fn kept(&self) -> Result<Value, Error> {
        self.to_value().into_json().map_err(|_| Error::internal("an institution's entry cannot be kept"))
    }

    /// What was kept, if it still is an entry.
    pub(crate) fn read(kept: Value) -> Option<Self> {
        Self::parse(Some(ConstValue::from_json(kept).ok()?)).ok()
    }

    /// What is written.
    pub(crate) fn patch(self) -> Patch {
        let Self { names, kind, country: code, city, website, policy_areas, descriptions, emails, phones } = self;
        Patch {
            slug: None,
            names: Some(each(names)),
            descriptions: Some(each(descriptions)),
            kind: Edit::Put(kind.into()),
            country: Edit::from(code).map(|code: CountryCode| code.0),
            city: city.into(),
            website: website.map(|url| url.0).into(),
            policy_areas: Some(each(policy_areas)),
            parent: Edit::Remove,
            emails: Some(each(emails)),
            phones: Some(each(phones)),
            listed: None,
        }
    }
}

impl UpdateInstitutionInput {
    /// What is written.
    pub(super) fn patch(self) -> Result<Patch> {
        let Self {
            id: _,
            expected_version: _,
            names,
            kind,
            country: code,
            slug,
            city,
            website,
            policy_areas,
            parent: above,
            descriptions,
            emails,
            phones,
            listed: known,
        } = self;
        Ok(Patch {
            slug: text(slug),
            names: listed(names).map(each),
            descriptions: listed(descriptions).map(each),
            kind: edit(kind).map(Into::into),
            country: edit(code).map(|code| code.0),
            city: edit(city),
            website: edit(website).map(|url| url.0),
            policy_areas: listed(policy_areas).map(each),
            parent: parent(edit(above))?,
            emails: listed(emails).map(each),
            phones: listed(phones).map(each),
            listed: known,
        })
    }
}
