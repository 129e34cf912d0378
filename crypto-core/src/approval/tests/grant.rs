use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::approval::activation::ActivationLink;
use crate::approval::grant::{
    self, GrantBegin, GrantBegun, GrantPoll, GrantRefused, GrantState, GrantStatus, UserCode,
};

fn begun_json() -> Value {
    json!({
        "grant_id": "grt_Zk3u0o1mQ4mU2rVb8gq5Yw", "user_code": "WDJB-MJHT",
        "verification_uri": "https://signin.example.org/add", "expires_in": 600, "interval": 3,
        "server_time": 1_790_000_000,
    })
}

fn begun(body: &Value) -> Result<GrantBegun, GrantRefused> {
    GrantBegun::from_json(body.to_string().as_bytes(), &issuer())
}

fn status_json(status: &str, activation: Value) -> Value {
    json!({"status": status, "interval": 3, "activation": activation, "server_time": 1_790_000_000})
}

fn status(body: &Value) -> Result<GrantStatus, GrantRefused> {
    GrantStatus::from_json(body.to_string().as_bytes(), &issuer())
}

#[test]
fn both_calls_are_at_the_service_itself() {
    assert_eq!(grant::begin_endpoint(&issuer()), "https://signin.example.org/approval/v1/grant/begin");
    assert_eq!(grant::poll_endpoint(&issuer()), "https://signin.example.org/approval/v1/grant/poll");
}

