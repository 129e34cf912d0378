//! The app lock that the phone's own question opens, from turning it on to turning it off.

use std::fs;

use countersign_tests::desktop::Desktop;
use countersign_tests::handset::Handset;

use super::scene::ready;
use crate::steps::{KEY, accounts, add_by_hand, code_is_right};

#[tokio::test]
async fn the_phones_question_opens_the_app_and_nothing_else_does() {
    let (desktop, handset) = ready("phone-lock").await;
    add_by_hand(&handset, "Example", "maria", KEY).await;

    // Nobody confirms: it stays off. Then somebody does.
    handset.person_will("refuse").await;
    handset.click("settings").await;
    handset.click("app-lock").await;
    handset.click("lock-how-submit").await;
    handset.see("form-error").await;
    assert_eq!(slots(&desktop), ["keystore", "keystore"]);
    handset.person_will("pass").await;
    handset.click("lock-how-submit").await;
    handset.see("lock-now").await;
    assert_eq!(slots(&desktop), ["keystore_auth", "keystore_auth"]);

    // A file that nothing seals takes them as well.
    handset.person_will("refuse").await;
    handset.click("moving").await;
    handset.click("moving-export").await;
    handset.choose("format-otpauthList").await;
    handset.click("export-continue").await;
    handset.click("export-open-submit").await;
    handset.see("form-error").await;
    handset.person_will("pass").await;
    handset.click("export-open-submit").await;
    handset.see("exported").await;
    handset.start().await;
    handset.see("add").await;

    // By hand it locks and asks nobody; a page that is opened anew asks once.
    let asked = handset.person_will("refuse").await;
    handset.click("settings").await;
    handset.click("lock-now").await;
    handset.see("unlock").await;
    assert_eq!(handset.person_will("refuse").await, asked);
    handset.start().await;
    handset.see("not-verified").await;
    assert_eq!(handset.person_will("refuse").await, asked + 1);

    // While they think, the app goes on, and a page that is opened anew waits for the same answer.
    handset.person_will("think").await;
    handset.click("unlock").await;
    let asking = handset
        .wait("the question is there", async || {
            let asked_now = handset.person_will("think").await;
            (asked_now > asked + 1).then_some(asked_now)
        })
        .await;
    let call = "return window.__TAURI_INTERNALS__.invoke('accounts').catch((error) => error.code)";
    assert_eq!(handset.run(call).await.as_str(), Some("locked"), "and is not stuck");
    handset.start().await;
    handset.see("unlock").await;
    assert_eq!(handset.person_will("pass").await, asking, "nobody asked again");
    handset.see("add").await;
    code_is_right(&handset, "Example", KEY).await;
    handset.close().await;

    // A new start of the app asks by itself.
    let handset = Handset::open(&desktop, "en").await;
    handset.see("add").await;
    assert_eq!(handset.person_will("pass").await, 1);
    code_is_right(&handset, "Example", KEY).await;

    // A key that the phone has ended leaves what a lost one does.
    handset.click("settings").await;
    handset.click("lock-now").await;
    handset.person_will("loseKey").await;
    handset.click("unlock").await;
    let problem = handset.attribute("problem", "data-problem").await;
    assert_eq!(problem.as_deref(), Some("personKeyLost"));
    handset.see("problem-restore").await;
    handset.person_will("pass").await;
    handset.click("problem-tryAgain").await;
    handset.click("unlock").await;
    handset.see("add").await;
    assert_eq!(accounts(&handset).await, 1);

    // Turning it off asks once more.
    let asked = handset.person_will("pass").await;
    handset.click("settings").await;
    handset.click("app-lock").await;
    handset.click("lock-submit").await;
    handset.see_no_more("lock-submit").await;
    assert_eq!(handset.person_will("refuse").await, asked + 1);
    assert_eq!(slots(&desktop), ["keystore", "keystore"]);
    handset.start().await;
    handset.see("add").await;
    handset.close().await;
}

/// What opens the vault and the copy before it.
fn slots(desktop: &Desktop) -> [String; 2] {
    ["vault.avlt", "vault.previous.avlt"].map(|name| {
        let bytes = fs::read(desktop.data().join(name)).expect("the app keeps it there");
        let header = String::from_utf8_lossy(&bytes);
        let (_, kind) = header.split_once("\"type\":\"").expect("it has a slot");
        kind.split('"').next().expect("it has a kind").to_owned()
    })
}
