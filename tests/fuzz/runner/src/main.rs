//! The target is named by the environment: `COUNTERSIGN_FUZZ=aegis fuzz-runner CORPUS…`.
#![no_main]

use std::sync::OnceLock;

use countersign_fuzz::{TARGETS, Target};
use crypto_core::qr::contains_panics;
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(
    init: {
        // The fuzzer's own hook ends the process at once, also where the reader of codes catches the panic.
        let report = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !contains_panics() {
                report(panic);
            }
        }));
    },
    |bytes: &[u8]| -> Corpus {
        if target().run(bytes) { Corpus::Keep } else { Corpus::Reject }
    }
);

fn target() -> &'static Target {
    static TARGET: OnceLock<&Target> = OnceLock::new();
    TARGET.get_or_init(|| {
        let name = std::env::var("COUNTERSIGN_FUZZ").expect("COUNTERSIGN_FUZZ names a target");
        TARGETS.iter().find(|target| target.name == name).expect("a target of that name")
    })
}
