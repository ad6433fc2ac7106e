//! The life of an opportunity: drafted, sent, published, taken up; who may, and what the log tells of it.
use std::{collections::BTreeSet, sync::atomic::Ordering};

use entity::{
    interest, opportunity,
    vocabulary::{InterestStatus, OpportunityStatus},
};
use harness::{Answer, Grant, Server, Viewer, backends, on_each_database, viewers};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
};
use serde_json::{Value, json};

const OPPORTUNITY: &str = "opportunity { id slug status version publishedAt acceptsInterest title
    eligibility { everyone countries { code } groups { code } note } funding { minimum maximum currency covers }
    partners { role institution { slug } } legalBasis { slug } hostCountries { code } languages url deadline }
    userErrors { field code message }";

/// Does something to an opportunity: the payload.
async fn act(server: &Server, token: &str, mutation: &str, input: Value) -> Value {
    let kind = match mutation {
        "createOpportunity" => "CreateOpportunityInput",
        "updateOpportunity" => "UpdateOpportunityInput",
        _ => "TransitionInput",
    };
    let query = format!("mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {OPPORTUNITY} }} }}");
    server.ask_as_with(token, &query, json!({ "input": input })).await.data()[mutation].clone()
}

/// Does something to an interest: the payload.
async fn decide(server: &Server, token: &str, mutation: &str, input: Value) -> Value {
    let kind = match mutation {
        "expressInterest" => "ExpressInterestInput",
        "decideInterest" => "DecideInterestInput",
        _ => "TransitionInput",
    };
    let query = format!(
        "mutation($input: {kind}!) {{ {mutation}(input: $input) {{
            interest {{ id status version message replyTo submittedBy {{ name institution {{ slug }} }} institution {{ slug }} }}
            userErrors {{ field code message }} }} }}"
    );
    server.ask_as_with(token, &query, json!({ "input": input })).await.data()[mutation].clone()
}

