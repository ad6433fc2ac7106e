//! Letters to people: by SMTP or, where no server is set, as files in a folder. What they say is in files of its own.
use std::path::PathBuf;

use askama::Template;
use lettre::{
    AsyncFileTransport, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
};

use crate::{config::own_folder, error::Error};

/// A letter.
pub(crate) struct Mail {
    to: Mailbox,
    subject: &'static str,
    text: String,
}

#[derive(Template)]
#[template(path = "mail/reset.txt")]
struct Reset<'a> {
    name: &'a str,
    link: &'a str,
}

#[derive(Template)]
#[template(path = "mail/application.txt")]
struct Application<'a> {
    link: &'a str,
}

#[derive(Template)]
#[template(path = "mail/invitation.txt")]
struct Invitation<'a> {
    name: Option<&'a str>,
    by: &'a str,
    role: &'a str,
    place: &'a str,
    link: &'a str,
}

impl Mail {
    /// An invitation by somebody to a role (`ADMIN`, `FOCAL_POINT` or `REPRESENTATIVE`) at a place, if it has one.
    ///
    /// # Errors
    ///
    /// If the address cannot be written to.
    pub(crate) fn invitation(
        (address, name): (&str, Option<&str>),
        by: &str,
        (role, place): (&str, &str),
        link: &str,
    ) -> Result<Self, Error> {
        let letter = Invitation { name, by, role, place, link };
        let text = letter.render().map_err(|_| Error::internal("a letter cannot be written"))?;
        Self::to(address, name.unwrap_or_default(), "An invitation to Balai", text)
    }

    /// A link to reset a password.
    ///
    /// # Errors
    ///
    /// If the address cannot be written to.
    pub(crate) fn reset(address: &str, name: &str, link: &str) -> Result<Self, Error> {
        let text = Reset { name, link }.render().map_err(|_| Error::internal("a letter cannot be written"))?;
        Self::to(address, name, "A new password for Balai", text)
    }

    /// A link to confirm an application for membership. Strangers have it sent: it holds nothing that they wrote, not even a
    /// name.
    ///
    /// # Errors
    ///
    /// If the address cannot be written to.
    pub(crate) fn application(address: &str, link: &str) -> Result<Self, Error> {
        let text = Application { link }.render().map_err(|_| Error::internal("a letter cannot be written"))?;
        let address = address.parse().map_err(|_| Error::internal("an applicant's address cannot be written to"))?;
        Ok(Self { to: Mailbox::new(None, address), subject: "Confirm an application for membership", text })
    }

    fn to(address: &str, name: &str, subject: &'static str, text: String) -> Result<Self, Error> {
        let address = address.parse().map_err(|_| Error::internal("an account's address cannot be written to"))?;
        Ok(Self { to: Mailbox::new(Some(name.to_owned()).filter(|name| !name.is_empty()), address), subject, text })
    }
}

/// How letters leave.
enum Way {
    Server(AsyncSmtpTransport<Tokio1Executor>),
    Folder(PathBuf),
}

/// Sends letters.
pub(crate) struct Mailer {
    from: Mailbox,
    way: Way,
}

impl Mailer {
    /// From this address, by the server at this URL (`smtps://user:password@host`) or, without one, into this folder.
    ///
    /// # Errors
    ///
    /// If the address or the URL cannot be read: a sentence for the operator.
    pub(crate) fn new(from: &str, server: Option<&str>, folder: PathBuf) -> Result<Self, String> {
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
        Ok(Self { from, way })
    }

    /// The folder into which letters go, if they go into one.
    pub(crate) fn folder(&self) -> Option<&PathBuf> {
        match &self.way {
            Way::Server(_) => None,
            Way::Folder(folder) => Some(folder),
        }
    }

    /// Sends a letter.
    ///
    /// # Errors
    ///
    /// If it cannot be sent; the error does not say to whom.
    pub(crate) async fn send(&self, mail: Mail) -> Result<(), Error> {
        let message = Message::builder()
            .from(self.from.clone())
            .to(mail.to)
            .subject(mail.subject)
            .header(ContentType::TEXT_PLAIN)
            .body(mail.text)
            .map_err(|_| Error::internal("a letter cannot be written"))?;
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
}
