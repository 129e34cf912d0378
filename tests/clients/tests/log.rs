//! T4: a phone's whole life, and nothing of what it typed or was given in the log, at the most that an operator
//! can ask for.

use countersign_clients::http::Http;
use countersign_clients::person::Person;
use countersign_clients::service::{PASSWORD, Service};
use countersign_clients::signing_in::Somebody;
use crypto_core::approval::answer::{Decision, Reason};

#[tokio::test(flavor = "multi_thread")]
async fn the_log_of_a_phones_whole_life_holds_no_number_no_code_and_no_secret() {
    let more = [
        ("COUNTERSIGN_LOG_LEVEL", "debug,sqlx=debug,sign_in=trace".to_owned()),
        ("COUNTERSIGN_LOG_FORMAT", "json".to_owned()),
    ];
    let service = Service::start_with("log", None, &more).await;
    service.add("sentinelmaria", "Sentinel Lindqvist", false).await;
    six_digits(&service).await;
    let mut maria = Somebody::register(&service.origin, "sentinelmaria", Http::new).await;
    let mut secrets = vec![PASSWORD.to_owned(), "sentinel".to_owned(), "Sentinel".to_owned()];
    secrets.extend(maria.given.clone());

    // The right number, a wrong one, and no.
    for turn in 0..3 {
        let mut person = Person::new(&service.origin);
        person.open("/sign-in").await;
        person.submit("/sign-in", &[("user_name", "sentinelmaria")]).await;
        person.submit("/sign-in/password", &[("password", PASSWORD)]).await;
        let number = person.text("number").expect("the page shows a number");
        assert_eq!(number.len(), 6, "few enough digits to be found by chance");
        let page = person.path.clone();
        let request = maria.phone.requests(0).await.pop().expect("waits");
        let typed = if number == "271828" { "314159" } else { "271828" };
        match turn {
            0 => {
                maria.phone.approve(request, &number).await;
                person.open(&page).await;
                person.submit("/sign-in/approve", &[]).await;
                assert!(person.sees("stay"), "{}", person.page);
            }
            1 => {
                assert_eq!(maria.phone.approve(request, typed).await.0, 403);
                secrets.push(typed.to_owned());
            }
            _ => {
                let no = Decision::Deny(Some(Reason::Cancelled));
                maria.phone.answer(request, no).await.expect("the service answers");
            }
        }
        secrets.push(number);
        secrets.extend(person.cookies());
    }

    // A code, and one that is wrong.
    let mut person = Person::new(&service.origin);
    person.open("/sign-in").await;
    person.submit("/sign-in", &[("user_name", "sentinelmaria")]).await;
    person.submit("/sign-in/password", &[("password", PASSWORD)]).await;
    person.submit("/sign-in/verify", &[("way", "leave")]).await;
    person.open("/sign-in/code").await;
    person.submit("/sign-in/code", &[("code", "161803")]).await;
    assert!(person.sees("error"), "{}", person.page);
    let code = maria.phone.code();
    person.submit("/sign-in/code", &[("code", &code)]).await;
    assert!(person.sees("signed-in"), "{}", person.page);
    secrets.extend(["161803".to_owned(), code]);
    secrets.extend(person.cookies());
    // And the phone goes.
    maria.phone.call("DELETE", "/approval/v1/device", "application/json", "").await;

    let log = service.log();
    assert!(
        log.contains("/approval/v1/challenges/{id}/answer"),
        "requests are logged, by their route:\n{log}"
    );
    for line in log.lines() {
        for secret in &secrets {
            assert!(!line.contains(secret.as_str()), "{secret} is in {line}");
        }
    }
}

/// Two digits would be found in every time of day.
async fn six_digits(service: &Service) {
    sqlx::any::install_default_drivers();
    let file = service.data().join("countersign.db");
    let pool = sqlx::AnyPool::connect(&format!("sqlite://{}", file.display())).await.expect("it is there");
    let policy = "UPDATE organisations SET policy = json_set(policy, '$.match_len', 6)";
    sqlx::query(policy).execute(&pool).await.expect("is changed");
    pool.close().await;
}
