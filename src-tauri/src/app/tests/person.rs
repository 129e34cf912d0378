//! The app lock that the phone asks for.

use super::*;
use crate::handle::Shared;
use crate::view::{ExportFormat, ExportRequest};

impl World {
    /// A phone that can verify its person, with one account and no lock.
    fn phone() -> Self {
        let mut world = Self::ready();
        world.app.device.can_verify_its_person();
        world.add(&uri("Example:alice"));
        world
    }

    /// The same with the lock on.
    fn guarded() -> Self {
        let mut world = Self::phone();
        world.turn_on().expect("turns on");
        world
    }

    fn turn_on(&mut self) -> Result<AppView, CommandError> {
        let guarded = self.app.to_guard()?.ask()?;
        self.app.turn_on_person_lock(guarded)
    }

    fn turn_off(&mut self) -> Result<AppView, CommandError> {
        let confirmed = self.app.to_confirm()?.ask()?;
        self.app.turn_off_person_lock(confirmed)
    }

    fn unlock(&mut self) -> Result<AppView, CommandError> {
        let to_unlock = self.app.to_unlock()?.expect("is locked");
        self.app.unlocked(to_unlock.ask())
    }

    fn kinds(&self) -> Vec<Protection> {
        let copies = [&self.app.store.current, &self.app.store.previous];
        let kind = |slot: &Slot| match slot {
            Slot::Person(_) => Protection::Person,
            Slot::Passphrase { .. } => Protection::Passphrase,
            Slot::Keystore(_) | Slot::RecoveryCode(_) | Slot::Unknown(_) => Protection::Keystore,
        };
        copies
            .into_iter()
            .map(|copy| {
                let bytes = copy.borrow().clone().expect("is there");
                let file = SealedFile::parse(&bytes).expect("parses");
                let [slot] = file.slots() else { panic!("one slot") };
                kind(slot)
            })
            .collect()
    }

    fn accounts(&mut self) -> usize {
        self.app.accounts().expect("is open").accounts.len()
    }

    fn has_unguarded_key(&self) -> bool {
        let bytes = self.stored().expect("is there");
        let id = SealedFile::parse(&bytes).expect("parses").header().id;
        self.app.device.has_unguarded_key(&id)
    }
}

fn unsealed() -> ExportRequest {
    let format = ExportFormat::OtpauthList;
    ExportRequest { format, passphrase: String::new(), lock_passphrase: String::new() }
}

#[test]
fn it_is_offered_where_somebody_can_be_verified() {
    let mut world = World::ready();
    assert!(!world.app.view().can_verify);
    assert_eq!(code(world.app.to_guard().map(|_| ())), Code::NotNow);
    let mut world = World::phone();
    assert!(world.app.view().can_verify);
    let view = world.turn_on().expect("turns on");
    assert_eq!((view.stage, view.settings.protection), (Stage::Ready, Protection::Person));
    assert_eq!(code(world.app.to_guard().map(|_| ())), Code::NotNow, "it is on");
    assert_eq!(code(world.app.turn_on_lock(&pass(PASSPHRASE))), Code::NotNow, "one lock at a time");
}

#[test]
fn locked_means_that_the_key_is_gone_until_the_person_is_verified() {
    let mut world = World::guarded();
    let view = world.app.lock();
    assert_eq!((view.stage, view.settings.protection), (Stage::Locked, Protection::Person));
    assert!(matches!(world.app.state, State::Locked(_)), "no open vault, so no key");
    assert_eq!(code(world.app.accounts()), Code::Locked);
    assert_eq!(code(world.app.unlock(&pass(PASSPHRASE))), Code::NotNow);
    assert_eq!(world.unlock().expect("unlocks").stage, Stage::Ready);
    assert_eq!(world.accounts(), 1);

    let mut world = world.restart();
    assert_eq!(world.stage(), Stage::Locked);
    let asked = world.app.device.asked();
    assert_eq!(world.unlock().expect("unlocks").stage, Stage::Ready);
    assert_eq!(world.app.device.asked(), asked + 1, "once");
    world.add(&uri("Another:bob"));
    let mut world = world.restart();
    world.unlock().expect("unlocks");
    assert_eq!(world.accounts(), 2);
}

#[test]
fn an_old_vault_takes_the_lock_and_no_copy_opens_without_the_person() {
    let mut world = World::phone();
    let before = world.stored();
    world.turn_on().expect("turns on");
    assert_eq!(world.kinds(), [Protection::Person, Protection::Person]);
    assert!(!world.has_unguarded_key());
    world.app.store.current.replace(before.clone());
    world.app.store.previous.replace(before);
    assert_eq!(
        world.restart().stage(),
        problem(Problem::KeyLost, true),
        "what is older does not open either"
    );
}

