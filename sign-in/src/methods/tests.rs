use crypto_core::approval::challenge::{Context, UvPolicy};
use crypto_core::approval::limit::Browser;
use crypto_core::approval::state::{Purpose, TransactionState};
use crypto_core::approval::{MatchLen, TransactionId};

use super::*;
use crate::accounts::Role;
use crate::attestation::Attested;
use crate::fixture::{Stand, stands, visitor};
use crate::store::Request;

/// A phone of the person, without its keys.
async fn phone(stand: &Stand, user: &User, name: &str) -> String {
    let id = stand.service.make_id("dev_");
    let session = stand.at(user, Stage::SignedIn).await.session;
    let place = Sealed::Seed { user: &user.id, authenticator: &id };
    let new = Authenticator {
        id: id.clone(),
        user: user.id.clone(),
        kind: MethodKind::App,
        state: DeviceState::Active,
        name: name.to_owned(),
        seed: Some(stand.service.keys().seal(place, &[1; SEED], &mut stand.service.rng())),
        last_step: -1,
        keys: None,
        about: None,
        push: None,
        attested: Attested::No,
        system: None,
        seen_from: None,
        offered_to: None,
        added_by: "pwd".to_owned(),
        added_at: stand.now(),
        confirmed_at: Some(stand.now()),
        used_at: None,
        rotated_at: None,
        ended_at: None,
    };
    let mut tx = stand.service.store().begin().await.expect("begins");
    let mut user = tx.lock_user(&user.id).await.expect("locks").expect("is there");
    assert!(tx.add_authenticator(&new).await.expect("adds"));
    stand.service.method_added(&mut tx, &mut user, &id, name, &session).await.expect("is told");
    tx.commit().await.expect("commits");
    stand.wait(30);
    id
}

async fn pending_request(stand: &Stand, user: &User) -> TransactionId {
    let id = TransactionId::make(&mut stand.service.rng());
    let request = Request {
        id: id.clone(),
        user: user.id.clone(),
        session: "another".to_owned(),
        purpose: Purpose::Signin,
        state: TransactionState::Pending,
        secrets: String::new(),
        match_len: MatchLen::Two,
        uv: UvPolicy::Required,
        context: Context::default(),
        browser: Browser::Other,
        only_device: None,
        answered_by: None,
        reason: None,
        created_at: stand.now(),
        expires_at: stand.now().plus_secs(120),
        ended_at: None,
    };
    let mut tx = stand.service.store().begin().await.expect("begins");
    tx.lock_user(&user.id).await.expect("locks");
    tx.add_request(&request).await.expect("adds");
    tx.commit().await.expect("commits");
    id
}

async fn default_of(stand: &Stand, user: &User) -> Option<String> {
    let all = stand.service.methods(&user.id).await.expect("answers");
    let defaults: Vec<String> = all.iter().filter(|one| one.default).map(|one| one.id.clone()).collect();
    assert_eq!(defaults.len(), usize::from(!all.is_empty()), "exactly one default if there is a method");
    defaults.into_iter().next()
}

/// S-22.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_ten_at_once_at_four_one_becomes_the_fifth() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        for _ in 0..4 {
            stand.code_app(&maria).await;
        }
        let mut offers = Vec::new();
        for _ in 0..10 {
            let session = stand.at(&maria, Stage::SignedIn).await.session;
            let offer = stand.service.offer_code_app(&session).await.expect("is offered");
            let seed = base32::decode(offer.key.expose()).expect("is a key");
            offers.push((session, offer.id, stand.code(&seed, 0)));
        }
        let tasks: Vec<_> = offers
            .into_iter()
            .map(|(session, id, code)| {
                let service = stand.service.clone();
                tokio::spawn(async move {
                    service.confirm_code_app(&session, &id, "An app", &code, &visitor()).await
                })
            })
            .collect();
        let mut added = 0;
        for task in tasks {
            match task.await.expect("runs") {
                Ok(_) => added += 1,
                Err(MethodRefused::Five) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(added, 1, "on {:?}", stand.database());
        assert_eq!(stand.service.methods(&maria.id).await.expect("answers").len(), 5);
        let session = stand.at(&maria, Stage::SignedIn).await.session;
        assert!(matches!(stand.service.offer_code_app(&session).await, Err(MethodRefused::Five)));
    }
}

