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

/// What a card calls itself.
pub(super) fn uid(text: &str) -> Option<String> {
    let vcard = VCard::parse(text.trim_start_matches('\u{feff}')).ok()?;
    vcard.uid().map(str::to_owned)
}

/// The card as JSContact, with what belongs to an organisation by its group.
fn jscontact(mut vcard: VCard) -> Result<Value, String> {
    let others = other_names(&mut vcard);
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
            // Titles are alike where somebody is the same at several organisations.
            let open = |one: &Value| one["organizationId"].is_null();
            let Some(place) = key_where(&card, list, field, &value, open) else { continue };
            if let Some(key) = key {
                card[list][&place]["organizationId"] = json!(key);
            }
            if let Some(label) = label {
                card[list][&place]["label"] = json!(label);
            }
        }
    }
    for (name, language, other) in others {
        let Some(key) = key_of(&card, "organizations", "name", &name) else { continue };
        let place = &mut card["localizations"][language][format!("organizations/{key}/name")];
        if place.is_null() {
            *place = json!(other);
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

/// Takes out what organisations are called in other languages, which the library takes for further organisations: the name,
/// the language, and what it is called in that.
fn other_names(vcard: &mut VCard) -> Vec<(String, String, String)> {
    let (mut known, mut others): (Vec<VCardEntry>, _) = (vec![], vec![]);
    vcard.entries.retain(|entry| {
        if entry.name != VCardProperty::Org {
            return true;
        }
        let same = |main: &&VCardEntry| {
            (entry.alt_id().is_some() && main.alt_id() == entry.alt_id())
                || (entry.group.is_some() && main.group == entry.group)
        };
        let main = known.iter().find(same).and_then(first);
        let (Some(main), Some(other)) = (main, first(entry)) else {
            known.push(entry.clone());
            return true;
        };
        others.push((main, entry.language().unwrap_or("und").to_owned(), other));
        false
    });
    others
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
    key_where(card, list, field, value, |_| true)
}

fn key_where(card: &Value, list: &str, field: &str, value: &str, also: impl Fn(&Value) -> bool) -> Option<String> {
    let same = |one: &Value| one[field].as_str().is_some_and(|told| told.trim() == value.trim());
    let found = card[list].as_object()?.iter().find(|(_, one)| same(one) && also(one));
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]
    use super::{merged, read, uid};

    fn card(lines: &str) -> String {
        format!("BEGIN:VCARD\r\nVERSION:4.0\r\n{}END:VCARD\r\n", lines.replace('\n', "\r\n"))
    }

    /// As the network writes it.
    fn theirs() -> String {
        card(
            "PRODID:-//Balai//Contacts//EN\nUID:urn:uuid:0190\nKIND:individual\nFN;ALTID=1:Dr Linh Invented\n\
             FN;LANGUAGE=vi;ALTID=1:Linh Vi\nN;JSCOMPS=\";3;1;0\":Invented;Linh;;Dr;\n\
             o1.ORG;PROP-ID=o1;LANGUAGE=en;ALTID=o1:Film Council (FC)\no1.ORG;PROP-ID=o1;LANGUAGE=ko;ALTID=o1:위원회\n\
             o2.ORG;PROP-ID=o2:Another\no1.TITLE;PROP-ID=t1:Adviser\no2.TITLE;PROP-ID=t2:Adviser\n\
             EMAIL;TYPE=WORK;PREF=1;PROP-ID=e1:linh@example.org\ne2.EMAIL;TYPE=WORK;PROP-ID=e2:desk@example.org\n\
             TEL;PREF=1;TYPE=CELL,VOICE;PROP-ID=p2:+821012345678\ne2.X-ABLabel:Assistant\n\
             ADR;CC=KR;PROP-ID=a1;JSCOMPS=\";6\":;;;;;;Republic of Korea\nLANG;PROP-ID=l1:ko\n",
        )
    }

    #[test]
    fn the_networks_cards_are_read() {
        let told = read(&theirs()).unwrap();
        assert_eq!(uid(&theirs()).as_deref(), Some("urn:uuid:0190"));
        let positions: Vec<_> =
            told.positions.iter().map(|position| (position.names.len(), &*position.title)).collect();
        assert_eq!(positions, [(2, "Adviser"), (1, "Adviser")]);
        assert_eq!(told.others, [("vi".to_owned(), "Linh Vi".to_owned())]);
        assert_eq!(told.emails.iter().map(|email| email.kind).collect::<Vec<_>>(), ["WORK", "ASSISTANT"]);
        assert_eq!((told.phones[0].kind, told.country), ("MOBILE", Some(Ok("KR".to_owned()))));
        let organisation = card(
            "UID:urn:uuid:0191\nKIND:org\nLANGUAGE:en\nFN;LANGUAGE=en;ALTID=1:Film Council\nFN;LANGUAGE=ko;ALTID=1:위원회\n\
             ORG;PROP-ID=o1;LANGUAGE=en;ALTID=o1:Film Council\nORG;PROP-ID=o1;LANGUAGE=ko;ALTID=o1:위원회\n\
             ADR;CC=KR;PROP-ID=a1;JSCOMPS=\";3;6\":;;;Busan;;;Republic of Korea\nURL;PROP-ID=w1:https://example.org/\n",
        );
        let told = read(&organisation).unwrap();
        assert_eq!((told.is_person, &*told.shown, &*told.language), (false, "Film Council", "en"));
        assert_eq!(told.others, [("ko".to_owned(), "위원회".to_owned())]);
        assert_eq!((told.city.as_deref(), told.website.as_deref()), (Some("Busan"), Some("https://example.org/")));
    }

    #[test]
    fn what_the_network_says_otherwise_is_replaced_and_the_rest_stays() {
        let same = card(
            "UID:crm-1\nN:Invented;Linh;;Dr;\nFN:Dr Linh Invented\nFN;LANGUAGE=vi;ALTID=1:Linh Vi\na.ORG:film council\n\
             a.TITLE:Adviser\nb.ORG:Another\nb.TITLE:Adviser\nEMAIL:LINH@example.org\ni.EMAIL:desk@example.org\n\
             i.X-ABLabel:Assistant\nTEL;TYPE=cell:+82 10 1234 5678\nADR:;;1 Street;Seoul;;;KR\nLANG:ko\nNOTE:mine\n",
        );
        assert_eq!(merged(&same, &theirs()).unwrap(), same, "nothing differs");

        let other = same.replace("LINH@", "old@").replace("Linh", "Lin");
        let now = merged(&other, &theirs()).unwrap();
        let told = read(&now).unwrap();
        assert_eq!((told.uid.as_deref(), told.given.as_deref()), (Some("crm-1"), Some("Linh")));
        assert_eq!(
            told.emails.iter().map(|email| (&*email.value, email.kind)).collect::<Vec<_>>(),
            [("linh@example.org", "WORK"), ("desk@example.org", "ASSISTANT")]
        );
        for line in [
            "NOTE:mine\r\n",
            "a.ORG:film council\r\n",
            "ADR:;;1 Street;Seoul;;;KR\r\n",
            "TEL;TYPE=cell:+82 10 1234 5678\r\n",
        ] {
            assert!(now.contains(line), "{line} in {now}");
        }
        assert_eq!(now.matches("X-ABLabel").count(), 1, "{now}");
        assert_eq!(merged(&now, &theirs()).unwrap(), now, "done again it is the same");
    }
}
