//! What goes out: the body, its status and its headers.
use std::{borrow::Cow, sync::Arc};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, IF_NONE_MATCH, RETRY_AFTER, VARY},
    },
    web::Bytes,
};
use async_graphql::Value;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{
    answers::KeptAnswer,
    negotiation::Media,
    rates::{Left, seconds},
    refusal::Refusal,
};
use crate::{
    config::{Limit, Limits},
    graphql::{Described, ErrorCode},
};

/// What an answer depends on, beside its address.
const DEPENDS_ON: &str = "Accept, Accept-Encoding, Authorization";
/// What may be kept, by whoever asks again before using it: a write is seen by the next read.
const SHARED: &str = "public, no-cache";
const OWN: &str = "private, no-store";

/// What goes out.
pub(super) struct Answer {
    status: StatusCode,
    content: Content,
    headers: Vec<(HeaderName, String)>,
    /// Whether anybody would get the same answer.
    public: bool,
}

/// What an answer says.
enum Content {
    /// What was made for it.
    Made(Body),
    /// What is kept, and what it did cost, if that is to be told.
    Kept(Arc<KeptAnswer>, Option<Cost>),
}

#[derive(Serialize)]
struct Body {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Described>,
    /// Absent where the request was not run.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extensions: Option<Extensions>,
}

#[derive(Serialize)]
struct Extensions {
    cost: Cost,
}

/// What an answer may have cost and did cost, and what is left for others.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Cost {
    pub(super) requested: usize,
    pub(super) actual: usize,
    pub(super) limit: u32,
    pub(super) remaining: u32,
    pub(super) reset_at: String,
}

/// What is left of what may be asked in a minute, as far as it was counted.
#[derive(Clone, Copy, Default)]
pub(super) struct Quota {
    pub(super) requests: Option<Left>,
    pub(super) cost: Option<Left>,
}

impl Answer {
    /// To a request that was run.
    pub(super) fn of_run(data: Value, errors: Vec<Described>, cost: Option<Cost>, public: bool) -> Self {
        let public = public && errors.is_empty() && cost.is_none();
        let body = Body { data: Some(data), errors, extensions: cost.map(|cost| Extensions { cost }) };
        Self { status: StatusCode::OK, content: Content::Made(body), headers: vec![], public }
    }

    /// To a request whose answer is kept.
    pub(super) fn of_kept(kept: Arc<KeptAnswer>, cost: Option<Cost>, public: bool) -> Self {
        let public = public && cost.is_none();
        Self { status: StatusCode::OK, content: Content::Kept(kept, cost), headers: vec![], public }
    }

    /// The same, with these headers.
    pub(super) fn with(self, headers: Vec<(HeaderName, String)>) -> Self {
        Self { headers, ..self }
    }

    /// To a request that was not run.
    pub(super) fn of_refusal(refusal: Refusal, media: Media, limits: &Limits) -> Self {
        let status = match media {
            Media::Json if refusal.of_document => StatusCode::OK,
            _ => refusal.status,
        };
        let body = Body { data: None, errors: at_most(refusal.errors, limits), extensions: None };
        Self { status, content: Content::Made(body), headers: refusal.headers, public: false }
    }

    pub(super) fn into_response(self, request: &HttpRequest, media: Media, quota: Quota) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        response.insert_header((VARY, DEPENDS_ON)).insert_header((CONTENT_TYPE, media.content_type()));
        for (name, value) in self.headers {
            response.append_header((name, value));
        }
        quota.tell(&mut response);
        let Ok(body) = self.content.bytes() else {
            return HttpResponse::InternalServerError().finish();
        };
        let shared = self.public && request.method() == actix_web::http::Method::GET;
        response.insert_header((CACHE_CONTROL, if shared { SHARED } else { OWN }));
        if shared {
            let tag = self.content.tag(&body);
            response.insert_header((ETAG, tag.as_ref()));
            if has(request, &tag) {
                return response.status(StatusCode::NOT_MODIFIED).finish();
            }
        }
        response.body(body)
    }
}

