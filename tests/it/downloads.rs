//! Contacts as files: for whom, of whom, in which forms, and how they are asked for again.
use std::{collections::BTreeSet, io::Cursor, sync::atomic::Ordering};

use api::config::TokenHolder;
use calamine::{Data, Reader as _, Xlsx, open_workbook_from_rs};
use calcard::{Entry, Parser, vcard::VCard};
use entity::{consent, institution, localized};
use harness::{Answer, Grant, Server, backends, on_each_database, viewers, with_people_on_each_database};
use reqwest::{Response, StatusCode};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
};
use serde_json::{Value, json};
use type_safe_id::{DynamicType, TypeSafeId};
use uuid::Uuid;

const FILES: [&str; 5] =
    ["/contacts.vcf", "/contacts.vcf?version=3", "/contacts.csv", "/contacts.xlsx", "/contacts.jsonl"];
const FORMULA: &str = r#"=HYPERLINK("http://example.org","Film; =1+1")"#;

async fn get(server: &Server, token: &str, path: &str) -> Response {
    server.request("GET", path).bearer_auth(token).send().await.unwrap()
}

async fn bytes(server: &Server, token: &str, path: &str) -> Vec<u8> {
    let response = get(server, token, path).await;
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    response.bytes().await.unwrap().to_vec()
}

async fn text(server: &Server, token: &str, path: &str) -> String {
    String::from_utf8(bytes(server, token, path).await).unwrap()
}

async fn cards(server: &Server, token: &str, path: &str) -> Vec<Value> {
    let text = text(server, token, path).await;
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn parsed(text: &str) -> Vec<VCard> {
    let mut parser = Parser::new(text).strict();
    let mut found = vec![];
    loop {
        match parser.entry() {
            Entry::VCard(card) => found.push(card),
            Entry::Eof => return found,
            other => panic!("{other:?}"),
        }
    }
}

/// The rows of a file of comma-separated values, without the headings.
fn rows(content: &[u8]) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_reader(content.strip_prefix(b"\xef\xbb\xbf").expect("a mark"));
    assert_eq!(reader.headers().unwrap().iter().take(2).collect::<Vec<_>>(), ["Kind", "Name"]);
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn workbook(content: Vec<u8>) -> Vec<Vec<Data>> {
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(content)).unwrap();
    assert_eq!(book.sheet_names(), ["Contacts"]);
    assert_eq!(book.worksheet_formula("Contacts").unwrap().used_cells().count(), 0);
    book.worksheet_range("Contacts").unwrap().rows().skip(1).map(<[Data]>::to_vec).collect()
}

/// An agency's machine that may read contacts.
async fn agency(server: &Server, admin: &str) -> String {
    server.member("kr-kofic").await;
    let kofic = server.ask(r#"{ institution(by: {slug: "kr-kofic"}) { id } }"#).await;
    let query = "mutation($input: CreateAgencyClientInput!) { createAgencyClient(input: $input) {
        agencyClient { clientId } userErrors { code } } }";
    let input = json!({ "input": { "name": "Address book", "institution": kofic.data()["institution"]["id"],
        "scopes": ["CONTACTS_READ"] } });
    let made = server.ask_as_with(admin, query, input).await;
    let client = made.data()["createAgencyClient"]["agencyClient"]["clientId"].as_str().unwrap().to_owned();
    server.token_of(&TokenHolder::agency(&client)).await
}

async fn rename(server: &Server, slug: &str, name: &str) -> Uuid {
    let db = server.database().await;
    let row = institution::Entity::find().filter(institution::Column::Slug.eq(slug)).one(&db).await.unwrap().unwrap();
    let mut row = row.into_active_model();
    let name = localized::LocalizedText { language: "en".into(), text: name.into() };
    row.names = Set(localized::LocalizedTexts::new(&[name]));
    row.update(&db).await.unwrap().id
}

