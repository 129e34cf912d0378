//! Accounts come in from a backup, an export or another app, and every row is accounted for.

use device::Phone as _;
use device::fake::Place;

use super::backup::typed;
use super::*;
use crate::view::{
    ExportFormat, ExportRequest, Fate, IncomingSource, IncomingView, KeyRequest, ReceiptView, SavedView,
};

const BACKUP: &str = "tall pine quiet river";

impl World {
    /// Opens what is sealed with the only session there is.
    fn unlock_incoming(
        &mut self,
        view: &IncomingView,
        key: &KeyRequest,
    ) -> Result<IncomingView, CommandError> {
        let IncomingView::Sealed { session, .. } = view else { panic!("is sealed: {view:?}") };
        let opened = self.app.incoming_to_open(session)?.open(key)?;
        self.app.incoming_opened(session, opened)
    }

    fn open_newest(&mut self) -> IncomingView {
        let newest = self.app.backup_copies().expect("lists").remove(0);
        assert!(newest.is_newest);
        self.app.open_copy(&newest.name).expect("is a backup")
    }

    fn issuers(&mut self) -> Vec<String> {
        let accounts = self.app.accounts().expect("is open").accounts;
        accounts.into_iter().map(|account| account.issuer).collect()
    }

    fn take_in(&mut self, plan: &IncomingView) -> ReceiptView {
        let IncomingView::Plan { session, total, .. } = plan else { panic!("is a plan: {plan:?}") };
        let receipt = self.app.take_in(session, false).expect("is stored");
        let sum = receipt.imported.len()
            + receipt.sign_in_again.len()
            + receipt.merged.len()
            + receipt.refused.len();
        assert_eq!(sum, usize::try_from(receipt.total).expect("fits"));
        assert_eq!(receipt.total, *total);
        receipt
    }
}

fn fates(plan: &IncomingView) -> Vec<Fate> {
    let IncomingView::Plan { rows, .. } = plan else { panic!("is a plan: {plan:?}") };
    rows.iter().map(|row| row.fate).collect()
}

#[test]
fn a_backup_comes_back_on_a_new_device_by_passphrase_and_by_recovery_code() {
    let (mut world, groups) = World::backed_up();
    world.add(&uri("Contoso:maria"));
    wait(2000);
    world.write_due().expect("is due");
    for key in [typed(BACKUP), KeyRequest::RecoveryCode(groups.join("-"))] {
        let mut new = World::beside(Arc::clone(&world.place)).past_the_first_run();
        let sealed = new.open_newest();
        assert_eq!(code(new.unlock_incoming(&sealed, &typed("another phrase"))), Code::WrongPassphrase);
        let plan = new.unlock_incoming(&sealed, &key).expect("opens");
        assert_eq!(fates(&plan), [Fate::Add, Fate::Add]);
        assert!(new.issuers().is_empty(), "nothing is stored before the person says so");
        let receipt = new.take_in(&plan);
        assert_eq!(receipt.imported.len(), 2);
        assert_eq!(receipt.source, IncomingSource::Backup);
        assert_eq!(new.issuers(), ["Northwind", "Contoso"]);
        // Once more changes nothing.
        let sealed = new.open_newest();
        let again = new.unlock_incoming(&sealed, &key).expect("opens");
        assert_eq!(fates(&again), [Fate::Merge, Fate::Merge]);
        new.take_in(&again);
        assert_eq!(new.issuers().len(), 2);
    }
}

#[test]
fn an_older_backup_asks_first() {
    let (mut world, _) = World::backed_up();
    world.add(&uri("Contoso:maria"));
    wait(2000);
    world.write_due().expect("is due");
    let oldest = world.app.backup_copies().expect("lists").pop().expect("there are two");
    let sealed = world.app.open_copy(&oldest.name).expect("is a backup");
    let plan = world.unlock_incoming(&sealed, &typed(BACKUP)).expect("opens");
    let IncomingView::Plan { session, newer_known: Some(_), .. } = &plan else { panic!("{plan:?}") };
    assert_eq!(code(world.app.take_in(session, false)), Code::NotNow);
    world.app.take_in(session, true).expect("the person was asked");
}

