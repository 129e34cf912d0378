//! What fuzzing begins with. The fixtures of other apps serve all targets that import; the rest is made here.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use crypto_core::backup::{self, DeviceType};
use crypto_core::codes::otpauth;
use crypto_core::secret::SecretText;
use crypto_core::time::UnixTime;
use crypto_core::vault::{Group, Series, Vault};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;

/// A file to begin with: its name and what is in it.
pub type Seed = (String, Vec<u8>);

/// The corpora of all targets: a folder for each.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

/// The exports of other apps that the tests of imports made.
pub fn exports() -> Vec<PathBuf> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/exports");
    let mut files = files(&fixtures);
    files.extend(["b", "c"].iter().flat_map(|inner| self::files(&fixtures.join(inner))));
    files
}

/// The files in a folder, in the order of their names; none where there is no folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let listed = std::fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<_> =
        listed.filter_map(|file| Some(file.ok()?.path())).filter(|path| path.is_file()).collect();
    files.sort();
    files
}

/// What is made for the target of that name.
pub fn seeds(target: &str) -> Vec<Seed> {
    let numbered = |texts: Vec<Vec<u8>>| -> Vec<Seed> {
        texts.into_iter().enumerate().map(|(number, text)| (format!("made-{number:02}"), text)).collect()
    };
    let of = |texts: &[&str]| texts.iter().map(|text| text.as_bytes().to_vec()).collect::<Vec<_>>();
    match target {
        "text" => numbered([of(SETUP_TEXTS), of(OTHER_TEXTS)].concat()),
        "otpauth" => numbered(of(SETUP_TEXTS)),
        "migration" => numbered(TRANSFERS.iter().map(|message| message.to_vec()).collect()),
        "qr-read" => numbered(pictures()),
        "backup" => numbered(backups()),
        "backup-content" => numbered(of(CONTENTS)),
        _ => Vec::new(),
    }
}

/// For [`crate::pictures`]: grey, stripes, and texts with spots on their codes.
fn pictures() -> Vec<Vec<u8>> {
    let stripes = (0..48 * 48).map(|place| if place / 3 % 2 == 0 { 20 } else { 230 });
    let code = |size: u8, text: &str, spots: &[u8]| {
        let length = u8::try_from(text.len() - 1).expect("at most 64") + size * 64;
        [&[1, length], text.as_bytes(), spots].concat()
    };
    vec![
        [&[0, 47, 0][..], &[128; 48 * 48]].concat(),
        [0, 47, 0].into_iter().chain(stripes).collect(),
        code(0, "otpauth://totp/a?secret=GEZDGNBVGY3TQOJQ", &[]),
        code(1, "HELLO", &[30, 30, 230, 128, 128, 20]),
        code(2, "0123456789", &[200, 40, 20, 60, 60, 230, 90, 200, 20]),
    ]
}

/// The text of a transfer code that carries `message`.
pub(crate) fn transfer_text(message: &[u8]) -> String {
    format!("otpauth-migration://offline?data={}", BASE64.encode(message))
}

/// What opens the backups that are made here.
pub(crate) fn recovery_code() -> SecretText {
    static CODE: OnceLock<String> = OnceLock::new();
    // expose: it is nobody's.
    SecretText::new(CODE.get_or_init(|| series().1.expose().to_owned()).clone())
}

fn series() -> (Series, SecretText) {
    let (series, code) =
        Series::make(None, &mut rng()).expect("without a passphrase nothing can be wrong with it");
    (series, code.grouped())
}

fn backups() -> Vec<Vec<u8>> {
    let mut rng = rng();
    let mut vault = Vault::make(NOW, &mut rng);
    vault.turn_backup_on(series().0);
    let mut sealed =
        vec![backup::seal(&vault, DeviceType::Desktop, NOW, &mut rng).expect("backup is on").bytes];
    for text in SETUP_TEXTS {
        vault
            .add(otpauth::parse(text).expect("a set-up text"), Group::Other, NOW, &mut rng)
            .expect("there is room");
    }
    for device_type in [DeviceType::Desktop, DeviceType::Android] {
        sealed.push(backup::seal(&vault, device_type, NOW, &mut rng).expect("backup is on").bytes);
    }
    sealed
}

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::from_seed([11; 32])
}

const NOW: UnixTime = UnixTime::from_secs(1_790_000_000);

