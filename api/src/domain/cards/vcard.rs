//! Cards as vCards, which the library makes of JSContact (RFC 9555), and what it leaves to be said of that: which texts are
//! the same in other languages, which title belongs to which organisation, and what vCard 3.0 has words for.
use calcard::{
    common::IanaString as _,
    jscontact::JSContact,
    vcard::{VCardEntry, VCardParameter, VCardParameterName, VCardParameterValue, VCardProperty, VCardValue},
};

use super::{Card, Name, jscontact};
use crate::error::Error;

/// Which version of vCard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// 3.0 (RFC 2426).
    Three,
    /// 4.0 (RFC 6350).
    Four,
}

/// How address books call what an address or a number is for, where no type of vCard tells it.
const LABEL: &str = "X-ABLabel";
/// By this address books know organisations that know nothing of kinds.
const SHOW_AS: &str = "X-ABShowAs";

/// The card's text, whose lines end with CRLF and are folded.
pub(super) fn written(card: &Card, version: Version) -> Result<String, Error> {
    let unwritten = || Error::internal("a vCard cannot be written");
    let told = jscontact::written(card)?;
    let parsed = JSContact::<String, String>::parse(&told).map_err(|_| unwritten())?;
    let mut entries = parsed.into_vcard().ok_or_else(unwritten)?.entries;
    join_titles(&mut entries);
    join_labels(&mut entries);
    join_languages(&mut entries, card);
    if version == Version::Three {
        entries = entries.into_iter().filter_map(in_version_three).collect();
        if matches!(card.name, Name::Organisation(..)) {
            entries.push(VCardEntry::new(VCardProperty::Other(SHOW_AS.to_owned())).with_value("COMPANY".to_owned()));
        }
    }
    entries.iter_mut().for_each(shorten);
    entries.iter_mut().for_each(lower);
    // The library goes through languages in an order that is another one each time.
    entries.sort_by_cached_key(|entry| {
        let key = entry.prop_id().or(entry.group.as_deref()).unwrap_or_default();
        (place(entry), key.len(), key.to_owned(), entry.alt_id().is_some() && !is_main(entry, card), tag(entry))
    });
    if version == Version::Three {
        for entry in &mut entries {
            entry.params.retain(|param| param.name != VCardParameterName::PropId);
        }
    }
    let number = if version == Version::Three { "3.0" } else { "4.0" };
    let mut text = format!("BEGIN:VCARD\r\nVERSION:{number}\r\n");
    for entry in entries {
        // As version 4 writes lines: as 3 the library would name a character set, which version 3 has no word for any more.
        entry.write_to(&mut text, true).map_err(|_| unwritten())?;
    }
    text.push_str("END:VCARD\r\n");
    Ok(text)
}

/// Where a line stands: what a card is before what it holds.
fn place(entry: &VCardEntry) -> u8 {
    use VCardProperty as Property;
    match &entry.name {
        Property::Prodid => 0,
        Property::Uid => 1,
        Property::Kind => 2,
        Property::Language => 3,
        Property::Fn => 4,
        Property::N => 5,
        Property::Org => 6,
        Property::Title => 7,
        Property::Email => 8,
        Property::Tel => 9,
        Property::Adr => 10,
        Property::Url => 11,
        Property::Lang => 12,
        Property::Created => 14,
        Property::Rev => 15,
        _ => 13,
    }
}

fn tag(entry: &VCardEntry) -> String {
    entry.language().unwrap_or_default().to_owned()
}

/// Puts titles into the group of their organisation (RFC 6350, section 3.3), where vCard has no other word for that.
fn join_titles(entries: &mut Vec<VCardEntry>) {
    let mut titles: Vec<(String, String)> = vec![];
    entries.retain(|entry| {
        let VCardProperty::Jsprop = entry.name else { return true };
        let pointer = entry.parameters(&VCardParameterName::Jsptr).find_map(VCardParameterValue::as_text);
        let title = pointer.and_then(|told| told.strip_prefix("titles/")?.strip_suffix("/organizationId"));
        let organisation = entry.values.first().and_then(VCardValue::as_text).map(|told| told.trim_matches('"'));
        let (Some(title), Some(organisation)) = (title, organisation) else { return true };
        titles.push((title.to_owned(), organisation.to_owned()));
        false
    });
    for entry in entries {
        let Some(key) = entry.prop_id() else { continue };
        let group = match entry.name {
            VCardProperty::Title => titles.iter().find(|(title, _)| title == key),
            VCardProperty::Org => titles.iter().find(|(_, organisation)| organisation == key),
            _ => None,
        };
        entry.group = group.map(|(_, organisation)| organisation.clone());
    }
}

