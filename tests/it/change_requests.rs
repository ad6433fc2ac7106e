//! Four eyes: what one administrator asks for and another approves, and what becomes of it otherwise.
use std::sync::atomic::Ordering;

use api::config::{Arguments, FourEyes, TokenHolder};
use clap::Parser as _;
use entity::{
    account, change_log, change_request, membership, role_grant,
    vocabulary::{AccountStatus, MembershipStatus, MembershipTier, Role},
};
use futures_util::future::join_all;
use harness::{Grant, Server, backends, on_each_database};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter as _,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::idempotency::under;

/// What is asked of a request.
const REQUEST: &str = "changeRequest { id action status version reason requestedBy { name } requestedAt expiresAt
    decidedBy { name } decidedAt decisionReason changes { field old new }
    subject { id ... on Membership { status } ... on Account { grants { role } } } }";
const DAY: u64 = 24 * 3_600;

/// An administrator's access token.
async fn admin(server: &Server, name: &str) -> String {
    let email = format!("{name}@example.org");
    let token = server.account(&email, &[Grant::Admin]).await;
    let named = account::ActiveModel { name: Set(name.to_owned()), ..Default::default() };
    let found = account::Entity::update_many().set(named).filter(account::Column::EmailKey.eq(email));
    found.exec(&server.database().await).await.unwrap();
    token
}

async fn token(server: &Server, name: &str) -> String {
    server.token_of(&TokenHolder::account(format!("{name}@example.org"))).await
}

/// The mutation's input and what its payload has of its subject.
fn shape(mutation: &str) -> (&'static str, &'static str) {
    match mutation {
        "grantRole" => ("GrantRoleInput", "account { id status version grants { role } }"),
        "revokeRole" => ("RevokeRoleInput", "account { id status version grants { role } }"),
        "disableAccount" => ("TransitionInput", "account { id status version }"),
        "approveMembership" => ("ApproveMembershipInput", "membership { id status version term { since until } }"),
        "renewMembership" => ("RenewMembershipInput", "membership { id status version term { since until } }"),
        "approveChangeRequest" | "rejectChangeRequest" => ("TransitionInput", ""),
        _ => ("TransitionInput", "membership { id status version }"),
    }
}

fn query(mutation: &str) -> String {
    let (kind, selection) = shape(mutation);
    format!(
        "mutation($input: {kind}!) {{ {mutation}(input: $input) {{
            {selection} {REQUEST} userErrors {{ field code message }} }} }}"
    )
}

/// Does something: the payload, or the code of the error as a user's.
async fn act(server: &Server, token: &str, mutation: &str, input: Value) -> Value {
    let answer = server.ask_as_with(token, &query(mutation), json!({ "input": input })).await;
    match answer.json["errors"][0]["extensions"]["code"].as_str() {
        Some(code) => json!({ "userErrors": [{ "code": code }] }),
        None => answer.data()[mutation].clone(),
    }
}

/// The code of what was wrong, or nothing.
fn code(payload: &Value) -> &str {
    payload["userErrors"][0]["code"].as_str().unwrap_or_default()
}

/// The ID of the request that a payload has, which must be pending.
fn asked(payload: &Value) -> Value {
    assert_eq!(
        (code(payload), &payload["changeRequest"]["status"]),
        ("APPROVAL_REQUIRED", &json!("PENDING")),
        "{payload}"
    );
    payload["changeRequest"]["id"].clone()
}

/// Decides about a request: the code of what was wrong, or where it stands since.
async fn decide(server: &Server, token: &str, mutation: &str, id: &Value) -> String {
    let payload = act(server, token, mutation, json!({ "id": id })).await;
    payload["userErrors"][0]["code"].as_str().or(payload["changeRequest"]["status"].as_str()).unwrap().to_owned()
}

/// Has an institution's membership be of this sort and stand so: its ID.
async fn member(server: &Server, slug: &str, (tier, status): (MembershipTier, MembershipStatus)) -> Value {
    let (db, key) = (server.database().await, server.member(slug).await);
    let found = membership::Entity::find().filter(membership::Column::InstitutionId.eq(key)).one(&db).await;
    let mut row = found.unwrap().unwrap().into_active_model();
    (row.tier, row.status, row.until) = (Set(tier), Set(status), Set(None));
    json!(harness::id("member", row.update(&db).await.unwrap().id))
}

const ACTIVE: (MembershipTier, MembershipStatus) = (MembershipTier::Full, MembershipStatus::Active);
const APPLIED: (MembershipTier, MembershipStatus) = (MembershipTier::Full, MembershipStatus::Applied);

/// An account without a role: its ID.
async fn somebody(server: &Server, email: &str) -> Value {
    let token = server.account(email, &[]).await;
    server.ask_as(&token, "{ viewer { ... on Account { id } } }").await.data()["viewer"]["id"].clone()
}

fn out(id: &Value) -> Value {
    json!({ "id": id, "reason": "It never paid" })
}

/// The newest entry of the log about a subject that somebody made: that terms have ended the service notes by itself.
async fn logged(server: &Server, token: &str, subject: &Value) -> Value {
    let query = "query($id: ID!) { auditLog(first: 5, filter: {subject: $id}) {
        nodes { actor { name } operation reason changes { field old new } } } }";
    let answer = server.ask_as_with(token, query, json!({ "id": subject })).await;
    let entries = answer.data()["auditLog"]["nodes"].as_array().unwrap();
    entries.iter().find(|entry| !entry["actor"].is_null()).cloned().unwrap_or_default()
}

