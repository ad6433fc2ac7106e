//! The first administrator, passwords, and links.
use harness::{Answer, Backend, PASSWORD, Postbox, Server, on_each_database};
use serde_json::{Value, json};

/// Sends a form to a page.
async fn fill(server: &Server, path: &str, form: &str) -> (u16, String) {
    let request = server.request("POST", path).header("content-type", "application/x-www-form-urlencoded");
    let response = request.body(form.to_owned()).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

async fn first_link(server: &Server) -> Option<String> {
    api::commands::first_link(&server.database().await, server.clock()).await.unwrap()
}

#[tokio::test]
async fn the_first_link_makes_an_administrator_once() {
    on_each_database(|server| async move {
        let secret = first_link(&server).await.unwrap();
        let page = server.get(&format!("/link/{secret}")).await;
        assert_eq!((page.status().as_u16(), page.headers()["cache-control"].to_str().unwrap()), (200, "no-store"));
        assert_eq!(page.headers()["referrer-policy"], "no-referrer");
        assert!(page.text().await.unwrap().contains("name=\"email\""));

        let path = format!("/link/{secret}");
        let (status, page) = fill(&server, &path, "email=nobody&name=&password=password1234").await;
        assert_eq!(status, 400);
        for fault in ["email: must be", "name: must not be empty", "password: is too easy"] {
            assert!(page.contains(fault), "{fault}: {page}");
        }
        assert!(!page.contains("password1234"), "a password is never shown");

        let form = "email=admin%40example.org&name=Ada&password=heron+tapir+quince+umbrella";
        let (first, second) = tokio::join!(fill(&server, &path, form), fill(&server, &path, form));
        let mut statuses = [first.0, second.0];
        statuses.sort_unstable();
        assert!(statuses == [200, 404] || statuses == [200, 400], "one of two: {statuses:?}");
        assert_eq!(fill(&server, &path, form).await.0, 404, "the link is used up");
        assert_eq!(first_link(&server).await, None, "there is an administrator");

        let (token, _) = server.sign_in("ADMIN@example.org").await;
        let viewer = server.ask_as(&token, "{ viewer { ... on Account { email name status grants { role } } } }").await;
        let expected =
            json!({ "email": "admin@example.org", "name": "Ada", "status": "ACTIVE", "grants": [{ "role": "ADMIN" }] });
        assert_eq!(viewer.data()["viewer"], expected);
    })
    .await;
}

#[tokio::test]
async fn a_new_first_link_takes_the_place_of_the_one_before() {
    let server = Server::start(Backend::Sqlite).await;
    let before = first_link(&server).await.unwrap();
    let after = first_link(&server).await.unwrap();
    assert_eq!(server.get(&format!("/link/{before}")).await.status(), 404);
    assert_eq!(server.get(&format!("/link/{after}")).await.status(), 200);
    let unknown = server.get("/link/nonsense").await;
    assert_eq!(unknown.status(), 404);
}

const SIGN_IN: &str = "mutation($input: SignInInput!) { signIn(input: $input) { accessToken refreshToken account { id }
    session { id } userErrors { field code message } } }";

async fn sign_in(server: &Server, email: &str, password: &str) -> Answer {
    server.ask_with(SIGN_IN, json!({ "input": { "email": email, "password": password } })).await
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_are_answered_alike() {
    on_each_database(|server| async move {
        server.administrator().await;
        let wrong = sign_in(&server, "admin@example.org", "not the password").await;
        let unknown = sign_in(&server, "nobody@example.org", "not the password").await;
        assert_eq!(wrong.text, unknown.text);
        let payload = &wrong.data()["signIn"];
        assert_eq!(payload["userErrors"][0]["code"], "INVALID");
        assert_eq!(
            (&payload["accessToken"], &payload["account"], &payload["session"]),
            (&Value::Null, &Value::Null, &Value::Null)
        );
    })
    .await;
}

#[tokio::test]
async fn guessing_is_slowed_down_whether_or_not_there_is_an_account() {
    let server = Server::start(Backend::Sqlite).await;
    server.administrator().await;
    for email in ["admin@example.org", "nobody@example.org"] {
        let mut tried = 0;
        let answer = loop {
            let answer = sign_in(&server, email, "not the password").await;
            tried += 1;
            if answer.json.get("errors").is_some() {
                break answer;
            }
        };
        assert_eq!(answer.error().0, "THROTTLED");
        assert!((9..=12).contains(&tried), "{email}: {tried}");
        let right = sign_in(&server, email, PASSWORD).await;
        assert_eq!(right.error().0, "THROTTLED", "also with the right password");
    }
}

#[tokio::test]
async fn a_forgotten_password_is_set_anew_with_a_link() {
    on_each_database(|server| async move {
        let old = server.administrator().await;
        let ask = async |email: &str| {
            let query = "mutation($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) {
                accepted userErrors { code } } }";
            server.ask_with(query, json!({ "input": { "email": email } })).await.text
        };
        assert_eq!(ask("nobody@example.org").await, ask("admin@example.org").await);
        let letters = loop {
            let letters = server.letters();
            if !letters.is_empty() {
                break letters;
            }
            tokio::task::yield_now().await;
        };
        assert_eq!(letters.len(), 1, "nobody else gets one");
        let secret = letters[0].secret();

        let reset = async |password: &str| {
            let query = "mutation($input: ResetPasswordInput!) { resetPassword(input: $input) {
                accessToken userErrors { field code } } }";
            let answer = server.ask_with(query, json!({ "input": { "token": secret, "password": password } })).await;
            answer.data()["resetPassword"].clone()
        };
        let weak = reset("password1234").await;
        assert_eq!(weak["userErrors"][0]["field"], json!(["password"]));
        let set = reset("gannet violet anvil orchard").await;
        let new = set["accessToken"].as_str().unwrap();
        assert_eq!(server.ask_as(new, "{ viewer { __typename } }").await.data()["viewer"]["__typename"], "Account");
        assert_eq!(reset("gannet violet anvil orchard").await["userErrors"][0]["code"], "EXPIRED");
        server.refuses_soon(&old).await;
        let answer = sign_in(&server, "admin@example.org", PASSWORD).await;
        assert_eq!(answer.data()["signIn"]["userErrors"][0]["code"], "INVALID", "the password until now");
    })
    .await;
}

