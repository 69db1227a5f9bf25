package dev.countersign.agent.exchange

import dev.countersign.agent.connection.AnswerHead
import dev.countersign.agent.connection.noAnswer
import dev.countersign.agent.connection.readAnswerHead
import dev.countersign.agent.connection.readLine
import java.io.EOFException
import java.io.InputStream

/** Status and headers, names in lower case. */
class ExchangeResponse internal constructor(val status: Int, val headers: List<Pair<String, String>>)

private const val MAX_TRAILER_BYTES = 64 * 1024
private const val PIECE_BYTES = 32 * 1024
private val chunkLine = Regex("([0-9A-Fa-f]{1,8})[ \\t]*(?:;[\\t -~]*)?")
private val waits = Regex("timeout=([0-9]{1,6})")

/** Reads one answer of HTTP/1.1 (RFC 9112) piece by piece. What is not of its form, or ends before its end, is a ChannelFault `network`. */
internal class ResponseReader(private val stream: InputStream, private val method: String) {
    private enum class Framing { NONE, LENGTH, CHUNKED, CLOSE }

    private var framing = Framing.NONE
    private var left = 0L
    private var isOver = false
    private var isPersistent = false

    /** Whether all of the answer was read, and the peer goes on with the connection. */
    val mayBeFollowed: Boolean get() = isOver && isPersistent && framing != Framing.CLOSE

    /** How long the peer says that it waits for the next request, less a second for the way to it. */
    var waitsMs: Long? = null
        private set

    fun readHead(): ExchangeResponse {
        val head = readAnswerHead(stream)
        if (head.status == 101) throw noAnswer()
        frame(head)
        isPersistent = head.isPersistent
        waitsMs = head.words("keep-alive").firstNotNullOfOrNull(waits::matchEntire)?.let { it.groupValues[1].toLong() * 1000 - 1000 }
        return ExchangeResponse(head.status, head.headers)
    }

    /** The next bytes of the body; null at its end. */
    fun readPiece(): ByteArray? {
        if (isOver) return null
        return when (framing) {
            Framing.NONE -> null
            Framing.LENGTH -> if (left == 0L) null else readSome()
            Framing.CHUNKED -> readChunk()
            Framing.CLOSE -> ByteArray(PIECE_BYTES).let { held ->
                val length = stream.read(held)
                if (length < 0) null else held.copyOf(length)
            }
        }.also { isOver = it == null }
    }

    /** RFC 9112 §6.3. An answer that says its length twice over, in whatever way, has none. */
    private fun frame(head: AnswerHead) {
        val codings = head.values("transfer-encoding").map { it.lowercase() }
        val lengths = head.values("content-length")
        if (codings.isNotEmpty() && (codings != listOf("chunked") || lengths.isNotEmpty())) throw noAnswer()
        if (lengths.size > 1) throw noAnswer()
        left = lengths.firstOrNull()?.let { if (Regex("[0-9]{1,15}").matches(it)) it.toLong() else throw noAnswer() } ?: 0
        framing = when {
            method == "HEAD" || head.status == 204 || head.status == 304 -> Framing.NONE
            codings.isNotEmpty() -> Framing.CHUNKED
            lengths.isNotEmpty() -> Framing.LENGTH
            else -> Framing.CLOSE
        }
        if (framing == Framing.CHUNKED) left = -1
    }

    /** [left] is what the chunk still has; -1 before the first. */
    private fun readChunk(): ByteArray? {
        if (left == 0L && readLine(stream, 2).isNotEmpty()) throw noAnswer()
        if (left <= 0L) {
            left = chunkLine.matchEntire(readLine(stream, 1024))?.groupValues?.get(1)?.toLong(16) ?: throw noAnswer()
            if (left == 0L) {
                var budget = MAX_TRAILER_BYTES
                while (true) {
                    val trailer = readLine(stream, budget)
                    if (trailer.isEmpty()) return null
                    budget -= trailer.length + 2
                }
            }
        }
        return readSome()
    }

    private fun readSome(): ByteArray {
        val held = ByteArray(minOf(left, PIECE_BYTES.toLong()).toInt())
        val length = stream.read(held)
        if (length < 0) throw EOFException("the answer was cut")
        left -= length
        return held.copyOf(length)
    }
}
