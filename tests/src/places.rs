//! Where the things are that tests start and leave behind.

use std::env;
use std::path::{Path, PathBuf};

/// The top of the checkout.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this crate is a folder of the checkout")
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
pub fn built(name: &str) -> PathBuf {
    let test = env::current_exe().expect("a running test has a file");
    let folder = test.ancestors().nth(2).expect("tests are built into <target>/<profile>/deps");
    let program = folder.join(name);
    assert!(program.is_file(), "{} is not built: cargo build --workspace --all-targets", program.display());
    program
}

/// A tool that `.ci/install` put into the cache.
pub fn tool(name: &str) -> PathBuf {
    let tool = cache().join("tools/bin").join(name);
    assert!(tool.is_file(), "{name} is not installed: .ci/install all");
    tool
}
