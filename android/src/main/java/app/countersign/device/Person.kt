package app.countersign.device

import android.app.Activity
import android.hardware.biometrics.BiometricManager.Authenticators
import android.hardware.biometrics.BiometricPrompt
import android.hardware.biometrics.BiometricPrompt.AuthenticationCallback
import android.hardware.biometrics.BiometricPrompt.AuthenticationResult
import android.hardware.biometrics.BiometricPrompt.CryptoObject
import android.os.CancellationSignal
import java.security.Signature
import java.util.concurrent.Executor
import javax.crypto.Cipher

/** What the person is asked for. */
enum class Question(val title: Int) {
    /** To sign an approval. */
    APPROVE(R.string.ask_approve),

    /** To open the vault. */
    OPEN(R.string.ask_open)
}

/**
 * Has the platform verify the person. The question is about one operation of one key: the keystore itself refuses it
 * before, so that nothing is gained by skipping the question.
 */
class Person(private val activity: Activity, private val api: Int, private val answers: Executor) {
    /** Asks for a signature; `done` gets it ready to be used once. */
    fun verify(question: Question, signature: Signature, done: (Result<Signature>) -> Unit) =
        ask(question, CryptoObject(signature)) { verified -> done(verified.mapCatching { it.signature.orRefuse() }) }

    /** Asks for a cipher; `done` gets it ready to be used once. */
    fun verify(question: Question, cipher: Cipher, done: (Result<Cipher>) -> Unit) =
        ask(question, CryptoObject(cipher)) { verified -> done(verified.mapCatching { it.cipher.orRefuse() }) }

    private fun ask(question: Question, crypto: CryptoObject, done: (Result<CryptoObject>) -> Unit) {
        val builder = BiometricPrompt.Builder(activity).setTitle(activity.getString(question.title))
        if (api >= KeySpecs.ANDROID_11) {
            builder.setAllowedAuthenticators(Authenticators.BIOMETRIC_STRONG or Authenticators.DEVICE_CREDENTIAL)
        } else {
            builder.setNegativeButton(activity.getString(R.string.ask_cancel), answers) { _, _ ->
                done(Result.failure(Refused(Refusal.NOT_VERIFIED)))
            }
        }
        val callback = object : AuthenticationCallback() {
            override fun onAuthenticationSucceeded(result: AuthenticationResult) {
                val verified = result.cryptoObject
                done(if (verified == null) refused(Refusal.NOT_VERIFIED) else Result.success(verified))
            }

            override fun onAuthenticationError(code: Int, message: CharSequence?) = done(refused(refusal(code)))
            // A finger that does not fit may try again; the platform counts.
        }
        builder.build().authenticate(crypto, CancellationSignal(), answers, callback)
    }

    private fun <T> T?.orRefuse(): T = this ?: throw Refused(Refusal.NOT_VERIFIED)

    private fun <T> refused(refusal: Refusal): Result<T> = Result.failure(Refused(refusal))

    companion object {
        /** What the platform says when nobody was verified. */
        internal fun refusal(code: Int): Refusal = when (code) {
            BiometricPrompt.BIOMETRIC_ERROR_NO_DEVICE_CREDENTIAL,
            BiometricPrompt.BIOMETRIC_ERROR_NO_BIOMETRICS,
            BiometricPrompt.BIOMETRIC_ERROR_HW_NOT_PRESENT
            -> Refusal.NO_SCREEN_LOCK

            else -> Refusal.NOT_VERIFIED
        }
    }
}
