//! Where the node's memory comes from. A password takes 19 MiB for a moment; glibc's allocator keeps them, once
//! for each thread that ever hashed one, so that a node looks many times as large as it is.

use libmimalloc_sys::{mi_option_set, mi_option_t};
use mimalloc::MiMalloc;

#[global_allocator]
static MEMORY: MiMalloc = MiMalloc;

/// From here on, what is given back goes to the operating system at once and not when something else is needed.
#[expect(unsafe_code, reason = "the allocator's options have no other door")]
pub(crate) fn give_back_at_once() {
    // SAFETY: it stores a number that the allocator reads at each later use; nothing else is touched.
    unsafe { mi_option_set(PURGE_DELAY, 0) }
}

/// `mi_option_purge_delay`, in milliseconds: the crate does not name it, and its place in the list is kept from
/// version to version.
const PURGE_DELAY: mi_option_t = 15;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_password_took_is_given_back() {
        give_back_at_once();
        let before = resident();
        for _ in 0..8 {
            let taken = std::hint::black_box(vec![1_u8; 19 << 20]);
            assert!(resident() >= before + (18 << 20), "it is there while it is used");
            drop(taken);
        }
        assert!(resident() < before + (8 << 20), "{} and then {}", before, resident());
    }

    /// In bytes.
    fn resident() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("it is in the list");
        line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).expect("a number") << 10
    }
}
