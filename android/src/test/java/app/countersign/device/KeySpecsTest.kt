package app.countersign.device

import android.security.keystore.KeyProperties
import java.security.spec.ECGenParameterSpec
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** Read back from the framework's own class: what the keystore would be told. */
class KeySpecsTest {
    private val challenge = "challenge".toByteArray()

    private fun best(use: KeyUse, api: Int = 36) =
        KeySpecs.of(
            KeySpecs.ways(use.prefix + "a", use, challenge, hasStrongBox = true, hasScreenLock = true).first(),
            api
        )

    @Test
    fun `an approval needs the person at each use, and an unlocked phone`() {
        val spec = best(KeyUse.UV)
        assertTrue(spec.isUserAuthenticationRequired)
        assertEquals(0, spec.userAuthenticationValidityDurationSeconds)
        assertEquals(
            KeyProperties.AUTH_BIOMETRIC_STRONG or KeyProperties.AUTH_DEVICE_CREDENTIAL,
            spec.userAuthenticationType
        )
        assertTrue(spec.isUnlockedDeviceRequired)
        assertTrue(spec.isStrongBoxBacked)
        assertEquals(KeyProperties.PURPOSE_SIGN, spec.purposes)
        assertEquals("secp256r1", (spec.algorithmParameterSpec as ECGenParameterSpec).name)
        assertArrayEquals(arrayOf(KeyProperties.DIGEST_SHA256), spec.digests)
        assertArrayEquals(challenge, spec.attestationChallenge)
    }

    @Test
    fun `before Android 11 an approval takes a biometric, and a new one ends the key`() {
        val spec = best(KeyUse.UV, api = 29)
        assertTrue(spec.isUserAuthenticationRequired)
        // What -1 meant then is said like this today.
        assertEquals(0, spec.userAuthenticationValidityDurationSeconds)
        assertEquals(KeyProperties.AUTH_BIOMETRIC_STRONG, spec.userAuthenticationType)
        assertTrue(spec.isInvalidatedByBiometricEnrollment)
    }

    @Test
    fun `calls and denials need nobody, also while the phone is locked`() {
        val spec = best(KeyUse.POP)
        assertFalse(spec.isUserAuthenticationRequired)
        assertFalse(spec.isUnlockedDeviceRequired)
        assertEquals(KeyProperties.PURPOSE_SIGN, spec.purposes)
        assertArrayEquals(challenge, spec.attestationChallenge)
    }

    @Test
    fun `a vault's key seals with AES-256-GCM on an unlocked phone, and is shown to nobody`() {
        val spec = best(KeyUse.VAULT)
        assertEquals(256, spec.keySize)
        assertArrayEquals(arrayOf(KeyProperties.BLOCK_MODE_GCM), spec.blockModes)
        assertArrayEquals(arrayOf(KeyProperties.ENCRYPTION_PADDING_NONE), spec.encryptionPaddings)
        assertEquals(KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT, spec.purposes)
        assertTrue(spec.isRandomizedEncryptionRequired)
        assertTrue(spec.isUnlockedDeviceRequired)
        assertFalse(spec.isUserAuthenticationRequired)
        assertNull(spec.attestationChallenge)
    }

    @Test
    fun `with the app lock a vault's key needs the person, each time`() {
        val spec = best(KeyUse.VAULT_OF_PERSON)
        assertTrue(spec.isUserAuthenticationRequired)
        assertEquals(0, spec.userAuthenticationValidityDurationSeconds)
        assertTrue(spec.isUnlockedDeviceRequired)
    }

    @Test
    fun `what is given up comes in order, and the person is never given up`() {
        val ways = KeySpecs.ways("uv.a", KeyUse.UV, challenge, hasStrongBox = true, hasScreenLock = true)
        assertEquals(listOf(true, false, false), ways.map { it.strongBox })
        assertEquals(listOf(true, true, false), ways.map { it.challenge != null })
        assertTrue(ways.all { KeySpecs.of(it, 36).isUserAuthenticationRequired && it.unlockedDevice })
    }

    @Test
    fun `only a phone without a screen lock may have a vault's key that does not heed it`() {
        fun bound(hasScreenLock: Boolean) =
            KeySpecs.ways("vault.a", KeyUse.VAULT, null, hasStrongBox = false, hasScreenLock).map { it.unlockedDevice }
        assertEquals(listOf(true), bound(hasScreenLock = true))
        assertEquals(listOf(true, false), bound(hasScreenLock = false))
    }

    @Test
    fun `an empty challenge, and one that the keystore would not take, are none`() {
        for (none in listOf(ByteArray(0), ByteArray(KeySpecs.MAX_CHALLENGE + 1))) {
            val ways = KeySpecs.ways("pop.a", KeyUse.POP, none, hasStrongBox = false, hasScreenLock = true)
            assertEquals(listOf(null), ways.map { it.challenge })
        }
    }

    @Test
    fun `a place that the keystore does not know is software`() {
        assertEquals(KeyPlace.STRONG_BOX, KeyPlace.ofLevel(KeyProperties.SECURITY_LEVEL_STRONGBOX))
        assertEquals(KeyPlace.TRUSTED, KeyPlace.ofLevel(KeyProperties.SECURITY_LEVEL_TRUSTED_ENVIRONMENT))
        assertEquals(KeyPlace.SOFTWARE, KeyPlace.ofLevel(KeyProperties.SECURITY_LEVEL_SOFTWARE))
        assertEquals(KeyPlace.SOFTWARE, KeyPlace.ofLevel(KeyProperties.SECURITY_LEVEL_UNKNOWN))
        assertEquals(KeyPlace.SOFTWARE, KeyPlace.ofHardware(false))
    }
}
