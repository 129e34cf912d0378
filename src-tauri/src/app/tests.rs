//! Whole flows through the app, with a keystore and a store in memory.

mod backup;
mod incoming;
mod person;
mod scan;

use std::cell::Cell;

use crypto_core::vault::Slot;
use device::Device as _;
use device::DeviceError;
use device::fake::FakeDevice;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;

use super::*;
use crate::backups::fake::FakePlace;
use crate::store::fake::FakeStore;
use crate::view::{
    EditRequest, EnrollView, ForeignApp, Group, Language, ManualRequest, PickRequest, PlaceKind, ScanView,
    Theme,
};

const SECRET: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
const PASSPHRASE: &str = "sju sjuka sjuksköterskor";
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

thread_local! {
    static NOW: Cell<u64> = const { Cell::new(1_790_000_000_000) };
    static SEED: Cell<u8> = const { Cell::new(0) };
}

fn clock() -> UnixTime {
    UnixTime::from_millis(NOW.get())
}

fn wait(millis: u64) {
    NOW.set(NOW.get() + millis);
}

/// An app with its device and its disks, which outlive it as they do in life.
struct World {
    app: App<FakeDevice, FakeStore>,
    folder: tempfile::TempDir,
    place: Arc<FakePlace>,
}

impl World {
    /// A first start, up to the question for consent.
    fn fresh() -> Self {
        Self::beside(Arc::default())
    }

    /// The same, with a place for backups that is there already.
    fn beside(place: Arc<FakePlace>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let app = Self::app(Arc::default(), FakeStore::default(), &folder, &place);
        Self { app, folder, place }
    }

    /// Past the first run.
    fn ready() -> Self {
        Self::fresh().past_the_first_run()
    }

    fn past_the_first_run(mut self) -> Self {
        self.app.accept_privacy().expect("accepts");
        let view = self.app.choose_diagnostics(false).expect("chooses");
        assert_eq!(view.stage, Stage::Ready);
        self
    }

    /// The app ends and starts again on the same device and disk.
    fn restart(self) -> Self {
        let World { app, folder, place } = self;
        let App { device, store, .. } = app;
        let mut app = Self::app(device, store, &folder, &place);
        app.start();
        Self { app, folder, place }
    }

    fn app(
        device: Arc<FakeDevice>,
        store: FakeStore,
        folder: &tempfile::TempDir,
        place: &Arc<FakePlace>,
    ) -> App<FakeDevice, FakeStore> {
        SEED.set(SEED.get() + 1);
        let rng = Box::new(ChaCha20Rng::from_seed([SEED.get(); 32]));
        let backups = Backups {
            place: Arc::clone(place) as Arc<_>,
            kind: PlaceKind::Folder,
            folder: PathBuf::from("/backups"),
            file: None,
        };
        let folder = folder.path().to_owned();
        let device_type = DeviceType::Desktop;
        App::new(Parts { device, store, folder, backups, device_type, clock, steady: || NOW.get(), rng })
    }

    fn stage(&self) -> Stage {
        self.app.view().stage
    }

    fn add(&mut self, uri: &str) -> String {
        let EnrollView::Accounts { session, candidates, .. } = self.inspect(uri).expect("is an account")
        else {
            panic!("not an account");
        };
        let picks: Vec<_> = candidates.iter().map(|c| pick(c.index, &c.issuer, &c.account)).collect();
        self.app.confirm(&session, &picks).expect("adds").ids.remove(0)
    }

    fn inspect(&mut self, text: &str) -> Result<EnrollView, CommandError> {
        self.app.inspect_text(&SecretText::new(text.to_owned()))
    }

    fn stored(&self) -> Option<Vec<u8>> {
        self.app.store.current.borrow().clone()
    }
}

fn pick(index: u32, issuer: &str, account: &str) -> PickRequest {
    let (issuer, account) = (issuer.to_owned(), account.to_owned());
    PickRequest { index, issuer, account, group: Group::Other, replaces: None }
}

fn uri(name: &str) -> String {
    format!("otpauth://totp/{name}?secret={SECRET}")
}

fn code<T>(result: Result<T, CommandError>) -> Code {
    result.map(|_| ()).expect_err("is refused").code
}

fn problem(problem: Problem, vault_exists: bool) -> Stage {
    Stage::Problem { problem, vault_exists }
}

fn pass(text: &str) -> SecretText {
    SecretText::new(text.to_owned())
}

#[test]
fn the_first_run_asks_for_consent_then_for_the_log_and_touches_nothing_before() {
    let mut world = World::fresh();
    assert_eq!(world.app.start().stage, Stage::Consent);
    assert_eq!(world.stored(), None, "no vault before consent");
    assert_eq!(world.app.accept_privacy().expect("accepts").stage, Stage::Diagnostics);
    assert_eq!(world.app.choose_diagnostics(false).expect("chooses").stage, Stage::Ready);
    assert!(world.stored().is_some());
    assert_eq!(world.restart().stage(), Stage::Ready);
}

