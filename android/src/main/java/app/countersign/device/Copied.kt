package app.countersign.device

import android.content.ClipData
import android.content.ClipDescription
import android.content.ClipboardManager
import android.os.Handler
import android.os.PersistableBundle

/** A code on the clipboard: marked as sensitive, and taken off again. */
class Copied(private val clipboard: ClipboardManager, private val later: Handler) {
    private var code: String? = null
    private var isDue = false

    /** Puts a code there for [KEPT_MILLIS]. */
    fun copy(code: String) {
        clipboard.setPrimaryClip(clip(code))
        this.code = code
        isDue = false
        later.removeCallbacksAndMessages(this)
        later.postDelayed(
            {
                isDue = true
                clear(code)
            },
            this,
            KEPT_MILLIS
        )
    }

    /**
     * Takes a code off again, unless something else has been copied since. Android lets an app look only while it is
     * in use: in the background nothing is done, because it could be somebody else's; [clearDue] makes up for it.
     */
    fun clear(code: String) {
        val there = clipboard.primaryClip ?: return
        if (there.itemCount == 1 && there.getItemAt(0).text?.toString() == code) clipboard.clearPrimaryClip()
        if (this.code == code) this.code = null
    }

    /** The app is in use again: what is due and still there goes now. */
    fun clearDue() {
        if (isDue) code?.let(::clear)
    }

    companion object {
        /** As long as the app's own limit. */
        const val KEPT_MILLIS = 60_000L

        /** Keyboards and the system show no preview of it. The mark is known since Android 13, and heeded before. */
        internal fun clip(code: String): ClipData = ClipData.newPlainText("", code).apply {
            description.extras = PersistableBundle().apply { putBoolean(ClipDescription.EXTRA_IS_SENSITIVE, true) }
        }
    }
}
