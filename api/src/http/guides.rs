//! The guides, made from the Markdown of `api/docs/`.
use actix_web::{HttpResponse, web};
use askama::Template;
use pulldown_cmark::{Options, Parser, html};

use super::pages::{PLAIN_POLICY, page};

/// A guide: its name in the address, its title, its text.
const GUIDES: [(&str, &str, &str); 6] = [
    ("front-ends", "For front ends", include_str!("../../docs/front-ends.md")),
    ("partner-agencies", "For partner agencies", include_str!("../../docs/partner-agencies.md")),
    ("administrators", "For administrators", include_str!("../../docs/administrators.md")),
    ("memberships", "What comes of what is done to a membership", include_str!("../../docs/memberships.md")),
    ("access", "Who sees and does what", include_str!("../../docs/access.md")),
    ("operators", "For operators", include_str!("../../docs/operators.md")),
];

#[derive(Template)]
#[template(path = "guide.html")]
struct Guide {
    title: &'static str,
    body: String,
}

/// `GET /docs/{guide}`.
pub(super) async fn guide(name: web::Path<String>) -> HttpResponse {
    let Some((_, title, text)) = GUIDES.iter().find(|(known, _, _)| *known == name.as_str()) else {
        return HttpResponse::NotFound().body("there is no such guide\n");
    };
    let mut body = String::new();
    html::push_html(&mut body, Parser::new_ext(text, Options::ENABLE_TABLES));
    // What scrolls sideways must be reachable by keyboard.
    let body = body.replace("<pre>", "<pre tabindex=\"0\">");
    page(Guide { title, body }.render(), PLAIN_POLICY.to_owned())
}
