//! Frames as a phone's camera sees them: codes on screens, drawn and photographed by arithmetic. What is drawn
//! depends on a seed and a number, and on nothing else.
//!
//! `cargo bench --manifest-path tests/qr-bench/Cargo.toml --bench qr -- --seed 7` compares single frames,
//! `--bench video -- --seed 7` sequences.

pub mod camera;
pub mod classes;
pub mod random;
pub mod scene;
