package app.countersign.device

/** Why something was not done. `src-tauri/device/src/mobile.rs` knows these names, and no other text is said. */
enum class Refusal(val code: String) {
    /** No keystore answers. */
    KEYSTORE_MISSING("keystoreMissing"),

    /** The phone is locked, and the key is for an unlocked one. */
    KEYSTORE_LOCKED("keystoreLocked"),

    /** There is no such key for a vault, or it is another one. */
    KEY_LOST("keyLost"),

    /** The keystore refused or broke off. */
    KEYSTORE_FAILED("keystoreFailed"),

    /** There is no such signing key, or it is not for this use, or it was made invalid. */
    SIGNING_KEY_LOST("signingKeyLost"),

    /** The person did not pass, or closed, the platform's question. */
    NOT_VERIFIED("notVerified"),

    /** Nobody could be verified: there is no screen lock, or before Android 11 no strong enough biometric. */
    NO_SCREEN_LOCK("noScreenLock"),

    /** The phone lacks what was asked for, or another app has it. */
    NOT_HERE("notHere"),

    /** A file is larger than any that the app reads. */
    TOO_LARGE("tooLarge")
}

/** Thrown for a [Refusal]; the cause is for a debugger and goes nowhere. */
class Refused(val refusal: Refusal, cause: Throwable? = null) : Exception(refusal.code, cause)
