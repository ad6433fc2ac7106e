//! The life of an agreement: how administrators write it, lead it on and delete it, and what the log tells of that.
use std::collections::BTreeSet;

use entity::{agreement, agreement_party};
use harness::{Grant, Server, on_each_database};
use sea_orm::{
    ColumnTrait as _, DatabaseConnection, EntityTrait as _, QueryFilter as _, QueryOrder as _, prelude::Uuid,
};
use serde_json::{Value, json};

const AGREEMENT: &str = "agreement { id slug version status kind media title titles { language text }
    summaries { language text } signedOn inForceOn terminatedOn textUrl
    contribution { minimumPercent maximumPercent thirdCountryAllowed } provenance { verified }
    parties { party { ... on Country { country: code } ... on CountryGroup { group: code } }
        competentAuthority { slug } authorityProvenance { source verified } ratifiedOn } }
    userErrors { field code message }";

/// Does something to an agreement: the payload, or the code of an error.
async fn act(server: &Server, token: &str, mutation: &str, input: Value) -> Value {
    let kind = format!("{}Input", mutation[..1].to_uppercase() + &mutation[1..]);
    let query = format!("mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {AGREEMENT} }} }}");
    let answer = server.ask_as_with(token, &query, json!({ "input": input })).await;
    answer.json["data"][mutation].as_object().map_or_else(|| json!(answer.error().0), |payload| json!(payload))
}

async fn delete(server: &Server, token: &str, id: &Value) -> Value {
    let query =
        "mutation($input: DeleteInput!) { deleteAgreement(input: $input) { deletedId userErrors { code message } } }";
    server.ask_as_with(token, query, json!({ "input": { "id": id } })).await.json["data"]["deleteAgreement"].clone()
}

