//! Answers over a WebSocket, by the protocol graphql-transport-ws.
use std::{collections::HashMap, net::IpAddr};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header::SEC_WEBSOCKET_PROTOCOL},
    rt, web,
};
use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseReason, MessageStream, ProtocolError, Session};
use serde_json::{Map, Value};
use tokio::{
    sync::mpsc::{Receiver, Sender, channel},
    task::AbortHandle,
    time::{Duration, timeout},
};

use super::{
    super::{
        answer::{Quota, at_most},
        bearer, client,
        documents::Taken,
        graphql::{admit, refused},
        origin,
        refusal::Refusal,
        request::Parameters,
        server::Service,
    },
    Credentials,
    connections::Connected,
    operation::{Operation, Told},
    protocol::{Close, NAME, Protocol, Say, Step, next},
    watch::{Beat, Cut, Watch},
};
use crate::{
    access::Caller,
    config::Limit,
    graphql::{Described, ErrorCode},
};

/// Within this time a connection must be initialised.
const INITIALISED: Duration = Duration::from_secs(3);
/// For how long it is waited for the other end to close, too.
const PARTING: Duration = Duration::from_secs(1);
/// What a client sends before anything else may name its token.
const AUTHORIZATION: [&str; 2] = ["authorization", "Authorization"];

/// `/graphql`, where a WebSocket is asked for.
pub(in crate::http) async fn serve(
    service: web::Data<Service>,
    request: HttpRequest,
    body: web::Payload,
) -> HttpResponse {
    let mut quota = Quota::default();
    match opened(&service, &request, body, &mut quota) {
        Ok((response, connection, stream)) => {
            rt::spawn(connection.talk(stream));
            response
        }
        Err(refusal) => refused(&service, &request, refusal, quota),
    }
}

fn opened(
    service: &web::Data<Service>,
    request: &HttpRequest,
    body: web::Payload,
    quota: &mut Quota,
) -> Result<(HttpResponse, Connection, MessageStream), Refusal> {
    let front = &service.front;
    let address = client::address(request, &front.proxies);
    quota.requests = Some(front.rates.request(address));
    quota.allow(&front.limits)?;
    origin::check_socket(request, &front.origins, &front.identity.issuer)?;
    let told = request.headers().get_all(SEC_WEBSOCKET_PROTOCOL).filter_map(|told| told.to_str().ok());
    if !told.flat_map(|told| told.split(',')).any(|name| name.trim() == NAME) {
        return Err(Refusal::malformed(format!("the WebSocket's protocol here is {NAME}: offer it")));
    }
    let connected = front.connections.open(address, "websocket", &front.limits)?;
    let (response, session, stream) = actix_ws::handle_with_protocols(request, body, &[NAME])
        .map_err(|_| Refusal::malformed("this is no handshake of a WebSocket (RFC 6455, section 4.1)"))?;
    // Cookies are for answers that can set them.
    let caller = Caller { cookie: None, ..bearer::caller(service, request) };
    let (listener, told) = channel(1);
    let connection = Connection {
        service: service.clone(),
        header: bearer::token(request),
        credentials: Credentials::default(),
        caller,
        address,
        session,
        protocol: Protocol::default(),
        tasks: HashMap::new(),
        begun: 0,
        told: Some(told),
        listener,
        _connected: connected,
    };
    Ok((response, connection, stream))
}

/// An operation by its id, and by its number: the client may use the id again.
type Source = (String, u64);

/// An operation that runs.
struct Task {
    number: u64,
    handle: AbortHandle,
}

/// A socket that is open.
struct Connection {
    service: web::Data<Service>,
    /// The token of the handshake, which counts where the initialisation brings none.
    header: Result<Option<String>, Refusal>,
    credentials: Credentials,
    caller: Caller,
    address: IpAddr,
    session: Session,
    protocol: Protocol,
    /// The operations that run, by their ids.
    tasks: HashMap<String, Task>,
    begun: u64,
    /// What they tell.
    told: Option<Receiver<(Source, Told)>>,
    listener: Sender<(Source, Told)>,
    _connected: Connected,
}

/// Why there is nothing more to say.
enum End {
    /// For this reason, which the client is told.
    Close(Close),
    /// The other end is gone, or takes nothing.
    Gone,
}

