use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use data_encoding::HEXLOWER;
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;
use serde_json::{Map, Value, json};

use super::*;
use crate::backup::import::{ImportError, Input, Row};
use crate::backup::{BackupError, DeviceType, Unlock, open};
use crate::codes::otpauth::{self, shown_name};
use crate::codes::{Algorithm, Digits, Mover, migration};
use crate::qr;
use crate::seal::PassphraseCost;
use crate::seal::foreign::{Prf, open_gcm, pbkdf2};
use crate::time::{Period, UnixTime};
use crate::vault::{EntryId, Group, SealedFile, Work};

const NOW: UnixTime = UnixTime::from_secs(1_790_000_000);
const PASSWORD: &str = "sju sjösjuka sjömän";

/// How one format is written, and how it is read back into issuer, account, key, specification.
struct Way {
    name: &'static str,
    write: fn(&Vault) -> Exported<Vec<u8>>,
    read: fn(&[u8]) -> Vec<CodeAccount>,
    sealed: bool,
    /// Whether the format has to be able to say this.
    holds: fn(&CodeAccount) -> bool,
}

/// Each format we write that an app reads. Where import's front door reads one, `read` is to be `front_door`.
const WAYS: [Way; 5] = [
    Way { name: "otpauth list", sealed: false, write: write_list, read: read_list, holds: |_| true },
    Way { name: "own", sealed: true, write: write_own, read: read_own, holds: |_| true },
    Way { name: "google", sealed: false, write: write_google, read: read_google, holds: google_holds },
    Way { name: "aegis", sealed: true, write: write_aegis, read: read_aegis, holds: |_| true },
    Way { name: "2fas", sealed: true, write: write_two_fas, read: read_two_fas, holds: two_fas_holds },
];

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

fn read_list(bytes: &[u8]) -> Vec<CodeAccount> {
    std::str::from_utf8(bytes).unwrap().lines().map(|line| otpauth::parse(line).unwrap()).collect()
}

fn write_own(vault: &Vault) -> Exported<Vec<u8>> {
    own::write(vault, &password(), PassphraseCost::FLOOR, NOW, &mut rng(1)).unwrap()
}

fn read_own(bytes: &[u8]) -> Vec<CodeAccount> {
    let password = password();
    let rows = own::read(&Input { bytes, password: Some(&password) }).unwrap();
    rows.into_iter().map(|row| row.content.unwrap().account).collect()
}

fn write_google(vault: &Vault) -> Exported<Vec<u8>> {
    written(google::write(vault, &mut rng(1)), |texts| {
        texts.iter().map(SecretText::expose).collect::<Vec<_>>().join("\n").into_bytes()
    })
}

fn read_google(bytes: &[u8]) -> Vec<CodeAccount> {
    let parts = std::str::from_utf8(bytes).unwrap().lines().map(|line| migration::parse(line).unwrap());
    parts.flat_map(|part| part.accounts).map(|account| account.unwrap()).collect()
}

fn google_holds(account: &CodeAccount) -> bool {
    let moves = match account.spec.mover {
        Mover::Time { period } => period == Period::DEFAULT,
        Mover::Counter { counter } => i64::try_from(counter).is_ok(),
        Mover::Steam { .. } => false,
    };
    moves && matches!(account.spec.digits.count(), 6 | 8) && !account.account.contains(':')
}

fn write_aegis(vault: &Vault) -> Exported<Vec<u8>> {
    aegis::write(vault, &password(), &mut rng(1)).unwrap()
}

fn hex(value: &Value) -> Vec<u8> {
    HEXLOWER.decode(value.as_str().unwrap().as_bytes()).unwrap()
}

fn read_aegis(bytes: &[u8]) -> Vec<CodeAccount> {
    let file: Value = serde_json::from_slice(bytes).unwrap();
    let slot = &file["header"]["slots"][0];
    let mut by = vec![0; 32];
    let log_n = u8::try_from(slot["n"].as_u64().unwrap().ilog2()).unwrap();
    let params = scrypt::Params::new(log_n, 8, 1).unwrap();
    scrypt::scrypt(PASSWORD.as_bytes(), &hex(&slot["salt"]), &params, &mut by).unwrap();
    let open = |key: &SecretBytes, params: &Value, sealed: Vec<u8>| {
        let sealed = [sealed, hex(&params["tag"])].concat();
        open_gcm(key, &hex(&params["nonce"]), b"", &sealed).unwrap()
    };
    let master = open(&SecretBytes::new(by), &slot["key_params"], hex(&slot["key"]));
    let db = STANDARD.decode(file["db"].as_str().unwrap()).unwrap();
    let content: Value =
        serde_json::from_slice(open(&master, &file["header"]["params"], db).expose()).unwrap();
    assert_eq!(content["version"], 3);
    let account = |entry: &Value| read_account(entry, &entry["info"], "name", "type", "algo");
    content["entries"].as_array().unwrap().iter().map(account).collect()
}

