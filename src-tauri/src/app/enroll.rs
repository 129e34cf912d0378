//! Adding accounts: what a text turned out to be, and what the person then confirmed. Nothing is stored
//! before that, and nothing that is stored is ever changed by it except on the person's word.

use crypto_core::ascii::ascii_form;
use crypto_core::codes::CodeAccount;
use crypto_core::codes::migration::Refused;
use crypto_core::codes::otpauth::{self, Manual};
use crypto_core::enroll::{self, Batch, Enrollment, Progress};
use crypto_core::secret::{SecretBytes, SecretText};
use crypto_core::vault;
use device::Phone;

use super::{App, State};
use crate::error::{Code, CommandError};
use crate::store::Store;
use crate::view::{
    AddedView, CandidateView, CodeSpecView, EnrollView, ExistingView, ManualRequest, PickRequest,
    RefusedView, ScanView, seconds,
};

/// Accounts that wait for the person's word, or parts that wait for the rest.
#[derive(Default)]
pub(super) struct Find {
    session: String,
    batch: Batch,
    accounts: Vec<CodeAccount>,
}

impl<D: Phone, S: Store> App<D, S> {
    /// Looks at a text that was pasted.
    pub fn inspect_text(&mut self, text: &SecretText) -> Result<EnrollView, CommandError> {
        self.inspect(std::slice::from_ref(text))
    }

    /// Looks at what was typed instead of scanned.
    pub fn inspect_manual(&mut self, typed: &ManualRequest) -> Result<EnrollView, CommandError> {
        self.vault()?;
        let account = otpauth::from_manual(Manual {
            issuer: &typed.issuer,
            account: &typed.account,
            key: &typed.key,
            kind: typed.kind.try_into()?,
            algorithm: &typed.algorithm,
            digits: typed.digits,
            period: typed.period,
            counter: &typed.counter,
        })?;
        self.found(vec![Ok(account)])
    }

    /// Looks at the texts of all codes in one frame or picture.
    pub fn inspect_scan(&mut self, texts: &[SecretText]) -> ScanView {
        if texts.is_empty() {
            return ScanView::Nothing;
        }
        match self.inspect(texts) {
            Ok(enroll) => ScanView::Found { enroll },
            Err(error) => ScanView::Refused { error },
        }
    }

    /// An `otpauth:` link was opened. While the app is locked it waits.
    pub fn open_link(&mut self, link: SecretText) -> ScanView {
        if matches!(self.state, State::Open { .. }) {
            return self.inspect_scan(&[link]);
        }
        self.link = Some(link);
        ScanView::Nothing
    }

    /// The link that waited, once the vault is open.
    pub fn pending_link(&mut self) -> ScanView {
        if !matches!(self.state, State::Open { .. }) {
            return ScanView::Nothing;
        }
        self.link.take().map_or(ScanView::Nothing, |link| self.inspect_scan(&[link]))
    }

    /// The person does not want it.
    pub fn cancel_enroll(&mut self, session: &str) {
        self.find.take_if(|find| find.session == session);
        self.scanned.take_if(|(name, _)| name == session);
        if self.joining(session).is_ok() {
            self.drop_joining();
        }
    }

    /// The person wants these. All of them are stored, or none.
    pub fn confirm(&mut self, session: &str, picks: &[PickRequest]) -> Result<AddedView, CommandError> {
        let Some(find) = self.find.take_if(|find| find.session == session) else {
            return Err(Code::SessionGone.into());
        };
        let now = self.now();
        let added = self.change(|vault, rng| {
            let mut ids = Vec::with_capacity(picks.len());
            for pick in picks {
                let index = usize::try_from(pick.index).map_err(|_| Code::SessionGone)?;
                let found = find.accounts.get(index).ok_or(Code::SessionGone)?;
                let account = CodeAccount {
                    issuer: otpauth::shown_name(&pick.issuer),
                    account: otpauth::shown_name(&pick.account),
                    // expose: the vault gets a copy; the find keeps its own in case this cannot be stored.
                    secret: SecretBytes::new(found.secret.expose().to_vec()),
                    pin: found.pin.as_ref().map(|pin| SecretText::new(pin.expose().to_owned())),
                    spec: found.spec,
                };
                if let Some(replaced) = &pick.replaces {
                    vault.entry_mut(replaced).ok_or(Code::AccountGone)?.removed_at = Some(now);
                }
                ids.push(vault.add(account, pick.group.into(), now, rng)?.as_str().to_owned());
            }
            Ok(ids)
        });
        if added.is_err() {
            self.find = Some(find);
        }
        Ok(AddedView { ids: added? })
    }

