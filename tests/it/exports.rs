//! Memberships as administrators open them in a spreadsheet.
use std::io::{Cursor, Read as _};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use calamine::{Data, Reader as _, Xlsx, open_workbook_from_rs};
use chrono::NaiveDate;
use entity::{account, institution, localized, membership, vocabulary::MembershipStatus};
use harness::{Grant, Server, backends, on_each_database};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DatabaseConnection, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _,
};
use serde_json::{Value, json};
use uuid::Uuid;

const FORMULA: &str = r#"=HYPERLINK("http://example.org","Film; =1+1")"#;
const HEADINGS: [&str; 13] = [
    "Institution",
    "Country",
    "Kind",
    "Status",
    "Tier",
    "Since",
    "Until",
    "Applied at",
    "Representatives",
    "Representatives' addresses",
    "Website",
    "Membership ID",
    "Institution ID",
];

async fn export(server: &Server, token: &str, arguments: &str) -> (Value, Vec<u8>) {
    let query = format!("{{ exportMemberships({arguments}) {{ fileName mediaType content rows }} }}");
    let file = server.ask_as(token, &query).await.data()["exportMemberships"].clone();
    let content = STANDARD.decode(file["content"].as_str().unwrap()).unwrap();
    (file, content)
}

/// The lines of a file of comma-separated values, without the headings.
fn lines(content: &[u8]) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_reader(content.strip_prefix(b"\xef\xbb\xbf").expect("a mark"));
    assert_eq!(reader.headers().unwrap().iter().collect::<Vec<_>>(), HEADINGS);
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// Renames an institution: its key.
async fn rename(db: &DatabaseConnection, slug: &str, name: &str) -> Uuid {
    let row = institution::Entity::find().filter(institution::Column::Slug.eq(slug)).one(db).await.unwrap().unwrap();
    let mut row = row.into_active_model();
    let name = localized::LocalizedText { language: "en".into(), text: name.into() };
    row.names = Set(localized::LocalizedTexts::new(&[name]));
    row.update(db).await.unwrap().id
}

/// Has an institution's membership stand so.
async fn stand(server: &Server, slug: &str, status: MembershipStatus, (since, until): (&str, Option<&str>)) {
    let (db, key) = (server.database().await, server.member(slug).await);
    let found = membership::Entity::find().filter(membership::Column::InstitutionId.eq(key)).one(&db).await;
    let mut row = found.unwrap().unwrap().into_active_model();
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    (row.status, row.since, row.until) = (Set(status), Set(Some(day(since))), Set(until.map(day)));
    row.update(&db).await.unwrap();
}

async fn filled(server: &Server) -> String {
    let db = server.database().await;
    let admin = server.account("admin@example.org", &[Grant::Admin]).await;
    for (email, name) in [("first@example.org", "@First"), ("second@example.org", "Second, Somebody")] {
        server.account(email, &[Grant::Representative("kr-kofic")]).await;
        let named = account::ActiveModel { name: Set(name.to_owned()), ..Default::default() };
        let theirs = account::Entity::update_many().set(named).filter(account::Column::EmailKey.eq(email));
        theirs.exec(&db).await.unwrap();
    }
    rename(&db, "kr-kofic", FORMULA).await;
    stand(server, "kr-kofic", MembershipStatus::Active, ("2026-01-01", Some("2026-11-21"))).await;
    stand(server, "kh-mcfa", MembershipStatus::Suspended, ("1850-12-31", None)).await;
    admin
}

#[tokio::test]
async fn comma_separated_values_hold_what_the_list_has_and_no_formula() {
    on_each_database(|server| async move {
        let admin = filled(&server).await;
        let (file, content) = export(&server, &admin, "format: CSV, orderBy: {field: TERM_END}").await;
        assert_eq!(file["fileName"], "memberships-2026-11-22.csv");
        assert_eq!((&file["mediaType"], &file["rows"]), (&json!("text/csv; charset=utf-8"), &json!(2)));
        assert!(String::from_utf8(content.clone()).unwrap().lines().count() == 3 && content.ends_with(b"\"\r\n"));
        let rows = lines(&content);
        let list = "{ memberships(orderBy: {field: TERM_END}) { nodes { id institution { id } } } }";
        let list = server.ask_as(&admin, list).await.data()["memberships"]["nodes"].clone();
        let ids = |place: usize| {
            [&list[place]["id"], &list[place]["institution"]["id"]].map(|id| id.as_str().unwrap().to_owned())
        };
        let neutral = r#"'=HYPERLINK("http://example.org","Film;' =1+1")"#;
        let expected = [
            neutral,
            "KR",
            "FILM_BODY",
            "LAPSED",
            "FULL",
            "2026-01-01",
            "2026-11-21",
            "2026-11-22T12:00:00Z",
            "'@First, Second, Somebody",
            "first@example.org, second@example.org",
        ];
        assert_eq!(rows[0][..10], expected);
        assert_eq!(rows[0][11..], ids(0));
        assert!(rows[0][10].starts_with("https://"), "its website: {}", rows[0][10]);
        assert_eq!(
            (rows[1][1].as_str(), &rows[1][3..7]),
            ("KH", &["SUSPENDED", "FULL", "1850-12-31", ""].map(str::to_owned)[..])
        );
        assert_eq!(rows[1][11..], ids(1));

        // The filter is the list's.
        let filtered = r#"format: CSV, filter: {status: [LAPSED], country: ["KR"]}"#;
        assert_eq!(lines(&export(&server, &admin, filtered).await.1), rows[..1]);
        let (none, content) = export(&server, &admin, "format: CSV, filter: {tier: [OBSERVER]}").await;
        assert_eq!((&none["rows"], lines(&content).len()), (&json!(0), 0));
    })
    .await;
}