/// S-23.
#[tokio::test]
async fn deleting_the_default_makes_another_the_default() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        assert_eq!(default_of(stand, &maria).await, None);
        let first = stand.code_app(&maria).await.id;
        assert_eq!(default_of(stand, &maria).await, Some(first.clone()));
        let phone_1 = phone(stand, &maria, "Pixel").await;
        let phone_2 = phone(stand, &maria, "Fairphone").await;
        let last = stand.code_app(&maria).await.id;
        assert_eq!(default_of(stand, &maria).await, Some(first.clone()), "adding changes nothing");

        // An app before codes, and of those the newest.
        for (gone, next) in [(&first, &phone_2), (&phone_2, &phone_1), (&phone_1, &last)] {
            let session = stand.at(&maria, Stage::SignedIn).await.session;
            let said = stand.service.default_without(&maria.id, gone).await.expect("answers");
            assert_eq!(said.map(|one| one.id).as_ref(), Some(next));
            stand.service.delete_method(&session, gone).await.expect("is deleted");
            assert_eq!(default_of(stand, &maria).await.as_ref(), Some(next));
        }
        let session = stand.at(&maria, Stage::SignedIn).await.session;
        let done = stand.service.delete_method(&session, &last).await;
        assert!(matches!(done, Err(MethodRefused::LastMethod)), "{done:?}");
        assert_eq!(default_of(stand, &maria).await, Some(last.clone()));
        assert_eq!(stand.count(&maria, "method_deleted", "done").await, 3);
        assert_eq!(stand.count(&maria, "default_changed", "done").await, 3);

        // An administrator may delete the last, of their own organisation.
        let admin = stand.person("admin", Role::Administrator).await;
        let by = stand.at(&admin, Stage::SignedIn).await.session;
        stand.service.delete_method_of(&by, &maria.id, &last).await.expect("is deleted");
        assert_eq!(default_of(stand, &maria).await, None);
        assert_eq!(stand.again(&maria).await.default_method, None);
    }
}

#[tokio::test]
async fn making_another_the_default_is_told_and_exactly_one_is() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        stand.code_app(&maria).await;
        let phone = phone(stand, &maria, "Pixel").await;
        let session = stand.at(&maria, Stage::SignedIn).await.session;
        stand.service.make_default(&session, &phone).await.expect("is made");
        stand.service.make_default(&session, &phone).await.expect("is as well");
        assert_eq!(default_of(stand, &maria).await, Some(phone));
        assert_eq!(stand.count(&maria, "default_changed", "done").await, 1);
        let told = stand.mails(&maria).await;
        assert!(told.iter().any(|mail| mail.subject.contains("default") && mail.body.contains("Pixel")));
        let done = stand.service.make_default(&session, "dev_none").await;
        assert!(matches!(done, Err(MethodRefused::NoSuchMethod)));
    }
}

#[tokio::test]
async fn a_deleted_method_is_dead_at_once_and_stays_on_record() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        let app = stand.code_app(&maria).await;
        let phone = phone(stand, &maria, "Pixel").await;
        let request = pending_request(stand, &maria).await;
        let listener = stand.service.wake().listen(Topic::User(maria.id.clone()));
        let told = listener.told();
        let session = stand.at(&maria, Stage::SignedIn).await.session;
        stand.service.delete_method(&session, &app.id).await.expect("is deleted");
        stand.service.delete_method(&session, &app.id).await.expect_err("is deleted already");
        // A phone that waits for requests learns at once that it is deleted.
        tokio::time::timeout(std::time::Duration::from_secs(60), told).await.expect("is told");

        let record = stand.service.store().authenticator(&app.id).await.expect("answers").expect("is kept");
        assert_eq!(record.state, DeviceState::Revoked);
        assert_eq!((record.seed, record.ended_at), (None, Some(stand.now())));
        let request = stand.service.store().request(&request).await.expect("answers").expect("is there");
        assert_eq!(request.state, TransactionState::Cancelled);
        assert!(stand.service.methods(&maria.id).await.expect("answers").iter().all(|one| one.id == phone));
        let login = stand.at(&maria, Stage::Password).await.session;
        let code = stand.code(&app.seed, 0);
        let done = stand.service.sign_in_with_code(&login, &code, &visitor()).await;
        assert!(matches!(done, Err(SignInRefused::Wrong)), "{done:?}");

        let mails = stand.mails(&maria).await;
        let mail = mails.iter().find(|mail| mail.subject.contains("deleted")).expect("is told");
        let event = stand.events(&maria).await.into_iter().find(|event| event.event == "method_deleted");
        let event = event.expect("is written down");
        assert!(mail.body.contains(&format!("https://signin.example.org/activity/{}/report", event.id)));
        assert!(mail.body.contains("An app") && mail.body.contains("Edge 143 on Windows 11"));
        assert_eq!(event.subject, Some(app.id));
    }
}

