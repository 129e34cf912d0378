//! FreeOTP and FreeOTP+: settings of version 1 and of FreeOTP+, FreeOTP+'s list in JSON, and the backup of
//! FreeOTP 2, a map as Java serialises it, with every key sealed under a key that the password opens.

use serde::Deserialize;

use super::draft::{Draft, Kind, damaged};
use super::lenient::{self, Bytes, Number, Rows, Secret, Text};
use super::shape::Shape;
use super::{Format, ImportError, Input, Reason, Row, Vendor, java, lines, prefs};
use crate::seal::foreign::{self, ForeignError, Prf};
use crate::secret::{SecretBytes, SecretText};

pub(super) const SETTINGS: Vendor =
    Vendor { format: Format::FreeOtpSettings, is: is_settings, locked: false, read: read_settings };
pub(super) const PLUS: Vendor =
    Vendor { format: Format::FreeOtpPlus, is: is_plus, locked: false, read: read_plus };
pub(super) const BACKUP: Vendor =
    Vendor { format: Format::FreeOtpBackup, is: java::is, locked: true, read: read_backup };

#[derive(Deserialize, Default)]
#[serde(default)]
struct Token {
    algo: Text,
    digits: Number,
    period: Number,
    counter: Number,
    #[serde(rename = "issuerExt")]
    issuer: Text,
    #[serde(rename = "issuerInt")]
    own_issuer: Text,
    #[serde(rename = "issuerAlt")]
    typed_issuer: Text,
    label: Text,
    #[serde(rename = "labelAlt")]
    typed_label: Text,
    secret: Bytes,
    #[serde(rename = "type")]
    kind: Text,
}

impl Token {
    /// `secret` is where the token has none of its own.
    fn draft(self, secret: Option<Result<SecretBytes, Reason>>) -> Draft {
        let issuer = self.typed_issuer.or(self.issuer).or(self.own_issuer);
        let account = self.typed_label.or(self.label);
        let is_steam = issuer.0.trim() == "Steam" && matches!(self.digits, Number::Value(5) | Number::None);
        let kind = match Kind::named(&self.kind.0) {
            Ok(Kind::Totp) if is_steam => Ok(Kind::Steam),
            other => other,
        };
        Draft {
            kind,
            issuer,
            account,
            secret: secret.unwrap_or_else(|| self.secret.0.ok_or(Reason::Damaged)),
            algorithm: self.algo,
            digits: self.digits,
            period: self.period,
            counter: self.counter,
            ..Draft::default()
        }
    }

    /// Version 1 and FreeOTP+ keep the counter of the code that was shown last.
    fn counted_from_before(mut self) -> Self {
        self.counter = self.counter.next();
        self
    }
}

fn is_settings(bytes: &[u8]) -> bool {
    prefs::is(bytes, "&quot;secret&quot;:[") || prefs::is(bytes, "\"secret\":[")
}

fn read_settings(input: &Input<'_>) -> Result<Vec<Row>, ImportError> {
    let texts = prefs::texts(input.bytes)?;
    let tokens = texts.iter().filter(|(name, _)| name != ORDER);
    Ok(tokens
        .enumerate()
        .map(|(place, (name, text))| {
            // expose: read as a token.
            match lenient::object::<Token>(text.expose()) {
                Some(token) => token.counted_from_before().draft(None).row(place),
                None => damaged(place, name),
            }
        })
        .collect())
}

fn is_plus(bytes: &[u8]) -> bool {
    let shape = Shape::of(bytes);
    shape.has("tokens") || shape.has(ORDER) && lines::contains(bytes, "\"issuerExt\"")
}

fn read_plus(input: &Input<'_>) -> Result<Vec<Row>, ImportError> {
    #[derive(Deserialize)]
    struct File<'a> {
        #[serde(borrow)]
        tokens: Rows<'a>,
    }
    let file: File<'_> = lenient::file(input.bytes)?;
    Ok(file.tokens.read(|token: Token| token.counted_from_before().draft(None).imported()))
}

#[derive(Deserialize)]
struct MasterKey {
    #[serde(rename = "mAlgorithm")]
    algorithm: String,
    #[serde(rename = "mIterations")]
    iterations: u32,
    #[serde(rename = "mSalt")]
    salt: Bytes,
    #[serde(rename = "mEncryptedKey")]
    key: Sealed,
}

/// A key, sealed under another.
#[derive(Deserialize)]
struct Sealed {
    #[serde(rename = "mCipher")]
    cipher: String,
    #[serde(rename = "mCipherText")]
    text: Bytes,
    #[serde(rename = "mParameters")]
    parameters: Bytes,
    /// What the key is for; part of what is sealed.
    #[serde(rename = "mToken")]
    token: String,
}

