//! A work account from its set-up code to every end of a sign-in.

use countersign_tests::service::Service;

use super::Walk;
use crate::phone_pages::scene::{at_the_computer, begin_registration, number_of_the_test, type_number};

/// Adding it, with its test sign-in.
pub(super) async fn adding(walk: &mut Walk, service: &Service) {
    walk.press("add").await;
    walk.press("add-work").await;
    walk.press("work-submit").await;
    walk.at("work-address", "field-error").await;
    walk.handset.fill("field-address", &service.origin).await;
    walk.press("work-submit").await;
    walk.at("work-code", "user-code").await;
    walk.press("sign-in-cancel").await;

    let mut person = at_the_computer(service).await;
    let (code, address) = begin_registration(&mut person).await;
    walk.press("add").await;
    walk.press("add-work").await;
    walk.press("work-manual").await;
    walk.press("manual-submit").await;
    walk.at("work-typed", "field-error").await;
    walk.handset.fill("field-code", &code).await;
    walk.handset.fill("field-url", &address).await;
    walk.press("manual-submit").await;
    walk.at("work-account", "work-account").await;
    walk.press("confirm-add").await;
    let number = number_of_the_test(&mut person).await;
    walk.at("test-request", "approve").await;
    type_number(&walk.handset, &number).await;
    walk.press("approve").await;
    walk.at("test-approved", "result").await;
    walk.press("result-done").await;
    walk.handset.see("add").await;
}

/// Sign-ins that wait, and how they end.
pub(super) async fn requests(walk: &mut Walk, service: &Service) {
    let waiting = at_the_computer(service).await;
    walk.at("waiting", "waiting").await;
    walk.press("waiting").await;
    walk.handset.see("approve").await;
    let number = waiting.text("number").expect("the page shows one");
    let first = number.chars().next().expect("it has two digits");
    walk.press(&format!("key-{first}")).await;
    walk.at("request", "approve").await;
    walk.press("deny").await;
    walk.at("stop", "stop").await;
    walk.press("stop-cancelled").await;
    walk.at("denied", "result").await;
    walk.press("result-done").await;

    let wrong = at_the_computer(service).await;
    let right = wrong.text("number").expect("the page shows one");
    walk.press("waiting").await;
    type_number(&walk.handset, if right == "47" { "48" } else { "47" }).await;
    walk.press("approve").await;
    walk.at("wrong-number", "result").await;
    walk.press("result-done").await;

    // Two at a time.
    let _one = at_the_computer(service).await;
    let _two = at_the_computer(service).await;
    walk.press("waiting").await;
    let handset = &walk.handset;
    handset
        .wait("both requests", async || {
            if handset.sees("show-all").await {
                handset.click("show-all").await;
            }
            (handset.count("[data-testid=request]").await == 2).then_some(())
        })
        .await;
    walk.at("requests", "request").await;
    walk.press("request").await;
    walk.press("deny").await;
    walk.press("stop-not-me").await;
    walk.at("reported", "result").await;
    walk.press("result-done").await;
    walk.handset.start().await;

    walk.press("open").await;
    walk.at("account-at-work", "activity").await;
    walk.press("activity-item").await;
    walk.at("activity-item", "back").await;
    if walk.handset.sees("report").await {
        walk.press("report").await;
        walk.at("report", "report-confirm").await;
    }
    walk.handset.start().await;
}