#[test]
fn whoever_is_not_verified_stays_outside_and_can_try_again() {
    let mut world = World::guarded().restart();
    let before = world.stored();
    for error in [DeviceError::NotVerified, DeviceError::KeystoreLocked, DeviceError::NoScreenLock] {
        world.app.device.refuse_with(Some(error));
        let asked = world.app.device.asked();
        assert_eq!(code(world.unlock()), CommandError::from(error).code);
        assert_eq!(world.app.device.asked(), asked + 1, "no second question for the copy before");
        assert_eq!(world.stage(), Stage::Locked);
        assert_eq!(world.stored(), before);
    }
    world.app.device.fail_with(Some(DeviceError::KeystoreFailed));
    assert_eq!(code(world.unlock()), Code::KeystoreFailed);
    world.app.device.fail_with(None);
    world.app.device.refuse_with(None);
    assert_eq!(world.unlock().expect("unlocks").stage, Stage::Ready);
}

#[test]
fn a_key_that_the_phone_has_ended_is_said_and_leaves_the_ways_of_a_lost_one() {
    let mut world = World::guarded().restart();
    let before = world.stored().expect("is there");
    world.app.device.lose_guarded_keys();
    assert_eq!(world.unlock().expect("says so").stage, problem(Problem::PersonKeyLost, true));
    assert_eq!(world.stored().as_ref(), Some(&before), "no silent new key");
    assert_eq!(world.app.try_again().stage, Stage::Locked);
    assert_eq!(world.unlock().expect("says so").stage, problem(Problem::PersonKeyLost, true));
    assert_eq!(world.app.start_empty().expect("starts").stage, Stage::Ready);
    assert!(world.app.store.aside.borrow().iter().any(|(_, bytes)| *bytes == before));
    world.turn_on().expect("the new vault can have the lock as well");
}

#[test]
fn a_lock_that_nobody_confirms_or_that_cannot_be_stored_is_not_on() {
    let mut world = World::phone();
    let before = world.stored();
    for error in [DeviceError::NotVerified, DeviceError::NoScreenLock] {
        world.app.device.refuse_with(Some(error));
        assert_eq!(code(world.turn_on()), CommandError::from(error).code);
        assert_eq!(world.stored(), before);
    }
    world.app.device.refuse_with(None);
    world.app.fill_disk(true);
    assert_eq!(code(world.turn_on()), Code::DiskFull);
    world.app.fill_disk(false);
    assert_eq!(world.accounts(), 1);
    assert!(world.has_unguarded_key());
    world.add(&uri("Another:bob"));
    let mut world = world.restart();
    assert_eq!(world.stage(), Stage::Ready);
    assert_eq!(world.accounts(), 2);
}

#[test]
fn power_that_ends_while_it_is_turned_on_leaves_nothing_open_for_long() {
    let mut world = World::phone();
    let before = world.stored();
    // The new file is stored, and nothing after it has happened.
    world.app.device.keep_keys(true);
    world.turn_on().expect("the lock is on all the same");
    world.app.store.previous.replace(before);
    assert!(world.has_unguarded_key());

    let mut world = world.restart();
    assert_eq!(world.stage(), Stage::Locked, "the copy before does not stand in for the person");
    world.app.device.refuse_with(Some(DeviceError::NotVerified));
    assert_eq!(code(world.unlock()), Code::NotVerified);
    world.app.device.refuse_with(None);
    world.app.device.keep_keys(false);
    world.unlock().expect("unlocks");
    assert_eq!(world.accounts(), 1);
    assert_eq!(world.kinds(), [Protection::Person, Protection::Person]);
    assert!(!world.has_unguarded_key());
}

#[test]
fn power_that_ends_before_the_file_is_stored_leaves_the_vault_as_it_was() {
    let mut world = World::phone();
    let _guarded = world.app.to_guard().expect("may be").ask().expect("wraps");
    let mut world = world.restart();
    assert_eq!((world.stage(), world.accounts()), (Stage::Ready, 1));
    world.turn_on().expect("turns on");
}

