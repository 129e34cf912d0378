//! The restore drill: what a backup would bring back, compared with what is here. It changes nothing.

use std::collections::HashMap;

use super::{Contents, content};
use crate::vault::{Entry, Vault, same_codes};

/// What a drill showed.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Drill {
    /// Accounts that would come back as they are here, or by name where only that comes back.
    pub matching: usize,
    /// How many of the backup's accounts would come back with their codes.
    pub codes: usize,
    /// How many would come back by name, to sign in again.
    pub sign_in_again: usize,
    /// Issuer and account name of those that are here and would not come back as they are.
    pub missing: Vec<(String, String)>,
}

impl Drill {
    /// Whether `contents` has all that is here and nothing that is not.
    pub(super) fn is_all(&self, contents: &Contents) -> bool {
        self.missing.is_empty() && self.matching == contents.entries().len()
    }
}

/// Compares an open backup with the vault it is of.
pub fn drill(contents: &Contents, vault: &Vault) -> Drill {
    let kept: HashMap<_, _> = contents.entries().iter().map(|entry| (&entry.id, entry)).collect();
    let (codes, names): (Vec<_>, Vec<_>) =
        contents.entries().iter().partition(|entry| !content::is_name_only(entry));
    let mut drill = Drill { codes: codes.len(), sign_in_again: names.len(), ..Drill::default() };
    for entry in content::entries(vault) {
        if kept.get(&entry.id).is_some_and(|kept| comes_back_as(kept, entry)) {
            drill.matching += 1;
        } else {
            drill.missing.push((entry.issuer.clone(), entry.account.clone()));
        }
    }
    drill
}

/// Whether the account in the backup brings back all that may come back of the one here.
fn comes_back_as(kept: &Entry, here: &Entry) -> bool {
    let is_named_alike = kept.issuer == here.issuer && kept.account == here.account && kept.note == here.note;
    if content::is_name_only(here) {
        return is_named_alike && content::is_name_only(kept);
    }
    let has_same_codes = match (kept.code(), here.code()) {
        (Some((kept_key, kept_spec)), Some((key, spec))) => {
            same_codes(kept_spec, spec) && kept_key.ct_eq(key)
        }
        // A kind of a newer version is kept as it was written.
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    is_named_alike && has_same_codes
}
