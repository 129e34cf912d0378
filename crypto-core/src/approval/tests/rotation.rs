use serde_json::json;

use super::*;
use crate::approval::activation::{self, Attestation};
use crate::approval::rotation::{self, KeyListRefused, Rotation, RotationRefused, key_list};
use crate::json as strict;

fn at(secs: u64) -> UnixTime {
    UnixTime::from_secs(NOW.secs() + secs)
}

fn list(signer: &str, next: Option<&str>, secs: u64) -> String {
    let next = next.map(public);
    key_list(&issuer(), &private(signer), next.as_ref(), at(secs)).expect("makes")
}

#[test]
fn the_pin_moves_along_the_chain_of_lists_only() {
    let mut pin = ServicePin::new(public("service"));
    assert_eq!(pin.learn(list("service", None, 0).as_bytes(), &issuer()), Ok(true));
    assert_eq!(pin.learn(list("service", None, 0).as_bytes(), &issuer()), Ok(false));
    let stranger = pin.learn(list("uv", Some("pop"), 1).as_bytes(), &issuer());
    assert_eq!(stranger, Err(KeyListRefused::OtherKey));
    assert!(pin.key(&public("pop").thumbprint()).is_none());

    assert_eq!(pin.learn(list("service", Some("pop"), 2).as_bytes(), &issuer()), Ok(true));
    assert_eq!(pin.thumbprint(), public("service").thumbprint(), "announced is not moved");
    assert!(pin.key(&public("pop").thumbprint()).is_some());
    let stored = strict::write(&pin);
    assert_eq!(strict::read::<ServicePin>(&stored).expect("reads"), pin);

    assert!(!pin.used(public("service").thumbprint()));
    assert!(pin.used(public("pop").thumbprint()));
    assert_eq!(pin.thumbprint(), public("pop").thumbprint());
    assert!(pin.key(&public("service").thumbprint()).is_none(), "the old key is gone");
}

#[test]
fn a_list_by_the_announced_key_moves_the_pin_too() {
    let mut pin = ServicePin::new(public("service"));
    pin.learn(list("service", Some("pop"), 0).as_bytes(), &issuer()).expect("learns");
    assert_eq!(pin.learn(list("pop", Some("uv"), 1).as_bytes(), &issuer()), Ok(true));
    assert_eq!(pin.thumbprint(), public("pop").thumbprint());
    assert!(pin.key(&public("uv").thumbprint()).is_some());
}

#[test]
fn an_old_foreign_or_altered_list_teaches_nothing() {
    let mut pin = ServicePin::new(public("service"));
    pin.learn(list("service", None, 10).as_bytes(), &issuer()).expect("learns");
    let before = pin.clone();
    let old = list("service", Some("pop"), 9);
    assert_eq!(pin.learn(old.as_bytes(), &issuer()), Err(KeyListRefused::Old));
    let elsewhere = Origin::parse("https://evil.example").expect("an origin");
    let fresh = list("service", Some("pop"), 11);
    assert_eq!(pin.learn(fresh.as_bytes(), &elsewhere), Err(KeyListRefused::OtherIssuer));
    let altered = changed(&fresh, &private("uv"), |_, claims| claims["keys"] = json!([public("uv")]));
    assert_eq!(pin.learn(altered.as_bytes(), &issuer()), Err(KeyListRefused::Signature));
    let challenge = vector("challenge_jws");
    assert!(matches!(pin.learn(challenge.as_bytes(), &issuer()), Err(KeyListRefused::Unreadable(_))));
    assert_eq!(pin, before);
}

#[test]
fn a_challenge_under_the_announced_key_is_verified() {
    let mut registration = registration();
    registration.service.learn(list("service", Some("pop"), 0).as_bytes(), &issuer()).expect("learns");
    let jws = changed(&vector("challenge_jws"), &private("pop"), |header, _| {
        header["kid"] = json!(public("pop").thumbprint());
    });
    let verified = Received::new(jws).verify(&registration, NOW).expect("verifies");
    assert!(registration.service.used(verified.signed_by()));
}

/// New keys, which here are the service's for the one and a made one for the other.
fn rotation(nonce: &Nonce, signer: &str) -> (Rotation, PublicKey) {
    let fresh = SigningKey::from_pkcs8(&SigningKey::make_pkcs8().expect("makes")).expect("takes");
    let new_pop = public("service");
    let statement = rotation::statement(
        &device_id(),
        &issuer(),
        public("uv").thumbprint(),
        new_pop.thumbprint(),
        fresh.public().thumbprint(),
        nonce,
        NOW,
    );
    let signature = private(signer).sign(statement.signing_input()).expect("signs");
    let proof = activation::uv_proof(
        &issuer(),
        device_id().as_str(),
        nonce,
        new_pop.thumbprint(),
        fresh.public(),
        NOW,
    );
    let proof_signature = fresh.sign(proof.signing_input()).expect("signs");
    let rotation = Rotation {
        rotation: statement.signed(&signature),
        new_pop_jwk: new_pop,
        uv_proof: proof.signed(&proof_signature),
        attestation: Attestation::None {},
    };
    (rotation, fresh.public().clone())
}

#[test]
fn the_old_key_vouches_for_the_new_ones() {
    let nonce = Nonce::make(&mut rng(1));
    let (body, new_uv) = rotation(&nonce, "uv");
    let body = Rotation::from_json(&body.to_json()).expect("reads");
    let keys = body.check(&device(), &issuer(), &nonce).expect("is taken");
    assert_eq!((keys.pop(), keys.uv()), (&public("service"), &new_uv));

    let other_nonce = Nonce::make(&mut rng(2));
    assert_eq!(body.check(&device(), &issuer(), &other_nonce), Err(RotationRefused::Other));
    let other_pop = Rotation { new_pop_jwk: public("pop"), ..body.clone() };
    assert_eq!(other_pop.check(&device(), &issuer(), &nonce), Err(RotationRefused::Other));
    let (foreign, _) = rotation(&nonce, "uv");
    let mixed = Rotation { uv_proof: foreign.uv_proof, ..body };
    assert_eq!(mixed.check(&device(), &issuer(), &nonce), Err(RotationRefused::Other));
    let (by_pop, _) = rotation(&nonce, "pop");
    let why = by_pop.check(&device(), &issuer(), &nonce).unwrap_err();
    assert_eq!((why, why.problem()), (RotationRefused::Signature, ProblemCode::BadSignature));
}
