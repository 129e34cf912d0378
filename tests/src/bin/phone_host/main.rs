//! The app with a browser in the place of its web view: all of it runs as on a phone, but for the keystore, the
//! camera and the place of backups, which are this computer's, and the person, whom a test plays. For tests, and for
//! pictures of its screens.
//!
//! It prints the address of its page. Nobody but this computer can reach it, and it is no part of the app.
//!
//!     phone-host [ios]     as on an Android phone, unless told

mod host;
mod person;

use countersign_app::view::DeviceType;
use device::Platform;
use tauri::{Manager as _, Url, WebviewUrl};

use self::person::Person;

fn main() {
    let mut context = countersign_app::context();
    for window in &mut context.config_mut().app.windows {
        // The window stays empty and hidden: the browser is the only one who asks.
        window.url = WebviewUrl::External(Url::parse("about:blank").expect("an address"));
        window.visible = false;
    }
    let device_type = match std::env::args().nth(1).as_deref() {
        Some("ios") => DeviceType::Ios,
        Some(_) | None => DeviceType::Android,
    };
    countersign_app::run_as(device_type, context, |window| {
        let person = Person::default();
        let asked = person.clone();
        window.state::<Platform>().play_person(move || asked.ask());
        tauri::async_runtime::spawn(host::serve(window.clone(), person));
    });
}
