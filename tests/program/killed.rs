//! The program is killed in the middle of writes, again and again: what it acknowledged is there once, and the log speaks of
//! nothing that is not there.
use std::collections::BTreeMap;

use api::db::Access;
use entity::{
    change_log, institution, search_entry,
    vocabulary::{ChangeOperation, SubjectKind},
};
use harness::{Private, backends, empty};
use reqwest::Client;
use sea_orm::{ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::{mpsc, watch};
use uuid::Uuid;

use super::{out, run, serving};

/// How many writes are acknowledged in all.
const WRITES: usize = 1_000;
const CLIENTS: usize = 8;
const KILLS: usize = 5;
/// How many versions of an institution a client writes before it makes another one.
const VERSIONS: i64 = 6;

/// A write that was acknowledged.
#[derive(Debug)]
struct Acknowledged {
    slug: String,
    version: i32,
    /// What was written, once.
    mark: String,
}

/// What clients send, and where.
struct Desk {
    client: Client,
    token: String,
    address: watch::Receiver<String>,
}

impl Desk {
    /// What a mutation came to, if there was an answer.
    async fn write(&mut self, mutation: &str, kind: &str, input: Value) -> Option<Value> {
        let query = format!(
            "mutation($input: {kind}!) {{ {mutation}(input: $input) {{
                institution {{ id version }} userErrors {{ code }} }} }}"
        );
        let url = format!("http://{}/graphql", *self.address.borrow_and_update());
        let request = self.client.post(url).bearer_auth(&self.token);
        let body = json!({ "query": query, "variables": { "input": input } });
        let answer = async { request.json(&body).send().await?.json::<Value>().await }.await;
        if answer.is_err() {
            // It was killed: its successor is elsewhere.
            let _ = self.address.changed().await;
        }
        let written = answer.ok()?["data"][mutation].take();
        (written["userErrors"] == json!([])).then(|| written["institution"].clone())
    }
}

/// Writes until there is no service any more: makes an institution, and then others of its versions. Whether a write was done
/// that was not acknowledged is unknown: then comes another institution.
async fn write(mut desk: Desk, number: usize, acknowledged: mpsc::UnboundedSender<Acknowledged>) {
    for round in 0.. {
        let slug = format!("killed-{number}-{round}");
        let mut mark = format!("City {}", Uuid::now_v7());
        let names = json!([{ "language": "en", "text": format!("Killed {number} {round}") }]);
        let made = json!({ "slug": slug, "kind": "FUND", "city": mark, "names": names });
        let mut written = desk.write("createInstitution", "CreateInstitutionInput", made).await;
        while let Some(now) = &written {
            let version = now["version"].as_i64().unwrap();
            let told = Acknowledged { slug: slug.clone(), version: i32::try_from(version).unwrap(), mark };
            if acknowledged.send(told).is_err() {
                return;
            }
            if version == VERSIONS {
                break;
            }
            mark = format!("City {}", Uuid::now_v7());
            let next = json!({ "id": now["id"], "expectedVersion": version, "city": mark });
            written = desk.write("updateInstitution", "UpdateInstitutionInput", next).await;
        }
        if acknowledged.is_closed() {
            return;
        }
    }
}

