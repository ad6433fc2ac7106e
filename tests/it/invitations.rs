//! Invitations: who invites whom, what the link is good for and for how long, and that nothing tells who has an account.
use std::sync::atomic::Ordering;

use api::config::TokenHolder;
use harness::{Grant, Letter, PASSWORD, Server, backends, on_each_database};
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

const DAY: u64 = 86_400;
const INVITATION: &str = "invitation { id email name role country { code } institution { slug } invitedBy { name }
    status expiresAt version } userErrors { field code message }";

/// Does something to invitations: the payload, or the code of the answer's error.
async fn act(server: &Server, token: &str, mutation: &str, input: Value) -> Value {
    let kind = if mutation == "inviteAccount" { "InviteAccountInput" } else { "TransitionInput" };
    let query = format!("mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {INVITATION} }} }}");
    let answer = server.ask_as_with(token, &query, json!({ "input": input })).await;
    match answer.json["errors"][0]["extensions"]["code"].as_str() {
        Some(code) => json!({ "userErrors": [{ "code": code }] }),
        None => answer.data()[mutation].clone(),
    }
}

/// The code of what was wrong, or where the invitation stands.
fn outcome(payload: &Value) -> &str {
    payload["userErrors"][0]["code"].as_str().or(payload["invitation"]["status"].as_str()).unwrap()
}

async fn id_of(server: &Server, slug: &str) -> Value {
    let answer = server.ask(&format!(r#"{{ institution(by: {{slug: "{slug}"}}) {{ id }} }}"#)).await;
    answer.data()["institution"]["id"].clone()
}

async fn colleague(server: &Server, email: &str, slug: &str) -> Value {
    json!({ "email": email, "role": "REPRESENTATIVE", "institution": id_of(server, slug).await })
}

/// The letters to an address, once there are so many.
async fn letters(server: &Server, to: &str, many: usize) -> Vec<Letter> {
    loop {
        let mut letters = server.letters();
        letters.retain(|letter| letter.header("To").contains(to));
        if letters.len() >= many {
            return letters;
        }
        tokio::task::yield_now().await;
    }
}

fn link(letter: &Letter) -> String {
    let (_, rest) = letter.text.split_once("/link/invitation/").unwrap();
    rest.chars().take_while(|letter| !letter.is_whitespace()).collect()
}

/// The token of the only letter to an address.
async fn token_of(server: &Server, to: &str) -> String {
    link(&letters(server, to, 1).await[0])
}

/// Invites somebody: the token in the letter.
async fn invited(server: &Server, by: &str, input: Value) -> String {
    let made = act(server, by, "inviteAccount", input.clone()).await;
    assert_eq!(made["userErrors"], json!([]));
    token_of(server, input["email"].as_str().unwrap()).await
}

const ACCEPT: &str = "mutation($input: AcceptInvitationInput!) { acceptInvitation(input: $input) { accessToken
    refreshToken session { id } account { name email status grants { role country { code } institution { slug } since until } }
    userErrors { field code message } } }";

async fn accept(server: &Server, token: Option<&str>, input: Value) -> Value {
    let answer = match token {
        Some(token) => server.ask_as_with(token, ACCEPT, json!({ "input": input })).await,
        None => server.ask_with(ACCEPT, json!({ "input": input })).await,
    };
    answer.data()["acceptInvitation"].clone()
}

/// Accepts as somebody new: the code of what was wrong, or `OK`.
async fn accepted(server: &Server, token: &str) -> String {
    let payload = accept(server, None, json!({ "token": token, "name": "New Invented", "password": PASSWORD })).await;
    payload["userErrors"][0]["code"].as_str().unwrap_or("OK").to_owned()
}

async fn account_of(server: &Server, token: &str) -> Value {
    server.ask_as(token, "{ viewer { ... on Account { id version grants { role } } } }").await.data()["viewer"].clone()
}

