//! Who may see what: each rule from both sides, and that what is hidden is as good as absent.
use chrono::NaiveDate;
use entity::{
    appointment, contact_email, contact_phone, institution, opportunity, policymaker,
    vocabulary::{ContactPointKind, OpportunityStatus, Visibility},
};
use harness::{Server, with_people_on_each_database};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
};
use serde_json::json;

/// The opportunity, as everybody would ask for it: by its key, its ID, in lists, by its text, and counted.
async fn traces(server: &Server, id: &str) -> Traces {
    let query = r#"query($id: ID!) {
        opportunity(by: {slug: "purin-pictures-grants"}) { title }
        byId: opportunity(by: {id: $id}) { title }
        node(id: $id) { id }
        nodes(ids: [$id]) { id }
        search(query: "purin pictures grants") { totalCount nodes { ... on Opportunity { title } } }
        opportunities(filter: {text: "purin grants"}) { totalCount nodes { title } }
        institution(by: {slug: "purin-pictures"}) { opportunities { totalCount nodes { title } } }
        country(code: "TH") { opportunities(first: 100, filter: {medium: FILM}) { nodes { title } } }
        cooperation(between: ["TH", "VN"]) { opportunities(first: 100) { nodes { title } } pairs { openOpportunities } }
        open: opportunities(filter: {openTo: "TH"}) { totalCount }
        under: country(code: "TH") { opportunities { totalCount } }
    }"#;
    let answer = server.ask_with(query, json!({ "id": id })).await;
    let data = answer.data().as_object().unwrap();
    let seen = data.iter().filter(|(_, value)| value.to_string().contains("Purin Pictures grants"));
    let seen: Vec<String> = seen.map(|(name, _)| name.clone()).collect();
    let counts = data["search"]["totalCount"].as_i64().unwrap()
        + data["opportunities"]["totalCount"].as_i64().unwrap()
        + data["institution"]["opportunities"]["totalCount"].as_i64().unwrap();
    let totals = [
        &data["cooperation"]["pairs"][0]["openOpportunities"],
        &data["open"]["totalCount"],
        &data["under"]["opportunities"]["totalCount"],
    ];
    Traces {
        present: counts > 0 || !data["node"].is_null() || !data["nodes"][0].is_null(),
        seen,
        totals: totals.map(|total| total.as_i64().unwrap()),
    }
}

/// What is to be seen of the opportunity.
struct Traces {
    /// By its ID, or in a count of nothing else.
    present: bool,
    /// The fields that show its title.
    seen: Vec<String>,
    /// How many there are in lists that hold others too.
    totals: [i64; 3],
}

