//! Which addresses events are sent to: those that anybody can reach, and none from which the service could be made to fetch
//! what is only for those who stand beside it.
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

const fn four(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn six(a: u16, b: u16, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0), prefix)
}

/// Those of version 4 that are not public, by the registry of special purposes (RFC 6890).
const NOT_PUBLIC_4: [Ipv4Net; 16] = [
    // This network.
    four(0, 0, 0, 0, 8),
    // Private networks.
    four(10, 0, 0, 0, 8),
    four(172, 16, 0, 0, 12),
    four(192, 168, 0, 0, 16),
    // Behind a provider's translation, where some clouds tell machines about themselves, too.
    four(100, 64, 0, 0, 10),
    // This machine.
    four(127, 0, 0, 0, 8),
    // The link, where most clouds tell machines about themselves.
    four(169, 254, 0, 0, 16),
    // Protocols' own.
    four(192, 0, 0, 0, 24),
    // Documentation.
    four(192, 0, 2, 0, 24),
    four(198, 51, 100, 0, 24),
    four(203, 0, 113, 0, 24),
    // Relays of 6to4.
    four(192, 88, 99, 0, 24),
    // Benchmarks.
    four(198, 18, 0, 0, 15),
    // What Azure tells its machines.
    four(168, 63, 129, 16, 32),
    // Multicast.
    four(224, 0, 0, 0, 4),
    // Reserved, and broadcast.
    four(240, 0, 0, 0, 4),
];

/// The public ones of version 6: the rest is loopback, unspecified, of the link, local, multicast, or stands for another one
/// of version 4.
const PUBLIC_6: Ipv6Net = six(0x2000, 0, 3);

/// Those among them that are not.
const NOT_PUBLIC_6: [Ipv6Net; 4] = [
    // Protocols' own, Teredo among them.
    six(0x2001, 0, 23),
    // Documentation.
    six(0x2001, 0xdb8, 32),
    six(0x3fff, 0, 20),
    // 6to4, which stands for one of version 4.
    six(0x2002, 0, 16),
];

/// Whether anybody can reach an address.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !NOT_PUBLIC_4.iter().any(|net| net.contains(&address)),
        IpAddr::V6(address) => PUBLIC_6.contains(&address) && !NOT_PUBLIC_6.iter().any(|net| net.contains(&address)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(address: &str) -> bool {
        address.parse().is_ok_and(is_public)
    }

    #[test]
    fn what_anybody_can_reach_is_public() {
        for address in ["1.1.1.1", "93.184.216.34", "100.63.255.255", "100.128.0.0", "172.32.0.1", "192.169.0.1"] {
            assert!(public(address), "{address}");
        }
        for address in ["2606:4700:4700::1111", "2a00:1450::1", "2001:200::1", "2400:cb00::1"] {
            assert!(public(address), "{address}");
        }
    }

    #[test]
    fn what_stands_beside_the_service_is_not() {
        let four = [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "127.255.255.254",
            "168.63.129.16",
            "169.254.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "239.255.255.250",
            "240.0.0.1",
            "255.255.255.255",
        ];
        let six = [
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:93.184.216.34",
            "64:ff9b::7f00:1",
            "64:ff9b::5db8:d822",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "3fff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "ff02::1",
            "5f00::1",
        ];
        for address in four.into_iter().chain(six) {
            assert!(!public(address), "{address}");
        }
    }
}
