//! What an agreement says: what people write of it, and what must hold of that.
use entity::{
    localized::LocalizedTexts,
    vocabulary::{AgreementKind, Flag as _, Medium},
};
use sea_orm::ActiveEnum as _;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::lifecycle::{Dates, Milestone};
use crate::{
    error::FaultCode,
    validation::{Edit, Faults, Text, bounded, country, line, paragraphs, partial_date, percent, slug, texts, url},
};

/// How long a title may be, in characters.
const TITLE: usize = 300;
/// How long a summary may be.
const SUMMARY: usize = 20_000;

/// A party, as somebody writes it.
#[derive(Clone, Debug, Default)]
pub(super) struct ToldParty {
    pub(super) country: Option<String>,
    pub(super) group: Option<Uuid>,
    pub(super) competent_authority: Option<Uuid>,
    pub(super) ratified_on: Option<String>,
}

/// The terms of a co-production, as somebody writes them.
#[derive(Clone, Debug, Default)]
pub(super) struct ToldTerms {
    pub(super) minimum: Option<String>,
    pub(super) maximum: Option<String>,
    pub(super) third_country: Option<bool>,
}

/// What somebody writes: what is absent stays as it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Patch {
    pub(super) slug: Option<String>,
    pub(super) titles: Option<Vec<Text>>,
    pub(super) summaries: Option<Vec<Text>>,
    pub(super) kind: Edit<AgreementKind>,
    pub(super) media: Option<Vec<Medium>>,
    pub(super) signed_on: Edit<String>,
    pub(super) in_force_on: Edit<String>,
    pub(super) terminated_on: Edit<String>,
    pub(super) text_url: Edit<String>,
    pub(super) parties: Option<Vec<ToldParty>>,
    pub(super) contribution: Option<ToldTerms>,
}

/// A party: a country or a group, and who carries the agreement out on its side.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Side {
    pub(super) country: Option<Uuid>,
    pub(super) group: Option<Uuid>,
    pub(super) competent_authority: Option<Uuid>,
    pub(super) ratified_on: Option<String>,
}

impl Side {
    /// Whether it is the same party.
    pub(super) fn is(&self, other: &Self) -> bool {
        (self.country, self.group) == (other.country, other.group)
    }
}

/// What an agreement says, but for where it stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Content {
    pub(super) slug: String,
    pub(super) titles: LocalizedTexts,
    pub(super) summaries: LocalizedTexts,
    pub(super) kind: Option<AgreementKind>,
    pub(super) media: i32,
    pub(super) dates: Dates,
    pub(super) text_url: Option<String>,
    pub(super) parties: Vec<Side>,
    pub(super) minimum: Option<String>,
    pub(super) maximum: Option<String>,
    pub(super) third_country: Option<bool>,
}

impl Content {
    /// The content with what somebody writes; all that is wrong with that is noted.
    pub(super) fn with(mut self, patch: Patch, faults: &mut Faults) -> Self {
        let Patch {
            slug: key,
            titles,
            summaries,
            kind,
            media,
            signed_on,
            in_force_on,
            terminated_on,
            text_url,
            parties: told,
            contribution,
        } = patch;
        if let Some(key) = key.and_then(|key| faults.checked(&["slug"], slug(&key))) {
            self.slug = key;
        }
        if let Some(told) = titles {
            self.titles = texts("titles", &told, true, faults, |text| line(text, TITLE));
        }
        if let Some(told) = summaries {
            self.summaries = texts("summaries", &told, false, faults, |text| paragraphs(text, SUMMARY));
        }
        self.kind = kind.required(self.kind, &["kind"], faults);
        self.media = media.map_or(self.media, |media| Medium::set(&media));
        let mut date = |edit: Edit<String>, old: Option<String>, milestone: Milestone| {
            edit.checked(old, |text| faults.checked(&[milestone.field()], partial_date(&text)))
        };
        self.dates = Dates {
            signed: date(signed_on, self.dates.signed, Milestone::Signed),
            in_force: date(in_force_on, self.dates.in_force, Milestone::InForce),
            terminated: date(terminated_on, self.dates.terminated, Milestone::Terminated),
        };
        self.text_url = text_url.checked(self.text_url, |address| faults.checked(&["textUrl"], url(&address)));
        if let Some(told) = told {
            self.parties = parties(&told, faults);
        }
        if let Some(told) = contribution {
            (self.minimum, self.maximum) = shares(&told, faults);
            self.third_country = told.third_country;
        }
        self
    }

    /// What the log says of it, by the fields of the contract. None of it is personal.
    pub(super) fn told(&self) -> Value {
        let media: Vec<String> = Medium::members(self.media).iter().map(sea_orm::ActiveEnum::to_value).collect();
        json!({
            "slug": self.slug,
            "titles": self.titles,
            "summaries": self.summaries,
            "kind": self.kind.map(|kind| kind.to_value()),
            "media": media,
            "signedOn": self.dates.signed,
            "inForceOn": self.dates.in_force,
            "terminatedOn": self.dates.terminated,
            "textUrl": self.text_url,
            "parties": self.parties,
            "contribution": {
                "minimumPercent": self.minimum,
                "maximumPercent": self.maximum,
                "thirdCountryAllowed": self.third_country,
            },
        })
    }
}

/// Parties, each once, and two at least.
fn parties(told: &[ToldParty], faults: &mut Faults) -> Vec<Side> {
    match told.len() {
        0 => faults.add(&["parties"], FaultCode::Required, "must be two at least"),
        1 => faults.add(&["parties"], FaultCode::Invalid, "must be two at least"),
        count => bounded("parties", count, faults),
    }
    let mut found: Vec<Side> = vec![];
    for (place, party) in told.iter().enumerate() {
        let place = place.to_string();
        let ToldParty { country: code, group, competent_authority, ratified_on } = party;
        let ratified = ["parties", &place, "ratifiedOn"];
        let ratified_on = ratified_on.as_ref().and_then(|text| faults.checked(&ratified, partial_date(text)));
        let (field, party) = match (code, group) {
            (None, None) => {
                faults.add(&["parties", &place], FaultCode::Required, "must be a country or a group");
                continue;
            }
            (Some(_), Some(_)) => {
                faults.add(&["parties", &place], FaultCode::Invalid, "must be a country or a group, and not both");
                continue;
            }
            (Some(code), None) => {
                let key = faults.checked(&["parties", &place, "country"], country(code));
                let Some(key) = key else { continue };
                ("country", Side { country: Some(key), ..Side::default() })
            }
            (None, Some(group)) => ("group", Side { group: Some(*group), ..Side::default() }),
        };
        if found.iter().any(|known| known.is(&party)) {
            faults.add(&["parties", &place, field], FaultCode::Duplicate, "is a party already");
        } else {
            found.push(Side { competent_authority: *competent_authority, ratified_on, ..party });
        }
    }
    found
}

/// Shares in per cent, in order.
fn shares(told: &ToldTerms, faults: &mut Faults) -> (Option<String>, Option<String>) {
    let ToldTerms { minimum, maximum, third_country: _ } = told;
    let mut share = |field: &str, text: &Option<String>| {
        text.as_ref().and_then(|text| faults.checked(&["contribution", field], percent(text)))
    };
    let (least, most) = (share("minimumPercent", minimum), share("maximumPercent", maximum));
    if let (Some(least), Some(most)) = (least, most)
        && most < least
    {
        let message = "must not be less than the minimum";
        faults.add(&["contribution", "maximumPercent"], FaultCode::Invalid, message);
    }
    (least.map(|share| share.to_string()), most.map(|share| share.to_string()))
}
