//! What a sign-in service keeps: sealed so that a row moved to another place does not open, or hashed so that
//! it can be found and not read. Every key comes from one secret of 32 bytes that is not in the database.

use std::fmt;

use rand_core::CryptoRng;
use ring::hmac;
use zeroize::Zeroizing;

use super::aead::expand;
use super::sign::Thumbprint;
use super::{KEY_LEN, Label, OneTimeKey, OpenRefused, make_public};
use crate::secret::SecretBytes;

/// The one secret of a service. Whoever has it and the database has everything in the database.
pub struct ServiceSecret(SecretBytes);

impl ServiceSecret {
    /// From the 32 bytes that [`make_key`](super::make_key) made; none for any other length.
    pub fn new(bytes: SecretBytes) -> Option<Self> {
        (bytes.len() == KEY_LEN).then_some(Self(bytes))
    }

    /// Seals a secret for its place in the store, under a key of its own.
    pub fn seal(&self, place: AtRest<'_>, secret: &[u8], rng: &mut dyn CryptoRng) -> Vec<u8> {
        let salt = make_public::<SALT_LEN>(rng);
        let mut sealed = salt.to_vec();
        sealed.extend(self.key(place, &salt).seal(&place.associated(), secret));
        sealed
    }

    /// Opens what was sealed for this very place.
    pub fn open(&self, place: AtRest<'_>, sealed: &[u8]) -> Result<SecretBytes, OpenRefused> {
        let (salt, sealed) = sealed.split_at_checked(SALT_LEN).ok_or(OpenRefused)?;
        self.key(place, salt).open(&place.associated(), sealed)
    }

    /// HMAC-SHA-256 (RFC 2104) under the key of `label`.
    pub(crate) fn tag(&self, label: Label, message: &[u8]) -> [u8; KEY_LEN] {
        let mut key = Zeroizing::new([0; KEY_LEN]);
        expand(&self.0, &[], label, &[], &mut key);
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_slice()), message);
        tag.as_ref().try_into().expect("SHA-256 gives 32 bytes")
    }

    fn key(&self, place: AtRest<'_>, salt: &[u8]) -> OneTimeKey {
        OneTimeKey::derive(&self.0, salt, place.label(), &[])
    }
}

impl fmt::Debug for ServiceSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServiceSecret(..)")
    }
}

/// Where a sealed secret belongs. It opens there and nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtRest<'a> {
    /// The seed of a device's codes.
    TotpSeed {
        /// Whose device.
        user: &'a str,
        /// Which device.
        device: &'a str,
    },
    /// The number of a sign-in that waits.
    MatchNumber {
        /// Which sign-in.
        transaction: &'a str,
    },
    /// The last numbers of a person, from which a new one differs.
    RecentNumbers {
        /// Whose.
        user: &'a str,
    },
    /// What the page of a sign-in that waits shows to be scanned.
    ScanSecret {
        /// Which sign-in.
        transaction: &'a str,
    },
    /// A key of the service itself.
    SigningKey {
        /// Its name.
        kid: &'a Thumbprint,
    },
}

impl AtRest<'_> {
    const fn label(self) -> Label {
        match self {
            Self::TotpSeed { .. } => Label::TotpSeed,
            Self::MatchNumber { .. } => Label::MatchNumber,
            Self::RecentNumbers { .. } => Label::RecentNumbers,
            Self::ScanSecret { .. } => Label::ScanSecret,
            Self::SigningKey { .. } => Label::SigningKey,
        }
    }

    /// Each part behind its length, so that `ab` and `c` are not `a` and `bc`.
    fn associated(self) -> Vec<u8> {
        let parts: [&[u8]; 2] = match self {
            Self::TotpSeed { user, device } => [user.as_bytes(), device.as_bytes()],
            Self::MatchNumber { transaction } | Self::ScanSecret { transaction } => {
                [transaction.as_bytes(), &[]]
            }
            Self::RecentNumbers { user } => [user.as_bytes(), &[]],
            Self::SigningKey { kid } => [kid.bytes(), &[]],
        };
        let length = |part: &[u8]| u64::try_from(part.len()).expect("a length fits 64 bits").to_be_bytes();
        parts.iter().flat_map(|part| length(part).into_iter().chain(part.iter().copied())).collect()
    }
}

