package app.countersign.device

import android.app.Notification
import android.content.ClipData
import android.content.ClipDescription
import android.content.ClipboardManager
import android.hardware.biometrics.BiometricPrompt
import android.os.Handler
import android.os.SystemProperties
import android.view.HapticFeedbackConstants
import android.view.MotionEvent
import android.view.WindowManager.LayoutParams.FLAG_KEEP_SCREEN_ON
import android.view.WindowManager.LayoutParams.FLAG_SECURE
import android.view.inputmethod.EditorInfo
import java.math.BigInteger
import java.security.interfaces.ECPublicKey
import java.security.spec.ECPoint
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.mockito.Mockito.RETURNS_DEFAULTS
import org.mockito.Mockito.RETURNS_SELF
import org.mockito.Mockito.mock
import org.mockito.Mockito.mockStatic
import org.mockito.Mockito.never
import org.mockito.Mockito.verify
import org.mockito.Mockito.verifyNoMoreInteractions
import org.mockito.Mockito.`when`
import org.unifiedpush.android.connector.data.PushMessage

class PiecesTest {
    @Test
    fun `what was sealed is read back, and what was not is refused`() {
        val sealed = Sealed(KeyUse.VAULT_OF_PERSON, ByteArray(12) { 7 }, ByteArray(48) { 9 })
        val read = Sealed.parse(sealed.toBytes())
        assertEquals(KeyUse.VAULT_OF_PERSON, read.use)
        assertArrayEquals(sealed.nonce, read.nonce)
        assertArrayEquals(sealed.content, read.content)
        for (bad in listOf(ByteArray(0), ByteArray(61), ByteArray(28) { 1 }, ByteArray(61) { 3 })) {
            assertEquals(Refusal.KEY_LOST, refusalOf { Sealed.parse(bad) })
        }
    }

    @Test
    fun `a point has 65 bytes, whatever its numbers begin with`() {
        fun point(x: BigInteger, y: BigInteger) = Points.of(
            mock(ECPublicKey::class.java).also { `when`(it.w).thenReturn(ECPoint(x, y)) }
        )
        val short = point(BigInteger.ONE, BigInteger.valueOf(255))
        assertEquals(65, short.size)
        assertEquals(listOf<Byte>(4, 1, -1), listOf(short[0], short[32], short[64]))
        val high = BigInteger.ONE.shiftLeft(256) - BigInteger.ONE
        assertTrue(point(high, high).drop(1).all { it == (-1).toByte() })
    }

    @Test
    fun `a touch through another app's window is refused, wholly or partly covered`() {
        assertFalse(Shield.isObscured(0))
        assertTrue(Shield.isObscured(MotionEvent.FLAG_WINDOW_IS_OBSCURED))
        assertTrue(Shield.isObscured(MotionEvent.FLAG_WINDOW_IS_PARTIALLY_OBSCURED))
    }

    @Test
    fun `no keyboard learns from what is typed`() {
        val field = EditorInfo().apply { imeOptions = EditorInfo.IME_ACTION_DONE }
        Shield.silence(field)
        assertEquals(EditorInfo.IME_ACTION_DONE or EditorInfo.IME_FLAG_NO_PERSONALIZED_LEARNING, field.imeOptions)
    }

    @Test
    fun `only the screen's own flag is changed`() {
        assertEquals(FLAG_KEEP_SCREEN_ON or FLAG_SECURE, Shield.flags(FLAG_KEEP_SCREEN_ON, hides = true))
        assertEquals(FLAG_KEEP_SCREEN_ON, Shield.flags(FLAG_KEEP_SCREEN_ON or FLAG_SECURE, hides = false))
    }

    @Test
    fun `a copied code is marked as sensitive`() {
        val clip = Copied.clip("123456")
        assertEquals("123456", clip.getItemAt(0).text)
        assertTrue(clip.description.extras.getBoolean(ClipDescription.EXTRA_IS_SENSITIVE))
        assertEquals("", clip.description.label.toString())
    }

    @Test
    fun `a code is taken off the clipboard, and something else is not`() {
        fun cleared(there: ClipData?): Boolean {
            val clipboard = mock(ClipboardManager::class.java)
            `when`(clipboard.primaryClip).thenReturn(there)
            Copied(clipboard, mock(Handler::class.java)).clear("123456")
            return runCatching { verify(clipboard).clearPrimaryClip() }.isSuccess
        }
        assertTrue(cleared(Copied.clip("123456")))
        assertFalse(cleared(Copied.clip("654321")))
        assertFalse(cleared(null), "nothing can be seen in the background")
    }

    @Test
    fun `what was due in the background goes when it can be seen again`() {
        val clipboard = mock(ClipboardManager::class.java)
        var due: Runnable? = null
        val later = mock(Handler::class.java) { call ->
            if (call.method.name == "postDelayed") {
                due = call.getArgument(0)
                assertEquals(Copied.KEPT_MILLIS, call.getArgument<Long>(2))
            }
            RETURNS_DEFAULTS.answer(call)
        }
        val copied = Copied(clipboard, later)
        copied.copy("123456")
        `when`(clipboard.primaryClip).thenReturn(Copied.clip("123456"))
        copied.clearDue()
        verify(clipboard, never()).clearPrimaryClip()
        `when`(clipboard.primaryClip).thenReturn(null)
        due!!.run()
        `when`(clipboard.primaryClip).thenReturn(Copied.clip("123456"))
        copied.clearDue()
        verify(clipboard).clearPrimaryClip()
    }