#[tokio::test]
async fn an_opportunity_is_public_once_it_was_published_whatever_became_of_it() {
    with_people_on_each_database(|server| async move {
        // What a test writes by hand is in no log.
        let server = server.replica_with(&["--cache=0"]);
        let answer = server.ask(r#"{ opportunity(by: {slug: "purin-pictures-grants"}) { id } }"#).await;
        let id = answer.data()["opportunity"]["id"].as_str().unwrap().to_owned();
        let public = traces(&server, &id).await;
        assert!(public.present);
        let everywhere = ["byId", "cooperation", "country", "institution", "opportunities", "opportunity", "search"];
        assert_eq!(public.seen, everywhere);

        let db = server.database().await;
        let row = opportunity::Entity::find().filter(opportunity::Column::Slug.eq("purin-pictures-grants"));
        let row = row.one(&db).await.unwrap().unwrap();
        let mut draft = row.clone().into_active_model();
        draft.published_at = Set(None);
        draft.status = Set(OpportunityStatus::Draft);
        draft.update(&db).await.unwrap();
        let hidden = traces(&server, &id).await;
        assert!(!hidden.present && hidden.seen.is_empty(), "a draft is hidden");
        assert_eq!(hidden.totals, public.totals.map(|total| total - 1), "and not counted");

        let mut cancelled = row.into_active_model();
        cancelled.status = Set(OpportunityStatus::Cancelled);
        cancelled.published_at = Set(Some(harness::now()));
        cancelled.update(&db).await.unwrap();
        let cancelled = traces(&server, &id).await;
        assert!(cancelled.present && cancelled.seen.contains(&"search".to_owned()), "what was published stays public");
        assert!(!cancelled.seen.contains(&"cooperation".to_owned()), "and is not open any more");
    })
    .await;
}

#[tokio::test]
async fn a_policymaker_is_public_while_they_hold_a_public_position() {
    with_people_on_each_database(|server| async move {
        // What a test writes by hand is in no log.
        let server = server.replica_with(&["--cache=0"]);
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
        let found = server.ask(r#"{ policymakers(filter: {text: "jimin gyeonbon"}) { nodes { id } edges { cursor } } korean: country(code: "KR") { policymakers { totalCount } } there: institution(by: {slug: "kr-kofic"}) { policymakers { totalCount } } }"#).await;
        let list = &found.data()["policymakers"];
        let (id, cursor) = (&list["nodes"][0]["id"], list["edges"][0]["cursor"].as_str().unwrap());
        let korean = found.data()["korean"]["policymakers"]["totalCount"].as_i64().unwrap();
        let there = found.data()["there"]["policymakers"]["totalCount"].as_i64().unwrap();
        assert!(id.is_string() && there > 0);

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
            assert_eq!(data["institution"]["policymakers"]["totalCount"], there - 1, "{what}");
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
        // What a test writes by hand is in no log.
        let server = server.replica_with(&["--cache=0"]);
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
        let stored = contact_phone::Entity::find().all(&db).await.unwrap();
        let hidden: Vec<_> = stored.iter().filter(|phone| phone.visibility != Visibility::Public).collect();
        assert!(!points("phones").is_empty() && !hidden.is_empty());
        for phone in hidden {
            assert!(!answer.text.contains(&format!("\"{}\"", phone.number)), "hidden numbers are absent");
        }
    })
    .await;
}

#[tokio::test]
async fn an_address_of_a_past_position_is_not_given() {
    with_people_on_each_database(|server| async move {
        // What a test writes by hand is in no log.
        let server = server.replica_with(&["--cache=0"]);
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

#[tokio::test]
async fn an_institution_shows_its_public_addresses_alone() {
    with_people_on_each_database(|server| async move {
        // What a test writes by hand is in no log.
        let server = server.replica_with(&["--cache=0"]);
        let db = server.database().await;
        let council = institution::Entity::find().filter(institution::Column::Slug.eq("kr-kofic"));
        let council = council.one(&db).await.unwrap().unwrap();
        let all = [Visibility::Public, Visibility::Members, Visibility::Secretariat];
        for (position, visibility) in (0..).zip(all) {
            let (id, kind) = (|| Set(uuid::Uuid::now_v7()), Set(ContactPointKind::Work));
            let email = contact_email::ActiveModel {
                id: id(),
                appointment_id: Set(None),
                institution_id: Set(Some(council.id)),
                position: Set(position),
                address: Set(format!("office{position}@example.org")),
                kind: kind.clone(),
                preferred: Set(false),
                visibility: Set(visibility),
            };
            email.insert(&db).await.unwrap();
            let phone = contact_phone::ActiveModel {
                id: id(),
                appointment_id: Set(None),
                institution_id: Set(Some(council.id)),
                position: Set(position),
                number: Set(format!("+1202555019{position}")),
                kind,
                preferred: Set(false),
                visibility: Set(visibility),
            };
            phone.insert(&db).await.unwrap();
        }
        let answer =
            server.ask(r#"{ institution(by: {slug: "kr-kofic"}) { emails { address } phones { number } } }"#).await;
        let shown =
            json!({ "emails": [{ "address": "office0@example.org" }], "phones": [{ "number": "+12025550190" }] });
        assert_eq!(answer.data()["institution"], shown);
    })
    .await;
}

#[tokio::test]
async fn a_position_that_is_not_public_is_unknown_also_where_its_holder_is_known() {
    with_people_on_each_database(|server| async move {
        // What a test writes by hand is in no log.
        let server = server.replica_with(&["--cache=0"]);
        let query = r#"{
            policymakers(filter: {text: "jimin gyeonbon"}) {
                nodes { appointments { title institution { slug } } currentAppointment { institution { slug } } emails { address } }
            }
            there: institution(by: {slug: "kr-kofic"}) { id policymakers(filter: {text: "jimin gyeonbon"}) { totalCount } }
            titled: search(query: "liaison to the council") { totalCount }
        }"#;
        let before = server.ask(query).await;
        let person = &before.data()["policymakers"]["nodes"][0];
        assert_eq!(person["appointments"].as_array().unwrap().len(), 2);
        assert_eq!(before.data()["there"]["policymakers"]["totalCount"], 1);
        let council = before.data()["there"]["id"].as_str().unwrap();

        let db = server.database().await;
        let held = appointment::Entity::find().filter(appointment::Column::Title.eq("Liaison to the Council"));
        let held = held.one(&db).await.unwrap().unwrap();
        for email in contact_email::Entity::find().filter(contact_email::Column::AppointmentId.eq(held.id)).all(&db).await.unwrap() {
            let mut email = email.into_active_model();
            email.visibility = Set(Visibility::Public);
            email.update(&db).await.unwrap();
        }
        let shown = server.ask(query).await;
        assert_eq!(shown.data()["policymakers"]["nodes"][0]["emails"].as_array().unwrap().len(), 2);

        let mut held = held.into_active_model();
        held.public = Set(false);
        held.update(&db).await.unwrap();
        let after = server.ask(query).await;
        let person = &after.data()["policymakers"]["nodes"][0];
        assert_eq!(person["appointments"], json!([{ "title": "Director, Audiovisual Cooperation", "institution": { "slug": "kr-mcst" } }]));
        assert_eq!(person["currentAppointment"]["institution"]["slug"], "kr-mcst");
        assert_eq!(person["emails"].as_array().unwrap().len(), 1, "its address goes with it");
        assert_eq!(after.data()["there"]["policymakers"]["totalCount"], 0);
        assert_eq!(after.data()["titled"]["totalCount"], 0, "nor does a search tell");
        let filtered = format!("{{ policymakers(filter: {{text: \"jimin gyeonbon\", institution: \"{council}\"}}) {{ totalCount }} }}");
        assert_eq!(server.ask(&filtered).await.data()["policymakers"]["totalCount"], 0);
    })
    .await;
}
