//! The reference data: loaded, loaded again, and renewed by a later release.
use api::{
    clock::Clock,
    config::Arguments,
    db::{Location, reference_id},
    reference::{Loaded, Release, load},
};
use clap::Parser as _;
use entity::{
    change_log, group_membership, institution,
    vocabulary::{ChangeOperation, SubjectKind},
};
use harness::{Server, backends, on_each_database};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DatabaseConnection, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
};
use serde_json::{Value, json};

async fn renew(db: &DatabaseConnection, release: &Release) -> Loaded {
    load(db, release, &Clock::fixed(harness::now()), indicatif::ProgressBar::hidden()).await.unwrap()
}

async fn by_slug(db: &DatabaseConnection, slug: &str) -> institution::Model {
    institution::Entity::find().filter(institution::Column::Slug.eq(slug)).one(db).await.unwrap().unwrap()
}

async fn institution_of(server: &Server, slug: &str) -> Value {
    let query = format!(
        "{{ institution(by: {{slug: \"{slug}\"}}) {{ name city version }} search(query: \"renamed\") {{ totalCount }} }}"
    );
    server.ask(&query).await.data().clone()
}

#[tokio::test]
async fn everything_that_ships_is_there() {
    on_each_database(|server| async move {
        let answer = server
            .ask(
                r#"{
                countries { totalCount } parties: countries(filter: {partyTo: "UNESCO-2005"}) { totalCount }
                countryGroups { totalCount nodes { code } } institutions { totalCount } agreements { totalCount }
                opportunities { totalCount }
                closed: opportunities(filter: {status: CLOSED}) { totalCount }
                standing: opportunities(first: 100, filter: {recurring: true}) { nodes { deadline status } }
                unverified: agreements(filter: {verified: false}) { totalCount }
            }"#,
            )
            .await;
        let data = answer.data();
        let total = |list: &str| data[list]["totalCount"].as_i64().unwrap();
        assert_eq!((total("countries"), total("parties")), (249, 157), "and the European Union as a group");
        assert_eq!((total("institutions"), total("agreements"), total("opportunities")), (150, 61, 50));
        assert_eq!(data["countryGroups"]["nodes"], json!([{ "code": "ASEM" }, { "code": "ASEAN" }, { "code": "EU" }]));
        assert_eq!(total("closed"), 17);
        assert!(data["standing"]["nodes"].as_array().unwrap().iter().all(|node| node["deadline"].is_null()));
        assert!(total("unverified") > 0);
    })
    .await;
}

#[tokio::test]
async fn loading_twice_changes_nothing() {
    on_each_database(|server| async move {
        let db = server.database().await;
        let before = institution::Entity::find().all(&db).await.unwrap();
        assert_eq!(renew(&db, &Release::shipped().unwrap()).await, Loaded::default());
        assert_eq!(institution::Entity::find().all(&db).await.unwrap(), before);
    })
    .await;
}

