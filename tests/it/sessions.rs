//! Staying signed in, and signing out.
use std::sync::atomic::Ordering;

use harness::{Answer, Backend, PASSWORD, Server, backends, on_each_database};
use serde_json::{Value, json};

async fn refresh(server: &Server, token: &str) -> Value {
    let query = "mutation($input: RefreshSessionInput!) { refreshSession(input: $input) {
        accessToken refreshToken session { id } userErrors { field code } } }";
    let answer = server.ask_with(query, json!({ "input": { "refreshToken": token } })).await;
    answer.data()["refreshSession"].clone()
}

fn token(payload: &Value) -> String {
    payload["refreshToken"].as_str().unwrap_or_else(|| panic!("{payload}")).to_owned()
}

fn is_over(payload: &Value) -> bool {
    payload["userErrors"][0]["code"] == "EXPIRED" && payload["accessToken"].is_null()
}

#[tokio::test]
async fn a_session_is_continued_with_each_next_token() {
    on_each_database(|server| async move {
        server.administrator().await;
        let (_, first) = server.sign_in("admin@example.org").await;
        let second = refresh(&server, &first).await;
        let third = refresh(&server, &token(&second)).await;
        assert_eq!(second["session"], third["session"]);
        let access = third["accessToken"].as_str().unwrap();
        assert_eq!(server.ask_as(access, "{ viewer { __typename } }").await.status, 200);
        assert!(is_over(&refresh(&server, &first).await), "an old token is a stolen one");
        assert!(is_over(&refresh(&server, &token(&third)).await), "and ends the session");
        assert!(is_over(&refresh(&server, "nonsense").await));
    })
    .await;
}

#[tokio::test]
async fn who_lost_the_answer_may_ask_once_more() {
    on_each_database(|server| async move {
        server.administrator().await;
        let (_, first) = server.sign_in("admin@example.org").await;
        let lost = refresh(&server, &first).await;
        let again = refresh(&server, &first).await;
        assert_ne!(token(&lost), token(&again));
        assert!(refresh(&server, &token(&again)).await["accessToken"].is_string());

        let (_, first) = server.sign_in("admin@example.org").await;
        refresh(&server, &first).await;
        let again = refresh(&server, &first).await;
        assert!(is_over(&refresh(&server, &first).await), "a third time");
        assert!(is_over(&refresh(&server, &token(&again)).await));

        let (_, first) = server.sign_in("admin@example.org").await;
        let lost = refresh(&server, &first).await;
        let again = refresh(&server, &first).await;
        assert!(is_over(&refresh(&server, &token(&lost)).await), "what was given up is no good any more");
        assert!(is_over(&refresh(&server, &token(&again)).await), "and was in somebody else's hands");
    })
    .await;
}

/// Two programs that hold the same token, in every order of their steps: at no time are both signed in.
#[tokio::test]
async fn of_two_that_hold_a_token_one_goes_on_at_most() {
    for backend in backends() {
        let server = Server::start(*backend).await;
        server.administrator().await;
        // Each has two steps; a string of the two letters is an order.
        for order in ["aabb", "abab", "abba", "baab", "baba", "bbaa"] {
            let (_, first) = server.account_session().await;
            let (mut a, mut b) = (Some(first.clone()), Some(first));
            for step in order.chars() {
                let own = if step == 'a' { &mut a } else { &mut b };
                let Some(held) = own.take() else { continue };
                let payload = refresh(&server, &held).await;
                *own = payload["refreshToken"].as_str().map(ToOwned::to_owned);
            }
            let mut on = 0;
            for held in [a, b].into_iter().flatten() {
                on += i32::from(!is_over(&refresh(&server, &held).await));
            }
            assert!(on <= 1, "{order}: {on}");
        }
        // At the same moment.
        for _ in 0..8 {
            let (_, first) = server.account_session().await;
            let (one, other) = tokio::join!(refresh(&server, &first), refresh(&server, &first));
            assert_ne!(one["refreshToken"], other["refreshToken"]);
            let mut on = 0;
            for payload in [one, other] {
                on += i32::from(!is_over(&refresh(&server, &token(&payload)).await));
            }
            assert!(on <= 1, "{on}");
        }
    }
}

trait Sessions {
    async fn account_session(&self) -> (String, String);
}

impl Sessions for Server {
    /// A new session of the administrator, opened with a link: sign-ins are counted.
    async fn account_session(&self) -> (String, String) {
        let account = self.reset_link("admin@example.org").await;
        let query =
            "mutation($input: ResetPasswordInput!) { resetPassword(input: $input) { accessToken refreshToken } }";
        let answer = self.ask_with(query, json!({ "input": { "token": account, "password": PASSWORD } })).await;
        let text = |field: &str| answer.data()["resetPassword"][field].as_str().unwrap().to_owned();
        (text("accessToken"), text("refreshToken"))
    }
}

