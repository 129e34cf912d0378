//! Where a call comes from, as far as it tells: the address, the browser, the place. Nothing in here decides
//! anything; it is shown to the person and written down.

mod browser;
mod geoip;

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use crypto_core::approval::challenge::{Place, Proximity};
use crypto_core::approval::is_public_address;
use ipnetwork::IpNetwork;

pub use self::geoip::{GeoIp, GeoIpRefused};
use crate::Service;
use crate::config::Config;

/// Who calls.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// The address; behind a proxy the one it names, if it is trusted.
    pub ip: IpAddr,
    /// The browser and system, such as "Edge 143 on Windows 11".
    pub client: Option<String>,
    /// Roughly where.
    pub place: Option<Place>,
}

impl Visitor {
    /// From a request and the address it came from.
    pub fn from_request(headers: &HeaderMap, peer: IpAddr, config: &Config) -> Self {
        let ip = config.visitors.address(headers, peer);
        Self { ip, client: browser::name(headers), place: config.visitors.place(ip) }
    }
}

/// The server puts the caller's address beside every request; a request that is made in a test comes from
/// this machine.
impl FromRequestParts<Service> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, Infallible> {
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |ConnectInfo(peer)| peer.ip());
        Ok(Self::from_request(&parts.headers, peer, service.config()))
    }
}

/// How visitors are told apart: whose word about an address is taken, and where addresses are.
#[derive(Debug, Default)]
pub struct Visitors {
    /// Proxies that are believed about who called them.
    pub trusted_proxies: Vec<IpNetwork>,
    /// Where addresses are, if the operator has a file that tells.
    pub geoip: Option<GeoIp>,
}

impl Visitors {
    /// The visitor's address. Every proxy adds the address it was called from at the end, so the list is read
    /// from there, as long as the one who added an entry is trusted; what stands before is anybody's claim.
    fn address(&self, headers: &HeaderMap, peer: IpAddr) -> IpAddr {
        let mut caller = peer.to_canonical();
        let named = headers.get_all("x-forwarded-for").iter().collect::<Vec<_>>();
        let entries = named
            .iter()
            .rev()
            .flat_map(|line| line.to_str().unwrap_or_default().rsplit(',').collect::<Vec<_>>())
            .take(LONGEST_CHAIN);
        for entry in entries {
            if !self.trusts(caller) {
                break;
            }
            let Some(address) = read_address(entry) else { break };
            caller = address;
        }
        caller
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|network| network.contains(address))
    }

    fn place(&self, ip: IpAddr) -> Option<Place> {
        let geoip = self.geoip.as_ref().filter(|_| is_public_address(ip))?;
        geoip.place(ip)
    }

    /// Where the phone seems to be, seen from the sign-in: by their networks, and by their places if those
    /// are known. It says that it does not know rather than alarming somebody for nothing.
    pub fn proximity(&self, sign_in: IpAddr, phone: IpAddr) -> Proximity {
        let (sign_in, phone) = (sign_in.to_canonical(), phone.to_canonical());
        if !is_public_address(sign_in) || !is_public_address(phone) || sign_in.is_ipv4() != phone.is_ipv4() {
            return Proximity::Unknown;
        }
        if network(sign_in) == network(phone) {
            return Proximity::Near;
        }
        let distance = self.geoip.as_ref().and_then(|geoip| geoip.kilometres(sign_in, phone));
        match distance {
            Some(distance) if distance <= NEAR_KM => Proximity::Near,
            Some(distance) if distance >= FAR_KM => Proximity::Far,
            _ => Proximity::Unknown,
        }
    }
}

/// More entries than any chain of proxies has.
const LONGEST_CHAIN: usize = 16;
/// A phone network's exit is often in the next large town.
const NEAR_KM: f64 = 100.0;
/// Places of addresses are wrong by a country's size now and then.
const FAR_KM: f64 = 500.0;

/// What one household or office has: an IPv4 /24, an IPv6 /48.
fn network(address: IpAddr) -> (u128, bool) {
    match address {
        IpAddr::V4(v4) => (u128::from(v4.to_bits() >> 8), true),
        IpAddr::V6(v6) => (v6.to_bits() >> 80, false),
    }
}

/// An entry of the list: an address, with a port perhaps.
fn read_address(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim();
    let address = entry
        .parse::<IpAddr>()
        .ok()
        .or_else(|| entry.parse::<SocketAddr>().ok().map(|address| address.ip()))
        .or_else(|| entry.strip_prefix('[')?.strip_suffix(']')?.parse().ok())?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests;
