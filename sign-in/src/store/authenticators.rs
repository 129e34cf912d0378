//! SQL about authenticators.
