//! The pages for people, and the ones for machines that watch over the service.
use harness::{Backend, Server, on_each_database};

#[tokio::test]
async fn the_first_page_says_what_this_is_and_how_much_there_is() {
    on_each_database(|server| async move {
        let response = server.get("/").await;
        assert!(response.headers()["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
        assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
        let page = response.text().await.unwrap();
        for part in [">249<", ">157<", ">150<", "/graphiql", "/graphql/schema.graphql", "/docs/front-ends"] {
            assert!(page.contains(part), "{part}");
        }
    })
    .await;
}

#[tokio::test]
async fn graphiql_opens_with_the_question_and_loads_only_what_is_pinned() {
    let server = Server::start(Backend::Sqlite).await;
    let response = server.get("/graphiql").await;
    let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
    let page = response.text().await.unwrap();
    for script in page.lines().filter(|line| line.contains("https://")) {
        assert!(script.contains("integrity=\"sha384-") && script.contains("crossorigin"), "{script}");
    }
    for address in page.split('"').filter(|part| part.starts_with("https://")) {
        assert!(policy.contains(address), "{address} is allowed by {policy}");
    }
    let script = server.get("/graphiql/app.js").await.text().await.unwrap();
    assert!(script.contains(r#"cooperation(between: ["KR", "VN"], medium: TELEVISION)"#));
}

#[tokio::test]
async fn each_guide_is_a_page() {
    let server = Server::start(Backend::Sqlite).await;
    for guide in ["front-ends", "partner-agencies", "administrators", "operators"] {
        let response = server.get(&format!("/docs/{guide}")).await;
        assert_eq!(response.status(), 200, "{guide}");
        assert!(response.text().await.unwrap().contains("<h1>"), "{guide}");
    }
    assert_eq!(server.get("/docs/nothing").await.status(), 404);
}

#[tokio::test]
async fn what_the_pages_need_is_served() {
    let server = Server::start(Backend::Sqlite).await;
    for (path, kind) in [
        ("/style.css", "text/css; charset=utf-8"),
        ("/favicon.svg", "image/svg+xml"),
        ("/graphiql/app.js", "text/javascript; charset=utf-8"),
        ("/graphiql/app.css", "text/css; charset=utf-8"),
    ] {
        let response = server.get(path).await;
        assert_eq!(
            (response.status().as_u16(), response.headers()["content-type"].to_str().unwrap()),
            (200, kind),
            "{path}"
        );
    }
    assert_eq!(server.get("/graphiql/assets/graphiql-4.1.2.js").await.status(), 404, "not bundled here");
    assert_eq!(server.get("/graphiql/assets/..%2f..%2fCargo.toml").await.status(), 404);
}

#[tokio::test]
async fn health_is_told() {
    on_each_database(|server| async move {
        assert_eq!(server.get("/livez").await.status(), 200);
        assert_eq!(server.get("/readyz").await.status(), 200);
    })
    .await;
}
