//! Adds accounts and backs up again and again until it is killed: `backup-writer FOLDER`. The first line is the
//! recovery code if it has begun anew; then, for each backup, a line when writing it begins and the number of
//! accounts in it once the app has noted that it is good.

use std::io::Write as _;

use countersign_tests::backing_up::{Places, accounts, add};

fn main() {
    let folder = std::env::args().nth(1).expect("a folder");
    let places = Places::within(folder.as_ref());
    let mut out = std::io::stdout().lock();
    let mut say = |line: &str| writeln!(out, "{line}").and_then(|()| out.flush()).expect("somebody reads");

    let mut app = if places.is_new() {
        let (app, code) = places.begin();
        // expose: the test opens the backups with it.
        say(code.expose());
        app
    } else {
        places.resume()
    };
    loop {
        // After a kill, the backup that it cut off is due at once.
        if let Some(job) = app.backup_due() {
            say("writing");
            let view = app.backed_up(job.write()).expect("the vault is open");
            assert!(!view.is_behind && view.trouble.is_none(), "the disk works");
            say(&accounts(&mut app).to_string());
        }
        let next = accounts(&mut app) + 1;
        add(&mut app, next);
    }
}
