//! Who posts: the service's key for push services (RFC 8292), made once for all nodes and kept sealed, and
//! the token that it signs for each push service.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use crypto_core::approval::Origin;
use crypto_core::seal::sign::{SigningKey, Thumbprint};
use crypto_core::seal::{AtRest, ServiceSecret};
use crypto_core::secret::SecretBytes;
use crypto_core::time::UnixTime;
use rand_core::{OsRng, UnwrapErr};
use serde::{Deserialize, Serialize};

use crate::store::{Store, StoreError};

/// The key.
#[derive(Debug)]
pub struct VapidKey(SigningKey);

impl VapidKey {
    /// The key of this service, made when there is none.
    pub async fn of(store: &Store, secret: &SecretBytes) -> Result<Self, StoreError> {
        // expose: under another type, which has the operations.
        let secret = ServiceSecret::new(SecretBytes::new(secret.expose().to_vec()))
            .expect("the configuration takes no other length");
        let kept = match store.setting(SETTING).await? {
            Some(kept) => kept,
            None => store.settle(SETTING, &make(&secret)?).await?,
        };
        let kept: Kept = serde_json::from_str(&kept).map_err(|_| DAMAGED)?;
        let sealed = BASE64.decode(&kept.sealed).map_err(|_| DAMAGED)?;
        let pkcs8 = secret.open(AtRest::SigningKey { kid: &kept.kid }, &sealed).map_err(|_| DAMAGED)?;
        Self::from_pkcs8(&pkcs8).ok_or(DAMAGED)
    }

    pub(super) fn from_pkcs8(pkcs8: &SecretBytes) -> Option<Self> {
        SigningKey::from_pkcs8(pkcs8).ok().map(Self)
    }

    /// Uncompressed, in Base64.
    pub(super) fn public_key(&self) -> String {
        BASE64.encode(self.0.public().point())
    }

    /// The `Authorization` header for a push service. It names nobody but the service.
    pub(super) fn authorization(
        &self,
        push_service: &Origin,
        contact: &str,
        now: UnixTime,
    ) -> Option<String> {
        let claims = Claims { aud: push_service.as_str(), exp: now.secs() + LIFE, sub: contact };
        let claims = serde_json::to_vec(&claims).expect("texts and a number have a JSON form");
        let input = format!("{}.{}", BASE64.encode(HEADER), BASE64.encode(claims));
        let signature = self.0.sign(input.as_bytes()).ok()?;
        Some(format!("vapid t={input}.{}, k={}", BASE64.encode(signature.raw()), self.public_key()))
    }
}

const SETTING: &str = "vapid_key";
const HEADER: &str = r#"{"typ":"JWT","alg":"ES256"}"#;
/// Half of what is allowed, so that clocks may differ.
const LIFE: u64 = 12 * 3600;
const DAMAGED: StoreError = StoreError::Damaged("settings.vapid_key");

#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    exp: u64,
    sub: &'a str,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    kid: Thumbprint,
    sealed: String,
}

fn make(secret: &ServiceSecret) -> Result<String, StoreError> {
    let pkcs8 = SigningKey::make_pkcs8().map_err(|_| DAMAGED)?;
    let kid = SigningKey::from_pkcs8(&pkcs8).map_err(|_| DAMAGED)?.public().thumbprint();
    // expose: sealed at once.
    let sealed = secret.seal(AtRest::SigningKey { kid: &kid }, pkcs8.expose(), &mut UnwrapErr(OsRng));
    let kept = Kept { kid, sealed: BASE64.encode(sealed) };
    Ok(serde_json::to_string(&kept).expect("texts have a JSON form"))
}

#[cfg(test)]
mod tests {
    use crypto_core::seal::sign::{PublicKey, Signature};

    use super::*;
    use crate::store::tests::{Empty, empty_stores};

    /// The parts of `vapid t=HEADER.CLAIMS.SIGNATURE, k=KEY`; none if the signature is not of that key.
    fn verified(authorization: &str) -> Option<(String, String)> {
        let rest = authorization.strip_prefix("vapid t=")?;
        let (token, key) = rest.split_once(", k=")?;
        let (input, signature) = token.rsplit_once('.')?;
        let (header, claims) = input.split_once('.')?;
        let decoded = |text: &str| BASE64.decode(text).ok();
        let key = PublicKey::from_point(&decoded(key)?).ok()?;
        key.verify(input.as_bytes(), &Signature::from_raw(&decoded(signature)?).ok()?).ok()?;
        Some((String::from_utf8(decoded(header)?).ok()?, String::from_utf8(decoded(claims)?).ok()?))
    }

    /// <https://www.rfc-editor.org/rfc/rfc8292#section-2.4>
    const EXAMPLE: &str = "vapid t=eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQi\
                           LCJleHAiOjE0NTM1MjM3NjgsInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0.i3CYb7t4xfxCDquptFOep\
                           C9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjvW2L9OkSSHzvoD1oA, \
                           k=BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs";

    #[test]
    fn tokens_have_the_form_of_the_published_example() {
        let (header, claims) = verified(EXAMPLE).expect("the published signature is right");
        assert_eq!(header, HEADER);
        assert_eq!(
            claims,
            r#"{"aud":"https://push.example.net","exp":1453523768,"sub":"mailto:push@example.com"}"#
        );

        let pkcs8 = SigningKey::make_pkcs8().expect("randomness");
        let key = VapidKey::from_pkcs8(&pkcs8).expect("a key");
        let origin = Origin::parse("https://push.example.net").expect("an origin");
        let now = UnixTime::from_secs(1_453_523_768 - LIFE);
        let ours = key.authorization(&origin, "mailto:push@example.com", now).expect("signs");
        assert_eq!(verified(&ours), Some((header, claims)), "the same header and claims, under our key");
    }

    #[test]
    fn a_token_under_another_key_is_told() {
        assert_eq!(verified(&EXAMPLE.replace("i3CYb7", "i3CYb8")), None);
        let broken = EXAMPLE.replace("k=BA1", "k=BB1");
        assert_eq!(verified(&broken), None);
    }

    #[tokio::test]
    async fn every_node_has_the_same_key_and_only_with_the_secret() {
        for Empty { store, .. } in &empty_stores().await {
            let secret = SecretBytes::new(vec![7; 32]);
            let (one, other) = tokio::join!(VapidKey::of(store, &secret), VapidKey::of(store, &secret));
            assert_eq!(one.expect("a key").public_key(), other.expect("a key").public_key());
            let other = SecretBytes::new(vec![8; 32]);
            assert!(matches!(VapidKey::of(store, &other).await, Err(StoreError::Damaged(_))));
        }
    }
}