/// Puts as many institutions into the database.
async fn many(server: &Server, count: usize) {
    let db = server.database().await;
    let like = institution::Column::Slug.eq("kr-kofic");
    let like = institution::Entity::find().filter(like).one(&db).await.unwrap().unwrap();
    for batch in (0..count).collect::<Vec<_>>().chunks(500) {
        let rows = batch.iter().map(|number| {
            let mut row = like.clone().into_active_model().reset_all();
            row.id = Set(Uuid::now_v7());
            row.slug = Set(format!("kr-another-{number}"));
            row
        });
        institution::Entity::insert_many(rows).exec_without_returning(&db).await.unwrap();
    }
}

#[tokio::test]
async fn are_for_members_and_machines_that_may_read_contacts() {
    for backend in backends() {
        let server = Server::start_with(*backend, &["--limit-requests=100000", "--limit-budget=100000000"]).await;
        for viewer in viewers(&server).await {
            let expected = match viewer.name {
                "anonymous" => (401, "UNAUTHENTICATED"),
                "account" | "suspended" | "applicant" | "agency" | "agency_writing" => (403, "FORBIDDEN"),
                _ => (200, ""),
            };
            for path in FILES {
                let request = server.request("GET", path);
                let request = viewer.token.iter().fold(request, |request, token| request.bearer_auth(token));
                let response = request.send().await.unwrap();
                assert_eq!(response.headers().contains_key("www-authenticate"), expected.0 == 401);
                assert_eq!(response.headers().contains_key("etag"), expected.0 == 200);
                let status = response.status().as_u16();
                let code = if status == 200 { String::new() } else { Answer::of(response).await.error().0.to_owned() };
                assert_eq!((status, code.as_str()), expected, "{} {path}", viewer.name);
            }
        }
        let bad = server.request("GET", "/contacts.vcf").bearer_auth("nonsense").send().await.unwrap();
        assert_eq!(bad.status(), 401);
    }
}

#[tokio::test]
async fn what_is_asked_wrongly_is_refused_with_what_is_wrong() {
    on_each_database(|server| async move {
        let admin = server.account("secretary@example.org", &[Grant::Admin]).await;
        for (path, field) in [
            ("/contacts.vcf?version=5", "version"),
            ("/contacts.csv?version=3", "version"),
            ("/contacts.csv?nonsense=1", "nonsense"),
            ("/contacts.csv?kind=ROBOT", "kind"),
            ("/contacts.csv?country=KR&country=Korea", "country"),
            ("/contacts.csv?institutionKind=SCHOOL", "institutionKind"),
            ("/contacts.csv?policyArea=", "policyArea"),
        ] {
            let answer = Answer::of(get(&server, &admin, path).await).await;
            assert_eq!((answer.status, answer.error()), (400, ("BAD_USER_INPUT", field)), "{path}: {}", answer.text);
        }
        let faulty = Answer::of(get(&server, &admin, "/contacts.csv?institution=nothing").await).await;
        assert_eq!((faulty.status, faulty.error().0), (400, "BAD_USER_INPUT"), "{}", faulty.text);
        let posted = server.request("POST", "/contacts.vcf").bearer_auth(&admin).send().await.unwrap();
        assert_eq!((posted.status().as_u16(), posted.headers()["allow"].to_str().unwrap()), (405, "GET, HEAD"));
        assert_eq!(get(&server, &admin, "/contacts.pdf").await.status(), 404);
    })
    .await;
}

