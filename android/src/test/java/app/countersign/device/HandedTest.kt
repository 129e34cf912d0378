package app.countersign.device

import android.content.ClipData
import android.content.Intent
import android.net.Uri
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotEquals
import org.junit.jupiter.api.Test
import org.mockito.ArgumentMatchers.any
import org.mockito.Mockito.mock
import org.mockito.Mockito.`when`

/** What another app shares, and how much of it this app touches. */
class HandedTest {
    private val others = FakeFiles()

    private fun item(address: String) = ClipData.Item(Uri.parse(address))

    private fun shared(vararg items: ClipData.Item) = Intent(Intent.ACTION_SEND_MULTIPLE).apply {
        clipData = ClipData("", arrayOf("*/*"), items.first()).also { clip -> items.drop(1).forEach(clip::addItem) }
    }

    private fun of(intent: Intent) = Handed.of(intent, "app.countersign")

    @Test
    fun `all that is shared is there in order, and nothing of it is read before somebody looks`() {
        val first = Uri.parse("content://files.example/1")
        val handed = of(shared(item("content://files.example/1"), ClipData.Item("otpauth://totp/x?secret=A")))
        assertEquals(2, handed.size)
        assertNotEquals(handed[0].id, handed[1].id)
        assertEquals(0, others.reads)
        others.there[first] = "{}".toByteArray()
        assertArrayEquals("{}".toByteArray(), handed[0].read(others))
        assertArrayEquals("otpauth://totp/x?secret=A".toByteArray(), handed[1].read(others))
        assertEquals("", handed[1].name(others))
    }

    @Test
    fun `one file is shared, and one is opened`() {
        assertEquals(1, of(shared(item("content://files.example/1")).setAction(Intent.ACTION_SEND)).size)
        assertEquals(1, of(Intent(Intent.ACTION_VIEW, Uri.parse("content://files.example/1"))).size)
    }

    @Test
    fun `a text that comes with a picture for the share sheet is the text`() {
        val share = shared(item("content://files.example/preview")).setAction(Intent.ACTION_SEND)
            .putExtra(Intent.EXTRA_TEXT, "otpauth://totp/x?secret=A")
        assertArrayEquals("otpauth://totp/x?secret=A".toByteArray(), of(share).single().read(others))
        val file = share.putExtra(Intent.EXTRA_STREAM, Uri.parse("content://files.example/1"))
        file.clipData = ClipData.newRawUri("", Uri.parse("content://files.example/1"))
        others.there[Uri.parse("content://files.example/1")] = "{}".toByteArray()
        assertArrayEquals("{}".toByteArray(), of(file).single().read(others))
    }

    @Test
    fun `what cannot be unpacked ends nothing`() {
        val share = mock(Intent::class.java)
        `when`(share.action).thenReturn(Intent.ACTION_SEND)
        `when`(share.getCharSequenceExtra(any())).thenThrow(RuntimeException("no such class"))
        assertEquals(0, of(share).size)
    }

    @Test
    fun `links, other intents, and what was shared before are nothing new`() {
        val before = shared(item("content://a/1")).addFlags(Intent.FLAG_ACTIVITY_LAUNCHED_FROM_HISTORY)
        for (intent in listOf(
            Intent(Intent.ACTION_MAIN),
            Intent(Intent.ACTION_SEND),
            Intent(Intent.ACTION_VIEW, Uri.parse("otpauth://totp/x?secret=A")),
            Intent(Intent.ACTION_VIEW, Uri.parse("file:///data/data/app.countersign/vault.avlt")),
            shared(item("content://a/1")).setAction(Intent.ACTION_EDIT),
            shared(ClipData.Item(" \n")),
            before
        )) {
            assertEquals(0, of(intent).size, intent.toString())
        }
    }

    @Test
    fun `nobody has this app read its own files, nor a path`() {
        for (address in listOf(
            "file:///data/data/app.countersign/vault.avlt",
            "content://app.countersign.fileprovider/shared/x",
            "content://10@app.countersign.fileprovider/shared/x",
            "content://app.countersign/x",
            "android.resource://app.countersign/1"
        )) {
            val handed = of(shared(item(address))).single()
            assertEquals(Refusal.NOT_HERE, refusalOf { handed.read(others) }, address)
            assertEquals("", handed.name(others))
            assertEquals(0, others.reads)
        }
    }

    @Test
    fun `what another app throws stops at the name`() {
        val handed = of(shared(item("content://files.example/1"))).single()
        assertEquals("", handed.name(others))
    }
}
