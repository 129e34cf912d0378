//! Where a service lives: scheme, host and port. One spelling for one origin, so that comparing the texts is
//! comparing the places.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use crate::codes::otpauth::strip_scheme;

/// An `https` origin, or an `http` one on this machine. Names that are not ASCII are in Punycode.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    text: String,
    host: String,
}

impl Origin {
    /// Reads an origin and nothing more; a `/` at its end is the same origin.
    pub fn parse(text: &str) -> Result<Self, OriginRefused> {
        match Self::split(text)? {
            (origin, "" | "/") => Ok(origin),
            _ => Err(OriginRefused::Malformed),
        }
    }

    /// Takes the origin off an address; the rest is empty or begins with `/`, `?` or `#`.
    pub fn split(url: &str) -> Result<(Self, &str), OriginRefused> {
        let (secure, rest) = match (strip_scheme(url, "https://"), strip_scheme(url, "http://")) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => return Err(OriginRefused::Malformed),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at_checked(end).ok_or(OriginRefused::Malformed)?;
        let (host, port) = host_and_port(authority).ok_or(OriginRefused::Malformed)?;
        if !secure && !is_loopback(&host) {
            return Err(OriginRefused::NotSecure);
        }
        let (scheme, usual) = if secure { ("https", 443) } else { ("http", 80) };
        let text = match port {
            Some(port) if port != usual => format!("{scheme}://{host}:{port}"),
            _ => format!("{scheme}://{host}"),
        };
        Ok((Self { text, host }, rest))
    }

    /// Whether it is reached by `https`; otherwise it is on this machine.
    pub fn is_secure(&self) -> bool {
        self.as_str().starts_with("https://")
    }

    /// Whether `url` is an address at this origin.
    pub fn owns(&self, url: &str) -> bool {
        Self::split(url).is_ok_and(|(origin, rest)| origin == *self && rest.starts_with('/'))
    }

    /// The address of `path`, which begins with a slash.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }

    /// The one spelling.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host alone, for a screen.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether the host can be on the public internet, as far as its name tells. What a name resolves to is
    /// judged by [`is_public_address`] when it has been looked up.
    pub fn is_public(&self) -> bool {
        match address(&self.host) {
            Some(address) => is_public_address(address),
            None => {
                self.host.contains('.')
                    && !PRIVATE_ZONES
                        .iter()
                        .any(|zone| self.host.strip_suffix(zone).is_some_and(|rest| rest.ends_with('.')))
            }
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, sink: S) -> Result<S::Ok, S::Error> {
        sink.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Origin {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(source)?).map_err(serde::de::Error::custom)
    }
}

/// Whether an address is on the public internet: not this machine, not a private network, not one of the
/// ranges that stand for something else.
pub fn is_public_address(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            !(a == 0
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
                || (a == 203 && b == 0 && c == 113))
        }
        IpAddr::V6(v6) => {
            let [first, second, ..] = v6.segments();
            // Only 2000::/3 is global unicast; 6to4, Teredo and the documentation range in it are not asked.
            first & 0xe000 == 0x2000
                && first != 0x2002
                && !(first == 0x2001 && (second == 0 || second == 0xdb8))
        }
    }
}

fn host_and_port(authority: &str) -> Option<(String, Option<u16>)> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (inside, after) = rest.split_once(']')?;
            let host = format!("[{}]", inside.parse::<Ipv6Addr>().ok()?);
            (host, if after.is_empty() { None } else { Some(after.strip_prefix(':')?) })
        }
        None => {
            let (host, port) = match authority.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, None),
            };
            (named(host)?, port)
        }
    };
    let Some(port) = port else { return Some((host, None)) };
    let number: u16 = port.parse().ok().filter(|&number| number > 0)?;
    // "+1" and "01" are ports to a parser of numbers.
    (number.to_string() == port).then_some((host, Some(number)))
}

/// A name or an IPv4 address, in lower case.
fn named(host: &str) -> Option<String> {
    let host = host.to_ascii_lowercase();
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if host.len() > 253 || !host.split('.').all(label) {
        return None;
    }
    // Browsers take a host whose last label is a number for an IPv4 address in some old notation.
    let last = host.rsplit('.').next()?;
    let numeric = last.starts_with("0x") || last.bytes().all(|byte| byte.is_ascii_digit());
    (!numeric || host.parse::<Ipv4Addr>().is_ok()).then_some(host)
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || address(host).is_some_and(|address| address.is_loopback())
}

