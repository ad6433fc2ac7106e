//! Cards: what a viewer sees of contacts, as address books take it.
use calcard::{
    Entry, Parser,
    jscontact::JSContact,
    vcard::{VCard, VCardProperty, VCardValue},
};
use harness::{Answer, Grant, Server, backends, on_each_database, viewers};
use serde_json::{Value, json};

const FORMATS: [&str; 3] = ["JSCONTACT", "VCARD_4", "VCARD_3"];

fn parsed(text: &str) -> VCard {
    let mut parser = Parser::new(text).strict();
    let Entry::VCard(card) = parser.entry() else { panic!("{text}") };
    assert!(matches!(parser.entry(), Entry::Eof), "{text}");
    card
}

/// The texts of a property, sorted, without those in other languages.
fn texts(card: &VCard, name: &VCardProperty) -> Vec<String> {
    let main = card.properties(name).filter(|entry| {
        let language = entry.language();
        language.is_none() || language == Some("en")
    });
    let mut texts: Vec<String> =
        main.map(|entry| entry.values.first().and_then(VCardValue::as_text).unwrap().to_owned()).collect();
    texts.sort();
    texts
}

/// The texts at a place in each of a list's entries, sorted.
fn each(list: &Value, place: &str) -> Vec<String> {
    let mut found: Vec<String> = match list {
        Value::Array(list) => {
            list.iter().map(|entry| entry.pointer(place).unwrap().as_str().unwrap().to_owned()).collect()
        }
        Value::Object(map) => {
            map.values().map(|entry| entry.pointer(place).unwrap().as_str().unwrap().to_owned()).collect()
        }
        _ => vec![],
    };
    found.sort();
    found
}

const SEEN: &str = "... on Contact { displayName emails { address } phones { number } updatedAt
        jscontact: card four: card(format: VCARD_4) three: card(format: VCARD_3) }
    ... on Policymaker { appointments(current: true) { title institution { displayName } } }";

#[tokio::test]
async fn hold_what_their_viewer_sees_by_fields_and_nothing_else() {
    for backend in backends() {
        let server = Server::start_with(*backend, &["--limit-requests=100000", "--limit-budget=100000000"]).await;
        let mut compared = 0;
        for viewer in viewers(&server).await {
            for who in ["open", "guarded", "secret", "consenting", "recorded", "newcomer", "home", "applicant"] {
                let answer = viewer.ask(&server, &format!("{{ node(id: ${who}) {{ {SEEN} }} }}")).await;
                let seen = &answer.json["data"]["node"];
                match (answer.error().0, viewer.name) {
                    ("UNAUTHENTICATED", "anonymous") => continue,
                    ("FORBIDDEN", "account" | "suspended" | "applicant" | "agency" | "agency_writing") => continue,
                    ("", _) if seen.is_null() => continue,
                    ("", _) => {}
                    (code, name) => panic!("{code} for {name}: {}", answer.text),
                }
                compared += 1;
                let told: Value = serde_json::from_str(seen["jscontact"].as_str().unwrap()).unwrap();
                let emails = each(&seen["emails"], "/address");
                let phones = each(&seen["phones"], "/number");
                let titles = each(&seen["appointments"], "/title");
                assert_eq!(each(&told["emails"], "/address"), emails, "{} {who}", viewer.name);
                assert_eq!(each(&told["phones"], "/number"), phones);
                assert_eq!(each(&told["titles"], "/name"), titles);
                let mut offices = match &seen["appointments"] {
                    Value::Null => vec![seen["displayName"].as_str().unwrap().to_owned()],
                    appointments => each(appointments, "/institution/displayName"),
                };
                offices.dedup();
                assert_eq!(each(&told["organizations"], "/name"), offices);
                assert_eq!((&told["name"]["full"], told["updated"].is_string()), (&seen["displayName"], true));
                for format in ["four", "three"] {
                    let card = parsed(seen[format].as_str().unwrap());
                    assert_eq!(texts(&card, &VCardProperty::Email), emails, "{} {who}", viewer.name);
                    assert_eq!(texts(&card, &VCardProperty::Tel), phones);
                    assert_eq!(texts(&card, &VCardProperty::Title), titles);
                    assert_eq!(texts(&card, &VCardProperty::Org), offices);
                    assert_eq!(texts(&card, &VCardProperty::Fn), [seen["displayName"].as_str().unwrap()]);
                }
            }
        }
        assert!(compared > 30, "{compared}");
    }
}