async fn institution(server: &Server, slug: &str) -> Value {
    let answer = server.ask(&format!(r#"{{ institution(by: {{slug: "{slug}"}}) {{ id }} }}"#)).await;
    answer.data()["institution"]["id"].clone()
}

/// A call, as its authors write it.
async fn call(server: &Server, lead: &str) -> Value {
    let agreements = server.ask(r#"{ agreements(filter: {party: "KR", text: "vietnam"}) { nodes { id } } }"#).await;
    let basis: Vec<Value> =
        agreements.data()["agreements"]["nodes"].as_array().unwrap().iter().map(|node| node["id"].clone()).collect();
    json!({
        "leadInstitution": institution(server, lead).await,
        "titles": [{ "language": "en", "text": "Call for co-productions" }, { "language": "ko", "text": "공동제작 공모" }],
        "summaries": [{ "language": "en", "text": "Feature films by producers of both countries." }],
        "kind": "CO_PRODUCTION",
        "opensOn": "2026-11-01",
        "deadline": "2027-01-31T15:00:00Z",
        "media": ["FILM"],
        "policyAreas": ["FILM"],
        "eligibility": { "countries": ["VN"], "groups": ["ASEAN"], "note": "Companies only" },
        "funding": { "minimum": "1000.50", "maximum": "50000", "currency": "KRW", "covers": ["PRODUCTION"] },
        "hostCountries": ["KR"],
        "legalBasis": basis,
        "languages": ["en", "ko"],
        "url": "https://kofic.example.org/call",
        "partners": [{ "institution": institution(server, "kh-cla").await, "role": "LOCAL_PARTNER" }],
    })
}

#[tokio::test]
async fn a_call_is_drafted_sent_published_and_taken_up_and_the_log_tells_it() {
    on_each_database(|server| async move {
        let council = server.account("council@example.org", &[Grant::Representative("kr-kofic")]).await;
        let focal = server.account("focal.kr@example.org", &[Grant::FocalPoint("KR")]).await;
        let producer = server.account("producer@example.org", &[Grant::Representative("kh-mcfa")]).await;
        let admin = server.account("secretary@example.org", &[Grant::Admin]).await;

        // The film council's representative drafts a call, and sends it to the focal point.
        let drafted = act(&server, &council, "createOpportunity", call(&server, "kr-kofic").await).await;
        assert_eq!(drafted["userErrors"], json!([]));
        let draft = &drafted["opportunity"];
        assert_eq!((&draft["status"], &draft["version"], &draft["slug"]), (&json!("DRAFT"), &json!(1), &json!("call-for-co-productions")));
        assert_eq!(draft["eligibility"]["groups"], json!([{ "code": "ASEAN" }]));
        assert_eq!(draft["funding"], json!({ "minimum": "1000.50", "maximum": "50000", "currency": "KRW", "covers": ["PRODUCTION"] }));
        assert_eq!(draft["partners"], json!([{ "role": "LOCAL_PARTNER", "institution": { "slug": "kh-cla" } }]));
        let id = draft["id"].clone();
        let seen = format!("{{ node(id: {id}) {{ id }} search(query: \"call for co-productions\") {{ totalCount }} }}");
        let found = server.ask_as(&producer, &seen).await;
        assert_eq!(found.data(), &json!({ "node": null, "search": { "totalCount": 0 } }), "a draft is nobody else's");

        let sent = act(&server, &council, "submitOpportunity", json!({ "id": id, "expectedVersion": 1 })).await;
        assert_eq!(sent["opportunity"]["status"], "SUBMITTED");
        let without = act(&server, &focal, "returnOpportunity", json!({ "id": id })).await;
        assert_eq!(without["userErrors"][0]["code"], "REQUIRED", "it is sent back for a reason");
        let back = act(&server, &focal, "returnOpportunity", json!({ "id": id, "reason": "Say who may apply" })).await;
        let why = format!("{{ node(id: {id}) {{ ... on Opportunity {{ returnReason }} }} }}");
        let told = server.ask_as(&council, &why).await;
        assert_eq!(told.data()["node"]["returnReason"], "Say who may apply", "who wrote it reads why");
        assert_eq!(back["opportunity"]["status"], "DRAFT");
        let input = json!({ "id": id, "expectedVersion": 3, "url": null,
            "eligibility": { "everyone": false, "countries": ["VN", "KH"] } });
        let better = act(&server, &council, "updateOpportunity", input).await;
        assert_eq!(better["userErrors"], json!([]));
        assert_eq!((&better["opportunity"]["version"], &better["opportunity"]["url"]), (&json!(4), &Value::Null));
        assert_eq!(better["opportunity"]["eligibility"]["note"], Value::Null);
        assert_eq!(better["opportunity"]["title"], "Call for co-productions", "what is absent stays");
        act(&server, &council, "submitOpportunity", json!({ "id": id })).await;

        // Which the council reads, and mends.
        let why = server.ask_as(&council, &format!("{{ node(id: {id}) {{ ... on Opportunity {{ returnReason titles {{ language text }} }} }} }}")).await;
        assert_eq!(why.data()["node"]["returnReason"], Value::Null, "it was submitted again");
        assert_eq!(why.data()["node"]["titles"].as_array().unwrap().len(), 2);

        // Who publishes it.
        let published = act(&server, &focal, "publishOpportunity", json!({ "id": id })).await;
        assert_eq!(published["opportunity"]["status"], "PUBLISHED");
        assert_eq!(published["opportunity"]["publishedAt"], "2026-11-22T12:00:00Z");
        assert_eq!(published["opportunity"]["acceptsInterest"], true);
        let found = server.ask(&seen).await;
        assert_eq!(found.data()["search"]["totalCount"], 1, "everybody finds it");

        // A producer's institution expresses interest, and the council accepts it.
        let expressed = json!({ "opportunity": id, "institution": institution(&server, "kh-mcfa").await,
            "replyTo": "producer@example.org", "message": "We have a script.\nMay we send it?" });
        let sent = decide(&server, &producer, "expressInterest", expressed.clone()).await;
        assert_eq!(sent["userErrors"], json!([]));
        assert_eq!(sent["interest"]["submittedBy"], json!({ "name": "Somebody Invented", "institution": { "slug": "kh-mcfa" } }));
        let again = decide(&server, &producer, "expressInterest", expressed).await;
        assert_eq!(again["userErrors"][0]["code"], "DUPLICATE");
        let list = format!("{{ node(id: {id}) {{ ... on Opportunity {{ interests {{ totalCount nodes {{ id status replyTo }} }} }} }} }}");
        for (token, count) in [(&council, 1), (&producer, 1), (&admin, 1), (&focal, 0)] {
            assert_eq!(server.ask_as(token, &list).await.data()["node"]["interests"]["totalCount"], count);
        }
        assert_eq!(server.ask(&list).await.data()["node"]["interests"]["totalCount"], 0);
        let which = &sent["interest"]["id"];
        let accepted = decide(&server, &council, "decideInterest", json!({ "id": which, "expectedVersion": 1, "decision": "ACCEPT" })).await;
        assert_eq!(accepted["interest"]["status"], "ACCEPTED");
        let late = decide(&server, &producer, "withdrawInterest", json!({ "id": which })).await;
        assert_eq!(late["userErrors"][0]["code"], "ILLEGAL_TRANSITION");

        // And the audit log tells the whole story.
        let story = "{ auditLog { totalCount nodes { operation version reason actor { name } subject { __typename }
            changes { field old new } } } }";
        let told = server.ask_as(&admin, story).await;
        let entries = told.data()["auditLog"]["nodes"].as_array().unwrap();
        let status = |entry: &Value| {
            let change = entry["changes"].as_array().unwrap().iter().find(|change| change["field"] == "status").cloned();
            change.map_or_else(|| "edited".to_owned(), |change| change["new"].as_str().unwrap().trim_matches('"').to_owned())
        };
        let steps: Vec<String> = entries.iter().rev().map(status).collect();
        assert_eq!(steps, ["DRAFT", "SUBMITTED", "DRAFT", "edited", "SUBMITTED", "PUBLISHED", "SUBMITTED", "ACCEPTED"]);
        assert_eq!(entries[5]["reason"], "Say who may apply");
        assert_eq!((&entries[0]["subject"]["__typename"], &entries[7]["operation"]), (&json!("Interest"), &json!("CREATED")));
        assert!(!told.text.contains("producer@example.org") && !told.text.contains("May we send"), "nothing personal");
        let changed: BTreeSet<&str> =
            entries[4]["changes"].as_array().unwrap().iter().map(|change| change["field"].as_str().unwrap()).collect();
        assert_eq!(changed, BTreeSet::from(["eligibility", "url"]));
        for token in [&council, &focal] {
            assert_eq!(server.ask_as(token, story).await.error().0, "FORBIDDEN");
        }
        let of_focal = server.ask_as(&admin, &format!("{{ auditLog(filter: {{subject: {id}, operation: [UPDATED]}}, first: 2) {{
            totalCount pageInfo {{ hasNextPage }} nodes {{ version }} }} }}")).await;
        assert_eq!(of_focal.data()["auditLog"], json!({ "totalCount": 5, "pageInfo": { "hasNextPage": true },
            "nodes": [{ "version": 6 }, { "version": 5 }] }));
    })
    .await;
}

