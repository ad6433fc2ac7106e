//! Takes requests: every route on this page.
mod answer;
mod answers;
mod application;
mod bearer;
mod client;
mod documents;
mod downloads;
mod encoding;
mod forms;
mod graphql;
mod guides;
mod health;
mod idempotency;
mod invitation;
mod limits;
mod link;
mod live;
mod metrics;
mod negotiation;
mod oauth;
mod origin;
mod pages;
mod persisted;
mod rates;
mod refusal;
mod request;
mod scanner;
mod server;
mod well_known;

use actix_web::{guard, http::header::UPGRADE, middleware::from_fn, web};
pub use pages::graphiql_is_complete;
pub(crate) use server::identity;
pub use server::{Server, ServerError, run_until};

/// Registers every route.
fn routes(app: &mut web::ServiceConfig) {
    app.route("/", web::get().to(pages::home))
        .route("/style.css", web::get().to(pages::style))
        .route("/favicon.svg", web::get().to(pages::icon))
        .route("/docs/{guide}", web::get().to(guides::guide))
        .route("/graphql", web::get().guard(guard::fn_guard(upgrades)).to(live::socket::serve))
        .route("/graphql", web::route().to(graphql::serve))
        .route("/graphql/schema.graphql", web::get().to(graphql::schema))
        .route("/graphiql", web::get().to(pages::graphiql))
        .route("/graphiql/app.js", web::get().to(pages::graphiql_script))
        .route("/graphiql/app.css", web::get().to(pages::graphiql_style))
        .route("/graphiql/assets/{file}", web::get().to(pages::graphiql_asset))
        .route("/link/invitation/{token}", web::get().to(invitation::show))
        .route("/link/invitation/{token}", web::post().to(invitation::take).wrap(from_fn(forms::in_time)))
        .route("/link/{secret}", web::get().to(link::show))
        .route("/link/{secret}", web::post().to(link::take).wrap(from_fn(forms::in_time)))
        .route("/application/{secret}", web::get().to(application::show))
        .route("/application/{secret}", web::post().to(application::take).wrap(from_fn(forms::in_time)))
        .route("/oauth/token", web::post().to(oauth::token).wrap(from_fn(forms::in_time)))
        .route("/oauth/revoke", web::post().to(oauth::revoke).wrap(from_fn(forms::in_time)))
        .route("/.well-known/jwks.json", web::get().to(well_known::keys))
        .route("/.well-known/oauth-authorization-server", web::get().to(well_known::metadata))
        .route("/contacts.{ending:vcf|csv|xlsx|jsonl}", web::route().to(downloads::serve))
        .route("/livez", web::get().to(health::live))
        .route("/readyz", web::get().to(health::ready));
}

/// Whether a request is to become a WebSocket.
fn upgrades(request: &guard::GuardContext<'_>) -> bool {
    let told = request.head().headers().get(UPGRADE).and_then(|told| told.to_str().ok());
    told.is_some_and(|told| told.eq_ignore_ascii_case("websocket"))
}
