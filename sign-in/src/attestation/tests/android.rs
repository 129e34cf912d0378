use crypto_core::seal::sign::PublicKey;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::forge::*;
use super::*;
use crate::attestation::android::{Asks, KEY_DESCRIPTION};
use crate::phone::new_key;

/// A device whose phone is asked.
pub(super) struct Asked {
    pub(super) keys: DeviceKeys,
    pub(super) challenge: Nonce,
    pub(super) bytes: Vec<u8>,
}

pub(super) const NOW: UnixTime = UnixTime::from_secs(1_790_000_000);

impl Asked {
    pub(super) fn new() -> Self {
        let (pop, uv) = (new_key(), new_key());
        let keys = DeviceKeys::new(pop.public().clone(), uv.public().clone()).expect("two keys");
        let challenge = Nonce::make(&mut crate::phone::rng());
        let bytes = bytes(challenge.as_str()).expect("is Base64");
        Self { keys, challenge, bytes }
    }

    /// What is found where both keys are described so.
    fn found(&self, pop: &Said, uv: &Said) -> Verdict {
        self.of_chains(&MAKER.chain(self.keys.pop(), pop), &MAKER.chain(self.keys.uv(), uv))
    }

    fn of_chains(&self, pop: &[Vec<u8>], uv: &[Vec<u8>]) -> Verdict {
        MAKER.makers().judge(&shown(pop, uv), &self.keys, &self.challenge, NOW)
    }

    fn good(&self) -> [Said; 2] {
        [Said::pop(&self.bytes), Said::uv(&self.bytes)]
    }
}

fn failed(why: Why) -> Verdict {
    Verdict { attested: Attested::Failed(why), system: None }
}

#[test]
fn a_good_phone_is_verified_with_its_system_whatever_its_clock_says() {
    let asked = Asked::new();
    let [pop, uv] = asked.good();
    let system = Some(System { version: Some(160_000), patch: Some(202_608) });
    let hardware = |place| Verdict { attested: Attested::Hardware(place), system };
    assert_eq!(asked.found(&pop, &uv), hardware(Place::StrongBox));
    // The weaker of both counts, and of what keeps it and says so.
    let tee = Said { attested_by: 1, kept_by: 1, ..pop.clone() };
    assert_eq!(asked.found(&tee, &uv), hardware(Place::Tee));
    assert_eq!(asked.found(&pop, &Said { attested_by: 1, ..uv.clone() }), hardware(Place::Tee));
    // A chain may end below the root.
    let without_root = |mut chain: Vec<Vec<u8>>| {
        chain.pop();
        chain
    };
    let (pop, uv) = (MAKER.chain(asked.keys.pop(), &pop), MAKER.chain(asked.keys.uv(), &uv));
    assert_eq!(asked.of_chains(&without_root(pop), &without_root(uv)), hardware(Place::StrongBox));
}

#[test]
fn what_either_key_lacks_is_found() {
    let asked = Asked::new();
    type Change = fn(Said) -> Said;
    let changes: [(Why, Change); 20] = [
        (Why::Challenge, |said| Said { challenge: vec![9; 32], ..said }),
        (Why::Challenge, |said| Said { challenge: Vec::new(), ..said }),
        (Why::Software, |said| Said { attested_by: 0, ..said }),
        (Why::Software, |said| Said { kept_by: 0, ..said }),
        (Why::Unreadable, |said| Said { kept_by: 3, ..said }),
        (Why::Boot, |said| Said { locked: false, ..said }),
        (Why::Boot, |said| Said { boot_state: 1, ..said }),
        (Why::Boot, |said| Said { boot_state: 2, ..said }),
        (Why::App, |said| Said { packages: vec!["app.countersing"], ..said }),
        (Why::App, |said| Said { packages: vec!["app.countersign", "org.example"], ..said }),
        (Why::App, |said| Said { packages: Vec::new(), ..said }),
        (Why::App, |said| Said { signers: vec![[1; 32]], ..said }),
        (Why::App, |said| Said { signers: vec![SIGNER, [1; 32]], ..said }),
        (Why::App, |said| Said { signers: Vec::new(), ..said }),
        (Why::App, |said| Said { every_app: true, ..said }),
        (Why::Usage, |said| Said { origin: 2, ..said }),
        (Why::Usage, |said| Said { purposes: vec![2, 3], ..said }),
        (Why::Usage, |said| Said { algorithm: 1, ..said }),
        // Twice the same member, and something that is none.
        (Why::Unreadable, |said| Said { more: explicit(702, &integer(0)), ..said }),
        (Why::Unreadable, |said| Said { more: integer(1), ..said }),
    ];
    for (number, (why, change)) in changes.into_iter().enumerate() {
        let [pop, uv] = asked.good();
        assert_eq!(asked.found(&change(pop.clone()), &uv), failed(why), "{number}, first key");
        assert_eq!(asked.found(&pop, &change(uv)), failed(why), "{number}, second key");
    }
}

