package dev.countersign.agent.exchange

import java.io.EOFException
import java.io.InputStream

/** Status and headers, names in lower case. */
class ExchangeResponse internal constructor(val status: Int, val headers: List<Pair<String, String>>)

private const val MAX_HEAD_BYTES = 64 * 1024
private const val PIECE_BYTES = 32 * 1024
private val statusLine = Regex("HTTP/1\\.[01] ([1-5][0-9]{2})(?: [\\t -~\\u0080-\\u00ff]*)?")
private val headerLine = Regex("([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \\t]*((?:[!-~\\u0080-\\u00ff](?:[\\t -~\\u0080-\\u00ff]*[!-~\\u0080-\\u00ff])?)?)[ \\t]*")
private val chunkLine = Regex("([0-9A-Fa-f]{1,8})[ \\t]*(?:;[\\t -~]*)?")

/** Reads one answer of HTTP/1.1 (RFC 9112) piece by piece. What is not of its form, or ends before its end, is a [ChannelFault] `network`. */
internal class ResponseReader(private val stream: InputStream, private val method: String) {
    private enum class Framing { NONE, LENGTH, CHUNKED, CLOSE }

    private var framing = Framing.NONE
    private var left = 0L
    private var isOver = false

    /** The head of the final answer; those of status 1xx are passed over. */
    fun readHead(): ExchangeResponse {
        var budget = MAX_HEAD_BYTES
        fun line(): String = readLine(budget).also { budget -= it.length + 2 }
        while (true) {
            val status = statusLine.matchEntire(line())?.groupValues?.get(1)?.toInt() ?: throw broken()
            val headers = ArrayList<Pair<String, String>>()
            while (true) {
                val text = line()
                if (text.isEmpty()) break
                val (name, value) = headerLine.matchEntire(text)?.destructured ?: throw broken()
                headers.add(name.lowercase() to value)
            }
            if (status == 101) throw broken()
            if (status >= 200) return ExchangeResponse(status, headers).also(::frame)
        }
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
    private fun frame(response: ExchangeResponse) {
        val codings = response.headers.filter { it.first == "transfer-encoding" }.map { it.second.lowercase() }
        val lengths = response.headers.filter { it.first == "content-length" }.map { it.second }
        if (codings.isNotEmpty() && (codings != listOf("chunked") || lengths.isNotEmpty())) throw broken()
        if (lengths.size > 1) throw broken()
        left = lengths.firstOrNull()?.let { if (Regex("[0-9]{1,15}").matches(it)) it.toLong() else throw broken() } ?: 0
        framing = when {
            method == "HEAD" || response.status == 204 || response.status == 304 -> Framing.NONE
            codings.isNotEmpty() -> Framing.CHUNKED
            lengths.isNotEmpty() -> Framing.LENGTH
            else -> Framing.CLOSE
        }
        if (framing == Framing.CHUNKED) left = -1
    }

    /** [left] is what the chunk still has; -1 before the first. */
    private fun readChunk(): ByteArray? {
        if (left == 0L && readLine(2).isNotEmpty()) throw broken()
        if (left <= 0L) {
            left = chunkLine.matchEntire(readLine(1024))?.groupValues?.get(1)?.toLong(16) ?: throw broken()
            if (left == 0L) {
                var budget = MAX_HEAD_BYTES
                while (true) {
                    val trailer = readLine(budget)
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

    /** A line that ends in CR LF, without them, of at most [most] bytes. */
    private fun readLine(most: Int): String {
        val line = StringBuilder()
        while (true) {
            val byte = stream.read()
            if (byte < 0) throw EOFException("the answer was cut")
            if (byte == '\r'.code) {
                if (stream.read() != '\n'.code) throw broken()
                return line.toString()
            }
            if (byte == '\n'.code || line.length >= most) throw broken()
            line.append(byte.toChar())
        }
    }

    private fun broken() = ChannelFault.network("the answer is no HTTP/1.1")
}
