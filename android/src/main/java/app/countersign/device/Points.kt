package app.countersign.device

import java.math.BigInteger
import java.security.PublicKey
import java.security.interfaces.ECPublicKey

/** Public keys as the Rust half reads them. */
object Points {
    private const val COORDINATE_BYTES = 32
    private const val UNCOMPRESSED: Byte = 4

    /** The 65 bytes of a point on P-256 (SEC 1): 4, then both coordinates. */
    fun of(key: PublicKey): ByteArray {
        val point = (key as? ECPublicKey)?.w ?: throw Refused(Refusal.KEYSTORE_FAILED)
        return byteArrayOf(UNCOMPRESSED) + coordinate(point.affineX) + coordinate(point.affineY)
    }

    /** Without the sign that [BigInteger] puts before a high bit, and with the zeros that it leaves out. */
    private fun coordinate(value: BigInteger): ByteArray {
        val bytes = value.toByteArray().dropWhile { it == 0.toByte() }
        if (bytes.size > COORDINATE_BYTES) throw Refused(Refusal.KEYSTORE_FAILED)
        return ByteArray(COORDINATE_BYTES - bytes.size) + bytes
    }
}
