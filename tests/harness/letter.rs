//! Letters, as a reader of mail shows them.
use base64::{Engine as _, engine::general_purpose::STANDARD};
use quoted_printable::{ParseMode, decode};

/// A letter as it arrived.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Its headers, a line each.
    pub headers: Vec<String>,
    /// What its header says that it is about.
    pub subject: String,
    /// Its part for readers of text.
    pub text: String,
    /// Its part for readers of HTML.
    pub html: String,
}

impl Letter {
    /// A message of both parts (RFC 2046).
    #[must_use]
    pub fn read(message: &str) -> Self {
        let message = message.replace("\r\n", "\n");
        let (headers, body) = split(&message);
        let kind = header(&headers, "Content-Type");
        assert!(kind.starts_with("multipart/alternative;"), "{kind}");
        let boundary = kind.split("boundary=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
        let parts: Vec<_> = body.split(&format!("--{boundary}")).skip(1).take(2).map(split).collect();
        let part = |number: usize, kind: &str| {
            let (headers, body) = &parts[number];
            assert_eq!(header(headers, "Content-Type"), format!("{kind}; charset=utf-8"));
            match header(headers, "Content-Transfer-Encoding").as_str() {
                "7bit" => body.clone(),
                "quoted-printable" => {
                    let decoded = decode(body, ParseMode::Robust).unwrap();
                    String::from_utf8(decoded).unwrap().replace("\r\n", "\n")
                }
                other => panic!("{other}"),
            }
        };
        let (text, html) = (part(0, "text/plain"), part(1, "text/html"));
        Self { subject: words(&header(&headers, "Subject")), text, html, headers }
    }

    /// What a header says.
    #[must_use]
    pub fn header(&self, name: &str) -> String {
        header(&self.headers, name)
    }

    /// The secret of the link that is in it.
    #[must_use]
    pub fn secret(&self) -> String {
        let (_, rest) = self.text.split_once("/link/").expect("a link");
        rest.chars().take_while(|letter| !letter.is_whitespace()).collect()
    }
}

/// Headers, a line each, and what follows them.
fn split(message: &str) -> (Vec<String>, String) {
    let (headers, body) = message.trim_start_matches('\n').split_once("\n\n").unwrap();
    (headers.replace("\n ", " ").replace("\n\t", " ").lines().map(ToOwned::to_owned).collect(), body.to_owned())
}

fn header(headers: &[String], name: &str) -> String {
    let found = headers.iter().find_map(|line| line.strip_prefix(&format!("{name}: ")));
    found.unwrap_or_else(|| panic!("{name} in {headers:?}")).to_owned()
}

/// What a header of encoded words says (RFC 2047).
fn words(header: &str) -> String {
    let word = |word: &str| match word.strip_prefix("=?utf-8?b?").and_then(|word| word.strip_suffix("?=")) {
        Some(encoded) => String::from_utf8(STANDARD.decode(encoded).unwrap()).unwrap(),
        None => word.to_owned(),
    };
    if header.contains("=?") { header.split(' ').map(word).collect() } else { header.to_owned() }
}