/// An agreement that is over, and is no legal basis.
async fn over(server: &Server) -> Value {
    let found = server.ask("{ agreements(filter: {status: [TERMINATED]}, first: 1) { nodes { id } } }").await;
    found.data()["agreements"]["nodes"][0]["id"].clone()
}

#[tokio::test]
async fn all_that_is_wrong_is_told_at_once_and_nothing_is_written() {
    on_each_database(|server| async move {
        let council = server.account("council@example.org", &[Grant::Representative("kr-kofic")]).await;
        let mut input = call(&server, "kr-kofic").await;
        input["titles"] =
            json!([{ "language": "en", "text": "two\nlines" }, { "language": "en", "text": "x".repeat(301) }]);
        input["summaries"] = json!([]);
        input["deadline"] = json!("2026-10-01T00:00:00Z");
        input["startsOn"] = json!("2027-02-02");
        input["endsOn"] = json!("2027-02-01");
        input["funding"] = json!({ "minimum": "10", "maximum": "5", "currency": "XYZ" });
        input["url"] = json!("ftp://example.org");
        input["slug"] = json!("Not A Slug");
        input["hostCountries"] = json!(["KR", "XX"]);
        input["legalBasis"] = json!([over(&server).await]);
        input["eligibility"] = json!({ "groups": ["NOBODY"] });
        input["partners"] = json!([{ "institution": "inst_01m83ejkm4ev1816ra37vn0y20", "role": "DONOR" }]);
        let refused = act(&server, &council, "createOpportunity", input).await;
        assert_eq!(refused["opportunity"], Value::Null);
        let mut told: Vec<(String, String)> = refused["userErrors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|fault| {
                let path: Vec<&str> =
                    fault["field"].as_array().unwrap().iter().map(|part| part.as_str().unwrap()).collect();
                (path.join("."), fault["code"].as_str().unwrap().to_owned())
            })
            .collect();
        told.sort();
        let expected = [
            ("deadline", "INVALID"),
            ("eligibility.groups.0", "NOT_FOUND"),
            ("endsOn", "INVALID"),
            ("funding.currency", "INVALID"),
            ("funding.maximum", "INVALID"),
            ("hostCountries.1", "INVALID"),
            ("legalBasis.0", "NOT_FOUND"),
            ("partners.0.institution", "NOT_FOUND"),
            ("slug", "INVALID"),
            ("summaries", "REQUIRED"),
            ("titles.0.text", "INVALID"),
            ("titles.1.text", "TOO_LONG"),
            ("url", "INVALID"),
        ];
        let expected: Vec<_> = expected.iter().map(|(path, code)| ((*path).to_owned(), (*code).to_owned())).collect();
        assert_eq!(told, expected);
        let admin = server.account("secretary@example.org", &[Grant::Admin]).await;
        let log = server
            .ask_as(&admin, "{ auditLog { totalCount } opportunities(filter: {status: [DRAFT]}) { totalCount } }")
            .await;
        assert_eq!(log.data(), &json!({ "auditLog": { "totalCount": 0 }, "opportunities": { "totalCount": 0 } }));
    })
    .await;
}