async fn made(server: &Server, token: &str, person: Value) -> Value {
    let query = "mutation($input: CreatePolicymakerInput!) { createPolicymaker(input: $input) {
        policymaker { id version } userErrors { field code } } }";
    let answer = server.ask_as_with(token, query, json!({ "input": person })).await;
    assert_eq!(answer.data()["createPolicymaker"]["userErrors"], json!([]), "{}", answer.text);
    answer.data()["createPolicymaker"]["policymaker"].clone()
}

async fn card(server: &Server, token: &str, id: &Value, format: &str) -> String {
    let query = format!("query($id: ID!) {{ node(id: $id) {{ ... on Contact {{ card(format: {format}) }} }} }}");
    let answer: Answer = server.ask_as_with(token, &query, json!({ "id": id })).await;
    answer.data()["node"]["card"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn tell_names_in_their_scripts_with_their_languages() {
    on_each_database(|server| async move {
        let admin = server.account("secretary@example.org", &[Grant::Admin]).await;
        let kofic = server.ask(r#"{ institution(by: {slug: "kr-kofic"}) { id names { language text } } }"#).await;
        let kofic = kofic.data()["institution"].clone();
        let position = json!([{
            "institution": kofic["id"], "title": "Director, Co-productions; International",
            "emails": [
                { "address": "first@example.org", "visibility": "PUBLIC", "kind": "PERSONAL" },
                { "address": "second@example.org", "visibility": "MEMBERS", "preferred": true },
            ],
            "phones": [{ "number": "+82 2 2669 9800", "visibility": "PUBLIC", "kind": "MOBILE" }],
        }]);
        let korean = json!({
            "givenName": "Jimin", "familyName": "Gyeonbon", "honorific": "Dr", "nativeName": "견본지민", "country": "KR",
            "languages": ["ko", "en"], "appointments": position,
        });
        let thai = json!({
            "givenName": "Somchai", "nativeName": "สมชาย", "country": "TH", "languages": ["en"], "appointments": position,
        });
        let (korean, thai) = (made(&server, &admin, korean).await, made(&server, &admin, thai).await);
        for (person, language, native) in [(&korean, "ko", "견본지민"), (&thai, "th", "สมชาย")] {
            let told: Value = serde_json::from_str(&card(&server, &admin, &person["id"], "JSCONTACT").await).unwrap();
            assert_eq!(told["localizations"][language]["name"]["full"], native);
            let four = parsed(&card(&server, &admin, &person["id"], "VCARD_4").await);
            let names: Vec<_> = four.properties(&VCardProperty::Fn).collect();
            assert_eq!(names.len(), 2);
            assert!(names[0].alt_id().is_some() && names[0].alt_id() == names[1].alt_id(), "they are the same name");
            assert_eq!(names[1].language(), Some(language));
            assert_eq!(names[1].values.first().and_then(VCardValue::as_text), Some(native));
            let offices = four.properties(&VCardProperty::Org).count();
            assert_eq!(offices, kofic["names"].as_array().unwrap().len(), "in each language that is known");
        }

        let four = card(&server, &admin, &korean["id"], "VCARD_4").await;
        let unfolded = four.replace("\r\n ", "");
        for line in [
            "KIND:individual",
            "N;JSCOMPS=\";3;1;0\":Gyeonbon;Jimin;;Dr;",
            "o1.TITLE;PROP-ID=t1:Director\\, Co-productions\\; International",
            "EMAIL;TYPE=HOME;PROP-ID=e1:first@example.org",
            "EMAIL;TYPE=WORK;PREF=1;PROP-ID=e2:second@example.org",
            "TEL;TYPE=CELL,VOICE;PROP-ID=p1:+82226699800",
            "ADR;CC=KR;PROP-ID=a1;JSCOMPS=\";6\":;;;;;;Republic of Korea",
            "LANG;PROP-ID=l1:ko",
            "REV:20261122T120000Z",
        ] {
            assert!(unfolded.split("\r\n").any(|told| told == line), "{line} in {unfolded}");
        }
        assert!(four.split("\r\n").all(|line| line.len() <= 75), "{four}");
        assert_eq!(four, card(&server, &admin, &korean["id"], "VCARD_4").await, "the same bytes");

        let uid = parsed(&four).uid().unwrap().to_owned();
        assert!(uid.starts_with("urn:uuid:"), "{uid}");
        for format in FORMATS {
            assert!(card(&server, &admin, &korean["id"], format).await.contains(&uid), "the same in each form");
        }
        let three = card(&server, &admin, &korean["id"], "VCARD_3").await.replace("\r\n ", "");
        for line in ["VERSION:3.0", "FN;LANGUAGE=ko:견본지민", "EMAIL;TYPE=INTERNET,WORK,PREF:second@example.org"] {
            assert!(three.split("\r\n").any(|told| told == line), "{line} in {three}");
        }
        for newer in ["KIND", "ALTID", "PROP-ID", "JSCOMPS", "CHARSET", "LANG:"] {
            assert!(!three.contains(newer), "{newer} in {three}");
        }
        // What the library reads of it as JSContact says the same.
        let read = JSContact::<String, String>::parse(&card(&server, &admin, &korean["id"], "JSCONTACT").await)
            .unwrap()
            .into_vcard()
            .unwrap();
        assert_eq!(read.uid(), Some(uid.as_str()));
    })
    .await;
}

#[tokio::test]
async fn of_institutions_tell_their_names_in_all_languages() {
    on_each_database(|server| async move {
        let member = server.account("rep.kh@example.org", &[Grant::Representative("kh-mcfa")]).await;
        let found =
            server.ask(r#"{ institution(by: {slug: "kr-kofic"}) { id names { language text } website city } }"#);
        let kofic = found.await.data()["institution"].clone();
        let four = parsed(&card(&server, &member, &kofic["id"], "VCARD_4").await);
        let names = kofic["names"].as_array().unwrap();
        assert!(names.len() > 1, "{names:?}");
        for name in names {
            for property in [VCardProperty::Fn, VCardProperty::Org] {
                let mut told = four.properties(&property);
                assert!(
                    told.any(|entry| entry.language() == name["language"].as_str()
                        && entry.values.first().and_then(VCardValue::as_text) == name["text"].as_str()),
                    "{name}"
                );
            }
        }
        assert_eq!(texts(&four, &VCardProperty::Url), [kofic["website"].as_str().unwrap()]);
        let told: Value = serde_json::from_str(&card(&server, &member, &kofic["id"], "JSCONTACT").await).unwrap();
        assert_eq!((&told["kind"], &told["language"]), (&json!("org"), &json!("en")));
        assert_eq!(told["addresses"]["a1"]["countryCode"], "KR");
    })
    .await;
}

#[tokio::test]
async fn take_as_many_statements_for_one_as_for_a_hundred() {
    for backend in backends() {
        let server =
            Server::start_with(*backend, &["--cache=0", "--limit-cost=100000000", "--limit-budget=1000000000"]).await;
        let admin = server.account("secretary@example.org", &[Grant::Admin]).await;
        let counted = async |list: &str, size: usize| {
            let before = server.statements();
            let answer = server.ask_as(&admin, &format!("{{ {list}(first: {size}) {{ nodes {{ card }} }} }}")).await;
            let cards = answer.data()[list]["nodes"].as_array().unwrap().len();
            (cards, server.statements() - before)
        };
        for list in ["institutions", "policymakers"] {
            // Whoever asks is known since a moment ago.
            counted(list, 1).await;
            let (one, few) = counted(list, 1).await;
            let (many, as_many) = counted(list, 100).await;
            assert!(one == 1 && many > 50, "{many} {list}");
            // Who asks is looked up again after a second.
            assert!(as_many <= few + 1 && few <= 8, "{list}: {few} for one, {as_many} for {many}");
        }
        let dear = server.ask_as(&admin, "{ policymakers(first: 60) { nodes { card(format: VCARD_3) } } }").await;
        assert_eq!(dear.status, 200);
    }
}
