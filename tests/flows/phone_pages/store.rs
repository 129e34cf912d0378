//! The pictures for the stores: the real screens, with accounts that are invented and codes that are right.
//! `.ci/screenshots` puts them where the stores' tools look for them.

use std::path::PathBuf;

use countersign_tests::desktop::Desktop;
use countersign_tests::handset::{Handset, Insets, Look, PHONE};
use countersign_tests::places;

use super::scene::{ACCOUNTS, activate, add, at_the_computer, contoso, fresh, type_number};
use crate::steps::agree;

/// What a store shows, and where its tools look for it.
struct Store {
    folder: fn(language: &str) -> PathBuf,
    look: Look,
    pixels: (u32, u32),
}

/// Google Play takes nothing longer than twice its width; F-Droid takes what Google Play takes.
const ANDROID: Store = Store {
    folder: |language| {
        let name = match language {
            "sv" => "sv-SE",
            "nb" => "no-NO",
            _ => "en-US",
        };
        PathBuf::from("metadata/android").join(name).join("images/phoneScreenshots")
    },
    look: Look { width: 360, height: 720, ratio: 3.0, insets: CLOCK, ..PHONE },
    pixels: (1080, 2160),
};
/// The App Store knows a device by the pixels: a 6.9-inch iPhone and a 13-inch iPad stand for all others.
const IPHONE: Store = Store {
    folder: ios,
    look: Look { width: 430, height: 932, ratio: 3.0, insets: CLOCK, ..PHONE },
    pixels: (1290, 2796),
};
const IPAD: Store = Store {
    folder: ios,
    look: Look { width: 1032, height: 1376, insets: CLOCK, ..PHONE },
    pixels: (2064, 2752),
};
/// Where the clock would be.
const CLOCK: Insets = Insets { top: 20, bottom: 8, left: 0, right: 0 };

fn ios(language: &str) -> PathBuf {
    let name = match language {
        "sv" => "sv",
        "nb" => "no",
        _ => "en-US",
    };
    PathBuf::from("screenshots").join(name)
}

#[tokio::test]
async fn pictures_for_the_stores_in_english() {
    pictures("en").await;
}

#[tokio::test]
async fn pictures_for_the_stores_in_swedish() {
    pictures("sv").await;
}

#[tokio::test]
async fn pictures_for_the_stores_in_norwegian() {
    pictures("nb").await;
}

async fn pictures(language: &str) {
    let name = format!("phone-store-{language}");
    let service = contoso(&name).await;
    let (_desktop, handset): (Desktop, Handset) = fresh(&name, language).await;
    agree(&handset).await;
    add(&handset, &ACCOUNTS).await;
    let mut person = at_the_computer(&service).await;
    let number = activate(&handset, &mut person).await;
    type_number(&handset, &number).await;
    handset.click("approve").await;
    handset.click("result-done").await;
    handset.see("add").await;

    // A backup that is whole, and nothing said about it in the list.
    handset.click("settings").await;
    handset.click("settings-backup").await;
    handset.click("backup-switch").await;
    handset.fill("lock-pass", "tall pine quiet river").await;
    handset.fill("lock-pass2", "tall pine quiet river").await;
    handset.click("lock-submit").await;
    handset.choose("write-done").await;
    handset.click("write-continue").await;
    handset
        .wait("the backup is written", async || (handset.count(".tag.good").await == 1).then_some(()))
        .await;
    shot(&handset, language, "4_backup", &[ANDROID, IPHONE, IPAD]).await;
    handset.start().await;
    handset.see("open").await;
    handset.wait("all codes", async || (handset.count(".code").await >= ACCOUNTS.len()).then_some(())).await;
    shot(&handset, language, "1_codes", &[ANDROID, IPHONE, IPAD]).await;
    handset.click("add").await;
    handset.see("add-sheet").await;
    shot(&handset, language, "3_add", &[ANDROID, IPHONE]).await;
    handset.back().await;

    let person = at_the_computer(&service).await;
    handset.click("waiting").await;
    handset.see("approve").await;
    type_number(&handset, &person.text("number").expect("the page shows one")).await;
    shot(&handset, language, "2_approve", &[ANDROID, IPHONE]).await;
    handset.click("deny").await;
    handset.see("stop").await;
    shot(&handset, language, "5_deny", &[ANDROID, IPHONE]).await;
    handset.close().await;
}

/// One picture for each store.
async fn shot(handset: &Handset, language: &str, name: &str, stores: &[Store]) {
    handset.run("document.activeElement?.blur?.(); return true").await;
    for Store { folder, look, pixels } in stores {
        handset.look(look).await;
        let prefix = if *pixels == IPAD.pixels { "ipad_" } else { "" };
        let file = places::cache().join("store").join(folder(language)).join(format!("{prefix}{name}.png"));
        handset.save_picture(&file).await;
        let picture = image::open(&file).expect("it is a picture");
        assert_eq!((picture.width(), picture.height()), *pixels, "{name}");
    }
    handset.look(&PHONE).await;
}