    /// Takes all accounts that are in the texts. Where there is none, parts of a transfer count for more than
    /// codes of other apps, and those for more than what cannot be read: a page may show several codes.
    fn inspect(&mut self, texts: &[SecretText]) -> Result<EnrollView, CommandError> {
        self.vault()?;
        let mut rows = Vec::new();
        let (mut waiting, mut foreign, mut refused, mut link) = (None, None, None, None);
        let mut find = self.find.take().unwrap_or_default();
        for text in texts {
            // expose: it is taken apart here and goes nowhere else.
            match enroll::read(text.expose()) {
                Ok(Enrollment::Account(account)) => rows.push(Ok(account)),
                Ok(Enrollment::Foreign(app)) => foreign = foreign.or(Some(app.into())),
                Ok(found @ (Enrollment::Approval(_) | Enrollment::Approve(_))) => link = link.or(Some(found)),
                Ok(Enrollment::Part(part)) => match find.batch.add(part) {
                    Ok(Progress::Complete(accounts)) => rows.extend(accounts),
                    Ok(Progress::Waiting { have, of }) => waiting = Some((have, of)),
                    Err(other) => refused = refused.or(Some(other.into())),
                },
                Err(error) => refused = refused.or(Some(error.into())),
            }
        }
        if !rows.is_empty() {
            return self.found(rows);
        }
        match link {
            Some(Enrollment::Approval(link)) => return Ok(self.found_link(link)),
            Some(Enrollment::Approve(link)) => return Ok(self.found_page(link)),
            _ => {}
        }
        if let Some((have, of)) = waiting {
            let session = self.keep(find.batch, Vec::new());
            return Ok(EnrollView::Part { session, have, of });
        }
        // Nothing came of it, so what was found before still stands.
        self.find = Some(find);
        match foreign {
            Some(app) => Ok(EnrollView::Foreign { app }),
            None => Err(refused.unwrap_or_else(|| Code::Empty.into())),
        }
    }

    fn found(&mut self, found: Vec<Result<CodeAccount, Refused>>) -> Result<EnrollView, CommandError> {
        let (mut accounts, mut refused) = (Vec::new(), Vec::new());
        for row in found {
            match row {
                Ok(account) => accounts.push(account),
                Err(Refused { name, reason }) => refused.push(RefusedView { name, reason: reason.into() }),
            }
        }
        let vault = self.vault()?;
        if vault.entries().len() + accounts.len() > vault::MAX_ENTRIES {
            return Err(vault::VaultError::Full.into());
        }
        let candidates = accounts
            .iter()
            .zip(0..)
            .map(|(account, index)| CandidateView {
                index,
                issuer: account.issuer.clone(),
                account: account.account.clone(),
                ascii: ascii_form(if account.issuer.is_empty() { &account.account } else { &account.issuer }),
                code: CodeSpecView::of(&account.spec, &account.secret),
                existing: vault.look_alike(account).map(|alike| ExistingView {
                    id: alike.entry.id.as_str().to_owned(),
                    same_key: alike.same_key,
                    issuer: alike.entry.issuer.clone(),
                    account: alike.entry.account.clone(),
                    added_at: seconds(alike.entry.added_at),
                }),
            })
            .collect();
        let session = self.keep(Batch::default(), accounts);
        Ok(EnrollView::Accounts { session, candidates, refused })
    }

    fn keep(&mut self, batch: Batch, accounts: Vec<CodeAccount>) -> String {
        let session = self.session();
        self.find = Some(Find { session: session.clone(), batch, accounts });
        session
    }

    /// A name that nothing else has.
    pub(super) fn session(&mut self) -> String {
        let mut name = [0; 8];
        self.rng.fill_bytes(&mut name);
        format!("{:016x}", u64::from_be_bytes(name))
    }
}
