//! The command line of the sign-in service.

fn main() {}
