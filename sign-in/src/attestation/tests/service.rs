//! What the verdict does: under each policy, on both databases, through the device's own calls.

use crypto_core::approval::activation::AttestationPolicy;
use crypto_core::approval::rotation::{self, Rotation};
use crypto_core::approval::{DeviceId, activation};

use super::forge::*;
use super::*;
use crate::accounts::Role;
use crate::fixture::{Stand, stands, stands_with, visitor};
use crate::phone::{Phone, new_key, signed};
use crate::policy::OrganisationPolicy;
use crate::sessions::Stage;
use crate::store::{Authenticator, User};

/// Services that believe the tests' maker.
pub(crate) async fn believers() -> Vec<Stand> {
    stands_with(|config| config.believed = MAKER.makers().into()).await
}

async fn ask_for(stand: &Stand, attestation: AttestationPolicy) {
    let policy = OrganisationPolicy { attestation, ..Default::default() };
    let mut tx = stand.service.store().begin().await.expect("begins");
    tx.set_policy(&stand.organisation, &policy).await.expect("is set");
    tx.commit().await.expect("commits");
}

/// Which attestation a phone shows in an activation.
pub(crate) enum Shows {
    Nothing,
    Android,
    AndroidUnlocked,
    Apple,
    /// Something that was made for another activation.
    Old,
}

fn shown_by(phone: &Phone, challenge: &Nonce, shows: &Shows) -> Attestation {
    let (pop, uv) = (phone.pop.public(), phone.uv.public());
    let keys = DeviceKeys::new(pop.clone(), uv.clone()).expect("two keys");
    match shows {
        Shows::Nothing => Attestation::None {},
        Shows::Android => MAKER.android([pop, uv], challenge),
        Shows::AndroidUnlocked => {
            let challenge = bytes(challenge.as_str()).expect("is Base64");
            let unlocked = Said { locked: false, ..Said::uv(&challenge) };
            shown(&MAKER.chain(pop, &Said::pop(&challenge)), &MAKER.chain(uv, &unlocked))
        }
        Shows::Apple => MAKER.apple(&keys, challenge),
        Shows::Old => MAKER.android([pop, uv], &Nonce::make(&mut crate::phone::rng())),
    }
}

/// A phone that was activated and confirmed, or what it was told.
pub(crate) async fn added(stand: &Stand, user: &User, shows: Shows) -> Result<Phone, (u16, String)> {
    let session = stand.at(user, Stage::SignedIn).await.session;
    let offer = stand.service.begin_activation(&session).await.expect("is offered");
    let mut phone = Phone::new(&stand.service);
    let begun = phone.begin(offer.link.expose()).await.expect("the code is good");
    let attestation = shown_by(&phone, &begun.attestation_challenge, &shows);
    let completion = activation::Completion { attestation, ..phone.completion(&begun, "Pixel 9") };
    let reply = phone.complete(begun, &completion).await;
    if reply.0 != 201 {
        return Err(reply);
    }
    let number = stand.number_of_test(&session, &offer.id).await;
    assert_eq!(phone.approve(&number, stand.now()).await.0, 200);
    Ok(phone)
}

async fn stored(stand: &Stand, phone: &Phone) -> Authenticator {
    let found = stand.service.store().authenticator(&phone.device()).await;
    found.expect("answers").expect("is there")
}

fn rejected() -> (u16, String) {
    (403, "attestation_rejected".to_owned())
}

#[tokio::test]
async fn what_is_required_has_to_be_verified() {
    for stand in &believers().await {
        ask_for(stand, AttestationPolicy::Required).await;
        let user = stand.person("maria", Role::User).await;
        for shows in [Shows::Nothing, Shows::AndroidUnlocked, Shows::Old] {
            assert_eq!(added(stand, &user, shows).await.err(), Some(rejected()));
        }
        assert!(stand.service.methods(&user.id).await.expect("answers").is_empty());
        assert_eq!(stand.count(&user, "attested", "refused").await, 3);
        let mut why: Vec<_> =
            stand.events(&user).await.into_iter().filter_map(|event| event.method).collect();
        why.sort();
        assert_eq!(why, ["failed_boot", "failed_challenge", "no"]);

        let phone = added(stand, &user, Shows::Android).await.expect("is added");
        let device = stored(stand, &phone).await;
        assert_eq!(device.attested, Attested::Hardware(Place::StrongBox));
        assert_eq!(device.system, Some(System { version: Some(160_000), patch: Some(202_608) }));
        let apple = added(stand, &user, Shows::Apple).await.expect("is added");
        assert_eq!(stored(stand, &apple).await.attested, Attested::Hardware(Place::AppAttest));
        assert_eq!(stand.count(&user, "attested", "done").await, 2);
        let methods = stand.service.methods(&user.id).await.expect("answers");
        assert!(methods.iter().all(|method| method.attested.is_hardware()));
    }
}

