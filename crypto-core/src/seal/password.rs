//! Passwords and temporary passes in a service's store: Argon2id (RFC 9106) in the PHC string format, which
//! carries its salt and its cost. Trying one costs the same whether or not there is such a person (S-25).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use rand_core::CryptoRng;

use super::{KEY_LEN, PassphraseCost, make_public, stretch};
use crate::secret::{SecretBytes, SecretText};

/// The string to be stored.
pub fn hash(password: &SecretText, rng: &mut dyn CryptoRng) -> String {
    let (cost, salt) = (PassphraseCost::SERVICE, make_public::<SALT_LEN>(rng).to_vec());
    let key = stretch(password, &salt, cost).expect("the cost and the salt are not below the floor");
    Hashed { cost, salt, key }.print()
}

/// Whether `password` is what `stored` was made of. For nobody, who has nothing stored, the same work is done
/// in vain. So it is for a string that is not one of [`hash`]'s, which is nobody's password.
pub fn verify(stored: Option<&str>, password: &SecretText) -> bool {
    let found = stored.and_then(Hashed::parse);
    let somebody = found.is_some();
    let Hashed { cost, salt, key } = found.unwrap_or_else(Hashed::nobodys);
    let right = stretch(password, &salt, cost).is_ok_and(|typed| typed.ct_eq(&key));
    right && somebody
}

struct Hashed {
    cost: PassphraseCost,
    salt: Vec<u8>,
    key: SecretBytes,
}

impl Hashed {
    fn nobodys() -> Self {
        let key = SecretBytes::new(vec![0; KEY_LEN]);
        Self { cost: PassphraseCost::SERVICE, salt: vec![0; SALT_LEN], key }
    }

    /// Reads the form that [`print`](Self::print) writes and no other, at a cost that is bounded.
    fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let (cost, rest) = text.strip_prefix(HEAD)?.split_once('$')?;
        let (salt, key) = rest.split_once('$')?;
        let cost = PassphraseCost::parse(cost)?.check().ok()?;
        let (salt, key) = (BASE64.decode(salt).ok()?, SecretBytes::new(BASE64.decode(key).ok()?));
        let lengths = salt.len() == SALT_LEN && key.len() == KEY_LEN;
        Some(Self { cost, salt, key }).filter(|hashed| lengths && hashed.print() == text)
    }

    fn print(&self) -> String {
        // expose: stored to be compared; it is not what was typed.
        let key = BASE64.encode(self.key.expose());
        format!("{HEAD}{}${}${key}", self.cost, BASE64.encode(&self.salt))
    }
}

const HEAD: &str = "$argon2id$v=19$";
const SALT_LEN: usize = 16;
/// The highest cost makes it 99.
const LONGEST: usize = 128;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng as _;
    use serde_json::Value;

    use super::*;

    fn rng(seed: u8) -> ChaCha20Rng {
        ChaCha20Rng::from_seed([seed; 32])
    }

    fn typed(text: &str) -> SecretText {
        SecretText::new(text.to_owned())
    }

    #[test]
    fn what_was_hashed_is_known_again_and_nothing_else() {
        let stored = hash(&typed("correct horse"), &mut rng(1));
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(verify(Some(&stored), &typed("correct horse")));
        for wrong in ["correct hors", "correct horse ", "Correct horse", ""] {
            assert!(!verify(Some(&stored), &typed(wrong)), "{wrong}");
        }
        assert_ne!(hash(&typed("correct horse"), &mut rng(2)), stored, "each has a salt of its own");
    }

    #[test]
    fn the_published_string_is_known() {
        let vectors: Value =
            serde_json::from_str(include_str!("../../../tests/vectors/service-v1.json")).unwrap();
        let stored = vectors["password"]["stored"].as_str().unwrap();
        assert!(verify(Some(stored), &typed(vectors["password"]["text"].as_str().unwrap())));
        assert!(!verify(Some(stored), &typed("another")));
    }

    #[test]
    fn nobody_has_no_password() {
        assert!(!verify(None, &typed("")));
        assert!(!verify(None, &typed("correct horse")));
    }

    /// S-25, without a clock: what is unknown is stretched at the cost of what is known.
    #[test]
    fn nobody_costs_what_somebody_costs() {
        let stored = Hashed::parse(&hash(&typed("x"), &mut rng(1))).unwrap();
        let nobody = Hashed::nobodys();
        assert_eq!((nobody.cost, nobody.salt.len()), (stored.cost, stored.salt.len()));
        assert!(stretch(&typed("x"), &nobody.salt, nobody.cost).is_ok(), "it is not refused before the work");
    }

    #[test]
    fn a_string_of_another_form_is_nobodys() {
        let good = hash(&typed("x"), &mut rng(1));
        assert!(Hashed::parse(&good).is_some());
        let salt = good.split('$').nth(4).unwrap();
        for bad in [
            good.replace("argon2id", "argon2i"),
            good.replace("v=19", "v=16"),
            good.replace("m=19456", "m=19455"),
            good.replace("m=19456", "m=4194304"),
            good.replace("m=19456", "m=019456"),
            good.replace("m=19456", "m=+19456"),
            good.replace("t=2", "t=1"),
            good.replace("p=1", "p=0"),
            good.replace("m=19456,t=2", "t=2,m=19456"),
            good.replace(",p=1", ""),
            good.replace(salt, "c29tc2FsdA"),
            good.replace(salt, "AAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
            format!("{good}A"),
            format!("{good}="),
            format!("{good}$"),
            format!(" {good}"),
            String::new(),
            "x".to_owned(),
        ] {
            assert!(Hashed::parse(&bad).is_none(), "{bad}");
        }
        assert!(!verify(Some("x"), &typed("x")));
    }

    proptest! {
        #[test]
        fn no_text_panics(start in prop::sample::select(vec!["", HEAD, "$argon2id$v=19$m=19456,t=2,p=1$"]), rest in any::<String>()) {
            let _ = Hashed::parse(&format!("{start}{rest}"));
        }
    }
}
