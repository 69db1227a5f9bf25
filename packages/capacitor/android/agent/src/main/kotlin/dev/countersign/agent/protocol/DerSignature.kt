package dev.countersign.agent.protocol

import java.math.BigInteger

private val order = BigInteger("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16)

/**
 * `r ∥ s`, 64 bytes, of an ECDSA P-256 signature as the platform gives it: DER, `SEQUENCE { INTEGER r, INTEGER s }` (RFC 3279 §2.2.3). Null
 * for what is not DER, or where a number is not in 1..n-1.
 */
internal fun toRawSignature(der: ByteArray): ByteArray? {
    // Two numbers of at most 33 bytes: every length is one byte.
    if (der.size !in 8..72 || der[0].toInt() != 0x30 || der[1].toInt() != der.size - 2) return null
    val r = integerAt(der, 2) ?: return null
    val s = integerAt(der, 4 + der[3]) ?: return null
    if (4 + der[3] + 2 + der[5 + der[3]] != der.size) return null
    return toFixed(r) + toFixed(s)
}

private fun integerAt(der: ByteArray, at: Int): BigInteger? {
    if (at + 3 > der.size || der[at].toInt() != 0x02) return null
    val length = der[at + 1].toInt()
    if (length !in 1..33 || at + 2 + length > der.size) return null
    val bytes = der.copyOfRange(at + 2, at + 2 + length)
    if (length > 1 && bytes[0].toInt() == 0 && bytes[1] >= 0) return null
    return BigInteger(bytes).takeIf { it.signum() == 1 && it < order }
}

internal fun toFixed(number: BigInteger): ByteArray {
    val bytes = number.toByteArray()
    val significant = if (bytes.size > 32) bytes.copyOfRange(bytes.size - 32, bytes.size) else bytes
    return ByteArray(32 - significant.size) + significant
}