#[tokio::test]
async fn whoever_saw_another_version_gets_the_one_that_is() {
    on_each_database(|server| async move {
        let council = server.account("council@example.org", &[Grant::Representative("kr-kofic")]).await;
        let drafted = act(&server, &council, "createOpportunity", call(&server, "kr-kofic").await).await;
        let id = &drafted["opportunity"]["id"];
        let named = |text: &str, version: i32| json!({ "id": id, "expectedVersion": version, "titles": [{ "language": "en", "text": text }] });
        let first = act(&server, &council, "updateOpportunity", named("One", 1)).await;
        assert_eq!(first["opportunity"]["version"], 2);
        let second = act(&server, &council, "updateOpportunity", named("Other", 1)).await;
        assert_eq!((&second["userErrors"][0]["code"], &second["opportunity"]["title"]), (&json!("CONFLICT"), &json!("One")));
        let same = act(&server, &council, "updateOpportunity", named("One", 2)).await;
        assert_eq!((&same["opportunity"]["version"], &same["userErrors"]), (&json!(2), &json!([])), "nothing changed, nothing is counted");
        let twin = act(&server, &council, "createOpportunity", call(&server, "kr-kofic").await).await;
        let slug = twin["opportunity"]["slug"].as_str().unwrap();
        assert!(slug.starts_with("call-for-co-productions-") && !slug.ends_with("-2"), "how many there are is not told: {slug}");
        let mut taken = call(&server, "kr-kofic").await;
        taken["slug"] = json!("call-for-co-productions");
        assert_eq!(act(&server, &council, "createOpportunity", taken).await["userErrors"][0]["code"], "TAKEN");
    })
    .await;
}

/// What each thing that is done leads to, from each status; in which capacity, at least.
const TABLE: [(&str, &str, [&str; 6]); 6] = [
    // from                  DRAFT        SUBMITTED    PUBLISHED    POSTPONED    CLOSED CANCELLED
    ("submitOpportunity", "representative", ["SUBMITTED", "", "", "", "", ""]),
    ("returnOpportunity", "focal_point", ["", "DRAFT", "", "", "", ""]),
    ("publishOpportunity", "focal_point", ["PUBLISHED", "PUBLISHED", "", "PUBLISHED", "", ""]),
    ("postponeOpportunity", "representative", ["", "", "POSTPONED", "", "", ""]),
    ("closeOpportunity", "representative", ["", "", "CLOSED", "", "", ""]),
    ("cancelOpportunity", "representative", ["CANCELLED", "CANCELLED", "CANCELLED", "CANCELLED", "", ""]),
];
const STATUSES: [(&str, OpportunityStatus); 6] = [
    ("DRAFT", OpportunityStatus::Draft),
    ("SUBMITTED", OpportunityStatus::Submitted),
    ("PUBLISHED", OpportunityStatus::Published),
    ("POSTPONED", OpportunityStatus::Postponed),
    ("CLOSED", OpportunityStatus::Closed),
    ("CANCELLED", OpportunityStatus::Cancelled),
];

