use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::approval::activation::{
    self, ActivationCode, ActivationLink, Begin, Begun, BegunRefused, Completed, Completion,
    CompletionRefused, Handle, ManualActivation, ManualCode,
};
use crate::approval::proof::{self, Call};
use crate::approval::wire::{
    self, AppVersion, DeviceAbout, Discovery, DiscoveryRefused, MinApp, Platform, PushRefused,
    PushSubscription,
};
use crate::codes::Mover;
use crate::seal::sign::JwsRefused;

fn begun_json() -> Value {
    json!({
        "activation_id": "act_51c2",
        "attestation_challenge": attestation_challenge().as_str(),
        "dpop_nonce": "n-7fK2",
        "expires_in": 540,
        "account": {"id": "acc_h4K0t2", "username": "alice@contoso.example", "display_name": "Alice"},
        "service": {"name": "Contoso Sign-in", "jwk": public("service")},
        "policy": {"uv": "required", "attestation": "preferred", "match_len": 2, "totp": true},
        "server_time": 1_790_000_000,
    })
}

fn attestation_challenge() -> Nonce {
    let (_, claims) = parts(completion()["uv_proof"].as_str().expect("text"));
    Nonce::try_from(claims["att"].as_str().expect("text")).expect("a nonce")
}

fn completion() -> Value {
    serde_json::from_str(&vector("activate_complete_body")).expect("JSON")
}

fn activation_id() -> ActivationId {
    ActivationId::try_from("act_51c2").expect("an id")
}

fn proven(body: &str) -> proof::Proven {
    let url = "https://signin.example.org/approval/v1/activation/complete";
    let call = Call { method: "POST", url, body: body.as_bytes() };
    proof::check(vector("activate_complete_dpop").as_bytes(), call, |_| true).expect("is taken")
}

#[test]
fn the_published_link_is_read_and_written_back() {
    let text = vector("activation_qr");
    let link = ActivationLink::parse(&text).expect("a link");
    assert_eq!(link.origin, issuer());
    assert_eq!(link.key, public("service").thumbprint());
    assert_eq!(link.print().expose(), text);
    assert_eq!(format!("{:?}", link.code), "ActivationCode(..)");
    assert!(!format!("{link:?}").contains("3F7K"));
}

#[test]
fn a_link_that_is_not_whole_says_why() {
    let good = vector("activation_qr");
    let key = public("service").thumbprint();
    for (text, why) in [
        (good.replace("https", "http"), LinkRefused::NotSecure),
        (good.replace("#v=1", "#v=2"), LinkRefused::NewerVersion),
        (good.replace("#v=1&", "#"), LinkRefused::Malformed),
        (good.replace("&c=3", "&c="), LinkRefused::Code),
        (good.replace("&c=3", "&c=U"), LinkRefused::Code),
        (good.replace("&c=", "&x="), LinkRefused::Code),
        (good.replace("&k=M", "&k="), LinkRefused::Key),
        (good.replace("&k=", "&x="), LinkRefused::Key),
        (format!("{good}&k={key}"), LinkRefused::Repeated),
        (format!("{good}&v=1"), LinkRefused::Repeated),
        (format!("{good}&"), LinkRefused::Malformed),
        (good.replace("/activate", "/activate/"), LinkRefused::Malformed),
        (good.replace("/activate", "/x/activate"), LinkRefused::Malformed),
        (good.replace("https://", "https://user@"), LinkRefused::Malformed),
        (format!("{good}&x={}", "x".repeat(500)), LinkRefused::Malformed),
    ] {
        assert_eq!(ActivationLink::parse(&text).map(|_| ()).unwrap_err(), why, "{text}");
    }
    let newer = format!("{good}&t=x");
    assert!(ActivationLink::parse(&newer).is_ok(), "what it does not know is for newer apps");
    let local = good.replace("https://signin.example.org", "http://127.0.0.1:8080");
    assert!(ActivationLink::parse(&local).is_ok());
}

