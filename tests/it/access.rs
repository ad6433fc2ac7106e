//! Who may see what: each rule from both sides, and that what is hidden is as good as absent.
use chrono::NaiveDate;
use entity::{
    appointment, contact_email, opportunity, policymaker,
    vocabulary::{OpportunityStatus, Visibility},
};
use harness::{Server, with_people_on_each_database};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
};
use serde_json::json;

/// The opportunity, as everybody would ask for it: by its key, its ID, in lists, by its text, and counted.
async fn traces(server: &Server, id: &str) -> (bool, Vec<String>) {
    let query = r#"query($id: ID!) {
        opportunity(by: {slug: "purin-pictures-grants"}) { title }
        byId: opportunity(by: {id: $id}) { title }
        node(id: $id) { id }
        nodes(ids: [$id]) { id }
        search(query: "purin pictures grants") { totalCount nodes { ... on Opportunity { title } } }
        opportunities(filter: {text: "purin grants"}) { totalCount nodes { title } }
        institution(by: {slug: "purin-pictures"}) { opportunities { totalCount nodes { title } } }
        country(code: "TH") { opportunities(first: 100, filter: {medium: FILM}) { nodes { title } } }
        cooperation(between: ["TH", "VN"]) { opportunities(first: 100) { nodes { title } } }
    }"#;
    let answer = server.ask_with(query, json!({ "id": id })).await;
    let data = answer.data().as_object().unwrap();
    let seen = data.iter().filter(|(_, value)| value.to_string().contains("Purin Pictures grants"));
    let seen: Vec<String> = seen.map(|(name, _)| name.clone()).collect();
    let counts = data["search"]["totalCount"].as_i64().unwrap()
        + data["opportunities"]["totalCount"].as_i64().unwrap()
        + data["institution"]["opportunities"]["totalCount"].as_i64().unwrap();
    (counts > 0 || !data["node"].is_null() || !data["nodes"][0].is_null(), seen)
}

