//! Cards as JSContact (RFC 9553), of which the other forms are made.
use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use entity::vocabulary::ContactPointKind;
use serde_json::{Map, Value, json};

use super::{
    Card, Name, Point,
    card::{Names, Tagged},
};
use crate::error::Error;

/// What makes the cards. Without a version: a card does not change because the service does.
const PRODUCT: &str = "-//Balai//Contacts//EN";

/// What is other in other languages: the value that is replaced, by its place, by language.
type Localizations = BTreeMap<String, Map<String, Value>>;

/// The card's text, on one line.
pub(super) fn written(card: &Card) -> Result<String, Error> {
    serde_json::to_string(&object(card)).map_err(|_| Error::internal("a card cannot be written"))
}

fn object(card: &Card) -> Value {
    let mut localizations = Localizations::new();
    let (name, kind) = name(&card.name, &mut localizations);
    let (organizations, titles) = offices(card, &mut localizations);
    let mut told = Map::new();
    told.insert("@type".to_owned(), json!("Card"));
    told.insert("version".to_owned(), json!("1.0"));
    told.insert("uid".to_owned(), json!(card.key.urn().to_string()));
    told.insert("prodId".to_owned(), json!(PRODUCT));
    told.insert("kind".to_owned(), json!(kind));
    if let Name::Organisation(names, _) = &card.name {
        told.insert("language".to_owned(), json!(names.main.language));
    }
    told.insert("created".to_owned(), moment(card.created_at));
    told.insert("updated".to_owned(), moment(card.updated_at));
    told.insert("name".to_owned(), name);
    let links = card.website.iter().map(|uri| json!({ "uri": uri }));
    let languages = card.languages.iter().map(|tag| json!({ "language": tag }));
    let lists = [
        ("organizations", organizations),
        ("titles", titles),
        ("emails", numbered("e", card.emails.iter().map(email))),
        ("phones", numbered("p", card.phones.iter().map(phone))),
        ("addresses", numbered("a", address(card).into_iter())),
        ("links", numbered("w", links)),
        ("preferredLanguages", numbered("l", languages)),
    ];
    told.extend(
        lists.into_iter().filter(|(_, list)| !list.is_empty()).map(|(name, list)| (name.to_owned(), list.into())),
    );
    if !localizations.is_empty() {
        told.insert("localizations".to_owned(), json!(localizations));
    }
    Value::Object(told)
}

/// Whole seconds: vCards tell no more.
fn moment(at: DateTime<Utc>) -> Value {
    json!(at.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// A list as JSContact has it: by keys.
fn numbered(prefix: &str, list: impl Iterator<Item = Value>) -> Map<String, Value> {
    list.zip(1_usize..).map(|(value, number)| (format!("{prefix}{number}"), value)).collect()
}

/// Notes what replaces the value at a place in another language. A language may be there once, whatever its case.
fn localize(localizations: &mut Localizations, told: &Tagged, place: &str, value: Value) {
    localizations.entry(told.language.clone()).or_default().entry(place).or_insert(value);
}

/// What the contact is called, and what sort it is.
fn name(name: &Name, localizations: &mut Localizations) -> (Value, &'static str) {
    match name {
        Name::Person { honorific, given, family, native } => {
            if let Some(native) = native {
                localize(localizations, native, "name", json!({ "full": native.text }));
            }
            let parts = [("title", honorific.as_ref()), ("given", Some(given)), ("surname", family.as_ref())];
            let told = parts.into_iter().filter_map(|(kind, value)| Some(json!({ "kind": kind, "value": value? })));
            let told = json!({ "full": name.shown(), "components": told.collect::<Vec<_>>(), "isOrdered": true });
            (told, "individual")
        }
        Name::Organisation(names, _) => {
            for other in &names.others {
                localize(localizations, other, "name/full", json!(other.text));
            }
            (json!({ "full": names.main.text }), "org")
        }
    }
}

/// The organisations that a contact is, or is of, and its titles there.
fn offices(card: &Card, localizations: &mut Localizations) -> (Map<String, Value>, Map<String, Value>) {
    let mut known: Vec<(uuid::Uuid, &Names)> = vec![];
    let mut titles = vec![];
    match &card.name {
        Name::Organisation(names, _) => known.push((card.key, names)),
        Name::Person { .. } => {
            for position in &card.positions {
                let (key, names) = &position.at;
                let place = known.iter().position(|(of, _)| of == key).unwrap_or_else(|| {
                    known.push((*key, names));
                    known.len() - 1
                });
                titles.push(json!({
                    "name": position.title, "kind": "title", "organizationId": format!("o{}", place + 1),
                }));
            }
        }
    }
    for (place, (_, names)) in known.iter().enumerate() {
        for other in &names.others {
            localize(localizations, other, &format!("organizations/o{}/name", place + 1), json!(other.text));
        }
    }
    let organizations = known.iter().map(|(_, names)| json!({ "name": names.main.text }));
    (numbered("o", organizations), numbered("t", titles.into_iter()))
}

/// For what an address or a number is: `work` or `private`, and in a word where there is none for it.
fn purpose(point: &Point, value: &'static str) -> Map<String, Value> {
    let (context, label) = match point.kind {
        ContactPointKind::Work | ContactPointKind::Fax => (Some("work"), None),
        ContactPointKind::Personal => (Some("private"), None),
        ContactPointKind::Mobile => (None, None),
        ContactPointKind::Assistant => (Some("work"), Some("Assistant")),
    };
    let mut told = Map::new();
    told.insert(value.to_owned(), json!(point.value));
    told.extend(context.map(|context| ("contexts".to_owned(), json!({ context: true }))));
    told.extend(label.map(|label| ("label".to_owned(), json!(label))));
    told.extend(point.preferred.then(|| ("pref".to_owned(), json!(1))));
    told
}

fn email(point: &Point) -> Value {
    purpose(point, "address").into()
}

fn phone(point: &Point) -> Value {
    let features = match point.kind {
        ContactPointKind::Mobile => json!({ "mobile": true, "voice": true }),
        ContactPointKind::Fax => json!({ "fax": true }),
        ContactPointKind::Work | ContactPointKind::Personal | ContactPointKind::Assistant => json!({ "voice": true }),
    };
    let mut told = purpose(point, "number");
    told.insert("features".to_owned(), features);
    told.into()
}

fn address(card: &Card) -> Option<Value> {
    let city = card.city.iter().map(|city| json!({ "kind": "locality", "value": city }));
    let country = card.country.iter().map(|place| json!({ "kind": "country", "value": place.name }));
    let components: Vec<Value> = city.chain(country).collect();
    let mut told = Map::new();
    told.extend(card.country.as_ref().map(|place| ("countryCode".to_owned(), json!(place.code))));
    (!components.is_empty()).then(|| {
        told.insert("components".to_owned(), components.into());
        told.into()
    })
}
