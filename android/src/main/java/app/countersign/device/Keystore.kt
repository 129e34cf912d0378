package app.countersign.device

import android.security.keystore.KeyInfo
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.UserNotAuthenticatedException
import java.security.GeneralSecurityException
import java.security.InvalidAlgorithmParameterException
import java.security.KeyFactory
import java.security.KeyPairGenerator
import java.security.KeyStore
import java.security.PrivateKey
import java.security.ProviderException
import java.security.PublicKey
import java.security.Signature
import java.security.UnrecoverableKeyException
import java.security.cert.X509Certificate
import javax.crypto.AEADBadTagException
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec

/** What the keystore's ways depend on. */
interface PhoneState {
    /** The version of Android. */
    val api: Int

    /** Whether there is a chip of its own for keys. */
    val hasStrongBox: Boolean

    /** Whether the phone asks for something before it unlocks. */
    val hasScreenLock: Boolean

    /** Whether it is locked at this moment. */
    val isLocked: Boolean
}

/** Android's keystore. Keys do not leave it; what it refuses becomes a [Refusal]. */
class Keystore(private val phone: PhoneState) {
    private val store: KeyStore by lazy {
        try {
            KeyStore.getInstance(PROVIDER).apply { load(null) }
        } catch (error: GeneralSecurityException) {
            throw Refused(Refusal.KEYSTORE_MISSING, error)
        }
    }

    /** A cipher that seals for the vault `id`, with a key that is made if there is none. */
    fun toWrap(id: String, use: KeyUse): Cipher = refusing(Refusal.KEY_LOST) {
        val alias = use.prefix + id
        val cipher = Cipher.getInstance(AES_GCM)
        try {
            cipher.init(Cipher.ENCRYPT_MODE, secretKey(alias) ?: makeSecretKey(alias, use))
        } catch (error: GeneralSecurityException) {
            if (!hasEnded(error)) throw error
            // What it sealed is lost with it; what is sealed from here on needs a new one.
            store.deleteEntry(alias)
            cipher.init(Cipher.ENCRYPT_MODE, makeSecretKey(alias, use))
        }
        cipher
    }

    /** A cipher that opens what [toWrap]'s sealed. Never makes a key. */
    fun toUnwrap(id: String, sealed: Sealed): Cipher = refusing(Refusal.KEY_LOST) {
        val key = secretKey(sealed.use.prefix + id) ?: throw Refused(Refusal.KEY_LOST)
        Cipher.getInstance(AES_GCM).apply {
            init(Cipher.DECRYPT_MODE, key, GCMParameterSpec(Sealed.TAG_BITS, sealed.nonce))
        }
    }

    /** Runs a cipher that [toWrap] or [toUnwrap] gave, after the person was verified if it needs that. */
    fun run(cipher: Cipher, associated: ByteArray, content: ByteArray): ByteArray = refusing(Refusal.KEY_LOST) {
        cipher.updateAAD(associated)
        cipher.doFinal(content)
    }

    /** Deletes the keys of a vault that are for one of `uses`. */
    fun dropKey(id: String, uses: List<KeyUse>) = refusing(Refusal.KEYSTORE_FAILED) {
        uses.forEach { store.deleteEntry(it.prefix + id) }
    }

    /** Makes a signing key and returns its public half. */
    fun makeKey(alias: String, use: KeyUse, challenge: ByteArray): PublicKey = refusing(Refusal.KEYSTORE_FAILED) {
        if (use.needsPerson && !phone.hasScreenLock) throw Refused(Refusal.NO_SCREEN_LOCK)
        firstThatWorks(KeySpecs.ways(alias, use, challenge, phone.hasStrongBox, phone.hasScreenLock)) { plan ->
            KeyPairGenerator.getInstance("EC", PROVIDER).run {
                initialize(KeySpecs.of(plan, phone.api))
                generateKeyPair().public
            }
        }
    }

    /** A signature to be made by the key of this name; only by a key that is for `use`. */
    fun toSign(alias: String, use: KeyUse): Signature = refusing(Refusal.SIGNING_KEY_LOST) {
        if (!use.signs || !alias.startsWith(use.prefix)) throw Refused(Refusal.SIGNING_KEY_LOST)
        Signature.getInstance("SHA256withECDSA").apply { initSign(privateKey(alias)) }
    }

    /** Signs, after the person was verified if the key needs that. The signature is DER. */
    fun sign(signature: Signature, message: ByteArray): ByteArray = refusing(Refusal.SIGNING_KEY_LOST) {
        signature.update(message)
        signature.sign()
    }

    /** Whether the key of this name still signs. Nobody is asked. */
    fun isUsable(alias: String, use: KeyUse): Boolean = try {
        toSign(alias, use)
        true
    } catch (refused: Refused) {
        // A locked phone has not lost its keys.
        refused.refusal != Refusal.SIGNING_KEY_LOST
    }

    /** Deletes the signing key of this name, and nothing that is not a signing key. */
    fun deleteKey(alias: String) = refusing(Refusal.KEYSTORE_FAILED) {
        if (KeyUse.entries.any { it.signs && alias.startsWith(it.prefix) }) store.deleteEntry(alias)
    }

