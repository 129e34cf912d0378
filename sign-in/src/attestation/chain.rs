//! Chains of certificates (RFC 5280): each signed by the next, up to a root that the operator believes.

use crypto_core::seal::sign::{Digest, PublicKey};
use crypto_core::time::UnixTime;
use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use x509_parser::asn1_rs::Tag;
use x509_parser::certificate::X509Certificate;
use x509_parser::der_parser::{Oid, oid};
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::der::Der;
use super::{Revoked, Why};

/// A certificate that is believed for what it is: its name, its key and its dates.
#[derive(Clone, PartialEq, Eq)]
pub struct Root(Vec<u8>);

impl Root {
    /// From DER; none if it is no certificate whose key this service can verify with.
    pub fn new(der: Vec<u8>) -> Option<Self> {
        let (rest, root) = X509Certificate::from_der(&der).ok()?;
        // It proves nothing, and shows that the key is of a kind that is known.
        let known = rest.is_empty() && signed_by(&root, root.public_key());
        known.then_some(Self(der))
    }

    /// The SHA-256 hash of the certificate, as the makers print it beside it.
    pub fn fingerprint(&self) -> String {
        Digest::of(&self.0).bytes().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn certificate(&self) -> Option<X509Certificate<'_>> {
        X509Certificate::from_der(&self.0).ok().map(|(_, root)| root)
    }
}

impl std::fmt::Debug for Root {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = self.certificate().map(|root| root.subject().to_string());
        write!(f, "Root({})", name.unwrap_or_default())
    }
}

/// What differs between the makers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// Whether the dates of the first certificate count.
    pub(super) leaf_dates: bool,
    /// Whether every other one has to say that it may issue certificates.
    pub(super) issuers_say_so: bool,
}

/// Reads a chain, the certificate that is asked about first.
pub(super) fn read(chain: &[Vec<u8>]) -> Result<Vec<X509Certificate<'_>>, Why> {
    let read = |der| {
        check_frame(der)?;
        match X509Certificate::from_der(der) {
            Ok(([], certificate)) => Ok(certificate),
            _ => Err(Why::Unreadable),
        }
    };
    chain.iter().map(|der| read(der.as_slice())).collect()
}

/// What no signature covers is as it has to be: `SEQUENCE { SEQUENCE, SEQUENCE { OID, NULL? }, BIT STRING }`.
/// The parser of certificates is less strict there.
fn check_frame(der: &[u8]) -> Result<(), Why> {
    let mut whole = Der::new(der);
    let mut members = whole.sequence()?;
    whole.end()?;
    members.sequence()?;
    let mut algorithm = members.sequence()?;
    members.next(Tag::BitString)?;
    members.end()?;
    algorithm.next(Tag::Oid)?;
    if !algorithm.is_empty() {
        algorithm.next(Tag::Null)?;
    }
    algorithm.end()
}

/// Verifies every link up to one of the roots. A chain may end with the root itself or with what it signed.
/// Phones carry older certificates of the root's name and key, so that those are what is compared, and the
/// dates are those of the root that is believed.
pub(super) fn verify(
    chain: &[X509Certificate<'_>],
    roots: &[Root],
    revoked: Option<&Revoked>,
    rules: Rules,
    now: UnixTime,
) -> Result<(), Why> {
    let roots: Vec<_> = roots.iter().filter_map(Root::certificate).collect();
    let is_root = |last: &X509Certificate<'_>| roots.iter().any(|root| is_same(root, last));
    let path = match chain.split_last() {
        Some((last, path)) if is_root(last) => path,
        _ => chain,
    };
    let (Some(leaf), Some(top)) = (path.first(), path.last()) else { return Err(Why::Chain) };
    for (certificate, issuer) in path.iter().zip(path.iter().skip(1)) {
        check_link(certificate, issuer)?;
        if rules.issuers_say_so && !issuer.is_ca() {
            return Err(Why::Chain);
        }
    }
    let issuers: Vec<_> = roots.iter().filter(|root| check_link(top, root).is_ok()).collect();
    if issuers.is_empty() {
        return Err(Why::Chain);
    }
    let taken_back = |one: &X509Certificate<'_>| revoked.is_some_and(|list| list.has(one.raw_serial()));
    if chain.iter().chain(issuers.iter().copied()).any(taken_back) {
        return Err(Why::Revoked);
    }
    let mut dated = path.iter().filter(|&one| rules.leaf_dates || !std::ptr::eq(one, leaf));
    let in_time = dated.all(|one| is_valid(one, now)) && issuers.iter().any(|root| is_valid(root, now));
    if in_time { Ok(()) } else { Err(Why::Expired) }
}

/// Whether a certificate is about this key.
pub(super) fn is_about(certificate: &X509Certificate<'_>, key: &PublicKey) -> bool {
    let theirs = certificate.public_key();
    curve(theirs).is_some_and(|curve| curve == P256)
        && *theirs.subject_public_key.data == key.point()
        && theirs.subject_public_key.unused_bits == 0
}

/// Whether it has an extension of that name, one or several.
pub(super) fn has_extension(certificate: &X509Certificate<'_>, name: &Oid<'_>) -> bool {
    certificate.extensions().iter().any(|one| one.oid == *name)
}

/// The extension of that name; none if there are several.
pub(super) fn extension<'a>(certificate: &'a X509Certificate<'_>, name: &Oid<'_>) -> Option<&'a [u8]> {
    let mut all = certificate.extensions().iter().filter(|one| one.oid == *name);
    match (all.next(), all.next()) {
        (Some(one), None) => Some(one.value),
        _ => None,
    }
}

