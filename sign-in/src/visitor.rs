//! Where a call comes from, as far as it tells: the address, the browser, the place.

use std::net::IpAddr;

use crypto_core::approval::challenge::Place;

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
