//! What fuzzing began with and what it has found, once through.

use std::fs;

use countersign_fuzz::{TARGETS, corpus};

#[test]
fn every_target_takes_its_corpus() {
    for target in TARGETS {
        let mut files = corpus::files(&corpus::folder().join(target.name));
        if target.takes_exports() {
            files.extend(corpus::exports());
        }
        let mut own = 0;
        for file in &files {
            // A panic says no more than where it was.
            println!("{} takes {}", target.name, file.display());
            own += usize::from(target.run(&fs::read(file).expect("is there")));
        }
        // Nothing but the fixtures has an export of this app, which the tests of exports write.
        assert!(own > 0 || target.name == "own-export", "{} has something to begin with", target.name);
    }
}

#[test]
fn the_corpora_are_those_that_are_made() {
    for target in TARGETS {
        for (name, bytes) in corpus::seeds(target.name) {
            let file = corpus::folder().join(target.name).join(name);
            assert_eq!(fs::read(&file).ok(), Some(bytes), "{}: cargo run --bin fuzz-corpus", file.display());
        }
    }
}
