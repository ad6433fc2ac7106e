//! In which media type an answer goes out
//! (<https://graphql.github.io/graphql-over-http/draft/#sec-Media-Types>).
use actix_web::{
    HttpRequest,
    http::header::{ACCEPT, Accept, Header as _, Quality, QualityItem},
    mime::{self, Mime},
};

/// The media type of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/graphql-response+json`: the status tells whether the request was run.
    GraphqlResponse,
    /// `application/json`: the status is 200 also where the document is at fault.
    #[default]
    Json,
}

/// What a request accepts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Accepted {
    /// The media type of an answer; none, if neither is accepted.
    pub(super) media: Option<Media>,
    /// Whether a stream of events is: by its name alone, since whoever does not name it cannot read it.
    pub(super) events: bool,
}

impl Accepted {
    pub(super) fn of(request: &HttpRequest) -> Self {
        let accepted = Accept::parse(request).map(|accepted| accepted.0).unwrap_or_default();
        let named = |item: &QualityItem<Mime>| item.item.essence_str() == EVENTS && item.quality > Quality::ZERO;
        Self { media: Media::of(request), events: accepted.iter().any(named) }
    }

    /// Whether the answer is a stream of events whatever is asked.
    pub(super) fn only_events(self) -> bool {
        self.events && self.media.is_none()
    }
}

/// The media type of a stream of events (<https://html.spec.whatwg.org/multipage/server-sent-events.html>).
pub(super) const EVENTS: &str = "text/event-stream";

impl Media {
    /// The one that the request accepts best; none, if it accepts neither.
    fn of(request: &HttpRequest) -> Option<Self> {
        if !request.headers().contains_key(ACCEPT) {
            return Some(Self::Json);
        }
        let Ok(accepted) = Accept::parse(request) else { return Some(Self::Json) };
        if accepted.is_empty() {
            return Some(Self::Json);
        }
        let (own, json) = (Self::GraphqlResponse.rank(&accepted), Self::Json.rank(&accepted));
        match (own, json) {
            (None, None) => None,
            (own, None) => own.map(|_| Self::GraphqlResponse),
            // Where it is all the same to a client, it gets what each can read.
            (Some(own), Some(json)) if own > json || (own == json && own.1 == EXACT) => Some(Self::GraphqlResponse),
            _ => Some(Self::Json),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json",
            Self::Json => "application/json",
        }
    }

    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }

    /// How much the client wants it, and how exactly it says so.
    fn rank(self, accepted: &[QualityItem<Mime>]) -> Option<(Quality, u8)> {
        let fits = accepted.iter().filter_map(|item| {
            let exactness = match (item.item.essence_str(), item.item.type_()) {
                (name, _) if name == self.name() => EXACT,
                ("application/*", _) => 1,
                ("*/*", _) => 0,
                _ => return None,
            };
            let utf_8 = item.item.get_param(mime::CHARSET).is_none_or(|charset| charset == mime::UTF_8);
            utf_8.then_some((item.quality, exactness))
        });
        // What is said most exactly counts (RFC 9110, section 12.5.1).
        fits.max_by_key(|(_, exactness)| *exactness).filter(|(quality, _)| *quality > Quality::ZERO)
    }
}

/// How exactly a media type is named that is named as it is.
const EXACT: u8 = 2;