#[tokio::test]
async fn each_status_command_and_viewer_has_the_outcome_of_the_table() {
    for backend in backends() {
        let server = Server::start_with(*backend, &["--limit-requests=1000000", "--limit-budget=100000000"]).await;
        let db = server.database().await;
        let viewers = viewers(&server).await;
        let admin = viewers.iter().find(|viewer| viewer.name == "admin").unwrap();
        let entries = async || {
            admin.ask(&server, "{ auditLog { totalCount } }").await.data()["auditLog"]["totalCount"].as_i64().unwrap()
        };
        for (mutation, least, outcomes) in TABLE {
            for ((name, status), next) in STATUSES.into_iter().zip(outcomes) {
                for viewer in &viewers {
                    // The draft of the viewer's own institution, led to this status.
                    let slug = viewer.variables["draftSlug"].as_str().unwrap();
                    let found = opportunity::Entity::find().filter(opportunity::Column::Slug.eq(slug)).one(&db).await;
                    let mut row = found.unwrap().unwrap().into_active_model();
                    let public = !matches!(status, OpportunityStatus::Draft | OpportunityStatus::Submitted);
                    row.status = Set(status);
                    row.published_at = Set(public.then(harness::now));
                    let before = row.update(&db).await.unwrap();
                    let logged = entries().await;
                    let answer = transition(&server, viewer, mutation).await;
                    let expected = expected(viewer.name, least, public, next);
                    assert_eq!(
                        outcome(&answer, mutation),
                        expected,
                        "{mutation} from {name} by {}: {}",
                        viewer.name,
                        answer.text
                    );
                    let after = opportunity::Entity::find_by_id(before.id).one(&db).await.unwrap().unwrap();
                    let done = expected == next && !next.is_empty();
                    assert_eq!(after != before, done, "{mutation} from {name} by {}", viewer.name);
                    assert_eq!(
                        entries().await - logged,
                        i64::from(done),
                        "a change is one entry, and no change is none"
                    );
                }
            }
        }
    }
}

/// A state diagram (Mermaid) of transitions: from, what is done, to.
pub(crate) fn diagram(transitions: impl IntoIterator<Item = (String, String, String)>) -> BTreeSet<String> {
    transitions.into_iter().map(|(from, done, to)| format!("{from} --> {to}: {done}")).collect()
}

/// The state diagrams of the administrators' guide.
pub(crate) fn diagrams() -> Vec<BTreeSet<String>> {
    let guide = include_str!("../../api/docs/administrators.md");
    guide
        .split("stateDiagram-v2")
        .skip(1)
        .map(|text| text.split("```").next().unwrap().lines().map(|line| line.trim().to_owned()))
        .map(|lines| lines.filter(|line| !line.is_empty()).collect())
        .collect()
}

#[test]
fn the_guide_shows_the_tables_as_diagrams() {
    let shown = diagrams();
    let text = |part: &str| part.to_owned();
    let of_opportunities = TABLE.iter().flat_map(|(done, _, outcomes)| {
        let reached = STATUSES.iter().zip(outcomes).filter(|(_, next)| !next.is_empty());
        reached.map(|((from, _), next)| (text(from), text(done), text(next))).collect::<Vec<_>>()
    });
    let of_interests = INTERESTS.iter().flat_map(|(decision, _, outcomes)| {
        let done = if *decision == "WITHDRAW" { "withdrawInterest" } else { "decideInterest" };
        let reached = INTEREST_STATUSES.iter().zip(outcomes).filter(|(_, next)| !next.is_empty());
        reached.map(|((from, _), next)| (text(from), text(done), text(next))).collect::<Vec<_>>()
    });
    let begins = |done: &str, status: &str| (text("[*]"), text(done), text(status));
    assert_eq!(shown[0], diagram(of_opportunities.chain([begins("createOpportunity", "DRAFT")])));
    assert_eq!(shown[1], diagram(of_interests.chain([begins("expressInterest", "SUBMITTED")])));
}

/// What each decision leads to, from each status; whose it is.
const INTERESTS: [(&str, &str, [&str; 5]); 4] = [
    // from                SUBMITTED      SHORTLISTED  ACCEPTED DECLINED WITHDRAWN
    ("SHORTLIST", "lead", ["SHORTLISTED", "", "", "", ""]),
    ("ACCEPT", "lead", ["ACCEPTED", "ACCEPTED", "", "", ""]),
    ("DECLINE", "lead", ["DECLINED", "DECLINED", "", "", ""]),
    ("WITHDRAW", "sender", ["WITHDRAWN", "WITHDRAWN", "", "", ""]),
];
const INTEREST_STATUSES: [(&str, InterestStatus); 5] = [
    ("SUBMITTED", InterestStatus::Submitted),
    ("SHORTLISTED", InterestStatus::Shortlisted),
    ("ACCEPTED", InterestStatus::Accepted),
    ("DECLINED", InterestStatus::Declined),
    ("WITHDRAWN", InterestStatus::Withdrawn),
];

