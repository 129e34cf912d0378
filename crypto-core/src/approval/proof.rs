//! The proof that a call comes from a device: the form of DPoP (RFC 9449, section 4.2) without a token, with
//! the hash of the body in it. The device is found by its key.

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Origin, ProblemCode};
use crate::json;
use crate::seal;
use crate::seal::sign::{Digest, JwkRefused, Jws, JwsRefused, PublicKey, Unsigned};
use crate::time::UnixTime;

/// A call as it is made or as it came in.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// GET, POST, PUT or DELETE.
    pub method: &'a str,
    /// The whole address. What follows a `?` or `#` is no part of the proof.
    pub url: &'a str,
    /// The body; empty if there is none.
    pub body: &'a [u8],
}

/// Makes the proof for a call. `nonce` is the service's last one.
pub fn make(
    call: Call<'_>,
    nonce: &str,
    key: &PublicKey,
    now: UnixTime,
    rng: &mut dyn CryptoRng,
) -> Result<Unsigned, ProofRefused> {
    let claims = Claims {
        jti: data_encoding::HEXLOWER.encode(&seal::make_public::<16>(rng)),
        htm: call.method.to_owned(),
        htu: target(call.url).ok_or(ProofRefused::OtherAddress)?,
        iat: now,
        nonce: nonce.to_owned(),
        bh: body_hash(call.body),
    };
    Ok(Unsigned::with_key(PROOF_TYPE, key, &claims))
}

/// Checks the proof of a call. `nonce` says whether a nonce is one of this service's and recent. Whether the
/// id was seen before is for the store to say, as long as the nonce would be accepted.
pub fn check(jws: &[u8], call: Call<'_>, nonce: impl FnOnce(&str) -> bool) -> Result<Proven, ProofRefused> {
    let jws = Jws::<Claims>::parse(jws, PROOF_TYPE)?;
    let key = jws.embedded_key()?;
    let claims = jws.verify(&key).map_err(|_| ProofRefused::Signature)?;
    if claims.jti.is_empty() || claims.jti.len() > LONGEST_ID {
        return Err(ProofRefused::Unreadable(JwsRefused::Malformed));
    }
    if claims.htm != call.method {
        return Err(ProofRefused::OtherMethod);
    }
    let asked = target(call.url).ok_or(ProofRefused::OtherAddress)?;
    if target(&claims.htu) != Some(asked) {
        return Err(ProofRefused::OtherAddress);
    }
    if claims.bh != body_hash(call.body) {
        return Err(ProofRefused::OtherBody);
    }
    // Last, so that only a proof which is otherwise good is asked for once more.
    if !nonce(&claims.nonce) {
        return Err(ProofRefused::Nonce);
    }
    Ok(Proven { key, id: claims.jti, nonce: claims.nonce, stated_at: claims.iat })
}

/// Who made a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// The device's key.
    pub key: PublicKey,
    /// The proof's own id, to be seen once.
    pub id: String,
    /// The nonce that it was made with.
    pub nonce: String,
    /// When the device says it was made; recorded, never judged.
    pub stated_at: UnixTime,
}

/// The address without its query and fragment, in one spelling (RFC 9449, section 4.3).
fn target(url: &str) -> Option<String> {
    let (origin, rest) = Origin::split(url).ok()?;
    let path = rest.split(['?', '#']).next().filter(|path| !path.is_empty()).unwrap_or("/");
    Some(origin.at(path))
}

fn body_hash(body: &[u8]) -> Option<Digest> {
    (!body.is_empty()).then(|| Digest::of(body))
}

#[derive(Serialize, Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    #[serde(with = "json::seconds")]
    iat: UnixTime,
    /// A proof without one is as good as a proof with an old one.
    #[serde(default)]
    nonce: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bh: Option<Digest>,
}

const PROOF_TYPE: &str = "dpop+jwt";
const LONGEST_ID: usize = 128;

/// Why a proof is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProofRefused {
    /// Not a proof that can be read.
    #[error(transparent)]
    Unreadable(#[from] JwsRefused),
    /// The key in it is none that is used here.
    #[error(transparent)]
    Key(#[from] JwkRefused),
    /// The signature is not of the key in it.
    #[error("the proof's signature is not valid")]
    Signature,
    /// For another method.
    #[error("the proof is for another method")]
    OtherMethod,
    /// For another address, or one that is not `https`.
    #[error("the proof is for another address")]
    OtherAddress,
    /// For another body, for none, or for one where there is none.
    #[error("the proof is for another body")]
    OtherBody,
    /// The nonce is missing or old; once more with the one that comes with this answer.
    #[error("the proof needs a new nonce")]
    Nonce,
}

impl ProofRefused {
    /// What the device is told.
    pub const fn problem(self) -> ProblemCode {
        match self {
            Self::Nonce => ProblemCode::UseDpopNonce,
            Self::Unreadable(_)
            | Self::Key(_)
            | Self::Signature
            | Self::OtherMethod
            | Self::OtherAddress
            | Self::OtherBody => ProblemCode::BadProof,
        }
    }
}
