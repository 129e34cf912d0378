//! Every label that separates one use of a key from another, in one table. Labels are never edited, only
//! added: a changed label makes every file before it unreadable.

/// What a derived key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    /// Encrypts the content of one save of a vault or backup.
    File,
    /// Binds the header to the key before anything is decrypted.
    Commit,
    /// Wraps a vault's key in one slot; also the beginning of a slot's authenticated data.
    Slot,
    /// Seals a signing key of a desktop, by a key that its credential store holds for this one alone.
    SigningKey,
}

impl Label {
    /// The bytes that go into HKDF's `info`.
    pub const fn bytes(self) -> &'static [u8] {
        match self {
            Self::File => b"avlt/1/file",
            Self::Commit => b"avlt/1/commit",
            Self::Slot => b"avlt/1/slot",
            Self::SigningKey => b"device/1/signing-key",
        }
    }
}
