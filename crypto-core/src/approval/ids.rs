//! The names of things. Each is random and its own type, so that no two can be swapped.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use rand_core::CryptoRng;
use thiserror::Error;

use crate::seal;

/// Declares an id: letters, digits, `-` and `_` only, so that it can stand in a path, at least `$least` of
/// them after its prefix.
macro_rules! id {
    ($(#[$about:meta])* $name:ident, $prefix:literal, $least:literal) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// A new one with 128 random bits.
            pub fn make(rng: &mut dyn CryptoRng) -> Self {
                Self(format!(concat!($prefix, "{}"), BASE64.encode(seal::make_public::<16>(rng))))
            }

            /// As text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<&str> for $name {
            type Error = IdRefused;

            fn try_from(text: &str) -> Result<Self, IdRefused> {
                let random = text.strip_prefix($prefix).unwrap_or(text);
                let named = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
                if !text.bytes().all(named) || text.len() > LONGEST {
                    return Err(IdRefused::Malformed);
                }
                if random.len() < $least {
                    return Err(IdRefused::TooShort);
                }
                Ok(Self(text.to_owned()))
            }
        }

        id!(@text $name);
    };
    (@text $name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, sink: S) -> Result<S::Ok, S::Error> {
                sink.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(source)?;
                Self::try_from(&*text).map_err(serde::de::Error::custom)
            }
        }
    };
}

id!(
    /// A person's account at a service. Never the name, which may change and be given again.
    AccountId, "acc_", 1
);
id!(
    /// One installation of the app for one account.
    DeviceId, "dev_", 1
);
id!(
    /// One activation, from the scan to the test approval.
    ActivationId, "act_", 1
);
id!(
    /// One grant, from the code on the phone to the activation link. It is asked after by its name, so that
    /// guessing one must be as hopeless.
    GrantId, "grt_", 22
);
id!(
    /// One sign-in that waits for its answer. Guessing one must be hopeless, so 22 characters (128 bits) at
    /// least.
    TransactionId, "txn_", 22
);

/// What makes each challenge another message: at least 32 random bytes, as text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Nonce(String);

impl Nonce {
    /// A new one.
    pub fn make(rng: &mut dyn CryptoRng) -> Self {
        Self(BASE64.encode(seal::make_public::<32>(rng)))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&str> for Nonce {
    type Error = IdRefused;

    fn try_from(text: &str) -> Result<Self, IdRefused> {
        if text.len() > LONGEST_NONCE {
            return Err(IdRefused::Malformed);
        }
        let bytes = BASE64.decode(text).map_err(|_| IdRefused::Malformed)?;
        if bytes.len() < 32 { Err(IdRefused::TooShort) } else { Ok(Self(text.to_owned())) }
    }
}

id!(@text Nonce);

const LONGEST: usize = 64;
/// Of 64 bytes.
const LONGEST_NONCE: usize = 86;

/// Why a text names nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum IdRefused {
    /// Too long, or characters that no id has.
    #[error("the id is malformed")]
    Malformed,
    /// Too short to be random enough.
    #[error("the id is too short")]
    TooShort,
}
