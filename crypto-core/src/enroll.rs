//! The one front door for texts that a person scans, pastes, opens or follows: what is it? It does not touch
//! the vault, and nothing is taken for a key that does not say it is one.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::approval::activation::ActivationLink;
use crate::approval::{ApproveLink, LinkRefused};
use crate::codes::CodeAccount;
use crate::codes::migration::{self, MigrationError, MigrationPart, Refused};
use crate::codes::otpauth::{self, OtpauthError, strip_scheme};

/// What a text turned out to be.
#[derive(Debug)]
pub enum Enrollment {
    /// One account.
    Account(CodeAccount),
    /// One part of a transfer from another app.
    Part(MigrationPart),
    /// A work or school account of a sign-in service, to be activated.
    Approval(ActivationLink),
    /// A sign-in page that was scanned in place of typing its number. Alone it is nothing: it answers a request
    /// that the phone has, after the person has seen it.
    Approve(ApproveLink),
    /// A code that belongs to another app.
    Foreign(Foreign),
}

/// Codes that are recognised and cannot be used here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// A work or school account of Microsoft Authenticator (`phonefactor:`).
    MicrosoftWork,
    /// A personal account of Microsoft Authenticator (`ms-msa:`).
    MicrosoftPersonal,
    /// A passkey on another device (`FIDO:`).
    Passkey,
    /// A push token of privacyIDEA (`otpauth://pipush`, `pia://pipush`).
    PrivacyIdeaPush,
    /// A container of privacyIDEA (`pia://container`).
    PrivacyIdeaContainer,
    /// A web address and nothing more.
    WebAddress,
}

/// Says what `text` is.
pub fn read(text: &str) -> Result<Enrollment, EnrollError> {
    // Files begin with a byte order mark, pasted texts end with a line break.
    let text = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\0'));
    if text.is_empty() {
        return Err(EnrollError::Empty);
    }
    if text.chars().nth(migration::MAX_CHARS).is_some() {
        return Err(EnrollError::TooLong);
    }
    if ActivationLink::is_meant(text) {
        return Ok(Enrollment::Approval(ActivationLink::parse(text)?));
    }
    if ApproveLink::is_meant(text) {
        return ApproveLink::parse(text).map(Enrollment::Approve).map_err(EnrollError::Approve);
    }
    if let Some(foreign) = foreign(text) {
        return Ok(Enrollment::Foreign(foreign));
    }
    if strip_scheme(text, "otpauth-migration:").is_some() {
        return Ok(Enrollment::Part(migration::parse(text)?));
    }
    if strip_scheme(text, "otpauth:").or_else(|| strip_scheme(text, otpauth::MOTP_SCHEME)).is_some() {
        return Ok(Enrollment::Account(otpauth::parse(text)?));
    }
    Err(EnrollError::NotACode)
}

/// Gathers the parts of one transfer, in whatever order they come.
#[derive(Debug, Default)]
pub struct Batch {
    first: Option<(i32, u32)>,
    parts: BTreeMap<u32, MigrationPart>,
}

impl Batch {
    /// Adds a part. One that is already there changes nothing.
    pub fn add(&mut self, part: MigrationPart) -> Result<Progress, BatchOther> {
        let transfer = (part.batch_id, part.size);
        if *self.first.get_or_insert(transfer) != transfer {
            return Err(BatchOther);
        }
        let of = part.size;
        self.parts.entry(part.index).or_insert(part);
        // Every index is below `size` and there once, so that this many are all of them.
        let have = u32::try_from(self.parts.len()).unwrap_or(of);
        if have < of {
            return Ok(Progress::Waiting { have, of });
        }
        let parts = std::mem::take(self).parts;
        Ok(Progress::Complete(parts.into_values().flat_map(|part| part.accounts).collect()))
    }
}

/// How far a [`Batch`] is.
#[derive(Debug)]
pub enum Progress {
    /// Parts are missing.
    Waiting {
        /// How many are there.
        have: u32,
        /// How many there will be.
        of: u32,
    },
    /// All parts are there; their accounts in order. The batch is empty again.
    Complete(Vec<Result<CodeAccount, Refused>>),
}

/// The part belongs to another transfer than those before it; they are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the code belongs to another transfer than the first")]
pub struct BatchOther;

/// Why a text cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EnrollError {
    /// There is nothing but white space.
    #[error("there is no text")]
    Empty,
    /// Longer than any set-up text.
    #[error("the text is longer than a set-up code can be")]
    TooLong,
    /// Of no kind that is known; usually a QR code for something else, or a key without the rest.
    #[error("the text is no set-up code")]
    NotACode,
    /// An account that cannot be kept.
    #[error(transparent)]
    Otpauth(#[from] OtpauthError),
    /// A transfer that cannot be read.
    #[error(transparent)]
    Migration(#[from] MigrationError),
    /// An activation that cannot be begun.
    #[error(transparent)]
    Activation(#[from] LinkRefused),
    /// A scanned sign-in page that answers nothing.
    #[error(transparent)]
    Approve(LinkRefused),
}

fn foreign(text: &str) -> Option<Foreign> {
    // What follows a name must not make it a longer one: `otpauth://pipushy` is something else.
    let named = |start: &str| {
        strip_scheme(text, start).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
    };
    let starts = |start: &str| strip_scheme(text, start).is_some();
    Some(if named("otpauth://pipush") || named("pia://pipush") {
        Foreign::PrivacyIdeaPush
    } else if named("pia://container") {
        Foreign::PrivacyIdeaContainer
    } else if starts("phonefactor:") {
        Foreign::MicrosoftWork
    } else if starts("ms-msa:") {
        Foreign::MicrosoftPersonal
    } else if starts("fido:") {
        Foreign::Passkey
    } else if starts("https://") || starts("http://") {
        Foreign::WebAddress
    } else {
        return None;
    })
}

#[cfg(test)]
mod tests;
