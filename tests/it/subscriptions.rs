//! What is told at once: over a WebSocket, by graphql-transport-ws, and as a stream of events, by graphql-sse.
use std::{sync::atomic::Ordering, time::Instant};

use entity::{opportunity, vocabulary::OpportunityStatus};
use futures_util::{SinkExt as _, StreamExt as _};
use harness::{Backend, Grant, Server, backends, on_each_database};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait as _, DbBackend, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _,
};
use serde_json::{Value, json};
use tokio::{
    net::TcpStream,
    time::{Duration, timeout},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest as _, http::HeaderName},
};

/// Longer than anything takes that is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
const PROTOCOL: (&str, &str) = ("sec-websocket-protocol", "graphql-transport-ws");
const ALL: &str = "subscription { opportunityPublished { title } }";

/// A client at a WebSocket.
pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Opens one, with these headers: or the status that refuses it.
    async fn open(server: &Server, headers: &[(&str, &str)]) -> Result<Self, u16> {
        let mut request = format!("ws://{}/graphql", server.host()).into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        match timeout(PATIENCE, connect_async(request)).await.unwrap() {
            Ok((stream, response)) => {
                assert_eq!(response.headers()[PROTOCOL.0], PROTOCOL.1);
                Ok(Self(stream))
            }
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(other) => panic!("{other}"),
        }
    }

    /// One that is initialised.
    pub(crate) async fn begun(server: &Server, token: Option<&str>) -> Self {
        let mut socket = Self::open(server, &[PROTOCOL]).await.unwrap();
        let payload = token.map(|token| json!({ "authorization": format!("Bearer {token}") }));
        socket.say(json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
        socket
    }

    async fn send(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    async fn say(&mut self, message: Value) {
        self.send(&message.to_string()).await;
    }

    /// Starts an operation with variables.
    pub(crate) async fn ask(&mut self, id: &str, query: &str, variables: Value) {
        let payload = json!({ "query": query, "variables": variables });
        self.say(json!({ "type": "subscribe", "id": id, "payload": payload })).await;
    }

    /// Why an operation did not begin.
    pub(crate) async fn refused(&mut self, id: &str) -> Value {
        let heard = self.hear().await;
        assert_eq!((&heard["type"], &heard["id"]), (&json!("error"), &json!(id)), "{heard}");
        heard["payload"].clone()
    }

    async fn start(&mut self, id: &str, query: &str) {
        self.say(json!({ "type": "subscribe", "id": id, "payload": { "query": query } })).await;
    }

    /// Starts operations, and waits until they have begun: messages are taken in their order.
    pub(crate) async fn wait_for(&mut self, operations: &[(&str, &str)]) {
        for (id, query) in operations {
            self.start(id, query).await;
        }
        self.say(json!({ "type": "ping", "payload": { "begun": true } })).await;
        assert_eq!(self.hear().await, json!({ "type": "pong", "payload": { "begun": true } }));
    }

    async fn message(&mut self) -> Option<Result<Message, Error>> {
        timeout(PATIENCE, self.0.next()).await.expect("a message, or an end")
    }

    async fn hear(&mut self) -> Value {
        loop {
            match self.message().await {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                Some(Ok(Message::Ping(_))) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// The next answer of an operation.
    pub(crate) async fn next(&mut self, id: &str) -> Value {
        let heard = self.hear().await;
        assert_eq!((&heard["type"], &heard["id"]), (&json!("next"), &json!(id)), "{heard}");
        heard["payload"].clone()
    }

    /// The code with which the service closes it.
    async fn closed(mut self) -> u16 {
        loop {
            match self.message().await {
                Some(Ok(Message::Close(frame))) => return frame.unwrap().code.into(),
                Some(Ok(Message::Ping(_))) => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

/// The service on one database: what is asked here is the same on the other.
async fn start(flags: &[&str]) -> Server {
    Server::start_with(Backend::Sqlite, flags).await
}

/// Drafts an opportunity: its ID.
pub(crate) async fn drafted(server: &Server, admin: &str, kind: &str, title: &str) -> String {
    let lead = server.ask(r#"{ institution(by: {slug: "kr-kofic"}) { id } }"#).await;
    let text = |text: &str| json!([{ "language": "en", "text": text }]);
    let input = json!({
        "leadInstitution": lead.data()["institution"]["id"], "titles": text(title), "kind": kind,
        "summaries": text("A summary."), "descriptions": text(&"Much is said. ".repeat(1_400)),
        "eligibility": { "countries": ["VN"] }, "hostCountries": ["KR"], "media": ["FILM"], "policyAreas": ["FILM"],
        "languages": ["en"], "url": "https://example.org/call",
    });
    let query = "mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) {
        opportunity { id } userErrors { field code message } } }";
    let answer = server.ask_as_with(admin, query, json!({ "input": input })).await;
    let payload = &answer.data()["createOpportunity"];
    payload["opportunity"]["id"].as_str().unwrap_or_else(|| panic!("{payload}")).to_owned()
}

/// Leads an opportunity on in its life.
pub(crate) async fn lead(server: &Server, token: &str, mutation: &str, id: &str) {
    let query = format!(r#"mutation {{ {mutation}(input: {{ id: "{id}" }}) {{ userErrors {{ code message }} }} }}"#);
    let answer = server.ask_as(token, &query).await;
    assert_eq!(answer.data()[mutation]["userErrors"], json!([]), "{mutation}");
}

async fn admin(server: &Server) -> String {
    server.account("secretary@example.org", &[Grant::Admin]).await
}

#[tokio::test]
async fn a_socket_speaks_the_one_protocol() {
    let server = start(&["--cors-origins", "https://culture.example.org"]).await;
    assert_eq!(Socket::open(&server, &[]).await.err(), Some(400));
    assert_eq!(Socket::open(&server, &[(PROTOCOL.0, "graphql-ws")]).await.err(), Some(400));
    let both = (PROTOCOL.0, "graphql-ws, graphql-transport-ws");
    assert!(Socket::open(&server, &[both]).await.is_ok());
    // Browsers tell which page asks.
    assert_eq!(Socket::open(&server, &[PROTOCOL, ("origin", "https://elsewhere.example.org")]).await.err(), Some(403));
    assert_eq!(Socket::open(&server, &[PROTOCOL, ("origin", "null")]).await.err(), Some(403));
    assert!(Socket::open(&server, &[PROTOCOL, ("origin", "https://culture.example.org")]).await.is_ok());
    assert!(Socket::open(&server, &[PROTOCOL, ("origin", server.address())]).await.is_ok());
}

#[tokio::test]
async fn what_breaks_the_protocol_closes_the_socket() {
    let server = start(&[]).await;
    for message in ["nonsense", "{}", r#"{"type":"start"}"#, r#"{"type":"subscribe","id":"a"}"#] {
        let mut socket = Socket::begun(&server, None).await;
        socket.send(message).await;
        assert_eq!(socket.closed().await, 4400, "{message}");
    }
    let mut socket = Socket::begun(&server, None).await;
    socket.0.send(Message::binary(&b"{}"[..])).await.unwrap();
    assert_eq!(socket.closed().await, 4400);

    let mut early = Socket::open(&server, &[PROTOCOL]).await.unwrap();
    early.start("a", ALL).await;
    assert_eq!(early.closed().await, 4401, "an operation before the initialisation");

    let mut twice = Socket::begun(&server, None).await;
    twice.say(json!({ "type": "connection_init" })).await;
    assert_eq!(twice.closed().await, 4429, "a second initialisation");

    let mut again = Socket::begun(&server, None).await;
    again.start("a", ALL).await;
    again.start("a", ALL).await;
    assert_eq!(again.closed().await, 4409, "an id that is in use");

    let mut large = Socket::begun(&server, None).await;
    large.start("a", &format!("{{ __typename }} #{}", " ".repeat(262_144))).await;
    assert_eq!(large.closed().await, 1009, "a message that is too large");
}

#[tokio::test]
async fn a_socket_is_initialised_within_three_seconds() {
    let server = start(&[]).await;
    let (since, mut socket) = (Instant::now(), Socket::open(&server, &[PROTOCOL]).await.unwrap());
    // To talk about other things does not help.
    socket.say(json!({ "type": "ping" })).await;
    assert_eq!(socket.hear().await, json!({ "type": "pong" }));
    assert_eq!(socket.closed().await, 4408);
    assert!((2_900..6_000).contains(&since.elapsed().as_millis()), "{:?}", since.elapsed());
}

#[tokio::test]
async fn the_token_is_checked_at_the_initialisation() {
    let server = start(&[]).await;
    let token = admin(&server).await;
    for told in [json!("Bearer nonsense"), json!("nonsense"), json!(""), json!(5), json!(format!("Basic {token}"))] {
        let mut socket = Socket::open(&server, &[PROTOCOL]).await.unwrap();
        socket.say(json!({ "type": "connection_init", "payload": { "authorization": told } })).await;
        assert_eq!(socket.closed().await, 4403, "{told}");
    }
    let mut socket = Socket::open(&server, &[PROTOCOL, ("authorization", "Bearer nonsense")]).await.unwrap();
    socket.say(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.closed().await, 4403, "the handshake's");

    let viewer = "{ viewer { ... on Account { name } } }";
    let header = format!("Bearer {token}");
    let mut by_header = Socket::open(&server, &[PROTOCOL, ("authorization", &header)]).await.unwrap();
    by_header.say(json!({ "type": "connection_init", "payload": { "other": 1 } })).await;
    assert_eq!(by_header.hear().await, json!({ "type": "connection_ack" }));
    for socket in [&mut by_header, &mut Socket::begun(&server, Some(&token)).await] {
        socket.start("a", viewer).await;
        assert_eq!(socket.next("a").await, json!({ "data": { "viewer": { "name": "Somebody Invented" } } }));
        assert_eq!(socket.hear().await, json!({ "type": "complete", "id": "a" }));
    }
}

#[tokio::test]
async fn queries_and_mutations_are_answered_once_within_the_same_limits() {
    on_each_database(|server| async move {
        let token = admin(&server).await;
        let mut socket = Socket::begun(&server, Some(&token)).await;
        let query = "query($code: CountryCode!) { country(code: $code) { code } }";
        for _ in 0..2 {
            let payload = json!({ "query": query, "variables": { "code": "KR" }, "operationName": null });
            socket.say(json!({ "type": "subscribe", "id": "a", "payload": payload })).await;
            assert_eq!(socket.next("a").await, json!({ "data": { "country": { "code": "KR" } } }));
            assert_eq!(socket.hear().await, json!({ "type": "complete", "id": "a" }), "and the id is free again");
        }
        let sign_out = "mutation { signOut { userErrors { code } } }";
        socket.start("b", sign_out).await;
        assert!(socket.next("b").await["data"]["signOut"].is_object());
        assert_eq!(socket.hear().await["type"], "complete");
        for (query, code) in [
            ("{", "GRAPHQL_PARSE_FAILED"),
            ("{ nope }", "GRAPHQL_VALIDATION_FAILED"),
            ("subscription { nope }", "GRAPHQL_VALIDATION_FAILED"),
            (
                "subscription { a: opportunityPublished { id } b: opportunityPublished { id } }",
                "GRAPHQL_VALIDATION_FAILED",
            ),
            (query, "BAD_USER_INPUT"),
            (r#"subscription { opportunityPublished(filter: { lead: "nonsense" }) { id } }"#, "BAD_USER_INPUT"),
            ("{ countries(first: 100) { nodes { institutions(first: 99) { nodes { id } } } } }", "COST_EXCEEDED"),
            (
                "subscription { opportunityPublished { lead: leadInstitution { opportunities(first: 100) { nodes {
                    eligibility { countries { institutions(first: 100) { nodes { id } } } } } } } } }",
                "COST_EXCEEDED",
            ),
        ] {
            socket.start("c", query).await;
            let heard = socket.hear().await;
            assert_eq!((&heard["type"], &heard["id"]), (&json!("error"), &json!("c")), "{query}: {heard}");
            assert_eq!(heard["payload"][0]["extensions"]["code"], code, "{query}: {heard}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_published_is_told_at_once_and_as_it_is_then() {
    on_each_database(|server| async move {
        let token = admin(&server).await;
        let call = drafted(&server, &token, "CO_PRODUCTION", "First call").await;
        let grant = drafted(&server, &token, "FUNDING", "A grant").await;
        let mut socket = Socket::begun(&server, None).await;
        let deep = "subscription { opportunityPublished { title status publishedAt
            eligibility { countries { code name } } hostCountries { code }
            leadInstitution { slug country { code groups { group { code } } } opportunities(first: 1) { nodes { id } } } } }";
        let grants = "subscription { opportunityPublished(filter: { kind: [FUNDING], openTo: \"VN\" }) { title } }";
        socket.wait_for(&[("all", deep), ("grants", grants)]).await;

        lead(&server, &token, "publishOpportunity", &call).await;
        let told = socket.next("all").await;
        assert!(told.get("errors").is_none(), "{told}");
        let told = &told["data"]["opportunityPublished"];
        assert_eq!((&told["title"], &told["status"]), (&json!("First call"), &json!("PUBLISHED")));
        assert_eq!(told["publishedAt"], "2026-11-22T12:00:00Z");
        assert_eq!(told["eligibility"]["countries"][0]["code"], "VN");
        assert_eq!(told["leadInstitution"]["country"]["code"], "KR");
        assert!(!told["leadInstitution"]["country"]["groups"].as_array().unwrap().is_empty());

        // Put off, written anew and published again: it is told again, and nothing of it is what was looked up before.
        lead(&server, &token, "postponeOpportunity", &call).await;
        let anew = json!({ "id": call, "expectedVersion": 3, "titles": [{ "language": "en", "text": "Second call" }],
            "eligibility": { "everyone": false, "countries": ["KH"] } });
        let query = "mutation($input: UpdateOpportunityInput!) { updateOpportunity(input: $input) { userErrors { code } } }";
        let answer = server.ask_as_with(&token, query, json!({ "input": anew })).await;
        assert_eq!(answer.data()["updateOpportunity"]["userErrors"], json!([]));
        lead(&server, &token, "publishOpportunity", &call).await;
        let told = socket.next("all").await;
        let told = &told["data"]["opportunityPublished"];
        assert_eq!((&told["title"], &told["status"]), (&json!("Second call"), &json!("PUBLISHED")));
        assert_eq!(told["eligibility"]["countries"][0]["code"], "KH");

        // What the filter does not let pass was not told: this comes first.
        lead(&server, &token, "publishOpportunity", &grant).await;
        let mut heard = [socket.hear().await, socket.hear().await];
        heard.sort_by_key(|heard| heard["id"].to_string());
        for (heard, id) in heard.iter().zip(["all", "grants"]) {
            assert_eq!((&heard["type"], &heard["id"]), (&json!("next"), &json!(id)));
            assert_eq!(heard["payload"]["data"]["opportunityPublished"]["title"], "A grant");
        }

        // Whoever has heard enough says so.
        socket.say(json!({ "type": "complete", "id": "all" })).await;
        socket.wait_for(&[]).await;
        lead(&server, &token, "postponeOpportunity", &grant).await;
        lead(&server, &token, "publishOpportunity", &grant).await;
        socket.next("grants").await;
    })
    .await;
}

#[tokio::test]
async fn what_a_viewer_may_not_see_is_not_told_to_them() {
    on_each_database(|server| async move {
        let token = admin(&server).await;
        let hidden = drafted(&server, &token, "FUNDING", "Hidden").await;
        let open = drafted(&server, &token, "FUNDING", "Open").await;
        lead(&server, &token, "publishOpportunity", &hidden).await;
        // It was published, and is a draft by the time that it is told.
        let db = server.database().await;
        let row = opportunity::Entity::find().filter(opportunity::Column::Slug.eq("hidden")).one(&db).await;
        let mut row = row.unwrap().unwrap().into_active_model();
        row.status = Set(OpportunityStatus::Draft);
        row.published_at = Set(None);
        let row = row.update(&db).await.unwrap();

        let mut anybody = Socket::begun(&server, None).await;
        let mut secretary = Socket::begun(&server, Some(&token)).await;
        anybody.wait_for(&[("a", ALL)]).await;
        secretary.wait_for(&[("a", ALL)]).await;
        let (transaction, key) = match db.get_database_backend() {
            DbBackend::Postgres => ("pg_current_xact_id()::text::bigint", format!("'{}'", row.id)),
            _ => ("0", format!("x'{}'", row.id.simple())),
        };
        let id = if db.get_database_backend() == DbBackend::Postgres { "gen_random_uuid()" } else { "randomblob(16)" };
        let again = format!(
            "INSERT INTO change_log (id, epoch, transaction_id, at, account_id, subject, subject_id, operation, version, fields)
             SELECT {id}, epoch, {transaction}, at, account_id, subject, subject_id, operation, version, fields
             FROM change_log WHERE subject_id = {key} ORDER BY sequence DESC LIMIT 1"
        );
        db.execute_unprepared(&again).await.unwrap();
        lead(&server, &token, "publishOpportunity", &open).await;
        // It is told twice where somebody else's change, which began before, has kept the first time from being told.
        let mut told = vec![];
        while told.last() != Some(&json!("Open")) {
            told.push(secretary.next("a").await["data"]["opportunityPublished"]["title"].clone());
        }
        told.dedup();
        assert_eq!(told, ["Hidden", "Open"]);
        assert_eq!(anybody.next("a").await["data"]["opportunityPublished"]["title"], "Open");
    })
    .await;
}

#[tokio::test]
async fn rights_are_those_of_the_moment() {
    on_each_database(|server| async move {
        let token = admin(&server).await;
        let council = server.account("council@example.org", &[Grant::Representative("kr-kofic")]).await;
        let call = drafted(&server, &token, "FUNDING", "Call").await;
        let mut socket = Socket::begun(&server, Some(&council)).await;
        socket.wait_for(&[("a", ALL)]).await;
        lead(&server, &token, "publishOpportunity", &call).await;
        socket.next("a").await;
        let db = server.database().await;
        db.execute_unprepared("UPDATE account SET status = 'DISABLED' WHERE email_key = 'council@example.org'")
            .await
            .unwrap();
        server.refuses_soon(&council).await;
        lead(&server, &token, "postponeOpportunity", &call).await;
        lead(&server, &token, "publishOpportunity", &call).await;
        assert_eq!(socket.closed().await, 4403);
    })
    .await;
}

#[tokio::test]
async fn with_its_token_a_connection_ends() {
    for backend in backends() {
        let (server, passed) = Server::start_with_time(*backend).await;
        let token = admin(&server).await;
        let mut socket = Socket::begun(&server, Some(&token)).await;
        let mut anybody = Socket::begun(&server, None).await;
        socket.wait_for(&[("a", ALL)]).await;
        let mut events = Events::of(events(&server, ALL).bearer_auth(&token)).await;
        passed.store(600, Ordering::Relaxed);
        assert_eq!(socket.closed().await, 4403);
        let (name, told) = events.next().await;
        assert_eq!((name.as_str(), &told["errors"][0]["extensions"]["code"]), ("next", &json!("UNAUTHENTICATED")));
        assert_eq!(events.next().await, ("complete".to_owned(), Value::Null));
        assert!(events.ended().await);
        anybody.wait_for(&[]).await;
        let mut late = Socket::open(&server, &[PROTOCOL]).await.unwrap();
        late.say(json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {token}") } })).await;
        assert_eq!(late.closed().await, 4403);
    }
}

/// A service with which one client may be connected, what that one asks for, and an opportunity that waits.
async fn with_one_client() -> (Server, String, String, String) {
    let server = start(&[
        "--limit-send-seconds=1",
        "--limit-connections=1",
        "--limit-requests=1000000",
        "--limit-budget=100000000",
    ])
    .await;
    let token = admin(&server).await;
    let call = drafted(&server, &token, "FUNDING", "Call").await;
    let much: String = (0..30).map(|number| format!("d{number}: description ")).collect();
    (server, token, call, format!("subscription {{ opportunityPublished {{ {much} }} }}"))
}

#[tokio::test]
async fn who_does_not_read_a_socket_is_cut_off() {
    let (server, token, call, much) = with_one_client().await;
    let mut slow = Socket::begun(&server, None).await;
    slow.wait_for(&[("a", &much)]).await;
    published_until_another_may_come(&server, &token, &call).await;
    // What was on its way arrives; then there is no more.
    while let Some(Ok(_)) = slow.message().await {}
}

#[tokio::test]
async fn who_does_not_read_a_stream_of_events_is_cut_off() {
    let (server, token, call, much) = with_one_client().await;
    let mut slow = Events::of(events(&server, &much)).await;
    published_until_another_may_come(&server, &token, &call).await;
    while let Ok(Some(_)) = timeout(PATIENCE, slow.response.chunk()).await.expect("an end") {}
}

/// Publishes, until nobody is connected any more.
async fn published_until_another_may_come(server: &Server, token: &str, call: &str) {
    assert_eq!(Socket::open(server, &[PROTOCOL]).await.err(), Some(429), "one is connected, as many as may be");
    let since = Instant::now();
    while Socket::open(server, &[PROTOCOL]).await.is_err() {
        assert!(since.elapsed() < 4 * PATIENCE, "who does not listen is cut off");
        lead(server, token, "publishOpportunity", call).await;
        lead(server, token, "postponeOpportunity", call).await;
    }
}

#[tokio::test]
async fn connections_and_their_operations_are_bounded() {
    let server = start(&["--limit-connections=2", "--limit-operations=2"]).await;
    let mut socket = Socket::begun(&server, None).await;
    socket.wait_for(&[("a", ALL), ("b", ALL)]).await;
    socket.start("c", ALL).await;
    let heard = socket.hear().await;
    assert_eq!((&heard["type"], &heard["payload"][0]["extensions"]["code"]), (&json!("error"), &json!("THROTTLED")));
    socket.say(json!({ "type": "complete", "id": "a" })).await;
    socket.wait_for(&[("c", ALL)]).await;

    let stream = Events::of(events(&server, ALL)).await;
    assert_eq!(Socket::open(&server, &[PROTOCOL]).await.err(), Some(429));
    let refused = events(&server, ALL).send().await.unwrap();
    assert_eq!((refused.status().as_u16(), refused.headers()["retry-after"].to_str().unwrap()), (429, "10"));
    drop((stream, socket));
    let since = Instant::now();
    while Socket::open(&server, &[PROTOCOL]).await.is_err() {
        assert!(since.elapsed() < PATIENCE, "who is gone does not count");
    }
}

/// A request for a stream of events.
fn events(server: &Server, query: &str) -> reqwest::RequestBuilder {
    server.request("POST", "/graphql").header("accept", "text/event-stream").json(&json!({ "query": query }))
}

/// A client at a stream of events.
struct Events {
    response: reqwest::Response,
    text: String,
}

impl Events {
    async fn of(request: reqwest::RequestBuilder) -> Self {
        let response = timeout(PATIENCE, request.header("accept-encoding", "gzip, br").send()).await.unwrap().unwrap();
        let header = |name| response.headers().get(name).map(|value| value.to_str().unwrap());
        assert_eq!((response.status().as_u16(), header("content-type")), (200, Some("text/event-stream")));
        assert_eq!((header("cache-control"), header("x-accel-buffering")), (Some("no-cache"), Some("no")));
        assert_eq!(header("content-encoding"), None);
        Self { response, text: String::new() }
    }

    /// The next event, and what it tells.
    async fn next(&mut self) -> (String, Value) {
        loop {
            while let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.text = rest;
                // A line that begins with a colon says nothing.
                if event == ":" {
                    continue;
                }
                let (name, data) = event.strip_prefix("event: ").unwrap().split_once('\n').unwrap();
                let data = data.strip_prefix("data: ").unwrap();
                return (name.to_owned(), serde_json::from_str(data).unwrap_or_default());
            }
            let piece = timeout(PATIENCE, self.response.chunk()).await.expect("an event").unwrap().expect("an event");
            self.text.push_str(std::str::from_utf8(&piece).unwrap());
        }
    }

    /// Whether nothing comes after that.
    async fn ended(&mut self) -> bool {
        self.text.is_empty() && timeout(PATIENCE, self.response.chunk()).await.expect("an end").unwrap().is_none()
    }
}

#[tokio::test]
async fn a_stream_of_events_tells_the_same() {
    on_each_database(|server| async move {
        let token = admin(&server).await;
        let call = drafted(&server, &token, "FUNDING", "Call").await;
        let mut posted = Events::of(events(&server, ALL)).await;
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("query", ALL).finish();
        let got = server.request("GET", &format!("/graphql?{query}")).header("accept", "text/event-stream");
        let mut got = Events::of(got).await;
        lead(&server, &token, "publishOpportunity", &call).await;
        for stream in [&mut posted, &mut got] {
            let expected = json!({ "data": { "opportunityPublished": { "title": "Call" } } });
            assert_eq!(stream.next().await, ("next".to_owned(), expected));
        }
        lead(&server, &token, "postponeOpportunity", &call).await;
        lead(&server, &token, "publishOpportunity", &call).await;
        assert_eq!(posted.next().await.0, "next");
    })
    .await;
}

#[tokio::test]
async fn a_stream_of_events_has_one_answer_to_a_query() {
    let server = start(&[]).await;
    for (query, told) in [
        (r#"{ country(code: "KR") { code } }"#, json!({ "data": { "country": { "code": "KR" } } })),
        ("mutation { signOut { userErrors { code } } }", Value::Null),
    ] {
        let mut stream = Events::of(events(&server, query)).await;
        let (name, heard) = stream.next().await;
        assert!(name == "next" && (told.is_null() || heard == told), "{query}: {heard}");
        assert_eq!(stream.next().await.0, "complete");
        assert!(stream.ended().await);
    }
    for (query, code) in [
        ("{ nope }", "GRAPHQL_VALIDATION_FAILED"),
        (r#"subscription { opportunityPublished(filter: { lead: "nonsense" }) { id } }"#, "BAD_USER_INPUT"),
    ] {
        let mut stream = Events::of(events(&server, query)).await;
        let (name, heard) = stream.next().await;
        assert_eq!((name.as_str(), &heard["errors"][0]["extensions"]["code"]), ("next", &json!(code)));
        assert!(heard.get("data").is_none(), "{heard}");
        assert_eq!(stream.next().await.0, "complete");
    }
}

#[tokio::test]
async fn what_goes_on_is_not_for_a_single_answer() {
    let server = start(&[]).await;
    for accept in ["application/json", "application/graphql-response+json", "*/*"] {
        let request = server.request("POST", "/graphql").header("accept", accept).json(&json!({ "query": ALL }));
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 406);
        assert!(response.text().await.unwrap().contains("\"NOT_ACCEPTABLE\""));
    }
    // Who takes both gets what fits.
    let both = "application/json, text/event-stream";
    let mut stream = Events::of(
        server
            .request("POST", "/graphql")
            .header("accept", both)
            .json(&json!({ "query": "subscription { opportunityPublished { id } }" })),
    )
    .await;
    let request = server.request("POST", "/graphql").header("accept", both).json(&json!({ "query": "{ __typename }" }));
    assert_eq!(request.send().await.unwrap().json::<Value>().await.unwrap()["data"]["__typename"], "Query");
    let changing = "/graphql?query=mutation%20%7B%20signOut%20%7B%20userErrors%20%7B%20code%20%7D%20%7D%20%7D";
    let request = server.request("GET", changing).header("accept", "text/event-stream");
    assert_eq!(request.send().await.unwrap().status(), 405);
    let elsewhere =
        server.request("GET", "/graphql?query=subscription%20%7B%20opportunityPublished%20%7B%20id%20%7D%20%7D");
    let elsewhere = elsewhere.header("accept", "text/event-stream").header("sec-fetch-site", "cross-site");
    assert_eq!(elsewhere.send().await.unwrap().status(), 403);
    let bad = events(&server, ALL).bearer_auth("nonsense").send().await.unwrap();
    assert_eq!(bad.status(), 401);
    stream.text.clear();
}
