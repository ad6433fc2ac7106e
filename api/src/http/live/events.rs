//! Answers as a stream of server-sent events, in the mode of distinct connections of
//! <https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md>.
use actix_web::{
    Error, HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE},
    rt, web,
    web::Bytes,
};
use futures_util::stream;
use tokio::{
    sync::mpsc::{Sender, channel},
    time::{Duration, timeout},
};

use super::{
    super::{
        answer::payload, bearer, documents::Admitted, encoding::AS_IT_IS, negotiation::EVENTS, refusal::Refusal,
        server::Service,
    },
    Credentials,
    connections::Connected,
    operation::{Operation, Told},
    watch::{Beat, Cut, Watch},
};
use crate::{access::Caller, config::Limits, graphql::Described};

/// Says nothing, so that proxies keep the connection and a client that is gone is noticed.
const STILL_THERE: &str = ":\n\n";
/// With data, though empty: browsers leave out an event that has none.
const COMPLETE: &str = "event: complete\ndata: \n\n";

fn next(payload: &str) -> String {
    format!("event: next\ndata: {payload}\n\n")
}

/// Tells what is wrong with a document to a client that accepts nothing but events.
pub(in crate::http) fn refused(refusal: Refusal, limits: &Limits) -> HttpResponse {
    response().body(failed(refusal.errors, limits))
}

fn failed(errors: Vec<Described>, limits: &Limits) -> String {
    format!("{}{COMPLETE}", next(&payload(None, errors, limits)))
}

fn response() -> actix_web::HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_TYPE, EVENTS))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header(("x-accel-buffering", "no"))
        // The compressor would keep events back until it has enough of them.
        .insert_header((CONTENT_ENCODING, AS_IT_IS));
    response
}

/// Answers an operation as it goes on.
///
/// # Errors
///
/// If it cannot begin.
pub(in crate::http) async fn stream(
    service: &web::Data<Service>,
    (credentials, caller): (Credentials, Caller),
    admitted: Admitted,
) -> Result<HttpResponse, Refusal> {
    let front = &service.front;
    let connected = front.connections.open(caller.address, "events", &front.limits)?;
    let operation = match Operation::begin(service, (credentials.clone(), caller), admitted).await {
        Ok(operation) => operation,
        Err(refusal) if refusal.of_document => return Ok(refused(refusal, &front.limits)),
        Err(refusal) => return Err(refusal),
    };
    let (sender, receiver) = channel(1);
    rt::spawn(tell(service.clone(), (operation, credentials), (sender, connected)));
    let pieces = stream::unfold(receiver, async |mut receiver| {
        let piece = receiver.recv().await?;
        Some((Ok::<_, Error>(Bytes::from(piece)), receiver))
    });
    Ok(response().streaming(Box::pin(pieces)))
}

/// Tells what an operation tells, until either of them is gone.
async fn tell(
    service: web::Data<Service>,
    (operation, credentials): (Operation, Credentials),
    (client, _connected): (Sender<String>, Connected),
) {
    let limits = &service.front.limits;
    let patience = Duration::from_secs(limits.send_seconds);
    let (listener, mut told) = channel(1);
    let work = operation.run(listener);
    tokio::pin!(work);
    let (mut watch, mut working) = (Watch::new(), true);
    let mut piece = Some(STILL_THERE.to_owned());
    loop {
        if let Some(piece) = piece.take() {
            // Who does not take what is told is told no more.
            let Ok(Ok(())) = timeout(patience, client.send(piece)).await else { return };
        }
        tokio::select! {
            () = client.closed() => return,
            () = &mut work, if working => working = false,
            Some(said) = told.recv() => match said {
                Told::Next(payload) => piece = Some(next(&payload)),
                said => return last(said, limits, (&client, patience)).await,
            },
            () = watch.turn() => match watch.beat(&service, &credentials).await {
                Beat::Nothing => {}
                Beat::Ask => piece = Some(STILL_THERE.to_owned()),
                Beat::End(cut) => return last(Told::Cut(cut), limits, (&client, patience)).await,
            },
        }
    }
}

/// Tells how it ends. A stream that is cut short ends without being complete, so that its client asks again.
async fn last(said: Told, limits: &Limits, (client, patience): (&Sender<String>, Duration)) {
    let piece = match said {
        Told::Next(payload) => next(&payload),
        Told::Done => COMPLETE.to_owned(),
        Told::Failed(errors) => failed(errors, limits),
        Told::Cut(Cut::Forbidden) => failed(bearer::refused().errors, limits),
        Told::Cut(Cut::Stopping | Cut::Slow) => return,
    };
    // Whoever is gone need not know.
    let _ = timeout(patience, client.send(piece)).await;
}