#[test]
fn an_account_is_there_after_a_restart_and_its_code_is_right() {
    let mut world = World::ready();
    let id = world.add(&uri("Example:alice"));
    let mut world = world.restart();
    let view = world.app.accounts().expect("lists");
    assert_eq!(view.accounts.len(), 1);
    assert_eq!(view.accounts[0].id, id);
    let account = crypto_core::codes::otpauth::parse(&uri("x")).expect("parses");
    let expected = account.spec.at(&account.secret, clock()).current;
    assert_eq!(view.codes[0].digits.as_deref(), Some(expected.as_str()));
    assert_eq!(view.codes[0].period_ms, Some(30_000));
}

#[test]
fn nothing_is_added_without_the_persons_word() {
    let mut world = World::ready();
    let before = world.stored();
    assert!(matches!(world.inspect(&uri("Example:alice")), Ok(EnrollView::Accounts { .. })));
    assert_eq!(world.stored(), before);
    assert_eq!(code(world.app.confirm("another session", &[])), Code::SessionGone);
    assert!(world.app.accounts().expect("lists").accounts.is_empty());
}

#[test]
fn the_same_name_is_kept_beside_the_old_one_unless_it_is_to_replace_it() {
    let mut world = World::ready();
    let first = world.add(&uri("Example:alice"));
    let other_key = "otpauth://totp/Example:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    let Ok(EnrollView::Accounts { session, candidates, .. }) = world.inspect(other_key) else { panic!("no") };
    let existing = candidates[0].existing.clone().expect("is noticed");
    assert_eq!((existing.id.as_str(), existing.same_key), (first.as_str(), false));
    world.app.confirm(&session, &[pick(0, "Example (2)", "alice")]).expect("adds");
    assert_eq!(world.app.accounts().expect("lists").accounts.len(), 2);

    let Ok(EnrollView::Accounts { session, .. }) = world.inspect(other_key) else { panic!("no") };
    let replacing = PickRequest { replaces: Some(first.clone()), ..pick(0, "Example", "alice") };
    world.app.confirm(&session, &[replacing]).expect("adds");
    let view = world.app.accounts().expect("lists");
    assert_eq!((view.accounts.len(), view.trash), (2, 1));
    world.app.put_back(&first).expect("the old one is not lost");
    assert_eq!(world.app.accounts().expect("lists").accounts.len(), 3);
}

#[test]
fn a_name_outside_ascii_comes_with_its_ascii_form() {
    let mut world = World::ready();
    let mut ascii = |name: &str| {
        let Ok(EnrollView::Accounts { mut candidates, .. }) = world.inspect(&uri(name)) else { panic!("no") };
        candidates.remove(0).ascii
    };
    assert_eq!(ascii("\u{410}pple:alice").as_deref(), Some("xn--pple-kzd"));
    assert_eq!(ascii("Apple:\u{e5}sa"), None, "the site is what the account is known by");
    assert_eq!(ascii("\u{e5}sa").as_deref(), Some("xn--sa-xia"));
}

#[test]
fn a_scan_of_the_same_key_says_so() {
    let mut world = World::ready();
    world.add(&uri("Example:alice"));
    let Ok(EnrollView::Accounts { candidates, .. }) = world.inspect(&uri("Example:alice")) else {
        panic!("no")
    };
    assert!(candidates[0].existing.as_ref().expect("is noticed").same_key);
}

#[test]
fn what_cannot_be_stored_is_not_in_the_list_either_and_can_be_tried_again() {
    let mut world = World::ready();
    let Ok(EnrollView::Accounts { session, .. }) = world.inspect(&uri("Example:alice")) else { panic!("no") };
    *world.app.store.full.borrow_mut() = true;
    assert_eq!(code(world.app.confirm(&session, &[pick(0, "a", "b")])), Code::DiskFull);
    assert!(world.app.accounts().expect("lists").accounts.is_empty());
    *world.app.store.full.borrow_mut() = false;
    world.app.confirm(&session, &[pick(0, "a", "b")]).expect("adds now");
    assert_eq!(world.app.accounts().expect("lists").accounts.len(), 1);
}

#[test]
fn all_of_a_batch_is_added_or_none() {
    let mut world = World::ready();
    let Ok(EnrollView::Accounts { session, .. }) = world.inspect(&uri("Example:alice")) else { panic!("no") };
    let picks = [pick(0, "a", "b"), pick(7, "not", "there")];
    assert_eq!(code(world.app.confirm(&session, &picks)), Code::SessionGone);
    assert!(world.app.accounts().expect("lists").accounts.is_empty());
}

