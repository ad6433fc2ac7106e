//! Letters to people: by SMTP or, where no server is set, as files in a folder. What they say is in files of its own, a
//! subject, a text part and an HTML part each, in as many languages as somebody has written.
mod letter;
mod templates;

use std::path::PathBuf;

use lettre::{
    AsyncFileTransport, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
};

use crate::{config::own_folder, error::Error};
pub(crate) use letter::Letter;
pub(crate) use templates::Templates;

/// Whom a letter is for.
#[derive(Clone, Copy)]
pub(crate) struct Recipient<'a> {
    /// The e-mail address.
    pub(crate) address: &'a str,
    /// The name, by which the letter calls them; empty, where none is known.
    pub(crate) name: &'a str,
}

/// How letters leave.
enum Way {
    Server(AsyncSmtpTransport<Tokio1Executor>),
    Folder(PathBuf),
}

/// Writes letters, and sends them.
pub(crate) struct Mailer {
    from: Mailbox,
    way: Way,
    templates: Templates,
}

impl Mailer {
    /// From this address, by the server at this URL (`smtps://user:password@host`) or, without one, into this folder.
    ///
    /// # Errors
    ///
    /// If the address or the URL cannot be read: a sentence for the operator.
    pub(crate) fn new(from: &str, server: Option<&str>, folder: PathBuf, templates: Templates) -> Result<Self, String> {
        let from = from.parse().map_err(|_| "BALAI_MAIL_FROM is not an e-mail address".to_owned())?;
        let way = match server {
            None => Way::Folder(folder),
            Some(url) => {
                let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url);
                let builder = builder.map_err(|_| {
                    "BALAI_SMTP_URL cannot be read: write it as smtps://user:password@host:port".to_owned()
                })?;
                Way::Server(builder.build())
            }
        };
        Ok(Self { from, way, templates })
    }

    /// The folder into which letters go, if they go into one.
    pub(crate) fn folder(&self) -> Option<&PathBuf> {
        match &self.way {
            Way::Server(_) => None,
            Way::Folder(folder) => Some(folder),
        }
    }

    /// The language that letters are best in.
    pub(crate) fn language(&self) -> &str {
        self.templates.language()
    }

    /// Writes a letter to somebody, and sends it.
    ///
    /// # Errors
    ///
    /// If it cannot be written or sent; the error does not say to whom.
    pub(crate) async fn send(&self, recipient: Recipient<'_>, letter: Letter<'_>) -> Result<(), Error> {
        let message = self.message(recipient, letter)?;
        let unkept = || Error::internal("a letter cannot be put into its folder");
        match &self.way {
            Way::Server(server) => {
                server.send(message).await.map_err(|_| Error::internal("the mail server does not take a letter"))?;
            }
            Way::Folder(folder) => {
                own_folder(folder).map_err(|_| unkept())?;
                AsyncFileTransport::<Tokio1Executor>::new(folder).send(message).await.map_err(|_| unkept())?;
            }
        }
        Ok(())
    }

    fn message(&self, recipient: Recipient<'_>, letter: Letter<'_>) -> Result<Message, Error> {
        // Whatever the cause is, it may hold what the letter tells.
        let unwritten = || Error::internal("a letter cannot be written");
        let Recipient { address, name } = recipient;
        let address = address.parse().map_err(|_| Error::internal("an account's address cannot be written to"))?;
        let parts = self.templates.write(letter, name).map_err(|_| unwritten())?;
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(Some(name.to_owned()).filter(|name| !name.is_empty()), address))
            .subject(parts.subject)
            // So that nobody's absence is told to it (RFC 3834).
            .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()))
            .multipart(MultiPart::alternative_plain_html(parts.text, parts.html))
            .map_err(|_| unwritten())
    }
}
