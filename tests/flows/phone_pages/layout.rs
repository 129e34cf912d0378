//! What phones do to a page that no other screen does: back gestures, turning, keyboards that cover half of it.

use std::io::Write as _;

use countersign_tests::handset::{Handset, LANDSCAPE, Look, PHONE};
use countersign_tests::places;
use serde_json::{Value, json};

use super::scene::{ACCOUNTS, add, fresh, ready};
use crate::steps::{agree, confirm};

/// Android's back button goes back in the page's history while there is something to go back to, and then leaves.
#[tokio::test]
async fn back_closes_the_top_layer_and_then_leaves_the_app() {
    let (_desktop, handset) = ready("phone-back").await;
    add(&handset, &ACCOUNTS).await;
    let bottom = place_in_history(&handset).await;

    handset.click("settings").await;
    handset.click("language").await;
    at_history(&handset, bottom + 2).await;
    handset.back().await;
    handset.see("theme").await;
    handset.back().await;
    handset.see("add").await;
    at_history(&handset, bottom).await;

    // A sheet over a screen, and what is closed by its own button.
    handset.click("more").await;
    handset.click("details").await;
    handset.click("account-more").await;
    handset.see("edit").await;
    at_history(&handset, bottom + 2).await;
    handset.back().await;
    handset.see_no_more("menu").await;
    handset.click("back").await;
    handset.see_no_more("account-code").await;
    at_history(&handset, bottom).await;

    // Backing out of a scan lets the camera go.
    handset.click("add").await;
    handset.click("add-scan").await;
    handset.see("scanner").await;
    handset.back().await;
    handset.see_no_more("scanner").await;
    at_history(&handset, bottom).await;
    handset.close().await;
}

async fn place_in_history(handset: &Handset) -> i64 {
    handset.run("return navigation.currentEntry.index").await.as_i64().expect("Chromium has the interface")
}

async fn at_history(handset: &Handset, place: i64) {
    handset
        .wait(&format!("the history is at {place}"), async || {
            (place_in_history(handset).await == place).then_some(())
        })
        .await;
}

