//! What somebody in between, or a service gone bad, could try.

use super::*;

async fn nothing_comes_of(answer: impl FnOnce(&mut Service), word: Code) {
    let world = World::ready();
    let session = world.scan();
    answer(&mut at(&world.service));
    assert_eq!(code_of(world.online.begin_activation(&session).await), word);
    assert!(world.log().iter().all(|call| !call.url.ends_with("/complete")));
    assert_eq!(world.device.signing_keys(), 0);
}

#[tokio::test(start_paused = true)]
async fn another_key_than_the_codes_is_refused_before_anything_is_made() {
    use crypto_core::seal::sign::SigningKey;
    let other = SigningKey::from_pkcs8(&SigningKey::make_pkcs8().expect("makes")).expect("a key");
    nothing_comes_of(|service| service.key = other, Code::OtherKey).await;
}

#[tokio::test(start_paused = true)]
async fn a_description_of_another_service_or_of_other_places_is_refused() {
    let found = |change: fn(&mut serde_json::Value)| {
        move |service: &mut Service| {
            let found = Discovery::at(service.origin.clone(), "Contoso".into(), service.now);
            let mut json = serde_json::to_value(found).expect("JSON");
            change(&mut json);
            service.instead.push_back(("configuration", Ok((200, json.to_string().into_bytes()))));
        }
    };
    nothing_comes_of(found(|json| json["issuer"] = "https://evil.example".into()), Code::OtherService).await;
    nothing_comes_of(
        found(|json| json["activation_endpoint"] = "https://evil.example/approval/v1/activation".into()),
        Code::OtherService,
    )
    .await;
    nothing_comes_of(
        found(|json| json["challenges_endpoint"] = "http://signin.example.org/approval/v1/challenges".into()),
        Code::OtherService,
    )
    .await;
    nothing_comes_of(found(|json| json["versions"] = serde_json::json!(["2"])), Code::OtherVersion).await;
}

