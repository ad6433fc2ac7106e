//! Applying for membership without representing the institution: with an address that is confirmed first.
use std::sync::atomic::Ordering;

use entity::{change_log, institution, membership, membership_applicant, membership_application};
use futures_util::future::join_all;
use harness::{Answer, Backend, Grant, Letter, Postbox, Server, backends, on_each_database};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter as _,
};
use serde_json::{Value, json};
use sha2::Digest as _;
use uuid::Uuid;

use crate::idempotency::{institution, under};

const APPLY: &str = "mutation($input: ApplyForMembershipInput!) { applyForMembership(input: $input) {
    membership { status } userErrors { field code } } }";
const CONFIRM: &str = "mutation($token: String!) { confirmApplication(input: {token: $token}) {
    membership { status } userErrors { field code } } }";
const DAY: u64 = 24 * 3_600;

/// What the network is told that takes an application in.
fn taken() -> Value {
    json!({ "membership": null, "userErrors": [] })
}

/// An application of somebody for an institution that the network does not know.
fn new(email: &str) -> Value {
    json!({
        "newInstitution": {
            "names": [{ "language": "ko", "text": "한강영화기록원" }, { "language": "en", "text": "Han River Film Archive" }],
            "kind": "FILM_BODY", "country": "KR", "city": "Seoul", "website": "https://archive.example.org/",
            "policyAreas": ["FILM"],
            "descriptions": [{ "language": "en", "text": "Keeps films." }],
            "emails": [{ "address": "desk@archive.example.org", "visibility": "PUBLIC" }],
            "phones": [{ "number": "+82 2-2669-9800", "visibility": "MEMBERS" }],
        },
        "tier": "ASSOCIATE",
        "applicant": { "name": "Nari Invented", "email": email },
        "message": "We keep what others forget.",
    })
}

/// An application of somebody for an institution.
async fn known(server: &Server, slug: &str, email: &str) -> Value {
    let of = institution(server, slug).await;
    json!({ "institution": of, "tier": "FULL", "applicant": { "name": "Nari Invented", "email": email } })
}

async fn apply(server: &Server, token: Option<&str>, input: &Value) -> Answer {
    let variables = json!({ "input": input });
    match token {
        Some(token) => server.ask_as_with(token, APPLY, variables).await,
        None => server.ask_with(APPLY, variables).await,
    }
}

/// The codes of what is wrong with an application.
async fn faults(server: &Server, token: Option<&str>, input: &Value) -> Vec<(String, String)> {
    let answer = apply(server, token, input).await;
    let faults = answer.data()["applyForMembership"]["userErrors"].as_array().unwrap().clone();
    let path = |fault: &Value| {
        fault["field"].as_array().unwrap().iter().map(|part| part.as_str().unwrap()).collect::<Vec<_>>().join(".")
    };
    faults.iter().map(|fault| (path(fault), fault["code"].as_str().unwrap().to_owned())).collect()
}

async fn confirm(server: &Server, secret: &str) -> Value {
    server.ask_with(CONFIRM, json!({ "token": secret })).await.data()["confirmApplication"].clone()
}

/// The secret of the link in a letter, if the whole of it is there.
fn secret_in(letter: &str) -> Option<String> {
    let (_, secret) = letter.split_once("/application/")?;
    let secret: String =
        secret.chars().take_while(|sign| sign.is_ascii_alphanumeric() || "-_".contains(*sign)).collect();
    (secret.len() == 43).then_some(secret)
}

/// The letter with a link to confirm that comes besides these links, and its link's secret.
async fn letter(server: &Server, known: &[String]) -> (Letter, String) {
    loop {
        let letters = server.letters().into_iter();
        let mut found = letters.filter_map(|letter| secret_in(&letter.text).map(|secret| (letter, secret)));
        if let Some(found) = found.find(|(_, secret)| !known.contains(secret)) {
            return found;
        }
        tokio::task::yield_now().await;
    }
}

/// Applies, and takes the link out of the letter.
async fn applied(server: &Server, input: &Value, known: &mut Vec<String>) -> String {
    assert_eq!(apply(server, None, input).await.data()["applyForMembership"], taken());
    let (_, secret) = letter(server, known).await;
    known.push(secret.clone());
    secret
}

