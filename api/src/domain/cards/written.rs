//! What cards look like, and that what they hold is read from them again.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first thing that is not as it should be")]
use calcard::{
    Entry, Parser,
    vcard::{VCard, VCardProperty, VCardValue},
};
use chrono::{TimeZone as _, Utc};
use entity::vocabulary::{ContactPointKind, InstitutionKind};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Card, CardFormat, Name, Point,
    card::{Names, Place, Position, Tagged},
};

fn tagged(language: &str, text: &str) -> Tagged {
    Tagged { language: language.to_owned(), text: text.to_owned() }
}

fn point(value: &str, kind: ContactPointKind, preferred: bool) -> Point {
    Point { value: value.to_owned(), kind, preferred }
}

fn council() -> Names {
    let others = vec![tagged("ko", "영화 진흥 위원회"), tagged("vi", "Hội đồng Điện ảnh")];
    Names { main: tagged("en", "Invented Film Council"), others }
}

fn person() -> Card {
    let moment = |hour| Utc.with_ymd_and_hms(2026, 11, 22, hour, 0, 0).unwrap();
    Card {
        key: Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001),
        name: Name::Person {
            honorific: Some("Dr".to_owned()),
            given: "Jimin".to_owned(),
            family: Some("Gyeonbon".to_owned()),
            native: Some(tagged("ko", "견본지민")),
        },
        positions: vec![
            Position { at: (Uuid::from_u128(1), council()), title: "Director, International".to_owned() },
            Position {
                at: (Uuid::from_u128(2), Names { main: tagged("en", "Another"), others: vec![] }),
                title: "Adviser".to_owned(),
            },
        ],
        emails: vec![
            point("jimin@example.org", ContactPointKind::Work, true),
            point("desk@example.org", ContactPointKind::Assistant, false),
            point("home@example.org", ContactPointKind::Personal, false),
        ],
        phones: vec![
            point("+82226699800", ContactPointKind::Work, false),
            point("+821012345678", ContactPointKind::Mobile, true),
            point("+82226699801", ContactPointKind::Fax, false),
        ],
        country: Some(Place { code: "KR".to_owned(), name: "Republic of Korea".to_owned() }),
        city: None,
        website: None,
        languages: vec!["ko".to_owned(), "en".to_owned()],
        policy_areas: vec![],
        version: 3,
        created_at: moment(9),
        updated_at: moment(12),
    }
}

fn organisation() -> Card {
    Card {
        name: Name::Organisation(council(), InstitutionKind::FilmBody),
        positions: vec![],
        emails: vec![],
        phones: vec![],
        city: Some("Busan".to_owned()),
        website: Some("https://example.org/?a=b,c;d".to_owned()),
        languages: vec![],
        ..person()
    }
}

fn parsed(text: &str) -> VCard {
    let mut parser = Parser::new(text).strict();
    let Entry::VCard(card) = parser.entry() else { panic!("{text}") };
    assert!(matches!(parser.entry(), Entry::Eof), "nothing follows: {text}");
    card
}

/// The lines of a vCard, unfolded.
fn lines(text: &str) -> Vec<String> {
    assert!(text.ends_with("END:VCARD\r\n") && !text.replace("\r\n", "").contains(['\r', '\n']), "{text:?}");
    assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
    text.replace("\r\n ", "").lines().map(str::to_owned).collect()
}

