//! Authy: settings of its Android app with a list of tokens in JSON. Keys of synchronised tokens are sealed, each
//! by itself, by the password of the backups.

use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use serde::Deserialize;

use super::draft::Draft;
use super::lenient::{self, Number, Rows, Secret, Text};
use super::{Format, ImportError, Input, MAX_ROWS, Reason, Refused, Row, Vendor, prefs};
use crate::codes::base32;
use crate::seal::foreign::{self, ForeignError, Prf};
use crate::secret::{SecretBytes, SecretText};

pub(super) const VENDOR: Vendor = Vendor {
    format: Format::Authy,
    is: |bytes| prefs::is(bytes, PREFIX),
    // Only some of the tokens are, and not in every file.
    locked: false,
    read,
};

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Token {
    account_type: Text,
    name: Text,
    original_name: Text,
    original_issuer: Text,
    digits: Number,
    #[serde(rename = "decryptedSecret")]
    plain: Secret,
    #[serde(rename = "encryptedSecret")]
    sealed: Text,
    salt: Text,
    #[serde(rename = "uniqueIV", alias = "uniqueIv", alias = "unique_iv")]
    iv: Text,
    #[serde(rename = "keyDerivationIterations", alias = "key_derivation_iterations")]
    iterations: Number,
    /// Of Authy's own tokens: hexadecimal, seven digits, ten seconds.
    #[serde(rename = "secretSeed")]
    seed: Secret,
}

fn read(input: &Input<'_>) -> Result<Vec<Row>, ImportError> {
    let texts = prefs::texts(input.bytes)?;
    let lists = texts.iter().filter(|(name, _)| name.starts_with(PREFIX) && name.ends_with(".key"));
    let mut tokens: Vec<Result<Token, Refused>> = Vec::new();
    for (_, list) in lists {
        // expose: read token by token.
        let list: Rows<'_> = lenient::file(list.expose().as_bytes())?;
        tokens.extend(list.each());
        if tokens.len() > MAX_ROWS {
            return Err(ImportError::TooLarge);
        }
    }
    let sealed = tokens.iter().flatten().filter(|token| !token.sealed.0.is_empty()).count();
    if sealed > 0 && input.password.is_none() {
        return Err(ImportError::PasswordNeeded { format: Format::Authy });
    }
    let (mut opened, mut work) = (0, 0);
    let mut rows = Vec::with_capacity(tokens.len());
    for (number, token) in (1..).zip(tokens) {
        let token = match token {
            Ok(token) => token,
            Err(refused) => {
                rows.push(Row { number, content: Err(refused) });
                continue;
            }
        };
        let key = match input.password.filter(|_| !token.sealed.0.is_empty()) {
            Some(password) => {
                let key = token.opened(password, &mut work)?;
                opened += usize::from(key.is_some());
                key.ok_or(Reason::Damaged)
            }
            None => token.plain_key(),
        };
        rows.push(Row { number, content: token.draft(key).imported() });
    }
    // One that opens proves the password; what is shut beside it is damaged.
    if sealed > 0 && opened == 0 { Err(ImportError::WrongPassword) } else { Ok(rows) }
}

impl Token {
    fn plain_key(&self) -> Result<SecretBytes, Reason> {
        if self.seed.text().is_some() { self.seed.hexadecimal() } else { self.plain.base32() }
    }

    /// None if the password does not open it, which only what comes out can tell.
    fn opened(&self, password: &SecretText, work: &mut u32) -> Result<Option<SecretBytes>, ImportError> {
        let iterations = match &self.iterations {
            Number::None => OLD_ITERATIONS,
            Number::Value(count) => u32::try_from(*count).map_err(|_| ImportError::TooCostly)?,
            Number::Wrong(_) => return Ok(None),
        };
        *work = work.saturating_add(iterations);
        if *work > MOST_WORK {
            return Err(ImportError::TooCostly);
        }
        let iv = match self.iv.0.trim() {
            "" => vec![0; 16],
            iv => HEXLOWER_PERMISSIVE.decode(iv.as_bytes()).unwrap_or_default(),
        };
        let Ok(sealed) = BASE64.decode(self.sealed.0.trim().as_bytes()) else { return Ok(None) };
        let salt = self.salt.0.as_bytes();
        let key = match foreign::pbkdf2(Prf::HmacSha1, password, salt, iterations, 32) {
            Ok(key) => key,
            Err(ForeignError::TooCostly) => return Err(ImportError::TooCostly),
            Err(ForeignError::Refused | ForeignError::OutOfRange) => return Ok(None),
        };
        let plain = foreign::open_cbc(&key, &iv, &sealed).ok();
        // expose: decoded into another secret.
        Ok(plain.and_then(|plain| base32::decode(std::str::from_utf8(plain.expose()).ok()?).ok()))
    }

    fn draft(self, key: Result<SecretBytes, Reason>) -> Draft {
        let is_own = self.seed.text().is_some();
        let (issuer, account) = self.names();
        let mut draft = Draft::new(&issuer, &account, key);
        draft.digits = self.digits;
        if is_own {
            draft.period = Number::Value(10);
            if draft.digits == Number::None {
                draft.digits = Number::Value(7);
            }
        }
        draft
    }

    /// The name that the person may have changed often repeats the issuer: `Example: alice`.
    fn names(&self) -> (String, String) {
        let Text(name) = if self.name.0.trim().is_empty() { &self.original_name } else { &self.name };
        let issuer = match self.original_name.0.split_once(':') {
            Some((issuer, _)) if !issuer.trim().is_empty() => issuer.trim().to_owned(),
            _ => self.original_issuer.0.trim().to_owned(),
        };
        if issuer.is_empty() {
            return match name.split_once(" - ").or_else(|| name.split_once(':')) {
                Some((issuer, account)) => (issuer.trim().to_owned(), account.trim().to_owned()),
                None => (capitalised(&self.account_type.0), name.clone()),
            };
        }
        let account = name
            .strip_prefix(&issuer)
            .map(str::trim_start)
            .and_then(|rest| rest.strip_prefix(':').or_else(|| rest.strip_prefix("- ")).map(str::trim));
        let account = account.unwrap_or(name).to_owned();
        (issuer, account)
    }
}

/// What is there in place of an issuer, `github`; the general word says nothing.
fn capitalised(account_type: &str) -> String {
    let mut characters = account_type.trim().chars();
    match characters.next() {
        Some(first) if account_type != "authenticator" => first.to_uppercase().chain(characters).collect(),
        _ => String::new(),
    }
}

const PREFIX: &str = "com.authy.storage.tokens";
/// Where none are written.
const OLD_ITERATIONS: u32 = 1000;
/// In iterations of all tokens together: some seconds.
const MOST_WORK: u32 = 20_000_000;