#[test]
fn a_typed_key_makes_the_same_account_and_its_mistakes_have_names() {
    let mut world = World::ready();
    let typed = |key: &str, digits| ManualRequest {
        issuer: "Example".into(),
        account: "alice".into(),
        key: key.into(),
        kind: crate::view::CodeKind::Totp,
        algorithm: "SHA1".into(),
        digits,
        period: 30,
        counter: String::new(),
    };
    let wrong = world.app.inspect_manual(&typed("JBSW Y3DP EHPK 3PX1", 6)).expect_err("is refused");
    assert_eq!((wrong.code, wrong.detail.as_deref()), (Code::KeyCharacter, Some("1")));
    assert_eq!(code(world.app.inspect_manual(&typed("", 6))), Code::KeyMissing);
    assert_eq!(code(world.app.inspect_manual(&typed("JBSWY3DP", 11))), Code::Digits);
    let right = world.app.inspect_manual(&typed("jbsw y3dp ehpk 3pxp", 6));
    assert!(matches!(right, Ok(EnrollView::Accounts { .. })));
}

#[test]
fn codes_for_other_apps_are_named() {
    let mut world = World::ready();
    let foreign = |app| EnrollView::Foreign { app };
    assert_eq!(world.inspect("phonefactor://x"), Ok(foreign(ForeignApp::MicrosoftWork)));
    assert_eq!(world.inspect("FIDO:/1234"), Ok(foreign(ForeignApp::Passkey)));
    let activation = "https://signin.example.org/activate#v=1&c=3F7K9QWXTB2M8RVNZ4YHDC6G5J";
    assert_eq!(code(world.inspect(activation)), Code::CodeIncomplete);
    assert_eq!(code(world.inspect("hello")), Code::NotACode);
    let texts = ["hello".to_owned(), uri("Example:alice")].map(SecretText::new);
    assert!(matches!(world.app.inspect_scan(&texts), ScanView::Found { .. }), "the good one of two is taken");
    assert_eq!(world.app.inspect_scan(&[]), ScanView::Nothing);
}

#[test]
fn a_link_waits_until_the_vault_is_open_and_adds_nothing() {
    let mut world = World::fresh();
    world.app.start();
    assert_eq!(world.app.open_link(SecretText::new(uri("Example:alice"))), ScanView::Nothing);
    assert_eq!(world.app.pending_link(), ScanView::Nothing);
    world.app.accept_privacy().expect("accepts");
    world.app.choose_diagnostics(false).expect("chooses");
    assert!(matches!(world.app.pending_link(), ScanView::Found { .. }));
    assert_eq!(world.app.pending_link(), ScanView::Nothing, "once");
    assert!(world.app.accounts().expect("lists").accounts.is_empty());
}

#[test]
fn a_counter_is_stored_before_its_code_is_shown() {
    let mut world = World::ready();
    let id = world.add(&format!("otpauth://hotp/Example:alice?secret={SECRET}&counter=0"));
    let first = world.app.codes().expect("shows")[0].digits.clone();
    let second = world.app.next_counter(&id).expect("counts").digits;
    assert_ne!(first, second);
    *world.app.store.full.borrow_mut() = true;
    assert_eq!(code(world.app.next_counter(&id)), Code::DiskFull);
    assert_eq!(world.app.codes().expect("shows")[0].digits, second, "the counter did not move");
    let mut world = world.restart();
    assert_eq!(world.app.codes().expect("shows")[0].digits, second);
}

#[test]
fn covered_codes_do_not_cross_and_are_covered_again() {
    let mut world = World::ready();
    let id = world.add(&uri("Example:alice"));
    let settings = SettingsRequest {
        language: Language::Sv,
        theme: Theme::Dark,
        hide_codes: true,
        hide_screen: true,
        auto_lock_minutes: 5,
        diagnostics: false,
    };
    world.app.change_settings(&settings).expect("changes");
    let covered = &world.app.codes().expect("shows")[0];
    assert_eq!((covered.digits.as_ref(), covered.next.as_ref(), covered.length), (None, None, 6));
    assert!(world.app.reveal(&id, true).expect("reveals").digits.is_some());
    assert!(world.app.reveal(&id, false).expect("covers").digits.is_none());
    world.app.reveal(&id, true).expect("reveals");
    wait(30_000);
    let codes = world.app.tick().codes.expect("the tick covers it");
    assert_eq!(codes[0].digits, None);
    let view = world.restart().app.view();
    assert_eq!((view.settings.language, view.settings.theme), (Language::Sv, Theme::Dark));
}