#[tokio::test]
async fn whoever_is_invited_makes_an_account_with_the_role() {
    on_each_database(|server| async move {
        let admin = server.administrator().await;
        let input = json!({ "email": "Dara@example.org", "name": "Sok Dara", "role": "FOCAL_POINT", "country": "KH" });
        let made = act(&server, &admin, "inviteAccount", input).await;
        let invitation = &made["invitation"];
        assert_eq!((outcome(&made), &invitation["version"]), ("PENDING", &json!(1)));
        assert_eq!((&invitation["name"], &invitation["invitedBy"]["name"]), (&json!("Sok Dara"), &json!("Ada Admin")));
        assert_eq!(invitation["expiresAt"], "2026-11-29T12:00:00Z", "seven days");
        assert!(!made.to_string().contains("token"), "the link is in the letter alone");

        let letter = letters(&server, "Dara@example.org", 1).await.remove(0);
        for part in [&letter.text, &letter.html] {
            for told in ["Dear Sok Dara", "Ada Admin invites you", "as a focal point of Cambodia"] {
                assert!(part.contains(told), "{told}: {part}");
            }
        }
        assert_eq!(letter.subject, "An invitation to Balai");
        let token = link(&letter);
        let said = token.split('.').nth(1).unwrap();
        let said = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, said).unwrap();
        let said: Value = serde_json::from_slice(&said).unwrap();
        let said: Vec<&str> = said.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(said, ["aud", "exp", "iss", "jti", "sub"], "nothing personal");

        let weak = accept(&server, None, json!({ "token": token, "name": " ", "password": "password1234" })).await;
        let faults: Vec<_> = weak["userErrors"].as_array().unwrap().iter().map(|fault| &fault["field"][0]).collect();
        assert_eq!(faults, ["name", "password"], "all at once, and the link is still good");
        let joined = accept(&server, None, json!({ "token": token, "password": PASSWORD })).await;
        assert_eq!(joined["account"], json!({ "name": "Sok Dara", "email": "Dara@example.org", "status": "ACTIVE", "grants": [
            { "role": "FOCAL_POINT", "country": { "code": "KH" }, "institution": null, "since": "2026-11-22", "until": null }] }));
        let signed_in = joined["accessToken"].as_str().unwrap();
        assert_eq!(account_of(&server, signed_in).await["grants"], json!([{ "role": "FOCAL_POINT" }]));
        server.sign_in("dara@example.org").await;
        assert_eq!(accepted(&server, &token).await, "EXPIRED", "good once");
        let list = "{ invitations { totalCount nodes { status version } } }";
        let list = server.ask_as(&admin, list).await;
        assert_eq!(list.data()["invitations"]["nodes"], json!([{ "status": "ACCEPTED", "version": 2 }]));
    })
    .await;
}

#[tokio::test]
async fn an_invited_administrator_is_one_once_a_second_one_has_approved_it() {
    on_each_database(|server| async move {
        let first = server.administrator().await;
        // There is nobody yet who could approve it.
        let token = invited(&server, &first, json!({ "email": "second@example.org", "role": "ADMIN" })).await;
        let joined = accept(&server, None, json!({ "token": token, "name": "Second", "password": PASSWORD })).await;
        assert_eq!(joined["account"]["grants"][0]["role"], "ADMIN");
        let second = server.sign_in("second@example.org").await.0;

        let token = invited(&server, &first, json!({ "email": "third@example.org", "role": "ADMIN" })).await;
        let joined = accept(&server, None, json!({ "token": token, "name": "Third", "password": PASSWORD })).await;
        assert_eq!((&joined["userErrors"], &joined["account"]["grants"]), (&json!([]), &json!([])));
        let pending = "{ changeRequests(filter: {status: [PENDING]}) { nodes { id action requestedBy { name } } } }";
        let pending = server.ask_as(&second, pending).await.data()["changeRequests"]["nodes"].clone();
        assert_eq!(
            (&pending[0]["action"], &pending[0]["requestedBy"]["name"], &pending[1]),
            (&json!("GRANT_ADMIN"), &json!("Ada Admin"), &Value::Null)
        );
        let approve = "mutation($id: ID!) { approveChangeRequest(input: {id: $id}) { userErrors { code } } }";
        let id = json!({ "id": pending[0]["id"] });
        assert_eq!(server.ask_as_with(&first, approve, id.clone()).await.error().0, "FORBIDDEN", "it is their own");
        let done = server.ask_as_with(&second, approve, id).await;
        assert_eq!(done.data()["approveChangeRequest"]["userErrors"], json!([]));
        let third = server.sign_in("third@example.org").await.0;

        // By the page it is said, too.
        let token = invited(&server, &first, json!({ "email": "fourth@example.org", "role": "ADMIN" })).await;
        let form = format!("name=Fourth&password={}", PASSWORD.replace(' ', "+"));
        let (status, page) = fill(&server, &token, &form).await;
        assert!(status == 200 && page.contains("Another administrator has to approve it"), "{page}");
        assert_eq!(account_of(&server, &third).await["grants"], json!([{ "role": "ADMIN" }]));
    })
    .await;
}

