use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;
use serde_json::{Map, Value, json};

use super::*;
use crate::backup::import::{self, ImportError, Input, Limits, Row};
use crate::backup::{BackupError, DeviceType, Unlock, open};
use crate::codes::otpauth::{self, shown_name};
use crate::codes::{Algorithm, Digits, Mover, migration};
use crate::qr;
use crate::seal::PassphraseCost;
use crate::time::{Period, UnixTime};
use crate::vault::{EntryId, Group, SealedFile, Work};

const NOW: UnixTime = UnixTime::from_secs(1_790_000_000);
const PASSWORD: &str = "sju sjösjuka sjömän";

/// How one format is written.
struct Way {
    name: &'static str,
    write: fn(&Vault) -> Exported<Vec<u8>>,
    sealed: bool,
    /// Whether the format has to be able to say this.
    holds: fn(&CodeAccount) -> bool,
}

/// Each format we write that an app reads.
const WAYS: [Way; 5] = [
    Way { name: "otpauth list", sealed: false, write: write_list, holds: list_holds },
    Way { name: "own", sealed: true, write: write_own, holds: |_| true },
    Way { name: "google", sealed: false, write: write_google, holds: google_holds },
    Way { name: "aegis", sealed: true, write: write_aegis, holds: |_| true },
    Way { name: "2fas", sealed: true, write: write_two_fas, holds: two_fas_holds },
];

/// Through import's front door, as a person would.
fn read(bytes: &[u8]) -> Vec<CodeAccount> {
    // A list of nothing is a list of no format.
    if bytes.is_empty() {
        return Vec::new();
    }
    let password = password();
    let import = import::read(&Input { bytes, password: Some(&password), limits: Limits::PHONE }).unwrap();
    import.rows.into_iter().map(|row| row.content.unwrap().account).collect()
}

fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

fn password() -> SecretText {
    SecretText::new(PASSWORD.to_owned())
}

fn written<T>(exported: Exported<T>, bytes: impl FnOnce(T) -> Vec<u8>) -> Exported<Vec<u8>> {
    Exported { content: bytes(exported.content), left_out: exported.left_out }
}

fn write_list(vault: &Vault) -> Exported<Vec<u8>> {
    written(otpauth_list::write(vault), |text| text.expose().as_bytes().to_vec())
}

fn write_own(vault: &Vault) -> Exported<Vec<u8>> {
    own::write(vault, &password(), PassphraseCost::FLOOR, NOW, &mut rng(1)).unwrap()
}

fn write_google(vault: &Vault) -> Exported<Vec<u8>> {
    written(google::write(vault, &mut rng(1)), |texts| {
        texts.iter().map(SecretText::expose).collect::<Vec<_>>().join("\n").into_bytes()
    })
}

fn google_holds(account: &CodeAccount) -> bool {
    let moves = match account.spec.mover {
        Mover::Time { period } => period == Period::DEFAULT,
        Mover::Counter { counter } => i64::try_from(counter).is_ok(),
        Mover::Steam { .. } | Mover::Motp { .. } | Mover::Yandex { .. } => false,
    };
    moves && matches!(account.spec.digits.count(), 6 | 8) && !account.account.contains(':')
}

fn write_aegis(vault: &Vault) -> Exported<Vec<u8>> {
    aegis::write(vault, &password(), &mut rng(1)).unwrap()
}

fn write_two_fas(vault: &Vault) -> Exported<Vec<u8>> {
    two_fas::write(vault, &password(), NOW, &mut rng(1)).unwrap()
}

/// Yandex' own texts do not say who issued them, so that a text without an issuer is read as theirs.
fn list_holds(account: &CodeAccount) -> bool {
    !account.issuer.is_empty() || !matches!(account.spec.mover, Mover::Yandex { .. })
}

fn two_fas_holds(account: &CodeAccount) -> bool {
    let counts = match account.spec.mover {
        Mover::Counter { counter } => i32::try_from(counter).is_ok(),
        Mover::Time { .. } | Mover::Steam { .. } => true,
        Mover::Motp { .. } | Mover::Yandex { .. } => false,
    };
    counts && !account.issuer.is_empty()
}

fn vault(accounts: Vec<CodeAccount>) -> Vault {
    let mut vault = Vault::make(NOW, &mut rng(9));
    let mut random = rng(10);
    for account in accounts {
        vault
            .insert(Entry {
                id: EntryId::make(&mut random),
                group: Group::Other,
                issuer: account.issuer,
                account: account.account,
                note: "a <note>".to_owned(),
                added_at: NOW,
                removed_at: None,
                body: Body::Code { secret: account.secret, pin: account.pin, spec: account.spec },
                members: Map::new(),
            })
            .unwrap();
    }
    vault
}

