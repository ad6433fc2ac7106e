//! An address of an agency's own, which is told what changes: a server of HTTP/1.1 that keeps what it is sent, and answers as
//! a test wants it to.
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::Notify,
    time::{Duration, timeout},
};

/// How it answers.
#[derive(Clone, Debug)]
pub enum Reply {
    /// With a status.
    Status(u16),
    /// With a status and a header.
    With(u16, String),
    /// With 200, and a body that does not end.
    Endless,
    /// Not at all.
    Silence,
}

/// What it was sent.
#[derive(Clone, Debug)]
pub struct Told {
    /// The headers, by their names in small letters.
    pub headers: HashMap<String, String>,
    /// The body, as it came.
    pub text: String,
    /// The body, read.
    pub json: Value,
}

#[derive(Default)]
struct Kept {
    told: VecDeque<Told>,
    replies: VecDeque<Reply>,
    /// How many connections were cut by the other side before they were answered whole.
    cut: usize,
}

/// A server that is told what changes.
pub struct Hook {
    /// Its address.
    pub url: String,
    kept: Arc<Mutex<Kept>>,
    changed: Arc<Notify>,
}

impl Hook {
    /// On a free port of this machine.
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook?key=invented", listener.local_addr().unwrap());
        let (kept, changed) = (Arc::default(), Arc::new(Notify::new()));
        let (keeps, tells) = (Arc::clone(&kept), Arc::clone(&changed));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&keeps), Arc::clone(&tells)));
            }
        });
        Self { url, kept, changed }
    }

    /// Has the next requests be answered so; those after them with 200.
    pub fn answer(&self, replies: impl IntoIterator<Item = Reply>) {
        self.kept.lock().unwrap().replies.extend(replies);
    }

    /// Whether all that was sent was read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.lock().unwrap().told.is_empty()
    }

    /// What it is sent next.
    pub async fn told(&self) -> Told {
        self.until(|kept| kept.told.pop_front()).await
    }

    /// Waits until the other side has cut a connection that was not answered whole.
    pub async fn cut(&self) {
        self.until(|kept| (kept.cut > 0).then(|| kept.cut -= 1)).await;
    }

    async fn until<T>(&self, mut found: impl FnMut(&mut Kept) -> Option<T>) -> T {
        let waits = async {
            loop {
                let changed = self.changed.notified();
                if let Some(found) = found(&mut self.kept.lock().unwrap()) {
                    return found;
                }
                changed.await;
            }
        };
        timeout(Duration::from_secs(30), waits).await.expect("something comes")
    }
}

async fn serve(stream: TcpStream, kept: Arc<Mutex<Kept>>, changed: Arc<Notify>) {
    let mut stream = BufReader::new(stream);
    while let Some(told) = read(&mut stream).await {
        let reply = {
            let mut kept = kept.lock().unwrap();
            kept.told.push_back(told);
            kept.replies.pop_front().unwrap_or(Reply::Status(200))
        };
        changed.notify_waiters();
        let answered = match reply {
            Reply::Status(status) => answer(&mut stream, status, "").await,
            Reply::With(status, header) => answer(&mut stream, status, &format!("{header}\r\n")).await,
            Reply::Endless => endless(&mut stream).await,
            // Until the other side has had enough.
            Reply::Silence => stream.read(&mut [0]).await.is_ok_and(|read| read > 0),
        };
        if !answered {
            kept.lock().unwrap().cut += 1;
            changed.notify_waiters();
            return;
        }
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Told> {
    let (mut headers, mut line) = (HashMap::new(), String::new());
    stream.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
    assert!(line.starts_with("POST /hook?key=invented HTTP/1.1"), "{line}");
    loop {
        line.clear();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let mut body = vec![0; headers["content-length"].parse().unwrap()];
    stream.read_exact(&mut body).await.ok()?;
    let text = String::from_utf8(body).unwrap();
    Some(Told { headers, json: serde_json::from_str(&text).unwrap(), text })
}

async fn answer(stream: &mut BufReader<TcpStream>, status: u16, header: &str) -> bool {
    let answer = format!("HTTP/1.1 {status} Invented\r\ncontent-length: 2\r\n{header}\r\nok");
    stream.write_all(answer.as_bytes()).await.is_ok()
}

async fn endless(stream: &mut BufReader<TcpStream>) -> bool {
    let begins = "HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\n\r\n";
    let mut written = stream.write_all(begins.as_bytes()).await;
    while written.is_ok() {
        written = stream.write_all(&[b'x'; 16 * 1_024]).await;
    }
    false
}
