//! A lost phone: an administrator issues a pass, the person adds a new phone and deletes the old one.
