//! What is one's own: each sort of viewer, for each thing that is not public, from both sides.
use entity::{
    appointment, contact_email, institution, membership, opportunity, policymaker,
    vocabulary::{ContactPointKind, MembershipStatus, OpportunityStatus, Visibility},
};
use harness::{Backend, Grant, Server, backends};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
};
use serde_json::{Value, json};
use uuid::Uuid;

const WHERE: &str = "kr-kofic";

/// The viewers: a name, a token, and whether what belongs to the institution is their own.
async fn viewers(server: &Server) -> Vec<(&'static str, Option<String>, bool, bool)> {
    let account = async |name: &'static str, grants: &[Grant<'_>], own: bool, member: bool| {
        (name, Some(server.account(&format!("{}@example.org", name.replace(' ', ".")), grants).await), own, member)
    };
    let mut found = vec![
        ("nobody in particular", None, false, false),
        account("an account without a role", &[], false, false).await,
        account("a representative of the institution", &[Grant::Representative(WHERE)], true, true).await,
        account("a representative of another institution", &[Grant::Representative("kh-mcfa")], false, true).await,
        account("a focal point of the country", &[Grant::FocalPoint("KR")], true, true).await,
        account("a focal point of another country", &[Grant::FocalPoint("KH")], false, true).await,
        account("an administrator", &[Grant::Admin], true, true).await,
    ];
    for (name, status, until) in [
        ("a representative of a suspended member", MembershipStatus::Suspended, None),
        ("a representative of an applicant", MembershipStatus::Applied, None),
        (
            "a representative of a member whose term is over",
            MembershipStatus::Active,
            Some(harness::now().date_naive().pred_opt().unwrap()),
        ),
    ] {
        // Their own institution in the same country would be another one: theirs stands where the thing is.
        let slug = "kr-kofice";
        let token = account(name, &[Grant::Representative(slug)], false, false).await;
        stand(server, slug, status, until).await;
        found.push(token);
    }
    found
}

/// Has an institution's membership stand so.
async fn stand(server: &Server, slug: &str, status: MembershipStatus, until: Option<chrono::NaiveDate>) {
    let db = server.database().await;
    let key = server.member(slug).await;
    let row = membership::Entity::find().filter(membership::Column::InstitutionId.eq(key)).one(&db).await;
    let mut row = row.unwrap().unwrap().into_active_model();
    row.status = Set(status);
    row.until = Set(until);
    row.update(&db).await.unwrap();
}

async fn key_of(server: &Server, slug: &str) -> Uuid {
    let found =
        institution::Entity::find().filter(institution::Column::Slug.eq(slug)).one(&server.database().await).await;
    found.unwrap().unwrap().id
}

async fn ask(server: &Server, token: Option<&str>, query: &str, variables: Value) -> Value {
    let answer = match token {
        Some(token) => server.ask_as_with(token, query, variables).await,
        None => server.ask_with(query, variables).await,
    };
    answer.data().clone()
}

#[tokio::test]
async fn a_draft_is_seen_by_its_own_alone() {
    for backend in backends() {
        let server = Server::start_with(*backend, &[]).await;
        let db = server.database().await;
        let row =
            opportunity::Entity::find().filter(opportunity::Column::Slug.eq("purin-pictures-grants")).one(&db).await;
        let mut draft = row.unwrap().unwrap().into_active_model();
        draft.published_at = Set(None);
        draft.status = Set(OpportunityStatus::Draft);
        draft.lead_institution_id = Set(key_of(&server, WHERE).await);
        draft.update(&db).await.unwrap();
        let query = r#"{
            opportunity(by: {slug: "purin-pictures-grants"}) { id }
            opportunities(filter: {text: "purin grants"}) { totalCount nodes { id } }
            search(query: "purin pictures grants", kinds: [OPPORTUNITY]) { totalCount }
            institution(by: {slug: "kr-kofic"}) { opportunities(filter: {status: [DRAFT]}) { totalCount } }
        }"#;
        for (name, token, own, _) in viewers(&server).await {
            let seen = ask(&server, token.as_deref(), query, Value::Null).await;
            let count = i64::from(own);
            assert_eq!(seen["opportunity"].is_object(), own, "{name}");
            assert_eq!(seen["opportunities"]["totalCount"], count, "{name}");
            assert_eq!(seen["search"]["totalCount"], count, "{name}");
            assert_eq!(seen["institution"]["opportunities"]["totalCount"], count, "{name}");
        }
    }
}

