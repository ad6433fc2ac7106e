//! The connections that stay open: how many an address has, and what becomes of those that nobody reads.
use std::{
    any::Any,
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use actix_web::{
    http::{StatusCode, header::RETRY_AFTER},
    rt::net::TcpStream,
};
use tokio::time::Duration;

use super::super::refusal::Refusal;
use crate::{
    config::{Limit, Limits},
    graphql::ErrorCode,
};

/// When to try again that has too many connections, in seconds.
const BACK_IN: &str = "10";

/// How many connections each address has.
#[derive(Default)]
pub(in crate::http) struct Connections(Mutex<HashMap<IpAddr, usize>>);

/// One of them, for as long as this is kept.
pub(super) struct Connected {
    all: Arc<Connections>,
    address: IpAddr,
    transport: &'static str,
}

impl Connections {
    /// Counts a connection.
    pub(super) fn open(
        self: &Arc<Self>,
        address: IpAddr,
        transport: &'static str,
        limits: &Limits,
    ) -> Result<Connected, Refusal> {
        let mut all = self.all();
        let count = all.entry(address).or_default();
        if *count >= limits.connections && limits.enforces(Limit::Connections) {
            let message = format!("{count} connections from this address are open; close one first");
            let refusal = Refusal::of_request(StatusCode::TOO_MANY_REQUESTS, ErrorCode::Throttled, message);
            return Err(refusal.with(RETRY_AFTER, BACK_IN));
        }
        *count += 1;
        metrics::gauge!("balai_open_connections", "transport" => transport).increment(1.0);
        Ok(Connected { all: Arc::clone(self), address, transport })
    }

    fn all(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        let mut all = self.all.all();
        if let Some(count) = all.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                all.remove(&self.address);
            }
        }
        metrics::gauge!("balai_open_connections", "transport" => self.transport).decrement(1.0);
    }
}

/// Has the system give a connection up whose other end takes nothing for so long: the server itself waits for ever until
/// what it has begun to send is taken.
pub(in crate::http) fn give_up(connection: &dyn Any, after: Duration) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if let Some(connection) = connection.downcast_ref::<TcpStream>() {
        // Where it cannot be set, what is kept for a connection is bounded all the same.
        let _ = socket2::SockRef::from(connection).set_tcp_user_timeout(Some(after));
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = (connection.downcast_ref::<TcpStream>(), after);
}