#[test]
fn the_key_for_approvals_asks_for_the_person_each_time() {
    let asked = Asked::new();
    let [pop, uv] = asked.good();
    for person in [
        Said { nobody_is_asked: true, ..uv.clone() },
        Said { asks_for: None, ..uv.clone() },
        Said { asks_for: Some(0), ..uv.clone() },
        Said { stays_open_secs: Some(30), ..uv.clone() },
        pop.clone(),
    ] {
        assert_eq!(asked.found(&pop, &person), failed(Why::Person));
    }
    for kinds in [1, 2, 3, 0xffff_ffff, -1] {
        let uv = Said { asks_for: Some(kinds), stays_open_secs: Some(0), ..uv.clone() };
        assert!(asked.found(&pop, &uv).attested.is_hardware(), "{kinds}");
    }
    // The first key may ask, too.
    assert!(asked.found(&uv, &uv).attested.is_hardware());
}

#[test]
fn a_chain_is_about_its_own_key() {
    let asked = Asked::new();
    let [pop, uv] = asked.good();
    let (first, second) = (MAKER.chain(asked.keys.pop(), &pop), MAKER.chain(asked.keys.uv(), &uv));
    let swapped = MAKER.chain(asked.keys.uv(), &pop);
    assert_eq!(asked.of_chains(&swapped, &second), failed(Why::OtherKey));
    let stranger = MAKER.chain(new_key().public(), &uv);
    assert_eq!(asked.of_chains(&first, &stranger), failed(Why::OtherKey));
}

#[test]
fn only_a_whole_chain_to_a_believed_root_counts() {
    let asked = Asked::new();
    let [pop, uv] = asked.good();
    let (first, second) = (MAKER.chain(asked.keys.pop(), &pop), MAKER.chain(asked.keys.uv(), &uv));
    let of = |pop: Vec<Vec<u8>>| asked.of_chains(&pop, &second);
    assert!(of(first.clone()).attested.is_hardware());
    // Another root, of the same name, too.
    for name in ["Other root", "Test root"] {
        let other = Maker::new(name);
        assert_eq!(of(other.chain(asked.keys.pop(), &pop)), failed(Why::Chain), "{name}");
    }
    let without = |number: usize| {
        let mut chain = first.clone();
        chain.remove(number);
        chain
    };
    assert_eq!(of(without(1)), failed(Why::Chain));
    assert_eq!(of(without(2)), failed(Why::Chain));
    assert_eq!(of(Vec::new()), failed(Why::Chain));
    assert_eq!(of(vec![first[3].clone()]), failed(Why::Chain), "the root alone");
    let mut turned = first.clone();
    turned.swap(1, 2);
    assert_eq!(of(turned), failed(Why::Chain));
    let mut doubled = first.clone();
    doubled.insert(1, first[1].clone());
    assert_eq!(of(doubled), failed(Why::Chain));
    assert_eq!(of(vec![first[0].clone(); 9]), failed(Why::Unreadable), "too long");
    let mut cut = first.clone();
    cut[0].pop();
    assert_eq!(of(cut), failed(Why::Unreadable));
    let mut longer = first.clone();
    longer[0].push(0);
    assert_eq!(of(longer), failed(Why::Unreadable));
    let mut signature = first;
    *signature[0].last_mut().expect("has bytes") ^= 1;
    assert_eq!(of(signature), failed(Why::Chain));
}