/// What an entry says of a field since.
fn told(entry: &Value, field: &str) -> Value {
    let changes = entry["changes"].as_array().unwrap();
    let new = changes.iter().find(|change| change["field"] == field).map(|change| change["new"].as_str().unwrap());
    new.map_or(Value::Null, |new| serde_json::from_str(new).unwrap())
}

async fn count(server: &Server) -> u64 {
    change_request::Entity::find().count(&server.database().await).await.unwrap()
}

async fn entries(server: &Server) -> u64 {
    change_log::Entity::find().count(&server.database().await).await.unwrap()
}

#[tokio::test]
async fn the_only_administrator_goes_through_and_the_log_says_so() {
    on_each_database(|server| async move {
        let ada = admin(&server, "ada").await;
        // Neither somebody who was disabled nor somebody who has not set a password yet is a second one.
        for (name, status) in [("ben", AccountStatus::Disabled), ("cem", AccountStatus::Invited)] {
            admin(&server, name).await;
            let away = account::ActiveModel { status: Set(status), ..Default::default() };
            let found = account::Column::EmailKey.eq(format!("{name}@example.org"));
            account::Entity::update_many().set(away).filter(found).exec(&server.database().await).await.unwrap();
        }
        let only = json!("ONLY_ADMINISTRATOR");
        let applicant = member(&server, "kr-kofice", APPLIED).await;
        let rejected = act(&server, &ada, "rejectMembership", out(&applicant)).await;
        assert_eq!((&rejected["membership"]["status"], &rejected["changeRequest"]), (&json!("REJECTED"), &Value::Null));
        assert_eq!(told(&logged(&server, &ada, &applicant).await, "approval"), only);
        let id = member(&server, "kr-kofic", ACTIVE).await;
        assert_eq!(code(&act(&server, &ada, "suspendMembership", out(&id)).await), "");
        assert_eq!(
            told(&logged(&server, &ada, &id).await, "approval"),
            Value::Null,
            "nobody would have to approve that"
        );
        let expelled = act(&server, &ada, "withdrawMembership", out(&id)).await;
        assert_eq!(expelled["membership"]["status"], "WITHDRAWN");
        assert_eq!(told(&logged(&server, &ada, &id).await, "approval"), only);
        let two = somebody(&server, "two@example.org").await;
        let granted = act(&server, &ada, "grantRole", json!({ "account": two, "role": "ADMIN" })).await;
        assert_eq!(granted["account"]["grants"], json!([{ "role": "ADMIN" }]));
        assert_eq!(told(&logged(&server, &ada, &two).await, "approval"), only);
        assert_eq!(count(&server).await, 0);

        // From now on there are two.
        let three = somebody(&server, "three@example.org").await;
        asked(&act(&server, &ada, "grantRole", json!({ "account": three, "role": "ADMIN" })).await);
    })
    .await;
}

#[tokio::test]
async fn of_two_one_asks_and_the_other_approves() {
    on_each_database(|server| async move {
        let (ada, ben) = (admin(&server, "ada").await, admin(&server, "ben").await);
        let id = member(&server, "kr-kofic", ACTIVE).await;
        let before = entries(&server).await;
        let payload = act(&server, &ada, "withdrawMembership", out(&id)).await;
        let request = asked(&payload);
        assert_eq!(payload["userErrors"][0]["field"], Value::Null, "no field of the input is wrong");
        assert_eq!(payload["membership"], json!({ "id": id, "status": "ACTIVE", "version": 1 }), "nothing is done");
        let changes = json!([{ "field": "status", "old": "\"ACTIVE\"", "new": "\"WITHDRAWN\"" }]);
        let expected = json!({
            "id": request, "action": "EXPEL_MEMBER", "status": "PENDING", "version": 1, "reason": "It never paid",
            "requestedBy": { "name": "ada" }, "requestedAt": "2026-11-22T12:00:00Z", "expiresAt": "2026-12-06T12:00:00Z",
            "decidedBy": null, "decidedAt": null, "decisionReason": null, "changes": changes,
            "subject": { "id": id, "status": "ACTIVE" },
        });
        assert_eq!(payload["changeRequest"], expected);
        assert!(request.as_str().unwrap().starts_with("change_"));
        let entry = logged(&server, &ben, &request).await;
        assert_eq!((&entry["actor"]["name"], &entry["operation"]), (&json!("ada"), &json!("CREATED")));
        assert_eq!((told(&entry, "action"), told(&entry, "status")), (json!("EXPEL_MEMBER"), json!("PENDING")));
        assert_eq!(entries(&server).await - before, 1, "and that is all");

        // To do it again is to ask for the same, and no approval, whoever does.
        for token in [&ada, &ben] {
            let again = act(&server, token, "withdrawMembership", json!({ "id": id, "reason": "Another reason" })).await;
            assert_eq!(again["changeRequest"], expected);
        }
        assert_eq!((count(&server).await, entries(&server).await - before), (1, 1));

        // Nobody approves their own.
        assert_eq!(decide(&server, &ada, "approveChangeRequest", &request).await, "FORBIDDEN");
        let stale = json!({ "id": request, "expectedVersion": 2 });
        assert_eq!(code(&act(&server, &ben, "approveChangeRequest", stale).await), "CONFLICT");
        let input = json!({ "id": request, "expectedVersion": 1, "reason": "Agreed" });
        let approved = act(&server, &ben, "approveChangeRequest", input).await;
        assert_eq!(approved["userErrors"], json!([]));
        let now = &approved["changeRequest"];
        assert_eq!((&now["status"], &now["decidedBy"]["name"]), (&json!("APPROVED"), &json!("ben")));
        assert_eq!((&now["decisionReason"], &now["decidedAt"]), (&json!("Agreed"), &json!("2026-11-22T12:00:00Z")));
        assert_eq!((&now["subject"]["status"], &now["version"]), (&json!("WITHDRAWN"), &json!(2)));

        // The log and the history say who did it, who asked, and why.
        let entry = logged(&server, &ada, &id).await;
        assert_eq!((&entry["actor"]["name"], &entry["reason"]), (&json!("ben"), &json!("It never paid")));
        assert_eq!(told(&entry, "status"), "WITHDRAWN");
        let key = change_request::Entity::find().one(&server.database().await).await.unwrap().unwrap();
        assert_eq!(told(&entry, "changeRequest"), key.id.to_string());
        assert_eq!(told(&entry, "requestedBy"), key.requested_by.unwrap().to_string());
        assert_eq!(told(&entry, "approval"), Value::Null);
        assert_eq!(logged(&server, &ada, &request).await["changes"][0]["new"], "\"APPROVED\"");
        let history = "query($id: ID!) { membership(id: $id) {
            history { by { name } requestedBy { name } from to reason } } }";
        let history = server.ask_as_with(&ada, history, json!({ "id": id })).await;
        let step = json!({ "by": { "name": "ben" }, "requestedBy": { "name": "ada" }, "from": "ACTIVE",
            "to": "WITHDRAWN", "reason": "It never paid" });
        assert_eq!(history.data()["membership"]["history"], json!([step]));

        // It is done once.
        let before = entries(&server).await;
        for mutation in ["approveChangeRequest", "rejectChangeRequest"] {
            assert_eq!(decide(&server, &ben, mutation, &request).await, "ILLEGAL_TRANSITION");
        }
        assert_eq!(entries(&server).await, before);
    })
    .await;
}

