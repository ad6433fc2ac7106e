//! The feed of contacts: how a partner agency's address book follows the network.
use entity::change_epoch;
use harness::{Grant, Server, on_each_database};
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, ConnectionTrait as _, EntityTrait as _, IntoActiveModel as _};
use serde_json::{Value, json};

use crate::address_book::{Book, CONTACT, consent, done, machine, person};
use crate::pushing::{self, BOTH, Network, push};
use crate::subscriptions::Socket;

async fn institution(server: &Server, token: &str, slug: &str) -> Value {
    let answer = server.ask_as(token, &format!("{{ institution(by: {{slug: \"{slug}\"}}) {{ id version }} }}")).await;
    answer.data()["institution"].clone()
}

/// An administrator, and a machine that reads contacts.
async fn start(server: &Server) -> (String, String) {
    let admin = server.account("secretary@example.org", &[Grant::Admin]).await;
    let book = machine(server, &admin, "kr-kofice", &["CONTACTS_READ"]).await;
    (admin, book)
}

#[tokio::test]
async fn an_address_book_is_fetched_once_and_then_what_has_changed() {
    on_each_database(|server| async move {
        let (admin, token) = start(&server).await;
        let ana = person(&server, &admin, "Ana", ("kr-kofic", true)).await;
        let bo = person(&server, &admin, "Bo", ("kr-kofic", false)).await;
        let mut book = Book::default();
        book.sync(&server, &token).await;
        let all = server.ask("{ institutions { totalCount } }").await.data()["institutions"]["totalCount"].clone();
        assert_eq!(json!(book.contacts.len()), json!(all.as_u64().unwrap() + 1), "all institutions, and who consented");
        assert!(book.has(&ana["id"]) && !book.has(&bo["id"]));
        let kept = &book.contacts[ana["id"].as_str().unwrap()];
        assert_eq!(kept["emails"].as_array().unwrap().len(), 1, "not what is for the secretariat: {kept}");

        // Nothing has changed since.
        let before = book.clone();
        let page = book.ask(&server, &token, 500).await;
        let page = &page.data()["contactChanges"];
        assert_eq!((&page["changes"], &page["hasMore"]), (&json!([]), &json!(false)));

        // What changes comes as it is now, once, whatever was done to it meanwhile.
        for title in ["Deputy", "Head"] {
            let input = json!({ "id": ana["id"], "familyName": title });
            done(&server, &admin, "updatePolicymaker", input, "policymaker { id }").await;
        }
        consent(&server, &admin, &bo["id"], true).await;
        let page = book.ask(&server, &token, 500).await;
        let changes = page.data()["contactChanges"]["changes"].clone();
        let told: Vec<_> = changes.as_array().unwrap().iter().map(|change| &change["contact"]["id"]).collect();
        assert_eq!(told, [&ana["id"], &bo["id"]], "oldest first");
        assert_eq!(changes[0]["contact"]["familyName"], "Head");
        book.sync(&server, &token).await;

        // Each token is good again and again.
        let mut again = before;
        again.sync(&server, &token).await;
        assert_eq!(again.contacts, book.contacts);
        let mut fresh = Book::default();
        fresh.sync(&server, &token).await;
        assert_eq!(fresh.contacts, book.contacts);
    })
    .await;
}