impl End {
    /// Because it is not known who is there.
    fn of(refusal: &Refusal) -> Self {
        let forbidden = refusal.status == StatusCode::UNAUTHORIZED;
        Self::Close(if forbidden { Close::forbidden() } else { Close::unavailable() })
    }
}

impl From<Cut> for End {
    fn from(cut: Cut) -> Self {
        Self::Close(match cut {
            Cut::Forbidden => Close::forbidden(),
            Cut::Stopping => Close::going_away(),
            Cut::Slow => Close::slow(),
        })
    }
}

impl Connection {
    /// Talks until either end has enough.
    async fn talk(mut self, stream: MessageStream) {
        // What is larger comes by POST.
        let largest = self.service.front.limits.body;
        let mut stream = stream.max_frame_size(largest).aggregate_continuations().max_continuation_size(largest);
        let end = match timeout(INITIALISED, self.initialised(&mut stream)).await {
            Ok(Ok(())) => self.converse(&mut stream).await,
            Ok(Err(end)) => end,
            Err(_) => End::Close(Close::late()),
        };
        if let End::Close(Close { code, reason }) = end {
            let reason = CloseReason { code: code.into(), description: Some(reason) };
            if let Ok(Ok(())) = timeout(PARTING, self.session.clone().close(Some(reason))).await {
                // What the client has sent meanwhile is read: it would not get the reason otherwise.
                let _ = timeout(PARTING, async { while let Some(Ok(_)) = stream.recv().await {} }).await;
            }
        }
    }

    /// Waits until the client has said who it is.
    async fn initialised(&mut self, stream: &mut AggregatedMessageStream) -> Result<(), End> {
        loop {
            let Some(text) = self.heard(stream.recv().await).await? else { continue };
            match self.protocol.take(&text) {
                Step::Initialise(payload) => {
                    self.credentials = self.credentials_of(&payload).ok_or_else(|| End::Close(Close::forbidden()))?;
                    self.credentials.viewer(&self.service).await.map_err(|refusal| End::of(&refusal))?;
                    return self.say(Say::ConnectionAck.text()).await;
                }
                step => self.step(step).await?,
            }
        }
    }

    /// The token that the initialisation brings, or else the handshake's; none, if it is no token.
    fn credentials_of(&mut self, payload: &Map<String, Value>) -> Option<Credentials> {
        let told = AUTHORIZATION.iter().find_map(|name| payload.get(*name)).filter(|told| !told.is_null());
        let token = match told {
            Some(told) => Some(bearer::bearer(told.as_str()?)?.to_owned()),
            None => self.header.clone().ok()?,
        };
        Some(Credentials::of(token))
    }

    /// Hears and says what there is, once it is known who is there.
    async fn converse(&mut self, stream: &mut AggregatedMessageStream) -> End {
        let Some(mut told) = self.told.take() else { return End::Gone };
        let (mut watch, mut heard) = (Watch::new(), true);
        loop {
            let done = tokio::select! {
                message = stream.recv() => {
                    heard = true;
                    match self.heard(message).await {
                        Ok(Some(text)) => {
                            let step = self.protocol.take(&text);
                            self.step(step).await
                        }
                        Ok(None) => Ok(()),
                        Err(end) => Err(end),
                    }
                }
                Some(((id, number), said)) = told.recv() => {
                    if self.tasks.get(&id).is_some_and(|task| task.number == number) {
                        self.tell(&id, said).await
                    } else {
                        // The client has ended it meanwhile.
                        Ok(())
                    }
                }
                () = watch.turn() => match watch.beat(&self.service, &self.credentials).await {
                    Beat::Nothing => Ok(()),
                    Beat::Ask if heard => {
                        heard = false;
                        self.ask().await
                    }
                    // It was asked, and has not said a word since.
                    Beat::Ask => Err(End::Gone),
                    Beat::End(cut) => Err(cut.into()),
                },
            };
            if let Err(end) = done {
                return end;
            }
        }
    }