#[tokio::test]
async fn a_password_that_is_set_ends_all_other_links() {
    on_each_database(|server| async move {
        server.administrator().await;
        let (one, other) = (server.reset_link("admin@example.org").await, server.reset_link("admin@example.org").await);
        let query = "mutation($input: ResetPasswordInput!) { resetPassword(input: $input) { userErrors { code } } }";
        let reset = async |token: &str| {
            let input = json!({ "input": { "token": token, "password": "gannet violet anvil orchard" } });
            server.ask_with(query, input).await.data()["resetPassword"]["userErrors"].clone()
        };
        assert_eq!(reset(&one).await, json!([]));
        assert_eq!(reset(&other).await[0]["code"], "EXPIRED", "whoever found an earlier letter");
    })
    .await;
}

#[tokio::test]
async fn a_disabled_account_gets_no_password() {
    on_each_database(|server| async move {
        server.account("somebody@example.org", &[]).await;
        let link = server.reset_link("somebody@example.org").await;
        let disable = "UPDATE account SET status = 'DISABLED' WHERE email_key = 'somebody@example.org'";
        sea_orm::ConnectionTrait::execute_unprepared(&server.database().await, disable).await.unwrap();
        let query = "mutation($input: ResetPasswordInput!) { resetPassword(input: $input) { accessToken userErrors { code } } }";
        let input = json!({ "input": { "token": link, "password": "gannet violet anvil orchard" } });
        let answer = server.ask_with(query, input).await;
        let payload = &answer.data()["resetPassword"];
        assert_eq!((&payload["accessToken"], &payload["userErrors"][0]["code"]), (&Value::Null, &json!("EXPIRED")));
    })
    .await;
}

#[tokio::test]
async fn letters_go_to_the_mail_server_that_is_set() {
    let postbox = Postbox::open().await;
    let from = "Balai <balai@network.example.org>";
    let server = Server::start_with(Backend::Sqlite, &["--smtp-url", &postbox.url, "--mail-from", from]).await;
    server.administrator().await;
    let query = r#"mutation { requestPasswordReset(input: {email: "Admin@example.org"}) { accepted } }"#;
    assert_eq!(server.ask(query).await.data()["requestPasswordReset"]["accepted"], true);
    let (to, letter) = postbox.letter().await;
    assert_eq!(to, "<admin@example.org>");
    assert_eq!(letter.header("From"), from);
    assert!(letter.text.contains(&format!("{}/link/", server.address())), "{}", letter.text);
    assert!(server.letters().is_empty(), "and nowhere else");
}

#[tokio::test]
async fn a_mail_server_that_is_away_is_told_to_nobody() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = Server::start_with(Backend::Sqlite, &["--smtp-url", &format!("smtp://{gone}")]).await;
    server.administrator().await;
    let ask = async |email: &str| {
        let query = "mutation($email: String!) { requestPasswordReset(input: {email: $email}) { accepted } }";
        server.ask_with(query, json!({ "email": email })).await.text
    };
    assert_eq!(ask("admin@example.org").await, ask("nobody@example.org").await);
}

#[tokio::test]
async fn somebody_gets_a_few_letters_and_not_more() {
    let server = Server::start(Backend::Sqlite).await;
    server.administrator().await;
    let query = r#"mutation { requestPasswordReset(input: {email: "admin@example.org"}) { accepted } }"#;
    for _ in 0..8 {
        assert_eq!(server.ask(query).await.data()["requestPasswordReset"]["accepted"], true);
    }
    let (token, _) = server.sign_in("admin@example.org").await;
    assert_eq!(server.ask_as(&token, "{ viewer { __typename } }").await.status, 200, "and may still sign in");
    assert!(server.letters().len() <= 3, "{}", server.letters().len());
}

#[tokio::test]
async fn a_password_is_changed_by_who_knows_it() {
    on_each_database(|server| async move {
        let token = server.administrator().await;
        let change = async |token: &str, current: &str, new: &str| {
            let query = "mutation($input: ChangePasswordInput!) { changePassword(input: $input) {
                accessToken userErrors { field code } } }";
            server
                .ask_as_with(token, query, json!({ "input": { "currentPassword": current, "newPassword": new } }))
                .await
        };
        let wrong = change(&token, "not the password", "admin@example.org").await;
        let faults = &wrong.data()["changePassword"]["userErrors"];
        assert_eq!(faults[0]["field"], json!(["currentPassword"]));
        assert_eq!(faults[1]["field"], json!(["newPassword"]), "all at once");
        let changed = change(&token, PASSWORD, "gannet violet anvil orchard").await;
        let next = changed.data()["changePassword"]["accessToken"].as_str().unwrap().to_owned();
        assert_eq!(server.ask_as(&next, "{ viewer { __typename } }").await.status, 200);
        server.refuses_soon(&token).await;
        let query = r#"mutation { changePassword(input: {currentPassword: "a", newPassword: "b"}) { accessToken } }"#;
        assert_eq!(server.ask(query).await.error().0, "UNAUTHENTICATED");
    })
    .await;
}
