package app.countersign.device

import android.net.Uri
import java.io.ByteArrayOutputStream
import java.io.IOException
import java.io.InputStream
import java.io.OutputStream
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Test

/** Other apps' files in memory, which can be broken on purpose. */
class FakeFiles : OtherFiles {
    val there = mutableMapOf<Uri, ByteArray>()
    val names = mutableMapOf<Uri, String>()

    /** What was asked of it: nothing is, before somebody looks. */
    var reads = 0

    /** How much it keeps of what is written, if that is not all. */
    var keeps: Int? = null
    var takes = true

    override fun name(address: Uri): String? = names[address] ?: throw SecurityException("no")

    override fun read(address: Uri): InputStream? {
        reads += 1
        return there[address]?.inputStream()
    }

    override fun write(address: Uri): OutputStream? = if (!takes) {
        null
    } else {
        object : ByteArrayOutputStream() {
            override fun close() {
                there[address] = toByteArray().let { it.copyOf(keeps ?: it.size) }
                if (keeps == 0) throw IOException("no room")
            }
        }
    }

    override fun delete(address: Uri) {
        there.remove(address)
    }
}

/** Files that go where the person chose. */
class FilesTest {
    private val chosen = Uri.parse("content://files.example/document/1")
    private val others = FakeFiles()

    private fun saved() = refusalOf { Files.write(others, chosen, "keys".toByteArray()) }

    @Test
    fun `what was written is read back and stays`() {
        assertNull(saved())
        assertEquals("keys", others.there[chosen]?.decodeToString())
    }

    @Test
    fun `what is not all there is refused, and taken away`() {
        for (kept in listOf(3, 0)) {
            others.keeps = kept
            assertEquals(Refusal.NOT_HERE, saved())
            assertNull(others.there[chosen])
        }
        others.takes = false
        assertEquals(Refusal.NOT_HERE, saved())
    }

    @Test
    fun `a name has an end, and none is none`() {
        others.names[chosen] = "a".repeat(1000)
        assertEquals(200, Files.name(others, chosen).length)
        others.names.clear()
        assertEquals("", Files.name(others, chosen))
    }
}