fn read_account(entry: &Value, info: &Value, account: &str, kind: &str, algorithm: &str) -> CodeAccount {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let within = |name: &str| if entry[name].is_null() { &info[name] } else { &entry[name] };
    let period = || Period::new(u32::try_from(info["period"].as_u64().unwrap()).unwrap()).unwrap();
    let mover = match within(kind).as_str().unwrap().to_ascii_lowercase().as_str() {
        "totp" => Mover::Time { period: period() },
        "steam" => Mover::Steam { period: period() },
        _ => Mover::Counter { counter: info["counter"].as_u64().unwrap() },
    };
    CodeAccount {
        issuer: text(within("issuer")),
        account: text(within(account)),
        secret: base32::decode(within("secret").as_str().unwrap()).unwrap(),
        spec: CodeSpec {
            algorithm: Algorithm::try_from(info[algorithm].as_str().unwrap()).unwrap(),
            digits: Digits::try_from(u32::try_from(info["digits"].as_u64().unwrap()).unwrap()).unwrap(),
            mover,
        },
    }
}

fn write_two_fas(vault: &Vault) -> Exported<Vec<u8>> {
    two_fas::write(vault, &password(), NOW, &mut rng(1)).unwrap()
}

fn read_two_fas(bytes: &[u8]) -> Vec<CodeAccount> {
    let file: Value = serde_json::from_slice(bytes).unwrap();
    let open = |name: &str| {
        let parts: Vec<Vec<u8>> =
            file[name].as_str().unwrap().split(':').map(|part| STANDARD.decode(part).unwrap()).collect();
        let [sealed, salt, nonce] = parts.as_slice() else { panic!("three parts") };
        assert_eq!((salt.len(), nonce.len()), (256, 12));
        let key = pbkdf2(Prf::HmacSha256, &password(), salt, 10_000, 32).unwrap();
        open_gcm(&key, nonce, b"", sealed).unwrap()
    };
    assert_eq!(open("reference").expose(), two_fas::REFERENCE.as_bytes());
    assert_eq!((&file["schemaVersion"], &file["services"]), (&json!(4), &json!([])));
    let services: Value = serde_json::from_slice(open("servicesEncrypted").expose()).unwrap();
    let account = |service: &Value| {
        assert_eq!(service["name"], service["otp"]["issuer"]);
        read_account(service, &service["otp"], "account", "tokenType", "algorithm")
    };
    services.as_array().unwrap().iter().map(account).collect()
}

fn two_fas_holds(account: &CodeAccount) -> bool {
    let counts = match account.spec.mover {
        Mover::Counter { counter } => i32::try_from(counter).is_ok(),
        Mover::Time { .. } | Mover::Steam { .. } => true,
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
                body: Body::Code { secret: account.secret, spec: account.spec },
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
        spec: account.spec,
    }
}

fn told(account: &CodeAccount) -> (String, String, Vec<u8>, CodeSpec) {
    (account.issuer.clone(), account.account.clone(), account.secret.expose().to_vec(), account.spec)
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
    let key = prop::collection::vec(any::<u8>(), 1..=128).prop_map(SecretBytes::new);
    (any_name(), any_name(), key, any_spec()).prop_map(|(issuer, account, secret, spec)| CodeAccount {
        issuer,
        account,
        secret,
        spec,
    })
}

/// What a format can say comes back as it was and in its order; what it cannot say is named.
fn check_way(way: &Way, accounts: &[CodeAccount]) {
    let Way { name, write, read, holds, .. } = way;
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
    for Way { name, write, read, .. } in WAYS {
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
    let rows = own::read(&Input { bytes: &bytes, password: Some(&password) }).unwrap();
    let [Row { content: Ok(alice), .. }, Row { number: 2, content: Err(refused) }] = rows.as_slice() else {
        panic!("one account and one that is not kept: {rows:?}")
    };
    assert_eq!((alice.account.account.as_str(), alice.note.as_str()), ("alice", "a <note>"));
    assert_eq!(refused.name, "Newer: d");
    let error = |bytes: &[u8], password| own::read(&Input { bytes, password }).map(|_| ()).unwrap_err();
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
    let texts =
        qr::read(&drawn(html, 4), drawn_width(html, 4), drawn_width(html, 4), drawn_width(html, 4)).unwrap();
    let [text] = texts.as_slice() else { panic!("one code") };
    assert_eq!(otpauth::parse(text).unwrap().issuer, "<script>alert('1')</script>\"");
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
