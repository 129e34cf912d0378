//! Backups are made after each change, kept whatever goes wrong, and tested.

use std::path::Path;

use device::Phone as _;
use device::phone::Carried;

use super::*;
use crate::backups::PlaceError;
use crate::view::{BackupNotice, BackupView, KeyRequest, PlaceKind, seconds};

const BACKUP: &str = "tall pine quiet river";

impl World {
    /// With one account and backup on, and the first backup written.
    pub(super) fn backed_up() -> (Self, Vec<String>) {
        let mut world = Self::ready();
        world.add(&uri("Northwind:maria"));
        let code = world.app.turn_on_backup(&pass(BACKUP)).expect("turns on");
        world.write_due().expect("is due at once");
        (world, code.groups)
    }

    /// Writes the backup whose time has come.
    pub(super) fn write_due(&mut self) -> Option<BackupView> {
        let job = self.app.backup_due()?;
        Some(self.app.backed_up(job.write()).expect("is noted"))
    }

    /// The names of the files in the place for backups.
    fn names(&self) -> Vec<String> {
        let files = self.place.files();
        files.keys().filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect()
    }

    fn newest(&self) -> String {
        self.app.backup_copies().expect("lists").remove(0).name
    }
}

pub(super) fn typed(text: &str) -> KeyRequest {
    KeyRequest::Passphrase(text.to_owned())
}

#[test]
fn a_change_is_backed_up_after_a_moment() {
    let (mut world, code) = World::backed_up();
    assert_eq!(code.len(), 7);
    let first = world.app.backup().expect("is open");
    assert!(first.is_on && !first.is_behind && first.trouble.is_none());
    assert_eq!(first.last.as_ref().map(|last| (last.accounts, last.older)), Some((1, 0)));

    world.add(&uri("Contoso:maria"));
    assert!(world.app.backup().expect("is open").is_behind);
    assert!(world.write_due().is_none(), "others may follow");
    wait(1000);
    world.add(&uri("Fabrikam:maria"));
    wait(1999);
    assert!(world.write_due().is_none());
    wait(1);
    let done = world.write_due().expect("is due");
    assert!(!done.is_behind);
    assert_eq!(done.last.map(|last| (last.accounts, last.older)), Some((3, 1)));
    assert!(world.write_due().is_none(), "nothing has changed since");
    assert_eq!(world.names().len(), 2);
}

#[test]
fn three_generations_are_kept_and_each_opens() {
    let (mut world, _) = World::backed_up();
    for name in ["A:a", "B:b", "C:c", "D:d"] {
        world.add(&uri(name));
        wait(2000);
        world.write_due().expect("is due");
    }
    assert_eq!(world.names().len(), 3);
    for copy in world.app.backup_copies().expect("lists") {
        assert_eq!(copy.device_type, Some(DeviceType::Desktop));
        let bytes = world.app.copy_bytes(&copy.name).expect("is there");
        let by = pass(BACKUP);
        let by = crypto_core::backup::Unlock::Passphrase(&by);
        crypto_core::backup::open(&bytes, by, crypto_core::backup::DeviceType::Desktop).expect("opens");
    }
}

#[test]
fn backing_up_again_without_a_change_writes_nothing_and_says_so() {
    let (mut world, _) = World::backed_up();
    let before = world.place.files();
    let first = world.app.backup().expect("is open").last.expect("is there");
    assert_eq!(first.unchanged_since, None);
    for _ in 0..4 {
        wait(60_000);
        let job = world.app.backup_job().expect("is on").expect("none is being written");
        let last = world.app.backed_up(job.write()).expect("is noted").last.expect("is there");
        assert_eq!(last.unchanged_since, Some(first.at));
        assert_eq!((last.at, last.older), (seconds(clock()), 0));
        assert_eq!(world.place.files(), before);
    }
    // Saved for what stays on the device: no other content, and the backup is not behind.
    world.app.change(|_, _| Ok(())).expect("saves");
    assert!(world.app.backup().expect("is open").is_behind);
    wait(2000);
    assert!(!world.write_due().expect("is due").is_behind);
    assert_eq!(world.place.files(), before);
    let mut world = world.restart();
    assert!(!world.app.backup().expect("is open").is_behind);

    world.add(&uri("Contoso:maria"));
    wait(2000);
    let last = world.write_due().expect("is due").last.expect("is there");
    assert_eq!((last.unchanged_since, last.older), (None, 1));
}