#[tokio::test]
async fn of_two_who_follow_a_link_at_once_one_finds_it_used() {
    for backend in backends() {
        let server = Server::start(*backend).await;
        let admin = server.administrator().await;
        let token = invited(&server, &admin, json!({ "email": "new@example.org", "role": "ADMIN" })).await;
        let (one, two) = tokio::join!(accepted(&server, &token), accepted(&server, &token));
        let mut both = [one, two];
        both.sort();
        // The other one may have seen the new account, whose password it does not know, or that the link is used.
        assert_eq!(both.iter().filter(|code| *code == "OK").count(), 1, "{both:?}");
        let all = server.ask_as(&admin, "{ accounts(filter: {role: [ADMIN]}) { totalCount } }").await;
        assert_eq!(all.data()["accounts"]["totalCount"], 2);
    }
}

#[tokio::test]
async fn an_account_has_a_further_role_once_its_password_or_session_is_shown() {
    on_each_database(|server| async move {
        let admin = server.administrator().await;
        let council = colleague(&server, "admin@example.org", "kr-kofic").await;
        let second = server.account("second@example.org", &[Grant::Admin]).await;
        let token = invited(&server, &second, council).await;
        let refused = accept(&server, None, json!({ "token": token })).await;
        assert_eq!(refused["userErrors"][0]["code"], "REQUIRED", "{refused}");
        let wrong = accept(&server, None, json!({ "token": token, "password": "gannet violet anvil orchard" })).await;
        assert_eq!((&wrong["userErrors"][0]["code"], &wrong["account"]), (&json!("INVALID"), &Value::Null));
        let stranger = server.account("stranger@example.org", &[]).await;
        let refused = accept(&server, Some(&stranger), json!({ "token": token })).await;
        assert_eq!(refused["userErrors"][0]["code"], "REQUIRED", "another account does not do");
        let joined = accept(&server, None, json!({ "token": token, "name": "Mallory", "password": PASSWORD })).await;
        assert_eq!(joined["userErrors"], json!([]));
        assert_eq!(joined["account"]["name"], "Ada Admin", "whose name stays");
        let roles: Vec<_> =
            joined["account"]["grants"].as_array().unwrap().iter().map(|grant| &grant["role"]).collect();
        assert_eq!(roles, ["ADMIN", "REPRESENTATIVE"]);
        assert!(joined["accessToken"].is_string());

        // Whoever has signed in, as by the network's own provider, needs no password, and gets no other session.
        let other = json!({ "email": "stranger@example.org", "role": "FOCAL_POINT", "country": "LA" });
        let token = invited(&server, &admin, other.clone()).await;
        let refused = accept(&server, None, json!({ "token": token, "password": PASSWORD })).await;
        assert_eq!(refused["userErrors"][0]["code"], "INVALID", "it has no password");
        let joined = accept(&server, Some(&stranger), json!({ "token": token })).await;
        assert_eq!(joined["account"]["grants"][0]["role"], "FOCAL_POINT", "{joined}");
        assert_eq!((&joined["accessToken"], &joined["session"]), (&Value::Null, &Value::Null));

        // The same role again is none.
        assert_eq!(outcome(&act(&server, &admin, "inviteAccount", other).await), "PENDING");
        let again = letters(&server, "stranger@example.org", 2).await;
        let again = again.iter().map(link).find(|link| *link != token).unwrap();
        let refused = accept(&server, Some(&stranger), json!({ "token": again })).await;
        assert_eq!(
            (&refused["userErrors"][0]["code"], &refused["userErrors"][0]["field"]),
            (&json!("DUPLICATE"), &json!(["token"]))
        );
    })
    .await;
}