/// Puts what an address is for beside it, as address books read it.
fn join_labels(entries: &mut Vec<VCardEntry>) {
    let mut labels = vec![];
    for entry in entries.iter_mut() {
        let told = entry.parameters(&VCardParameterName::Label).find_map(VCardParameterValue::as_text);
        let (Some(label), Some(group)) = (told.map(str::to_owned), entry.prop_id().map(str::to_owned)) else {
            continue;
        };
        entry.params.retain(|param| param.name != VCardParameterName::Label);
        entry.group = Some(group.clone());
        let beside = VCardEntry::new(VCardProperty::Other(LABEL.to_owned()));
        labels.push(beside.with_group(Some(group)).with_value(label));
    }
    entries.extend(labels);
}

/// Tells of texts in several languages that they are the same, and in which language each is.
fn join_languages(entries: &mut [VCardEntry], card: &Card) {
    let others: Vec<(VCardProperty, Option<String>)> = entries
        .iter()
        .filter(|entry| entry.language().is_some())
        .map(|entry| (entry.name.clone(), entry.prop_id().map(str::to_owned)))
        .collect();
    for entry in entries {
        let same =
            |(name, key): &(VCardProperty, Option<String>)| *name == entry.name && key.as_deref() == entry.prop_id();
        if !others.iter().any(same) {
            continue;
        }
        if entry.language().is_none()
            && let Some(language) = main_language(entry, card)
        {
            entry.add_param(VCardParameter::language(language.to_owned()));
        }
        let alternatives = entry.prop_id().unwrap_or("1").to_owned();
        entry.add_param(VCardParameter::altid(alternatives));
    }
}

/// The language of the text that stands for the others, if it is known.
fn main_language<'c>(entry: &VCardEntry, card: &'c Card) -> Option<&'c str> {
    match (&card.name, &entry.name) {
        (Name::Organisation(names, _), _) => Some(&names.main.language),
        (Name::Person { .. }, VCardProperty::Org) => {
            let text = entry.values.first().and_then(VCardValue::as_text)?;
            let found = card.positions.iter().find(|position| position.at.1.main.text == text)?;
            Some(&found.at.1.main.language)
        }
        (Name::Person { .. }, _) => None,
    }
}

/// Whether this is the text that stands for the others.
fn is_main(entry: &VCardEntry, card: &Card) -> bool {
    entry.language().is_none_or(|language| main_language(entry, card) == Some(language))
}

/// Leaves out the ends of names and addresses that are empty: all of them have five and seven parts, some have more.
fn shorten(entry: &mut VCardEntry) {
    let least = match entry.name {
        VCardProperty::N => 5,
        VCardProperty::Adr => 7,
        _ => return,
    };
    let is_empty = |value: &VCardValue| value.as_text().is_some_and(str::is_empty);
    while entry.values.len() > least && entry.values.last().is_some_and(is_empty) {
        entry.values.pop();
    }
}

/// Writes what sort of contact it is as the standard does: not each reader takes capital letters for the same.
fn lower(entry: &mut VCardEntry) {
    for value in &mut entry.values {
        if let VCardValue::Kind(kind) = value {
            *value = VCardValue::Text(kind.as_str().to_ascii_lowercase());
        }
    }
}

/// What version 3.0 has words for, in its words.
fn in_version_three(mut entry: VCardEntry) -> Option<VCardEntry> {
    use VCardProperty as Property;
    let unknown = [Property::Kind, Property::Language, Property::Lang, Property::Created, Property::Jsprop];
    if unknown.contains(&entry.name) {
        return None;
    }
    let preferred = entry.parameters(&VCardParameterName::Pref).next().is_some();
    let kept = [VCardParameterName::Language, VCardParameterName::Type, VCardParameterName::PropId];
    entry.params.retain(|param| kept.contains(&param.name));
    if entry.name == Property::Email {
        entry.params.insert(0, VCardParameter::typ("INTERNET".to_owned()));
    }
    if preferred {
        let last = entry.params.iter().rposition(|param| param.name == VCardParameterName::Type);
        let pref = VCardParameter::typ("PREF".to_owned());
        entry.params.insert(last.map_or(0, |last| last + 1), pref);
    }
    Some(entry)
}
