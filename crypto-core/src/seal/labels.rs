//! Every label that separates one use of a key from another, in one table. Labels are never edited, only
//! added: a changed label makes everything before it unreadable.

/// Declares the table, so that no label is missing from [`Label::ALL`].
macro_rules! labels {
    ($($(#[$doc:meta])* $name:ident = $bytes:literal,)+) => {
        /// What a derived key is for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Label { $($(#[$doc])* $name,)+ }

        impl Label {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The bytes that go into HKDF's `info`.
            pub const fn bytes(self) -> &'static [u8] {
                match self { $(Self::$name => $bytes,)+ }
            }
        }
    };
}

labels! {
    /// Encrypts the content of one save of a vault or backup.
    File = b"avlt/1/file",
    /// Binds the header to the key before anything is decrypted.
    Commit = b"avlt/1/commit",
    /// Wraps a vault's key in one slot; also the beginning of a slot's authenticated data.
    Slot = b"avlt/1/slot",
    /// Encrypts the seed of one device's codes in a service's store.
    TotpSeed = b"signin/1/totp-seed",
    /// Encrypts the number of a sign-in that waits.
    MatchNumber = b"signin/1/match-number",
    /// Encrypts the last numbers of a person, from which a new one differs.
    RecentNumbers = b"signin/1/recent-numbers",
    /// Encrypts what the page of a sign-in that waits shows to be scanned.
    ScanSecret = b"signin/1/scan-secret",
    /// Encrypts a service's own signing key.
    SigningKey = b"signin/1/signing-key",
    /// Hashes activation codes, so that a store can find one and not tell it.
    LookupActivationCode = b"signin/1/lookup/activation-code",
    /// Hashes the handles of activations.
    LookupHandle = b"signin/1/lookup/handle",
    /// Hashes the ids of sessions.
    LookupSession = b"signin/1/lookup/session",
    /// Hashes what browsers are known again by.
    LookupBrowser = b"signin/1/lookup/browser",
    /// Hashes the ids of proofs, which are taken once.
    LookupProof = b"signin/1/lookup/proof",
    /// Hashes what tries are counted for, such as addresses.
    LookupTries = b"signin/1/lookup/tries",
    /// Hashes the codes of grants.
    LookupUserCode = b"signin/1/lookup/user-code",
    /// Makes the nonces of transport proofs.
    ProofNonce = b"signin/1/proof-nonce",
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What follows a label in HKDF's `info` must not make it another one.
    #[test]
    fn no_label_is_the_beginning_of_another() {
        for (index, label) in Label::ALL.iter().enumerate() {
            for (other, longer) in Label::ALL.iter().enumerate() {
                assert!(index == other || !longer.bytes().starts_with(label.bytes()), "{label:?} {longer:?}");
            }
        }
    }
}
