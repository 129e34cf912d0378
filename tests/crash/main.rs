//! A save may be cut off anywhere. Whatever is cut off, the vault opens with what it had before that save or
//! with what it has after it, and a save that was reported as done stays done.

mod crash;
