//! The pages for people: what this is, and GraphiQL.
use std::{
    fs,
    path::{Path, PathBuf},
};

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, ContentType},
    web,
};
use askama::Template;
use async_graphql::Request;

use super::{graphql::execute, server::Service};
use crate::access::Viewer;

/// What pages without scripts may load.
pub(super) const PLAIN_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; \
                                       form-action 'none'; frame-ancestors 'none'";

/// GraphiQL's files, under the names that the page loads them by.
const ASSETS: [(&str, &str); 4] = [
    ("react-18.3.1.js", "text/javascript; charset=utf-8"),
    ("react-dom-18.3.1.js", "text/javascript; charset=utf-8"),
    ("graphiql-4.1.2.js", "text/javascript; charset=utf-8"),
    ("graphiql-4.1.2.css", "text/css; charset=utf-8"),
];

/// The one style that GraphiQL inserts by itself (it holds the page still behind a dialog), by its hash.
const INSERTED_STYLE: &str = "'sha256-nzTgYzXYDNe6BAHiiI7NNlfK8n/auuOAhh2t92YvuXo='";
const CDN: &str = "https://cdn.jsdelivr.net/npm/";
const CDN_SCRIPTS: [&str; 3] = [
    "react@18.3.1/umd/react.production.min.js",
    "react-dom@18.3.1/umd/react-dom.production.min.js",
    "graphiql@4.1.2/graphiql.js",
];
const CDN_STYLE: &str = "graphiql@4.1.2/graphiql.css";

/// Whether the folder has all of GraphiQL's files.
#[must_use]
pub fn graphiql_is_complete(folder: &Path) -> bool {
    ASSETS.iter().all(|(name, _)| folder.join(name).is_file())
}

/// What the pages are made of.
#[derive(Clone, Debug)]
pub(super) struct Pages {
    graphiql: Option<PathBuf>,
}

impl Pages {
    /// # Errors
    ///
    /// If the folder is set and has not all of GraphiQL's files.
    pub(super) fn new(graphiql: Option<PathBuf>) -> Result<Self, String> {
        match &graphiql {
            Some(folder) if !graphiql_is_complete(folder) => Err(format!(
                "GraphiQL's files are not in {}: run `sh api/pages/graphiql/bundle.sh DIR`, or leave BALAI_GRAPHIQL_DIR out",
                folder.display()
            )),
            _ => Ok(Self { graphiql }),
        }
    }

    /// What the GraphiQL page may load.
    fn graphiql_policy(&self) -> String {
        let on_cdn = |path: &str| format!(" {CDN}{path}");
        let (scripts, style) = match self.graphiql {
            Some(_) => (String::new(), String::new()),
            None => (CDN_SCRIPTS.iter().map(|path| on_cdn(path)).collect(), on_cdn(CDN_STYLE)),
        };
        format!(
            "default-src 'none'; script-src 'self'{scripts}; style-src 'self' {INSERTED_STYLE}{style}; \
             connect-src 'self'; img-src 'self' data:; font-src data:; base-uri 'none'; form-action 'none'; \
             frame-ancestors 'none'"
        )
    }
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    countries: i64,
    parties: i64,
    institutions: i64,
    agreements_in_force: i64,
    opportunities_open: i64,
    version: &'static str,
}

#[derive(Template)]
#[template(path = "graphiql.html")]
struct GraphiQl {
    bundled: bool,
}

/// The figures of the first page, asked for as any client would.
const FIGURES: &str = r#"{
    countries { totalCount }
    parties: countries(filter: {partyTo: "UNESCO-2005"}) { totalCount }
    institutions { totalCount }
    agreements(filter: {status: IN_FORCE}) { totalCount }
    opportunities(filter: {acceptsInterest: true}) { totalCount }
}"#;

/// An HTML page under a policy.
pub(super) fn page(html: Result<String, askama::Error>, policy: String) -> HttpResponse {
    match html {
        Ok(html) => HttpResponse::Ok()
            .content_type(ContentType::html())
            .insert_header((CONTENT_SECURITY_POLICY, policy))
            .insert_header((CACHE_CONTROL, "no-cache"))
            .body(html),
        Err(cause) => {
            tracing::error!(%cause, "a page cannot be made");
            HttpResponse::InternalServerError().body("something went wrong on our side\n")
        }
    }
}

/// `GET /`: what this is.
pub(super) async fn home(service: web::Data<Service>) -> HttpResponse {
    let response = execute(&service, (&Viewer::Anonymous, &service.db), Request::new(FIGURES)).await;
    if response.is_err() {
        return HttpResponse::ServiceUnavailable().body("the network does not answer now; try again later\n");
    }
    let figures = response.data.into_json().unwrap_or_default();
    let figure = |name: &str| figures[name]["totalCount"].as_i64().unwrap_or_default();
    let home = Home {
        countries: figure("countries"),
        parties: figure("parties"),
        institutions: figure("institutions"),
        agreements_in_force: figure("agreements"),
        opportunities_open: figure("opportunities"),
        version: env!("CARGO_PKG_VERSION"),
    };
    page(home.render(), PLAIN_POLICY.to_owned())
}

/// `GET /graphiql`: a place to try queries.
pub(super) async fn graphiql(service: web::Data<Service>) -> HttpResponse {
    let graphiql = GraphiQl { bundled: service.front.pages.graphiql.is_some() };
    page(graphiql.render(), service.front.pages.graphiql_policy())
}

/// A file that is part of the program.
fn shipped(content_type: &'static str, text: &'static str) -> HttpResponse {
    HttpResponse::Ok().content_type(content_type).insert_header((CACHE_CONTROL, "no-cache")).body(text)
}

/// `GET /style.css`.
pub(super) async fn style() -> HttpResponse {
    shipped("text/css; charset=utf-8", include_str!("../../pages/style.css"))
}

/// `GET /favicon.svg`.
pub(super) async fn icon() -> HttpResponse {
    shipped("image/svg+xml", include_str!("../../pages/favicon.svg"))
}

/// `GET /graphiql/app.js`: what starts GraphiQL.
pub(super) async fn graphiql_script() -> HttpResponse {
    shipped("text/javascript; charset=utf-8", include_str!("../../pages/graphiql.js"))
}

/// `GET /graphiql/app.css`.
pub(super) async fn graphiql_style() -> HttpResponse {
    shipped("text/css; charset=utf-8", include_str!("../../pages/graphiql.css"))
}

/// `GET /graphiql/assets/{file}`: GraphiQL's own files, where they are bundled.
pub(super) async fn graphiql_asset(service: web::Data<Service>, file: web::Path<String>) -> HttpResponse {
    let known = ASSETS.iter().find(|(name, _)| *name == file.as_str());
    let Some(((name, content_type), folder)) = known.zip(service.front.pages.graphiql.as_ref()) else {
        return HttpResponse::NotFound().finish();
    };
    let path = folder.join(name);
    match web::block(move || fs::read(path)).await {
        Ok(Ok(bytes)) => HttpResponse::Ok()
            .content_type(*content_type)
            // The names carry the version.
            .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
            .body(bytes),
        _ => HttpResponse::NotFound().finish(),
    }
}
