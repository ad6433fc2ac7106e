//! From which address a request comes.
use std::net::{IpAddr, Ipv6Addr};

use actix_web::HttpRequest;
use ipnet::IpNet;

/// The address of the client: behind proxies that are trusted the one that they say they had it from.
///
/// An IPv6 address stands for its /64: that is what one subscriber has.
pub(super) fn address(request: &HttpRequest, proxies: &[IpNet]) -> IpAddr {
    let peer = request.peer_addr().map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |peer| peer.ip());
    let told = request.headers().get_all("x-forwarded-for").filter_map(|value| value.to_str().ok());
    let told: Vec<&str> = told.flat_map(|value| value.split(',')).map(str::trim).collect();
    network(client(peer.to_canonical(), &told, proxies))
}

/// Each proxy adds, at the end, the address that it was asked from.
fn client(peer: IpAddr, told: &[&str], proxies: &[IpNet]) -> IpAddr {
    let mut found = peer;
    for before in told.iter().rev() {
        let trusted = proxies.iter().any(|network| network.contains(&found));
        let Some(before) = before.parse::<IpAddr>().ok().filter(|_| trusted) else { break };
        found = before.to_canonical();
    }
    found
}

fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use ipnet::IpNet;

    fn client(peer: &str, told: &[&str], proxies: &[&str]) -> Option<IpAddr> {
        let proxies: Vec<IpNet> = proxies.iter().filter_map(|network| network.parse().ok()).collect();
        Some(super::network(super::client(peer.parse().ok()?, told, &proxies)))
    }

    fn is(address: &str) -> Option<IpAddr> {
        address.parse().ok()
    }

    #[test]
    fn what_nobody_trusted_says_is_not_believed() {
        assert_eq!(client("192.0.2.1", &["198.51.100.7"], &[]), is("192.0.2.1"));
        assert_eq!(client("192.0.2.1", &["198.51.100.7"], &["10.0.0.0/8"]), is("192.0.2.1"));
    }

    #[test]
    fn a_chain_is_followed_as_far_as_it_is_trusted() {
        let proxies = ["10.0.0.0/8"];
        assert_eq!(client("10.0.0.1", &["198.51.100.7"], &proxies), is("198.51.100.7"));
        assert_eq!(client("10.0.0.1", &["203.0.113.9", "198.51.100.7", "10.0.0.2"], &proxies), is("198.51.100.7"));
        assert_eq!(client("10.0.0.1", &["nonsense"], &proxies), is("10.0.0.1"));
        assert_eq!(client("10.0.0.1", &[], &proxies), is("10.0.0.1"));
    }

    #[test]
    fn a_subscriber_with_many_addresses_is_one() {
        assert_eq!(client("2001:db8:1:2:3:4:5:6", &[], &[]), is("2001:db8:1:2::"));
    }
}