#[tokio::test]
async fn somebody_without_a_public_position_is_seen_by_members_alone() {
    for backend in backends() {
        let server = Server::start_with(*backend, &[]).await;
        let db = server.database().await;
        let person = policymaker::Entity::find().filter(policymaker::Column::FamilyName.eq("Gyeonbon"));
        let person = person.filter(policymaker::Column::GivenName.eq("Jimin")).one(&db).await.unwrap().unwrap();
        let held = appointment::Entity::find().filter(appointment::Column::PolicymakerId.eq(person.id));
        for row in held.all(&db).await.unwrap() {
            let mut row = row.into_active_model();
            row.public = Set(false);
            row.institution_id = Set(key_of(&server, WHERE).await);
            row.update(&db).await.unwrap();
        }
        let query = r#"{
            policymakers(filter: {text: "jimin gyeonbon"}) { totalCount nodes { appointments { institution { slug } } } }
            search(query: "jimin gyeonbon") { totalCount }
            institution(by: {slug: "kr-kofic"}) { policymakers(filter: {text: "jimin"}) { totalCount } }
        }"#;
        for (name, token, _, member) in viewers(&server).await {
            let seen = ask(&server, token.as_deref(), query, Value::Null).await;
            let count = i64::from(member);
            assert_eq!(seen["policymakers"]["totalCount"], count, "{name}");
            assert_eq!(seen["search"]["totalCount"], count, "{name}");
            assert_eq!(seen["institution"]["policymakers"]["totalCount"], count, "{name}");
            if member {
                assert_eq!(seen["policymakers"]["nodes"][0]["appointments"][0]["institution"]["slug"], WHERE, "{name}");
            }
        }
    }
}

#[tokio::test]
async fn an_address_is_given_to_those_whom_it_is_for() {
    for backend in backends() {
        let server = Server::start_with(*backend, &[]).await;
        let db = server.database().await;
        let institution = key_of(&server, WHERE).await;
        let held =
            appointment::Entity::find().filter(appointment::Column::InstitutionId.eq(institution)).one(&db).await;
        let held = held.unwrap().unwrap();
        contact_email::Entity::delete_many()
            .filter(contact_email::Column::AppointmentId.eq(held.id))
            .exec(&db)
            .await
            .unwrap();
        let of_whom = [(Some(held.id), None, "person"), (None, Some(institution), "house")];
        for (appointment, institution, what) in of_whom {
            for (place, visibility) in (0..).zip([Visibility::Public, Visibility::Members, Visibility::Secretariat]) {
                let row = contact_email::ActiveModel {
                    id: Set(Uuid::now_v7()),
                    appointment_id: Set(appointment),
                    institution_id: Set(institution),
                    position: Set(place),
                    address: Set(format!("{what}{place}@example.org")),
                    kind: Set(ContactPointKind::Work),
                    preferred: Set(false),
                    visibility: Set(visibility),
                };
                row.insert(&db).await.unwrap();
            }
        }
        let query = r#"query($id: ID!) {
            house: institution(by: {slug: "kr-kofic"}) { emails { address } }
            person: node(id: $id) { ... on Policymaker { emails { address } } }
        }"#;
        let id = server.ask(r#"{ institution(by: {slug: "kr-kofic"}) { policymakers(first: 100) { nodes { id emails { address } } } } }"#).await;
        let nodes = id.data()["institution"]["policymakers"]["nodes"].as_array().unwrap().clone();
        let node = nodes.iter().find(|node| node["emails"].to_string().contains("person0@example.org")).unwrap();
        for (name, token, own, member) in viewers(&server).await {
            let seen = ask(&server, token.as_deref(), query, json!({ "id": node["id"] })).await;
            for what in ["house", "person"] {
                let addresses = seen[what]["emails"].to_string();
                // An institution's own addresses for the secretariat are for the secretariat.
                let secret = if what == "house" { name == "an administrator" } else { own };
                for (place, may) in [(0, true), (1, member), (2, secret)] {
                    assert_eq!(addresses.contains(&format!("{what}{place}@example.org")), may, "{name}: {what}{place}");
                }
            }
        }
    }
}

#[tokio::test]
async fn an_answer_to_somebody_is_kept_by_nobody() {
    let server = Server::start(Backend::Sqlite).await;
    let token = server.account("somebody@example.org", &[]).await;
    let address = "/graphql?query=%7B__typename%7D";
    let public = server.get(address).await;
    assert_eq!(public.headers()["cache-control"], "public, no-cache");
    let own = server.request("GET", address).bearer_auth(token).send().await.unwrap();
    assert_eq!(own.headers()["cache-control"], "private, no-store");
    assert!(own.headers().get("etag").is_none());
    assert!(own.headers()["vary"].to_str().unwrap().contains("Authorization"));
    let changes = server.get("/graphql?query=mutation%7BsignOut%7BuserErrors%7Bcode%7D%7D%7D").await;
    assert_eq!((changes.status().as_u16(), changes.headers()["allow"].to_str().unwrap()), (405, "POST"));
}
