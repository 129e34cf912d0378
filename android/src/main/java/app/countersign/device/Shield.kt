package app.countersign.device

import android.app.Activity
import android.content.Context
import android.os.Build
import android.view.MotionEvent
import android.view.View
import android.view.Window
import android.view.WindowManager
import android.view.WindowManager.LayoutParams.FLAG_SECURE
import android.view.inputmethod.EditorInfo
import android.view.inspector.WindowInspector
import android.webkit.WebView

/** Keeps other apps from seeing the screen, from lying over it, and the keyboard from learning what is typed. */
object Shield {
    private const val SETTINGS = "shield"
    private const val HIDES_SCREEN = "hidesScreen"

    /** Before the window of an activity is drawn. */
    fun cover(activity: Activity) {
        cover(activity.window, hidesScreen(activity))
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.S) activity.window.setHideOverlayWindows(true)
    }

    /** The page itself: touches through something else do not reach it, and nothing typed in it is kept. */
    fun cover(webView: WebView) {
        webView.filterTouchesWhenObscured = true
        webView.importantForAutofill = View.IMPORTANT_FOR_AUTOFILL_NO_EXCLUDE_DESCENDANTS
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) {
            webView.importantForContentCapture = View.IMPORTANT_FOR_CONTENT_CAPTURE_NO_EXCLUDE_DESCENDANTS
        }
    }

    /**
     * Dialogs and lists that the web view opens have windows of their own, which do not take after the activity's.
     * They take the focus, so this is called whenever that moves.
     */
    fun coverEveryWindow(activity: Activity) {
        if (Build.VERSION.SDK_INT < Build.VERSION_CODES.Q) return
        val hides = hidesScreen(activity)
        val windows = activity.getSystemService(WindowManager::class.java)
        WindowInspector.getGlobalWindowViews().forEach { root ->
            val layout = root.layoutParams as? WindowManager.LayoutParams ?: return@forEach
            val flags = flags(layout.flags, hides)
            root.filterTouchesWhenObscured = true
            if (flags != layout.flags) {
                layout.flags = flags
                windows.updateViewLayout(root, layout)
            }
        }
    }

    /** A keyboard is not to remember what is typed, nor to offer it elsewhere. Called from `.cargo/config.toml`. */
    fun silence(field: EditorInfo) {
        field.imeOptions = field.imeOptions or EditorInfo.IME_FLAG_NO_PERSONALIZED_LEARNING
    }

    /** Whether a touch came through the window of another app, wholly or in part. */
    fun refuses(event: MotionEvent): Boolean = isObscured(event.flags)

    /** The person wants to take pictures of the screen, or not. Kept, because the window is there before the vault. */
    fun setHidesScreen(activity: Activity, hides: Boolean) {
        settings(activity).edit().putBoolean(HIDES_SCREEN, hides).apply()
        cover(activity.window, hides)
        coverEveryWindow(activity)
    }

    internal fun flags(before: Int, hides: Boolean): Int =
        if (hides) before or FLAG_SECURE else before and FLAG_SECURE.inv()

    internal fun isObscured(flags: Int): Boolean =
        flags and (MotionEvent.FLAG_WINDOW_IS_OBSCURED or MotionEvent.FLAG_WINDOW_IS_PARTIALLY_OBSCURED) != 0

    private fun cover(window: Window, hides: Boolean) = window.setFlags(flags(0, hides), FLAG_SECURE)

    private fun hidesScreen(context: Context) = settings(context).getBoolean(HIDES_SCREEN, true)

    private fun settings(context: Context) = context.getSharedPreferences(SETTINGS, Context.MODE_PRIVATE)
}
