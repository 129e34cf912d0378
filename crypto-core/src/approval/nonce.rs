//! The nonces of transport proofs, which hold their own time: whichever node of a service made one, every
//! node of it can check it, and none has to remember it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use subtle::ConstantTimeEq as _;

use super::Limits;
use crate::seal::{Label, ServiceSecret};
use crate::time::UnixTime;

/// A nonce of this instant.
pub fn make(secret: &ServiceSecret, now: UnixTime) -> String {
    let time = now.secs().to_be_bytes();
    let mut bytes = time.to_vec();
    bytes.extend(secret.tag(Label::ProofNonce, &time));
    BASE64.encode(bytes)
}

/// Whether this service made it, and not longer ago than [`Limits::nonce_secs`]. One from the future is none:
/// a node whose clock is behind asks for one more call, with a nonce that all take. That a proof comes once is
/// not for the nonce to say, but for whoever remembers the proofs' ids as long.
pub fn check(secret: &ServiceSecret, text: &str, now: UnixTime, limits: &Limits) -> bool {
    let mut bytes = [0; TIME_LEN + TAG_LEN];
    if BASE64.decode_slice(text, &mut bytes) != Ok(bytes.len()) {
        return false;
    }
    let (time, tag) = bytes.split_at(TIME_LEN);
    let ours: bool = secret.tag(Label::ProofNonce, time).ct_eq(tag).into();
    let made = UnixTime::from_secs(time.iter().fold(0, |secs, &byte| secs << 8 | u64::from(byte)));
    ours && made <= now && now < made.plus_secs(limits.nonce_secs)
}

const TIME_LEN: usize = 8;
const TAG_LEN: usize = 32;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::secret::SecretBytes;

    const MADE: UnixTime = UnixTime::from_secs(1_790_000_000);

    fn secret(byte: u8) -> ServiceSecret {
        ServiceSecret::new(SecretBytes::new(vec![byte; 32])).unwrap()
    }

    fn at(millis: i64) -> UnixTime {
        UnixTime::from_millis(MADE.millis().checked_add_signed(millis).unwrap())
    }

    #[test]
    fn a_nonce_is_good_for_two_minutes() {
        let nonce = make(&secret(7), MADE);
        let good = |now| check(&secret(7), &nonce, now, &Limits::default());
        for (millis, expected) in [(-1, false), (0, true), (119_999, true), (120_000, false)] {
            assert_eq!(good(at(millis)), expected, "{millis}");
        }
        assert!(!good(UnixTime::from_secs(0)) && !good(UnixTime::from_millis(u64::MAX)));
        // Within its second, so that the node that made it takes it at once.
        assert!(check(&secret(7), &make(&secret(7), at(999)), at(999), &Limits::default()));
        let limits = Limits { nonce_secs: 1, ..Limits::default() };
        assert!(!check(&secret(7), &nonce, at(1000), &limits), "its life is the limit's");
    }

    #[test]
    fn a_nonce_is_of_one_service() {
        let nonce = make(&secret(7), MADE);
        assert!(!check(&secret(8), &nonce, MADE, &Limits::default()));
        let hash = crate::seal::lookup_hash(&secret(7), crate::seal::Lookup::Session, "x");
        let other_use = [MADE.secs().to_be_bytes().as_slice(), &hash].concat();
        assert!(!check(&secret(7), &BASE64.encode(other_use), MADE, &Limits::default()));
    }

    #[test]
    fn the_published_nonce_is_made_and_taken() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../../tests/vectors/service-v1.json")).unwrap();
        let bytes =
            data_encoding::HEXLOWER.decode(vectors["secret_hex"].as_str().unwrap().as_bytes()).unwrap();
        let secret = ServiceSecret::new(SecretBytes::new(bytes)).unwrap();
        assert_eq!(make(&secret, MADE), vectors["nonce"]["text"].as_str().unwrap());
        assert!(check(&secret, vectors["nonce"]["text"].as_str().unwrap(), MADE, &Limits::default()));
    }

    proptest! {
        #[test]
        fn a_changed_character_anywhere_is_noticed(place in 0usize..54, byte in 0x20u8..0x7f) {
            let mut nonce = make(&secret(7), MADE).into_bytes();
            prop_assert_eq!(nonce.len(), 54);
            prop_assume!(nonce[place] != byte);
            nonce[place] = byte;
            let nonce = String::from_utf8(nonce).unwrap();
            prop_assert!(!check(&secret(7), &nonce, MADE, &Limits::default()));
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            prop_assert!(!check(&secret(7), &text, MADE, &Limits::default()));
        }
    }
}
