package app.countersign.device

import android.app.Activity
import android.content.ClipData
import android.content.Intent
import android.net.Uri
import app.tauri.plugin.Invoke
import com.fasterxml.jackson.annotation.JsonAutoDetect
import com.fasterxml.jackson.annotation.PropertyAccessor
import com.fasterxml.jackson.databind.DeserializationFeature
import com.fasterxml.jackson.databind.ObjectMapper
import java.util.Base64
import org.json.JSONObject
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test
import org.mockito.Mockito.mock
import org.mockito.Mockito.`when`

/** The calls of `src-tauri/device/src/mobile/android.rs`, in the JSON that it sends and reads. */
class CallsTest {
    private val phone = mock(ThisPhone::class.java).also {
        `when`(it.api).thenReturn(36)
        `when`(it.hasScreenLock).thenReturn(true)
        `when`(it.name).thenReturn("Maria's phone")
        `when`(it.model).thenReturn("Google Pixel 9")
        `when`(it.version).thenReturn("16")
    }
    private val others = FakeFiles()
    private val activity = mock(Activity::class.java).also {
        `when`(it.packageName).thenReturn("app.countersign")
    }
    private val plugin = DevicePlugin(activity, phone, { it.run() }) { others }

    /** As Tauri's plugin manager sets it up. */
    private val mapper = ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
        .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
        .setVisibility(PropertyAccessor.FIELD, JsonAutoDetect.Visibility.ANY)

    @BeforeEach
    fun reset() = FakeKeystore.reset()

    private fun call(name: String, request: String = "null"): String {
        var said = ""
        val invoke = Invoke(1, name, 0, 1, { which, json -> said = "$which $json" }, request, mapper)
        DevicePlugin::class.java.getMethod(name, Invoke::class.java).invoke(plugin, invoke)
        return said
    }

    private fun reply(name: String, request: String = "null"): JSONObject {
        val said = call(name, request)
        assertTrue(said.startsWith("0 {"), said)
        return JSONObject(said.removePrefix("0 "))
    }

    private fun base64(text: String) = Base64.getEncoder().encodeToString(text.toByteArray())

    @Test
    fun `a vault's key goes through and comes back`() {
        val key = base64("0123456789abcdef0123456789abcdef")
        fun request(content: String) =
            """{"vault":"ab","associated":"${base64("x")}","content":"$content","person":false}"""
        val wrapped = reply("wrap", request(key)).getString("content")
        assertNotEquals(key, wrapped)
        assertEquals(key, reply("unwrap", request(wrapped)).getString("content"))
        assertEquals("0 null", call("dropKey", """{"vault":"ab","onlyUnguarded":false}"""))
        val lost = JSONObject(call("unwrap", request(wrapped)).removePrefix("1 "))
        assertEquals("keyLost", lost.getString("code"))
    }

    @Test
    fun `a signing key is made, used, shown and deleted`() {
        val made = reply("makeKey", """{"used":"pop","challenge":"${base64("c")}"}""")
        val name = made.getString("name")
        assertEquals(65, Base64.getDecoder().decode(made.getString("point")).size)
        val signed = reply("sign", """{"used":"pop","name":"$name","message":"${base64("m")}"}""")
        assertEquals(0x30.toByte(), Base64.getDecoder().decode(signed.getString("der")).first())
        assertEquals(true, reply("checkKey", """{"name":"$name"}""").getBoolean("usable"))
        assertEquals("trusted", reply("keyPlace", """{"name":"$name"}""").getString("place"))
        assertEquals("0 null", call("deleteKey", """{"name":"$name"}"""))
        assertEquals(false, reply("checkKey", """{"name":"$name"}""").getBoolean("usable"))
        val wrong = JSONObject(call("sign", """{"used":"uv","name":"$name","message":""}""").removePrefix("1 "))
        assertEquals("signingKeyLost", wrong.getString("code"))
    }

    @Test
    fun `both chains are shown in the protocol's words, or none`() {
        val (pop, uv) = listOf("pop", "uv").map {
            reply("makeKey", """{"used":"$it","challenge":"${base64("c")}"}""").getString("name")
        }
        val shown = reply("attest", """{"pop":"$pop","uv":"$uv"}""")
        assertEquals("android-key", shown.getString("fmt"))
        assertEquals(base64("leaf"), shown.getJSONArray("pop_x5c").getString(0))
        assertEquals(2, shown.getJSONArray("uv_x5c").length())
        FakeKeystore.attests = false
        assertEquals("""{"fmt":"none"}""", reply("attest", """{"pop":"$pop","uv":"$uv"}""").toString())
    }

    @Test
    fun `the last save is remembered, recalled and forgotten`() {
        assertTrue(reply("recall").isNull("last"))
        assertEquals("0 null", call("remember", """{"vault":"ab","generation":7}"""))
        assertEquals("""{"vault":"ab","generation":7}""", reply("recall").getJSONObject("last").toString())
        assertEquals("0 null", call("forget"))
        assertTrue(reply("recall").isNull("last"))
    }

    @Test
    fun `a phone says what it is`() {
        val about = reply("about")
        assertEquals("Maria's phone", about.getString("name"))
        assertEquals(false, about.getBoolean("softwareKeys"))
    }

    @Test
    fun `what is shared is told, named, and read by its number as long as nothing else is`() {
        val told = mutableListOf<String>()
        News.listen { told.add(it) }
        told.clear()
        val address = Uri.parse("content://files.example/1")
        val share = Intent(Intent.ACTION_SEND).apply { clipData = ClipData.newRawUri("", address) }
        plugin.onNewIntent(share)
        assertEquals(listOf(News.HANDED), told)
        val file = reply("handed").getJSONArray("files").getJSONObject(0)
        assertEquals("", file.getString("name"))
        val request = """{"id":${file.getLong("id")}}"""
        others.there[address] = "{}".toByteArray()
        assertEquals(base64("{}"), reply("readHanded", request).getString("content"))
        plugin.onNewIntent(Intent(Intent.ACTION_MAIN))
        assertEquals(1, reply("handed").getJSONArray("files").length(), "what is nothing new takes nothing away")
        plugin.onNewIntent(share)
        val gone = JSONObject(call("readHanded", request).removePrefix("1 "))
        assertEquals("notHere", gone.getString("code"))
    }

    @Test
    fun `a request that cannot be read says nothing of what was in it`() {
        val said = call("wrap", """{"vault":"ab","associated":"!","content":"c2VjcmV0"}""")
        assertEquals("keystoreFailed", JSONObject(said.removePrefix("1 ")).getString("message"))
        assertTrue("c2VjcmV0" !in said)
    }
}
