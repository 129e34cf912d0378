//! What leaves a device and comes back: sealed backups, other apps' files, exports. Keys that belong to one
//! device never do.

pub mod import;
