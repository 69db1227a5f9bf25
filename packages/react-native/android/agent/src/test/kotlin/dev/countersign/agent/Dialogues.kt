package dev.countersign.agent

import java.io.ByteArrayOutputStream
import java.io.IOException
import java.io.InputStream
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import javax.net.ssl.SSLSocket
import kotlin.concurrent.thread

/**
 * A TLS server that takes one connection after another and has its answers for each; null ends a connection without one, and [ENDS] after one. It notes what it is
 * asked as `0 GET /`, with the number of the connection, and the end of a connection by the client as `0 ended`.
 */
internal class Dialogues(vararg connections: List<String?>) {
    private val noted = LinkedBlockingQueue<String>()
    private val server = listen(listOf("leaf", "device").map(::certificate))
    val port: Int = server.localPort

    init {
        thread(isDaemon = true) {
            for ((index, answers) in connections.withIndex()) {
                val socket = server.accept() as SSLSocket
                thread(isDaemon = true) { socket.use { converse(it, index, answers) } }
            }
        }
    }

    /** What is noted next. */
    fun next(): String = noted.poll(20, TimeUnit.SECONDS) ?: "nothing"

    fun hasNoted(): Boolean = noted.isNotEmpty()

    private fun converse(socket: SSLSocket, index: Int, answers: List<String?>) {
        try {
            for (answer in answers) {
                val head = readHead(socket.inputStream)
                if (head.isEmpty()) break
                noted.offer("$index ${head.lines().first().removeSuffix(" HTTP/1.1")}")
                socket.outputStream.write((answer ?: return).removeSuffix(ENDS).toByteArray(Charsets.ISO_8859_1))
                if (answer.endsWith(ENDS)) return socket.close().also { noted.offer("$index ends") }
            }
            if (socket.inputStream.read() < 0) noted.offer("$index ended")
        } catch (_: IOException) {
            noted.offer("$index ended")
        }
    }

    private fun readHead(stream: InputStream): String {
        val read = ByteArrayOutputStream()
        while (!read.toString("ISO-8859-1").endsWith("\r\n\r\n")) {
            val byte = stream.read()
            if (byte < 0) return ""
            read.write(byte)
        }
        return read.toString("ISO-8859-1")
    }

    companion object {
        const val ENDS = "<ends>"
    }
}
