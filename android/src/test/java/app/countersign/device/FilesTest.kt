package app.countersign.device

import android.content.ContentResolver
import android.net.Uri
import android.os.SystemProperties
import android.provider.DocumentsContract
import java.io.ByteArrayOutputStream
import java.io.IOException
import java.io.InputStream
import java.io.OutputStream
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Test
import org.mockito.Mockito.RETURNS_DEFAULTS
import org.mockito.Mockito.mock
import org.mockito.Mockito.mockStatic
import org.mockito.Mockito.never
import org.mockito.Mockito.`when`

/** What reads other apps' files. Its class asks the system for its settings when it is loaded. */
fun noFiles(): ContentResolver {
    val settings = mockStatic(SystemProperties::class.java) { call ->
        // What is not set is what was asked with, or nothing.
        call.arguments.getOrNull(1) ?: "".takeIf { call.method.returnType == String::class.java }
            ?: RETURNS_DEFAULTS.answer(call)
    }
    return settings.use { mock(ContentResolver::class.java) }
}

/** Files that go where the person chose. */
class FilesTest {
    private val chosen = Uri.parse("content://files.example/document/1")
    private val resolver = noFiles()

    /** What is refused, and whether the file was taken away again. */
    private fun saved(stream: OutputStream?, there: () -> InputStream?): Pair<Refusal?, Boolean> {
        `when`(resolver.openOutputStream(chosen, "wt")).thenReturn(stream)
        `when`(resolver.openInputStream(chosen)).thenAnswer { there() }
        mockStatic(DocumentsContract::class.java).use { documents ->
            val refused = refusalOf { Files.write(resolver, chosen, "keys".toByteArray()) }
            val deleted = runCatching {
                documents.verify({ DocumentsContract.deleteDocument(resolver, chosen) }, never())
            }.isFailure
            return refused to deleted
        }
    }

    @Test
    fun `what was written is read back and stays`() {
        val written = ByteArrayOutputStream()
        val (refused, deleted) = saved(written) { written.toByteArray().inputStream() }
        assertNull(refused)
        assertEquals(false, deleted)
        assertEquals("keys", written.toString())
    }

    @Test
    fun `what is not all there is refused, and taken away`() {
        val gone = Refusal.NOT_HERE to true
        assertEquals(gone, saved(ByteArrayOutputStream()) { "key".byteInputStream() })
        assertEquals(gone, saved(ByteArrayOutputStream()) { null })
        assertEquals(gone, saved(null) { null })
        val full = mock(OutputStream::class.java) { call ->
            if (call.method.name == "write") throw IOException("no room")
            null
        }
        assertEquals(gone, saved(full) { "".byteInputStream() })
    }
}