#[test]
fn a_tick_tells_new_codes_at_the_step_and_only_then() {
    let mut world = World::ready();
    world.add(&uri("Example:alice"));
    NOW.set(1_790_000_010_000 / 30_000 * 30_000);
    let before = world.app.codes().expect("shows");
    wait(29_999);
    assert_eq!(world.app.tick(), Tick::default());
    wait(1);
    let after = world.app.tick().codes.expect("told");
    assert_eq!(after[0].digits, before[0].next);
    assert_eq!(after[0].left_ms, Some(30_000));
}

#[test]
fn a_copied_code_leaves_the_clipboard_after_a_minute_unless_another_took_its_place() {
    let mut world = World::ready();
    let id = world.add(&uri("Example:alice"));
    assert_eq!(world.app.copy_code(&id).expect("copies").clear_after, 60);
    let digits = world.app.codes().expect("shows")[0].digits.clone();
    assert_eq!(Some(world.app.device.clipboard()), digits);
    wait(59_000);
    world.app.tick();
    assert_eq!(Some(world.app.device.clipboard()), digits);
    wait(1_000);
    world.app.tick();
    assert_eq!(world.app.device.clipboard(), "");

    world.app.copy_code(&id).expect("copies");
    world.app.device.copy_elsewhere("something else");
    wait(60_000);
    world.app.tick();
    assert_eq!(world.app.device.clipboard(), "something else");
}

#[test]
fn a_removed_account_can_be_put_back_for_thirty_days() {
    let mut world = World::ready();
    let id = world.add(&uri("Example:alice"));
    assert_eq!(world.app.remove_account(&id).expect("removes").accounts.len(), 0);
    assert_eq!(code(world.app.copy_code(&id)), Code::AccountGone);
    assert_eq!(world.app.put_back(&id).expect("puts back").accounts.len(), 1);
    world.app.remove_account(&id).expect("removes");
    wait(29 * DAY_MS);
    assert_eq!(world.app.trash().expect("lists")[0].days_left, 1);
    wait(DAY_MS);
    assert!(world.app.trash().expect("lists").is_empty());
    assert_eq!(code(world.app.put_back(&id)), Code::AccountGone);
}

#[test]
fn only_what_is_in_the_trash_is_deleted_for_good() {
    let mut world = World::ready();
    let id = world.add(&uri("Example:alice"));
    assert_eq!(code(world.app.delete_forever(&id)), Code::NotNow);
    world.app.remove_account(&id).expect("removes");
    assert!(world.app.delete_forever(&id).expect("deletes").is_empty());
}

#[test]
fn names_and_order_are_the_persons() {
    let mut world = World::ready();
    let (one, two) = (world.add(&uri("One:a")), world.add(&uri("Two:b")));
    let edit = EditRequest {
        issuer: "Eins".into(),
        account: "\u{202e}a".into(),
        note: "for work".into(),
        group: Group::Personal,
    };
    let view = world.app.edit_account(&one, &edit).expect("edits");
    assert_eq!((view.accounts[0].issuer.as_str(), view.accounts[0].account.as_str()), ("Eins", "a"));
    let long = EditRequest { note: "x".repeat(257), ..edit };
    assert_eq!(code(world.app.edit_account(&one, &long)), Code::NameTooLong);
    let moved = world.app.move_account(&two, Some(&one)).expect("moves");
    assert_eq!(moved.accounts[0].id, two);
}

#[test]
fn locked_means_that_the_key_is_gone_until_the_passphrase_comes() {
    let mut world = World::ready();
    world.add(&uri("Example:alice"));
    assert_eq!(world.app.lock().stage, Stage::Ready, "without a passphrase there is nothing to lock");
    assert_eq!(code(world.app.turn_on_lock(&pass("short"))), Code::ShortPassphrase);
    assert_eq!(code(world.app.turn_on_lock(&pass("aaaaaaaaaaaaaaa"))), Code::CommonPassphrase);
    let view = world.app.turn_on_lock(&pass(PASSPHRASE)).expect("turns on");
    assert_eq!(view.settings.protection, Protection::Passphrase);

    assert_eq!(world.app.lock().stage, Stage::Locked);
    assert!(matches!(world.app.state, State::Locked(_)), "no open vault, so no key");
    assert_eq!(code(world.app.accounts()), Code::Locked);
    assert_eq!(code(world.app.unlock(&pass("sju sjuka sjuksköterskan"))), Code::WrongPassphrase);
    assert_eq!(world.app.unlock(&pass(PASSPHRASE)).expect("unlocks").stage, Stage::Ready);
    assert_eq!(world.app.accounts().expect("lists").accounts.len(), 1);

    let mut world = world.restart();
    assert_eq!(world.stage(), Stage::Locked);
    world.app.unlock(&pass(PASSPHRASE)).expect("unlocks");
    assert_eq!(code(world.app.turn_off_lock(&pass("another passphrase"))), Code::WrongPassphrase);
    world.app.turn_off_lock(&pass(PASSPHRASE)).expect("turns off");
    assert_eq!(world.restart().stage(), Stage::Ready);
}

