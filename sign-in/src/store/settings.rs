//! SQL about settings.
