package app.countersign.device

import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.UserNotAuthenticatedException
import java.security.InvalidAlgorithmParameterException
import java.security.InvalidKeyException
import java.security.Signature
import java.security.UnrecoverableKeyException
import javax.crypto.AEADBadTagException
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test

/** The contract that `src-tauri/device/src/lib.rs` states, on keys in memory. */
class KeystoreTest {
    private val phone = FakePhone()
    private val keystore = Keystore(phone)
    private val key = ByteArray(32) { it.toByte() }
    private val bound = "associated".toByteArray()

    @BeforeEach
    fun reset() = FakeKeystore.reset()

    private fun wrap(vault: String, use: KeyUse = KeyUse.VAULT): ByteArray {
        val cipher = keystore.toWrap(vault, use)
        return Sealed(use, cipher.iv, keystore.run(cipher, bound, key)).toBytes()
    }

    private fun unwrap(vault: String, wrapped: ByteArray, associated: ByteArray = bound): ByteArray {
        val sealed = Sealed.parse(wrapped)
        return keystore.run(keystore.toUnwrap(vault, sealed), associated, sealed.content)
    }

    @Test
    fun `what a vault's key wraps it unwraps, and nothing else does`() {
        assertEquals(Refusal.KEY_LOST, refusalOf { unwrap("a", ByteArray(64).also { it[0] = 1 }) })
        assertTrue(FakeKeystore.kept.isEmpty(), "unwrapping makes no key")

        val wrapped = wrap("a")
        assertArrayEquals(key, unwrap("a", wrapped))
        assertEquals(Refusal.KEY_LOST, refusalOf { unwrap("a", wrapped, "other".toByteArray()) })
        wrap("b")
        assertEquals(Refusal.KEY_LOST, refusalOf { unwrap("b", wrapped) })
        assertFalse(wrap("a").contentEquals(wrapped), "each has a nonce of its own")

        repeat(2) { keystore.dropKey("a", listOf(KeyUse.VAULT)) }
        assertEquals(Refusal.KEY_LOST, refusalOf { unwrap("a", wrapped) })
    }

    @Test
    fun `the key of whoever unlocks the phone goes, and the person's stays`() {
        val (open, guarded) = wrap("a") to wrap("a", KeyUse.VAULT_OF_PERSON)
        keystore.dropKey("a", listOf(KeyUse.VAULT))
        assertEquals(Refusal.KEY_LOST, refusalOf { unwrap("a", open) })
        assertArrayEquals(key, unwrap("a", guarded))
    }

    @Test
    fun `a key that the system has ended opens nothing, and the next lock makes another`() {
        val before = wrap("a", KeyUse.VAULT_OF_PERSON)
        FakeKeystore.ended += "vault-person.a"
        assertEquals(Refusal.KEY_LOST, refusalOf { unwrap("a", before) })
        phone.isLocked = true
        assertEquals(Refusal.KEY_LOST, refusalOf { unwrap("a", before) }, "also while the phone is locked")
        phone.isLocked = false
        assertEquals(setOf("vault-person.a"), FakeKeystore.ended, "opening makes no key")
        val after = wrap("a", KeyUse.VAULT_OF_PERSON)
        assertArrayEquals(key, unwrap("a", after))
        assertEquals(Refusal.KEY_LOST, refusalOf { unwrap("a", before) })
    }

    @Test
    fun `a signature is by the key that was made, and a key is for one use`() {
        val public = keystore.makeKey("pop.1", KeyUse.POP, ByteArray(0))
        val message = "message".toByteArray()
        val signature = keystore.sign(keystore.toSign("pop.1", KeyUse.POP), message)
        val verifies = Signature.getInstance("SHA256withECDSA").run {
            initVerify(public)
            update(message)
            verify(signature)
        }
        assertTrue(verifies)
        assertEquals(Refusal.SIGNING_KEY_LOST, refusalOf { keystore.toSign("pop.1", KeyUse.UV) })
        assertEquals(Refusal.SIGNING_KEY_LOST, refusalOf { keystore.toSign("pop.2", KeyUse.POP) })
        assertEquals(Refusal.SIGNING_KEY_LOST, refusalOf { keystore.toSign("vault.1", KeyUse.VAULT) })
        assertTrue(keystore.isUsable("pop.1", KeyUse.POP))
        repeat(2) { keystore.deleteKey("pop.1") }
        assertFalse(keystore.isUsable("pop.1", KeyUse.POP))
    }

