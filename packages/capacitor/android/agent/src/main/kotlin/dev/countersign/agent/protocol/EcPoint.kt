package dev.countersign.agent.protocol

import java.security.interfaces.ECPublicKey

/** The 65-byte uncompressed point of a P-256 key. */
internal fun toPoint(key: ECPublicKey): ByteArray = byteArrayOf(4) + toFixed(key.w.affineX) + toFixed(key.w.affineY)

private fun x(point: ByteArray): String = encodeBase64Url(point.copyOfRange(1, 33))

private fun y(point: ByteArray): String = encodeBase64Url(point.copyOfRange(33, 65))

/** The JWK of a point, as a DPoP proof carries it (RFC 9449 §4.2). */
internal fun toJwk(point: ByteArray): RawJson = RawJson(toJson("kty" to "EC", "crv" to "P-256", "x" to x(point), "y" to y(point)))

/** RFC 7638 thumbprint of a point, b64u. */
internal fun thumbprintOf(point: ByteArray): String =
    encodeBase64Url(sha256(toJson("crv" to "P-256", "kty" to "EC", "x" to x(point), "y" to y(point)).toByteArray(Charsets.UTF_8)))
