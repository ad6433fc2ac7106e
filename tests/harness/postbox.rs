//! A mail server, as far as letters are handed to it (RFC 5321), which keeps them.
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::Notify,
};

use crate::Letter;

/// A mail server that takes every letter.
pub struct Postbox {
    /// Where it listens, as `BALAI_SMTP_URL` has it.
    pub url: String,
    letters: Arc<Mutex<VecDeque<(String, String)>>>,
    arrived: Arc<Notify>,
}

impl Postbox {
    /// On a free port.
    pub async fn open() -> Self {
        Self::open_at("127.0.0.1:0".parse().unwrap()).await
    }

    /// At an address of one's own.
    pub async fn open_at(address: std::net::SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let (letters, arrived) = (Arc::default(), Arc::new(Notify::new()));
        let (kept, told) = (Arc::clone(&letters), Arc::clone(&arrived));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(take(stream, Arc::clone(&kept), Arc::clone(&told)));
            }
        });
        Self { url, letters, arrived }
    }

    /// Whether each letter that has arrived was read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.letters.lock().unwrap().is_empty()
    }

    /// The next letter that arrives, and to whom.
    pub async fn letter(&self) -> (String, Letter) {
        loop {
            let arrived = self.arrived.notified();
            let next = self.letters.lock().unwrap().pop_front();
            if let Some((to, message)) = next {
                return (to, Letter::read(&message));
            }
            arrived.await;
        }
    }
}

async fn take(stream: TcpStream, letters: Arc<Mutex<VecDeque<(String, String)>>>, arrived: Arc<Notify>) {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 postbox\r\n").await.unwrap();
    let (mut to, mut letter, mut writing) = (String::new(), String::new(), false);
    let mut line = String::new();
    while stream.read_line(&mut line).await.is_ok_and(|read| read > 0) {
        let said = line.trim_end().to_owned();
        line.clear();
        let answer: &[u8] = if writing {
            if said != "." {
                // A line that begins with a dot comes with one more (RFC 5321, section 4.5.2).
                letter.push_str(said.strip_prefix('.').unwrap_or(&said));
                letter.push('\n');
                continue;
            }
            writing = false;
            letters.lock().unwrap().push_back((std::mem::take(&mut to), std::mem::take(&mut letter)));
            arrived.notify_waiters();
            b"250 taken\r\n"
        } else if said == "DATA" {
            writing = true;
            b"354 go on\r\n"
        } else {
            if let Some(whom) = said.strip_prefix("RCPT TO:") {
                whom.clone_into(&mut to);
            }
            b"250 postbox\r\n"
        };
        stream.write_all(answer).await.unwrap();
    }
}
