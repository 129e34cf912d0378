//! Signatures: ES256 (RFC 7518, section 3.4) and nothing else, and the compact JWS (RFC 7515) they travel in.
//! It knows no message; what is signed and which key is tried is the caller's.
//!
//! Phones sign in their keystore, which takes a digest and gives the signature in DER. Desktops and the
//! service sign with a [`SigningKey`]. Both end in a [`Signature`], which only has the 64 byte form.

mod der;
mod jwk;
mod jws;
#[cfg(test)]
pub(crate) mod tests;

pub use jwk::{JwkRefused, PublicKey, Thumbprint};
pub use jws::{Jws, JwsRefused, MAX_JWS, Unsigned};

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use thiserror::Error;

use crate::secret::SecretBytes;

/// A SHA-256 hash of something public. As text it is Base64 in the URL alphabet.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The hash of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        let hash = ring::digest::digest(&ring::digest::SHA256, bytes);
        Self(hash.as_ref().try_into().expect("SHA-256 gives 32 bytes"))
    }

    /// The hash itself.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// An ES256 signature: R and S, each from 1 to the order of the group less one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; 64]);

impl Signature {
    /// From the 64 bytes R ‖ S, the form of JWS.
    pub fn from_raw(bytes: &[u8]) -> Result<Self, NotASignature> {
        let bytes: [u8; 64] = bytes.try_into().map_err(|_| NotASignature)?;
        let (r, s) = bytes.split_at(32);
        let in_range = |half: &[u8]| half.iter().any(|&byte| byte != 0) && half < ORDER.as_slice();
        if in_range(r) && in_range(s) { Ok(Self(bytes)) } else { Err(NotASignature) }
    }

    /// From DER, the form of platform keystores.
    pub fn from_der(bytes: &[u8]) -> Result<Self, NotASignature> {
        Self::from_raw(&der::to_raw(bytes).ok_or(NotASignature)?)
    }

    /// The 64 bytes R ‖ S.
    pub const fn raw(&self) -> &[u8; 64] {
        &self.0
    }

    /// As DER.
    pub fn to_der(&self) -> Vec<u8> {
        der::from_raw(&self.0)
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({})", BASE64.encode(self.0))
    }
}

/// A private key in memory: the service's, and a desktop's, whose screens call it a software key.
///
/// ring seals its trait of random sources, so that no caller's source can be handed to it. Making a key and
/// signing are therefore the two places in this crate where randomness is no argument: ring draws it from the
/// operating system. That is the source C-05 asks for, and ring hashes key and message into the nonce besides.
pub struct SigningKey {
    pair: EcdsaKeyPair,
    public: PublicKey,
}

impl SigningKey {
    /// A new key in PKCS#8 (RFC 5958), to be sealed and kept. ring's own copy of it is not wiped.
    pub fn make_pkcs8() -> Result<SecretBytes, NoRandomness> {
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .map(|document| SecretBytes::new(document.as_ref().to_vec()))
            .map_err(|_| NoRandomness)
    }

    /// Takes a key that [`make_pkcs8`](Self::make_pkcs8) made.
    pub fn from_pkcs8(pkcs8: &SecretBytes) -> Result<Self, NotAKey> {
        // expose: this is where the key is taken into use.
        let bytes = pkcs8.expose();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, bytes, &SystemRandom::new())
            .map_err(|_| NotAKey)?;
        let public = PublicKey::from_point(pair.public_key().as_ref()).map_err(|_| NotAKey)?;
        Ok(Self { pair, public })
    }

    /// Its public half.
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs the SHA-256 hash of `message`.
    pub fn sign(&self, message: &[u8]) -> Result<Signature, NoRandomness> {
        let signature = self.pair.sign(&SystemRandom::new(), message).map_err(|_| NoRandomness)?;
        Signature::from_raw(signature.as_ref()).map_err(|_| NoRandomness)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

/// Writes 32 public bytes as Base64 in the URL alphabet and reads them back strictly.
macro_rules! base64_text {
    ($name:ident) => {
        impl $name {
            /// Reads the 43 characters; none for any other text.
            pub fn parse(text: &str) -> Option<Self> {
                BASE64.decode(text).ok()?.try_into().ok().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&BASE64.encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, sink: S) -> Result<S::Ok, S::Error> {
                sink.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(source)?;
                Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not 32 bytes"))
            }
        }
    };
}
use base64_text;

base64_text!(Digest);

/// The order of P-256's group (FIPS 186-5, SP 800-186 section 3.2.1.3), big-endian.
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, //
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// The bytes are no ES256 signature: their length, a number in them or their DER is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("these bytes are no signature")]
pub struct NotASignature;

/// The signature was not made with this key over these bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the signature is not of this key over this message")]
pub struct BadSignature;

/// The bytes are no P-256 key in PKCS#8; usually the sealed file is not the one that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("these bytes are no signing key")]
pub struct NotAKey;

/// The operating system gave no random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the operating system gave no random bytes")]
pub struct NoRandomness;