/// What is looked up by its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    /// The code of an activation, scanned or typed.
    ActivationCode,
    /// The handle of an activation.
    Handle,
    /// The id of a session.
    Session,
    /// What a browser that a person has signed in with is known again by.
    Browser,
    /// A transport proof, which is taken once.
    Proof,
    /// What tries are counted for, such as an address.
    Tries,
    /// The code of a grant.
    UserCode,
}

/// The hash that a store keeps of `text`, in its one spelling. Without the secret nobody can try codes on it,
/// however few they are. What a person chose is too easily guessed for this, and goes to
/// [`password`](super::password).
pub fn lookup_hash(secret: &ServiceSecret, of: Lookup, text: &str) -> [u8; KEY_LEN] {
    let label = match of {
        Lookup::ActivationCode => Label::LookupActivationCode,
        Lookup::Handle => Label::LookupHandle,
        Lookup::Session => Label::LookupSession,
        Lookup::Browser => Label::LookupBrowser,
        Lookup::Proof => Label::LookupProof,
        Lookup::Tries => Label::LookupTries,
        Lookup::UserCode => Label::LookupUserCode,
    };
    secret.tag(label, text.as_bytes())
}

const SALT_LEN: usize = 32;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng as _;
    use serde_json::Value;

    use super::*;

    const PRINTS: [&str; 2] =
        ["MR_XoPPruAJ-SqfLBuzkfJRQoqBqPIk2BXyPZwWmFrw", "Fwp21Z3qaYs05UyrezF0nBw6OsxUle-Ha9_RK-oqhno"];

    const USES: [(&str, Lookup); 7] = [
        ("activation_code", Lookup::ActivationCode),
        ("handle", Lookup::Handle),
        ("session", Lookup::Session),
        ("browser", Lookup::Browser),
        ("proof", Lookup::Proof),
        ("tries", Lookup::Tries),
        ("user_code", Lookup::UserCode),
    ];

    fn secret(byte: u8) -> ServiceSecret {
        ServiceSecret::new(SecretBytes::new(vec![byte; 32])).unwrap()
    }

    fn rng(seed: u8) -> ChaCha20Rng {
        ChaCha20Rng::from_seed([seed; 32])
    }

    fn vectors() -> Value {
        serde_json::from_str(include_str!("../../../tests/vectors/service-v1.json")).unwrap()
    }

    fn unhex(value: &Value) -> Vec<u8> {
        data_encoding::HEXLOWER.decode(value.as_str().unwrap().as_bytes()).unwrap()
    }

    /// Every place, each differing from another in one thing.
    fn places<'a>(kids: &'a [Thumbprint; 2]) -> Vec<AtRest<'a>> {
        let [kid, other] = kids;
        vec![
            AtRest::TotpSeed { user: "acc_a", device: "dev_a" },
            AtRest::TotpSeed { user: "acc_a", device: "dev_b" },
            AtRest::TotpSeed { user: "acc_b", device: "dev_a" },
            AtRest::TotpSeed { user: "acc_ad", device: "ev_a" },
            AtRest::TotpSeed { user: "txn_a", device: "" },
            AtRest::MatchNumber { transaction: "txn_a" },
            AtRest::MatchNumber { transaction: "txn_b" },
            AtRest::RecentNumbers { user: "acc_a" },
            AtRest::RecentNumbers { user: "txn_a" },
            AtRest::ScanSecret { transaction: "txn_a" },
            AtRest::ScanSecret { transaction: "txn_b" },
            AtRest::SigningKey { kid },
            AtRest::SigningKey { kid: other },
        ]
    }

    fn kids() -> [Thumbprint; 2] {
        PRINTS.map(|print| Thumbprint::parse(print).unwrap())
    }

    #[test]
    fn what_was_sealed_opens_in_its_own_place_only() {
        let kids = kids();
        for (index, place) in places(&kids).into_iter().enumerate() {
            let sealed = secret(7).seal(place, b"seed", &mut rng(1));
            for (other, elsewhere) in places(&kids).into_iter().enumerate() {
                let opened = secret(7).open(elsewhere, &sealed);
                assert_eq!(opened.is_ok(), index == other, "{place:?} {elsewhere:?}");
            }
            assert_eq!(secret(7).open(place, &sealed).unwrap().expose(), b"seed");
            assert_eq!(secret(8).open(place, &sealed).err(), Some(OpenRefused), "{place:?}");
        }
    }

    #[test]
    fn the_published_secrets_open() {
        let vectors = vectors();
        let secret = ServiceSecret::new(SecretBytes::new(unhex(&vectors["secret_hex"]))).unwrap();
        let kid = Thumbprint::parse(PRINTS[0]).unwrap();
        for (name, place) in [
            ("totp_seed", AtRest::TotpSeed { user: "acc_h4K0t2", device: "dev_9mQ2x7c1Vb0" }),
            ("match_number", AtRest::MatchNumber { transaction: "txn_Zk3u0o1mQ4mU2rVb8gq5Yw" }),
            ("recent_numbers", AtRest::RecentNumbers { user: "acc_h4K0t2" }),
            ("scan_secret", AtRest::ScanSecret { transaction: "txn_Zk3u0o1mQ4mU2rVb8gq5Yw" }),
            ("signing_key", AtRest::SigningKey { kid: &kid }),
        ] {
            let opened = secret.open(place, &unhex(&vectors["sealed"][name]["sealed_hex"])).unwrap();
            assert_eq!(opened.expose(), unhex(&vectors["sealed"][name]["secret_hex"]), "{name}");
        }
        for (name, of) in USES {
            let text = vectors["lookup"]["text"].as_str().unwrap();
            assert_eq!(lookup_hash(&secret, of, text), *unhex(&vectors["lookup"][name]), "{name}");
        }
    }

    #[test]
    fn no_two_seals_are_alike() {
        let place = AtRest::MatchNumber { transaction: "txn_a" };
        let mut rng = rng(1);
        let sealed: Vec<_> = (0..2).map(|_| secret(7).seal(place, b"47", &mut rng)).collect();
        assert_ne!(sealed[0][SALT_LEN..], sealed[1][SALT_LEN..], "the number is not told by its ciphertext");
    }

    #[test]
    fn one_text_has_another_hash_for_each_use_and_each_service() {
        let mut hashes: Vec<_> = USES.map(|(_, of)| lookup_hash(&secret(7), of, "7KQ2MX")).to_vec();
        hashes.push(lookup_hash(&secret(8), Lookup::Handle, "7KQ2MX"));
        hashes.push(lookup_hash(&secret(7), Lookup::Handle, "7KQ2MY"));
        for (index, hash) in hashes.iter().enumerate() {
            assert!(!hashes[..index].contains(hash), "{index}");
        }
        assert_eq!(lookup_hash(&secret(7), Lookup::Handle, "7KQ2MX"), hashes[1]);
    }

    /// https://www.rfc-editor.org/rfc/rfc4231#section-4.3
    #[test]
    fn the_hash_is_that_of_rfc_4231_test_case_2() {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b"Jefe"), b"what do ya want for nothing?");
        assert_eq!(
            data_encoding::HEXLOWER.encode(tag.as_ref()),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn a_service_has_32_bytes_and_does_not_show_them() {
        for length in [0, 16, 31, 33, 64] {
            assert!(ServiceSecret::new(SecretBytes::new(vec![7; length])).is_none(), "{length}");
        }
        assert_eq!(format!("{:?}", secret(7)), "ServiceSecret(..)");
    }

    proptest! {
        #[test]
        fn a_changed_byte_anywhere_is_noticed(
            place in any::<prop::sample::Index>(),
            change in 1u8..,
            content in proptest::collection::vec(any::<u8>(), 0..40),
        ) {
            let at = AtRest::ScanSecret { transaction: "txn_a" };
            let mut sealed = secret(7).seal(at, &content, &mut rng(1));
            let opened = secret(7).open(at, &sealed).unwrap();
            prop_assert_eq!(opened.expose(), content);
            let place = place.index(sealed.len());
            sealed[place] ^= change;
            prop_assert_eq!(secret(7).open(at, &sealed).err(), Some(OpenRefused));
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let at = AtRest::MatchNumber { transaction: "" };
            prop_assert!(secret(7).open(at, &bytes).is_err());
        }
    }
}
