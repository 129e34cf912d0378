package app.countersign.device

import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import java.security.spec.ECGenParameterSpec

/** What a key is for. */
enum class KeyUse(val prefix: String) {
    /** Wraps a vault's key, for whoever has unlocked the phone. */
    VAULT("vault."),

    /** Wraps a vault's key, for the person: they are verified each time. */
    VAULT_OF_PERSON("vault-person."),

    /** Signs calls, denials and reports, without asking anybody, also while the phone is locked. */
    POP("pop."),

    /** Signs approvals: the person is verified for each. */
    UV("uv.")
    ;

    /** Whether the keystore uses the key only after it has verified the person. */
    val needsPerson: Boolean get() = this == UV || this == VAULT_OF_PERSON

    /** Whether the key signs; the others wrap. */
    val signs: Boolean get() = this == POP || this == UV
}

/** What a key is to be. [KeySpecs] turns it into what the keystore takes. */
class KeyPlan(
    val alias: String,
    val use: KeyUse,
    /** In a chip of its own, apart from the processor. */
    val strongBox: Boolean,
    /** Of no use while the phone is locked. */
    val unlockedDevice: Boolean,
    /** Goes into the certificates that show where the key is kept; none where nobody asked. */
    val challenge: ByteArray? = null
) {
    init {
        require(alias.startsWith(use.prefix))
    }
}

/** The rules for keys, as values: which key is made how, and what is tried where a phone cannot do it. */
object KeySpecs {
    /**
     * The ways to make a key, the best first. StrongBox gives way to the processor's trusted environment. A phone
     * without certificates for its keys still makes keys. Where there is no screen lock, there is no locked phone
     * either, and some versions of the keystore then refuse a key that is bound to it.
     */
    fun ways(
        alias: String,
        use: KeyUse,
        challenge: ByteArray?,
        hasStrongBox: Boolean,
        hasScreenLock: Boolean
    ): List<KeyPlan> {
        val places = if (hasStrongBox) listOf(true, false) else listOf(false)
        val shown = challenge?.takeIf { use.signs && it.isNotEmpty() && it.size <= MAX_CHALLENGE }
        val bound = use != KeyUse.POP
        val best = places.map { KeyPlan(alias, use, it, bound, shown) }
        val unshown = if (shown == null) emptyList() else listOf(KeyPlan(alias, use, false, bound))
        val unbound = if (use == KeyUse.VAULT &&
            !hasScreenLock
        ) {
            listOf(KeyPlan(alias, use, false, false))
        } else {
            emptyList()
        }
        return best + unshown + unbound
    }

    /** What the keystore of this version of Android takes. */
    fun of(plan: KeyPlan, api: Int): KeyGenParameterSpec {
        val purposes = if (plan.use.signs) KeyProperties.PURPOSE_SIGN else WRAPS
        val builder = KeyGenParameterSpec.Builder(plan.alias, purposes)
        if (plan.use.signs) {
            builder.setAlgorithmParameterSpec(ECGenParameterSpec("secp256r1"))
            builder.setDigests(KeyProperties.DIGEST_SHA256)
            plan.challenge?.let { builder.setAttestationChallenge(it) }
        } else {
            builder.setKeySize(AES_BITS)
            builder.setBlockModes(KeyProperties.BLOCK_MODE_GCM)
            builder.setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
            // The keystore chooses the nonce: one that comes twice would give away what was sealed.
            builder.setRandomizedEncryptionRequired(true)
        }
        builder.setIsStrongBoxBacked(plan.strongBox)
        builder.setUnlockedDeviceRequired(plan.unlockedDevice)
        if (plan.use.needsPerson) askPerson(builder, api)
        return builder.build()
    }

    /** For each single use, never for some seconds after one. */
    private fun askPerson(builder: KeyGenParameterSpec.Builder, api: Int) {
        builder.setUserAuthenticationRequired(true)
        if (api >= ANDROID_11) {
            builder.setUserAuthenticationParameters(
                EACH_USE,
                KeyProperties.AUTH_BIOMETRIC_STRONG or KeyProperties.AUTH_DEVICE_CREDENTIAL
            )
        } else {
            // There, a key for each single use takes a strong biometric and nothing else.
            @Suppress("DEPRECATION")
            builder.setUserAuthenticationValidityDurationSeconds(EACH_USE_BEFORE_ANDROID_11)
            builder.setInvalidatedByBiometricEnrollment(true)
        }
    }

    const val ANDROID_11 = 30

    /** What the keystore takes at most. */
    const val MAX_CHALLENGE = 128

    private const val WRAPS = KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT
    private const val AES_BITS = 256
    private const val EACH_USE = 0
    private const val EACH_USE_BEFORE_ANDROID_11 = -1
}

/** Where a key is kept, by the keystore's own word. */
enum class KeyPlace(val code: String) {
    /** A chip of its own. */
    STRONG_BOX("strongBox"),

    /** The processor's trusted environment. */
    TRUSTED("trusted"),

    /** Nothing but software. */
    SOFTWARE("software")
    ;

    companion object {
        /** From `KeyInfo.getSecurityLevel` (Android 12 and later). What it does not know is software. */
        fun ofLevel(level: Int): KeyPlace = when (level) {
            KeyProperties.SECURITY_LEVEL_STRONGBOX -> STRONG_BOX

            KeyProperties.SECURITY_LEVEL_TRUSTED_ENVIRONMENT,
            KeyProperties.SECURITY_LEVEL_UNKNOWN_SECURE
            -> TRUSTED

            else -> SOFTWARE
        }

        /** Before that, the keystore says only whether it is hardware. */
        fun ofHardware(isHardware: Boolean): KeyPlace = if (isHardware) TRUSTED else SOFTWARE
    }
}
