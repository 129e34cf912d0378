//! SQL about passes.