fn is_same(root: &X509Certificate<'_>, other: &X509Certificate<'_>) -> bool {
    root.subject().as_raw() == other.subject().as_raw() && root.public_key().raw == other.public_key().raw
}

fn check_link(certificate: &X509Certificate<'_>, issuer: &X509Certificate<'_>) -> Result<(), Why> {
    let named = certificate.issuer().as_raw() == issuer.subject().as_raw();
    if named && signed_by(certificate, issuer.public_key()) { Ok(()) } else { Err(Why::Chain) }
}

fn is_valid(certificate: &X509Certificate<'_>, now: UnixTime) -> bool {
    let dates = certificate.validity();
    let now = i64::try_from(now.secs()).unwrap_or(i64::MAX);
    dates.not_before.timestamp() <= now && now <= dates.not_after.timestamp()
}

fn signed_by(certificate: &X509Certificate<'_>, key: &SubjectPublicKeyInfo<'_>) -> bool {
    let named = &certificate.signature_algorithm;
    let inside = &certificate.tbs_certificate.signature;
    let Some(algorithm) = algorithm(&named.algorithm, key).filter(|_| named == inside) else { return false };
    let (key, signature) = (&key.subject_public_key, &certificate.signature_value);
    key.unused_bits == 0
        && signature.unused_bits == 0
        && UnparsedPublicKey::new(algorithm, &key.data)
            .verify(certificate.tbs_certificate.as_ref(), &signature.data)
            .is_ok()
}

/// The pairs that makers use. Nothing with SHA-1.
fn algorithm(
    signature: &Oid<'_>,
    key: &SubjectPublicKeyInfo<'_>,
) -> Option<&'static dyn VerificationAlgorithm> {
    if key.algorithm.algorithm == RSA {
        return [
            (RSA_SHA256, &signature::RSA_PKCS1_2048_8192_SHA256 as &dyn VerificationAlgorithm),
            (RSA_SHA384, &signature::RSA_PKCS1_2048_8192_SHA384),
            (RSA_SHA512, &signature::RSA_PKCS1_2048_8192_SHA512),
        ]
        .into_iter()
        .find_map(|(name, algorithm)| (name == *signature).then_some(algorithm));
    }
    let curve = curve(key)?;
    [
        (P256, ECDSA_SHA256, &signature::ECDSA_P256_SHA256_ASN1 as &dyn VerificationAlgorithm),
        (P256, ECDSA_SHA384, &signature::ECDSA_P256_SHA384_ASN1),
        (P384, ECDSA_SHA256, &signature::ECDSA_P384_SHA256_ASN1),
        (P384, ECDSA_SHA384, &signature::ECDSA_P384_SHA384_ASN1),
    ]
    .into_iter()
    .find_map(|(on, name, algorithm)| (on == curve && name == *signature).then_some(algorithm))
}

fn curve<'a>(key: &'a SubjectPublicKeyInfo<'_>) -> Option<Oid<'a>> {
    let algorithm = &key.algorithm;
    if algorithm.algorithm != EC {
        return None;
    }
    algorithm.parameters.as_ref()?.as_oid().ok()
}

const EC: Oid<'static> = oid!(1.2.840.10045.2.1);
const P256: Oid<'static> = oid!(1.2.840.10045.3.1.7);
const P384: Oid<'static> = oid!(1.3.132.0.34);
const ECDSA_SHA256: Oid<'static> = oid!(1.2.840.10045.4.3.2);
const ECDSA_SHA384: Oid<'static> = oid!(1.2.840.10045.4.3.3);
const RSA: Oid<'static> = oid!(1.2.840.113549.1.1.1);
const RSA_SHA256: Oid<'static> = oid!(1.2.840.113549.1.1.11);
const RSA_SHA384: Oid<'static> = oid!(1.2.840.113549.1.1.12);
const RSA_SHA512: Oid<'static> = oid!(1.2.840.113549.1.1.13);
