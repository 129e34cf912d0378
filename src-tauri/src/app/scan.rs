//! What the codes in one view of the camera are to the person: one that is meant, or several to choose from.

use crypto_core::enroll::{self, Enrollment};
use crypto_core::secret::SecretText;
use device::Phone;

use super::App;
use crate::store::Store;
use crate::view::ScanView;

/// What came of the codes in a view.
#[derive(Debug, PartialEq)]
pub(crate) enum Seen {
    /// One was meant, or none is of any use.
    Scan(ScanView),
    /// Each of these could be meant.
    Several(Vec<Usable>),
}

/// A code that the app can do something with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Usable {
    /// Its place among the texts.
    pub(crate) index: usize,
    /// What it is for.
    pub(crate) title: String,
    /// Whose.
    pub(crate) detail: String,
}

impl<D: Phone, S: Store> App<D, S> {
    /// Looks at the texts of all codes in view. Codes that are of no use here, such as the address of a shop for
    /// apps beside the set-up code, are in nobody's way.
    pub(crate) fn inspect_view(&mut self, texts: &[SecretText]) -> Seen {
        if texts.len() < 2 || self.vault().is_err() {
            return Seen::Scan(self.inspect_scan(texts));
        }
        let (mut usable, mut parts) = (Vec::new(), 0);
        for (index, text) in texts.iter().enumerate() {
            // expose: it is taken apart here, and only names leave.
            let (title, detail) = match enroll::read(text.expose()) {
                Ok(Enrollment::Account(account)) if account.issuer.is_empty() => {
                    (account.account, String::new())
                }
                Ok(Enrollment::Account(account)) => (account.issuer, account.account),
                Ok(Enrollment::Approval(link)) => (link.origin.host().to_owned(), String::new()),
                Ok(Enrollment::Approve(link)) => (link.origin.host().to_owned(), String::new()),
                Ok(Enrollment::Part(_)) => {
                    parts += 1;
                    (String::new(), String::new())
                }
                Ok(Enrollment::Foreign(_)) | Err(_) => continue,
            };
            usable.push(Usable { index, title, detail });
        }
        // The parts of a transfer are wanted together. Where nothing is of use, the person is told why.
        if parts == usable.len() {
            return Seen::Scan(self.inspect_scan(texts));
        }
        let only = match usable.as_slice() {
            [only] => texts.get(only.index),
            _ => None,
        };
        match only {
            Some(only) => Seen::Scan(self.inspect_scan(std::slice::from_ref(only))),
            None => Seen::Several(usable),
        }
    }
}