    @Test
    fun `a phone without a screen lock is told apart from a person who does not pass`() {
        assertEquals(Refusal.NO_SCREEN_LOCK, Person.refusal(BiometricPrompt.BIOMETRIC_ERROR_NO_DEVICE_CREDENTIAL))
        assertEquals(Refusal.NO_SCREEN_LOCK, Person.refusal(BiometricPrompt.BIOMETRIC_ERROR_NO_BIOMETRICS))
        for (code in listOf(
            BiometricPrompt.BIOMETRIC_ERROR_USER_CANCELED,
            BiometricPrompt.BIOMETRIC_ERROR_LOCKOUT,
            BiometricPrompt.BIOMETRIC_ERROR_TIMEOUT
        )) {
            assertEquals(Refusal.NOT_VERIFIED, Person.refusal(code))
        }
    }

    @Test
    fun `the person's own distributor comes before Google's, and the one before stays`() {
        val own = "app.countersign"
        assertEquals("org.ntfy", Push.choose(listOf(own, "org.ntfy"), null, own, hasGoogle = true))
        assertEquals(own, Push.choose(listOf(own, "org.ntfy"), own, own, hasGoogle = true))
        assertEquals("org.ntfy", Push.choose(listOf(own, "org.ntfy"), own, own, hasGoogle = false))
        assertEquals(own, Push.choose(listOf(own), null, own, hasGoogle = true))
        assertNull(Push.choose(listOf(own), null, own, hasGoogle = false))
        assertEquals("org.ntfy", Push.choose(listOf("org.ntfy"), "gone", own, hasGoogle = false))
    }

    @Test
    fun `an address is kept whole or not at all`() {
        val target = PushTarget("row", "https://push.example/a\"b", "p", "a")
        assertEquals(target, Push.parse("row", Push.print(target)))
        for (bad in listOf(null, "", "{", "{}", """{"endpoint":"e","p256dh":"p"}""")) {
            assertNull(Push.parse("row", bad))
        }
    }

    @Test
    fun `news wait until somebody listens, each once`() {
        val told = mutableListOf<String>()
        News.listen { told.add(it) }
        told.clear()
        News.tell(News.WAKE_UP)
        assertEquals(listOf(News.WAKE_UP), told)
        assertTrue(News.rings(isInUse = false))
        assertFalse(News.rings(isInUse = true))
    }

    @Test
    fun `only what an account's service sent wakes the app`() {
        val told = mutableListOf<String>()
        News.listen { told.add(it) }
        News.isInUse = true
        WakeUps().onMessage(PushMessage(ByteArray(64), false), "row")
        assertEquals(emptyList<String>(), told)
        WakeUps().onMessage(PushMessage(ByteArray(64), true), "row")
        assertEquals(listOf(News.WAKE_UP), told)
    }

    @Test
    fun `a file's name brings no path, and a file has an end`() {
        assertEquals("-etc-passwd", Files.plainName("../etc/passwd").trimStart('.'))
        assertEquals("Säkerhet 1.avlt", Files.plainName("Säkerhet 1.avlt"))
        assertEquals("file", Files.plainName("..."))
        assertArrayEquals(ByteArray(9), Files.readAtMost(ByteArray(9).inputStream(), 9))
        assertEquals(Refusal.TOO_LARGE, refusalOf { Files.readAtMost(ByteArray(10).inputStream(), 9) })
    }

    @Test
    fun `a phone is called by its maker once`() {
        assertEquals("Google Pixel 9", ThisPhone.modelName("Google", "Pixel 9"))
        assertEquals("HUAWEI P30", ThisPhone.modelName("Huawei", "HUAWEI P30"))
        assertEquals(64, ThisPhone.modelName("a", "b".repeat(100)).length)
    }

    @Test
    fun `a phone before Android 11 has one feel for everything`() {
        assertEquals(HapticFeedbackConstants.REJECT, ThisPhone.feel("reject", 30))
        assertEquals(HapticFeedbackConstants.CONFIRM, ThisPhone.feel("confirm", 30))
        assertEquals(HapticFeedbackConstants.VIRTUAL_KEY, ThisPhone.feel("reject", 29))
    }

    @Test
    fun `the notification has one fixed text, no action, and goes by itself`() {
        // The builder asks the system for its settings when it is loaded.
        mockStatic(SystemProperties::class.java).use {
            val builder = mock(Notification.Builder::class.java, RETURNS_SELF)
            Notice.fill(builder, "A sign-in is waiting", null)
            verify(builder).setSmallIcon(R.drawable.notice)
            verify(builder).setContentTitle("A sign-in is waiting")
            verify(builder).setContentIntent(null)
            verify(builder).setAutoCancel(true)
            verify(builder).setTimeoutAfter(Notice.KEPT_MILLIS)
            verifyNoMoreInteractions(builder)
        }
    }
}
