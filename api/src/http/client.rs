//! Where a request came from.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use almanac_service::Caller;
use axum::{
    extract::ConnectInfo,
    http::{Extensions, HeaderMap, header::USER_AGENT, request::Parts},
};

use super::Settings;

/// Who is held to a limit.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Client {
    /// A stranger, by the network they ask from.
    Address(IpAddr),
    /// Who has a token, by its name.
    Known(String),
}

/// Longest name of a program that is kept, characters.
const USER_AGENT_LENGTH: usize = 500;

/// Where a request came from, as the logs keep it.
pub(crate) fn caller(request: &Parts, settings: &Settings) -> Caller {
    let address = address(&request.extensions, &request.headers, settings);
    let program = request.headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
    Caller {
        request_id: None,
        ip_address: (!address.is_unspecified()).then(|| address.to_string()),
        user_agent: program.map(|program| program.chars().take(USER_AGENT_LENGTH).collect()),
    }
}

/// The address that a request came from: the peer's, or if the peer is a trusted proxy, the last in
/// `X-Forwarded-For` that is none.
pub(crate) fn address(extensions: &Extensions, headers: &HeaderMap, settings: &Settings) -> IpAddr {
    let peer = extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(peer)| peer.ip().to_canonical());
    let is_trusted = |address: &IpAddr| settings.trusted_proxies.contains(address);
    if !is_trusted(&peer) {
        return peer;
    }
    let forwarded =
        headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = forwarded.flat_map(|value| value.split(',')).map(str::trim).collect();
    let mut client = peer;
    for hop in hops.iter().rev() {
        let Ok(address) = hop.parse::<IpAddr>() else { break };
        client = address.to_canonical();
        if !is_trusted(&client) {
            break;
        }
    }
    client
}

/// What one subscriber has: an IPv6 address stands for its network of 64 bits.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(peer: &str, forwarded: &'static str, proxies: &[&str]) -> String {
        let settings = Settings {
            trusted_proxies: proxies.iter().map(|proxy| proxy.parse().unwrap()).collect(),
            ..Settings::default()
        };
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 1)));
        let headers = HeaderMap::from_iter([(
            axum::http::HeaderName::from_static("x-forwarded-for"),
            forwarded.parse().unwrap(),
        )]);
        address(&extensions, &headers, &settings).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(from("192.0.2.1", "203.0.113.9", &[]), "192.0.2.1");
        assert_eq!(from("127.0.0.1", "203.0.113.9", &["127.0.0.1"]), "203.0.113.9");
        assert_eq!(from("127.0.0.1", "198.51.100.7, 203.0.113.9", &["127.0.0.1"]), "203.0.113.9");
        let both = ["127.0.0.1", "203.0.113.9"];
        assert_eq!(from("::ffff:127.0.0.1", "198.51.100.7, 203.0.113.9", &both), "198.51.100.7");
        assert_eq!(from("127.0.0.1", "nonsense", &["127.0.0.1"]), "127.0.0.1");
    }

    #[test]
    fn a_caller_is_known_by_address_and_program() {
        let request = |peer: Option<&str>, program: &str| {
            let mut request = axum::http::Request::new(());
            request.headers_mut().insert(USER_AGENT, program.parse().unwrap());
            if let Some(peer) = peer {
                let peer = ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 1));
                request.extensions_mut().insert(peer);
            }
            caller(&request.into_parts().0, &Settings::default())
        };
        let known = request(Some("2001:db8::1"), "curl/8");
        assert_eq!(known.ip_address.as_deref(), Some("2001:db8::1"));
        assert_eq!(known.user_agent.as_deref(), Some("curl/8"));
        let vague = request(None, &"x".repeat(600));
        assert_eq!(vague.ip_address, None);
        assert_eq!(vague.user_agent.map(|program| program.len()), Some(500));
    }

    #[test]
    fn a_network_of_ipv6_is_one_client() {
        let one = network("2001:db8::1".parse().unwrap());
        assert_eq!(one, network("2001:db8::2:3".parse().unwrap()));
        assert_ne!(one, network("2001:db8:0:1::1".parse().unwrap()));
    }
}