const SETUP_TEXTS: &[&str] = &[
    "otpauth://totp/Example:alice?secret=JBSWY3DPEHPK3PXP&issuer=Example",
    "otpauth://totp/Northwind:ada%40example.org?secret=26SW2PH47GSE3RYWNENM3K5BXCUREZDF&issuer=Northwind&algorithm=SHA256&digits=8&period=60",
    "otpauth://hotp/Wingtip:kay?secret=JBSWY3DPEHPK3PXP&counter=41&digits=7",
    "otpauth://steam/Steam:bob?secret=JBSWY3DPEHPK3PXP",
    "otpauth://motp/Old:cy?secret=e3152afee62599c8&pin=31323334",
    "otpauth://yaotp/Yandex:dora?secret=JBSWY3DPEHPK3PXPJBSWY3DPEA&pin=5239",
    "otpauth://totp/%D0%9F%D1%80%D0%B8%D0%BC%D0%B5%D1%80:x%3Ay?secret=jbsw-y3dp%20ehpk3pxp&issuer=A%3AB&image=https%3A%2F%2Fexample.org",
];
const OTHER_TEXTS: &[&str] = &[
    "motp://Old:cy?secret=e3152afee62599c8",
    "otpauth-migration://offline?data=CjgKFNelbTz8-aRNxxZpGs2robipEmRlEg9hZGFAZXhhbXBsZS5vcmcaCU5vcnRod2luZCABKAEwAhABGAEgAA",
    "https://signin.example.org/activate#v=1&c=3F7K9QWXTB2M8RVNZ4YHDC6G5J&k=MR_XoPPruAJ-SqfLBuzkfJRQoqBqPIk2BXyPZwWmFrw",
    "https://signin.example.org/approve#v=1&t=txn_Zk3u0o1mQ4mU2rVb8gq5Yw&s=w8CmUt3BotGmg5IaW57Bog",
    "phonefactor://activate?code=123",
    "otpauth://pipush/PIPU001?url=https%3A%2F%2Fpi.example.org&ttl=2",
    "FIDO:/123456",
    "https://example.org/",
    "\u{feff} JBSWY3DPEHPK3PXP\r\n",
];
/// Messages of Protocol Buffers: one account; one of two parts; a counter and a method that is not known; nothing.
const TRANSFERS: &[&[u8]] = &[
    b"\x0a\x1d\x0a\x0aHello!\xde\xad\xbe\xef\x12\x03ada\x1a\x04Site\x20\x01\x28\x01\x30\x02\x10\x01\x18\x01\x20\x00\x28\x07",
    b"\x0a\x14\x0a\x0a0123456789\x12\x01b\x28\x02\x30\x02\x10\x01\x18\x02\x20\x01\x28\xae\xfa\xa7\xb3\xfb\xff\xff\xff\xff\x01",
    b"\x0a\x17\x0a\x0a0123456789\x20\x09\x28\x01\x30\x01\x38\x80\xb4\xc4\xc3\x21\x10\x01\x18\x01",
    b"",
];
const CONTENTS: &[&str] = &[
    r#"{"v":1,"entries":[]}"#,
    r#"{"v":1,"entries":[{"kind":"totp","id":"a1","issuer":"Example","account":"alice","secret":"JBSWY3DPEHPK3PXP","alg":"SHA1","digits":6,"period":30,"group":"other","added_at":1790000000},{"kind":"hotp","id":"a2","issuer":"Wingtip","account":"kay","secret":"JBSWY3DPEHPK3PXP","alg":"SHA512","digits":8,"counter":41,"group":"personal","note":"n","added_at":1790000000}]}"#,
    r#"{"v":1,"entries":[{"kind":"work","id":"a3","issuer":"https://signin.example.org","service":"Contoso","account":"bob@contoso.example","state":"sign_in_required","group":"work","added_at":1790000000},{"kind":"motp","id":"a4","issuer":"Old","account":"cy","secret":"4MKSV7XGEWM4Q","pin":"1234","alg":"MD5","digits":6,"period":10},{"kind":"yaotp","id":"a5"},{"kind":"lava","id":"n3","issuer":"New","secret":"molten","heat":[1,2]}],"more":{"a":null}}"#,
    r#"{"v":2,"entries":[{}]} "#,
];
