//! SQL about mails.
