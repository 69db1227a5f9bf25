package dev.countersign.agent.connection

import java.io.EOFException
import java.io.InputStream

private const val MAX_HEAD_BYTES = 64 * 1024
private val statusLine = Regex("HTTP/1\\.([01]) ([1-5][0-9]{2})(?: [\\t -~\\u0080-\\u00ff]*)?")

/** The spaces before a value are not given back: a line of them alone would be gone through once for each of them. */
internal val headerLine = Regex("([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \\t]*+((?:[!-~\\u0080-\\u00ff](?:[\\t -~\\u0080-\\u00ff]*[!-~\\u0080-\\u00ff])?)?)[ \\t]*")

/** The head of an answer, names in lower case. */
internal class AnswerHead(private val minor: String, val status: Int, val headers: List<Pair<String, String>>) {
    /** Whether the peer means to go on with the connection (RFC 9112 §9.3). */
    val isPersistent: Boolean get() = minor == "1" && "close" !in words("connection")

    /** The values of a header, one for each line. */
    fun values(name: String): List<String> = headers.filter { it.first == name }.map { it.second }

    /** The members of a header that is a list of words, in lower case. */
    fun words(name: String): List<String> = values(name).flatMap { it.split(',') }.map { it.trim(' ', '\t').lowercase() }
}

internal fun noAnswer() = ChannelFault.network("the answer is no HTTP/1.1")

/** Reads the head of the final answer, or of one that changes the protocol (RFC 9112 §4 and §5); other heads of status 1xx are passed over. */
internal fun readAnswerHead(stream: InputStream): AnswerHead {
    var budget = MAX_HEAD_BYTES
    fun line(): String = readLine(stream, budget).also { budget -= it.length + 2 }
    while (true) {
        val (minor, status) = statusLine.matchEntire(line())?.destructured ?: throw noAnswer()
        val headers = ArrayList<Pair<String, String>>()
        while (true) {
            val text = line()
            if (text.isEmpty()) break
            val (name, value) = headerLine.matchEntire(text)?.destructured ?: throw noAnswer()
            headers.add(name.lowercase() to value)
        }
        if (status.toInt() >= 200 || status == "101") return AnswerHead(minor, status.toInt(), headers)
    }
}

/** A line that ends in CR LF, without them, of at most [most] bytes. */
internal fun readLine(stream: InputStream, most: Int): String {
    val line = StringBuilder()
    while (true) {
        val byte = stream.read()
        if (byte < 0) throw EOFException("the answer was cut")
        if (byte == '\r'.code) {
            if (stream.read() != '\n'.code) throw noAnswer()
            return line.toString()
        }
        if (byte == '\n'.code || line.length >= most) throw noAnswer()
        line.append(byte.toChar())
    }
}
