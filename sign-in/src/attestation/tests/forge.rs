//! Makers that the tests have: their roots, and phones that say whatever a test wants them to.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use crypto_core::approval::Nonce;
use crypto_core::approval::activation::Attestation;
use crypto_core::approval::answer::DeviceKeys;
use crypto_core::seal::sign::{Digest, PublicKey};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CustomExtension, DistinguishedName, DnType, IsCa,
    KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PublicKeyData, SerialNumber, SignatureAlgorithm,
    date_time_ymd,
};

use crate::attestation::{Makers, Revoked, Root};

/// The SHA-256 hash of the certificate that our app is signed with.
pub(crate) const SIGNER: [u8; 32] = [0x5a; 32];
/// Our app at Apple.
pub(crate) const APP: &str = "ABCDE12345.app.countersign";

pub(crate) type Issuer = CertifiedIssuer<'static, KeyPair>;

/// A maker: its root, what is between, and what its phones sign with.
pub(crate) struct Maker {
    pub(crate) root: Issuer,
    pub(crate) middle: Issuer,
    pub(crate) batch: Issuer,
}

/// The maker of every test that needs no other.
pub(crate) static MAKER: LazyLock<Maker> = LazyLock::new(|| Maker::new("Test root"));

impl Maker {
    pub(crate) fn new(name: &str) -> Self {
        let root = Issuer::self_signed(issuer(name, 1), p384()).expect("a root");
        let middle = Issuer::signed_by(issuer("Test middle", 2), p384(), &root).expect("signs");
        let batch = Issuer::signed_by(issuer("Test batch", 3), p256(), &middle).expect("signs");
        Self { root, middle, batch }
    }

    /// Whoever believes it, and knows our app.
    pub(crate) fn makers(&self) -> Makers {
        let mut makers = Makers::default();
        let root = Root::new(self.root.der().to_vec()).expect("a root");
        makers.android.roots = vec![root.clone()];
        makers.android.revoked = Some(Revoked::default());
        makers.android.signers = vec![SIGNER];
        makers.apple.roots = vec![root];
        makers.apple.apps = vec![APP.to_owned()];
        makers
    }

    /// The rest of a chain, from the batch to the root.
    pub(crate) fn rest(&self) -> Vec<Vec<u8>> {
        [&self.batch, &self.middle, &self.root].map(|one| one.der().to_vec()).to_vec()
    }

    /// What an Android phone shows of a key.
    pub(crate) fn chain(&self, key: &PublicKey, said: &Said) -> Vec<Vec<u8>> {
        let leaf = leaf(key, vec![described(said)], &self.batch);
        [vec![leaf], self.rest()].concat()
    }

    /// What a good Android phone shows of a device's keys.
    pub(crate) fn android(&self, keys: [&PublicKey; 2], challenge: &Nonce) -> Attestation {
        let challenge = challenge.as_str().as_bytes();
        let [pop, uv] = keys;
        shown(&self.chain(pop, &Said::pop(challenge)), &self.chain(uv, &Said::uv(challenge)))
    }

    /// What an app on Apple's hardware shows.
    pub(crate) fn apple(&self, keys: &DeviceKeys, challenge: &Nonce) -> Attestation {
        let [pop, uv] = [keys.pop(), keys.uv()].map(|key| key.thumbprint().to_string());
        Vouched::new(format!("{challenge}{pop}{uv}").as_bytes()).shown(self)
    }
}

/// As it is sent.
pub(crate) fn shown(pop: &[Vec<u8>], uv: &[Vec<u8>]) -> Attestation {
    let written = |chain: &[Vec<u8>]| chain.iter().map(|der| URL_SAFE_NO_PAD.encode(der)).collect();
    Attestation::AndroidKey { pop_x5c: written(pop), uv_x5c: written(uv) }
}

pub(crate) fn p256() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a key")
}

pub(crate) fn p384() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).expect("a key")
}

/// A certificate that may issue others, good in 2026.
pub(crate) fn issuer(name: &str, serial: u8) -> CertificateParams {
    let mut params = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.serial_number = Some(SerialNumber::from_slice(&[serial, 0xab]));
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2027, 1, 1);
    params
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

/// A key's certificate, with the dates that a phone without a clock writes.
pub(crate) fn leaf(key: &PublicKey, extensions: Vec<CustomExtension>, by: &Issuer) -> Vec<u8> {
    let mut params = named("Android Keystore Key");
    params.not_before = date_time_ymd(1970, 1, 1);
    params.not_after = date_time_ymd(1970, 1, 2);
    params.custom_extensions = extensions;
    params.signed_by(&Point(key.point()), by).expect("signs").der().to_vec()
}