fn copy(account: &CodeAccount) -> CodeAccount {
    let secret = SecretBytes::new(account.secret.expose().to_vec());
    CodeAccount {
        issuer: account.issuer.clone(),
        account: account.account.clone(),
        secret,
        pin: account.pin.as_ref().map(|pin| SecretText::new(pin.expose().to_owned())),
        spec: account.spec,
    }
}

type Told = (String, String, Vec<u8>, Option<String>, CodeSpec);

fn told(account: &CodeAccount) -> Told {
    let CodeAccount { issuer, account, secret, pin, spec } = account;
    let pin = pin.as_ref().map(|pin| pin.expose().to_owned());
    (issuer.clone(), account.clone(), secret.expose().to_vec(), pin, *spec)
}

fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>().prop_map(|name| shown_name(&name).chars().take(40).collect::<String>()),
        "[A-Za-z:+&%#/ å]{0,12}".prop_map(|name| shown_name(&name)),
        Just("Steam".to_owned()),
        Just(String::new()),
    ]
    .prop_map(|name| shown_name(&name))
}

fn any_spec() -> impl Strategy<Value = CodeSpec> {
    let period = prop_oneof![Just(30), 5..100_000u32].prop_map(|secs| Period::new(secs).unwrap());
    let mover = prop_oneof![
        period.clone().prop_map(|period| Mover::Time { period }),
        prop_oneof![0..100u64, any::<u64>()].prop_map(|counter| Mover::Counter { counter }),
    ];
    let algorithm = prop_oneof![Just(Algorithm::Sha1), Just(Algorithm::Sha256), Just(Algorithm::Sha512)];
    let digits = prop_oneof![Just(6), 4..=10u32].prop_map(|count| Digits::try_from(count).unwrap());
    prop_oneof![
        4 => (algorithm, digits, mover).prop_map(|(algorithm, digits, mover)| CodeSpec { algorithm, digits, mover }),
        1 => period.prop_map(CodeSpec::steam),
    ]
}

fn any_account() -> impl Strategy<Value = CodeAccount> {
    let key = |length| prop::collection::vec(any::<u8>(), length).prop_map(SecretBytes::new);
    let pin = |form| proptest::string::string_regex(form).unwrap().prop_map(|pin| Some(SecretText::new(pin)));
    let period = || (5..100u32).prop_map(|secs| Period::new(secs).unwrap());
    let motp =
        (key(1..=16), pin("[0-9A-Za-z ]{0,8}"), period().prop_map(|p| CodeSpec::motp(Digits::MOTP, p)));
    let yandex =
        (key(16..=16), pin("[0-9]{4,16}"), period().prop_map(|p| CodeSpec::yandex(Digits::YANDEX, p)));
    let coded = prop_oneof![
        6 => (key(1..=128), Just(()).prop_map(|()| None), any_spec()).boxed(),
        1 => motp.boxed(),
        1 => yandex.boxed(),
    ];
    (any_name(), any_name(), coded).prop_map(|(issuer, account, (secret, pin, spec))| CodeAccount {
        issuer,
        account,
        secret,
        pin,
        spec,
    })
}

/// What a format can say comes back as it was and in its order; what it cannot say is named.
fn check_way(way: &Way, accounts: &[CodeAccount]) {
    let Way { name, write, holds, .. } = way;
    let Exported { content, left_out } = write(&vault(accounts.iter().map(copy).collect()));
    let back: Vec<_> = read(&content).iter().map(told).collect();
    assert_eq!(back.len() + left_out.len(), accounts.len(), "{name}");
    let (kept, left): (Vec<_>, Vec<_>) = accounts.iter().partition(|account| back.contains(&told(account)));
    assert_eq!(back, kept.into_iter().map(told).collect::<Vec<_>>(), "{name}");
    for account in left {
        assert!(!holds(account), "{name} can say this: {account:?}");
        let is = |out: &LeftOut| out.issuer == account.issuer && out.account == account.account;
        assert!(left_out.iter().any(is), "{name} names what it leaves out");
    }
}

proptest! {
    #[test]
    fn plain_exports_are_read_back_as_they_were(accounts in prop::collection::vec(any_account(), 0..12)) {
        WAYS.iter().filter(|way| !way.sealed).for_each(|way| check_way(way, &accounts));
    }
}

