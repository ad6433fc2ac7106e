//! Entries that are vCards: read as JSContact, which the library makes of them, and what it leaves out; and brought up to
//! date line by line, so that what the network does not know stays as somebody wrote it.
use std::collections::BTreeSet;

use calcard::{
    Entry, Parser,
    vcard::{VCard, VCardEntry, VCardProperty, VCardValue},
};
use serde_json::{Value, json};

use super::card::{self, CONSENT, Card, Group};

/// The line in which an own entry tells on what consent rests.
const CONSENT_LINE: &str = "X-BALAI-CONSENT";
/// By this address books know organisations that know nothing of kinds.
const SHOW_AS: &str = "X-ABSHOWAS";

/// Reads a file that is one vCard.
pub(super) fn read(text: &str) -> Result<Card, String> {
    if text.contains('\u{fffd}') {
        return Err("is not in UTF-8: save it so".to_owned());
    }
    let mut parser = Parser::new(text.trim_start_matches('\u{feff}'));
    let Entry::VCard(vcard) = parser.entry() else { return Err("is no vCard".to_owned()) };
    if matches!(parser.entry(), Entry::VCard(_)) {
        return Err("holds several vCards: give each a file of its own".to_owned());
    }
    card::read(&jscontact(vcard)?)
}

/// The card as JSContact, with what belongs to an organisation by its group.
fn jscontact(vcard: VCard) -> Result<Value, String> {
    let of = |property: VCardProperty| {
        let found = vcard.entries.iter().filter(move |entry| entry.name == property);
        found.filter_map(|entry| Some((entry.group.clone()?, first(entry)?))).collect::<Vec<_>>()
    };
    let organisations = of(VCardProperty::Org);
    let grouped = [
        ("titles", "name", of(VCardProperty::Title)),
        ("titles", "name", of(VCardProperty::Role)),
        ("emails", "address", of(VCardProperty::Email)),
        ("phones", "number", of(VCardProperty::Tel)),
    ];
    let other = |name: &str| {
        let found = vcard.entries.iter().find(|entry| entry.name.as_str().eq_ignore_ascii_case(name));
        found.and_then(first)
    };
    let (consent, shown_as) = (other(CONSENT_LINE), other(SHOW_AS));
    let labels = of_labels(&vcard);
    let text = vcard.into_jscontact::<String, String>().to_string_pretty();
    let mut card: Value = serde_json::from_str(&text).map_err(|_| "cannot be read as a vCard")?;
    for (list, field, told) in grouped {
        for (group, value) in told {
            let organisation = organisations.iter().find(|(known, _)| *known == group);
            let key = organisation.and_then(|(_, name)| key_of(&card, "organizations", "name", name));
            let label = labels.iter().find(|(known, _)| *known == group).map(|(_, label)| label.clone());
            let Some(place) = key_of(&card, list, field, &value) else { continue };
            if let Some(key) = key {
                card[list][&place]["organizationId"] = json!(key);
            }
            if let Some(label) = label {
                card[list][&place]["label"] = json!(label);
            }
        }
    }
    if let Some(consent) = consent {
        card[CONSENT] = json!(consent);
    }
    if shown_as.is_some_and(|told| told.eq_ignore_ascii_case("company")) && card["kind"].is_null() {
        card["kind"] = json!("org");
    }
    Ok(card)
}

/// What address books call what is in a group.
fn of_labels(vcard: &VCard) -> Vec<(String, String)> {
    let labels = vcard.entries.iter().filter(|entry| entry.name.as_str().eq_ignore_ascii_case("X-ABLabel"));
    labels.filter_map(|entry| Some((entry.group.clone()?, first(entry)?))).collect()
}

fn first(entry: &VCardEntry) -> Option<String> {
    Some(match entry.values.first()? {
        VCardValue::Component(parts) => parts.first()?.clone(),
        value => value.as_text()?.to_owned(),
    })
}

/// The key of what has a value in a list.
fn key_of(card: &Value, list: &str, field: &str, value: &str) -> Option<String> {
    let told = card[list].as_object()?;
    let found = told.iter().find(|(_, one)| one[field].as_str().is_some_and(|told| told.trim() == value.trim()));
    Some(found?.0.clone())
}

/// A logical line, with its breaks.
struct Line<'t> {
    group: Option<String>,
    property: String,
    text: &'t str,
}

/// The logical lines of a card: each with those that go on from it.
fn lines(text: &str) -> Vec<Line<'_>> {
    let mut ends = vec![];
    let mut place = 0;
    for piece in text.split_inclusive('\n') {
        if place > 0 && !piece.starts_with([' ', '\t']) {
            ends.push(place);
        }
        place += piece.len();
    }
    ends.push(place);
    let mut from = 0;
    let mut found = vec![];
    for end in ends {
        let text = text.get(from..end).unwrap_or_default();
        from = end;
        let name = text.split([':', ';']).next().unwrap_or_default().trim();
        let (group, name) = name.split_once('.').map_or((None, name), |(group, name)| (Some(group.to_owned()), name));
        found.push(Line { group, property: name.to_ascii_uppercase(), text });
    }
    found
}

/// The properties of a part.
fn properties(group: Group) -> &'static [&'static str] {
    match group {
        Group::Name => &["N", "FN"],
        Group::Positions => &["ORG", "TITLE", "ROLE"],
        Group::Emails => &["EMAIL"],
        Group::Phones => &["TEL"],
        Group::Place => &["ADR"],
        Group::Website => &["URL"],
        Group::Languages => &["LANG"],
    }
}

/// An own card, in which what differs is as the network's card says; the rest stays as it was.
pub(super) fn merged(ours: &str, theirs: &str) -> Result<String, String> {
    let (told, network) = (read(ours)?, read(theirs)?);
    let mut groups = told.differs(&network);
    let all = lines(ours);
    let old = all.iter().any(|line| line.property == "VERSION" && line.text.contains("3.0"));
    // Version 3.0 has no word for them.
    groups.retain(|group| !old || *group != Group::Languages);
    if groups.is_empty() {
        return Ok(ours.to_owned());
    }
    let mut gone: BTreeSet<&str> = groups.iter().flat_map(|group| properties(*group)).copied().collect();
    if !network.is_person {
        gone.remove("TITLE");
        // An organisation's name is the organisation that it is.
        if gone.contains("FN") {
            gone.insert("ORG");
        }
    }
    let dropped: BTreeSet<&str> = all
        .iter()
        .filter(|line| gone.contains(line.property.as_str()))
        .filter_map(|line| line.group.as_deref())
        .collect();
    let kept: BTreeSet<&str> = all
        .iter()
        .filter(|line| !gone.contains(line.property.as_str()) && !line.property.starts_with("X-AB"))
        .filter_map(|line| line.group.as_deref())
        .collect();
    let mut text = String::new();
    for line in &all {
        let label_of_gone = line.property.starts_with("X-AB")
            && line.group.as_deref().is_some_and(|group| dropped.contains(group) && !kept.contains(group));
        if line.property == "END" {
            let theirs = lines(theirs);
            let labelled: BTreeSet<&str> = theirs
                .iter()
                .filter(|line| gone.contains(line.property.as_str()))
                .filter_map(|line| line.group.as_deref())
                .collect();
            for new in theirs.iter().filter(|line| {
                gone.contains(line.property.as_str())
                    || (line.property.starts_with("X-ABL")
                        && line.group.as_deref().is_some_and(|group| labelled.contains(group)))
            }) {
                text.push_str(new.text);
            }
        }
        if !gone.contains(line.property.as_str()) && !label_of_gone {
            text.push_str(line.text);
        }
    }
    Ok(text)
}