#[test]
fn an_attested_key_cannot_vouch_for_another() {
    let asked = Asked::new();
    let [pop, uv] = asked.good();
    let second = MAKER.chain(asked.keys.uv(), &uv);
    // The holder of a real key signs a certificate for one that is anywhere.
    let mut params = issuer("An app's key", 7);
    params.custom_extensions = vec![described(&pop)];
    let attested = Issuer::signed_by(params, p256(), &MAKER.batch).expect("signs");
    for extensions in [vec![described(&pop)], Vec::new()] {
        let leaf = leaf(asked.keys.pop(), extensions, &attested);
        let chain = [vec![leaf, attested.der().to_vec()], MAKER.rest()].concat();
        assert_eq!(asked.of_chains(&chain, &second), failed(Why::Chain));
    }
    // Two descriptions in one certificate are none.
    let twice = leaf(asked.keys.pop(), vec![described(&pop), described(&pop)], &MAKER.batch);
    let found = asked.of_chains(&[vec![twice], MAKER.rest()].concat(), &second);
    assert!(matches!(found.attested, Attested::Failed(Why::Unreadable)), "{found:?}");
    let none = leaf(asked.keys.pop(), Vec::new(), &MAKER.batch);
    assert_eq!(asked.of_chains(&[vec![none], MAKER.rest()].concat(), &second), failed(Why::Unreadable));
}

#[test]
fn dates_count_from_the_first_second_to_the_last() {
    let asked = Asked::new();
    let shown = MAKER.android([asked.keys.pop(), asked.keys.uv()], &asked.challenge);
    // 2026 as the certificates have it.
    let (from, until) = (1_767_225_600, 1_798_761_600);
    for (secs, good) in [(from - 1, false), (from, true), (until, true), (until + 1, false)] {
        let found = MAKER.makers().judge(&shown, &asked.keys, &asked.challenge, UnixTime::from_secs(secs));
        assert_eq!(found.attested.is_hardware(), good, "{secs}");
        if !good {
            assert_eq!(found, failed(Why::Expired));
        }
    }
}

#[test]
fn a_phone_may_carry_an_older_certificate_of_the_roots_key() {
    let asked = Asked::new();
    let [pop, uv] = asked.good();
    let (mut first, second) = (MAKER.chain(asked.keys.pop(), &pop), MAKER.chain(asked.keys.uv(), &uv));
    let mut old = issuer("Test root", 99);
    old.not_before = rcgen::date_time_ymd(2016, 1, 1);
    old.not_after = rcgen::date_time_ymd(2026, 5, 24);
    let old = old.self_signed(MAKER.root.key()).expect("signs");
    *first.last_mut().expect("has a root") = old.der().to_vec();
    assert!(asked.of_chains(&first, &second).attested.is_hardware());
    // Where nothing but the old one is believed, the chain is out of date.
    let mut makers = MAKER.makers();
    makers.android.roots = vec![Root::new(old.der().to_vec()).expect("a root")];
    let found = makers.judge(&shown(&first, &second), &asked.keys, &asked.challenge, NOW);
    assert_eq!(found, failed(Why::Expired));
}

