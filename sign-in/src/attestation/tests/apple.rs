use base64::engine::general_purpose::{STANDARD as PADDED, URL_SAFE_NO_PAD};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::android::{Asked, NOW};
use super::forge::*;
use super::*;

fn data_of(asked: &Asked) -> Vec<u8> {
    // As the bytes that the texts stand for.
    let [pop, uv] = [asked.keys.pop(), asked.keys.uv()].map(|key| key.thumbprint());
    [asked.bytes.as_slice(), pop.bytes(), uv.bytes()].concat()
}

fn found(asked: &Asked, shown: &Attestation) -> Attested {
    MAKER.makers().judge(shown, &asked.keys, &asked.challenge, NOW).attested
}

const GOOD: Attested = Attested::Hardware(Place::AppAttest);

#[test]
fn this_app_on_apples_hardware_is_verified() {
    let asked = Asked::new();
    assert_eq!(found(&asked, &MAKER.apple(&asked.keys, &asked.challenge)), GOOD);
    // As Apple's own interface writes the bytes.
    let apple = Vouched::new(&data_of(&asked));
    let shown = Attestation::AppleAppAttest {
        object: PADDED.encode(apple.object(&apple.chain(&MAKER))),
        key_id: PADDED.encode(apple.key_id()),
    };
    assert_eq!(found(&asked, &shown), GOOD);
    // With the root, too, which Apple does not send.
    let chain = [apple.chain(&MAKER), vec![MAKER.root.der().to_vec()]].concat();
    assert_eq!(found(&asked, &with_object(&apple, &apple.object(&chain))), GOOD);
}

fn with_object(apple: &Vouched, object: &[u8]) -> Attestation {
    Attestation::AppleAppAttest {
        object: URL_SAFE_NO_PAD.encode(object),
        key_id: URL_SAFE_NO_PAD.encode(apple.key_id()),
    }
}

#[test]
fn it_is_for_this_challenge_and_these_keys() {
    let asked = Asked::new();
    let other = Asked::new();
    let turned = DeviceKeys::new(asked.keys.uv().clone(), asked.keys.pop().clone()).expect("two keys");
    for (keys, challenge) in
        [(&asked.keys, &other.challenge), (&other.keys, &asked.challenge), (&turned, &asked.challenge)]
    {
        assert_eq!(found(&asked, &MAKER.apple(keys, challenge)), Attested::Failed(Why::Challenge));
    }
}

#[test]
fn what_it_lacks_is_found() {
    let asked = Asked::new();
    type Change = fn(Vouched) -> Vouched;
    let changes: [(Why, Change); 9] = [
        (Why::App, |apple| Vouched { app: "ABCDE12345.app.countersing".to_owned(), ..apple }),
        (Why::App, |apple| Vouched { app: "ZZZZZ12345.app.countersign".to_owned(), ..apple }),
        (Why::App, |apple| Vouched { place: *app_attest::DEVELOPMENT, ..apple }),
        (Why::App, |apple| Vouched { place: [0; 16], ..apple }),
        (Why::Challenge, |apple| Vouched { counter: 1, ..apple }),
        (Why::OtherKey, |apple| Vouched { credential: Some([1; 32]), ..apple }),
        (Why::Unreadable, |apple| Vouched { flags: 0, ..apple }),
        (Why::Expired, |apple| Vouched { not_after: (2026, 9, 21), ..apple }),
        (Why::Unreadable, |apple| Vouched { nonces: 2, ..apple }),
    ];
    for (number, (why, change)) in changes.into_iter().enumerate() {
        let apple = change(Vouched::new(&data_of(&asked)));
        assert_eq!(found(&asked, &apple.shown(&MAKER)), Attested::Failed(why), "{number}");
    }
    let none = Vouched { nonces: 0, ..Vouched::new(&data_of(&asked)) };
    assert_eq!(found(&asked, &none.shown(&MAKER)), Attested::Failed(Why::Unreadable));
    // The id of another key.
    let apple = Vouched::new(&data_of(&asked));
    let object = apple.object(&apple.chain(&MAKER));
    let stranger = Vouched::new(&data_of(&asked));
    assert_eq!(found(&asked, &with_object(&stranger, &object)), Attested::Failed(Why::OtherKey));
}

#[test]
fn a_developers_build_counts_where_the_operator_says_so() {
    let asked = Asked::new();
    let apple = Vouched { place: *app_attest::DEVELOPMENT, ..Vouched::new(&data_of(&asked)) };
    let mut makers = MAKER.makers();
    makers.apple.development = true;
    let judge = |makers: &Makers| makers.judge(&apple.shown(&MAKER), &asked.keys, &asked.challenge, NOW);
    assert_eq!(judge(&makers).attested, GOOD);
    makers.apple.apps.clear();
    assert_eq!(judge(&makers).attested, Attested::Unverified);
}

