//! What is written into a backup and what is not.

use super::*;
use crate::vault::Enrolled;

/// What a device knows of itself: none of it is for another one.
const FORBIDDEN: [&str; 9] = [
    "acc_h4K0t2",
    "dev_9mQ2x7c1Vb0",
    "handle-of-pop",
    "handle-of-uv",
    "Vx0Wvtd7lHEsgEfikmoG8W7pRNFUYgWsn",
    "E4FrPBrATh0P22UWJgkPgKpgsQOMkmbg1XcU",
    "yzUCex9mpiOguZoQnmS34c3yjIMrGNy1xOMGKVEB6MQ",
    "JBSWY3DPEHPK3PXQ",
    "push-endpoint",
];

fn enrolled() -> Enrolled {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../../../../tests/vectors/approval-v1.json")).expect("JSON");
    let key = |name: &str, handle: &str| json!({"handle": handle, "public": vectors[name]});
    serde_json::from_value(json!({
        "account": "acc_h4K0t2",
        "id": "dev_9mQ2x7c1Vb0",
        "state": "active",
        "service": {"current": vectors["service_jwk"], "announced_at": 0},
        "pop": key("pop_jwk", "handle-of-pop"),
        "uv": key("uv_jwk", "handle-of-uv"),
        "software": true,
    }))
    .expect("an enrolment")
}

/// A vault with one account of each kind, and with what a newer version may have put into it.
fn full_vault() -> Vault {
    let mut vault = vault();
    let origin = Origin::parse("https://signin.example.org").expect("an origin");
    let seed = account("otpauth://totp/x?secret=JBSWY3DPEHPK3PXQ");
    for (seed_of_id, name, group) in
        [(19, "bob@contoso.example", Group::Work), (18, "carol@home.example", Group::Personal)]
    {
        let codes = Some((SecretBytes::new(seed.secret.expose().to_vec()), seed.spec));
        let work = Work::enrolled(origin.clone(), enrolled(), codes);
        let names = ("Contoso".to_owned(), name.to_owned());
        let id = vault.add_work(names, work, NOW, &mut rng(seed_of_id)).expect("adds");
        let entry = vault.entry_mut(id.as_str()).expect("is there");
        (entry.group, entry.note) = (group, "the blue one".to_owned());
        entry.members.insert("endpoint".to_owned(), "push-endpoint".into());
    }
    for newer in [
        json!({"kind": "work", "id": "n1", "issuer": "New", "account": "d", "secret": "JBSWY3DPEHPK3PXQ",
            "work": {"device": {"state": "on_the_moon", "id": "dev_9mQ2x7c1Vb0"}}}),
        json!({"kind": "totp", "id": "n2", "issuer": "New", "account": "e", "secret": "JBSWY3DPEHPK3PXQ",
            "work": {"device": {"id": "dev_9mQ2x7c1Vb0"}}}),
        json!({"kind": "lava", "id": "n3", "issuer": "New", "account": "f", "secret": "molten", "heat": [1, 2]}),
        json!({"kind": "totp", "id": "n4", "issuer": "New", "account": "g", "secret": "JBSWY3DPEHPK3PXP", "icon": {"a": 1}}),
    ] {
        vault.insert(serde_json::from_value(newer).expect("reads")).expect("fits");
    }
    let id = add(&mut vault, "otpauth://totp/Gone:h?secret=JBSWY3DPEHPK3PXP");
    vault.entry_mut(id.as_str()).expect("is there").removed_at = Some(NOW);
    vault
}

fn plaintext(vault: &mut Vault) -> String {
    turned_on(vault, 2);
    let sealed = sealed(vault);
    let file = SealedFile::parse(&sealed.bytes).expect("parses");
    let key = file.unlock(&secret(PASSPHRASE)).expect("unlocks");
    String::from_utf8(file.open(&key).expect("opens").expose().to_vec()).expect("text")
}

#[test]
fn nothing_of_this_device_is_in_a_backup() {
    let mut vault = full_vault();
    let stored = String::from_utf8(serde_json::to_vec(vault.entries()).expect("JSON")).expect("text");
    let text = plaintext(&mut vault);
    for forbidden in FORBIDDEN {
        assert!(stored.contains(forbidden), "{forbidden} is in the vault, else this shows nothing");
        assert!(!text.contains(forbidden), "{forbidden}");
    }
    assert!(!text.contains("\"key\"") && !text.contains("\"slots\""), "the series stays in the vault");
    assert!(text.contains("molten") && text.contains("icon"), "what is not understood is kept");
    assert!(!text.contains("Gone"), "the trash is not in it");
}

#[test]
fn the_written_form_does_not_change_unnoticed() {
    let text = plaintext(&mut full_vault());
    let content: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    insta::assert_json_snapshot!(content);
}

#[test]
fn the_header_does_not_change_unnoticed() {
    let mut vault = empty_vault(1);
    turned_on(&mut vault, 2);
    let bytes = sealed(&vault).bytes;
    let header: serde_json::Value =
        serde_json::from_slice(&bytes[10..opened_header_len(&bytes) - 16]).expect("JSON");
    insta::assert_json_snapshot!(header);
}

#[test]
fn the_series_in_the_vault_does_not_change_unnoticed() {
    let mut vault = empty_vault(1);
    turned_on(&mut vault, 2);
    insta::assert_json_snapshot!(vault.backup());
    let mut stored = serde_json::to_value(vault.backup()).expect("JSON");
    stored["place"] = json!("cloud");
    let series: Series = serde_json::from_value(stored.clone()).expect("reads");
    assert_eq!(serde_json::to_value(&series).expect("JSON"), stored, "members of a newer version are kept");
    for missing in ["id", "key", "slots"] {
        let mut less = stored.clone();
        less.as_object_mut().expect("an object").shift_remove(missing);
        assert!(serde_json::from_value::<Series>(less).is_err(), "{missing}");
    }
}

#[test]
fn what_was_written_is_read_back_with_what_is_not_understood() {
    let mut vault = full_vault();
    turned_on(&mut vault, 2);
    let contents = opened(&sealed(&vault).bytes);
    let mut restored = empty_vault(70);
    let receipt = restored.apply(plan(contents, &restored), &mut rng(71));
    assert_eq!((receipt.added(), receipt.sign_in_again()), (4, 5));
    let lava = restored.entries().iter().find(|entry| entry.kind() == "lava").expect("is kept");
    let lava = serde_json::to_value(lava).expect("JSON");
    assert_eq!((&lava["secret"], &lava["heat"]), (&json!("molten"), &json!([1, 2])));
    let carol =
        restored.entries().iter().find(|entry| entry.account == "carol@home.example").expect("is there");
    assert_eq!((carol.group, carol.note.as_str()), (Group::Personal, "the blue one"));
    assert!(carol.enrolled().is_none() && carol.code().is_none());
    // And once more: a restored vault makes the same backup.
    turned_on(&mut restored, 2);
    let again = opened(&sealed(&restored).bytes);
    assert_eq!(again.entries().len(), 9);
}