#[test]
fn a_serial_number_that_was_taken_back_is_found_anywhere_in_a_chain() {
    let asked = Asked::new();
    let shown = MAKER.android([asked.keys.pop(), asked.keys.uv()], &asked.challenge);
    for (serial, found) in [("3ab", true), ("2ab", true), ("1ab", true), ("4ab", false)] {
        let mut makers = MAKER.makers();
        let list = format!(r#"{{"entries":{{"{serial}":{{"status":"REVOKED"}}}}}}"#);
        makers.android.revoked = Revoked::from_json(&list);
        let verdict = makers.judge(&shown, &asked.keys, &asked.challenge, NOW);
        assert_eq!(verdict == failed(Why::Revoked), found, "{serial}");
        assert_eq!(verdict.attested.is_hardware(), !found, "{serial}");
    }
}

#[test]
fn without_a_list_or_a_signer_nothing_is_judged() {
    let asked = Asked::new();
    let shown = MAKER.android([asked.keys.pop(), asked.keys.uv()], &asked.challenge);
    let unverified = Verdict { attested: Attested::Unverified, system: None };
    let mut no_list = MAKER.makers();
    no_list.android.revoked = None;
    let mut no_signer = MAKER.makers();
    no_signer.android.signers.clear();
    for makers in [no_list, no_signer] {
        assert_eq!(makers.judge(&shown, &asked.keys, &asked.challenge, NOW), unverified);
    }
    let silent = MAKER.makers().judge(&Attestation::None {}, &asked.keys, &asked.challenge, NOW);
    assert_eq!(silent, NOTHING);
}

#[test]
fn google_signs_its_rsa_root_in_a_way_that_is_verified_here() {
    // Reading a root verifies its own signature: this one is RSA with 4096 bits.
    let makers = Makers::default();
    assert!(format!("{:?}", makers.android.roots).contains("f92009e853b6b045"));
}

/// A Pixel 9a's chain as Google published it for its own verifier (github.com/android/keyattestation,
/// testdata/tegu/sdk36/TEE_EC_2026_ROOT.pem; Apache License 2.0, Google LLC), under the ECDSA root that is
/// built in here. Its key verifies signatures, too, so that it would be none of ours.
#[test]
fn googles_own_sample_is_verified_up_to_what_its_key_may_do() {
    let pem = include_str!("google_sample.pem");
    let ders: Vec<_> = CertificateDer::pem_slice_iter(pem.as_bytes())
        .map(|der| der.expect("is a certificate").to_vec())
        .collect();
    let chain = chain::read(&ders).expect("reads");
    let point = &chain[0].public_key().subject_public_key.data;
    let key = PublicKey::from_point(point).expect("is on P-256");
    let challenge = b"6417f92c-daef-4cc1-8828-5bb39338ffd5";
    // The 23rd of February 2026.
    let then = UnixTime::from_secs(1_771_804_800);

    let value = chain::extension(&chain[0], &KEY_DESCRIPTION).expect("is there");
    let said = key_description::KeyDescription::read(value).expect("reads");
    assert_eq!(said.challenge, challenge);
    let app = said.software.app.expect("is named");
    let signer = *<&[u8; 32]>::try_from(app.signers[0]).expect("a hash");
    assert_eq!(app.packages, [b"com.google.android.attestation"]);
    let hardware = said.hardware;
    assert_eq!(hardware.purposes, Some(vec![2, 3]));
    assert_eq!((hardware.origin, hardware.algorithm, hardware.curve), (Some(0), Some(3), Some(1)));
    assert_eq!((hardware.os_version, hardware.os_patch), (Some(160_000), Some(202_602)));
    let root = hardware.root_of_trust.expect("is there");
    assert!(root.locked && root.boot_state == 0 && hardware.nobody_is_asked);

    let mut makers = Makers::default();
    makers.android.revoked = Some(Revoked::default());
    makers.android.signers = vec![signer];
    let judge = |makers: &Makers, challenge: &[u8], then| {
        makers
            .android
            .judge_key(&ders, &key, &[challenge.to_vec()], Asks::Nobody, then)
            .map(|(place, _)| place)
    };
    assert_eq!(judge(&makers, challenge, then), Err(Why::App), "it is not our app");
    makers.android.package = "com.google.android.attestation".to_owned();
    assert_eq!(judge(&makers, challenge, then), Err(Why::Usage));
    assert_eq!(judge(&makers, b"another", then), Err(Why::Challenge));
    // Its second certificate is good for two weeks.
    for late in [then.plus_secs(14 * 24 * 3600), UnixTime::from_secs(1_771_700_000)] {
        assert_eq!(judge(&makers, challenge, late), Err(Why::Expired));
    }
    let taken_back = r#"{"entries":{"303a8d67c45a0dda7b0dafbc092f5a824a02ec":{"status":"REVOKED"}}}"#;
    makers.android.revoked = Revoked::from_json(taken_back);
    assert_eq!(judge(&makers, challenge, then), Err(Why::Revoked));
    makers.android.roots.pop();
    assert_eq!(judge(&makers, challenge, then), Err(Why::Chain), "the RSA root alone");
}