/// S-21.
#[tokio::test]
async fn methods_are_changed_within_ten_minutes_of_verifying() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        let app = stand.code_app(&maria).await;
        let phone = phone(stand, &maria, "Pixel").await;
        let session = stand.at(&maria, Stage::SignedIn).await.session;
        let may = async |session: &Session| stand.service.may_change(session).await.expect("answers");
        stand.wait(9 * 60);
        assert_eq!(may(&session).await, MayChange::Everything);
        stand.service.make_default(&session, &phone).await.expect("nine minutes are few enough");
        stand.wait(59);
        assert_eq!(may(&session).await, MayChange::Everything);
        stand.wait(1);
        assert_eq!(may(&session).await, MayChange::VerifyFirst);
        stand.wait(60);
        let service = &stand.service;
        assert!(matches!(service.make_default(&session, &app.id).await, Err(MethodRefused::VerifyFirst)));
        let ended = stand.at(&maria, Stage::SignedIn).await.session;
        service.sign_out(&ended).await.expect("ends");
        assert!(matches!(service.delete_method(&ended, &app.id).await, Err(MethodRefused::NotAllowed)));
        assert!(matches!(service.delete_method(&session, &app.id).await, Err(MethodRefused::VerifyFirst)));
        assert!(matches!(service.offer_code_app(&session).await, Err(MethodRefused::VerifyFirst)));
        assert_eq!(default_of(stand, &maria).await, Some(phone));

        // Verified again, it may.
        let code = stand.code(&app.seed, 0);
        let opened = service.sign_in_with_code(&session, &code, &visitor()).await.expect("is right");
        assert_eq!(may(&opened.session).await, MayChange::Everything);
        service.make_default(&opened.session, &app.id).await.expect("may");
    }
}

#[tokio::test]
async fn only_the_first_method_of_all_is_added_after_the_password_alone() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        let session = stand.at(&maria, Stage::Password).await.session;
        let service = &stand.service;
        assert_eq!(service.may_change(&session).await.expect("answers"), MayChange::Add);
        let offer = service.offer_code_app(&session).await.expect("is offered");
        let seed = base32::decode(offer.key.expose()).expect("is a key");
        let again = service.code_offer(&session, &offer.id).await.expect("answers").expect("is there");
        assert_eq!(again.link.expose(), offer.link.expose());
        let read = otpauth::parse(offer.link.expose()).expect("is a set-up code");
        assert_eq!((read.issuer.as_str(), read.account.as_str()), ("Contoso", "maria"));
        let another = stand.at(&maria, Stage::Password).await.session;
        assert!(service.code_offer(&another, &offer.id).await.expect("answers").is_none());
        let code = stand.code(&seed, 0);
        let done = service.confirm_code_app(&another, &offer.id, "x", &code, &visitor()).await;
        assert!(matches!(done, Err(MethodRefused::NoSuchMethod)), "{done:?}");

        // Both factors were shown, so whoever did is signed in.
        let opened = service.confirm_code_app(&session, &offer.id, "My\u{202e} app", &code, &visitor()).await;
        let opened = opened.expect("is added").expect("is signed in");
        assert_eq!(opened.session.stage, Stage::SignedIn);
        assert_eq!(opened.session.methods, "pwd otp");
        assert_eq!(service.methods(&maria.id).await.expect("answers")[0].name, "My app");
        assert!(stand.mails(&maria).await.iter().any(|mail| mail.subject.contains("added")));

        // From here on a password is not enough, and not either when an administrator deleted everything.
        assert_eq!(service.may_change(&another).await.expect("answers"), MayChange::VerifyFirst);
        let admin = stand.person("admin", Role::Administrator).await;
        let by = stand.at(&admin, Stage::SignedIn).await.session;
        service.delete_method_of(&by, &maria.id, &offer.id).await.expect("is deleted");
        assert_eq!(service.may_change(&another).await.expect("answers"), MayChange::VerifyFirst);
        assert!(matches!(service.offer_code_app(&another).await, Err(MethodRefused::VerifyFirst)));
    }
}