#[test]
fn a_lost_key_gives_way_to_a_copy_that_needs_nobody() {
    let mut world = World::phone();
    let before = world.stored();
    world.app.device.keep_keys(true);
    world.turn_on().expect("the lock is on");
    world.app.store.previous.replace(before);
    world
        .app
        .device
        .remember(&LastSave::new(
            &SealedFile::parse(&world.stored().expect("is there")).expect("parses").header().id,
            0,
        ))
        .expect("remembers");
    world.app.device.keep_keys(false);
    world.app.device.lose_guarded_keys();
    let mut world = world.restart();
    let view = world.unlock().expect("opens the copy before");
    assert_eq!((view.stage, view.settings.protection), (Stage::Ready, Protection::Keystore));
    assert!(world.has_unguarded_key(), "what opens it stays");
    let mut world = world.restart();
    assert_eq!((world.stage(), world.accounts()), (Stage::Ready, 1));
}

#[test]
fn a_damaged_file_gives_way_to_the_copy_before_it_by_the_same_answer() {
    let world = World::guarded();
    *world.app.store.current.borrow_mut().as_mut().expect("is there").last_mut().expect("not empty") ^= 1;
    let mut world = world.restart();
    let asked = world.app.device.asked();
    assert_eq!(world.unlock().expect("unlocks").stage, Stage::Ready);
    assert_eq!(world.app.device.asked(), asked + 1);
    let view = world.app.accounts().expect("lists");
    assert_eq!((view.accounts.len(), view.older_copy_used), (1, true));
    let mut world = world.restart();
    world.unlock().expect("unlocks");
}

#[test]
fn an_old_file_put_back_is_noticed_once_it_is_open() {
    let mut world = World::guarded();
    let old = world.stored();
    world.add(&uri("Another:bob"));
    world.add(&uri("Third:carol"));
    world.app.store.current.replace(old);
    let mut world = world.restart();
    assert_eq!(world.unlock().expect("opens").stage, problem(Problem::RolledBack, true));
    assert_eq!(world.app.use_older_vault().expect("the person may take it").stage, Stage::Ready);
    assert_eq!(world.app.lock().stage, Stage::Locked);
}

#[test]
fn turning_it_off_asks_once_more() {
    let mut world = World::guarded();
    world.app.device.refuse_with(Some(DeviceError::NotVerified));
    assert_eq!(code(world.turn_off()), Code::NotVerified);
    assert_eq!(world.app.view().settings.protection, Protection::Person);
    assert_eq!(code(world.app.turn_off_lock(&pass(PASSPHRASE))), Code::NotNow, "there is no passphrase");
    world.app.device.refuse_with(None);
    let asked = world.app.device.asked();
    world.turn_off().expect("turns off");
    assert_eq!(world.app.device.asked(), asked + 1);
    assert_eq!(world.kinds(), [Protection::Keystore, Protection::Keystore]);
    let mut world = world.restart();
    assert_eq!((world.stage(), world.accounts()), (Stage::Ready, 1));
    world.turn_on().expect("and on again");
    let mut world = world.restart();
    world.unlock().expect("unlocks");
    world.app.lock();
    assert_eq!(code(world.turn_off()), Code::Locked);
}

#[test]
fn turning_it_off_where_the_disk_is_full_leaves_it_on() {
    let mut world = World::guarded();
    world.app.fill_disk(true);
    assert_eq!(code(world.turn_off()), Code::DiskFull);
    assert_eq!(world.stage(), Stage::Locked, "the stored file is opened anew");
    world.app.fill_disk(false);
    world.unlock().expect("unlocks");
    assert_eq!(world.accounts(), 1);
}

#[test]
fn a_key_that_ends_while_the_app_is_open_is_said_while_a_backup_helps() {
    let mut world = World::guarded();
    world.app.device.lose_guarded_keys();
    assert_eq!(code(world.turn_off()), Code::LockKeyLost);
    assert_eq!(world.accounts(), 1, "it is still open");
}

#[test]
fn what_nothing_seals_takes_the_person_once_for_each_time() {
    let mut world = World::guarded();
    let request = unsealed();
    assert_eq!(code(world.app.export_accounts(&request)), Code::NotVerified);
    let confirmed = world.app.to_confirm_export(&request).expect("is open").expect("asks").ask();
    world.app.take_confirmation(confirmed.expect("passes"));
    world.app.export_accounts(&request).expect("is written");
    assert_eq!(code(world.app.export_accounts(&request)), Code::NotVerified, "once");

    let confirmed = world.app.to_confirm().expect("is open").ask().expect("passes");
    world.app.take_confirmation(confirmed);
    world.app.lock();
    world.unlock().expect("unlocks");
    assert_eq!(code(world.app.export_accounts(&request)), Code::NotVerified, "locking ends it");

    let passphrase = "tall pine quiet river".to_owned();
    let (format, lock_passphrase) = (ExportFormat::Countersign, String::new());
    let sealed = ExportRequest { format, passphrase, lock_passphrase };
    assert!(world.app.to_confirm_export(&sealed).expect("is open").is_none(), "what is sealed asks nobody");
    world.app.export_accounts(&sealed).expect("is written");
}

