//! Battle.net: the settings of its Android app, in which key and serial number are under a mask that is the same
//! on every device.

use data_encoding::HEXLOWER_PERMISSIVE;
use zeroize::Zeroizing;

use super::draft::Draft;
use super::lenient::Number;
use super::{Format, ImportError, Input, Reason, Row, Vendor, prefs};
use crate::codes::otpauth::hexadecimal_key;
use crate::secret::SecretText;

pub(super) const VENDOR: Vendor =
    Vendor { format: Format::BattleNet, is: |bytes| prefs::is(bytes, PREFIX), locked: false, read };

fn read(input: &Input<'_>) -> Result<Vec<Row>, ImportError> {
    let texts = prefs::texts(input.bytes)?;
    let named = |name: &str| texts.iter().find(|(own, _)| own == name).map(|(_, text)| text);
    let serial = named(SERIAL).and_then(unmasked);
    // expose: the number is printed on receipts, and no secret.
    let account = serial.as_ref().map_or("", |serial| serial.expose());
    let key = named(SECRET).ok_or(Reason::NoKey).and_then(|secret| {
        let text = unmasked(secret).ok_or(Reason::Damaged)?;
        // expose: decoded into another secret.
        Ok(hexadecimal_key(text.expose())?)
    });
    let mut draft = Draft::new("Battle.net", account, key);
    draft.digits = Number::Value(8);
    Ok(vec![draft.row(0)])
}

fn unmasked(text: &SecretText) -> Option<SecretText> {
    // expose: turned into another secret.
    let masked = Zeroizing::new(HEXLOWER_PERMISSIVE.decode(text.expose().trim().as_bytes()).ok()?);
    if masked.len() > MASK.len() {
        return None;
    }
    let bytes = masked.iter().zip(MASK).map(|(byte, mask)| byte ^ mask).collect();
    String::from_utf8(bytes).ok().map(SecretText::new)
}

const PREFIX: &str = "com.blizzard.messenger.AUTHENTICATOR_";
const SECRET: &str = "com.blizzard.messenger.AUTHENTICATOR_DEVICE_SECRET";
const SERIAL: &str = "com.blizzard.messenger.AUTHENTICATOR_SERIAL";
const MASK: [u8; 57] = [
    0x39, 0x8e, 0x27, 0xfc, 0x50, 0x27, 0x6a, 0x65, 0x60, 0x65, 0xb0, 0xe5, 0x25, 0xf4, 0xc0, 0x6c, 0x04,
    0xc6, 0x10, 0x75, 0x28, 0x6b, 0x8e, 0x7a, 0xed, 0xa5, 0x9d, 0xa9, 0x81, 0x3b, 0x5d, 0xd6, 0xc8, 0x0d,
    0x2f, 0xb3, 0x80, 0x68, 0x77, 0x3f, 0xa5, 0x9b, 0xa4, 0x7c, 0x17, 0xca, 0x6c, 0x64, 0x79, 0x01, 0x5c,
    0x1d, 0x5b, 0x8b, 0x8f, 0x6b, 0x9a,
];
