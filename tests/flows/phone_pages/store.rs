//! The pictures for the stores: the real screens, with accounts that are invented and codes that are right.
//! `.ci/screenshots` puts them where the stores' tools look for them.

use std::path::PathBuf;

use countersign_tests::desktop::Desktop;
use countersign_tests::handset::{Handset, Insets, Look, PHONE};
use countersign_tests::http::Http;
use countersign_tests::places;
use countersign_tests::service::Service;

use super::scene::{ACCOUNTS, activate, add, at_a_computer, fresh_as, type_number};
use crate::steps::agree;

/// A kind of phone, as the host of its pages is told.
struct System {
    words: &'static [&'static str],
    phone: Store,
    tablet: Option<Store>,
}

const SYSTEMS: [System; 2] = [
    System { words: &[], phone: ANDROID, tablet: None },
    System { words: &["ios"], phone: IPHONE, tablet: Some(IPAD) },
];

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
    for system in SYSTEMS {
        pictures_of(system, language).await;
    }
}

async fn pictures_of(System { words, phone, tablet }: System, language: &str) {
    let name = format!("phone-store{}-{language}", words.concat());
    let service = somewhere(&name).await;
    let (_desktop, handset): (Desktop, Handset) = fresh_as(&name, language, words).await;
    agree(&handset).await;
    add(&handset, &ACCOUNTS).await;
    let mut person = at_a_computer(&service, Http::from(ADDRESS)).await;
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
    let tablet = tablet.as_ref();
    shot(&handset, language, "4_backup", &phone).await;
    handset.start().await;
    handset.see("open").await;
    handset.wait("all codes", async || (handset.count(".code").await >= ACCOUNTS.len()).then_some(())).await;
    shot(&handset, language, "1_codes", &phone).await;
    if let Some(tablet) = tablet {
        shot(&handset, language, "ipad_1_codes", tablet).await;
    }
    handset.click("add").await;
    handset.see("add-sheet").await;
    shot(&handset, language, "3_add", &phone).await;
    handset.back().await;

    let person = at_a_computer(&service, Http::from(ADDRESS)).await;
    handset.click("waiting").await;
    handset.see("approve").await;
    type_number(&handset, &person.text("number").expect("the page shows one")).await;
    shot(&handset, language, "2_approve", &phone).await;
    handset.click("deny").await;
    handset.see("stop").await;
    shot(&handset, language, "5_deny", &phone).await;
    handset.close().await;
}

/// Contoso's service, which knows where an address is; a proxy tells it who calls from where.
async fn somewhere(test: &str) -> Service {
    let made_up = places::root().join("sign-in/tests/places/places.mmdb");
    let known = [
        ("COUNTERSIGN_GEOIP", made_up.display().to_string()),
        ("COUNTERSIGN_TRUSTED_PROXIES", "127.0.0.1".to_owned()),
    ];
    let service = Service::start_with(test, None, &known).await;
    service.add("maria", "Maria Lindqvist", false).await;
    service
}

/// In Stockholm, by the made-up list of places.
const ADDRESS: &str = "9.9.9.14";

/// A picture for a store.
async fn shot(handset: &Handset, language: &str, name: &str, Store { folder, look, pixels }: &Store) {
    handset.run("document.activeElement?.blur?.(); return true").await;
    handset.look(look).await;
    let file = places::cache().join("store").join(folder(language)).join(format!("{name}.png"));
    handset.save_picture(&file).await;
    let picture = image::open(&file).expect("it is a picture");
    assert_eq!((picture.width(), picture.height()), *pixels, "{name}");
    handset.look(&PHONE).await;
}