#[test]
fn a_newest_backup_that_is_damaged_or_gone_is_written_anew() {
    let (mut world, _) = World::backed_up();
    let name = world.newest();
    let mut damaged = world.app.copy_bytes(&name).expect("is there");
    *damaged.last_mut().expect("is not empty") ^= 1;
    world.place.lay(Path::new("/backups"), &name, damaged.clone());
    let again = |world: &mut World| {
        wait(60_000);
        let job = world.app.backup_job().expect("is on").expect("none is being written");
        world.app.backed_up(job.write()).expect("is noted").last.expect("is there")
    };
    let last = again(&mut world);
    assert_eq!((last.unchanged_since, last.older), (None, 0), "what is damaged is no older generation");
    assert!(world.place.files().into_values().any(|bytes| bytes == damaged), "and it is not deleted");
    world.place.clear();
    assert_eq!(again(&mut world).unchanged_since, None);
    assert_eq!(world.names(), [name]);
}

#[test]
fn what_goes_wrong_is_said_until_it_is_right_and_the_last_good_one_stays() {
    let (mut world, _) = World::backed_up();
    let before = world.place.files();
    let troubles: [(fn() -> PlaceError, Code); 4] = [
        (|| PlaceError::DiskFull, Code::DiskFull),
        (|| PlaceError::FolderGone, Code::BackupFolderGone),
        (|| PlaceError::NotAllowed, Code::BackupFolderGone),
        (|| PlaceError::NotAsWritten, Code::BackupFailed),
    ];
    for (trouble, said) in troubles {
        world.place.fail(Some(trouble));
        world.add(&uri(&format!("{said:?}:a")));
        wait(2000);
        let view = world.write_due().expect("is due");
        assert_eq!(view.trouble.map(|error| error.code), Some(said));
        assert!(view.is_behind && view.last.is_some());
        assert_eq!(world.place.files(), before);
        assert_eq!(world.app.accounts().expect("is open").backup_notice, Some(BackupNotice::Failed));
    }
    // The next start says so, too, and tries again.
    let mut world = world.restart();
    assert_eq!(world.app.accounts().expect("is open").backup_notice, Some(BackupNotice::Failed));
    assert!(world.write_due().expect("is due").trouble.is_some());
    assert!(world.write_due().is_none(), "not at once");
    world.place.fail(None);
    wait(5 * 60 * 1000);
    let view = world.write_due().expect("is tried again");
    assert!(view.trouble.is_none() && !view.is_behind);
    assert_eq!(world.app.accounts().expect("is open").backup_notice, None);
}

#[test]
fn a_backup_that_is_not_what_was_sealed_is_no_backup() {
    let (mut world, _) = World::backed_up();
    world.add(&uri("Contoso:maria"));
    wait(2000);
    let job = world.app.backup_due().expect("is due");
    let written = job.write();
    // The disk says yes, and has something else.
    let mut lying = written;
    lying.spoil();
    let view = world.app.backed_up(lying).expect("is noted");
    assert_eq!(view.trouble.map(|error| error.code), Some(Code::BackupDamaged));
    assert!(view.is_behind);
}

#[test]
fn an_empty_backup_does_not_take_the_place_of_a_full_one() {
    let (mut world, _) = World::backed_up();
    let before = world.place.files();
    let id = world.app.accounts().expect("is open").accounts[0].id.clone();
    world.app.remove_account(&id).expect("removes");
    wait(2000);
    let view = world.write_due().expect("is due");
    assert_eq!(view.trouble.map(|error| error.code), Some(Code::BackupWouldBeEmpty));
    assert_eq!(world.place.files(), before);
}

