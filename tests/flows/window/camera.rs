//! Scanning with a camera that PipeWire offers.

use countersign_tests::desktop::Desktop;
use countersign_tests::picture::{self, View};
use countersign_tests::window::Window;
use serde_json::Value;

use crate::steps::{KEY, accounts, code_is_right, confirm, ready};

#[tokio::test]
async fn a_code_held_before_the_camera_is_added_after_one_confirmation() {
    let (mut desktop, window) = ready("camera").await;
    assert_eq!(accounts(&window).await, 0);
    desktop.show_to_camera(&picture::blank()).await;
    open_scanner(&window).await;
    window.keep_picture("scanner").await;

    desktop.show_to_camera(&picture::draw(&format!("otpauth://totp/Example:camera?secret={KEY}"))).await;
    window.see("confirm-add").await;
    assert_eq!(accounts(&window).await, 0, "nothing is added by itself");
    confirm(&window, "Example").await;
    code_is_right(&window, "Example", KEY).await;
    window.keep_picture("list").await;
    window.close().await;
}

/// Prints how long each took, for `.ci/bench-camera`. Nothing is asserted about time.
#[tokio::test]
async fn codes_near_and_far_light_and_dark_are_read() {
    let (mut desktop, window) = ready("camera-views").await;
    for view in View::ALL {
        let text = format!("otpauth://totp/{view:?}:camera?secret={KEY}&issuer={view:?}");
        desktop.show_film_to_camera(&view.film(&[&text])).await;
        watch(&window).await;
        open_scanner(&window).await;
        confirm(&window, &format!("{view:?}")).await;
        let seen = window.run("return watched").await;
        let number = |name: &str| seen.get(name).and_then(Value::as_f64).unwrap_or(f64::NAN);
        let (starts, found) = (number("starts"), number("found"));
        println!(
            "bench-camera {view:?}: {:.0} ms from the scanner to the confirmation, {:.1} pages a second meanwhile",
            found - starts,
            number("pages") * 1000.0 / (found - starts),
        );
    }
    let nothing = View::Easy.film(&[]);
    desktop.show_film_to_camera(&nothing).await;
    watch(&window).await;
    open_scanner(&window).await;
    let pages = window
        .wait("five seconds of nothing", async || {
            let seen = window.run("return [performance.now() - watched.starts, watched.pages]").await;
            let (millis, pages) = (seen.get(0)?.as_f64()?, seen.get(1)?.as_f64()?);
            (millis > 5000.0).then_some(pages * 1000.0 / millis)
        })
        .await;
    println!("bench-camera nothing in view: {pages:.1} pages a second");
    window.close().await;
}

#[tokio::test]
async fn of_two_codes_in_view_the_one_that_is_meant_is_added() {
    let (mut desktop, window) = ready("camera-two").await;
    let text = |name: &str| format!("otpauth://totp/{name}:camera?secret={KEY}&issuer={name}");
    show(&mut desktop, &[&text("Upper"), &text("Lower")]).await;
    open_scanner(&window).await;
    window.see("choices").await;
    window.keep_picture("choices").await;
    let named = window.all("[data-testid=choice]").await;
    assert_eq!(named.len(), 2);
    let mut lower = None;
    for choice in named {
        if choice.text().await.is_ok_and(|text| text.contains("Lower")) {
            lower = Some(choice);
        }
    }
    lower.expect("both are named").send_keys("\u{e007}").await.expect("it can be reached by keyboard");
    confirm(&window, "Lower").await;
    assert_eq!(accounts(&window).await, 1, "the other one was not meant");
    window.close().await;
}

async fn show(desktop: &mut Desktop, texts: &[&str]) {
    desktop.show_film_to_camera(&View::Easy.film(texts)).await;
}

async fn open_scanner(window: &Window) {
    window.click("add").await;
    window.click("add-scan").await;
}

/// Counts how often the page is drawn from the scanner's first picture of itself to what it finds. By the page's own
/// clock, because the driver's answers take their time.
async fn watch(window: &Window) {
    window
        .run(
            "window.watched = { starts: null, found: null, pages: 0 };
            const on = (id) => document.querySelector(`[data-testid=${id}]`);
            const mine = window.watched;
            const look = (now) => {
                if (mine !== window.watched || mine.found !== null) return;
                if (mine.starts === null && on('scanner')) mine.starts = now;
                else if (mine.starts !== null) mine.pages += 1;
                if (mine.starts !== null && on('confirm-add')) mine.found = now;
                requestAnimationFrame(look);
            };
            requestAnimationFrame(look);",
        )
        .await;
}
