//! `GET /contacts.…`: the contacts that whoever asks may have, as a file. It is written while it is sent, so that a large one
//! takes no more memory than a small one.
use std::time::Instant;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        Method, StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, RETRY_AFTER, VARY,
        },
    },
    web::{self, Bytes},
};
use futures_util::stream::{empty, try_unfold, unfold};
use url::form_urlencoded;

use super::{
    answer::Quota,
    bearer,
    encoding::AS_IT_IS,
    graphql::{PATIENCE, refused},
    refusal::Refusal,
    server::Service,
};
use crate::{
    access::{Reading, Viewer},
    config::Limit,
    domain::{
        cards::Card,
        downloads::{Asked, Book, File, Pages, validator},
    },
    error::Error,
    graphql::ErrorCode,
};

/// What the file depends on, beside its address.
const DEPENDS_ON: &str = "Accept-Encoding, Authorization";
/// Whoever asked may keep it, and asks again before using it.
const OWN: &str = "private, no-cache";

/// `/contacts.vcf`, `.csv`, `.xlsx`, `.jsonl`.
pub(super) async fn serve(
    service: web::Data<Service>,
    request: HttpRequest,
    ending: web::Path<String>,
) -> HttpResponse {
    match answered(&service, &request, &ending).await {
        Ok(response) => response,
        Err(refusal) => refused(&service, &request, refusal, Quota::default()),
    }
}

async fn answered(service: &web::Data<Service>, request: &HttpRequest, ending: &str) -> Result<HttpResponse, Refusal> {
    if let Some(wait) = service.front.wait(request) {
        let message = format!("too many requests came from this address; try again in {wait} s");
        let refusal = Refusal::of_request(StatusCode::TOO_MANY_REQUESTS, ErrorCode::Throttled, message);
        return Err(refusal.with(RETRY_AFTER, wait.to_string()));
    }
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        return Err(Refusal::wrong_method("GET, HEAD", "this address takes GET"));
    }
    let token = bearer::token(request)?;
    let viewer = bearer::holder(service, token.as_deref()).await?;
    viewer.takes_cards()?;
    let asked = Asked::of(ending, form_urlencoded::parse(request.query_string().as_bytes()).into_owned())?;
    let reading = reading(service, viewer);
    let tag = in_time(service, validator(&reading, &asked)).await?;
    let file = asked.file;
    let mut response = HttpResponse::Ok();
    response.insert_header((VARY, DEPENDS_ON)).insert_header((CACHE_CONTROL, OWN));
    if let Some(known) = known(request, &tag) {
        return Ok(response.status(StatusCode::NOT_MODIFIED).insert_header((ETAG, known)).finish());
    }
    let name = file.name(reading.today());
    response
        .insert_header((ETAG, format!("\"{tag}\"")))
        .insert_header((CONTENT_TYPE, file.media_type()))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")));
    if file == File::Xlsx {
        // It is compressed already.
        response.insert_header((CONTENT_ENCODING, AS_IT_IS));
    }
    let pages = in_time(service, Pages::of(&reading, asked.filter)).await?;
    let download = Download { service: service.clone(), token, reading, pages, file, begun: false };
    if request.method() == Method::HEAD {
        return Ok(response.streaming(empty::<Result<Bytes, Error>>()));
    }
    if file == File::Xlsx {
        return workbook(download, response).await;
    }
    let pieces = try_unfold(download, |mut download| async {
        Ok::<_, Cut>(download.piece().await?.map(|piece| (Bytes::from(piece), download)))
    });
    Ok(response.streaming(Box::pin(pieces)))
}

fn reading(service: &Service, viewer: Viewer) -> Reading {
    Reading::new(service.db.clone(), viewer, service.clock.now(), service.front.rules)
}

/// Runs a step for as long as it may take.
async fn in_time<T>(service: &Service, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let limits = &service.front.limits;
    limits.in_time(Limit::Seconds, limits.seconds, work).await.unwrap_or(Err(Error::Timeout))
}

/// The tag by which a client has this state of the file already, whatever its encoding.
fn known(request: &HttpRequest, tag: &str) -> Option<String> {
    let told = request.headers().get_all(IF_NONE_MATCH).filter_map(|value| value.to_str().ok());
    let mut tags = told.flat_map(|value| value.split(',')).map(str::trim);
    let of_this = |one: &str| {
        let opaque = one.trim_start_matches("W/").trim_matches('"');
        one == "*" || opaque.split('-').next() == Some(tag)
    };
    let found = tags.find(|one| of_this(one))?;
    Some(if found == "*" { format!("\"{tag}\"") } else { found.trim_start_matches("W/").to_owned() })
}

/// A file on its way. Nothing is read for it before what was read has been taken.
struct Download {
    service: web::Data<Service>,
    token: Option<String>,
    reading: Reading,
    pages: Pages,
    file: File,
    begun: bool,
}

impl Download {
    /// The next piece of the file.
    async fn piece(&mut self) -> Result<Option<Vec<u8>>, Error> {
        if !self.begun {
            self.begun = true;
            let beginning = self.file.beginning()?;
            if !beginning.is_empty() {
                return Ok(Some(beginning));
            }
        }
        let Some(cards) = self.page().await? else { return Ok(None) };
        Ok(Some(self.file.written(cards).await?))
    }

    /// The next page, if whoever asks may still see what they might see when they began: a download may take its time.
    async fn page(&mut self) -> Result<Option<Vec<Card>>, Error> {
        let viewer = bearer::holder(&self.service, self.token.as_deref()).await.map_err(|_| Error::Unauthenticated)?;
        if viewer.rights() != self.reading.viewer.rights() {
            return Err(Error::Forbidden);
        }
        let started = Instant::now();
        loop {
            match in_time(&self.service, self.pages.next(&self.reading)).await {
                // A database that was started anew leaves connections behind that are of no use: each is met once.
                Err(Error::Unavailable(_)) if started.elapsed() < PATIENCE => {}
                page => return page,
            }
        }
    }
}

/// A workbook leaves when all that is in it is there.
async fn workbook(
    mut download: Download,
    mut response: actix_web::HttpResponseBuilder,
) -> Result<HttpResponse, Refusal> {
    let Some(midnight) = download.reading.today().and_hms_opt(0, 0, 0) else {
        return Err(Error::internal("a day has no beginning").into());
    };
    // The same for all of a day: the file tells when it was made, and its tag does not change with that.
    let book = Book::begin(midnight.and_utc());
    while let Some(cards) = download.page().await? {
        book.add(&cards).await?;
    }
    let pieces = unfold(book.finish(), |mut pieces| async {
        let piece = pieces.recv().await?;
        Some((piece.map(Bytes::from).map_err(Cut::from), pieces))
    });
    Ok(response.streaming(Box::pin(pieces)))
}

/// Why a file ends too early, which the client knows by that its end is missing.
#[derive(Debug, thiserror::Error)]
#[error("a download was cut off")]
struct Cut;

impl From<Error> for Cut {
    fn from(error: Error) -> Self {
        match error {
            Error::Unauthenticated | Error::Forbidden => {
                tracing::info!("a download was cut off: it is not theirs any more");
            }
            error => tracing::error!(%error, "a download was cut off"),
        }
        Self
    }
}

impl actix_web::ResponseError for Cut {}
