//! What an entry says, in whichever form it is kept: read from JSContact (RFC 9553).
use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::{db::fold, domain::cards::language_of};

/// Where a card tells on what consent rests, besides what the standard has words for.
pub(super) const CONSENT: &str = "balai:consent";

/// What an entry says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Card {
    /// What it calls itself.
    pub(super) uid: Option<String>,
    /// What made it.
    pub(super) product: Option<String>,
    pub(super) is_person: bool,
    /// The name as it is shown.
    pub(super) shown: String,
    pub(super) honorific: Option<String>,
    pub(super) given: Option<String>,
    pub(super) family: Option<String>,
    /// The language of an organisation's name.
    pub(super) language: String,
    /// The name in other languages, and in which.
    pub(super) others: Vec<(String, String)>,
    pub(super) positions: Vec<Position>,
    pub(super) emails: Vec<Point>,
    pub(super) phones: Vec<Point>,
    /// ISO 3166-1 alpha-2; as it stands there, if it is not known.
    pub(super) country: Option<Result<String, String>>,
    pub(super) city: Option<String>,
    pub(super) website: Option<String>,
    pub(super) languages: Vec<String>,
    /// Words by which it is sorted: kinds of institutions, areas, and others.
    pub(super) keywords: Vec<String>,
    /// Whether the keywords are all that there are of it.
    pub(super) sorted: bool,
    /// Whether the person agreed to be shared, and on what that rests.
    pub(super) consent: Option<(bool, Option<String>)>,
    /// When it last changed.
    pub(super) updated: Option<String>,
}

/// A position at an organisation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Position {
    /// The organisation's name, and what it is called in other languages.
    pub(super) names: Vec<String>,
    pub(super) title: String,
}

/// An e-mail address or a telephone number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) value: String,
    /// What it is for, in the network's words.
    pub(super) kind: &'static str,
    pub(super) preferred: bool,
    /// To which position it belongs, if that is said.
    pub(super) at: Option<usize>,
}

/// Parts of an entry that are brought up to date together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    Name,
    Positions,
    Emails,
    Phones,
    Place,
    Website,
    Languages,
}

/// Reads a card.
pub(super) fn read(card: &Value) -> Result<Card, String> {
    let Some(told) = card.as_object() else { return Err("is no JSContact card".to_owned()) };
    let organisations = listed(card, "organizations");
    let components = &card["name"]["components"];
    let part = |kinds: &[&str]| {
        let found = components.as_array().into_iter().flatten().filter(|part| kinds.contains(&word(&part["kind"])));
        let parts: Vec<&str> = found.map(|part| word(&part["value"])).filter(|part| !part.is_empty()).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    };
    let (honorific, given, family) = (part(&["title"]), part(&["given", "given2"]), part(&["surname", "surname2"]));
    let is_person = match word(&card["kind"]) {
        "" => given.is_some() || family.is_some() || organisations.is_empty() || !full(card).is_empty(),
        kind => kind == "individual",
    };
    let first = organisations.first().map(|(_, organisation)| word(&organisation["name"])).unwrap_or_default();
    let components: Vec<&str> = [&honorific, &given, &family].into_iter().filter_map(|part| part.as_deref()).collect();
    let shown = match full(card) {
        "" if is_person => components.join(" "),
        "" => first.to_owned(),
        full => full.to_owned(),
    };
    let (country, city) = place(card);
    let others = translations(told, &["name/full", "name"]);
    let given = if is_person && family.is_none() { given.or_else(|| nonempty(full(card))) } else { given };
    let code = country.as_ref().and_then(|country| country.as_deref().ok());
    let keywords: Vec<String> = card["keywords"].as_object().into_iter().flat_map(Map::keys).cloned().collect();
    Ok(Card {
        uid: nonempty(word(&card["uid"])),
        product: nonempty(word(&card["prodId"])),
        is_person,
        language: nonempty(word(&card["language"])).unwrap_or_else(|| main_language(&shown, code)),
        shown,
        honorific,
        given,
        family,
        others,
        positions: if is_person { positions(card, &organisations)? } else { vec![] },
        emails: points(card, ("emails", "address"), &organisations),
        phones: points(card, ("phones", "number"), &organisations),
        country,
        city,
        website: listed(card, "links").first().and_then(|(_, link)| nonempty(word(&link["uri"]))),
        languages: listed(card, "preferredLanguages")
            .iter()
            .filter_map(|(_, one)| nonempty(word(&one["language"])))
            .collect(),
        keywords,
        sorted: false,
        consent: nonempty(word(&card[CONSENT])).map(|basis| agreed(&basis)),
        updated: nonempty(word(&card["updated"])),
    })
}

