//! Which addresses and names are the public internet. A request made of scanned text must not reach the machine's own network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether an address is one of the public internet: not loopback, private, link-local (where clouds keep metadata), shared,
/// multicast, reserved, or a form that leads to such a one (RFC 6890 and its registries).
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = a == 0
        || a == 10
        || a == 127
        || a >= 224
        || (a == 100 && (64..128).contains(&b))
        || (a == 169 && b == 254)
        || (a == 172 && (16..32).contains(&b))
        || (a == 192 && b == 168)
        || (a == 192 && b == 0 && (c == 0 || c == 2))
        || (a == 198 && (b == 18 || b == 19))
        || (a == 198 && b == 51 && c == 100)
        || (a == 203 && b == 0 && c == 113)
        // Azure's platform address.
        || address == Ipv4Addr::new(168, 63, 129, 16);
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(inner) = address.to_ipv4_mapped() {
        return is_public_v4(inner);
    }
    let segments = address.segments();
    match segments {
        // NAT64 and 6to4 hold an IPv4 address.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_public_v4(v4(high, low)),
        [0x2002, high, low, ..] => is_public_v4(v4(high, low)),
        // Documentation, and Teredo, which tunnels to anywhere.
        [0x2001, 0x0db8, ..] | [0x2001, 0, ..] => false,
        // Only global unicast, 2000::/3, is the internet.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

fn v4(high: u16, low: u16) -> Ipv4Addr {
    let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
    Ipv4Addr::new(a, b, c, d)
}

/// Whether a name can be a public host's: labels and a top-level domain that the internet has, no address.
pub fn is_public_name(host: &str) -> bool {
    const PRIVATE: [&str; 9] = ["localhost", "local", "internal", "intranet", "lan", "home", "corp", "test", "invalid"];
    let Some((_, top)) = host.rsplit_once('.') else { return false };
    is_name(host)
        && !PRIVATE.contains(&top)
        && !host.ends_with(".home.arpa")
        && !top.bytes().all(|byte| byte.is_ascii_digit())
}

/// Labels of small letters, digits and hyphens, at most 253 bytes.
pub fn is_name(host: &str) -> bool {
    let fits = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte))
    };
    host.len() <= 253 && host.split('.').all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_machine_and_its_network_are_not_public() {
        for address in [
            "127.0.0.1",
            "127.9.9.9",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.100.100.200",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "168.63.129.16",
            "198.18.0.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "2001::1",
            "::127.0.0.1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        for address in
            ["1.1.1.1", "172.32.0.1", "140.82.121.6", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
        {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn names_of_local_networks_and_addresses_are_not_public_names() {
        for name in [
            "localhost",
            "db",
            "a.localhost",
            "vault.internal",
            "x.local",
            "10.0.0.1",
            "a..b",
            "a b.com",
            "A.com",
            "-a.com",
            "[::1]",
            "a.com:443",
            "u@a.com",
            "",
        ] {
            assert!(!is_public_name(name), "{name}");
        }
        assert!(is_public_name("api.github.com") && is_public_name("a-b.x1.io"));
    }
}