#[tokio::test]
async fn by_default_it_is_full_members_applications_expelling_and_new_administrators() {
    on_each_database(|server| async move {
        let (ada, ben) = (admin(&server, "ada").await, admin(&server, "ben").await);
        let full = member(&server, "kr-kofice", APPLIED).await;
        let associate = (MembershipTier::Associate, MembershipStatus::Applied);
        let associate = member(&server, "kr-kofic", associate).await;
        assert_eq!(code(&act(&server, &ada, "rejectMembership", out(&associate)).await), "", "of an associate member");
        let rejecting = asked(&act(&server, &ada, "rejectMembership", out(&full)).await);
        let two = somebody(&server, "two@example.org").await;
        let focal = json!({ "account": two, "role": "FOCAL_POINT", "country": "KH" });
        assert_eq!(code(&act(&server, &ada, "grantRole", focal).await), "");
        let granting = act(&server, &ada, "grantRole", json!({ "account": two, "role": "ADMIN" })).await;
        assert_eq!(granting["account"]["grants"], json!([{ "role": "FOCAL_POINT" }]));
        assert_eq!(granting["changeRequest"]["subject"]["id"], two);
        let new =
            json!({ "role": "ADMIN", "country": null, "institution": null, "since": "2026-11-22", "until": null });
        let shown: Value =
            serde_json::from_str(granting["changeRequest"]["changes"][0]["new"].as_str().unwrap()).unwrap();
        assert_eq!(shown, new);
        let granting = asked(&granting);
        for (id, field, since) in [(&rejecting, "status", json!("REJECTED")), (&granting, "grants", new)] {
            assert_eq!(decide(&server, &ben, "approveChangeRequest", id).await, "APPROVED");
            let subject = if *id == granting { &two } else { &full };
            let entry = logged(&server, &ada, subject).await;
            assert_eq!((&entry["actor"]["name"], told(&entry, field)), (&json!("ben"), since));
        }
        let grants = role_grant::Entity::find().filter(role_grant::Column::Role.eq(Role::Admin));
        assert_eq!(grants.count(&server.database().await).await.unwrap(), 3);

        // What else there is takes one of them.
        let id = member(&server, "kh-mcfa", ACTIVE).await;
        for mutation in ["suspendMembership", "reinstateMembership"] {
            assert_eq!(code(&act(&server, &ada, mutation, out(&id)).await), "", "{mutation}");
        }
        let revoked = act(&server, &ada, "revokeRole", json!({ "account": two, "role": "ADMIN" })).await;
        assert_eq!(code(&revoked), "");
        assert_eq!(code(&act(&server, &ada, "disableAccount", json!({ "id": two })).await), "");
        assert_eq!(count(&server).await, 2);
    })
    .await;
}

#[tokio::test]
async fn what_would_fail_fails_at_once_and_asks_for_nothing() {
    on_each_database(|server| async move {
        let ada = admin(&server, "ada").await;
        admin(&server, "ben").await;
        let both = server.account("both@example.org", &[Grant::Admin, Grant::Representative("kr-kofic")]).await;
        let id = member(&server, "kr-kofic", ACTIVE).await;
        let own = server.ask_as(&ada, "{ viewer { ... on Account { id } } }").await.data()["viewer"]["id"].clone();
        for (token, mutation, input, expected) in [
            (&ada, "withdrawMembership", json!({ "id": id }), "REQUIRED"),
            (&ada, "withdrawMembership", json!({ "id": id, "reason": "a", "expectedVersion": 7 }), "CONFLICT"),
            (&ada, "rejectMembership", out(&id), "ILLEGAL_TRANSITION"),
            (&both, "rejectMembership", out(&id), "FORBIDDEN"),
            (&ada, "grantRole", json!({ "account": own, "role": "ADMIN" }), "DUPLICATE"),
            (&ada, "grantRole", json!({ "account": own, "role": "ADMIN", "country": "KR" }), "INVALID"),
        ] {
            let payload = act(&server, token, mutation, input).await;
            assert_eq!((code(&payload), &payload["changeRequest"]), (expected, &Value::Null), "{mutation}");
        }
        assert_eq!(count(&server).await, 0);
        // What somebody gives up for the own institution is theirs to give up, also if they administer the network.
        let left = act(&server, &both, "withdrawMembership", out(&id)).await;
        assert_eq!((code(&left), &left["membership"]["status"]), ("", &json!("WITHDRAWN")));
        assert_eq!(told(&logged(&server, &ada, &id).await, "approval"), Value::Null);
    })
    .await;
}