    /// The text of a message; none, if it is about the connection itself.
    async fn heard(
        &mut self,
        message: Option<Result<AggregatedMessage, ProtocolError>>,
    ) -> Result<Option<String>, End> {
        match message {
            Some(Ok(AggregatedMessage::Text(text))) => Ok(Some(text.to_string())),
            Some(Ok(AggregatedMessage::Ping(payload))) => {
                let patience = self.patience();
                let answered = timeout(patience, self.session.pong(&payload)).await;
                if matches!(answered, Ok(Ok(()))) { Ok(None) } else { Err(End::Gone) }
            }
            Some(Ok(AggregatedMessage::Pong(_))) => Ok(None),
            Some(Ok(AggregatedMessage::Binary(_))) => Err(End::Close(Close::invalid("text is expected"))),
            Some(Err(ProtocolError::Overflow)) => Err(End::Close(Close::too_big())),
            Some(Ok(AggregatedMessage::Close(_)) | Err(_)) | None => Err(End::Gone),
        }
    }

    async fn step(&mut self, step: Step) -> Result<(), End> {
        match step {
            Step::Nothing | Step::Initialise(_) => Ok(()),
            Step::Pong(payload) => self.say(Say::Pong { payload }.text()).await,
            Step::Start(id, payload) => match self.start(&id, payload).await {
                Ok(()) => Ok(()),
                Err(refusal) if refusal.status == StatusCode::UNAUTHORIZED => Err(Cut::Forbidden.into()),
                Err(refusal) => self.tell(&id, Told::Failed(refusal.errors)).await,
            },
            Step::Stop(id) => {
                self.stop(&id);
                Ok(())
            }
            Step::Close(close) => Err(End::Close(close)),
        }
    }

    /// Runs an operation beside the others. By the time that the next message is read, it has begun.
    async fn start(&mut self, id: &str, payload: Value) -> Result<(), Refusal> {
        let front = &self.service.front;
        if self.protocol.count() > front.limits.operations && front.limits.enforces(Limit::Operations) {
            let message = format!("{} operations go on over this connection; end one first", front.limits.operations);
            return Err(Refusal::of_document(vec![Described::new(ErrorCode::Throttled, message)]));
        }
        let mut quota = Quota { requests: Some(front.rates.request(self.address)), cost: None };
        quota.allow(&front.limits)?;
        let viewer = self.credentials.viewer(&self.service).await?;
        let parameters = Parameters::of_message(payload, front.limits_of(&viewer))?;
        let taken = Taken { changes: true, goes_on: true };
        let admitted = admit(&self.service, (&viewer, self.address), (parameters, taken), &mut quota)?;
        let whose = (self.credentials.clone(), self.caller.clone());
        let operation = Operation::begin(&self.service, whose, admitted).await?;
        self.begun += 1;
        let (listener, number) = (self.listener.clone(), self.begun);
        let own = (id.to_owned(), number);
        let task = rt::spawn(async move {
            let (sender, mut receiver) = channel(1);
            let hand_on = async {
                while let Some(told) = receiver.recv().await {
                    if listener.send((own.clone(), told)).await.is_err() {
                        return;
                    }
                }
            };
            tokio::join!(operation.run(sender), hand_on);
        });
        self.tasks.insert(id.to_owned(), Task { number, handle: task.abort_handle() });
        Ok(())
    }

    /// Hands on what an operation tells.
    async fn tell(&mut self, id: &str, said: Told) -> Result<(), End> {
        let text = match said {
            Told::Next(payload) => return self.say(next(id, &payload)).await,
            Told::Done => Say::Complete { id }.text(),
            Told::Failed(errors) => Say::Error { id, payload: at_most(errors, &self.service.front.limits) }.text(),
            Told::Cut(cut) => return Err(cut.into()),
        };
        // Whoever is told that it has ended may use the id again.
        self.protocol.end(id);
        self.stop(id);
        self.say(text).await
    }

    fn stop(&mut self, id: &str) {
        if let Some(task) = self.tasks.remove(id) {
            task.handle.abort();
        }
    }

    /// Says something, to whoever takes it in time.
    async fn say(&mut self, text: String) -> Result<(), End> {
        let patience = self.patience();
        let said = timeout(patience, self.session.text(text)).await;
        if matches!(said, Ok(Ok(()))) { Ok(()) } else { Err(End::Gone) }
    }

    /// Asks whether anybody is there.
    async fn ask(&mut self) -> Result<(), End> {
        let patience = self.patience();
        let asked = timeout(patience, self.session.ping(b"")).await;
        if matches!(asked, Ok(Ok(()))) { Ok(()) } else { Err(End::Gone) }
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(self.service.front.limits.send_seconds)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        for task in self.tasks.values() {
            task.handle.abort();
        }
    }
}
