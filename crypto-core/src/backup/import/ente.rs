//! Ente Auth: lines of `otpauth:` texts with what the app shows beside them, plain or sealed.
//! <https://github.com/ente-io/ente/blob/main/docs/docs/auth/migration/export.md>

use percent_encoding::percent_decode_str;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::draft;
use super::lenient::{self, Number, Text};
use super::shape::Shape;
use super::{Format, ImportError, Imported, Input, Refused, Row, Vendor, lines, otpauth_list};
use crate::seal::foreign::{Argon2Cost, argon2id, open_stream_message};

pub(super) const PLAIN: Vendor =
    Vendor { format: Format::EntePlain, is: is_plain, locked: false, read: read_plain };
pub(super) const ENCRYPTED: Vendor =
    Vendor { format: Format::EnteEncrypted, is: is_encrypted, locked: false, read: read_encrypted };

fn is_plain(bytes: &[u8]) -> bool {
    otpauth_list::is_list(bytes)
        && lines::text(bytes).is_some_and(|text| lines::lines(text).any(|line| line.contains(DISPLAY)))
}

fn is_encrypted(bytes: &[u8]) -> bool {
    let shape = Shape::of(bytes);
    shape.has("kdfParams") && (shape.has("encryptedData") || shape.has("encryptionNonce"))
}

fn read_plain(input: &Input<'_>) -> Result<Vec<Row>, ImportError> {
    otpauth_list::rows(lines::text(input.bytes).ok_or(ImportError::Corrupt)?)
}

fn read_encrypted(input: &Input<'_>) -> Result<Vec<Row>, ImportError> {
    let file: File = lenient::file(input.bytes)?;
    match file.version {
        Number::None | Number::Value(0 | 1) => {}
        Number::Value(_) => return Err(ImportError::UnsupportedVersion),
        Number::Wrong(_) => return Err(ImportError::Corrupt),
    }
    let part = |text: &Text| lines::base64(&text.0).ok_or(ImportError::Corrupt);
    let (salt, header, sealed) =
        (part(&file.kdf_params.salt)?, part(&file.encryption_nonce)?, part(&file.encrypted_data)?);
    let number = |number: &Number| number.value().ok_or(ImportError::Corrupt);
    let small = |number: u64| u32::try_from(number).map_err(|_| ImportError::TooCostly);
    let cost = Argon2Cost {
        memory_kib: small(number(&file.kdf_params.mem_limit)? / 1024)?,
        passes: small(number(&file.kdf_params.ops_limit)?)?,
        lanes: 1,
    };
    let typed = input.typed(Format::EnteEncrypted)?;
    let key = argon2id(typed, &salt, cost, input.limits.memory_mib)?;
    let opened = open_stream_message(&key, &header, &sealed)?;
    // expose: read into the rows.
    otpauth_list::rows(lines::text(opened.expose()).ok_or(ImportError::Corrupt)?)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    #[serde(default)]
    version: Number,
    kdf_params: KdfParams,
    encrypted_data: Text,
    encryption_nonce: Text,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KdfParams {
    /// In bytes.
    mem_limit: Number,
    ops_limit: Number,
    salt: Text,
}

/// One line. What only concerns the app's screen is taken off first: with it a line can be longer than a
/// set-up text may be. None if it has nothing of the kind.
pub(super) fn from_line(line: &str) -> Option<Result<Imported, Refused>> {
    let (path, query) = line.split_once('?')?;
    let display = query.split('&').find_map(|parameter| parameter.strip_prefix(DISPLAY))?;
    // Room for all of it from the start, so that growing leaves no copy behind unwiped.
    let mut uri = Zeroizing::new(String::with_capacity(line.len()));
    uri.push_str(path);
    let shown_only = |parameter: &&str| !SHOWN_ONLY.iter().any(|name| parameter.starts_with(name));
    for (parameter, first) in
        query.split('&').filter(shown_only).zip(std::iter::once('?').chain(['&'].into_iter().cycle()))
    {
        uri.push(first);
        uri.push_str(parameter);
    }
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Display {
        note: Text,
    }
    let display = display.replace('+', " ");
    let display: Vec<u8> = percent_decode_str(&display).collect();
    let Display { note } = serde_json::from_slice(&display).unwrap_or_default();
    Some(draft::from_uri(&uri, Text::default(), Text::default(), note))
}

const DISPLAY: &str = "codeDisplay=";
const SHOWN_ONLY: &[&str] = &[DISPLAY, "iconSrc=", "iconID="];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_screen_shows_is_taken_off_and_the_note_is_kept() {
        let line = format!(
            "otpauth://totp/A:b?codeDisplay={}{}{}&secret=JBSWY3DPEHPK3PXP&issuer=A",
            "%7B%22note%22%3A%22two+words%22%2C%22tags%22%3A%5B%22",
            "x".repeat(3000),
            "%22%5D%7D"
        );
        let read = from_line(&line).unwrap().unwrap();
        assert_eq!((read.account.issuer.as_str(), read.account.account.as_str()), ("A", "b"));
        assert_eq!(read.note, "two words");
    }

    #[test]
    fn a_display_that_is_damaged_costs_the_note_alone() {
        let read = from_line("otpauth://totp/A:b?secret=JBSWY3DPEHPK3PXP&codeDisplay=%7B").unwrap().unwrap();
        assert_eq!(read.note, "");
        assert!(from_line("otpauth://totp/A:b?secret=JBSWY3DPEHPK3PXP").is_none());
    }
}
