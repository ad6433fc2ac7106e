//! An institution's standing in the network: who applies, endorses and decides, what the clock does, and who sees it.
use std::{fmt::Write as _, fs, sync::atomic::Ordering};

use chrono::NaiveDate;
use entity::{change_log, institution, membership, vocabulary::MembershipStatus};
use harness::{Grant, Server, Viewer, backends, on_each_database, viewers};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter as _,
};
use serde_json::{Value, json};

use crate::opportunities::{diagram, diagrams};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../api/docs/memberships.md");
const MEMBERSHIP: &str = "membership { id status tier version term { since until } } userErrors { field code message }";

/// Does something to a membership: the answer's payload, or the code of its error.
async fn act(server: &Server, token: &str, mutation: &str, input: Value) -> Value {
    let kind = match mutation {
        "applyForMembership" => "ApplyForMembershipInput",
        "approveMembership" => "ApproveMembershipInput",
        "renewMembership" => "RenewMembershipInput",
        _ => "TransitionInput",
    };
    let query = format!("mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {MEMBERSHIP} }} }}");
    let answer = server.ask_as_with(token, &query, json!({ "input": input })).await;
    match answer.json["errors"][0]["extensions"]["code"].as_str() {
        Some(code) => json!({ "userErrors": [{ "code": code }] }),
        None => answer.data()[mutation].clone(),
    }
}

/// The code of what was wrong, or where the membership stands.
fn outcome(payload: &Value) -> &str {
    payload["userErrors"][0]["code"].as_str().or(payload["membership"]["status"].as_str()).unwrap()
}

/// Does something to the membership with this ID: what came of it.
async fn lead(server: &Server, token: &str, mutation: &str, id: &Value) -> String {
    outcome(&act(server, token, mutation, json!({ "id": id, "reason": "a reason" })).await).to_owned()
}

/// An account that represents an institution which is no member yet.
async fn applicant(server: &Server, email: &str, slug: &str) -> String {
    let token = server.account(email, &[Grant::Representative(slug)]).await;
    let (db, key) = (server.database().await, server.member(slug).await);
    let theirs = membership::Entity::delete_many().filter(membership::Column::InstitutionId.eq(key));
    theirs.exec(&db).await.unwrap();
    token
}

/// Hides an institution, as one that came with an application.
async fn hide(server: &Server, slug: &str) {
    let hidden = institution::ActiveModel { listed: Set(false), ..Default::default() };
    let found = institution::Entity::update_many().set(hidden).filter(institution::Column::Slug.eq(slug));
    found.exec(&server.database().await).await.unwrap();
}

async fn id_of(server: &Server, slug: &str) -> Value {
    let key =
        institution::Entity::find().filter(institution::Column::Slug.eq(slug)).one(&server.database().await).await;
    json!(harness::id("inst", key.unwrap().unwrap().id))
}

