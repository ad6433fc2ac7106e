//! The protocol graphql-transport-ws (<https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>): what each message
//! of a client means, after those before it. Knows no socket.
use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::graphql::Described;

/// As the handshake names it.
pub(super) const NAME: &str = "graphql-transport-ws";

/// Why a socket is closed: a code and a few words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Close {
    pub(super) code: u16,
    pub(super) reason: String,
}

impl Close {
    fn new(code: u16, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into() }
    }

    /// What came is no message of the protocol.
    pub(super) fn invalid(why: &str) -> Self {
        Self::new(4400, format!("Invalid message: {why}"))
    }

    fn unauthorized() -> Self {
        Self::new(4401, "Unauthorized")
    }

    /// The token is not good, or not any more.
    pub(super) fn forbidden() -> Self {
        Self::new(4403, "Forbidden")
    }

    /// The client did not initialise the connection in time.
    pub(super) fn late() -> Self {
        Self::new(4408, "Connection initialisation timeout")
    }

    fn duplicate(id: &str) -> Self {
        Self::new(4409, format!("Subscriber for {id} already exists"))
    }

    fn twice() -> Self {
        Self::new(4429, "Too many initialisation requests")
    }

    /// The service stops (RFC 6455, section 7.4.1).
    pub(super) fn going_away() -> Self {
        Self::new(1001, "Going away")
    }

    /// A message is larger than it may be.
    pub(super) fn too_big() -> Self {
        Self::new(1009, "Message too big")
    }

    /// The service cannot answer now (as registered by IANA).
    pub(super) fn unavailable() -> Self {
        Self::new(1013, "Try again later")
    }

    /// The client does not take what it is told.
    pub(super) fn slow() -> Self {
        Self::new(1013, "Too far behind, try again later")
    }
}

/// What a client says.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Said {
    ConnectionInit {
        #[serde(default)]
        payload: Option<Map<String, Value>>,
    },
    Ping {
        #[serde(default)]
        payload: Option<Map<String, Value>>,
    },
    Pong {
        #[serde(default, rename = "payload")]
        _payload: Option<Map<String, Value>>,
    },
    Subscribe {
        id: String,
        payload: Map<String, Value>,
    },
    Complete {
        id: String,
    },
}

