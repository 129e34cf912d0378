//! Google Authenticator's transfer codes, to be drawn and scanned one after another. The format knows six and eight
//! digits, steps of thirty seconds and no Steam; whatever else is left out, because Google's app would show wrong
//! codes for it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{Coded, Exported, LeftOut, WhyLeftOut, leaving};
use crate::codes::{Algorithm, Mover, migration};
use crate::seal;
use crate::secret::SecretText;
use crate::vault::Vault;

/// Accounts in one code: as many as Google's app writes itself.
pub const IN_ONE: usize = 10;

/// Writes the texts of the codes.
pub fn write(vault: &Vault, rng: &mut dyn CryptoRng) -> Exported<Vec<SecretText>> {
    let Exported { content: accounts, mut left_out } = leaving(vault);
    let batch = u32::from_le_bytes(seal::make_public(rng)) & 0x7fff_ffff;
    let mut messages = Vec::new();
    for coded in &accounts {
        let message = parameters(coded);
        if is_read_alike(coded, message.as_deref()) {
            messages.extend(message);
        } else {
            left_out.push(LeftOut::new(coded.entry, WhyLeftOut::NotExpressible));
        }
    }
    let parts: Vec<_> = messages.chunks(IN_ONE).collect();
    let texts = parts.iter().enumerate().map(|(index, part)| text(part, parts.len(), index, batch));
    Exported { content: texts.collect(), left_out }
}

fn is_read_alike(coded: &Coded<'_>, message: Option<&Vec<u8>>) -> bool {
    let Some(message) = message else { return false };
    let text = text(&[Zeroizing::new(message.clone())], 1, 0, 0);
    // expose: read as it will be.
    migration::parse(text.expose()).is_ok_and(|part| match part.accounts.as_slice() {
        [Ok(read)] => coded.is(read),
        _ => false,
    })
}

/// `OtpParameters`; none if the format has no number for something in it.
fn parameters(coded: &Coded<'_>) -> Option<Zeroizing<Vec<u8>>> {
    let algorithm = match coded.spec.algorithm {
        Algorithm::Sha1 => 1,
        Algorithm::Sha256 => 2,
        Algorithm::Sha512 => 3,
    };
    let digits = match coded.spec.digits.count() {
        6 => 1,
        8 => 2,
        _ => return None,
    };
    let (kind, counter) = match coded.spec.mover {
        Mover::Counter { counter } => (1, Some(counter)),
        Mover::Time { .. } => (2, None),
        Mover::Steam { .. } | Mover::Motp { .. } | Mover::Yandex { .. } => return None,
    };
    let (account, issuer) = (coded.entry.account.as_bytes(), coded.entry.issuer.as_bytes());
    // Room for all of it from the start, so that growing leaves no copy behind unwiped.
    let mut message =
        Zeroizing::new(Vec::with_capacity(64 + coded.secret.len() + account.len() + issuer.len()));
    // expose: the message is the secret, too.
    bytes(&mut message, 1, coded.secret.expose());
    bytes(&mut message, 2, account);
    bytes(&mut message, 3, issuer);
    number(&mut message, 4, algorithm);
    number(&mut message, 5, digits);
    number(&mut message, 6, kind);
    if let Some(counter) = counter {
        number(&mut message, 7, counter);
    }
    Some(message)
}

/// `MigrationPayload` as a text.
fn text(accounts: &[Zeroizing<Vec<u8>>], size: usize, index: usize, batch: u32) -> SecretText {
    let length: usize = accounts.iter().map(|account| account.len() + 16).sum();
    let mut message = Zeroizing::new(Vec::with_capacity(length + 64));
    for account in accounts {
        bytes(&mut message, 1, account);
    }
    number(&mut message, 2, 1);
    number(&mut message, 3, size as u64);
    number(&mut message, 4, index as u64);
    number(&mut message, 5, u64::from(batch));
    let encoded = Zeroizing::new(STANDARD.encode(&*message));
    let escaped = utf8_percent_encode(&encoded, NON_ALPHANUMERIC);
    // Three characters for each of those that are escaped.
    let mut text = String::with_capacity(64 + encoded.len() * 3);
    text.push_str("otpauth-migration://offline?data=");
    text.extend(escaped);
    SecretText::new(text)
}

fn bytes(message: &mut Vec<u8>, field: u64, value: &[u8]) {
    varint(message, field << 3 | 2);
    varint(message, value.len() as u64);
    message.extend_from_slice(value);
}

fn number(message: &mut Vec<u8>, field: u64, value: u64) {
    varint(message, field << 3);
    varint(message, value);
}

fn varint(message: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        message.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    message.push(value.to_le_bytes()[0]);
}
