//! The list: showing codes, copying them, changing accounts, the trash.

use crypto_core::secret::SecretText;
use crypto_core::time::UnixTime;
use crypto_core::vault::{self, Entry, Vault};
use device::Phone;

use super::{App, MAX_AHEAD_MS, State};
use crate::error::{Code, CommandError};
use crate::store::Store;
use crate::view::{AccountView, AccountsView, CodeView, CopiedView, EditRequest, TrashView, seconds};

impl<D: Phone, S: Store> App<D, S> {
    /// All accounts that are not in the trash, with their codes.
    pub fn accounts(&mut self) -> Result<AccountsView, CommandError> {
        self.empty_old_trash()?;
        let codes = self.codes()?;
        let State::Open { vault, older_copy_used } = &self.state else { return Err(Code::Locked.into()) };
        let trash = vault.entries().iter().filter(|entry| entry.removed_at.is_some()).count();
        Ok(AccountsView {
            accounts: shown(vault)
                .filter_map(|entry| AccountView::of(entry, self.work_view(entry)))
                .collect(),
            codes,
            trash: u32::try_from(trash).unwrap_or(u32::MAX),
            older_copy_used: *older_copy_used,
            backup_notice: self.backup_notice(),
        })
    }

    /// All codes as they are at this moment.
    pub fn codes(&mut self) -> Result<Vec<CodeView>, CommandError> {
        let now = self.now();
        self.revealed.retain(|_, until| *until > now);
        let codes: Vec<_> = shown(self.vault()?).filter_map(|entry| self.code_view(entry, now)).collect();
        let ends = codes.iter().filter_map(|code| code.left_ms).map(u64::from);
        let covers = self.revealed.values().map(|until| until.millis_since(now));
        let until = ends.chain(covers).min().unwrap_or(MAX_AHEAD_MS).min(MAX_AHEAD_MS);
        self.codes_for = now..UnixTime::from_millis(now.millis() + until);
        Ok(codes)
    }

    /// Uncovers a code for a while, or covers it.
    pub fn reveal(&mut self, id: &str, revealed: bool) -> Result<CodeView, CommandError> {
        let until = UnixTime::from_millis(self.now().millis() + REVEALED_MS);
        if revealed {
            self.revealed.insert(id.to_owned(), until);
            // The tick covers it again.
            self.codes_for.end = self.codes_for.end.min(until);
        } else {
            self.revealed.remove(id);
        }
        self.code_of(id)
    }

    /// Moves a counter-based account to its next code. It is stored before it is shown: a counter that went
    /// back would show a used code.
    pub fn next_counter(&mut self, id: &str) -> Result<CodeView, CommandError> {
        self.change(|vault, _| {
            let entry = live(vault, id)?;
            if entry.advance_counter() { Ok(()) } else { Err(Code::NotNow.into()) }
        })?;
        self.reveal(id, true)
    }

    /// Puts a code on the clipboard for a minute.
    pub fn copy_code(&mut self, id: &str) -> Result<CopiedView, CommandError> {
        let now = self.now();
        let (secret, spec) = self.live(id)?.code().ok_or(Code::AccountGone)?;
        let code = SecretText::new(spec.at(secret, self.time_of(id)).current.as_str().to_owned());
        // expose: this is the one thing that may go on the clipboard.
        self.device.copy(code.expose())?;
        self.copied = Some((code, UnixTime::from_millis(now.millis() + COPIED_MS)));
        Ok(CopiedView { clear_after: u32::try_from(COPIED_MS / 1000).unwrap_or(u32::MAX) })
    }

    /// Changes names, note and heading.
    pub fn edit_account(&mut self, id: &str, edit: &EditRequest) -> Result<AccountsView, CommandError> {
        let [issuer, account] =
            [&edit.issuer, &edit.account].map(|name| crypto_core::codes::otpauth::shown_name(name));
        for text in [&issuer, &account, &edit.note] {
            vault::check_name(text)?;
        }
        self.change(|vault, _| {
            let entry = live(vault, id)?;
            entry.issuer = issuer;
            entry.account = account;
            entry.note.clone_from(&edit.note);
            entry.group = edit.group.into();
            Ok(())
        })?;
        self.accounts()
    }

    /// Moves an account in front of another, or to the end.
    pub fn move_account(&mut self, id: &str, before: Option<&str>) -> Result<AccountsView, CommandError> {
        self.change(|vault, _| Ok(vault.reorder(id, before)?))?;
        self.accounts()
    }

    /// Puts an account in the trash.
    pub fn remove_account(&mut self, id: &str) -> Result<AccountsView, CommandError> {
        let now = self.now();
        self.change(|vault, _| {
            live(vault, id)?.removed_at = Some(now);
            Ok(())
        })?;
        self.accounts()
    }

    /// Takes an account out of the trash.
    pub fn put_back(&mut self, id: &str) -> Result<AccountsView, CommandError> {
        self.change(|vault, _| {
            vault.entry_mut(id).ok_or(Code::AccountGone)?.removed_at = None;
            Ok(())
        })?;
        self.accounts()
    }