fn address(host: &str) -> Option<IpAddr> {
    match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']')?.parse().ok().map(IpAddr::V6),
        None => host.parse().ok().map(IpAddr::V4),
    }
}

/// Zones that are never on the public internet (RFC 6761, RFC 6762, RFC 9476, and what routers use).
const PRIVATE_ZONES: [&str; 8] = ["localhost", "local", "internal", "lan", "home", "test", "invalid", "arpa"];

/// Why a text is no origin of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum OriginRefused {
    /// Not a web address, or one with a user name or characters that no host has.
    #[error("the address is malformed")]
    Malformed,
    /// `http`, and not on this machine.
    #[error("the address is not https")]
    NotSecure,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn origin(text: &str) -> Result<String, OriginRefused> {
        Origin::parse(text).map(|origin| origin.as_str().to_owned())
    }

    #[test]
    fn one_place_has_one_spelling() {
        for (text, spelling) in [
            ("https://signin.example.org", "https://signin.example.org"),
            ("HTTPS://SignIn.Example.ORG:443/", "https://signin.example.org"),
            ("https://signin.example.org:8443", "https://signin.example.org:8443"),
            ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
            ("https://[2001:DB8:0:0::1]:443", "https://[2001:db8::1]"),
            ("http://localhost:80", "http://localhost"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]:8080", "http://[::1]:8080"),
            ("https://signin", "https://signin"),
        ] {
            assert_eq!(origin(text).as_deref(), Ok(spelling), "{text}");
        }
    }

    #[test]
    fn http_is_for_this_machine_only() {
        for text in [
            "http://example.org",
            "http://localhost.example.org",
            "http://10.0.0.1",
            "http://127.0.0.1.nip.io",
        ] {
            assert_eq!(origin(text), Err(OriginRefused::NotSecure), "{text}");
        }
    }

    #[test]
    fn what_could_be_read_as_another_host_is_refused() {
        for text in [
            "https://user@example.org",
            "https://example.org\\@evil.example",
            "https://exa mple.org",
            "https://bücher.example",
            "https://example.org.",
            "https://.example.org",
            "https://-example.org",
            "https://example.org:0",
            "https://example.org:+1",
            "https://example.org:0443",
            "https://example.org:",
            "https://example.org:65536",
            "https://0x7f.1",
            "http://127.1",
            "https://2130706433",
            "https://[::1",
            "https://[::1]x",
            "https://example.org/path",
            "https://example.org?",
            "https://",
            "ftp://example.org",
            "//example.org",
            "",
        ] {
            assert_eq!(origin(text), Err(OriginRefused::Malformed), "{text}");
        }
    }

    #[test]
    fn an_address_belongs_to_its_own_origin_only() {
        let origin = Origin::parse("https://signin.example.org").unwrap();
        assert!(origin.owns("https://SIGNIN.example.org:443/approval/v1/jwks?x"));
        for text in [
            "https://signin.example.org.evil.example/",
            "https://signin.example.org:8443/",
            "http://signin.example.org/",
            "https://signin.example.org@evil.example/",
            "https://signin.example.org",
        ] {
            assert!(!origin.owns(text), "{text}");
        }
    }

    #[test]
    fn private_places_are_told_from_public_ones() {
        let public = |text: &str| Origin::parse(text).unwrap().is_public();
        for text in ["https://push.example.net", "https://8.8.8.8", "https://[2606:4700::1111]"] {
            assert!(public(text), "{text}");
        }
        for text in [
            "https://169.254.169.254",
            "https://127.0.0.1",
            "https://10.1.2.3",
            "https://172.31.0.1",
            "https://192.168.1.1",
            "https://100.64.0.1",
            "https://0.0.0.0",
            "https://[::1]",
            "https://[::ffff:127.0.0.1]",
            "https://[fe80::1]",
            "https://[fd00::1]",
            "https://[2002:7f00:1::]",
            "https://localhost",
            "https://printer",
            "https://nas.local",
            "https://metadata.google.internal",
        ] {
            assert!(!public(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(text in "https://[a-z0-9.:\\[\\]-]{1,30}") {
            if let Ok(origin) = Origin::parse(&text) {
                prop_assert_eq!(Origin::parse(origin.as_str()), Ok(origin));
            }
        }

        #[test]
        fn no_text_panics(start in prop::sample::select(vec!["", "https://", "http://"]), rest in any::<String>()) {
            let _ = Origin::split(&format!("{start}{rest}"));
        }
    }
}
