//! KeePass databases: the entries that make codes, in the four ways in which programs and plug-ins keep them.

use super::draft::{self, Draft, Kind};
use super::lenient::{Number, Secret, Text};
use super::{Format, ImportError, Input, Reason, Row, Vendor};
use crate::seal::foreign::{self, KeePassEntry};
use crate::secret::{SecretBytes, SecretText};

pub(super) const VENDOR: Vendor =
    Vendor { format: Format::KeePass, is: foreign::is_kdbx, locked: true, read };

fn read(input: &Input<'_>) -> Result<Vec<Row>, ImportError> {
    let password = input.typed(Format::KeePass)?;
    if !foreign::is_kdbx4(input.bytes) {
        return Err(ImportError::UnsupportedVersion);
    }
    let entries = foreign::open_kdbx4(input.bytes, password)?;
    // Most entries are passwords without codes; those are no rows.
    let sources = entries.iter().filter_map(|entry| Some((entry, Source::of(entry)?)));
    Ok(sources.enumerate().map(|(place, (entry, source))| source.row(place, entry)).collect())
}

enum Source<'a> {
    /// `otp` of KeePassXC: a set-up text.
    SetUp(&'a SecretText),
    /// `otp` of KeeOtp: parameters alone.
    Parameters(&'a SecretText),
    /// `TOTP Seed` and `TOTP Settings` of KeeTrayTOTP.
    Tray { seed: &'a SecretText, settings: Option<&'a SecretText> },
    /// `TimeOtp-*` and `HmacOtp-*` of KeePass itself.
    Own(Kind),
}

impl<'a> Source<'a> {
    fn of(entry: &'a KeePassEntry) -> Option<Self> {
        // expose: looked at for what it is.
        let filled = |name: &str| entry.field(name).filter(|text| !text.expose().trim().is_empty());
        if let Some(text) = filled("otp") {
            // expose: as above.
            return Some(if draft::is_uri(text.expose()) {
                Self::SetUp(text)
            } else {
                Self::Parameters(text)
            });
        }
        if let Some(seed) = filled("TOTP Seed") {
            return Some(Self::Tray { seed, settings: filled("TOTP Settings") });
        }
        let has = |prefix: &str| {
            ENCODINGS.iter().any(|ending| filled(&format!("{prefix}-Secret{ending}")).is_some())
        };
        if has("TimeOtp") {
            return Some(Self::Own(Kind::Totp));
        }
        has("HmacOtp").then_some(Self::Own(Kind::Hotp))
    }

    fn row(self, place: usize, entry: &KeePassEntry) -> Row {
        // expose: names of the entry.
        let name = |field: &str| entry.field(field).map_or("", SecretText::expose);
        let (title, user) = (name("Title"), name("UserName"));
        let draft = |secret| Draft::new(title, user, secret);
        match self {
            // The entry's own names stand in where the text has none.
            Self::SetUp(text) => Row {
                number: place + 1,
                // expose: read as a set-up text.
                content: draft::from_uri(
                    text.expose(),
                    Text(title.to_owned()),
                    Text(user.to_owned()),
                    Text::default(),
                ),
            },
            Self::Parameters(text) => parameters(draft, text).row(place),
            Self::Tray { seed, settings } => {
                let mut draft = draft(Secret::from(seed).base32());
                // expose: `30;6`, or `30;S` for Steam.
                let mut parts = settings.map_or("", SecretText::expose).split(';').map(str::trim);
                draft.period = number(parts.next());
                match parts.next() {
                    Some("S" | "s") => draft.kind = Ok(Kind::Steam),
                    digits => draft.digits = number(digits),
                }
                draft.row(place)
            }
            Self::Own(kind) => own(draft, entry, kind).row(place),
        }
    }
}

fn parameters(draft: impl Fn(Result<SecretBytes, Reason>) -> Draft, text: &SecretText) -> Draft {
    // expose: read part by part.
    let parts = text.expose().trim().split('&').filter_map(|part| part.split_once('='));
    let named = |name: &str| {
        let mut parts = parts.clone();
        parts.find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    };
    let key = named("key").unwrap_or_default().replace("%3d", "=").replace("%3D", "=");
    let mut draft = draft(Secret(Some(SecretText::new(key))).base32());
    draft.kind = Kind::named(named("type").unwrap_or_default());
    draft.algorithm = Text(named("otpHashMode").unwrap_or_default().to_owned());
    (draft.digits, draft.period) = (number(named("size")), number(named("step")));
    draft.counter = number(named("counter"));
    draft
}

fn own(draft: impl Fn(Result<SecretBytes, Reason>) -> Draft, entry: &KeePassEntry, kind: Kind) -> Draft {
    let prefix = if kind == Kind::Hotp { "HmacOtp" } else { "TimeOtp" };
    let field = |name: &str| entry.field(&format!("{prefix}-{name}"));
    // expose: parameters.
    let text = |name: &str| field(name).map(SecretText::expose);
    let found = ENCODINGS.iter().find_map(|encoding| Some((*encoding, field(&format!("Secret{encoding}"))?)));
    let secret = found.ok_or(Reason::NoKey).and_then(|(encoding, key)| match encoding {
        "-Base32" => Secret::from(key).base32(),
        "-Base64" => Secret::from(key).base64(),
        "-Hex" => Secret::from(key).hexadecimal(),
        _ => Ok(SecretBytes::new(key.expose().as_bytes().to_vec())),
    });
    let mut draft = draft(secret);
    draft.kind = Ok(kind);
    draft.algorithm = Text(text("Algorithm").unwrap_or_default().to_owned());
    (draft.digits, draft.period) = (number(text("Length")), number(text("Period")));
    draft.counter = number(text("Counter"));
    draft
}

fn number(text: Option<&str>) -> Number {
    Number::from(text.unwrap_or_default())
}

/// How the key is written, as its field ends; without an ending it is the text itself.
const ENCODINGS: [&str; 4] = ["-Base32", "-Base64", "-Hex", ""];
