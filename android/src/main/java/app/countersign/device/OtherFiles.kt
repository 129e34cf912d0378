package app.countersign.device

import android.content.ContentResolver
import android.net.Uri
import android.provider.DocumentsContract
import android.provider.OpenableColumns
import java.io.InputStream
import java.io.OutputStream

/** Files that other apps keep, by their addresses. Those apps answer, and may throw anything. */
interface OtherFiles {
    /** What it is called there. */
    fun name(address: Uri): String?

    /** To read it. */
    fun read(address: Uri): InputStream?

    /** To write it. */
    fun write(address: Uri): OutputStream?

    /** Takes it away. */
    fun delete(address: Uri)
}

/** As the system passes them on. */
class Providers(private val resolver: ContentResolver) : OtherFiles {
    override fun name(address: Uri): String? =
        resolver.query(address, arrayOf(OpenableColumns.DISPLAY_NAME), null, null, null)?.use { row ->
            if (row.moveToFirst()) row.getString(0) else null
        }

    override fun read(address: Uri): InputStream? = resolver.openInputStream(address)

    // "wt": what was there and is longer must not stay behind the end.
    override fun write(address: Uri): OutputStream? = resolver.openOutputStream(address, "wt")

    override fun delete(address: Uri) {
        DocumentsContract.deleteDocument(resolver, address)
    }
}