async fn institution(server: &Server, slug: &str) -> Value {
    let answer = server.ask(&format!(r#"{{ institution(by: {{slug: "{slug}"}}) {{ id }} }}"#)).await;
    answer.data()["institution"]["id"].clone()
}

/// An agreement as it ships: its ID and its version.
async fn shipped(server: &Server, slug: &str) -> (Value, Value) {
    let answer = server.ask(&format!(r#"{{ agreement(by: {{slug: "{slug}"}}) {{ id version }} }}"#)).await;
    (answer.data()["agreement"]["id"].clone(), answer.data()["agreement"]["version"].clone())
}

/// A treaty between two countries that nothing binds, as the secretariat writes it.
async fn treaty(server: &Server) -> Value {
    json!({
        "titles": [{ "language": "ko", "text": "한-동티모르 공동제작 협정" }, { "language": "en", "text": "Korea-Timor-Leste Marula Treaty" }],
        "kind": "CO_PRODUCTION",
        "media": ["FILM", "ANIMATION"],
        "summaries": [{ "language": "en", "text": "Quillwort films count as national on each side." }],
        "textUrl": "https://treaties.example.org/kr-tl",
        "parties": [
            { "country": "KR", "competentAuthority": institution(server, "kr-kofic").await },
            { "country": "TL", "competentAuthority": institution(server, "tl-mysac").await },
        ],
        "contribution": { "minimumPercent": "20", "maximumPercent": "80.5", "thirdCountryAllowed": false },
    })
}

/// The paths and codes of what was wrong, in order.
fn faults(payload: &Value) -> Vec<String> {
    let path = |fault: &Value| fault["field"].to_string().replace(['"', '[', ']'], "").replace(',', ".");
    let faults = payload["userErrors"].as_array().unwrap_or_else(|| panic!("{payload}")).iter();
    faults.map(|fault| format!("{} {}", path(fault), fault["code"].as_str().unwrap())).collect()
}

/// An object with these fields besides.
fn with(mut input: Value, change: Value) -> Value {
    let Value::Object(fields) = change else { panic!("{change} is no object") };
    input.as_object_mut().unwrap().extend(fields);
    input
}

#[tokio::test]
async fn an_agreement_is_negotiated_signed_enters_into_force_and_ends_and_the_log_tells_it() {
    on_each_database(|server| async move {
        let admin = server.account("secretary@example.org", &[Grant::Admin]).await;
        let made = act(&server, &admin, "createAgreement", treaty(&server).await).await;
        assert_eq!(made["userErrors"], json!([]));
        let (treaty, id) = (&made["agreement"], made["agreement"]["id"].clone());
        assert_eq!(
            (&treaty["status"], &treaty["slug"]),
            (&json!("NEGOTIATING"), &json!("korea-timor-leste-marula-treaty"))
        );
        assert_eq!((&treaty["version"], &treaty["provenance"]["verified"]), (&json!(1), &json!(false)));
        assert_eq!(treaty["titles"].as_array().unwrap().len(), 2);
        assert_eq!(treaty["media"], json!(["FILM", "ANIMATION"]));
        assert_eq!(
            treaty["contribution"],
            json!({ "minimumPercent": "20", "maximumPercent": "80.5", "thirdCountryAllowed": false })
        );
        assert_eq!(
            treaty["parties"][1],
            json!({ "party": { "country": "TL" }, "competentAuthority": { "slug": "tl-mysac" },
            "authorityProvenance": { "source": null, "verified": false }, "ratifiedOn": null })
        );

        // Everybody finds it, by its titles and by its summary, but it binds nobody yet.
        let binding = r#"{ cooperation(between: ["KR", "TL"], medium: FILM) { agreements { nodes { slug } }
            competentAuthorities { slug } } }"#;
        let bound = async || server.ask(binding).await.data()["cooperation"]["agreements"]["nodes"].clone();
        for words in ["marula treaty", "quillwort national", "공동제작 협정"] {
            let found = server.ask(&format!(r#"{{ search(query: "{words}") {{ totalCount }} }}"#)).await;
            assert_eq!(found.data()["search"]["totalCount"], 1, "{words}");
        }
        assert_eq!(bound().await, json!([]));

        // Each step says when, as precisely as is known.
        let step = |version: i32, change: Value| with(json!({ "id": id, "expectedVersion": version }), change);
        let lead = async |input: Value| act(&server, &admin, "transitionAgreement", input).await;
        let signed = lead(step(1, json!({ "to": "SIGNED", "on": "2026-03" }))).await;
        assert_eq!(signed["userErrors"], json!([]));
        assert_eq!((&signed["agreement"]["signedOn"], &signed["agreement"]["version"]), (&json!("2026-03"), &json!(2)));
        let early = lead(step(2, json!({ "to": "IN_FORCE", "on": "2026-02-28" }))).await;
        assert_eq!(faults(&early), ["on INVALID"], "it was signed later");
        let stale = lead(step(1, json!({ "to": "IN_FORCE", "on": "2026" }))).await;
        assert_eq!(
            (faults(&stale), &stale["agreement"]["version"]),
            (vec!["expectedVersion CONFLICT".to_owned()], &json!(2))
        );
        lead(step(2, json!({ "to": "IN_FORCE", "on": "2026" }))).await;
        assert_eq!(
            bound().await,
            json!([{ "slug": "korea-timor-leste-marula-treaty" }]),
            "what lets them work together"
        );
        let offices = server.ask(binding).await.data()["cooperation"]["competentAuthorities"].clone();
        assert_eq!(offices, json!([{ "slug": "kr-kofic" }, { "slug": "tl-mysac" }]));
        assert_eq!(
            faults(&lead(step(3, json!({ "to": "SUSPENDED", "on": "2026-11" }))).await),
            ["reason REQUIRED", "on INVALID"]
        );
        lead(step(3, json!({ "to": "SUSPENDED", "reason": "The protocol is being revised" }))).await;
        assert_eq!(bound().await, json!([]), "what is suspended binds nobody");
        let again = lead(step(4, json!({ "to": "IN_FORCE" }))).await;
        assert_eq!(again["agreement"]["inForceOn"], "2026", "it has been in force since then");
        lead(step(5, json!({ "to": "TERMINATED", "on": "2026-11-22", "reason": "Another one took its place" }))).await;
        assert_eq!(faults(&lead(step(6, json!({ "to": "IN_FORCE" }))).await), ["to ILLEGAL_TRANSITION"]);

        let log = server
            .ask_as(
                &admin,
                &format!(
                    "{{ auditLog(filter: {{subject: {id}}}) {{
            nodes {{ operation version reason subject {{ id }} changes {{ field old new }} }} }} }}"
                ),
            )
            .await;
        let entries = log.data()["auditLog"]["nodes"].as_array().unwrap();
        assert_eq!(entries.len(), 6);
        assert_eq!(
            entries[0],
            json!({ "operation": "UPDATED", "version": 6, "reason": "Another one took its place",
            "subject": { "id": id }, "changes": [{ "field": "status", "old": "\"IN_FORCE\"", "new": "\"TERMINATED\"" },
            { "field": "terminatedOn", "old": null, "new": "\"2026-11-22\"" }] })
        );
        assert_eq!(entries[2]["reason"], "The protocol is being revised");
        assert_eq!(entries[5]["operation"], "CREATED");
    })
    .await;
}

