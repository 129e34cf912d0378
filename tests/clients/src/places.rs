//! Where the things are that tests start and leave behind.

use std::env;
use std::path::{Path, PathBuf};

/// The top of the checkout.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("this crate is tests/clients")
}

/// What may be thrown away: pictures, logs, installed servers.
pub fn cache() -> PathBuf {
    root().join(".cache")
}

/// The app as `cargo build --workspace --all-targets` made it.
pub fn app() -> PathBuf {
    built("countersign")
}

/// A program as `cargo build --workspace --all-targets` made it, beside the tests themselves.
///
/// # Panics
/// When it is not built.
pub fn built(name: &str) -> PathBuf {
    let running = env::current_exe().expect("what runs has a file");
    // Programs are built into <target>/<profile>, tests into its deps.
    let mut folders = running.ancestors().skip(1).take(2).map(|folder| folder.join(name));
    folders
        .find(|program| program.is_file())
        .unwrap_or_else(|| panic!("{name} is not built: cargo build --workspace --all-targets"))
}

/// A tool that `.ci/install` put into the cache.
pub fn tool(name: &str) -> PathBuf {
    let tool = cache().join("tools/bin").join(name);
    assert!(tool.is_file(), "{name} is not installed: .ci/install all");
    tool
}