#[tokio::test]
async fn each_invites_those_who_are_theirs_to_invite() {
    on_each_database(|server| async move {
        let admin = server.administrator().await;
        let focal = server.account("focal.kr@example.org", &[Grant::FocalPoint("KR")]).await;
        let representative = server.account("rep.kr@example.org", &[Grant::Representative("kr-kofic")]).await;
        let nobody = server.account("nobody@example.org", &[]).await;
        let applicant = server.account("applicant@example.org", &[Grant::Representative("kr-kocca")]).await;
        let db = server.database().await;
        db.execute_unprepared("UPDATE membership SET status = 'APPLIED', since = NULL WHERE institution_id =
            (SELECT id FROM institution WHERE slug = 'kr-kocca')").await.unwrap();
        db.execute_unprepared("UPDATE institution SET listed = FALSE WHERE slug IN ('kr-kocca', 'kh-mcfa')").await.unwrap();
        let key = async |slug: &str| {
            let all = format!(r#"{{ institution(by: {{slug: "{slug}"}}) {{ id }} }}"#);
            server.ask_as(&admin, &all).await.data()["institution"]["id"].clone()
        };
        let (own, hidden, applied) = (key("kr-kofic").await, key("kh-mcfa").await, key("kr-kocca").await);
        let (free, abroad) = (key("kr-kofice").await, key("la-cinema").await);
        let absent = json!("inst_00000000000000000000000000");
        let at = |institution: &Value| json!({ "email": "one@example.org", "role": "REPRESENTATIVE", "institution": institution });
        let secretary = json!({ "email": "one@example.org", "role": "ADMIN" });
        let speaker = json!({ "email": "one@example.org", "role": "FOCAL_POINT", "country": "KR" });
        for (who, token, expected) in [
            ("an administrator", &admin, ["PENDING", "PENDING", "PENDING", "PENDING", "PENDING", "PENDING", "PENDING", "NOT_FOUND"]),
            // The first representative alone: there is one of `own` and of `applied`.
            ("a focal point", &focal, ["FORBIDDEN", "FORBIDDEN", "TAKEN", "PENDING", "TAKEN", "FORBIDDEN", "NOT_FOUND", "NOT_FOUND"]),
            ("a member's representative", &representative, ["FORBIDDEN", "FORBIDDEN", "PENDING", "FORBIDDEN", "NOT_FOUND", "FORBIDDEN", "NOT_FOUND", "NOT_FOUND"]),
            ("an applicant", &applicant, ["FORBIDDEN"; 8]),
            ("nobody in particular", &nobody, ["FORBIDDEN"; 8]),
        ] {
            let inputs = [secretary.clone(), speaker.clone(), at(&own), at(&free), at(&applied), at(&abroad), at(&hidden), at(&absent)];
            for (place, (mut input, expected)) in inputs.into_iter().zip(expected).enumerate() {
                // Somebody else each time: nobody gets more than a few letters from one.
                input["email"] = json!(format!("person{place}@example.org"));
                let made = act(&server, token, "inviteAccount", input).await;
                assert_eq!(outcome(&made), expected, "{who}, {place}: {made}");
            }
        }
        let anonymous = r#"mutation { inviteAccount(input: {email: "one@example.org", role: ADMIN}) { userErrors { code } } }"#;
        assert_eq!(server.ask(anonymous).await.error().0, "UNAUTHENTICATED");

        let misplaced = json!({ "email": "nowhere", "name": "Two\nlines", "role": "ADMIN", "country": "KR" });
        let faults = act(&server, &admin, "inviteAccount", misplaced).await;
        assert_eq!(faults["userErrors"][0]["field"], json!(["country"]));
        let faulty = json!({ "email": "nowhere", "name": "Two\nlines", "role": "FOCAL_POINT", "country": "KR" });
        let faults = act(&server, &admin, "inviteAccount", faulty).await;
        assert_eq!((&faults["userErrors"][0]["field"], &faults["userErrors"][1]["field"]), (&json!(["email"]), &json!(["name"])));
    })
    .await;
}

#[tokio::test]
async fn nothing_tells_whether_an_address_has_an_account() {
    on_each_database(|server| async move {
        let admin = server.administrator().await;
        let representative = server.account("rep.kr@example.org", &[Grant::Representative("kr-kofic")]).await;
        server.account("known@example.org", &[Grant::Representative("kr-kofic")]).await;
        server.account("disabled@example.org", &[]).await;
        let disable = "UPDATE account SET status = 'DISABLED' WHERE email_key = 'disabled@example.org'";
        server.database().await.execute_unprepared(disable).await.unwrap();
        let mut told = vec![];
        for email in ["unknown@example.org", "known@example.org", "disabled@example.org"] {
            let input = colleague(&server, email, "kr-kofic").await;
            // A token that was not seen before, of which nothing is remembered.
            let token = server.token_of(&TokenHolder::account("rep.kr@example.org")).await;
            let before = server.statements();
            let made = act(&server, &token, "inviteAccount", input).await;
            letters(&server, email, 1).await;
            let statements = server.statements() - before;
            let id = made["invitation"]["id"].as_str().unwrap();
            told.push((statements, made.to_string().replace(email, "EMAIL").replace(id, "ID")));
        }
        assert_eq!(told[0], told[1], "the same answer, and as many statements");
        assert_eq!(told[0], told[2]);

        // Nor do lists.
        let query = "{ accounts { totalCount nodes { email } } invitations { totalCount nodes { email status } } }";
        let seen = server.ask_as(&representative, query).await;
        assert_eq!(seen.data()["accounts"]["nodes"], json!([{ "email": "rep.kr@example.org" }]));
        let statuses: Vec<_> =
            seen.data()["invitations"]["nodes"].as_array().unwrap().iter().map(|node| &node["status"]).collect();
        assert_eq!(statuses, ["PENDING", "PENDING", "PENDING"]);
        let all = server.ask_as(&admin, "{ accounts(filter: {status: [INVITED]}) { totalCount } }").await;
        assert_eq!(all.data()["accounts"]["totalCount"], 0, "an account is made when the invitation is accepted");

        let token = token_of(&server, "disabled@example.org").await;
        assert_eq!(accepted(&server, &token).await, "EXPIRED", "a disabled account gets no role");
    })
    .await;
}

#[tokio::test]
async fn a_link_is_good_for_seven_days_also_when_keys_are_exchanged() {
    for backend in backends() {
        let (server, time) = Server::start_with_time(*backend).await;
        let admin = server.administrator().await;
        let one = invited(&server, &admin, json!({ "email": "one@example.org", "role": "ADMIN" })).await;
        let two = invited(&server, &admin, json!({ "email": "two@example.org", "role": "ADMIN" })).await;
        time.store(60, Ordering::Relaxed);
        api::commands::rotate_keys(&server.database().await, server.clock()).await.unwrap();
        time.store(7 * DAY - 1, Ordering::Relaxed);
        assert_eq!(accepted(&server, &one).await, "OK", "on the last second");
        time.store(7 * DAY, Ordering::Relaxed);
        assert_eq!(accepted(&server, &two).await, "EXPIRED");
        assert_eq!(server.get(&format!("/link/invitation/{two}")).await.status(), 404);
        let admin = server.sign_in("admin@example.org").await.0;
        let list = "{ invitations(filter: {status: [EXPIRED]}) { totalCount nodes { email status } } }";
        let expired = server.ask_as(&admin, list).await;
        assert_eq!(
            expired.data()["invitations"],
            json!({ "totalCount": 1, "nodes": [{ "email": "two@example.org", "status": "EXPIRED" }] })
        );
        let id = server.ask_as(&admin, "{ invitations(filter: {status: [EXPIRED]}) { nodes { id } } }").await;
        let which = json!({ "id": id.data()["invitations"]["nodes"][0]["id"] });
        assert_eq!(outcome(&act(&server, &admin, "revokeInvitation", which).await), "ILLEGAL_TRANSITION");
    }
}

#[tokio::test]
async fn the_same_invitation_again_renews_the_link_and_the_one_before_is_dead() {
    for backend in backends() {
        let (server, time) = Server::start_with_time(*backend).await;
        let admin = server.administrator().await;
        let input = json!({ "email": "new@example.org", "role": "FOCAL_POINT", "country": "KH" });
        let first = act(&server, &admin, "inviteAccount", input.clone()).await;
        let before = token_of(&server, "new@example.org").await;
        time.store(60, Ordering::Relaxed);
        let second = act(&server, &admin, "inviteAccount", input.clone()).await;
        assert_eq!(first["invitation"]["id"], second["invitation"]["id"]);
        assert_eq!(
            (&second["invitation"]["version"], &second["invitation"]["expiresAt"]),
            (&json!(2), &json!("2026-11-29T12:01:00Z"))
        );
        let both = letters(&server, "new@example.org", 2).await;
        let after = both.iter().map(link).find(|link| *link != before).unwrap();
        assert_eq!(accepted(&server, &before).await, "EXPIRED");

        // Beyond a few letters none is sent, and the link that was sent last stays good.
        let mut sent = 2;
        let refused = loop {
            let again = act(&server, &admin, "inviteAccount", input.clone()).await;
            if again["userErrors"] != json!([]) {
                break again;
            }
            sent += 1;
        };
        assert_eq!((outcome(&refused), sent), ("THROTTLED", 3));
        let all = letters(&server, "new@example.org", 3).await;
        let last = all.iter().map(link).find(|link| *link != before && *link != after).unwrap();
        assert_eq!(accepted(&server, &after).await, "EXPIRED");
        assert_eq!(accepted(&server, &last).await, "OK");
        // Two at once are one invitation, too.
        let input = json!({ "email": "twice@example.org", "role": "ADMIN" });
        let (one, two) = tokio::join!(
            act(&server, &admin, "inviteAccount", input.clone()),
            act(&server, &admin, "inviteAccount", input.clone())
        );
        assert_eq!(one["invitation"]["id"], two["invitation"]["id"], "{one} {two}");
    }
}

#[tokio::test]
async fn an_invitation_is_taken_back_by_who_made_it_and_by_administrators() {
    on_each_database(|server| async move {
        let admin = server.administrator().await;
        let representative = server.account("rep.kr@example.org", &[Grant::Representative("kr-kofic")]).await;
        let other = server.account("other@example.org", &[Grant::Representative("kr-kofic")]).await;
        let mut made = vec![];
        for email in ["one@example.org", "two@example.org"] {
            let input = colleague(&server, email, "kr-kofic").await;
            made.push(act(&server, &representative, "inviteAccount", input).await["invitation"]["id"].clone());
        }
        let query = |id: &Value| {
            format!("{{ node(id: {id}) {{ ... on Invitation {{ email }} }} invitations {{ totalCount }} }}")
        };
        let absent = json!("inv_00000000000000000000000000");
        assert_eq!(
            server.ask_as(&other, &query(&made[0])).await.text,
            server.ask_as(&other, &query(&absent)).await.text
        );
        assert_eq!(server.ask_as(&representative, &query(&made[0])).await.data()["invitations"]["totalCount"], 2);
        for id in [&made[0], &absent] {
            let refused = act(&server, &other, "revokeInvitation", json!({ "id": id })).await;
            assert_eq!(outcome(&refused), "NOT_FOUND");
        }
        let anonymous =
            format!("mutation {{ revokeInvitation(input: {{id: {}}}) {{ userErrors {{ code }} }} }}", made[0]);
        assert_eq!(server.ask(&anonymous).await.error().0, "UNAUTHENTICATED");
        let stale =
            act(&server, &representative, "revokeInvitation", json!({ "id": made[0], "expectedVersion": 7 })).await;
        assert_eq!((outcome(&stale), &stale["invitation"]["version"]), ("CONFLICT", &json!(1)));
        for (token, id, email) in
            [(&representative, &made[0], "one@example.org"), (&admin, &made[1], "two@example.org")]
        {
            let link = token_of(&server, email).await;
            let taken = act(&server, token, "revokeInvitation", json!({ "id": id })).await;
            assert_eq!((outcome(&taken), &taken["invitation"]["version"]), ("REVOKED", &json!(2)));
            assert_eq!(accepted(&server, &link).await, "EXPIRED");
            assert_eq!(server.get(&format!("/link/invitation/{link}")).await.status(), 404);
            let again = act(&server, token, "revokeInvitation", json!({ "id": id })).await;
            assert_eq!(outcome(&again), "ILLEGAL_TRANSITION");
        }
    })
    .await;
}

#[tokio::test]
async fn a_link_is_worth_nothing_once_its_maker_may_not_invite() {
    on_each_database(|server| async move {
        let admin = server.administrator().await;
        let second = server.account("second@example.org", &[Grant::Admin]).await;
        let representative = server.account("rep.kr@example.org", &[Grant::Representative("kr-kofic")]).await;
        let disabled = invited(&server, &second, json!({ "email": "one@example.org", "role": "ADMIN" })).await;
        let council = colleague(&server, "two@example.org", "kr-kofic").await;
        let lost = invited(&server, &representative, council).await;
        let (second, theirs) = (account_of(&server, &second).await, account_of(&server, &representative).await);

        let query = "mutation($id: ID!) { disableAccount(input: {id: $id}) { account { status } userErrors { code } } }";
        let disable = server.ask_as_with(&admin, query, json!({ "id": second["id"] })).await;
        assert_eq!(disable.data()["disableAccount"]["account"]["status"], "DISABLED");
        assert_eq!(accepted(&server, &disabled).await, "EXPIRED");
        let list = "{ invitations(filter: {role: [ADMIN]}) { nodes { status } } }";
        assert_eq!(server.ask_as(&admin, list).await.data()["invitations"]["nodes"], json!([{ "status": "REVOKED" }]));
        let query = "mutation($id: ID!) { enableAccount(input: {id: $id}) { account { status } userErrors { code } } }";
        let enabled = server.ask_as_with(&admin, query, json!({ "id": second["id"] })).await;
        assert_eq!(enabled.data()["enableAccount"]["account"]["status"], "ACTIVE");
        assert_eq!(accepted(&server, &disabled).await, "EXPIRED", "for good");

        // While the membership rests its representatives invite nobody, nor is what they sent worth anything.
        let db = server.database().await;
        db.execute_unprepared("UPDATE membership SET status = 'SUSPENDED'").await.unwrap();
        assert_eq!(accepted(&server, &lost).await, "EXPIRED");
        db.execute_unprepared("UPDATE membership SET status = 'ACTIVE'").await.unwrap();
        let query = "mutation($input: RevokeRoleInput!) { revokeRole(input: $input) { userErrors { code } } }";
        let role = json!({ "account": theirs["id"], "role": "REPRESENTATIVE", "institution": id_of(&server, "kr-kofic").await });
        let taken = server.ask_as_with(&admin, query, json!({ "input": role })).await;
        assert_eq!(taken.data()["revokeRole"]["userErrors"], json!([]));
        assert_eq!(accepted(&server, &lost).await, "EXPIRED", "the role is lost");
        let query = query.replace("RevokeRole", "GrantRole").replace("revokeRole", "grantRole");
        let given = server.ask_as_with(&admin, &query, json!({ "input": role })).await;
        assert_eq!(given.data()["grantRole"]["userErrors"], json!([]));
        assert_eq!(accepted(&server, &lost).await, "OK", "and had again");
    })
    .await;
}

#[tokio::test]
async fn a_focal_point_finds_an_institution_its_first_representative() {
    for backend in backends() {
        let server = Server::start(*backend).await;
        let focal = server.account("focal.kr@example.org", &[Grant::FocalPoint("KR")]).await;
        let mut links = vec![];
        for email in ["one@example.org", "two@example.org"] {
            let input = colleague(&server, email, "kr-kofice").await;
            links.push(invited(&server, &focal, input).await);
        }
        let join = async |link: &str, name: &str| {
            accept(&server, None, json!({ "token": link, "name": name, "password": PASSWORD })).await
        };
        let (one, two) = tokio::join!(join(&links[0], "One"), join(&links[1], "Two"));
        let refused = if one["accessToken"].is_null() { &one } else { &two };
        assert!(one["accessToken"].is_string() != two["accessToken"].is_string(), "one of two: {one} {two}");
        assert_eq!(refused["userErrors"][0]["code"], "EXPIRED");
        let message = refused["userErrors"][0]["message"].as_str().unwrap();
        assert!(message.contains("has got a representative meanwhile"), "{message}");
        let input = colleague(&server, "three@example.org", "kr-kofice").await;
        assert_eq!(outcome(&act(&server, &focal, "inviteAccount", input.clone()).await), "TAKEN");
        // Whose account is disabled represents nobody.
        let disable = "UPDATE account SET status = 'DISABLED' WHERE name IN ('One', 'Two')";
        server.database().await.execute_unprepared(disable).await.unwrap();
        assert_eq!(outcome(&act(&server, &focal, "inviteAccount", input).await), "PENDING");
    }
}

/// Sends a form to the page of an invitation.
async fn fill(server: &Server, token: &str, form: &str) -> (u16, String) {
    let request = server.request("POST", &format!("/link/invitation/{token}"));
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let response = request.body(form.to_owned()).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

#[tokio::test]
async fn the_link_leads_to_a_page_without_scripts() {
    on_each_database(|server| async move {
        let admin = server.administrator().await;
        let input =
            json!({ "email": "new@example.org", "name": "<b>Dara</b>", "role": "FOCAL_POINT", "country": "KH" });
        let token = invited(&server, &admin, input).await;
        let page = server.get(&format!("/link/invitation/{token}")).await;
        assert_eq!((page.status().as_u16(), page.headers()["cache-control"].to_str().unwrap()), (200, "no-store"));
        assert_eq!(page.headers()["referrer-policy"], "no-referrer");
        assert!(page.headers()["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
        let page = page.text().await.unwrap();
        assert!(page.contains("Ada Admin invites you") && page.contains("a focal point of Cambodia"), "{page}");
        assert!(page.contains("name=\"name\"") && page.contains("new-password") && !page.contains("<b>Dara"), "{page}");
        assert!(!page.contains("<script"));

        let (status, page) = fill(&server, &token, "name=&password=password1234").await;
        assert_eq!(status, 400);
        assert!(page.contains("name: must not be empty") && page.contains("password: is too easy"), "{page}");
        assert!(!page.contains("password1234"), "a password is never shown");
        let form = format!("name=Sok+Dara&password={}", PASSWORD.replace(' ', "+"));
        let (status, page) = fill(&server, &token, &form).await;
        assert_eq!(status, 200, "{page}");
        assert!(page.contains("is accepted") && !page.contains("has to approve"), "{page}");
        assert_eq!(fill(&server, &token, &form).await.0, 404, "the link is used up");
        let (signed_in, _) = server.sign_in("new@example.org").await;
        assert_eq!(account_of(&server, &signed_in).await["grants"], json!([{ "role": "FOCAL_POINT" }]));

        // Whoever has an account tells its password alone.
        let council = colleague(&server, "admin@example.org", "kr-kofic").await;
        let by_themselves = act(&server, &admin, "inviteAccount", council.clone()).await;
        assert_eq!(outcome(&by_themselves), "PENDING");
        let own = token_of(&server, "admin@example.org").await;
        let (status, page) = fill(&server, &own, &form).await;
        assert_eq!(status, 400);
        assert!(page.contains("somebody else gives this role"), "{page}");
        let second = server.account("second@example.org", &[Grant::Admin]).await;
        assert_eq!(outcome(&act(&server, &second, "inviteAccount", council).await), "PENDING");
        let both = letters(&server, "admin@example.org", 2).await;
        let token = both.iter().map(link).find(|link| *link != own).unwrap();
        let page = server.get(&format!("/link/invitation/{token}")).await.text().await.unwrap();
        assert!(page.contains("current-password") && !page.contains("name=\"name\""), "{page}");
        let (status, page) = fill(&server, &token, "password=gannet+violet+anvil+orchard").await;
        assert_eq!(status, 400);
        assert!(page.contains("this is not the password"), "{page}");
        assert_eq!(fill(&server, &token, &form).await.0, 200);
        assert_eq!(
            account_of(&server, &admin).await["grants"],
            json!([{ "role": "ADMIN" }, { "role": "REPRESENTATIVE" }])
        );
    })
    .await;
}

#[tokio::test]
async fn no_other_token_is_an_invitation_and_an_invitation_is_no_other_token() {
    on_each_database(|server| async move {
        let admin = server.administrator().await;
        let (signed_in, _) = server.sign_in("admin@example.org").await;
        let token = invited(&server, &admin, json!({ "email": "new@example.org", "role": "ADMIN" })).await;
        let reset = server.reset_link("admin@example.org").await;
        let (head, rest) = token.split_once('.').unwrap();
        let (said, signature) = rest.split_once('.').unwrap();
        let altered =
            format!("{head}.{said}.{}{}", if signature.starts_with('A') { 'B' } else { 'A' }, &signature[1..]);
        let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiaW52aXRhdGlvbitqd3QifQ.{said}.");
        for wrong in [&signed_in, &reset, &altered, &unsigned, "nonsense"] {
            assert_eq!(accepted(&server, wrong).await, "EXPIRED", "{wrong}");
            assert_eq!(server.get(&format!("/link/invitation/{wrong}")).await.status(), 404);
        }
        assert_eq!(server.ask_as(&token, "{ viewer { __typename } }").await.status, 401);
        assert_eq!(server.get(&format!("/link/{token}")).await.status(), 404);
        assert_eq!(accepted(&server, &token).await, "OK");
    })
    .await;
}

#[tokio::test]
async fn the_log_tells_who_invited_to_what_and_not_whom() {
    on_each_database(|server| async move {
        let admin = server.administrator().await;
        let input = json!({ "email": "new@example.org", "name": "Sok Dara", "role": "FOCAL_POINT", "country": "KH" });
        let token = invited(&server, &admin, input).await;
        assert_eq!(accepted(&server, &token).await, "OK");
        let log = "{ auditLog(first: 4) { nodes { operation actor { name } subject { __typename } changes { field old new } } } }";
        let told = server.ask_as(&admin, log).await;
        let entries: Vec<String> = told.data()["auditLog"]["nodes"].as_array().unwrap().iter().map(|entry| {
            let fields: Vec<_> = entry["changes"].as_array().unwrap().iter().map(|change| change["field"].as_str().unwrap()).collect();
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            format!("{} {} {} {}", text(&entry["actor"]["name"]), text(&entry["operation"]), text(&entry["subject"]["__typename"]), fields.join(" "))
        }).collect();
        assert_eq!(entries, [
            "New Invented UPDATED Invitation status",
            "New Invented UPDATED Account grants",
            "New Invented CREATED Account email name",
            "Ada Admin CREATED Invitation email name role country institution status expiresAt",
        ]);
        let changes = told.text.replace("\"name\":\"New Invented\"", "");
        assert!(!changes.contains("new@example.org") && !changes.contains("Dara"), "{changes}");
    })
    .await;
}

#[tokio::test]
async fn who_is_erased_is_forgotten_as_somebody_who_was_invited() {
    on_each_database(|server| async move {
        let admin = server.administrator().await;
        let token = invited(&server, &admin, json!({ "email": "gone@example.org", "role": "FOCAL_POINT", "country": "KH" })).await;
        let joined = accept(&server, None, json!({ "token": token, "name": "Gone Invented", "password": PASSWORD })).await;
        let gone = account_of(&server, joined["accessToken"].as_str().unwrap()).await["id"].clone();
        let create = r#"mutation { createPolicymaker(input: {givenName: "Gone", appointments: []}) { policymaker { id } } }"#;
        let person = server.ask_as(&admin, create).await.data()["createPolicymaker"]["policymaker"]["id"].clone();
        let erase = "mutation($input: ErasePolicymakerInput!) { erasePolicymaker(input: $input) { userErrors { code message } } }";
        let erased = server.ask_as_with(&admin, erase, json!({ "input": { "id": person, "account": gone, "reason": "asked" } })).await;
        assert_eq!(erased.data()["erasePolicymaker"]["userErrors"], json!([]));
        let left = server.ask_as(&admin, "{ invitations { totalCount } }").await;
        assert_eq!(left.data()["invitations"]["totalCount"], 0);
    })
    .await;
}