#[tokio::test]
async fn what_is_gone_is_told_to_those_who_could_have_it() {
    on_each_database(|server| async move {
        let (admin, token) = start(&server).await;
        let mut people = vec![];
        for name in ["Withdraws", "Deleted", "Merged", "Survives", "Erased", "Moves"] {
            people.push(person(&server, &admin, name, ("kr-kofic", true)).await["id"].clone());
        }
        let [withdraws, deleted, merged, survives, erased, moves] = <[Value; 6]>::try_from(people).unwrap();
        let never = person(&server, &admin, "Never", ("kr-kofic", false)).await["id"].clone();
        let mut book = Book::default();
        book.sync(&server, &token).await;
        let mut koreans = Book::of(json!({ "country": ["KR"], "kind": ["PERSON"] }));
        koreans.sync(&server, &token).await;
        assert_eq!(koreans.contacts.len(), 6);

        consent(&server, &admin, &withdraws, false).await;
        done(&server, &admin, "deletePolicymaker", json!({ "id": deleted }), "deletedId").await;
        let pair = json!({ "survivor": survives, "merged": merged });
        done(&server, &admin, "mergeContacts", pair, "contact { id }").await;
        for id in [&erased, &never] {
            done(&server, &admin, "erasePolicymaker", json!({ "id": id, "reason": "asked" }), "deletedId").await;
        }
        done(&server, &admin, "updatePolicymaker", json!({ "id": moves, "country": "KH" }), "policymaker { id }").await;

        let said = |reason: &str| json!({ "reason": reason, "mergedInto": null });
        for followed in [&mut book, &mut koreans] {
            followed.sync(&server, &token).await;
            assert_eq!(followed.gone(&withdraws), Some(&said("CONSENT_WITHDRAWN")));
            assert_eq!(followed.gone(&deleted), Some(&said("DELETED")));
            assert_eq!(followed.gone(&merged), Some(&json!({ "reason": "MERGED", "mergedInto": survives })));
            assert_eq!(followed.gone(&erased), Some(&said("ERASED")));
            assert_eq!(followed.gone(&never), None, "it was never there");
            assert!(followed.has(&survives));
        }
        assert!(book.has(&moves));
        assert_eq!(koreans.gone(&moves), Some(&said("NO_LONGER_VISIBLE")), "it has left the filter");
        let mut cambodians = Book::of(json!({ "country": ["KH"], "kind": ["PERSON"] }));
        cambodians.sync(&server, &token).await;
        assert!(cambodians.has(&moves) && cambodians.contacts.len() == 1);

        // Whoever comes later is told of nothing that is gone.
        let mut fresh = Book::default();
        fresh.sync(&server, &token).await;
        assert_eq!((&fresh.contacts, fresh.removed.len()), (&book.contacts, 0));

        // What comes back is told, too.
        done(&server, &admin, "unmergeContacts", json!({ "id": merged }), "contact { id }").await;
        consent(&server, &admin, &withdraws, true).await;
        done(&server, &admin, "updatePolicymaker", json!({ "id": moves, "country": "KR" }), "policymaker { id }").await;
        koreans.sync(&server, &token).await;
        assert!(koreans.has(&merged) && koreans.has(&withdraws) && koreans.has(&moves));
    })
    .await;
}

#[tokio::test]
async fn a_contact_that_somebody_adds_and_removes_between_is_told_as_removed_at_most() {
    on_each_database(|server| async move {
        let (admin, token) = start(&server).await;
        let mut book = Book::default();
        book.sync(&server, &token).await;
        let short = person(&server, &admin, "Short", ("kr-kofic", true)).await;
        done(&server, &admin, "deletePolicymaker", json!({ "id": short["id"] }), "deletedId").await;
        let page = book.ask(&server, &token, 10).await;
        let changes = &page.data()["contactChanges"]["changes"];
        assert_eq!((changes.as_array().unwrap().len(), &changes[0]["reason"]), (1, &json!("DELETED")));
    })
    .await;
}