#[test]
fn only_a_whole_chain_and_a_whole_object_count() {
    let asked = Asked::new();
    let apple = Vouched::new(&data_of(&asked));
    let chain = apple.chain(&MAKER);
    let of = |object: &[u8]| found(&asked, &with_object(&apple, object));
    assert_eq!(found(&asked, &apple.shown(&Maker::new("Test root"))), Attested::Failed(Why::Chain));
    assert_eq!(of(&apple.object(&chain[..1])), Attested::Failed(Why::Chain));
    // The certificate in between says nothing of a challenge.
    assert_eq!(of(&apple.object(&chain[1..])), Attested::Failed(Why::Unreadable));
    assert_eq!(of(&apple.object(&[])), Attested::Failed(Why::Chain));
    assert_eq!(of(&apple.object(&vec![chain[0].clone(); 5])), Attested::Failed(Why::Unreadable));
    let whole = apple.object(&chain);
    for cut in [0, 1, 40, whole.len() - 1] {
        assert_eq!(of(&whole[..cut]), Attested::Failed(Why::Unreadable), "{cut}");
    }
    assert_eq!(of(&[whole, vec![0]].concat()), Attested::Failed(Why::Unreadable), "more after it");
    assert_eq!(of(&object("packed", &chain, &apple.auth_data())), Attested::Failed(Why::Unreadable));
    let not_base64 = Attestation::AppleAppAttest { object: "o2Z*".to_owned(), key_id: String::new() };
    assert_eq!(found(&asked, &not_base64), Attested::Failed(Why::Unreadable));
}

/// A key that an app holds has a certificate of Apple's, and does not issue others.
#[test]
fn an_attested_key_cannot_vouch_for_another() {
    let asked = Asked::new();
    let mut params = issuer("An app's key", 7);
    params.is_ca = rcgen::IsCa::NoCa;
    let holder = Issuer::signed_by(params, p256(), &MAKER.middle).expect("signs");
    let forger = Maker { root: Maker::new("x").root, middle: holder, batch: Maker::new("x").batch };
    let apple = Vouched::new(&data_of(&asked));
    let chain = [apple.chain(&forger), vec![MAKER.middle.der().to_vec()]].concat();
    assert_eq!(found(&asked, &with_object(&apple, &apple.object(&chain))), Attested::Failed(Why::Chain));
}

/// The sample of Apple's "Attestation Object Validation Guide" (developer.apple.com), without the receipt, at
/// a time when it was valid. The app in it gave the challenge itself where its hash belongs.
#[test]
fn apples_own_sample_is_verified() {
    let pem = include_str!("apple_sample.pem");
    let chain: Vec<_> = CertificateDer::pem_slice_iter(pem.as_bytes())
        .map(|der| der.expect("is a certificate").to_vec())
        .collect();
    let auth_data = PADDED.decode(SAMPLE).expect("is Base64");
    let sample = object("apple-appattest", &chain, &auth_data);
    let key_id = PADDED.decode("zgSY9YSD+7TaDXssY6WlOPVS1K3Lmk+pFhlcSWE+ZV0=").expect("is Base64");
    let mut apple = Makers::default().apple;
    apple.apps = vec!["1234567890.com.example.myapp".to_owned()];
    let judge = |apple: &Apple, challenge: &[u8], secs| {
        apple.judge_hash(&sample, &key_id, &[challenge.to_vec()], UnixTime::from_secs(secs))
    };
    let challenge = b"example_server_challenge";
    // The first and the last second of three days in April 2026.
    for good in [1_776_708_792, 1_776_967_992] {
        assert_eq!(judge(&apple, challenge, good), Ok(()));
    }
    assert_eq!(judge(&apple, challenge, 1_776_708_791), Err(Why::Expired));
    assert_eq!(judge(&apple, challenge, 1_776_967_993), Err(Why::Expired));
    assert_eq!(judge(&apple, b"example_server_challengf", 1_776_800_000), Err(Why::Challenge));
    apple.apps = vec!["1234567890.com.example.other".to_owned()];
    assert_eq!(judge(&apple, challenge, 1_776_800_000), Err(Why::App));
}

const SAMPLE: &str = "9EZtaPketsEGIMt+Y8coMkRoXuHWRntUFg51MXIFfwNAAAAAAGFwcGF0dGVzdAAAAAAAAAAAIM4EmPWEg/u02g17\
                      LGOlpTj1UtSty5pPqRYZXElhPmVdpQECAyYgASFYIEMyVErPMj23dEQ8qvM59W5+lcck+sLBQlnzZeJEVlCyIlgg\
                      tfsoW89Um8tgWUQS52gqJCfuran7Ut/tCxqxftCfqb2id2FwcGxlX2J1bmRsZV92ZXJzaW9uXzAxYTF4HGFwcGxl\
                      X3ZhbGlkYXRpb25fY2F0ZWdvcnlfMDFEAQAAAA==";
