//! Writes what is made into the corpora, beside what fuzzing has found: `fuzz-corpus`.

use countersign_fuzz::{TARGETS, corpus};

fn main() -> std::io::Result<()> {
    for target in TARGETS {
        for (name, bytes) in corpus::seeds(target.name) {
            let folder = corpus::folder().join(target.name);
            std::fs::create_dir_all(&folder)?;
            std::fs::write(folder.join(name), bytes)?;
        }
    }
    Ok(())
}