#[test]
fn a_person_as_version_4() {
    let text = person().written(CardFormat::VCard4).unwrap();
    let expected = [
        "BEGIN:VCARD",
        "VERSION:4.0",
        "PRODID:-//Balai//Contacts//EN",
        "UID:urn:uuid:01900000-0000-7000-8000-000000000001",
        "KIND:individual",
        "FN;ALTID=1:Dr Jimin Gyeonbon",
        "FN;LANGUAGE=ko;ALTID=1:견본지민",
        "N;JSCOMPS=\";3;1;0\":Gyeonbon;Jimin;;Dr;",
        "o1.ORG;PROP-ID=o1;LANGUAGE=en;ALTID=o1:Invented Film Council",
        "o1.ORG;PROP-ID=o1;LANGUAGE=ko;ALTID=o1:영화 진흥 위원회",
        "o1.ORG;PROP-ID=o1;LANGUAGE=vi;ALTID=o1:Hội đồng Điện ảnh",
        "o2.ORG;PROP-ID=o2:Another",
        "o1.TITLE;PROP-ID=t1:Director\\, International",
        "o2.TITLE;PROP-ID=t2:Adviser",
        "EMAIL;TYPE=WORK;PREF=1;PROP-ID=e1:jimin@example.org",
        "e2.EMAIL;TYPE=WORK;PROP-ID=e2:desk@example.org",
        "EMAIL;TYPE=HOME;PROP-ID=e3:home@example.org",
        "TEL;TYPE=WORK,VOICE;PROP-ID=p1:+82226699800",
        "TEL;PREF=1;TYPE=CELL,VOICE;PROP-ID=p2:+821012345678",
        "TEL;TYPE=WORK,FAX;PROP-ID=p3:+82226699801",
        "ADR;CC=KR;PROP-ID=a1;JSCOMPS=\";6\":;;;;;;Republic of Korea",
        "LANG;PROP-ID=l1:ko",
        "LANG;PROP-ID=l2:en",
        "e2.X-ABLabel:Assistant",
        "CREATED:20261122T090000Z",
        "REV:20261122T120000Z",
        "END:VCARD",
    ];
    assert_eq!(lines(&text), expected, "{text}");
}

#[test]
fn a_person_as_version_3() {
    let text = person().written(CardFormat::VCard3).unwrap();
    let expected = [
        "BEGIN:VCARD",
        "VERSION:3.0",
        "PRODID:-//Balai//Contacts//EN",
        "UID:urn:uuid:01900000-0000-7000-8000-000000000001",
        "FN:Dr Jimin Gyeonbon",
        "FN;LANGUAGE=ko:견본지민",
        "N:Gyeonbon;Jimin;;Dr;",
        "o1.ORG;LANGUAGE=en:Invented Film Council",
        "o1.ORG;LANGUAGE=ko:영화 진흥 위원회",
        "o1.ORG;LANGUAGE=vi:Hội đồng Điện ảnh",
        "o2.ORG:Another",
        "o1.TITLE:Director\\, International",
        "o2.TITLE:Adviser",
        "EMAIL;TYPE=INTERNET,WORK,PREF:jimin@example.org",
        "e2.EMAIL;TYPE=INTERNET,WORK:desk@example.org",
        "EMAIL;TYPE=INTERNET,HOME:home@example.org",
        "TEL;TYPE=WORK,VOICE:+82226699800",
        "TEL;TYPE=CELL,VOICE,PREF:+821012345678",
        "TEL;TYPE=WORK,FAX:+82226699801",
        "ADR:;;;;;;Republic of Korea",
        "e2.X-ABLabel:Assistant",
        "REV:20261122T120000Z",
        "END:VCARD",
    ];
    assert_eq!(lines(&text), expected, "{text}");
}

#[test]
fn an_organisation_in_both_versions() {
    let four = organisation().written(CardFormat::VCard4).unwrap();
    for line in [
        "KIND:org",
        "LANGUAGE:en",
        "FN;LANGUAGE=en;ALTID=1:Invented Film Council",
        "FN;LANGUAGE=ko;ALTID=1:영화 진흥 위원회",
        "ORG;PROP-ID=o1;LANGUAGE=en;ALTID=o1:Invented Film Council",
        "ADR;CC=KR;PROP-ID=a1;JSCOMPS=\";3;6\":;;;Busan;;;Republic of Korea",
        "URL;PROP-ID=w1:https://example.org/?a=b,c;d",
    ] {
        assert!(lines(&four).contains(&line.to_owned()), "{line} in {four}");
    }
    let three = organisation().written(CardFormat::VCard3).unwrap();
    for line in ["FN;LANGUAGE=vi:Hội đồng Điện ảnh", "X-ABShowAs:COMPANY", "ADR:;;;Busan;;;Republic of Korea"]
    {
        assert!(lines(&three).contains(&line.to_owned()), "{line} in {three}");
    }
}

