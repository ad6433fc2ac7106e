//! What an opportunity says: what people write of it, and what must hold of that.
use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    localized::LocalizedTexts,
    vocabulary::{CoveredCost, Flag, Medium, OpportunityKind, PartnerRole, PolicyArea},
};
use sea_orm::ActiveEnum;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    error::FaultCode,
    validation::{
        Edit, Faults, Text, amount, bounded, country, currency, languages, line, paragraphs, slug, texts, url,
    },
};

/// How long a title may be, in characters.
const TITLE: usize = 300;
/// How long a summary may be.
const SUMMARY: usize = 1_000;
/// How long a description may be.
const DESCRIPTION: usize = 20_000;
/// How long a note may be.
const NOTE: usize = 1_000;

/// Who may apply, as somebody writes it.
#[derive(Clone, Debug, Default)]
pub(super) struct Eligible {
    pub(super) everyone: bool,
    pub(super) countries: Vec<String>,
    pub(super) groups: Vec<Uuid>,
    pub(super) note: Option<String>,
}

/// What is paid, as somebody writes it.
#[derive(Clone, Debug, Default)]
pub(super) struct Paid {
    pub(super) minimum: Option<String>,
    pub(super) maximum: Option<String>,
    pub(super) currency: Option<String>,
    pub(super) covers: Vec<CoveredCost>,
}

/// What somebody writes: what is absent stays as it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Patch {
    pub(super) slug: Option<String>,
    pub(super) titles: Option<Vec<Text>>,
    pub(super) summaries: Option<Vec<Text>>,
    pub(super) descriptions: Option<Vec<Text>>,
    pub(super) kind: Edit<OpportunityKind>,
    pub(super) opens_on: Edit<NaiveDate>,
    pub(super) deadline: Edit<DateTime<Utc>>,
    pub(super) starts_on: Edit<NaiveDate>,
    pub(super) ends_on: Edit<NaiveDate>,
    pub(super) policy_areas: Option<Vec<PolicyArea>>,
    pub(super) media: Option<Vec<Medium>>,
    pub(super) partners: Option<Vec<(Uuid, PartnerRole)>>,
    pub(super) eligibility: Option<Eligible>,
    pub(super) recurring: Edit<bool>,
    pub(super) hosts: Option<Vec<String>>,
    pub(super) legal_basis: Option<Vec<Uuid>>,
    pub(super) funding: Option<Paid>,
    pub(super) languages: Option<Vec<String>>,
    pub(super) url: Edit<String>,
}

/// What somebody refers to, in the order in which they name it.
#[derive(Clone, Debug, Default)]
pub(super) struct Named {
    pub(super) partners: Vec<Uuid>,
    pub(super) groups: Vec<Uuid>,
    pub(super) legal_basis: Vec<Uuid>,
}

impl Patch {
    /// What it refers to.
    pub(super) fn named(&self) -> Named {
        let partners = self.partners.iter().flatten().map(|(institution, _)| *institution);
        Named {
            partners: partners.collect(),
            groups: self.eligibility.iter().flat_map(|eligible| eligible.groups.clone()).collect(),
            legal_basis: self.legal_basis.clone().unwrap_or_default(),
        }
    }
}

/// What an opportunity says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Content {
    pub(super) slug: String,
    pub(super) titles: LocalizedTexts,
    pub(super) summaries: LocalizedTexts,
    pub(super) descriptions: LocalizedTexts,
    pub(super) kind: Option<OpportunityKind>,
    pub(super) opens_on: Option<NaiveDate>,
    pub(super) deadline: Option<DateTime<Utc>>,
    pub(super) starts_on: Option<NaiveDate>,
    pub(super) ends_on: Option<NaiveDate>,
    pub(super) policy_areas: i32,
    pub(super) media: i32,
    pub(super) partners: BTreeSet<(Uuid, String)>,
    pub(super) everyone: bool,
    pub(super) countries: BTreeSet<Uuid>,
    pub(super) groups: BTreeSet<Uuid>,
    pub(super) eligibility_note: Option<String>,
    pub(super) recurring: bool,
    pub(super) hosts: BTreeSet<Uuid>,
    pub(super) legal_basis: BTreeSet<Uuid>,
    pub(super) minimum: Option<String>,
    pub(super) maximum: Option<String>,
    pub(super) currency: Option<String>,
    pub(super) covers: i32,
    pub(super) languages: Vec<String>,
    pub(super) url: Option<String>,
}

