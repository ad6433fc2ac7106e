//! `membershipChanged`: what happens to a membership is told at once to whoever sees it whole, and to nobody else.
use std::sync::atomic::Ordering;

use api::config::TokenHolder;
use entity::{institution, membership};
use harness::{Backend, Grant, Server, backends};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};

use crate::subscriptions::{Socket, drafted, lead};

const CHANGED: &str = "subscription { membershipChanged { status institution { slug } } }";
const PUBLISHED: &str = "subscription { opportunityPublished { title } }";

/// Has somebody listen.
async fn listening(server: &Server, token: Option<&str>) -> Socket {
    let mut socket = Socket::begun(server, token).await;
    socket.wait_for(&[("m", CHANGED), ("o", PUBLISHED)]).await;
    socket
}

/// What somebody hears next of a membership: the institution, and where it stands.
async fn heard(socket: &mut Socket) -> (String, String) {
    let told = socket.next("m").await;
    assert!(told.get("errors").is_none(), "{told}");
    let told = &told["data"]["membershipChanged"];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&told["institution"]["slug"]), text(&told["status"]))
}

async fn hears(socket: &mut Socket, slug: &str, status: &str) {
    assert_eq!(heard(socket).await, (slug.to_owned(), status.to_owned()));
}

/// Does something to a membership: its ID.
async fn done(server: &Server, token: &str, mutation: &str, input: &str) -> Value {
    let query = format!(
        "mutation {{ {mutation}(input: {{ {input} }}) {{ membership {{ id }} userErrors {{ code message }} }} }}"
    );
    let payload = server.ask_as(token, &query).await.data()[mutation].clone();
    assert_eq!(payload["userErrors"], json!([]), "{mutation}");
    payload["membership"]["id"].clone()
}

async fn id_of(server: &Server, slug: &str) -> String {
    let found = institution::Entity::find().filter(institution::Column::Slug.eq(slug));
    harness::id("inst", found.one(&server.database().await).await.unwrap().unwrap().id)
}

/// The ID of a member's membership.
async fn membership_of(server: &Server, slug: &str) -> String {
    let of = membership::Column::InstitutionId.eq(server.member(slug).await);
    let found = membership::Entity::find().filter(of).one(&server.database().await).await;
    harness::id("member", found.unwrap().unwrap().id)
}

async fn story(backend: Backend) {
    let (server, passed) = Server::start_with_time(backend).await;
    let db = server.database().await;
    for (email, grants) in [
        ("own@example.org", &[Grant::Representative("kr-kofice")][..]),
        ("other@example.org", &[Grant::Representative("kr-kofic")]),
        ("focal@example.org", &[Grant::FocalPoint("KR")]),
        ("abroad@example.org", &[Grant::FocalPoint("KH")]),
        ("admin@example.org", &[Grant::Admin]),
        ("nobody@example.org", &[]),
    ] {
        server.account(email, grants).await;
    }
    let key = server.member("kr-kofice").await;
    membership::Entity::delete_many().filter(membership::Column::InstitutionId.eq(key)).exec(&db).await.unwrap();
    // Five minutes before the day after which the term of below has ended: tokens are good for ten.
    passed.store(9 * 24 * 3_600 + 12 * 3_600 - 300, Ordering::Relaxed);
    let token = async |email: &str| server.token_of(&TokenHolder::account(email)).await;
    let (own, focal, admin) =
        (token("own@example.org").await, token("focal@example.org").await, token("admin@example.org").await);
    let abroad = token("abroad@example.org").await;
    let kr_kofic = membership_of(&server, "kr-kofic").await;
    let kh_mcfa = membership_of(&server, "kh-mcfa").await;

    let mut whole = [
        listening(&server, Some(&own)).await,
        listening(&server, Some(&focal)).await,
        listening(&server, Some(&admin)).await,
    ];
    let mut other = listening(&server, Some(&token("other@example.org").await)).await;
    let mut abroad_hears = listening(&server, Some(&abroad)).await;
    let mut nobody =
        [listening(&server, None).await, listening(&server, Some(&token("nobody@example.org").await)).await];

    let of = id_of(&server, "kr-kofice").await;
    let id = done(&server, &own, "applyForMembership", &format!("institution: \"{of}\", tier: FULL")).await;
    for socket in &mut whole {
        hears(socket, "kr-kofice", "APPLIED").await;
    }
    done(&server, &focal, "endorseMembership", &format!("id: {id}")).await;
    for socket in &mut whole {
        hears(socket, "kr-kofice", "ENDORSED").await;
    }
    done(&server, &admin, "approveMembership", &format!("id: {id}, until: \"2026-12-01\"")).await;
    for socket in &mut whole {
        hears(socket, "kr-kofice", "ACTIVE").await;
    }
    // Its term ends, by the clock alone.
    passed.fetch_add(400, Ordering::Relaxed);
    for socket in &mut whole {
        hears(socket, "kr-kofice", "LAPSED").await;
    }

    // Who was told of nothing so far hears of what concerns them first.
    let suspend = |id: &str| format!("id: \"{id}\", reason: \"a reason\"");
    done(&server, &admin, "suspendMembership", &suspend(&kr_kofic)).await;
    hears(&mut other, "kr-kofic", "SUSPENDED").await;
    done(&server, &admin, "suspendMembership", &suspend(&kh_mcfa)).await;
    hears(&mut abroad_hears, "kh-mcfa", "SUSPENDED").await;
    let call = drafted(&server, &admin, "FUNDING", "Call").await;
    lead(&server, &admin, "publishOpportunity", &call).await;
    for socket in nobody.iter_mut().chain([&mut other, &mut abroad_hears]) {
        assert_eq!(socket.next("o").await["data"]["opportunityPublished"]["title"], "Call");
    }
    let [own_hears, focal_hears, admin_hears] = &mut whole;
    assert_eq!(
        own_hears.next("o").await["data"]["opportunityPublished"]["title"],
        "Call",
        "what is others' is not told"
    );
    hears(focal_hears, "kr-kofic", "SUSPENDED").await;
    hears(admin_hears, "kr-kofic", "SUSPENDED").await;
    hears(admin_hears, "kh-mcfa", "SUSPENDED").await;
    admin_hears.next("o").await;

    // Who represents it no more is told no more, though the connection goes on.
    let account = server.ask_as(&own, "{ viewer { ... on Account { id } } }").await.data()["viewer"]["id"].clone();
    let revoke = format!(
        "mutation {{ revokeRole(input: {{ account: {account}, role: REPRESENTATIVE, institution: \"{of}\" }}) {{ userErrors {{ code }} }} }}"
    );
    assert_eq!(server.ask_as(&admin, &revoke).await.data()["revokeRole"]["userErrors"], json!([]));
    let mine = r#"{ memberships { totalCount } }"#;
    while server.ask_as(&own, mine).await.data()["memberships"]["totalCount"] != json!(0) {
        tokio::task::yield_now().await;
    }
    done(&server, &admin, "renewMembership", &format!("id: {id}, until: \"2028-12-01\"")).await;
    hears(admin_hears, "kr-kofice", "ACTIVE").await;
    lead(&server, &admin, "postponeOpportunity", &call).await;
    lead(&server, &admin, "publishOpportunity", &call).await;
    own_hears.next("o").await;
}

#[tokio::test]
async fn what_happens_to_a_membership_is_told_to_those_who_see_it_whole() {
    for backend in backends() {
        story(*backend).await;
    }
}