#[test]
fn a_file_that_is_no_backup_is_set_aside_and_not_overwritten() {
    let (mut world, _) = World::backed_up();
    let name = world.newest();
    world.place.lay(Path::new("/backups"), &name, b"somebody's own".to_vec());
    world.add(&uri("Contoso:maria"));
    wait(2000);
    assert!(world.write_due().expect("is due").trouble.is_none());
    let kept = world.place.files().into_values().any(|bytes| bytes == b"somebody's own");
    assert!(kept, "{:?}", world.names());
}

#[test]
fn a_vault_that_was_taken_back_goes_on_counting() {
    let (mut world, _) = World::backed_up();
    let old = world.stored();
    for name in ["A:a", "B:b"] {
        world.add(&uri(name));
        wait(2000);
        world.write_due().expect("is due");
    }
    *world.app.store.current.borrow_mut() = old;
    *world.app.store.previous.borrow_mut() = None;
    let mut world = world.restart();
    assert_eq!(world.stage(), problem(Problem::RolledBack, true));
    world.app.use_older_vault().expect("takes it");
    world.add(&uri("C:c"));
    wait(2000);
    let mut last = world.write_due().expect("is due");
    while last.is_behind {
        assert!(last.trouble.is_none(), "{last:?}");
        last = world.write_due().expect("goes on from what is there");
    }
    assert_eq!(last.last.map(|last| last.accounts), Some(2));
}

#[test]
fn another_passphrase_is_another_series_and_the_old_one_still_opens() {
    let (mut world, old) = World::backed_up();
    let new = world.app.turn_on_backup(&pass("another one, as long")).expect("changes");
    assert_ne!(old, new.groups);
    world.write_due().expect("is due at once");
    assert_eq!(world.names().len(), 2, "each series has its own file");
    assert_eq!(code(world.app.turn_on_backup(&pass("short"))), Code::ShortPassphrase);
    assert_eq!(code(world.app.turn_on_backup(&pass("passwordpassword"))), Code::CommonPassphrase);
}

#[test]
fn off_means_that_nothing_is_written_and_nothing_deleted() {
    let (mut world, _) = World::backed_up();
    let view = world.app.turn_off_backup().expect("turns off");
    assert!(!view.is_on && view.last.is_none());
    world.add(&uri("Contoso:maria"));
    wait(10_000);
    assert!(world.write_due().is_none());
    assert_eq!(world.names().len(), 1);
}

#[test]
fn a_locked_app_backs_up_when_it_is_unlocked() {
    let (mut world, _) = World::backed_up();
    world.app.turn_on_lock(&pass(PASSPHRASE)).expect("turns on");
    world.add(&uri("Contoso:maria"));
    world.app.lock();
    wait(10_000);
    assert!(world.write_due().is_none());
    world.app.unlock(&pass(PASSPHRASE)).expect("unlocks");
    let view = world.write_due().expect("is due at once");
    assert_eq!(view.last.map(|last| last.accounts), Some(2));
}

#[test]
fn a_test_compares_and_changes_nothing() {
    let (mut world, groups) = World::backed_up();
    let before = (world.place.files(), world.stored());
    for key in [typed(BACKUP), KeyRequest::RecoveryCode(groups.join(" ").to_lowercase())] {
        let opened = world.app.newest_backup().expect("is there").open(&key).expect("opens");
        let drill = world.app.tested(opened).expect("compares");
        assert_eq!((drill.matching, drill.expected, drill.codes, drill.sign_in_again), (1, 1, 1, 0));
        assert!(drill.missing.is_empty());
    }
    let wrong = |key: KeyRequest| code(world.app.newest_backup().expect("is there").open(&key).map(|_| ()));
    assert_eq!(wrong(typed("tall pine quiet rivers")), Code::WrongPassphrase);
    assert_eq!(wrong(KeyRequest::RecoveryCode("3F7K".to_owned())), Code::WrongRecoveryCode);
    assert_eq!((world.place.files(), world.stored()), before);
    assert!(world.app.backup().expect("is open").tested_at.is_some());

    world.add(&uri("Contoso:maria"));
    let opened = world.app.newest_backup().expect("is there").open(&typed(BACKUP)).expect("opens");
    let drill = world.app.tested(opened).expect("compares");
    assert_eq!((drill.matching, drill.expected), (1, 2));
    assert_eq!(drill.missing[0].issuer, "Contoso");
}