impl Content {
    /// The content with what somebody writes; all that is wrong with that is noted.
    pub(super) fn with(mut self, patch: Patch, faults: &mut Faults) -> Self {
        let Patch {
            slug: key,
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
            partners,
            eligibility,
            recurring,
            hosts,
            legal_basis,
            funding,
            languages: tongues,
            url: address,
        } = patch;
        if let Some(key) = key.and_then(|key| faults.checked(&["slug"], slug(&key))) {
            self.slug = key;
        }
        if let Some(told) = titles {
            self.titles = texts("titles", &told, true, faults, |text| line(text, TITLE));
        }
        if let Some(told) = summaries {
            self.summaries = texts("summaries", &told, true, faults, |text| paragraphs(text, SUMMARY));
        }
        if let Some(told) = descriptions {
            self.descriptions = texts("descriptions", &told, false, faults, |text| paragraphs(text, DESCRIPTION));
        }
        self.kind = kind.required(self.kind, &["kind"], faults);
        self.opens_on = opens_on.of(self.opens_on);
        self.deadline = deadline.of(self.deadline);
        self.starts_on = starts_on.of(self.starts_on);
        self.ends_on = ends_on.of(self.ends_on);
        self.policy_areas = policy_areas.map_or(self.policy_areas, |areas| PolicyArea::set(&areas));
        self.media = media.map_or(self.media, |media| Medium::set(&media));
        if let Some(partners) = partners {
            bounded("partners", partners.len(), faults);
            self.partners = partners.into_iter().map(|(institution, role)| (institution, role.to_value())).collect();
        }
        if let Some(Eligible { everyone, countries, groups, note }) = eligibility {
            self.everyone = everyone;
            self.countries = places(&["eligibility", "countries"], &countries, faults);
            bounded("eligibility", groups.len(), faults);
            self.groups = groups.into_iter().collect();
            let note = note.map(|note| faults.checked(&["eligibility", "note"], line(&note, NOTE)));
            self.eligibility_note = note.flatten();
        }
        self.recurring = recurring.required(Some(self.recurring), &["recurring"], faults).unwrap_or_default();
        if let Some(codes) = hosts {
            self.hosts = places(&["hostCountries"], &codes, faults);
        }
        if let Some(agreements) = legal_basis {
            bounded("legalBasis", agreements.len(), faults);
            self.legal_basis = agreements.into_iter().collect();
        }
        if let Some(paid) = funding {
            (self.minimum, self.maximum, self.currency) = money(&paid, faults);
            self.covers = CoveredCost::set(&paid.covers);
        }
        if let Some(tags) = tongues {
            self.languages = languages(&tags, faults);
        }
        self.url = address.checked(self.url, |address| faults.checked(&["url"], url(&address)));
        self.in_order(faults);
        self
    }

    /// Dates follow each other.
    fn in_order(&self, faults: &mut Faults) {
        if let (Some(opens), Some(deadline)) = (self.opens_on, self.deadline)
            && deadline.date_naive() < opens
        {
            faults.add(&["deadline"], FaultCode::Invalid, "must not be before opensOn");
        }
        if let (Some(starts), Some(ends)) = (self.starts_on, self.ends_on)
            && ends < starts
        {
            faults.add(&["endsOn"], FaultCode::Invalid, "must not be before startsOn");
        }
    }

    /// What the log says of it, by the fields of the contract. None of it is personal.
    pub(super) fn told(&self) -> Value {
        let names = |set: i32, all: fn(i32) -> Vec<String>| all(set);
        json!({
            "slug": self.slug,
            "titles": self.titles,
            "summaries": self.summaries,
            "descriptions": self.descriptions,
            "kind": self.kind.map(|kind| kind.to_value()),
            "opensOn": self.opens_on,
            "deadline": self.deadline,
            "startsOn": self.starts_on,
            "endsOn": self.ends_on,
            "policyAreas": names(self.policy_areas, members::<PolicyArea>),
            "media": names(self.media, members::<Medium>),
            "partners": self.partners,
            "eligibility": {
                "everyone": self.everyone,
                "countries": self.countries,
                "groups": self.groups,
                "note": self.eligibility_note,
            },
            "recurring": self.recurring,
            "hostCountries": self.hosts,
            "legalBasis": self.legal_basis,
            "funding": {
                "minimum": self.minimum,
                "maximum": self.maximum,
                "currency": self.currency,
                "covers": names(self.covers, members::<CoveredCost>),
            },
            "languages": self.languages,
            "url": self.url,
        })
    }
}

fn members<T: Flag + ActiveEnum<Value = String>>(set: i32) -> Vec<String> {
    T::members(set).iter().map(ActiveEnum::to_value).collect()
}

/// Countries, by their codes.
fn places(field: &[&str], codes: &[String], faults: &mut Faults) -> BTreeSet<Uuid> {
    let key = |(place, code): (usize, &String)| {
        let place = place.to_string();
        faults.checked(&[field, &[&place]].concat(), country(code))
    };
    codes.iter().enumerate().filter_map(key).collect()
}

type Money = (Option<String>, Option<String>, Option<String>);

/// Amounts in order, with their currency.
fn money(paid: &Paid, faults: &mut Faults) -> Money {
    let Paid { minimum, maximum, currency: code, covers: _ } = paid;
    let mut sum = |field: &str, text: &Option<String>| {
        text.as_ref().and_then(|text| faults.checked(&["funding", field], amount(text)))
    };
    let (least, most) = (sum("minimum", minimum), sum("maximum", maximum));
    if let (Some(least), Some(most)) = (least, most)
        && most < least
    {
        faults.add(&["funding", "maximum"], FaultCode::Invalid, "must not be less than the minimum");
    }
    let currency = code.as_ref().and_then(|code| faults.checked(&["funding", "currency"], currency(code)));
    if (least.is_some() || most.is_some()) && code.is_none() {
        faults.add(&["funding", "currency"], FaultCode::Required, "must be there beside an amount");
    }
    (least.map(|sum| sum.to_string()), most.map(|sum| sum.to_string()), currency)
}