#[tokio::test]
async fn a_later_release_renews_what_it_brought_and_leaves_alone_what_was_changed() {
    on_each_database(|server| async move {
        let db = server.database().await;
        // An administrator changes one institution and deletes another.
        let changed = by_slug(&db, "kr-kofic").await;
        let (version, mut row) = (changed.version, changed.into_active_model());
        row.city = Set(Some("Haeundae".to_owned()));
        row.version = Set(version + 1);
        row.update(&db).await.unwrap();
        institution::Entity::delete_by_id(by_slug(&db, "np-fdb").await.id).exec(&db).await.unwrap();

        let mut release = Release::shipped().unwrap();
        for line in &mut release.institutions {
            if ["kr-kofic", "np-fdb", "vn-cinema"].contains(&line.slug.as_str()) {
                line.name_en = Some(format!("Renamed {}", line.slug));
            }
        }
        let mut newcomer = release.institutions[0].clone();
        newcomer.slug = "xx-new".to_owned();
        release.institutions.push(newcomer);
        for line in &mut release.opportunities {
            if line.slug == "purin-pictures-grants" {
                line.countries = "TH".to_owned();
                line.hosts = "TH".to_owned();
            }
        }
        for line in &mut release.agreement_parties {
            if line.agreement == "korea-viet-nam-broadcast-programme-co-production-agreement" && line.party == "VN" {
                line.competent_authority = Some("vn-cinema".to_owned());
            }
        }
        assert_eq!(renew(&db, &release).await, Loaded { added: 1, renewed: 3, removed: 0 });
        assert_eq!(renew(&db, &release).await, Loaded::default());

        // The log says so, to whoever follows it: what is new, and what is renewed, and who can know of it.
        let log = change_log::Entity::find().order_by_asc(change_log::Column::Sequence).all(&db).await.unwrap();
        let mut told: Vec<_> = log
            .iter()
            .map(|entry| (entry.subject, entry.operation, entry.version, entry.audience_after.is_some()))
            .collect();
        told.sort_by_key(|told| format!("{told:?}"));
        let expected = [
            (SubjectKind::Agreement, ChangeOperation::Updated, Some(2), false),
            (SubjectKind::Institution, ChangeOperation::Created, Some(1), true),
            (SubjectKind::Institution, ChangeOperation::Updated, Some(2), true),
            (SubjectKind::Opportunity, ChangeOperation::Updated, Some(2), false),
        ];
        assert_eq!(told, expected);
        assert!(log.iter().all(|entry| entry.account_id.is_none() && entry.agency_client_id.is_none()));

        let renewed = institution_of(&server, "vn-cinema").await;
        assert_eq!(renewed["institution"], json!({ "name": "Renamed vn-cinema", "city": "Hanoi", "version": 2 }));
        assert_eq!(renewed["search"]["totalCount"], 1, "search knows the new name, and only where it was taken over");
        let left = institution_of(&server, "kr-kofic").await;
        assert_eq!(left["institution"], json!({ "name": "Korean Film Council (KOFIC)", "city": "Haeundae", "version": 2 }));
        assert!(institution_of(&server, "np-fdb").await["institution"].is_null(), "what was deleted stays deleted");
        assert!(institution_of(&server, "xx-new").await["institution"].is_object());

        let parts = server
            .ask(
                r#"{ opportunity(by: {slug: "purin-pictures-grants"}) { eligibility { countries { code } } hostCountries { code } publishedAt }
                cooperation(between: ["KR", "VN"], medium: TELEVISION) { competentAuthorities { slug } } }"#,
            )
            .await;
        assert_eq!(parts.data()["opportunity"]["eligibility"]["countries"], json!([{ "code": "TH" }]));
        assert_eq!(parts.data()["opportunity"]["hostCountries"], json!([{ "code": "TH" }]));
        assert_eq!(parts.data()["cooperation"]["competentAuthorities"], json!([{ "slug": "kr-kcc" }, { "slug": "vn-cinema" }]));
    })
    .await;
}

/// Does what the program does when it is called with these arguments, on a thread of its own.
fn called(arguments: &[&str]) -> std::thread::JoinHandle<()> {
    let arguments: Vec<String> = ["balai"].iter().chain(arguments).map(ToString::to_string).collect();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(api::commands::run(Arguments::parse_from(arguments))).unwrap();
    })
}

#[tokio::test]
async fn replicas_that_start_together_take_turns() {
    for backend in backends() {
        let server = Server::start_empty(*backend).await;
        let arguments: Vec<String> = match server.location() {
            Location::File(file) => vec!["--data-dir".to_owned(), file.parent().unwrap().display().to_string()],
            Location::Server(url) => vec!["--database-url".to_owned(), url.to_string()],
        };
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).chain(["seed"]).collect();
        let replicas = [called(&arguments), called(&arguments), called(&arguments)];
        for replica in replicas {
            replica.join().unwrap();
        }
        called(&arguments.iter().copied().take(2).chain(["doctor", "--listen", "127.0.0.1:0"]).collect::<Vec<_>>())
            .join()
            .unwrap();
        let answer = server.ask("{ institutions { totalCount } opportunities { totalCount } }").await;
        let once = json!({ "institutions": { "totalCount": 150 }, "opportunities": { "totalCount": 50 } });
        assert_eq!(answer.data(), &once, "{backend:?}");
    }
}

#[tokio::test]
async fn reference_data_has_the_same_ids_on_every_installation() {
    on_each_database(|server| async move {
        let answer = server.ask(r#"{ country(code: "KR") { id } institution(by: {slug: "kr-kofic"}) { id } }"#).await;
        assert_eq!(answer.data(), &json!({ "country": { "id": "country_6a8yszg4wwb89rrskqst7w7ndy" }, "institution": { "id": "inst_21fvgtw8ayb1vtsy8mx3954vtp" } }));
    })
    .await;
}

#[tokio::test]
async fn a_release_that_learns_a_date_renews_the_membership_and_one_that_drops_a_record_removes_it() {
    on_each_database(|server| async move {
        let db = server.database().await;
        let mut release = Release::shipped().unwrap();
        for line in &mut release.group_members {
            if line.group == "ASEM" && line.country == "KR" {
                line.since = Some("1996".to_owned());
            }
        }
        release.group_members.retain(|line| !(line.group == "ASEM" && line.country == "MN"));
        // Nothing refers to one of these institutions, an agreement to the other.
        release.institutions.retain(|line| !["np-fdb", "kr-kofic"].contains(&line.slug.as_str()));
        release.opportunities.retain(|line| line.lead != "kr-kofic");
        let loaded = renew(&db, &release).await;
        assert_eq!((loaded.added, loaded.renewed), (0, 1));
        assert_eq!(loaded.removed, 1 + 1 + 2, "a membership, an institution, and the opportunities of the other");
        assert_eq!(renew(&db, &release).await, Loaded::default());
        let answer = server
            .ask(
                r#"{ korea: country(code: "KR") { groups { group { code } since } } mongolia: country(code: "MN") { groups { group { code } } }
                gone: institution(by: {slug: "np-fdb"}) { name } kept: institution(by: {slug: "kr-kofic"}) { slug } }"#,
            )
            .await;
        let korea = answer.data()["korea"]["groups"].as_array().unwrap();
        assert_eq!(korea, json!([{ "group": { "code": "ASEM" }, "since": "1996" }, { "group": { "code": "ASEAN" }, "since": "1991" }]).as_array().unwrap());
        assert!(!answer.data()["mongolia"]["groups"].to_string().contains("ASEM"));
        assert_eq!((&answer.data()["gone"], &answer.data()["kept"]["slug"]), (&json!(null), &json!("kr-kofic")));
    })
    .await;
}