/// Kills the program again and again while clients write: what it acknowledged.
async fn killed(database: &Private) -> Vec<Acknowledged> {
    let folder = TempDir::new().unwrap();
    let flags = database.flags();
    let place = [flags[0].as_str(), flags[1].as_str(), "--public-url", "https://balai.example.org"];
    let seeded = run(&folder, &[&["seed", "--demo"][..], &place].concat());
    assert!(seeded.status.success(), "{seeded:?}");
    let issued = run(&folder, &[&["token", "issue", "--account", "admin@example.org"][..], &place].concat());
    let token = out(&issued).trim().to_owned();
    let limits = ["--limit-requests", "1000000000", "--limit-budget", "1000000000", "--workers", "2"];
    let arguments = [&place[..], &limits].concat();

    let (mut service, first) = serving(&folder, &arguments);
    let (moved, address) = watch::channel(first);
    let (acknowledged, mut told) = mpsc::unbounded_channel();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| {
            let desk = Desk { client: Client::new(), token: token.clone(), address: address.clone() };
            tokio::spawn(write(desk, number, acknowledged.clone()))
        })
        .collect();
    let mut heard: Vec<Acknowledged> = vec![];
    for kill in 1..=KILLS {
        // Somewhere in its share, so that what runs is never the same.
        let share = WRITES / (KILLS + 1);
        let at = share * kill + usize::from(Uuid::now_v7().as_bytes()[15]) % (share / 2);
        while heard.len() < at {
            heard.push(told.recv().await.unwrap());
        }
        service.kill().unwrap();
        service.wait().unwrap();
        let next;
        (service, next) = serving(&folder, &arguments);
        moved.send(next).unwrap();
    }
    while heard.len() < WRITES {
        heard.push(told.recv().await.unwrap());
    }
    service.kill().unwrap();
    service.wait().unwrap();
    told.close();
    drop(moved);
    for client in clients {
        client.await.unwrap();
    }
    while let Some(last) = told.recv().await {
        heard.push(last);
    }
    heard
}

/// That the tables hold what was acknowledged, and the log speaks of what they hold.
async fn holds(database: &Private, acknowledged: &[Acknowledged]) {
    let db = database.location().open(Access::Exclusive, None).await.unwrap();
    let rows = institution::Entity::find().all(&db).await.unwrap();
    let rows: BTreeMap<Uuid, institution::Model> = rows.into_iter().map(|row| (row.id, row)).collect();
    let by_slug: BTreeMap<&str, &institution::Model> = rows.values().map(|row| (row.slug.as_str(), row)).collect();
    let told = change_log::Column::Subject.eq(SubjectKind::Institution);
    let entries = change_log::Entity::find().filter(told).all(&db).await.unwrap();
    let mut by_version: BTreeMap<(Uuid, i32), Vec<&change_log::Model>> = BTreeMap::new();
    for entry in &entries {
        let (version, row) = (entry.version.unwrap(), &rows[&entry.subject_id]);
        assert!(version <= row.version, "the log speaks of version {version} of what is at {}", row.version);
        by_version.entry((entry.subject_id, version)).or_default().push(entry);
    }
    for write in acknowledged {
        let row = by_slug[write.slug.as_str()];
        assert!(row.version >= write.version, "{write:?} was lost");
        assert!(row.version > write.version || row.city.as_deref() == Some(write.mark.as_str()), "{write:?} was lost");
        let entries = &by_version[&(row.id, write.version)];
        assert_eq!(entries.len(), 1, "{write:?} was done once");
        assert!(entries[0].fields.to_string().contains(&write.mark), "{write:?}: {}", entries[0].fields);
        let made = if write.version == 1 { ChangeOperation::Created } else { ChangeOperation::Updated };
        assert_eq!(entries[0].operation, made);
    }
    // Nothing was done by half, whether it was acknowledged or not.
    for row in rows.values().filter(|row| row.slug.starts_with("killed-")) {
        for version in 1..=row.version {
            assert_eq!(by_version.get(&(row.id, version)).map(Vec::len), Some(1), "{} at {version}", row.slug);
        }
        let found = search_entry::Entity::find().filter(search_entry::Column::SubjectId.eq(row.id)).count(&db).await;
        assert_eq!(found.unwrap(), 1, "{}", row.slug);
    }
    db.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_in_the_middle_it_has_done_what_it_acknowledged_and_nothing_by_half() {
    for backend in backends() {
        let database = empty(*backend).await;
        let since = std::time::Instant::now();
        let acknowledged = killed(&database).await;
        assert!(acknowledged.len() >= WRITES);
        holds(&database, &acknowledged).await;
        eprintln!("{backend:?}: {} writes, {:?}", acknowledged.len(), since.elapsed());
    }
}
