//! Panics of libraries that are given what is no code. They are caught, and need not be reported.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// What `act` gives, or nothing if it panics. What it has changed by then stays.
pub(super) fn contained<T>(act: impl FnOnce() -> T) -> Option<T> {
    DEPTH.set(DEPTH.get() + 1);
    let done = catch_unwind(AssertUnwindSafe(act));
    DEPTH.set(DEPTH.get() - 1);
    done.ok()
}

/// Whether a panic on this thread would be caught by the reader: for the hook of whoever reports panics.
pub fn contains_panics() -> bool {
    DEPTH.get() > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_ends_here_and_is_known_to_do_so() {
        assert!(!contains_panics());
        assert_eq!(contained(contains_panics), Some(true));
        assert_eq!(contained(|| -> u8 { panic!("part of the test") }), None);
        assert!(!contains_panics());
    }
}