#[tokio::test]
async fn a_session_ends_when_nobody_comes_back() {
    for backend in backends() {
        let (server, passed) = Server::start_with_time(*backend).await;
        server.administrator().await;
        let (access, first) = server.sign_in("admin@example.org").await;
        let days = |days: u64| passed.store(days * 24 * 3_600, Ordering::Relaxed);
        passed.store(9 * 60, Ordering::Relaxed);
        assert_eq!(server.ask_as(&access, "{ viewer { __typename } }").await.status, 200);
        passed.store(12 * 60, Ordering::Relaxed);
        while server.ask_as(&access, "{ viewer { __typename } }").await.status != 401 {}
        days(13);
        let second = refresh(&server, &first).await;
        days(26);
        let third = refresh(&server, &token(&second)).await;
        days(41);
        assert!(is_over(&refresh(&server, &token(&third)).await), "after two weeks");
    }
}

#[tokio::test]
async fn a_session_ends_after_ninety_days_in_any_case() {
    let (server, passed) = Server::start_with_time(Backend::Sqlite).await;
    server.administrator().await;
    let (_, mut held) = server.sign_in("admin@example.org").await;
    let mut days = 0;
    loop {
        days += 10;
        passed.store(days * 24 * 3_600, Ordering::Relaxed);
        let payload = refresh(&server, &held).await;
        if is_over(&payload) {
            break;
        }
        held = token(&payload);
    }
    assert_eq!(days, 90);
}

async fn sessions(server: &Server, token: &str) -> Vec<Value> {
    let answer = server.ask_as(token, "{ sessions { id current agent } }").await;
    answer.data()["sessions"].as_array().unwrap().clone()
}

#[tokio::test]
async fn ones_own_sessions_are_seen_and_ended() {
    on_each_database(|server| async move {
        let one = server.administrator().await;
        let (other, _) = server.sign_in("admin@example.org").await;
        let stranger = server.account("stranger@example.org", &[]).await;
        assert!(sessions(&server, &stranger).await.is_empty());
        let seen = sessions(&server, &one).await;
        assert_eq!(seen.len(), 2);
        assert_eq!(seen.iter().filter(|session| session["current"] == true).count(), 1);
        let id = seen.iter().find(|session| session["current"] == false).unwrap()["id"].as_str().unwrap();
        let revoke = format!(
            r#"mutation {{ revokeSession(input: {{id: "{id}"}}) {{ sessions {{ id }} userErrors {{ code }} }} }}"#
        );
        let refused = server.ask_as(&stranger, &revoke).await;
        assert_eq!(refused.data()["revokeSession"]["userErrors"][0]["code"], "NOT_FOUND", "somebody else's");
        assert_eq!(server.ask(&revoke).await.error().0, "UNAUTHENTICATED");
        let ended = server.ask_as(&one, &revoke).await;
        assert_eq!(ended.data()["revokeSession"]["sessions"].as_array().unwrap().len(), 1);
        server.refuses_soon(&other).await;

        let out = server.ask_as(&one, "mutation { signOut { userErrors { code } } }").await;
        assert_eq!(out.data()["signOut"]["userErrors"], json!([]));
        server.refuses_soon(&one).await;
        assert_eq!(server.ask("mutation { signOut { userErrors { code } } }").await.error().0, "UNAUTHENTICATED");
    })
    .await;
}

#[tokio::test]
async fn a_browser_keeps_its_refresh_token_in_a_cookie() {
    let server = Server::start(Backend::Sqlite).await;
    server.administrator().await;
    let post = async |query: &str, variables: Value, cookie: Option<&str>| {
        let mut request = server.request("POST", "/graphql").json(&json!({ "query": query, "variables": variables }));
        if let Some(cookie) = cookie {
            request = request.header("cookie", cookie);
        }
        let response = request.send().await.unwrap();
        let cookie = response.headers().get("set-cookie").map(|cookie| cookie.to_str().unwrap().to_owned());
        (cookie, Answer::of(response).await)
    };
    let query = "mutation($input: SignInInput!) { signIn(input: $input) { accessToken refreshToken } }";
    let input = json!({ "input": { "email": "admin@example.org", "password": PASSWORD, "cookie": true } });
    let (cookie, answer) = post(query, input, None).await;
    assert_eq!(answer.data()["signIn"]["refreshToken"], Value::Null, "no script can read it");
    let cookie = cookie.unwrap();
    let attributes: Vec<&str> = cookie.split("; ").collect();
    assert!(attributes[0].starts_with("__Host-balai-refresh="));
    assert_eq!(attributes[1..], ["Path=/", "Max-Age=1209600", "Secure", "HttpOnly", "SameSite=Strict"]);

    let refresh = "mutation { refreshSession(input: {}) { accessToken refreshToken userErrors { code } } }";
    let (next, answer) = post(refresh, Value::Null, Some(attributes[0])).await;
    assert!(answer.data()["refreshSession"]["accessToken"].is_string());
    let next = next.unwrap();
    assert_ne!(next.split("; ").next(), Some(attributes[0]));
    let (none, answer) = post(refresh, Value::Null, None).await;
    assert_eq!((none, &answer.data()["refreshSession"]["userErrors"][0]["code"]), (None, &json!("REQUIRED")));

    let held = next.split("; ").next();
    let (gone, _) = post("mutation { signOut { userErrors { code } } }", Value::Null, held).await;
    assert!(gone.unwrap().contains("Max-Age=0"));
    let (gone, answer) = post(refresh, Value::Null, held).await;
    assert_eq!(answer.data()["refreshSession"]["userErrors"][0]["code"], "EXPIRED");
    assert!(gone.unwrap().contains("Max-Age=0"), "a cookie that is no good is taken back");
}
