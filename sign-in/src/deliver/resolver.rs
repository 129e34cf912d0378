//! Looks up names, and gives only addresses on the public internet. Whoever connects does so to what was
//! looked at here, so that a name cannot mean one address when it is judged and another a moment later (S-15).

use std::io;
use std::net::SocketAddr;

use crypto_core::approval::is_public_address;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// The operating system's resolver behind a gate.
#[derive(Debug, Clone, Copy)]
pub(super) struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // The port is put in by whoever connects.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(public(found)?)
        })
    }
}

/// A name that has a private address beside a public one is up to something.
fn public(found: impl Iterator<Item = SocketAddr>) -> io::Result<Addrs> {
    let addresses = found.collect::<Vec<_>>();
    if addresses.is_empty() || !addresses.iter().all(|address| is_public_address(address.ip().to_canonical()))
    {
        return Err(io::Error::new(io::ErrorKind::AddrNotAvailable, "not on the public internet"));
    }
    Ok(Box::new(addresses.into_iter()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(addresses: &[&str]) -> bool {
        public(addresses.iter().map(|address| SocketAddr::new(address.parse().expect("an address"), 0)))
            .is_ok()
    }

    #[test]
    fn only_the_public_internet_passes() {
        assert!(passes(&["8.8.8.8", "2606:4700::1111"]));
        for private in
            ["127.0.0.1", "169.254.169.254", "10.0.0.1", "::1", "fd00::1", "::ffff:10.0.0.1", "0.0.0.0"]
        {
            assert!(!passes(&[private]), "{private}");
            assert!(!passes(&["8.8.8.8", private]), "{private} beside a public one");
        }
        assert!(!passes(&[]));
    }

    #[tokio::test]
    async fn a_name_of_this_machine_is_not_resolved() {
        let name: Name = "localhost".parse().expect("a name");
        assert!(PublicOnly.resolve(name).await.is_err());
    }
}
