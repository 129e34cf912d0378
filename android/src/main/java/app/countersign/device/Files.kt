package app.countersign.device

import android.content.Context
import android.content.Intent
import android.net.Uri
import androidx.core.content.FileProvider
import java.io.ByteArrayOutputStream
import java.io.File
import java.io.InputStream

/** Files that the person chooses, and the one that the system carries to the next phone. */
object Files {
    /** No file that the app reads is larger: a backup, another app's export, a picture. */
    const val MAX_BYTES = 32 * 1024 * 1024

    private const val BACKUP = "backup/avlt-backup.bin"
    private const val PART_BYTES = 64 * 1024
    private const val SHARED = "shared"

    /** More of a name than any screen shows. */
    private const val MAX_NAME = 200

    /** Where the sealed backup lies for Android's own backup: what the rules in `res/xml` let out, and nothing else. */
    fun backupPlace(context: Context): File = File(context.filesDir, BACKUP)

    /** Has the person choose a file. */
    fun opening(): Intent = Intent(Intent.ACTION_OPEN_DOCUMENT).addCategory(Intent.CATEGORY_OPENABLE).setType("*/*")

    /** Has the person choose where a file is to go. */
    fun saving(name: String, type: String): Intent = Intent(Intent.ACTION_CREATE_DOCUMENT)
        .addCategory(Intent.CATEGORY_OPENABLE).setType(type).putExtra(Intent.EXTRA_TITLE, plainName(name))

    /** What is at an address, up to the size that the app reads. */
    fun read(others: OtherFiles, chosen: Uri): ByteArray = others.read(chosen).use { stream ->
        readAtMost(stream ?: throw Refused(Refusal.NOT_HERE), MAX_BYTES)
    }

    /** Its name, which is only shown. Where there is none, or none is given, reading says whether there is a file. */
    fun name(others: OtherFiles, chosen: Uri): String = trying { others.name(chosen)?.take(MAX_NAME) }.orEmpty()

    /**
     * Writes to where [saving] pointed, and reads it back: some providers accept what they cannot keep. What is not
     * all there is taken away again: half of an export holds keys, too.
     */
    fun write(others: OtherFiles, chosen: Uri, content: ByteArray) {
        val isKept = trying {
            others.write(chosen)?.use { it.write(content) }
            read(others, chosen).contentEquals(content)
        }
        if (isKept == true) return
        trying { others.delete(chosen) }
        throw Refused(Refusal.NOT_HERE)
    }

    /** Another app answers, and may throw anything. */
    private fun <T> trying(act: () -> T): T? = try {
        act()
    } catch (@Suppress("TooGenericExceptionCaught") _: Exception) {
        null
    }

    /** Hands a sealed file to another app of the person's choice. What was handed on before is deleted. */
    fun sharing(context: Context, name: String, type: String, content: ByteArray): Intent {
        val folder = File(context.cacheDir, SHARED)
        folder.deleteRecursively()
        folder.mkdirs()
        val file = File(folder, plainName(name))
        file.writeBytes(content)
        val uri = FileProvider.getUriForFile(context, "${context.packageName}.fileprovider", file)
        val send = Intent(Intent.ACTION_SEND).setType(type).putExtra(Intent.EXTRA_STREAM, uri)
            .addFlags(Intent.FLAG_GRANT_READ_URI_PERMISSION)
        return Intent.createChooser(send, null)
    }

    /** A name without a path in it. */
    internal fun plainName(name: String): String =
        name.map {
            if (it.isLetterOrDigit() ||
                it in "-_. "
            ) {
                it
            } else {
                '-'
            }
        }.joinToString("").trim('.', ' ').ifEmpty { "file" }

    internal fun readAtMost(stream: InputStream, most: Int): ByteArray {
        val content = ByteArrayOutputStream()
        val part = ByteArray(PART_BYTES)
        while (true) {
            val read = stream.read(part)
            if (read < 0) return content.toByteArray()
            if (content.size() + read > most) throw Refused(Refusal.TOO_LARGE)
            content.write(part, 0, read)
        }
    }
}
