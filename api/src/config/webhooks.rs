//! How agencies' own addresses are told what changes.
use std::{str::FromStr, time::Duration};

use clap::Args;
use url::Host;

/// How agencies' own addresses are told what changes.
#[derive(Args, Clone, Debug)]
pub struct Webhooks {
    /// The hosts that events are sent to wherever they are, also without TLS, separated by commas: names, or addresses.
    /// Others are told by https alone, and not on this machine or in a network that is not public.
    #[arg(
        id = "webhook_allowed_hosts",
        long = "webhook-allowed-hosts",
        env = "BALAI_WEBHOOK_ALLOWED_HOSTS",
        value_name = "HOSTS",
        value_delimiter = ',',
        value_parser = host,
        global = true
    )]
    pub allowed_hosts: Vec<Host>,
    /// How long it is waited after each attempt to send an event that came to nothing, separated by commas, in `s`, `m`, `h`
    /// or `d`. After one attempt more the address is told nothing any longer.
    #[arg(
        id = "webhook_retries",
        long = "webhook-retries",
        env = "BALAI_WEBHOOK_RETRIES",
        value_name = "TIMES",
        default_value = "5s,5m,30m,2h,5h,10h,10h",
        global = true
    )]
    pub retries: Retries,
    /// How many seconds an attempt to send an event may take.
    #[arg(id = "webhook_seconds", long = "webhook-seconds", env = "BALAI_WEBHOOK_SECONDS", value_name = "SECONDS", default_value = "10", value_parser = clap::value_parser!(u64).range(1..=60), global = true)]
    pub seconds: u64,
}

/// How long it is waited after each attempt that came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retries(pub Vec<Duration>);

impl FromStr for Retries {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.split(',').map(|time| span(time.trim())).collect::<Option<_>>().map(Self).ok_or_else(|| {
            "times such as 5s,5m,2h are expected: a number each, followed by s, m, h or d, and none beyond 30d"
                .to_owned()
        })
    }
}

fn span(text: &str) -> Option<Duration> {
    const LONGEST: u64 = 30 * 24 * 3_600;
    let (last, unit) = text.char_indices().next_back()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 24 * 3_600,
        _ => return None,
    };
    let seconds = text.get(..last)?.parse::<u64>().ok()?.checked_mul(seconds)?;
    (1..=LONGEST).contains(&seconds).then(|| Duration::from_secs(seconds))
}

/// A host, as an address names it; brackets around one of IPv6 may be left out.
fn host(text: &str) -> Result<Host, String> {
    let bare = text.parse().ok().map(Host::Ipv6);
    let named = || Host::parse(text).map_err(|_| "a host such as hooks.example.org or 10.1.2.3 is expected".to_owned());
    bare.map_or_else(named, Ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_each_unit() {
        let read = "5s, 5m,2h,1d".parse::<Retries>().map(|retries| retries.0);
        assert_eq!(read, Ok([5, 300, 7_200, 86_400].map(Duration::from_secs).to_vec()));
        for wrong in ["", "5", "s", "0s", "5s,", "-5s", "5 s", "31d", "5w", "99999999999999999999d"] {
            assert!(wrong.parse::<Retries>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn hosts_are_names_or_addresses() {
        let same =
            |text: &str, host: &str| assert_eq!(super::host(text).map(|host| host.to_string()), Ok(host.to_owned()));
        same("Hooks.example.org", "hooks.example.org");
        same("127.0.0.1", "127.0.0.1");
        same("::1", "[::1]");
        same("[::1]", "[::1]");
        assert!(super::host("hooks.example.org:8080").is_err());
        assert!(super::host("https://hooks.example.org").is_err());
    }
}
