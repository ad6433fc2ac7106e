//! The credentials of an agency's machine, as they are kept in a file.
use std::{fs, path::Path};

use serde::Deserialize;

use super::SyncError;

/// By what a machine proves who it is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Credentials {
    /// What the machine calls itself.
    pub(super) client_id: String,
    pub(super) client_secret: String,
}

impl Credentials {
    /// Reads a file that nobody else on this machine can read.
    ///
    /// # Errors
    ///
    /// If others can read it, or there are no credentials in it.
    pub(crate) fn read(file: &Path) -> Result<Self, SyncError> {
        let place = file.display();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(file).map_err(SyncError::of(file))?.permissions().mode();
            if mode & 0o077 != 0 {
                return Err(SyncError::new(format!(
                    "{place} can be read by others on this machine: chmod 600 {place}"
                )));
            }
        }
        let text = fs::read_to_string(file).map_err(SyncError::of(file))?;
        Self::of(&text).ok_or_else(|| {
            SyncError::new(format!(
                "{place} holds no credentials: put in it the lines client_id and client_secret, as `balai agency create` \
                 prints them, or {{\"clientId\": \"…\", \"clientSecret\": \"…\"}}"
            ))
        })
    }

    fn of(text: &str) -> Option<Self> {
        if text.trim_start().starts_with('{') {
            return serde_json::from_str(text).ok();
        }
        let (mut id, mut secret) = (None, None);
        for line in text.lines() {
            match *line.split_whitespace().collect::<Vec<_>>().as_slice() {
                ["client_id", value] => id = Some(value),
                ["client_secret", value] => secret = Some(value),
                // As the demonstration's are printed.
                [name, "secret", value] => (id, secret) = (Some(name), Some(value)),
                _ => {}
            }
        }
        Some(Self { client_id: id?.to_owned(), client_secret: secret?.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::Credentials;

    #[test]
    fn credentials_are_read_in_each_form_that_the_program_prints() {
        for text in [
            r#"{ "clientId": "ours", "clientSecret": "hidden" }"#,
            "client_id      ours\nclient_secret  hidden\nThe secret is not shown again.\n",
            "x.db: demo accounts, whose passwords are not shown again:\n  a@example.org  password  p\n  ours  secret  hidden\n",
        ] {
            let read = Credentials::of(text);
            assert_eq!(read.map(|read| (read.client_id, read.client_secret)), Some(("ours".into(), "hidden".into())));
        }
        assert!(Credentials::of("client_id ours").is_none() && Credentials::of("{}").is_none());
    }
}