    @Test
    fun `deleting a signing key deletes no vault's key`() {
        val wrapped = wrap("a")
        keystore.deleteKey("vault.a")
        assertArrayEquals(key, unwrap("a", wrapped))
    }

    @Test
    fun `a phone whose chip is full keeps the key in the trusted environment, and says so`() {
        keystore.makeKey("uv.1", KeyUse.UV, "c".toByteArray())
        assertEquals(KeyPlace.STRONG_BOX, keystore.place("uv.1"))
        FakeKeystore.hasStrongBox = false
        keystore.makeKey("uv.2", KeyUse.UV, "c".toByteArray())
        assertEquals(KeyPlace.TRUSTED, keystore.place("uv.2"))
        assertTrue(FakeKeystore.kept.getValue("uv.2").spec.isUserAuthenticationRequired)
    }

    @Test
    fun `where nobody could be verified there is no key for approvals`() {
        phone.hasScreenLock = false
        assertEquals(Refusal.NO_SCREEN_LOCK, refusalOf { keystore.makeKey("uv.1", KeyUse.UV, ByteArray(0)) })
        assertEquals(Refusal.NO_SCREEN_LOCK, refusalOf { keystore.toWrap("a", KeyUse.VAULT_OF_PERSON) })
        assertTrue(FakeKeystore.kept.isEmpty())
    }

    @Test
    fun `a certificate that a key signed itself shows nothing`() {
        keystore.makeKey("pop.1", KeyUse.POP, "c".toByteArray())
        assertEquals(listOf("leaf", "root"), keystore.chain("pop.1").map { String(it) })
        FakeKeystore.attests = false
        assertEquals(emptyList<ByteArray>(), keystore.chain("pop.1"))
        assertEquals(Refusal.SIGNING_KEY_LOST, refusalOf { keystore.chain("pop.2") })
    }

    @Test
    fun `finding out where keys are kept leaves none behind`() {
        assertEquals(KeyPlace.STRONG_BOX, keystore.usualPlace())
        assertTrue(FakeKeystore.kept.isEmpty())
    }

    @Test
    fun `what the keystore throws says what to do`() {
        fun of(error: Throwable, isLocked: Boolean = false) =
            Keystore.refusal(error, Refusal.SIGNING_KEY_LOST, isLocked)
        assertEquals(Refusal.SIGNING_KEY_LOST, of(KeyPermanentlyInvalidatedException()))
        assertEquals(Refusal.SIGNING_KEY_LOST, of(KeyPermanentlyInvalidatedException(), isLocked = true))
        assertEquals(Refusal.SIGNING_KEY_LOST, of(UnrecoverableKeyException()))
        assertEquals(Refusal.KEYSTORE_LOCKED, of(UnrecoverableKeyException(), isLocked = true))
        assertEquals(Refusal.SIGNING_KEY_LOST, of(AEADBadTagException()))
        assertEquals(Refusal.KEYSTORE_LOCKED, of(UserNotAuthenticatedException()))
        assertEquals(Refusal.KEYSTORE_FAILED, of(InvalidKeyException()))
        val nobody = InvalidAlgorithmParameterException(IllegalStateException("no lock screen"))
        assertEquals(Refusal.NO_SCREEN_LOCK, of(nobody))
    }

    @Test
    fun `the last save is the last that was remembered`() {
        assertEquals(null, LastSave.recall(keystore))
        LastSave.remember(keystore, LastSave("ab12", 7))
        LastSave.remember(keystore, LastSave("ab12", 8))
        assertEquals("ab12" to 8L, LastSave.recall(keystore)?.let { it.vault to it.generation })
        assertEquals(1, FakeKeystore.kept.size)
        LastSave.remember(keystore, LastSave("cd34", 1))
        assertEquals("cd34" to 1L, LastSave.recall(keystore)?.let { it.vault to it.generation })
        LastSave.forget(keystore)
        assertEquals(null, LastSave.recall(keystore))
    }

    @Test
    fun `power that ends between two saves leaves the later one`() {
        val names = listOf("vault.last-save.ab.8" to 1000L, "vault.last-save.ab.9" to 1000L, "vault.other" to 5000L)
        assertEquals(9L, LastSave.newest(names)?.generation)
        assertEquals("cd", LastSave.newest(names + ("vault.last-save.cd.1" to 2000L))?.vault)
        assertEquals(null, LastSave.newest(listOf("vault.last-save.ab.x" to 1L, "vault.last-save.ab" to 1L)))
    }
}
