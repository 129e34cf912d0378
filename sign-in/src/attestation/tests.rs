//! The makers here are made by the tests, and so are their certificates, but for two samples that the real ones
//! have published. What a phone with our app shows is only seen on one.

mod android;
mod apple;
pub(crate) mod forge;
mod mutations;
pub(crate) mod service;

use super::*;

#[test]
fn the_built_in_roots_are_those_that_the_makers_publish() {
    let makers = Makers::default();
    let hashes = |roots: &[Root]| roots.iter().map(Root::fingerprint).collect::<Vec<_>>();
    // developer.android.com/privacy-and-security/security-key-attestation: the RSA root's certificate until
    // 2042, whose name and key are those of all its earlier ones, and the ECDSA root's until 2035.
    assert_eq!(
        hashes(&makers.android.roots),
        [
            "cedb1cb6dc896ae5ec797348bce9286753c2b38ee71ce0fbe34a9a1248800dfc",
            "6d9db4ce6c5c0b293166d08986e05774a8776ceb525d9e4329520de12ba4bcc0",
        ]
    );
    // Apple App Attestation Root CA, www.apple.com/certificateauthority/private.
    assert_eq!(
        hashes(&makers.apple.roots),
        ["1cb9823ba28ba6ad2d33a006941de2ae4f513ef1d4e831b9f7e0fa7b6242c932"]
    );
    assert!(!makers.can_judge_android() && !makers.can_judge_apple());
}

#[test]
fn roots_are_read_from_pem_and_from_a_list_and_nothing_else_is_taken_for_one() {
    let pem = include_str!("roots/google.pem");
    assert_eq!(roots(pem).map(|roots| roots.len()), Some(2));
    let list = serde_json::to_string(&[pem, include_str!("roots/apple.pem")]).expect("writes");
    assert_eq!(roots(&list).map(|roots| roots.len()), Some(3));
    let (half, _) = pem.split_at(700);
    let swapped = pem.replacen("Gc", "GC", 1);
    for bad in ["", "[]", "{}", "a text", half, "[\"a text\"]", &swapped] {
        assert!(roots(bad).is_none(), "{bad}");
    }
}

#[test]
fn the_list_of_what_was_taken_back_is_read_by_serial_number() {
    let list = r#"{"entries":{"2c8cdddfd5e03bfc":{"status":"REVOKED","reason":"KEY_COMPROMISE"},"00AB":{"status":"SUSPENDED"}}}"#;
    let list = Revoked::from_json(list).expect("reads");
    assert_eq!(list.count(), 2);
    assert!(list.has(&[0x2c, 0x8c, 0xdd, 0xdf, 0xd5, 0xe0, 0x3b, 0xfc]));
    assert!(list.has(&[0xab]) && list.has(&[0, 0xab]) && !list.has(&[0xab, 0]));
    assert_eq!(Revoked::from_json(r#"{"entries":{}}"#).map(|list| list.count()), Some(0));
    for bad in ["", "{}", "[]", r#"{"entries":[]}"#, r#"{"entries":{"xyz":{}}}"#] {
        assert!(Revoked::from_json(bad).is_none(), "{bad}");
    }
}

#[test]
fn a_signer_is_read_as_tools_print_it() {
    let plain = "10393b8e4538dfe58e49e4f65451 4fb834 6fc6b346d0bbc4415fc339fcfc8ec1".replace(' ', "");
    let hash = signer(&plain).expect("reads");
    let pairs: Vec<String> = hash.iter().map(|byte| format!("{byte:02X}")).collect();
    assert_eq!(signer(&pairs.join(":")), Some(hash));
    for bad in [
        "",
        "10",
        plain.split_at(1).1,
        &format!("{plain}00"),
        &plain.replace("10", "1g"),
        &plain.replace("10", "+1"),
    ] {
        assert_eq!(signer(bad), None, "{bad}");
    }
}

#[test]
fn every_finding_is_read_as_it_was_stored() {
    let all = [Attested::No, Attested::Unverified]
        .into_iter()
        .chain([Place::Tee, Place::StrongBox, Place::AppAttest].map(Attested::Hardware))
        .chain(Why::ALL.map(Attested::Failed));
    let words: Vec<_> = all
        .map(|found| {
            assert_eq!(Attested::from_word(found.word()), Some(found));
            found.word()
        })
        .collect();
    // What is stored does not change unnoticed.
    assert_eq!(
        words.join(" "),
        "no unverified tee strongbox app_attest failed_unreadable failed_chain failed_expired failed_revoked \
         failed_challenge failed_other_key failed_software failed_usage failed_boot failed_app failed_person \
         failed_older"
    );
    let system = System { version: Some(160_000), patch: Some(202_611) };
    let text = serde_json::to_string(&system).expect("writes");
    assert_eq!(text, r#"{"version":160000,"patch":202611}"#);
    assert_eq!(serde_json::from_str::<System>(&text).expect("reads"), system);
    assert_eq!(serde_json::from_str::<System>("{}").expect("reads"), System::default());
}

#[test]
fn a_system_is_older_by_its_version_or_its_patches() {
    let system = |version, patch| Some(System { version, patch });
    let now =
        Verdict { attested: Attested::Hardware(Place::Tee), system: system(Some(160_000), Some(202_611)) };
    let older = Attested::Failed(Why::Older);
    assert_eq!(now.not_older_than(system(Some(160_000), Some(202_612))).attested, older);
    assert_eq!(now.not_older_than(system(Some(170_000), Some(202_611))).attested, older);
    for before in [None, system(None, None), now.system, system(Some(150_000), Some(202_610))] {
        assert_eq!(now.not_older_than(before), now);
    }
}