#[tokio::test]
async fn an_institution_applies_is_endorsed_and_admitted_its_term_runs_out_and_is_renewed() {
    for backend in backends() {
        let (server, passed) = Server::start_with_time(*backend).await;
        let days = |days: u64| passed.store(days * 24 * 3_600, Ordering::Relaxed);
        let of = json!(id_of(&server, "kr-kofice").await);
        applicant(&server, "council@example.org", "kr-kofice").await;
        let token = async |email: &str| server.token_of(&api::config::TokenHolder::account(email)).await;
        server.account("focal@example.org", &[Grant::FocalPoint("KR")]).await;
        server.account("admin@example.org", &[Grant::Admin]).await;
        hide(&server, "kr-kofice").await;
        let council = token("council@example.org").await;
        let shown = r#"{ institution(by: {slug: "kr-kofice"}) { membershipStatus membership { status } } }"#;
        let status = async |token: &str| server.ask_as(token, shown).await.data()["institution"].clone();
        let open = async || server.ask(shown).await.data()["institution"].clone();

        // Its representative applies. Nobody else knows.
        let input = json!({ "institution": of, "tier": "ASSOCIATE" });
        let applied = act(&server, &council, "applyForMembership", input.clone()).await;
        assert_eq!(applied["userErrors"], json!([]));
        let id = applied["membership"]["id"].clone();
        assert_eq!(applied["membership"]["term"], Value::Null);
        assert_eq!(open().await, Value::Null);
        let own = json!({ "membershipStatus": "APPLIED", "membership": { "status": "APPLIED" } });
        assert_eq!(status(&council).await, own);
        assert_eq!(outcome(&act(&server, &council, "applyForMembership", input.clone()).await), "DUPLICATE");

        // The secretariat waits for the focal point, who speaks for it; then it is admitted, and everybody knows.
        let admin = token("admin@example.org").await;
        assert_eq!(lead(&server, &admin, "approveMembership", &id).await, "ILLEGAL_TRANSITION");
        assert_eq!(lead(&server, &admin, "endorseMembership", &id).await, "FORBIDDEN");
        let focal = token("focal@example.org").await;
        assert_eq!(lead(&server, &focal, "endorseMembership", &id).await, "ENDORSED");
        for (field, since, until) in [
            ("since", "2026-11-23", "2027-11-22"),
            ("until", "2026-11-01", "2026-11-21"),
            ("until", "2026-11-22", "2026-11-02"),
        ] {
            let term = json!({ "id": id, "since": since, "until": until });
            let refused = act(&server, &admin, "approveMembership", term).await;
            assert_eq!((outcome(&refused), &refused["userErrors"][0]["field"]), ("INVALID", &json!([field])));
        }
        let term = json!({ "id": id, "expectedVersion": 2, "tier": "FULL", "until": "2026-12-21" });
        let approved = act(&server, &admin, "approveMembership", term).await["membership"].clone();
        assert_eq!(approved["term"], json!({ "since": "2026-11-22", "until": "2026-12-21" }));
        assert_eq!(
            (&approved["status"], &approved["tier"], &approved["version"]),
            (&json!("ACTIVE"), &json!("FULL"), &json!(3))
        );
        assert_eq!(open().await, json!({ "membershipStatus": "ACTIVE", "membership": null }));

        // Its representative works, to the last moment of the term.
        let edit = format!(
            "mutation {{ updateInstitution(input: {{id: {of}, expectedVersion: 2, city: \"Seoul\"}}) {{ institution {{ version }} userErrors {{ code }} }} }}"
        );
        let code = async |token: &str| {
            let answer = server.ask_as(token, &edit).await;
            let code = answer.json["errors"][0]["extensions"]["code"].as_str();
            code.or(answer.json["data"]["updateInstitution"]["userErrors"][0]["code"].as_str())
                .unwrap_or("done")
                .to_owned()
        };
        passed.store(30 * 24 * 3_600 - 12 * 3_600 - 1, Ordering::Relaxed);
        let council = token("council@example.org").await;
        assert_eq!(code(&council).await, "done", "until the end of its last day");
        assert_eq!(open().await["membershipStatus"], "ACTIVE");
        passed.store(30 * 24 * 3_600 - 12 * 3_600 + 61, Ordering::Relaxed);
        assert_eq!(open().await["membershipStatus"], "LAPSED", "from the day after");
        let council = token("council@example.org").await;
        assert_eq!(code(&council).await, "FORBIDDEN");
        assert_eq!(status(&council).await["membership"]["status"], "LAPSED");
        let found = server.ask_as(&council, "{ a: memberships(filter: {status: [ACTIVE]}) { totalCount } l: memberships(filter: {status: [LAPSED]}) { totalCount } }").await;
        assert_eq!(found.data(), &json!({ "a": { "totalCount": 0 }, "l": { "totalCount": 1 } }));

        // It is renewed: by its representative for as long as was granted, by the secretariat for longer.
        let long = act(&server, &council, "renewMembership", json!({ "id": id, "until": "2027-12-31" })).await;
        assert_eq!((outcome(&long), &long["userErrors"][0]["field"]), ("INVALID", &json!(["until"])));
        let renewed = act(&server, &council, "renewMembership", json!({ "id": id, "until": "2027-01-20" })).await;
        assert_eq!(renewed["membership"]["term"], json!({ "since": "2026-12-22", "until": "2027-01-20" }));
        assert_eq!(open().await["membershipStatus"], "ACTIVE");

        // Suspended over the end of its term, it is lapsed when it is reinstated.
        let admin = token("admin@example.org").await;
        assert_eq!(outcome(&act(&server, &admin, "suspendMembership", json!({ "id": id })).await), "REQUIRED");
        assert_eq!(lead(&server, &admin, "suspendMembership", &id).await, "SUSPENDED");
        days(100);
        let admin = token("admin@example.org").await;
        assert_eq!(open().await["membershipStatus"], "SUSPENDED");
        assert_eq!(lead(&server, &admin, "reinstateMembership", &id).await, "LAPSED");
        let long = act(&server, &admin, "renewMembership", json!({ "id": id, "until": "2030-12-31" })).await;
        assert_eq!(outcome(&long), "ACTIVE");

        // It leaves, and may apply again.
        let council = token("council@example.org").await;
        assert_eq!(lead(&server, &council, "withdrawMembership", &id).await, "WITHDRAWN");
        assert_eq!(open().await, json!({ "membershipStatus": null, "membership": null }));
        assert_eq!(outcome(&act(&server, &council, "applyForMembership", input).await), "APPLIED");
        assert_eq!(status(&council).await["membershipStatus"], "APPLIED", "the one that goes on");

        // Each step can be traced.
        let story = format!(
            "{{ membership(id: {id}) {{ representatives {{ name }} history {{ by {{ name }} from to reason }} }} }}"
        );
        let told = server.ask_as(&council, &story).await.data()["membership"].clone();
        assert_eq!(told["representatives"], json!([{ "name": "Somebody Invented" }]));
        let steps: Vec<(Option<&str>, &str)> = told["history"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| (event["from"].as_str(), event["to"].as_str().unwrap()))
            .collect();
        assert_eq!(
            steps,
            [
                (None, "APPLIED"),
                (Some("APPLIED"), "ENDORSED"),
                (Some("ENDORSED"), "ACTIVE"),
                (Some("ACTIVE"), "LAPSED"),
                (Some("LAPSED"), "ACTIVE"),
                (Some("ACTIVE"), "SUSPENDED"),
                (Some("SUSPENDED"), "LAPSED"),
                (Some("LAPSED"), "ACTIVE"),
                (Some("ACTIVE"), "WITHDRAWN"),
            ]
        );
        assert_eq!(
            told["history"][5],
            json!({ "by": { "name": "Somebody Invented" }, "from": "ACTIVE", "to": "SUSPENDED", "reason": "a reason" })
        );
        let log = format!("{{ auditLog(filter: {{subject: {of}}}) {{ nodes {{ changes {{ field new }} }} }} }}");
        let log = server.ask_as(&admin, &log).await;
        assert!(log.text.contains(r#"{"field":"listed","new":"true"}"#), "that it is listed is told: {}", log.text);
    }
}

/// What each thing that is done leads to, from each status.
const TABLE: [(&str, [&str; 7]); 7] = [
    // from              APPLIED ENDORSED ACTIVE SUSPENDED LAPSED REJECTED WITHDRAWN
    ("endorseMembership", ["ENDORSED", "", "", "", "", "", ""]),
    ("approveMembership", ["ACTIVE", "ACTIVE", "", "", "", "", ""]),
    ("rejectMembership", ["REJECTED", "REJECTED", "", "", "", "", ""]),
    ("suspendMembership", ["", "", "SUSPENDED", "", "", "", ""]),
    ("reinstateMembership", ["", "", "", "ACTIVE", "", "", ""]),
    // In the last sixty days of a term, as here, and after it.
    ("renewMembership", ["", "", "ACTIVE", "", "ACTIVE", "", ""]),
    ("withdrawMembership", ["WITHDRAWN", "WITHDRAWN", "WITHDRAWN", "WITHDRAWN", "WITHDRAWN", "", ""]),
];
const STATUSES: [(&str, MembershipStatus); 7] = [
    ("APPLIED", MembershipStatus::Applied),
    ("ENDORSED", MembershipStatus::Endorsed),
    ("ACTIVE", MembershipStatus::Active),
    ("SUSPENDED", MembershipStatus::Suspended),
    // By the clock.
    ("LAPSED", MembershipStatus::Active),
    ("REJECTED", MembershipStatus::Rejected),
    ("WITHDRAWN", MembershipStatus::Withdrawn),
];

/// What comes of it, by the words of the domain.
fn expected(viewer: &Viewer, mutation: &str, from: &str, next: &'static str) -> &'static str {
    let represents = ["representative", "suspended", "applicant"].contains(&viewer.name);
    let applied = ["APPLIED", "ENDORSED"].contains(&from);
    let may = match mutation {
        "endorseMembership" => viewer.name == "focal_point",
        "renewMembership" => represents || viewer.name == "admin",
        "withdrawMembership" => represents || (viewer.name == "admin" && !applied),
        _ => viewer.name == "admin",
    };
    match viewer.name {
        "anonymous" => "UNAUTHENTICATED",
        name if name.starts_with("agency") => "FORBIDDEN",
        "account" | "foreign_representative" | "foreign_focal_point" => "NOT_FOUND",
        _ if !may => "FORBIDDEN",
        // There is a focal point, who could endorse it.
        _ if mutation == "approveMembership" && from == "APPLIED" => "ILLEGAL_TRANSITION",
        _ if next.is_empty() => "ILLEGAL_TRANSITION",
        _ => next,
    }
}

#[tokio::test]
async fn each_status_command_and_viewer_has_the_outcome_of_the_table() {
    for backend in backends() {
        let server = Server::start_with(*backend, &["--limit-requests=1000000", "--limit-budget=100000000"]).await;
        let (db, viewers) = (server.database().await, viewers(&server).await);
        // What the clock does by itself, somebody may log at any time.
        let entries = async || {
            let decided = change_log::Entity::find().filter(change_log::Column::AccountId.is_not_null());
            i64::try_from(decided.count(&db).await.unwrap()).unwrap()
        };
        let rows = membership::Entity::find().all(&db).await.unwrap();
        let mut text = head(&viewers);
        for (mutation, outcomes) in TABLE {
            write!(text, "\n## {mutation}\n\n{}", columns(&viewers)).unwrap();
            for ((name, status), next) in STATUSES.into_iter().zip(outcomes) {
                write!(text, "| `{name}` |").unwrap();
                for viewer in &viewers {
                    let own = &viewer.variables["membership"];
                    let row = rows.iter().find(|row| json!(harness::id("member", row.id)) == *own).unwrap();
                    let mut led = row.clone().into_active_model().reset_all();
                    led.status = Set(status);
                    led.since = Set(NaiveDate::from_ymd_opt(2025, 11, 21));
                    let until = if name == "LAPSED" { (2026, 11, 21) } else { (2026, 11, 22) };
                    led.until = Set(NaiveDate::from_ymd_opt(until.0, until.1, until.2));
                    let before = led.update(&db).await.unwrap();
                    let logged = entries().await;
                    let more = match mutation {
                        "renewMembership" => r#"until: "2027-11-21""#,
                        _ => r#"reason: "a reason""#,
                    };
                    let step = format!(
                        "mutation {{ {mutation}(input: {{id: $membership, {more}}}) {{ membership {{ status }} userErrors {{ code }} }} }}"
                    );
                    let answer = viewer.ask(&server, &step).await;
                    let came = answer.json["errors"][0]["extensions"]["code"].as_str();
                    let came = came.unwrap_or_else(|| outcome(&answer.json["data"][mutation]));
                    let expected = expected(viewer, mutation, name, next);
                    let what = format!("{mutation} from {name} by {}: {}", viewer.name, answer.text);
                    assert_eq!(came, expected, "{what}");
                    let after = membership::Entity::find_by_id(row.id).one(&db).await.unwrap().unwrap();
                    let done = !next.is_empty() && came == next;
                    assert_eq!(after != before, done, "{what}");
                    assert_eq!(entries().await - logged, i64::from(done), "{what}");
                    write!(text, " {} |", if done { format!("**{came}**") } else { format!("`{came}`") }).unwrap();
                }
                text.push('\n');
            }
        }
        if fs::read_to_string(PAGE).unwrap_or_default() != text {
            fs::write(PAGE, text).unwrap();
            panic!("api/docs/memberships.md was out of date; it is now rewritten: read its diff");
        }
    }
}

/// What stands before the tables of the page.
fn head(viewers: &[Viewer]) -> String {
    let who = viewers.iter().map(|viewer| viewer.name.replace('_', " ")).collect::<Vec<_>>().join(", ");
    format!(
        "# What comes of what is done to a membership\n\n\
         This page is made by the tests, which do each of these things to a membership at each status as each sort of viewer \
         ({who}: see [who sees and does what](access.md)), on both databases. It is always about the viewer's own \
         institution, or about one in the focal point's country for those who have none, and there is a focal point who could \
         endorse it. In bold: what is done, and where the membership stands since. What is refused changes nothing and is not \
         in the log.\n"
    )
}

fn columns(viewers: &[Viewer]) -> String {
    let names: String = viewers.iter().map(|viewer| format!(" {} |", viewer.name.replace('_', " "))).collect();
    format!("| from |{names}\n| --- |{}\n", " --- |".repeat(viewers.len()))
}

#[test]
fn the_guide_shows_the_table_as_a_diagram() {
    let text = |part: &str| part.to_owned();
    let steps = TABLE.iter().flat_map(|(done, outcomes)| {
        let reached = STATUSES.iter().zip(outcomes).filter(|(_, next)| !next.is_empty());
        reached.map(|((from, _), next)| (text(from), text(done), text(next))).collect::<Vec<_>>()
    });
    let besides = [
        (text("[*]"), text("applyForMembership"), text("APPLIED")),
        (text("ACTIVE"), text("the term ends"), text("LAPSED")),
        (text("SUSPENDED"), text("reinstateMembership, after the term"), text("LAPSED")),
    ];
    let expected = diagram(steps.chain(besides));
    assert!(diagrams().contains(&expected), "{expected:#?}");
}

#[tokio::test]
async fn of_fifty_applications_at_once_one_is_taken() {
    on_each_database(|server| async move {
        let council = applicant(&server, "council@example.org", "kr-kofice").await;
        let input = json!({ "institution": id_of(&server, "kr-kofice").await, "tier": "FULL" });
        let all = (0..50).map(|_| act(&server, &council, "applyForMembership", input.clone()));
        let came = futures_util::future::join_all(all).await;
        let count = |code: &str| came.iter().filter(|payload| outcome(payload) == code).count();
        assert_eq!((count("APPLIED"), count("DUPLICATE")), (1, 49));
        let twin = membership::Entity::find().one(&server.database().await).await.unwrap().unwrap();
        let mut twin = twin.into_active_model().reset_all();
        twin.id = Set(uuid::Uuid::now_v7());
        assert!(twin.insert(&server.database().await).await.is_err(), "nor does the database take a second one");
    })
    .await;
}

#[tokio::test]
async fn nobody_decides_about_an_institution_that_they_represent() {
    on_each_database(|server| async move {
        // In a country without a focal point, but for one who represents the applicant.
        let grants = [Grant::FocalPoint("KR"), Grant::Admin, Grant::Representative("kr-kofice")];
        let all_in_one = server.account("everything@example.org", &grants).await;
        applicant(&server, "council@example.org", "kr-kofice").await;
        let admin = server.account("admin@example.org", &[Grant::Admin]).await;
        let input = json!({ "institution": id_of(&server, "kr-kofice").await, "tier": "FULL" });
        assert_eq!(
            outcome(&act(&server, &admin, "applyForMembership", input.clone()).await),
            "REQUIRED",
            "who applies"
        );
        let id = act(&server, &all_in_one, "applyForMembership", input).await["membership"]["id"].clone();
        for mutation in ["endorseMembership", "approveMembership", "rejectMembership"] {
            assert_eq!(lead(&server, &all_in_one, mutation, &id).await, "FORBIDDEN", "{mutation}");
        }
        assert_eq!(lead(&server, &admin, "withdrawMembership", &id).await, "FORBIDDEN", "it is the applicant's");
        assert_eq!(lead(&server, &admin, "approveMembership", &id).await, "ACTIVE", "nobody could endorse it");
        assert_eq!(lead(&server, &all_in_one, "suspendMembership", &id).await, "FORBIDDEN");
        assert_eq!(lead(&server, &admin, "suspendMembership", &id).await, "SUSPENDED");
        assert_eq!(lead(&server, &all_in_one, "reinstateMembership", &id).await, "FORBIDDEN");
        let stale = json!({ "id": id, "expectedVersion": 1, "reason": "a reason" });
        let stale = act(&server, &admin, "withdrawMembership", stale).await;
        assert_eq!((outcome(&stale), &stale["membership"]["version"]), ("CONFLICT", &json!(3)));
        assert_eq!(lead(&server, &all_in_one, "withdrawMembership", &id).await, "WITHDRAWN");
    })
    .await;
}

#[tokio::test]
async fn lists_are_filtered_ordered_and_counted() {
    on_each_database(|server| async move {
        let db = server.database().await;
        let admin = server.account("admin@example.org", &[Grant::Admin]).await;
        membership::Entity::delete_many().exec(&db).await.unwrap();
        let day = |text: &str| Some(text.parse::<NaiveDate>().unwrap());
        for (slug, status, until) in [
            ("kr-kofic", MembershipStatus::Active, day("2027-01-31")),
            ("kr-kofice", MembershipStatus::Active, day("2026-11-21")),
            ("kh-mcfa", MembershipStatus::Suspended, None),
            ("kr-mcst", MembershipStatus::Applied, None),
        ] {
            let institution_id = server.member(slug).await;
            let found = membership::Entity::find().filter(membership::Column::InstitutionId.eq(institution_id));
            let mut row = found.one(&db).await.unwrap().unwrap().into_active_model();
            (row.status, row.until) = (Set(status), Set(until));
            row.update(&db).await.unwrap();
        }
        let slugs = async |arguments: &str| {
            let query = format!("{{ memberships({arguments}) {{ nodes {{ institution {{ slug }} }} }} }}");
            let answer = server.ask_as(&admin, &query).await;
            let nodes = answer.data()["memberships"]["nodes"].as_array().unwrap().clone();
            nodes.iter().map(|node| node["institution"]["slug"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(slugs("filter: {status: [LAPSED, APPLIED]}").await, ["kr-kofice", "kr-mcst"]);
        assert_eq!(slugs("filter: {not: {status: [LAPSED, APPLIED]}}").await, ["kr-kofic", "kh-mcfa"]);
        assert_eq!(slugs(r#"filter: {country: ["KH"]}"#).await, ["kh-mcfa"]);
        assert_eq!(slugs(r#"filter: {termEndsBefore: "2027-01-31"}"#).await, ["kr-kofice"]);
        assert_eq!(
            slugs(r#"filter: {termEndsBefore: "2027-02-01"}, orderBy: {field: TERM_END}"#).await,
            ["kr-kofice", "kr-kofic"]
        );
        assert_eq!(slugs(r#"filter: {text: "Korean Film Council"}"#).await, ["kr-kofic"]);
        assert!(slugs("filter: {tier: [OBSERVER]}").await.is_empty());
        // Page by page, in both directions of the order.
        for (direction, whole) in [
            ("ASC", ["kr-kofice", "kr-kofic", "kh-mcfa", "kr-mcst"]),
            ("DESC", ["kr-kofic", "kr-kofice", "kr-mcst", "kh-mcfa"]),
        ] {
            let (mut after, mut found) = (String::new(), vec![]);
            for _ in 0..whole.len() {
                let query = format!(
                    "{{ memberships(first: 1, orderBy: {{field: TERM_END, direction: {direction}}}{after}) {{
                    pageInfo {{ endCursor }} nodes {{ institution {{ slug }} }} }} }}"
                );
                let page = server.ask_as(&admin, &query).await.data()["memberships"].clone();
                found.push(page["nodes"][0]["institution"]["slug"].as_str().unwrap().to_owned());
                after = format!(", after: {}", page["pageInfo"]["endCursor"]);
            }
            assert_eq!(found, whole, "{direction}");
        }
        let query = "{ membershipSummary { members byStatus { status count } byTier { tier count }
            byCountry { country { code } count } } }";
        let told = server.ask_as(&admin, query).await.data()["membershipSummary"].clone();
        assert_eq!(told["members"], 3);
        let count = |status: &str| json!({ "status": status, "count": 1 });
        assert_eq!(told["byStatus"], json!(["APPLIED", "ACTIVE", "SUSPENDED", "LAPSED"].map(count)));
        assert_eq!(told["byTier"], json!([{ "tier": "FULL", "count": 3 }]));
        assert_eq!(
            told["byCountry"],
            json!([{ "country": { "code": "KR" }, "count": 2 }, { "country": { "code": "KH" }, "count": 1 }])
        );
    })
    .await;
}
