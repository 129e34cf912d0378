//! WinAuth and Authenticator Plus: a zip file, usually sealed by a password, with a list of set-up texts in it.

use super::lenient::Text;
use super::{Format, ImportError, Input, MAX_ROWS, Row, Vendor, draft};
use crate::seal::foreign::{Archive, ForeignError};
use crate::secret::SecretBytes;

pub(super) const AUTHENTICATOR_PLUS: Vendor = Vendor {
    format: Format::AuthenticatorPlus,
    is: |bytes| list(bytes).is_some_and(|name| is_authenticator_plus(&name)),
    locked: false,
    read: |input| read(input, Format::AuthenticatorPlus),
};
pub(super) const WIN_AUTH: Vendor = Vendor {
    format: Format::WinAuth,
    // A packed file that cannot be listed any more is damaged, whoever wrote it.
    is: |bytes| list(bytes).is_some() || Archive::is_damaged(bytes),
    locked: false,
    read: |input| read(input, Format::WinAuth),
};

/// The name of the list in the file, if there is one text and no other.
fn list(bytes: &[u8]) -> Option<String> {
    let names = Archive::open(bytes)?.names();
    let mut texts = names.into_iter().filter(|name| name.to_ascii_lowercase().ends_with(".txt"));
    let first = texts.next()?;
    texts.next().is_none().then_some(first)
}

fn is_authenticator_plus(name: &str) -> bool {
    name.rsplit('/').next().is_some_and(|name| name.eq_ignore_ascii_case("Accounts.txt"))
}

fn read(input: &Input<'_>, format: Format) -> Result<Vec<Row>, ImportError> {
    let name = list(input.bytes).ok_or(ImportError::Corrupt)?;
    let mut archive = Archive::open(input.bytes).ok_or(ImportError::Corrupt)?;
    let is_sealed = archive.is_sealed(&name).map_err(|_| ImportError::Corrupt)?;
    if is_sealed && input.password.is_none() {
        return Err(ImportError::PasswordNeeded { format });
    }
    let password = input.password.filter(|_| is_sealed);
    let text = archive.read(&name, password).map_err(|error| match error {
        ForeignError::Refused => ImportError::WrongPassword,
        ForeignError::TooCostly => ImportError::TooLarge,
        ForeignError::OutOfRange => ImportError::Corrupt,
    })?;
    rows(&text)
}

/// One account a line; lines that begin with no scheme are comments or headings.
fn rows(text: &SecretBytes) -> Result<Vec<Row>, ImportError> {
    // expose: read line by line; what is read wipes itself.
    let text = std::str::from_utf8(text.expose()).map_err(|_| ImportError::Corrupt)?;
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
    let lines = lines.filter(|line| draft::is_uri(line));
    let content = |line| draft::from_uri(line, Text::default(), Text::default(), Text::default());
    // One more than is taken says that there are more.
    Ok((1..=MAX_ROWS + 1).zip(lines).map(|(number, line)| Row { number, content: content(line) }).collect())
}