/// Somebody else may know the password too: the first method is added once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_who_add_the_first_method_at_once_one_does() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        let mut offers = Vec::new();
        for _ in 0..5 {
            let session = stand.at(&maria, Stage::Password).await.session;
            let offer = stand.service.offer_code_app(&session).await.expect("is offered");
            let code = stand.code(&base32::decode(offer.key.expose()).expect("is a key"), 0);
            offers.push((session, offer.id, code));
        }
        let tasks: Vec<_> = offers
            .into_iter()
            .map(|(session, id, code)| {
                let service = stand.service.clone();
                tokio::spawn(async move {
                    service.confirm_code_app(&session, &id, "An app", &code, &visitor()).await
                })
            })
            .collect();
        let mut added = 0;
        for task in tasks {
            match task.await.expect("runs") {
                Ok(opened) => added += usize::from(opened.is_some()),
                Err(MethodRefused::VerifyFirst) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(added, 1, "on {:?}", stand.database());
        assert_eq!(stand.service.methods(&maria.id).await.expect("answers").len(), 1);
    }
}

#[tokio::test]
async fn an_offer_is_over_after_ten_minutes_and_when_another_is_made() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        let session = stand.at(&maria, Stage::SignedIn).await.session;
        let service = &stand.service;
        let first = service.offer_code_app(&session).await.expect("is offered");
        let second = service.offer_code_app(&session).await.expect("is offered");
        assert!(service.code_offer(&session, &first.id).await.expect("answers").is_none());
        stand.wait(599);
        assert!(service.code_offer(&session, &second.id).await.expect("answers").is_some());
        stand.wait(1);
        assert!(service.code_offer(&session, &second.id).await.expect("answers").is_none());
    }
}

/// S-18.
#[tokio::test]
async fn a_seed_opens_in_its_own_row_only() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        let (one, other) = (stand.code_app(&maria).await, stand.code_app(&maria).await);
        let store = stand.service.store();
        let row = async |id: &str| store.authenticator(id).await.expect("answers").expect("is there");
        let swapped = Authenticator { seed: row(&other.id).await.seed, ..row(&one.id).await };
        let code = stand.code(&other.seed, 0);
        let done = stand.service.step_of(&swapped, &code, stand.now());
        assert!(matches!(done, Err(StoreError::Damaged(_))), "{done:?}");
        let key = base32::encode(&one.seed);
        assert!(!row(&one.id).await.seed.expect("has one").contains(key.expose()));
    }
}

#[tokio::test]
async fn only_an_administrator_of_the_same_organisation_helps_and_only_freshly_verified() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        let admin = stand.person("admin", Role::Administrator).await;
        let app = stand.code_app(&maria).await;
        let service = &stand.service;
        let by_user = stand.at(&maria, Stage::SignedIn).await.session;
        let done = service.delete_method_of(&by_user, &admin.id, &app.id).await;
        assert!(matches!(done, Err(MethodRefused::NotAllowed)), "{done:?}");
        let half = stand.at(&admin, Stage::Password).await.session;
        assert!(matches!(
            service.delete_method_of(&half, &maria.id, &app.id).await,
            Err(MethodRefused::NotAllowed)
        ));
        let elsewhere = service.add_organisation("Fabrikam").await.expect("is made");
        let stranger = crate::accounts::NewUser {
            organisation: elsewhere,
            user_name: "stranger".to_owned(),
            display_name: "Stranger".to_owned(),
            email: None,
            role: Role::Administrator,
            password: SecretText::new(crate::fixture::PASSWORD.to_owned()),
        };
        let stranger = service.add_user(stranger, "cli").await.expect("is made");
        let by = stand.at(&stranger, Stage::SignedIn).await.session;
        let done = service.delete_method_of(&by, &maria.id, &app.id).await;
        assert!(matches!(done, Err(MethodRefused::NoSuchMethod)), "{done:?}");
        let by = stand.at(&admin, Stage::SignedIn).await.session;
        stand.wait(11 * 60);
        let done = service.delete_method_of(&by, &maria.id, &app.id).await;
        assert!(matches!(done, Err(MethodRefused::VerifyFirst)), "{done:?}");
        assert_eq!(service.methods(&maria.id).await.expect("answers").len(), 1);
    }
}

#[tokio::test]
async fn what_the_policy_switched_off_is_no_method_that_is_left() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        let admin = stand.person("admin", Role::Administrator).await;
        stand.code_app(&maria).await;
        let phone = phone(stand, &maria, "Pixel").await;
        let by = stand.at(&admin, Stage::SignedIn).await.session;
        let policy = OrganisationPolicy { other_apps: false, ..OrganisationPolicy::default() };
        stand.service.change_policy(&by, policy).await.expect("is changed");
        let session = stand.at(&maria, Stage::SignedIn).await.session;
        let done = stand.service.delete_method(&session, &phone).await;
        assert!(matches!(done, Err(MethodRefused::LastMethod)), "{done:?}");
        assert!(matches!(stand.service.offer_code_app(&session).await, Err(MethodRefused::SwitchedOff)));
    }
}