struct Point([u8; 65]);

impl PublicKeyData for Point {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ECDSA_P256_SHA256
    }
}

/// What a keystore says of a key.
#[derive(Clone)]
pub(crate) struct Said {
    pub(crate) attested_by: u8,
    pub(crate) kept_by: u8,
    pub(crate) challenge: Vec<u8>,
    pub(crate) purposes: Vec<i64>,
    pub(crate) algorithm: i64,
    pub(crate) nobody_is_asked: bool,
    pub(crate) asks_for: Option<i64>,
    pub(crate) stays_open_secs: Option<i64>,
    pub(crate) every_app: bool,
    pub(crate) origin: i64,
    pub(crate) locked: bool,
    pub(crate) boot_state: u8,
    pub(crate) patch: i64,
    pub(crate) packages: Vec<&'static str>,
    pub(crate) signers: Vec<[u8; 32]>,
    /// After all members of what the hardware enforces.
    pub(crate) more: Vec<u8>,
}

impl Said {
    /// Of a good key that needs nobody.
    pub(crate) fn pop(challenge: &[u8]) -> Self {
        Self {
            attested_by: 2,
            kept_by: 2,
            challenge: challenge.to_vec(),
            purposes: vec![2],
            algorithm: 3,
            nobody_is_asked: true,
            asks_for: None,
            stays_open_secs: None,
            every_app: false,
            origin: 0,
            locked: true,
            boot_state: 0,
            patch: 202_608,
            packages: vec!["app.countersign"],
            signers: vec![SIGNER],
            more: Vec::new(),
        }
    }

    /// Of a good key that needs the person each time.
    pub(crate) fn uv(challenge: &[u8]) -> Self {
        Self { nobody_is_asked: false, asks_for: Some(3), ..Self::pop(challenge) }
    }

    pub(crate) fn written(&self) -> Vec<u8> {
        let infos = self.packages.iter().map(|name| sequence(&[octets(name.as_bytes()), integer(7)]));
        let digests = self.signers.iter().map(|digest| octets(digest));
        let app = sequence(&[set(&infos.collect::<Vec<_>>()), set(&digests.collect::<Vec<_>>())]);
        let software = [explicit(701, &integer(1_790_000_000_000)), explicit(709, &octets(&app))];
        let purposes: Vec<_> = self.purposes.iter().map(|&purpose| integer(purpose)).collect();
        let trust = [octets(&[1; 32]), boolean(self.locked), enumerated(self.boot_state), octets(&[2; 32])];
        let hardware = [
            explicit(1, &set(&purposes)),
            explicit(2, &integer(self.algorithm)),
            explicit(3, &integer(256)),
            explicit(5, &set(&[integer(4)])),
            explicit(10, &integer(1)),
            if self.nobody_is_asked { explicit(503, &[5, 0]) } else { Vec::new() },
            self.asks_for.map_or_else(Vec::new, |kinds| explicit(504, &integer(kinds))),
            self.stays_open_secs.map_or_else(Vec::new, |secs| explicit(505, &integer(secs))),
            if self.every_app { explicit(600, &[5, 0]) } else { Vec::new() },
            explicit(702, &integer(self.origin)),
            explicit(704, &sequence(&trust)),
            explicit(705, &integer(160_000)),
            explicit(706, &integer(self.patch)),
            explicit(718, &integer(20_260_805)),
            self.more.clone(),
        ];
        sequence(&[
            integer(400),
            enumerated(self.attested_by),
            integer(400),
            enumerated(self.kept_by),
            octets(&self.challenge),
            octets(&[]),
            sequence(&software),
            sequence(&hardware),
        ])
    }
}

/// It as an extension.
pub(crate) fn described(said: &Said) -> CustomExtension {
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 11129, 2, 1, 17], said.written())
}

/// What App Attest shows.
pub(crate) struct Vouched {
    pub(crate) key: KeyPair,
    pub(crate) app: String,
    pub(crate) flags: u8,
    pub(crate) counter: u32,
    pub(crate) place: [u8; 16],
    pub(crate) client_data: Vec<u8>,
    /// None for the key's own.
    pub(crate) credential: Option<[u8; 32]>,
    pub(crate) not_after: (i32, u8, u8),
    pub(crate) nonces: usize,
}

impl Vouched {
    pub(crate) fn new(client_data: &[u8]) -> Self {
        Self {
            key: p256(),
            app: APP.to_owned(),
            flags: 0x40,
            counter: 0,
            place: *crate::attestation::app_attest::PRODUCTION,
            client_data: client_data.to_vec(),
            credential: None,
            not_after: (2026, 12, 1),
            nonces: 1,
        }
    }

