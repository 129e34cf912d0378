use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::approval::proof::{self, Call, ProofRefused, Proven};
use crate::seal::sign::{Digest, JwkRefused, JwsRefused};

const URL: &str = "https://signin.example.org/approval/v1/activation/complete";
const NONCE: &str = "n-7fK2";

fn call(body: &str) -> Call<'_> {
    Call { method: "POST", url: URL, body: body.as_bytes() }
}

fn check(jws: &str, call: Call<'_>) -> Result<Proven, ProofRefused> {
    proof::check(jws.as_bytes(), call, |nonce| nonce == NONCE)
}

fn proof_with(change: impl FnOnce(&mut Value, &mut Value)) -> String {
    changed(&vector("activate_complete_dpop"), &private("pop"), change)
}

#[test]
fn the_published_proof_is_taken() {
    let body = vector("activate_complete_body");
    let proven = check(&vector("activate_complete_dpop"), call(&body)).expect("is taken");
    assert_eq!(proven.key, public("pop"));
    assert_eq!(proven.id, "p0Zk1n8xS0e7");
}

/// https://www.rfc-editor.org/rfc/rfc9449#section-4.1
#[test]
fn the_example_of_rfc_9449_is_a_proof_that_lacks_a_nonce() {
    let jws = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
    let call = Call { method: "POST", url: "https://server.example.com/token", body: b"" };
    assert_eq!(check(jws, call), Err(ProofRefused::Nonce));
    let proven = proof::check(jws.as_bytes(), call, |nonce| nonce.is_empty()).expect("is taken");
    assert_eq!(proven.key.thumbprint().to_string(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
}

#[test]
fn a_proof_is_good_for_its_own_call_only() {
    let body = vector("activate_complete_body");
    let jws = vector("activate_complete_dpop");
    let good = call(&body);
    for (call, why) in [
        (Call { method: "PUT", ..good }, ProofRefused::OtherMethod),
        (Call { method: "post", ..good }, ProofRefused::OtherMethod),
        (
            Call { url: "https://signin.example.org/approval/v1/activation/begin", ..good },
            ProofRefused::OtherAddress,
        ),
        (
            Call { url: "https://evil.example/approval/v1/activation/complete", ..good },
            ProofRefused::OtherAddress,
        ),
        (
            Call { url: "http://signin.example.org/approval/v1/activation/complete", ..good },
            ProofRefused::OtherAddress,
        ),
        (
            Call { url: "https://signin.example.org/approval/v1/activation/complete/", ..good },
            ProofRefused::OtherAddress,
        ),
        (Call { url: "", ..good }, ProofRefused::OtherAddress),
        (Call { body: b"{}", ..good }, ProofRefused::OtherBody),
        (Call { body: b"", ..good }, ProofRefused::OtherBody),
    ] {
        assert_eq!(check(&jws, call), Err(why), "{call:?}");
    }
    let bodiless = proof_with(|_, claims| without(claims, "bh"));
    assert_eq!(check(&bodiless, good), Err(ProofRefused::OtherBody));
    assert!(check(&bodiless, Call { body: b"", ..good }).is_ok());
    let of_nothing = proof_with(|_, claims| claims["bh"] = json!(Digest::of(b"")));
    assert_eq!(check(&of_nothing, Call { body: b"", ..good }), Err(ProofRefused::OtherBody));
}

#[test]
fn the_query_and_the_spelling_of_the_origin_are_no_part_of_a_proof() {
    let jws = proof_with(|_, claims| {
        without(claims, "bh");
        claims["htm"] = json!("GET");
        claims["htu"] = json!("https://SIGNIN.example.org:443/approval/v1/challenges#x");
    });
    let url = "https://signin.example.org/approval/v1/challenges?wait=25";
    assert!(check(&jws, Call { method: "GET", url, body: b"" }).is_ok());
    let jws = proof_with(|_, claims| {
        without(claims, "bh");
        claims["htu"] = json!("http://[::1]:8080");
    });
    assert!(check(&jws, Call { method: "POST", url: "http://[::1]:8080/?x", body: b"" }).is_ok());
    let insecure = proof_with(|_, claims| {
        without(claims, "bh");
        claims["htu"] = json!("http://example.org/x");
    });
    let call = Call { method: "POST", url: "http://example.org/x", body: b"" };
    assert_eq!(check(&insecure, call), Err(ProofRefused::OtherAddress));
}

#[test]
fn an_old_nonce_is_told_apart_so_that_the_app_tries_again() {
    let body = vector("activate_complete_body");
    for change in [json!("n-old"), json!("")] {
        let jws = proof_with(|_, claims| claims["nonce"] = change);
        let why = check(&jws, call(&body)).unwrap_err();
        assert_eq!((why, why.problem()), (ProofRefused::Nonce, ProblemCode::UseDpopNonce));
    }
    let jws = proof_with(|_, claims| without(claims, "nonce"));
    assert_eq!(check(&jws, call(&body)), Err(ProofRefused::Nonce));
    let both = proof_with(|_, claims| {
        claims["nonce"] = json!("n-old");
        claims["htm"] = json!("GET");
    });
    assert_eq!(check(&both, call(&body)), Err(ProofRefused::OtherMethod));
}

#[test]
fn the_key_of_a_proof_is_public_and_signs_it() {
    let body = vector("activate_complete_body");
    let jws = proof_with(|header, _| header["jwk"]["d"] = json!("AA"));
    assert_eq!(check(&jws, call(&body)), Err(ProofRefused::Key(JwkRefused::Private)));
    let jws = proof_with(|header, _| header["jwk"]["crv"] = json!("P-384"));
    assert_eq!(check(&jws, call(&body)), Err(ProofRefused::Key(JwkRefused::OtherKind)));
    let jws = proof_with(|header, _| without(header, "jwk"));
    assert_eq!(check(&jws, call(&body)), Err(ProofRefused::Key(JwkRefused::Malformed)));
    let jws = proof_with(|header, _| header["jwk"] = json!(public("uv")));
    assert_eq!(check(&jws, call(&body)), Err(ProofRefused::Signature));
    let jws = proof_with(|header, _| header["typ"] = json!("JWT"));
    assert_eq!(check(&jws, call(&body)), Err(ProofRefused::Unreadable(JwsRefused::OtherType)));
    for id in [json!(""), json!("x".repeat(129)), json!(7)] {
        let jws = proof_with(|_, claims| claims["jti"] = id);
        let why = check(&jws, call(&body)).unwrap_err();
        assert_eq!(
            (why, why.problem()),
            (ProofRefused::Unreadable(JwsRefused::Malformed), ProblemCode::BadProof)
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn what_the_app_proves_the_service_takes(
        body in proptest::collection::vec(any::<u8>(), 0..50),
        path in "(/[a-z0-9]{0,8}){0,3}",
        query in "([?][a-z=&#?/]{0,9})?",
        seed in any::<u8>(),
    ) {
        let url = format!("https://signin.example.org{path}{query}");
        let call = Call { method: "DELETE", url: &url, body: &body };
        let unsigned = proof::make(call, NONCE, &public("pop"), NOW, &mut rng(seed)).unwrap();
        let signature = private("pop").sign(unsigned.signing_input()).unwrap();
        let proven = check(&unsigned.signed(&signature), call).unwrap();
        prop_assert_eq!(proven.key, public("pop"));
        prop_assert_eq!(proven.stated_at, NOW);
    }

    #[test]
    fn no_text_panics(jws in any::<String>(), url in any::<String>()) {
        let _ = check(&jws, Call { method: "GET", url: &url, body: b"" });
        let _ = check(&vector("activate_complete_dpop"), Call { method: "GET", url: &url, body: b"" });
    }
}