#[tokio::test]
async fn a_group_that_a_release_drops_stays_while_it_has_a_membership_that_somebody_changed() {
    on_each_database(|server| async move {
        let db = server.database().await;
        let korean = group_membership::Entity::find_by_id(reference_id("group-membership", "ASEM/KR/MEMBER/1"));
        let korean = korean.one(&db).await.unwrap().unwrap();
        let (version, mut row) = (korean.version, korean.into_active_model());
        row.since = Set(Some("1996-03-01".to_owned()));
        row.version = Set(version + 1);
        row.update(&db).await.unwrap();

        let mut release = Release::shipped().unwrap();
        release.groups.retain(|line| line.code != "ASEM");
        release.group_members.retain(|line| line.group != "ASEM");
        for line in &mut release.opportunities {
            line.groups = String::new();
        }
        renew(&db, &release).await;
        let answer = server.ask(r#"{ countryGroup(code: "ASEM") { members { since country { code } } } }"#).await;
        let members = json!([{ "since": "1996-03-01", "country": { "code": "KR" } }]);
        assert_eq!(answer.data()["countryGroup"]["members"], members);
    })
    .await;
}

#[tokio::test]
async fn a_release_is_loaded_where_what_it_refers_to_was_deleted() {
    on_each_database(|server| async move {
        let db = server.database().await;
        institution::Entity::delete_by_id(by_slug(&db, "sg-sfc").await.id).exec(&db).await.unwrap_err();
        institution::Entity::delete_by_id(by_slug(&db, "np-fdb").await.id).exec(&db).await.unwrap();
        let mut release = Release::shipped().unwrap();
        for line in &mut release.institutions {
            if line.slug == "sg-sfc" {
                line.parent = Some("np-fdb".to_owned());
            }
        }
        for line in &mut release.agreement_parties {
            if line.agreement == "korea-viet-nam-broadcast-programme-co-production-agreement" {
                line.competent_authority = Some("np-fdb".to_owned());
            }
        }
        release.opportunity_partners[0].institution = "np-fdb".to_owned();
        let mut newcomer = release.opportunities[0].clone();
        newcomer.slug = "xx-new".to_owned();
        newcomer.lead = "np-fdb".to_owned();
        release.opportunities.push(newcomer);
        assert_eq!(renew(&db, &release).await, Loaded { added: 0, renewed: 3, removed: 0 });
        let answer = server.ask(r#"{ institution(by: {slug: "sg-sfc"}) { version parent { slug } } }"#).await;
        assert_eq!(answer.data()["institution"], json!({ "version": 2, "parent": null }));
    })
    .await;
}

#[tokio::test]
async fn what_somebody_made_under_the_same_key_is_not_touched() {
    on_each_database(|server| async move {
        let db = server.database().await;
        let mut own = by_slug(&db, "kr-kofic").await.into_active_model();
        own.id = Set(uuid::Uuid::now_v7());
        own.slug = Set("xx-own".to_owned());
        own.insert(&db).await.unwrap();
        let mut release = Release::shipped().unwrap();
        let mut newcomer = release.institutions[0].clone();
        newcomer.slug = "xx-own".to_owned();
        newcomer.name_en = Some("The release's own".to_owned());
        release.institutions.push(newcomer);
        assert_eq!(renew(&db, &release).await.added, 1);
        assert_eq!(institution_of(&server, "xx-own").await["institution"]["name"], "Korean Film Council (KOFIC)");
        assert_eq!(institution_of(&server, "xx-own-2").await["institution"]["name"], "The release's own");
    })
    .await;
}
