package app.countersign.device

/** A vault's key as the keystore has sealed it: which kind of key did it, its nonce, and the rest with its tag. */
class Sealed(val use: KeyUse, val nonce: ByteArray, val content: ByteArray) {
    /** The bytes that the vault keeps. */
    fun toBytes(): ByteArray = byteArrayOf(kind(use)) + nonce + content

    companion object {
        const val TAG_BITS = 128
        private const val NONCE_BYTES = 12
        private const val FOR_DEVICE: Byte = 1
        private const val FOR_PERSON: Byte = 2

        /** Reads what the vault kept; anything else was not made by this keystore's keys. */
        fun parse(bytes: ByteArray): Sealed {
            val use = when (bytes.firstOrNull()) {
                FOR_DEVICE -> KeyUse.VAULT
                FOR_PERSON -> KeyUse.VAULT_OF_PERSON
                else -> throw Refused(Refusal.KEY_LOST)
            }
            if (bytes.size < 1 + NONCE_BYTES + TAG_BITS / Byte.SIZE_BITS) throw Refused(Refusal.KEY_LOST)
            val end = 1 + NONCE_BYTES
            return Sealed(use, bytes.copyOfRange(1, end), bytes.copyOfRange(end, bytes.size))
        }

        private fun kind(use: KeyUse): Byte = when (use) {
            KeyUse.VAULT -> FOR_DEVICE
            KeyUse.VAULT_OF_PERSON -> FOR_PERSON
            KeyUse.POP, KeyUse.UV -> error("a signing key seals nothing")
        }
    }
}