#[tokio::test]
async fn each_interest_decision_and_viewer_has_the_outcome_of_the_table() {
    for backend in backends() {
        let server = Server::start_with(*backend, &["--limit-requests=1000000", "--limit-budget=100000000"]).await;
        let db = server.database().await;
        let viewers = viewers(&server).await;
        let rows = interest::Entity::find().all(&db).await.unwrap();
        let received = &viewers[0].variables["received"];
        let row = rows.iter().find(|row| json!(harness::id("interest", row.id)) == *received).unwrap();
        for (decision, side, outcomes) in INTERESTS {
            for ((name, status), next) in INTEREST_STATUSES.into_iter().zip(outcomes) {
                for viewer in &viewers {
                    let mut led = row.clone().into_active_model();
                    led.status = Set(status);
                    let before = led.reset_all().update(&db).await.unwrap();
                    let (mutation, query) = if decision == "WITHDRAW" {
                        ("withdrawInterest", "mutation { withdrawInterest(input: {id: $received}) { interest { status } userErrors { code } } }".to_owned())
                    } else {
                        (
                            "decideInterest",
                            format!(
                                "mutation {{ decideInterest(input: {{id: $received, decision: {decision}}}) {{ interest {{ status }} userErrors {{ code }} }} }}"
                            ),
                        )
                    };
                    let answer = viewer.ask(&server, &query).await;
                    let came = match answer.json["errors"][0]["extensions"]["code"].as_str() {
                        Some(code) => code.to_owned(),
                        None => {
                            let payload = &answer.json["data"][mutation];
                            payload["userErrors"][0]["code"]
                                .as_str()
                                .or(payload["interest"]["status"].as_str())
                                .unwrap()
                                .to_owned()
                        }
                    };
                    let may = match viewer.name {
                        "admin" => true,
                        "representative" => side == "lead",
                        "foreign_representative" => side == "sender",
                        _ => false,
                    };
                    let expected = match viewer.name {
                        "anonymous" => "UNAUTHENTICATED",
                        name if name.starts_with("agency") => "FORBIDDEN",
                        "representative" | "foreign_representative" if !may => "FORBIDDEN",
                        _ if !may => "NOT_FOUND",
                        _ if next.is_empty() => "ILLEGAL_TRANSITION",
                        _ => next,
                    };
                    assert_eq!(came, expected, "{decision} from {name} by {}: {}", viewer.name, answer.text);
                    let after = interest::Entity::find_by_id(row.id).one(&db).await.unwrap().unwrap();
                    assert_eq!(after != before, may && !next.is_empty(), "{decision} from {name} by {}", viewer.name);
                }
            }
        }
    }
}

async fn transition(server: &Server, viewer: &Viewer, mutation: &str) -> Answer {
    let query = format!(
        "mutation {{ {mutation}(input: {{id: $draft, reason: \"a reason\"}}) {{ opportunity {{ status }} userErrors {{ code }} }} }}"
    );
    viewer.ask(server, &query).await
}

fn outcome(answer: &Answer, mutation: &str) -> String {
    if let Some(code) = answer.json["errors"][0]["extensions"]["code"].as_str() {
        return code.to_owned();
    }
    let payload = &answer.json["data"][mutation];
    let fault = payload["userErrors"][0]["code"].as_str();
    fault.or(payload["opportunity"]["status"].as_str()).unwrap().to_owned()
}

fn expected(viewer: &str, least: &str, public: bool, next: &str) -> String {
    let office = match viewer {
        "anonymous" => return "UNAUTHENTICATED".to_owned(),
        name if name.starts_with("agency") => return "FORBIDDEN".to_owned(),
        "admin" | "focal_point" => 2,
        "representative" => 1,
        _ => 0,
    };
    let needed = if least == "representative" { 1 } else { 2 };
    match (office, public) {
        (0, true) => "FORBIDDEN",
        (0, false) => "NOT_FOUND",
        (office, _) if office < needed => "FORBIDDEN",
        _ if next.is_empty() => "ILLEGAL_TRANSITION",
        _ => next,
    }
    .to_owned()
}

