//! Takes requests: every route on this page.
mod answer;
mod client;
mod documents;
mod encoding;
mod graphql;
mod guides;
mod health;
mod limits;
mod metrics;
mod negotiation;
mod origin;
mod pages;
mod persisted;
mod rates;
mod refusal;
mod request;
mod scanner;
mod server;

use actix_web::web;
pub use pages::graphiql_is_complete;
pub use server::{Server, ServerError, run_to_end};

/// Registers every route.
fn routes(app: &mut web::ServiceConfig) {
    app.route("/", web::get().to(pages::home))
        .route("/style.css", web::get().to(pages::style))
        .route("/favicon.svg", web::get().to(pages::icon))
        .route("/docs/{guide}", web::get().to(guides::guide))
        .route("/graphql", web::route().to(graphql::serve))
        .route("/graphql/schema.graphql", web::get().to(graphql::schema))
        .route("/graphiql", web::get().to(pages::graphiql))
        .route("/graphiql/app.js", web::get().to(pages::graphiql_script))
        .route("/graphiql/app.css", web::get().to(pages::graphiql_style))
        .route("/graphiql/assets/{file}", web::get().to(pages::graphiql_asset))
        .route("/livez", web::get().to(health::live))
        .route("/readyz", web::get().to(health::ready));
}
