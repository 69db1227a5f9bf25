package dev.countersign.agent.websocket

import java.io.EOFException
import java.io.InputStream
import java.io.OutputStream

/** Kinds of frames (RFC 6455 §11.8). */
internal object Opcode {
    const val CONTINUATION = 0
    const val TEXT = 1
    const val BINARY = 2
    const val CLOSE = 8
    const val PING = 9
    const val PONG = 10

    fun isControl(opcode: Int): Boolean = opcode >= 8
}

internal class Frame(val opcode: Int, val isFinal: Boolean, val payload: ByteArray)

/** What the peer did that ends the connection, with the code that it is told. */
internal class BadFrame(val code: Int) : Exception() {
    override fun fillInStackTrace(): Throwable = this
}

internal const val PROTOCOL_ERROR = 1002
internal const val NOT_UTF8 = 1007
internal const val TOO_BIG = 1009
private const val MAX_CONTROL = 125

/** Reads one frame of a server's (RFC 6455 §5.2) with at most [most] bytes in it. Throws [BadFrame], and EOFException where it is cut. */
internal fun readFrame(stream: InputStream, most: Int): Frame {
    val first = readByte(stream)
    val second = readByte(stream)
    val opcode = first and 0x0f
    val isFinal = first and 0x80 != 0
    // Reserved bits belong to extensions, none of which was offered, and a server masks nothing (§5.1).
    if (first and 0x70 != 0 || second and 0x80 != 0) throw BadFrame(PROTOCOL_ERROR)
    if (opcode in 3..7 || opcode > Opcode.PONG) throw BadFrame(PROTOCOL_ERROR)
    val length = readLength(stream, second)
    if (Opcode.isControl(opcode) && (!isFinal || length > MAX_CONTROL)) throw BadFrame(PROTOCOL_ERROR)
    if (!Opcode.isControl(opcode) && length > most) throw BadFrame(TOO_BIG)
    return Frame(opcode, isFinal, readBytes(stream, length.toInt()))
}

/** The length in its shortest form. */
private fun readLength(stream: InputStream, short: Int): Long {
    val digits = when (short) {
        126 -> 2
        127 -> 8
        else -> return short.toLong()
    }
    var length = 0L
    repeat(digits) { length = (length shl 8) or readByte(stream).toLong() }
    if (length < (if (digits == 2) 126 else 65536)) throw BadFrame(PROTOCOL_ERROR)
    return length
}

/** What was only announced takes no memory. */
private fun readBytes(stream: InputStream, length: Int): ByteArray {
    var held = ByteArray(minOf(length, 64 * 1024))
    var read = 0
    while (read < length) {
        if (read == held.size) held = held.copyOf(minOf(length.toLong(), held.size * 2L).toInt())
        val more = stream.read(held, read, held.size - read)
        if (more < 0) throw EOFException("the frame was cut")
        read += more
    }
    return held
}

private fun readByte(stream: InputStream): Int = stream.read().also { if (it < 0) throw EOFException("the frame was cut") }

/** Writes one whole message, or control frame, as a client does: under a mask of four bytes that were drawn for it (RFC 6455 §5.3). */
internal fun writeFrame(stream: OutputStream, opcode: Int, payload: ByteArray, mask: ByteArray) {
    val length = payload.size
    val short = if (length < 126) length else if (length < 65536) 126 else 127
    val digits = if (short == 126) 2 else if (short == 127) 8 else 0
    val frame = ByteArray(2 + digits + 4 + length)
    frame[0] = (0x80 or opcode).toByte()
    frame[1] = (0x80 or short).toByte()
    for (index in 0 until digits) frame[2 + index] = (length.toLong() shr (8 * (digits - 1 - index))).toByte()
    mask.copyInto(frame, 2 + digits)
    for (index in 0 until length) frame[6 + digits + index] = (payload[index].toInt() xor mask[index % 4].toInt()).toByte()
    stream.write(frame)
    stream.flush()
}