#[tokio::test]
async fn what_has_changed_meanwhile_is_stale() {
    on_each_database(|server| async move {
        let (ada, ben) = (admin(&server, "ada").await, admin(&server, "ben").await);
        let id = member(&server, "kr-kofic", ACTIVE).await;
        let first = asked(&act(&server, &ada, "withdrawMembership", out(&id)).await);
        assert_eq!(code(&act(&server, &ben, "suspendMembership", out(&id)).await), "");
        let refused = act(&server, &ben, "approveChangeRequest", json!({ "id": first })).await;
        assert_eq!((code(&refused), &refused["changeRequest"]["status"]), ("STALE", &json!("STALE")));
        assert_eq!(refused["changeRequest"]["subject"]["status"], "SUSPENDED", "nothing is done");
        assert_eq!(told(&logged(&server, &ada, &first).await, "status"), "STALE");
        assert_eq!(decide(&server, &ben, "approveChangeRequest", &first).await, "STALE", "and stays so");
        // It can be asked for anew; what is asked for after another change takes its place.
        let second = asked(&act(&server, &ada, "withdrawMembership", out(&id)).await);
        assert_ne!(second, first);
        assert_eq!(code(&act(&server, &ben, "reinstateMembership", out(&id)).await), "");
        let third = asked(&act(&server, &ben, "withdrawMembership", out(&id)).await);
        assert_ne!(third, second);
        assert_eq!(decide(&server, &ben, "approveChangeRequest", &second).await, "STALE");
        assert_eq!(decide(&server, &ada, "approveChangeRequest", &third).await, "APPROVED");

        // An account is found as it was seen, too.
        let two = somebody(&server, "two@example.org").await;
        let admin_role = json!({ "account": two, "role": "ADMIN" });
        let granting = asked(&act(&server, &ada, "grantRole", admin_role.clone()).await);
        let focal = json!({ "account": two, "role": "FOCAL_POINT", "country": "KH" });
        assert_eq!(code(&act(&server, &ada, "grantRole", focal).await), "");
        assert_eq!(decide(&server, &ben, "approveChangeRequest", &granting).await, "STALE");
        let granting = asked(&act(&server, &ada, "grantRole", admin_role).await);
        let gone = account::Entity::delete_many().filter(account::Column::EmailKey.eq("two@example.org"));
        gone.exec(&server.database().await).await.unwrap();
        let refused = act(&server, &ben, "approveChangeRequest", json!({ "id": granting })).await;
        assert_eq!((code(&refused), &refused["changeRequest"]["subject"]), ("STALE", &Value::Null), "it is gone");
    })
    .await;
}

