package dev.countersign.agent.protocol

private const val URL_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
private const val ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

/** RFC 4648 §5 without padding. `java.util.Base64` is not there before API level 26. */
internal fun encodeBase64Url(bytes: ByteArray): String = encode(bytes, URL_ALPHABET)

/** RFC 4648 §4 with padding, as structured fields have it (RFC 8941 §3.3.5). */
internal fun encodeBase64(bytes: ByteArray): String {
    val text = encode(bytes, ALPHABET)
    return text + "=".repeat((4 - text.length % 4) % 4)
}

private fun encode(bytes: ByteArray, alphabet: String): String {
    val text = StringBuilder((bytes.size * 4 + 2) / 3)
    var held = 0
    var bits = 0
    for (byte in bytes) {
        held = (held shl 8) or (byte.toInt() and 0xff)
        bits += 8
        while (bits >= 6) {
            bits -= 6
            text.append(alphabet[(held shr bits) and 0x3f])
        }
        held = held and ((1 shl bits) - 1)
    }
    if (bits > 0) text.append(alphabet[(held shl (6 - bits)) and 0x3f])
    return text.toString()
}

/** Null for padding, foreign characters, impossible lengths and unused bits that are not zero (protocol section 1). */
internal fun decodeBase64Url(text: String): ByteArray? {
    if (text.length % 4 == 1) return null
    val bytes = ByteArray(text.length * 3 / 4)
    var held = 0
    var bits = 0
    var length = 0
    for (character in text) {
        val value = URL_ALPHABET.indexOf(character)
        if (value < 0) return null
        held = (held shl 6) or value
        bits += 6
        if (bits >= 8) {
            bits -= 8
            bytes[length] = (held shr bits).toByte()
            length += 1
            held = held and ((1 shl bits) - 1)
        }
    }
    return if (held == 0) bytes else null
}