/// What a text says of consent: `no`, or on what it rests.
pub(super) fn agreed(text: &str) -> (bool, Option<String>) {
    let no = text.trim().eq_ignore_ascii_case("no");
    (!no, (!no).then(|| text.trim().to_owned()))
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default().trim()
}

pub(super) fn nonempty(text: &str) -> Option<String> {
    Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn full(card: &Value) -> &str {
    word(&card["name"]["full"])
}

/// The language of a name in another one than the main one's.
pub(super) fn language(text: &str, country: Option<&str>) -> String {
    language_of(text, country, &[])
}

/// The language of a name that has none: of its script, and of the country; English, if it is in Latin letters.
pub(super) fn main_language(text: &str, country: Option<&str>) -> String {
    if language_of(text, None, &[]) == "und-Latn" { "en".to_owned() } else { language_of(text, country, &[]) }
}

/// The values of a list by keys, in the order of the keys' numbers.
fn listed<'c>(card: &'c Value, list: &str) -> Vec<(&'c str, &'c Value)> {
    let mut found: Vec<_> =
        card[list].as_object().into_iter().flatten().map(|(key, value)| (key.as_str(), value)).collect();
    found.sort_by_key(|(key, _)| (key.len(), *key));
    found
}

/// What stands in other languages at one of some places.
fn translations(card: &Map<String, Value>, places: &[&str]) -> Vec<(String, String)> {
    let languages = card.get("localizations").and_then(Value::as_object).into_iter().flatten();
    let found = languages.filter_map(|(language, patches)| {
        let patch = places.iter().find_map(|place| patches.get(*place))?;
        let text = patch.as_str().or_else(|| patch["full"].as_str())?;
        Some((language.clone(), nonempty(text)?))
    });
    found.collect()
}

fn positions(card: &Value, organisations: &[(&str, &Value)]) -> Result<Vec<Position>, String> {
    let at = |title: &Value| match (word(&title["organizationId"]), organisations) {
        ("", [only]) => Ok(*only),
        ("", []) => Err("has a title and no organisation: add it (ORG)".to_owned()),
        ("", _) => {
            Err("has several organisations, and a title that does not say of which: give both one group, as in \
                        o1.ORG and o1.TITLE"
                .to_owned())
        }
        (key, _) => organisations
            .iter()
            .find(|(known, _)| *known == key)
            .copied()
            .ok_or_else(|| "has a title at an organisation that is not there".to_owned()),
    };
    let named = |(key, organisation): (&str, &Value)| {
        let mut names = vec![word(&organisation["name"]).to_owned()];
        let place = format!("organizations/{key}/name");
        let other = card.as_object().map(|card| translations(card, &[&place])).unwrap_or_default();
        names.extend(other.into_iter().map(|(_, name)| name));
        names
    };
    let mut found = vec![];
    let mut titled = BTreeSet::new();
    for (_, title) in listed(card, "titles") {
        let organisation = at(title)?;
        titled.insert(organisation.0);
        found.push(Position { names: named(organisation), title: word(&title["name"]).to_owned() });
    }
    // Where somebody only is of an organisation, it is for the network to say that a title is missing.
    let untitled = organisations.iter().filter(|(key, _)| !titled.contains(key));
    found.extend(untitled.map(|organisation| Position { names: named(*organisation), title: String::new() }));
    Ok(found)
}

fn points(card: &Value, (list, field): (&str, &str), organisations: &[(&str, &Value)]) -> Vec<Point> {
    let point = |told: &Value| {
        let value = word(&told[field]);
        let value = value.strip_prefix("tel:").or_else(|| value.strip_prefix("mailto:")).unwrap_or(value);
        let has = |set: &str, name: &str| told[set][name].as_bool() == Some(true);
        let kind = if has("features", "fax") {
            "FAX"
        } else if word(&told["label"]).eq_ignore_ascii_case("assistant") {
            "ASSISTANT"
        } else if has("features", "mobile") || has("features", "cell") {
            "MOBILE"
        } else if has("contexts", "private") {
            "PERSONAL"
        } else {
            "WORK"
        };
        let of = word(&told["organizationId"]);
        let at =
            organisations.iter().position(|(key, _)| *key == of).map(|place| organisation_name(organisations, place));
        let at = at.and_then(|name| position_of(card, organisations, name));
        Point { value: value.to_owned(), kind, preferred: told["pref"].as_u64() == Some(1), at }
    };
    listed(card, list).into_iter().map(|(_, told)| point(told)).filter(|point| !point.value.is_empty()).collect()
}

fn organisation_name<'c>(organisations: &[(&str, &'c Value)], place: usize) -> &'c str {
    organisations.get(place).map(|(_, organisation)| word(&organisation["name"])).unwrap_or_default()
}

