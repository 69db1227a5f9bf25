package dev.countersign.okhttp

import java.io.DataInputStream
import java.io.IOException
import java.io.InputStream
import java.io.OutputStream
import java.net.InetAddress
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicInteger
import javax.net.ssl.SSLContext
import javax.net.ssl.SSLServerSocket
import javax.net.ssl.SSLSocket
import kotlin.concurrent.thread

/**
 * A TLS server on loopback that speaks HTTP/1.1 and, where asked, HTTP/2, answers everything with 200, and remembers what reached it. A path that begins with
 * `/held` is answered when [release] was called; one that begins with `/to=` is redirected to what follows.
 */
internal class LoopbackServer(context: SSLContext, private val isHttp2: Boolean = false) : AutoCloseable {
    private val server = context.serverSocketFactory.createServerSocket(0, 16, InetAddress.getLoopbackAddress()) as SSLServerSocket
    private val released = CountDownLatch(1)
    val port: Int = server.localPort

    /** Connections whose handshake was done. */
    val connections = AtomicInteger()

    /** Bytes that came after the handshake. */
    val bytes = AtomicInteger()

    /** `connection head`, of HTTP/1.1 the request's head; of HTTP/2 the streams alone are counted. */
    val requests = CopyOnWriteArrayList<String>()
    val isHolding = CountDownLatch(1)

    init {
        if (isHttp2) server.sslParameters = server.sslParameters.apply { applicationProtocols = arrayOf("h2") }
        thread(isDaemon = true) {
            quietly {
                while (true) {
                    val socket = server.accept() as SSLSocket
                    thread(isDaemon = true) { quietly { socket.use(::serve) } }
                }
            }
        }
    }

    fun release() = released.countDown()

    override fun close() {
        release()
        server.close()
    }

    private fun serve(socket: SSLSocket) {
        socket.startHandshake()
        val counted = Counted(socket.inputStream)
        // With TLS 1.3 the server's handshake is done before the client has judged it: the first byte says that the client went on.
        counted.mark()
        val connection = connections.incrementAndGet()
        if (isHttp2) serveFrames(connection, DataInputStream(counted), socket.outputStream) else serveText(connection, counted, socket.outputStream)
    }

    private fun serveText(connection: Int, input: InputStream, output: OutputStream) {
        while (true) {
            val head = StringBuilder()
            while (!head.endsWith("\r\n\r\n")) head.append(input.read().also { if (it < 0) return }.toChar())
            Regex("(?i)content-length: (\\d+)").find(head)?.let { DataInputStream(input).readFully(ByteArray(it.groupValues[1].toInt())) }
            requests.add("$connection $head")
            val path = head.split(' ')[1]
            if (path.startsWith("/held")) hold()
            val status = if (path.startsWith("/to=")) "307 Elsewhere\r\nLocation: ${path.removePrefix("/to=")}" else "200 OK"
            output.write("HTTP/1.1 $status\r\nContent-Length: 1\r\n\r\n$connection".toByteArray())
            output.flush()
        }
    }

    private fun hold() {
        isHolding.countDown()
        released.await()
    }

    /** As much of HTTP/2 as a client needs to be answered (RFC 9113): settings, and for each stream a head that says 200. */
    private fun serveFrames(connection: Int, input: DataInputStream, output: OutputStream) {
        input.readFully(ByteArray(PREFACE))
        frame(output, SETTINGS, 0, 0, byteArrayOf())
        while (true) {
            val lengthAndType = input.readInt()
            val flags = input.read()
            val stream = input.readInt()
            val payload = ByteArray(lengthAndType ushr 8).also(input::readFully)
            when (lengthAndType and 0xff) {
                SETTINGS -> if (flags and ACK == 0) frame(output, SETTINGS, ACK, 0, byteArrayOf())
                PING -> if (flags and ACK == 0) frame(output, PING, ACK, 0, payload)
                HEADERS -> {
                    requests.add("$connection")
                    // The first stream is held, until whoever holds it lets go.
                    if (isHeldFirst && requests.size == 1) thread(isDaemon = true) { quietly { hold(); answer(output, stream) } } else answer(output, stream)
                }
            }
        }
    }

    @Volatile var isHeldFirst = false

    private fun answer(output: OutputStream, stream: Int) = frame(output, HEADERS, END_STREAM or END_HEADERS, stream, byteArrayOf(STATUS_200))

    private fun frame(output: OutputStream, type: Int, flags: Int, stream: Int, payload: ByteArray) = synchronized(output) {
        val head = byteArrayOf(0, 0, payload.size.toByte(), type.toByte(), flags.toByte(), 0, 0, 0, stream.toByte())
        output.write(head + payload)
        output.flush()
    }

    private inner class Counted(private val input: InputStream) : InputStream() {
        private var first = -2

        fun mark() {
            first = input.read()
            if (first >= 0) bytes.incrementAndGet() else throw IOException("the client went away")
        }

        override fun read(): Int {
            if (first != -2) return first.also { first = -2 }
            return input.read().also { if (it >= 0) bytes.incrementAndGet() }
        }
    }

    private fun quietly(body: () -> Unit) = try {
        body()
    } catch (_: IOException) {
        // The client went away, or the server was closed.
    }

    private companion object {
        const val PREFACE = 24
        const val HEADERS = 1
        const val SETTINGS = 4
        const val PING = 6
        const val ACK = 1
        const val END_STREAM = 1
        const val END_HEADERS = 4

        /** RFC 7541, appendix A, row 8, indexed. */
        const val STATUS_200 = 0x88.toByte()
    }
}
