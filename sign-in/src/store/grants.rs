//! SQL about grants.