/// The position at an organisation.
fn position_of(card: &Value, organisations: &[(&str, &Value)], name: &str) -> Option<usize> {
    positions(card, organisations)
        .ok()?
        .iter()
        .position(|position| position.names.first().is_some_and(|first| first == name))
}

/// The country and the city of the first address.
fn place(card: &Value) -> (Option<Result<String, String>>, Option<String>) {
    let addresses = listed(card, "addresses");
    let Some((_, address)) = addresses.first() else { return (None, None) };
    let part = |kind: &str| {
        let found = address["components"].as_array()?.iter().find(|part| word(&part["kind"]) == kind)?;
        nonempty(word(&found["value"]))
    };
    let code = nonempty(word(&address["countryCode"]));
    (code.or_else(|| part("country")).map(|told| country(&told)), part("locality"))
}

/// What countries of the region are called that ISO 3166 calls otherwise.
const CALLED: [(&str, &str); 12] = [
    ("brunei", "BN"),
    ("burma", "MM"),
    ("east timor", "TL"),
    ("korea", "KR"),
    ("laos", "LA"),
    ("lao pdr", "LA"),
    ("republic of korea", "KR"),
    ("south korea", "KR"),
    ("turkey", "TR"),
    ("united kingdom", "GB"),
    ("united states", "US"),
    ("vietnam", "VN"),
];

/// The code of a country that is told by its code or its name in English; or what was told.
pub(super) fn country(told: &str) -> Result<String, String> {
    let (code, name) = (told.trim().to_ascii_uppercase(), fold(told));
    let known = rust_iso3166::from_alpha2(&code).or_else(|| rust_iso3166::from_alpha3(&code));
    let known = known.map(|country| country.alpha2).or_else(|| {
        let called = CALLED.iter().find(|(called, _)| *called == name).map(|(_, code)| *code);
        called.or_else(|| {
            rust_iso3166::ALL.iter().find(|country| fold(country.name) == name).map(|country| country.alpha2)
        })
    });
    known.map(str::to_owned).ok_or_else(|| told.to_owned())
}

impl Card {
    /// The parts of which the network's card says something else. Of what it does not know it says nothing.
    pub(super) fn differs(&self, network: &Self) -> Vec<Group> {
        let others = |card: &Self| -> BTreeSet<String> { card.others.iter().map(|(_, text)| fold(text)).collect() };
        let name = |card: &Self| {
            if card.is_person {
                (card.honorific.clone(), card.given.clone(), card.family.clone())
            } else {
                (None, Some(card.shown.clone()), None)
            }
        };
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let emails = |card: &Self| -> BTreeSet<_> {
            card.emails.iter().map(|point| (point.value.to_ascii_lowercase(), point.kind)).collect()
        };
        let phones = |card: &Self| -> BTreeSet<_> {
            card.phones.iter().map(|point| (digits(&point.value), point.kind)).collect()
        };
        let languages = |card: &Self| -> BTreeSet<_> {
            card.languages.iter().map(|language| language.to_ascii_lowercase()).collect()
        };
        let website = |card: &Self| card.website.as_deref().map(|website| website.trim_end_matches('/').to_owned());
        let differs = [
            (Group::Name, name(self) != name(network) || !others(network).is_subset(&others(self))),
            (Group::Positions, !network.positions.is_empty() && !same_positions(&self.positions, &network.positions)),
            (Group::Emails, !network.emails.is_empty() && emails(self) != emails(network)),
            (Group::Phones, !network.phones.is_empty() && phones(self) != phones(network)),
            (
                Group::Place,
                (network.country.is_some() && self.country != network.country)
                    || (network.city.is_some() && self.city != network.city),
            ),
            (Group::Website, network.website.is_some() && website(self) != website(network)),
            (Group::Languages, !network.languages.is_empty() && languages(self) != languages(network)),
        ];
        differs.into_iter().filter(|(_, differs)| *differs).map(|(group, _)| group).collect()
    }
}

/// Whether these are the same positions: an organisation is the same by any of its names.
fn same_positions(ours: &[Position], theirs: &[Position]) -> bool {
    let same = |one: &Position, other: &Position| {
        let names: BTreeSet<String> = one.names.iter().map(|name| called(name)).collect();
        fold(&one.title) == fold(&other.title) && other.names.iter().any(|name| names.contains(&called(name)))
    };
    ours.len() == theirs.len() && ours.iter().all(|one| theirs.iter().any(|other| same(one, other)))
}

/// A name as it is compared: without what is in brackets behind it, which is mostly an abbreviation.
pub(super) fn called(name: &str) -> String {
    let bare = name.trim().strip_suffix(')').and_then(|name| Some(name.rsplit_once('(')?.0)).map(fold);
    bare.filter(|bare| !bare.is_empty()).unwrap_or_else(|| fold(name))
}