impl Content {
    fn bytes(&self) -> Result<Bytes, serde_json::Error> {
        match self {
            Self::Made(body) => serde_json::to_vec(body).map(Bytes::from),
            Self::Kept(kept, None) => Ok(kept.body.clone()),
            Self::Kept(kept, Some(cost)) => {
                let mut body = kept.body.strip_suffix(b"}").unwrap_or_default().to_vec();
                body.extend_from_slice(br#","extensions":"#);
                serde_json::to_writer(&mut body, &json!({ "cost": cost }))?;
                body.push(b'}');
                Ok(body.into())
            }
        }
    }

    /// The tag of these bytes, which are its own.
    fn tag(&self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Self::Kept(kept, None) => Cow::Borrowed(kept.tag.get_or_init(|| tag(bytes))),
            Self::Made(_) | Self::Kept(_, Some(_)) => Cow::Owned(tag(bytes)),
        }
    }
}

/// What an answer says where it is a part of something, in JSON and on one line.
pub(super) fn payload(data: Option<Value>, errors: Vec<Described>, limits: &Limits) -> String {
    let body = Body { data, errors: at_most(errors, limits), extensions: None };
    serde_json::to_string(&body).unwrap_or_default()
}

impl Quota {
    /// Refuses what there is nothing left for.
    pub(super) fn allow(self, limits: &Limits) -> Result<(), Refusal> {
        let counted = [
            (Limit::Requests, self.requests, "requests in a minute came from this address"),
            (Limit::Budget, self.cost, "points of cost were asked for in a minute"),
        ];
        for (limit, left, what) in counted {
            let Some(left) = left.filter(|left| left.exhausted) else { continue };
            if limits.enforces(limit) {
                let wait = seconds(left.reset);
                let message = format!("more than {} {what}; try again in {wait} s", left.limit);
                let refusal = Refusal::of_request(StatusCode::TOO_MANY_REQUESTS, ErrorCode::Throttled, message);
                return Err(refusal.with(RETRY_AFTER, wait.to_string()));
            }
        }
        Ok(())
    }

    /// The headers of <https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/>.
    fn tell(self, response: &mut actix_web::HttpResponseBuilder) {
        let counted = [("requests", self.requests), ("cost", self.cost)];
        let counted = counted.into_iter().filter_map(|(name, left)| Some((name, left?)));
        let (policies, states): (Vec<_>, Vec<_>) = counted
            .map(|(name, left)| {
                let policy = format!("\"{name}\";q={};w=60", left.limit);
                (policy, format!("\"{name}\";r={};t={}", left.remaining, seconds(left.reset)))
            })
            .unzip();
        if !policies.is_empty() {
            response.insert_header(("ratelimit-policy", policies.join(", ")));
            response.insert_header(("ratelimit", states.join(", ")));
        }
    }
}

/// The first errors, and how many more there are.
pub(super) fn at_most(mut errors: Vec<Described>, limits: &Limits) -> Vec<Described> {
    let more = errors.len().saturating_sub(limits.errors);
    if more > 0 && limits.enforces(Limit::Errors) {
        errors.truncate(limits.errors);
        errors.push(Described::new(ErrorCode::TooManyErrors, format!("errors that are not told: {more}")));
    }
    errors
}

/// A tag of the content, whatever its encoding: a weak one, therefore (RFC 9110, section 8.8.1).
fn tag(body: &[u8]) -> String {
    let digest = Sha256::digest(body);
    format!("W/\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(&digest[..16]))
}

/// Whether the client has this content already.
fn has(request: &HttpRequest, tag: &str) -> bool {
    let strong = tag.trim_start_matches("W/");
    let told = request.headers().get_all(IF_NONE_MATCH).filter_map(|value| value.to_str().ok());
    told.flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|one| one == "*" || one.trim_start_matches("W/") == strong)
}
