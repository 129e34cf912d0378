//! Compact JWS (RFC 7515, section 3.1), strictly: one algorithm, one stated type, no extension. A signature is
//! verified over the bytes received, never over a value written again.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use super::{BadSignature, Digest, JwkRefused, PublicKey, Signature, Thumbprint};
use crate::json::{self, JsonRefused};

/// The longest message that is read, in bytes.
pub const MAX_JWS: usize = 8 * 1024;

/// A message that is well-formed and not verified.
pub struct Jws<'a, T> {
    text: &'a str,
    input: &'a str,
    header: Header,
    claims: T,
    signature: Signature,
}

impl<'a, T: DeserializeOwned> Jws<'a, T> {
    /// Reads a message whose header says that it is of type `typ`.
    pub fn parse(bytes: &'a [u8], typ: &str) -> Result<Self, JwsRefused> {
        if bytes.len() > MAX_JWS {
            return Err(JwsRefused::TooLong);
        }
        let text = str::from_utf8(bytes).map_err(|_| JwsRefused::Malformed)?;
        let (input, signature) = text.rsplit_once('.').ok_or(JwsRefused::Malformed)?;
        let (header, payload) = input.split_once('.').ok_or(JwsRefused::Malformed)?;
        let header: Header = json::read(&decoded(header)?)?;
        if header.alg != ALGORITHM {
            return Err(JwsRefused::OtherAlgorithm);
        }
        if header.typ != typ {
            return Err(JwsRefused::OtherType);
        }
        // No extension is known here, so each one that must be understood is a reason to refuse.
        if header.crit {
            return Err(JwsRefused::Critical);
        }
        let claims = json::read(&decoded(payload)?)?;
        let signature = Signature::from_raw(&decoded(signature)?).map_err(|_| JwsRefused::Malformed)?;
        Ok(Self { text, input, header, claims, signature })
    }

    /// What the message says, before anything is known of who says it: good for finding the key to try.
    pub const fn unverified(&self) -> &T {
        &self.claims
    }

    /// The key the header names; none if it names none or it is no thumbprint.
    pub fn kid(&self) -> Option<Thumbprint> {
        Thumbprint::parse(self.header.kid.as_ref()?.as_str()?)
    }

    /// The key inside the header, for the messages whose profile puts it there.
    pub fn embedded_key(&self) -> Result<PublicKey, JwkRefused> {
        PublicKey::from_value(self.header.jwk.clone().ok_or(JwkRefused::Malformed)?)
    }

    /// What the message says, if `key` signed it.
    pub fn verify(self, key: &PublicKey) -> Result<T, BadSignature> {
        key.verify(self.input.as_bytes(), &self.signature)?;
        Ok(self.claims)
    }

    /// The hash of the whole message as it was received.
    pub fn digest(&self) -> Digest {
        Digest::of(self.text.as_bytes())
    }
}

/// A message that waits for its signature. It has no Debug text, as some hold a number that must not be seen.
pub struct Unsigned {
    input: String,
}

impl Unsigned {
    /// A message of type `typ` that names its key by thumbprint.
    pub fn under_kid<T: Serialize>(typ: &str, kid: Thumbprint, claims: &T) -> Self {
        Self::new(&Head { typ, alg: ALGORITHM, kid: Some(kid), jwk: None }, claims)
    }

    /// A message of type `typ` that brings its key along.
    pub fn with_key<T: Serialize>(typ: &str, key: &PublicKey, claims: &T) -> Self {
        Self::new(&Head { typ, alg: ALGORITHM, kid: None, jwk: Some(key) }, claims)
    }

    fn new<T: Serialize>(header: &Head<'_>, claims: &T) -> Self {
        let part = |bytes: Vec<u8>| BASE64.encode(bytes);
        Self { input: format!("{}.{}", part(json::write(header)), part(json::write(claims))) }
    }

    /// What is signed, for a key that hashes it itself.
    pub fn signing_input(&self) -> &[u8] {
        self.input.as_bytes()
    }

    /// The hash that is signed, for a keystore that takes hashes.
    pub fn digest(&self) -> Digest {
        Digest::of(self.input.as_bytes())
    }

    /// The whole message.
    pub fn signed(self, signature: &Signature) -> String {
        let mut text = self.input;
        text.push('.');
        text.push_str(&BASE64.encode(signature.raw()));
        text
    }
}

/// `kid` and `jwk` are read when they are asked for: in a message that has no use for one, even a malformed
/// one says nothing. `jku`, `x5u` and `x5c` are never asked for.
#[derive(Deserialize)]
struct Header {
    alg: String,
    typ: String,
    kid: Option<Value>,
    jwk: Option<Value>,
    #[serde(default, deserialize_with = "json::present")]
    crit: bool,
}

#[derive(Serialize)]
struct Head<'a> {
    typ: &'a str,
    alg: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<Thumbprint>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jwk: Option<&'a PublicKey>,
}

fn decoded(part: &str) -> Result<Vec<u8>, JwsRefused> {
    BASE64.decode(part).map_err(|_| JwsRefused::Malformed)
}

const ALGORITHM: &str = "ES256";

/// Why a message is not read. None of these says anything about its signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum JwsRefused {
    /// Longer than [`MAX_JWS`].
    #[error("the message is longer than {MAX_JWS} bytes")]
    TooLong,
    /// Not three parts of Base64, or not what a message of this type holds.
    #[error("the message is malformed")]
    Malformed,
    /// A member is there twice, so that two readers could read two messages.
    #[error("the message has a member twice")]
    Repeated,
    /// Signed with another algorithm than ES256, or said to be.
    #[error("the message is not signed with ES256")]
    OtherAlgorithm,
    /// A message for another purpose.
    #[error("the message is of another type")]
    OtherType,
    /// It asks for an extension to be understood; usually a newer version.
    #[error("the message needs an extension that is not known")]
    Critical,
}

impl From<JsonRefused> for JwsRefused {
    fn from(refused: JsonRefused) -> Self {
        match refused {
            JsonRefused::Malformed => Self::Malformed,
            JsonRefused::Repeated => Self::Repeated,
        }
    }
}
