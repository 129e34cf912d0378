package app.countersign.device

import android.app.KeyguardManager
import android.content.Context
import android.content.pm.PackageManager
import android.hardware.camera2.CameraAccessException
import android.hardware.camera2.CameraCharacteristics
import android.hardware.camera2.CameraManager
import android.os.Build
import android.provider.Settings
import android.view.HapticFeedbackConstants

/** What this phone is and has. */
class ThisPhone(private val context: Context) : PhoneState {
    private val guard: KeyguardManager get() = context.getSystemService(KeyguardManager::class.java)

    override val api: Int get() = Build.VERSION.SDK_INT

    override val hasStrongBox: Boolean
        get() = context.packageManager.hasSystemFeature(PackageManager.FEATURE_STRONGBOX_KEYSTORE)

    override val hasScreenLock: Boolean get() = guard.isDeviceSecure

    override val isLocked: Boolean get() = guard.isDeviceLocked

    /** The name its person knows it by; the maker's, if they gave it none. */
    val name: String get() = Settings.Global.getString(context.contentResolver, Settings.Global.DEVICE_NAME) ?: model

    /** The maker's name for it. */
    val model: String get() = modelName(Build.MANUFACTURER, Build.MODEL)

    /** The version of Android. */
    val version: String get() = Build.VERSION.RELEASE

    /** Switches the lamp. False where there is none, or where the camera is in use: then the page switches it. */
    fun torch(on: Boolean): Boolean {
        val cameras = context.getSystemService(CameraManager::class.java)
        return try {
            val lamp = cameras.cameraIdList.firstOrNull {
                cameras.getCameraCharacteristics(it).get(CameraCharacteristics.FLASH_INFO_AVAILABLE) == true
            }
            lamp?.let { cameras.setTorchMode(it, on) }
            lamp != null
        } catch (_: CameraAccessException) {
            false
        }
    }

    companion object {
        private const val NAME_CHARACTERS = 64

        /** Some makers write their own name before the model's. */
        internal fun modelName(maker: String, model: String): String =
            (if (model.startsWith(maker, ignoreCase = true)) model else "$maker $model").trim().take(NAME_CHARACTERS)

        /** What a person feels; confirming and refusing have their own feel since Android 11. */
        internal fun feel(what: String, api: Int): Int = when {
            api < Build.VERSION_CODES.R -> HapticFeedbackConstants.VIRTUAL_KEY
            what == "confirm" -> HapticFeedbackConstants.CONFIRM
            what == "reject" -> HapticFeedbackConstants.REJECT
            else -> HapticFeedbackConstants.CONTEXT_CLICK
        }
    }
}
