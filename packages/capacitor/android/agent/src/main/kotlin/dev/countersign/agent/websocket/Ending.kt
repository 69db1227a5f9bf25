package dev.countersign.agent.websocket

/** How a WebSocket ended: 1005 where no code was given, 1006 where there was no closing handshake (RFC 6455 §7.1.5). */
class Ending internal constructor(val code: Int, val reason: String, val wasClean: Boolean) {
    internal companion object {
        val broken = Ending(1006, "", false)
    }
}

/** The payload of a closing frame. Throws IllegalArgumentException for what may not stand in one. */
internal fun closingPayload(code: Int?, reason: String): ByteArray {
    if (code == null) {
        require(reason.isEmpty()) { "a reason has a code" }
        return ByteArray(0)
    }
    require(isSendable(code)) { "no code of a closing frame" }
    val text = reason.toByteArray(Charsets.UTF_8)
    require(text.size <= 123) { "the reason is too long" }
    return byteArrayOf((code shr 8).toByte(), code.toByte()) + text
}

/** What the peer's closing frame says. Throws [BadFrame]. */
internal fun endingOf(payload: ByteArray): Ending {
    if (payload.isEmpty()) return Ending(1005, "", true)
    if (payload.size == 1) throw BadFrame(PROTOCOL_ERROR)
    val code = (payload[0].toInt() and 0xff shl 8) or (payload[1].toInt() and 0xff)
    if (!isSendable(code)) throw BadFrame(PROTOCOL_ERROR)
    return Ending(code, decodeUtf8(payload.copyOfRange(2, payload.size)), true)
}

/** RFC 6455 §7.4, and the registry of close codes. */
private fun isSendable(code: Int): Boolean = (code in 1000..1014 && code !in 1004..1006) || code in 3000..4999