#[test]
fn a_damaged_backup_says_so_and_nothing_changes() {
    let (world, _) = World::backed_up();
    let name = world.app.backup_copies().expect("lists").remove(0).name;
    let bytes = world.app.copy_bytes(&name).expect("is there");
    let mut new = World::ready();
    for at in [bytes.len() - 1, bytes.len() / 2] {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        let sealed = new.app.open_incoming(damaged, None).expect("looks like a backup");
        assert_eq!(code(new.unlock_incoming(&sealed, &typed(BACKUP))), Code::FileDamaged);
    }
    assert_eq!(code(new.app.open_incoming(bytes[..20].to_vec(), None)), Code::FileDamaged);
    assert_eq!(code(new.app.open_incoming(b"no file of anybody".to_vec(), None)), Code::FileUnknown);
    assert!(new.issuers().is_empty());
}

#[test]
fn the_backup_of_another_kind_of_device_stays_where_it_is() {
    let (world, _) = World::backed_up();
    let vault = world.app.vault().expect("is open");
    let mut rng = ChaCha20Rng::from_seed([200; 32]);
    let android = crypto_core::backup::DeviceType::Android;
    let sealed = crypto_core::backup::seal(vault, android, clock(), &mut rng).expect("seals");
    let mut new = World::ready();
    let view = new.app.open_incoming(sealed.bytes.clone(), None).expect("is a backup");
    assert_eq!(view, IncomingView::OtherDeviceType { made_on: DeviceType::Android });

    // Saying otherwise in its header does not help: what it says is sealed.
    let mut tampered = sealed.bytes;
    let at = tampered.windows(9).position(|part| part == b"\"android\"").expect("is in the header");
    tampered[at..at + 9].copy_from_slice(b"\"desktop\"");
    let view = new.app.open_incoming(tampered, None).expect("looks like one of ours");
    assert_eq!(code(new.unlock_incoming(&view, &typed(BACKUP))), Code::FileDamaged);
}

#[test]
fn where_the_key_is_lost_a_backup_brings_the_accounts_back() {
    let (mut world, _) = World::backed_up();
    world.app.close();
    world.app.device.lose_keys();
    let mut world = world.restart();
    assert_eq!(world.stage(), problem(Problem::KeyLost, true));
    let before = world.stored();
    let sealed = world.open_newest();
    let plan = world.unlock_incoming(&sealed, &typed(BACKUP)).expect("opens");
    assert_eq!(world.stored(), before, "the vault that does not open is untouched until the person says so");
    let receipt = world.take_in(&plan);
    assert_eq!(receipt.imported.len(), 1);
    assert_eq!(world.stage(), Stage::Ready);
    assert_eq!(world.app.store.aside.borrow().first().map(|(_, bytes)| bytes.clone()), before, "it is kept");
    assert_eq!(world.issuers(), ["Northwind"]);
}

#[test]
fn a_list_of_another_app_comes_in_with_a_receipt_for_every_row() {
    let mut world = World::ready();
    world.add(&uri("Here:maria"));
    let text = format!(
        "{}\n{}\notpauth://totp/Broken:b?secret=1\n{}\notpauth://totp/Odd:o?secret={SECRET}&algorithm=MD5\n",
        uri("Here:maria"),
        uri("New:maria"),
        uri("New:maria"),
    );
    let plan = world.app.open_incoming(text.into_bytes(), None).expect("is a list");
    let IncomingView::Plan { session, refused, total: 5, .. } = &plan else { panic!("{plan:?}") };
    assert_eq!(refused.iter().map(|row| row.row).collect::<Vec<_>>(), [3, 5]);
    assert_eq!(refused[0].reason.code, Code::KeyCharacter);
    assert_eq!(refused[1].reason.code, Code::Algorithm);
    let codes = world.app.incoming_codes(session).expect("are shown");
    assert_eq!(codes.len(), 3);
    assert!(codes.iter().all(|code| code.digits.len() == 6 && code.left_ms.is_some()));
    let receipt = world.take_in(&plan);
    assert_eq!((receipt.imported.len(), receipt.merged.len(), receipt.refused.len()), (1, 2, 2));
    let saved = String::from_utf8(saved(&world.app.receipt_file(&receipt.session).expect("is there")));
    let saved = saved.expect("is text");
    assert!(saved.contains("Broken") && !saved.contains(SECRET), "{saved}");
}