#[test]
fn with_the_lock_on_no_copy_opens_by_the_keystore() {
    let mut world = World::ready();
    world.add(&uri("Example:alice"));
    world.app.turn_on_lock(&pass(PASSPHRASE)).expect("turns on");
    for copy in [&world.app.store.current, &world.app.store.previous] {
        let bytes = copy.borrow().clone().expect("is there");
        let file = SealedFile::parse(&bytes).expect("parses");
        assert!(file.slots().iter().all(|slot| matches!(slot, Slot::Passphrase { .. })));
    }
}

#[test]
fn the_app_locks_itself_when_it_is_not_used() {
    let mut world = World::ready();
    world.app.turn_on_lock(&pass(PASSPHRASE)).expect("turns on");
    wait(4 * 60_000);
    world.app.still_here();
    wait(4 * 60_000);
    assert_eq!(world.app.tick().locked, None);
    wait(60_000);
    assert_eq!(world.app.tick().locked.expect("locks").stage, Stage::Locked);
    assert_eq!(world.app.tick(), Tick::default());
}

#[test]
fn a_missing_keystore_is_said_and_a_passphrase_helps() {
    let mut world = World::fresh();
    world.app.device.fail_with(Some(DeviceError::KeystoreMissing));
    world.app.accept_privacy().expect("accepts");
    let view = world.app.choose_diagnostics(false).expect("chooses");
    assert_eq!(view.stage, problem(Problem::KeystoreMissing, false));
    assert_eq!(world.stored(), None, "nothing is stored without a key");
    let view = world.app.create_passphrase_vault(pass(PASSPHRASE)).expect("creates");
    assert_eq!(view.stage, Stage::Ready);
    let mut world = world.restart();
    assert_eq!(world.stage(), Stage::Locked);
    assert_eq!(world.app.unlock(&pass(PASSPHRASE)).expect("unlocks").stage, Stage::Ready);
}

#[test]
fn a_keystore_that_is_gone_or_locked_changes_nothing_and_can_come_back() {
    let mut world = World::ready();
    world.add(&uri("Example:alice"));
    let before = world.stored();
    for (error, shown) in [
        (DeviceError::KeystoreMissing, Problem::KeystoreMissing),
        (DeviceError::KeystoreLocked, Problem::KeystoreLocked),
    ] {
        world.app.device.fail_with(Some(error));
        world = world.restart();
        assert_eq!(world.stage(), problem(shown, true));
        assert_eq!(code(world.app.start_empty()), Code::NotNow);
        assert_eq!(code(world.app.create_passphrase_vault(pass(PASSPHRASE))), Code::NotNow);
        assert_eq!(world.stored(), before);
        world.app.device.fail_with(None);
        assert_eq!(world.app.try_again().stage, Stage::Ready);
    }
}

#[test]
fn a_lost_key_is_told_apart_from_damage_and_starting_empty_keeps_the_file() {
    let mut world = World::ready();
    world.add(&uri("Example:alice"));
    let before = world.stored().expect("is there");
    world.app.device.lose_keys();
    let mut world = world.restart();
    assert_eq!(world.stage(), problem(Problem::KeyLost, true));
    assert_eq!(world.stored().as_ref(), Some(&before), "no silent new key");
    assert_eq!(world.app.start_empty().expect("starts").stage, Stage::Ready);
    assert!(world.app.accounts().expect("lists").accounts.is_empty());
    assert!(world.app.store.aside.borrow().iter().any(|(_, bytes)| *bytes == before));
}

#[test]
fn a_damaged_file_gives_way_to_the_copy_before_it() {
    let mut world = World::ready();
    world.add(&uri("One:a"));
    world.add(&uri("Two:b"));
    let damaged = {
        let mut current = world.app.store.current.borrow_mut();
        let bytes = current.as_mut().expect("is there");
        *bytes.last_mut().expect("not empty") ^= 1;
        bytes.clone()
    };
    let mut world = world.restart();
    assert_eq!(world.stage(), Stage::Ready);
    let view = world.app.accounts().expect("lists");
    assert_eq!((view.accounts.len(), view.older_copy_used), (1, true));
    assert!(world.app.store.aside.borrow().iter().any(|(_, bytes)| *bytes == damaged));
    world.add(&uri("Three:c"));
    assert_eq!(world.restart().app.accounts().expect("lists").accounts.len(), 2);
}