#[derive(Deserialize)]
struct SealedToken {
    key: Secret,
}

fn read_backup(input: &Input<'_>) -> Result<Vec<Row>, ImportError> {
    let password = input.typed(Format::FreeOtpBackup)?;
    let entries = java::texts(input.bytes).ok_or(ImportError::Corrupt)?;
    let named = |name: &str| entries.iter().find(|(own, _)| own == name).map(|(_, text)| text);
    // expose: read as the sealed key.
    let master = named(MASTER).ok_or(ImportError::Corrupt)?.expose();
    let master = opened_master(&lenient::file(master.as_bytes())?, password)?;

    // The map has no order of its own; the app keeps one beside it.
    let order = named(ORDER).and_then(|text| lenient::file::<Vec<Text>>(text.expose().as_bytes()).ok());
    let place = |id: &str| {
        let order = order.as_ref()?;
        order.iter().position(|Text(own)| own == id)
    };
    let mut ids: Vec<&str> = entries
        .iter()
        .filter(|(name, _)| name != MASTER && name != ORDER)
        .map(|(name, _)| name.strip_suffix(TOKEN).unwrap_or(name))
        .collect();
    ids.sort_unstable_by_key(|id| (place(id).unwrap_or(usize::MAX), *id));
    ids.dedup();
    let is_token = |id: &&str| {
        named(&format!("{id}{TOKEN}")).is_some()
            // expose: looked at for what it is.
            || named(id).is_some_and(|text| text.expose().contains("mCipherText"))
    };
    let rows = ids.into_iter().filter(is_token).enumerate();
    Ok(rows.map(|(place, id)| row(place, named(id), named(&format!("{id}{TOKEN}")), &master)).collect())
}

fn row(place: usize, key: Option<&SecretText>, token: Option<&SecretText>, master: &SecretBytes) -> Row {
    // expose: a description, without a key.
    let token = token.and_then(|text| lenient::object::<Token>(text.expose()));
    let Some(mut token) = token else { return damaged(place, "") };
    let Some(key) = key else {
        let draft = token.draft(Some(Err(Reason::NoKey)));
        return draft.row(place);
    };
    let sealed = lenient::object::<SealedToken>(key.expose())
        .and_then(|SealedToken { key }| lenient::object::<Sealed>(key.text()?));
    let Some(sealed) = sealed else { return token.draft(Some(Err(Reason::Damaged))).row(place) };
    // The default of the app, but the key says what it was made for.
    if token.algo.0.is_empty() {
        token.algo = Text(sealed.token.clone());
    }
    let secret = opened(&sealed, master).map_err(|_| Reason::Damaged);
    token.draft(Some(secret)).row(place)
}

fn opened_master(master: &MasterKey, password: &SecretText) -> Result<SecretBytes, ImportError> {
    let prf = match master.algorithm.to_ascii_lowercase().as_str() {
        "pbkdf2withhmacsha1" => Prf::HmacSha1,
        "pbkdf2withhmacsha256" => Prf::HmacSha256,
        "pbkdf2withhmacsha512" => Prf::HmacSha512,
        _ => return Err(ImportError::UnsupportedVersion),
    };
    let salt = master.salt.0.as_ref().ok_or(ImportError::Corrupt)?;
    // expose: a salt is no secret.
    let key = foreign::pbkdf2(prf, password, salt.expose(), master.iterations, 32)?;
    Ok(opened(&master.key, &key)?)
}

fn opened(sealed: &Sealed, key: &SecretBytes) -> Result<SecretBytes, ForeignError> {
    let (Some(text), Some(parameters)) = (&sealed.text.0, &sealed.parameters.0) else {
        return Err(ForeignError::OutOfRange);
    };
    if !sealed.cipher.eq_ignore_ascii_case("AES/GCM/NoPadding") {
        return Err(ForeignError::OutOfRange);
    }
    // expose: neither the parameters nor what is sealed are secrets.
    let nonce = nonce(parameters.expose()).ok_or(ForeignError::OutOfRange)?;
    foreign::open_gcm(key, nonce, sealed.token.as_bytes(), text.expose())
}

/// The nonce in DER: a sequence that begins with it, or on old systems the octet string alone.
fn nonce(parameters: &[u8]) -> Option<&[u8]> {
    let inside = match parameters {
        [0x30, length, inside @ ..] if usize::from(*length) == inside.len() => inside,
        other => other,
    };
    match inside {
        [0x04, length, rest @ ..] => rest.get(..usize::from(*length)),
        _ => None,
    }
}

const MASTER: &str = "masterKey";
const ORDER: &str = "tokenOrder";
const TOKEN: &str = "-token";