proptest! {
    // Each case is stretched four times.
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn sealed_exports_are_read_back_as_they_were(accounts in prop::collection::vec(any_account(), 8..24)) {
        WAYS.iter().filter(|way| way.sealed).for_each(|way| check_way(way, &accounts));
    }
}

fn simple(uri: &str) -> CodeAccount {
    otpauth::parse(uri).unwrap()
}

#[test]
fn work_accounts_and_the_trash_never_leave() {
    let mut vault = vault(vec![
        simple("otpauth://totp/Example:alice?secret=JBSWY3DPEHPK3PXP"),
        simple("otpauth://totp/Gone:bob?secret=GEZDGNBVGY3TQOJQ"),
    ]);
    let gone = vault.entries()[1].id.clone();
    vault.entry_mut(gone.as_str()).unwrap().removed_at = Some(NOW);
    let key = simple("otpauth://totp/x?secret=KRUGS4ZANFZSA53P");
    let mut work = Work::name_only(None);
    work.codes = Some((key.secret, key.spec));
    vault.add_work(("Contoso".to_owned(), "carol".to_owned()), work, NOW, &mut rng(3)).unwrap();
    let newer = json!({"kind": "totp", "id": "n", "issuer": "Newer", "account": "d", "secret": "KRUGS4ZANFZSA53P", "work": {}});
    vault.insert(serde_json::from_value(newer).unwrap()).unwrap();

    let left = |issuer: &str, account: &str| LeftOut {
        issuer: issuer.to_owned(),
        account: account.to_owned(),
        why: WhyLeftOut::Work,
    };
    for Way { name, write, .. } in WAYS {
        let Exported { content, left_out } = write(&vault);
        let names: Vec<String> = read(&content).into_iter().map(|account| account.account).collect();
        assert_eq!(names, ["alice"], "{name}");
        assert_eq!(left_out, [left("Contoso", "carol"), left("Newer", "d")], "{name}");
    }
    let sheet = sheet::write(&vault, sheet::TEST_WORDS);
    let html = sheet.content.expose();
    assert!(html.contains("JBSW Y3DP EHPK 3PXP"));
    assert!(
        !html.contains("carol") && !html.contains("bob") && !html.contains("KRUG") && !html.contains("GEZD")
    );
    assert_eq!(sheet.left_out.len(), 2);
}

#[test]
fn our_export_is_no_backup_and_keeps_what_is_not_understood() {
    let mut vault = vault(vec![simple("otpauth://totp/Example:alice?secret=JBSWY3DPEHPK3PXP")]);
    let alice = vault.entries()[0].id.clone();
    vault.entry_mut(alice.as_str()).unwrap().group = Group::Personal;
    let lava =
        json!({"kind": "lava", "id": "n", "issuer": "Newer", "account": "d", "secret": "molten", "heat": 3});
    vault.insert(serde_json::from_value(lava).unwrap()).unwrap();
    let bytes = write_own(&vault).content;
    assert!(own::is(&bytes));
    for device_type in DeviceType::ALL {
        let password = password();
        let opened = open(&bytes, Unlock::Passphrase(&password), *device_type);
        assert_eq!(opened.err(), Some(BackupError::NotABackup));
    }
    let (password, wrong) = (password(), SecretText::new("another password".to_owned()));
    let file = SealedFile::parse(&bytes).unwrap();
    let plaintext = file.open(&file.unlock(&password).unwrap()).unwrap();
    assert!(std::str::from_utf8(plaintext.expose()).unwrap().contains("molten"));
    let rows = own::read(&Input { bytes: &bytes, password: Some(&password), limits: Limits::PHONE }).unwrap();
    let [Row { content: Ok(alice), .. }, Row { number: 2, content: Err(refused) }] = rows.as_slice() else {
        panic!("one account and one that is not kept: {rows:?}")
    };
    assert_eq!((alice.account.account.as_str(), alice.note.as_str()), ("alice", "a <note>"));
    assert_eq!(alice.group, Some(Group::Personal));
    assert_eq!(refused.name, "Newer: d");
    let error = |bytes: &[u8], password| {
        own::read(&Input { bytes, password, limits: Limits::PHONE }).map(|_| ()).unwrap_err()
    };
    assert_eq!(error(&bytes, Some(&wrong)), ImportError::WrongPassword);
    assert_eq!(error(&bytes[..bytes.len() - 1], Some(&password)), ImportError::Corrupt);
    assert_eq!(error(b"PK", Some(&password)), ImportError::UnknownFormat);
    assert!(!own::is(b"PK") && own::is(&bytes[..50]));
}

