//! Every screen that can be reached, looked at as a person with a phone sees it: in English at four sizes, on its side and
//! with large text, in the other languages on a small one. What axe-core finds and what a finger or an eye would stumble
//! over fails.

mod accounts;
mod safety;
mod work;

use std::io::Write as _;

use countersign_tests::handset::{Handset, LANDSCAPE, LARGE, Look, PHONE, Rules, SMALL, TABLET};
use countersign_tests::places;

use super::scene::{ACCOUNTS, add, contoso, fresh};
use crate::steps::agree;

#[tokio::test]
async fn accounts_in_english() {
    accounts("en", &ENGLISH).await;
}

#[tokio::test]
async fn accounts_in_swedish() {
    accounts("sv", &OTHERS).await;
}

#[tokio::test]
async fn accounts_in_norwegian() {
    accounts("nb", &OTHERS).await;
}

#[tokio::test]
async fn safety_in_english() {
    safety("en", &ENGLISH).await;
}

#[tokio::test]
async fn safety_in_swedish() {
    safety("sv", &OTHERS).await;
}

#[tokio::test]
async fn safety_in_norwegian() {
    safety("nb", &OTHERS).await;
}

#[tokio::test]
async fn work_in_english() {
    work("en", &ENGLISH).await;
}

#[tokio::test]
async fn work_in_swedish() {
    work("sv", &OTHERS).await;
}

#[tokio::test]
async fn work_in_norwegian() {
    work("nb", &OTHERS).await;
}

/// The first start, each way of adding, and what one account has.
async fn accounts(language: &'static str, looks: &'static [(Look, Rules)]) {
    let (_desktop, handset) = fresh(&format!("phone-accounts-{language}"), language).await;
    let mut walk = Walk::begin(handset, "accounts", language, looks);
    accounts::first_run(&mut walk).await;
    accounts::adding(&mut walk).await;
    accounts::one(&mut walk).await;
    walk.end(24).await;
}

/// Backup, restore, imports, exports, the settings, and what is in the way at a start.
async fn safety(language: &'static str, looks: &'static [(Look, Rules)]) {
    let (desktop, handset) = fresh(&format!("phone-safety-{language}"), language).await;
    agree(&handset).await;
    add(&handset, &ACCOUNTS).await;
    let mut walk = Walk::begin(handset, "safety", language, looks);
    safety::backup(&mut walk).await;
    safety::incoming(&mut walk).await;
    safety::export(&mut walk).await;
    safety::settings(&mut walk).await;
    safety::trouble(&mut walk, &desktop).await;
    walk.end(43).await;
}

/// A work account from its set-up code to every end of a sign-in.
async fn work(language: &'static str, looks: &'static [(Look, Rules)]) {
    let name = format!("phone-work-{language}");
    let service = contoso(&name).await;
    let (_desktop, handset) = fresh(&name, language).await;
    agree(&handset).await;
    let mut walk = Walk::begin(handset, "work", language, looks);
    work::adding(&mut walk, &service).await;
    work::requests(&mut walk, &service).await;
    walk.end(15).await;
}

const ENGLISH: [(Look, Rules); 7] = [
    (PHONE, Rules::All),
    (PHONE.in_the_dark(), Rules::Colours),
    (SMALL, Rules::Shapes),
    (SMALL.with_large_text(), Rules::Shapes),
    (LARGE, Rules::Shapes),
    (LANDSCAPE, Rules::Shapes),
    (TABLET, Rules::Shapes),
];
const OTHERS: [(Look, Rules); 3] =
    [(SMALL, Rules::All), (SMALL.in_the_dark(), Rules::Colours), (SMALL.with_large_text(), Rules::Shapes)];

/// Somebody looking at one screen after another.
struct Walk {
    handset: Handset,
    part: &'static str,
    language: &'static str,
    looks: &'static [(Look, Rules)],
    found: Vec<String>,
    seen: usize,
}

impl Walk {
    fn begin(
        handset: Handset,
        part: &'static str,
        language: &'static str,
        looks: &'static [(Look, Rules)],
    ) -> Self {
        Self { handset, part, language, looks, found: Vec::new(), seen: 0 }
    }

    /// Looks at the screen that is open, which has an element `id`. Keeps a picture of it; with
    /// COUNTERSIGN_KEEP_SCREENS one for each look.
    async fn at(&mut self, name: &str, id: &str) {
        let Self { handset, part, language, looks, found, seen } = self;
        handset.see(id).await;
        // A caret is no part of any screen.
        handset.run("document.activeElement?.blur?.(); return true").await;
        *seen += 1;
        for (number, (look, rules)) in looks.iter().enumerate() {
            let wrong = handset.judged(name, look, *rules).await;
            for what in &wrong {
                // At once: whatever stops the walk later hides none of it.
                writeln!(std::io::stderr(), "{language}: {what}").expect("the log can be written");
            }
            found.extend(wrong);
            if number == 0 || std::env::var_os("COUNTERSIGN_KEEP_SCREENS").is_some() {
                let file = format!("screens/phone/{language}/{part}-{seen:02}-{name}-{number}.png");
                handset.save_picture(&places::cache().join(file)).await;
            }
        }
        handset.look(&PHONE).await;
        let spoken = handset.run("return document.documentElement.lang").await;
        assert_eq!(spoken.as_str(), Some(*language), "{name}");
    }

    async fn press(&self, id: &str) {
        self.handset.click(id).await;
    }

    /// Nothing was wrong with any of at least so many screens.
    async fn end(self, least: usize) {
        let Self { handset, found, seen, .. } = self;
        let complaints = handset.complaints().await;
        let refused: Vec<_> =
            complaints.iter().filter(|text| text.contains("Content Security Policy")).collect();
        assert!(refused.is_empty(), "the page's own policy refused something: {refused:#?}");
        assert!(found.is_empty(), "{} objections on {seen} screens:\n{}", found.len(), found.join("\n"));
        assert!(seen >= least, "only {seen} screens were seen");
        handset.close().await;
    }
}
