//! A network's own identity provider, whose tokens are accepted beside the service's own.
use clap::Args;
use url::{Host, Url};

/// Whose tokens are accepted, and which of them.
#[derive(Args, Clone, Debug)]
pub struct Oidc {
    /// The issuer URL of the network's own identity provider, as its tokens write it in `iss`: those that it signs are
    /// accepted beside the service's own. None: only the latter are.
    #[arg(id = "oidc_issuer", long = "oidc-issuer", env = "BALAI_OIDC_ISSUER", value_name = "URL", value_parser = issuer, global = true)]
    pub issuer: Option<String>,
    /// Whom the provider's tokens must be for (`aud`), separated by commas: one of these; by default the service's public
    /// address.
    #[arg(
        id = "oidc_audiences",
        long = "oidc-audiences",
        env = "BALAI_OIDC_AUDIENCES",
        value_name = "NAMES",
        value_delimiter = ',',
        global = true
    )]
    pub audiences: Vec<String>,
    /// What sort of tokens the provider's must be (`typ`), separated by commas: one of these; `-` is a token that does not
    /// say it.
    #[arg(
        id = "oidc_types",
        long = "oidc-types",
        env = "BALAI_OIDC_TYPES",
        value_name = "TYPES",
        value_delimiter = ',',
        default_value = "at+jwt",
        global = true
    )]
    pub types: Vec<String>,
}

/// An issuer: an address that nobody on the way can answer for.
fn issuer(text: &str) -> Result<String, String> {
    let expected = "an address such as https://login.example.org/realms/culture is expected, without `?` and `#`";
    match Url::parse(text) {
        Ok(url) if is_safe(&url) && url.query().is_none() && url.fragment().is_none() => Ok(text.to_owned()),
        _ => Err(expected.to_owned()),
    }
}

/// Whether what is fetched from there comes from there: by TLS, or from this machine.
#[must_use]
pub fn is_safe(url: &Url) -> bool {
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.has_host() && (url.scheme() == "https" || (url.scheme() == "http" && here))
}