#[tokio::test]
async fn workbooks_hold_text_as_text_and_days_as_days() {
    on_each_database(|server| async move {
        let admin = filled(&server).await;
        let (file, content) = export(&server, &admin, "format: XLSX, orderBy: {field: TERM_END}").await;
        assert_eq!(file["fileName"], "memberships-2026-11-22.xlsx");
        assert_eq!(file["mediaType"], "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
        // Headings stay where they are, and nothing is reckoned or followed.
        let mut parts = zip::ZipArchive::new(Cursor::new(content.clone())).unwrap();
        let mut page = String::new();
        parts.by_name("xl/worksheets/sheet1.xml").unwrap().read_to_string(&mut page).unwrap();
        assert!(page.contains(r#"state="frozen""#) && page.contains(r#"topLeftCell="A2""#), "{page}");
        assert!(!page.contains("<f>") && !page.contains("<hyperlink"), "{page}");
        let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(content)).unwrap();
        assert_eq!(book.sheet_names(), ["Memberships"]);
        let formulas = book.worksheet_formula("Memberships").unwrap();
        assert_eq!(formulas.used_cells().count(), 0);
        let sheet = book.worksheet_range("Memberships").unwrap();
        let rows: Vec<&[Data]> = sheet.rows().collect();
        assert_eq!(rows.len(), 3);
        assert_eq!(rows[0], HEADINGS.map(|name| Data::String(name.to_owned())));
        let text = |cell: &Data| matches!(cell, Data::String(_)).then(|| cell.to_string());
        assert_eq!(text(&rows[1][0]).as_deref(), Some(FORMULA), "as it is written, and text");
        assert_eq!(text(&rows[1][8]).as_deref(), Some("@First, Second, Somebody"));
        let day = |cell: &Data| match cell {
            Data::DateTime(told) => Some(told.as_f64()),
            _ => None,
        };
        // Days since 1900, as spreadsheets count them.
        assert_eq!((day(&rows[1][5]), day(&rows[1][6])), (Some(46_023.0), Some(46_347.0)));
        assert_eq!(day(&rows[1][7]), Some(46_348.5));
        assert_eq!(text(&rows[2][5]).as_deref(), Some("1850-12-31"), "before they begin to count");
        assert_eq!(rows[2][6], Data::Empty);
    })
    .await;
}

#[tokio::test]
async fn files_are_bounded_and_take_as_many_statements_for_one_row_as_for_thousands() {
    for backend in backends() {
        let server = Server::start_with(*backend, &["--limit-seconds=300"]).await;
        let (db, admin) = (server.database().await, server.account("admin@example.org", &[Grant::Admin]).await);
        let of = server.member("kr-kofic").await;
        let row = membership::Entity::find().filter(membership::Column::InstitutionId.eq(of)).one(&db).await;
        let row = row.unwrap().unwrap();
        let counted = async || {
            let before = server.statements();
            let answer = server.ask_as(&admin, "{ exportMemberships(format: XLSX) { rows } }").await;
            (answer, server.statements() - before)
        };
        // Whoever asks is known since a moment ago.
        counted().await;
        let (one, few) = counted().await;
        assert_eq!(one.data()["exportMemberships"]["rows"], 1);
        for _ in 0..20 {
            let rejected = (0..500).map(|_| {
                let mut another = row.clone().into_active_model().reset_all();
                another.id = Set(Uuid::now_v7());
                another.status = Set(MembershipStatus::Rejected);
                another
            });
            membership::Entity::insert_many(rejected).exec_without_returning(&db).await.unwrap();
        }
        let many = server.ask_as(&admin, "{ exportMemberships(format: CSV) { rows } }").await;
        assert_eq!(many.error(), ("BAD_USER_INPUT", "filter"), "{}", many.text);
        let query = "{ exportMemberships(format: XLSX, filter: {status: [REJECTED]}) { rows } }";
        let before = server.statements();
        let all = server.ask_as(&admin, query).await;
        assert_eq!(all.data()["exportMemberships"]["rows"], 10_000);
        // Who asks is looked up again after a second.
        assert!(server.statements() - before <= few + 1);
        // What it costs is reckoned with before: a few at once are too many.
        let alone =
            server.ask_as(&admin, "{ exportMemberships(format: CSV, filter: {tier: [OBSERVER]}) { rows } }").await;
        assert_eq!(alone.status, 200);
        let file = |place: usize| format!("f{place}: exportMemberships(format: CSV) {{ rows }}");
        let ten = format!("{{ {} }}", (0..10).map(file).collect::<Vec<_>>().join(" "));
        assert_eq!(server.ask_as(&admin, &ten).await.error().0, "COST_EXCEEDED");
    }
}