#[test]
fn a_person_as_jscontact() {
    let text = person().written(CardFormat::JsContact).unwrap();
    assert!(!text.contains('\n'));
    let told: Value = serde_json::from_str(&text).unwrap();
    let name = json!({
        "full": "Dr Jimin Gyeonbon",
        "isOrdered": true,
        "components": [
            { "kind": "title", "value": "Dr" },
            { "kind": "given", "value": "Jimin" },
            { "kind": "surname", "value": "Gyeonbon" },
        ],
    });
    let expected = [
        ("@type", json!("Card")),
        ("version", json!("1.0")),
        ("uid", json!("urn:uuid:01900000-0000-7000-8000-000000000001")),
        ("kind", json!("individual")),
        ("name", name),
        ("updated", json!("2026-11-22T12:00:00Z")),
        (
            "titles",
            json!({
                "t1": { "name": "Director, International", "kind": "title", "organizationId": "o1" },
                "t2": { "name": "Adviser", "kind": "title", "organizationId": "o2" },
            }),
        ),
        (
            "addresses",
            json!({
                "a1": { "components": [{ "kind": "country", "value": "Republic of Korea" }], "countryCode": "KR" },
            }),
        ),
        (
            "localizations",
            json!({
                "ko": { "name": { "full": "견본지민" }, "organizations/o1/name": "영화 진흥 위원회" },
                "vi": { "organizations/o1/name": "Hội đồng Điện ảnh" },
            }),
        ),
    ];
    for (field, value) in expected {
        assert_eq!(told[field], value, "{field}");
    }
    let phone = &told["phones"]["p2"];
    assert_eq!(phone, &json!({ "number": "+821012345678", "features": { "mobile": true, "voice": true }, "pref": 1 }));
    assert_eq!(told["emails"]["e2"]["label"], "Assistant");
}

#[test]
fn the_same_card_gives_the_same_bytes() {
    for format in [CardFormat::JsContact, CardFormat::VCard4, CardFormat::VCard3] {
        for card in [person(), organisation()] {
            let first = card.written(format).unwrap();
            assert!((0..50).all(|_| card.written(format).unwrap() == first), "{format:?}");
        }
    }
}

#[test]
fn what_names_hold_breaks_out_of_nothing() {
    let nasty = "A;B,C\\D:\"E\"\r\nEMAIL:evil@example.org\nEND:VCARD\u{2028}ก".to_owned();
    let shown = super::card::one_line(&nasty);
    let mut card = person();
    card.name = Name::Person { honorific: None, given: shown.clone(), family: Some("b;c".to_owned()), native: None };
    card.positions[0].title.clone_from(&shown);
    card.positions[0].at.1.main.text.clone_from(&shown);
    card.emails.clear();
    for format in [CardFormat::VCard4, CardFormat::VCard3] {
        let text = card.written(format).unwrap();
        lines(&text);
        let read = parsed(&text);
        let texts = |name: VCardProperty| -> Vec<String> {
            let found = read.entries.iter().find(|entry| entry.name == name).unwrap();
            found.values.iter().filter_map(VCardValue::as_text).map(str::to_owned).collect()
        };
        assert!(!read.entries.iter().any(|entry| entry.name == VCardProperty::Email), "{text}");
        assert_eq!(texts(VCardProperty::Fn), [format!("{shown} b;c")]);
        assert_eq!(texts(VCardProperty::N)[..2], ["b;c".to_owned(), shown.clone()]);
        assert_eq!(texts(VCardProperty::Org), [shown.as_str()]);
        assert_eq!(texts(VCardProperty::Title), [shown.as_str()]);
    }
    assert!(!card.written(CardFormat::JsContact).unwrap().contains('\n'));
}

#[test]
fn long_names_are_folded_between_letters() {
    let mut card = person();
    let long = "กระทรวงวัฒนธรรม".repeat(20);
    card.name =
        Name::Person { honorific: None, given: "A".to_owned(), family: None, native: Some(tagged("th", &long)) };
    for format in [CardFormat::VCard4, CardFormat::VCard3] {
        let text = card.written(format).unwrap();
        assert!(text.lines().any(|line| line.len() > 70 && line.len() <= 75), "{text}");
        let read = parsed(&text);
        let native = read.entries.iter().find(|entry| entry.language() == Some("th")).unwrap();
        assert_eq!(native.values.first().and_then(VCardValue::as_text), Some(long.as_str()));
        assert!(lines(&text).iter().any(|line| line.ends_with(&long)));
    }
}