#[tokio::test]
async fn interest_is_expressed_by_those_to_whom_it_is_open_while_it_is_open() {
    for backend in backends() {
        let (server, passed) = Server::start_with_time(*backend).await;
        let council = server.account("council@example.org", &[Grant::Representative("kr-kofic")]).await;
        let focal = server.account("focal.kr@example.org", &[Grant::FocalPoint("KR")]).await;
        let producer = server.account("producer@example.org", &[Grant::Representative("kh-mcfa")]).await;
        let outsider = server.account("outsider@example.org", &[Grant::Representative("fr-cnc")]).await;
        let drafted = act(&server, &council, "createOpportunity", call(&server, "kr-kofic").await).await;
        let id = &drafted["opportunity"]["id"];
        let by = async |token: &str, slug: &str| {
            let input = json!({ "opportunity": id, "institution": institution(&server, slug).await,
                "replyTo": "somebody@example.org", "message": "We are interested." });
            decide(&server, token, "expressInterest", input).await["userErrors"].clone()
        };
        assert_eq!(by(&producer, "kh-mcfa").await[0]["code"], "NOT_FOUND", "a draft is not there");
        assert_eq!(by(&council, "kr-kofic").await[0]["code"], "ILLEGAL_TRANSITION", "and accepts nothing");
        act(&server, &focal, "publishOpportunity", json!({ "id": id })).await;
        assert_eq!(
            by(&council, "kr-kofic").await[0],
            json!({ "field": ["institution"], "code": "INVALID",
            "message": "it offers the opportunity itself" })
        );
        assert_eq!(by(&outsider, "fr-cnc").await[0]["message"], "the opportunity is not open to its country");
        let query =
            "mutation($input: ExpressInterestInput!) { expressInterest(input: $input) { userErrors { code } } }";
        let input = json!({ "input": { "opportunity": id, "institution": institution(&server, "kr-kofic").await,
            "replyTo": "a@example.org", "message": "In another's name" } });
        assert_eq!(server.ask_as_with(&producer, query, input).await.error().0, "FORBIDDEN");
        let faulty = json!({ "opportunity": id, "institution": institution(&server, "kh-mcfa").await,
            "replyTo": "nowhere", "message": " " });
        let faults = decide(&server, &producer, "expressInterest", faulty).await["userErrors"].clone();
        assert_eq!((&faults[0]["field"], &faults[1]["field"]), (&json!(["replyTo"]), &json!(["message"])));
        let twenty = futures_util::future::join_all((0..20).map(|_| by(&producer, "kh-mcfa"))).await;
        assert_eq!(
            twenty.iter().filter(|faults| **faults == json!([])).count(),
            1,
            "once, however often it is sent at once"
        );

        let another = server.account("another@example.org", &[Grant::Representative("kh-cla")]).await;
        passed.store(90 * 86_400, Ordering::Relaxed);
        let another = if server.ask_as(&another, "{ viewer { __typename } }").await.status == 200 {
            another
        } else {
            server.token_of(&api::config::TokenHolder::account("another@example.org")).await
        };
        assert_eq!(by(&another, "kh-cla").await[0]["code"], "ILLEGAL_TRANSITION", "the deadline has passed");
    }
}

