//! The disk for backups is full, lets nobody write, or is gone: a real file system of its own, that only this test
//! sees. What was good stays, the person is told, at the next start as well, and it is made good when the disk is.

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use countersign_app::error::Code;
use countersign_app::view::BackupNotice;
use countersign_tests::backing_up::{Places, TestApp, accounts, add};
use crypto_core::secret::SecretText;

#[test]
fn a_disk_that_fails_leaves_the_last_good_backup_and_is_said() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return on_its_own_disk(Path::new(&folder));
    }
    let folder = tempfile::tempdir().expect("a folder");
    let own = |program: &OsStr, arguments: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--mount"]).arg(program).args(arguments).env(FOLDER, folder.path());
        command.output()
    };
    if !own("true".as_ref(), &[]).is_ok_and(|output| output.status.success()) {
        println!("Not done: this system lets nobody have mounts of their own.");
        return;
    }
    let this = std::env::current_exe().expect("what runs has a file");
    let output = own(this.as_os_str(), &["--exact", THIS, "--nocapture"]).expect("unshare is there");
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
    assert!(String::from_utf8_lossy(&said).contains("1 passed"), "it ran");
}

fn on_its_own_disk(folder: &Path) {
    let places = Places::within(folder);
    let disk = places.backups();
    mount(&["-t", "tmpfs", "-o", "size=1m", "tmpfs"], disk);
    let (mut app, code) = places.begin();
    assert_eq!(places.kept(&code), [1]);

    // Full, with room for nothing, for a part, and at last for all of it.
    let filler = disk.join("filler");
    let mut full = 0;
    for pages in 0..ENOUGH_PAGES {
        fill(&filler, pages * PAGE);
        match back_up(&mut app, &places, &code) {
            None => break,
            Some(trouble) => assert_eq!(trouble, Code::DiskFull),
        }
        assert!(is_said(&places));
        full += 1;
        fs::remove_file(&filler).expect("is there");
    }
    assert!((1..ENOUGH_PAGES).contains(&full), "{full} times");
    let _ = fs::remove_file(&filler);
    made_good(&mut app, &places, &code);

    // Nobody may write any more.
    mount(&["-o", "remount,ro"], disk);
    assert_eq!(back_up(&mut app, &places, &code), Some(Code::BackupFolderGone));
    assert!(is_said(&places));
    mount(&["-o", "remount,rw"], disk);
    made_good(&mut app, &places, &code);

    // Pulled out, with the folder that it was seen in.
    let pulled = folder.join("pulled");
    fs::create_dir(&pulled).expect("the folder is ours");
    mount(&["--move", &disk.display().to_string()], &pulled);
    fs::remove_dir(disk).expect("is empty");
    add_next(&mut app);
    assert_eq!(write(&mut app), Some(Code::BackupFolderGone));
    assert!(!disk.exists(), "nothing is made in its place");
    assert!(is_said(&places));
    fs::create_dir(disk).expect("the folder is ours");
    mount(&["--move", &pulled.display().to_string()], disk);
    made_good(&mut app, &places, &code);
    // Those before it went nowhere.
    let last = accounts(&mut app);
    assert_eq!(places.kept(&code)[0], last);
    assert_eq!(places.kept(&code).len(), 3);
}

/// One more account, and its backup. What was kept before is kept if it fails.
fn back_up(app: &mut TestApp, places: &Places, code: &SecretText) -> Option<Code> {
    let before = places.kept(code);
    add_next(app);
    let trouble = write(app);
    let after = places.kept(code);
    match trouble {
        Some(_) => assert_eq!(after, before),
        None => assert_eq!((after[0], after[1]), (accounts(app), before[0])),
    }
    trouble
}

fn add_next(app: &mut TestApp) {
    let next = accounts(app) + 1;
    add(app, next);
}

fn write(app: &mut TestApp) -> Option<Code> {
    let job = app.backup_due().expect("is due");
    let view = app.backed_up(job.write()).expect("is open");
    assert_eq!(view.is_behind, view.trouble.is_some());
    view.trouble.map(|trouble| trouble.code)
}

/// Whether the list says so at the next start.
fn is_said(places: &Places) -> bool {
    places.resume().accounts().expect("is open").backup_notice == Some(BackupNotice::Failed)
}

/// The app tries again by itself.
fn made_good(app: &mut TestApp, places: &Places, code: &SecretText) {
    if app.backup().expect("is open").is_behind {
        assert_eq!(write(app), None);
    }
    assert_eq!(places.kept(code)[0], accounts(app));
    assert!(!is_said(places));
}

/// Fills the disk but for so many bytes.
fn fill(filler: &Path, room: u64) {
    let mut file = fs::File::create(filler).expect("there is room for a name");
    while file.write_all(&[7; 4096]).is_ok() {}
    let length = file.metadata().expect("is open").len();
    file.set_len(length.saturating_sub(room)).expect("it gets shorter");
}

fn mount(options: &[&str], place: &Path) {
    let status = Command::new("mount").args(options).arg(place).status().expect("mount is everywhere");
    assert!(status.success(), "{options:?}");
}

/// The test above, which runs itself again where it has mounts of its own.
const THIS: &str = "crash::place::a_disk_that_fails_leaves_the_last_good_backup_and_is_said";
/// Where that one finds its folder.
const FOLDER: &str = "COUNTERSIGN_TEST_OWN_DISK";
const PAGE: u64 = 4096;
const ENOUGH_PAGES: u64 = 64;