    /// What is in the trash, the last removed first.
    pub fn trash(&mut self) -> Result<Vec<TrashView>, CommandError> {
        self.empty_old_trash()?;
        let now = self.now();
        let mut trash: Vec<_> =
            self.vault()?.entries().iter().filter_map(|entry| trash_view(entry, now)).collect();
        trash.sort_by_key(|view| std::cmp::Reverse(view.removed_at));
        Ok(trash)
    }

    /// Deletes an account in the trash for good.
    pub fn delete_forever(&mut self, id: &str) -> Result<Vec<TrashView>, CommandError> {
        self.change(|vault, _| Ok(vault.delete(id)?))?;
        self.renew_previous_copy();
        self.trash()
    }

    /// The service that is to be told before an account in the trash is deleted for good; none for one that only
    /// shows codes.
    pub(crate) fn leaves(&mut self, id: &str) -> Result<Option<String>, CommandError> {
        let entry = self.vault()?.entry(id).ok_or(Code::AccountGone)?;
        if entry.removed_at.is_none() {
            return Err(Code::NotNow.into());
        }
        Ok(entry.enrolled().and_then(|_| service_host(entry)))
    }

    /// A work account is deleted for good, after its service was told, or could not be. One that was put back
    /// meanwhile is a name from then on, if its service knows that the device is gone.
    pub(crate) fn left(&mut self, id: &str, is_told: bool) -> Result<Vec<TrashView>, CommandError> {
        let entry = self.vault()?.entry(id).ok_or(Code::AccountGone)?;
        let enrolled = entry.enrolled().cloned();
        if entry.removed_at.is_none() {
            if is_told {
                self.end_row(id)?;
            }
            return self.trash();
        }
        self.change(|vault, _| Ok(vault.delete(id)?))?;
        self.contacts.remove(id);
        let _ = self.device.push_forget(id);
        self.renew_previous_copy();
        enrolled.iter().for_each(|device| self.delete_keys(device));
        self.trash()
    }

    fn empty_old_trash(&mut self) -> Result<(), CommandError> {
        let now = self.now();
        let is_due = |entry: &Entry| entry.is_due(now) && entry.enrolled().is_none();
        if self.vault()?.entries().iter().any(is_due) {
            self.change(|vault, _| Ok(vault.empty_old_trash(now)))?;
            self.renew_previous_copy();
        }
        Ok(())
    }

    fn code_of(&self, id: &str) -> Result<CodeView, CommandError> {
        self.code_view(self.live(id)?, self.now()).ok_or_else(|| Code::AccountGone.into())
    }

    /// The time that the account's codes go by.
    fn time_of(&self, id: &str) -> UnixTime {
        let is_work = self.live(id).is_ok_and(|entry| entry.work().is_some());
        if is_work { self.time_at(id) } else { self.now() }
    }

    fn live(&self, id: &str) -> Result<&Entry, CommandError> {
        let entry = self.vault()?.entry(id).filter(|entry| entry.removed_at.is_none());
        entry.ok_or_else(|| Code::AccountGone.into())
    }

    fn code_view(&self, entry: &Entry, now: UnixTime) -> Option<CodeView> {
        let (secret, spec) = entry.code()?;
        // A work account's codes go by its service's clock, and nobody else's (C-18).
        let now = if entry.work().is_some() { self.time_at(entry.id.as_str()) } else { now };
        let remaining = spec.remaining(now);
        let is_covered = self.settings.hide_codes && !self.revealed.contains_key(entry.id.as_str());
        let step = (!is_covered).then(|| spec.at(secret, now));
        let millis = |millis: u64| u32::try_from(millis).unwrap_or(u32::MAX);
        Some(CodeView {
            id: entry.id.as_str().to_owned(),
            digits: step.as_ref().map(|step| step.current.as_str().to_owned()),
            length: spec.digits.count(),
            next: step.as_ref().and_then(|step| step.next.as_ref()).map(|code| code.as_str().to_owned()),
            left_ms: remaining.map(|remaining| millis(remaining.left_ms)),
            period_ms: remaining.map(|remaining| millis(remaining.period_ms)),
        })
    }
}

fn shown(vault: &Vault) -> impl Iterator<Item = &Entry> {
    vault.entries().iter().filter(|entry| entry.removed_at.is_none() && entry.is_known())
}

fn live<'a>(vault: &'a mut Vault, id: &str) -> Result<&'a mut Entry, CommandError> {
    let entry = vault.entry_mut(id).filter(|entry| entry.removed_at.is_none());
    entry.ok_or_else(|| Code::AccountGone.into())
}

fn service_host(entry: &Entry) -> Option<String> {
    Some(entry.work()?.issuer.as_ref()?.host().to_owned())
}

fn trash_view(entry: &Entry, now: UnixTime) -> Option<TrashView> {
    let removed_at = entry.removed_at?;
    Some(TrashView {
        id: entry.id.as_str().to_owned(),
        issuer: entry.issuer.clone(),
        account: entry.account.clone(),
        removed_at: seconds(removed_at),
        days_left: u32::try_from(vault::trash_days_left(removed_at, now)).unwrap_or(u32::MAX),
        host: entry.enrolled().and_then(|_| service_host(entry)),
    })
}

/// How long a copied code stays on the clipboard.
pub(super) const COPIED_MS: u64 = 60_000;
/// How long a covered code is shown after a tap.
const REVEALED_MS: u64 = 30_000;