#[test]
fn weak_passwords_seal_nothing() {
    let vault = vault(Vec::new());
    let weak = SecretText::new("short".to_owned());
    let too_short = Some(ExportError::Passphrase(WeakPassphrase::TooShort));
    assert_eq!(
        own::write(&vault, &weak, PassphraseCost::FLOOR, NOW, &mut rng(1)).map(|_| ()).err(),
        too_short
    );
    assert_eq!(aegis::write(&vault, &weak, &mut rng(1)).map(|_| ()).err(), too_short);
    assert_eq!(two_fas::write(&vault, &weak, NOW, &mut rng(1)).map(|_| ()).err(), too_short);
}

#[test]
fn ten_accounts_are_in_one_code_of_a_transfer() {
    let uri = |number: usize| {
        simple(&format!("otpauth://totp/Site:{number}?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"))
    };
    let texts = google::write(&vault((0..23).map(uri).collect()), &mut rng(1)).content;
    let parts: Vec<_> = texts.iter().map(|text| migration::parse(text.expose()).unwrap()).collect();
    let shape: Vec<_> = parts.iter().map(|part| (part.index, part.size, part.accounts.len())).collect();
    assert_eq!(shape, [(0, 3, 10), (1, 3, 10), (2, 3, 3)]);
    assert!(parts.iter().all(|part| part.batch_id == parts[0].batch_id));
    assert!(texts.iter().all(|text| qrcode::QrCode::new(text.expose()).is_ok()));
}

#[test]
fn a_printed_sheet_can_be_scanned_and_runs_nothing() {
    let mut account = simple("otpauth://totp/Example:alice?secret=JBSWY3DPEHPK3PXP");
    account.issuer = "<script>alert('1')</script>\"".to_owned();
    let vault = vault(vec![account]);
    let sheet = sheet::write(&vault, sheet::TEST_WORDS).content;
    let html = sheet.expose();
    assert!(!html.contains("<script") && html.contains("&lt;script&gt;alert(&#39;1&#39;)"));
    assert!(html.contains("a &lt;note&gt;"));
    assert!(!html.contains("http:") && !html.contains("https:") && !html.contains("url("));
    let side = drawn_width(html, 4);
    let codes = qr::read(&drawn(html, 4), side, side, side, qr::Budget::PICTURE).unwrap();
    let [code] = codes.as_slice() else { panic!("one code") };
    assert_eq!(otpauth::parse(code.text.expose()).unwrap().issuer, "<script>alert('1')</script>\"");
}

fn drawn_width(html: &str, scale: usize) -> usize {
    let size = html.split("viewBox=\"0 0 ").nth(1).unwrap().split(' ').next().unwrap();
    size.parse::<usize>().unwrap() * scale
}

/// Draws the first code as a browser does.
fn drawn(html: &str, scale: usize) -> Vec<u8> {
    let width = drawn_width(html, scale);
    let mut luma = vec![255; width * width];
    let path = html.split("<path d=\"").nth(1).unwrap().split('"').next().unwrap();
    for stroke in path.split('M').skip(1) {
        let (x, rest) = stroke.split_once(' ').unwrap();
        let (y, rest) = rest.split_once('h').unwrap();
        let (length, _) = rest.split_once('v').unwrap();
        let [x, y, length] = [x, y, length].map(|number| number.parse::<usize>().unwrap() * scale);
        for row in y..y + scale {
            luma[row * width + x..row * width + x + length].fill(0);
        }
    }
    luma
}

/// Another implementation reads what is written here: `docs/backup-format.md` says what; this is what the forms are.
#[test]
fn the_forms_of_other_apps_do_not_change_unnoticed() {
    let vault = vault(vec![
        simple("otpauth://totp/Example:alice?secret=JBSWY3DPEHPK3PXP&algorithm=SHA256&digits=8&period=60"),
        simple("otpauth://hotp/Example:bob?secret=JBSWY3DPEHPK3PXP&counter=7"),
        simple("otpauth://steam/Steam:carol?secret=JBSWY3DPEHPK3PXP"),
    ]);
    insta::assert_snapshot!(String::from_utf8(write_list(&vault).content).unwrap());
    for (name, bytes) in [("aegis", write_aegis(&vault).content), ("2fas", write_two_fas(&vault).content)] {
        let file: Value = serde_json::from_slice(&bytes).unwrap();
        insta::assert_json_snapshot!(name, file);
    }
}