/// Has an institution be no member.
async fn no_member(server: &Server, slug: &str) {
    let (db, key) = (server.database().await, server.member(slug).await);
    let theirs = membership::Entity::delete_many().filter(membership::Column::InstitutionId.eq(key));
    theirs.exec(&db).await.unwrap();
}

/// What of a text the log holds.
async fn logged(server: &Server, text: &str) -> bool {
    let entries = change_log::Entity::find().all(&server.database().await).await.unwrap();
    entries.iter().any(|entry| format!("{entry:?}").contains(text))
}

#[tokio::test]
async fn a_new_institution_applies_confirms_is_endorsed_and_admitted() {
    on_each_database(|server| async move {
        let db = server.database().await;
        let focal = server.account("focal@example.org", &[Grant::FocalPoint("KR")]).await;
        let elsewhere = server.account("elsewhere@example.org", &[Grant::FocalPoint("KH")]).await;
        let admin = server.account("admin@example.org", &[Grant::Admin]).await;
        let entries = change_log::Entity::find().count(&db).await.unwrap();
        let institutions = institution::Entity::find().count(&db).await.unwrap();

        // Somebody applies: a letter comes, which says nothing that a stranger wrote, and nothing is in the network.
        assert_eq!(apply(&server, None, &new("nari@example.org")).await.data()["applyForMembership"], taken());
        let (letter, secret) = letter(&server, &[]).await;
        assert_eq!(letter.header("To"), "nari@example.org");
        let text = format!("{letter:?}").replace("nari@example.org", "");
        for told in ["Nari", "nari", "Han River", "forget"] {
            assert!(!text.contains(told), "{told}: {text}");
        }
        // The page shows what was applied for, and does nothing by itself.
        for _ in 0..2 {
            let page = server.get(&format!("/application/{secret}")).await;
            assert_eq!((page.status().as_u16(), &page.headers()["cache-control"]), (200, &"no-store".parse().unwrap()));
            assert_eq!(page.headers()["referrer-policy"], "no-referrer");
            let page = page.text().await.unwrap();
            for told in ["Han River Film Archive", "Nari Invented", "an associate member", "method=\"post\""] {
                assert!(page.contains(told), "{told}: {page}");
            }
            assert!(!page.contains("<script"), "{page}");
        }
        assert_eq!(change_log::Entity::find().count(&db).await.unwrap(), entries);
        assert_eq!(institution::Entity::find().count(&db).await.unwrap(), institutions);
        let found = "{ memberships(filter: {status: [APPLIED]}) { totalCount nodes { id version tier
            institution { id slug displayName city website membershipStatus emails { address } }
            applicants { name email message confirmedAt } representatives { name }
            history { by { name } from to } } } }";
        assert_eq!(server.ask_as(&admin, found).await.data()["memberships"]["totalCount"], 0);

        // Confirmed once, it is there for those who see it whole, with whoever applied.
        assert_eq!(confirm(&server, &secret).await, taken());
        let over = json!({ "membership": null, "userErrors": [{ "field": ["token"], "code": "EXPIRED" }] });
        assert_eq!(confirm(&server, &secret).await, over);
        assert_eq!(server.get(&format!("/application/{secret}")).await.status(), 404);
        assert_eq!(membership_application::Entity::find().count(&db).await.unwrap(), 0);
        let whole = server.ask_as(&focal, found).await.data()["memberships"].clone();
        assert_eq!(server.ask_as(&admin, found).await.data()["memberships"], whole);
        assert_eq!(server.ask_as(&elsewhere, found).await.data()["memberships"]["totalCount"], 0);
        assert_eq!(server.ask(found).await.data()["memberships"]["totalCount"], 0);
        let row = &whole["nodes"][0];
        assert_eq!((&whole["totalCount"], &row["tier"], &row["version"]), (&json!(1), &json!("ASSOCIATE"), &json!(1)));
        let of = &row["institution"];
        let slug = of["slug"].as_str().unwrap();
        assert_eq!(
            (slug, of["displayName"].as_str().unwrap(), of["city"].as_str().unwrap()),
            ("han-river-film-archive", "Han River Film Archive", "Seoul")
        );
        assert_eq!((&of["membershipStatus"], &of["emails"][0]["address"]), (&json!("APPLIED"), &json!("desk@archive.example.org")));
        let applicant = json!([{ "name": "Nari Invented", "email": "nari@example.org",
            "message": "We keep what others forget.", "confirmedAt": "2026-11-22T12:00:00Z" }]);
        assert_eq!((&row["applicants"], &row["representatives"]), (&applicant, &json!([])));
        assert_eq!(row["history"], json!([{ "by": null, "from": null, "to": "APPLIED" }]));

        // Nobody else knows of the institution.
        let hidden = format!(
            "{{ node(id: {}) {{ id }} institution(by: {{slug: \"{slug}\"}}) {{ id }}
            institutions(filter: {{text: \"Han River\"}}) {{ totalCount }} search(query: \"Han River\") {{ totalCount }} }}",
            of["id"]
        );
        let nothing =
            json!({ "node": null, "institution": null, "institutions": { "totalCount": 0 }, "search": { "totalCount": 0 } });
        assert_eq!(server.ask(&hidden).await.data(), &nothing);
        assert_eq!(server.ask_as(&elsewhere, &hidden).await.data(), &nothing);
        assert_eq!(server.ask_as(&focal, &hidden).await.data()["institutions"]["totalCount"], 1);

        // The log tells what was done, by nobody in particular, and nothing about a person.
        let log = server.ask_as(&admin, "{ auditLog(first: 2) { nodes { actor { name } operation changes { field new } } } }").await;
        let nodes = log.data()["auditLog"]["nodes"].clone();
        assert!(nodes.as_array().unwrap().iter().all(|entry| entry["actor"].is_null()), "{nodes}");
        assert!(log.text.contains(r#"{"field":"applicants","new":null}"#), "{}", log.text);
        for told in ["Nari", "nari@example.org", "forget", "desk@"] {
            assert!(!logged(&server, told).await, "{told}");
        }

        // It is endorsed and admitted: everybody knows.
        let id = &row["id"];
        let endorsed = format!("mutation {{ endorseMembership(input: {{id: {id}}}) {{ membership {{ status }} }} }}");
        let endorsed = server.ask_as(&focal, &endorsed).await;
        assert_eq!(endorsed.data()["endorseMembership"]["membership"]["status"], "ENDORSED");
        let approved = format!(
            "mutation {{ approveMembership(input: {{id: {id}, until: \"2027-11-21\"}}) {{ membership {{ status applicants {{ email }} }} }} }}"
        );
        let approved = server.ask_as(&admin, &approved).await;
        let approved = &approved.data()["approveMembership"]["membership"];
        assert_eq!(
            approved,
            &json!({ "status": "ACTIVE", "applicants": [{ "email": "nari@example.org" }] }),
            "who is invited"
        );
        let shown = format!(r#"{{ institution(by: {{slug: "{slug}"}}) {{ displayName membershipStatus membership {{ id }} }} }}"#);
        let public = json!({ "displayName": "Han River Film Archive", "membershipStatus": "ACTIVE", "membership": null });
        assert_eq!(server.ask(&shown).await.data()["institution"], public);

        // Its twin comes with another application, and is another institution.
        let mut links = vec![secret];
        let twin = applied(&server, &new("other@example.org"), &mut links).await;
        assert_eq!(confirm(&server, &twin).await, taken());
        let slugs = "{ institutions(filter: {text: \"Han River\"}, orderBy: {field: UPDATED_AT}) { nodes { slug } } }";
        let slugs = server.ask_as(&admin, slugs).await.data()["institutions"]["nodes"].clone();
        assert_eq!(slugs.as_array().unwrap().len(), 2, "{slugs}");
    })
    .await;
}

#[tokio::test]
async fn a_known_institution_is_applied_for_and_whether_it_was_before_is_not_told() {
    on_each_database(|server| async move {
        let (db, mut links) = (server.database().await, vec![]);
        let admin = server.account("admin@example.org", &[Grant::Admin]).await;
        no_member(&server, "kr-kofice").await;
        let mut secrets = vec![];
        for email in ["one@example.org", "two@example.org", "late@example.org", "ONE@example.org"] {
            let input = known(&server, "kr-kofice", email).await;
            secrets.push(applied(&server, &input, &mut links).await);
        }
        // By the page, and by the mutation: the first begins a membership, the second joins, and the same person is one.
        let page = async |secret: &str| {
            let answer = server.request("POST", &format!("/application/{secret}")).send().await.unwrap();
            (answer.status().as_u16(), answer.text().await.unwrap())
        };
        let (status, text) = page(&secrets[0]).await;
        assert_eq!(status, 200, "{text}");
        assert!(text.contains("is confirmed"), "{text}");
        assert_eq!(page(&secrets[0]).await.0, 404, "once");
        let before = server.statements();
        let joined = server.ask_with(CONFIRM, json!({ "token": secrets[1] })).await;
        assert_eq!(joined.data()["confirmApplication"], taken());
        assert!(server.statements() - before < 25);
        assert_eq!(confirm(&server, &secrets[3]).await, taken());
        let found = "{ memberships(filter: {status: [APPLIED]}) { nodes { id version applicants { email message } history { to } } } }";
        let found = server.ask_as(&admin, found).await.data()["memberships"]["nodes"].clone();
        let emails = json!([{ "email": "one@example.org", "message": null }, { "email": "two@example.org", "message": null }]);
        assert_eq!((found.as_array().unwrap().len(), &found[0]["applicants"]), (1, &emails));
        assert_eq!(found[0]["version"], 1, "what strangers do makes nobody's decision stale");
        assert_eq!(found[0]["history"], json!([{ "to": "APPLIED" }]), "that somebody joins is no step");

        // Once it is a member everybody may know: it is told at once, and to whoever is late.
        let approve = format!("mutation {{ approveMembership(input: {{id: {}}}) {{ userErrors {{ code }} }} }}", found[0]["id"]);
        assert_eq!(server.ask_as(&admin, &approve).await.data()["approveMembership"]["userErrors"], json!([]));
        let input = known(&server, "kr-kofice", "more@example.org").await;
        assert_eq!(faults(&server, None, &input).await, [("institution".to_owned(), "DUPLICATE".to_owned())]);
        let (status, text) = page(&secrets[2]).await;
        assert_eq!(status, 409, "{text}");
        assert!(text.contains("is a member by now"), "{text}");
        assert_eq!(confirm(&server, &secrets[2]).await["userErrors"], json!([{ "field": ["token"], "code": "DUPLICATE" }]));

        // When it is over, who applied is forgotten, and it may be applied for again.
        let withdraw =
            format!("mutation {{ withdrawMembership(input: {{id: {}, reason: \"left\"}}) {{ membership {{ status applicants {{ name }} }} }} }}", found[0]["id"]);
        let withdrawn = server.ask_as(&admin, &withdraw).await.data()["withdrawMembership"]["membership"].clone();
        assert_eq!(withdrawn, json!({ "status": "WITHDRAWN", "applicants": [] }));
        assert_eq!(membership_applicant::Entity::find().count(&db).await.unwrap(), 0);
        let secret = applied(&server, &input, &mut links).await;
        assert_eq!(confirm(&server, &secret).await, taken());
        let applied = server.ask_as(&admin, "{ memberships(filter: {status: [APPLIED]}) { nodes { id } } }").await;
        let id = applied.data()["memberships"]["nodes"][0]["id"].clone();
        let reject = format!("mutation {{ rejectMembership(input: {{id: {id}, reason: \"no\"}}) {{ membership {{ applicants {{ name }} }} }} }}");
        assert_eq!(server.ask_as(&admin, &reject).await.data()["rejectMembership"]["membership"], json!({ "applicants": [] }));
        assert_eq!(membership_applicant::Entity::find().count(&db).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn an_application_waits_for_seven_days() {
    for backend in backends() {
        let (server, passed) = Server::start_with_time(*backend).await;
        let (db, mut links) = (server.database().await, vec![]);
        let first = applied(&server, &new("one@example.org"), &mut links).await;
        let second = applied(&server, &new("two@example.org"), &mut links).await;
        passed.store(7 * DAY - 1, Ordering::Relaxed);
        assert_eq!(confirm(&server, &first).await, taken());
        passed.store(7 * DAY, Ordering::Relaxed);
        assert_eq!(confirm(&server, &second).await["userErrors"][0]["code"], "EXPIRED");
        assert_eq!(server.get(&format!("/application/{second}")).await.status(), 404);
        assert_eq!(server.request("POST", &format!("/application/{second}")).send().await.unwrap().status(), 404);
        // It is deleted though nobody asks.
        while membership_application::Entity::find().count(&db).await.unwrap() > 0 {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn neither_accounts_nor_hidden_institutions_are_told() {
    on_each_database(|server| async move {
        server.account("known@example.org", &[Grant::Admin]).await;
        no_member(&server, "kr-kofice").await;
        let mut links = vec![];
        let mut asked = vec![];
        for email in ["known@example.org", "unknown@example.org"] {
            let input = known(&server, "kr-kofice", email).await;
            let before = server.statements();
            let answer = apply(&server, None, &input).await;
            let (_, secret) = letter(&server, &links).await;
            links.push(secret);
            asked.push((answer.text, server.statements() - before));
        }
        assert_eq!(asked[0], asked[1]);
        // An application that is there and hidden makes no difference either.
        assert_eq!(confirm(&server, &links[0]).await, taken());
        let input = known(&server, "kr-kofice", "third@example.org").await;
        let before = server.statements();
        let answer = apply(&server, None, &input).await;
        letter(&server, &links).await;
        assert_eq!((answer.text, server.statements() - before), asked[0].clone());

        let hidden = institution::ActiveModel { listed: Set(false), ..Default::default() };
        let found = institution::Entity::update_many().set(hidden).filter(institution::Column::Slug.eq("kr-kofic"));
        let key = server.member("kr-kofic").await;
        found.exec(&server.database().await).await.unwrap();
        let mut asked = vec![];
        for key in [key, Uuid::now_v7()] {
            let input = json!({ "institution": harness::id("inst", key), "tier": "FULL",
                "applicant": { "name": "Nari Invented", "email": "nari@example.org" } });
            let before = server.statements();
            asked.push((apply(&server, None, &input).await.text, server.statements() - before));
        }
        assert_eq!(asked[0], asked[1]);
        assert!(asked[0].0.contains("NOT_FOUND"), "{}", asked[0].0);
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_applied_for_is_told_field_by_field() {
    on_each_database(|server| async move {
        no_member(&server, "kr-kofice").await;
        let fault = |field: &str, code: &str| (field.to_owned(), code.to_owned());
        let good = known(&server, "kr-kofice", "nari@example.org").await;
        let with = |changes: Value| {
            let mut input = good.clone();
            for (field, value) in changes.as_object().unwrap() {
                input[field] = value.clone();
            }
            input
        };
        let entry = &new("nari@example.org")["newInstitution"];
        for (input, expected) in [
            (with(json!({ "institution": null })), vec![fault("institution", "REQUIRED")]),
            (with(json!({ "newInstitution": entry })), vec![fault("newInstitution", "INVALID")]),
            (with(json!({ "applicant": null })), vec![fault("applicant", "REQUIRED")]),
            (
                with(json!({ "applicant": { "name": " ", "email": "nobody" }, "message": "x".repeat(2_001) })),
                vec![fault("message", "TOO_LONG"), fault("applicant.name", "REQUIRED"), fault("applicant.email", "INVALID")],
            ),
            (
                with(json!({ "institution": null, "newInstitution": { "names": [], "kind": "FUND", "country": "XX",
                    "website": "ftp://example.org", "emails": [{ "address": "a@example.org", "visibility": "SECRETARIAT" }] } })),
                vec![
                    fault("newInstitution.names", "REQUIRED"),
                    fault("newInstitution.country", "INVALID"),
                    fault("newInstitution.website", "INVALID"),
                    fault("newInstitution.emails.0.visibility", "INVALID"),
                ],
            ),
        ] {
            assert_eq!(faults(&server, None, &input).await, expected, "{input}");
        }
        // Whoever represents it applies in its name, and names nobody.
        let council = server.account("council@example.org", &[Grant::Representative("kr-kofice")]).await;
        no_member(&server, "kr-kofice").await;
        assert_eq!(faults(&server, Some(&council), &good).await, [fault("applicant", "INVALID")]);
        // Anybody else who is signed in applies as everybody may.
        let other = server.account("other@example.org", &[Grant::Representative("kr-kofic")]).await;
        assert_eq!(apply(&server, Some(&other), &good).await.data()["applyForMembership"], taken());
        let (_, secret) = letter(&server, &[]).await;
        // An institution that is gone meanwhile is nobody's.
        let made = institution::Entity::find().filter(institution::Column::Slug.eq("kr-kofice"));
        let made = made.one(&server.database().await).await.unwrap().unwrap();
        let content = membership_application::Entity::find().one(&server.database().await).await.unwrap().unwrap();
        let mut moved = content.clone().into_active_model();
        let mut told = content.content.clone();
        assert_eq!(told["known"], json!(made.id));
        told["known"] = json!(Uuid::now_v7());
        moved.content = Set(told);
        moved.update(&server.database().await).await.unwrap();
        assert_eq!(confirm(&server, &secret).await["userErrors"], json!([{ "field": ["token"], "code": "NOT_FOUND" }]));
    })
    .await;
}

#[tokio::test]
async fn somebody_gets_a_few_letters_and_a_client_sends_a_few_applications() {
    let postbox = Postbox::open().await;
    let server = Server::start_with(Backend::Sqlite, &["--smtp-url", &postbox.url]).await;
    let mut sent = 0;
    let throttled = loop {
        // Three letters to one person: then none, and nobody is told.
        let email = if sent < 6 { "nari@example.org".to_owned() } else { format!("nari.{sent}@example.org") };
        let answer = apply(&server, None, &new(&email)).await;
        if answer.json.get("errors").is_some() {
            break answer;
        }
        assert_eq!(answer.data()["applyForMembership"], taken());
        sent += 1;
    };
    assert_eq!((throttled.error().0, sent), ("THROTTLED", 10));
    let mut to = vec![];
    for _ in 0..7 {
        let (whom, letter) = postbox.letter().await;
        assert!(
            secret_in(&letter.text).is_some() && secret_in(&letter.html.replace("&#x2f;", "/")).is_some(),
            "{letter:?}"
        );
        to.push(whom);
    }
    to.sort();
    assert_eq!(to.iter().filter(|whom| *whom == "<nari@example.org>").count(), 3, "{to:?}");
    assert_eq!(membership_application::Entity::find().count(&server.database().await).await.unwrap(), 7);
    // Who was applied for can still ask for a new password.
    server.administrator().await;
    let reset = r#"mutation { requestPasswordReset(input: {email: "admin@example.org"}) { accepted } }"#;
    assert_eq!(server.ask(reset).await.data()["requestPasswordReset"]["accepted"], true);
}

#[tokio::test]
async fn whoever_is_erased_has_applied_for_nothing() {
    on_each_database(|server| async move {
        let (db, mut links) = (server.database().await, vec![]);
        let admin = server.account("admin@example.org", &[Grant::Admin]).await;
        server.account("nari@example.org", &[]).await;
        let confirmed = applied(&server, &new("Nari@example.org"), &mut links).await;
        assert_eq!(confirm(&server, &confirmed).await, taken());
        let waiting = applied(&server, &new("nari@example.org"), &mut links).await;
        let account = entity::account::Entity::find().filter(entity::account::Column::EmailKey.eq("nari@example.org"));
        let account = account.one(&db).await.unwrap().unwrap();
        let person = entity::policymaker::Entity::find().one(&db).await.unwrap();
        let person = match person {
            Some(person) => harness::id("pol", person.id),
            None => {
                let made = r#"mutation { createPolicymaker(input: {givenName: "Nari", familyName: "Invented", country: "KR"}) { policymaker { id } } }"#;
                let made = server.ask_as(&admin, made).await;
                made.data()["createPolicymaker"]["policymaker"]["id"].as_str().unwrap().to_owned()
            }
        };
        let erase = format!(
            "mutation {{ erasePolicymaker(input: {{id: \"{person}\", account: \"{}\", reason: \"asked\"}}) {{ userErrors {{ code }} }} }}",
            harness::id("acct", account.id)
        );
        assert_eq!(server.ask_as(&admin, &erase).await.data()["erasePolicymaker"]["userErrors"], json!([]));
        assert_eq!(membership_applicant::Entity::find().count(&db).await.unwrap(), 0);
        assert_eq!(confirm(&server, &waiting).await["userErrors"][0]["code"], "EXPIRED");
        let left = "{ memberships(filter: {status: [APPLIED]}) { nodes { version applicants { name } } } }";
        let left = server.ask_as(&admin, left).await.data()["memberships"]["nodes"].clone();
        assert_eq!(left, json!([{ "version": 1, "applicants": [] }]), "and the institution's application goes on");
    })
    .await;
}

#[tokio::test]
async fn under_a_key_one_letter_is_sent() {
    on_each_database(|server| async move {
        let token = server.account("other@example.org", &[]).await;
        let input = new("nari@example.org");
        for _ in 0..2 {
            let answer = under(&server, &token, "key", APPLY, &input).await;
            assert_eq!(answer.data()["applyForMembership"], taken());
            letter(&server, &[]).await;
        }
        assert_eq!(server.letters().len(), 1);
        assert_eq!(membership_application::Entity::find().count(&server.database().await).await.unwrap(), 1);
    })
    .await;
}

/// What is kept of a secret.
fn hash(secret: &str) -> String {
    sha2::Sha256::digest(secret).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn of_fifty_confirmations_and_applications_at_once_one_begins_a_membership() {
    on_each_database(|server| async move {
        let (db, mut links) = (server.database().await, vec![]);
        let council = server.account("council@example.org", &[Grant::Representative("kr-kofice")]).await;
        no_member(&server, "kr-kofice").await;
        let input = known(&server, "kr-kofice", "nari@example.org").await;
        let first = applied(&server, &input, &mut links).await;
        let row = membership_application::Entity::find().one(&db).await.unwrap().unwrap();
        let mut secrets = vec![first];
        for place in 0..39 {
            let mut another = row.clone().into_active_model().reset_all();
            let secret = format!("secret-{place}");
            another.id = Set(Uuid::now_v7());
            another.hash = Set(hash(&secret));
            another.email = Set(format!("nari.{place}@example.org"));
            another.email_key = another.email.clone();
            another.insert(&db).await.unwrap();
            secrets.push(secret);
        }
        // Each confirmation, one of them ten times over, and ten by the institution's own people.
        let again = std::iter::repeat_n(&secrets[0], 9);
        let confirmed = join_all(secrets.iter().chain(again).map(|secret| confirm(&server, secret)));
        let own = json!({ "institution": input["institution"], "tier": "FULL" });
        let own = join_all((0..10).map(|_| apply(&server, Some(&council), &own)));
        let (confirmed, own) = tokio::join!(confirmed, own);
        let count = |payloads: &[Value], code: &Value| {
            payloads.iter().filter(|payload| payload["userErrors"][0]["code"] == *code).count()
        };
        assert_eq!((count(&confirmed, &Value::Null), count(&confirmed, &json!("EXPIRED"))), (40, 9), "{confirmed:?}");
        let own: Vec<Value> = own.iter().map(|answer| answer.data()["applyForMembership"].clone()).collect();
        let taken = count(&own, &Value::Null);
        assert!(taken <= 1 && count(&own, &json!("DUPLICATE")) == 10 - taken, "{own:?}");
        assert_eq!(membership::Entity::find().count(&db).await.unwrap(), 1);
        assert_eq!(membership_applicant::Entity::find().count(&db).await.unwrap(), 20, "and not more are kept");
    })
    .await;
}
