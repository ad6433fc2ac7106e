//! Where an agreement may be led, from where, and by whom.
use entity::{agreement, vocabulary::AgreementStatus};
use harness::{Server, backends, viewers};
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, EntityTrait as _, IntoActiveModel as _};
use serde_json::{Value, json};

use crate::opportunities::{diagram, diagrams};

const STATUSES: [(&str, AgreementStatus); 6] = [
    ("NEGOTIATING", AgreementStatus::Negotiating),
    ("SIGNED", AgreementStatus::Signed),
    ("IN_FORCE", AgreementStatus::InForce),
    ("SUSPENDED", AgreementStatus::Suspended),
    ("TERMINATED", AgreementStatus::Terminated),
    ("UNKNOWN", AgreementStatus::Unknown),
];

/// Where each status may be led.
const TABLE: [(&str, &[&str]); 6] = [
    ("NEGOTIATING", &["SIGNED"]),
    ("SIGNED", &["IN_FORCE", "TERMINATED"]),
    ("IN_FORCE", &["SUSPENDED", "TERMINATED"]),
    ("SUSPENDED", &["IN_FORCE", "TERMINATED"]),
    ("TERMINATED", &[]),
    ("UNKNOWN", &["NEGOTIATING", "SIGNED", "IN_FORCE", "SUSPENDED", "TERMINATED"]),
];

#[tokio::test]
async fn each_status_target_and_viewer_has_the_outcome_of_the_table() {
    for backend in backends() {
        let server = Server::start_with(*backend, &["--limit-requests=1000000", "--limit-budget=100000000"]).await;
        let (db, viewers) = (server.database().await, viewers(&server).await);
        let admin = viewers.iter().find(|viewer| viewer.name == "admin").unwrap();
        let entries = async || {
            admin.ask(&server, "{ auditLog { totalCount } }").await.data()["auditLog"]["totalCount"].as_i64().unwrap()
        };
        let row = agreement::Entity::find().all(&db).await.unwrap().into_iter();
        let row = row.map(|row| (harness::id("agreement", row.id), row));
        let row = row.into_iter().find(|(id, _)| *id == viewers[0].variables["agreement"]).unwrap().1;
        for (from, status) in STATUSES {
            let allowed = TABLE.iter().find(|(known, _)| *known == from).unwrap().1;
            for (to, _) in STATUSES {
                for viewer in &viewers {
                    let mut led = row.clone().into_active_model().reset_all();
                    led.status = Set(status);
                    led.signed_on = Set(None);
                    led.in_force_on = Set(((from == "UNKNOWN" && to == "SUSPENDED")
                        || (from == "SUSPENDED" && to == "IN_FORCE"))
                        .then(|| "2019".to_owned()));
                    let before = led.update(&db).await.unwrap();
                    let logged = entries().await;
                    let on = match (from, to) {
                        // It has been in force before, and keeps the day.
                        ("SUSPENDED", "IN_FORCE") => "",
                        (_, "SIGNED" | "IN_FORCE" | "TERMINATED") => "on: \"2020\", ",
                        _ => "",
                    };
                    let step = format!(
                        "mutation {{ transitionAgreement(input: {{id: $agreement, to: {to}, {on}reason: \"a reason\"}}) {{
                            agreement {{ status }} userErrors {{ code }} }} }}"
                    );
                    let answer = viewer.ask(&server, &step).await;
                    let payload = &answer.json["data"]["transitionAgreement"];
                    let came = answer.json["errors"][0]["extensions"]["code"].as_str();
                    let came = came.or(payload["userErrors"][0]["code"].as_str());
                    let came = came.or(payload["agreement"]["status"].as_str()).unwrap();
                    let expected = match viewer.name {
                        "anonymous" => "UNAUTHENTICATED",
                        "admin" if allowed.contains(&to) => to,
                        "admin" => "ILLEGAL_TRANSITION",
                        _ => "FORBIDDEN",
                    };
                    let what = format!("{from} to {to} by {}: {}", viewer.name, answer.text);
                    assert_eq!(came, expected, "{what}");
                    let after = agreement::Entity::find_by_id(row.id).one(&db).await.unwrap().unwrap();
                    let done = viewer.name == "admin" && allowed.contains(&to);
                    assert_eq!(after != before, done, "{what}");
                    assert_eq!(entries().await - logged, i64::from(done), "{what}");
                }
            }
        }
        // The same administrator names an office that only they see.
        let change = "mutation { updateAgreement(input: {id: $agreement, expectedVersion: VERSION, parties:
            [{country: \"KR\", competentAuthority: $applicant}, {country: \"AU\"}]}) {
            agreement { parties { competentAuthority { slug } } } userErrors { code } } }";
        let version = agreement::Entity::find_by_id(row.id).one(&db).await.unwrap().unwrap().version;
        let named = admin.ask(&server, &change.replace("VERSION", &version.to_string())).await;
        let office = json!([{ "competentAuthority": { "slug": "kr-applicant" } }, { "competentAuthority": null }]);
        assert_eq!(named.data()["updateAgreement"], json!({ "agreement": { "parties": office }, "userErrors": [] }));
        let seen = viewers[0]
            .ask(&server, "{ agreement(by: {id: $agreement}) { parties { competentAuthority { slug } } } }")
            .await;
        assert_eq!(seen.data()["agreement"]["parties"][0]["competentAuthority"], Value::Null, "others do not");
    }
}

#[test]
fn the_guide_shows_the_table_as_a_diagram() {
    let text = |part: &str| part.to_owned();
    let steps = TABLE.iter().flat_map(|(from, reached)| reached.iter().map(move |to| (*from, *to)));
    let steps = steps.map(|(from, to)| (text(from), text("transitionAgreement"), text(to)));
    let begins = (text("[*]"), text("createAgreement"), text("NEGOTIATING"));
    let expected = diagram(steps.chain([begins]));
    assert!(diagrams().contains(&expected), "{expected:#?}");
}