#[tokio::test]
async fn pages_are_short_and_each_token_goes_on() {
    on_each_database(|server| async move {
        let (admin, token) = start(&server).await;
        for n in 0..5 {
            person(&server, &admin, &format!("Person{n}"), ("kr-kofic", true)).await;
        }
        let mut book = Book::of(json!({ "kind": ["PERSON"] }));
        let mut tokens = vec![];
        while book.fetch(&server, &token, 2).await {
            tokens.push(book.clone());
        }
        assert_eq!(book.contacts.len(), 5);
        let ids: Vec<String> = book.contacts.keys().cloned().collect();
        for id in &ids {
            let input = json!({ "id": id, "honorific": "Dr" });
            done(&server, &admin, "updatePolicymaker", input, "policymaker { id }").await;
        }
        while book.fetch(&server, &token, 2).await {
            tokens.push(book.clone());
        }
        for mut before in tokens {
            before.sync(&server, &token).await;
            assert_eq!(before.contacts, book.contacts, "whoever stopped there loses nothing");
        }

        // A change has a token of its own, for those who keep each by itself.
        let query = "query($since: SyncToken) { contactChanges(since: $since, first: 1) { token changes {
            ... on ContactUpserted { token } ... on ContactRemoved { token } } } }";
        let one = server.ask_as_with(&token, query, json!({ "since": null })).await;
        let behind = one.data()["contactChanges"]["changes"][0]["token"].clone();
        let next = server.ask_as_with(&token, query, json!({ "since": behind })).await;
        assert_eq!(next.data()["contactChanges"]["changes"].as_array().unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn only_those_follow_contacts_who_may() {
    on_each_database(|server| async move {
        let (admin, token) = start(&server).await;
        let writes = machine(&server, &admin, "kr-kofic", &["CONTACTS_WRITE"]).await;
        let member = server.account("rep.kr@example.org", &[Grant::Representative("kr-kofic")]).await;
        let focal = server.account("focal.kr@example.org", &[Grant::FocalPoint("KR")]).await;
        for query in ["{ contactChanges { token } }", "{ contactDigest { count } }"] {
            for other in [&writes, &member, &focal] {
                assert_eq!(server.ask_as(other, query).await.error().0, "FORBIDDEN");
            }
            assert_eq!(server.ask(query).await.error().0, "UNAUTHENTICATED");
            for one in [&token, &admin] {
                assert!(server.ask_as(one, query).await.json.get("errors").is_none());
            }
        }
        // An administrator's are all.
        let hidden = person(&server, &admin, "Hidden", ("kr-kofic", false)).await;
        let mut book = Book::default();
        book.sync(&server, &admin).await;
        assert!(book.has(&hidden["id"]));
        done(&server, &admin, "deletePolicymaker", json!({ "id": hidden["id"] }), "deletedId").await;
        book.sync(&server, &admin).await;
        assert!(!book.has(&hidden["id"]));
    })
    .await;
}

#[tokio::test]
async fn a_token_is_its_readers_for_its_filter_and_for_its_time() {
    for backend in harness::backends() {
        let (server, passed) = Server::start_with_time_and(*backend, &["--change-retention-days", "30"]).await;
        let (admin, token) = start(&server).await;
        let other = machine(&server, &admin, "kr-kofic", &["CONTACTS_READ"]).await;
        let mut book = Book::default();
        book.sync(&server, &token).await;
        let mut filtered = Book::of(json!({ "country": ["KR"] }));
        filtered.token.clone_from(&book.token);
        for (followed, token) in [(&book, &other), (&filtered, &token), (&book, &admin)] {
            assert_eq!(followed.ask(&server, token, 10).await.error(), ("SYNC_TOKEN_INVALID", "since"));
        }
        for text in ["", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            let made_up = Book { token: Some(text.to_owned()), ..Book::default() };
            assert_eq!(made_up.ask(&server, &token, 10).await.error(), ("SYNC_TOKEN_INVALID", "since"));
        }
        assert!(!book.token.as_ref().unwrap().contains('.'), "nobody reads in it");
        let policy = "{ syncPolicy { retentionDays defaultPageSize maxPageSize epoch } }";
        let policy = server.ask_as(&token, policy).await.data()["syncPolicy"].clone();
        assert_eq!((&policy["retentionDays"], &policy["maxPageSize"]), (&json!(30), &json!(1000)));

        // A day later it is good, and after its time it is not.
        for (days, expected) in [(30_u64, ""), (31, "SYNC_TOKEN_EXPIRED")] {
            passed.store(days * 24 * 3_600, std::sync::atomic::Ordering::Relaxed);
            let token = server.token_of(&api::config::TokenHolder::agency(client_of(&server).await)).await;
            assert_eq!(
                book.ask(&server, &token, 10).await.json["errors"][0]["extensions"]["code"].as_str().unwrap_or(""),
                expected
            );
        }
    }
}

/// What the first machine calls itself.
async fn client_of(server: &Server) -> String {
    use entity::agency_client;
    use sea_orm::{EntityTrait as _, QueryOrder as _};
    let found = agency_client::Entity::find().order_by_asc(agency_client::Column::Id);
    found.one(&server.database().await).await.unwrap().unwrap().client_id
}

#[tokio::test]
async fn a_backup_that_is_restored_makes_tokens_void() {
    on_each_database(|server| async move {
        let (_, token) = start(&server).await;
        let mut book = Book::default();
        book.sync(&server, &token).await;
        // As the log's next epoch begins.
        let db = server.database().await;
        let row = change_epoch::Entity::find().one(&db).await.unwrap().unwrap();
        let mut next = row.into_active_model();
        next.token_key = Set(vec![7; 32]);
        next.update(&db).await.unwrap();
        assert_eq!(book.ask(&server, &token, 10).await.error(), ("SYNC_TOKEN_INVALID", "since"));
        book.token = None;
        book.sync(&server, &token).await;
    })
    .await;
}

#[tokio::test]
async fn who_is_shown_differently_is_told_of_though_nobody_wrote_their_entry() {
    for backend in harness::backends() {
        let (server, passed) = Server::start_with_time(*backend).await;
        let (admin, token) = start(&server).await;
        let ana = person(&server, &admin, "Ana", ("kr-kofic", true)).await;
        let film = institution(&server, &admin, "kr-kofic").await;
        let ends = json!({ "institution": film["id"], "title": "Adviser", "until": "2026-11-30",
            "emails": [{ "address": "adviser@example.org", "visibility": "MEMBERS" }] });
        let input = json!({ "givenName": "Ends", "familyName": "Invented", "appointments": [ends] });
        let ends =
            done(&server, &admin, "createPolicymaker", input, "policymaker { id }").await["policymaker"]["id"].clone();
        consent(&server, &admin, &ends, true).await;
        let mut book = Book::of(json!({ "kind": ["PERSON"] }));
        book.sync(&server, &token).await;

        // An institution has another name.
        let names = json!([{ "language": "en", "text": "Film Council, renamed" }]);
        done(&server, &admin, "updateInstitution", json!({ "id": film["id"], "names": names }), "institution { id }")
            .await;
        book.sync(&server, &token).await;
        let kept = &book.contacts[ana["id"].as_str().unwrap()];
        assert_eq!(kept["appointments"][0]["institution"]["name"], "Film Council, renamed");
        assert_eq!(kept["version"].as_i64(), ana["version"].as_i64().map(|version| version + 1));

        // A position has ended, which the clock says.
        assert_eq!(book.contacts[ends.as_str().unwrap()]["emails"].as_array().unwrap().len(), 1);
        passed.store(20 * 24 * 3_600, std::sync::atomic::Ordering::Relaxed);
        let token = server.token_of(&api::config::TokenHolder::agency(client_of(&server).await)).await;
        while !book.contacts[ends.as_str().unwrap()]["emails"].as_array().unwrap().is_empty() {
            book.sync(&server, &token).await;
        }
        let mut fresh = Book::of(json!({ "kind": ["PERSON"] }));
        fresh.sync(&server, &token).await;
        assert_eq!(fresh.contacts, book.contacts);
    }
}

#[tokio::test]
async fn an_institution_that_is_not_listed_and_those_who_are_there_alone_are_told_of_once_it_is_admitted() {
    on_each_database(|server| async move {
        let (admin, token) = start(&server).await;
        let db = server.database().await;
        server.member("kh-mcfa").await;
        db.execute_unprepared("UPDATE membership SET status = 'APPLIED', since = NULL").await.unwrap();
        db.execute_unprepared("UPDATE institution SET listed = FALSE WHERE slug = 'kh-mcfa'").await.unwrap();
        let there = person(&server, &admin, "There", ("kh-mcfa", true)).await;
        let hidden = institution(&server, &admin, "kh-mcfa").await;
        let mut book = Book::default();
        book.sync(&server, &token).await;
        assert!(!book.has(&hidden["id"]) && !book.has(&there["id"]));
        done(
            &server,
            &admin,
            "updatePolicymaker",
            json!({ "id": there["id"], "honorific": "Dr" }),
            "policymaker { id }",
        )
        .await;
        book.sync(&server, &token).await;
        assert_eq!(
            (book.has(&there["id"]), book.gone(&there["id"])),
            (false, None),
            "nobody is told that there is one"
        );
        let membership = "query($id: ID!) { node(id: $id) { ... on Institution { membership { id } } } }";
        let membership = server.ask_as_with(&admin, membership, json!({ "id": hidden["id"] })).await;
        let id = membership.data()["node"]["membership"]["id"].clone();
        done(&server, &admin, "approveMembership", json!({ "id": id }), "membership { status }").await;
        book.sync(&server, &token).await;
        assert!(book.has(&hidden["id"]) && book.has(&there["id"]));
    })
    .await;
}

#[tokio::test]
async fn a_digest_tells_where_a_copy_differs() {
    use sha2::{Digest as _, Sha256};
    let hex = |text: &str| Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    on_each_database(|server| async move {
        let (admin, token) = start(&server).await;
        let ana = person(&server, &admin, "Ana", ("kr-kofic", true)).await;
        let mut book = Book::default();
        book.sync(&server, &token).await;
        let lines = |book: &Book, number: u8| {
            let here = book.contacts.iter().filter(|(id, _)| Sha256::digest(id.as_bytes())[0] == number);
            here.map(|(id, contact)| format!("{id} {}\n", contact["version"])).collect::<String>()
        };
        let digest = async || {
            let query = "{ contactDigest { count buckets { number count hash } } }";
            server.ask_as(&token, query).await.data()["contactDigest"].clone()
        };
        let told = digest().await;
        assert_eq!(told["count"], json!(book.contacts.len()));
        assert_eq!(told["buckets"].as_array().unwrap().len(), 256);
        for (number, bucket) in (0..=255).zip(told["buckets"].as_array().unwrap()) {
            assert_eq!(bucket["hash"], hex(&lines(&book, number)), "{number}");
        }
        // One is changed, and one bucket differs: it is listed.
        done(&server, &admin, "updatePolicymaker", json!({ "id": ana["id"], "honorific": "Dr" }), "policymaker { id }")
            .await;
        let now = digest().await;
        let differ: Vec<i64> =
            (0..256).filter(|n| told["buckets"][n] != now["buckets"][n]).map(|n| i64::try_from(n).unwrap()).collect();
        assert_eq!(differ, [i64::from(Sha256::digest(ana["id"].as_str().unwrap())[0])]);
        let query =
            "query($n: [Int!]) { contactDigest(buckets: $n) { count buckets { number contacts { id version } } } }";
        let listed = server.ask_as_with(&token, query, json!({ "n": differ })).await.data()["contactDigest"].clone();
        assert_eq!((&listed["count"], listed["buckets"].as_array().unwrap().len()), (&now["count"], 1));
        let found =
            listed["buckets"][0]["contacts"].as_array().unwrap().iter().find(|one| one["id"] == ana["id"]).unwrap();
        assert_eq!(found["version"].as_i64(), ana["version"].as_i64().map(|version| version + 1));
        for wrong in [json!(null), json!([]), json!([256]), json!([-1]), json!((0..17).collect::<Vec<_>>())] {
            let refused = server.ask_as_with(&token, query, json!({ "n": wrong })).await;
            assert_eq!(refused.error().0, "BAD_USER_INPUT", "{wrong}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_page_takes_as_many_statements_whatever_it_has() {
    on_each_database(|server| async move {
        let (admin, token) = start(&server).await;
        let query = format!(
            "query($first: Int!) {{ contactChanges(first: $first, filter: {{kind: [ORGANIZATION]}}) {{ token changes {{ ... on ContactUpserted {{ contact {{ {CONTACT} }} }} }} }} }}"
        );
        person(&server, &admin, "Ana", ("kr-kofic", true)).await;
        let mut counts = vec![];
        // What is known of whoever asks is known for a second.
        let _ = server.ask_as(&token, "{ viewer { __typename } }").await;
        for first in [2, 20] {
            let before = server.statements();
            let page = server.ask_as_with(&token, &query, json!({ "first": first })).await;
            assert_eq!(page.data()["contactChanges"]["changes"].as_array().unwrap().len(), first);
            counts.push(server.statements() - before);
        }
        assert_eq!(counts[0], counts[1]);
    })
    .await;
}

const CHANGED: &str =
    "subscription($since: SyncToken) { contactChanged(since: $since, filter: {kind: [PERSON]}) { __typename
    ... on ContactUpserted { token contact { id displayName } } ... on ContactRemoved { token contactId reason } } }";

#[tokio::test]
async fn who_listens_is_told_what_has_changed_since_a_token_and_then_what_changes() {
    on_each_database(|server| async move {
        let (admin, token) = start(&server).await;
        let ana = person(&server, &admin, "Ana", ("kr-kofic", true)).await["id"].clone();
        let mut book = Book::of(json!({ "kind": ["PERSON"] }));
        book.sync(&server, &token).await;
        // Meanwhile nobody listens.
        let bo = person(&server, &admin, "Bo", ("kr-kofic", true)).await["id"].clone();
        consent(&server, &admin, &ana, false).await;

        let mut socket = Socket::begun(&server, Some(&token)).await;
        socket.ask("live", CHANGED, json!({ "since": book.token })).await;
        let next = async |socket: &mut Socket| {
            let told = socket.next("live").await;
            assert!(told.get("errors").is_none(), "{told}");
            told["data"]["contactChanged"].clone()
        };
        // Bo was made, and then consented; one may be told twice, and nobody is left out.
        let first = next(&mut socket).await;
        assert_eq!((&first["__typename"], &first["contact"]["id"]), (&json!("ContactUpserted"), &bo));
        let mut removed = next(&mut socket).await;
        while removed["contact"]["id"] == bo {
            removed = next(&mut socket).await;
        }
        assert_eq!((&removed["contactId"], &removed["reason"]), (&ana, &json!("CONSENT_WITHDRAWN")));

        // From here on it is live.
        let input = json!({ "id": bo, "honorific": "Dr" });
        done(&server, &admin, "updatePolicymaker", input, "policymaker { id }").await;
        let live = next(&mut socket).await;
        assert_eq!(live["contact"]["displayName"], "Dr Bo Invented");
        // What is not theirs is not told: the next that comes is of the one who consents.
        person(&server, &admin, "Hidden", ("kr-kofic", false)).await;
        done(&server, &admin, "deletePolicymaker", json!({ "id": bo }), "deletedId").await;
        let gone = next(&mut socket).await;
        assert_eq!((&gone["contactId"], &gone["reason"]), (&bo, &json!("DELETED")));
        // Its token goes on where it ended.
        book.token = Some(gone["token"].as_str().unwrap().to_owned());
        let page = book.ask(&server, &token, 10).await;
        assert_eq!(page.data()["contactChanges"]["changes"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn only_those_listen_who_may_and_with_a_token_that_is_theirs() {
    on_each_database(|server| async move {
        let (admin, token) = start(&server).await;
        let member = server.account("rep.kr@example.org", &[Grant::Representative("kr-kofic")]).await;
        let mut book = Book::of(json!({ "kind": ["PERSON"] }));
        book.sync(&server, &token).await;
        let mut snapshot = Book::of(json!({ "kind": ["ORGANIZATION"] }));
        snapshot.fetch(&server, &token, 1).await;
        let institutions = CHANGED.replace("PERSON", "ORGANIZATION");
        for (who, query, since, expected) in [
            (Some(&member), CHANGED, &book.token, "FORBIDDEN"),
            (None, CHANGED, &book.token, "UNAUTHENTICATED"),
            (Some(&admin), CHANGED, &book.token, "SYNC_TOKEN_INVALID"),
            (Some(&token), institutions.as_str(), &book.token, "SYNC_TOKEN_INVALID"),
            (Some(&token), institutions.as_str(), &snapshot.token, "BAD_USER_INPUT"),
        ] {
            let mut socket = Socket::begun(&server, who.map(String::as_str)).await;
            socket.ask("live", query, json!({ "since": since })).await;
            let refused = socket.refused("live").await;
            assert_eq!(refused[0]["extensions"]["code"], expected);
        }
    })
    .await;
}

/// Makes an institution: its ID.
async fn council(server: &Server, admin: &str, name: &str) -> Value {
    let input = json!({ "names": [{ "language": "en", "text": name }], "kind": "FUND", "country": "KR" });
    let made = done(server, admin, "createInstitution", input, "institution { id }").await;
    made["institution"]["id"].clone()
}

/// Has somebody hold one position, at an institution.
async fn moved(server: &Server, admin: &str, id: &Value, to: &Value) {
    let input = json!({ "id": id, "appointments": [{ "institution": to, "title": "Director" }] });
    done(server, admin, "updatePolicymaker", input, "policymaker { id }").await;
}

#[tokio::test]
async fn who_follows_an_institution_is_told_that_it_is_gone_and_who_was_there() {
    on_each_database(|server| async move {
        let (admin, token) = start(&server).await;
        let (deleted, merged) =
            (council(&server, &admin, "To be deleted").await, council(&server, &admin, "To be merged").await);
        let ana = person(&server, &admin, "Ana", ("kr-kofic", true)).await["id"].clone();
        moved(&server, &admin, &ana, &merged).await;
        let mut book = Book::of(json!({ "institution": [deleted, merged] }));
        book.sync(&server, &token).await;
        assert_eq!(book.contacts.len(), 3);

        done(&server, &admin, "deleteInstitution", json!({ "id": deleted }), "deletedId").await;
        let film = institution(&server, &admin, "kr-kofic").await["id"].clone();
        let pair = json!({ "survivor": film, "merged": merged });
        done(&server, &admin, "mergeContacts", pair, "contact { id }").await;
        book.sync(&server, &token).await;
        assert!(book.contacts.is_empty(), "{:?}", book.contacts);
        assert_eq!(book.gone(&deleted), Some(&json!({ "reason": "DELETED", "mergedInto": null })));
        assert_eq!(book.gone(&merged), Some(&json!({ "reason": "MERGED", "mergedInto": film })));
        assert_eq!(book.gone(&ana), Some(&json!({ "reason": "NO_LONGER_VISIBLE", "mergedInto": null })));
        // When it is back, so are they.
        done(&server, &admin, "unmergeContacts", json!({ "id": merged }), "contact { id }").await;
        book.sync(&server, &token).await;
        assert!(book.has(&merged) && book.has(&ana));
    })
    .await;
}

#[tokio::test]
async fn who_is_only_where_one_machine_knows_of_is_told_of_to_that_machine_alone() {
    on_each_database(|server| async move {
        let network = Network::of(&server).await;
        let admin = &network.admin;
        let (_, other) = pushing::machine(&server, admin, &BOTH).await;
        let house = json!([{ "institution": { "externalId": "i-1", "names": [{ "language": "en", "text": "A house" }],
            "kind": "FUND", "country": "KR" } }]);
        let house = network.push(house, json!({})).await["results"][0]["contact"]["id"].clone();
        let ana = person(&server, admin, "Ana", ("kr-kofic", true)).await["id"].clone();
        let (mut own, mut others) = (Book::of(json!({ "kind": ["PERSON"] })), Book::of(json!({ "kind": ["PERSON"] })));
        for (book, token) in [(&mut own, &network.token), (&mut others, &other)] {
            book.sync(&server, token).await;
            assert!(book.has(&ana));
        }

        moved(&server, admin, &ana, &house).await;
        own.sync(&server, &network.token).await;
        others.sync(&server, &other).await;
        assert!(own.has(&ana), "it may know of the house");
        let gone = json!({ "reason": "NO_LONGER_VISIBLE", "mergedInto": null });
        assert_eq!((others.has(&ana), others.gone(&ana)), (false, Some(&gone)), "she agrees still");
        // Others are there as well, of whom the other machine is told nothing.
        let bo = person(&server, admin, "Bo", ("kr-kofic", false)).await["id"].clone();
        moved(&server, admin, &bo, &house).await;
        consent(&server, admin, &bo, true).await;
        own.sync(&server, &network.token).await;
        others.sync(&server, &other).await;
        assert_eq!((own.has(&bo), others.has(&bo), others.gone(&bo)), (true, false, None));
        consent(&server, admin, &bo, false).await;
        own.sync(&server, &network.token).await;
        assert!(!own.has(&bo) && own.has(&ana));
        // Once everybody may know of it, they are told.
        done(&server, admin, "updateInstitution", json!({ "id": house, "listed": true }), "institution { id }").await;
        others.sync(&server, &other).await;
        assert!(others.has(&ana));
        let mut fresh = Book::of(json!({ "kind": ["PERSON"] }));
        fresh.sync(&server, &network.token).await;
        own.sync(&server, &network.token).await;
        assert_eq!(fresh.contacts, own.contacts);
    })
    .await;
}

#[tokio::test]
async fn an_erasure_is_told_to_each_machine_that_could_have_the_person() {
    on_each_database(|server| async move {
        let network = Network::of(&server).await;
        let admin = &network.admin;
        let (_, other) = pushing::machine(&server, admin, &BOTH).await;
        let contact = |result: &Value| result["results"][0]["contact"]["id"].clone();
        let linh = network.person("p-1", "Linh", "linh@example.org");
        let linh = contact(&network.push(json!([linh]), json!({})).await);
        let same = network.person("q-1", "Linh", "linh@example.org");
        let same = contact(&push(&server, &other, json!([same]), json!({})).await);
        let mut books = [Book::default(), Book::default()];
        let tokens = [&network.token, &other];
        // What the other machine was told of consent was told last: since they are one, she is in its book.
        let pair = json!({ "survivor": linh, "merged": same });
        done(&server, admin, "mergeContacts", pair, "contact { id }").await;
        for (book, token) in books.iter_mut().zip(tokens) {
            book.sync(&server, token).await;
        }
        assert!(books[1].has(&linh));
        done(&server, admin, "erasePolicymaker", json!({ "id": linh, "reason": "asked" }), "deletedId").await;
        for (book, token) in books.iter_mut().zip(tokens) {
            book.sync(&server, token).await;
            assert!(!book.has(&linh));
            assert_eq!(book.gone(&linh), Some(&json!({ "reason": "ERASED", "mergedInto": null })));
        }
        let (_, reader) = pushing::machine(&server, admin, &["CONTACTS_READ"]).await;
        let mut never = Book::default();
        never.sync(&server, &reader).await;
        assert_eq!(never.gone(&linh), None);
    })
    .await;
}

#[tokio::test]
async fn a_page_is_read_anew_where_what_it_refers_to_goes_meanwhile() {
    on_each_database(|server| async move {
        let (admin, token) = start(&server).await;
        let film = institution(&server, &admin, "kr-kofic").await["id"].clone();
        let query = "{ contactChanges(filter: {kind: [PERSON]}) { token changes { ... on ContactUpserted { contact {
            card ... on Policymaker { appointments { institution { name } } } } } } } }";
        let coming_and_going = async {
            for n in 0..12 {
                let house = council(&server, &admin, &format!("House {n}")).await;
                let one = person(&server, &admin, &format!("One{n}"), ("kr-kofic", true)).await["id"].clone();
                moved(&server, &admin, &one, &house).await;
                let pair = json!({ "survivor": film, "merged": house });
                done(&server, &admin, "mergeContacts", pair, "contact { id }").await;
                done(&server, &admin, "deletePolicymaker", json!({ "id": one }), "deletedId").await;
            }
        };
        // Two at once, so that one of them is in the midst of it.
        let reading = || async {
            loop {
                let page = server.ask_as(&token, query).await;
                assert!(page.json.get("errors").is_none(), "{}", page.text);
            }
        };
        tokio::select! {
            () = coming_and_going => {}
            () = reading() => {}
            () = reading() => {}
        }
    })
    .await;
}
