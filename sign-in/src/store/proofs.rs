//! SQL about proofs.
