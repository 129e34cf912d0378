//! Public keys as JWK (RFC 7517; RFC 7518, section 6.2) and their thumbprint (RFC 7638), the only key id.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use thiserror::Error;

use super::{BadSignature, Digest, Signature, base64_text};
use crate::json;

/// A P-256 public key. Whether its point is on the curve shows when it verifies: one that is not verifies
/// nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    x: [u8; 32],
    y: [u8; 32],
}

impl PublicKey {
    /// From a JWK that stands alone.
    pub fn from_json(bytes: &[u8]) -> Result<Self, JwkRefused> {
        json::read::<Jwk>(bytes).map_err(|_| JwkRefused::Malformed)?.try_into()
    }

    /// From a JWK inside a header, whose repeated members were refused with the header.
    pub(super) fn from_value(value: Value) -> Result<Self, JwkRefused> {
        json::object::<_, Jwk>(value).map_err(|_| JwkRefused::Malformed)?.try_into()
    }

    /// From the 65 bytes of an uncompressed point (SEC 1, section 2.3.3).
    pub fn from_point(point: &[u8]) -> Result<Self, JwkRefused> {
        let (&4, coordinates) = point.split_first().ok_or(JwkRefused::Malformed)? else {
            return Err(JwkRefused::Malformed);
        };
        let (x, y) = coordinates.split_at_checked(32).ok_or(JwkRefused::Malformed)?;
        let half = |bytes: &[u8]| bytes.try_into().map_err(|_| JwkRefused::Malformed);
        Ok(Self { x: half(x)?, y: half(y)? })
    }

    /// As the 65 bytes of an uncompressed point.
    pub fn point(&self) -> [u8; 65] {
        let mut point = [4; 65];
        let (_, coordinates) = point.split_at_mut(1);
        let (x, y) = coordinates.split_at_mut(32);
        x.copy_from_slice(&self.x);
        y.copy_from_slice(&self.y);
        point
    }

    /// Its only name: the hash of the required members and no others.
    pub fn thumbprint(&self) -> Thumbprint {
        Thumbprint(*Digest::of(&json::write(self)).bytes())
    }

    /// Verifies a signature over `message`.
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), BadSignature> {
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.point())
            .verify(message, signature.raw())
            .map_err(|_| BadSignature)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.thumbprint())
    }
}

/// The members in the order of RFC 7638, section 3.3, so that what is sent is also what is hashed.
impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, sink: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Members {
            crv: &'static str,
            kty: &'static str,
            x: String,
            y: String,
        }
        Members { crv: CURVE, kty: KEY_TYPE, x: BASE64.encode(self.x), y: BASE64.encode(self.y) }
            .serialize(sink)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        json::object::<D, Jwk>(source)?.try_into().map_err(serde::de::Error::custom)
    }
}

/// The SHA-256 thumbprint of a public key (RFC 7638).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Thumbprint([u8; 32]);

base64_text!(Thumbprint);

impl Thumbprint {
    /// The hash itself.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// A JWK as it comes. Members beyond these say nothing here.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    #[serde(default)]
    crv: String,
    #[serde(default)]
    x: String,
    #[serde(default)]
    y: String,
    #[serde(default, deserialize_with = "json::present")]
    d: bool,
}

impl TryFrom<Jwk> for PublicKey {
    type Error = JwkRefused;

    fn try_from(jwk: Jwk) -> Result<Self, JwkRefused> {
        if jwk.kty != KEY_TYPE || jwk.crv != CURVE {
            return Err(JwkRefused::OtherKind);
        }
        if jwk.d {
            return Err(JwkRefused::Private);
        }
        let coordinate = |text: &str| {
            BASE64.decode(text).ok().and_then(|bytes| bytes.try_into().ok()).ok_or(JwkRefused::Malformed)
        };
        Ok(Self { x: coordinate(&jwk.x)?, y: coordinate(&jwk.y)? })
    }
}

const KEY_TYPE: &str = "EC";
const CURVE: &str = "P-256";

/// Why a JWK is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum JwkRefused {
    /// Not a JWK, or a coordinate that is not 32 bytes in Base64.
    #[error("the key is malformed")]
    Malformed,
    /// A key of another type or curve than P-256.
    #[error("the key is not of the curve P-256")]
    OtherKind,
    /// The private half is in it, so that it is private no more.
    #[error("the key holds its private half")]
    Private,
}
