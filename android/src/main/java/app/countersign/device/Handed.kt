package app.countersign.device

import android.content.ContentResolver
import android.content.Intent
import android.net.Uri
import java.util.concurrent.atomic.AtomicLong

/**
 * A file or a text that another app shares with this one, or has it open. Only its address is kept until the person
 * looks at it: nothing of it is in memory before, and none of it is ever written.
 */
class Handed internal constructor(private val file: Uri?, private val text: CharSequence?, private val own: String) {
    /** By which the Rust half asks for it. */
    val id: Long = last.incrementAndGet()

    /** What the other app calls it, which is only shown; nothing for a text, or for what is not read. */
    fun name(others: OtherFiles): String = file?.takeIf(::isReadable)?.let { Files.name(others, it) }.orEmpty()

    /** What is in it. */
    fun read(others: OtherFiles): ByteArray {
        val address = file ?: return text.toString().toByteArray()
        if (!isReadable(address)) throw Refused(Refusal.NOT_HERE)
        return Files.read(others, address)
    }

    /** This app can read its own files: nobody else may have it do so for them. */
    private fun isReadable(address: Uri): Boolean {
        val owner = address.authority?.substringAfterLast('@').orEmpty()
        return address.scheme == ContentResolver.SCHEME_CONTENT && owner != own && !owner.startsWith("$own.")
    }

    companion object {
        private val last = AtomicLong()

        /**
         * What an intent brings, in order. Where it shares, the system puts all of it into the clip, and lets this app
         * read what is there and nothing else. What the list of recent apps brings back was looked at before.
         */
        fun of(intent: Intent, own: String): List<Handed> {
            if (intent.flags and Intent.FLAG_ACTIVITY_LAUNCHED_FROM_HISTORY != 0) return emptyList()
            return when (intent.action) {
                Intent.ACTION_SEND -> textOf(intent)?.let { listOf(Handed(null, it, own)) } ?: clipOf(intent, own)

                Intent.ACTION_SEND_MULTIPLE -> clipOf(intent, own)

                // A link has a scheme of its own, and is another plugin's.
                Intent.ACTION_VIEW -> listOfNotNull(intent.data).filter { it.scheme == ContentResolver.SCHEME_CONTENT }
                    .map { Handed(it, null, own) }

                else -> emptyList()
            }
        }

        private fun clipOf(intent: Intent, own: String): List<Handed> {
            val clip = intent.clipData ?: return emptyList()
            return (0 until clip.itemCount).map(clip::getItemAt)
                .filter { it.uri != null || !it.text.isNullOrBlank() }
                .map { Handed(it.uri, it.text, own) }
        }

        /** A text that is shared without a file; then the clip may hold a picture for the share sheet instead. */
        private fun textOf(intent: Intent): CharSequence? = try {
            intent.getCharSequenceExtra(Intent.EXTRA_TEXT)
                ?.takeIf { it.isNotBlank() && !intent.hasExtra(Intent.EXTRA_STREAM) }
        } catch (@Suppress("TooGenericExceptionCaught") _: RuntimeException) {
            // What another app packs cannot always be unpacked.
            null
        }
    }
}