#[tokio::test]
async fn what_is_preferred_is_written_down_as_it_was_found() {
    for stand in &believers().await {
        let user = stand.person("maria", Role::User).await;
        for (shows, attested) in [
            (Shows::Nothing, Attested::No),
            (Shows::AndroidUnlocked, Attested::Failed(Why::Boot)),
            (Shows::Old, Attested::Failed(Why::Challenge)),
            (Shows::Android, Attested::Hardware(Place::StrongBox)),
        ] {
            let phone = added(stand, &user, shows).await.expect("is added");
            assert_eq!(stored(stand, &phone).await.attested, attested);
        }
        assert_eq!(stand.count(&user, "attested", "failed").await, 2);
        assert_eq!(stand.count(&user, "attested", "done").await, 1);
        // Where nobody asks, nothing is looked at.
        ask_for(stand, AttestationPolicy::None).await;
        let phone = added(stand, &user, Shows::Android).await.expect("is added");
        assert_eq!(stored(stand, &phone).await.attested, Attested::No);
        assert_eq!(stand.count(&user, "attested", "done").await, 1);
    }
}

#[tokio::test]
async fn a_service_that_cannot_judge_says_so() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        for shows in [Shows::Android, Shows::Apple] {
            let phone = added(stand, &user, shows).await.expect("is added");
            assert_eq!(stored(stand, &phone).await.attested, Attested::Unverified);
        }
        assert_eq!(stand.count(&user, "attested", "unverified").await, 2);
        ask_for(stand, AttestationPolicy::Required).await;
        assert_eq!(added(stand, &user, Shows::Android).await.err(), Some(rejected()));
    }
}

#[tokio::test]
async fn a_sign_in_with_hardware_says_that() {
    for stand in &believers().await {
        let user = stand.person("maria", Role::User).await;
        let phone = added(stand, &user, Shows::Android).await.expect("is added");
        let (session, shown) = stand.ask(&user).await;
        assert_eq!(phone.approve(shown.number.expose(), stand.now()).await.0, 200);
        let opened = stand.service.redeem(&session, &shown.id, &visitor()).await.expect("is signed in");
        assert_eq!(opened.session.methods, "pwd hwk");
    }
}

/// The next keys of a phone, and what it is told.
async fn rotate(
    stand: &Stand,
    phone: &Phone,
    show: impl Fn(&Phone, &Nonce) -> Attestation,
) -> (Phone, (u16, String)) {
    let next = phone.with_keys(&new_key().into(), &new_key().into());
    let reply = phone.call("GET", "/approval/v1/device", b"").await;
    let nonce =
        Nonce::try_from(reply.json()["rotation_nonce"].as_str().unwrap_or_default()).expect("a nonce");
    let issuer = &stand.service.config().issuer;
    let device = DeviceId::try_from(phone.device().as_str()).expect("an id");
    let (pop, uv) = (next.pop.public(), next.uv.public());
    let statement = rotation::statement(
        &device,
        issuer,
        phone.uv.public().thumbprint(),
        pop.thumbprint(),
        uv.thumbprint(),
        &nonce,
        stand.now(),
    );
    let proof = activation::uv_proof(issuer, device.as_str(), &nonce, pop.thumbprint(), uv, stand.now());
    let body = Rotation {
        rotation: signed(statement, &phone.uv),
        new_pop_jwk: pop.clone(),
        uv_proof: signed(proof, &next.uv),
        attestation: show(&next, &nonce),
    }
    .to_json();
    let reply = phone.call("POST", "/approval/v1/device/keys", &body).await;
    (next, (reply.status.as_u16(), reply.word().1))
}

#[tokio::test]
async fn new_keys_are_kept_no_worse_than_the_old_ones() {
    for stand in &believers().await {
        let user = stand.person("maria", Role::User).await;
        let phone = added(stand, &user, Shows::Android).await.expect("is added");
        for shows in [Shows::Nothing, Shows::AndroidUnlocked, Shows::Old] {
            let told = rotate(stand, &phone, |next, nonce| shown_by(next, nonce, &shows)).await.1;
            assert_eq!(told, rejected());
        }
        let older = |next: &Phone, nonce: &Nonce| {
            let challenge = bytes(nonce.as_str()).expect("is Base64");
            let older = |said: Said| Said { patch: 202_607, ..said };
            shown(
                &MAKER.chain(next.pop.public(), &older(Said::pop(&challenge))),
                &MAKER.chain(next.uv.public(), &older(Said::uv(&challenge))),
            )
        };
        assert_eq!(rotate(stand, &phone, older).await.1, rejected());
        assert_eq!(stand.count(&user, "attested", "refused").await, 4);
        let device = stored(stand, &phone).await;
        assert_eq!(device.attested, Attested::Hardware(Place::StrongBox), "nothing has changed");
        let good = rotate(stand, &phone, |next, nonce| shown_by(next, nonce, &Shows::Android)).await;
        assert_eq!(good.1.0, 200, "{:?}", good.1);
        assert_eq!(stored(stand, &phone).await.attested, Attested::Hardware(Place::StrongBox));
    }
}