#[tokio::test]
async fn an_opportunity_is_public_once_it_was_published_whatever_became_of_it() {
    with_people_on_each_database(|server| async move {
        let answer = server.ask(r#"{ opportunity(by: {slug: "purin-pictures-grants"}) { id } }"#).await;
        let id = answer.data()["opportunity"]["id"].as_str().unwrap().to_owned();
        let (present, seen) = traces(&server, &id).await;
        assert!(present);
        assert_eq!(
            seen,
            ["opportunity", "byId", "search", "opportunities", "institution", "country", "cooperation"]
                .map(str::to_owned)
                .iter()
                .cloned()
                .collect::<std::collections::BTreeSet<_>>()
                .into_iter()
                .collect::<Vec<_>>()
        );

        let db = server.database().await;
        let row = opportunity::Entity::find().filter(opportunity::Column::Slug.eq("purin-pictures-grants"));
        let row = row.one(&db).await.unwrap().unwrap();
        let mut draft = row.clone().into_active_model();
        draft.published_at = Set(None);
        draft.status = Set(OpportunityStatus::Draft);
        draft.update(&db).await.unwrap();
        assert_eq!(traces(&server, &id).await, (false, vec![]), "a draft is hidden");

        let mut cancelled = row.into_active_model();
        cancelled.status = Set(OpportunityStatus::Cancelled);
        cancelled.published_at = Set(Some(harness::now()));
        cancelled.update(&db).await.unwrap();
        let (present, seen) = traces(&server, &id).await;
        assert!(present && seen.contains(&"search".to_owned()), "what was published stays public");
        assert!(!seen.contains(&"cooperation".to_owned()), "and is not open any more");
    })
    .await;
}

#[tokio::test]
async fn a_policymaker_is_public_while_they_hold_a_public_position() {
    with_people_on_each_database(|server| async move {
        let query = r#"query($id: ID!) {
            node(id: $id) { id }
            policymaker(by: {id: $id}) { displayName }
            policymakers(filter: {text: "jimin gyeonbon"}) { totalCount }
            search(query: "jimin gyeonbon") { totalCount }
            institution(by: {slug: "kr-kofic"}) { policymakers { totalCount } }
            country(code: "KR") { policymakers { totalCount } }
        }"#;
        let db = server.database().await;
        let person = policymaker::Entity::find().filter(policymaker::Column::FamilyName.eq("Gyeonbon"));
        let person = person.filter(policymaker::Column::GivenName.eq("Jimin")).one(&db).await.unwrap().unwrap();
        let found = server.ask(r#"{ policymakers(filter: {text: "jimin gyeonbon"}) { nodes { id } edges { cursor } } korean: country(code: "KR") { policymakers { totalCount } } }"#).await;
        let list = &found.data()["policymakers"];
        let (id, cursor) = (&list["nodes"][0]["id"], list["edges"][0]["cursor"].as_str().unwrap());
        let korean = found.data()["korean"]["policymakers"]["totalCount"].as_i64().unwrap();
        assert!(id.is_string());

        let hide = async |change: fn(&mut appointment::ActiveModel)| {
            let held = appointment::Entity::find().filter(appointment::Column::PolicymakerId.eq(person.id));
            for row in held.all(&db).await.unwrap() {
                let mut row = row.into_active_model();
                change(&mut row);
                row.update(&db).await.unwrap();
            }
        };
        let ended = |row: &mut appointment::ActiveModel| row.until = Set(NaiveDate::from_ymd_opt(2026, 11, 21));
        let unending = |row: &mut appointment::ActiveModel| row.until = Set(None);
        let secret = |row: &mut appointment::ActiveModel| row.public = Set(false);
        for (what, change) in [("ended", ended as fn(&mut appointment::ActiveModel)), ("not public", secret)] {
            hide(unending).await;
            hide(change).await;
            let answer = server.ask_with(query, json!({ "id": id })).await;
            let data = answer.data();
            assert_eq!((&data["node"], &data["policymaker"]), (&json!(null), &json!(null)), "{what}");
            assert_eq!(data["policymakers"]["totalCount"], 0, "{what}");
            assert_eq!(data["search"]["totalCount"], 0, "{what}");
            assert_eq!(data["country"]["policymakers"]["totalCount"], korean - 1, "{what}");
            // A cursor at somebody hidden is answered like one at somebody who never was.
            let page = format!("{{ policymakers(filter: {{text: \"jimin gyeonbon\"}}, after: \"{cursor}\") {{ nodes {{ id }} }} }}");
            assert_eq!(server.ask(&page).await.error(), ("CURSOR_EXPIRED", "after"), "{what}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_address_is_absent_for_whoever_may_not_see_it() {
    with_people_on_each_database(|server| async move {
        let answer = server
            .ask("{ policymakers(first: 100) { nodes { id emails { address visibility } phones { number visibility } } } }")
            .await;
        let people = answer.data()["policymakers"]["nodes"].as_array().unwrap();
        let points = |list: &str| people.iter().flat_map(|person| person[list].as_array().unwrap().clone()).collect::<Vec<_>>();
        for point in points("emails").into_iter().chain(points("phones")) {
            assert_eq!(point["visibility"], "PUBLIC");
        }
        let db = server.database().await;
        let stored = contact_email::Entity::find().all(&db).await.unwrap();
        let hidden: Vec<_> = stored.iter().filter(|email| email.visibility != Visibility::Public).collect();
        assert!(!points("emails").is_empty() && !hidden.is_empty());
        for email in hidden {
            assert!(!answer.text.contains(&format!("\"{}\"", email.address)), "hidden addresses are absent");
        }
    })
    .await;
}

#[tokio::test]
async fn an_address_of_a_past_position_is_not_given() {
    with_people_on_each_database(|server| async move {
        let db = server.database().await;
        let past = appointment::Entity::find().filter(appointment::Column::Until.lt(harness::now().date_naive()));
        let past: Vec<_> = past.all(&db).await.unwrap().into_iter().map(|row| row.id).collect();
        let emails = contact_email::Entity::find().filter(contact_email::Column::AppointmentId.is_in(past));
        let emails = emails.all(&db).await.unwrap();
        let answer = server.ask("{ policymakers(first: 100) { nodes { emails { address } } } }").await;
        assert!(emails.iter().any(|email| email.visibility == Visibility::Public));
        for email in emails {
            assert!(!answer.text.contains(&format!("\"{}\"", email.address)));
        }
    })
    .await;
}