#[tokio::test]
async fn whoever_asked_must_be_an_administrator_still() {
    for backend in backends() {
        let flags = ["--four-eyes", "expel-member"];
        let server = Server::start_with(*backend, &flags).await;
        let ben = admin(&server, "ben").await;
        admin(&server, "cem").await;
        for (n, slug) in ["kr-kofic", "kr-kofice", "kh-mcfa"].into_iter().enumerate() {
            let ada = admin(&server, &format!("ada{n}")).await;
            let own = server.ask_as(&ada, "{ viewer { ... on Account { id } } }").await.data()["viewer"]["id"].clone();
            let id = member(&server, slug, ACTIVE).await;
            let request = asked(&act(&server, &ada, "withdrawMembership", out(&id)).await);
            let of = server.ask(&format!(r#"{{ institution(by: {{slug: "{slug}"}}) {{ id }} }}"#)).await;
            let left = match n {
                0 => act(&server, &ben, "disableAccount", json!({ "id": own })).await,
                1 => act(&server, &ben, "revokeRole", json!({ "account": own, "role": "ADMIN" })).await,
                _ => {
                    let of = &of.data()["institution"]["id"];
                    let role = json!({ "account": own, "role": "REPRESENTATIVE", "institution": of });
                    act(&server, &ben, "grantRole", role).await
                }
            };
            assert_eq!(code(&left), "");
            let refused = act(&server, &ben, "approveChangeRequest", json!({ "id": request })).await;
            assert_eq!((code(&refused), &refused["changeRequest"]["subject"]["status"]), ("STALE", &json!("ACTIVE")));
            // Another one's is another request.
            assert_ne!(asked(&act(&server, &ben, "withdrawMembership", out(&id)).await), request);
        }
    }
}

#[tokio::test]
async fn a_request_expires_after_fourteen_days() {
    for backend in backends() {
        let (server, passed) = Server::start_with_time(*backend).await;
        let ada = admin(&server, "ada").await;
        admin(&server, "ben").await;
        let (id, other) = (member(&server, "kr-kofic", ACTIVE).await, member(&server, "kr-kofice", ACTIVE).await);
        let first = asked(&act(&server, &ada, "withdrawMembership", out(&id)).await);
        let in_time = asked(&act(&server, &ada, "withdrawMembership", out(&other)).await);
        passed.store(14 * DAY - 1, Ordering::Relaxed);
        let ben = token(&server, "ben").await;
        assert_eq!(decide(&server, &ben, "approveChangeRequest", &in_time).await, "APPROVED", "to the last second");
        passed.store(14 * DAY, Ordering::Relaxed);
        let (ada, ben) = (token(&server, "ada").await, token(&server, "ben").await);
        let late = act(&server, &ben, "approveChangeRequest", json!({ "id": first })).await;
        assert_eq!((code(&late), &late["changeRequest"]["status"]), ("EXPIRED", &json!("EXPIRED")));
        assert_eq!(late["changeRequest"]["subject"]["status"], "ACTIVE", "nothing is done");
        assert_eq!(decide(&server, &ben, "rejectChangeRequest", &first).await, "EXPIRED");
        let listed = async |status: &str| {
            let query = format!("{{ changeRequests(filter: {{status: [{status}]}}) {{ totalCount nodes {{ id }} }} }}");
            server.ask_as(&ben, &query).await.data()["changeRequests"].clone()
        };
        assert_eq!(listed("EXPIRED").await["nodes"], json!([{ "id": first }]));
        assert_eq!(listed("PENDING").await["totalCount"], 0);
        let second = asked(&act(&server, &ada, "withdrawMembership", out(&id)).await);
        assert_ne!(second, first);
        assert_eq!(listed("EXPIRED").await["nodes"], json!([{ "id": first }]), "also since it was asked for anew");
        assert_eq!(listed("EXPIRED, PENDING").await["totalCount"], 2);
    }
}

#[tokio::test]
async fn a_request_is_rejected_or_taken_back() {
    on_each_database(|server| async move {
        let (ada, ben) = (admin(&server, "ada").await, admin(&server, "ben").await);
        let id = member(&server, "kr-kofic", ACTIVE).await;
        for (token, name) in [(&ben, "ben"), (&ada, "ada")] {
            let request = asked(&act(&server, &ada, "withdrawMembership", out(&id)).await);
            let long = json!({ "id": request, "reason": "x".repeat(1_001) });
            assert_eq!(code(&act(&server, token, "rejectChangeRequest", long).await), "TOO_LONG");
            let input = json!({ "id": request, "reason": "It has paid" });
            let rejected = act(&server, token, "rejectChangeRequest", input).await;
            assert_eq!(rejected["userErrors"], json!([]));
            let now = &rejected["changeRequest"];
            assert_eq!((&now["status"], &now["decidedBy"]["name"]), (&json!("REJECTED"), &json!(name)));
            assert_eq!((&now["decisionReason"], &now["subject"]["status"]), (&json!("It has paid"), &json!("ACTIVE")));
            let entry = logged(&server, &ada, &request).await;
            assert_eq!((told(&entry, "status"), &entry["reason"]), (json!("REJECTED"), &Value::Null));
            assert_eq!(decide(&server, &ben, "approveChangeRequest", &request).await, "ILLEGAL_TRANSITION");
        }
        let absent = harness::id("change", Uuid::now_v7());
        assert_eq!(decide(&server, &ben, "rejectChangeRequest", &json!(absent)).await, "NOT_FOUND");
    })
    .await;
}

#[tokio::test]
async fn whoever_is_to_administer_no_more_has_no_say_against_it() {
    for backend in backends() {
        let server = Server::start_with(*backend, &["--four-eyes", "revoke-admin,disable-account"]).await;
        let (ada, ben, cem) = (admin(&server, "ada").await, admin(&server, "ben").await, admin(&server, "cem").await);
        let own = server.ask_as(&ben, "{ viewer { ... on Account { id } } }").await.data()["viewer"]["id"].clone();
        let request = asked(&act(&server, &ada, "disableAccount", json!({ "id": own })).await);
        assert_eq!(decide(&server, &ben, "rejectChangeRequest", &request).await, "FORBIDDEN");
        assert_eq!(decide(&server, &cem, "rejectChangeRequest", &request).await, "REJECTED");
        // What they want themselves they may take back, and what others want they may agree to.
        let revoke = json!({ "account": own, "role": "ADMIN" });
        let request = asked(&act(&server, &ben, "revokeRole", revoke.clone()).await);
        assert_eq!(decide(&server, &ben, "rejectChangeRequest", &request).await, "REJECTED");
        let request = asked(&act(&server, &ada, "revokeRole", revoke).await);
        assert_eq!(decide(&server, &ben, "approveChangeRequest", &request).await, "APPROVED");
    }
}

#[tokio::test]
async fn whoever_administers_no_more_does_nothing_as_though_alone() {
    on_each_database(|server| async move {
        let (ada, _) = (admin(&server, "ada").await, admin(&server, "ben").await);
        let id = member(&server, "kr-kofic", ACTIVE).await;
        assert_eq!(
            server.ask_as(&ada, "{ viewer { __typename } }").await.status,
            200,
            "and is remembered for a second"
        );
        let taken = role_grant::Entity::delete_many().filter(
            role_grant::Column::AccountId.in_subquery(
                sea_orm::sea_query::Query::select()
                    .column(account::Column::Id)
                    .from(account::Entity)
                    .and_where(account::Column::EmailKey.eq("ada@example.org"))
                    .take(),
            ),
        );
        taken.exec(&server.database().await).await.unwrap();
        let refused = act(&server, &ada, "withdrawMembership", out(&id)).await;
        assert_eq!(code(&refused), "FORBIDDEN");
        assert_eq!(count(&server).await, 0);
    })
    .await;
}

#[tokio::test]
async fn it_is_asked_for_once_and_done_once_also_by_many_at_the_same_time() {
    on_each_database(|server| async move {
        let names = ["ada", "ben", "cem", "dot", "eve", "fay"];
        let mut tokens = vec![];
        for name in names {
            tokens.push(admin(&server, name).await);
        }
        let id = member(&server, "kr-kofic", ACTIVE).await;
        let asking = tokens.iter().map(|token| act(&server, token, "withdrawMembership", out(&id)));
        let asked_for: Vec<Value> = join_all(asking).await.iter().map(asked).collect();
        assert!(asked_for.iter().all(|request| *request == asked_for[0]), "{asked_for:?}");
        assert_eq!(count(&server).await, 1);
        let before = entries(&server).await;
        let approving = tokens.iter().map(|token| decide(&server, token, "approveChangeRequest", &asked_for[0]));
        let mut came = join_all(approving).await;
        came.sort();
        let mut expected = vec!["APPROVED", "FORBIDDEN"];
        expected.extend(["ILLEGAL_TRANSITION"; 4]);
        assert_eq!(came, expected);
        assert_eq!(entries(&server).await - before, 2, "the membership's and the request's");

        // One administrator who makes two others at once makes one, and asks for the other.
        let rest = names[1..].iter().map(|name| format!("{name}@example.org"));
        let away = account::ActiveModel { status: Set(AccountStatus::Disabled), ..Default::default() };
        let found = account::Column::EmailKey.is_in(rest);
        account::Entity::update_many().set(away).filter(found).exec(&server.database().await).await.unwrap();
        let (one, two) = (somebody(&server, "one@example.org").await, somebody(&server, "two@example.org").await);
        let role = |account: &Value| json!({ "account": account, "role": "ADMIN" });
        let (one, two) = tokio::join!(
            act(&server, &tokens[0], "grantRole", role(&one)),
            act(&server, &tokens[0], "grantRole", role(&two))
        );
        let mut came = [code(&one), code(&two)];
        came.sort_unstable();
        assert_eq!(came, ["", "APPROVAL_REQUIRED"]);
    })
    .await;
}

/// What is done where an action can be named: to what, by which mutation, and where that leads.
async fn named(server: &Server, action: &str) -> (Value, &'static str, Value, Value) {
    use MembershipStatus::{Active, Applied, Endorsed, Suspended};
    use MembershipTier::{Associate, Full, Observer};
    let (stands, mutation, outcome) = match action {
        "reject-full-member" => ((Full, Applied), "rejectMembership", "REJECTED"),
        "reject-associate" => ((Associate, Applied), "rejectMembership", "REJECTED"),
        "reject-observer" => ((Observer, Applied), "rejectMembership", "REJECTED"),
        "approve-member" => ((Full, Endorsed), "approveMembership", "ACTIVE"),
        "suspend-member" => ((Full, Active), "suspendMembership", "SUSPENDED"),
        "reinstate-member" => ((Full, Suspended), "reinstateMembership", "ACTIVE"),
        "renew-member" => ((Full, Active), "renewMembership", "ACTIVE"),
        "expel-member" => ((Full, Active), "withdrawMembership", "WITHDRAWN"),
        _ => return named_of_an_account(server, action).await,
    };
    let id = member(server, "kr-kofic", stands).await;
    let term = json!({ "id": id, "until": "2027-11-21" });
    let input = match mutation {
        "renewMembership" => {
            let ended = membership::ActiveModel { until: Set("2026-11-01".parse().ok()), ..Default::default() };
            membership::Entity::update_many().set(ended).exec(&server.database().await).await.unwrap();
            term
        }
        "approveMembership" => term,
        _ => out(&id),
    };
    (id, mutation, input, json!(outcome))
}

async fn named_of_an_account(server: &Server, action: &str) -> (Value, &'static str, Value, Value) {
    let id = somebody(server, &format!("{action}@example.org")).await;
    let role = json!({ "account": id, "role": "ADMIN" });
    match action {
        "grant-admin" => (id, "grantRole", role, Value::Null),
        "revoke-admin" => {
            let third = admin(server, "third").await;
            let id = server.ask_as(&third, "{ viewer { ... on Account { id } } }").await;
            let id = id.data()["viewer"]["id"].clone();
            (id.clone(), "revokeRole", json!({ "account": id, "role": "ADMIN" }), Value::Null)
        }
        "disable-account" => (id.clone(), "disableAccount", json!({ "id": id }), json!("DISABLED")),
        _ => panic!("what {action} is must be told here"),
    }
}

/// The names of the fields that changed.
fn fields(of: &Value) -> Vec<&str> {
    of["changes"].as_array().unwrap().iter().map(|change| change["field"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn each_action_that_can_be_named_waits_for_another_administrator_if_it_is() {
    for backend in backends() {
        let all = FourEyes::known().collect::<Vec<_>>().join(",");
        for setting in [all.as_str(), "none"] {
            let server = Server::start_with(*backend, &["--four-eyes", setting]).await;
            let (ada, ben) = (admin(&server, "ada").await, admin(&server, "ben").await);
            for action in FourEyes::known() {
                let (subject, mutation, input, outcome) = named(&server, &action).await;
                let before = logged(&server, &ada, &subject).await;
                let payload = act(&server, &ada, mutation, input).await;
                if setting == "none" {
                    assert_eq!((code(&payload), &payload["changeRequest"]), ("", &Value::Null), "{action}");
                    let entry = logged(&server, &ada, &subject).await;
                    assert_eq!((&entry["actor"]["name"], told(&entry, "approval")), (&json!("ada"), Value::Null));
                    continue;
                }
                let request = asked(&payload);
                let name = payload["changeRequest"]["action"].as_str().unwrap().to_lowercase().replace('_', "-");
                assert_eq!(name, action);
                assert_eq!(logged(&server, &ada, &subject).await, before, "{action}: nothing is done");
                assert_eq!(decide(&server, &ben, "approveChangeRequest", &request).await, "APPROVED", "{action}");
                let entry = logged(&server, &ada, &subject).await;
                assert_eq!(entry["actor"]["name"], "ben", "{action}");
                let mut shown = fields(&payload["changeRequest"]);
                shown.extend(["changeRequest", "requestedBy"]);
                assert_eq!(fields(&entry), shown, "{action}: what was shown is what was done");
                assert_eq!(told(&entry, "status"), outcome, "{action}");
            }
        }
    }
}

#[tokio::test]
async fn a_term_that_is_approved_later_is_the_one_that_was_shown() {
    for backend in backends() {
        let (server, passed) = Server::start_with_time_and(*backend, &["--four-eyes", "approve-member"]).await;
        let ada = admin(&server, "ada").await;
        admin(&server, "ben").await;
        let id = member(&server, "kr-kofic", (MembershipTier::Full, MembershipStatus::Endorsed)).await;
        let input = json!({ "id": id, "tier": "OBSERVER", "until": "2026-11-27" });
        let request = asked(&act(&server, &ada, "approveMembership", input.clone()).await);
        passed.store(3 * DAY, Ordering::Relaxed);
        let ben = token(&server, "ben").await;
        assert_eq!(decide(&server, &ben, "approveChangeRequest", &request).await, "APPROVED");
        let query = "query($id: ID!) { membership(id: $id) { status tier term { since until } } }";
        let now = server.ask_as_with(&ben, query, json!({ "id": id })).await;
        let term = json!({ "since": "2026-11-22", "until": "2026-11-27" });
        assert_eq!(now.data()["membership"], json!({ "status": "ACTIVE", "tier": "OBSERVER", "term": term }));

        // One that would have ended by then does not begin.
        let id = member(&server, "kr-kofice", (MembershipTier::Full, MembershipStatus::Endorsed)).await;
        let input = json!({ "id": id, "until": "2026-11-27" });
        let ada = token(&server, "ada").await;
        let request = asked(&act(&server, &ada, "approveMembership", input).await);
        passed.store(8 * DAY, Ordering::Relaxed);
        let ben = token(&server, "ben").await;
        assert_eq!(decide(&server, &ben, "approveChangeRequest", &request).await, "STALE");
    }
}

#[tokio::test]
async fn those_who_are_no_administrators_see_nothing_of_requests() {
    on_each_database(|server| async move {
        let (ada, ben) = (admin(&server, "ada").await, admin(&server, "ben").await);
        let council = server.account("council@example.org", &[Grant::Representative("kr-kofic")]).await;
        let focal = server.account("focal@example.org", &[Grant::FocalPoint("KR")]).await;
        let id = member(&server, "kr-kofic", ACTIVE).await;
        let request = asked(&act(&server, &ada, "withdrawMembership", out(&id)).await);
        let two = somebody(&server, "two@example.org").await;
        let other = asked(&act(&server, &ben, "grantRole", json!({ "account": two, "role": "ADMIN" })).await);

        let ada_id = server.ask_as(&ada, "{ viewer { ... on Account { id } } }").await.data()["viewer"]["id"].clone();
        let list = async |filter: String| {
            let query = format!("{{ changeRequests(filter: {{{filter}}}) {{ nodes {{ id }} }} }}");
            server.ask_as(&ben, &query).await.data()["changeRequests"]["nodes"].clone()
        };
        assert_eq!(list(String::new()).await.as_array().unwrap().len(), 2);
        assert_eq!(list("action: [GRANT_ADMIN]".to_owned()).await, json!([{ "id": other }]));
        assert_eq!(list(format!("requestedBy: {ada_id}")).await, json!([{ "id": request }]));
        let node = |id: &Value| format!("{{ node(id: {id}) {{ __typename ... on ChangeRequest {{ action }} }} }}");
        let seen = server.ask_as(&ben, &node(&request)).await;
        assert_eq!(seen.data()["node"], json!({ "__typename": "ChangeRequest", "action": "EXPEL_MEMBER" }));

        let absent = json!(harness::id("change", Uuid::now_v7()));
        assert_eq!(server.ask("{ changeRequests { totalCount } }").await.error().0, "UNAUTHENTICATED");
        assert_eq!(server.ask(&node(&request)).await.text, server.ask(&node(&absent)).await.text);
        for token in [&council, &focal] {
            let answer = server.ask_as(token, "{ changeRequests { totalCount } }").await;
            assert_eq!(answer.error().0, "FORBIDDEN");
            let hidden = server.ask_as(token, &node(&request)).await;
            assert_eq!(
                (&hidden.data()["node"], &hidden.text),
                (&Value::Null, &server.ask_as(token, &node(&absent)).await.text)
            );
            for mutation in ["approveChangeRequest", "rejectChangeRequest"] {
                for id in [&request, &absent] {
                    assert_eq!(decide(&server, token, mutation, id).await, "FORBIDDEN");
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_administrator_who_represents_the_institution_sees_and_does_not_decide() {
    on_each_database(|server| async move {
        let (ada, ben) = (admin(&server, "ada").await, admin(&server, "ben").await);
        let both = server.account("both@example.org", &[Grant::Admin, Grant::Representative("kr-kofic")]).await;
        let id = member(&server, "kr-kofic", ACTIVE).await;
        let request = asked(&act(&server, &ada, "withdrawMembership", out(&id)).await);
        let seen = server.ask_as(&both, &format!("{{ node(id: {request}) {{ id }} }}")).await;
        assert_eq!(seen.data()["node"]["id"], request);
        for mutation in ["approveChangeRequest", "rejectChangeRequest"] {
            assert_eq!(decide(&server, &both, mutation, &request).await, "FORBIDDEN", "{mutation}");
        }
        assert_eq!(decide(&server, &ben, "approveChangeRequest", &request).await, "APPROVED");
    })
    .await;
}

#[tokio::test]
async fn a_repeated_key_is_answered_with_the_request_as_it_is_now() {
    on_each_database(|server| async move {
        let (ada, ben) = (admin(&server, "ada").await, admin(&server, "ben").await);
        let id = member(&server, "kr-kofic", ACTIVE).await;
        let query = query("withdrawMembership");
        let first = under(&server, &ada, "one", &query, &out(&id)).await;
        let request = asked(&first.data()["withdrawMembership"]);
        let before = entries(&server).await;
        let again = under(&server, &ada, "one", &query, &out(&id)).await;
        assert_eq!((&again.text, entries(&server).await), (&first.text, before));
        // Under another key it is the same request.
        let other = under(&server, &ada, "other", &query, &out(&id)).await;
        assert_eq!(asked(&other.data()["withdrawMembership"]), request);
        let approve = self::query("approveChangeRequest");
        let approved = under(&server, &ben, "approve", &approve, &json!({ "id": request })).await;
        assert_eq!(approved.data()["approveChangeRequest"]["changeRequest"]["status"], "APPROVED");
        assert_eq!(under(&server, &ben, "approve", &approve, &json!({ "id": request })).await.text, approved.text);
        for key in ["one", "other"] {
            let done = under(&server, &ada, key, &query, &out(&id)).await.data()["withdrawMembership"].clone();
            assert_eq!((code(&done), &done["membership"]["status"]), ("", &json!("WITHDRAWN")), "{key}");
            assert_eq!(done["changeRequest"]["status"], "APPROVED");
        }
        // Of one that nobody will approve any more it is said what became of it.
        let id = member(&server, "kh-mcfa", ACTIVE).await;
        let first = under(&server, &ada, "rejected", &query, &out(&id)).await;
        let request = asked(&first.data()["withdrawMembership"]);
        assert_eq!(decide(&server, &ben, "rejectChangeRequest", &request).await, "REJECTED");
        let again = under(&server, &ada, "rejected", &query, &out(&id)).await.data()["withdrawMembership"].clone();
        assert_eq!((code(&again), &again["changeRequest"]["status"]), ("ILLEGAL_TRANSITION", &json!("REJECTED")));
        // What was found to be stale is not told as done.
        let id = member(&server, "kr-kofice", ACTIVE).await;
        let request = asked(&act(&server, &ada, "withdrawMembership", out(&id)).await);
        assert_eq!(code(&act(&server, &ada, "suspendMembership", out(&id)).await), "");
        for _ in 0..2 {
            let answer = under(&server, &ben, "stale", &approve, &json!({ "id": request })).await;
            assert_eq!(code(&answer.data()["approveChangeRequest"]), "STALE");
        }
    })
    .await;
}

#[tokio::test]
async fn what_was_said_of_an_account_is_forgotten_with_it() {
    on_each_database(|server| async move {
        let (ada, ben) = (admin(&server, "ada").await, admin(&server, "ben").await);
        let two = somebody(&server, "two@example.org").await;
        let request = asked(&act(&server, &ada, "grantRole", json!({ "account": two, "role": "ADMIN" })).await);
        let input = json!({ "id": request, "reason": "Ask her mother first" });
        assert_eq!(code(&act(&server, &ben, "rejectChangeRequest", input).await), "");
        let made =
            "mutation { createPolicymaker(input: {givenName: \"Two\", country: \"KR\"}) { policymaker { id } } }";
        let person = server.ask_as(&ada, made).await.data()["createPolicymaker"]["policymaker"]["id"].clone();
        let erase =
            "mutation($input: ErasePolicymakerInput!) { erasePolicymaker(input: $input) { userErrors { code } } }";
        let input = json!({ "input": { "id": person, "account": two, "reason": "asked" } });
        let erased = server.ask_as_with(&ada, erase, input).await;
        assert_eq!(erased.data()["erasePolicymaker"]["userErrors"], json!([]));
        let row = change_request::Entity::find().one(&server.database().await).await.unwrap().unwrap();
        assert_eq!((row.reason, row.decision_reason), (None, None));
        let log = change_log::Entity::find().all(&server.database().await).await.unwrap();
        assert!(log.iter().all(|entry| entry.reason.as_deref().is_none_or(|reason| !reason.contains("mother"))));
    })
    .await;
}

#[test]
fn the_guide_for_operators_lists_the_actions_and_others_are_refused_at_start() {
    let guide = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../api/docs/operators.md")).unwrap();
    for action in FourEyes::known() {
        assert!(guide.contains(&format!("| `{action}` |")), "{action}");
        assert!(Arguments::try_parse_from(["balai", "--four-eyes", &action]).is_ok(), "{action}");
    }
    for unknown in ["", "expel", "none,grant-admin"] {
        let error = Arguments::try_parse_from(["balai", "--four-eyes", unknown]).unwrap_err().to_string();
        assert!(error.contains("expel-member"), "{error}");
    }
}
