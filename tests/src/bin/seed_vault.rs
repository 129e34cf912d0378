//! Fills a data folder with accounts, through the app itself: `seed-vault FOLDER COUNT`. For benchmarks and
//! pictures. The keystore is the one of the session it runs in.

use std::path::PathBuf;
use std::sync::Arc;

use countersign_app::app::{App, Backups, Parts};
use countersign_app::clock;
use countersign_app::store::{FileStore, OsDisk};
use countersign_app::view::{DeviceType, EnrollView, Group, PickRequest};
use crypto_core::secret::SecretText;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;

/// Invented, like the addresses.
const SITES: [(&str, Group); 6] = [
    ("Northwind", Group::Personal),
    ("Fabrikam Mail", Group::Other),
    ("Tailspin Bank", Group::Other),
    ("Wide World VPN", Group::Other),
    ("Vårdförbundet Lindköping", Group::Other),
    ("Proseware", Group::Other),
];

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().expect("a folder"));
    let count: usize = arguments.next().and_then(|count| count.parse().ok()).expect("a count");
    std::fs::create_dir_all(&folder).expect("the folder can be made");

    let mut app = App::new(Parts {
        device: Arc::new(device::Platform::default()),
        store: FileStore::new(OsDisk, folder.clone()),
        backups: Backups::folder(folder.join("backups")),
        device_type: DeviceType::Desktop,
        folder,
        clock: clock::now,
        steady: clock::steady_millis,
        rng: Box::new(ChaCha20Rng::from_os_rng()),
    });
    app.accept_privacy().expect("the settings can be written");
    app.choose_diagnostics(true).expect("the settings can be written");
    for number in 0..count {
        let (site, group) = SITES.get(number % SITES.len()).copied().expect("within the table");
        let round = number / SITES.len();
        let issuer = if round == 0 { site.to_owned() } else { format!("{site} {}", round + 1) };
        let key = data_encoding::BASE32_NOPAD.encode(format!("key of account {number:06}").as_bytes());
        let digits = if number % 6 == 2 { 8 } else { 6 };
        let text = format!("otpauth://totp/x:maria@example.org?secret={key}&digits={digits}");
        let Ok(EnrollView::Accounts { session, .. }) = app.inspect_text(&SecretText::new(text)) else {
            panic!("a set-up text");
        };
        let account = "maria@example.org".to_owned();
        let pick = PickRequest { index: 0, issuer, account, group, replaces: None };
        app.confirm(&session, &[pick]).expect("the vault can be written");
    }
}