#[test]
fn several_files_are_one_question_and_one_that_is_none_takes_nothing_away() {
    let mut world = World::ready();
    world.add(&uri("Contoso:maria"));
    let export = ExportRequest {
        format: ExportFormat::Aegis,
        passphrase: BACKUP.to_owned(),
        lock_passphrase: String::new(),
    };
    let sealed_file = saved(&world.app.export_accounts(&export).expect("is made").file);

    let mut world = World::ready();
    let list = format!("{}\n{}\n", uri("New:maria"), uri("Other:maria"));
    let first = world.app.open_incoming(list.into_bytes(), None).expect("is a list");
    let session = |view: &IncomingView| match view {
        IncomingView::Plan { session, .. } | IncomingView::Sealed { session, .. } => session.clone(),
        IncomingView::Part { .. } | IncomingView::OtherDeviceType { .. } => panic!("{view:?}"),
    };
    assert_eq!(code(world.app.open_incoming(b"holiday".to_vec(), Some(&session(&first)))), Code::FileUnknown);
    let sealed = world.app.open_incoming(sealed_file, Some(&session(&first))).expect("is known");
    assert!(world.unlock_incoming(&sealed, &typed("another phrase")).is_err());
    let second = world.unlock_incoming(&sealed, &typed(BACKUP)).expect("opens");
    let last = uri("New:maria").into_bytes();
    let plan = world.app.open_incoming(last, Some(&session(&second))).expect("is a list");
    assert_eq!(fates(&plan), [Fate::Add, Fate::Add, Fate::Add, Fate::Merge]);
    assert_eq!(code(world.app.take_in(&session(&first), false)), Code::SessionGone);
    let receipt = world.take_in(&plan);
    assert_eq!((receipt.total, receipt.imported.len(), receipt.merged.len()), (4, 3, 1));
    assert_eq!(world.issuers(), ["New", "Other", "Contoso"]);
}

#[test]
fn what_another_app_shares_waits_for_the_lock_and_is_looked_at_once() {
    let mut world = World::ready();
    world.app.turn_on_lock(&pass(PASSPHRASE)).expect("turns on");
    world.app.lock();
    let share = |world: &mut World, files: Vec<(&str, Option<Vec<u8>>)>| {
        world.app.device().hand_over(files);
        let handed = world.app.device().handed().expect("lists");
        world.app.open_outside(handed.into_iter().map(Outside::Handed).collect());
    };
    let links = Some(uri("New:maria").into_bytes());
    share(&mut world, vec![("folder/before.txt", links.clone())]);
    share(&mut world, vec![("a.txt", links.clone()), ("", links.clone()), ("gone.txt", None)]);
    assert!(world.app.pending_files().is_empty(), "nothing is said to a locked screen");
    assert_eq!(code(world.app.pending_file(0)), Code::Locked);

    world.app.unlock(&pass(PASSPHRASE)).expect("unlocks");
    assert_eq!(world.app.pending_files(), ["a.txt", "", "gone.txt"], "the last one who shares is meant");
    assert!(world.app.pending_files().is_empty(), "once");
    let device = world.app.device();
    for number in [0, 1] {
        let bytes = world.app.pending_file(number).expect("waits").read(&*device).expect("is read");
        let plan = world.app.open_incoming(bytes, None).expect("is a list");
        assert_eq!(fates(&plan), [Fate::Add]);
    }
    assert_eq!(code(world.app.pending_file(2).expect("waits").read(&*device)), Code::FileUnreadable);
    assert_eq!(code(world.app.pending_file(0)), Code::SessionGone, "once");
    assert_eq!(code(world.app.pending_file(3)), Code::SessionGone);
    assert!(world.issuers().is_empty(), "nothing is stored before the person says so");

    share(&mut world, vec![("a.txt", links)]);
    assert_eq!(world.app.pending_files().len(), 1);
    world.app.lock();
    world.app.tick();
    world.app.unlock(&pass(PASSPHRASE)).expect("unlocks");
    assert_eq!(code(world.app.pending_file(0)), Code::SessionGone, "locking forgets what was on its way in");
}

