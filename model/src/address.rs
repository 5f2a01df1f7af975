//! Which IP addresses are of the public Internet: those that phones everywhere can reach, and that
//! the probe may connect to without leave.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether `address` is ordinary unicast of the public Internet, by the IANA special-purpose
/// address registries (RFC 6890 and its updates).
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    !SPECIAL_V4.iter().any(|range| range.contains(address))
}

/// Transition addresses are as public as the IPv4 address a translator would send them on to.
fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(embedded) = embedded_v4(address) {
        return embedded.into_iter().flatten().all(is_public_v4);
    }
    GLOBAL_UNICAST.contains(address) && !SPECIAL_V6.iter().any(|range| range.contains(address))
}

/// The IPv4 addresses inside an IPv6 address of a transition mechanism.
fn embedded_v4(address: Ipv6Addr) -> Option<[Option<Ipv4Addr>; 2]> {
    let octets = address.octets();
    let at = |start: usize| Ipv4Addr::new(octets[start], octets[start + 1], octets[start + 2], octets[start + 3]);
    if MAPPED.contains(address) || NAT64.contains(address) {
        return Some([Some(at(12)), None]);
    }
    if SIX_TO_FOUR.contains(address) {
        return Some([Some(at(2)), None]);
    }
    if TEREDO.contains(address) {
        // RFC 4380 section 4: the server, and the client's address with every bit inverted.
        let client = Ipv4Addr::from(!u32::from(at(12)));
        return Some([Some(at(4)), Some(client)]);
    }
    // RFC 5214 section 6.1: ISATAP interface identifiers, under any prefix.
    let isatap = matches!(octets[8..12], [0x00 | 0x02, 0x00, 0x5e, 0xfe]);
    (isatap && GLOBAL_UNICAST.contains(address)).then(|| [Some(at(12)), None])
}

/// The addresses that begin with the first `length` bits of `network`.
struct RangeV4 {
    network: Ipv4Addr,
    length: u32,
}

impl RangeV4 {
    fn contains(&self, address: Ipv4Addr) -> bool {
        (u32::from(address) ^ u32::from(self.network)).leading_zeros() >= self.length
    }
}

/// The same for IPv6.
struct RangeV6 {
    network: Ipv6Addr,
    length: u32,
}

impl RangeV6 {
    fn contains(&self, address: Ipv6Addr) -> bool {
        (u128::from(address) ^ u128::from(self.network)).leading_zeros() >= self.length
    }
}

const fn v4(a: u8, b: u8, c: u8, d: u8, length: u32) -> RangeV4 {
    RangeV4 { network: Ipv4Addr::new(a, b, c, d), length }
}

const fn v6(a: u16, b: u16, c: u16, length: u32) -> RangeV6 {
    RangeV6 { network: Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), length }
}

/// <https://www.iana.org/assignments/iana-ipv4-special-registry>, and multicast.
const SPECIAL_V4: [RangeV4; 15] = [
    v4(0, 0, 0, 0, 8),       // this network
    v4(10, 0, 0, 0, 8),      // private
    v4(100, 64, 0, 0, 10),   // carrier-grade NAT
    v4(127, 0, 0, 0, 8),     // loopback
    v4(169, 254, 0, 0, 16),  // link-local, and the metadata service of clouds
    v4(172, 16, 0, 0, 12),   // private
    v4(192, 0, 0, 0, 24),    // IETF protocol assignments
    v4(192, 0, 2, 0, 24),    // documentation
    v4(192, 88, 99, 0, 24),  // 6to4 relays, deprecated
    v4(192, 168, 0, 0, 16),  // private
    v4(198, 18, 0, 0, 15),   // benchmarking
    v4(198, 51, 100, 0, 24), // documentation
    v4(203, 0, 113, 0, 24),  // documentation
    v4(224, 0, 0, 0, 4),     // multicast
    v4(240, 0, 0, 0, 4),     // reserved, and broadcast
];

/// The only IPv6 space assigned for public unicast (RFC 4291 section 2.4): loopback, unspecified,
/// unique local, link-local, site-local and multicast all lie outside.
const GLOBAL_UNICAST: RangeV6 = v6(0x2000, 0, 0, 3);

/// Special ranges inside [`GLOBAL_UNICAST`]:
/// <https://www.iana.org/assignments/iana-ipv6-special-registry>.
const SPECIAL_V6: [RangeV6; 3] = [
    v6(0x2001, 0, 0, 23),     // IETF protocol assignments: benchmarking, ORCHID
    v6(0x2001, 0xdb8, 0, 32), // documentation
    v6(0x3fff, 0, 0, 20),     // documentation
];

const MAPPED: RangeV6 = RangeV6 { network: Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), length: 96 };
/// RFC 6052. The local-use prefix of RFC 8215 lies outside [`GLOBAL_UNICAST`] and is not public.
const NAT64: RangeV6 = v6(0x64, 0xff9b, 0, 96);
const SIX_TO_FOUR: RangeV6 = v6(0x2002, 0, 0, 16);
const TEREDO: RangeV6 = v6(0x2001, 0, 0, 32);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const SPECIAL: &[&str] = &[
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
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
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.1.2.3",
        "::ffff:0:127.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b::169.254.169.254",
        "64:ff9b:1::808:808",
        "100::1",
        "2001:2::1",
        "2001:10::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "2002:a00:1::1",
        "2001:0:808:808::5601:1",      // Teredo, client 169.254.255.254
        "2001:0:a00:1::f7f7:f7f7",     // Teredo, server 10.0.0.1
        "2400:3200::5efe:192.168.0.1", // ISATAP
        "2400:3200::200:5efe:10.0.0.1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
    ];

    const PUBLIC: &[&str] = &[
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.1",
        "169.253.255.255",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.1",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "2001:200::1",
        "2001:db7::1",
        "2001:db9::1",
        "2001:0:808:808::f7f7:f7f7", // Teredo, client 8.8.8.8
        "2002:808:808::1",
        "2400:3200::1",
        "2400:3200::5efe:8.8.8.8",
        "2606:4700::1111",
    ];

    #[test]
    fn every_special_address_is_told_from_its_public_neighbour() {
        for address in SPECIAL {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        for address in PUBLIC {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }
}