#[test]
fn what_is_asked_is_read_back() {
    let body =
        br#"{"device":{"name":"Pixel 9","platform":"android","model":"Pixel 9","os":"16","app":"1.0.0"}}"#;
    let begin = GrantBegin::from_json(body).expect("reads");
    assert_eq!(begin.device.name, "Pixel 9");
    assert_eq!(begin.to_json(), body);
    for bad in [&b"{}"[..], br#"{"device":null}"#, br#"{"device":["Pixel 9","android"]}"#] {
        assert_eq!(GrantBegin::from_json(bad), None);
    }
    let poll = GrantPoll { grant_id: GrantId::make(&mut rng(1)) };
    assert_eq!(GrantPoll::from_json(&poll.to_json()), Some(poll));
    for bad in [&br#"{"grant_id":"grt_short"}"#[..], br#"{"grant_id":"grt_../../../../../../../../x"}"#, b""]
    {
        assert_eq!(GrantPoll::from_json(bad), None);
    }
}

#[test]
fn the_person_is_sent_to_the_service_that_was_asked_and_nowhere_else() {
    let good = begun(&begun_json()).expect("is believed");
    assert_eq!(begun(&body(&good.to_json())).as_ref(), Ok(&good));
    assert_eq!(good.user_code.as_str(), "WDJB-MJHT");
    assert!(!format!("{good:?}").contains("WDJB"));
    for (uri, why) in [
        ("https://evil.example/add", GrantRefused::OtherOrigin),
        ("https://signin.example.org.evil.example/add", GrantRefused::OtherOrigin),
        ("https://signin.example.org@evil.example/add", GrantRefused::OtherOrigin),
        ("http://signin.example.org/add", GrantRefused::OtherOrigin),
        ("https://signin.example.org", GrantRefused::OtherOrigin),
        ("javascript:alert(1)", GrantRefused::OtherOrigin),
        ("https://signin.example.org/add?user_code=WDJB-MJHT", GrantRefused::Malformed),
        ("https://signin.example.org/add#WDJB-MJHT", GrantRefused::Malformed),
        ("https://signin.example.org/add\u{202e}", GrantRefused::Malformed),
        (" https://signin.example.org/add", GrantRefused::Malformed),
        (&format!("https://signin.example.org/{}", "x".repeat(512)), GrantRefused::Malformed),
    ] {
        let mut body = begun_json();
        body["verification_uri"] = json!(uri);
        assert_eq!(begun(&body), Err(why), "{uri}");
    }
}

#[test]
fn no_service_makes_a_phone_ask_all_the_time_or_for_ever() {
    for (member, good, bad) in [("interval", [1, 60], [0, 61]), ("expires_in", [1, 3600], [0, 3601])] {
        for (seconds, expected) in
            good.map(|secs| (secs, true)).into_iter().chain(bad.map(|secs| (secs, false)))
        {
            let mut body = begun_json();
            body[member] = json!(seconds);
            assert_eq!(begun(&body).is_ok(), expected, "{member} {seconds}");
        }
    }
    for (seconds, expected) in [(0, false), (1, true), (60, true), (61, false)] {
        let mut body = status_json("pending", json!(null));
        body["interval"] = json!(seconds);
        assert_eq!(status(&body).is_ok(), expected, "{seconds}");
    }
}

#[test]
fn an_answer_that_lacks_something_is_refused() {
    for member in begun_json().as_object().expect("an object").keys() {
        let mut body = begun_json();
        without(&mut body, member);
        assert_eq!(begun(&body), Err(GrantRefused::Malformed), "{member}");
    }
    for member in ["status", "interval", "server_time"] {
        let mut body = status_json("pending", json!(null));
        without(&mut body, member);
        assert_eq!(status(&body).map(|_| ()), Err(GrantRefused::Malformed), "{member}");
    }
}

#[test]
fn granted_and_only_granted_has_a_link_of_the_same_service() {
    let link = vector("activation_qr");
    let granted = status(&status_json("granted", json!(link))).expect("is believed");
    assert!(!format!("{granted:?}").contains("3F7K"));
    assert!(matches!(&granted.state, GrantState::Granted(found) if found.print().expose() == link));
    assert_eq!(granted.interval, 3);
    assert_eq!(granted.server_time, UnixTime::from_secs(1_790_000_000));
    let pending = status(&status_json("pending", json!(null))).expect("is believed");
    assert!(matches!(pending.state, GrantState::Pending));
    let denied = status(&status_json("denied", json!(null))).expect("is believed");
    assert!(matches!(denied.state, GrantState::Denied));
    for (word, activation, why) in [
        ("granted", json!(null), GrantRefused::Malformed),
        ("granted", json!(""), GrantRefused::Malformed),
        ("granted", json!(link.replace("#v=1", "#v=2")), GrantRefused::Malformed),
        ("granted", json!(link.replace("signin", "evil")), GrantRefused::OtherOrigin),
        ("granted", json!(link.replace(".org", ".org:8443")), GrantRefused::OtherOrigin),
        ("pending", json!(link), GrantRefused::Malformed),
        ("denied", json!(link), GrantRefused::Malformed),
        ("slow_down", json!(null), GrantRefused::Malformed),
    ] {
        let body = status_json(word, activation);
        assert_eq!(status(&body).map(|_| ()), Err(why), "{body}");
    }
}

#[test]
fn what_the_service_says_the_phone_reads() {
    let link = vector("activation_qr");
    for state in [
        GrantState::Pending,
        GrantState::Denied,
        GrantState::Granted(ActivationLink::parse(&link).expect("a link")),
    ] {
        let word = format!("{state:?}");
        let written = GrantStatus { state, interval: 5, server_time: NOW }.to_json();
        let read = GrantStatus::from_json(written.expose().as_bytes(), &issuer()).expect("is believed");
        assert_eq!((format!("{:?}", read.state), read.interval, read.server_time), (word, 5, NOW));
    }
}

#[test]
fn a_code_may_be_typed_in_several_ways() {
    for text in ["WDJB-MJHT", "wdjbmjht", " wdjb mjht\n", "W-D-J-B-M-J-H-T", "wDjB\u{a0}MjHt"] {
        assert_eq!(UserCode::parse(text).expect("a code").as_str(), "WDJB-MJHT", "{text}");
    }
    for text in
        ["WDJB-MJH", "WDJB-MJHTB", "WDJB-MJHA", "WDJB-MJH1", "WDJB-MJHY", "WDJB_MJHT", "ＷDJB-MJHT", "", "-"]
    {
        assert_eq!(UserCode::parse(text), None, "{text}");
    }
}

#[test]
fn every_letter_is_as_likely_as_every_other_wherever_it_stands() {
    let mut rng = rng(4);
    let mut counts: BTreeMap<(usize, char), f64> = BTreeMap::new();
    for _ in 0..20_000 {
        for place in UserCode::make(&mut rng).as_str().char_indices().filter(|&(_, letter)| letter != '-') {
            *counts.entry(place).or_default() += 1.0;
        }
    }
    assert_eq!(counts.len(), 8 * 20);
    let letters: String = counts.keys().filter(|(place, _)| *place == 0).map(|(_, letter)| letter).collect();
    assert_eq!(letters, "BCDFGHJKLMNPQRSTVWXZ");
    let chi_squared: f64 = counts.values().map(|count| (count - 1000.0).powi(2) / 1000.0).sum();
    assert!(chi_squared < 245.0, "{chi_squared} of 152 degrees of freedom, one in a million");
}

fn body(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).expect("JSON")
}

proptest! {
    #[test]
    fn what_is_made_is_read_back(seed in any::<u8>()) {
        let code = UserCode::make(&mut rng(seed));
        prop_assert_eq!(UserCode::parse(code.as_str()), Some(code.clone()));
        prop_assert_eq!(UserCode::parse(&code.as_str().to_lowercase().replace('-', "")), Some(code));
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = UserCode::parse(&text);
        let _ = GrantBegin::from_json(text.as_bytes());
        let _ = GrantPoll::from_json(text.as_bytes());
        let _ = GrantBegun::from_json(text.as_bytes(), &issuer());
        let _ = GrantStatus::from_json(text.as_bytes(), &issuer());
    }
}
