package app.countersign.device

import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyInfo
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.KeyProperties
import android.security.keystore.StrongBoxUnavailableException
import java.io.InputStream
import java.io.OutputStream
import java.security.Key
import java.security.KeyFactorySpi
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.KeyPairGeneratorSpi
import java.security.KeyStoreSpi
import java.security.PrivateKey
import java.security.Provider
import java.security.PublicKey
import java.security.SecureRandom
import java.security.Security
import java.security.UnrecoverableKeyException
import java.security.cert.Certificate
import java.security.cert.X509Certificate
import java.security.spec.AlgorithmParameterSpec
import java.security.spec.ECGenParameterSpec
import java.security.spec.KeySpec
import java.util.Collections
import java.util.Date
import java.util.Enumeration
import javax.crypto.KeyGeneratorSpi
import javax.crypto.SecretKey
import javax.crypto.spec.SecretKeySpec
import org.mockito.Mockito.mock
import org.mockito.Mockito.`when`

/** A keystore in memory under the name of Android's. It takes Android's own specifications, and remembers them. */
object FakeKeystore : Provider("AndroidKeyStore", "1", "for tests") {
    class Entry(val key: Key, val spec: KeyGenParameterSpec, val made: Date)

    val kept = LinkedHashMap<String, Entry>()
    var now = 0L

    /** From here on there is no chip of its own. */
    var hasStrongBox = true

    /** From here on nothing vouches for a key. */
    var attests = true

    /** These keys were ended by the system, which says so when they are looked up. */
    val ended = mutableSetOf<String>()

    private fun readResolve(): Any = FakeKeystore

    init {
        put("KeyStore.AndroidKeyStore", Store::class.java.name)
        put("KeyGenerator.AES", Secrets::class.java.name)
        put("KeyPairGenerator.EC", Pairs::class.java.name)
        put("KeyFactory.EC", Facts::class.java.name)
    }

    fun reset() {
        kept.clear()
        ended.clear()
        now = 0
        hasStrongBox = true
        attests = true
        if (Security.getProvider(name) == null) Security.addProvider(this)
    }

    private fun keep(spec: AlgorithmParameterSpec, key: Key) {
        spec as KeyGenParameterSpec
        if (spec.isStrongBoxBacked && !hasStrongBox) throw StrongBoxUnavailableException("full")
        kept[spec.keystoreAlias] = Entry(key, spec, Date(now++))
    }

    class Secrets : KeyGeneratorSpi() {
        private lateinit var spec: AlgorithmParameterSpec

        override fun engineInit(random: SecureRandom?) = error("not without a specification")
        override fun engineInit(size: Int, random: SecureRandom?) = error("not without a specification")
        override fun engineInit(spec: AlgorithmParameterSpec, random: SecureRandom?) {
            this.spec = spec
        }

        override fun engineGenerateKey(): SecretKey {
            val bytes = ByteArray((spec as KeyGenParameterSpec).keySize / 8).also { SecureRandom().nextBytes(it) }
            return SecretKeySpec(bytes, "AES").also { keep(spec, it) }
        }
    }

    class Pairs : KeyPairGeneratorSpi() {
        private lateinit var spec: AlgorithmParameterSpec

        override fun initialize(size: Int, random: SecureRandom?) = error("not without a specification")
        override fun initialize(spec: AlgorithmParameterSpec, random: SecureRandom?) {
            this.spec = spec
        }

        override fun generateKeyPair(): KeyPair = KeyPairGenerator.getInstance("EC", "SunEC").run {
            initialize((spec as KeyGenParameterSpec).algorithmParameterSpec as ECGenParameterSpec)
            generateKeyPair().also { keep(spec, it.private) }
        }
    }

    class Facts : KeyFactorySpi() {
        override fun <T : KeySpec> engineGetKeySpec(key: Key, kind: Class<T>): T {
            val spec = kept.values.first { it.key === key }.spec
            val info = mock(KeyInfo::class.java)
            val level = KeyProperties.SECURITY_LEVEL_STRONGBOX.takeIf { spec.isStrongBoxBacked }
            `when`(info.securityLevel).thenReturn(level ?: KeyProperties.SECURITY_LEVEL_TRUSTED_ENVIRONMENT)
            return kind.cast(info)
        }

        override fun engineGeneratePublic(spec: KeySpec): PublicKey = error("not here")
        override fun engineGeneratePrivate(spec: KeySpec): PrivateKey = error("not here")
        override fun engineTranslateKey(key: Key): Key = error("not here")
    }

    class Store : KeyStoreSpi() {
        override fun engineGetKey(alias: String, password: CharArray?): Key? {
            if (alias in ended) {
                throw UnrecoverableKeyException("ended").initCause(KeyPermanentlyInvalidatedException())
            }
            return kept[alias]?.key
        }

        override fun engineGetCreationDate(alias: String): Date? = kept[alias]?.made
        override fun engineDeleteEntry(alias: String) {
            kept.remove(alias)
            ended.remove(alias)
        }

        override fun engineAliases(): Enumeration<String> = Collections.enumeration(kept.keys.toList())
        override fun engineGetCertificateChain(alias: String): Array<Certificate>? {
            val spec = kept[alias]?.spec ?: return null
            val isShown = attests && spec.attestationChallenge != null
            return (if (isShown) listOf("leaf", "root") else listOf("self")).map {
                mock(X509Certificate::class.java).also { made -> `when`(made.encoded).thenReturn(it.toByteArray()) }
            }.toTypedArray()
        }

        override fun engineLoad(stream: InputStream?, password: CharArray?) = Unit
        override fun engineContainsAlias(alias: String) = alias in kept
        override fun engineSize() = kept.size
        override fun engineIsKeyEntry(alias: String) = alias in kept
        override fun engineIsCertificateEntry(alias: String) = false
        override fun engineGetCertificate(alias: String): Certificate? = null
        override fun engineGetCertificateAlias(certificate: Certificate): String? = null
        override fun engineSetKeyEntry(a: String, k: Key, p: CharArray?, c: Array<Certificate>?) = error("not here")
        override fun engineSetKeyEntry(a: String, k: ByteArray, c: Array<Certificate>?) = error("not here")
        override fun engineSetCertificateEntry(alias: String, certificate: Certificate) = error("not here")
        override fun engineStore(stream: OutputStream?, password: CharArray?) = error("not here")
    }
}

/** A phone as a test wants it. */
class FakePhone(
    override val api: Int = 36,
    override val hasStrongBox: Boolean = true,
    override var hasScreenLock: Boolean = true,
    override var isLocked: Boolean = false
) : PhoneState

/** What something was refused with. */
fun refusalOf(act: () -> Unit): Refusal? = try {
    act()
    null
} catch (refused: Refused) {
    refused.refusal
}
