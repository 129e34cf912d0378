//! The first start, watched by strace: what the app says about connections is true.

use std::fs;

use countersign_tests::desktop::Desktop;
use countersign_tests::places;
use countersign_tests::wait::until;

/// Outside the driver, which talks to the web view through a loopback connection of its own.
#[tokio::test]
async fn there_is_no_connection_before_consent_nor_after() {
    let mut desktop = Desktop::start("first-run").await;
    desktop.start_keyring().await;
    let trace = desktop.home().join("trace");
    let mut command = desktop.logged("strace", "strace.log");
    command.args(["-f", "-qq", "-e", "trace=socket", "-o"]).arg(&trace).arg(places::app());
    let _app = command.spawn().expect("strace is installed by .ci/install all");

    until("the window is drawn", async || colours(&desktop).await.filter(|colours| *colours > 50)).await;
    assert!(!desktop.data().join("settings.json").exists(), "nothing is accepted yet");
    assert_eq!(internet_sockets(&trace), [""; 0]);

    // The button to accept is at the lower edge of the window, which is at the left edge of the screen.
    let until_accepted = async || {
        let click = ["mousemove", "220", "815", "click", "1"];
        desktop
            .command("xdotool")
            .args(click)
            .status()
            .await
            .expect("xdotool is installed by .ci/install all");
        fs::read_to_string(desktop.data().join("settings.json")).ok()
    };
    let settings = until("the privacy text is accepted", until_accepted).await;
    assert!(settings.contains("\"privacy_accepted\": 1"), "{settings}");
    until("the app has made its vault or asks on", async || {
        desktop.data().join("settings.json").exists().then_some(())
    })
    .await;
    assert_eq!(internet_sockets(&trace), [""; 0]);
}

/// Every socket of the app and of the web view's processes that could leave the computer.
fn internet_sockets(trace: &std::path::Path) -> Vec<String> {
    let trace = fs::read_to_string(trace).expect("strace writes it");
    assert!(trace.contains("AF_UNIX"), "strace has seen the sockets to the screen and the bus");
    trace.lines().filter(|line| line.contains("AF_INET")).map(str::to_owned).collect()
}

/// How many colours the screen has: few while the window is empty.
async fn colours(desktop: &Desktop) -> Option<usize> {
    let mut command = desktop.command("import");
    command.args(["-window", "root", "-format", "%k", "info:"]);
    let output = command.output().await.expect("imagemagick is installed by .ci/install all");
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
