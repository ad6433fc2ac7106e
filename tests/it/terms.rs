//! The ends of memberships' terms: who is reminded, what the log is told, each once, and how a term is renewed in time.
use std::sync::{Arc, atomic::AtomicU64, atomic::Ordering};

use api::config::TokenHolder;
use chrono::{Days, NaiveDate};
use entity::{
    change_log, membership, membership_notice,
    vocabulary::{MembershipNotice, MembershipStatus},
};
use harness::{Backend, Grant, Letter, Postbox, Server, backends, now};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait as _, DatabaseConnection,
    EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
};
use serde_json::{Value, json};
use tokio::time::{Duration, timeout};
use uuid::Uuid;

const DAY: u64 = 24 * 3_600;

/// A day so many days from the one at which the tests' clock starts.
fn day(from_now: u64) -> NaiveDate {
    now().date_naive() + Days::new(from_now)
}

/// A service, a mail server, and a clock that stands so many days later.
async fn start(backend: Backend) -> (Server, Postbox, Arc<AtomicU64>) {
    let postbox = Postbox::open().await;
    let (server, passed) = Server::start_with_time_and(backend, &["--smtp-url", &postbox.url]).await;
    (server, postbox, passed)
}

/// Has the membership of an institution be in its term until a day: its key.
async fn member_until(server: &Server, slug: &str, until: NaiveDate) -> Uuid {
    let (db, institution) = (server.database().await, server.member(slug).await);
    let found = membership::Entity::find().filter(membership::Column::InstitutionId.eq(institution)).one(&db).await;
    let mut row = found.unwrap().unwrap().into_active_model();
    row.until = Set(Some(until));
    row.update(&db).await.unwrap().id
}

/// What the service itself has put into the log of a membership.
async fn by_itself(db: &DatabaseConnection, key: Uuid) -> Vec<Value> {
    let entries = change_log::Entity::find()
        .filter(change_log::Column::SubjectId.eq(key))
        .filter(change_log::Column::AccountId.is_null())
        .all(db)
        .await
        .unwrap();
    entries.into_iter().map(|entry| entry.fields).collect()
}

async fn notices(db: &DatabaseConnection, key: Uuid) -> Vec<membership_notice::Model> {
    let of = membership_notice::Column::MembershipId.eq(key);
    membership_notice::Entity::find().filter(of).all(db).await.unwrap()
}

/// Waits until the log has it that the term has ended.
async fn lapsed(db: &DatabaseConnection, key: Uuid) {
    while by_itself(db, key).await.is_empty() {
        tokio::task::yield_now().await;
    }
}

/// The next letters, by whom they are for.
async fn letters(postbox: &Postbox, number: usize) -> Vec<(String, Letter)> {
    let mut letters = vec![];
    for _ in 0..number {
        letters.push(timeout(Duration::from_secs(30), postbox.letter()).await.expect("a letter"));
    }
    letters.sort_by(|(one, _), (other, _)| one.cmp(other));
    letters
}

