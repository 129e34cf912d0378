//! What the operator sets, by a file and the environment. Secrets have no defaults.

use crypto_core::approval::{Limits, Origin};
use crypto_core::secret::SecretBytes;

/// The settings of a node.
#[derive(Debug)]
pub struct Config {
    /// The address that browsers and apps use, without a path.
    pub issuer: Origin,
    /// The service's name on its pages and in the app.
    pub name: String,
    /// The one secret that every node shares: what is sealed or hashed at rest is under keys derived from it.
    pub secret: SecretBytes,
    /// The limits of the protocol.
    pub limits: Limits,
    /// A demonstration: mail goes to a page, and the first people are made up.
    pub demo: bool,
}