#[tokio::test]
async fn all_that_is_wrong_is_told_at_once_and_nothing_is_written() {
    on_each_database(|server| async move {
        let admin = server.account("secretary@example.org", &[Grant::Admin]).await;
        let nobody = "inst_01m83ejkm4ev1816ra37vn0y20";
        let faulty = with(treaty(&server).await, json!({
            "titles": [{ "language": "en", "text": "two\nlines" }, { "language": "xx_y!", "text": "x" }],
            "slug": "Not A Slug", "status": "IN_FORCE", "signedOn": "2014-13", "inForceOn": null, "terminatedOn": "2014",
            "textUrl": "ftp://example.org",
            "parties": [{ "country": "KR" }, { "country": "KR", "competentAuthority": nobody }, { "group": "NOBODY" },
                { "country": "XX" }, { "country": "KH", "group": "EU" }, {}, { "group": "EU", "ratifiedOn": "spring" }],
            "contribution": { "minimumPercent": "20", "maximumPercent": "101" },
        }));
        assert_eq!(act(&server, &admin, "createAgreement", faulty.clone()).await, "BAD_USER_INPUT", "a tag is a tag");
        let faulty = with(faulty, json!({ "titles": [{ "language": "en", "text": "two\nlines" }] }));
        let refused = act(&server, &admin, "createAgreement", faulty).await;
        assert_eq!(refused["agreement"], Value::Null);
        let mut told = faults(&refused);
        told.sort();
        assert_eq!(told, [
            "contribution.maximumPercent INVALID", "inForceOn REQUIRED", "parties.1.competentAuthority NOT_FOUND",
            "parties.1.country DUPLICATE", "parties.2.group NOT_FOUND", "parties.3.country INVALID", "parties.4 INVALID",
            "parties.5 REQUIRED", "parties.6.ratifiedOn INVALID", "signedOn INVALID", "slug INVALID", "textUrl INVALID",
            "titles.0.text INVALID",
        ]);
        let shares = json!({ "contribution": { "minimumPercent": "50", "maximumPercent": "40" } });
        let taken = json!({ "slug": "korea-france-film-co-production-agreement" });
        for (change, expected) in [
            (shares, "contribution.maximumPercent INVALID"), (taken, "slug TAKEN"), (json!({ "titles": [] }), "titles REQUIRED"),
            (json!({ "parties": [] }), "parties REQUIRED"), (json!({ "parties": [{ "country": "KR" }] }), "parties INVALID"),
            // The dates must agree with each other, as far as is certain, and with where it stands.
            (json!({ "status": "UNKNOWN" }), "status INVALID"),
            (json!({ "signedOn": "2026" }), "signedOn INVALID"),
            (json!({ "status": "SIGNED" }), "signedOn REQUIRED"),
            (json!({ "status": "IN_FORCE", "signedOn": "2026" }), "inForceOn REQUIRED"),
            (json!({ "status": "SUSPENDED" }), "inForceOn REQUIRED"),
            (json!({ "status": "TERMINATED", "inForceOn": "2001" }), "terminatedOn REQUIRED"),
            (json!({ "status": "IN_FORCE", "signedOn": "2014-04", "inForceOn": "2014-03-31" }), "inForceOn INVALID"),
            (json!({ "status": "TERMINATED", "inForceOn": "2014-05", "terminatedOn": "2013" }), "terminatedOn INVALID"),
            (json!({ "status": "TERMINATED", "signedOn": "2014-05", "terminatedOn": "2013" }), "terminatedOn INVALID"),
        ] {
            let refused = act(&server, &admin, "createAgreement", with(treaty(&server).await, change)).await;
            assert_eq!(faults(&refused), [expected]);
        }
        let log = server.ask_as(&admin, r#"{ auditLog { totalCount } agreements(filter: {text: "marula"}) { totalCount } }"#).await;
        assert_eq!(log.data(), &json!({ "auditLog": { "totalCount": 0 }, "agreements": { "totalCount": 0 } }));
        let vague = with(treaty(&server).await, json!({ "status": "IN_FORCE", "signedOn": "2014-04-08", "inForceOn": "2014" }));
        assert_eq!(act(&server, &admin, "createAgreement", vague).await["userErrors"], json!([]), "it may well be right");
    })
    .await;
}

async fn rows(db: &DatabaseConnection, slug: &str) -> Vec<agreement_party::Model> {
    let found = agreement::Entity::find().filter(agreement::Column::Slug.eq(slug)).one(db).await.unwrap().unwrap();
    let rows = agreement_party::Entity::find().filter(agreement_party::Column::AgreementId.eq(found.id));
    rows.order_by_asc(agreement_party::Column::Position).all(db).await.unwrap()
}

#[tokio::test]
async fn what_ships_is_written_anew_without_having_to_mend_what_it_does_not_know() {
    on_each_database(|server| async move {
        let (admin, db) = (server.account("secretary@example.org", &[Grant::Admin]).await, server.database().await);
        let slug = "korea-france-film-co-production-agreement";
        let (id, version) = shipped(&server, slug).await;
        let (before, seen) = (rows(&db, slug).await, json!({ "id": id, "expectedVersion": version }));
        let update = async |version: i32, change: Value| {
            act(&server, &admin, "updateAgreement", with(json!({ "id": id, "expectedVersion": version }), change)).await
        };

        // It is in force, and nobody knows since when: to write something else needs not tell.
        let texts = json!([{ "language": "en", "text": "On films of both countries." }]);
        let written = act(
            &server,
            &admin,
            "updateAgreement",
            with(seen, json!({ "summaries": texts, "signedOn": "2006-10-12" })),
        )
        .await;
        assert_eq!(written["userErrors"], json!([]));
        let now = &written["agreement"];
        assert_eq!(
            (&now["status"], &now["signedOn"], &now["inForceOn"]),
            (&json!("IN_FORCE"), &json!("2006-10-12"), &Value::Null)
        );
        assert_eq!(
            (&now["provenance"]["verified"], &now["version"]),
            (&json!(false), &json!(2)),
            "the source does not say that"
        );
        assert_eq!(faults(&update(2, json!({ "inForceOn": "2006-10-11" })).await), ["inForceOn INVALID"]);
        update(2, json!({ "inForceOn": "2007" })).await;
        assert_eq!(
            faults(&update(3, json!({ "inForceOn": null })).await),
            ["inForceOn REQUIRED"],
            "but not what is known"
        );
        assert_eq!(faults(&update(3, json!({ "signedOn": "2008-01" })).await), ["signedOn INVALID"]);

        // The list of parties is written whole; those that stay keep their rows, and what their source says.
        let france = institution(&server, "fr-cnc").await;
        let korea = institution(&server, "kr-mcst").await;
        let three = json!({ "parties": [{ "country": "FR", "competentAuthority": france, "ratifiedOn": "2006" },
            { "country": "KR", "competentAuthority": korea }, { "group": "ASEAN" }] });
        let wider = update(3, three.clone()).await;
        assert_eq!(wider["userErrors"], json!([]));
        let parties = &wider["agreement"]["parties"];
        assert!(parties[0]["authorityProvenance"]["source"].is_string(), "{parties}");
        assert_eq!(parties[0]["ratifiedOn"], "2006");
        assert_eq!(
            parties[1]["authorityProvenance"],
            json!({ "source": null, "verified": false }),
            "that was of another one"
        );
        assert_eq!(parties[2]["party"], json!({ "group": "ASEAN" }));
        let keys: Vec<Uuid> = rows(&db, slug).await.iter().map(|row| row.id).collect();
        assert_eq!(keys[..2], [before[1].id, before[0].id]);
        assert_eq!(update(4, three).await["agreement"]["version"], 4, "nothing changed, nothing is counted");
        let narrower = update(4, json!({ "parties": [{ "group": "ASEAN" }, { "country": "KR" }] })).await;
        assert_eq!(narrower["agreement"]["parties"][1]["competentAuthority"], Value::Null);
        assert_eq!(rows(&db, slug).await.iter().map(|row| row.id).collect::<Vec<_>>(), [keys[2], keys[1]]);

        // Null removes what may be missing, and is refused for what may not.
        let nulls =
            json!({ "media": null, "summaries": null, "signedOn": null, "textUrl": null, "contribution": null });
        let emptied = &update(5, nulls).await["agreement"];
        assert_eq!(
            (&emptied["media"], &emptied["summaries"], &emptied["contribution"]),
            (&json!([]), &json!([]), &Value::Null)
        );
        let mut told = faults(&update(6, json!({ "titles": null, "kind": null, "slug": null, "parties": null })).await);
        told.sort();
        assert_eq!(told, ["kind REQUIRED", "parties REQUIRED", "slug REQUIRED", "titles REQUIRED"]);
        let log = server.ask_as(&admin, "{ auditLog(first: 6) { nodes { changes { field } } } }").await;
        let fields: Vec<BTreeSet<&str>> = log.data()["auditLog"]["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| {
                entry["changes"].as_array().unwrap().iter().map(|change| change["field"].as_str().unwrap()).collect()
            })
            .collect();
        assert_eq!(fields[4], BTreeSet::from(["signedOn", "summaries", "verified"]));
        assert_eq!((fields.len(), &fields[2]), (5, &BTreeSet::from(["parties"])));

        // And what nobody knew may turn out to be anything.
        let (id, _) = shipped(&server, "indonesia-china-creative-economy-cooperation").await;
        let known = act(&server, &admin, "transitionAgreement", json!({ "id": id, "to": "NEGOTIATING" })).await;
        assert_eq!(faults(&known), ["to INVALID"], "it was signed");
        let known = act(&server, &admin, "transitionAgreement", json!({ "id": id, "to": "SIGNED" })).await;
        assert_eq!(
            (&known["agreement"]["status"], &known["agreement"]["signedOn"]),
            (&json!("SIGNED"), &json!("2016"))
        );
    })
    .await;
}

