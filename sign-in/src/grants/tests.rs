use crypto_core::approval::grant::GrantStatus;

use super::*;
use crate::accounts::Role;
use crate::fixture::{Stand, stands};
use crate::phone::{Phone, about};
use crate::sessions::Stage;

fn said(status: u16, word: &str) -> (u16, String) {
    (status, word.to_owned())
}

async fn begin(phone: &Phone, stand: &Stand) -> GrantBegun {
    let body = GrantBegin { device: about("Pixel 9") }.to_json();
    let reply = phone.call("POST", "/approval/v1/grant/begin", &body).await;
    GrantBegun::from_json(&reply.bytes, &stand.service.config().issuer).expect("has begun")
}

async fn poll(phone: &Phone, stand: &Stand, id: &GrantId) -> Result<GrantState, (u16, String)> {
    let body = GrantPoll { grant_id: id.clone() }.to_json();
    let reply = phone.call("POST", "/approval/v1/grant/poll", &body).await;
    match GrantStatus::from_json(&reply.bytes, &stand.service.config().issuer) {
        Ok(status) => Ok(status.state),
        Err(_) => Err(reply.word()),
    }
}

#[tokio::test]
async fn a_code_that_is_typed_where_somebody_is_signed_in_adds_the_phone_that_shows_it() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let session = stand.at(&user, Stage::SignedIn).await.session;
        let mut phone = Phone::new(&stand.service);
        let begun = begin(&phone, stand).await;
        assert!(matches!(poll(&phone, stand, &begun.grant_id).await, Ok(GrantState::Pending)));
        let typed = begun.user_code.as_str().to_lowercase().replace('-', " ");
        let asking = stand.service.asking_device(&session, &typed).await.expect("is found");
        assert_eq!((asking.id.as_str(), asking.device.name.as_str()), (begun.grant_id.as_str(), "Pixel 9"));
        stand.service.answer_grant(&session, &asking.id, true).await.expect("is confirmed");
        let waits = stand.service.activation_of_grant(&session, &asking.id).await.expect("answers");
        assert_eq!(waits, None, "until the phone asks");

        let Ok(GrantState::Granted(link)) = poll(&phone, stand, &begun.grant_id).await else {
            panic!("it is granted");
        };
        let again = poll(&phone, stand, &begun.grant_id).await;
        assert_eq!(again.err(), Some(said(409, "already_resolved")), "the link is given once");
        let link = link.print();
        let id = stand
            .service
            .activation_of_grant(&session, &asking.id)
            .await
            .expect("answers")
            .expect("is there");
        phone.activate(link.expose(), "Pixel 9").await;
        let number = stand.number_of_test(&session, &id).await;
        assert_eq!(phone.approve(&number, stand.now()).await, said(200, "approved"));
        assert_eq!(stand.service.methods(&user.id).await.expect("answers").len(), 1);
    }
}

#[tokio::test]
async fn the_first_key_is_made_with_the_nonce_that_the_grant_is_begun_with() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let session = stand.at(&user, Stage::SignedIn).await.session;
        let phone = Phone::new(&stand.service);
        let nonce = stand.service.keys().nonce(stand.now());
        let begun = begin(&phone, stand).await;
        let asking = stand.service.asking_device(&session, begun.user_code.as_str()).await.expect("is found");
        stand.service.answer_grant(&session, &asking.id, true).await.expect("is confirmed");
        stand.wait(1);
        let Ok(GrantState::Granted(link)) = poll(&phone, stand, &begun.grant_id).await else {
            panic!("it is granted");
        };
        let begun = phone.begin(link.print().expose()).await.expect("begins");
        assert_eq!(begun.attestation_challenge.as_str(), nonce);
    }
}

#[tokio::test]
async fn only_the_key_that_began_asks_after_a_grant_and_completes_it() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let session = stand.at(&user, Stage::SignedIn).await.session;
        let (phone, mut thief) = (Phone::new(&stand.service), Phone::new(&stand.service));
        let begun = begin(&phone, stand).await;
        assert_eq!(poll(&thief, stand, &begun.grant_id).await.err(), Some(said(404, "not_found")));
        let asking = stand.service.asking_device(&session, begun.user_code.as_str()).await.expect("is found");
        stand.service.answer_grant(&session, &asking.id, true).await.expect("is confirmed");
        assert_eq!(poll(&thief, stand, &begun.grant_id).await.err(), Some(said(404, "not_found")));
        let Ok(GrantState::Granted(link)) = poll(&phone, stand, &begun.grant_id).await else {
            panic!("it is granted");
        };
        let stolen = thief.begin(link.print().expose()).await.expect("a code is a code");
        let completion = thief.completion(&stolen, "Thief's");
        assert_eq!(thief.complete(stolen, &completion).await, said(404, "not_found"));
        assert!(stand.service.store().authenticators(&user.id).await.expect("answers").is_empty());
    }
}

#[tokio::test]
async fn a_grant_is_answered_once_in_ten_minutes_by_whoever_may_add() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let session = stand.at(&user, Stage::SignedIn).await.session;
        let phone = Phone::new(&stand.service);
        let begun = begin(&phone, stand).await;
        let asking = stand.service.asking_device(&session, begun.user_code.as_str()).await.expect("is found");
        stand.service.answer_grant(&session, &asking.id, false).await.expect("is denied");
        assert!(stand.service.answer_grant(&session, &asking.id, true).await.is_err());
        assert!(matches!(poll(&phone, stand, &begun.grant_id).await, Ok(GrantState::Denied)));

        let begun = begin(&phone, stand).await;
        for stage in [Stage::Start, Stage::SignedIn] {
            let session = stand.at(&user, stage).await.session;
            if stage == Stage::SignedIn {
                stand.wait(600);
            }
            let refused = stand.service.asking_device(&session, begun.user_code.as_str()).await;
            assert!(matches!(refused, Err(GrantRefused::Method(_))), "{stage:?}");
        }
        assert_eq!(poll(&phone, stand, &begun.grant_id).await.err(), Some(said(410, "code_expired")));
        let session = stand.at(&user, Stage::SignedIn).await.session;
        let late = stand.service.asking_device(&session, begun.user_code.as_str()).await;
        assert!(matches!(late, Err(GrantRefused::NoSuchCode)));
    }
}

#[tokio::test]
async fn whoever_types_wrong_codes_has_five_tries() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let session = stand.at(&user, Stage::SignedIn).await.session;
        let phone = Phone::new(&stand.service);
        let begun = begin(&phone, stand).await;
        for _ in 0..5 {
            let wrong = stand.service.asking_device(&session, "BBBB-BBBB").await;
            assert!(matches!(wrong, Err(GrantRefused::NoSuchCode)));
        }
        let other = stand.at(&user, Stage::SignedIn).await.session;
        let late = stand.service.asking_device(&other, begun.user_code.as_str()).await;
        assert!(matches!(late, Err(GrantRefused::TooMany)), "in another session, too");
    }
}