#[test]
fn a_damaged_file_under_a_passphrase_gives_way_too() {
    let mut world = World::ready();
    world.add(&uri("One:a"));
    world.app.turn_on_lock(&pass(PASSPHRASE)).expect("turns on");
    *world.app.store.current.borrow_mut().as_mut().expect("is there").last_mut().expect("not empty") ^= 1;
    let mut world = world.restart();
    assert_eq!(world.app.unlock(&pass(PASSPHRASE)).expect("unlocks").stage, Stage::Ready);
    let view = world.app.accounts().expect("lists");
    assert_eq!((view.accounts.len(), view.older_copy_used), (1, true));
}

#[test]
fn two_damaged_copies_are_set_aside_and_nothing_is_deleted() {
    let mut world = World::ready();
    world.add(&uri("One:a"));
    for copy in [&world.app.store.current, &world.app.store.previous] {
        copy.borrow_mut().as_mut().expect("is there").truncate(100);
    }
    let mut world = world.restart();
    assert_eq!(world.stage(), problem(Problem::Damaged, true));
    assert_eq!(world.app.store.aside.borrow().len(), 0, "looking renames nothing");
    assert_eq!(world.app.try_again().stage, problem(Problem::Damaged, true));
    assert_eq!(world.app.start_empty().expect("starts").stage, Stage::Ready);
    assert_eq!(world.app.store.aside.borrow().len(), 2);
}

#[test]
fn the_copy_before_the_damaged_one_is_stored_as_the_last_at_once() {
    let mut world = World::ready();
    world.add(&uri("One:a"));
    world.add(&uri("Two:b"));
    *world.app.store.current.borrow_mut().as_mut().expect("is there").last_mut().expect("not empty") ^= 1;
    let world = world.restart();
    assert_eq!(world.stage(), Stage::Ready);
    let world = world.restart();
    assert_eq!(world.stage(), Stage::Ready, "no older copy is suspected at the next start");
}

#[test]
fn a_missing_newest_copy_gives_way_under_a_passphrase_too() {
    let mut world = World::ready();
    world.add(&uri("One:a"));
    world.app.turn_on_lock(&pass(PASSPHRASE)).expect("turns on");
    world.app.store.current.take();
    let mut world = world.restart();
    assert_eq!(world.stage(), Stage::Locked);
    assert_eq!(code(world.app.unlock(&pass("another passphrase"))), Code::WrongPassphrase);
    assert_eq!(world.app.unlock(&pass(PASSPHRASE)).expect("unlocks").stage, Stage::Ready);
    assert_eq!(world.app.accounts().expect("lists").accounts.len(), 1);
}

#[test]
fn an_old_previous_copy_does_not_slip_in_beside_a_damaged_file() {
    let mut world = World::ready();
    world.add(&uri("One:a"));
    let old = world.stored();
    world.add(&uri("Two:b"));
    world.add(&uri("Three:c"));
    world.app.store.previous.replace(old);
    world.app.store.current.borrow_mut().as_mut().expect("is there").truncate(100);
    let mut world = world.restart();
    assert_eq!(world.stage(), problem(Problem::RolledBack, true));
    assert_eq!(world.app.use_older_vault().expect("the person may take it").stage, Stage::Ready);
    assert_eq!(world.restart().stage(), Stage::Ready);
}

#[test]
fn an_older_vault_can_be_taken_when_the_keystore_answers_again() {
    let mut world = World::ready();
    world.add(&uri("One:a"));
    let old = world.stored();
    world.add(&uri("Two:b"));
    world.app.store.current.replace(old);
    let mut world = world.restart();
    world.app.device.fail_with(Some(DeviceError::KeystoreFailed));
    assert_eq!(code(world.app.use_older_vault()), Code::KeystoreFailed);
    world.app.device.fail_with(None);
    assert_eq!(world.app.use_older_vault().expect("now").stage, Stage::Ready);
}

#[test]
fn another_vaults_file_is_named_as_such() {
    let mut other = World::ready();
    other.add(&uri("Other:x"));
    other.app.turn_on_lock(&pass(PASSPHRASE)).expect("turns on");
    let foreign = other.stored();
    let world = World::ready();
    world.app.store.current.replace(foreign);
    let mut world = world.restart();
    assert_eq!(world.stage(), Stage::Locked);
    let view = world.app.unlock(&pass(PASSPHRASE)).expect("opens");
    assert_eq!(view.stage, problem(Problem::AnotherVault, true));
    assert_eq!(world.app.use_older_vault().expect("the person may take it").stage, Stage::Ready);
}

#[test]
fn a_forgotten_passphrase_leaves_a_way_on_and_the_file() {
    let mut world = World::ready();
    world.add(&uri("One:a"));
    world.app.turn_on_lock(&pass(PASSPHRASE)).expect("turns on");
    world.app.lock();
    let locked = world.stored().expect("is there");
    assert_eq!(world.app.start_empty().expect("starts").stage, Stage::Ready);
    assert!(world.app.store.aside.borrow().iter().any(|(_, bytes)| *bytes == locked));
}