#[test]
fn a_question_of_one_vault_answers_for_no_other() {
    let mut other = World::guarded();
    let foreign = other.app.to_confirm().expect("is open").ask().expect("passes");
    let key = World::phone().app.to_guard().expect("may be").ask().expect("wraps");
    let mut world = World::guarded();
    assert_eq!(code(world.app.turn_off_person_lock(foreign)), Code::NotVerified);
    world.turn_off().expect("turns off");
    assert_eq!(code(world.app.turn_on_person_lock(key)), Code::NotNow);

    // The person gives up on the locked vault while the question is still there.
    let mut world = World::guarded().restart();
    let to_unlock = world.app.to_unlock().expect("waits").expect("is locked");
    world.app.start_empty().expect("starts");
    let view = world.app.unlocked(to_unlock.ask()).expect("is not wanted any more");
    assert_eq!((view.stage, world.accounts()), (Stage::Ready, 0));
}

#[test]
fn the_app_locks_itself_when_it_is_not_used() {
    let mut world = World::guarded();
    wait(5 * 60_000 - 1);
    assert_eq!(world.app.tick().locked, None);
    wait(1);
    assert_eq!(world.app.tick().locked.expect("locks").stage, Stage::Locked);
}

#[test]
fn closing_and_looking_again_ask_nobody() {
    let mut world = World::guarded();
    let asked = world.app.device.asked();
    world.app.close();
    world.app.start();
    world.app.try_again();
    assert_eq!((world.stage(), world.app.device.asked()), (Stage::Locked, asked));
}

/// Calls as the page makes them. Whoever holds the app while the person is asked is stuck here.
#[tokio::test]
async fn the_app_goes_on_while_the_person_is_asked() {
    let World { app, folder: _folder, .. } = World::phone();
    let device = Arc::clone(&app.device);
    let app = Shared::new(app);
    let held = app.clone();
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let sees = Arc::clone(&seen);
    device.while_asking(move || {
        sees.lock().expect("nobody panics").push(held.with(|app| app.tick().locked.is_some()));
    });
    let view = app.turn_on_person_lock().await.expect("turns on");
    assert_eq!(view.settings.protection, Protection::Person);
    assert_eq!(app.run(|app| Ok(app.lock())).await.expect("locks").stage, Stage::Locked);
    assert_eq!(app.unlock_by_person().await.expect("unlocks").stage, Stage::Ready);
    assert_eq!(app.unlock_by_person().await.expect("is open").stage, Stage::Ready);
    app.confirm_export(unsealed()).await.expect("passes");
    app.turn_off_person_lock().await.expect("turns off");
    assert_eq!(*seen.lock().expect("nobody panics"), [false; 4], "one question for each");
}

/// Two pages, or a page that was opened anew, ask at the same time.
#[tokio::test]
async fn who_asks_while_the_question_is_there_gets_what_it_comes_to() {
    let World { app, folder: _folder, .. } = World::guarded();
    let device = Arc::clone(&app.device);
    let app = Shared::new(app);
    let (second, third) = (app.clone(), app.clone());
    app.run(|app| Ok(app.lock())).await.expect("locks");
    for (refusal, expected) in
        [(Some(DeviceError::NotVerified), Err(Code::NotVerified)), (None, Ok(Stage::Ready))]
    {
        device.refuse_with(refusal);
        let before = device.asked();
        let (asks, asked) = std::sync::mpsc::channel();
        let (goes_on, go_on) = std::sync::mpsc::channel::<()>();
        device.while_asking(move || {
            // A second question, if the other comes late, waits for nobody.
            let _ = asks.send(());
            let _ = go_on.recv();
        });
        let first = tokio::spawn({
            let app = second.clone();
            async move { app.unlock_by_person().await }
        });
        tokio::task::spawn_blocking(move || asked.recv()).await.expect("waits").expect("the person is asked");
        let other = tokio::spawn({
            let app = third.clone();
            async move { app.unlock_by_person().await }
        });
        drop(goes_on);
        let stage =
            |view: Result<AppView, CommandError>| view.map(|view| view.stage).map_err(|error| error.code);
        assert_eq!(stage(first.await.expect("ends")), expected);
        assert_eq!(stage(other.await.expect("ends")), expected);
        // The other may come after the answer: then it finds the app open, or asks for itself.
        assert!(device.asked() - before <= if expected.is_ok() { 1 } else { 2 });
    }
}