#[test]
fn what_is_typed_may_be_typed_in_several_ways() {
    for (address, code) in [
        ("https://signin.example.org/a/7KQ2MX", "K7QF2-M9XTD"),
        (" signin.example.org/a/7kq2mx/ ", "k7qf2m9xtd"),
        ("SIGNIN.example.org:443/a/7KQ2MX", " K7QF2 M9XTD "),
    ] {
        let typed = ManualActivation::parse(address, code).expect("is read");
        assert_eq!(typed.origin, issuer());
        assert_eq!(typed.handle.as_str(), "7KQ2MX");
        assert_eq!(typed.code.grouped().expose(), "K7QF2-M9XTD");
        let address = ManualActivation::address(&typed.origin, &typed.handle);
        assert_eq!(address, "https://signin.example.org/a/7KQ2MX");
    }
    for (address, code, why) in [
        ("https://signin.example.org/a/7KQ2M", "K7QF2-M9XTD", LinkRefused::Malformed),
        ("https://signin.example.org/7KQ2MX", "K7QF2-M9XTD", LinkRefused::Malformed),
        ("signin.example.org", "K7QF2-M9XTD", LinkRefused::Malformed),
        ("http://signin.example.org/a/7KQ2MX", "K7QF2-M9XTD", LinkRefused::NotSecure),
        ("https://signin.example.org/a/7KQ2MX", "K7QF2-M9XT", LinkRefused::Code),
        ("", "", LinkRefused::Malformed),
    ] {
        assert_eq!(ManualActivation::parse(address, code).map(|_| ()).unwrap_err(), why, "{address} {code}");
    }
}