#[tokio::test]
async fn turning_the_phone_keeps_what_was_typed() {
    let (_desktop, handset) = ready("phone-turning").await;
    handset.click("add").await;
    handset.click("add-manual").await;
    handset.fill("field-issuer", "Example").await;
    handset.fill("field-key", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").await;
    for look in [LANDSCAPE, PHONE] {
        handset.look(&look).await;
        let typed = handset.run("return document.querySelector('[data-testid=field-issuer]').value").await;
        assert_eq!(typed.as_str(), Some("Example"));
        let focused = handset.run("return document.activeElement.dataset.testid").await;
        assert_eq!(focused.as_str(), Some("field-key"), "the keyboard stays");
    }
    handset.click("manual-submit").await;
    confirm(&handset, "Example").await;
    handset.close().await;
}

/// Neither system makes the page smaller for its keyboard: both make the part of it smaller that is seen. Chromium has
/// no keyboard to show here, so the page is told what it would be told.
#[tokio::test]
async fn the_keyboard_covers_neither_the_field_nor_the_button() {
    let (_desktop, handset) = ready("phone-keyboard").await;
    handset.click("add").await;
    handset.click("add-manual").await;
    handset.click("field-key").await;
    let bottoms = || {
        handset.run(
            "const bottom = (id) => document.querySelector(`[data-testid=${id}]`).getBoundingClientRect().bottom;
             return { button: bottom('manual-submit'), field: bottom('field-key') }",
        )
    };
    let open = bottoms().await;
    assert!(open["button"].as_f64() > Some(500.0), "without a keyboard it is at the lower edge: {open}");

    for (height, covered) in [(480, true), (844, false)] {
        let show = format!(
            "Object.defineProperty(visualViewport, 'height', {{ configurable: true, get: () => {height} }});
             visualViewport.dispatchEvent(new Event('resize')); return true"
        );
        handset.run(&show).await;
        handset.drawn().await;
        let seen = bottoms().await;
        for part in ["button", "field"] {
            assert!(seen[part].as_f64() <= Some(f64::from(height)), "{part} at {height}: {seen}");
        }
        assert_eq!(seen["button"].as_f64() < Some(500.0), covered, "{seen}");
    }
    handset.close().await;
}

#[tokio::test]
async fn less_motion_is_none() {
    let (_desktop, handset) = ready("phone-motion").await;
    let longest = async |look: &Look| {
        handset.look(look).await;
        handset.click("add").await;
        handset.see("add-sheet").await;
        let script = "const parts = [...document.querySelectorAll('*')].map((each) => getComputedStyle(each));
            const seconds = parts.flatMap(({ animationName, animationDuration, transitionDuration }) => [
              ...(animationName === 'none' ? [] : animationDuration.split(', ')), ...transitionDuration.split(', ')]);
            return Math.max(...seconds.map(parseFloat))";
        let longest = handset.run(script).await.as_f64().expect("a number");
        handset.back().await;
        handset.see_no_more("add-sheet").await;
        longest
    };
    assert!(longest(&Look { still: false, ..PHONE }).await > 0.1);
    assert!(longest(&PHONE).await < 0.01);
    handset.close().await;
}

/// The tree that a screen reader is given: what lies under another layer is not in it, and it reads from the top.
#[tokio::test]
async fn a_screen_reader_is_given_the_top_layer_from_its_top() {
    let (_desktop, handset) = ready("phone-reader").await;
    add(&handset, &ACCOUNTS).await;
    let list = read_aloud(&handset).await;
    let at = |list: &[String], what: &str| {
        list.iter().position(|said| said == what).unwrap_or_else(|| panic!("{what} is not said in {list:#?}"))
    };
    assert!(at(&list, "heading Accounts") < at(&list, "button Search"));
    assert!(at(&list, "button Settings") < at(&list, "heading Personal"));
    assert!(at(&list, "heading Personal") < at(&list, "heading Other"));
    assert!(list.iter().any(|said| said.starts_with("button") && said.contains("Northwind")), "{list:#?}");
    assert!(at(&list, "button Add") > at(&list, "heading Other"));

    handset.click("settings").await;
    handset.see("language").await;
    let settings = read_aloud(&handset).await;
    assert_eq!(settings.first().map(String::as_str), Some("button Back"));
    assert_eq!(settings.get(1).map(String::as_str), Some("heading Settings"));
    assert!(!settings.iter().any(|said| said.contains("Northwind")), "the list is not there: {settings:#?}");
    handset.click("back").await;

    handset.click("more").await;
    handset.see("menu").await;
    let menu = read_aloud(&handset).await;
    assert!(menu.first().is_some_and(|said| said.starts_with("dialog ")), "{menu:#?}");
    assert!(!menu.contains(&"heading Accounts".to_owned()), "the list is not there: {menu:#?}");
    handset.close().await;
}

/// Roles and names, in the order in which they are read.
async fn read_aloud(handset: &Handset) -> Vec<String> {
    handset.drawn().await;
    let tree = handset.devtools("Accessibility.getFullAXTree", json!({})).await;
    let nodes = tree["nodes"].as_array().expect("it has nodes").clone();
    let find = |id: &Value| nodes.iter().find(|node| node["nodeId"] == *id);
    let mut said = Vec::new();
    let mut next = vec![nodes.first().expect("the page").clone()];
    while let Some(node) = next.pop() {
        let role = node["role"]["value"].as_str().unwrap_or_default();
        let name = node["name"]["value"].as_str().unwrap_or_default();
        let roles =
            ["button", "heading", "link", "switch", "textbox", "radio", "checkbox", "dialog", "alertdialog"];
        if node["ignored"] != json!(true) && roles.contains(&role) {
            assert!(!name.is_empty(), "a {role} has no name");
            said.push(format!("{role} {name}"));
        }
        let children = node["childIds"].as_array().into_iter().flatten();
        next.extend(children.rev().filter_map(&find).cloned());
    }
    said
}

/// How smoothly depends on the machine, and is printed. That rows out of sight cost nothing does not.
#[tokio::test]
async fn a_list_of_a_thousand_accounts_draws_what_is_in_sight() {
    let (desktop, handset) = fresh("phone-long", "en").await;
    handset.close().await;
    let seed = desktop.command(places::built("seed-vault")).arg(desktop.data()).arg("1000").output().await;
    let seed = seed.expect("it is built with the workspace");
    assert!(seed.status.success(), "{}", String::from_utf8_lossy(&seed.stderr));
    let handset = Handset::open(&desktop, "en").await;
    handset.see("row").await;
    assert_eq!(handset.count("[data-testid=row]").await, 1000);
    let script = "
        const body = document.querySelector('.body:has(.account)');
        const frames = [];
        let last = performance.now();
        for (let i = 0; i < 30; i += 1) {
          body.scrollTop += 240;
          await new Promise(requestAnimationFrame);
          const now = performance.now();
          frames.push(Math.round(now - last));
          last = now;
        }
        const drawn = [...document.querySelectorAll('.account .name')]
          .filter((each) => each.checkVisibility({ contentVisibilityAuto: true })).length;
        return { frames, drawn, at: body.scrollTop }";
    let (mut frames, mut drawn) = (Vec::new(), 0);
    for part in 1_u32..=3 {
        let seen = handset.run(&format!("return (async () => {{ {script} }})()")).await;
        // The height of what was not drawn yet is a guess, and the browser keeps what is in sight where it is.
        assert!(seen["at"].as_f64() > Some(f64::from(part) * 4000.0), "it was scrolled: {seen}");
        drawn = drawn.max(seen["drawn"].as_i64().expect("a number"));
        frames.extend(seen["frames"].as_array().into_iter().flatten().filter_map(Value::as_i64));
    }
    frames.sort_unstable();
    let (median, longest) = (frames[frames.len() / 2], frames.last().expect("there are some"));
    let long = frames.iter().filter(|millis| **millis > 50).count();
    tell(&format!(
        "1000 accounts, scrolled by 240 pixels in each of {} frames: median {median} ms, longest {longest} ms, {long} over \
         50 ms; {drawn} rows drawn",
        frames.len(),
    ));
    assert!(drawn > 0 && drawn < 60, "{drawn}");
    handset.close().await;
}

/// The first screen waits for one answer of the app's and for nothing else; what is not on it is not read for it.
#[tokio::test]
async fn the_first_screen_needs_little() {
    let (_desktop, handset) = fresh("phone-start", "en").await;
    agree(&handset).await;
    add(&handset, &ACCOUNTS).await;
    let script = "
        const first = performance.getEntriesByName('first-contentful-paint')[0].startTime;
        const all = performance.getEntriesByType('resource');
        const name = ({ name }) => new URL(name).pathname;
        const before = all.filter(({ startTime, name }) => startTime < first && name.includes('/assets/'));
        return { first, before: before.map((each) => [name(each), each.decodedBodySize]) }";
    let seen = handset
        .wait("the first paint", async || {
            let seen = handset.run(&format!("try {{ {script} }} catch {{ return null }}")).await;
            (!seen.is_null()).then_some(seen)
        })
        .await;
    tell(&format!("read before the first paint: {seen}"));
    let before = seen["before"].as_array().expect("a list");
    let bytes: i64 = before.iter().filter_map(|file| file[1].as_i64()).sum();
    assert!(!before.is_empty() && before.len() <= FILES, "{seen}");
    assert!(bytes <= BYTES, "{bytes} bytes: {seen}");
    handset.close().await;
}

/// A figure for whoever reads the log.
fn tell(what: &str) {
    writeln!(std::io::stderr(), "{what}").expect("the log can be written");
}

/// A file of styles, the entry, and the way to the app.
const FILES: usize = 3;
/// As they are, not compressed: they come from the phone's own storage.
const BYTES: i64 = 400_000;