/// What the service says.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Say<'a> {
    /// The connection is initialised.
    ConnectionAck,
    /// An answer to a ping, with what it brought.
    Pong {
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<Map<String, Value>>,
    },
    /// An operation cannot be run, or not any more.
    Error { id: &'a str, payload: Vec<Described> },
    /// An operation has no more answers.
    Complete { id: &'a str },
}

impl Say<'_> {
    /// In JSON.
    pub(super) fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// An answer, which is in JSON already.
pub(super) fn next(id: &str, payload: &str) -> String {
    format!(r#"{{"type":"next","id":{},"payload":{payload}}}"#, Value::from(id))
}

/// What is to be done about a message.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// Nothing.
    Nothing,
    /// To see who it is, by what may come along, and to say so.
    Initialise(Map<String, Value>),
    /// To answer with the same.
    Pong(Option<Map<String, Value>>),
    /// To run an operation.
    Start(String, Value),
    /// To run it no more.
    Stop(String),
    /// To close the socket.
    Close(Close),
}

/// How far a connection has come.
#[derive(Debug, Default)]
pub(super) struct Protocol {
    initialised: bool,
    running: HashSet<String>,
}

impl Protocol {
    /// Takes a message of the client.
    pub(super) fn take(&mut self, text: &str) -> Step {
        let Ok(said) = serde_json::from_str(text) else {
            return Step::Close(Close::invalid("it is none of a client's"));
        };
        match said {
            Said::ConnectionInit { .. } if self.initialised => Step::Close(Close::twice()),
            Said::ConnectionInit { payload } => {
                self.initialised = true;
                Step::Initialise(payload.unwrap_or_default())
            }
            Said::Ping { payload } => Step::Pong(payload),
            Said::Pong { .. } => Step::Nothing,
            Said::Subscribe { .. } if !self.initialised => Step::Close(Close::unauthorized()),
            Said::Subscribe { id, .. } if id.is_empty() => Step::Close(Close::invalid("the id is empty")),
            Said::Subscribe { id, .. } if self.running.contains(&id) => Step::Close(Close::duplicate(&id)),
            Said::Subscribe { id, payload } => {
                self.running.insert(id.clone());
                Step::Start(id, Value::Object(payload))
            }
            // What has just ended may be ended by the client, too.
            Said::Complete { id } => {
                if self.running.remove(&id) {
                    Step::Stop(id)
                } else {
                    Step::Nothing
                }
            }
        }
    }

    /// How many operations go on.
    pub(super) fn count(&self) -> usize {
        self.running.len()
    }

    /// Notes that an operation has ended: its id is free.
    pub(super) fn end(&mut self, id: &str) {
        self.running.remove(id);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::{Protocol, Say, Step, next};

    const INIT: &str = r#"{"type":"connection_init"}"#;
    const START: &str = r#"{"type":"subscribe","id":"a","payload":{"query":"{ x }"}}"#;

    /// The code that closes the socket after the last of these messages.
    fn closes(messages: &[&str]) -> Option<u16> {
        let mut protocol = Protocol::default();
        let mut last = Step::Nothing;
        for message in messages {
            assert!(!matches!(last, Step::Close(_)), "closed before {message}: {last:?}");
            last = protocol.take(message);
        }
        if let Step::Close(close) = last { Some(close.code) } else { None }
    }

    #[test]
    fn what_is_no_message_closes() {
        for message in [
            "",
            "{",
            "null",
            "[]",
            "{}",
            r#"{"type":"start"}"#,
            r#"{"type":1}"#,
            r#"{"type":"connection_init","payload":5}"#,
            r#"{"type":"ping","payload":"x"}"#,
            r#"{"type":"complete"}"#,
            r#"{"type":"next","id":"a","payload":{}}"#,
        ] {
            assert_eq!(closes(&[message]), Some(4400), "{message}");
        }
        for message in [
            r#"{"type":"subscribe","id":"a"}"#,
            r#"{"type":"subscribe","id":1,"payload":{"query":"{ x }"}}"#,
            r#"{"type":"subscribe","id":"","payload":{"query":"{ x }"}}"#,
            r#"{"type":"subscribe","id":"a","payload":"{ x }"}"#,
        ] {
            assert_eq!(closes(&[INIT, message]), Some(4400), "{message}");
        }
    }

    #[test]
    fn an_operation_comes_after_the_initialisation() {
        assert_eq!(closes(&[START]), Some(4401));
        assert_eq!(closes(&[INIT, START]), None);
    }

    #[test]
    fn a_connection_is_initialised_once() {
        assert_eq!(closes(&[INIT, INIT]), Some(4429));
        assert_eq!(closes(&[r#"{"type":"connection_init","payload":null}"#, START, INIT]), Some(4429));
    }

    #[test]
    fn an_id_is_one_operation_s_at_a_time() {
        assert_eq!(closes(&[INIT, START, START]), Some(4409));
        let done = r#"{"type":"complete","id":"a"}"#;
        assert_eq!(closes(&[INIT, START, done, START]), None);
        assert_eq!(closes(&[INIT, done, done]), None);
        let mut protocol = Protocol::default();
        protocol.take(INIT);
        protocol.take(START);
        assert_eq!(protocol.count(), 1);
        protocol.end("a");
        assert!(matches!(protocol.take(START), Step::Start(id, _) if id == "a"));
    }

    #[test]
    fn a_ping_is_answered_at_any_time_with_what_it_brought() {
        let mut protocol = Protocol::default();
        let brought: Map<_, _> = [("a".to_owned(), json!(1))].into_iter().collect();
        assert_eq!(protocol.take(r#"{"type":"ping","payload":{"a":1}}"#), Step::Pong(Some(brought)));
        assert_eq!(protocol.take(r#"{"type":"ping"}"#), Step::Pong(None));
        assert_eq!(protocol.take(r#"{"type":"pong","payload":{}}"#), Step::Nothing);
    }

    #[test]
    fn messages_are_written_as_the_protocol_has_them() {
        assert_eq!(Say::ConnectionAck.text(), r#"{"type":"connection_ack"}"#);
        assert_eq!(Say::Pong { payload: None }.text(), r#"{"type":"pong"}"#);
        assert_eq!(Say::Complete { id: "a" }.text(), r#"{"type":"complete","id":"a"}"#);
        assert_eq!(next("a\"", r#"{"data":null}"#), r#"{"type":"next","id":"a\"","payload":{"data":null}}"#);
    }
}