    /** The certificates that show where a key is kept, the key's own first; none if nothing vouches for it. */
    fun chain(alias: String): List<ByteArray> = refusing(Refusal.KEYSTORE_FAILED) {
        val chain = store.getCertificateChain(alias) ?: throw Refused(Refusal.SIGNING_KEY_LOST)
        // A key that nobody vouches for has one certificate, which it signed itself.
        if (chain.size < 2) emptyList() else chain.map { (it as X509Certificate).encoded }
    }

    /** Where a signing key is kept. */
    fun place(alias: String): KeyPlace = refusing(Refusal.SIGNING_KEY_LOST) {
        val key = privateKey(alias)
        placeOf(KeyFactory.getInstance(key.algorithm, PROVIDER).getKeySpec(key, KeyInfo::class.java))
    }

    /** Where this phone keeps keys: found out by making one. */
    fun usualPlace(): KeyPlace {
        makeKey(PROBE, KeyUse.POP, ByteArray(0))
        return try {
            place(PROBE)
        } finally {
            deleteKey(PROBE)
        }
    }

    /** The names of all keys that begin like this, with the time each was made. */
    fun names(prefix: String): List<Pair<String, Long>> = refusing(Refusal.KEYSTORE_FAILED) {
        store.aliases().toList().filter { it.startsWith(prefix) }
            .map { it to (store.getCreationDate(it)?.time ?: 0L) }
    }

    /** Makes a key whose name is all that matters. */
    fun makeName(alias: String): Unit = refusing(Refusal.KEYSTORE_FAILED) {
        generate(KeyPlan(KeyUse.VAULT.prefix + alias, KeyUse.VAULT, strongBox = false, unlockedDevice = false))
    }

    /** Deletes what [makeName] made. */
    fun deleteName(alias: String) = refusing(Refusal.KEYSTORE_FAILED) { store.deleteEntry(alias) }

    private fun secretKey(alias: String): SecretKey? = store.getKey(alias, null) as SecretKey?

    private fun makeSecretKey(alias: String, use: KeyUse): SecretKey {
        if (use.needsPerson && !phone.hasScreenLock) throw Refused(Refusal.NO_SCREEN_LOCK)
        return firstThatWorks(KeySpecs.ways(alias, use, null, phone.hasStrongBox, phone.hasScreenLock), ::generate)
    }

    private fun generate(plan: KeyPlan): SecretKey = KeyGenerator.getInstance("AES", PROVIDER).run {
        init(KeySpecs.of(plan, phone.api))
        generateKey()
    }

    private fun privateKey(alias: String): PrivateKey =
        store.getKey(alias, null) as PrivateKey? ?: throw Refused(Refusal.SIGNING_KEY_LOST)

    private fun placeOf(info: KeyInfo): KeyPlace = if (phone.api >= ANDROID_12) {
        KeyPlace.ofLevel(info.securityLevel)
    } else {
        @Suppress("DEPRECATION")
        KeyPlace.ofHardware(info.isInsideSecureHardware)
    }

    private fun <T> refusing(lost: Refusal, act: () -> T): T = try {
        act()
    } catch (error: GeneralSecurityException) {
        throw Refused(refusal(error, lost, phone.isLocked), error)
    } catch (error: ProviderException) {
        throw Refused(refusal(error, lost, phone.isLocked), error)
    }

    companion object {
        private const val PROVIDER = "AndroidKeyStore"
        private const val AES_GCM = "AES/GCM/NoPadding"
        private const val PROBE = "pop.probe"
        private const val ANDROID_12 = 31

        /** Tries one way after another; the last one's failure counts. */
        internal fun <T> firstThatWorks(ways: List<KeyPlan>, make: (KeyPlan) -> T): T {
            for (way in ways.dropLast(1)) {
                try {
                    return make(way)
                } catch (_: ProviderException) {
                    // StrongBox is full or gone, or the phone has no certificates: the next way has less.
                    continue
                }
            }
            return make(ways.last())
        }

        /** What the keystore threw, as a [Refusal]; `lost` is the one for a key that is gone. */
        internal fun refusal(error: Throwable, lost: Refusal, isLocked: Boolean): Refusal = when {
            hasEnded(error) || error is AEADBadTagException -> lost
            error is UserNotAuthenticatedException || isLocked -> Refusal.KEYSTORE_LOCKED
            error is UnrecoverableKeyException -> lost
            needsSomebody(error) -> Refusal.NO_SCREEN_LOCK
            else -> Refusal.KEYSTORE_FAILED
        }

        /** Whether the system has ended the key: said by the use of it, or where it is only looked up. */
        private fun hasEnded(error: Throwable): Boolean =
            error is KeyPermanentlyInvalidatedException || error.cause is KeyPermanentlyInvalidatedException

        /** How a key is refused that needs a person, where nobody could be verified. */
        private fun needsSomebody(error: Throwable): Boolean =
            error is InvalidAlgorithmParameterException && error.cause is IllegalStateException
    }
}