#[tokio::test]
async fn hold_the_cards_that_the_contract_answers() {
    with_people_on_each_database(|server| async move {
        let admin = server.account("secretary@example.org", &[Grant::Admin]).await;
        let own = server.account("rep.kr@example.org", &[Grant::Representative("kr-kofic")]).await;
        for token in [&admin, &own] {
            let mut expected: [BTreeSet<String>; 3] = Default::default();
            for list in ["institutions", "policymakers"] {
                let mut after = Value::Null;
                loop {
                    let query = format!(
                        "query($after: String) {{ {list}(first: 100, after: $after) {{
                            nodes {{ a: card b: card(format: VCARD_4) c: card(format: VCARD_3) }}
                            pageInfo {{ endCursor hasNextPage }} }} }}"
                    );
                    let answer = server.ask_as_with(token, &query, json!({ "after": after })).await;
                    let page = &answer.data()[list];
                    for node in page["nodes"].as_array().unwrap() {
                        for (place, field) in ["a", "b", "c"].iter().enumerate() {
                            expected[place].insert(node[field].as_str().unwrap().to_owned());
                        }
                    }
                    after = page["pageInfo"]["endCursor"].clone();
                    if page["pageInfo"]["hasNextPage"] == false {
                        break;
                    }
                }
            }
            let found = text(&server, token, "/contacts.jsonl").await;
            let count = expected[0].len();
            assert!(count > 200, "{count}");
            assert_eq!(found.lines().map(str::to_owned).collect::<BTreeSet<_>>(), expected[0]);
            for (path, expected) in [("/contacts.vcf", &expected[1]), ("/contacts.vcf?version=3", &expected[2])] {
                let file = text(&server, token, path).await;
                assert_eq!(parsed(&file).len(), count);
                let found = file.split_inclusive("END:VCARD\r\n").map(str::to_owned).collect::<BTreeSet<_>>();
                assert_eq!(&found, expected, "{path}");
                assert_eq!(file, text(&server, token, path).await, "the same bytes");
            }
            let table = rows(&bytes(&server, token, "/contacts.csv").await);
            let book = workbook(bytes(&server, token, "/contacts.xlsx").await);
            assert_eq!((table.len(), book.len()), (count, count));
            for (row, line) in table.iter().zip(&book) {
                assert_eq!(row.last().unwrap(), &line.last().unwrap().to_string(), "in the same order");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn carry_those_whom_a_filter_lets_pass() {
    with_people_on_each_database(|server| async move {
        let admin = server.account("secretary@example.org", &[Grant::Admin]).await;
        let all = cards(&server, &admin, "/contacts.jsonl").await;
        let count = |wanted: &dyn Fn(&Value) -> bool| all.iter().filter(|card| wanted(card)).count();
        let country = |card: &Value| card["addresses"]["a1"]["countryCode"].as_str().unwrap_or_default().to_owned();
        let (people, offices) = (count(&|card| card["kind"] == "individual"), count(&|card| card["kind"] == "org"));
        assert!(people > 50 && offices > 100);
        let kofic = server.ask(r#"{ institution(by: {slug: "kr-kofic"}) { id } }"#).await;
        let kofic = &kofic.data()["institution"]["id"];
        let held = "{ policymakers(first: 100) { nodes { appointments { institution { id } } } } }";
        let held = server.ask_as(&admin, held).await;
        let there = held.data()["policymakers"]["nodes"].as_array().unwrap().iter().filter(|person| {
            person["appointments"].as_array().unwrap().iter().any(|position| position["institution"]["id"] == *kofic)
        });
        for (filter, expected) in [
            ("kind=PERSON".to_owned(), people),
            ("kind=ORGANIZATION".to_owned(), offices),
            ("kind=ORGANIZATION&kind=PERSON".to_owned(), people + offices),
            ("country=KR".to_owned(), count(&|card| country(card) == "KR")),
            ("country=KR&country=TH".to_owned(), count(&|card| ["KR", "TH"].contains(&country(card).as_str()))),
            ("kind=PERSON&country=KR".to_owned(), count(&|card| country(card) == "KR" && card["kind"] == "individual")),
            (format!("kind=PERSON&institution={}", kofic.as_str().unwrap()), there.count()),
        ] {
            let found = cards(&server, &admin, &format!("/contacts.jsonl?{filter}")).await;
            assert_eq!(found.len(), expected, "{filter}");
            assert!(expected > 0, "{filter}");
        }
        let ministries = cards(&server, &admin, "/contacts.jsonl?institutionKind=MINISTRY&kind=ORGANIZATION").await;
        let counted = server.ask_as(&admin, "{ institutions(filter: {kind: [MINISTRY]}) { totalCount } }").await;
        assert_eq!(counted.data()["institutions"]["totalCount"], ministries.len());
        let films = cards(&server, &admin, "/contacts.jsonl?policyArea=FILM&policyArea=MUSIC&kind=PERSON").await;
        let counted =
            server.ask_as(&admin, "{ policymakers(filter: {policyArea: [FILM, MUSIC]}) { totalCount } }").await;
        assert_eq!(counted.data()["policymakers"]["totalCount"], films.len());
    })
    .await;
}

#[tokio::test]
async fn carry_for_an_agency_those_who_consented_and_nobodys_hidden_addresses() {
    on_each_database(|server| async move {
        let admin = server.account("secretary@example.org", &[Grant::Admin]).await;
        let abroad = server.account("rep.kh@example.org", &[Grant::Representative("kh-mcfa")]).await;
        let agency = agency(&server, &admin).await;
        let kofic = server.ask(r#"{ institution(by: {slug: "kr-kofic"}) { id } }"#).await;
        let kofic = kofic.data()["institution"]["id"].clone();
        let mut made = vec![];
        for name in ["Bora", "Dara"] {
            let point = |visibility: &str| {
                json!({ "address": format!("{name}.{visibility}@example.org").to_lowercase(), "visibility": visibility })
            };
            let number = |visibility: &str, number: &str| json!({ "number": number, "visibility": visibility });
            let person = json!({ "givenName": name, "familyName": "Invented", "country": "KR", "appointments": [{
                "institution": kofic, "title": "Director",
                "emails": [point("PUBLIC"), point("MEMBERS"), point("SECRETARIAT")],
                "phones": [number("SECRETARIAT", "+82 2 2669 9800")],
            }] });
            let query = "mutation($input: CreatePolicymakerInput!) { createPolicymaker(input: $input) { policymaker { id } } }";
            let answer = server.ask_as_with(&admin, query, json!({ "input": person })).await;
            made.push(answer.data()["createPolicymaker"]["policymaker"]["id"].clone());
        }
        let consents = async |share: bool| {
            let query = "mutation($input: RecordConsentInput!) { recordConsent(input: $input) { userErrors { code } } }";
            let input = json!({ "id": made[0], "shareWithAgencies": share, "basis": "a form" });
            let answer = server.ask_as_with(&admin, query, json!({ "input": input })).await;
            assert_eq!(answer.data()["recordConsent"]["userErrors"], json!([]));
        };
        let people = |path: &str| format!("{path}{}kind=PERSON", if path.contains('?') { '&' } else { '?' });
        // Everything that is in a file, as text.
        let told = async |token: &str, path: &str| {
            let content = bytes(&server, token, &people(path)).await;
            if path.ends_with("xlsx") {
                format!("{:?}", workbook(content))
            } else {
                String::from_utf8(content).unwrap().replace("\r\n ", "")
            }
        };
        for path in FILES {
            let nobody = told(&agency, path).await;
            assert!(!nobody.contains("Bora") && !nobody.contains("Dara"), "{path}: {nobody}");
        }
        consents(true).await;
        for path in FILES {
            let of_agency = told(&agency, path).await;
            assert!(of_agency.contains("Bora Invented") && !of_agency.contains("Dara"), "{path}: {of_agency}");
            for (visibility, seen) in [("public", true), ("members", true), ("secretariat", false)] {
                assert_eq!(of_agency.contains(&format!("bora.{visibility}@example.org")), seen, "{path}: {of_agency}");
            }
            assert!(!of_agency.contains("82226699800"), "{path}");

            let of_member = told(&abroad, path).await;
            for name in ["bora", "dara"] {
                for (visibility, seen) in [("public", true), ("members", true), ("secretariat", false)] {
                    assert_eq!(of_member.contains(&format!("{name}.{visibility}@example.org")), seen, "{path}");
                }
            }
            let of_admin = told(&admin, path).await;
            assert!(of_admin.contains("dara.secretariat@example.org") && of_admin.contains("82226699800"), "{path}");
        }
        consents(false).await;
        for path in FILES {
            assert!(!told(&agency, path).await.contains("Bora"), "{path}");
        }
        // What another machine has recorded counts for that one, until it is confirmed.
        consents(true).await;
        let another = self::agency(&server, &admin).await;
        let machine = server.ask_as(&another, "{ viewer { ... on AgencyClient { id } } }").await;
        let machine = machine.data()["viewer"]["id"].as_str().unwrap().to_owned();
        let recorded = consent::ActiveModel {
            confirmed: Set(false),
            agency_client_id: Set(Some(machine.parse::<TypeSafeId<DynamicType>>().unwrap().uuid())),
            ..Default::default()
        };
        consent::Entity::update_many().set(recorded).exec(&server.database().await).await.unwrap();
        for path in FILES {
            assert!(told(&another, path).await.contains("Bora"), "{path}");
            assert!(!told(&agency, path).await.contains("Bora"), "{path}: though everybody may know of her");
        }
    })
    .await;
}

async fn tag(server: &Server, token: &str, path: &str) -> String {
    let response = get(server, token, path).await;
    assert_eq!(response.status(), 200);
    let tag = response.headers()["etag"].to_str().unwrap().to_owned();
    assert!(tag.starts_with('"'), "a strong one: {tag}");
    tag
}

async fn again(server: &Server, token: &str, path: &str, tag: &str) -> u16 {
    let request = server.request("GET", path).bearer_auth(token).header("if-none-match", tag);
    request.send().await.unwrap().status().as_u16()
}

/// The tag that is not another one any more, since all that began before what was written last is done, in other databases
/// of the same server, too.
async fn known(server: &Server, token: &str, path: &str) -> String {
    for _ in 0..1_000 {
        let tag = tag(server, token, path).await;
        if again(server, token, path, &tag).await == 304 {
            return tag;
        }
    }
    panic!("{path}: the tag is another one each time");
}

/// Changes what an institution's card says.
async fn moves(server: &Server, admin: &str, slug: &str, city: &str) {
    let found = server.ask(&format!("{{ institution(by: {{slug: \"{slug}\"}}) {{ id version }} }}")).await;
    let found = &found.data()["institution"];
    let query =
        "mutation($input: UpdateInstitutionInput!) { updateInstitution(input: $input) { userErrors { code } } }";
    let input = json!({ "id": found["id"], "expectedVersion": found["version"], "city": city });
    let answer = server.ask_as_with(admin, query, json!({ "input": input })).await;
    assert_eq!(answer.data()["updateInstitution"]["userErrors"], json!([]), "{}", answer.text);
}

#[tokio::test]
async fn that_are_known_are_not_sent_again_until_something_changes() {
    for backend in backends() {
        let (server, passed) = Server::start_with_time(*backend).await;
        let admin = server.account("secretary@example.org", &[Grant::Admin]).await;
        let own = server.account("rep.kr@example.org", &[Grant::Representative("kr-kofic")]).await;
        let agency = agency(&server, &admin).await;
        for path in FILES {
            let mut known = BTreeSet::new();
            for token in [&admin, &own, &agency] {
                let first = tag(&server, token, path).await;
                assert_eq!(again(&server, token, path, &first).await, 304, "{path}");
                assert_eq!(again(&server, token, path, &format!("\"x\", W/{first}")).await, 304, "{path}");
                assert_eq!(again(&server, token, path, "*").await, 304, "{path}");
                assert_eq!(again(&server, token, path, "\"x\"").await, 200, "{path}");
                known.insert(first);
            }
            assert_eq!(known.len(), 3, "each viewer's is another one");
        }
        let vcf = tag(&server, &admin, "/contacts.vcf").await;
        assert_ne!(vcf, tag(&server, &admin, "/contacts.vcf?version=3").await);
        assert_ne!(vcf, tag(&server, &admin, "/contacts.vcf?country=KR").await);
        assert_eq!(vcf, tag(&server, &admin, "/contacts.vcf?version=4").await, "the same");
        let both = tag(&server, &admin, "/contacts.vcf?country=TH&country=KR").await;
        assert_eq!(
            both,
            tag(&server, &admin, "/contacts.vcf?country=KR&country=TH&country=KR").await,
            "however it is put"
        );

        // The answer that says so tells the tag, and nothing else of the file.
        let request = server.request("GET", "/contacts.vcf").bearer_auth(&admin).header("if-none-match", &vcf);
        let response = request.send().await.unwrap();
        assert_eq!((response.status().as_u16(), response.headers()["etag"].to_str().unwrap()), (304, vcf.as_str()));
        assert!(response.bytes().await.unwrap().is_empty());

        // What has nothing to do with contacts.
        let client = client_of(&server, &agency).await;
        self::agency(&server, &admin).await;
        assert_eq!(again(&server, &admin, "/contacts.vcf", &vcf).await, 304);
        moves(&server, &admin, "kr-kofic", "Jeju").await;
        for (token, path) in [(&admin, "/contacts.vcf"), (&own, "/contacts.csv"), (&agency, "/contacts.jsonl")] {
            known(&server, token, path).await;
        }
        assert_eq!(again(&server, &admin, "/contacts.vcf", &vcf).await, 200, "a change that the viewer sees");
        assert!(text(&server, &admin, "/contacts.vcf?version=3").await.contains("Jeju"));

        // Who holds a position depends on the day.
        let before = known(&server, &agency, "/contacts.xlsx").await;
        passed.store(300, Ordering::Relaxed);
        assert_eq!(again(&server, &agency, "/contacts.xlsx", &before).await, 304, "five minutes later");
        passed.store(13 * 3_600, Ordering::Relaxed);
        let agency = server.token_of(&TokenHolder::agency(&client)).await;
        assert_eq!(again(&server, &agency, "/contacts.xlsx", &before).await, 200, "on the next day");
    }
}

#[tokio::test]
async fn have_names_and_are_asked_about_without_being_sent() {
    with_people_on_each_database(|server| async move {
        let admin = server.account("secretary@example.org", &[Grant::Admin]).await;
        for (path, kind, name) in [
            ("/contacts.vcf", "text/vcard; version=4.0; charset=utf-8", "contacts-2026-11-22.vcf"),
            ("/contacts.vcf?version=3", "text/vcard; version=3.0; charset=utf-8", "contacts-2026-11-22.vcf"),
            ("/contacts.csv", "text/csv; charset=utf-8", "contacts-2026-11-22.csv"),
            (
                "/contacts.xlsx",
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                "contacts-2026-11-22.xlsx",
            ),
            ("/contacts.jsonl", "application/jsonl", "contacts-2026-11-22.jsonl"),
        ] {
            let got = get(&server, &admin, path).await;
            let told = got.headers().clone();
            got.bytes().await.unwrap();
            let mut asked = vec![];
            let mut head = server.request("HEAD", path).bearer_auth(&admin).send().await.unwrap();
            for _ in 0..3 {
                let before = server.statements();
                head = server.request("HEAD", path).bearer_auth(&admin).send().await.unwrap();
                asked.push(server.statements() - before);
            }
            // What the tag is made of, and who asks, who is looked up again after a second.
            assert!(asked.iter().min() <= Some(&6), "no contact is read: {asked:?}");
            for header in ["content-type", "content-disposition", "etag", "cache-control", "vary"] {
                assert_eq!(told[header], head.headers()[header], "{path}: {header}");
            }
            assert_eq!(head.headers()["content-type"], kind);
            assert_eq!(head.headers()["content-disposition"], format!("attachment; filename=\"{name}\""));
            assert_eq!(head.headers()["cache-control"], "private, no-cache");
            assert_eq!(head.status(), 200);
            assert!(head.bytes().await.unwrap().is_empty());
        }

        // Compressed it is another file, with another tag, by which it is known as well.
        let plain = tag(&server, &admin, "/contacts.csv").await;
        let zipped = server.request("GET", "/contacts.csv").bearer_auth(&admin).header("accept-encoding", "gzip");
        let zipped = zipped.send().await.unwrap();
        assert_eq!(zipped.headers()["content-encoding"], "gzip");
        let of_zipped = zipped.headers()["etag"].to_str().unwrap().to_owned();
        assert_eq!(of_zipped, format!("{}-gzip\"", plain.trim_end_matches('"')));
        assert_eq!(again(&server, &admin, "/contacts.csv", &of_zipped).await, 304);
        let book = server.request("GET", "/contacts.xlsx").bearer_auth(&admin).header("accept-encoding", "gzip");
        assert!(!book.send().await.unwrap().headers().contains_key("content-encoding"), "it is compressed already");
    })
    .await;
}

#[tokio::test]
async fn hold_no_formulas() {
    on_each_database(|server| async move {
        let admin = server.account("secretary@example.org", &[Grant::Admin]).await;
        rename(&server, "kr-kofic", FORMULA).await;
        let table = rows(&bytes(&server, &admin, "/contacts.csv").await);
        let named: Vec<_> = table.iter().filter(|row| row[1].contains("HYPERLINK")).collect();
        assert_eq!(named.len(), 1);
        assert_eq!(named[0][1], r#"'=HYPERLINK("http://example.org","Film;' =1+1")"#);
        assert!(table.iter().flatten().all(|cell| !cell.starts_with(['=', '+', '-', '@'])));
        let book = workbook(bytes(&server, &admin, "/contacts.xlsx").await);
        let named: Vec<_> = book.iter().filter(|row| row[1] == *FORMULA).collect();
        assert!(matches!(named[..], [row] if matches!(row[1], Data::String(_))), "as it is written, and text");
        let found = text(&server, &admin, "/contacts.vcf").await;
        assert_eq!(parsed(&found).len(), table.len());
    })
    .await;
}

#[tokio::test]
async fn take_their_statements_page_by_page() {
    for backend in backends() {
        let server = Server::start_with(*backend, &["--limit-requests=100000"]).await;
        let admin = server.account("secretary@example.org", &[Grant::Admin]).await;
        let counted = async |path: &str| {
            let before = server.statements();
            let found = cards(&server, &admin, path).await;
            (found.len(), server.statements() - before)
        };
        let path = "/contacts.jsonl?kind=ORGANIZATION&country=KR";
        counted(path).await;
        let (few, once) = counted(path).await;
        many(&server, 1_600).await;
        let (more, paged) = counted(path).await;
        assert_eq!(more, few + 1_600);
        // Four pages instead of one, each as dear as the first, and who asks is looked up again after a second.
        let pages = u64::try_from(more.div_ceil(500)).unwrap();
        assert_eq!(pages, 4);
        assert!(paged > once && paged <= once + (pages - 1) * 4 + 10, "{once} {paged}");
        let book = workbook(bytes(&server, &admin, &path.replace("jsonl", "xlsx")).await);
        assert_eq!(book.len(), more);
    }
}

#[tokio::test]
async fn wait_for_who_reads_them_and_end_when_they_are_not_theirs_any_more() {
    for backend in backends() {
        let server = Server::start_with(*backend, &["--limit-requests=100000"]).await;
        let admin = server.account("secretary@example.org", &[Grant::Admin]).await;
        let agency = agency(&server, &admin).await;
        many(&server, 30_000).await;
        let mut response = get(&server, &agency, "/contacts.jsonl?kind=ORGANIZATION").await;
        assert!(!response.chunk().await.unwrap().unwrap().is_empty());
        let viewer = server.ask_as(&agency, "{ viewer { ... on AgencyClient { id } } }").await;
        let id = &viewer.data()["viewer"]["id"];
        let revoke =
            "mutation($input: RevokeAgencyClientInput!) { revokeAgencyClient(input: $input) { userErrors { code } } }";
        let revoked = server.ask_as_with(&admin, revoke, json!({ "input": { "id": id } })).await;
        assert_eq!(revoked.data()["revokeAgencyClient"]["userErrors"], json!([]));
        server.refuses_soon(&agency).await;
        let mut lines = 0;
        let ended = loop {
            match response.chunk().await {
                Ok(Some(chunk)) => lines += chunk.iter().filter(|byte| **byte == b'\n').count(),
                Ok(None) => break "whole",
                Err(_) => break "cut off",
            }
        };
        assert_eq!(ended, "cut off", "after {lines} contacts");
        assert!(lines < 30_000);
    }
}

/// What the machine with this token calls itself.
async fn client_of(server: &Server, token: &str) -> String {
    let answer = server.ask_as(token, "{ viewer { ... on AgencyClient { clientId } } }").await;
    answer.data()["viewer"]["clientId"].as_str().unwrap().to_owned()
}