#[tokio::test]
async fn reminders_and_the_end_are_told_once_whatever_replicas_there_are() {
    for backend in backends() {
        let (server, postbox, passed) = start(*backend).await;
        let replica = server.replica_with(&["--smtp-url", &postbox.url]);
        let db = server.database().await;
        for email in ["one@example.org", "two@example.org", "gone@example.org"] {
            server.account(email, &[Grant::Representative("kr-kofic")]).await;
        }
        db.execute_unprepared("UPDATE account SET status = 'DISABLED' WHERE email_key = 'gone@example.org'")
            .await
            .unwrap();
        server.account("other@example.org", &[Grant::Representative("kh-mcfa"), Grant::FocalPoint("KR")]).await;
        let key = member_until(&server, "kr-kofic", day(90)).await;

        for left in [60, 30, 7] {
            passed.store((90 - left) * DAY, Ordering::Relaxed);
            let told = letters(&postbox, 2).await;
            assert_eq!(
                told.iter().map(|(to, _)| to.as_str()).collect::<Vec<_>>(),
                ["<one@example.org>", "<two@example.org>"]
            );
            for (_, letter) in told {
                assert_eq!(letter.subject, "A membership in the network ends soon", "it tells nobody whose");
                for part in [&letter.text, &letter.html] {
                    for said in
                        ["Somebody Invented", "Korean Film Council", "2027-02-20", &format!("until then: {left}.")]
                    {
                        assert!(part.contains(said), "{said}: {part}");
                    }
                }
            }
        }
        let active = r#"{ institution(by: {slug: "kr-kofic"}) { membershipStatus } }"#;
        passed.store(90 * DAY, Ordering::Relaxed);
        assert_eq!(server.ask(active).await.data()["institution"]["membershipStatus"], "ACTIVE", "its last day");
        passed.store(91 * DAY, Ordering::Relaxed);
        lapsed(&db, key).await;
        let end = json!([{ "name": "status", "old": "ACTIVE", "new": "LAPSED" }]);
        assert_eq!(by_itself(&db, key).await, std::slice::from_ref(&end));
        let row = membership::Entity::find_by_id(key).one(&db).await.unwrap().unwrap();
        assert_eq!((row.status, row.version), (MembershipStatus::Active, 1), "the row is as it was decided");

        // The history shows it, by nobody; and a term that was renewed ends again.
        let token = server.token_of(&TokenHolder::account("one@example.org")).await;
        let id = harness::id("member", key);
        let renew = format!(
            r#"mutation {{ renewMembership(input: {{ id: "{id}", until: "{}" }}) {{ userErrors {{ code }} }} }}"#,
            day(100)
        );
        assert_eq!(server.ask_as(&token, &renew).await.data()["renewMembership"]["userErrors"], json!([]));
        letters(&postbox, 2).await;
        passed.store(101 * DAY, Ordering::Relaxed);
        while by_itself(&db, key).await.len() < 2 {
            tokio::task::yield_now().await;
        }
        assert_eq!(by_itself(&db, key).await, [end.clone(), end]);
        let token = server.token_of(&TokenHolder::account("one@example.org")).await;
        let history = format!(r#"{{ membership(id: "{id}") {{ status history {{ by {{ name }} from to }} }} }}"#);
        let told = replica.ask_as(&token, &history).await.data()["membership"].clone();
        let end = json!({ "by": null, "from": "ACTIVE", "to": "LAPSED" });
        let renewed = json!({ "by": { "name": "Somebody Invented" }, "from": "LAPSED", "to": "ACTIVE" });
        assert_eq!(told, json!({ "status": "LAPSED", "history": [end, renewed, end] }));
        assert!(postbox.is_empty(), "nobody was told anything twice");
        let mut told: Vec<_> = notices(&db, key).await.iter().map(|row| (row.until, row.notice)).collect();
        told.sort_by_key(|(until, notice)| (*until, *notice as u8));
        use MembershipNotice::{Lapsed, SevenDays, SixtyDays, ThirtyDays};
        let (first, second) = (day(90), day(100));
        assert_eq!(
            told,
            [
                (first, SixtyDays),
                (first, ThirtyDays),
                (first, SevenDays),
                (first, Lapsed),
                (second, ThirtyDays),
                (second, Lapsed)
            ]
        );
    }
}

#[tokio::test]
async fn who_comes_late_is_reminded_of_the_nearest_alone() {
    for backend in backends() {
        let (server, postbox, passed) = start(*backend).await;
        let db = server.database().await;
        // Nobody represents it for now: there is nobody to remind.
        let key = member_until(&server, "kr-kofic", day(20)).await;
        let other = member_until(&server, "kh-mcfa", day(0)).await;
        passed.store(DAY, Ordering::Relaxed);
        lapsed(&db, other).await;
        assert!(notices(&db, key).await.is_empty());

        server.account("one@example.org", &[Grant::Representative("kr-kofic")]).await;
        passed.store(2 * DAY, Ordering::Relaxed);
        let (_, letter) = letters(&postbox, 1).await.remove(0);
        assert!(letter.text.contains("until then: 18."), "{}", letter.text);
        // A service that starts anew knows what was told.
        let later = server.replica_with(&["--smtp-url", &postbox.url]);
        passed.store(15 * DAY, Ordering::Relaxed);
        let (_, letter) = letters(&postbox, 1).await.remove(0);
        assert!(letter.text.contains("until then: 5."), "{}", letter.text);
        passed.store(21 * DAY, Ordering::Relaxed);
        lapsed(&db, key).await;
        assert!(postbox.is_empty());
        let mut told: Vec<_> = notices(&db, key).await.iter().map(|row| row.notice as u8).collect();
        told.sort_unstable();
        use MembershipNotice::{Lapsed, SevenDays, ThirtyDays};
        assert_eq!(told, [ThirtyDays, SevenDays, Lapsed].map(|notice| notice as u8));
        drop(later);
    }
}

#[tokio::test]
async fn what_the_mail_server_did_not_take_is_sent_later() {
    for backend in backends() {
        let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let away = format!("smtp://{address}");
        let (server, passed) = Server::start_with_time_and(*backend, &["--smtp-url", &away]).await;
        let db = server.database().await;
        server.account("one@example.org", &[Grant::Representative("kr-kofic")]).await;
        let key = member_until(&server, "kr-kofic", day(29)).await;
        passed.fetch_add(60, Ordering::Relaxed);
        while notices(&db, key).await.is_empty() {
            tokio::task::yield_now().await;
        }
        let postbox = Postbox::open_at(address).await;
        passed.fetch_add(3_660, Ordering::Relaxed);
        let (_, letter) = letters(&postbox, 1).await.remove(0);
        assert!(letter.text.contains("until then: 29."), "{}", letter.text);
        while notices(&db, key).await[0].told_at.is_none() {
            tokio::task::yield_now().await;
        }
        assert!(postbox.is_empty());
    }
}

#[tokio::test]
async fn a_term_is_renewed_in_time_from_sixty_days_before_its_end() {
    for backend in backends() {
        let (server, passed) = Server::start_with_time(*backend).await;
        server.account("council@example.org", &[Grant::Representative("kr-kofic")]).await;
        server.account("admin@example.org", &[Grant::Admin]).await;
        server.account("focal@example.org", &[Grant::FocalPoint("KR")]).await;
        let id = harness::id("member", member_until(&server, "kr-kofic", day(365)).await);
        let renew = async |email: &str, until: NaiveDate| {
            let token = server.token_of(&TokenHolder::account(email)).await;
            let query = "mutation($input: RenewMembershipInput!) { renewMembership(input: $input) {
                membership { status version term { since until } } userErrors { field code message } } }";
            let input = json!({ "input": { "id": id, "until": until.to_string() } });
            let answer = server.ask_as_with(&token, query, input).await;
            match answer.error().0 {
                "" => answer.data()["renewMembership"].clone(),
                code => json!({ "userErrors": [{ "code": code }] }),
            }
        };
        let fault = |payload: &Value| payload["userErrors"][0].clone();

        // Its representative cannot renew it early, nor can anybody.
        passed.store(304 * DAY, Ordering::Relaxed);
        for email in ["council@example.org", "admin@example.org"] {
            let early = fault(&renew(email, day(700)).await);
            assert_eq!(early["code"], "ILLEGAL_TRANSITION");
            assert!(early["message"].as_str().unwrap().ends_with(&format!("ACTIVE before {}", day(305))), "{early}");
        }
        passed.store(305 * DAY, Ordering::Relaxed);
        assert_eq!(fault(&renew("focal@example.org", day(700)).await)["code"], "FORBIDDEN");
        for until in [day(365), day(364), day(200)] {
            let refused = fault(&renew("council@example.org", until).await);
            assert_eq!((&refused["code"], &refused["field"]), (&json!("INVALID"), &json!(["until"])), "{until}");
        }
        // For as long as was granted, counted from the end.
        assert_eq!(fault(&renew("council@example.org", day(732)).await)["code"], "INVALID");
        let renewed = renew("council@example.org", day(730)).await;
        let term = json!({ "since": day(0).to_string(), "until": day(730).to_string() });
        assert_eq!(renewed["membership"], json!({ "status": "ACTIVE", "version": 2, "term": term }));
        assert_eq!(
            fault(&renew("council@example.org", day(800)).await)["code"],
            "ILLEGAL_TRANSITION",
            "it is early again"
        );
        // What was extended grants no more than before.
        passed.store(700 * DAY, Ordering::Relaxed);
        assert_eq!(fault(&renew("council@example.org", day(730 + 367)).await)["code"], "INVALID");
        let longer = renew("admin@example.org", day(730 + 1_000)).await;
        assert_eq!(longer["membership"]["term"]["since"], json!(day(0).to_string()));

        let token = server.token_of(&TokenHolder::account("council@example.org")).await;
        let history = format!(r#"{{ membership(id: "{id}") {{ history {{ from to }} }} }}"#);
        let step = json!({ "from": "ACTIVE", "to": "ACTIVE" });
        let told = server.ask_as(&token, &history).await.data()["membership"]["history"].clone();
        assert_eq!(told, json!([step, step]), "each is there to be traced");
        // Without an end there is nothing to renew.
        member_without_end(&server).await;
        assert_eq!(fault(&renew("admin@example.org", day(3_000)).await)["code"], "ILLEGAL_TRANSITION");
    }
}

async fn member_without_end(server: &Server) {
    let rows = membership::ActiveModel { until: Set(None), ..Default::default() };
    membership::Entity::update_many().set(rows).exec(&server.database().await).await.unwrap();
}
