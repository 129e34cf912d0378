//! Where addresses are, from a file in the MaxMind format (GeoLite2-City and its like). Without one, places
//! are unknown, and nothing else changes.

use std::fmt;
use std::net::IpAddr;
use std::path::Path;

use crypto_core::approval::challenge::Place;
use maxminddb::{Reader, geoip2};

/// The file, read whole.
pub struct GeoIp(Reader<Vec<u8>>);

impl GeoIp {
    /// Reads it.
    pub fn open(path: &Path) -> Result<Self, GeoIpRefused> {
        let reader = Reader::open_readfile(path).map_err(|_| GeoIpRefused::NotRead)?;
        if !reader.metadata().database_type.contains("City")
            && !reader.metadata().database_type.contains("Country")
        {
            return Err(GeoIpRefused::OtherKind);
        }
        Ok(Self(reader))
    }

    pub(super) fn place(&self, ip: IpAddr) -> Option<Place> {
        let city: geoip2::City<'_> = self.0.lookup(ip).ok()?.decode().ok()??;
        let country = city.country.names.english;
        let label = match (city.city.names.english, country) {
            (Some(city), Some(country)) => format!("{city}, {country}"),
            (Some(name), None) | (None, Some(name)) => name.to_owned(),
            (None, None) => return None,
        };
        Some(Place { label, cc: city.country.iso_code.map(str::to_owned), src: Some("geoip".to_owned()) })
    }

    /// How far two addresses are apart.
    pub(super) fn kilometres(&self, one: IpAddr, other: IpAddr) -> Option<f64> {
        let (lat_1, lon_1) = self.position(one)?;
        let (lat_2, lon_2) = self.position(other)?;
        // Haversine, over a round earth.
        let half = |from: f64, to: f64| ((to - from).to_radians() / 2.0).sin().powi(2);
        let across =
            half(lat_1, lat_2) + lat_1.to_radians().cos() * lat_2.to_radians().cos() * half(lon_1, lon_2);
        Some(2.0 * EARTH_KM * across.sqrt().min(1.0).asin())
    }

    fn position(&self, ip: IpAddr) -> Option<(f64, f64)> {
        let city: geoip2::City<'_> = self.0.lookup(ip).ok()?.decode().ok()??;
        city.location.latitude.zip(city.location.longitude)
    }
}

const EARTH_KM: f64 = 6371.0;

impl fmt::Debug for GeoIp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GeoIp({})", self.0.metadata().database_type)
    }
}

/// Why a file does not tell where addresses are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GeoIpRefused {
    /// It is not there, or not in the MaxMind format.
    #[error("the GeoIP file is not there or not in the MaxMind format (.mmdb)")]
    NotRead,
    /// It tells something else, such as the network's owner.
    #[error("the GeoIP file has no places; a City or Country file does")]
    OtherKind,
}
