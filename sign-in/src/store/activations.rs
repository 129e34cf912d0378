//! SQL about activations.
