//! Scanning the sign-in page in place of typing its number: the page shows a link with 128 random bits, good
//! for its own request and once. The link opens nothing and asks nothing. It answers a request that this
//! phone fetched and verified by itself, and only if that request says that it may be answered so.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use rand_core::CryptoRng;
use serde::{Deserializer, Serialize, Serializer};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::fragment::{self, VERSION};
use super::{LinkRefused, Origin, TransactionId, wire};
use crate::secret::SecretText;

/// What the QR code beside the number says. All of it stands in the fragment, which a browser sends nowhere.
#[derive(Debug)]
pub struct ApproveLink {
    /// The service.
    pub origin: Origin,
    /// The request it answers, and no other.
    pub transaction: TransactionId,
    /// What shows that the page was seen.
    pub secret: ScanSecret,
}

impl ApproveLink {
    /// Whether a text is meant to be such a link.
    pub fn is_meant(text: &str) -> bool {
        fragment::is_meant(text, PATH)
    }

    /// Reads a link. Parameters it does not know are for newer apps.
    pub fn parse(text: &str) -> Result<Self, LinkRefused> {
        let (origin, [transaction, secret]) = fragment::read(text, PATH, ["t", "s"])?;
        let transaction = transaction.ok_or(LinkRefused::Code)?;
        let transaction = TransactionId::try_from(transaction).map_err(|_| LinkRefused::Code)?;
        let secret = secret.and_then(ScanSecret::parse).ok_or(LinkRefused::Code)?;
        Ok(Self { origin, transaction, secret })
    }

    /// Writes the link.
    pub fn print(&self) -> SecretText {
        let Self { origin, transaction, secret } = self;
        // expose: the link is what carries it from the page to the phone.
        let secret = secret.expose();
        SecretText::new(format!("{origin}{PATH}v={VERSION}&t={transaction}&s={secret}"))
    }
}

/// 128 random bits that only the page of one request shows, as 22 characters.
pub struct ScanSecret(SecretText);

impl ScanSecret {
    /// A new one.
    pub fn make(rng: &mut dyn CryptoRng) -> Self {
        let mut bytes = Zeroizing::new([0; LEN]);
        rng.fill_bytes(bytes.as_mut());
        Self(SecretText::new(BASE64.encode(bytes.as_slice())))
    }

    /// Reads one, in its one spelling.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = Zeroizing::new([0; LEN]);
        let read = BASE64.decode_slice(text, bytes.as_mut()).ok()?;
        (read == LEN).then(|| Self(SecretText::new(text.to_owned())))
    }

    /// Compares in constant time.
    pub fn ct_eq(&self, other: &Self) -> bool {
        // expose: the comparison tells nothing but its result.
        self.0.expose().as_bytes().ct_eq(other.0.expose().as_bytes()).into()
    }

    /// The characters, for the sign-in page, the signed answer and the service's sealed store. Each caller
    /// gives its reason.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl fmt::Debug for ScanSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ScanSecret(..)")
    }
}

/// Only inside an answer: no other message has one in it.
pub(super) fn read<'de, D: Deserializer<'de>>(source: D) -> Result<Option<ScanSecret>, D::Error> {
    wire::secret(source, ScanSecret::parse)
}

/// The reverse of [`read`].
pub(super) fn write<S: Serializer>(secret: &Option<ScanSecret>, sink: S) -> Result<S::Ok, S::Error> {
    // expose: the answer carries it, signed, to the service that drew it.
    secret.as_ref().map(ScanSecret::expose).serialize(sink)
}

const PATH: &str = "/approve#";
const LEN: usize = 16;
