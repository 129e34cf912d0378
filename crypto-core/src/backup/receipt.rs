//! What became of each account of a backup or file: as many lines as there were rows, each with its outcome.

use thiserror::Error;

use super::import;
use crate::vault::EntryId;

/// What became of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its place in the file, from 1.
    pub number: usize,
    /// The site or organisation.
    pub issuer: String,
    /// The user name there.
    pub account: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The account here that it became, or that it is. None where it is left out, and in a plan where it would be
    /// added.
    pub id: Option<EntryId>,
}

/// What became of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is new here.
    Added {
        /// Another account has the same names and another key. Both are there.
        beside: bool,
        /// It counts, and the old device may have counted further: codes may be refused until it has caught up.
        may_be_behind: bool,
    },
    /// Its name is new here; its owner has to sign in again.
    SignInAgain,
    /// It was here already, or is in the file twice.
    Merged {
        /// The counter here stood lower and stands now where it stood there.
        counter_raised: bool,
    },
    /// It is not here. Nothing has changed.
    Left(Reason),
}

/// Why an account is left out.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Reason {
    /// It is in the trash here, where it can be taken out.
    #[error("it is in the trash")]
    InTrash,
    /// The vault holds as many accounts as it can.
    #[error("the vault is full")]
    Full,
    /// A name or the note is longer than is kept.
    #[error("a name is too long")]
    NameTooLong,
    /// The file's row cannot be kept.
    #[error(transparent)]
    Row(import::Reason),
}

/// What became of all of them. There is a line for each, so that the sums are those of the file.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// In the file's order.
    pub lines: Vec<Line>,
}

impl Receipt {
    /// How many there were: the sum of the four below.
    pub fn total(&self) -> usize {
        self.lines.len()
    }

    /// How many came in whole.
    pub fn added(&self) -> usize {
        self.count(|outcome| matches!(outcome, Outcome::Added { .. }))
    }

    /// How many came in as a name.
    pub fn sign_in_again(&self) -> usize {
        self.count(|outcome| matches!(outcome, Outcome::SignInAgain))
    }

    /// How many were here already.
    pub fn merged(&self) -> usize {
        self.count(|outcome| matches!(outcome, Outcome::Merged { .. }))
    }

    /// How many were left out, each with its reason.
    pub fn left(&self) -> usize {
        self.count(|outcome| matches!(outcome, Outcome::Left(_)))
    }

    fn count(&self, is: impl Fn(&Outcome) -> bool) -> usize {
        self.lines.iter().filter(|line| is(&line.outcome)).count()
    }
}
