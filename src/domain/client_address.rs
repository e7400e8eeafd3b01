//! Who a request comes from, as far as limits are concerned: an IPv4 address, or the network of an IPv6 address, since one
//! client has a whole /64.

use core::net::{IpAddr, Ipv6Addr};

/// The key of a client without a known address.
const UNKNOWN: &str = "unknown";
/// Bits of an IPv6 address that are one client's own.
const HOST_BITS: u32 = 64;

/// The key under which a client is counted. Never stored.
pub fn client_key(address: Option<&str>) -> String {
    match address.and_then(|text| text.trim().parse::<IpAddr>().ok()).map(|it| it.to_canonical()) {
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => {
            let network = u128::from(address) >> HOST_BITS << HOST_BITS;
            format!("{}/64", Ipv6Addr::from(network))
        }
        None => UNKNOWN.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        for (address, key) in [
            (Some("203.0.113.7"), "203.0.113.7"),
            (Some(" 203.0.113.7 "), "203.0.113.7"),
            (Some("::ffff:203.0.113.7"), "203.0.113.7"),
            (Some("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64"),
            (Some("2001:db8:1:2::"), "2001:db8:1:2::/64"),
            (Some("2001:db8:1:3::"), "2001:db8:1:3::/64"),
            (Some("x"), UNKNOWN),
            (Some(""), UNKNOWN),
            (None, UNKNOWN),
        ] {
            assert_eq!(client_key(address), key, "{address:?}");
        }
    }
}
