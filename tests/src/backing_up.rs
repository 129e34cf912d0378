//! The app without its window, on a disk of its own and with no keystore: a passphrase opens its vault. It gains an
//! account with every backup, so that what is in a backup proves which one it is.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use countersign_app::app::{App, Backups, Parts};
use countersign_app::backups::{ENDINGS, GENERATIONS, file_name};
use countersign_app::clock;
use countersign_app::store::{FileStore, OsDisk};
use countersign_app::view::{EnrollView, Group, PickRequest};
use crypto_core::backup::{self, DeviceType, Unlock};
use crypto_core::codes::otpauth;
use crypto_core::secret::SecretText;
use device::DeviceError;
use device::fake::FakeDevice;
use rand_core::{OsRng, UnwrapErr};

/// The app as the tests run it.
pub type TestApp = App<FakeDevice, FileStore>;

/// Where everything of one person lies.
#[derive(Debug, Clone)]
pub struct Places {
    folder: PathBuf,
    data: PathBuf,
    backups: PathBuf,
}

impl Places {
    /// In `folder`, in which the folder for backups is chosen, not made by the app.
    pub fn within(folder: &Path) -> Self {
        let (data, backups) = (folder.join("data"), folder.join("backups"));
        for folder in [&data, &backups] {
            fs::create_dir_all(folder).expect("the folder is ours");
        }
        Self { folder: folder.to_owned(), data, backups }
    }

    /// What they were made in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder for backups.
    pub fn backups(&self) -> &Path {
        &self.backups
    }

    /// Whether the app was never started here.
    pub fn is_new(&self) -> bool {
        fs::read_dir(&self.data).expect("the folder is ours").next().is_none()
    }

    /// Starts the app for the first time, with an account, backup and the first backup. Gives the recovery code.
    pub fn begin(&self) -> (TestApp, SecretText) {
        let mut app = self.app();
        app.accept_privacy().expect("the disk works");
        app.choose_diagnostics(false).expect("the disk works");
        app.create_passphrase_vault(passphrase()).expect("there is no vault and no keystore");
        app.choose_backup_folder(&self.backups).expect("the disk works");
        add(&mut app, 1);
        let code = app.turn_on_backup(&passphrase()).expect("the disk works").groups.join("-");
        let job = app.backup_due().expect("the first is due at once");
        app.backed_up(job.write()).expect("the vault is open");
        (app, SecretText::new(code))
    }

    /// Starts it again and opens its vault.
    pub fn resume(&self) -> TestApp {
        let mut app = self.app();
        app.start();
        app.unlock(&passphrase()).expect("the vault is whole");
        app
    }

    fn app(&self) -> TestApp {
        let device = FakeDevice::default();
        device.fail_with(Some(DeviceError::KeystoreMissing));
        App::new(Parts {
            device: Arc::new(device),
            device_type: countersign_app::view::DeviceType::Desktop,
            store: FileStore::new(OsDisk, self.data.clone()),
            folder: self.data.clone(),
            backups: Backups::folder(self.backups.clone()),
            clock: clock::now,
            steady: an_hour_each_time,
            rng: Box::new(UnwrapErr(OsRng)),
        })
    }

    /// How many accounts each backup that is there has, the newest first.
    ///
    /// # Panics
    /// When one of them is not exactly what was backed up at some time.
    pub fn kept(&self, code: &SecretText) -> Vec<usize> {
        let newest = self.newest();
        let files =
            (0..GENERATIONS).filter_map(|age| fs::read(newest.with_file_name(name(&newest, age))).ok());
        files.map(|bytes| accounts_in(&bytes, code)).collect()
    }

    /// The file of the newest backup: the one with the shortest name.
    fn newest(&self) -> PathBuf {
        let files = fs::read_dir(&self.backups).expect("the folder is there");
        let named = |path: &PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            name.starts_with("countersign-") && ENDINGS.iter().any(|ending| name.ends_with(ending))
        };
        let backups = files.filter_map(|file| Some(file.ok()?.path())).filter(named);
        backups.min_by_key(|path| path.as_os_str().len()).expect("there is a backup")
    }
}

/// Adds the account of that number.
pub fn add(app: &mut TestApp, number: usize) {
    let found = app.inspect_text(&SecretText::new(uri(number))).expect("is an account");
    let EnrollView::Accounts { session, candidates, .. } = found else { panic!("is an account") };
    let picks = candidates.into_iter().map(|found| PickRequest {
        index: found.index,
        issuer: found.issuer,
        account: found.account,
        group: Group::Other,
        replaces: None,
    });
    app.confirm(&session, &picks.collect::<Vec<_>>()).expect("the disk works");
}

/// How many accounts the list has.
pub fn accounts(app: &mut TestApp) -> usize {
    app.accounts().expect("the vault is open").accounts.len()
}

fn name(newest: &Path, age: u32) -> String {
    file_name(&newest.file_name().expect("a file").to_string_lossy(), age)
}

fn accounts_in(bytes: &[u8], code: &SecretText) -> usize {
    let contents = backup::open(bytes, Unlock::RecoveryCode(code), DeviceType::Desktop).expect("is whole");
    for (number, entry) in (1..).zip(contents.entries()) {
        let expected = otpauth::parse(&uri(number)).expect("a set-up text");
        assert_eq!((&entry.issuer, &entry.account), (&expected.issuer, &expected.account));
        let (secret, spec) = entry.code().expect("they are all codes");
        assert!(secret.ct_eq(&expected.secret) && *spec == expected.spec, "account {number} has its own key");
    }
    contents.entries().len()
}

fn uri(number: usize) -> String {
    // Base32 has neither 0 nor 1, 8, 9.
    let key = format!("{number:0>6}").replace('0', "A").replace('1', "B").replace('8', "C").replace('9', "D");
    format!("otpauth://totp/Example:person%20{number}?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY{key}")
}

fn passphrase() -> SecretText {
    SecretText::new("tall pine quiet river".to_owned())
}

/// Whatever waits for a moment is due the next time somebody looks.
fn an_hour_each_time() -> u64 {
    static HOURS: AtomicU64 = AtomicU64::new(0);
    HOURS.fetch_add(1, Ordering::Relaxed) * 3_600_000
}