#[test]
fn both_ways_to_begin_are_read_back() {
    let link = ActivationLink::parse(&vector("activation_qr")).expect("a link");
    let body = Begin::Scanned(link.code).to_json();
    assert_eq!(body.expose(), r#"{"code":"3F7K9QWXTB2M8RVNZ4YHDC6G5J","handle":null}"#);
    let begin = Begin::from_json(body.expose().as_bytes()).expect("reads");
    assert!(matches!(&begin, Begin::Scanned(code) if code.secret().expose() == "3F7K9QWXTB2M8RVNZ4YHDC6G5J"));
    let code = ManualCode::parse("K7QF2-M9XTD").expect("a code");
    let body = Begin::Typed { handle: Handle::parse("7KQ2MX").expect("a handle"), code }.to_json();
    assert_eq!(body.expose(), r#"{"code":"K7QF2M9XTD","handle":"7KQ2MX"}"#);
    let begin = Begin::from_json(body.expose().as_bytes()).expect("reads");
    assert!(matches!(&begin, Begin::Typed { handle, .. } if handle.as_str() == "7KQ2MX"));
    for bad in [
        r#"{"code":"K7QF2M9XTD"}"#,
        r#"{"code":"3F7K9QWXTB2M8RVNZ4YHDC6G5J","handle":"7KQ2MX"}"#,
        r#"{"code":"K7QF2M9XTD","handle":""}"#,
        r#"{"code":null}"#,
        "{}",
    ] {
        assert!(Begin::from_json(bad.as_bytes()).is_none(), "{bad}");
    }
    assert_eq!(format!("{begin:?}"), r#"Typed { handle: Handle("7KQ2MX"), code: ManualCode(..) }"#);
}

#[test]
fn the_services_key_must_be_the_one_in_the_code() {
    let body = begun_json().to_string();
    let pinned = public("service").thumbprint();
    let begun = Begun::from_json(body.as_bytes(), Some(&pinned)).expect("is believed");
    assert_eq!(Begun::from_json(&begun.to_json(), None), Ok(begun));
    let other = public("uv").thumbprint();
    assert_eq!(Begun::from_json(body.as_bytes(), Some(&other)), Err(BegunRefused::OtherKey));
    let mut private = begun_json();
    private["service"]["jwk"]["d"] = json!("AA");
    assert_eq!(Begun::from_json(private.to_string().as_bytes(), None), Err(BegunRefused::Malformed));
    assert_eq!(Begun::from_json(b"", None), Err(BegunRefused::Malformed));
    assert_eq!(activation::fingerprint(&pinned), "64FX-F87K");
}

#[test]
fn the_published_completion_gives_both_keys() {
    let body = vector("activate_complete_body");
    let completion = Completion::from_json(body.as_bytes()).expect("reads");
    assert_eq!(completion.to_json(), body.as_bytes());
    let keys = completion
        .check(&proven(&body), &issuer(), &activation_id(), &attestation_challenge(), None)
        .expect("is taken");
    assert_eq!((keys.pop(), keys.uv()), (&public("pop"), &public("uv")));
}

#[test]
fn a_completion_belongs_to_its_activation_service_and_first_key() {
    let body = vector("activate_complete_body");
    let proven = proven(&body);
    let completion = Completion::from_json(body.as_bytes()).expect("reads");
    let challenge = attestation_challenge();
    let check = |issuer: &Origin, activation: &ActivationId, challenge: &Nonce| {
        completion.check(&proven, issuer, activation, challenge, None).map(|_| ()).unwrap_err()
    };
    let other = CompletionRefused::OtherActivation;
    let elsewhere = Origin::parse("https://evil.example").expect("an origin");
    assert_eq!(check(&elsewhere, &activation_id(), &challenge), other);
    assert_eq!(check(&issuer(), &ActivationId::make(&mut rng(1)), &challenge), other);
    assert_eq!(check(&issuer(), &activation_id(), &Nonce::make(&mut rng(1))), other);
    let thief = proof::Proven { key: public("service"), ..proven.clone() };
    let why = completion.check(&thief, &issuer(), &activation_id(), &challenge, None).unwrap_err();
    assert_eq!((why, why.problem()), (other, ProblemCode::NotFound));

    let with_proof = |uv_proof: String| {
        let completion = Completion { uv_proof, ..completion.clone() };
        completion.check(&proven, &issuer(), &activation_id(), &challenge, None).map(|_| ()).unwrap_err()
    };
    let unsigned = |key: &PublicKey| {
        let pop = public("pop").thumbprint();
        activation::uv_proof(&issuer(), "act_51c2", &challenge, pop, key, NOW)
    };
    let one = unsigned(&public("pop"));
    let signature = private("pop").sign(one.signing_input()).expect("signs");
    assert_eq!(with_proof(one.signed(&signature)), CompletionRefused::OneKey);
    let forged = unsigned(&public("uv"));
    let signature = private("pop").sign(forged.signing_input()).expect("signs");
    assert_eq!(with_proof(forged.signed(&signature)), CompletionRefused::Signature);
    let wrong_kind = CompletionRefused::Unreadable(JwsRefused::OtherType);
    assert_eq!(with_proof(vector("activate_complete_dpop")), wrong_kind);
    let good = unsigned(&public("uv"));
    let signature = private("uv").sign(good.signing_input()).expect("signs");
    let completion = Completion { uv_proof: good.signed(&signature), ..completion.clone() };
    let granted_to = |key: Option<&PublicKey>| {
        let key = key.map(PublicKey::thumbprint);
        completion.check(&proven, &issuer(), &activation_id(), &challenge, key.as_ref()).map(|_| ())
    };
    assert_eq!(granted_to(None), Ok(()));
    assert_eq!(granted_to(Some(&public("pop"))), Ok(()));
    assert_eq!(granted_to(Some(&public("uv"))), Err(other), "a grant is for the key that began it");
}

#[test]
fn the_seed_becomes_an_account_under_the_rules_of_every_other() {
    let body = json!({
        "device_id": "dev_9mQ2x7c1Vb0", "account_id": "acc_h4K0t2", "state": "pending_confirmation",
        "totp": {"secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "algorithm": "SHA1", "digits": 6, "period": 30},
        "dpop_nonce": "n-8Ab1", "server_time": 1_790_000_004,
    });
    let completed = Completed::from_json(body.to_string().as_bytes()).expect("reads");
    assert!(!format!("{completed:?}").contains("JBSW"));
    assert_eq!(completed.to_json().expose(), body.to_string());
    let seed = completed.totp.expect("is there");
    let account = seed.account("Contoso", "alice").expect("an account");
    assert_eq!(account.secret.len(), 20);
    assert!(matches!(account.spec.mover, Mover::Time { period } if period.secs() == 30));
    let without = Completed::from_json(
        br#"{"device_id":"d","account_id":"a","state":"active","dpop_nonce":"n","server_time":1}"#,
    );
    assert!(without.expect("reads").totp.is_none());
}

#[test]
fn a_device_has_a_name_and_not_a_long_one() {
    let about = |name: &str| {
        wire::read::<DeviceAbout>(json!({"name": name, "platform": "linux"}).to_string().as_bytes())
            .map(|about| about.name)
    };
    assert_eq!(about(" Pi\u{202e}xel 9 ").as_deref(), Some("Pixel 9"));
    assert_eq!(about(&"å".repeat(64)), Some("å".repeat(64)));
    assert_eq!(about(&"å".repeat(65)), None);
    assert_eq!(about(" \u{200b}"), None);
    assert_eq!(wire::MAX_DEVICE_NAME, Limits::default().device_name);
    assert!(wire::read::<DeviceAbout>(br#"{"name":"x","platform":"toaster"}"#).is_none());
}

#[test]
fn a_push_address_is_https_and_its_keys_are_keys() {
    let point = BASE64.encode(public("uv").point());
    let secret = BASE64.encode([1; 16]);
    let push = |endpoint: &str, point: &str, secret: &str| {
        PushSubscription::new(endpoint.to_owned(), point.to_owned(), secret.to_owned())
    };
    let good = push("https://push.example.net/w/8f", &point, &secret).expect("is taken");
    assert!(good.is_public());
    assert_eq!(wire::read::<PushSubscription>(&wire::write(&good)), Some(good));
    for endpoint in ["http://push.example.net/", "ftp://x/", "", &format!("https://x/{}", "x".repeat(1024))] {
        assert_eq!(push(endpoint, &point, &secret), Err(PushRefused::Endpoint), "{endpoint}");
    }
    for endpoint in ["https://169.254.169.254/", "http://127.0.0.1:8080/up", "https://router.lan/"] {
        assert!(!push(endpoint, &point, &secret).expect("is taken").is_public(), "{endpoint}");
    }
    assert_eq!(push("https://x.example/", "AAAA", &secret), Err(PushRefused::Key));
    assert_eq!(push("https://x.example/", &point, "AAAA"), Err(PushRefused::Key));
}

#[test]
fn a_service_speaks_for_its_own_origin_only() {
    let ours = Discovery::at(issuer(), "Contoso Sign-in".into(), NOW);
    assert_eq!(Discovery::from_json(&wire::write(&ours), &issuer()), Ok(ours.clone()));
    let transaction = TransactionId::try_from("txn_Zk3u0o1mQ4mU2rVb8gq5Yw").expect("an id");
    assert_eq!(
        ours.answer_endpoint(&transaction),
        "https://signin.example.org/approval/v1/challenges/txn_Zk3u0o1mQ4mU2rVb8gq5Yw/answer"
    );
    let with = |change: fn(&mut Discovery)| {
        let mut found = ours.clone();
        change(&mut found);
        Discovery::from_json(&wire::write(&found), &issuer()).unwrap_err()
    };
    let elsewhere = Origin::parse("https://evil.example").expect("an origin");
    let asked_elsewhere = Discovery::from_json(&wire::write(&ours), &elsewhere).unwrap_err();
    assert_eq!(asked_elsewhere, DiscoveryRefused::OtherIssuer);
    let evil =
        |found: &mut Discovery| found.device_endpoint = "https://signin.example.org.evil.example/".into();
    assert_eq!(with(evil), DiscoveryRefused::OtherOrigin);
    assert_eq!(with(|found| found.jwks_uri = "/jwks".into()), DiscoveryRefused::OtherOrigin);
    assert_eq!(with(|found| found.versions = vec!["2".into()]), DiscoveryRefused::OtherVersion);
    assert_eq!(Discovery::from_json(b"<html>", &issuer()), Err(DiscoveryRefused::Malformed));
}

#[test]
fn a_mail_domain_names_another_service_and_nothing_else() {
    let domain = Origin::parse("https://contoso.example").expect("an origin");
    let referral = |text: &str| Discovery::referral(text.as_bytes(), &domain);
    assert_eq!(referral(r#"{"issuer":"https://signin.example.org"}"#), Some(issuer()));
    let whole = wire::write(&Discovery::at(issuer(), "Contoso".into(), NOW));
    assert_eq!(Discovery::referral(&whole, &domain), Some(issuer()));
    assert_eq!(Discovery::referral(&whole, &issuer()), None, "it is the service itself");
    for text in [
        "",
        "<html>",
        "{}",
        r#"{"issuer":"http://localhost:8080"}"#,
        r#"{"issuer":"http://127.0.0.1"}"#,
        r#"{"issuer":"http://signin.example.org"}"#,
        r#"{"issuer":"https://signin.example.org/path"}"#,
        r#"{"issuer":"https://a.example","issuer":"https://b.example"}"#,
    ] {
        assert_eq!(referral(text), None, "{text}");
    }
}

#[test]
fn an_app_is_too_old_where_there_is_an_oldest_and_it_is_older_or_does_not_say() {
    let min = MinApp { android: AppVersion::parse("1.2.0"), ios: None, desktop: AppVersion::parse("2.0.0") };
    for (platform, app, too_old) in [
        (Platform::Android, Some("1.1.9"), true),
        (Platform::Android, Some("1.2.0"), false),
        (Platform::Android, Some("1.10.0"), false),
        (Platform::Android, None, true),
        (Platform::Android, Some("newest"), true),
        (Platform::Ios, None, false),
        (Platform::Linux, Some("1.9.0"), true),
        (Platform::Macos, Some("2.0.0"), false),
        (Platform::Windows, Some("2.0.0"), false),
    ] {
        assert_eq!(min.is_too_old(platform, app), too_old, "{platform:?} {app:?}");
    }
}

#[test]
fn versions_are_ordered_by_their_numbers() {
    let version = |text: &str| AppVersion::parse(text).expect("a version");
    assert!(version("1.10.0") > version("1.9.9"));
    assert!(version("1.0.0") == version("01.0.0"));
    for text in ["1.0", "1.0.0.0", "1.0.x", "+1.0.0", "", "1..0", "99999999999.0.0"] {
        assert_eq!(AppVersion::parse(text), None, "{text}");
    }
}

proptest! {
    #[test]
    fn what_is_printed_is_read_back(seed in any::<[u8; 32]>(), port in 1u16..) {
        use rand_chacha::rand_core::SeedableRng as _;
        let mut rng = ChaCha20Rng::from_seed(seed);
        let link = ActivationLink {
            origin: Origin::parse(&format!("https://example.org:{port}")).unwrap(),
            code: ActivationCode::make(&mut rng),
            key: public("uv").thumbprint(),
        };
        let printed = link.print();
        let again = ActivationLink::parse(printed.expose()).unwrap().print();
        prop_assert_eq!(again.expose(), printed.expose());
        let (handle, code) = (Handle::make(&mut rng), ManualCode::make(&mut rng));
        let address = ManualActivation::address(&link.origin, &handle);
        let typed = ManualActivation::parse(&address, code.grouped().expose()).unwrap();
        prop_assert_eq!(typed.handle, handle);
        prop_assert_eq!(typed.code.secret().expose(), code.secret().expose());
    }

    #[test]
    fn no_text_panics(start in prop::sample::select(vec!["", "https://x/activate#", "x/a/"]), rest in any::<String>()) {
        let text = format!("{start}{rest}");
        let _ = ActivationLink::parse(&text);
        let _ = ActivationLink::is_meant(&text);
        let _ = ManualActivation::parse(&text, &rest);
        let _ = Begin::from_json(text.as_bytes());
        let _ = Begun::from_json(rest.as_bytes(), None);
        let _ = Completion::from_json(rest.as_bytes());
        let _ = Problem::from_json(rest.as_bytes());
    }
}
