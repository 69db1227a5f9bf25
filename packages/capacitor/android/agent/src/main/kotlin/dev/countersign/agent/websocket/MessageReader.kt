package dev.countersign.agent.websocket

import java.io.InputStream
import java.nio.ByteBuffer
import java.nio.charset.CharacterCodingException

/** Text that is sound, or throws [BadFrame]. */
internal fun decodeUtf8(bytes: ByteArray): String = try {
    // A decoder reports what is malformed, where String would put something in its place.
    Charsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString()
} catch (_: CharacterCodingException) {
    throw BadFrame(NOT_UTF8)
}

/** Joins the frames of a stream into messages; [onControl] is told of control frames, which may come between those of one message (RFC 6455 §5.4). */
internal class MessageReader(private val stream: InputStream, private val limits: WebSocketLimits, private val onControl: (Frame) -> Unit) {
    /** The next message: TEXT or BINARY with all its bytes. Null where [isOver] says so after a control frame. Throws [BadFrame] and IOException. */
    fun next(isOver: () -> Boolean): Frame? {
        val parts = ArrayList<ByteArray>()
        var opcode = Opcode.CONTINUATION
        var left = limits.messageBytes
        while (true) {
            val frame = readFrame(stream, left)
            if (Opcode.isControl(frame.opcode)) {
                onControl(frame)
                if (isOver()) return null
                continue
            }
            // A message begins with its kind and goes on without one.
            if ((frame.opcode == Opcode.CONTINUATION) != (opcode != Opcode.CONTINUATION)) throw BadFrame(PROTOCOL_ERROR)
            if (opcode == Opcode.CONTINUATION) opcode = frame.opcode
            if (parts.size == limits.fragments) throw BadFrame(TOO_BIG)
            parts.add(frame.payload)
            left -= frame.payload.size
            if (frame.isFinal) return Frame(opcode, true, joined(parts))
        }
    }

    private fun joined(parts: List<ByteArray>): ByteArray {
        val whole = ByteArray(parts.sumOf { it.size })
        var at = 0
        for (part in parts) at = part.copyInto(whole, at).let { at + part.size }
        return whole
    }
}
