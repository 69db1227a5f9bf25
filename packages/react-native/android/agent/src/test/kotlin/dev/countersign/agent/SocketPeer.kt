package dev.countersign.agent

import dev.countersign.agent.websocket.acceptOf
import java.io.DataInputStream
import java.io.IOException
import java.util.Base64
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import javax.net.ssl.SSLSocket
import kotlin.concurrent.thread

/** What a client wrote: its kind, its bytes, and whether it was whole, masked and without reserved bits, as a client's frames are. */
internal class Written(val opcode: Int, val payload: ByteArray, val isRight: Boolean) {
    override fun toString() = "$opcode ${if (isRight) "" else "wrong "}${String(payload, Charsets.ISO_8859_1)}"
}

/** A TLS server that takes one opening and does what [afterwards] says. [opens] may change the head of its yes. */
internal class SocketPeer(private val opens: (String) -> String = { it }, private val afterwards: SocketPeer.(SSLSocket) -> Unit = {}) {
    private val server = listen(listOf("leaf", "device").map(::certificate))
    private val heads = LinkedBlockingQueue<List<String>>()
    private val frames = LinkedBlockingQueue<Written>()
    private lateinit var input: DataInputStream
    val port: Int = server.localPort

    init {
        thread(isDaemon = true) {
            try {
                server.use { it.accept().use { socket -> serve(socket as SSLSocket) } }
            } catch (_: IOException) {
                // The client ended it.
            }
        }
    }

    private fun serve(socket: SSLSocket) {
        input = DataInputStream(socket.inputStream)
        val head = generateSequence { readHeadLine() }.takeWhile { it.isNotEmpty() }.toList()
        heads.offer(head)
        val key = Base64.getDecoder().decode(head.first { it.startsWith("Sec-WebSocket-Key: ") }.substringAfter(": "))
        write(socket, opens("HTTP/1.1 101 Up\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Accept: ${acceptOf(key)}\r\n\r\n"))
        afterwards(socket)
        while (true) readFrame()
    }

    private fun readHeadLine(): String {
        val line = StringBuilder()
        while (!line.endsWith("\r\n")) line.append(input.readUnsignedByte().toChar())
        return line.removeSuffix("\r\n").toString()
    }

    fun write(socket: SSLSocket, text: String) {
        socket.outputStream.write(text.toByteArray(Charsets.ISO_8859_1))
        socket.outputStream.flush()
    }

    /** Waits for a frame of the client's. */
    fun readFrame(): Written {
        val first = input.readUnsignedByte()
        val second = input.readUnsignedByte()
        val length = when (val short = second and 0x7f) {
            126 -> input.readUnsignedShort()
            127 -> input.readLong().toInt()
            else -> short
        }
        val mask = ByteArray(4).also(input::readFully)
        val payload = ByteArray(length).also(input::readFully)
        for (index in payload.indices) payload[index] = (payload[index].toInt() xor mask[index % 4].toInt()).toByte()
        val isRight = first and 0xf0 == 0x80 && second and 0x80 != 0 && mask.any { it.toInt() != 0 }
        return Written(first and 0x0f, payload, isRight).also(frames::offer)
    }

    fun wasSentHead(): List<String> = heads.poll(20, TimeUnit.SECONDS) ?: emptyList()

    fun wasSent(): String = frames.poll(20, TimeUnit.SECONDS)?.toString() ?: "nothing"
}

/** A server's frame, in Latin-1, with a length that fits the first byte of it. */
internal fun frame(first: Int, payload: String): String = "${first.toChar()}${payload.length.toChar()}$payload"
