//! App Attest, judged by the steps of Apple's article on validating apps that connect to a server. Its key is
//! one of its own. What it signs is the hash of our challenge and of both thumbprints, so that this app, on
//! Apple's hardware, stands for the two keys it made in the Secure Enclave.

use ciborium::de::from_reader;
use crypto_core::approval::Nonce;
use crypto_core::approval::answer::DeviceKeys;
use crypto_core::seal::sign::Digest;
use crypto_core::time::UnixTime;
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};
use x509_parser::certificate::X509Certificate;
use x509_parser::der_parser::{Oid, oid};

use super::chain::{self, Rules};
use super::der::Der;
use super::{Apple, Why, forms};

/// What the app hashes for an attestation: the challenge and both thumbprints, as the texts that they are in
/// every message, or the bytes that these stand for.
pub(super) fn client_data(challenge: &Nonce, keys: &DeviceKeys) -> Result<[Vec<u8>; 2], Why> {
    let [pop, uv] = [keys.pop().thumbprint(), keys.uv().thumbprint()];
    let [text, bytes] = forms(challenge)?;
    Ok([
        [text, pop.to_string().into_bytes(), uv.to_string().into_bytes()].concat(),
        [bytes.as_slice(), pop.bytes(), uv.bytes()].concat(),
    ])
}

impl Apple {
    /// Judges an attestation object over the hash of one of these.
    pub(super) fn judge(
        &self,
        object: &[u8],
        key_id: &[u8],
        client_data: &[Vec<u8>],
        now: UnixTime,
    ) -> Result<(), Why> {
        let hashes: Vec<_> = client_data.iter().map(|data| Digest::of(data).bytes().to_vec()).collect();
        self.judge_hash(object, key_id, &hashes, now)
    }

    /// The same over one of these hashes.
    pub(super) fn judge_hash(
        &self,
        object: &[u8],
        key_id: &[u8],
        hashes: &[Vec<u8>],
        now: UnixTime,
    ) -> Result<(), Why> {
        let object = Object::read(object)?;
        let chain: Vec<_> = object.statement.x5c.into_iter().map(|Bytes(der)| der).collect();
        if chain.len() > MOST_CERTIFICATES {
            return Err(Why::Unreadable);
        }
        let chain = chain::read(&chain)?;
        // Apple publishes no list of certificates that were taken back.
        chain::verify(&chain, &self.roots, None, RULES, now)?;
        let leaf = chain.first().ok_or(Why::Chain)?;
        let Bytes(data) = object.auth_data;
        let nonce = nonce_of(leaf)?;
        let is_over = |hash: &Vec<u8>| Digest::of(&[data.as_slice(), hash].concat()).bytes() == nonce;
        if !hashes.iter().any(is_over) {
            return Err(Why::Challenge);
        }
        let data = AuthData::read(&data)?;
        let point = &leaf.public_key().subject_public_key.data;
        if Digest::of(point).bytes() != key_id || data.credential != key_id {
            return Err(Why::OtherKey);
        }
        let is_ours = |app: &String| Digest::of(app.as_bytes()).bytes() == data.app;
        let built_for = data.place == PRODUCTION || (self.development && data.place == DEVELOPMENT);
        if !self.apps.iter().any(is_ours) || !built_for {
            return Err(Why::App);
        }
        // It counts from there with each use: a key that was used is not a new one.
        if data.counter == [0; 4] { Ok(()) } else { Err(Why::Challenge) }
    }
}

/// The attestation object, as WebAuthn has it. The receipt in it is for Apple's own servers.
#[derive(Deserialize)]
struct Object {
    fmt: String,
    #[serde(rename = "attStmt")]
    statement: Statement,
    #[serde(rename = "authData")]
    auth_data: Bytes,
}

#[derive(Deserialize)]
struct Statement {
    x5c: Vec<Bytes>,
}

impl Object {
    fn read(mut bytes: &[u8]) -> Result<Self, Why> {
        let object: Self = from_reader(&mut bytes).map_err(|_| Why::Unreadable)?;
        let known = bytes.is_empty() && object.fmt == "apple-appattest";
        if known { Ok(object) } else { Err(Why::Unreadable) }
    }
}

/// A byte string.
struct Bytes(Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct ByteString;
        impl Visitor<'_> for ByteString {
            type Value = Bytes;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a byte string")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }

            fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Bytes, E> {
                Ok(Bytes(bytes))
            }
        }
        source.deserialize_byte_buf(ByteString)
    }
}

/// The authenticator's data (WebAuthn, section 6.1), as far as it is judged. Newer systems add more after it,
/// and the nonce covers all of it.
struct AuthData<'a> {
    app: &'a [u8],
    counter: &'a [u8],
    place: &'a [u8],
    credential: &'a [u8],
}

impl<'a> AuthData<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Why> {
        let mut rest = bytes;
        let mut take = |count: usize| -> Result<&'a [u8], Why> {
            let (taken, left) = rest.split_at_checked(count).ok_or(Why::Unreadable)?;
            rest = left;
            Ok(taken)
        };
        let app = take(32)?;
        let flags = take(1)?;
        let counter = take(4)?;
        let place = take(16)?;
        let length = take(2)?;
        let credential = take(32)?;
        let known = length == [0, 32] && flags.iter().all(|flags| flags & HAS_CREDENTIAL != 0);
        if known { Ok(Self { app, counter, place, credential }) } else { Err(Why::Unreadable) }
    }
}

/// `SEQUENCE { [1] { OCTET STRING } }`
fn nonce_of<'a>(leaf: &'a X509Certificate<'_>) -> Result<&'a [u8], Why> {
    let mut whole = Der::new(chain::extension(leaf, &NONCE).ok_or(Why::Unreadable)?);
    let mut members = whole.sequence()?;
    whole.end()?;
    let (1, mut value) = members.next_explicit()? else { return Err(Why::Unreadable) };
    members.end()?;
    let nonce = value.octets()?;
    value.end()?;
    Ok(nonce)
}

const RULES: Rules = Rules { leaf_dates: true, issuers_say_so: true };

pub(super) const NONCE: Oid<'static> = oid!(1.2.840.113635.100.8.2);

/// The flag that says that a credential follows.
const HAS_CREDENTIAL: u8 = 0x40;
pub(super) const PRODUCTION: &[u8; 16] = b"appattest\0\0\0\0\0\0\0";
pub(super) const DEVELOPMENT: &[u8; 16] = b"appattestdevelop";

/// In a chain; Apple's have two.
const MOST_CERTIFICATES: usize = 4;
