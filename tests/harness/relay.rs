//! A way to a database that can be cut and mended, as networks and restarts do.
use std::sync::{Arc, Mutex};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinHandle},
};

/// A port that leads to another one, as long as it is open.
pub struct Relay {
    port: u16,
    target: String,
    running: Option<JoinHandle<()>>,
    connections: Arc<Mutex<Vec<AbortHandle>>>,
}

impl Relay {
    /// Leads to a host and port.
    pub async fn to(target: String) -> Self {
        let mut relay = Self { port: 0, target, running: None, connections: Arc::default() };
        relay.open().await;
        relay
    }

    /// Where it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Takes connections, at the same port as before.
    pub async fn open(&mut self) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.unwrap();
        self.port = listener.local_addr().unwrap().port();
        let (target, connections) = (self.target.clone(), Arc::clone(&self.connections));
        self.running = Some(tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let target = target.clone();
                let connection = tokio::spawn(async move {
                    if let Ok(mut far) = TcpStream::connect(target).await {
                        // Either side may hang up as it likes.
                        let _ = copy_bidirectional(&mut near, &mut far).await;
                    }
                });
                connections.lock().unwrap().push(connection.abort_handle());
            }
        }));
    }

    /// Ends all connections, and refuses new ones.
    pub async fn cut(&mut self) {
        let running = self.running.take().unwrap();
        running.abort();
        // What was aborted is gone once it has been waited for.
        let _ = running.await;
        for connection in self.connections.lock().unwrap().drain(..) {
            connection.abort();
        }
    }
}