#[tokio::test]
async fn an_administrator_deletes_and_the_log_keeps_a_tombstone() {
    on_each_database(|server| async move {
        let council = server.account("council@example.org", &[Grant::Representative("kr-kofic")]).await;
        let admin = server.account("secretary@example.org", &[Grant::Admin]).await;
        let drafted = act(&server, &council, "createOpportunity", call(&server, "kr-kofic").await).await;
        let id = &drafted["opportunity"]["id"];
        let delete =
            "mutation($input: DeleteInput!) { deleteOpportunity(input: $input) { deletedId userErrors { code } } }";
        let input = json!({ "input": { "id": id } });
        assert_eq!(server.ask_as_with(&council, delete, input.clone()).await.error().0, "FORBIDDEN");
        let stale = server.ask_as_with(&admin, delete, json!({ "input": { "id": id, "expectedVersion": 7 } })).await;
        assert_eq!(
            stale.data()["deleteOpportunity"],
            json!({ "deletedId": null, "userErrors": [{ "code": "CONFLICT" }] })
        );
        act(&server, &admin, "publishOpportunity", json!({ "id": id })).await;
        let producer = server.account("producer@example.org", &[Grant::Representative("kh-mcfa")]).await;
        let expressed = json!({ "opportunity": id, "institution": institution(&server, "kh-mcfa").await,
            "replyTo": "producer@example.org", "message": "We are interested." });
        let expressed = decide(&server, &producer, "expressInterest", expressed).await;
        assert_eq!(expressed["userErrors"], json!([]));
        let gone = server.ask_as_with(&admin, delete, input.clone()).await;
        assert_eq!(gone.data()["deleteOpportunity"]["deletedId"], *id);
        let interest = server
            .ask_as(
                &admin,
                &format!(
                    "{{ auditLog(filter: {{subject: {}}}, first: 1) {{ nodes {{ operation }} }} }}",
                    expressed["interest"]["id"]
                ),
            )
            .await;
        assert_eq!(
            interest.data()["auditLog"]["nodes"][0]["operation"],
            "DELETED",
            "and so do those of the interests in it"
        );
        let again = server.ask_as_with(&admin, delete, input).await;
        assert_eq!(again.data()["deleteOpportunity"]["userErrors"][0]["code"], "NOT_FOUND");
        let log = server
            .ask_as(&admin, "{ auditLog(first: 1) { nodes { operation version subjectId subject { id } } } }")
            .await;
        assert_eq!(
            log.data()["auditLog"]["nodes"][0],
            json!({ "operation": "DELETED", "version": null, "subjectId": id, "subject": null })
        );
    })
    .await;
}

#[tokio::test]
async fn null_removes_what_may_be_missing_and_is_refused_for_what_may_not() {
    on_each_database(|server| async move {
        let council = server.account("council@example.org", &[Grant::Representative("kr-kofic")]).await;
        let drafted = act(&server, &council, "createOpportunity", call(&server, "kr-kofic").await).await;
        let id = &drafted["opportunity"]["id"];
        let nulls = json!({ "id": id, "expectedVersion": 1, "descriptions": null, "opensOn": null, "deadline": null,
            "startsOn": null, "endsOn": null, "policyAreas": null, "media": null, "partners": null, "eligibility": null,
            "hostCountries": null, "legalBasis": null, "funding": null, "languages": null, "url": null });
        let emptied = act(&server, &council, "updateOpportunity", nulls).await;
        assert_eq!(emptied["userErrors"], json!([]));
        let now = &emptied["opportunity"];
        for (field, value) in [
            ("deadline", Value::Null), ("funding", Value::Null), ("url", Value::Null), ("partners", json!([])),
            ("legalBasis", json!([])), ("hostCountries", json!([])), ("languages", json!([])),
            ("eligibility", json!({ "everyone": false, "countries": [], "groups": [], "note": null })),
        ] {
            assert_eq!(now[field], value, "{field}");
        }
        let needed = json!({ "id": id, "expectedVersion": 2, "titles": null, "summaries": null, "kind": null, "slug": null,
            "recurring": null });
        let refused = act(&server, &council, "updateOpportunity", needed).await;
        let mut told: Vec<String> = refused["userErrors"].as_array().unwrap().iter()
            .map(|fault| format!("{} {}", fault["field"][0].as_str().unwrap(), fault["code"].as_str().unwrap())).collect();
        told.sort();
        assert_eq!(told, ["kind REQUIRED", "recurring REQUIRED", "slug REQUIRED", "summaries REQUIRED", "titles REQUIRED"]);
        assert_eq!(refused["opportunity"]["version"], 2);
    })
    .await;
}

#[tokio::test]
async fn twenty_calls_of_one_title_at_once_are_twenty() {
    on_each_database(|server| async move {
        let council = server.account("council@example.org", &[Grant::Representative("kr-kofic")]).await;
        let input = call(&server, "kr-kofic").await;
        let all = (0..20).map(|_| act(&server, &council, "createOpportunity", input.clone()));
        let made = futures_util::future::join_all(all).await;
        let slugs: BTreeSet<&str> = made.iter().map(|made| made["opportunity"]["slug"].as_str().unwrap()).collect();
        assert_eq!(slugs.len(), 20, "{slugs:?}");
        let mut named = input.clone();
        named["slug"] = json!("the-one");
        let all = (0..20).map(|_| act(&server, &council, "createOpportunity", named.clone()));
        let made = futures_util::future::join_all(all).await;
        assert_eq!(made.iter().filter(|made| made["userErrors"] == json!([])).count(), 1);
        assert_eq!(made.iter().filter(|made| made["userErrors"][0]["code"] == "TAKEN").count(), 19);
    })
    .await;
}