#[tokio::test(start_paused = true)]
async fn a_redirect_leads_nowhere() {
    nothing_comes_of(
        |service| service.instead.push_back(("configuration", Ok((302, Vec::new())))),
        Code::OtherService,
    )
    .await;
    nothing_comes_of(
        |service| service.instead.push_back(("/begin", Ok((307, Vec::new())))),
        Code::OtherService,
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_too_large_or_makes_no_sense_is_refused() {
    let large = vec![b' '; crypto_core::approval::wire::MAX_BODY + 1];
    nothing_comes_of(|service| service.instead.push_back(("/begin", Ok((200, large)))), Code::BadAnswer)
        .await;
    nothing_comes_of(
        |service| service.instead.push_back(("/begin", Ok((200, b"{}".to_vec())))),
        Code::BadAnswer,
    )
    .await;
    nothing_comes_of(
        |service| service.instead.push_back(("/begin", Ok((418, b"<html>".to_vec())))),
        Code::BadAnswer,
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_device_of_another_account_is_not_taken() {
    use crypto_core::approval::AccountId;
    let world = World::ready();
    let session = world.scan();
    world.online.begin_activation(&session).await.expect("begins");
    at(&world.service).account = AccountId::try_from("acc_somebody_else").expect("an id");
    assert_eq!(code_of(world.online.add_work_account(&session, None).await), Code::BadAnswer);
    assert!(world.app.with(|app| app.accounts()).expect("lists").accounts.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_page_to_sign_in_on_elsewhere_is_not_opened() {
    let world = World::ready();
    let begun = serde_json::json!({"grant_id": "grant_Zk3u0o1mQ4mU2rVb8gq5Yw", "user_code": "WDJB-MJHT",
        "verification_uri": "https://evil.example/device", "expires_in": 600, "interval": 5, "server_time": 1});
    at(&world.service).instead.push_back(("/grant/begin", Ok((200, begun.to_string().into_bytes()))));
    let request = SignInRequest { address: Some("signin.example.org".into()), revives: None };
    assert!(world.online.begin_sign_in(&request).await.is_err());
    assert!(at(&world.opened).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_nonce_is_renewed_once_and_no_more() {
    let (world, _) = World::active().await;
    at(&world.service).nonce = "n-2".into();
    world.refresh().await;
    let polls = world.log().iter().filter(|call| call.url.contains("/challenges")).count();
    assert_eq!(polls, 2, "once with the old, once with the new");
    let proofs: Vec<_> =
        world.log().iter().filter_map(|call| call.proof.clone()).map(|jws| parts(&jws).1).collect();
    assert_eq!((proofs[0]["nonce"].as_str(), proofs[1]["nonce"].as_str()), (Some("n-1"), Some("n-2")));
    assert_ne!(proofs[0]["jti"], proofs[1]["jti"], "each proof is a new one");

    at(&world.service).log.clear();
    for _ in 0..5 {
        world.instead("/challenges", ProblemCode::UseDpopNonce);
    }
    let view = world.refresh().await;
    assert_eq!(view.unreached[0].reason, Code::TryLater);
    assert_eq!(world.log().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_challenge_that_was_altered_or_is_somebody_elses_is_not_shown() {
    use crypto_core::seal::sign::SigningKey;
    let (world, _) = World::active().await;
    at(&world.service).sign_in(Purpose::Signin, NUMBER);
    let (strange, untouched) = {
        let mut service = at(&world.service);
        let jws = service.waiting.pop().expect("was asked").issued.jws().to_owned();
        let stranger = SigningKey::from_pkcs8(&SigningKey::make_pkcs8().expect("makes")).expect("a key");
        let claims = |jws: &str| jws.split('.').nth(1).expect("claims").to_owned();
        let altered = changed(&jws, &service.key, |claims| claims["ctx"]["app"] = "Other".into());
        let alter: [fn(&mut serde_json::Value); 8] = [
            |claims| claims["iss"] = "https://evil.example".into(),
            |claims| claims["aud"] = "dev_another".into(),
            |claims| claims["sub"] = "acc_another".into(),
            |claims| claims["exp"] = 1_790_000_000_u64.into(),
            |claims| claims["jti"] = "txn_short".into(),
            |claims| claims["nonce"] = "AAAA".into(),
            |claims| claims["match"] = serde_json::Value::Null,
            |claims| claims["match"] = serde_json::json!({"type": "tap", "len": 2}),
        ];
        // The first keeps the signature it had, the second is by another key; the rest the service signed.
        let mut strange =
            vec![jws.replacen(&claims(&jws), &claims(&altered), 1), changed(&jws, &stranger, |_| {})];
        strange.extend(alter.into_iter().map(|alter| changed(&jws, &service.key, alter)));
        (strange, changed(&jws, &service.key, |_| {}))
    };
    for jws in strange {
        at(&world.service).strange = vec![jws];
        let view = world.refresh().await;
        assert!(view.requests.is_empty() && view.unreached.is_empty());
    }
    at(&world.service).strange = vec![untouched];
    assert_eq!(world.refresh().await.requests.len(), 1, "it is the alteration that was refused");
}

#[tokio::test(start_paused = true)]
async fn a_request_that_was_answered_does_not_come_back() {
    let (world, _) = World::active().await;
    at(&world.service).sign_in(Purpose::Signin, NUMBER);
    let request = world.refresh().await.requests.remove(0);
    let jws = at(&world.service).waiting.last().expect("was asked").issued.jws().to_owned();
    world.online.answer_request(&request.id, AnswerRequest::Report).await.expect("answers");
    at(&world.service).strange = vec![jws];
    assert!(world.refresh().await.requests.is_empty());
    let phrase = SecretText::new("sju sjuka sjuksköterskor".into());
    world.app.with(|app| app.turn_on_lock(&phrase)).expect("turns on");
    world.app.with(App::lock);
    world.app.with(|app| app.unlock(&phrase)).expect("unlocks");
    assert!(world.refresh().await.requests.is_empty(), "nor after the app was locked");
}

#[tokio::test(start_paused = true)]
async fn a_request_on_screen_does_not_become_another_one() {
    let (world, _) = World::active().await;
    let transaction = at(&world.service).sign_in(Purpose::Signin, NUMBER);
    let request = world.refresh().await.requests.remove(0);
    {
        let mut service = at(&world.service);
        let jws = service.waiting.pop().expect("was asked").issued.jws().to_owned();
        assert!(jws.len() > transaction.as_str().len());
        service.strange =
            vec![changed(&jws, &service.key, |claims| claims["ctx"]["app"] = "Something else".into())];
    }
    assert_eq!(world.refresh().await.requests, [request]);
}

#[tokio::test(start_paused = true)]
async fn a_list_of_hundreds_is_cut() {
    let (world, _) = World::active().await;
    for _ in 0..40 {
        at(&world.service).sign_in(Purpose::Signin, NUMBER);
    }
    assert_eq!(world.refresh().await.requests.len(), 8);
}

#[tokio::test(start_paused = true)]
async fn the_number_is_nowhere_but_in_the_signed_answer() {
    let (world, _) = World::active().await;
    at(&world.service).policy.match_len = crypto_core::approval::MatchLen::Six;
    at(&world.service).sign_in(Purpose::Signin, "918273");
    let request = world.refresh().await.requests.remove(0);
    world.online.answer_request(&request.id, approve("918273")).await.expect("answers");
    let holds = |text: &str| text.contains("918273");
    let mut answers = 0;
    for call in world.log() {
        assert!(!holds(&call.url) && !holds(&call.body));
        let mut signed = call.proof.iter().map(|jws| parts(jws).1.to_string()).collect::<Vec<_>>();
        assert!(!signed.iter().any(|claims| holds(claims)));
        if call.url.ends_with("/answer") {
            signed.push(parts(&call.body).1.to_string());
            assert!(holds(signed.last().expect("the answer")));
            answers += 1;
        }
    }
    assert_eq!(answers, 1);
    assert!(!holds(&format!("{:?}", at(&world.told))));
    let stored = world.app.with(|app| app.take_store().current.borrow().clone()).expect("a file");
    assert!(!stored.windows(6).any(|window| window == b"918273"));
}

#[tokio::test(start_paused = true)]
async fn what_crosses_to_the_screen_and_what_is_said_has_no_secret_in_it() {
    let (world, row) = World::active().await;
    at(&world.service).sign_in(Purpose::Signin, NUMBER);
    let requests = world.refresh().await;
    let accounts = world.app.with(|app| app.accounts()).expect("lists");
    let shown = serde_json::to_string(&(&requests, accounts)).expect("JSON");
    let jws = at(&world.service).waiting.last().expect("was asked").issued.jws().to_owned();
    for secret in ["JBSWY3DPEHPK3PXP", "eyJ", jws.as_str()] {
        assert!(!shown.contains(secret), "{secret}");
    }
    let debug = world.app.with(|app| format!("{:?}", app.work_of(&row)));
    assert!(debug.contains("KeyHandle(..)") && debug.contains("SecretBytes(..)"));
}