#[tokio::test]
async fn an_agreement_is_deleted_unless_an_opportunity_rests_on_it() {
    on_each_database(|server| async move {
        let admin = server.account("secretary@example.org", &[Grant::Admin]).await;
        let (basis, _) =
            shipped(&server, "joint-statement-of-the-2019-special-asean-rok-meeting-of-ministers-responsible").await;
        let used = delete(&server, &admin, &basis).await;
        assert_eq!(
            used,
            json!({ "deletedId": null, "userErrors": [{ "code": "IN_USE",
            "message": "it is referred to by opportunities that rest on it (1)" }] })
        );
        let made = act(&server, &admin, "createAgreement", treaty(&server).await).await;
        let id = &made["agreement"]["id"];
        let stale =
            "mutation($id: ID!) { deleteAgreement(input: {id: $id, expectedVersion: 7}) { userErrors { code } } }";
        let stale = server.ask_as_with(&admin, stale, json!({ "id": id })).await;
        assert_eq!(stale.data()["deleteAgreement"]["userErrors"][0]["code"], "CONFLICT");
        assert_eq!(delete(&server, &admin, id).await["deletedId"], *id);
        assert_eq!(delete(&server, &admin, id).await["userErrors"][0]["code"], "NOT_FOUND");
        let gone = act(&server, &admin, "updateAgreement", json!({ "id": id, "expectedVersion": 1 })).await;
        assert_eq!(faults(&gone), ["id NOT_FOUND"]);
        let found = server.ask(r#"{ search(query: "marula treaty") { totalCount } }"#).await;
        assert_eq!(found.data()["search"]["totalCount"], 0);
        let log = server
            .ask_as(&admin, "{ auditLog(first: 1) { nodes { operation version subjectId subject { id } } } }")
            .await;
        let tombstone = json!({ "operation": "DELETED", "version": null, "subjectId": id, "subject": null });
        assert_eq!(log.data()["auditLog"]["nodes"][0], tombstone);
    })
    .await;
}
