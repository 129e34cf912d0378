//! Every screen that can be reached, looked at as a person with a phone sees it: at four sizes, on its side, with
//! large text, light and dark, in three languages. What axe-core finds and what a finger or an eye would stumble over
//! fails.

mod accounts;
mod safety;
mod work;

use std::io::Write as _;

use countersign_tests::handset::{Handset, LANDSCAPE, LARGE, Look, PHONE, SMALL, TABLET};
use countersign_tests::places;

use super::scene::{contoso, fresh};

#[tokio::test]
async fn every_screen_in_english_at_every_size() {
    let looks = [PHONE, PHONE.in_the_dark(), SMALL, SMALL.with_large_text(), LARGE, LANDSCAPE, TABLET];
    walk("en", &looks).await;
}

#[tokio::test]
async fn every_screen_in_swedish() {
    walk("sv", &[PHONE, PHONE.in_the_dark(), SMALL]).await;
}

#[tokio::test]
async fn every_screen_in_norwegian() {
    walk("nb", &[PHONE, PHONE.in_the_dark(), SMALL]).await;
}

async fn walk(language: &'static str, looks: &[Look]) {
    let name = format!("phone-walk-{language}");
    let service = contoso(&name).await;
    let (desktop, handset) = fresh(&name, language).await;
    let mut walk = Walk { handset, language, looks: looks.to_vec(), found: Vec::new(), seen: 0 };
    accounts::first_run(&mut walk).await;
    accounts::adding(&mut walk, &desktop).await;
    accounts::one(&mut walk).await;
    safety::backup(&mut walk).await;
    safety::incoming(&mut walk).await;
    safety::export(&mut walk).await;
    work::adding(&mut walk, &service).await;
    work::requests(&mut walk, &service).await;
    safety::settings(&mut walk).await;
    let walk = safety::trouble(walk, &desktop).await;

    let Walk { handset, found, seen, .. } = walk;
    let complaints: Vec<_> = handset
        .complaints()
        .await
        .into_iter()
        .filter(|text| text.contains("Content Security Policy"))
        .collect();
    assert!(complaints.is_empty(), "the page's own policy refused something:\n{}", complaints.join("\n"));
    assert!(found.is_empty(), "{} objections on {seen} screens:\n{}", found.len(), found.join("\n"));
    assert!(seen >= SCREENS, "only {seen} screens were seen");
    handset.close().await;
}

/// So many screens each walk passes at least.
const SCREENS: usize = 70;

/// Somebody looking at one screen after another.
struct Walk {
    handset: Handset,
    language: &'static str,
    looks: Vec<Look>,
    found: Vec<String>,
    seen: usize,
}

impl Walk {
    /// Looks at the screen that is open, which has an element `id`.
    async fn at(&mut self, name: &str, id: &str) {
        let Self { handset, language, looks, found, seen } = self;
        handset.see(id).await;
        // Short, and not part of any screen.
        handset.run("document.activeElement?.blur?.(); return true").await;
        *seen += 1;
        for (number, look) in looks.iter().enumerate() {
            let wrong = handset.judged(name, look).await;
            for what in &wrong {
                // At once: whatever stops the walk later hides none of it.
                writeln!(std::io::stderr(), "{what}").expect("the log can be written");
            }
            found.extend(wrong);
            let file = format!("screens/phone/{language}/{seen:02}-{name}-{number}.png");
            handset.save_picture(&places::cache().join(file)).await;
        }
        if looks.len() > 1 {
            handset.look(&PHONE).await;
        }
        let spoken = handset.run("return document.documentElement.lang").await;
        assert_eq!(spoken.as_str(), Some(*language), "{name}");
    }

    async fn press(&self, id: &str) {
        self.handset.click(id).await;
    }
}
