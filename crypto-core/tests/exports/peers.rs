//! Exports that other apps wrote. They are not in the project; where they are not there either, that is said.

use std::path::{Path, PathBuf};

use crypto_core::time::UnixTime;

/// Issuer, account and the code at 1234567890, or at the counter.
type Expected = (&'static str, &'static str, &'static str);

const A1: Expected = ("Deno", "Mason", "001580");
const A2: Expected = ("SPDX", "James", "8650438");
const A3: Expected = ("Airbnb", "Elijah", "21994524");
const A4: Expected = ("Issuu", "James", "253717");
const A5: Expected = ("Air Canada", "Benjamin", "4444976");
const A6: Expected = ("WWE", "Mason", "24622277");
const A7: Expected = ("Boeing", "Sophia", "WR5P6");
const A8: Expected = ("Battle.net", "US-2211-2050-3346", "95538542");
const ALL: &[Expected] = &[A1, A2, A3, A4, A5, A6, A7];
const COUNTED: &[Expected] = &[A1, A2, A3, A4, A5, A6];
/// Before 2FAS knew counters and other digits.
const TWOFAS_1: &[Expected] = &[
    A1,
    ("SPDX", "James", "197177"),
    ("Airbnb", "Elijah", "177772"),
    ("Issuu", "James", "525074"),
    ("Air Canada", "Benjamin", "717175"),
    ("WWE", "Mason", "529059"),
];
const TWOFAS_2: &[Expected] = &[A1, A3, ("Issuu", "James", "525074"), ("WWE", "Mason", "42840125")];
const TWOFAS_4: &[Expected] = &[A1, A4, A5, A6, A7];

/// Apps that keep no hash: SHA-1 makes other codes of the same keys.
const AUTHY: &[Expected] = &[A1, ("SPDX", "James", "7197177"), ("Airbnb", "Elijah", "53177772")];
const TOTP_AUTHENTICATOR: &[Expected] =
    &[("Deno", "mason", "001580"), ("SPDX", "james", "9757905"), ("Airbnb", "elijah", "87363440")];
/// Nor digits.
const GOOGLE: &[Expected] = &[
    A1,
    ("SPDX", "James", "197177"),
    ("Airbnb", "Elijah", "177772"),
    A4,
    ("Air Canada", "Benjamin", "263302"),
    ("WWE", "Mason", "579703"),
];
/// Nor counters.
const MICROSOFT: &[Expected] = &[
    A1,
    ("SPDX", "James", "197177"),
    ("Airbnb", "Elijah", "177772"),
    ("Issuu", "James", "525074"),
    ("Air Canada", "Benjamin", "717175"),
    ("WWE", "Mason", "529059"),
    ("Boeing", "Sophia", "960603"),
];
const STEAM: &[Expected] = &[("Steam", "Sophia", "WR5P6")];

/// The file, its password, its format and what is in it.
const PEERS: &[(&str, Option<&str>, &str, &[Expected])] = &[
    ("plain.txt", None, "otpauth-list", ALL),
    ("aegis_plain.json", None, "aegis-plain", ALL),
    ("aegis_plain_grouped_v2.json", None, "aegis-plain", ALL),
    ("aegis_encrypted.json", Some("test"), "aegis-encrypted", ALL),
    ("2fas_authenticator.json", None, "2fas-plain", TWOFAS_1),
    ("2fas_authenticator_plain.2fas", None, "2fas-plain", TWOFAS_2),
    ("2fas_authenticator_encrypted.2fas", Some("test"), "2fas-encrypted", TWOFAS_2),
    ("2fas_authenticator_plain_v3.2fas", None, "2fas-plain", COUNTED),
    ("2fas_authenticator_encrypted_v3.2fas", Some("test"), "2fas-encrypted", COUNTED),
    ("2fas_authenticator_plain_v4.2fas", None, "2fas-plain", TWOFAS_4),
    ("2fas_authenticator_encrypted_v4.2fas", Some("test"), "2fas-encrypted", TWOFAS_4),
    ("bitwarden.json", None, "bitwarden-json", &[A1, A2, A3, ("Test Steam", "", "WR5P6")]),
    ("bitwarden.csv", None, "bitwarden-csv", &[A1, A2, A3, ("Test 4", "", "WR5P6")]),
    ("ente_auth.txt", None, "ente-plain", &[A5, A3, A7, A1, A4, A2, A6]),
    ("proton_authenticator.json", None, "proton-plain", &[A1, A2, A3]),
    ("stratum_plain.json", None, "stratum-plain", ALL),
    ("stratum_encrypted.bin", Some("test"), "stratum-encrypted", ALL),
    ("stratum_encrypted_legacy.bin", Some("test"), "stratum-encrypted-legacy", ALL),
    ("stratum_internal.db", None, "stratum-database", ALL),
    ("andotp_plain.json", None, "andotp-plain", ALL),
    ("andotp_encrypted.bin", Some("test"), "andotp-encrypted", ALL),
    ("andotp_encrypted_old.bin", Some("test"), "andotp-encrypted-old", COUNTED),
    ("authenticator_plus.zip", Some("testtesttest"), "authenticator-plus", ALL),
    ("authy_plain.xml", None, "authy", AUTHY),
    ("authy_encrypted.xml", Some("testtest"), "authy", AUTHY),
    ("battle_net_authenticator.xml", None, "battle-net", &[A8]),
    ("duo.json", None, "duo", &[("", "Mason", "001580"), ("", "James", "010062")]),
    ("freeotp.xml", None, "freeotp-settings", &[A6, A3, A1, A4]),
    ("freeotp_plus.json", None, "freeotp-plus", &[A6, A5, A4, A3, A2, A1]),
    ("freeotp_plus_internal.xml", None, "freeotp-settings", &[A6, A3, A5, A2, A1, A4]),
    ("freeotp_v2_api23.xml", Some("test"), "freeotp-encrypted", &[A4, A3, A1, A2, A6, A5]),
    ("freeotp_v2_api25.xml", Some("test"), "freeotp-encrypted", &[A5, A6, A1, A4, A3, A2]),
    ("freeotp_v2_api27.xml", Some("test"), "freeotp-encrypted", &[A6, A1, A2, A3, A4, A5]),
    ("freeotp_v2_api34.xml", Some("test"), "freeotp-encrypted", &[A2, A5, A3, A4, A1, A6]),
    ("freeotp_v2_null_algo.xml", Some("test"), "freeotp-encrypted", &[A1]),
    ("google_authenticator.sqlite", None, "google-authenticator-database", GOOGLE),
    ("microsoft_authenticator.sqlite", None, "microsoft-authenticator-database", MICROSOFT),
    ("steam.json", None, "steam", STEAM),
    ("steam_old.json", None, "steam", STEAM),
    ("totp_authenticator.bin", Some("Testtest1"), "totp-authenticator", TOTP_AUTHENTICATOR),
    ("totp_authenticator_internal.xml", None, "totp-authenticator-settings", TOTP_AUTHENTICATOR),
];

fn folder() -> Option<PathBuf> {
    let given = std::env::var_os("COUNTERSIGN_PEER_EXPORTS").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/fixtures/peer-exports");
    given
        .into_iter()
        .map(|path| if path.join("plain.txt").exists() { path } else { path.join("peer-exports") })
        .chain([beside])
        .find(|path| path.join("plain.txt").exists())
}

#[test]
fn exports_that_other_apps_wrote_hold_what_is_known_of_them() {
    let Some(folder) = folder() else {
        println!("SKIPPED: the exports of other apps are not here (COUNTERSIGN_PEER_EXPORTS)");
        return;
    };
    let at = UnixTime::from_secs(1_234_567_890);
    let mut wrong = Vec::new();
    for (name, password, format, expected) in PEERS {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        let import = super::read(&bytes, *password, 256).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(import.format.name(), *format, "{name}");
        assert_eq!(super::refused(&import), Vec::<serde_json::Value>::new(), "{name}");
        let found = super::entries(&import, at);
        let text = |entry: &serde_json::Value, member: &str| entry[member].as_str().unwrap().to_owned();
        let found: Vec<_> = found
            .iter()
            .map(|entry| ["issuer", "account", "code"].map(|member| text(entry, member)))
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|&(issuer, account, code)| [issuer, account, code].map(str::to_owned))
            .collect();
        if found != expected {
            wrong.push(format!("{name}: {found:?}, not {expected:?}"));
        }
        if password.is_some() {
            for (typed, error) in [(Some("wrong"), "wrong_password"), (None, "password_needed")] {
                assert_eq!(super::read(&bytes, typed, 256).map_err(super::word).err(), Some(error), "{name}");
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