#[test]
fn the_list_asks_for_backup_and_for_a_test_now_and_then() {
    let mut world = World::ready();
    assert_eq!(world.app.accounts().expect("is open").backup_notice, None, "there is nothing to lose yet");
    world.add(&uri("Northwind:maria"));
    assert_eq!(world.app.accounts().expect("is open").backup_notice, Some(BackupNotice::Off));
    let view = world.app.dismiss_backup_notice(BackupNotice::Off).expect("is noted");
    assert_eq!(view.backup_notice, None);
    wait(31 * DAY_MS);
    assert_eq!(world.app.accounts().expect("is open").backup_notice, Some(BackupNotice::Off));
    world.app.turn_on_backup(&pass(BACKUP)).expect("turns on");
    world.write_due().expect("is due");
    assert_eq!(world.app.accounts().expect("is open").backup_notice, None);
    wait(91 * DAY_MS);
    assert_eq!(world.app.accounts().expect("is open").backup_notice, Some(BackupNotice::Untested));
}

#[test]
fn a_phone_backs_up_into_what_its_system_carries_and_says_so_where_that_is_off() {
    let mut world = World::ready();
    world.app.backups.kind = PlaceKind::Icloud;
    world.app.found = None;
    let look = |world: &mut World, carried: Carried| {
        world.app.device().carries(carried);
        let carried = world.app.device().backup_place();
        world.app.backups_are_carried(carried);
    };
    world.add(&uri("Northwind:maria"));
    world.app.turn_on_backup(&pass(BACKUP)).expect("turns on");
    assert!(world.write_due().is_none(), "not before it is known where to");
    assert!(world.app.backup_job().expect("is open").is_none());
    assert!(world.app.last_backup().is_none());

    let cloud = || Carried::Folder(PathBuf::from("/cloud/backup"));
    look(&mut world, cloud());
    let view = world.write_due().expect("is due since before");
    assert_eq!((view.place.kind, view.place.folder, view.place.can_choose), (PlaceKind::Icloud, None, false));
    assert!(world.place.files().keys().all(|path| path.starts_with("/cloud/backup")));
    assert_eq!(world.app.device().backups_changed(), 1);
    let job = world.app.backup_job().expect("is on").expect("none is being written");
    world.app.backed_up(job.write()).expect("is noted");
    assert_eq!(world.app.device().backups_changed(), 1, "it is the same one");
    look(&mut world, cloud());
    assert!(!world.app.backup().expect("is open").is_behind);

    look(&mut world, Carried::Off);
    let view = world.app.backup().expect("is open");
    assert_eq!((view.place.kind, view.is_behind, view.last), (PlaceKind::Phone, true, None));
    let view = world.write_due().expect("is due at once");
    assert!(view.trouble.is_none() && !view.is_behind);
    assert!(world.place.files().keys().any(|path| path.starts_with("/backups")));

    // The app ends, and the person switches it on again before the next start.
    let mut world = world.restart();
    world.app.backups.kind = PlaceKind::Icloud;
    world.app.found = None;
    look(&mut world, cloud());
    let view = world.write_due().expect("is due at once");
    assert_eq!((view.place.kind, view.is_behind), (PlaceKind::Icloud, false));
    assert!(view.last.is_some_and(|last| last.unchanged_since.is_some()), "what was there still is");
}

#[test]
fn another_folder_begins_anew_and_a_gone_one_is_not_made() {
    let (mut world, _) = World::backed_up();
    let view = world.app.choose_backup_folder(Path::new("/stick")).expect("changes");
    assert_eq!(view.place.folder.as_deref(), Some("/stick"));
    assert_eq!(view.place.kind, PlaceKind::Folder);
    assert!(view.is_behind && view.last.is_none());
    world.write_due().expect("is due at once");
    assert!(world.place.files().keys().any(|path| path.starts_with("/stick")));
    assert!(world.place.files().keys().any(|path| path.starts_with("/backups")), "the old ones stay");
}
