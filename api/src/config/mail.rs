//! How letters leave, and what they say.
use std::path::PathBuf;

use clap::Args;

/// How letters leave, and what they say.
#[derive(Args, Clone, Debug)]
pub struct Mail {
    /// The server that takes letters, as `smtps://user:password@host:port`; none: they are put into the folder `mail` of
    /// the data directory.
    #[arg(
        id = "smtp_url",
        long = "smtp-url",
        env = "BALAI_SMTP_URL",
        hide_env_values = true,
        value_name = "URL",
        global = true
    )]
    pub server: Option<String>,
    /// Whom letters come from.
    #[arg(
        id = "mail_from",
        long = "mail-from",
        env = "BALAI_MAIL_FROM",
        value_name = "ADDRESS",
        default_value = "Balai <balai@localhost>",
        global = true
    )]
    pub from: String,
    /// The language of letters, as BCP 47 writes it; English, where a letter is not there in it.
    #[arg(
        id = "mail_language",
        long = "mail-language",
        env = "BALAI_MAIL_LANGUAGE",
        value_name = "LANGUAGE",
        value_parser = language,
        default_value = "en",
        global = true
    )]
    pub language: String,
    /// The folder of letters that are said otherwise, or in another language (`reset.ko.jinja`); none: those that ship.
    #[arg(
        id = "mail_templates_dir",
        long = "mail-templates-dir",
        env = "BALAI_MAIL_TEMPLATES_DIR",
        value_name = "DIR",
        global = true
    )]
    pub templates: Option<PathBuf>,
}

/// A language, as far as it is a part of files' names.
fn language(text: &str) -> Result<String, String> {
    let part = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if text.split('-').all(part) {
        Ok(text.to_owned())
    } else {
        Err("a language such as vi or zh-Hant is expected".to_owned())
    }
}