#[test]
fn a_file_that_came_back_is_not_overwritten_by_a_first_vault() {
    let mut world = World::fresh();
    world.app.device.fail_with(Some(DeviceError::KeystoreMissing));
    world.app.accept_privacy().expect("accepts");
    world.app.choose_diagnostics(false).expect("chooses");
    let back = b"a file somebody put back".to_vec();
    world.app.store.current.replace(Some(back.clone()));
    assert_eq!(code(world.app.create_passphrase_vault(pass(PASSPHRASE))), Code::NotNow);
    assert_eq!(world.stored(), Some(back));
}

#[test]
fn a_first_vault_that_cannot_be_written_is_said() {
    let mut world = World::fresh();
    *world.app.store.full.borrow_mut() = true;
    world.app.accept_privacy().expect("accepts");
    let view = world.app.choose_diagnostics(false).expect("chooses");
    assert_eq!(view.stage, problem(Problem::CantSave, false));
    *world.app.store.full.borrow_mut() = false;
    assert_eq!(world.app.try_again().stage, Stage::Ready);
}

#[test]
fn turning_the_lock_on_leaves_nothing_that_opens_by_the_keystore() {
    let mut world = World::ready();
    world.add(&uri("One:a"));
    let before = world.stored();
    world.app.turn_on_lock(&pass(PASSPHRASE)).expect("turns on");
    world.app.store.current.replace(before.clone());
    world.app.store.previous.replace(before);
    assert_eq!(world.restart().stage(), problem(Problem::KeyLost, true));
}

#[test]
fn a_lock_that_cannot_be_stored_is_not_on() {
    let mut world = World::ready();
    world.add(&uri("One:a"));
    *world.app.store.full.borrow_mut() = true;
    assert_eq!(code(world.app.turn_on_lock(&pass(PASSPHRASE))), Code::DiskFull);
    *world.app.store.full.borrow_mut() = false;
    assert_eq!(world.app.accounts().expect("lists").accounts.len(), 1);
    world.add(&uri("Two:b"));
    assert_eq!(world.restart().stage(), Stage::Ready);
}

#[test]
fn what_another_process_stored_is_not_overwritten() {
    let mut world = World::ready();
    let one = world.add(&uri("One:a"));
    let before = world.stored();
    world.add(&uri("Two:b"));
    let after = world.stored();
    // This process has read the first; the other one has stored the second.
    world.app.store.current.replace(before);
    world.app.read_again();
    world.app.store.current.replace(after.clone());
    assert_eq!(code(world.app.remove_account(&one)), Code::SaveFailed);
    assert_eq!(world.stored(), after);
    assert_eq!(world.app.accounts().expect("lists").accounts.len(), 2, "and now it has read it");
}

#[test]
fn a_clock_that_was_set_back_shows_the_codes_of_its_time_and_locks() {
    let mut world = World::ready();
    world.add(&uri("One:a"));
    let before = world.app.codes().expect("shows");
    NOW.set(NOW.get() - 2 * 60 * 60 * 1000);
    let after = world.app.tick().codes.expect("told at once");
    assert_ne!(before[0].digits, after[0].digits);
    world.app.turn_on_lock(&pass(PASSPHRASE)).expect("turns on");
    NOW.set(NOW.get() - 2 * 60 * 60 * 1000);
    assert!(world.app.tick().locked.is_some());
}

#[test]
fn an_account_beside_another_apps_code_is_the_one_taken() {
    let mut world = World::ready();
    let texts = ["https://store.example/app".to_owned(), uri("One:a"), uri("Two:b")].map(SecretText::new);
    let ScanView::Found { enroll: EnrollView::Accounts { candidates, .. } } = world.app.inspect_scan(&texts)
    else {
        panic!("accounts");
    };
    assert_eq!(candidates.len(), 2);
}

#[test]
fn a_code_that_means_nothing_does_not_drop_what_was_found() {
    let mut world = World::ready();
    let Ok(EnrollView::Accounts { session, .. }) = world.inspect(&uri("One:a")) else { panic!("no") };
    assert_eq!(code(world.inspect("hello")), Code::NotACode);
    world.app.confirm(&session, &[pick(0, "One", "a")]).expect("adds");
}

#[test]
fn an_old_file_put_back_is_noticed() {
    let mut world = World::ready();
    world.add(&uri("One:a"));
    let old = world.stored();
    world.add(&uri("Two:b"));
    world.app.store.current.replace(old);
    let mut world = world.restart();
    assert_eq!(world.stage(), problem(Problem::RolledBack, true));
    assert_eq!(code(world.app.accounts()), Code::Locked);
    assert_eq!(world.app.use_older_vault().expect("the person may take it").stage, Stage::Ready);
    assert_eq!(world.app.accounts().expect("lists").accounts.len(), 1);
    assert_eq!(world.restart().stage(), Stage::Ready);
}