#[test]
fn what_was_given_up_is_gone() {
    let mut world = World::ready();
    let plan = world.app.open_incoming(uri("New:maria").into_bytes(), None).expect("is a list");
    let IncomingView::Plan { session, .. } = &plan else { panic!("{plan:?}") };
    world.app.cancel_incoming(session);
    assert_eq!(code(world.app.take_in(session, false)), Code::SessionGone);
    assert_eq!(code(world.app.incoming_codes(session)), Code::SessionGone);
    assert!(world.issuers().is_empty());
}

#[test]
fn a_full_disk_takes_nothing_in() {
    let mut world = World::ready();
    let plan = world.app.open_incoming(uri("New:maria").into_bytes(), None).expect("is a list");
    let IncomingView::Plan { session, .. } = &plan else { panic!("{plan:?}") };
    world.app.fill_disk(true);
    assert_eq!(code(world.app.take_in(session, false)), Code::DiskFull);
    assert!(world.issuers().is_empty());
}

fn export(world: &mut World, format: ExportFormat) -> Result<Vec<u8>, CommandError> {
    let (passphrase, lock_passphrase) = (BACKUP.to_owned(), PASSPHRASE.to_owned());
    let export = world.app.export_accounts(&ExportRequest { format, passphrase, lock_passphrase })?;
    let bytes = saved(&export.file);
    let view = export.accounts.view(SavedView::Chosen);
    assert_eq!((view.accounts, view.left_out.len()), (2, 0));
    Ok(bytes)
}

/// What the person gets who chooses a place for it.
fn saved(file: &ToSave) -> Vec<u8> {
    let phone = FakeDevice::default();
    phone.asks_where(Place::Chosen);
    assert_eq!(file.save(&phone, None), Ok(SavedView::Chosen));
    phone.saved().remove(0).2
}

#[test]
fn every_export_comes_in_again() {
    let mut world = World::ready();
    world.add(&uri("Northwind:maria"));
    world.add(&uri("Contoso:maria"));
    for (format, is_sealed) in [
        (ExportFormat::Countersign, true),
        (ExportFormat::Aegis, true),
        (ExportFormat::TwoFas, true),
        (ExportFormat::OtpauthList, false),
    ] {
        let bytes = export(&mut world, format).expect("is written");
        let holds_key = String::from_utf8_lossy(&bytes).contains(SECRET);
        assert_eq!(holds_key, !is_sealed, "{format:?}");
        let mut new = World::ready();
        let mut view = new.app.open_incoming(bytes, None).expect("is known");
        if is_sealed {
            assert!(new.unlock_incoming(&view, &typed("another phrase")).is_err());
            view = new.unlock_incoming(&view, &typed(BACKUP)).expect("opens");
        }
        assert_eq!(new.take_in(&view).imported.len(), 2, "{format:?}");
        assert_eq!(new.issuers(), ["Northwind", "Contoso"]);
    }
    let sheet = export(&mut world, ExportFormat::Sheet).expect("is written");
    assert!(String::from_utf8_lossy(&sheet).contains("Northwind"));
    let google = export(&mut world, ExportFormat::Google).expect("is written");
    assert!(String::from_utf8_lossy(&google).contains("<svg"));
}

#[test]
fn what_nothing_seals_takes_the_passphrase_of_the_lock() {
    let mut world = World::ready();
    world.add(&uri("Northwind:maria"));
    world.add(&uri("Contoso:maria"));
    world.app.turn_on_lock(&pass(PASSPHRASE)).expect("turns on");
    let mut request = ExportRequest {
        format: ExportFormat::OtpauthList,
        passphrase: String::new(),
        lock_passphrase: "not this one".to_owned(),
    };
    assert_eq!(code(world.app.export_accounts(&request)), Code::WrongPassphrase);
    request.lock_passphrase = PASSPHRASE.to_owned();
    assert!(
        String::from_utf8_lossy(&saved(&world.app.export_accounts(&request).expect("is made").file))
            .contains(SECRET)
    );
    request.format = ExportFormat::Countersign;
    request.passphrase = "short".to_owned();
    assert_eq!(code(world.app.export_accounts(&request)), Code::ShortPassphrase);
}
