//! What an institution's entry says: what people write of it, and what must hold of that.
use entity::{
    localized::LocalizedTexts,
    vocabulary::{Flag as _, InstitutionKind, PolicyArea},
};
use sea_orm::ActiveEnum as _;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    domain::contacts::{Point, Points, emails, phones},
    graphql::in_english,
    validation::{Edit, Faults, Text, country, line, paragraphs, slug, texts, url},
};

/// How long a name may be, in characters.
const NAME: usize = 300;
/// How long a description may be.
const DESCRIPTION: usize = 20_000;
/// How long the name of a city may be.
const CITY: usize = 100;

/// What somebody writes: what is absent stays as it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Patch {
    pub(super) slug: Option<String>,
    pub(super) names: Option<Vec<Text>>,
    pub(super) descriptions: Option<Vec<Text>>,
    pub(super) kind: Edit<InstitutionKind>,
    pub(super) country: Edit<String>,
    pub(super) city: Edit<String>,
    pub(super) website: Edit<String>,
    pub(super) policy_areas: Option<Vec<PolicyArea>>,
    pub(super) parent: Edit<Uuid>,
    pub(super) emails: Option<Vec<Point>>,
    pub(super) phones: Option<Vec<Point>>,
    /// Whether everybody is to know of it, where that is said.
    pub(super) listed: Option<bool>,
}

impl Patch {
    /// The institution that it is to be a part of.
    pub(crate) fn above(&self) -> Option<Uuid> {
        match self.parent {
            Edit::Put(key) => Some(key),
            Edit::Keep | Edit::Remove => None,
        }
    }

    /// Its e-mail addresses.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = &str> {
        self.emails.iter().flatten().map(|point| point.value.as_str())
    }
}

/// What an institution's entry says, as far as whoever writes may know it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Content {
    pub(super) slug: String,
    pub(super) names: LocalizedTexts,
    pub(super) descriptions: LocalizedTexts,
    pub(super) kind: Option<InstitutionKind>,
    pub(super) country: Option<Uuid>,
    pub(super) city: Option<String>,
    pub(super) website: Option<String>,
    pub(super) policy_areas: i32,
    pub(super) parent: Option<Uuid>,
    pub(super) points: Points,
}

impl Content {
    /// The content with what somebody writes; all that is wrong with that is noted.
    pub(super) fn with(mut self, patch: Patch, faults: &mut Faults) -> Self {
        let Patch {
            slug: key,
            names,
            descriptions,
            kind,
            country: code,
            city,
            website,
            policy_areas,
            parent,
            emails: addresses,
            phones: numbers,
            listed: _,
        } = patch;
        if let Some(key) = key.and_then(|key| faults.checked(&["slug"], slug(&key))) {
            self.slug = key;
        }
        if let Some(told) = names {
            self.names = texts("names", &told, true, faults, |text| line(text, NAME));
        }
        if let Some(told) = descriptions {
            self.descriptions = texts("descriptions", &told, false, faults, |text| paragraphs(text, DESCRIPTION));
        }
        self.kind = kind.required(self.kind, &["kind"], faults);
        self.country = match code {
            Edit::Keep => self.country,
            Edit::Remove => None,
            Edit::Put(code) => faults.checked(&["country"], country(&code)),
        };
        self.city = city.checked(self.city, |city| faults.checked(&["city"], line(&city, CITY)));
        self.website = website.checked(self.website, |address| faults.checked(&["website"], url(&address)));
        self.policy_areas = policy_areas.map_or(self.policy_areas, |areas| PolicyArea::set(&areas));
        self.parent = parent.of(self.parent);
        if let Some(addresses) = addresses {
            self.points.emails = emails(&addresses, faults);
        }
        if let Some(numbers) = numbers {
            self.points.phones = phones(&numbers, faults);
        }
        self
    }

    /// The name that it is shown by, in English if it has one.
    pub(crate) fn name(&self) -> String {
        in_english(&self.names)
    }

    /// What the log says of it, by the fields of the contract: of addresses and numbers, which may be somebody's own, how
    /// many there are.
    pub(super) fn told(&self) -> Value {
        let areas: Vec<String> =
            PolicyArea::members(self.policy_areas).iter().map(sea_orm::ActiveEnum::to_value).collect();
        json!({
            "slug": self.slug,
            "names": self.names,
            "descriptions": self.descriptions,
            "kind": self.kind.map(|kind| kind.to_value()),
            "country": self.country,
            "city": self.city,
            "website": self.website,
            "policyAreas": areas,
            "parent": self.parent,
        })
    }
}