#[test]
fn a_keystore_that_missed_a_save_is_told_at_the_next_start() {
    let mut world = World::ready();
    world.app.device.fail_with(Some(DeviceError::KeystoreFailed));
    world.add(&uri("One:a"));
    world.app.device.fail_with(None);
    let world = world.restart();
    assert_eq!(world.stage(), Stage::Ready);
    let generation = world.app.vault().expect("is open").generation();
    assert_eq!(world.app.device.recall().expect("answers").expect("remembers").generation, generation);
}

#[test]
fn a_file_that_vanished_is_noticed_and_a_new_installation_is_not_mistaken_for_it() {
    let mut world = World::ready();
    world.add(&uri("One:a"));
    world.app.store.current.take();
    world.app.store.previous.take();
    let world = world.restart();
    assert_eq!(world.stage(), problem(Problem::VaultMissing, false));

    let World { app, place, .. } = world;
    let App { device, store, .. } = app;
    let folder = tempfile::tempdir().expect("a folder");
    let mut app = World::app(device, store, &folder, &place);
    app.start();
    app.accept_privacy().expect("accepts");
    assert_eq!(app.choose_diagnostics(false).expect("chooses").stage, Stage::Ready);
}

#[test]
fn a_newer_format_is_left_alone() {
    let mut world = World::ready();
    world.add(&uri("One:a"));
    world.app.store.current.borrow_mut().as_mut().expect("is there")[4] = 9;
    let before = world.stored();
    let mut world = world.restart();
    assert_eq!(world.stage(), problem(Problem::NewerFormat, true));
    assert_eq!(code(world.app.start_empty()), Code::NotNow);
    assert_eq!(world.stored(), before);
}

#[test]
fn closing_leaves_no_code_on_the_clipboard_and_no_key_in_memory() {
    let mut world = World::ready();
    let id = world.add(&uri("One:a"));
    world.app.copy_code(&id).expect("copies");
    world.app.close();
    assert_eq!(world.app.device.clipboard(), "");
    assert!(matches!(world.app.state, State::Closed));
}

#[test]
fn the_screen_is_in_no_picture_until_the_person_says_so() {
    let mut world = World::ready();
    assert!(world.app.view().settings.hide_screen);
    assert_eq!(world.app.device.hides_screen(), Some(true));
    let request = SettingsRequest {
        language: Language::System,
        theme: Theme::System,
        hide_codes: false,
        hide_screen: false,
        auto_lock_minutes: 5,
        diagnostics: false,
    };
    assert!(!world.app.change_settings(&request).expect("changes").settings.hide_screen);
    assert_eq!(world.app.device.hides_screen(), Some(false));
    let mut world = world.restart();
    assert_eq!(world.app.device.hides_screen(), Some(false), "it is kept");
    let back = SettingsRequest { hide_screen: true, ..request };
    world.app.change_settings(&back).expect("changes");
    assert_eq!(world.app.device.hides_screen(), Some(true));
}

#[test]
fn no_view_and_no_log_holds_the_key() {
    let mut world = World::ready();
    let request = SettingsRequest {
        language: Language::System,
        theme: Theme::System,
        hide_codes: false,
        hide_screen: true,
        auto_lock_minutes: 5,
        diagnostics: true,
    };
    world.app.change_settings(&request).expect("changes");
    let found = world.inspect(&uri("One:a")).expect("is an account");
    let id = world.add(&uri("One:a"));
    world.app.note(Event::Scan { millis: 3 });
    let seen = [
        serde_json::to_string(&found).expect("JSON"),
        serde_json::to_string(&world.app.accounts().expect("lists")).expect("JSON"),
        serde_json::to_string(&world.app.remove_account(&id).expect("removes")).expect("JSON"),
        serde_json::to_string(&world.app.trash().expect("lists")).expect("JSON"),
        world.app.diagnostics().join("\n"),
    ]
    .concat();
    for form in crypto_core_forms(SECRET) {
        assert!(!seen.to_lowercase().contains(&form.to_lowercase()));
    }
    let _ = &world.folder;
}

/// The forms a key could leak in.
fn crypto_core_forms(secret: &str) -> Vec<String> {
    use base64::Engine as _;
    let raw = crypto_core::codes::base32::decode(secret).expect("Base32");
    let hex: String = raw.expose().iter().map(|byte| format!("{byte:02x}")).collect();
    vec![secret.to_owned(), hex, base64::engine::general_purpose::STANDARD.encode(raw.expose())]
}