    pub(crate) fn key_id(&self) -> [u8; 32] {
        *Digest::of(self.key.public_key_raw()).bytes()
    }

    pub(crate) fn auth_data(&self) -> Vec<u8> {
        let credential = self.credential.unwrap_or_else(|| self.key_id());
        [
            Digest::of(self.app.as_bytes()).bytes().as_slice(),
            &[self.flags],
            &self.counter.to_be_bytes(),
            &self.place,
            &[0, 32],
            &credential,
            // The key once more, and extensions, of which nothing is judged.
            &[0xa0],
        ]
        .concat()
    }

    pub(crate) fn chain(&self, maker: &Maker) -> Vec<Vec<u8>> {
        let hash = Digest::of(&self.client_data);
        let nonce = Digest::of(&[&self.auth_data(), hash.bytes().as_slice()].concat());
        let mut params = named("An app's key");
        params.not_before = date_time_ymd(2026, 9, 20);
        let (year, month, day) = self.not_after;
        params.not_after = date_time_ymd(year, month, day);
        let value = sequence(&[explicit(1, &octets(nonce.bytes()))]);
        let extension = CustomExtension::from_oid_content(&[1, 2, 840, 113_635, 100, 8, 2], value);
        params.custom_extensions = vec![extension; self.nonces];
        let leaf = params.signed_by(&self.key, &maker.middle).expect("signs");
        vec![leaf.der().to_vec(), maker.middle.der().to_vec()]
    }

    pub(crate) fn object(&self, chain: &[Vec<u8>]) -> Vec<u8> {
        object("apple-appattest", chain, &self.auth_data())
    }

    pub(crate) fn shown(&self, maker: &Maker) -> Attestation {
        Attestation::AppleAppAttest {
            object: URL_SAFE_NO_PAD.encode(self.object(&self.chain(maker))),
            key_id: URL_SAFE_NO_PAD.encode(self.key_id()),
        }
    }
}

/// An attestation object.
pub(crate) fn object(format: &str, chain: &[Vec<u8>], auth_data: &[u8]) -> Vec<u8> {
    use ciborium::Value;
    let text = |text: &str| Value::Text(text.to_owned());
    let chain = chain.iter().map(|der| Value::Bytes(der.clone())).collect();
    let statement =
        vec![(text("x5c"), Value::Array(chain)), (text("receipt"), Value::Bytes(vec![0x30, 0x80, 0, 0]))];
    let whole = Value::Map(vec![
        (text("fmt"), text(format)),
        (text("attStmt"), Value::Map(statement)),
        (text("authData"), Value::Bytes(auth_data.to_vec())),
    ]);
    let mut bytes = Vec::new();
    ciborium::into_writer(&whole, &mut bytes).expect("writes");
    bytes
}

pub(crate) fn value(identifier: &[u8], content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let length = match u8::try_from(length) {
        Ok(short @ ..=0x7f) => vec![short],
        Ok(byte) => vec![0x81, byte],
        Err(_) => [vec![0x82], u16::try_from(length).expect("short").to_be_bytes().to_vec()].concat(),
    };
    [identifier, &length, content].concat()
}

pub(crate) fn sequence(values: &[Vec<u8>]) -> Vec<u8> {
    value(&[0x30], &values.concat())
}

pub(crate) fn set(values: &[Vec<u8>]) -> Vec<u8> {
    value(&[0x31], &values.concat())
}

pub(crate) fn octets(bytes: &[u8]) -> Vec<u8> {
    value(&[4], bytes)
}

pub(crate) fn boolean(yes: bool) -> Vec<u8> {
    value(&[1], &[if yes { 0xff } else { 0 }])
}

pub(crate) fn enumerated(number: u8) -> Vec<u8> {
    value(&[10], &[number])
}

pub(crate) fn integer(number: i64) -> Vec<u8> {
    let bytes = number.to_be_bytes();
    let spare = |pair: &[u8]| (pair[0] == 0 && pair[1] < 0x80) || (pair[0] == 0xff && pair[1] >= 0x80);
    let skip = bytes.windows(2).take_while(|pair| spare(pair)).count();
    value(&[2], &bytes[skip..])
}

/// `[number]`, of numbers up to 16383.
pub(crate) fn explicit(number: u32, content: &[u8]) -> Vec<u8> {
    let low = |bits: u32| u8::try_from(bits & 0x7f).expect("seven bits");
    match number {
        ..=30 => value(&[0xa0 | low(number)], content),
        31..=127 => value(&[0xbf, low(number)], content),
        _ => value(&[0xbf, 0x80 | low(number >> 7), low(number)], content),
    }
}
