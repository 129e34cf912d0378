//! A phone in somebody's hand, and what was put on it before.

use countersign_tests::desktop::Desktop;
use countersign_tests::handset::Handset;
use countersign_tests::http::Http;
use countersign_tests::page::Page;
use countersign_tests::person::Person;
use countersign_tests::service::{PASSWORD, Service};
use serde_json::json;

use crate::steps::agree;

/// A phone that has just been started for the first time.
pub(crate) async fn fresh(test: &str, language: &str) -> (Desktop, Handset) {
    fresh_as(test, language, &[]).await
}

/// The same of another kind than Android's.
pub(crate) async fn fresh_as(test: &str, language: &str, kind: &[&str]) -> (Desktop, Handset) {
    let mut desktop = Desktop::start(test).await;
    desktop.start_keyring().await;
    let handset = Handset::open_as(&desktop, language, kind).await;
    (desktop, handset)
}

/// The same past the first questions.
pub(crate) async fn ready(test: &str) -> (Desktop, Handset) {
    let (desktop, handset) = fresh(test, "en").await;
    agree(&handset).await;
    (desktop, handset)
}

/// Accounts as people have them. The names are invented.
pub(crate) const ACCOUNTS: [(&str, &str, &str); 6] = [
    ("Northwind", "maria.lindqvist@northwind.example", "personal"),
    ("Fabrikam Mail", "maria@lindqvist.example", "personal"),
    ("Tailspin Bank", "44120817", "personal"),
    ("Wide World VPN", "maria", "other"),
    ("Vårdförbundet Lindköping", "maria.lindqvist@vardforbundet-lindkoping.example", "other"),
    ("Proseware", "", "other"),
];

/// Adds accounts by the app's own commands, and opens the page anew.
pub(crate) async fn add(handset: &Handset, accounts: &[(&str, &str, &str)]) {
    let accounts: Vec<_> = (0..)
        .zip(accounts)
        .map(|(number, (issuer, account, group))| {
            let key = data_encoding::BASE32_NOPAD.encode(format!("key of account {number:06}").as_bytes());
            let text = format!("otpauth://totp/x:y?secret={key}");
            json!({ "text": text, "issuer": issuer, "account": account, "group": group })
        })
        .collect();
    let script = format!(
        "const call = window.__TAURI_INTERNALS__.invoke;
         return (async () => {{
           for (const {{ text, issuer, account, group }} of {}) {{
             const {{ session }} = await call('inspect_text', {{ text }});
             await call('confirm', {{ session, picks: [{{ index: 0, issuer, account, group, replaces: null }}] }});
           }}
           return true;
         }})()",
        json!(accounts),
    );
    handset.run(&script).await;
    handset.start().await;
    handset.see("add").await;
}

/// Contoso's service, where Maria has an account.
pub(crate) async fn contoso(test: &str) -> Service {
    let service = Service::start(test, None).await;
    service.add("maria", "Maria Lindqvist", false).await;
    service
}

/// Somebody at a computer, as far as the password.
pub(crate) async fn at_the_computer(service: &Service) -> Person {
    at_a_computer(service, Http::new()).await
}

/// The same with connections of another kind.
pub(crate) async fn at_a_computer(service: &Service, http: Http) -> Person {
    let mut person = Person::with(http, &service.origin);
    person.open("/sign-in").await;
    person.submit("/sign-in", &[("user_name", "maria")]).await;
    person.submit("/sign-in/password", &[("password", PASSWORD)]).await;
    person
}

/// Types the number that a page shows.
pub(crate) async fn type_number(page: &Page, number: &str) {
    for digit in number.chars() {
        page.click(&format!("key-{digit}")).await;
    }
}

/// Adds Maria's work account by typing its code in, and stops where the test sign-in waits to be answered; gives the
/// number of its page.
pub(crate) async fn activate(handset: &Handset, person: &mut Person) -> String {
    let (code, address) = begin_registration(person).await;
    handset.click("add").await;
    handset.click("add-work").await;
    handset.click("work-manual").await;
    handset.fill("field-code", &code).await;
    handset.fill("field-url", &address).await;
    handset.click("manual-submit").await;
    handset.see("work-account").await;
    handset.click("confirm-add").await;
    number_of_the_test(person).await
}

/// The code and the address that the registration page shows for typing.
pub(crate) async fn begin_registration(person: &mut Person) -> (String, String) {
    person.submit("/register", &[("how", "notifications")]).await;
    let code = person.text("activation-code").expect("the page has a code");
    let address = person.text("activation-url").expect("the page has an address");
    (code, address)
}

/// The number of the test sign-in, once the phone has taken the code.
pub(crate) async fn number_of_the_test(person: &mut Person) -> String {
    let page = person.attribute("next", "href").expect("the page goes on");
    for _ in 0..100 {
        person.open(&page).await;
        if let Some(number) = person.text("number") {
            return number;
        }
        person.page.clear();
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the page never shows a number: {}", person.path);
}
