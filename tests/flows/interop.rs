//! A real privacyIDEA server makes tokens, the app scans their QR codes from the camera, the server judges
//! the codes on the screen.

use countersign_tests::desktop::Desktop;
use countersign_tests::picture;
use countersign_tests::privacyidea::{PrivacyIdea, Token};
use countersign_tests::sentinel;
use countersign_tests::window::Window;
use serde_json::json;

use crate::steps::{accounts, agree};

#[tokio::test]
async fn a_real_server_accepts_the_codes_of_accounts_that_were_scanned() {
    let server = PrivacyIdea::start().await;
    let tokens = [
        server.make_token(json!({"type": "totp"})).await,
        server.make_token(json!({"type": "totp", "hashlib": "sha256", "otplen": 8, "timeStep": 60})).await,
        server.make_token(json!({"type": "hotp"})).await,
    ];

    let mut desktop = Desktop::start("interop").await;
    desktop.start_keyring().await;
    let window = Window::open(&desktop).await;
    assert_eq!(accounts(&window).await, 0);
    agree(&window).await;
    for (number, token) in (1..).zip(&tokens) {
        desktop.show_to_camera(&picture::draw(&token.text)).await;
        window.click("add").await;
        window.click("add-scan").await;
        window.click("confirm-add").await;
        window.wait("it is in the list", async || (accounts(&window).await == number).then_some(())).await;
        window.see_no_more("confirm-add").await;
        assert_eq!(server.check(token, &shown(&window, token).await).await, "ACCEPT", "{}", token.text);
    }
    window.keep_picture("accepted").await;

    // The counter moves on: the next code is good as well, the used one is not.
    let [.., counted] = &tokens;
    let used = shown(&window, counted).await;
    assert_eq!(server.check(counted, &used).await, "REJECT", "a code is good once");
    window.click_at(&format!("{} [data-testid=next-counter]", row(&window, counted).await)).await;
    let next = window
        .wait("the next code", async || Some(shown(&window, counted).await).filter(|code| *code != used));
    assert_eq!(server.check(counted, &next.await).await, "ACCEPT");
    window.close().await;

    let keys: Vec<_> = tokens.iter().map(|token| token.key.clone()).collect();
    let (leaks, _) = sentinel::search(&desktop.home(), &keys);
    assert_eq!(leaks, []);
    let window = Window::open(&desktop).await;
    window.wait("all accounts", async || (accounts(&window).await == tokens.len()).then_some(())).await;
    window.close().await;
}

/// The code of a token as it is on screen.
async fn shown(window: &Window, token: &Token) -> String {
    let code = format!("{} [data-testid=code]", row(window, token).await);
    window.code_at(&code).await
}

/// The row of a token. The server names all of them after itself; their serial numbers differ.
async fn row(window: &Window, token: &Token) -> String {
    let find = format!(
        "return [...document.querySelectorAll('[data-testid=row]')]
           .find((row) => row.textContent.includes('{}'))?.dataset.id ?? null",
        token.serial
    );
    let id =
        window.wait("the token's row", async || window.run(&find).await.as_str().map(str::to_owned)).await;
    format!("[data-testid=row][data-id=\"{id}\"]")
}
